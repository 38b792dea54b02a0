//! Papers other than the record: any form of the pack that is made on site, filled from what is known, laid before the party, signed (R14, R17).
//!
//! What was typed stays in the drafts until the paper is made; what is missing or wrong comes back as values and loses nothing. Signing, refusing
//! and finishing go the same way as the record's.

use super::act::{clean, text};
use super::drawn::drawings;
use super::known::known;
use super::paper::Sheet;
use super::record::moment;
use super::{Phone, PhoneError, id, pass};
use crate::document::DocumentError;
use crate::document::facts::{Correction, Initial, Moment};
use crate::document::form::{FIXED, FieldFault, FieldFaultKind, Filled, FormPage, Missing, fill, read_typed};
use crate::id::Id;
use crate::inspection::organ::{self, organ};
use crate::inspection::{Event, Gate, Inspection, Interview, PaperState, gate};
use crate::measure::{self, MeasureState};
use crate::pack::{self, Choice, Column, EnforcementItem, FieldKind, Pack, Text};
use crate::store::rows;
use serde_json::{Map, Value};

/// Forms that are made on site, in the order in which they are offered.
const ON_SITE: [&str; 4] = ["jiandu-yijian", "zeling-gaizheng", "xingzheng-zhidao", "songda-huizheng"];

/// A form that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormView {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Wording or layout waits for the local pattern: say so on the screen.
    pub illustrative: bool,
    /// The number that the next paper of it gets.
    pub number: Option<String>,
    /// What stands in the way now.
    pub gates: Vec<Gate>,
}

/// One fact of a form, as it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldView {
    /// Its name.
    pub id: String,
    /// What is asked.
    pub title: Text,
    /// What may be answered.
    pub kind: FieldKind,
    /// Looked for when the paper is made.
    pub required: bool,
    /// Known for certain: shown, never typed.
    pub fixed: bool,
    /// Known already; may be typed over unless fixed.
    pub known: Option<Value>,
    /// Typed so far.
    pub typed: Option<Value>,
    /// Answers of a choice.
    pub options: Vec<Choice>,
    /// Columns of a list.
    pub columns: Vec<Column>,
    /// Smallest count, fewest rows.
    pub least: Option<u64>,
    /// Largest count, most rows.
    pub most: Option<u64>,
}

/// A paper that is being filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftView {
    /// The form.
    pub form: String,
    /// Title.
    pub title: Text,
    /// Wording or layout waits for the local pattern.
    pub illustrative: bool,
    /// Its facts in the order asked.
    pub fields: Vec<FieldView>,
    /// Required facts that are not there.
    pub missing: Vec<Missing>,
    /// What cannot stand on the paper as it was given.
    pub faults: Vec<FieldFault>,
    /// What the law still asks before it is made.
    pub gates: Vec<Gate>,
}

/// A correction on a presented paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectInput {
    /// The field; `talk.answer` for a column of a list.
    pub field: String,
    /// Row of a list, from 1.
    pub row: Option<u64>,
    /// The new text; empty for a deletion.
    pub new: String,
    /// At whose request.
    pub by: String,
    /// Who initialled.
    pub initials: Vec<String>,
}

