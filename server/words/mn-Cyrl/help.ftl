### Draft: no native reader has checked these words yet. Take this line away once one has.

# Тушаалын мөрийн тусламж ба буруу бичсэний тайлбар. Урт жишээ англиар.

help-heading-usage = Хэрэглээ:
help-heading-commands = Тушаалууд
help-heading-arguments = Утгууд
help-heading-options = Сонголтууд
help-heading-connection = Холболт
help-more = Дэлгэрэнгүйг --help-ээс үзнэ үү.
help-help = Тусламж харуулах (--help илүү дэлгэрэнгүй)
help-version = Хувилбар харуулах

usage-unknown-argument = Ийм сонголт алга: { $argument }
usage-unknown-command = Ийм тушаал алга: { $argument }
usage-invalid-value = { $argument }-ийн утга буруу: { $value }
usage-conflict = { $argument }-ийг { $other }-той хамт хэрэглэж болохгүй
usage-missing-argument = Дутуу: { $argument }
usage-missing-command = Тушаал дутуу
usage-how-many-values = { $argument }-ийн утгын тоо буруу
usage-no-equals = { $argument }-ийн утгыг тэнцүүгийн тэмдгээр бичнэ
usage-not-text = Бичсэн зүйл бичвэр биш
usage-possible = Боломжит утга: { $values }
usage-did-you-mean = Магадгүй: { $suggestion }

