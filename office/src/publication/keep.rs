//! The steps of publications in the database.

use crate::error::Result;
use crate::office::Office;
use crate::procedure::{self, Annex, Closed, Procedure, append_record, readable, records};
use crate::register;
use crate::store::{Db, params};
use mingzheng_core::id::Id;
use mingzheng_core::publication::{Publication, Step, grounds, may};

/// A step as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The step.
    pub step: Step,
    /// When it was recorded, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
}

/// The steps of a case's publication, oldest first.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn of(c: &Db, case: Id) -> Result<Vec<Kept>> {
    let all = records::<Step>(c, case, Annex::Publication)?;
    Ok(all.into_iter().map(|n| Kept { step: n.body, at: n.at, leaf: n.leaf }).collect())
}

/// Every publication that was begun, whatever case it is of: the public page reads no case.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn every(c: &Db) -> Result<Vec<Publication>> {
    let ids: Vec<Id> =
        c.rows("SELECT DISTINCT procedure FROM case_records WHERE kind = 'publication'", params![], |r| Ok(Id(r.get(0)?)))?;
    ids.into_iter().map(|id| Ok(Publication::fold(of(c, id)?.iter().map(|k| &k.step)))).collect()
}

/// Records a step.
///
/// # Errors
/// [`crate::error::OfficeError::Procedure`] with every gate that is closed; nothing is changed then.
pub fn record(office: &Office, case: Id, step: &Step) -> Result<()> {
    let pack = procedure::rules(office)?.pack;
    readable(step)?;
    let today = register::today(office)?;
    office.store.write(|tx| {
        let p: Procedure = procedure::by_id(tx, case)?;
        let known = of(tx, case)?;
        let publication = Publication::fold(known.iter().map(|k| &k.step));
        let gates = may(&p.case, &publication, step, &grounds(&p.case, p.plain(), today), &pack, today);
        if !gates.is_empty() {
            return Err(Closed(gates).into());
        }
        append_record(office, tx, (case, &p.number), Annex::Publication, step)?;
        Ok(())
    })
}
