//! Measures on site: begun, led through their steps, shown with their clocks (J6–J9, J14, J18).

use super::act::{clean, day, text};
use super::{Phone, PhoneError, id, pass};
use crate::calendar::When;
use crate::id::hex;
use crate::inspection::{Event, Gate, Inspection, stock};
use crate::measure::{self, ApprovalWay, Goods, MeasureKind, MeasureState, Outcome, Step, TierApproval};
use crate::pack::{CoerciveMeasure, Pack, PenaltyKind, Text};

/// What is to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureInput {
    /// What is done.
    pub what: MeasureKind,
    /// 执法事项: id of the pack's row; a measure of compulsion and a penalty have one.
    pub item: Option<String>,
    /// Which measure of compulsion.
    pub coercive: Option<CoerciveMeasure>,
    /// Why.
    pub reason: String,
    /// 情况紧急, and why (强制法 19).
    pub emergency: Option<String>,
}

/// A step of a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeasureAct {
    /// The head approved.
    Approve {
        /// 批准编号.
        number: String,
        /// 批准人.
        by: String,
        /// When, ms.
        at_ms: i64,
        /// How.
        how: ApprovalWay,
    },
    /// The party was called to the place.
    Call {
        /// How.
        how: String,
        /// Whether somebody of the party came.
        came: bool,
        /// 见证人, where nobody came.
        witness: Option<String>,
        /// The witness's unit.
        witness_unit: Option<String>,
    },
    /// The defence was heard.
    Hear {
        /// Who spoke.
        speaker: String,
        /// What was said; that nothing was said is said too.
        text: String,
        /// Whether it was followed, and why.
        opinion: String,
    },
    /// The penalty is chosen.
    Choose {
        /// Row of discretion.
        row: String,
        /// Its tier.
        tier: String,
        /// 警告, 罚款.
        penalties: Vec<PenaltyKind>,
        /// The fine in fen.
        fen: Option<u64>,
        /// The illegal gains in fen, where the fine is counted by them.
        gains: Option<u64>,
        /// The approval to leave the tier.
        approval: Option<TierApproval>,
        /// 裁量理由.
        reason: String,
    },
    /// It is done; of a penalty, decided.
    Take {
        /// What it is taken against; empty for a penalty.
        goods: Vec<Goods>,
        /// 保存、存放、采样地点.
        place: String,
    },
    /// Cash is taken.
    Collect {
        /// Fen.
        fen: u64,
        /// 法定情形.
        ground: Option<String>,
        /// 票据号.
        receipt: String,
    },
    /// Reported to the organ.
    File {
        /// To whom.
        to: String,
    },
    /// Dealt with, or lifted.
    Settle {
        /// What became of it.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
}

/// A step as the shell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepView {
    /// Which.
    pub step: Step,
    /// Its words.
    pub title: Text,
    /// Done.
    pub done: bool,
    /// May be left out, or comes later by law.
    pub optional: bool,
    /// What stands in its way.
    pub gates: Vec<Gate>,
    /// The form that it makes.
    pub form: Option<String>,
    /// Its paper, once it was made.
    pub paper: Option<String>,
}

/// A clock as the shell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockView {
    /// Row of the pack.
    pub id: String,
    /// What is due.
    pub title: Text,
    /// The end as counted: `2026-12-01`, or with the hour.
    pub due: String,
    /// The end moved to a working day.
    pub rolled: String,
    /// 暂估.
    pub provisional: bool,
    /// The mark of one that was missed.
    pub mark: Option<Text>,
    /// Not done and too late.
    pub overdue: bool,
}

/// A measure as the shell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureView {
    /// What is true of it.
    pub state: MeasureState,
    /// What it is called.
    pub title: Text,
    /// The item's title.
    pub item_title: Option<Text>,
    /// Its steps in the order of the law.
    pub steps: Vec<StepView>,
    /// Its clocks.
    pub clocks: Vec<ClockView>,
    /// What is wrong by now: an emergency that was not approved in time.
    pub gates: Vec<Gate>,
}