help-otor = Утас нь ихэнхдээ сүлжээгүй байдаг хээрийн багт зориулсан: нэг сервер, нэгтгэсэн бүртгэл
help-serve = Серверийг ажиллуулах
help-cert = TLS гэрчилгээ хийх
help-cert-self-signed = Өөрөө гарын үсэг зурсан гэрчилгээ ба түлхүүр хийж, хурууны хээг нь харуулах
help-rebuild = Зогссон серверийн хүснэгтийг тэмдэглэлээс дахин үүсгэх
help-verify = Зогссон серверийн хүснэгтийг тэмдэглэлтэй нэг бүрчлэн тулгах
help-backup = Серверийн өгөгдлийг нөөцлөх, ажиллаж байсан ч, зогссон ч
help-restore = Нөөцийг хоосон хавтаст буулгах
help-restored = Зогссон серверийн өгөгдлийг гараар хийсэн хуулбараас сэргээснийг мэдэгдэх
help-salvage = Гэмтсэн тэмдэглэлийн бүтэн хэсгийг шинэ хавтаст авах
help-reset-token = Зогссон серверийн эхний эрхэд шинэ түлхүүр үг өгөх
help-status = Ажиллаж буй серверт юу байгаа
help-clock = Серверийн өөрийн цаг
help-clock-accept = Үсэрсэн цагийг зөв гэж үзэх; эхлээд шалгана уу
help-areas = Нутаг дэвсгэрийн мод
help-areas-import = code, name, level баганатай CSV файлаас нутаг нэмэх, нэр солих
help-areas-split = Нутгийг хэд болгон хуваах; бүртгэл нь хуучиндаа үлдэж, ажилтнууд нь хэсгүүдийг ч хариуцна
help-areas-merge = Нутгуудыг нэг болгох; бүртгэл нь хуучиндаа үлдэж, ажилтнууд нь шинийг ч хариуцна
help-areas-move = Нутагт доторхтой нь өөр код өгөх, модны өөр газар шилжүүлж болно
help-areas-retire = Нутгийг хаах; орлох зүйл байхгүй
help-areas-list = Нутгуудыг жагсаах, хаагдсаныг ч
help-workers = Ажилтнууд ба тэдний хариуцах нутаг
help-workers-import = code, name, areas баганатай CSV файлаас ажилтан нэмэх, өөрчлөх
help-workers-set = Нэг ажилтан нэмэх, өөрчлөх
help-workers-move = Ажилтанд өөр нутаг өгөх; утсанд үлдсэн хуучин ажлыг эхлээд авна
help-workers-list = Ажилтнуудыг жагсаах
help-device = Ажилтнуудын утас
help-device-invite = Утас бүртгүүлэх нэг удаагийн код гаргах
help-device-list = Утаснуудыг жагсаах, урсгал бүрийн сүүлд баталгаажсан дугаартай
help-device-revoke = Утсыг хаах; илгээсэн нь үлдэнэ
help-dictionary = Шахалтын толь бичиг, олон хүний ижил бичсэнээс сурсан
help-dictionary-train = Одоогийн бүртгэлээс нэгийг сурах; сүүлийнхтэй ижил бол юу ч өөрчлөгдөхгүй
help-dictionary-list = Хадгалсан толь бичгүүдийг жагсаах
help-dictionary-show = Нэгийн сурсан бүхнийг харуулах, түгээмлийг нь эхэнд
help-task = Ажилтнуудын даалгавар
help-task-create = Даалгавар үүсгэх, хэн нэгэнд эсвэл одоохондоо хэнд ч биш
help-task-assign = Даалгаврыг ажилтанд, эсвэл өөр ажилтанд өгөх
help-task-cancel = Даалгаврыг цуцлах
help-task-list = Даалгавруудыг жагсаах
help-rules = Сервер даалгавар өгөх, дээшлүүлэх, хэлтэс дуудах дүрэм
help-rules-show = Одоогийн дүрмийг харуулах
help-rules-set = Файлын дүрмийг одооноос мөрдөх
help-rules-departments = Хэлтсүүдийг жагсаах; нутаг өгвөл хариуцдагийг нь, ойрыг нь эхэнд
help-rules-try = Нэг мэдээллээс юу болохыг юу ч бичихгүйгээр хэлэх
help-muster = Нутаг хариуцдаг бүх хүнийг цуглуулах
help-muster-call = Нутаг хариуцдаг бүх хүнийг дуудах
help-due = Хугацаа нь болох зүйлс, ойрыг нь эхэнд
help-due-list = Хугацаа нь болохыг жагсаах
help-records = Бүртгэл: өрх, айлчлал, мэдээлэл, даалгавар
help-records-list = Бүртгэлийг жагсаах
help-records-show = Нэг бүртгэлийг харуулах
help-records-import = Өөр системээс мэдээлэл, өрх оруулах, хэд илгээсэн ч нэг л удаа
help-records-create = Бүртгэл үүсгэх
help-records-edit = Бүртгэлийн талбарыг өөрчлөх
help-records-event = Мэдээлэл, даалгаврын үйлдэл бичих: хариуцуулах, шийдвэрлэх, хаах, шалгах гэх мэт
help-records-relocate = Бүртгэлийг өөр нутагт шилжүүлэх
help-records-erase = Бүртгэл дэх хувийн мэдээллийг энд ба бүх утаснаас арилгах; буцаах боломжгүй
help-stats = Статистик ба нийтэлсэн данс
help-stats-definitions = Статистикийг жагсаах
help-stats-report = Нутаг, хугацааны тоог гаргах
help-stats-ledger = Данс нийтлэх, нийтэлснийг үзэх
help-stats-ledger-publish = Данс нийтлэх: тоо нь хаалтын тэмдэглэлээр тогтоно
help-stats-ledger-list = Нийтэлсэн дансыг жагсаах
help-stats-ledger-show = Дансыг нийтэлснээр нь дахин тооцох
help-stats-ledger-compare = Дансыг одоо мэдэгдэж буйтай харьцуулах: зөрсөн тоо, хожимдсон, засагдсан бүртгэл
help-stats-supply = Бусдын гаргасан тоог оруулах: тэмдэгтэй хороо, эзэнгүй хотхон, сайн дурынхан
help-receipt = Оршин суугчид өгсөн баримтын дугаараар мэдээлэл нь юу болсныг хэлэх
help-quarantine = Шалтгаантайгаар хойш тавьсан өөрчлөлт
help-quarantine-list = Хойш тавьсан ба шалтгааныг жагсаах
help-quarantine-release = Таны хариуцлагаар эцэст нь оруулах
help-admin = Удирдагчийн эрх
help-admin-add = Эрх нэмэх; түлхүүр үгийг нэг л удаа харуулна
help-admin-list = Эрхүүдийг жагсаах
help-admin-acts = Эрхүүд юу хийсэн, эртнийхээс: хэзээ, хэн, ямар үйлдэл, юунд; бүртгэлийн агуулга үгүй
help-admin-revoke = Эрхийг хураах
help-pull = Сүүлийн удаагаас хойш өөрчлөгдсөнийг NDJSON эсвэл CSV-ээр авах
help-words = Ямар хэлний үг байгаа, ба үгс нь
help-words-list = Хэлүүдийг жагсаах
help-words-show = Хэлний үгсийг англитай зэрэгцүүлж харуулах

