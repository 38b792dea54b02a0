//! Who plays: the people, the enterprise and the task of the day (requirements §E). Everybody here is invented.

use chrono::{DateTime, Duration, FixedOffset};
use serde_json::{Value, json};
use std::time::SystemTime;

/// 执法主体.
pub const ORGAN: &str = "青川县卫生健康局";
/// The party's manager on site, who answers for it during the inspection.
pub const MANAGER: &str = "陈晓梅";
/// 协助人员.
pub const ASSISTANT: &str = "王海";
/// 见证人, of the village committee.
pub const WITNESS: &str = "刘德厚";
/// The witness's unit.
pub const WITNESS_UNIT: &str = "青溪镇桥头村村民委员会";
/// Who decides about certificates at the office.
pub const DECIDES: &str = "马向前";
/// The enterprise's 统一社会信用代码.
pub const CODE: &str = "91510822MA6ABCDE0X";

/// What the office's papers say of the organ, as settings from the environment.
pub const SETTINGS: [(&str, &str); 4] = [
    ("MINGZHENG_GOVERNMENT", "青川县人民政府"),
    ("MINGZHENG_COURT", "青川县人民法院"),
    (
        "MINGZHENG_PAYMENT",
        "自收到本决定书之日起十五日内，到青川县农村商业银行营业部或者通过电子支付系统缴纳罚款，执收单位编码510822001。",
    ),
    ("MINGZHENG_CONTACT", "青川县乔庄镇解放路1号，青川县卫生健康局综合监督股，张建国，0839-7200001"),
];

/// An officer of the story.
#[derive(Debug, Clone, Copy)]
pub struct Officer {
    /// 姓名.
    pub name: &'static str,
    /// 职务.
    pub position: &'static str,
    /// 执法证号.
    pub number: &'static str,
    /// 单位.
    pub unit: &'static str,
}

/// 张, who leads.
pub const LEAD: Officer = Officer { name: "张建国", position: "四级主任科员", number: "川H2026010017", unit: ORGAN };
/// 李, the second.
pub const SECOND: Officer = Officer { name: "李秀英", position: "一级科员", number: "川H2026010023", unit: ORGAN };

/// 另一个执法主体, which takes part in a joint inspection (R52).
pub const PARTNER: &str = "青川县疾病预防控制局";
/// 周 and 吴, who act for it.
pub const PARTNERS: [Officer; 2] = [
    Officer { name: "周志远", position: "科员", number: "川H2026020005", unit: PARTNER },
    Officer { name: "吴佳慧", position: "科员", number: "川H2026020008", unit: PARTNER },
];

/// Today in China, `yyyymmdd`.
#[must_use]
pub fn today() -> u32 {
    day(0)
}

/// So many days from today in China, `yyyymmdd`.
#[must_use]
pub fn day(from_today: i64) -> u32 {
    let day = china_now().map(|n| n + Duration::days(from_today));
    day.and_then(|d| d.format("%Y%m%d").to_string().parse().ok()).unwrap_or_default()
}

/// The time in China.
#[must_use]
pub fn china_now() -> Option<DateTime<FixedOffset>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let utc = DateTime::from_timestamp_millis(i64::try_from(now.as_millis()).ok()?)?;
    Some(utc.with_timezone(&FixedOffset::east_opt(8 * 3600)?))
}

/// The task for `day`: 双随机 merged with a complaint about the pool's water (综合查一次).
#[must_use]
pub fn task(day: u32) -> Value {
    json!({
        "title": "住宿场所及附设游泳池“双随机”抽查，并核查群众反映的池水问题",
        "kind": "routine",
        "day": day,
        "enterprise": {
            "name": "青川县青溪宾馆有限公司",
            "code": CODE,
            "address": "四川省广元市青川县青溪镇桥头路18号",
            "phone": "0839-7200118",
            "legal_representative": "何国栋",
            "manager": MANAGER,
            "manager_position": "店长",
        },
        "officers": [{ "number": LEAD.number }, { "number": SECOND.number }],
        "assistants": [{ "name": ASSISTANT, "unit": "青川县卫生监督协管站" }],
        "n": 1,
        "cap": 2,
        "approval": { "number": format!("青卫检批〔{}〕0117号", day / 10_000), "by": "周明远", "on": day },
        "matter": "住宿场所和附设游泳场所卫生状况",
        "basis": ["《公共场所卫生管理条例》第十三条", "《公共场所卫生管理条例实施细则》第三十一条"],
        "checklists": ["zhusu", "youyong"],
        "complaint_phone": "0839-12345",
        "numbers": [format!("{}-0117", day / 10_000), format!("{}-0118", day / 10_000)],
        "form_numbers": form_numbers(day / 10_000),
        "seals": ["QC-1", "QC-0117-1", "封-0041", "封-0042", "封-0043"],
        "sheets": ["预-0301", "预-0302"],
        "organs": { "zhuti-jikong": PARTNER },
    })
}

