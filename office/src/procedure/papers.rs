//! The papers of a case: forms of the pack, filled from its steps and its inspection; nothing is typed twice (requirements §D, §G).
//!
//! A paper is made when it is asked for, of the steps up to its own and by the pack that judged that step: later steps and packs do not change it.

use super::applied::applied;
use super::draft::draft;
use super::issued::{Added, Issued, issued, valid};
use super::keep::Procedure;
use crate::cases;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::papers::{ZONE_MIN, fonts};
use crate::rights;
use crate::text::CONSOLE;
use mingzheng_core::calendar::{Day, WorkingDays};
use mingzheng_core::document::amount::{capitals, figures};
use mingzheng_core::document::facts::Moment;
use mingzheng_core::document::form::{Filled, FormPage, fill, paper};
use mingzheng_core::id::Id;
use mingzheng_core::inspection::fold;
use mingzheng_core::pack::{Pack, PenaltyKind, Person, Text};
use mingzheng_core::procedure::{Act, Actor, Case, Charge, Defence, Opinion, Proposal, Review, Service, ServiceWay, Step};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The form of the pack that carries a step, where one does.
pub(super) fn form_of(act: &Act) -> Option<&'static str> {
    Some(match act {
        Act::Accepted { .. } => "shouli-jilu",
        Act::Filed { .. } => "lian-baogao",
        Act::Investigated { .. } => "diaocha-zhongjie",
        Act::Deliberated { .. } => "heyi-jilu",
        Act::Notified { hearing: false, .. } => "shixian-gaozhi",
        Act::Notified { hearing: true, .. } => "tingzheng-gaozhi",
        Act::NoticeServed { .. } | Act::DecisionServed { .. } => "songda-huizheng",
        // 放弃 is said in the same record as what else the party says, with that content.
        Act::Defended { .. } | Act::DefenceWaived { .. } => "shenbian-bilu",
        Act::Reviewed { .. } => "fazhi-shenhe",
        Act::Discussed { .. } => "jiti-taolun",
        Act::Decided { .. } => "chufa-jueding",
        Act::Closed => "jiean-baogao",
        _ => return None,
    })
}

/// The paper of a step, as far as it is filled.
pub struct Paper {
    /// Which step, from 0.
    pub n: usize,
    /// Row of the pack.
    pub form: &'static str,
    /// Its title.
    pub title: Text,
    /// What it says, and what is missing.
    pub filled: Filled,
    /// 文号, where it has one.
    pub number: Option<String>,
    /// As it was made, if it was.
    pub made: Option<Issued>,
    pack: Arc<Pack>,
    at: i64,
}

/// The papers of a case; `added` is what a person adds to the paper of one step.
///
/// # Errors
/// [`OfficeError`].
pub fn papers(office: &Office, p: &Procedure, added: Option<(usize, &Added<'_>)>) -> Result<Vec<Paper>> {
    let known = office.store.read(|c| issued(c, p.id))?;
    let mut all = Vec::new();
    for (n, kept) in p.steps.iter().enumerate() {
        let Some(form) = form_of(&kept.step.act) else { continue };
        let Some(pack) = rights::of_digest(office, kept.pack)? else { continue };
        let Some(row) = pack.form(form) else { continue };
        let before: Vec<&Step> = p.plain().take(n + 1).collect();
        let Some(case) = Case::fold(before.iter().copied()) else { continue };
        let days = match office.settings.region.as_deref().and_then(|r| pack.calendar.region(r)) {
            Some(days) => days,
            None => pack.calendar.national(),
        };
        let telling = Telling { office, number: &p.number, steps: &before, case: &case, pack: &pack, days: &days };
        let mut said = telling.said(&kept.step, kept.at);
        let mut facts = telling.known(&kept.step)?;
        let added = added.filter(|(of, _)| *of == n).map(|(_, added)| added);
        if let Some(added) = added {
            said.extend(added.typed.iter().map(|(k, v)| (k.clone(), v.clone())));
            if let Some((place, number)) = facts.get_mut("number").zip(added.number) {
                *place = number.into();
            }
        }
        let number = facts.get("number").and_then(Value::as_str).map(str::to_owned);
        let filled = fill(&pack, row, &facts, &said);
        let made = valid(&known, n).cloned();
        all.push(Paper { n, form, title: row.title.clone(), filled, number, made, pack: Arc::clone(&pack), at: kept.at });
    }
    Ok(all)
}

impl Paper {
    /// The paper as PDF/A-3a + PDF/UA-1, to be signed by hand; the same steps give the same bytes.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] names what is missing or cannot stand on it; [`OfficeError::Document`].
    pub fn pdf(&self, office: &Office) -> Result<Vec<u8>> {
        let facts = self.filled.ready().map_err(|_| OfficeError::Settings(self.lacks()))?.clone();
        let page = FormPage { facts, closing: None, presented: None, trust_root: Some(office.fingerprint()?.to_string()) };
        let at = Moment { ms: self.at, offset_min: ZONE_MIN };
        Ok(paper(&self.pack, self.form, &page, at, &fonts(&office.settings.font_dir)?, Vec::new())?)
    }

    /// What keeps it from being printed, in words; empty when nothing does.
    #[must_use]
    pub fn lacks(&self) -> String {
        let missing = self.filled.missing.iter().map(|m| {
            let row = m.row.map_or_else(String::new, |r| format!(" {r}"));
            format!("缺 missing {}{row} {} {}", m.field, m.title.zh, m.title.en)
        });
        missing.chain(self.filled.faults.iter().map(ToString::to_string)).collect::<Vec<_>>().join("；")
    }
}

struct Telling<'a> {
    office: &'a Office,
    number: &'a str,
    steps: &'a [&'a Step],
    case: &'a Case,
    pack: &'a Pack,
    days: &'a WorkingDays,
}

