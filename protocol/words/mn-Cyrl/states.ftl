### Draft: no native reader has checked these words yet. Take this line away once one has.

# Төлөв, анхаарах зүйл, мэдэгдэж байгаа код, засварын явц.

status-accepted = зөвшөөрсөн
    .mediation = хүлээн авсан
status-acknowledged = мэдсэн
status-agreed = тохиролцсон
status-approved = батлагдсан
status-archived = архивласан
status-arrived = ирсэн
status-assigned = даалгасан
status-away = эзгүй
status-blown = шүгэл дуугарсан
status-called = дуудсан
status-called_back = эргэж асуусан
status-called_off = цуцалсан
status-cancelled = болиулсан
status-check = тодруулах
status-claimed = хариуцсан
status-closed = хаасан
status-confirmed = нотолсон
status-current = сууж байгаа
status-deceased = нас барсан
status-declined = ирж чадахгүй
status-delivered = хүрсэн
    .wish = биелсэн
status-done = гүйцэтгэсэн
status-draft = ноорог
status-ended = дууссан
status-erased = арилгасан
status-expired = хугацаа дууссан
status-failed = тохиролцоогүй
status-found = илэрсэн
status-fulfilled = хэрэгжсэн
status-handling = шийдвэрлэж байгаа
status-in_session = хуралдаж байгаа
status-issued = өгсөн
status-lapsed = хүчингүй болсон
status-moved = нүүсэн
status-moved_out = нүүж гарсан
status-occupied = хүн сууж байгаа
status-open = явагдаж байгаа
status-ordered = засахыг шаардсан
status-planned = төлөвлөсөн
status-published = нийтэлсэн
status-raised = гаргасан
status-rectified = зассан
status-refused = татгалзсан
status-removed = хассан
status-reported = мэдэгдсэн
status-reported_in = хүрч ирсэн
status-retracted = эргүүлж татсан
status-solved = шийдэгдсэн
status-solving = шийдэж байгаа
status-stood_down = тарсан
status-submitted = илгээсэн
status-transferred = шилжүүлсэн
status-unreachable = холбогдохгүй
status-vacant = хоосон
status-verified = шалгасан
status-withdrawn = буцааж авсан

# Хэн нэгэн харах ёстой зүйл.

mark-after_closing = хаасны дараах нэмэлт
mark-assignee_silent = хариуцагчийн утас чимээгүй
mark-care_late = хоцорч айлчилсан
mark-care_overdue = айлчлал хоцорсон
mark-claimed_after_lapse = хүчингүй болсны дараа хариуцсан
mark-closed_before_whistle = хэлтэс дуусахаас өмнө хаасан
mark-consent_missing = зөвшөөрөл алга
mark-done_by_former_assignee = өмнөх хариуцагч гүйцэтгэсэн
mark-done_late = хоцорч гүйцэтгэсэн
mark-double_work = хоёр удаа гүйцэтгэсэн
mark-evidence_after_cancel = болиулсан ч гүйцэтгэсэн
mark-in_time = цагтаа
mark-late = хоцорсон
mark-late_event = хоцорч ирсэн үйлдэл
mark-lead_gave_up = ахлагч больсон
mark-newer_text = шинэ бичвэртэй
mark-overdue = хугацаа хэтэрсэн
mark-refused_off_list = үүрэгт ороогүй тул татгалзсан
mark-removal_not_seen_by_all = хассаныг бүгд мэдээгүй
mark-reopen_requested = дахин нээхийг хүссэн
mark-supervised = хяналтад байгаа
mark-supervision_overdue = шаардлагын хариу хоцорсон
mark-threshold_met = босго хангасан
mark-time_up = хугацаа болсон
mark-two_closings = хоёр өөрөөр хаасан
mark-two_endings = хоёр өөрөөр дууссан
mark-unhappy = сэтгэл ханаагүй
mark-verified_by_rectifier = зассан хүн өөрөө шалгасан
mark-whistled = хэлтсүүд ажиллаж байгаа

# Мэдэгдэж байгаа код.

