//! What the pages show, worked out from what the office holds.

use crate::cases::{self, Held, Named};
use crate::error::Result;
use crate::office::Office;
use crate::text::{CONSOLE, html};
use chrono::{FixedOffset, TimeZone as _};
use mingzheng_core::cbor;
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::{Id, digest_from_hex, hex};
use mingzheng_core::inspection::{At, Event, Inspection, Place, fold, order};
use mingzheng_core::log::{Checkpoint, Entry, LogReceipt, OfficeLeaf, tree};
use mingzheng_core::pack::{Answer, Pack};
use std::collections::BTreeMap;

/// Minutes east of UTC of the office's own times.
const CHINA: i32 = 480;

/// A time with its zone, to the second.
#[must_use]
pub(super) fn time(ms: i64, zone_min: i32) -> String {
    let zone = FixedOffset::east_opt(zone_min.saturating_mul(60));
    match zone.and_then(|z| z.timestamp_millis_opt(ms).single()) {
        Some(t) => t.format("%Y-%m-%d %H:%M:%S %:z").to_string(),
        None => ms.to_string(),
    }
}

/// Office time.
#[must_use]
pub(super) fn office_time(ms: i64) -> String {
    time(ms, CHINA)
}

fn clock(ms: u64) -> String {
    let s = ms / 1000;
    format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// `yyyymmdd` as `yyyy-mm-dd`.
fn day(d: u32) -> String {
    format!("{:04}-{:02}-{:02}", d / 10_000, d / 100 % 100, d % 100)
}

fn short(text: &str) -> String {
    text.chars().take(12).collect()
}

fn word(name: &str) -> String {
    let key = format!("word.{name}");
    if CONSOLE.has(&key) { CONSOLE.both(&key) } else { html(name, "") }
}

fn word_plain(value: &impl serde::Serialize) -> String {
    let name = name_of(value);
    CONSOLE.get(&format!("word.{name}")).zh.replace("word.", "")
}

/// The name under which a value of an enumeration is serialised.
fn name_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn place(p: &Place) -> String {
    let degrees = |e7: i32, pos: char, neg: char| {
        let abs = e7.unsigned_abs();
        format!("{}.{:07}°{}", abs / 10_000_000, abs % 10_000_000, if e7 < 0 { neg } else { pos })
    };
    let mock = if p.mock { format!(" · {}", CONSOLE.plain("fix.mock")) } else { String::new() };
    format!("{} {} ±{} m{mock}", degrees(p.lat_e7, 'N', 'S'), degrees(p.lon_e7, 'E', 'W'), p.accuracy_m)
}

fn bytes(n: u64) -> String {
    match n {
        0..=1023 => format!("{n} B"),
        1024..=1_048_575 => format!("{} KiB", n / 1024),
        _ => format!("{}.{} MiB", n / 1_048_576, n % 1_048_576 * 10 / 1_048_576),
    }
}

/// A state with its words and the class of its colour.
pub(super) struct State {
    /// HTML.
    pub label: String,
    /// `good`, `warn` or `plain`.
    pub class: &'static str,
}

fn state(i: &Inspection) -> State {
    let refused = i.papers.iter().any(|p| p.refusal.is_some());
    let finished = i.papers.iter().any(|p| p.finished.is_some());
    let (name, class) = match (i.closed.is_some(), refused, finished) {
        (true, true, _) => ("state.refused", "warn"),
        (true, false, _) => ("state.closed", "good"),
        (false, _, true) => ("state.signed", "plain"),
        _ => ("state.open", "plain"),
    };
    State { label: CONSOLE.both(name), class }
}

/// A row of the list.
pub(super) struct Row {
    /// Case, hex.
    pub case: String,
    /// Enterprise or title.
    pub enterprise: String,
    /// Day and kind.
    pub about: String,
    /// Names of the officers.
    pub officers: String,
    /// State.
    pub state: State,
    /// Office time of the last receipt.
    pub receipt: String,
    /// Files that entries name and that are in custody.
    pub held: usize,
    /// Files that are still missing.
    pub missing: usize,
    /// Something to look at: a fork or a clock jump.
    pub alarm: bool,
}

/// The list.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(super) fn rows(office: &Office) -> Result<Vec<Row>> {
    cases::all(office)?.into_iter().map(|case| row(office, case)).collect()
}

