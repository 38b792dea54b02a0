//! A newer pack while an inspection goes on (F35): the inspection stays with the pack it was begun with until the officer moves it. What changes is shown
//! first; no answer is lost: an item that the newer pack does not have is printed as it was asked, a new one is asked, one whose answer the newer pack
//! does not allow is asked again. Papers stay with the pack that made them until they are made anew.

use super::{Phone, PhoneError, id};
use crate::id::{digest_from_hex, hex};
use crate::inspection::{DroppedItem, Event, Inspection, PaperState};
use crate::pack::{Change, diff};
use crate::pack::{Item, Pack, Text};
use std::sync::Arc;

/// An item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedItem {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub text: Text,
}

/// What a move to the newer pack would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackMoveView {
    /// `id@version` of the pack of the inspection.
    pub from: String,
    /// `id@version` of the newer one.
    pub to: String,
    /// Answered, and not asked any more: the answer stays and is printed.
    pub dropped: Vec<MovedItem>,
    /// Answered in a way that the newer pack does not allow: to be answered again.
    pub again: Vec<MovedItem>,
    /// New in the checklists of the task.
    pub asked: Vec<MovedItem>,
    /// Every row that differs.
    pub changes: Vec<Change>,
}

impl Phone {
    /// What a move of the inspection to the newest pack would change; none while it has that pack.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn pack_move(&self, inspection: &str) -> Result<Option<PackMoveView>, PhoneError> {
        let (i, old) = self.folded(id(inspection, "inspection")?)?;
        let Some((new, _)) = self.newer(&i, &old)? else { return Ok(None) };
        let moved = |item: &Item| MovedItem { id: item.id.clone(), text: item.text.clone() };
        let answered = || i.answers.iter().filter_map(|(id, answer)| Some((old.item(id)?, answer)));
        let refused = |(item, a): &(&Item, &crate::inspection::AnswerGiven)| {
            new.item(&item.id).is_some_and(|now| now.judge(a.result, a.measured.as_deref()).is_err())
        };
        let wanted = i.task.as_ref().map(|t| t.checklists.as_slice()).unwrap_or_default();
        let lists = new.checklists.iter().filter(|list| wanted.contains(&list.id));
        Ok(Some(PackMoveView {
            from: named(&old),
            to: named(&new),
            dropped: answered().filter(|(item, _)| new.item(&item.id).is_none()).map(|(item, _)| moved(item)).collect(),
            again: answered().filter(refused).filter_map(|(item, _)| new.item(&item.id)).map(moved).collect(),
            asked: lists.flat_map(|list| &list.items).filter(|item| old.item(&item.id).is_none()).map(moved).collect(),
            changes: diff(&old, &new).map_err(|e| PhoneError::Refused(e.to_string()))?,
        }))
    }

    /// Moves the inspection to the newest pack.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when there is no newer pack, or the record is finished or the inspection closed.
    pub fn move_pack(&self, inspection: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, old) = self.folded(case)?;
        if i.closed.is_some() || i.papers.iter().any(|p| p.is_record() && p.finished.is_some()) {
            return Err(PhoneError::Invalid(
                "笔录已经完成或者检查已经结束 / the record is finished or the inspection closed".into(),
            ));
        }
        let none = || PhoneError::Invalid("没有更新的规则包 / there is no newer pack".into());
        let (new, digest) = self.newer(&i, &old)?.ok_or_else(none)?;
        let gone = |id: &String| {
            let list = old.checklists.iter().find(|list| list.items.iter().any(|item| item.id == *id))?;
            let item = old.item(id).filter(|_| new.item(id).is_none())?;
            Some(DroppedItem {
                item: id.clone(),
                checklist: list.title.zh.clone(),
                no: super::record::item_no(&old, id).unwrap_or_default(),
                text: item.text.zh.clone(),
                basis: item.basis.iter().map(|b| old.cite(b).zh).collect::<Vec<_>>().join("；"),
            })
        };
        let same = |notice: &&crate::pack::RightsText| old.rights.iter().any(|was| was == *notice);
        let mut kept: Vec<String> = new.rights.iter().filter(same).map(|notice| notice.id.clone()).collect();
        // Of every language, or not at all.
        kept.retain(|id| {
            let of = |pack: &Pack| pack.rights.iter().filter(|notice| notice.id == *id).cloned().collect::<Vec<_>>();
            of(&old) == of(&new)
        });
        kept.dedup();
        let event = Event::PackMoved {
            officer: self.with(|inner| inner.me())?,
            from_version: named(&old),
            pack: hex(&digest),
            pack_version: named(&new),
            dropped: i.answers.keys().filter_map(gone).collect(),
            kept,
        };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }

    /// The newest pack and its digest, when it is valid today and not the one that the inspection has.
    fn newer(&self, i: &Inspection, old: &Pack) -> Result<Option<(Arc<Pack>, crate::id::Digest)>, PhoneError> {
        let today = super::act::day(self.best_time()?)?;
        self.with(|inner| {
            let newest = inner.pack.as_ref().filter(|p| p.pack().valid_on(today) && p.pack().id == old.id);
            let newest =
                newest.filter(|p| p.pack().version > old.version && i.pack.as_deref() != Some(hex(&p.digest()).as_str()));
            Ok(newest.map(|p| (p.shared(), p.digest())))
        })
    }

    /// The pack by which a paper was made: it is signed and finished by it.
    pub(super) fn pack_of_paper(&self, i: &Inspection, p: &PaperState, now: Arc<Pack>) -> Result<Arc<Pack>, PhoneError> {
        let made = p.form.split_once('#').map_or("", |(version, _)| version);
        if made == named(&now) {
            return Ok(now);
        }
        let digest = i.packs.iter().find(|(version, _)| version == made).and_then(|(_, digest)| digest_from_hex(digest));
        let (digest, at) = (digest.ok_or(PhoneError::NotFound("pack of the paper"))?, self.best_time()?);
        self.with(|inner| Ok(inner.pack_of(&digest, at)?.shared()))
    }
}

fn named(pack: &Pack) -> String {
    format!("{}@{}", pack.id, pack.version)
}
