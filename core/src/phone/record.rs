//! The facts of a 现场检查笔录, taken from the fold and the pack and from nowhere else: nothing is typed twice (§G).

use super::PhoneError;
use super::known;
use super::recording::digest_of_parts;
use crate::document::facts::{self, Moment, RecordFacts};
use crate::inspection::{Ack, At, BadgeAck, EvidenceHeld, How, Inspection, LeadChange, Media, Place, RecordingMade};
use crate::pack::{self, Answer, Language, Pack};
use crate::rights::slots;

/// A moment as the entry's clock showed it.
pub(crate) fn moment(at: &At) -> Moment {
    Moment { ms: at.ms, offset_min: i16::try_from(at.zone_min).unwrap_or(0) }
}

/// What the record says of the showing beyond when, to whom and how: P3, P7.
fn badge_remarks(i: &Inspection) -> Vec<String> {
    let shared = i.shown_on_shared_device().into_iter();
    let shared = shared.map(|o| format!("{}（{}）的执法证件在他人设备上出示，待其本人设备确认", o.name, o.number));
    let stale = i.badges.iter().filter_map(|b| Some((b, b.stale_days?)));
    let stale = stale.map(|(b, days)| format!("{}的电子凭证逾期{days}天未更新，执法证件在有效期内", b.officer.name));
    shared.chain(stale).collect()
}

fn position(place: &Place) -> facts::Position {
    facts::Position { lat_e7: place.lat_e7, lon_e7: place.lon_e7, accuracy_m: Some(place.accuracy_m) }
}

/// `照片01`; of a part its recording and number: `录音01第3段`.
fn evidence_no(i: &Inspection, e: &EvidenceHeld) -> String {
    if let Some(p) = &e.part {
        let made = i.recordings.iter().find(|r| r.id == p.recording);
        return format!("{}第{}段", made.map_or_else(|| "录制".to_owned(), recording_no), p.part + 1);
    }
    let word = match kind(e) {
        facts::EvidenceKind::Photo => "照片",
        facts::EvidenceKind::Audio => "录音文件",
        facts::EvidenceKind::Video => "录像文件",
        facts::EvidenceKind::Paper => "文字",
    };
    format!("{word}{:02}", e.number)
}

fn recording_no(r: &RecordingMade) -> String {
    let word = if r.media == Media::Audio { "录音" } else { "录像" };
    format!("{word}{:02}", r.number)
}

fn kind(e: &EvidenceHeld) -> facts::EvidenceKind {
    match e.media_type.split('/').next() {
        Some("audio") => facts::EvidenceKind::Audio,
        Some("video") => facts::EvidenceKind::Video,
        Some("text") => facts::EvidenceKind::Paper,
        _ => facts::EvidenceKind::Photo,
    }
}

/// What a line of the 取证清单 says of a piece of evidence.
fn evidence_text(i: &Inspection, e: &EvidenceHeld) -> String {
    let mut notes = Vec::new();
    if let Some(d) = &e.derived {
        let original = i.evidence.iter().find(|o| o.id == d.derived_from).map_or_else(String::new, |o| evidence_no(i, o));
        let word = match d.operation.as_str() {
            "blur" => "遮挡",
            "crop" => "裁剪",
            "transcript" => "转写",
            _ => "制作",
        };
        notes.push(format!("{}据{original}{word}", d.operator.name));
    } else {
        match e.fix.as_str() {
            "good" => {}
            "mock" => notes.push("定位为模拟位置".to_owned()),
            "stale" => notes.push("定位不是当时的".to_owned()),
            _ => notes.push("无定位".to_owned()),
        }
    }
    if e.source == "orphan" {
        notes.push("程序中断后找回".to_owned());
    }
    if notes.is_empty() { e.caption.clone() } else { format!("{}（{}）", e.caption, notes.join("，")) }
}

/// A recording is one line, whatever the number of its parts.
fn recording_line(i: &Inspection, r: &RecordingMade) -> facts::EvidenceLine {
    let seconds = r.lasts_ms() / 1000;
    let more = if r.ended.is_some() { "" } else { "，录制继续" };
    facts::EvidenceLine {
        no: recording_no(r),
        kind: if r.media == Media::Audio { facts::EvidenceKind::Audio } else { facts::EvidenceKind::Video },
        text: format!("{}段，{}分{}秒{more}（摘要为各段摘要相连后的摘要）", r.parts.len(), seconds / 60, seconds % 60),
        at: moment(&r.at),
        position: i
            .evidence
            .iter()
            .find(|e| e.part.as_ref().is_some_and(|p| p.recording == r.id))
            .and_then(|e| e.place.as_ref())
            .map(position),
        sha256: digest_of_parts(i, r),
    }
}