fn row(office: &Office, case: Id) -> Result<Row> {
    let held = cases::entries(office, case)?;
    let i = inspection(&held);
    let files = cases::files(office, case)?;
    let (lacking, peers) = cases::lacking(&i, &held, &files);
    let (present, missing) = (files.iter().filter(|f| cases::counts(f)).count() - lacking.len(), lacking.len() + peers.len());
    let received = held.iter().map(|h| h.received).max().unwrap_or(0);
    let mut forked = false;
    for log in logs(&held) {
        forked |= cases::forks(office, log)? > 0;
    }
    Ok(Row {
        case: case.to_string(),
        enterprise: i.task.as_ref().map_or_else(|| CONSOLE.plain("cases.untitled"), |t| t.enterprise.name.clone()),
        about: i
            .task
            .as_ref()
            .map_or_else(String::new, |t| format!("{} · {}", day(t.day), CONSOLE.plain(&format!("word.{}", t.kind)))),
        officers: officers(&i),
        state: state(&i),
        receipt: office_time(received),
        held: present,
        missing,
        alarm: forked || !i.jumps.is_empty(),
    })
}

fn officers(i: &Inspection) -> String {
    let names: Vec<&str> = match &i.task {
        Some(t) => t.officers.iter().map(|o| o.name.as_str()).collect(),
        None => i.arrived.iter().map(|(o, ..)| o.name.as_str()).collect(),
    };
    names.join("、")
}

fn inspection(held: &[Held]) -> Inspection {
    let entries: Vec<Entry> = held.iter().map(|h| h.entry.clone()).collect();
    fold(&entries)
}

fn logs(held: &[Held]) -> Vec<Id> {
    let mut logs: Vec<Id> = held.iter().map(|h| h.entry.header().log).collect();
    logs.sort();
    logs.dedup();
    logs
}

