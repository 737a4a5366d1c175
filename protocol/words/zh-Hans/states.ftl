# 状态、提示、通用代码，以及一次修改的去向。

status-accepted = 已接受
    .mediation = 已受理
status-acknowledged = 已确认
status-agreed = 已达成协议
status-approved = 已审核
status-archived = 已归档
status-arrived = 已到位
status-assigned = 已交办
status-away = 外出
status-blown = 已吹哨
status-called = 已通知
status-called_back = 已回访
status-called_off = 已撤销
status-cancelled = 已取消
status-check = 待核实
status-claimed = 已认领
status-closed = 已结案
status-confirmed = 已确认
status-current = 在住
status-deceased = 已去世
status-declined = 不能到场
status-delivered = 已送达
    .wish = 已实现
status-done = 已完成
status-draft = 草稿
status-ended = 已结束
status-erased = 已清除
status-expired = 已过期
status-failed = 未达成
status-found = 已发现
status-fulfilled = 已履行
status-handling = 处置中
status-in_session = 调解中
status-issued = 已下达
status-lapsed = 已失效
status-moved = 已迁走
status-moved_out = 已搬离
status-occupied = 有人居住
status-open = 进行中
status-ordered = 已责令整改
status-planned = 计划中
status-published = 已公开
status-raised = 已提出
status-rectified = 已整改
status-refused = 已退回
status-removed = 已移除
status-reported = 已上报
status-reported_in = 已报到
status-retracted = 已撤回
status-solved = 已办结
status-solving = 办理中
status-stood_down = 已解除
status-submitted = 已提交
status-transferred = 已移交
status-unreachable = 联系不上
status-vacant = 空置
status-verified = 已验收
status-withdrawn = 已撤销

# 需要有人看一看的。

mark-after_closing = 结案后有补充
mark-assignee_silent = 承办人手机失联
mark-care_late = 走访迟到
mark-care_overdue = 走访逾期
mark-claimed_after_lapse = 失效后认领
mark-closed_before_whistle = 部门未办完即结案
mark-consent_missing = 缺本人同意
mark-done_by_former_assignee = 由原承办人完成
mark-done_late = 逾期完成
mark-double_work = 重复办理
mark-evidence_after_cancel = 取消后仍办理
mark-in_time = 按时
mark-late = 迟到
mark-late_event = 迟到的动作
mark-lead_gave_up = 牵头人已放弃
mark-newer_text = 有更新文稿
mark-overdue = 逾期
mark-refused_off_list = 清单外事项退回
mark-removal_not_seen_by_all = 移除未被全部知悉
mark-reopen_requested = 申请重办
mark-supervised = 督办中
mark-supervision_overdue = 督办答复逾期
mark-threshold_met = 已达标
mark-time_up = 时限已到
mark-two_closings = 两次结案不一致
mark-two_endings = 两种结果不一致
mark-unhappy = 评价不满意
mark-verified_by_rectifier = 整改人自行验收
mark-whistled = 部门办理中

# 通用代码，按所在字段。各地自定的代码照原样显示。

