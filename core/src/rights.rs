//! 告知: delivery of a notification of rights, item by item, with version, language, how it was told and how it was taken (R13, 处罚法 44、45).
//!
//! Pure functions over the fold and the pack: what the words are, what is still untold, and which event an act of telling becomes.

use crate::inspection::organ::organ;
use crate::inspection::{Ack, Acknowledged, At, Event, How, Inspection, OfficerRef};
use crate::measure::{MeasureState, rights_act};
use crate::pack::{self, Act, Language, Pack, RightsItem};
use std::collections::BTreeMap;

/// Why something cannot be told or acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// The pack has no notification for this act in this language.
    #[error("数据包没有这种语言的告知书 / no notification in this language")]
    NoNotice,
    /// The notification has no such item.
    #[error("告知书没有这一项 / no such item")]
    NoItem,
    /// A slot of the text has no value.
    #[error("告知书缺少内容：{0} / a slot has no value")]
    Unfilled(String),
    /// A refusal without its reason.
    #[error("拒绝确认须写明原因 / a refusal needs its reason")]
    NoReason,
}

/// How far the notification of an inspection was delivered.
#[derive(Debug, Clone)]
pub struct Delivery<'a> {
    /// Items that were told in no language.
    pub untold: Vec<&'a RightsItem>,
    /// How it was taken, once that is recorded.
    pub taken: Option<&'a Acknowledged>,
}

impl<'a> Delivery<'a> {
    /// `None` when the pack has no notification for the act. `since`: what was told or taken before does not count.
    #[must_use]
    pub fn of(i: &'a Inspection, pack: &'a Pack, act: Act, since: Option<At>) -> Option<Self> {
        let notice = pack.rights(act, &Language::ZhHans)?;
        let counts = |at: At| since.is_none_or(|since| at.steady_ms >= since.steady_ms);
        let untold = notice.items.iter().filter(|item| !i.rights.iter().any(|r| r.item == item.id && counts(r.at))).collect();
        Some(Self { untold, taken: i.acknowledged.get(&pack.row(&notice.id)).filter(|a| counts(a.at)) })
    }
}

/// The words of an item for this inspection, slots filled.
///
/// # Errors
/// [`RightsError::Unfilled`] names the slot.
pub fn words(i: &Inspection, pack: &Pack, item: &RightsItem, language: &Language) -> Result<String, RightsError> {
    let mut slots = slots(i, pack, language);
    slots.extend(acting(i, pack, item).map(|organ| ("organ".to_owned(), organ)));
    pack::fill(&item.text, &slots).map_err(|e| RightsError::Unfilled(e.0))
}

/// The organ of the measure to whose notification an item belongs: a measure is the act of one (J33, R52).
fn acting(i: &Inspection, pack: &Pack, item: &RightsItem) -> Option<String> {
    let tells = |act: Act| pack.notices(act).into_iter().any(|n| n.items.iter().any(|x| x.id == item.id));
    let told_of = |m: &&MeasureState| rights_act(m.what).is_some_and(tells);
    let measure = i.measures.iter().rfind(told_of)?;
    organ(i.task.as_ref()?, pack, measure.item.as_ref().and_then(|id| pack.enforcement_item(id)))
}

/// The event of telling one item.
///
/// # Errors
/// [`RightsError`] names what does not fit.
pub fn tell(i: &Inspection, pack: &Pack, item: &str, language: &str, how: How) -> Result<Event, RightsError> {
    let notices = Act::ALL.into_iter().flat_map(|act| pack.notices(act));
    let mut notices = notices.filter(|notice| notice.language.tag() == language).peekable();
    notices.peek().ok_or(RightsError::NoNotice)?;
    let notice = notices.find(|notice| notice.items.iter().any(|r| r.id == item)).ok_or(RightsError::NoItem)?;
    let language = &notice.language;
    let told = notice.items.iter().find(|r| r.id == item).ok_or(RightsError::NoItem)?;
    Ok(Event::RightTold {
        notice: pack.row(&notice.id),
        version: notice.version,
        item: item.to_owned(),
        language: language.tag().to_owned(),
        text: words(i, pack, told, language)?,
        how,
    })
}

/// The event of an acknowledgement, a refusal (with its reason), or nobody being there.
///
/// # Errors
/// [`RightsError::NoReason`].
pub fn acknowledge(pack: &Pack, act: Act, by: String, how: Ack, reason: Option<String>) -> Result<Event, RightsError> {
    let notice = pack.rights(act, &Language::ZhHans).ok_or(RightsError::NoNotice)?;
    if how == Ack::Refused && reason.as_deref().is_none_or(|r| r.trim().is_empty()) {
        return Err(RightsError::NoReason);
    }
    Ok(Event::RightsAcknowledged { notice: pack.row(&notice.id), by, how, reason })
}

/// Words for the slots of scripts, rights and remedies.
#[must_use]
pub fn slots(i: &Inspection, pack: &Pack, language: &Language) -> BTreeMap<String, String> {
    let mut s = BTreeMap::new();
    let zh = language.is_chinese();
    let Some(task) = &i.task else { return s };
    let mut put = |k: &str, v: String| {
        s.insert(k.to_owned(), v);
    };
    // 联合执法: all of them (R52).
    let organs: Vec<&str> = task.team.iter().map(|t| t.organ.as_str()).collect();
    put("organ", if organs.is_empty() { task.organ.clone() } else { organs.join(if zh { "、" } else { ", " }) });
    // Who is there speaks; before the second has come, those of the task.
    let here = i.present();
    let officers: Vec<&OfficerRef> = if here.len() < 2 { task.officers.iter().collect() } else { here };
    for (n, o) in officers.iter().enumerate() {
        put(&format!("officer_{}", n + 1), o.name.clone());
        put(&format!("number_{}", n + 1), o.number.clone());
    }
    put("officer_count", officers.len().to_string());
    put("assistant_count", task.assistants.len().to_string());
    put("matter", task.matter.clone());
    // 频次豁免 stands on the notice with its ground and reason (国办发〔2024〕54号, J30).
    put(
        "reason",
        match (&task.exempt, zh) {
            (None, _) => task.title.clone(),
            (Some(e), true) => format!("{}（不计入年度频次：{}，{}）", task.title, e.title, e.reason),
            (Some(e), false) => format!("{} (not counted against the yearly cap: {}, {})", task.title, e.title, e.reason),
        },
    );
    put("legal_basis", task.basis.join(if zh { "、" } else { ", " }));
    let kind = match (task.kind.as_str(), zh) {
        ("special", true) => "专项检查",
        ("special", false) => "special inspection",
        ("case", true) => "个案检查",
        ("case", false) => "inspection of a single case",
        (_, true) => "日常检查",
        (_, false) => "routine inspection",
    };
    put("inspection_type", kind.to_owned());
    put("visit_number", task.n.to_string());
    put("yearly_cap", if task.cap > 0 { task.cap.to_string() } else { pack.gates.yearly_cap.value.to_string() });
    put("complaint_phone", task.complaint_phone.clone());
    s
}