fn zh(day: Day) -> String {
    let n = day.number();
    format!("{}年{}月{}日", n / 10_000, n / 100 % 100, n % 100)
}

fn money(fen: u64) -> String {
    format!("人民币{}（￥{}）", capitals(fen), figures(fen))
}

pub(crate) fn penalties(proposal: &Proposal) -> String {
    let one = |kind: PenaltyKind| {
        let word = kind.word().0;
        match proposal.of(kind) {
            0 => word.to_owned(),
            fen => format!("{word}{}", money(fen)),
        }
    };
    let kinds: Vec<String> = PenaltyKind::ALL.into_iter().filter(|k| proposal.has(*k)).map(one).collect();
    if kinds.is_empty() { "不予行政处罚。".into() } else { format!("{}。", kinds.join("，并处")) }
}

/// One line each, numbered where there are several.
fn lines(all: &[String]) -> String {
    match all {
        [one] => one.clone(),
        _ => all.iter().zip(1..).map(|(t, n)| format!("{n}. {t}")).collect::<Vec<_>>().join("\n"),
    }
}

fn distinct(all: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for text in all.filter(|t| !t.trim().is_empty()) {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join("；")
}

fn people(actors: &[Actor]) -> Value {
    actors.iter().map(|a| json!({"name": a.name, "certificate": a.number})).collect()
}

impl Telling<'_> {
    fn last(&self, is: impl Fn(&Act) -> bool) -> Option<&Step> {
        self.steps.iter().rev().copied().find(|s| is(&s.act))
    }

    /// What the case, its inspection and the office know.
    fn known(&self, step: &Step) -> Result<Value> {
        let settings = &self.office.settings;
        let charges = self.charges()?;
        let proposal = match &step.act {
            Act::Notified { proposal, .. } | Act::Decided { proposal, .. } => Some(proposal),
            _ => self.case.decision.as_ref().map(|d| &d.proposal).or(self.case.proposal.as_ref()),
        };
        let decision = self.case.decision.as_ref();
        let accepted = self.steps.first();
        let source = accepted.and_then(|s| if let Act::Accepted { source, .. } = &s.act { Some(source.clone()) } else { None });
        let number = match &step.act {
            Act::Decided { number, .. } => Some(number.clone()),
            _ => step.paper.clone().or_else(|| matches!(step.act, Act::Filed { .. }).then(|| self.number.to_owned())),
        };
        let evidence: Vec<Value> = charges
            .iter()
            .flat_map(|c| c.evidence.iter().map(|e| (e, &c.fact)))
            .zip(1..)
            .map(|((e, fact), n)| json!({"no": format!("证据{n}"), "name": e, "proves": fact}))
            .collect();
        let paid = self.steps.iter().filter_map(|s| match &s.act {
            Act::Paid { receipt, fen } => Some(format!("当事人于{}缴纳罚款{}（票据{receipt}）", zh(s.day), money(*fen))),
            _ => None,
        });
        let performed: Vec<String> = self
            .steps
            .iter()
            .filter_map(|s| if let Act::Performed { what } = &s.act { Some(format!("{}：{what}", zh(s.day))) } else { None })
            .collect();
        let facts = lines(&charges.iter().map(|c| c.fact.clone()).collect::<Vec<_>>());
        let done = distinct(paid.chain(performed.iter().cloned()));
        Ok(json!({
            "organ": self.office.trust.organ,
            "number": number,
            "today": step.day.number(),
            "officers": people(&self.case.investigators),
            "recorder": step.by.name,
            "party": self.party()?,
            "complaint": {"unit": self.office.trust.organ, "phone": settings.complaint_phone},
            "slots": {"government": settings.government, "court": settings.court},
            "served": self.served(step),
            "review": if let Act::Reviewed { review } = &step.act { Some(reviewed(review)) } else { None },
            "case": {
                "number": self.number,
                "cause": self.case.matter,
                "source": source,
                "received": self.case.accepted.number(),
                "summary": accepted.map(|s| s.reason.clone()).filter(|r| !r.trim().is_empty()).unwrap_or_else(|| facts.clone()),
                "facts": facts,
                "violated": distinct(charges.iter().map(|c| c.violated.clone())),
                "penalty_basis": distinct(charges.iter().map(|c| c.penalty_basis.clone())),
                "evidence": evidence,
                "evidence_text": lines(&charges.iter().flat_map(|c| c.evidence.clone()).collect::<Vec<_>>()),
                "opened": self.case.filed.map(Day::number),
                "circumstances": self.last(|a| matches!(a, Act::Investigated { .. })).map(|s| s.reason.clone()),
                "discretion": proposal.map(|p| applied(self.pack, p)),
                "correction": proposal.and_then(|p| p.correction).map(|d| format!("责令于{}前改正上述违法行为。", zh(d))),
                "proposed": proposal.map(penalties),
                "contact": settings.contact,
                "defence_days": self.defence_days(),
                "notice_number": self.last(|a| matches!(a, Act::Notified { .. })).and_then(|s| s.paper.clone()),
                "defence_text": self.heard(),
                "decision": proposal.map(penalties),
                "fine": proposal.map(Proposal::fine).filter(|f| *f > 0),
                "payment": settings.payment,
                "decided_on": decision.map(|d| d.day.number()),
                "decision_number": decision.map(|d| d.number.clone()),
                "served_on": decision.and_then(|d| d.served).map(Day::number),
                "outcome": decision.map(|d| format!("{}本机关于{}作出行政处罚决定（{}）：{}", sentence(&facts), zh(d.day), d.number, penalties(&d.proposal))),
                "performance": done,
                "reinspection": lines(&performed),
                "closing_ground": decision.map(|d| if d.proposal.penalties.is_empty() { "none" } else if self.case.court.is_some() { "other" } else { "performed" }),
            },
        }))
    }

    /// What the step itself says in the fields that nothing else fills.
    fn said(&self, step: &Step, at: i64) -> Map<String, Value> {
        let said = match &step.act {
            Act::NoticeServed { service } | Act::DecisionServed { service } => serving(service, step.day, at),
            Act::Defended { by, content } => json!({"speaker": by, "content": content}),
            Act::DefenceWaived { by, proof } => {
                let said = format!("当事人已知悉事先告知的内容和依法享有的陈述、申辩权利，明确表示放弃陈述、申辩。凭据：{proof}");
                json!({"speaker": by, "content": sentence(&said)})
            }
            Act::Accepted { .. } => json!({"received_at": on_day(step.day, at)}),
            Act::Discussed { outcome, .. } => json!({"decision": outcome}),
            _ => Value::Null,
        };
        match said {
            Value::Object(map) => map.into_iter().filter(|(_, v)| !v.is_null()).collect(),
            _ => Map::new(),
        }
    }

    /// The charges; before the investigation is over what the inspection found.
    fn charges(&self) -> Result<Vec<Charge>> {
        match self.inspection() {
            Some(inspection) if self.case.charges.is_empty() => Ok(draft(self.office, Some(self.pack), inspection)?.charges),
            _ => Ok(self.case.charges.clone()),
        }
    }

    fn inspection(&self) -> Option<Id> {
        self.case.inspection.as_deref().and_then(Id::from_hex)
    }

    fn party(&self) -> Result<Value> {
        let party = &self.case.party;
        let enterprise = match self.inspection() {
            Some(i) => {
                let entries: Vec<_> = cases::entries(self.office, i)?.into_iter().map(|h| h.entry).collect();
                fold(&entries).task.map(|t| t.enterprise).filter(|e| e.name == party.name)
            }
            None => None,
        };
        Ok(match (party.kind, enterprise) {
            (Person::Citizen, e) => {
                json!({"kind": "person", "name": party.name, "id_number": party.code, "phone": e.map(|e| e.phone)})
            }
            (Person::Organisation, Some(e)) => json!({
                "kind": "unit", "name": party.name, "code": party.code, "legal_representative": e.legal_representative, "address": e.address,
                "phone": e.phone,
            }),
            (Person::Organisation, None) => json!({"kind": "unit", "name": party.name, "code": party.code}),
        })
    }

    fn served(&self, step: &Step) -> Value {
        let (title, number) = match &step.act {
            Act::NoticeServed { .. } => {
                let notice = self.last(|a| matches!(a, Act::Notified { .. }));
                (notice.and_then(|s| form_of(&s.act)), notice.and_then(|s| s.paper.clone()))
            }
            Act::DecisionServed { .. } => (Some("chufa-jueding"), self.case.decision.as_ref().map(|d| d.number.clone())),
            _ => return Value::Null,
        };
        let title = title.and_then(|id| self.pack.form(id)).map(|f| f.title.zh.clone());
        json!([{"title": title, "number": number, "copies": 1}])
    }

    /// Working days that the notice leaves, its own day not counted.
    fn defence_days(&self) -> Option<u64> {
        let notice = self.case.notice.as_ref()?;
        let told = self.last(|a| matches!(a, Act::Notified { .. }))?.day;
        let days = told.date().iter_days().skip(1).take_while(|d| *d <= notice.defence_until.date());
        let working = days.filter_map(|d| Day::try_from(d).ok()).filter(|d| self.days.is_working_day(*d).working).count();
        u64::try_from(working).ok().filter(|n| *n > 0)
    }

    /// 告知、陈述申辩、听证及采纳情况, in the words of the decision.
    fn heard(&self) -> Option<String> {
        let notice = self.case.notice.as_ref()?;
        let served = notice.served?;
        let number = self.last(|a| matches!(a, Act::Notified { .. })).and_then(|s| s.paper.clone());
        let number = number.map_or_else(String::new, |n| format!("（{n}）"));
        let mut out = format!(
            "本机关于{}向当事人送达事先告知书{number}，告知拟作出处罚的内容、事实、理由、依据和陈述申辩的权利。",
            zh(served)
        );
        out += &match &self.case.defence {
            Defence::Waived(day) => format!("当事人于{}明确表示放弃陈述申辩。", zh(*day)),
            Defence::Open => "当事人在告知的期限内没有提出陈述申辩。".to_owned(),
            Defence::Made(day) => format!("当事人于{}提出陈述申辩。", zh(*day)),
            Defence::Weighed(_) => self.weighed(),
        };
        match &self.case.hearing {
            Some(h) if h.held => out += &format!("应当事人要求，本机关于{}举行了听证。", h.over.map_or_else(String::new, zh)),
            Some(_) => out += "当事人申请听证后撤回申请或者无正当理由不出席。",
            None if notice.hearing => out += "当事人在法定期限内没有申请听证。",
            None => {}
        }
        Some(out)
    }

    fn weighed(&self) -> String {
        let said = self.last(|a| matches!(a, Act::Defended { .. })).map(|s| match &s.act {
            Act::Defended { content, .. } => format!("当事人于{}提出陈述申辩：{}", zh(s.day), sentence(content)),
            _ => String::new(),
        });
        let weighed = self.last(|a| matches!(a, Act::DefenceWeighed { .. })).map(|s| match &s.act {
            Act::DefenceWeighed { adopted, opinion } => {
                format!("经复核，{}：{}", if *adopted { "予以采纳" } else { "不予采纳" }, sentence(opinion))
            }
            _ => String::new(),
        });
        format!("{}{}", said.unwrap_or_default(), weighed.unwrap_or_default())
    }
}