argument-lang = Хүснэгт, өгүүлбэр, гаргалтын хэл: zh-Hans, en, mn-Cyrl, mn-Mong; none бол програмын нэрс. Энд өгсөн үед л гаргалт үгээр; бусад үед OTOR_LANG, тохиргооны файлын lang, эсвэл системийн хэл
argument-json = JSON-оор харуулах
argument-server = Серверийн хаяг
argument-token = Удирдагчийн түлхүүр үг (энэ машины бусад хүнд харагдана: --token-file-ийг хэрэглэнэ үү)
argument-token_file = Эхний мөрөндөө түлхүүр үгтэй файл
argument-ca_cert = https-д итгэх гэрчилгээ (PEM), жишээ нь `otor cert self-signed`-ийнх
argument-idempotency_key = Энэ бичилтийн нэр: ижил хүсэлтээр дахин өгвөл сервер өмнөх шигээ хариулж, давтан хийхгүй. Үгүй бол тушаал бүрд шинээр
argument-config = Серверийн тохиргооны файл (TOML)
argument-data = Зогссон серверийн өгөгдлийн хавтас
argument-preview = Юу болохыг зөвхөн харуулах
argument-output = Хаана бичих; үгүй бол стандарт гаралт
argument-csv = Хүснэгтийн програмд нээгдэх CSV бичих: мөрд нэг тоо
argument-limit = Хамгийн ихдээ хэд
argument-after = Өмнөх жагсаалтын хэлсэн газраас үргэлжлүүлэх

argument-serve-config = Доорх түлхүүрүүдтэй тохиргооны файл (TOML)
argument-serve-data = Өгөгдлийн хавтас, байхгүй бол үүсгэнэ [key: data, env: OTOR_DATA, default: ./otor-data]
argument-serve-erasures = Юу арилгасныг бичсэн файл, нөөцөөс тусдаа [key: erasures, env: OTOR_ERASURES, default: өгөгдлийн хавтасны хажууд, .erasures нэртэй]
argument-serve-listen = Хаяг ба порт; 0 бол сул портыг авна [key: listen, env: OTOR_LISTEN, default: 127.0.0.1:8340]
argument-serve-tls_cert = Гэрчилгээний гинж (PEM): HTTPS-ээр үйлчлэх [key: tls_cert, env: OTOR_TLS_CERT]
argument-serve-tls_key = Гэрчилгээний хувийн түлхүүр (PEM) [key: tls_key, env: OTOR_TLS_KEY]
argument-serve-allow_plain_http = Энэ машинаас гадна ч шифргүй HTTP: зөвхөн TLS-ийг дуусгадаг зуучлагчийн ард, эсвэл хаалттай туршилтын сүлжээнд [key: allow_plain_http, env: OTOR_ALLOW_PLAIN_HTTP]
argument-serve-log_format = Ажиллагааны тэмдэглэлийн хэлбэр [key: log_format, env: OTOR_LOG_FORMAT, default: text]
argument-serve-log_level = Түвшин (error, warn, info, debug, trace) эсвэл шүүлтүүр, жишээ нь info,otor_server=debug [key: log_level, env: OTOR_LOG_LEVEL, default: info]
argument-serve-cache_mib = Хүснэгтийн кэшийн санах ой, MiB [key: cache_mib, env: OTOR_CACHE_MIB, default: 64]
argument-serve-reserve_mib = Сервер үргэлж дахин эхлэх боломжтой байхаар дискэнд үлдээх зай, MiB; түүнээс гадна мөн төдий зай үгүй бол бичихгүй; 0 бол үлдээхгүй [key: reserve_mib, env: OTOR_RESERVE_MIB, default: 128]
argument-serve-drain_seconds = Зогсож буй сервер явагдаж буй хүсэлтийг хүлээх секунд [key: drain_seconds, env: OTOR_DRAIN_SECONDS, default: 5]
argument-serve-feed_days = Өөрчлөлтийн жагсаалтыг хадгалах өдөр, 0 бол үргэлж: удаан байгаагүй утас бүртгэлээ дахин тулгана [key: feed_days, env: OTOR_FEED_DAYS, default: 90]
argument-serve-dictionary_days = Хэдэн өдөр тутам бүртгэлээс толь бичиг сурах, 0 бол хэзээ ч үгүй [key: dictionary_days, env: OTOR_DICTIONARY_DAYS, default: 7]
argument-serve-dictionary_hour = Өдрийн хэдэн цагт сурах, орон нутгийн цаг [key: dictionary_hour, env: OTOR_DICTIONARY_HOUR, default: 3]
argument-serve-words = Байгууллагын өөрийн үгсийн хавтас, хэл бүрд нэг файл (zh-Hans.ftl, en.ftl …) [key: words, env: OTOR_WORDS]