/// What a paper is about.
enum About<'a> {
    Visit,
    Item(&'a EnforcementItem),
    Measure(&'a MeasureState),
    Interview(&'a Interview),
}

impl<'a> About<'a> {
    fn find(i: &'a Inspection, pack: &'a Pack, about: Option<&str>) -> Result<Self, PhoneError> {
        let Some(id) = about else { return Ok(Self::Visit) };
        let item = || pack.enforcement_item(id).map(Self::Item);
        let measure = || i.measures.iter().find(|m| m.id == id).map(Self::Measure);
        let interview = || i.interview(id).map(Self::Interview);
        item().or_else(measure).or_else(interview).ok_or(PhoneError::NotFound("what the paper is about"))
    }

    /// The item, and with it the subject in whose name the paper speaks.
    fn item(&self, pack: &'a Pack) -> Option<&'a EnforcementItem> {
        match self {
            Self::Visit | Self::Interview(_) => None,
            Self::Item(item) => Some(item),
            Self::Measure(m) => m.item.as_ref().and_then(|id| pack.enforcement_item(id)),
        }
    }

    /// The form, when it is one for this.
    fn form(&self, pack: &'a Pack, form: &str) -> Result<&'a pack::Form, PhoneError> {
        let known = match self {
            Self::Visit | Self::Item(_) => ON_SITE.contains(&form),
            Self::Measure(m) => m.what.forms().iter().any(|(id, _)| *id == form),
            Self::Interview(_) => form == "xunwen-bilu",
        };
        known.then(|| pack.form(form)).flatten().ok_or(PhoneError::NotFound("form that is made on site for this"))
    }
}

/// A form with everything that fills it.
struct Filling<'a> {
    form: &'a pack::Form,
    known: Value,
    typed: Map<String, Value>,
    filled: Filled,
    gates: Vec<Gate>,
    paper: Option<String>,
    number: Option<String>,
    at: Moment,
}

impl Phone {
    /// The forms that are made on site, each with what stands in its way now.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn forms(&self, inspection: &str) -> Result<Vec<FormView>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let forms = ON_SITE.iter().filter_map(|form| pack.form(form));
        forms
            .map(|form| {
                let filling = self.filling(&i, &pack, form, None, &About::Visit, Map::new())?;
                let (id, title, illustrative) = (form.id.clone(), form.title.clone(), form.illustrative);
                Ok(FormView { id, title, illustrative, number: filling.number, gates: filling.gates })
            })
            .collect()
    }

    /// A paper as far as it is filled: what is known, what was typed, what is missing. `about`: an item of the pack, or what else it concerns.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for a form that is not made on site.
    pub fn paper_draft(&self, inspection: &str, form: &str, about: Option<&str>) -> Result<DraftView, PhoneError> {
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let typed = self.typed(case, form, about)?;
        let what = About::find(&i, &pack, about)?;
        Ok(self.filling(&i, &pack, what.form(&pack, form)?, about, &what, typed)?.view())
    }

    /// Saves what was typed into a paper: a JSON object, field by field. It stays whatever is wrong with it.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] for text that is no JSON object: what was saved before stays.
    pub fn save_paper_draft(
        &self,
        inspection: &str,
        form: &str,
        about: Option<&str>,
        typed: &str,
    ) -> Result<DraftView, PhoneError> {
        let case = id(inspection, "inspection")?;
        read_typed(typed).map_err(|fault| PhoneError::Invalid(fault.to_string()))?;
        self.save_draft(inspection, &slot(form, about), typed)?;
        let (i, pack) = self.folded(case)?;
        let typed = self.typed(case, form, about)?;
        let what = About::find(&i, &pack, about)?;
        Ok(self.filling(&i, &pack, what.form(&pack, form)?, about, &what, typed)?.view())
    }

    /// Makes the paper from what is known and typed, and the PDF that is laid before the party. Made again before it is finished: the same
    /// number, and the signatures are asked anew.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] while the law asks for something else first; [`PhoneError::Invalid`] names what is missing.
    pub fn compose_paper(&self, inspection: &str, form: &str, about: Option<&str>) -> Result<super::PaperView, PhoneError> {
        let _op = self.operation()?;
        self.compose(id(inspection, "inspection")?, form, about)
    }

    fn compose(&self, case: Id, form: &str, about: Option<&str>) -> Result<super::PaperView, PhoneError> {
        let (i, pack) = self.folded(case)?;
        if i.closed.is_some() {
            return Err(PhoneError::Invalid("检查已经结束 / the inspection is closed".into()));
        }
        let typed = self.typed(case, form, about)?;
        let what = About::find(&i, &pack, about)?;
        let filling = self.filling(&i, &pack, what.form(&pack, form)?, about, &what, typed)?;
        pass(filling.gates)?;
        let fonts = self.fonts()?;
        let mut filled = filling.filled;
        corrections(&i, filling.paper.as_deref(), filling.form).into_iter().for_each(|c| filled.correct(c));
        let (drawn, glyphs) = drawings(&fonts, &i, &filled.facts);
        let filled = filled.with_drawn(&drawn).with_fonts(&fonts);
        let facts = filled.ready().map_err(|(missing, faults)| PhoneError::Invalid(lacks(missing, faults)))?.clone();
        if !glyphs.is_empty() {
            return Err(DocumentError::MissingGlyphs(glyphs).into());
        }
        let paper = filling.paper.unwrap_or_else(|| format!("{form}-{}", crate::id::hex(&self.host.random_bytes::<6>())));
        let about = about.map(str::to_owned);
        self.lay_before(case, &pack, &paper, form, about, facts.clone(), filling.at, |presented, trust_root| {
            Sheet::Form(Box::new(FormPage { facts, closing: None, presented: Some(presented), trust_root: Some(trust_root) }))
        })
    }

    /// A correction on a presented paper: the old text stays on it, struck through, with who asked and who initialled (J24). The paper is made anew
    /// with the same number, and signed anew.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] (J24); [`PhoneError::Invalid`] for a field that is no text or is certain, or where the new text cannot stand.
    pub fn correct_paper(&self, inspection: &str, paper: &str, input: CorrectInput) -> Result<super::PaperView, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let p = super::paper::open_paper(&i, paper)?;
        let (form, about) = (p.form_id(), p.about.as_deref());
        let what = About::find(&i, &pack, about)?;
        let row = what.form(&pack, form)?;
        let CorrectInput { field, row: line, new, by, initials } = input;
        let (name, column) = field.split_once('.').map_or((field.as_str(), None), |(name, column)| (name, Some(column)));
        let asked =
            row.fields.iter().find(|f| f.id == name && !fixed(f)).ok_or(PhoneError::NotFound("field that may be corrected"))?;
        let kind = match column {
            None => Some(asked.kind),
            Some(column) => asked.columns.iter().find(|c| c.id == column).map(|c| c.kind),
        };
        if !matches!(kind, Some(FieldKind::Text | FieldKind::Paragraph)) {
            return Err(PhoneError::Invalid(
                "只更正文字；其他内容改填后重新生成 / only text is corrected; fill the rest in anew".into(),
            ));
        }
        let mut value = p.facts.pointer(&format!("/fields/{name}")).cloned().unwrap_or_default();
        let cell = match (column, line) {
            (None, None) => Some(&mut value),
            (Some(column), Some(line)) => {
                let at = usize::try_from(line).ok().and_then(|n| n.checked_sub(1));
                at.and_then(|n| value.get_mut(n)).and_then(|row| row.get_mut(column))
            }
            _ => None,
        };
        let cell = cell.ok_or(PhoneError::NotFound("row of the paper"))?;
        let old = cell.as_str().unwrap_or_default().to_owned();
        let new = clean(new)?;
        pass(gate::correct_paper(&old, &new, &initials))?;
        *cell = Value::String(new.clone());
        let mut typed = self.typed(case, form, about)?;
        typed.insert(name.to_owned(), value);
        let filling = self.filling(&i, &pack, row, about, &what, typed.clone())?;
        filling.filled.ready().map_err(|(missing, faults)| PhoneError::Invalid(lacks(missing, faults)))?;
        let initials = initials.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
        let paper = paper.to_owned();
        let event = Event::PaperCorrected { paper, field: field.clone(), row: line, old, new, by: text(by)?, initials };
        let draft = Value::Object(typed).to_string();
        self.append(Some(case), &[event], Vec::new(), |tx| Ok(rows::put_draft(tx, case, &slot(form, about), &draft)?))?;
        self.compose(case, form, about)
    }

    fn filling<'a>(
        &self,
        i: &Inspection,
        pack: &'a Pack,
        form: &'a pack::Form,
        about: Option<&str>,
        what: &About<'_>,
        mut typed: Map<String, Value>,
    ) -> Result<Filling<'a>, PhoneError> {
        let now = self.host.clock.now();
        let at = Moment { ms: now.wall_ms, offset_min: i16::try_from(now.zone_min).unwrap_or(0) };
        let item = what.item(pack);
        let open = |p: &&PaperState| p.form_id() == form.id && p.about.as_deref() == about && p.voided.is_none();
        let made = i.papers.iter().rfind(open).filter(|p| p.finished.is_none());
        let number = match made {
            Some(p) => Some(p.number().to_owned()),
            None => self.free_number(i, &form.id)?,
        };
        let mut gates = gate::ask_or_inspect(i, pack);
        let me = self.with(|inner| inner.me())?;
        gates.extend(gate::number(i, &me.person, number.is_some()));
        gates.extend(gate::named(i.task.as_ref().is_some_and(|t| organ(t, pack, item).is_some())));
        let one = organ::one_organ(i, pack, about);
        if one.is_some() {
            gates.extend(organ::acts(i, pack, item));
        }
        let mut known = known(i, pack, item, one.as_deref(), number.as_deref(), at);
        let mut over = Vec::new();
        if let About::Measure(m) = what {
            gates.extend(measure::paper(i, pack, m, &form.id));
            super::known::of_measure(&mut known, i, pack, m, at);
        }
        if let About::Interview(x) = what {
            gates.extend(gate::told_of(i, pack, pack::Act::Inquiry, x.started));
            super::known::of_interview(&mut known, x, at);
        }
        if !matches!(what, About::Visit | About::Item(_)) {
            // What the gates let pass is what stands on the paper: nobody types over it.
            over = form.fields.iter().filter(|f| fixed(f) && typed.remove(&f.id).is_some()).map(|f| f.id.clone()).collect();
        }
        super::known::shape(&mut known, form);
        let mut filled = fill(pack, form, &known, &typed);
        let fault = |field| FieldFault { field, row: None, kind: FieldFaultKind::Fixed };
        filled.faults.extend(over.into_iter().map(fault));
        gates.extend(gate::times(&filled.facts));
        Ok(Filling { form, known, typed, filled, gates, paper: made.map(|p| p.id.clone()), number, at })
    }

    /// What was typed into a paper so far.
    fn typed(&self, case: Id, form: &str, about: Option<&str>) -> Result<Map<String, Value>, PhoneError> {
        let name = slot(form, about);
        let drafts = self.with(|i| Ok(i.store.read(|c| rows::drafts(c, case))?))?;
        let text = drafts.into_iter().find(|(n, _)| *n == name).map(|(_, text)| text);
        Ok(text.and_then(|t| read_typed(&t).ok()).unwrap_or_default())
    }

    /// The first number of the task for a form that no paper has and that was not voided (J32).
    pub(super) fn free_number(&self, i: &Inspection, form: &str) -> Result<Option<String>, PhoneError> {
        let Some(task) = &i.task else { return Ok(None) };
        let mut all = task.form_numbers.get(form).cloned().unwrap_or_default();
        if form == PaperState::RECORD {
            all.extend(task.numbers.iter().cloned());
        }
        // The same task may have been begun twice on this phone.
        let id = Id::from_hex(&task.id);
        let cases = self.with(|inner| Ok(inner.store.read(rows::inspections)?))?;
        let mut used = Vec::new();
        for row in cases.into_iter().filter(|row| Some(row.task) == id) {
            let other = self.fold_of(row.case)?;
            used.extend(other.papers.iter().filter(|p| p.form_id() == form).map(|p| p.number().to_owned()));
            used.extend(other.voided.iter().filter(|v| v.form == form).map(|v| v.number.clone()));
        }
        Ok(all.into_iter().find(|n| !used.contains(n)))
    }
}

