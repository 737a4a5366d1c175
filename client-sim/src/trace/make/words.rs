//! Words that the notes of made-up days are built from. No names of people, nothing about health.

/// Slots of the grammar and the words that may stand in them, parted by spaces; a word may hold slots again, and
/// `{#2-9}` is a number.
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "when",
        "一早 上午 近晌午 午后 下半晌 傍黑前 趁雪停 顺路 刮着风 天阴着 放晴以后 早饭后 \
         赶在天黑前 冒着小雪 从{dir}回来 按计划 第{#2-4}趟 接到电话后",
    ),
    (
        "go",
        "入户 到户 走访 上门 过来看看 到院里 进屋坐了坐 在院门口碰上主人 到地头找到主人",
    ),
    (
        "home",
        "老两口都在 只有老人在家 主人刚喂完{stock} 屋里正炸油糕 一家人在吃饭 儿媳在家带孩子 \
         主人在修{tool} 男主人去{dir}拉料了 女主人在剥葵花 \
         门锁着，问了{neighbour} 主人在房后铲雪 家里来了亲戚 正装车卖{crop} \
         两口子在棚里干活 主人在井房看表 院里在劈柴 刚从镇上回来 主人在清圈 孩子放学在写作业",
    ),
    (
        "dir",
        "村东 村西 村南 村北 渠背 旧砖厂 队部 村委会 公路边 二社 三社 五社 坝口 老场院",
    ),
    (
        "neighbour",
        "东邻 西邻 隔壁大娘 对门 放羊的 小卖部 队长 后排住户 看井的",
    ),
    ("stock", "羊 绵羊 奶牛 肉牛 猪 骡子 鸡 种公羊 羔子 育肥牛 马 鹅"),
    (
        "tool",
        "四轮车 水泵 铡草机 三轮车 旋耕机 炉子 院门 粉碎机 播种机 暖气泵",
    ),
    ("crop", "葵花 玉米 小麦 番茄 辣椒 籽瓜 苜蓿 甜菜 葫芦 青贮"),
    ("count", "{#2-9} 十来 {#12-48} 二十多 三十出头 {#3-7}"),
    (
        "amount",
        "{#2-9}米 {#10-60}米 两三步宽 半人高 一拃厚 {#3-30}公分 {#2-6}处",
    ),
    (
        "since",
        "前天 昨夜 上周 年前 开春以来 这两天 入冬起 大风那天 {#2-6}天前 上回下雪后 \
         半个月前",
    ),
    ("room", "西屋 正房 南房 厨房 凉房 里间 卫生间 门洞 东厢房 储藏间"),
    ("kin", "儿子 闺女 老伴 大儿媳 侄子 外甥 孙子 女婿"),
    (
        "away",
        "包头 临河 呼和浩特 乌海 银川 外地工地 旗里 县城 矿上 饭店",
    ),
    ("fuel", "煤 柴 葵花杆 玉米芯 煤饼 颗粒燃料"),
    (
        "who",
        "村委会 镇里 社长 水管员 电工 林管员 合作社 供水所 信用社 学校 包村干部 乡兽医站",
    ),
    (
        "mood",
        "情绪平稳 有些着急 表示理解 态度挺好 还有点不服气 听得进去 连说麻烦了 没有别的要求 话不多",
    ),
    (
        "wide",
        "墙根 大门口 渠边 路口 棚后 井房旁 圈门 电杆下 桥头 房后 场院边 坡底",
    ),
    ("price", "收购价 水费 电费 运费 饲料钱 承包费 煤钱"),
    ("town", "包头 临河 呼和浩特 乌海 银川 旗里 县城 三亚"),
    (
        "season",
        "开春 清明前 春灌前 解冻后 月底 下周 集日以前 播种前 下次下雪前",
    ),
    (
        "road",
        "进村路 田间路 巷道 渠堤路 通往{dir}的路 桥面 校车路线 水泥路",
    ),
    (
        "pipe",
        "自来水管 下水管 暖气管 井房出水管 院里的水龙头 水表井 滴灌主管 入户闸阀",
    ),
    (
        "thing",
        "院墙 房檐 后墙 烟囱 羊圈顶棚 凉房门框 围栏 大棚骨架 水塔架子 旧土房",
    ),
    ("paper", "宣传单 明白纸 服务卡 提示单 联系牌 告知书"),
];

/// Openings of a note.
pub(super) const OPENINGS: &[&str] = &[
    "{when}{go}，{home}。",
    "{when}{go}，{home}，聊了一会儿。",
    "{when}到{dir}{go}，{home}。",
    "{home}，{when}{go}见到。",
    "{when}{go}时{home}。",
];

/// Endings of a note.
pub(super) const CLOSINGS: &[&str] = &[
    "已告诉{who}，{season}再来看。",
    "让主人先别动，等{who}来人。",
    "留了{paper}和电话，{mood}。",
    "当场拍照记下，{season}回访。",
    "跟{kin}通了电话，说{season}回来。",
    "请{neighbour}帮着照看，{mood}。",
    "登记后报{who}，主人{mood}。",
    "说好{season}一起去{dir}看。",
    "没有新情况，{mood}。",
    "帮着搭了把手，{season}再走一趟。",
    "提醒过了，主人{mood}。",
    "已在{wide}挂了警示布条，报{who}。",
    "问了{who}，答复{season}安排。",
    "材料还差一样，{season}补齐。",
];

/// Codes of tags that a made-up day uses.
pub(super) const TAGS: &[&str] = &[
    "snow",
    "livestock",
    "well",
    "heating",
    "elder",
    "road",
    "dispute",
    "fire",
    "canal",
    "power",
    "revisit",
    "away",
];

/// Where a household lives, as people say it.
pub(super) const PLACES: &[&str] = &[
    "{dir}第{#1-9}排，院门朝南",
    "{dir}{wide}红砖房",
    "{dir}蓝顶棚旁第{#2-8}户",
    "{road}北侧，门前有{#2-6}棵杨树",
    "{wide}往里{#20-90}步",
];

/// How a worker ended a matter.
pub(super) const OUTCOMES: &[&str] = &[
    "{who}来人处理好了，{mood}",
    "现场修好，主人{mood}",
    "双方说开，{mood}",
    "换了{pipe}，已通水",
    "{road}已清开，车能走",
    "{thing}加固完毕，拍照留存",
    "查看过，{since}已经自行解决",
];

/// What the centre asks a worker to do.
pub(super) const TASK_TITLES: &[&str] = &[
    "查看{dir}{pipe}",
    "核对{dir}住户情况",
    "{season}走访独居老人",
    "发放{paper}",
    "检查{road}积雪",
    "核实{dir}{thing}",
    "统计缺{fuel}户",
    "巡查{wide}柴草垛",
    "登记{crop}存放点",
    "了解{stock}出栏情况",
];

/// What a task says beside its title.
pub(super) const TASK_TEXTS: &[&str] = &[
    "{who}反映{dir}有{count}户情况未明，{season}逐户看过，把结果写在备注里。",
    "请带{paper}到{dir}，当面说清，见不到人的问{neighbour}，{season}再补。",
    "{since}有人来电说{wide}不安全，先到现场看{thing}，再报{who}。",
    "{season}要用，请把{dir}{count}户的{price}情况问清，不用表格，备注即可。",
];
