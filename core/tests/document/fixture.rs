//! A hotel with pool, as in a real day: two checklists, six photographs, a correction, a refusal before a witness.

use mingzheng_core::document::facts::*;
use mingzheng_core::document::{Attachment, Form, PaperIdentity, Relationship};
use mingzheng_core::pack::{Pack, author};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// 18 November 2026 in China.
pub(crate) fn at(hour: i64, minute: i64, second: i64) -> Moment {
    let midnight_utc_ms = 1_794_960_000_000;
    Moment { ms: midnight_utc_ms + ((hour - 8) * 3600 + minute * 60 + second) * 1000, offset_min: 480 }
}

fn hex(seed: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(seed))
}

fn place(lat_e7: i32, lon_e7: i32) -> Option<Position> {
    Some(Position { lat_e7, lon_e7, accuracy_m: Some(8) })
}

fn right(no: &str, text: &str, basis: &str, second: i64) -> RightItem {
    RightItem {
        no: no.into(),
        text: text.into(),
        basis: basis.into(),
        version: "v3".into(),
        told: Told::ReadAloudAndShown,
        at: at(9, 7, second),
        acknowledgement: Acknowledgement::Signed,
        illustrative: false,
    }
}

fn item(no: &str, text: &str, basis: &str, result: CheckResult, note: &str, evidence: &[&str]) -> ChecklistItem {
    ChecklistItem {
        no: no.into(),
        text: text.into(),
        basis: basis.into(),
        result,
        note: note.into(),
        evidence: evidence.iter().map(|e| (*e).into()).collect(),
        illustrative: false,
    }
}

fn photo(no: &str, text: &str, time: Moment, position: Option<Position>) -> EvidenceLine {
    EvidenceLine { no: no.into(), kind: EvidenceKind::Photo, text: text.into(), at: time, position, sha256: hex(no) }
}