/// Numbers of the papers that may be made on site, two of each.
fn form_numbers(year: u32) -> Value {
    let series = [
        ("jiandu-yijian", "卫监意"),
        ("zeling-gaizheng", "卫责改"),
        ("xingzheng-zhidao", "卫指"),
        ("xianxing-dengji", "卫登保"),
        ("dengji-chuli", "卫登处"),
        ("chafeng-kouya", "卫封扣"),
        ("dangchang-chufa", "卫当罚"),
    ];
    let lists = ["xunwen-bilu", "chanpin-caiyang", "feichanpin-caiyang", "qiangzhi-bilu", "songda-huizheng"];
    let numbered = series.iter().map(|(form, word)| {
        ((*form).to_owned(), json!((41..43).map(|n| format!("青{word}〔{year}〕{n}号")).collect::<Vec<_>>()))
    });
    let listed = lists.iter().map(|form| ((*form).to_owned(), json!([format!("{year}-0041"), format!("{year}-0042")])));
    Value::Object(numbered.chain(listed).collect())
}

/// An answer to a checklist item.
#[derive(Debug, Clone, Copy)]
pub struct Given {
    /// The item.
    pub item: &'static str,
    /// `pass`, `fail`, `not_applicable` or `corrected`.
    pub result: &'static str,
    /// Objective note.
    pub note: &'static str,
    /// Measured value and instrument.
    pub measured: Option<(&'static str, &'static str)>,
}

const fn given(item: &'static str, result: &'static str, note: &'static str) -> Given {
    Given { item, result, note, measured: None }
}
const fn measured(
    item: &'static str,
    result: &'static str,
    note: &'static str,
    value: &'static str,
    instrument: &'static str,
) -> Given {
    Given { item, result, note, measured: Some((value, instrument)) }
}

/// The item whose note the party has corrected.
pub const CORRECTED: &str = "youyong-04";
/// The note as the officer wrote it first.
pub const OLD_NOTE: &str = "池水自检记录缺11月16日至18日，共3日；现场未说明原因";
/// The note after the party's words were taken in.
pub const NEW_NOTE: &str = "池水自检记录缺11月16日至18日，共3日；店长称缺记原因为余氯仪故障";

/// What is answered before the phone dies.
pub const FIRST_ANSWERS: [Given; 7] = [
    given("zhusu-01", "pass", "许可证号：青卫公证字〔2024〕第0086号，有效期至2028年5月12日，经营项目与实际一致"),
    given("zhusu-02", "pass", "许可证原件悬挂于一楼总台左侧墙面"),
    given("zhusu-07", "fail", "在岗14人，应持证14人，有效证12人；客房部赵某、餐饮部孙某未能出示有效健康合格证明"),
    given("zhusu-09", "pass", "出示2026年3月检测报告，结论合格"),
    given("zhusu-10", "pass", "抽查3间客房，杯具已消毒并保洁存放"),
    given("zhusu-12", "corrected", "二楼布草间地面堆放拖把两把，现场移出并清理"),
    given("zhusu-18", "not_applicable", "不在省级人民政府确定的范围内"),
];

/// What is answered after it came back: the pool.
pub const LATER_ANSWERS: [Given; 7] = [
    given("youyong-01", "pass", "许可项目含游泳场所，许可证在更衣区入口公示"),
    given(CORRECTED, "fail", OLD_NOTE),
    measured("youyong-06", "pass", "深水区水面下30厘米处", "7.4", "PH-2031"),
    measured("youyong-07", "fail", "深水区水面下30厘米处快速检测，只作筛查", "0.1", "CL-0457"),
    measured("youyong-12", "pass", "浅水区", "26.5", "WD-118"),
    measured("youyong-13", "fail", "男更衣区通道浸脚消毒池，池水无更换记录", "2", "CL-0457"),
    given("youyong-14", "pass", "循环水泵运行中，运行记录完整"),
];

/// A finding and the items that it rests on.
pub const FINDINGS: [(&str, &[&str]); 3] = [
    ("直接为顾客服务的从业人员14人中，2人未能出示有效健康合格证明。", &["zhusu-07"]),
    ("游泳池水游离性余氯现场快速检测为0.1 mg/L；强制通过式浸脚消毒池余氯为2 mg/L。", &["youyong-07", "youyong-13"]),
    ("游泳池水自检记录缺11月16日至18日，共3日。", &[CORRECTED]),
];