/// The record's facts at this moment; `of`: for which of the visit's subjects (J33).
///
/// # Errors
/// [`PhoneError::Invalid`] names what the inspection still lacks.
pub(crate) fn facts(i: &Inspection, pack: &Pack, number: &str, ended: Moment, of: usize) -> Result<RecordFacts, PhoneError> {
    let lacks = |what: &str| PhoneError::Invalid(format!("笔录缺少：{what} / the record lacks it"));
    let task = i.task.as_ref().ok_or_else(|| lacks("检查任务"))?;
    let opened = i.opened.as_ref().ok_or_else(|| lacks("到场时间"))?;
    let shown = i.badges.first().ok_or_else(|| lacks("亮证"))?;
    let lead = i.lead.as_ref().ok_or_else(|| lacks("执法人员"))?;
    let subjects = known::subjects(i, pack);
    let (own, organ) = subjects.get(of).cloned().unwrap_or_else(|| (String::new(), task.organ.clone()));
    let mine = |item: &str| subjects.len() < 2 || known::record_of(&subjects, pack, item) == Some(own.as_str());
    let zh = slots(i, pack, &Language::ZhHans);
    let fill = |text: &str| pack::fill(text, &zh).map_err(|e| PhoneError::Invalid(e.0));
    let cite = |basis: &[pack::Basis]| basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("；");
    let script = pack.scripts.first().ok_or_else(|| lacks("亮证用语"))?;
    let notice = pack.rights(pack::Act::Inspection, &Language::ZhHans).ok_or_else(|| lacks("告知书"))?;
    let row = pack.row(&notice.id);
    let taken = i.acknowledged.get(&row).ok_or_else(|| lacks("告知的确认情况"))?;
    let discipline = notice
        .items
        .iter()
        .find(|item| item.text.contains("五个严禁"))
        .map(|item| fill(&item.text))
        .transpose()?
        .unwrap_or_default();
    let form_kind = match task.kind.as_str() {
        "special" => facts::InspectionType::Special,
        "case" => facts::InspectionType::Case,
        _ => facts::InspectionType::Routine,
    };
    let evidence_of =
        |item: &str| i.evidence.iter().filter(|e| e.item.as_deref() == Some(item)).map(|e| evidence_no(i, e)).collect::<Vec<_>>();
    Ok(RecordFacts {
        organ: organ.clone(),
        number: number.to_owned(),
        inspection: facts::Inspection {
            types: vec![form_kind],
            matter: task.matter.clone(),
            basis: task.basis.clone(),
            approval: task.approval.as_ref().map(|a| a.number.clone()).ok_or_else(|| lacks("审批"))?,
            notice: None,
            visit_of_year: task.n,
            yearly_cap: (task.cap > 0).then_some(task.cap),
            discipline,
        },
        party: facts::Party {
            name: task.enterprise.name.clone(),
            credit_code: task.enterprise.code.clone(),
            licence: None,
            responsible: facts::Responsible {
                title: "法定代表人".into(), name: task.enterprise.legal_representative.clone()
            },
            address: task.enterprise.address.clone(),
            phone: task.enterprise.phone.clone(),
        },
        started: moment(opened),
        ended,
        place: facts::Place {
            text: task.enterprise.address.clone(),
            position: i.arrived.first().and_then(|(.., p)| p.as_ref()).map(position),
        },
        companions: vec![facts::Companion {
            name: task.enterprise.manager.clone(),
            position: task.enterprise.manager_position.clone(),
        }],
        officers: i
            .arrived
            .iter()
            .map(|(o, ..)| facts::Officer { name: o.name.clone(), certificate: o.number.clone() })
            .collect(),
        team: known::team(i),
        assistants: i.assistants.iter().map(|a| facts::Assistant { name: a.name.clone(), unit: a.unit.clone() }).collect(),
        recorder: lead.name.clone(),
        badge: facts::BadgeShown {
            at: moment(&shown.at),
            script: fill(&script.text.zh)?,
            shown_to: shown.to_whom.clone(),
            acknowledgement: match shown.acknowledged {
                BadgeAck::Scanned => facts::Acknowledgement::Scanned,
                BadgeAck::Photographed => facts::Acknowledgement::Photographed,
                BadgeAck::Signed => facts::Acknowledgement::Signed,
                BadgeAck::Declined => facts::Acknowledgement::Declined,
            },
            aid_notice: (!pack.badge.recognised_by_province).then(|| pack.badge.aid_label.zh.clone()),
            remarks: badge_remarks(i),
        },
        rights: facts::RightsTold {
            title: format!("{} 第{}版", notice.title, notice.version),
            told_to: taken.by.clone(),
            items: notice
                .items
                .iter()
                .enumerate()
                .filter_map(|(n, item)| Some((n, item, i.rights.iter().find(|r| r.item == item.id)?)))
                .map(|(n, item, told)| facts::RightItem {
                    no: (n + 1).to_string(),
                    text: told.text.clone(),
                    basis: cite(&item.basis),
                    version: told.version.to_string(),
                    told: match told.how {
                        How::Shown => facts::Told::Shown,
                        How::ReadAloud => facts::Told::ReadAloud,
                    },
                    at: moment(&told.at),
                    acknowledgement: match taken.how {
                        Ack::Signed => facts::Acknowledgement::Signed,
                        Ack::Oral => facts::Acknowledgement::Oral,
                        Ack::Refused => facts::Acknowledgement::Refused,
                        Ack::Absent => facts::Acknowledgement::Absent,
                    },
                    illustrative: false,
                })
                .collect(),
        },
        observations: shared(i, &subjects, of)
            .into_iter()
            .chain(i.leads.iter().map(lead_changed))
            .chain(i.notes.iter().map(|(n, _)| n.clone()))
            .collect(),
        checklist: pack
            .checklists
            .iter()
            .enumerate()
            .map(|(n, list)| facts::ChecklistGroup {
                title: list.title.zh.clone(),
                source: format!("{}@{}", pack.id, pack.version),
                items: list
                    .items
                    .iter()
                    .filter(|item| mine(&item.id))
                    .filter_map(|item| Some((item, i.answers.get(&item.id)?)))
                    .map(|(item, a)| facts::ChecklistItem {
                        no: format!("{}-{}", n + 1, item.no),
                        text: item.text.zh.clone(),
                        basis: cite(&item.basis),
                        result: result(a.result),
                        note: note_with_measure(item, a),
                        evidence: evidence_of(&item.id),
                        illustrative: item.illustrative,
                    })
                    .collect(),
            })
            .filter(|g: &facts::ChecklistGroup| !g.items.is_empty())
            .chain(dropped(i, pack, &evidence_of).into_iter().filter(|_| of == 0))
            .collect(),
        findings: i
            .findings
            .iter()
            .filter(|f| f.items.is_empty() || f.items.iter().any(|item| mine(item)))
            .enumerate()
            .map(|(n, f)| facts::Finding {
                no: (n + 1).to_string(),
                text: f.text.clone(),
                basis: f
                    .items
                    .iter()
                    .filter_map(|id| pack.item(id))
                    .flat_map(|item| &item.basis)
                    .map(|b| pack.cite(b).zh)
                    .collect::<Vec<_>>()
                    .join("；"),
                evidence: i.evidence.iter().filter(|e| f.evidence.contains(&e.id)).map(|e| evidence_no(i, e)).collect(),
            })
            .collect(),
        evidence: i
            .evidence
            .iter()
            .filter(|e| e.part.is_none() && e.item.as_deref().is_none_or(mine))
            .map(|e| facts::EvidenceLine {
                no: evidence_no(i, e),
                kind: kind(e),
                text: evidence_text(i, e),
                at: moment(&e.at),
                position: e.place.as_ref().map(position),
                sha256: e.clear.clone(),
            })
            .chain(i.recordings.iter().filter(|r| !r.parts.is_empty()).map(|r| recording_line(i, r)))
            .collect(),
        samples: Vec::new(),
        corrections: i
            .corrections
            .iter()
            .filter(|c| mine(&c.item))
            .enumerate()
            .map(|(n, c)| facts::Correction {
                no: (n + 1).to_string(),
                item: item_no(pack, &c.item),
                place: pack.item(&c.item).map_or_else(String::new, |item| item.text.zh.clone()),
                old: c.old.clone(),
                new: c.new.clone(),
                requested_by: c.by.clone(),
                at: moment(&c.at),
                initials: c
                    .initials
                    .iter()
                    .map(|name| facts::Initial {
                        name: name.clone(),
                        role: if i.arrived.iter().any(|(o, ..)| o.name == *name) { "执法人员" } else { "当事人" }.to_owned(),
                        at: moment(&c.at),
                    })
                    .collect(),
            })
            .collect(),
        statement: None,
        remedies: Vec::new(),
        complaint: facts::Complaint {
            unit: organ,
            phone: task.complaint_phone.clone(),
            address: None,
            website: task.badge_address.as_ref().map(|a| format!("https://{a}")),
        },
        drawn: Vec::new(),
    })
}