pub(crate) fn facts() -> RecordFacts {
    use CheckResult::{Conform, CorrectedOnSite, NotApplicable, NotConform};
    RecordFacts {
        organ: "中卫市疾病预防控制局".into(),
        number: "2026-0318".into(),
        inspection: Inspection {
            types: vec![InspectionType::Routine, InspectionType::Case],
            matter: "公共场所（住宿场所、游泳场所）卫生监督检查，合并核查投诉 T-2026-0117".into(),
            basis: vec!["《公共场所卫生管理条例》第十条".into(), "《中华人民共和国传染病防治法》第九十四条".into()],
            approval: "检审〔2026〕0318".into(),
            notice: Some("检通〔2026〕0318".into()),
            visit_of_year: 1,
            yearly_cap: Some(2),
            discipline: "严禁逐利检查，严禁干扰企业正常生产经营，严禁任性处罚企业，严禁下达检查指标，严禁变相检查。".into(),
        },
        party: Party {
            name: "沙坡头区沙河湾度假酒店有限公司".into(),
            credit_code: "91640500MA7EXAMPLE".into(),
            licence: Some("宁卫公证字〔2023〕第0512号".into()),
            responsible: Responsible { title: "法定代表人".into(), name: "马建国".into() },
            address: "中卫市沙坡头区迎水桥镇滨河路88号".into(),
            phone: "0955-7000088".into(),
        },
        started: at(9, 5, 0),
        ended: at(10, 41, 0),
        place: Place { text: "中卫市沙坡头区迎水桥镇滨河路88号（主楼及附设游泳馆）".into(), position: place(375_142_300, 1_051_967_800) },
        companions: vec![Companion { name: "陈玉梅".into(), position: "店长".into() }],
        officers: vec![
            Officer { name: "张伟".into(), certificate: "30050121007".into() },
            Officer { name: "李娜".into(), certificate: "30050121019".into() },
        ],
        team: vec![],
        assistants: vec![Assistant { name: "王强".into(), unit: "迎水桥镇卫生协管站".into() }],
        recorder: "李娜".into(),
        badge: BadgeShown {
            at: at(9, 5, 12),
            script: "您好，我们是中卫市疾病预防控制局执法人员张伟（30050121007）、李娜（30050121019），这是我们的执法证件，请核对。现依法对公共场所卫生进行检查。您有权要求出示证件、申请回避、陈述申辩；应当如实回答、配合检查。本次过程将录音录像。监督电话 0955-12345。".into(),
            shown_to: "陈玉梅".into(),
            acknowledgement: Acknowledgement::Signed,
            aid_notice: Some("电子亮证辅助，以实体证/省电子证为准".into()),
            remarks: vec![],
        },
        rights: RightsTold {
            title: "检查告知 第3版".into(),
            told_to: "陈玉梅（店长）".into(),
            items: vec![
                right("1", "检查事由、依据和内容：投诉核查及日常监督，检查住宿场所和游泳场所卫生状况。", "处罚法55；传染病防治法94", 2),
                right("2", "执法人员不出示执法证件的，有权拒绝接受检查。", "处罚法55", 10),
                right("3", "认为执法人员与检查事项有直接利害关系的，有权申请回避；回避决定作出前不停止检查。", "处罚法43", 18),
                right("4", "有权陈述和申辩，不因陈述申辩加重处理；应当如实回答询问并协助检查，不得拒绝或阻挠。", "处罚法45、55", 26),
            ],
        },
        observations: vec![
            "检查人员由陈玉梅陪同，自主楼一层前台起，依次检查二层消毒间、布草间、客房201和205、附设游泳馆。检查时酒店正常营业，游泳馆开放。".into(),
        ],
        checklist: vec![
            ChecklistGroup {
                title: "住宿场所".into(),
                source: "weisheng-jiandu@1#X1".into(),
                items: vec![
                    item("X1-1", "卫生许可证有效且与地址、项目一致", "细则22、25、27", Conform, "有效期至2027年5月31日，地址、项目一致", &["照片01"]),
                    item("X1-2", "卫生许可证公示", "细则25", Conform, "悬挂于前台东侧墙面", &["照片01"]),
                    item("X1-6", "管理制度与档案（≥2年）", "细则7、8", Conform, "2024年1月至今档案2册", &[]),
                    item("X1-7", "从业人员健康合格证", "细则10", NotConform, "在岗14人，12人持有效证；客房部2人未能出示", &["照片02"]),
                    item("X1-10", "用品用具一客一换、清洗消毒保洁", "细则14", Conform, "消毒间内茶杯42只置于保洁柜，柜门关闭", &["照片03"]),
                    item("X1-12", "消毒间、布草间设施正常", "细则15", CorrectedOnSite, "布草间地面堆放毛巾1筐，当场移至层架", &["照片04"]),
                    item("X1-13", "集中空调检测、清洗记录", "细则11", NotApplicable, "无集中空调", &[]),
                    item("X1-14", "病媒防制设施", "细则16", Conform, "一层出入口设风幕机2台、挡鼠板1块", &[]),
                    item("X1-16", "禁烟标识与劝阻", "细则18", Conform, "大堂、走廊各有标识", &[]),
                ],
            },
            ChecklistGroup {
                title: "游泳场所".into(),
                source: "weisheng-jiandu@1#X2".into(),
                items: vec![
                    item("X2-4", "每场水质自检记录公示", "细则19", NotConform, "11月14日至16日共3日无记录", &["照片05"]),
                    ChecklistItem {
                        illustrative: true,
                        ..item("X2-7", "游离性余氯 0.3～1.0 mg/L", "GB 37488", NotConform, "深水区北侧快速检测0.1 mg/L（仪器 YL-03，筛查）；在线余氯仪故障停用", &["照片06"])
                    },
                    item("X2-13", "浸脚池余氯 5～10 mg/L", "GB 37488", NotConform, "男淋浴通道浸脚池2 mg/L（仪器 YL-03，筛查）", &["照片06"]),
                    item("X2-16", "淋浴通道、强制喷淋", "GB 37488", Conform, "男、女通道喷淋均出水", &[]),
                    item("X2-17", "禁游告示（传染病、酗酒）", "GB 37488", Conform, "入口西侧墙面", &[]),
                ],
            },
        ],
        findings: vec![
            Finding {
                no: "1".into(),
                text: "客房部2名从业人员未能出示有效健康合格证明".into(),
                basis: "《公共场所卫生管理条例实施细则》第十条".into(),
                evidence: vec!["照片02".into()],
            },
            Finding {
                no: "2".into(),
                text: "游泳池水游离性余氯、浸脚池余氯快速检测结果低于限值（筛查），已采样送检；3日无水质自检记录".into(),
                basis: String::new(),
                evidence: vec!["照片05".into(), "照片06".into(), "FC-2026-041".into()],
            },
        ],
        evidence: vec![
            photo("照片01", "前台东墙，卫生许可证全貌", at(9, 12, 31), place(375_142_300, 1_051_967_800)),
            photo("照片02", "从业人员花名册与健康证", at(9, 20, 5), place(375_142_310, 1_051_967_650)),
            photo("照片03", "二层消毒间保洁柜", at(9, 28, 44), place(375_142_421, 1_051_967_502)),
            photo("照片04", "布草间地面（改正前）", at(9, 33, 17), place(-338_567_844, 1_512_152_967)),
            photo("照片05", "水质自检记录簿第11页", at(9, 47, 52), place(-229_068_467, -431_728_965)),
            photo("照片06", "余氯快速检测仪读数 0.1 mg/L", at(9, 58, 9), place(407_127_753, -740_059_728)),
        ],
        samples: vec![SampleLine {
            no: "FC-2026-041".into(),
            name: "游泳池水".into(),
            quantity: "3份×500 mL".into(),
            place: "深水区北侧、浅水区南侧、出水口".into(),
            seal: "F-100233".into(),
            at: at(10, 6, 0),
        }],
        corrections: vec![Correction {
            no: "1".into(),
            item: Some("X2-7".into()),
            place: "三、检查情况 X2-7 情况记录".into(),
            old: "在线余氯仪未开启".into(),
            new: "在线余氯仪故障停用".into(),
            requested_by: "陈玉梅".into(),
            at: at(10, 43, 0),
            initials: vec![
                Initial { name: "陈玉梅".into(), role: "当事人".into(), at: at(10, 43, 20) },
                Initial { name: "张伟".into(), role: "执法人员".into(), at: at(10, 43, 41) },
            ],
        }],
        statement: Some("余氯仪11月13日起故障，已报修，维修单在工程部。".into()),
        remedies: vec![Remedy {
            text: "本笔录为检查记录，不是处理决定。对检查行为不服的，可自知道之日起六十日内向中卫市人民政府申请行政复议，或六个月内直接向人民法院提起行政诉讼。".into(),
            basis: "行政复议法20、24；行政诉讼法46".into(),
            illustrative: true,
        }],
        complaint: Complaint {
            unit: "中卫市疾病预防控制局监督科".into(),
            phone: "0955-12345".into(),
            address: Some("中卫市沙坡头区文昌南街".into()),
            website: Some("https://zf.example/b".into()),
        },
        drawn: vec![],
    }
}

