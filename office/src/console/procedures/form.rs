//! The form of a step: which of its fields a person fills, with what is known in them; and the step that the form says.

use super::choice;
use crate::console::register::posted::Said;
use crate::error::{OfficeError, Result};
use crate::procedure::DISCRETION;
use crate::text::CONSOLE;
use mingzheng_core::document::amount;
use mingzheng_core::pack::{Pack, PenaltyKind};
use mingzheng_core::procedure::{Act, ReviewItem, ServiceWay, Step};
use serde_json::{Value, json};

/// A field of a form.
pub(super) struct Input {
    /// Where it stands in the step (a JSON pointer).
    pub(super) name: String,
    pub(super) title: String,
    pub(super) value: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// A title over it and what follows.
    pub(super) head: Option<String>,
}

/// How a field is filled and read.
#[derive(PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Several lines; in the step a text.
    Long,
    /// One entry a line; in the step a list of texts.
    Lines,
    /// One person a line, name and number with a space between.
    People,
    Day,
    /// Yuan; in the step fen.
    Yuan,
    Tick,
    /// Value and title; the empty value is none.
    Pick(Vec<(String, String)>),
    /// The same, each on its own line.
    Choose(Vec<(String, String)>),
}

pub(super) struct Form<'a> {
    step: Value,
    said: &'a Said,
    all: Vec<Input>,
    head: Option<String>,
}

impl Form<'_> {
    pub(super) fn add(&mut self, name: &str, text: &str, kind: Kind, required: bool) {
        self.titled(name, CONSOLE.both(&format!("proc.field.{text}")), kind, required);
    }

    pub(super) fn titled(&mut self, name: &str, title: String, kind: Kind, required: bool) {
        let known = self.step.pointer(name).unwrap_or(&Value::Null);
        // A form that comes back shows what was said in it; a tick that is absent was taken away.
        let again = !self.said.0.is_empty();
        let value = if again { self.said.all(name).into_iter().next().unwrap_or_default() } else { shown(known, &kind) };
        self.all.push(Input { name: name.into(), title, value, kind, required, head: self.head.take() });
    }

    pub(super) fn head(&mut self, text: &str) {
        self.head = Some(CONSOLE.both(&format!("proc.field.{text}")));
    }

    fn service(&mut self) {
        let ways = ServiceWay::ALL.map(|w| word(json!(w), "way")).to_vec();
        self.add("/service/way", "way", Kind::Pick(ways), true);
        self.add("/service/receiver", "receiver", Kind::Text, false);
        self.add("/service/witness", "witness", Kind::Text, false);
        self.add("/service/proof", "proof", Kind::Text, false);
        self.add("/service/confirmation", "confirmation", Kind::Text, false);
    }
}

pub(super) fn word(value: Value, kind: &str) -> (String, String) {
    let name = value.as_str().unwrap_or_default().to_owned();
    let title = CONSOLE.plain(&format!("proc.{kind}.{name}"));
    (name, title)
}