/// R06: whose phone went on for whose, when and why.
fn lead_changed(change: &LeadChange) -> String {
    let minutes = (change.at.ms.div_euclid(60_000) + i64::from(change.at.zone_min)).rem_euclid(24 * 60);
    let (hour, minute) = (minutes / 60, minutes % 60);
    let (from, to, why) = (&change.from.name, &change.officer.name, &change.reason);
    format!("{hour:02}:{minute:02} {from}的手机不能继续使用（{why}），记录中断，由{to}的手机接续主办。")
}

/// What was answered before the pack was moved and is not asked any more, as it was asked (F35).
fn dropped(i: &Inspection, pack: &Pack, evidence_of: &impl Fn(&str) -> Vec<String>) -> Vec<facts::ChecklistGroup> {
    let gone = i.moves.iter().flat_map(|m| m.dropped.iter().map(move |d| (m, d))).filter(|(_, d)| pack.item(&d.item).is_none());
    let mut groups: Vec<facts::ChecklistGroup> = Vec::new();
    for (moved, d) in gone {
        let Some(a) = i.answers.get(&d.item) else { continue };
        let title = format!("{}（规则包更新前所答）", d.checklist);
        let item = facts::ChecklistItem {
            no: format!("原{}", d.no),
            text: d.text.clone(),
            basis: d.basis.clone(),
            result: result(a.result),
            note: match (&a.measured, a.note.is_empty()) {
                (None, _) => a.note.clone(),
                (Some(value), true) => format!("测量值 {value}"),
                (Some(value), false) => format!("测量值 {value}；{}", a.note),
            },
            evidence: evidence_of(&d.item),
            illustrative: false,
        };
        match groups.iter_mut().find(|g| g.title == title && g.source == moved.from) {
            Some(group) => group.items.push(item),
            None => groups.push(facts::ChecklistGroup { title, source: moved.from.clone(), items: vec![item] }),
        }
    }
    groups
}