argument-cert-self-signed-hosts = Серверт хүрэх нэр эсвэл хаяг; хэд хэдийг өгч болно
argument-cert-self-signed-cert = Гэрчилгээг (PEM) хаана бичих
argument-cert-self-signed-key = Хувийн түлхүүрийг (PEM) хаана бичих
argument-cert-self-signed-years = Хэдэн жил хүчинтэй
argument-cert-self-signed-force = Байгаа файлыг дарж бичих
argument-backup-to = Нөөцийн хавтас, байхгүй бол үүсгэнэ; өгөгдлийн хавтас дотор биш
argument-backup-check_all = Зөвхөн нэмэгдсэнийг биш, бүх тэмдэглэл, бүх нөөцийг шалгах
argument-restore-from = Нөөцийн хавтас
argument-restore-erasures = Юу арилгасныг бичсэн файл [env: OTOR_ERASURES, default: өгөгдлийн хавтасны хажууд]
argument-restored-erasures = Юу арилгасныг бичсэн файл [env: OTOR_ERASURES, default: өгөгдлийн хавтасны хажууд]
argument-salvage-from = Гэмтсэн тэмдэглэлтэй өгөгдлийн хавтас, сервер нь зогссон
argument-salvage-backup = Гэмтсэн хэсгийг нөхөх нөөцийн хавтас
argument-salvage-erasures = Юу арилгасныг бичсэн файл [env: OTOR_ERASURES, default: шинэ хавтасны хажууд]
argument-salvage-data = Шинэ өгөгдлийн хавтас [env: OTOR_DATA, default: ./otor-data]

argument-areas-import-file = CSV файл; - бол стандарт оролт
argument-areas-split-code = Хуваагдах нутаг
argument-areas-split-into = Хэсэг: код, шинэ бол нэртэй
argument-areas-merge-codes = Нэгдэх нутгууд
argument-areas-merge-into = Юу болох: код, шинэ бол нэртэй
argument-areas-move-code = Шилжих нутаг
argument-areas-move-to = Юу болох: сул код, нэр солих бол нэртэй
argument-areas-retire-code = Хаагдах нутаг
argument-areas-list-under = Зөвхөн энэ нутаг ба доторх

argument-workers-import-file = CSV файл; - бол стандарт оролт
argument-workers-import-preview = Юу болох, шилжих ажилтнуудын аль утсанд илгээгээгүй ажил үлдсэн байж болохыг зөвхөн харуулах
argument-workers-set-code = Оруулга, гаргалт дахь ажилтны код
argument-workers-set-name = Ажилтны нэр
argument-workers-set-areas = Хариуцах нутгууд, таслалаар
argument-workers-set-preview = Юу болох, ажилтны аль утсанд илгээгээгүй ажил үлдсэн байж болохыг зөвхөн харуулах
argument-workers-move-code = Ажилтны код
argument-workers-move-areas = Одооноос хариуцах нутгууд, таслалаар
argument-workers-move-helper = Ямар ч нутаг хариуцахгүй, зөвхөн өгсөн ажилтай: сайн дурынхан

argument-device-invite-worker = Ажилтны код
argument-device-invite-hours = Код хэдэн цаг хүчинтэй
argument-device-revoke-id = Утасны дугаар

argument-dictionary-show-number = Толь бичгийн дугаар

argument-task-create-title = Юу хийх, цөөн үгээр
argument-task-create-area = Харьяалах нутаг
argument-task-create-description = Юу хийх, дэлгэрэнгүй
argument-task-create-assignee = Хийх ажилтан
argument-task-create-due = Хэзээ хүртэл (RFC 3339)
argument-task-create-report = Холбогдох мэдээлэл
argument-task-assign-id = Даалгаврын дугаар эсвэл баримтын дугаар
argument-task-assign-to = Ажилтны код
argument-task-cancel-id = Даалгаврын дугаар эсвэл баримтын дугаар
argument-task-cancel-reason = Шалтгаан
argument-task-list-area = Зөвхөн энэ нутаг ба доторхынх

argument-rules-set-file = Бүх дүрэмтэй JSON файл; - бол стандарт оролт
argument-rules-departments-area = Зөвхөн энэ нутгийг хариуцдаг
argument-rules-try-area = Байгаа нутаг
argument-rules-try-category = Ангилал
argument-rules-try-severity = Хэр ноцтой, 1-ээс 4
argument-rules-try-role_hat = Ямар үүргээр олсон
argument-rules-try-author = Олсон ажилтан
argument-rules-try-rules = Одоогийнхын оронд энэ файлын дүрмийг туршина
argument-muster-call-title = Юуны тухай
argument-muster-call-area = Нутаг
argument-muster-call-place = Хаана ирэх
argument-muster-call-zone = Бүс: centre (нэг цаг), banner (хоёр), whole (гурав)
argument-muster-call-within = Хэдэн минутад ирэх, бүсийнхээс өөр бол
argument-due-list-area = Зөвхөн энэ нутаг ба доторхынх

