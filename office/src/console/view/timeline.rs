//! Every entry in the order in which it happened.

use super::words::{bytes, clock, office_time, place, short, text, time, word_plain};
use crate::cases::Held;
use crate::text::CONSOLE;
use mingzheng_core::cbor;
use mingzheng_core::id::{Id, hex};
use mingzheng_core::inspection::{Event, Taken, order};
use mingzheng_core::log::Entry;
use std::collections::BTreeMap;

/// A point of the timeline.
pub(in crate::console) struct Moment {
    /// Anchor: log and seq.
    pub anchor: String,
    /// Name of the kind, HTML.
    pub kind: String,
    /// What happened, in words.
    pub summary: String,
    /// Device's wall clock.
    pub wall: String,
    /// Its time of day alone.
    pub clock: String,
    /// Monotonic clock and boot.
    pub mono: String,
    /// Since the last office anchor.
    pub since_anchor: String,
    /// Office time of receipt.
    pub received: String,
    /// Whose device.
    pub device: String,
    /// Seq in its log.
    pub seq: u64,
    /// Digest of the header.
    pub digest: String,
    /// Fields as name and JSON.
    pub fields: Vec<(String, String)>,
    /// Names of withheld fields.
    pub withheld: String,
    /// Not understood by this version.
    pub unknown: bool,
    /// `alarm` for what should catch the eye.
    pub class: &'static str,
}

pub(super) fn moments(held: &[Held], people: &BTreeMap<Id, String>, names: &BTreeMap<&str, String>) -> Vec<Moment> {
    let entries: Vec<Entry> = held.iter().map(|h| h.entry.clone()).collect();
    let received: BTreeMap<(Id, u64), i64> =
        held.iter().map(|h| ((h.entry.header().log, h.entry.header().seq), h.received)).collect();
    order(&entries)
        .into_iter()
        .map(|e| {
            let h = e.header();
            let r = &h.clocks.reading;
            let event = Event::from_entry(e);
            let key = format!("kind.{}", h.kind);
            let wall = time(r.wall_ms, r.zone_min);
            Moment {
                anchor: format!("e-{}-{}", short(&h.log.to_string()), h.seq),
                kind: if CONSOLE.has(&key) { CONSOLE.both(&key) } else { text(&h.kind) },
                summary: event.as_ref().map(|v| summary(v, names)).unwrap_or_default(),
                clock: wall.get(11..19).unwrap_or_default().to_owned(),
                wall,
                mono: format!("{} · {}", clock(r.mono_ms), short(&hex(&r.boot))),
                since_anchor: h.clocks.anchor.map_or_else(|| "—".to_owned(), |a| clock(a.since_ms)),
                received: received.get(&(h.log, h.seq)).map(|at| office_time(*at)).unwrap_or_default(),
                device: people.get(&h.log).cloned().unwrap_or_default(),
                seq: h.seq,
                digest: hex(&e.digest()),
                fields: e.disclosures().iter().map(|d| (d.name().to_owned(), field(d.value()))).collect(),
                withheld: e.withheld().join(", "),
                unknown: event.is_none(),
                class: match h.kind.as_str() {
                    "document.refused"
                    | "clock.jumped"
                    | "inspection.continued"
                    | "finding.recorded"
                    | "crime.suspected"
                    | "recusal.requested" => "alarm",
                    _ => "",
                },
            }
        })
        .collect()
}

/// A field's value as text; long ones are cut, the entry itself keeps everything.
fn field(value: &cbor::Value) -> String {
    const MOST: usize = 600;
    let text = match cbor::to_json(value) {
        serde_json::Value::String(s) => s,
        other => serde_json::to_string_pretty(&other).unwrap_or_default(),
    };
    if text.chars().count() > MOST { text.chars().take(MOST).chain("…".chars()).collect() } else { text }
}

