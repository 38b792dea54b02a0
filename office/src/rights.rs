//! What the party may know before anybody comes: its rights in the words of the newest pack, the label of the badge, where to complain
//! (R13, R16, requirements B10). For the badge page and the leaflet.

use crate::error::Result;
use crate::office::Office;
use crate::store::{Db, params};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Digest;
use mingzheng_core::pack::signed::open_any_day;
use mingzheng_core::pack::{self, Act, BadgeRules, Language, Pack, RightsItem, RightsText, SourceStatus, Text};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One right or duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The words of the pack.
    pub text: String,
    /// The law that it rests on.
    pub basis: String,
}

/// The notification of an inspection in one language, without what only a single inspection can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rights {
    /// The tag: `zh-Hans`, `en`, and what the pack brings besides.
    pub language: String,
    /// Title.
    pub title: String,
    /// Items in the order told.
    pub items: Vec<Item>,
}

/// What stands on the badge page and the leaflet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// That the badge is an aid; `None` where the province recognises it.
    pub aid: Option<Text>,
    /// How to complain.
    pub complaint: Text,
    /// One a language, Chinese first; none without a pack.
    pub rights: Vec<Rights>,
    /// Some item rests on sources from memory alone.
    pub illustrative: bool,
}

/// The notice of the newest pack in force; without one the badge is an aid and no rights are shown.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn notice(office: &Office) -> Result<Notice> {
    let phone = &office.settings.complaint_phone;
    Ok(of(newest(office)?.as_ref().map(|(_, pack)| &**pack), &office.trust.organ, phone))
}

/// Packs by their digest, as far as they were opened; `None` for one that cannot be.
pub(crate) type Opened = Mutex<BTreeMap<Digest, Option<Arc<Pack>>>>;

/// The pack that was added last among those valid today, with its digest. Each is opened once in the life of a server: what stands under a digest does not
/// change, nor does the trust list of an office that runs.
pub(crate) fn newest(office: &Office) -> Result<Option<(Digest, Arc<Pack>)>> {
    let Some(today) = Day::in_china(office.now()) else { return Ok(None) };
    office.store.read(|c| {
        let packs = "SELECT digest, at FROM packs ORDER BY at DESC, version DESC";
        let packs: Vec<(Digest, i64)> = c.rows(packs, params![], |r| Ok((r.get(0)?, r.get(1)?)))?;
        for (digest, at) in packs {
            if let Some(pack) = opened(office, c, digest, at)?.filter(|p| p.valid_on(today)) {
                return Ok(Some((digest, pack)));
            }
        }
        Ok(None)
    })
}

/// A pack that was added, whether it is in force or not.
pub(crate) fn of_digest(office: &Office, digest: Digest) -> Result<Option<Arc<Pack>>> {
    office.store.read(|c| {
        let at: Option<i64> = c.row("SELECT at FROM packs WHERE digest = ?", params![digest], |r| r.get(0))?;
        at.map_or(Ok(None), |at| opened(office, c, digest, at))
    })
}

fn opened(office: &Office, c: &Db, digest: Digest, at: i64) -> Result<Option<Arc<Pack>>> {
    let mut opened = office.packs.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = opened.get(&digest) {
        return Ok(known.clone());
    }
    let bytes: Vec<u8> = c.one("SELECT signed FROM packs WHERE digest = ?", params![digest], |r| r.get(0))?;
    let pack = open_any_day(&bytes, &office.trust, at).ok().map(|p| Arc::new(p.pack().clone()));
    opened.insert(digest, pack.clone());
    Ok(pack)
}

