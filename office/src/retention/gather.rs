//! The events of the rule, as the database has them.

use super::act::Acts;
use super::rule::{Event, State, What};
use crate::error::Result;
use crate::procedure;
use crate::store::{Db, ToValue, params};
use mingzheng_core::calendar::Day;
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{Digest, Id};
use mingzheng_core::log::Entry;
use std::collections::{BTreeMap, BTreeSet, btree_map};

/// Which files are asked about.
pub(super) enum Which<'a> {
    /// Those that arrived before a moment, ms.
    Before(i64),
    /// Those that entries of an inspection name.
    Of(Id),
    /// These.
    These(&'a [Digest]),
}

type Named = (Digest, i64, bool, Option<[u8; 16]>, Option<String>, Option<String>);

const SELECT: &str =
    "SELECT u.sealed, u.complete, u.clear IS NOT NULL AND u.custody IS NOT NULL, w.case_tag, w.what, w.id FROM uploads u
     LEFT JOIN wanted w ON w.clear = u.clear AND (w.sealed IS NULL OR w.sealed = u.sealed)
     WHERE u.complete IS NOT NULL AND NOT EXISTS (SELECT 1 FROM destroyed d WHERE d.sealed = u.sealed)";

fn rows(c: &Db, filter: &str, key: &[&dyn ToValue]) -> Result<Vec<Named>> {
    Ok(c.rows(&format!("{SELECT} AND {filter} ORDER BY u.sealed"), key, |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?))
    })?)
}

/// What the events about some files amount to; files that were destroyed are none.
pub(super) fn state(c: &Db, acts: &Acts, which: &Which<'_>) -> Result<State> {
    let named = match which {
        Which::Before(at) => rows(c, "u.complete < ?", params![*at])?,
        Which::Of(inspection) => rows(c, "u.clear IN (SELECT clear FROM wanted WHERE case_tag = ?)", params![inspection.0])?,
        Which::These(files) => {
            let mut all = Vec::new();
            for file in *files {
                all.extend(rows(c, "u.sealed = ?", params![file])?);
            }
            all
        }
    };
    let mut events: Vec<Event> = acts.events().collect();
    let mut inspections: BTreeMap<Id, Inspection> = BTreeMap::new();
    for (file, complete, opened, tag, what, id) in named {
        events.extend(Day::in_china(complete).map(|day| Event::Received { file, day, opened }));
        let (Some(tag), Some(what), Some(id)) = (tag.map(Id), what, id) else { continue };
        if let btree_map::Entry::Vacant(unread) = inspections.entry(tag) {
            unread.insert(Inspection::read(c, tag)?);
        }
        let media = inspections.get(&tag).is_some_and(|i| what == "thumbnail" || what == "evidence" && i.media.contains(&id));
        events.push(Event::Named { file, inspection: tag, media });
    }
    for (inspection, read) in &inspections {
        events.extend(read.closed.map(|day| Event::Closed { inspection: *inspection, day }));
        if read.grave {
            events.push(Event::Grave { inspection: *inspection });
        }
        for p in procedure::of_inspection(c, *inspection)? {
            events.extend(case(&p));
        }
    }
    // A promotion counts before its case is looked at; one that is not there stays open, and keeps what it names.
    for id in acts.promotions().map(|(_, case)| case).collect::<BTreeSet<Id>>() {
        if let Ok(p) = procedure::by_id(c, id) {
            events.extend(case(&p));
        }
    }
    Ok(State::fold(events))
}

fn case(p: &procedure::Procedure) -> Vec<Event> {
    let inspection = p.case.inspection.as_deref().and_then(Id::from_hex);
    let mut events = vec![Event::Begun { case: p.id, inspection }];
    events.extend(p.case.ended.map(|(day, _)| Event::Ended { case: p.id, day }));
    events
}

/// What bears on keeping among the entries of an inspection.
#[derive(Default)]
struct Inspection {
    closed: Option<Day>,
    grave: bool,
    /// Evidence that is a recording or a photograph, and no photographed paper.
    media: BTreeSet<String>,
}

impl Inspection {
    fn read(c: &Db, tag: Id) -> Result<Self> {
        let (mut read, mut papers) = (Self::default(), BTreeSet::new());
        let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = c.rows(
            "SELECT header, disclosures, received FROM entries WHERE case_tag = ? ORDER BY log, seq",
            params![tag.0],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?;
        for (header, disclosures, received) in rows {
            let disclosures = cbor::decode(&disclosures)?.array("disclosures")?;
            let disclosures =
                disclosures.into_iter().map(|d| d.bytes("disclosure")).collect::<std::result::Result<Vec<_>, _>>()?;
            let entry = Entry::read(header, &disclosures)?;
            let field = |name: &str| entry.disclosures().iter().find(|d| d.name() == name).map(|d| d.value().clone());
            let text = |name: &str| match field(name) {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            };
            match entry.header().kind.as_str() {
                "inspection.closed" => read.closed = read.closed.max(Day::in_china(received)),
                "measure.begun" => read.grave |= text("what").as_deref() != Some("sampling"),
                "measure.taken" | "penalty.chosen" | "penalty.filed" | "fine.collected" => read.grave = true,
                "evidence.captured" => {
                    let media = text("media_type").unwrap_or_default();
                    if ["image/", "audio/", "video/"].iter().any(|kind| media.starts_with(kind)) {
                        read.media.extend(text("id"));
                    }
                }
                "document.ink" => {
                    if let Some(Value::Array(pages)) = field("pages") {
                        papers.extend(pages.into_iter().filter_map(|p| p.text("page").ok()));
                    }
                }
                _ => {}
            }
        }
        read.media.retain(|id| !papers.contains(id));
        Ok(read)
    }
}

/// Whether what an act names is there.
pub(super) fn is_there(c: &Db, what: &What) -> Result<bool> {
    Ok(match what {
        What::File(sealed) => {
            c.one("SELECT EXISTS (SELECT 1 FROM uploads WHERE sealed = ? AND complete IS NOT NULL)", params![sealed], |r| {
                r.get(0)
            })?
        }
        What::Inspection(id) => c.one("SELECT EXISTS (SELECT 1 FROM entries WHERE case_tag = ?)", params![id.0], |r| r.get(0))?,
        What::Case(id) => c.one("SELECT EXISTS (SELECT 1 FROM procedures WHERE procedure = ?)", params![id.0], |r| r.get(0))?,
    })
}
