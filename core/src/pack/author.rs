//! From a folder of readable files to a pack: TOML for rows, CSV for checklists and calendars, Markdown for texts, Typst for forms.
//! The layout is written out in `docs/packs.md`.

mod clocks;
mod files;
mod forms;
mod rows;
mod tables;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::rules::place;
use super::{
    Act, BadgeRules, Basis, Checklist, DiscretionRow, EnforcementItem, Exemption, FaultKind, Fine, GateRules, Language,
    LeniencyRow, Node, Pack, Page, Parameter, Power, Publicity, Reason, RecordingRules, Remedy, Retention, ReviewRow, RightsItem,
    RightsText, Scene, Script, Source, SourceKind, SourceStatus, Step, Subject, Text, Threshold,
};
use crate::calendar::{Calendar, Day, Region, Year};
use files::Folder;

pub use tables::ITEM_COLUMNS;

/// Something an author has to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path in the folder, with `/`.
    pub file: String,
    /// Line from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// Kinds of [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A file that is named is not there.
    FileMissing(String),
    /// A path leads out of the folder.
    OutsideFolder(String),
    /// A file cannot be read, is too large or is not UTF-8.
    Unreadable(String),
    /// A field or column that does not exist.
    UnknownField(String),
    /// A field or column that is needed.
    MissingField(String),
    /// A value that cannot be read.
    BadValue {
        /// The field.
        field: String,
        /// What it may be.
        expected: String,
    },
    /// The file is not well formed.
    Syntax(String),
    /// A rule of packs is broken.
    Fault(FaultKind),
    /// A template that makes no paper of the facts it was tried with.
    TemplateFails {
        /// Which facts.
        case: Text,
        /// What the typesetter said.
        message: String,
    },
    /// A template that loops or blows up: it was stopped at the limit of time or memory, or broke down.
    TemplateCosts {
        /// Which facts.
        case: Text,
        /// Processor seconds that it had.
        seconds: u32,
        /// Mebibytes that it had.
        mebibytes: u32,
    },
}

impl ProblemKind {
    /// What is wrong, and how to mend it.
    pub fn explain(&self) -> (Text, Text) {
        let (zh, en, mend_zh, mend_en) = match self {
            Self::FileMissing(path) => (
                format!("文件 {path} 不存在"),
                format!("the file {path} is not there"),
                "放入该文件，或更正路径".to_owned(),
                "add the file or correct the path".to_owned(),
            ),
            Self::OutsideFolder(path) => (
                format!("路径 {path} 指向包外"),
                format!("the path {path} leads out of the folder"),
                "只写包内的相对路径，不含 .. 和链接".to_owned(),
                "use a relative path inside the folder, without .. or links".to_owned(),
            ),
            Self::Unreadable(why) => (
                format!("文件读不出：{why}"),
                format!("the file cannot be read: {why}"),
                "保存为 UTF-8，小于 1 MiB，并可读".to_owned(),
                "save it as UTF-8, under 1 MiB, readable".to_owned(),
            ),
            Self::UnknownField(name) => (
                format!("没有 {name} 这个字段"),
                format!("there is no field {name}"),
                "更正字段名，或删去（见 docs/packs.md）".to_owned(),
                "correct the name or remove it (see docs/packs.md)".to_owned(),
            ),
            Self::MissingField(name) => (
                format!("缺少字段 {name}"),
                format!("the field {name} is missing"),
                format!("补上 {name}"),
                format!("add {name}"),
            ),
            Self::BadValue { field, expected } => (
                format!("{field} 的值读不懂"),
                format!("the value of {field} cannot be read"),
                format!("应为：{expected}"),
                format!("write: {expected}"),
            ),
            Self::Syntax(message) => (
                format!("格式有误：{message}"),
                format!("not well formed: {message}"),
                "按提示更正此处的写法".to_owned(),
                "correct the writing here".to_owned(),
            ),
            Self::Fault(fault) => return fault.explain(),
            Self::TemplateFails { case, message } => (
                format!("用{}试排时模板出错：{message}", case.zh),
                format!("tried with {}, the template fails: {message}", case.en),
                "让模板经得起这样的事实".to_owned(),
                "make the template stand such facts".to_owned(),
            ),
            Self::TemplateCosts { case, seconds, mebibytes } => (
                format!("用{}试排时，模板在{seconds}秒、{mebibytes} MiB 之内没有完成", case.zh),
                format!("tried with {}, the template was not done within {seconds} s and {mebibytes} MiB", case.en),
                "去掉循环或过大的排版".to_owned(),
                "remove the loop, or what grows too large".to_owned(),
            ),
        };
        (Text { zh, en }, Text { zh: mend_zh, en: mend_en })
    }
}

