//! What an officer looks up with no network: handbook pages (R30), what the pack says of an act under known facts (R46), the three lists (R47), words to
//! say (R10). Never an amount.

use super::{Phone, PhoneError, id};
use crate::discretion::{Facts, Offer, Suggestion, suggest};
use crate::pack::{self, Basis, Degree, Exclusion, Fact, Language, LeniencyList, Need, Pack, Range, Text};
use crate::rights::slots;
use std::sync::Arc;

/// A page of the handbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageView {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Markdown: paragraphs, lists, `##` headings.
    pub text: Text,
    /// The law that it sums up.
    pub sources: Vec<Text>,
    /// Only illustrative: say so on the screen.
    pub illustrative: bool,
}

/// What the phone has to look up, and of which day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandbookView {
    /// `id@version` of the pack.
    pub pack: String,
    /// Last day of the pack, `yyyymmdd`.
    pub valid_until: u32,
    /// The pages.
    pub pages: Vec<PageView>,
}

/// A tier whose condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierView {
    /// Its id.
    pub id: String,
    /// How grave.
    pub degree: Degree,
    /// When it applies.
    pub condition: Text,
    /// What it imposes.
    pub imposes: Text,
    /// The tier's range.
    pub range: Option<Range>,
    /// The statute's.
    pub statutory: Option<Range>,
    /// The clause that punishes, then who set the tier.
    pub sources: Vec<Text>,
    /// Replace it by the province's own before use in a case.
    pub illustrative: bool,
}

/// A fact that would decide more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactAsk {
    /// Its name.
    pub fact: Fact,
    /// The question.
    pub question: Text,
    /// Answered by yes (1) or no (0).
    pub yes_no: bool,
}

/// What the pack says of an act under the facts known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferView {
    /// Row of discretion.
    pub row: String,
    /// Item of the pack.
    pub item: String,
    /// The act.
    pub act: Text,
    /// The tiers that hold.
    pub tiers: Vec<TierView>,
    /// What to ask next.
    pub asks: Vec<FactAsk>,
    /// No tier for what is known: the statute's ranges alone hold, and it is discussed collectively (J14).
    pub uncovered: bool,
}

/// A line of the three lists (R47): it applies only with its proofs (J16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LenientView {
    /// Its id.
    pub id: String,
    /// Which list.
    pub list: LeniencyList,
    /// Its name.
    pub title: Text,
    /// The act.
    pub act: Text,
    /// When it applies.
    pub condition: Text,
    /// What must be proven.
    pub needs: Vec<Need>,
    /// It does not apply to cases from a 双随机 draw.
    pub not_random_draw: bool,
    /// Its sources.
    pub sources: Vec<Text>,
    /// A department's own list goes here.
    pub illustrative: bool,
}

/// What discretion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscretionView {
    /// `id@version` of the pack.
    pub pack: String,
    /// What the rows offer.
    pub offers: Vec<OfferView>,
    /// Lines of the three lists that name the item or one of its rows.
    pub lenient: Vec<LenientView>,
}

/// Words to say at a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptView {
    /// Its id.
    pub id: String,
    /// Version of the wording.
    pub version: u32,
    /// Title.
    pub title: Text,
    /// The words, slots filled.
    pub text: Text,
}

fn both((zh, en): (&str, &str)) -> Text {
    Text { zh: zh.to_owned(), en: en.to_owned() }
}

fn cited<'a>(pack: &Pack, basis: impl IntoIterator<Item = &'a Basis>) -> Vec<Text> {
    basis.into_iter().map(|b| pack.cite(b)).collect()
}

impl Phone {
    /// Pages of the handbook that hold all of these words; all for an empty query. Of the newest pack that is valid today.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] without a valid pack.
    pub fn handbook(&self, words: &str) -> Result<HandbookView, PhoneError> {
        let pack = self.pack_today()?;
        let page = |p: &pack::Page| PageView {
            id: p.id.clone(),
            title: p.title.clone(),
            text: p.text.clone(),
            sources: cited(&pack, &p.basis),
            illustrative: p.illustrative,
        };
        let pages = pack.handbook_search(words).into_iter().map(page).collect();
        Ok(HandbookView { pack: named(&pack), valid_until: pack.valid_until.number(), pages })
    }

    /// What the pack says of an item (of all without one) under the facts that are known: ranges with their sources, never an amount.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] without a valid pack.
    pub fn discretion(&self, item: Option<&str>, facts: &[(Fact, u64)]) -> Result<DiscretionView, PhoneError> {
        let pack = self.pack_today()?;
        let known = facts.iter().fold(Facts::default(), |all, (fact, value)| all.with(*fact, *value));
        let offers = suggest(&pack, item, &known).into_iter().map(|o| offered(&pack, &o)).collect();
        let of_item =
            |named: &str| item.is_none_or(|item| named == item || pack.discretion_row(named).is_some_and(|row| row.item == item));
        let lenient = pack
            .leniency
            .iter()
            .filter(|line| line.row.as_deref().map_or(item.is_none(), of_item))
            .map(|line| LenientView {
                id: line.id.clone(),
                list: line.list,
                title: both(line.list.word()),
                act: line.act.clone(),
                condition: line.condition.clone(),
                needs: line.needs.clone(),
                not_random_draw: line.excluded.contains(&Exclusion::RandomDraw),
                sources: cited(&pack, &line.basis),
                illustrative: line.illustrative,
            })
            .collect();
        Ok(DiscretionView { pack: named(&pack), offers, lenient })
    }

    /// What is said at each step, in the order of the pack, with the words of this inspection (R10).
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] names a slot without value.
    pub fn scripts(&self, inspection: &str) -> Result<Vec<ScriptView>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let (zh, en) = (slots(&i, &pack, &Language::ZhHans), slots(&i, &pack, &Language::En));
        let fill = |text: &str, words| pack::fill(text, words).map_err(|e| PhoneError::Invalid(e.0));
        let script = |s: &pack::Script| {
            let text = Text { zh: fill(&s.text.zh, &zh)?, en: fill(&s.text.en, &en)? };
            Ok(ScriptView { id: s.id.clone(), version: s.version, title: s.title.clone(), text })
        };
        pack.scripts.iter().map(script).collect()
    }

    /// The newest pack, if it is valid today.
    fn pack_today(&self) -> Result<Arc<Pack>, PhoneError> {
        let today = super::act::day(self.best_time()?)?;
        self.with(|i| {
            let pack = i.pack.clone().filter(|p| p.pack().valid_on(today)).ok_or(PhoneError::NotFound("valid pack"))?;
            Ok(pack.shared())
        })
    }
}

fn named(pack: &Pack) -> String {
    format!("{}@{}", pack.id, pack.version)
}

fn offered(pack: &Pack, o: &Offer<'_>) -> OfferView {
    let tier = |s: &Suggestion<'_>| {
        let (zh, en) = s.words();
        TierView {
            id: s.tier.id.clone(),
            degree: s.tier.degree,
            condition: s.tier.condition.clone(),
            imposes: Text { zh, en },
            range: s.range,
            statutory: s.statutory,
            sources: cited(pack, s.sources.iter().copied()),
            illustrative: s.illustrative,
        }
    };
    let ask = |fact: &Fact| FactAsk { fact: *fact, question: both(fact.question()), yes_no: fact.is_question() };
    OfferView {
        row: o.row.id.clone(),
        item: o.item.id.clone(),
        act: o.row.act.clone(),
        tiers: o.tiers.iter().map(tier).collect(),
        asks: o.asks.iter().map(ask).collect(),
        uncovered: o.uncovered,
    }
}