/// A name with its value, both HTML.
pub(super) struct Fact {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

fn fact(name: &str, value: String) -> Fact {
    Fact { name: CONSOLE.both(name), value }
}

fn text(value: &str) -> String {
    html(value, "")
}

/// A point of the timeline.
pub(super) struct Moment {
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

/// A checklist with answers.
pub(super) struct Item {
    /// Number or id.
    pub no: String,
    /// What must be so, HTML.
    pub text: String,
    /// Result, HTML.
    pub result: String,
    /// `good`, `bad`, `plain`, `warn`.
    pub class: &'static str,
    /// Note and measured value.
    pub note: String,
    /// Measured value with unit.
    pub measured: String,
    /// Numbers of photos.
    pub photos: Vec<usize>,
}

/// A checklist.
pub(super) struct Checklist {
    /// Title, HTML.
    pub title: String,
    /// Items in order.
    pub items: Vec<Item>,
}

/// A notification.
pub(super) struct Told {
    /// What.
    pub text: String,
    /// How, in which language, version.
    pub how: String,
    /// When.
    pub at: String,
}

/// A finding.
pub(super) struct Finding {
    /// The fact.
    pub text: String,
    /// Numbers of photos.
    pub photos: Vec<usize>,
    /// When.
    pub at: String,
}

/// A photo.
pub(super) struct Photo {
    /// Number as printed.
    pub number: usize,
    /// What it shows.
    pub caption: String,
    /// When.
    pub at: String,
    /// Where.
    pub place: String,
    /// Length.
    pub size: String,
    /// SHA-256 of the clear file.
    pub clear: String,
    /// State in words when something is wrong, HTML.
    pub problem: Option<String>,
    /// Custody receipt given.
    pub custody: bool,
    /// Number of differences between EXIF and device.
    pub differences: usize,
}

/// A paper.
pub(super) struct Paper {
    /// Title of the form, HTML.
    pub form: String,
    /// Signatures, HTML.
    pub signatures: Vec<String>,
    /// Refusal, HTML.
    pub refusal: Option<String>,
    /// (label HTML, digest hex, received).
    pub files: Vec<(String, String, bool)>,
}

/// A checkpoint with what was verified just now.
pub(super) struct Proven {
    /// Number.
    pub cp_no: u64,
    /// Size.
    pub size: u64,
    /// Root, shortened.
    pub root: String,
    /// Device's clock.
    pub signed: String,
    /// Office time.
    pub received: String,
    /// `leaf of size`.
    pub leaf: String,
    /// Everything agrees.
    pub ok: bool,
}

/// A device's log.
pub(super) struct LogView {
    /// Log, hex.
    pub log: String,
    /// Person's name.
    pub person: String,
    /// Model.
    pub model: String,
    /// Key protection, HTML.
    pub protection: String,
    /// Checkpoints, newest first.
    pub checkpoints: Vec<Proven>,
    /// All checkpoints agree.
    pub ok: bool,
    /// Proofs of two histories.
    pub forks: usize,
}

/// An export done before.
pub(super) struct Exported {
    /// When.
    pub at: String,
    /// `open` or `sealed`.
    pub form: String,
    /// Leaf of the office's log.
    pub leaf: i64,
    /// Digest of the bundle's payload.
    pub bundle: String,
}

/// One case.
pub(super) struct Case {
    /// Hex.
    pub case: String,
    /// Enterprise.
    pub title: String,
    /// Officers.
    pub officers: String,
    /// State.
    pub state: State,
    /// Facts at the top.
    pub facts: Vec<Fact>,
    /// Missing files in words.
    pub missing: Vec<String>,
    /// Some file is wanted at all.
    pub wants: bool,
    /// Forks.
    pub forks: usize,
    /// Clock jumps in words.
    pub jumps: Vec<String>,
    /// Entries not understood.
    pub unread: usize,
    /// Timeline.
    pub moments: Vec<Moment>,
    /// Certificates shown.
    pub badges: Vec<Told>,
    /// Rights told.
    pub rights: Vec<Told>,
    /// Acknowledgements.
    pub acknowledged: Vec<Told>,
    /// Checklists.
    pub checklists: Vec<Checklist>,
    /// Findings.
    pub findings: Vec<Finding>,
    /// Corrections: item, old, new, by, when.
    pub corrections: Vec<(String, String, String, String, String)>,
    /// Photos.
    pub photos: Vec<Photo>,
    /// Papers.
    pub papers: Vec<Paper>,
    /// Device logs.
    pub logs: Vec<LogView>,
    /// Earlier exports.
    pub exports: Vec<Exported>,
}

/// The page of one case.
///
/// # Errors
/// [`crate::error::OfficeError::NotFound`] for an unknown case.
pub(super) fn case(office: &Office, id: Id) -> Result<Case> {
    let held = cases::entries(office, id)?;
    let i = inspection(&held);
    let files = cases::files(office, id)?;
    let pack = match i.pack.as_deref().and_then(digest_from_hex) {
        Some(digest) => crate::feed::pack(office, &digest)?.map(|p| p.pack().clone()),
        None => None,
    };
    let numbers: BTreeMap<&str, usize> = i.evidence.iter().map(|e| (e.id.as_str(), e.number)).collect();
    let numbered = |ids: &[String]| ids.iter().filter_map(|id| numbers.get(id.as_str()).copied()).collect::<Vec<_>>();
    let mut views = Vec::new();
    let mut people = BTreeMap::new();
    for log in logs(&held) {
        let view = log_view(office, log)?;
        people.insert(log, view.person.clone());
        views.push(view);
    }
    let (lacking, peers) = cases::lacking(&i, &held, &files);
    let absent = peers.iter().map(|name| format!("{name} {}", CONSOLE.plain("case.peer")));
    let missing = lacking
        .iter()
        .map(|f| match numbers.get(f.id.as_str()) {
            Some(n) => format!("照片 {n} photo {n}"),
            None => format!("文书 {} paper", short(&f.id)),
        })
        .chain(absent)
        .collect();
    let at = |a: &At| time(a.ms, a.zone_min);
    Ok(Case {
        case: id.to_string(),
        title: i.task.as_ref().map_or_else(|| CONSOLE.plain("cases.untitled"), |t| t.enterprise.name.clone()),
        officers: officers(&i),
        state: state(&i),
        facts: facts(&i),
        missing,
        wants: files.iter().any(cases::counts),
        forks: views.iter().map(|v| v.forks).sum(),
        jumps: i.jumps.iter().map(|j| format!("{:+} s · {}", j.by_ms / 1000, at(&j.at))).collect(),
        unread: i.unread.len(),
        moments: moments(&held, &people, &numbers),
        badges: i
            .badges
            .iter()
            .map(|b| Told {
                text: text(&format!("{}（{}）→ {}", b.officer.name, b.officer.number, b.to_whom)),
                how: word(&name_of(&b.acknowledged)),
                at: at(&b.at),
            })
            .collect(),
        rights: i
            .rights
            .iter()
            .map(|r| Told {
                text: text(&r.text),
                how: format!(
                    "{}<div class=\"dim\">{} · {} v{}</div>",
                    word(&name_of(&r.how)),
                    text(&r.language),
                    text(&r.item),
                    r.version
                ),
                at: at(&r.at),
            })
            .collect(),
        acknowledged: i
            .acknowledged
            .values()
            .map(|a| Told {
                text: text(&match &a.reason {
                    Some(reason) => format!("{}：{reason}", a.by),
                    None => a.by.clone(),
                }),
                how: word(&name_of(&a.how)),
                at: at(&a.at),
            })
            .collect(),
        checklists: checklists(&i, pack.as_ref()),
        findings: i
            .findings
            .iter()
            .map(|f| Finding { text: f.text.clone(), photos: numbered(&f.evidence), at: at(&f.at) })
            .collect(),
        corrections: i
            .corrections
            .iter()
            .map(|c| (c.item.clone(), c.old.clone(), c.new.clone(), format!("{} · {}", c.by, c.initials.join("、")), at(&c.at)))
            .collect(),
        photos: i
            .evidence
            .iter()
            .map(|e| Photo {
                number: e.number,
                caption: e.caption.clone(),
                at: at(&e.at),
                place: match &e.place {
                    Some(p) => place(p),
                    None => CONSOLE.plain(&format!("fix.{}", e.fix)),
                },
                size: bytes(e.clear_len),
                clear: e.clear.clone(),
                problem: match e.state.as_str() {
                    "ok" | "good" => None,
                    other => Some(word(other)),
                },
                custody: files.iter().any(|f| f.what == "evidence" && f.id == e.id && f.custody.is_some()),
                differences: e.differences.len(),
            })
            .collect(),
        papers: papers(&i, &files, pack.as_ref()),
        logs: views,
        exports: exports(office, id)?,
    })
}

fn facts(i: &Inspection) -> Vec<Fact> {
    let mut out = Vec::new();
    if let Some(t) = &i.task {
        let e = &t.enterprise;
        out.push(fact("case.task", text(&t.matter)));
        out.push(fact("case.kind", word(&t.kind)));
        out.push(fact("case.day", text(&day(t.day))));
        let cap = if t.cap == 0 { "—".to_owned() } else { t.cap.to_string() };
        out.push(fact("case.count", text(&format!("{} / {cap}", t.n))));
        if let Some(a) = &t.approval {
            out.push(fact("case.approval", text(&format!("{} · {} · {}", a.number, a.by, day(a.on)))));
        }
        out.push(fact("case.code", text(&e.code)));
        out.push(fact("case.address", text(&e.address)));
        out.push(fact("case.manager", text(&format!("{} · {} · {}", e.manager, e.manager_position, e.phone))));
        let officers: Vec<String> = t.officers.iter().map(|o| format!("{}（{}）", o.name, o.number)).collect();
        out.push(fact("cases.officers", text(&officers.join("、"))));
    }
    if !i.assistants.is_empty() {
        let names: Vec<String> = i.assistants.iter().map(|a| a.name.clone()).collect();
        out.push(fact("case.assistants", text(&names.join("、"))));
    }
    if let Some(a) = &i.opened {
        out.push(fact("case.opened", text(&time(a.ms, a.zone_min))));
    }
    if let Some((a, _)) = &i.left {
        out.push(fact("case.closed", text(&time(a.ms, a.zone_min))));
    }
    if let Some((_, witness, reason)) = &i.closed {
        let reason = reason.as_deref().map(|r| text(&format!("：{r}"))).unwrap_or_default();
        out.push(fact("case.witness", format!("{}{reason}", word(&name_of(witness)))));
    }
    if let Some(p) = &i.pack_version {
        out.push(fact("case.pack", text(p)));
    }
    out.push(fact("case.tag", format!("<code>{}</code>", text(&i.case))));
    out
}

fn checklists(i: &Inspection, pack: Option<&Pack>) -> Vec<Checklist> {
    let mut by_list: BTreeMap<&str, Vec<(u32, Item)>> = BTreeMap::new();
    for (id, a) in &i.answers {
        let row = pack.and_then(|p| p.item(id));
        let (zh, en) = a.result.word();
        let class = match a.result {
            Answer::Pass => "good",
            Answer::Fail => "bad",
            Answer::Corrected => "warn",
            Answer::NotApplicable => "plain",
        };
        let unit = row.and_then(|r| r.measure.as_ref()).map(|m| m.unit.clone()).unwrap_or_default();
        let item = Item {
            no: row.map_or_else(|| id.clone(), |r| r.no.to_string()),
            text: row.map_or_else(|| text(id), |r| html(&r.text.zh, &r.text.en)),
            result: html(zh, en),
            class,
            note: a.note.clone(),
            measured: a.measured.as_ref().map(|m| format!("{m} {unit}")).unwrap_or_default(),
            photos: i.evidence.iter().filter(|e| e.item.as_ref() == Some(id)).map(|e| e.number).collect(),
        };
        by_list.entry(&a.checklist).or_default().push((row.map_or(u32::MAX, |r| r.no), item));
    }
    by_list
        .into_iter()
        .map(|(list, mut items)| {
            items.sort_by_key(|(no, _)| *no);
            let title = pack.and_then(|p| p.checklist(list)).map_or_else(|| text(list), |c| html(&c.title.zh, &c.title.en));
            Checklist { title, items: items.into_iter().map(|(_, item)| item).collect() }
        })
        .collect()
}

fn papers(i: &Inspection, files: &[Named], pack: Option<&Pack>) -> Vec<Paper> {
    i.papers
        .iter()
        .map(|p| Paper {
            form: p
                .form
                .split_once('#')
                .and_then(|(_, id)| pack?.form(id))
                .map_or_else(|| text(&p.form), |f| html(&f.title.zh, &f.title.en)),
            signatures: p
                .signatures
                .iter()
                .map(|s| {
                    let own = if s.own_device { format!(" · {}", CONSOLE.both("paper.owndevice")) } else { String::new() };
                    let number = s.number.as_deref().map(|n| format!("（{n}）")).unwrap_or_default();
                    format!(
                        "{} {} <span class=\"dim\">{}{own}</span>",
                        word(&name_of(&s.role)),
                        text(&format!("{}{number}", s.name)),
                        time(s.at.ms, s.at.zone_min)
                    )
                })
                .collect(),
            refusal: p.refusal.as_ref().map(|r| {
                let witness = match (&r.witness, &r.witness_unit) {
                    (Some(w), Some(u)) => format!("{w}（{u}）"),
                    (Some(w), None) => w.clone(),
                    _ => CONSOLE.plain("word.none"),
                };
                format!(
                    "{} {}：{} — {} {}",
                    word(&name_of(&r.why)),
                    text(&r.name),
                    text(&r.reason),
                    CONSOLE.both("paper.witness"),
                    text(&witness)
                )
            }),
            files: files
                .iter()
                .rev()
                .filter(|f| f.id == p.id && (f.what == "paper" || f.what == "presented"))
                .map(|f| {
                    let label = if f.what == "paper" { "paper.final" } else { "paper.presented" };
                    (CONSOLE.both(label), hex(&f.clear), f.sealed.is_some())
                })
                .collect(),
        })
        .collect()
}

fn moments(held: &[Held], people: &BTreeMap<Id, String>, numbers: &BTreeMap<&str, usize>) -> Vec<Moment> {
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
                summary: event.as_ref().map(|v| summary(v, numbers)).unwrap_or_default(),
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
                    "document.refused" | "clock.jumped" | "finding.recorded" => "alarm",
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
fn summary(event: &Event, numbers: &BTreeMap<&str, usize>) -> String {
    let photo = |id: &String| numbers.get(id.as_str()).map_or_else(|| short(id), |n| format!("照片 {n}"));
    match event {
        Event::LogOpened { software, .. } => software.clone(),
        Event::ClockJumped { by_ms } => format!("{:+} s", by_ms / 1000),
        Event::Opened { task, officer, .. } => format!("{}，{}", task.title, officer.name),
        Event::Arrived { officer, place: p, .. } => {
            format!("{}（{}）{}", officer.name, officer.number, p.as_ref().map(|p| format!(" {}", place(p))).unwrap_or_default())
        }
        Event::PeerPaired { officer, .. } => officer.name.clone(),
        Event::BadgeShown { officer, to_whom, acknowledged, .. } => {
            format!("{} → {to_whom}，{}", officer.name, word_plain(acknowledged))
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
            format!("{} {} {width}×{height}", photo(id), CONSOLE.get(&format!("word.{state}")).zh)
        }
        Event::Facts { digest, .. } => short(digest),
        Event::Presented { presented, .. } => short(presented),
        Event::Corrected { item, old, new, by, .. } => format!("{item}：“{old}” → “{new}”（{by}）"),
        Event::Signed { role, name, .. } => format!("{} {name}", word_plain(role)),
        Event::Refused { why, name, reason, witness, .. } => {
            format!("{name} {}：{reason}；见证人 {}", word_plain(why), witness.as_deref().unwrap_or("—"))
        }
        Event::Finished { digest, .. } => short(digest),
        Event::Left { place: p } => p.as_ref().map(place).unwrap_or_default(),
        Event::Closed { entries, witness, .. } => format!("{entries} 条，外部见证：{}", word_plain(witness)),
    }
}

/// A device's log, verified again from what is stored.
fn log_view(office: &Office, log: Id) -> Result<LogView> {
    let (signed, model) = cases::enrolment(office, log)?;
    let e = Enrolment::open(&signed, &office.trust)?;
    let received = cases::checkpoints(office, log)?;
    let newest = received.values().last().map(|r| Checkpoint::open(&r.signed, &e.log_key)).transpose()?.map_or(0, |c| c.size);
    let leaves = office.store.read(|c| crate::ingest::leaves(c, log, newest))?;
    let prove = |r: &cases::Received| {
        let cp = Checkpoint::open(&r.signed, &e.log_key)?;
        let receipt = LogReceipt::open(&r.receipt, &office.trust)?;
        let prefix = usize::try_from(cp.size).ok().and_then(|n| leaves.get(..n));
        let covers = OfficeLeaf::Checkpoint { checkpoint: Checkpoint::digest(&r.signed), log, size: cp.size, at: r.received };
        Ok::<_, crate::error::OfficeError>(Proven {
            cp_no: cp.cp_no,
            size: cp.size,
            root: short(&hex(&cp.root)),
            signed: time(cp.clocks.reading.wall_ms, cp.clocks.reading.zone_min),
            received: office_time(r.received),
            leaf: format!("#{} / {}", receipt.index, receipt.size),
            ok: prefix.is_some_and(|p| tree::root(p) == cp.root) && receipt.leaf == covers,
        })
    };
    let checkpoints: Vec<Proven> = received
        .values()
        .rev()
        .map(|r| {
            // What no longer verifies is shown as such, never left out.
            prove(r).unwrap_or_else(|_| Proven {
                cp_no: r.cp_no,
                size: 0,
                root: String::new(),
                signed: String::new(),
                received: office_time(r.received),
                leaf: String::new(),
                ok: false,
            })
        })
        .collect();
    let claimed = if e.attested { String::new() } else { format!(" <span class=\"dim\">{}</span>", CONSOLE.both("log.claimed")) };
    Ok(LogView {
        log: log.to_string(),
        person: e.name,
        model,
        protection: format!("{}{claimed}", word(e.key_protection.name())),
        ok: checkpoints.iter().all(|c| c.ok),
        checkpoints,
        forks: cases::forks(office, log)?,
    })
}

fn exports(office: &Office, case: Id) -> Result<Vec<Exported>> {
    office.store.read(|c| {
        let mut s = c.prepare_cached("SELECT at, form, leaf, bundle FROM exports WHERE case_tag = ? ORDER BY at DESC")?;
        Ok(s.query_map([case.0], |r| {
            let bundle: [u8; 32] = r.get(3)?;
            let form: String = r.get(1)?;
            Ok(Exported {
                at: office_time(r.get(0)?),
                form: CONSOLE.both(&format!("export.{form}")),
                leaf: r.get(2)?,
                bundle: hex(&bundle),
            })
        })?
        .collect::<std::result::Result<_, _>>()?)
    })
}

/// An enrolled device.
pub(super) struct DeviceRow {
    /// Person's name.
    pub name: String,
    /// Role, HTML.
    pub role: String,
    /// Model.
    pub model: String,
    /// Key protection, HTML.
    pub protection: String,
    /// Short fingerprint.
    pub fingerprint: String,
    /// When.
    pub at: String,
    /// Entries received.
    pub entries: i64,
}

/// Every enrolled device.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(super) fn devices(office: &Office) -> Result<Vec<DeviceRow>> {
    let rows: Vec<(Vec<u8>, String, i64)> = office.store.read(|c| {
        let mut s = c.prepare_cached(
            "SELECT e.signed, e.model, coalesce(l.size, 0) FROM enrolments e LEFT JOIN logs l ON l.log = e.log ORDER BY e.at, e.enrolment",
        )?;
        Ok(s.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect::<std::result::Result<_, _>>()?)
    })?;
    rows.into_iter()
        .map(|(signed, model, entries)| {
            let e = Enrolment::open(&signed, &office.trust)?;
            Ok(DeviceRow {
                role: word(e.role.name()),
                protection: word(e.key_protection.name()),
                fingerprint: e.short_fingerprint(),
                at: office_time(e.at),
                name: e.name,
                model,
                entries,
            })
        })
        .collect()
}

/// A leaf of the office's log.
pub(super) struct Leaf {
    /// Index.
    pub index: i64,
    /// Kind, HTML.
    pub kind: String,
    /// When.
    pub at: String,
    /// Hash.
    pub hash: String,
}

/// The newest leaves and the head.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(super) fn office_log(office: &Office) -> Result<(u64, String, Vec<Leaf>)> {
    office.store.read(|c| {
        let head = crate::log::head(c)?;
        let mut s = c.prepare_cached("SELECT idx, kind, at, hash FROM leaves ORDER BY idx DESC LIMIT 500")?;
        let leaves = s
            .query_map([], |r| {
                let (kind, hash): (String, [u8; 32]) = (r.get(1)?, r.get(3)?);
                Ok(Leaf {
                    index: r.get(0)?,
                    kind: CONSOLE.both(&format!("leaf.{kind}")),
                    at: office_time(r.get(2)?),
                    hash: hex(&hash),
                })
            })?
            .collect::<std::result::Result<_, _>>()?;
        Ok((head.size, hex(&head.root), leaves))
    })
}