/// `file:line: what (how to mend it)`, Chinese, then English.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, mend) = self.kind.explain();
        write!(f, "{}:{}: {}。改法：{}。\n    {}. To mend: {}.", self.file, self.line, what.zh, mend.zh, what.en, mend.en)
    }
}

/// Compiles the folder of a pack.
pub fn compile(folder: &Path) -> Result<Pack, Vec<Problem>> {
    run(folder, BTreeMap::new(), |pack| pack.faults())
}

/// [`compile`] and the further rules for authors ([`Pack::advice`]).
pub fn check(folder: &Path) -> Result<Pack, Vec<Problem>> {
    check_with(folder, BTreeMap::new())
}

/// [`check`] of the folder as it would be with these files, by path and text; nothing is written.
pub fn check_with(folder: &Path, files: BTreeMap<String, String>) -> Result<Pack, Vec<Problem>> {
    run(folder, files, |pack| {
        let mut faults = pack.faults();
        faults.extend(pack.advice());
        faults
    })
}

fn run(folder: &Path, files: BTreeMap<String, String>, rules: impl Fn(&Pack) -> Vec<super::Fault>) -> Result<Pack, Vec<Problem>> {
    let mut author = Author { folder: Folder::open(folder, files)?, problems: Vec::new(), places: BTreeMap::new() };
    let pack = author.read();
    let mut problems = author.problems;
    if let (Some(pack), true) = (pack, problems.is_empty()) {
        let places = author.places;
        for fault in rules(&pack) {
            let spots = match &fault.kind {
                FaultKind::UnknownSource(source) | FaultKind::OutOfForce(source) | FaultKind::NotABasis(source) => {
                    places.get(&format!("{}@{source}", fault.row)).or_else(|| places.get(&fault.row))
                }
                FaultKind::ValidityReversed => places.get("@valid_until"),
                FaultKind::WrongSchema(_) => places.get("@schema"),
                _ => places.get(&fault.row),
            };
            // Of two rows with one id the later one is meant.
            let spot = match fault.kind {
                FaultKind::DuplicateId => spots.and_then(|spots| spots.last()),
                _ => spots.and_then(|spots| spots.first()),
            };
            let (file, line) = spot.cloned().unwrap_or((MANIFEST.to_owned(), 0));
            problems.push(Problem { file, line, kind: ProblemKind::Fault(fault.kind) });
        }
        if problems.is_empty() {
            return Ok(pack);
        }
    }
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Err(problems)
}

const MANIFEST: &str = "pack.toml";

pub(super) struct Author {
    folder: Folder,
    problems: Vec<Problem>,
    /// Where a row was written; `row@source` where it names a source.
    places: BTreeMap<String, Vec<(String, usize)>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    schema: Spanned<u32>,
    id: Spanned<String>,
    version: u32,
    title: Text,
    #[serde(deserialize_with = "day")]
    valid_from: Day,
    valid_until: Spanned<WrittenDay>,
    #[serde(default, rename = "note")]
    notes: Vec<Text>,
    #[serde(rename = "subject")]
    subjects: Vec<RawSubject>,
    #[serde(default, rename = "checklist")]
    checklists: Vec<RawChecklist>,
    #[serde(default, rename = "script")]
    scripts: Vec<RawScript>,
    #[serde(default)]
    rights: Vec<RawRights>,
    #[serde(default, rename = "region")]
    regions: Vec<RawRegion>,
    #[serde(default)]
    calendar: Vec<RawYear>,
    badge: RawBadge,
    gates: RawGates,
    #[serde(rename = "node")]
    nodes: Vec<RawNode>,
    recording: Option<RawRecording>,
}

