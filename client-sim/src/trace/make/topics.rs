//! What notes and reports of made-up days are about, topic by topic.

/// A matter that workers meet.
pub(super) struct Topic {
    /// Its category's code.
    pub(super) category: &'static str,
    /// Sentences of a note.
    pub(super) clauses: &'static [&'static str],
    /// Titles of a report of it.
    pub(super) titles: &'static [&'static str],
}

/// The matters.
pub(super) const TOPICS: &[Topic] = &[
    Topic {
        category: "livestock",
        clauses: &[
            "圈里{stock}{count}只，{since}下了{#2-9}只羔",
            "饲草只够吃{#5-30}天，青贮窖已见底",
            "{stock}圈顶棚压塌一角，{kin}拿木杆支着",
            "{since}跑丢{#2-5}只{stock}，在{dir}找回",
            "防疫耳标补了{count}个，{who}登了记",
            "{stock}价跌了，想等{season}再卖",
            "水槽冻住，拿热水浇开的",
        ],
        titles: &[
            "{stock}圈顶棚被雪压塌",
            "{dir}{stock}无人看管上公路",
            "饲草短缺{count}户",
        ],
    },
    Topic {
        category: "snow",
        clauses: &[
            "院里积雪{#8-40}公分，扫出一条通{wide}的道",
            "房顶雪还没清，{kin}说{season}上去铲",
            "{since}的雪封了{road}，{tool}推了两趟",
            "{room}门被雪堵住，帮着铲开",
            "雪水从{thing}往里渗，接了个盆",
            "雪后路滑，嘱咐老人少出门",
        ],
        titles: &["{road}积雪封堵", "{thing}积雪过厚有险", "{dir}雪后断路{count}户"],
    },
    Topic {
        category: "pipe",
        clauses: &[
            "{pipe}{since}冻裂，{room}地面湿了{amount}",
            "{pipe}接头滴水，用旧布缠着",
            "水压小，{room}上不去水，问是不是{who}关了闸",
            "{pipe}埋得浅，想{season}往下挖{#30-80}公分",
            "水表停走，{who}抄不上数",
            "换了{#2-6}米{pipe}，已通水",
        ],
        titles: &["{pipe}冻裂漏水", "{dir}停水{#1-4}天", "水表井冒水结冰"],
    },
    Topic {
        category: "well",
        clauses: &[
            "机井水位比去年低{#1-6}米，抽{#20-60}分钟就断",
            "井房门锁坏了，线头露着{#3-15}公分",
            "{dir}那眼井排队浇地，主人排在第{#3-18}个",
            "井口没盖，先拿{tool}挡着",
            "水有点浑，让先烧开再用",
            "{since}换的潜水泵又不出水",
        ],
        titles: &["{dir}机井井口无盖", "机井潜水泵损坏", "井房线路裸露"],
    },
    Topic {
        category: "heating",
        clauses: &[
            "炉子烧{fuel}，{room}温度有{#12-22}度",
            "{fuel}还剩{#2-9}袋，够烧到{season}",
            "暖气片{since}不热，{kin}放了气也不行",
            "炕道堵烟，掏出{#2-6}锹灰",
            "买不上好{fuel}，想让{who}帮着联系",
            "{room}没生火，老人搬到{room}住",
        ],
        titles: &["{dir}供暖不热", "{count}户{fuel}不足", "暖气主管漏水"],
    },
    Topic {
        category: "flue",
        clauses: &[
            "烟囱拐了{#2-4}个弯，接口拿胶带粘的",
            "报警器装在{room}，按了一下会响",
            "夜里封炉子，窗户留了{#2-5}指宽的缝",
            "烟道{since}清过，倒出半桶灰",
            "{room}炉子没接烟筒，当场让撤了",
            "讲了{#2-4}遍别在{room}烧炭盆",
        ],
        titles: &["{room}烟道改动有隐患", "报警器失灵{count}户", "炉子未接烟筒"],
    },
    Topic {
        category: "dispute",
        clauses: &[
            "和{neighbour}为{wide}{amount}地界拌了嘴",
            "{neighbour}的水淌进院，泡了{thing}",
            "两家为{price}说不拢，各让一步先记账",
            "{stock}啃了{neighbour}的{crop}苗，认赔{#100-900}元",
            "{since}吵过一回，今天两边都{mood}",
            "分家的事{kin}还没点头",
            "约好{season}在队部坐下来谈",
        ],
        titles: &["两户因{wide}地界争执", "{stock}毁{crop}赔偿不一", "{price}纠纷"],
    },
    Topic {
        category: "elder",
        clauses: &[
            "老人独居，{kin}在{away}，每周来{#1-3}次电话",
            "米面够吃，缺{fuel}和咸菜",
            "帮着换了灯泡，又把{room}门轴上了油",
            "想去{dir}串门，嫌路滑，陪着走了一段",
            "养老金{since}到账，存折收在柜里",
            "助听器没电，给配了{#2-6}节电池",
            "{neighbour}每天过来看一眼烟囱冒不冒烟",
        ],
        titles: &["独居老人缺{fuel}", "老人房屋{thing}破损", "老人出行{road}不便"],
    },
    Topic {
        category: "road",
        clauses: &[
            "{road}{since}塌了{amount}的坑，绕着走",
            "{wide}路灯坏{#2-5}盏，夜里看不见",
            "桥板翘起一头，{tool}过不去",
            "{road}翻浆，{tool}陷住{#2-3}回",
            "路肩被水掏空{amount}，摆了砖头",
            "拉{crop}的车把{road}压出{#2-4}道辙",
        ],
        titles: &["{road}塌陷{amount}", "{wide}路灯不亮", "桥板松动"],
    },
    Topic {
        category: "canal",
        clauses: &[
            "斗渠里淤泥{#20-60}公分，{season}要清",
            "{wide}闸门丝杠锈死，{#2-4}个人拧不动",
            "渠堤让老鼠打了{#2-9}个洞",
            "盼着早放水，{crop}地还没泡",
            "毛渠和{neighbour}共用，轮着浇",
            "渠冰化了一半，叫孩子别上去玩",
        ],
        titles: &["{dir}渠堤渗水", "{wide}闸门损坏", "渠道淤堵{amount}"],
    },
    Topic {
        category: "power",
        clauses: &[
            "{since}停过电，{#1-6}个钟头才来",
            "电线从{thing}上拖过，皮磨破{#3-20}公分",
            "一个插板带{tool}和电炉，让分开了",
            "电杆往{dir}歪，拉线松了",
            "电表箱没门，雨雪能进去",
            "{tool}一开灯就暗，怕是线细",
        ],
        titles: &["{wide}电杆倾斜", "{dir}线路老化", "电表箱损坏"],
    },
    Topic {
        category: "crop",
        clauses: &[
            "{crop}还存着{#2-20}吨，等{price}",
            "{room}堆的{crop}返潮，摊开晾着",
            "{season}打算种{#10-90}亩{crop}",
            "种子化肥备齐，差{#5-40}袋二铵",
            "{crop}杆子没拉完，占着{road}",
            "合作社说订单{season}签",
        ],
        titles: &["{crop}霉变{#2-9}吨", "{crop}杆占道", "{crop}款拖欠{count}户"],
    },
    Topic {
        category: "shed",
        clauses: &[
            "大棚{#2-6}座，棚膜{since}被风撕开{amount}",
            "棚里{#8-24}度，{crop}苗出齐了",
            "卷帘机卡住，{kin}爬上去修",
            "棚顶雪刮得及时，没压坏",
            "夜里加了{#1-3}个炉子，烟走得出去",
            "滴灌带堵了{#2-9}行",
        ],
        titles: &["大棚棚膜被风撕裂", "卷帘机故障", "大棚骨架变形"],
    },
    Topic {
        category: "fire",
        clauses: &[
            "柴草垛离{room}只有{#1-4}步，让往{wide}挪",
            "灶口堆着{fuel}，清到{#2-3}米外",
            "灭火器压力在{#1-2}格，{season}换",
            "{wide}烧过秸秆，灰还热，用雪压住",
            "院里停的{tool}漏油，垫了沙子",
            "孩子玩炮仗，收了{#2-9}个",
        ],
        titles: &["柴草垛紧靠住房", "{wide}焚烧秸秆", "{dir}消防通道被占"],
    },
    Topic {
        category: "litter",
        clauses: &[
            "{wide}堆了{#2-9}车垃圾，风一吹满巷",
            "旱厕{since}没抽，报了{who}",
            "{stock}粪堆占{road}{amount}，答应{season}拉走",
            "门前三包做得好，院里利索",
            "污水倒在{wide}结成冰坡",
            "废棚膜捆了{#3-15}捆等收",
        ],
        titles: &["{wide}垃圾堆积", "污水结冰路滑", "粪堆占用{road}"],
    },
    Topic {
        category: "signal",
        clauses: &[
            "{room}手机没信号，要到{wide}打电话",
            "宽带{since}断了，孩子上不了网课",
            "电视锅盖让风吹歪，调了{#10-40}分钟",
            "接到{#2-6}个陌生来电要验证码，没给",
            "讲了骗子冒充{who}的路数",
            "微信群里看不到通知，帮着加上了",
        ],
        titles: &["{dir}手机无信号", "宽带中断{count}户", "疑似诈骗来电"],
    },
    Topic {
        category: "house",
        clauses: &[
            "{thing}裂了{#1-6}公分的缝，比{since}没大",
            "{thing}往外闪，底下支着{#2-5}根杆",
            "{room}漏风，钉了层塑料布",
            "旧土房空着，门窗拿砖封了",
            "翻盖房子的材料堆在{wide}",
            "瓦揭了{#3-30}片，{kin}{season}回来补",
        ],
        titles: &["{thing}开裂", "空置土房有倒塌危险", "{thing}歪斜"],
    },
    Topic {
        category: "away",
        clauses: &[
            "{kin}在{away}打工，{season}回来",
            "钥匙放在{neighbour}家，水电已关",
            "全家去{town}过冬，院里只留条狗",
            "孩子转到{town}念书，{who}开了证明",
            "地包给{neighbour}{#20-90}亩，{price}已清",
            "号码换了，旧的停机",
        ],
        titles: &["{dir}空院门被撬", "外出户水管无人看管", "承包地{price}未清"],
    },
];