impl Phone {
    /// Begins a measure; gives its id. Nothing is done by it yet.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`]: no such power (J18), no emergency by law (J7), no fact (J8).
    pub fn begin_measure(&self, inspection: &str, input: MeasureInput) -> Result<String, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        if i.closed.is_some() || i.left.is_some() {
            return Err(PhoneError::Invalid("已经离场或者结束 / the inspection is over".into()));
        }
        let MeasureInput { what, item, coercive, reason, emergency } = input;
        if item.as_ref().is_some_and(|id| pack.enforcement_item(id).is_none()) {
            return Err(PhoneError::NotFound("item of the pack"));
        }
        let coercive = coercive.filter(|_| what == MeasureKind::Coercion);
        pass(measure::begin(&i, &pack, what, item.as_deref(), coercive, &reason, emergency.as_deref()))?;
        let measure = hex(&self.host.random_bytes::<8>());
        let (reason, emergency) = (text(reason)?, emergency.map(text).transpose()?);
        let event = Event::MeasureBegun { measure: measure.clone(), what, item, coercive, reason, emergency };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(measure)
    }

    /// Does a step of a measure.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] names what stands before it, in the order of the law.
    pub fn measure_act(&self, inspection: &str, measure: &str, act: MeasureAct) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        if i.closed.is_some() {
            return Err(PhoneError::Invalid("检查已经结束 / the inspection is closed".into()));
        }
        let m = i.measures.iter().find(|m| m.id == measure).ok_or(PhoneError::NotFound("measure"))?;
        let event = self.measure_event(&i, &pack, m, act)?;
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }

    fn measure_event(&self, i: &Inspection, pack: &Pack, m: &MeasureState, act: MeasureAct) -> Result<Event, PhoneError> {
        let now = self.best_time()?;
        let days = i.days(pack);
        let measure = m.id.clone();
        Ok(match act {
            MeasureAct::Approve { number, by, at_ms, how } => {
                pass(measure::approve(i, pack, m, &days, &number, &by, at_ms, now))?;
                Event::MeasureApproved { measure, number: text(number)?, by: text(by)?, at_ms, how }
            }
            MeasureAct::Call { how, came, witness, witness_unit } => {
                let mut gates = measure::blocked(i, pack, m, Step::Call);
                gates.extend(measure::called(came, witness.as_deref()));
                pass(gates)?;
                let (witness, witness_unit) = (witness.map(text).transpose()?, witness_unit.map(clean).transpose()?);
                Event::PartyCalled { measure, how: text(how)?, came, witness, witness_unit }
            }
            MeasureAct::Hear { speaker, text: said, opinion } => {
                pass(measure::blocked(i, pack, m, Step::Hear))?;
                Event::DefenceHeard { measure, speaker: text(speaker)?, text: text(said)?, opinion: text(opinion)? }
            }
            MeasureAct::Choose { row, tier, penalties, fen, gains, approval, reason } => {
                let today = day(now)?;
                let (approved, why) = (approval.as_ref(), reason.as_str());
                pass(measure::choose(i, pack, m, &row, &tier, &penalties, fen, gains, approved, why, today))?;
                Event::PenaltyChosen { measure, row, tier, penalties, fen, gains, approval, reason: text(reason)? }
            }
            MeasureAct::Take { goods, place } => {
                let mut gates = measure::take(i, pack, m, &goods, &place);
                gates.extend(stock::seals(i, &goods));
                pass(gates)?;
                let goods = goods.into_iter().map(|g| written(i, g)).collect::<Result<Vec<_>, _>>()?;
                Event::MeasureTaken { measure, goods, place: clean(place)? }
            }
            MeasureAct::Collect { fen, ground, receipt } => {
                pass(measure::collect(i, pack, m, fen, ground.as_deref(), &receipt))?;
                Event::FineCollected { measure, fen, ground: ground.map(clean).transpose()?, receipt: text(receipt)? }
            }
            MeasureAct::File { to } => {
                pass(measure::file(i, pack, m))?;
                Event::PenaltyFiled { measure, to: text(to)? }
            }
            MeasureAct::Settle { outcome, reason } => {
                pass(measure::settle(m, outcome, &reason))?;
                Event::MeasureSettled { measure, outcome, reason: text(reason)? }
            }
        })
    }

    /// The measures of an inspection with their steps, what stands in the way of each, and their clocks.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn measures(&self, inspection: &str) -> Result<Vec<MeasureView>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let now = self.best_time()?;
        Ok(i.measures.iter().map(|m| view(&i, &pack, m, now)).collect())
    }
}

/// A row of the list as it is recorded.
fn written(i: &Inspection, g: Goods) -> Result<Goods, PhoneError> {
    super::act::known(i, &g.evidence)?;
    Ok(Goods {
        name: text(g.name)?,
        spec: clean(g.spec)?,
        quantity: text(g.quantity)?,
        state: clean(g.state)?,
        seal: g.seal.map(text).transpose()?,
        evidence: g.evidence,
    })
}

fn both((zh, en): (&str, &str)) -> Text {
    Text { zh: zh.to_owned(), en: en.to_owned() }
}

fn view(i: &Inspection, pack: &Pack, m: &MeasureState, now: i64) -> MeasureView {
    let days = i.days(pack);
    let emergency = m.emergency.is_some();
    let step = |step: &Step| {
        let form = m.what.forms().iter().find(|(_, s)| s == step).map(|(form, _)| *form);
        StepView {
            step: *step,
            title: both(step.word()),
            done: m.done(i, pack, *step),
            optional: !step.holds_back(emergency),
            gates: measure::blocked(i, pack, m, *step),
            form: form.map(str::to_owned),
            paper: form.and_then(|form| m.paper(i, form)).map(|p| p.id.clone()),
        }
    };
    let clock = |d: measure::DueState<'_>| ClockView {
        id: d.clock.id.clone(),
        title: d.clock.title.clone(),
        due: d.due.raw.to_string(),
        rolled: d.due.rolled.to_string(),
        provisional: d.due.provisional,
        mark: d.state.mark(d.clock.unit),
        overdue: d.overdue(),
    };
    MeasureView {
        title: both(m.coercive.map_or(m.what.word(), CoerciveMeasure::word)),
        item_title: m.item.as_ref().and_then(|id| pack.enforcement_item(id)).map(|item| item.title.clone()),
        steps: Step::of(m.what, emergency).iter().map(step).collect(),
        clocks: measure::due(pack, m, &days, now).into_iter().map(clock).collect(),
        gates: measure::void_approval(pack, m, &days, now),
        state: m.clone(),
    }
}

/// The last day of a measure's period, as its paper prints it.
pub(super) fn until(i: &Inspection, pack: &Pack, m: &MeasureState, now: i64) -> Option<u32> {
    let days = i.days(pack);
    let all = measure::due(pack, m, &days, now);
    let period = all.iter().find(|d| d.clock.id != crate::pack::Clock::LATE_APPROVAL)?;
    match period.due.raw {
        When::Day(day) => Some(day.number()),
        When::At(_) => None,
    }
}