fn shown(value: &Value, kind: &Kind) -> String {
    match (value, kind) {
        (Value::Bool(b), _) => if *b { "yes" } else { "" }.into(),
        (Value::Number(n), Kind::Yuan) => amount::figures(n.as_u64().unwrap_or(0)).replace(',', ""),
        (Value::Number(n), Kind::Day) => day(n.as_u64().unwrap_or(0)),
        (Value::Number(n), _) => n.to_string(),
        (Value::String(s), _) => s.clone(),
        (Value::Array(a), Kind::People) => {
            let text = |v: &Value, f: &str| v.get(f).and_then(Value::as_str).unwrap_or_default().to_owned();
            a.iter().map(|p| format!("{} {}", text(p, "name"), text(p, "number"))).collect::<Vec<_>>().join("\n")
        }
        (Value::Array(a), _) => a.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

fn day(n: u64) -> String {
    format!("{:04}-{:02}-{:02}", n / 10_000, n / 100 % 100, n % 100)
}

/// How many penalties a form takes.
const PENALTIES: usize = 4;

/// The step as JSON, with the texts that only an example would say taken out.
fn blank(filled: &Step) -> Result<Value> {
    let mut step = serde_json::to_value(filled).map_err(|e| OfficeError::Settings(e.to_string()))?;
    if let Some(proposal) = step.pointer_mut("/proposal").filter(|_| matches!(filled.act, Act::Investigated { .. })) {
        // No amount is chosen by the machine.
        if proposal.get("discretion").and_then(Value::as_str) == Some(DISCRETION) {
            let known: Vec<Value> =
                proposal.get("chosen").and_then(Value::as_array).into_iter().flatten().map(choice::unchosen).collect();
            *proposal = json!({"penalties": [], "discretion": "", "correction": null, "chosen": known});
        }
    }
    choice::open(&mut step);
    let known: &[&str] = match &filled.act {
        Act::Investigated { charges, .. } if charges.iter().all(|c| c.item.starts_with("weisheng-jiandu@1#执法")) => {
            &["/charges/0/item", "/charges/0/fact", "/charges/0/violated", "/charges/0/penalty_basis", "/charges/0/evidence"]
        }
        Act::NoticeServed { .. } | Act::DecisionServed { .. } | Act::Urged { .. } => &["/service/receiver"],
        Act::Defended { .. } => &["/speaker", "/content"],
        Act::DefenceWaived { .. } => &["/speaker", "/proof"],
        Act::DefenceWeighed { .. } => &["/opinion"],
        Act::HearingRequested { .. } => &["/speaker"],
        Act::HearingNoticed { .. } => &["/presider/name", "/presider/number", "/service/receiver"],
        Act::HearingHeld { .. } => &["/record"],
        Act::Reviewed { .. } => {
            // Each content is examined by a person: nothing is said beforehand.
            for n in 0..ReviewItem::ALL.len() {
                if let Some(good) = step.pointer_mut(&format!("/review/items/{n}/1")) {
                    *good = Value::Null;
                }
            }
            &["/review/reviewer/name", "/review/reviewer/number", "/review/qualified", "/review/opinion", "/review/says"]
        }
        Act::ReviewAsked { .. } => &["/materials"],
        Act::ReviewDisputed { .. } => &["/view", "/outcome"],
        Act::Extended { .. } => &["/basis"],
        Act::Discussed { .. } => &["/members", "/outcome"],
        Act::Decided { .. } => &["/number"],
        Act::Paid { .. } => &["/receipt"],
        Act::Performed { .. } => &["/what"],
        Act::CourtApplied { .. } => &["/court"],
        Act::Referred { .. } => &["/to", "/crime"],
        Act::Recused { .. } => &["/takes_over/name", "/takes_over/number"],
        _ => &[],
    };
    for name in known.iter().chain(&["/reason", "/decided_by/name", "/decided_by/number"]) {
        if let Some(value) = step.pointer_mut(name) {
            *value = match value {
                Value::Array(_) => json!([]),
                Value::Bool(_) => json!(false),
                _ => json!(""),
            };
        }
    }
    Ok(step)
}

/// The fields of a step.
pub(super) fn inputs(filled: &Step, said: &Said, pack: &Pack) -> Result<Vec<Input>> {
    let step = blank(filled)?;
    let charges = step.pointer("/charges").and_then(Value::as_array).map_or(0, Vec::len);
    let mut f = Form { step, said, all: vec![], head: None };
    match &filled.act {
        Act::Accepted { .. } | Act::NotFiled | Act::ReviewExtended | Act::Closed => {}
        Act::ReviewAsked { .. } => f.add("/materials", "materials", Kind::Long, true),
        Act::ReviewDisputed { .. } => {
            f.add("/view", "view", Kind::Long, true);
            f.add("/outcome", "settled", Kind::Long, true);
        }
        Act::Filed { .. } => f.add("/investigators", "investigators", Kind::People, true),
        Act::Recused { .. } => {
            for (name, text) in [("/leaves", "leaves"), ("/takes_over", "takes_over")] {
                f.head(text);
                f.add(&format!("{name}/name"), "name", Kind::Text, true);
                f.add(&format!("{name}/number"), "certificate", Kind::Text, true);
            }
        }
        Act::Investigated { charges: known, .. } => {
            for n in 0..charges {
                f.head("charge");
                f.add(&format!("/charges/{n}/item"), "item", Kind::Text, false);
                f.add(&format!("/charges/{n}/fact"), "fact", Kind::Long, true);
                f.add(&format!("/charges/{n}/violated"), "violated", Kind::Text, false);
                f.add(&format!("/charges/{n}/penalty_basis"), "penalty_basis", Kind::Text, false);
                f.add(&format!("/charges/{n}/evidence"), "evidence", Kind::Lines, true);
            }
            for (n, charge) in known.iter().enumerate() {
                let typed = said.text(&format!("/charges/{n}/item"));
                choice::inputs(&mut f, n, if typed.is_empty() { &charge.item } else { &typed }, pack);
            }
            f.head("proposal");
            for n in 0..PENALTIES {
                let kinds = PenaltyKind::ALL.map(|k| {
                    let (zh, en) = k.word();
                    (json!(k).as_str().unwrap_or_default().to_owned(), format!("{zh} {en}"))
                });
                let of = (0..charges.max(1)).map(|c| (c.to_string(), format!("{}", c + 1))).collect();
                f.add(&format!("/proposal/penalties/{n}/kind"), "penalty", Kind::Pick(kinds.to_vec()), false);
                f.add(&format!("/proposal/penalties/{n}/fen"), "yuan", Kind::Yuan, false);
                f.add(&format!("/proposal/penalties/{n}/charge"), "of_charge", Kind::Pick(of), false);
            }
            f.add("/proposal/discretion", "discretion", Kind::Long, false);
            f.add("/proposal/correction", "correction", Kind::Day, false);
        }
        Act::Deliberated { .. } => f.add("/members", "members", Kind::People, true),
        Act::Notified { .. } => {
            f.add("/defence_until", "defence_until", Kind::Day, true);
            f.add("/hearing", "hearing", Kind::Tick, false);
        }
        Act::NoticeServed { .. } | Act::DecisionServed { .. } | Act::Urged { .. } => f.service(),
        Act::Defended { .. } => {
            f.add("/speaker", "speaker", Kind::Text, true);
            f.add("/content", "content", Kind::Long, true);
        }
        Act::DefenceWaived { .. } => {
            f.add("/speaker", "speaker", Kind::Text, true);
            f.add("/proof", "waiver", Kind::Text, true);
        }
        Act::DefenceWeighed { .. } => {
            f.add("/adopted", "adopted", Kind::Tick, false);
            f.add("/opinion", "opinion", Kind::Long, true);
        }
        Act::HearingRequested { .. } => f.add("/speaker", "speaker", Kind::Text, true),
        Act::HearingNoticed { .. } => {
            f.add("/hearing", "hearing_day", Kind::Day, true);
            f.add("/presider/name", "presider", Kind::Text, true);
            f.add("/presider/number", "certificate", Kind::Text, true);
            f.service();
        }
        Act::HearingHeld { .. } => f.add("/record", "record", Kind::Text, true),
        Act::HearingEnded { .. } => {
            let why = ["withdrawn", "absent"].map(|w| word(json!(w), "ended")).to_vec();
            f.add("/why", "why", Kind::Pick(why), true);
        }
        Act::Reviewed { .. } => {
            f.add("/review/reviewer/name", "reviewer", Kind::Text, true);
            f.add("/review/reviewer/number", "certificate", Kind::Text, true);
            f.add("/review/first_time", "first_time", Kind::Tick, false);
            f.add("/review/qualified", "qualified", Kind::Tick, false);
            for (n, item) in ReviewItem::ALL.iter().enumerate() {
                f.head = Some(CONSOLE.both(&format!("proc.review.{}", json!(item).as_str().unwrap_or_default())));
                let found = ["yes", "no"].map(|w| word(json!(w), "found")).to_vec();
                f.add(&format!("/review/items/{n}/1"), "in_order", Kind::Pick(found), false);
                f.add(&format!("/review/items/{n}/2"), "remark", Kind::Text, false);
            }
            f.head("opinion");
            let opinions = ["agreed", "problems"].map(|w| word(json!(w), "opinion")).to_vec();
            f.add("/review/opinion", "opinion", Kind::Pick(opinions), true);
            f.add("/review/says", "says", Kind::Long, false);
        }
        Act::Extended { .. } => {
            f.add("/until", "until", Kind::Day, true);
            f.add("/basis", "basis", Kind::Text, true);
        }
        Act::Discussed { .. } => {
            f.add("/members", "members", Kind::People, true);
            f.add("/outcome", "outcome", Kind::Long, true);
        }
        Act::Decided { .. } => f.add("/number", "decision_number", Kind::Text, true),
        Act::Paid { .. } => {
            f.add("/receipt", "receipt", Kind::Text, true);
            f.add("/fen", "yuan", Kind::Yuan, true);
        }
        Act::Performed { .. } => f.add("/what", "what", Kind::Long, true),
        Act::CourtApplied { .. } => f.add("/court", "court", Kind::Text, true),
        Act::Referred { .. } => {
            f.add("/to", "to", Kind::Text, true);
            f.add("/crime", "crime", Kind::Tick, false);
        }
    }
    f.head("recorded");
    f.add("/day", "day", Kind::Day, true);
    f.add("/by/name", "by", Kind::Text, true);
    f.add("/by/number", "certificate", Kind::Text, false);
    f.add("/decided_by/name", "decided_by", Kind::Text, false);
    f.add("/decided_by/number", "certificate", Kind::Text, false);
    f.add("/paper", "paper", Kind::Text, false);
    f.add("/reason", "reason", Kind::Long, false);
    Ok(f.all)
}

/// The step that a form says: the known one, with its fields replaced.
pub(super) fn step(filled: &Step, said: &Said, pack: &Pack) -> Result<Step> {
    let mut step = blank(filled)?;
    let rows = json!({"kind": "", "fen": null, "charge": 0});
    if let Some(list) = step
        .pointer_mut("/proposal/penalties")
        .and_then(Value::as_array_mut)
        .filter(|_| matches!(filled.act, Act::Investigated { .. }))
    {
        list.resize(PENALTIES, rows);
    }
    for input in inputs(filled, said, pack)? {
        let value = read(&input, &said.text(&input.name))?;
        if let Some(place) = step.pointer_mut(&input.name) {
            *place = value;
        }
    }
    if let Some(items) = step.pointer_mut("/review/items").and_then(Value::as_array_mut) {
        // What was not examined is not said to be; the gate counts it.
        items.retain(|i| i.get(1).is_some_and(Value::is_boolean));
    }
    if let Some(list) = step.pointer_mut("/proposal/penalties").and_then(Value::as_array_mut) {
        list.retain(|p| p.get("kind").and_then(Value::as_str).is_some_and(|k| !k.is_empty()));
    }
    choice::close(&mut step, pack);
    let nobody = step.pointer("/decided_by/name").and_then(Value::as_str).is_none_or(str::is_empty);
    if let Some(place) = step.pointer_mut("/decided_by").filter(|_| nobody) {
        *place = Value::Null;
    }
    serde_json::from_value(step).map_err(|e| OfficeError::Settings(e.to_string()))
}

fn read(input: &Input, text: &str) -> Result<Value> {
    let wrong = || OfficeError::Settings(format!("“{text}”不能识别 cannot be read: {}", input.name));
    let lines = || text.lines().map(str::trim).filter(|l| !l.is_empty());
    let optional = matches!(input.name.as_str(), "/service/witness" | "/service/proof" | "/service/confirmation" | "/paper");
    Ok(match &input.kind {
        Kind::Tick => json!(text == "yes"),
        Kind::Lines => lines().collect(),
        Kind::People => lines()
            .map(|l| {
                let (name, number) = l.split_once(char::is_whitespace).unwrap_or((l, ""));
                json!({"name": name, "number": number.trim()})
            })
            .collect(),
        Kind::Day if text.is_empty() => Value::Null,
        Kind::Day => {
            let day: mingzheng_core::calendar::Day = text.parse().map_err(|_| wrong())?;
            json!(day.number())
        }
        Kind::Yuan if text.is_empty() => Value::Null,
        Kind::Yuan => json!(amount::parse(text).ok_or_else(wrong)?),
        Kind::Pick(_) if input.name.starts_with("/review/items/") => match text {
            "yes" => json!(true),
            "no" => json!(false),
            _ => Value::Null,
        },
        Kind::Pick(_) | Kind::Choose(_) | Kind::Text if input.name.contains("/chosen/") => {
            choice::read(&input.name, text).ok_or_else(wrong)?
        }
        Kind::Pick(_) if input.name.ends_with("/charge") => json!(text.parse::<u32>().unwrap_or(0)),
        Kind::Text | Kind::Long | Kind::Pick(_) | Kind::Choose(_) if optional && text.is_empty() => Value::Null,
        Kind::Text | Kind::Long | Kind::Pick(_) | Kind::Choose(_) => json!(text),
    })
}
