### Draft: no native reader has checked these words yet. Take this line away once one has.

# Тушаалын мөрийн үгс.

heading-acknowledged-lane-actor-seq = баталгаажсан (урсгал: дугаар)
heading-area = нутаг дэвсгэр
heading-areas = хариуцах нутаг
heading-assignee = хариуцагч
heading-at = цаг
heading-author = бичсэн хүн
heading-behind = юуны ард
heading-bytes = байт
heading-code = код
heading-conflicts = зөрчил
heading-copies = хуулбар
heading-created-by = бичсэн хүн
heading-device = утас
heading-differed = зөрсөн тоо
heading-draft = ноорог
heading-due = хугацаа
heading-ended = өөрчлөлт
heading-english = англи
heading-enrolled = бүртгэсэн цаг
heading-event = үйлдэл
heading-field = талбар
heading-from-texts = бичвэрийн тоо
heading-id = дугаар
heading-kind = төрөл
heading-language = хэл
heading-last-met = сүүлд холбогдсон
heading-last-seen = сүүлд холбогдсон
heading-learned = сурсан цаг
heading-level = шат
heading-name = нэр
heading-number = тоот
heading-op = засвар
heading-reason = шалтгаан
heading-receipt = баримтын дугаар
heading-received = хүлээн авсан цаг
heading-record = бичлэг
heading-revoked = хаасан цаг
heading-since = хэзээнээс
heading-status = төлөв
heading-successors = залгамжлах нутаг
heading-title = гарчиг
heading-unsent = илгээгээгүй
heading-unsent-then = тэр үед илгээгээгүй
heading-until = хүртэл
heading-value = утга
heading-what = зүйл
heading-word = үг
heading-worker = торын ажилтан

# Сервер.

server-clock = цаг
server-commit = бүртгэлийн дугаар
server-devices = утасны тоо
server-disk = диск
server-incarnation = өгөгдлийн түүх
server-journal_syncs = журнал бичсэн тоо
server-mended = зассан мөр
server-parked = хүлээж буй засвар
server-quarantined = түр хадгалсан засвар
server-records = бичлэгийн тоо
server-unreadable = уншигдаагүй фрейм
server-version = хувилбар

# Хийсэн зүйл.

say-account-revoked = { $name } хаагдлаа
say-account-token = { $name } эрхийн түлхүүр (зөвхөн энэ удаа харагдана):
say-answers-for = { $code } хариуцах нутаг: { $areas }
say-areas-ended = дууссан: { $codes }
say-areas-new = шинэ: { $codes }
say-areas-would-be-new = шинээр үүснэ: { $codes }
say-areas-would-end = дуусна: { $codes }
say-clock-accepted = зөвд тооцов, гэхдээ { $why }
say-clock-trusted = цаг угаасаа зөв байсан
say-created = { $id } үүсгэв, баримт { $receipt }
say-device-revoked = { $id } утсыг хаалаа
say-dictionary-learned = { $number } толь сурлаа
say-dictionary-nothing-new = шинэ зүйл алга: { $number } толь хэвээр
say-dictionary-too-little = сурахад нийтлэг үг хэт цөөн
say-draft = { $language } үгс ноорог бөгөөд унаган уншигч хянаагүй байна
say-edits = { $count } засвар
say-imported = { $imported } оруулсан, { $unchanged } хэвээр, { $refused } татгалзсан
say-invited-code = код
say-invited-expires = дуусах цаг
say-invited-server = сервер
say-invited-worker = торын ажилтан
say-more-records = цааш бий: --after { $place } нэмнэ үү
say-more-rows = бас { $count } мөр
say-muster = { $id } цуглаан: { $count } хүн дуудлаа
say-no = үгүй
say-nobody-moved = хэн ч шилжихгүй
say-not-known = тодорхойгүй
say-not-since = { $time } хойш үгүй
say-op-released = { $op } засвар чөлөөлөв
say-op-stays = { $op } засвар хадгалагдсан хэвээр: { $reason }
say-op-waits = { $op } засвар бичлэгээ хүлээж байна
say-phones-none = хамаарах утас: алга
say-record-changed = { $id } бичлэг өөрчлөгдлөө
say-record-erased = { $id } бичлэгийн хувийн мэдээлэл арилгалаа
say-record-filed = { $id } бичлэг { $area } нутагт шилжлээ
say-records-go-and-come = утаснаас гарах бичлэг: { $leaving }; ирэх бичлэг: { $entering }
say-records-stay = хуучин нутагт үлдэх бичлэг: { $count }
say-renumbered = анх ижил дугаартай, дараа нь өөрчилсөн:
say-row = { $row }-р мөр: { $message }
say-rule-fits = { $rule } дүрэм: даалгавар { $assignee }, хэлтэс { $department }, { $minutes } минут, шат { $level }
say-rule-none = тохирох дүрэм алга: хэвээр үлдэнэ
say-rules-set = дүрэм хүчинтэй боллоо
say-task-cancelled = { $id } даалгавар болилоо
say-task-given = { $id } даалгаврыг { $to } хариуцна
say-would-answer-for = { $code } хариуцах болно: { $areas }
say-written = «{ $event }» үйлдлийг { $id } бичлэгт бичив
say-yes = тийм

# Яагаад болоогүй.

fail-answer-broke-off = хариу тасарлаа: { $why }
fail-csv-needs-kind = --format csv нь --kind шаардана: төрөл бүр өөр баганатай
fail-erase-unasked = { $id } арилгавал сэргэхгүй: --yes нэмнэ үү
fail-no-address = { $server } серверийн хаяг биш, жишээ нь http://127.0.0.1:8340
fail-no-token = эрхийн түлхүүр алга: --token-file FILE, --token TOKEN эсвэл OTOR_ADMIN_TOKEN өгнө үү
fail-no-trust = { $server } рүү найдвартай холболт алга: { $why }
fail-not-read = { $file } уншиж чадсангүй: { $why }
fail-nothing-to-change = өөрчлөх зүйлгүй: --set, --add, --remove эсвэл --append өгнө үү
fail-output = үр дүнг бичиж чадсангүй: { $why }
fail-rows = татгалзсан мөр: { $count }; бусад нь орлоо
fail-unknown-language = --lang { $lang }: энэ хэлний үг алга; байгаа нь { $known }
fail-unreachable = { $server } холбогдохгүй байна: { $why }

problem-busy = сервер завгүй
problem-clock-not-trusted = серверийн цагт итгэх аргагүй
problem-conflict = одоо байгаатай зөрчилдөж байна
problem-disk-full = серверийн диск дүүрч байна
problem-internal = сервер дотор алдаа гарлаа
problem-invalid = хүсэлт буруу
problem-key-reused = түлхүүрийг өмнө хэрэглэсэн
problem-not-allowed = энэ эрхээр хийж болохгүй
problem-not-authenticated = эрхийн түлхүүр хэрэгтэй
problem-not-found = тийм зүйл алга
problem-stale-cursor = заагч өөр түүхийнх
problem-stopped = сервер ажил авахгүй байна
problem-too-large = хэт том
problem-unacceptable = засвар дүрэмд нийцэхгүй
problem-wrong-method = ийм арга байхгүй