code-about-person = 个人
code-category-case = 小案件
code-category-contradiction = 小矛盾
code-category-dispute = 小纠纷
code-category-hazard = 小隐患
code-category-matter = 小事情
code-channel-appeal = 诉求
code-channel-four_micro = 四微
code-channel-hotline = 12345热线
code-channel-mailbox = 民情红信箱
code-channel-online_chain = 网上全链条
code-channel-snapshot = 随手拍
code-channel-visit = 入户走访
code-engagement-full_time = 专职
code-engagement-part_time = 兼职
code-engagement-service = 购买服务
code-engagement-volunteer = 志愿
code-reason-off_list = 清单外事项
code-reason-plain = 不再需要
code-reason-safety = 安全原因
code-reason-wrong_target = 对象有误
code-result-aware = 知晓
code-result-neutral = 一般
code-result-satisfied = 满意
code-result-unaware = 不知晓
code-result-unhappy = 不满意
code-role_hat-errands = 代办员
code-role_hat-information = 信息员
code-role_hat-law = 普法员
code-role_hat-mediation = 调解员
code-role_hat-patrol = 巡逻员
code-role_hat-sanitation = 保洁员
code-service_mode-direct = 直办
code-service_mode-helped = 帮办
code-service_mode-proxy = 代办
code-topic-policy = 政策知晓率
code-topic-satisfaction = 满意度
code-type-checkpoint = 检查点
code-type-committee = 专业调解委员会
code-type-consultation = 议事协商
code-type-emergency = 应急
code-type-family = 家庭
code-type-grid_team = 网格团队
code-type-legal = 法律咨询
code-type-lesson = 宣讲课堂
code-type-medical = 医疗
code-type-micro_organisation = 微组织
code-type-patrol_team = 巡逻队
code-type-property = 物业
code-type-service = 服务
code-type-traffic = 交通
code-type-volunteer = 志愿服务
code-zone-banner = 旗县（两小时）
code-zone-centre = 中心区（一小时）
code-zone-whole = 全域（三小时）
code-published-yes = 是

# 吹哨中各部门的情况。

slot-arrived = 已到场
slot-called = 已吹哨
slot-excused = 免予答复
slot-replied = 已答复

# 层级，以及区域的变动。

level-auditor = 督查
level-banner = 旗
level-city = 市
level-community = 社区
level-county = 县
level-desk = 服务窗口
level-district = 区
level-gacha = 嘎查
level-grid = 网格
level-league = 盟
level-micro-grid = 微网格
level-street = 街道
level-sumu = 苏木
level-town = 镇
level-township = 乡镇
level-village = 村

ending-closed = 撤销
ending-merged = 合并
ending-moved = 划转
ending-split = 拆分

# 一行对其记录的说明。

row-erased = 已清除个人信息
row-left = 已移出
row-live = 有效

# 一次修改的去向，手机与中心同一说法。

edit-accepted = 已接收
edit-merged = 已到中心
edit-merged_with_conflict = 已到中心，有冲突
edit-parked = 等待所指记录
edit-quarantined = 暂存待处理
edit-unsent = 仅在本机

# 一次修改为何暂存；完整说法给填写人看。

reason-bad_value = 值不合要求
    .full = “{ $field }”的值不合要求。
reason-behind_another = 排在另一修改之后
    .full = 同一手机对同一记录的较早修改仍在暂存。
reason-device_revoked = 手机已停用
    .full = 该手机已被停用。
reason-no_such_record = 没有此记录
    .full = 没有这条记录，以后也不会有。
reason-not_authorised = 无权办理
    .full = 填写人无权这样做。
reason-nothing_to_release = 无可放行
    .full = 该编号下没有暂存的修改。
reason-out_of_area = 不在责任区域
    .full = 填写时，该区域不由填写人负责。
reason-record_full = 记录已满
    .full = 这条记录将超出上限。
reason-set_once = 只能填一次
    .full = “{ $field }”只能在新建记录时填写。
reason-too_many = 内容过多
    .full = 内容超过一次修改的上限。
reason-twice = 重复修改
    .full = “{ $field }”被改了两次。
reason-unknown_area = 没有此区域
    .full = 没有这个区域。
reason-unknown_kind = 没有此类别
    .full = 没有这一类记录。
reason-unprintable = 无法显示
    .full = “{ $field }”的文字中有无法显示或导出的字符。
reason-unreadable = 无法读取
    .full = 内容无法读取，或超过一次修改的上限。
reason-waiting = 等待中
    .full = 所指的记录还没有到。
reason-wrong_author = 填写人不符
    .full = 填写人不是手机的使用人。
reason-wrong_lane = 通道不符
    .full = 紧急程度与其记录的通道不符。
reason-wrong_rule = 写法不符
    .full = “{ $field }”不能这样填写。