argument-records-list-kind = Зөвхөн энэ төрөл
argument-records-list-area = Зөвхөн энэ нутаг ба доторхынх
argument-records-list-conflicts = Зөвхөн хэд хэдэн хувилбартай, эсвэл зөрчилтэй нэгтгэгдсэн
argument-records-show-id = Дугаар (17-203) эсвэл баримтын дугаар
argument-records-import-file = JSON мөрийн файл, эсвэл - стандарт оролт
argument-records-import-dry_run = Юу болохыг юу ч бичихгүйгээр хэлэх
argument-records-create-kind = Төрөл: household, visit, report, task
argument-records-create-area = Харьяалах нутаг
argument-records-create-fields = Талбар: name=бичвэр эсвэл name:=JSON
argument-records-edit-id = Дугаар эсвэл баримтын дугаар
argument-records-edit-set = Талбар тавих: name=бичвэр эсвэл name:=JSON
argument-records-edit-add = Олонлогт нэмэх: tags=elderly
argument-records-edit-remove = Олонлогоос хасах
argument-records-edit-append = Тэмдэглэлд нэмэх: notes=бичвэр
argument-records-event-id = Бүртгэлийн дугаар эсвэл баримтын дугаар
argument-records-event-event = Үйлдэл
argument-records-event-fields = Үйлдлийн агуулга: name=бичвэр эсвэл name:=JSON
argument-records-relocate-id = Дугаар эсвэл баримтын дугаар
argument-records-relocate-area = Шинэ нутаг
argument-records-erase-id = Дугаар эсвэл баримтын дугаар
argument-records-erase-yes = Асуухгүйгээр хийх

argument-stats-report-statistics = Статистикийн нэр эсвэл дугаар (closure, F18 …); үгүй бол бүгд
argument-area = Нутаг; үгүй бол таны нутаг эсвэл бүх мод
argument-from = Эхний өдөр (2026-03-02)
argument-to = Сүүлийн өдөр
argument-month = Бүтэн сар (2026-03), --from, --to-гийн оронд
argument-as_of = Энэ тэмдэглэлийн дараа мэдэгдэж байснаар; үгүй бол одоо мэдэгдэж буйгаар
argument-by_grid = Хаалт ба хамралтыг торгоор бас гаргах
argument-stats-ledger-publish-title = Дансны нэр
argument-stats-ledger-show-number = Дансны дугаар
argument-stats-ledger-compare-number = Дансны дугаар
argument-stats-ledger-compare-as_of = Энэ тэмдэглэлийн дараа мэдэгдэж байснтай харьцуулах
argument-stats-ledger-compare-limit = Хамгийн ихдээ хэдэн бүртгэл жагсаах
argument-stats-supply-name = Тоо юуг хэлэх
argument-stats-supply-file = CSV файл, эсвэл - стандарт оролт
argument-receipt-number = Баримтын дугаар

argument-quarantine-list-reason = Зөвхөн энэ шалтгаанаар хойш тавьсан, жагсаалтад нэрлэснээр
argument-quarantine-list-waiting = Оронд нь бүртгэлээ хүлээж буйг жагсаах
argument-quarantine-release-op = Оруулах өөрчлөлт, жагсаалтад нэрлэснээр: 17-203
argument-quarantine-release-reason = Энэ шалтгаанаар хойш тавьсан бүгд, жагсаалтад нэрлэснээр

argument-admin-add-name = Эрхийн нэр
argument-admin-add-level = Эрх мэдэл
argument-admin-add-area = Үйлчлэх нутаг; үгүй бол бүх мод
argument-admin-acts-after = Зөвхөн энэ тэмдэглэлийн дараах
argument-admin-revoke-name = Эрхийн нэр

argument-pull-state = Газрыг нэг удаагаас нөгөөд хадгалах файл; байхгүй бол бүгдийг авна
argument-pull-format = Мөрийн хэлбэр
argument-pull-kind = Зөвхөн энэ төрлийн бүртгэл
argument-pull-area = Зөвхөн энэ нутаг ба доторх бүртгэл
argument-pull-since = Зөвхөн энэ цагт ба хойш өөрчлөгдсөн бүртгэл (RFC 3339)
argument-pull-until = Зөвхөн энэ цагаас өмнө өөрчлөгдсөн бүртгэл (RFC 3339)

argument-words-show-beginning = Зөвхөн дугаар нь ингэж эхэлдэг: kind, field, event, status, reason …