impl Filling<'_> {
    fn view(self) -> DraftView {
        let at = |path: &String| path.split('.').try_fold(&self.known, |value, part| value.get(part)).filter(|v| !v.is_null());
        let field = |f: &pack::Field| FieldView {
            id: f.id.clone(),
            title: f.title.clone(),
            kind: f.kind,
            required: f.required,
            fixed: fixed(f),
            known: f.from.as_ref().and_then(at).cloned(),
            typed: self.typed.get(&f.id).cloned(),
            options: f.options.clone(),
            columns: f.columns.clone(),
            least: f.least,
            most: f.most,
        };
        DraftView {
            form: self.form.id.clone(),
            title: self.form.title.clone(),
            illustrative: self.form.illustrative,
            fields: self.form.fields.iter().map(field).collect(),
            missing: self.filled.missing,
            faults: self.filled.faults,
            gates: self.gates,
        }
    }
}

/// The corrections of a paper as they are printed.
fn corrections(i: &Inspection, paper: Option<&str>, form: &pack::Form) -> Vec<Correction> {
    let of = i.paper_corrections.iter().filter(|c| Some(c.paper.as_str()) == paper);
    (1..)
        .zip(of)
        .map(|(no, c)| {
            let (name, column) = c.field.split_once('.').unwrap_or((c.field.as_str(), ""));
            let asked = form.fields.iter().find(|f| f.id == name);
            let title = asked.map_or("", |f| f.title.zh.as_str());
            let column = asked.and_then(|f| f.columns.iter().find(|x| x.id == column)).map_or("", |x| x.title.zh.as_str());
            let row = c.row.map_or_else(String::new, |row| format!("第{row}项"));
            let at = moment(&c.at);
            let officer = |name: &String| i.arrived.iter().any(|(o, ..)| o.name == *name);
            let initial = |name: &String| Initial {
                name: name.clone(),
                role: if officer(name) { "执法人员" } else { "当事人" }.to_owned(),
                at,
            };
            Correction {
                no: no.to_string(),
                item: Some(name.to_owned()),
                place: format!("{title}{row}{column}"),
                old: c.old.clone(),
                new: c.new.clone(),
                requested_by: c.by.clone(),
                at,
                initials: c.initials.iter().map(initial).collect(),
            }
        })
        .collect()
}

/// Nobody types over it: the organ, the number, the officers, and what a measure's own entries say.
fn fixed(f: &pack::Field) -> bool {
    f.from.as_deref().is_some_and(|from| FIXED.contains(&from) || from.starts_with("measure.") || from.starts_with("interview."))
}

/// Name of the draft.
fn slot(form: &str, about: Option<&str>) -> String {
    format!("paper/{form}/{}", about.unwrap_or_default())
}

/// What keeps a paper from being made, in words.
fn lacks(missing: &[Missing], faults: &[FieldFault]) -> String {
    let missing = missing.iter().map(|m| {
        let row = m.row.map_or_else(String::new, |r| format!(" {r}"));
        format!("缺 {}{row} / missing {}", m.title.zh, m.title.en)
    });
    missing.chain(faults.iter().map(ToString::to_string)).collect::<Vec<_>>().join("；")
}