fn result(answer: Answer) -> facts::CheckResult {
    match answer {
        Answer::Pass => facts::CheckResult::Conform,
        Answer::Fail => facts::CheckResult::NotConform,
        Answer::NotApplicable => facts::CheckResult::NotApplicable,
        Answer::Corrected => facts::CheckResult::CorrectedOnSite,
    }
}

/// What a record says of the others of the same visit: what they share stands in each, and who else makes one.
fn shared(i: &Inspection, subjects: &[(String, String)], of: usize) -> Option<String> {
    let others: Vec<String> = subjects
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != of)
        .map(|(n, (id, organ))| match i.record_about((n > 0).then_some(id.as_str())) {
            Some(p) => format!("{organ}（编号{}）", p.number()),
            None => organ.clone(),
        })
        .collect();
    let list = others.join("、");
    (!others.is_empty()).then(|| {
        format!("本次检查同时涉及另一执法主体的职责，以{list}名义另行制作现场检查笔录；到场、亮证、告知为同一次检查所共有。")
    })
}

pub(super) fn item_no(pack: &Pack, item: &str) -> Option<String> {
    pack.checklists
        .iter()
        .enumerate()
        .find_map(|(n, l)| l.items.iter().find(|x| x.id == item).map(|x| format!("{}-{}", n + 1, x.no)))
}

fn note_with_measure(item: &pack::Item, a: &crate::inspection::AnswerGiven) -> String {
    let Some(value) = &a.measured else { return a.note.clone() };
    let (quantity, unit) = item.measure.as_ref().map_or(("测量值", ""), |m| (m.quantity.zh.as_str(), m.unit.as_str()));
    let instrument = a.instrument.as_ref().map_or_else(String::new, |i| format!("（仪器 {i}）"));
    let measured = format!("{quantity} {value} {unit}{instrument}");
    if a.note.is_empty() { measured } else { format!("{measured}；{}", a.note) }
}