fn checkpoint(cp_no: u64, size: u64, time: Moment) -> CheckpointLine {
    CheckpointLine { log: hex("log").chars().take(32).collect(), cp_no, size, root: hex(&format!("root {cp_no}")), at: time }
}

/// A scribble, different for each name.
fn ink(name: &str) -> Option<Ink> {
    let digest = Sha256::digest(name);
    let lines = digest
        .chunks(11)
        .enumerate()
        .map(|(n, bytes)| {
            bytes
                .iter()
                .enumerate()
                .map(|(i, b)| {
                    let x = 20 + 120 * n + 12 * i + usize::from(b % 17);
                    [i16::try_from(x).unwrap(), 15 + i16::from(*b) / 2]
                })
                .collect()
        })
        .collect();
    Some(Ink { width: 420, height: 160, lines })
}

pub(crate) fn presented() -> RecordPage {
    RecordPage {
        facts: facts(),
        presented: checkpoint(12, 57, at(10, 44, 2)),
        closing: None,
        trust_root: hex("root").as_bytes().chunks(4).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>().join(" "),
    }
}

pub(crate) fn refused() -> RecordPage {
    let officer = |name: &str, certificate: &str, second| OfficerSignature {
        name: name.into(),
        certificate: certificate.into(),
        at: at(10, 50, second),
        ink: ink(name),
        shared_device: false,
    };
    RecordPage {
        closing: Some(Closing {
            officers: vec![officer("张伟", "30050121007", 11), officer("李娜", "30050121019", 38)],
            party: PartyResponse::Refused(Refusal {
                kind: RefusalKind::Refused,
                name: "陈玉梅".into(),
                reason: "陈玉梅称需请示总部，拒绝签名后离开现场".into(),
                at: at(10, 46, 30),
                witness: Some(Witness {
                    name: "刘志远".into(),
                    unit: "迎水桥镇沙河湾村民委员会".into(),
                    at: at(10, 49, 5),
                    ink: ink("刘志远"),
                }),
                media_segment: Some("V-07".into()),
            }),
            initials: vec![vec![ink("陈玉梅"), ink("张伟")]],
            read_aloud: None,
            checkpoint: checkpoint(14, 63, at(10, 51, 0)),
        }),
        ..presented()
    }
}

pub(crate) fn signed() -> RecordPage {
    let mut page = refused();
    if let Some(closing) = &mut page.closing {
        closing.party = PartyResponse::Signed(PartySignature {
            name: "陈玉梅".into(),
            position: "店长".into(),
            opinion: "以上笔录我已看过，与事实相符。".into(),
            at: at(10, 46, 30),
            ink: ink("陈玉梅"),
        });
    }
    page
}

pub(crate) fn pack() -> &'static Pack {
    static PACK: LazyLock<Pack> = LazyLock::new(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../packs/weisheng-jiandu");
        author::compile(folder.as_ref()).unwrap_or_else(|problems| panic!("{problems:?}"))
    });
    &PACK
}

pub(crate) fn form() -> Form {
    Form::of(pack(), "xianchang-bilu").unwrap()
}

pub(crate) fn identity() -> PaperIdentity {
    PaperIdentity {
        title: "现场检查笔录 2026-0318".into(),
        at: at(10, 44, 2),
        id: Sha256::digest("document.facts entry").to_vec(),
    }
}

pub(crate) fn attachments(page: &RecordPage) -> Vec<Attachment> {
    vec![
        Attachment {
            name: "facts.json".into(),
            mime: "application/json".into(),
            description: "已签事实".into(),
            relationship: Relationship::Data,
            bytes: serde_json::to_vec(&page.facts).unwrap(),
        },
        Attachment {
            name: "checkpoint-12.cose".into(),
            mime: "application/cose".into(),
            description: "检查点 C1".into(),
            relationship: Relationship::Supplement,
            bytes: (0..=255).collect(),
        },
    ]
}
