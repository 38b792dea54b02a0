//! 手签原件 (P8): a paper is printed, signed and sealed by hand, and every page photographed. Each photograph is evidence like any other; the entry
//! `document.ink` binds them to the paper by the code on each page and says which is the original.

use super::act::text;
use super::{Phone, PhoneError, id, pass};
use crate::document::page::pages_of;
use crate::id::digest_from_hex;
use crate::inspection::{Event, Original, gate};

/// One photographed page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InkPage {
    /// Evidence id of the photograph.
    pub evidence: String,
    /// What the shell's scanner read from the page's code.
    pub code: String,
}

impl Phone {
    /// Binds the photographs of a paper that was signed by hand. `signed`: who signed on it, as written.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] names the photograph that shows another paper or page, or the pages that are missing;
    /// [`PhoneError::Blocked`] (J5) while two officers' and the party's signatures, or its refusal, are not there.
    pub fn bind_ink(
        &self,
        inspection: &str,
        paper: &str,
        pages: Vec<InkPage>,
        signed: Vec<String>,
        original: Original,
    ) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let invalid = |why: &str| PhoneError::Invalid(why.into());
        if i.closed.is_some() {
            return Err(invalid("检查已经结束 / the inspection is closed"));
        }
        let p = i.paper(paper).ok_or(PhoneError::NotFound("paper"))?;
        if p.voided.is_some() || p.presented.is_none() {
            return Err(invalid("文书尚未出示 / the paper was not presented"));
        }
        if original == Original::Electronic && p.finished.is_none() {
            return Err(invalid(
                "电子文书尚未完成，不能作为原件 / the electronic paper is not finished and cannot be the original",
            ));
        }
        let facts = digest_from_hex(&p.facts_digest).ok_or(PhoneError::NotFound("facts"))?;
        let codes: Vec<&str> = pages.iter().map(|page| page.code.as_str()).collect();
        let order = pages_of(&facts, p.number(), &codes).map_err(|e| PhoneError::Invalid(e.to_string()))?;
        let mut evidence = Vec::new();
        for page in order.into_iter().filter_map(|i| pages.get(i)) {
            let held =
                i.evidence.iter().find(|e| e.id == page.evidence && e.media_type.starts_with("image/") && e.derived.is_none());
            let held = held.ok_or(PhoneError::NotFound("photograph of the page"))?;
            if held.at.entry.log == p.facts_at.entry.log && held.at.entry.seq < p.facts_at.entry.seq {
                return Err(invalid("照片早于文书 / the photograph is older than the paper"));
            }
            if evidence.contains(&held.id) {
                return Err(invalid("同一张照片用于两页 / one photograph stands for two pages"));
            }
            evidence.push(held.id.clone());
        }
        let signed = signed.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
        let pack = self.pack_of_paper(&i, p, pack)?;
        pass(gate::signed_by_hand(&i, &pack, p, &signed))?;
        let event = Event::Inked { paper: paper.to_owned(), facts: p.facts_digest.clone(), pages: evidence, signed, original };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }
}