code-about-person = хувь хүн
code-category-case = жижиг хэрэг
code-category-contradiction = жижиг зөрчил
code-category-dispute = жижиг маргаан
code-category-hazard = жижиг аюул
code-category-matter = жижиг асуудал
code-channel-appeal = өргөдөл
code-channel-four_micro = дөрвөн бичил
code-channel-hotline = 12345 утас
code-channel-mailbox = улаан хайрцаг
code-channel-online_chain = онлайн
code-channel-snapshot = зураг илгээх
code-channel-visit = айлчлал
code-engagement-full_time = орон тооны
code-engagement-part_time = цагийн
code-engagement-service = худалдан авсан үйлчилгээ
code-engagement-volunteer = сайн дурын
code-reason-off_list = үүрэгт ороогүй
code-reason-plain = хэрэггүй болсон
code-reason-safety = аюулгүй байдал
code-reason-wrong_target = буруу хаяг
code-result-aware = мэддэг
code-result-neutral = дунд
code-result-satisfied = сэтгэл ханасан
code-result-unaware = мэддэггүй
code-result-unhappy = сэтгэл ханаагүй
code-role_hat-errands = зарлага
code-role_hat-information = мэдээлэгч
code-role_hat-law = хууль сурталчлагч
code-role_hat-mediation = эвлэрүүлэгч
code-role_hat-patrol = эргүүлч
code-role_hat-sanitation = цэвэрлэгч
code-service_mode-direct = шууд
code-service_mode-helped = тусалж
code-service_mode-proxy = төлөөлж
code-topic-policy = бодлогын мэдлэг
code-topic-satisfaction = сэтгэл ханамж
code-type-checkpoint = хяналтын цэг
code-type-committee = мэргэжлийн хороо
code-type-consultation = зөвлөлдөөн
code-type-emergency = онцгой байдал
code-type-family = гэр бүл
code-type-grid_team = торны баг
code-type-legal = хуулийн зөвлөгөө
code-type-lesson = хичээл
code-type-medical = эмнэлэг
code-type-micro_organisation = бичил байгууллага
code-type-patrol_team = эргүүлийн баг
code-type-property = өмч
code-type-service = үйлчилгээ
code-type-traffic = зам тээвэр
code-type-volunteer = сайн дурын ажил
code-zone-banner = хошуу (хоёр цаг)
code-zone-centre = төв (нэг цаг)
code-zone-whole = бүх нутаг (гурван цаг)
code-published-yes = тийм

# Шүгэлд хэлтсийн оролцоо.

slot-arrived = газар дээр
slot-called = дуудсан
slot-excused = чөлөөлсөн
slot-replied = хариулсан

# Шат, нутаг дэвсгэрийн өөрчлөлт.

level-auditor = шалгагч
level-banner = хошуу
level-city = хот
level-community = хороолол
level-county = шянь
level-desk = үйлчилгээний цонх
level-district = дүүрэг
level-gacha = гацаа
level-grid = тор
level-league = аймаг
level-micro-grid = бичил тор
level-street = гудамж
level-sumu = сум
level-town = балгас
level-township = сум, балгас
level-village = тосгон

ending-closed = хаасан
ending-merged = нэгтгэсэн
ending-moved = шилжүүлсэн
ending-split = хуваасан

# Мөр нь бичлэгийнхээ тухай.

row-erased = хувийн мэдээлэл арилгасан
row-left = өөр тийш шилжсэн
row-live = хүчинтэй

# Засвар хаана байна.

edit-accepted = хүлээн авсан
edit-merged = төвд хүрсэн
edit-merged_with_conflict = төвд хүрсэн, зөрчилтэй
edit-parked = бичлэгээ хүлээж байна
edit-quarantined = түр хадгалсан
edit-unsent = зөвхөн энэ утсанд

# Яагаад түр хадгалсан.

reason-bad_value = утга тохирохгүй
    .full = «{ $field }» талбарт утга тохирохгүй байна.
reason-behind_another = өөр засварын ард
    .full = Энэ утаснаас ирсэн өмнөх засвар хадгалагдаж байна.
reason-device_revoked = утас хаагдсан
    .full = Энэ утсыг хаасан байсан.
reason-no_such_record = бичлэг алга
    .full = Ийм бичлэг байхгүй, ирэхгүй ч.
reason-not_authorised = эрхгүй
    .full = Бичсэн хүнд эрх байхгүй.
reason-nothing_to_release = чөлөөлөх зүйлгүй
    .full = Энэ дугаараар хадгалсан зүйл алга.
reason-out_of_area = нутгаас гадуур
    .full = Бичих үед энэ нутгийг хариуцаагүй байсан.
reason-record_full = бичлэг дүүрсэн
    .full = Бичлэг хязгаараас хэтэрнэ.
reason-set_once = нэг удаа бичнэ
    .full = «{ $field }» талбарыг зөвхөн эхэнд бичнэ.
reason-too_many = хэт олон хэсэг
    .full = Нэг засварын хязгаараас олон хэсэгтэй.
reason-twice = хоёр удаа
    .full = «{ $field }» талбарыг хоёр удаа өөрчилсөн.
reason-unknown_area = үл мэдэх нутаг
    .full = Ийм нутаг дэвсгэр байхгүй.
reason-unknown_kind = үл мэдэх төрөл
    .full = Ийм төрлийн бичлэг байхгүй.
reason-unprintable = харуулах боломжгүй
    .full = «{ $field }» талбарт харуулах боломжгүй тэмдэгт байна.
reason-unreadable = уншигдахгүй
    .full = Уншигдахгүй, эсвэл хэт том байна.
reason-waiting = хүлээж байна
    .full = Заасан бичлэг нь хараахан ирээгүй.
reason-wrong_author = өөр хүн
    .full = Бичсэн хүн утасны эзэн биш.
reason-wrong_lane = буруу урсгал
    .full = Бичлэгийнхээ яаралын урсгалаар ирээгүй.
reason-wrong_rule = буруу бичсэн
    .full = «{ $field }» талбарт ингэж бичихгүй.