fn of(pack: Option<&Pack>, organ: &str, phone: &str) -> Notice {
    let rules = pack.map(|p| &p.badge);
    let complaint = BadgeRules::complaint(rules, phone).unwrap_or_else(|_| Text { zh: phone.to_owned(), en: phone.to_owned() });
    let notice = Notice { aid: BadgeRules::aid(rules), complaint, rights: Vec::new(), illustrative: false };
    let Some(pack) = pack else { return notice };
    let slots = BTreeMap::from([("organ".to_owned(), organ.to_owned()), ("complaint_phone".to_owned(), phone.to_owned())]);
    let fill = |t: &str| pack::fill(t, &slots).ok();
    // An item with another slot speaks of one inspection (who, why, the how-many-eth visit): it is told there.
    let general = |r: &RightsText| -> Vec<RightsItem> { r.items.iter().filter(|i| fill(&i.text).is_some()).cloned().collect() };
    let rights = pack.notices(Act::Inspection).into_iter();
    let from_memory = |i: &RightsItem| {
        !i.basis.is_empty() && i.basis.iter().all(|b| pack.source(&b.source).is_some_and(|s| s.status == SourceStatus::Memory))
    };
    Notice {
        illustrative: pack.rights(Act::Inspection, &Language::ZhHans).is_some_and(|r| general(r).iter().any(from_memory)),
        rights: rights
            .map(|r| Rights {
                language: r.language.tag().to_owned(),
                title: r.title.clone(),
                items: general(r)
                    .iter()
                    .map(|i| {
                        let cites = i.basis.iter().map(|b| pack.cite(b));
                        let basis: Vec<String> = cites.map(|c| if r.language.is_chinese() { c.zh } else { c.en }).collect();
                        let between = if r.language.is_chinese() { "；" } else { "; " };
                        Item { text: fill(&i.text).unwrap_or_default(), basis: basis.join(between) }
                    })
                    .collect(),
            })
            .collect(),
        ..notice
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;

    fn shipped() -> Pack {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
        mingzheng_core::pack::author::check(&folder).unwrap()
    }

    #[test]
    fn r13_r16_the_rights_are_the_packs_words_without_what_one_inspection_says() {
        let notice = of(Some(&shipped()), "某县卫生健康局", "12345");
        assert_eq!(
            notice.rights.iter().map(|r| r.language.as_str()).collect::<Vec<_>>(),
            ["zh-Hans", "en", "ko", "zh-Hans-x-plain"]
        );
        let all = |i: usize| notice.rights[i].items.iter().map(|i| i.text.as_str()).collect::<Vec<_>>().join("\n");
        assert!(all(0).contains("有权拒绝接受检查") && all(0).contains("监督电话：12345"));
        assert!(all(1).contains("you have the right to refuse") && all(1).contains("Complaints: 12345"));
        assert!(!all(0).contains('{') && !all(0).contains("本次检查的事由"), "what nobody can know beforehand is not said");
        assert_eq!(notice.rights[0].items.len(), notice.rights[1].items.len());
        assert_eq!(notice.rights[0].items[0].basis, "《中华人民共和国行政处罚法》第五十五条第一款");
        assert!(!notice.illustrative);
        assert_eq!(notice.complaint.zh, "监督电话：12345");
    }

    #[test]
    fn b10_the_badge_is_an_aid_unless_the_province_recognises_it() {
        let mut pack = shipped();
        assert!(of(Some(&pack), "x", "1").aid.unwrap().zh.contains("辅助"));
        pack.badge.recognised_by_province = true;
        assert_eq!(of(Some(&pack), "x", "1").aid, None);
        // Nobody has said that it does.
        let none = of(None, "x", "1");
        assert!(none.aid.unwrap().zh.contains("辅助") && none.rights.is_empty());
        assert_eq!((none.complaint.zh.as_str(), none.complaint.en.as_str()), ("监督电话：1", "Complaints: 1"));
    }

    #[test]
    fn rights_that_rest_on_memory_alone_are_illustrative() {
        let mut pack = shipped();
        for s in &mut pack.sources {
            s.status = SourceStatus::Memory;
        }
        assert!(of(Some(&pack), "x", "1").illustrative);
    }
}
