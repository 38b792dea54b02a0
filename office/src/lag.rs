//! 报送情况: what each phone still owes the office, and what of its feed it has not fetched (R23).

use crate::cases::OWED;
use crate::error::Result;
use crate::store::{Db, params, uint};
use std::collections::BTreeMap;

/// How far a device that is not withdrawn is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// As signed.
    pub enrolment: Vec<u8>,
    /// When it was heard of last, by its feed or a checkpoint, ms; up to an hour ago where nothing new went either way.
    pub heard: Option<i64>,
    /// When its newest checkpoint came, ms.
    pub sent: Option<i64>,
    /// Entries received.
    pub entries: i64,
    /// Items of its feed that it has not fetched.
    pub unfetched: i64,
    /// Originals and final papers that its entries name and that are not here.
    pub owed: i64,
    /// When the first of these entries came, ms.
    pub owed_since: Option<i64>,
    /// Bytes to come of the files that it has begun to send.
    pub under_way: u64,
}

impl Lag {
    /// Whether anything is owed on either side.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.unfetched > 0 || self.owed > 0 || self.under_way > 0
    }
}

/// Every device that is not withdrawn, those first that owe files for longest. Files are counted that were named after `since`, ms: what a phone owes
/// from before is told by its case.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn by_device(c: &Db, since: i64) -> Result<Vec<Lag>> {
    let open = c.rows("SELECT enrolment, length - received FROM uploads WHERE complete IS NULL", params![], |r| {
        Ok((r.get::<Vec<u8>>(0)?, uint(r.get(1)?)))
    })?;
    // Each log's part is found by its own indexes, however many files the office has: from the last checkpoint before `since` on.
    let owed = c.rows(
        &format!(
            "SELECT e.enrolment, count(*), min(n.received) FROM enrolments e JOIN wanted w ON w.log = e.log
               AND w.seq >= coalesce((SELECT max(b.size) FROM checkpoints b WHERE b.log = e.log AND b.received < ?), 0)
             JOIN entries n ON n.log = w.log AND n.seq = w.seq WHERE {OWED} GROUP BY e.enrolment"
        ),
        params![since],
        |r| Ok((r.get::<Vec<u8>>(0)?, (r.get::<i64>(1)?, r.get::<i64>(2)?))),
    )?;
    let owed: BTreeMap<Vec<u8>, (i64, i64)> = owed.into_iter().collect();
    let under_way = |enrolment: &[u8]| open.iter().filter(|(whose, _)| whose == enrolment).map(|(_, left)| left).sum();
    let sql = "SELECT e.signed, x.at, k.received, coalesce(l.size, 0),
                coalesce((SELECT max(f.n) FROM feed f WHERE f.enrolment = e.enrolment), 0) - coalesce(x.n, 0), e.enrolment
         FROM enrolments e LEFT JOIN fetched x ON x.enrolment = e.enrolment
         LEFT JOIN logs l ON l.log = e.log LEFT JOIN checkpoints k ON k.digest = l.checkpoint
         WHERE NOT EXISTS (SELECT 1 FROM revocations r WHERE r.log = e.log) ORDER BY e.at, e.enrolment";
    let mut all = c.rows(sql, params![], |r| {
        let (asked, sent): (Option<i64>, Option<i64>) = (r.get(1)?, r.get(2)?);
        let enrolment: Vec<u8> = r.get(5)?;
        let owed = owed.get(&enrolment);
        Ok(Lag {
            enrolment: r.get(0)?,
            heard: asked.max(sent),
            sent,
            entries: r.get(3)?,
            unfetched: r.get(4)?,
            owed: owed.map_or(0, |(files, _)| *files),
            owed_since: owed.map(|(_, first)| *first),
            under_way: under_way(&enrolment),
        })
    })?;
    all.sort_by_key(|lag| (lag.owed_since.unwrap_or(i64::MAX), -lag.unfetched));
    Ok(all)
}

/// How far the devices that are not withdrawn lag behind their feeds, in two numbers (metrics).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feeds {
    /// Devices whose oldest item that they do not have is older than asked.
    pub behind: i64,
    /// Most items that one of them does not have.
    pub most: i64,
}

/// How far they lag, as of their last question; `before`: items from before that time count as old.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn of_feeds(c: &Db, before: i64) -> Result<Feeds> {
    const DEVICES: &str = "FROM enrolments e LEFT JOIN fetched x ON x.enrolment = e.enrolment
                           WHERE NOT EXISTS (SELECT 1 FROM revocations r WHERE r.log = e.log)";
    let behind = format!(
        "SELECT count(*) FROM (SELECT e.enrolment, (SELECT min(f.at) FROM feed f
         WHERE f.enrolment = e.enrolment AND f.n = coalesce(x.n, 0) + 1) AS oldest {DEVICES}) AS d WHERE oldest < ?"
    );
    let most = format!(
        "SELECT coalesce(max(lag), 0) FROM (SELECT (SELECT max(n) FROM feed f WHERE f.enrolment = e.enrolment) - coalesce(x.n, 0) AS lag {DEVICES}) AS d"
    );
    Ok(Feeds {
        behind: c.one(&behind, params![before], |r| r.get(0))?,
        most: c.one(&most, params![], |r| r.get::<i64>(0))?.max(0),
    })
}