/// One line for people. Chinese governs here: names and facts are Chinese anyway.
fn summary(event: &Event, names: &BTreeMap<&str, String>) -> String {
    let photo = |id: &String| names.get(id.as_str()).cloned().unwrap_or_else(|| short(id));
    match event {
        Event::LogOpened { software, .. } => software.clone(),
        Event::LogSucceeds { old, reason, adopted_size, size, .. } => {
            let adopted = adopted_size.map(|n| format!("，承接未签名 {} 条", n.saturating_sub(size.unwrap_or_default())));
            format!("{} ← {}{}", reason_plain(reason), short(old), adopted.unwrap_or_default())
        }
        Event::LogEnded { by, reason, .. } => format!("{} → {}", reason_plain(reason), short(by)),
        Event::OfficeContradicted { first, second } => format!("{} ≠ {}", short(first), short(second)),
        Event::Cosigned { officer, cp_no, checkpoint, .. } => format!("{}：№ {cp_no} {}", officer.name, short(checkpoint)),
        Event::PartyWitnessed { cp_no, checkpoint, how, by } => {
            format!("{by}，{}：№ {cp_no} {}", CONSOLE.get(&format!("word.taken_{}", taken(*how))).zh, short(checkpoint))
        }
        Event::ClockJumped { by_ms } => format!("{:+} s", by_ms / 1000),
        Event::Opened { task, officer, .. } => format!("{}，{}", task.title, officer.name),
        Event::Arrived { officer, place: p, .. } => {
            format!("{}（{}）{}", officer.name, officer.number, p.as_ref().map(|p| format!(" {}", place(p))).unwrap_or_default())
        }
        Event::PeerPaired { officer, .. } => officer.name.clone(),
        Event::BadgeShown { officer, to_whom, acknowledged, stale_days, shared_device, place: p, .. } => {
            let place = p.as_ref().map(|p| format!(" {}", place(p))).unwrap_or_default();
            let shared = if *shared_device { "，在他人设备上 on a shared device" } else { "" };
            let stale = stale_days.map(|d| format!("，凭证逾期 {d} 天 badge_stale {d} d")).unwrap_or_default();
            format!("{} → {to_whom}，{}{shared}{stale}{place}", officer.name, word_plain(acknowledged))
        }
        Event::AppearanceChecked { officer, uniform, insignia, note, .. } => {
            let note = if note.is_empty() { String::new() } else { format!("；{note}") };
            format!("{}：{}{note}", officer.name, appearance(*uniform, *insignia))
        }
        Event::AssistantIntroduced { assistant } => format!("{}（{}）", assistant.name, assistant.unit),
        Event::RightTold { text, how, .. } => format!("{}：{text}", word_plain(how)),
        Event::RightsAcknowledged { by, how, reason, .. } => {
            format!("{by}，{}{}", word_plain(how), reason.as_ref().map(|r| format!("：{r}")).unwrap_or_default())
        }
        Event::Answered { item, result, note, measured, .. } => {
            format!("{item} {} {} {note}", result.word().0, measured.as_deref().unwrap_or_default())
        }
        Event::Found { text, .. } | Event::Noted { text } => text.clone(),
        Event::Captured { id, caption, clear_len, .. } => format!("{} {caption}（{}）", photo(id), bytes(*clear_len)),
        Event::Checked { id, state, width, height, .. } => {
            let state = if state == "good" { "ok" } else { state };
            let size = if *width > 0 { format!(" {width}×{height}") } else { String::new() };
            format!("{} {}{size}", photo(id), CONSOLE.get(&format!("word.{state}")).zh)
        }
        Event::RecordingStarted { media, must_record, .. } => {
            let must = if *must_record { "，必录" } else { "" };
            format!("{}{must}", word_plain(media))
        }
        Event::RecordingInterrupted { from_ms, to_ms, reason, note, .. } => {
            format!("{} – {}，{reason} {note}", office_time(*from_ms), office_time(*to_ms))
        }
        Event::RecordingEnded { parts, lasts_ms, .. } => format!("{parts} 段，{}", clock(*lasts_ms)),
        Event::HandedOver { evidence, from, to, reason } => {
            let list: Vec<String> = evidence.iter().map(photo).collect();
            format!("{} → {}：{}；{reason}", from.name, to.name, list.join("、"))
        }
        Event::Facts { digest, .. } => short(digest),
        Event::Continued { officer, from, reason, size, .. } => {
            format!("{} → {}：{reason}（№ 0–{size}）", from.name, officer.name)
        }
        Event::PersonLeft { officer, reason } => format!("{}：{reason}", officer.name),
        Event::PersonReturned { officer, .. } => officer.name.clone(),
        Event::ConflictDeclared { officer, none, note } => {
            format!("{}：{}{note}", officer.name, if *none { "没有利害关系" } else { "有利害关系：" })
        }
        Event::RecusalRequested { officer, by, reason } => format!("{by} → {}：{reason}", officer.name),
        Event::RecusalDecided { officer, by, granted, reason } => {
            format!("{}：{}（{by}）：{reason}", officer.name, if *granted { "同意回避" } else { "驳回" })
        }
        Event::InterviewStarted { person, officers, place, .. } => {
            let officers: Vec<&str> = officers.iter().map(|o| o.name.as_str()).collect();
            format!("{person}（{}）{place}", officers.join("、"))
        }
        Event::InterviewEnded { interview } => short(interview),
        Event::EntryScanned { code, reason } => {
            code.clone().unwrap_or_else(|| format!("未扫码：{}", reason.as_deref().unwrap_or_default()))
        }
        Event::LeadRaised { text, .. } => text.clone(),
        Event::CrimeSuspected { text, crime, .. } => format!("{crime}：{text}"),
        Event::MeasureBegun { what, coercive, item, reason, emergency, .. } => {
            let what = coercive.map_or(what.word(), |c| c.word()).0;
            let item = item.as_deref().unwrap_or("—");
            let emergency = emergency.as_ref().map(|e| format!("；情况紧急：{e}")).unwrap_or_default();
            format!("{what}（{item}）：{reason}{emergency}")
        }
        Event::MeasureApproved { number, by, at_ms, .. } => format!("{number}，{by}，{}", office_time(*at_ms)),
        Event::PartyCalled { how, came, witness, .. } => {
            format!("{how}，{}；见证人 {}", if *came { "到场" } else { "未到场" }, witness.as_deref().unwrap_or("—"))
        }
        Event::DefenceHeard { speaker, text, opinion, .. } => format!("{speaker}：{text}；{opinion}"),
        Event::PenaltyChosen { row, tier, penalties, fen, reason, .. } => {
            let kinds: Vec<&str> = penalties.iter().map(|k| k.word().0).collect();
            let fen = fen.map(|f| format!(" {} 元", mingzheng_core::document::amount::figures(f))).unwrap_or_default();
            format!("{}{fen}（{row} {tier}）：{reason}", kinds.join("、"))
        }
        Event::MeasureTaken { goods, place, .. } => {
            let goods: Vec<String> = goods.iter().map(|g| format!("{}×{}", g.name, g.quantity)).collect();
            format!("{} {place}", goods.join("、"))
        }
        Event::FineCollected { fen, receipt, ground, .. } => {
            let ground = ground.as_deref().unwrap_or("—");
            format!("{} 元，票据 {receipt}，情形 {ground}", mingzheng_core::document::amount::figures(*fen))
        }
        Event::PenaltyFiled { to, .. } => to.clone(),
        Event::MeasureSettled { outcome, reason, .. } => format!("{}：{reason}", word_plain(outcome)),
        Event::NumberVoided { form, number, reason } => format!("{form} {number}：{reason}"),
        Event::Presented { presented, .. } => short(presented),
        Event::Corrected { item, old, new, by, .. } => format!("{item}：“{old}” → “{new}”（{by}）"),
        Event::Inked { pages, signed, original, .. } => {
            let list: Vec<String> = pages.iter().map(photo).collect();
            format!("原件：{}；{}；签名：{}", word_plain(original), list.join("、"), signed.join("、"))
        }
        Event::PackMoved { from_version, pack_version, dropped, .. } => {
            format!("{from_version} → {pack_version}，不再询问而保留的 {} 项", dropped.len())
        }
        Event::ReadAloud { by, to, .. } => format!("由{}向{to}宣读", by.name),
        Event::PaperCorrected { field, old, new, by, .. } => format!("{field}：“{old}” → “{new}”（{by}）"),
        Event::StockSealed { sheet, .. } => sheet.clone(),
        Event::PaperHanded { copy, receiver, how, .. } => format!("{copy}：{receiver}（{}）", word_plain(how)),
        Event::CharacterDrawn { character, digest, .. } => format!("{character}　{}", short(digest)),
        Event::Signed { role, name, .. } => format!("{} {name}", word_plain(role)),
        Event::Refused { why, name, reason, witness, .. } => {
            format!("{name} {}：{reason}；见证人 {}", word_plain(why), witness.as_deref().unwrap_or("—"))
        }
        Event::Finished { digest, .. } => short(digest),
        Event::Left { place: p } => p.as_ref().map(place).unwrap_or_default(),
        Event::Closed { entries, witness, .. } => format!("{entries} 条，外部见证：{}", word_plain(witness)),
    }
}

/// R09, in one line.
pub(super) fn appearance(uniform: bool, insignia: bool) -> &'static str {
    match (uniform, insignia) {
        (true, true) => "着统一制服、佩戴统一标识",
        (true, false) => "着统一制服，未佩戴统一标识",
        (false, true) => "未着统一制服，佩戴统一标识",
        (false, false) => "未着统一制服、未佩戴统一标识",
    }
}

fn taken(how: Taken) -> &'static str {
    match how {
        Taken::Scanned => "scanned",
        Taken::Paper => "paper",
    }
}

fn reason_plain(reason: &str) -> &str {
    match reason {
        "rotated" => "更换密钥",
        "key_lost" => "密钥丢失",
        "store_behind" => "数据被还原",
        other => other,
    }
}
