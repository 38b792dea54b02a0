//! What the party may know before anybody comes: its rights in the words of the newest pack, the label of the badge, where to complain
//! (R13, R16, requirements B10). For the badge page and the leaflet.

use crate::error::Result;
use crate::office::Office;
use mingzheng_core::calendar::Day;
use mingzheng_core::pack::signed::open_any_day;
use mingzheng_core::pack::{self, Act, Language, Pack, RightsItem, RightsText, SourceStatus, Text};
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// `zh-Hans` or `en`.
    pub language: &'static str,
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
    Ok(newest(office)?.map_or_else(
        || Notice {
            aid: Some(text(
                "电子亮证辅助，以实体证/省电子证为准",
                "Electronic aid; the physical or the province's electronic certificate governs",
            )),
            complaint: text(&format!("监督电话：{phone}"), &format!("Complaints: {phone}")),
            rights: Vec::new(),
            illustrative: false,
        },
        |pack| of(&pack, &office.trust.organ, phone),
    ))
}

fn text(zh: &str, en: &str) -> Text {
    Text { zh: zh.to_owned(), en: en.to_owned() }
}

/// The pack that was added last among those valid today.
fn newest(office: &Office) -> Result<Option<Pack>> {
    let rows: Vec<(Vec<u8>, i64)> = office.store.read(|c| {
        let mut s = c.prepare_cached("SELECT signed, at FROM packs ORDER BY at DESC, version DESC")?;
        Ok(s.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<std::result::Result<_, _>>()?)
    })?;
    let today = Day::in_china(office.now());
    let packs = rows.into_iter().filter_map(|(bytes, at)| open_any_day(&bytes, &office.trust, at).ok()).map(|p| p.pack().clone());
    Ok(packs.into_iter().find(|p| today.is_some_and(|d| p.valid_on(d))))
}

fn of(pack: &Pack, organ: &str, phone: &str) -> Notice {
    let slots = BTreeMap::from([("organ".to_owned(), organ.to_owned()), ("complaint_phone".to_owned(), phone.to_owned())]);
    let fill = |t: &str| pack::fill(t, &slots).ok();
    // An item with another slot speaks of one inspection (who, why, the how-many-eth visit): it is told there.
    let general = |r: &RightsText| -> Vec<RightsItem> { r.items.iter().filter(|i| fill(&i.text).is_some()).cloned().collect() };
    let rights = [Language::ZhHans, Language::En].into_iter().filter_map(|language| pack.rights(Act::Inspection, language));
    let from_memory = |i: &RightsItem| {
        !i.basis.is_empty() && i.basis.iter().all(|b| pack.source(&b.source).is_some_and(|s| s.status == SourceStatus::Memory))
    };
    let complaint = &pack.badge.complaint;
    Notice {
        aid: (!pack.badge.recognised_by_province).then(|| pack.badge.aid_label.clone()),
        complaint: Text {
            zh: fill(&complaint.zh).unwrap_or_else(|| phone.to_owned()),
            en: fill(&complaint.en).unwrap_or_else(|| phone.to_owned()),
        },
        illustrative: pack.rights(Act::Inspection, Language::ZhHans).is_some_and(|r| general(r).iter().any(from_memory)),
        rights: rights
            .map(|r| Rights {
                language: r.language.tag(),
                title: r.title.clone(),
                items: general(r)
                    .iter()
                    .map(|i| {
                        let cites = i.basis.iter().map(|b| pack.cite(b));
                        let basis: Vec<String> =
                            cites.map(|c| if r.language == Language::ZhHans { c.zh } else { c.en }).collect();
                        let between = if r.language == Language::ZhHans { "；" } else { "; " };
                        Item { text: fill(&i.text).unwrap_or_default(), basis: basis.join(between) }
                    })
                    .collect(),
            })
            .collect(),
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
        let notice = of(&shipped(), "某县卫生健康局", "12345");
        assert_eq!(notice.rights.iter().map(|r| r.language).collect::<Vec<_>>(), ["zh-Hans", "en"]);
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
        assert!(of(&pack, "x", "1").aid.unwrap().zh.contains("辅助"));
        pack.badge.recognised_by_province = true;
        assert_eq!(of(&pack, "x", "1").aid, None);
    }

    #[test]
    fn rights_that_rest_on_memory_alone_are_illustrative() {
        let mut pack = shipped();
        for s in &mut pack.sources {
            s.status = SourceStatus::Memory;
        }
        assert!(of(&pack, "x", "1").illustrative);
    }
}