#[derive(Deserialize)]
struct WrittenDay(#[serde(deserialize_with = "day")] Day);

fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Day, D::Error> {
    let written = String::deserialize(from)?;
    let expected = || serde::de::Error::custom("expected a day written \"yyyy-mm-dd\"");
    written.parse().map_err(|_| expected())
}

type RawBasis = Vec<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSources {
    #[serde(rename = "source")]
    sources: Vec<RawSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    id: Spanned<String>,
    title: Text,
    cite: String,
    status: SourceStatus,
    kind: SourceKind,
    in_force_from: Option<WrittenDay>,
    in_force_until: Option<WrittenDay>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRemedies {
    #[serde(rename = "remedy")]
    remedies: Vec<RawRemedy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRemedy {
    id: Spanned<String>,
    document: Text,
    text: Text,
    basis: RawBasis,
    #[serde(default)]
    illustrative: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSubject {
    id: Spanned<String>,
    title: Text,
    basis: RawBasis,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChecklist {
    id: Spanned<String>,
    title: Text,
    subject: String,
    file: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScript {
    id: Spanned<String>,
    version: u32,
    title: Text,
    zh: Spanned<String>,
    en: Spanned<String>,
    basis: RawBasis,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRights {
    id: Spanned<String>,
    version: u32,
    act: Act,
    zh: Spanned<String>,
    en: Spanned<String>,
    #[serde(default)]
    more: Vec<RawTranslation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTranslation {
    language: Language,
    file: Spanned<String>,
    #[serde(default)]
    illustrative: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRegion {
    id: Spanned<String>,
    title: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYear {
    id: Spanned<String>,
    year: u16,
    region: Option<Spanned<String>>,
    source: Spanned<String>,
    file: Spanned<String>,
    #[serde(default)]
    illustrative: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBadge {
    recognised_by_province: bool,
    aid_label: Text,
    complaint: Text,
    basis: RawBasis,
    stale_limit_days: RawParameter,
    expiry_warning_days: Option<Vec<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGates {
    minimum_officers: RawParameter,
    upload_hours: RawParameter,
    yearly_cap: RawParameter,
    daily_retention_months: RawParameter,
    contact_days: Option<RawParameter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParameter {
    value: Spanned<u32>,
    basis: RawBasis,
    #[serde(default)]
    illustrative: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNode {
    id: Spanned<String>,
    step: Step,
    title: Text,
    basis: RawBasis,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecording {
    gap_seconds: RawParameter,
    edge_seconds: RawParameter,
    #[serde(default, rename = "scene")]
    scenes: Vec<RawScene>,
    #[serde(default, rename = "reason")]
    reasons: Vec<RawReason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScene {
    id: Spanned<String>,
    title: Text,
    from: Step,
    until: Step,
    must_for: Vec<String>,
    basis: RawBasis,
    #[serde(default)]
    illustrative: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReason {
    id: Spanned<String>,
    title: Text,
    basis: RawBasis,
}

impl Author {
    pub(super) fn problem(&mut self, file: &str, line: usize, kind: ProblemKind) {
        self.problems.push(Problem { file: file.to_owned(), line, kind });
    }

    pub(super) fn written(&mut self, row: &str, file: &str, line: usize) {
        let spot = (file.to_owned(), line);
        self.places.entry(row.to_owned()).or_default().push(spot);
    }

    /// Reads the file named at `line` of `by`.
    pub(super) fn file(&mut self, path: &str, by: &str, line: usize) -> Option<String> {
        match self.folder.read(path) {
            Ok(text) => Some(text),
            Err(kind @ ProblemKind::Unreadable(_)) => {
                self.problem(path, 0, kind);
                None
            }
            Err(kind) => {
                self.problem(by, line, kind);
                None
            }
        }
    }

    /// A file that need not be there.
    pub(super) fn optional(&mut self, path: &str) -> Option<String> {
        match self.folder.read(path) {
            Err(ProblemKind::FileMissing(_)) => None,
            _ => self.file(path, path, 0),
        }
    }

    fn toml<T: serde::de::DeserializeOwned>(&mut self, file: &str) -> Option<(T, Lines)> {
        let text = self.file(file, file, 0)?;
        match toml::from_str(&text) {
            Ok(value) => Some((value, Lines::of(&text))),
            Err(error) => {
                let line = error.span().map_or(0, |span| Lines::of(&text).at(&span));
                self.problem(file, line, toml_problem(error.message()));
                None
            }
        }
    }

    /// Splits `source article` and remembers where each was written.
    fn basis(&mut self, row: &str, file: &str, written: &[(String, usize)]) -> Vec<Basis> {
        let mut out = Vec::new();
        for (text, line) in written {
            let (source, article) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
            self.written(&format!("{row}@{source}"), file, *line);
            out.push(Basis { source: source.to_owned(), article: article.trim().to_owned() });
        }
        out
    }

    fn toml_basis(&mut self, row: &str, file: &str, lines: &Lines, raw: &RawBasis) -> Vec<Basis> {
        let one = |b: &Spanned<String>| (b.get_ref().clone(), lines.at(&b.span()));
        let written: Vec<_> = raw.iter().map(one).collect();
        self.basis(row, file, &written)
    }

    fn read(&mut self) -> Option<Pack> {
        let manifest = self.toml::<Manifest>(MANIFEST);
        let sources = self.sources();
        let remedies = self.remedies();
        let clocks = self.clocks();
        let law = self.law();
        let forms = self.forms();
        let (raw, lines) = manifest?;
        self.written("", MANIFEST, lines.at(&raw.id.span()));
        self.written("@schema", MANIFEST, lines.at(&raw.schema.span()));
        self.written("@valid_until", MANIFEST, lines.at(&raw.valid_until.span()));
        let rows = |rows: Vec<&Spanned<String>>| -> Vec<(String, usize)> {
            let one = |id: &&Spanned<String>| (id.get_ref().clone(), lines.at(&id.span()));
            rows.iter().map(one).collect()
        };
        let mut ids = rows(raw.subjects.iter().map(|row| &row.id).collect());
        ids.extend(rows(raw.checklists.iter().map(|row| &row.id).collect()));
        ids.extend(rows(raw.scripts.iter().map(|row| &row.id).collect()));
        ids.extend(rows(raw.regions.iter().map(|row| &row.id).collect()));
        ids.extend(rows(raw.calendar.iter().map(|row| &row.id).collect()));
        ids.extend(rows(raw.nodes.iter().map(|row| &row.id).collect()));
        if let Some(recording) = &raw.recording {
            ids.extend(rows(recording.scenes.iter().map(|row| &row.id).collect()));
            ids.extend(rows(recording.reasons.iter().map(|row| &row.id).collect()));
        }
        for (id, line) in ids {
            self.written(&id, MANIFEST, line);
        }

        let subjects = raw.subjects.into_iter().map(|row| Subject {
            basis: self.toml_basis(row.id.get_ref(), MANIFEST, &lines, &row.basis),
            id: row.id.into_inner(),
            title: row.title,
        });
        let subjects = subjects.collect();
        let checklists = raw.checklists.into_iter().map(|row| Checklist {
            items: self
                .file(row.file.get_ref(), MANIFEST, lines.at(&row.file.span()))
                .map(|text| self.items(row.file.get_ref(), &text, &row.subject))
                .unwrap_or_default(),
            id: row.id.into_inner(),
            title: row.title,
        });
        let checklists = checklists.collect();
        let scripts = raw.scripts.into_iter().map(|row| {
            let mut words = |path: &Spanned<String>| {
                self.file(path.get_ref(), MANIFEST, lines.at(&path.span())).map(|text| text.trim().to_owned()).unwrap_or_default()
            };
            let text = Text { zh: words(&row.zh), en: words(&row.en) };
            Script {
                basis: self.toml_basis(row.id.get_ref(), MANIFEST, &lines, &row.basis),
                id: row.id.into_inner(),
                version: row.version,
                title: row.title,
                text,
            }
        });
        let scripts = scripts.collect();
        let rights = raw.rights.into_iter();
        let rights = rights.flat_map(|row| self.rights(row, &lines)).collect();
        let calendar = self.calendar(raw.regions, raw.calendar, &lines);
        let badge = BadgeRules {
            recognised_by_province: raw.badge.recognised_by_province,
            aid_label: raw.badge.aid_label,
            complaint: raw.badge.complaint,
            stale_limit_days: self.parameter("stale-limit-days", raw.badge.stale_limit_days, &lines),
            expiry_warning_days: raw.badge.expiry_warning_days.unwrap_or_else(super::expiry_warning_days),
            basis: self.toml_basis("", MANIFEST, &lines, &raw.badge.basis),
        };
        let gates = GateRules {
            minimum_officers: self.parameter("minimum-officers", raw.gates.minimum_officers, &lines),
            upload_hours: self.parameter("upload-hours", raw.gates.upload_hours, &lines),
            yearly_cap: self.parameter("yearly-cap", raw.gates.yearly_cap, &lines),
            daily_retention_months: self.parameter("daily-retention-months", raw.gates.daily_retention_months, &lines),
            contact_days: raw.gates.contact_days.map(|raw| self.parameter("contact-days", raw, &lines)),
        };
        let nodes = raw.nodes.into_iter().map(|row| Node {
            basis: self.toml_basis(row.id.get_ref(), MANIFEST, &lines, &row.basis),
            id: row.id.into_inner(),
            step: row.step,
            title: row.title,
        });
        let nodes = nodes.collect();
        let recording = raw.recording.map(|raw| self.recording(raw, &lines));
        Some(Pack {
            schema: raw.schema.into_inner(),
            id: raw.id.into_inner(),
            version: raw.version,
            title: raw.title,
            valid_from: raw.valid_from,
            valid_until: raw.valid_until.into_inner().0,
            notes: raw.notes,
            subjects,
            sources: sources?,
            checklists,
            scripts,
            rights,
            remedies: remedies?,
            forms_common: forms.common,
            forms: forms.forms,
            calendar,
            badge,
            gates,
            nodes,
            recording,
            clocks,
            items: law.items,
            discretion: law.discretion,
            leniency: law.leniency,
            powers: law.powers,
            review: law.review,
            thresholds: law.thresholds,
            exemptions: law.exemptions,
            retention: law.retention,
            publicity: law.publicity,
            handbook: law.handbook,
        })
    }

    /// The tables of the law, each a file of its own; a file that is not there is an empty table.
    fn law(&mut self) -> Law {
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Items {
            item: Vec<EnforcementItem>,
        }
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Powers {
            power: Vec<Power>,
        }
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Review {
            review: Vec<ReviewRow>,
        }
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Thresholds {
            threshold: Vec<Threshold>,
        }
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Exemptions {
            exemption: Vec<Exemption>,
        }
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Periods {
            retention: Vec<Retention>,
        }
        let items = self.document::<Items>("items.toml").item;
        let floors: Vec<(String, u64)> = items
            .iter()
            .flat_map(|item| &item.statutory)
            .filter_map(|band| match band.fine {
                Some(Fine::Gains { floor, .. }) => Some((band.id.clone(), floor)),
                _ => None,
            })
            .collect();
        Law {
            discretion: self.discretion(&floors),
            leniency: self.leniency(),
            powers: self.document::<Powers>("powers.toml").power,
            review: self.document::<Review>("review.toml").review,
            thresholds: self.document::<Thresholds>("thresholds.toml").threshold,
            exemptions: self.document::<Exemptions>("exemptions.toml").exemption,
            retention: self.document::<Periods>("retention.toml").retention,
            publicity: Some(self.document::<Publicity>("publicity.toml")).filter(|p| *p != Publicity::default()),
            handbook: self.handbook(),
            items,
        }
    }

    fn recording(&mut self, raw: RawRecording, lines: &Lines) -> RecordingRules {
        let scenes = raw.scenes.into_iter().map(|row| Scene {
            basis: self.toml_basis(row.id.get_ref(), MANIFEST, lines, &row.basis),
            id: row.id.into_inner(),
            title: row.title,
            from: row.from,
            until: row.until,
            must_for: row.must_for,
            illustrative: row.illustrative,
        });
        let scenes = scenes.collect();
        let reasons = raw.reasons.into_iter().map(|row| Reason {
            basis: self.toml_basis(row.id.get_ref(), MANIFEST, lines, &row.basis),
            id: row.id.into_inner(),
            title: row.title,
        });
        let reasons = reasons.collect();
        RecordingRules {
            scenes,
            reasons,
            gap_seconds: self.parameter("recording-gap-seconds", raw.gap_seconds, lines),
            edge_seconds: self.parameter("recording-edge-seconds", raw.edge_seconds, lines),
        }
    }

    fn sources(&mut self) -> Option<Vec<Source>> {
        const FILE: &str = "sources.toml";
        let (raw, lines) = self.toml::<RawSources>(FILE)?;
        let sources = raw.sources.into_iter().map(|row| {
            self.written(row.id.get_ref(), FILE, lines.at(&row.id.span()));
            Source {
                id: row.id.into_inner(),
                title: row.title,
                cite: row.cite,
                status: row.status,
                kind: Some(row.kind),
                in_force_from: row.in_force_from.map(|day| day.0),
                in_force_until: row.in_force_until.map(|day| day.0),
            }
        });
        Some(sources.collect())
    }

    fn remedies(&mut self) -> Option<Vec<Remedy>> {
        const FILE: &str = "remedies.toml";
        let (raw, lines) = self.toml::<RawRemedies>(FILE)?;
        let remedies = raw.remedies.into_iter().map(|row| {
            self.written(row.id.get_ref(), FILE, lines.at(&row.id.span()));
            Remedy {
                basis: self.toml_basis(row.id.get_ref(), FILE, &lines, &row.basis),
                id: row.id.into_inner(),
                document: row.document,
                text: row.text,
                illustrative: row.illustrative,
            }
        });
        Some(remedies.collect())
    }

    fn parameter(&mut self, id: &str, raw: RawParameter, lines: &Lines) -> Parameter {
        self.written(id, MANIFEST, lines.at(&raw.value.span()));
        Parameter {
            id: id.to_owned(),
            basis: self.toml_basis(id, MANIFEST, lines, &raw.basis),
            value: raw.value.into_inner(),
            illustrative: raw.illustrative,
        }
    }

    /// Both languages of a notification; the English file has the ids only, the basis stands in the Chinese one.
    fn rights(&mut self, row: RawRights, lines: &Lines) -> Vec<RightsText> {
        let mut bases: BTreeMap<String, Vec<Basis>> = BTreeMap::new();
        let mut out = Vec::new();
        let more = row.more.iter().map(|m| (m.language.clone(), &m.file, m.illustrative));
        for (language, path, illustrative) in
            [(Language::ZhHans, &row.zh, false), (Language::En, &row.en, false)].into_iter().chain(more)
        {
            let file = path.get_ref();
            let line = lines.at(&path.span());
            let Some(text) = self.file(file, MANIFEST, line) else {
                continue;
            };
            self.written(&place(row.id.get_ref(), &language), file, 1);
            let (title, sections) = self.sections(file, &text);
            let mut items = Vec::new();
            for section in sections {
                self.written(&place(&section.id, &language), file, section.line);
                let basis = if language == Language::ZhHans {
                    let basis = self.basis(&section.id, file, &section.basis);
                    bases.insert(section.id.clone(), basis.clone());
                    basis
                } else {
                    bases.get(&section.id).cloned().unwrap_or_default()
                };
                items.push(RightsItem { id: section.id, text: section.text, basis });
            }
            out.push(RightsText {
                id: row.id.get_ref().clone(),
                version: row.version,
                act: row.act,
                language,
                title,
                items,
                illustrative,
            });
        }
        out
    }

    fn calendar(&mut self, regions: Vec<RawRegion>, years: Vec<RawYear>, lines: &Lines) -> Calendar {
        let mut calendar = Calendar {
            national: Vec::new(),
            regions: regions
                .into_iter()
                .map(|row| Region { id: row.id.into_inner(), title: row.title, years: Vec::new() })
                .collect(),
        };
        for row in years {
            let line = lines.at(&row.source.span());
            self.written(&format!("{}@{}", row.id.get_ref(), row.source.get_ref()), MANIFEST, line);
            let file = row.file.get_ref();
            let (off, work) =
                self.file(file, MANIFEST, lines.at(&row.file.span())).map(|text| self.days(file, &text)).unwrap_or_default();
            let year = Year {
                id: row.id.into_inner(),
                year: row.year,
                source: row.source.into_inner(),
                illustrative: row.illustrative,
                off,
                work,
            };
            let Some(region) = row.region else {
                calendar.national.push(year);
                continue;
            };
            let mut known = calendar.regions.iter_mut();
            match known.find(|known| known.id == *region.get_ref()) {
                Some(known) => known.years.push(year),
                None => {
                    let kind = ProblemKind::BadValue { field: "region".to_owned(), expected: "[[region]] id".to_owned() };
                    self.problem(MANIFEST, lines.at(&region.span()), kind);
                }
            }
        }
        calendar
    }
}

/// The tables of the law.
struct Law {
    items: Vec<EnforcementItem>,
    discretion: Vec<DiscretionRow>,
    leniency: Vec<LeniencyRow>,
    powers: Vec<Power>,
    review: Vec<ReviewRow>,
    thresholds: Vec<Threshold>,
    exemptions: Vec<Exemption>,
    retention: Vec<Retention>,
    publicity: Option<Publicity>,
    handbook: Vec<Page>,
}

/// The parts between semicolons, trimmed, without empty ones.
pub(super) fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '；']).map(str::trim).filter(|part| !part.is_empty())
}

/// Line numbers of byte offsets.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        Lines(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn at(&self, span: &std::ops::Range<usize>) -> usize {
        self.0.partition_point(|end| *end < span.start) + 1
    }
}

/// The toml crate names unknown and missing fields only in its message.
fn toml_problem(message: &str) -> ProblemKind {
    let quoted = |prefix: &str| {
        let (name, _) = message.strip_prefix(prefix)?.split_once('`')?;
        Some(name.to_owned())
    };
    if let Some(name) = quoted("unknown field `") {
        return ProblemKind::UnknownField(name);
    }
    match quoted("missing field `").as_deref() {
        Some("zh") => ProblemKind::Fault(FaultKind::MissingText(Language::ZhHans)),
        Some("en") => ProblemKind::Fault(FaultKind::MissingText(Language::En)),
        Some("basis" | "source") => ProblemKind::Fault(FaultKind::MissingSource),
        Some(name) => ProblemKind::MissingField(name.to_owned()),
        None => ProblemKind::Syntax(message.to_owned()),
    }
}