/// A sentence with its full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['。', '！', '？']) { text.to_owned() } else { format!("{text}。") }
}

/// The moment of recording, where that is the step's own day.
fn on_day(day: Day, at: i64) -> Option<Value> {
    (Day::in_china(at) == Some(day)).then(|| json!({"ms": at, "offset_min": ZONE_MIN}))
}

fn serving(s: &Service, day: Day, at: i64) -> Value {
    let way = match s.way {
        ServiceWay::Direct => Some("direct"),
        ServiceWay::Left => Some("left"),
        ServiceWay::Post => Some("mail"),
        ServiceWay::Electronic => Some("electronic"),
        ServiceWay::Delegated => Some("entrusted"),
        ServiceWay::Announced => Some("public"),
        ServiceWay::Forwarded => None,
    };
    let left = s.way == ServiceWay::Left;
    let place = match s.way {
        ServiceWay::Post | ServiceWay::Electronic | ServiceWay::Announced => s.proof.clone(),
        _ => None,
    };
    json!({
        "method": way, "place": place, "served": on_day(day, at), "relation": Some(&s.receiver).filter(|_| !left),
        "left_reason": Some(&s.receiver).filter(|_| left), "left_proof": s.witness.as_ref().or(s.proof.as_ref()).filter(|_| left),
        "consent": s.confirmation,
    })
}

fn reviewed(r: &Review) -> Value {
    let contents = r.items.iter().map(|(item, good, remark)| {
        let name = serde_json::to_value(item).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        let content = CONSOLE.get(&format!("proc.review.{name}")).zh;
        json!({"content": content, "finding": if *good { "无异议" } else { "存在问题" }, "remark": remark})
    });
    json!({
        "contents": contents.collect::<Vec<_>>(), "opinion": r.says,
        "conclusion": if r.opinion == Opinion::Agreed { "agreed" } else { "problems" },
    })
}
