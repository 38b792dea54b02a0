//! The high-water mark beside the keys, and what it says about a store (P5, §8.1).

use super::state::Inner;
use super::{Phone, PhoneError};
use crate::cbor::{self, CborError, Value};
use crate::id::{Digest, Id};
use crate::log::tree::{Frontier, leaf};
use crate::store::rows;

/// The newest signed checkpoint that was ever durable on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) log: Id,
    pub(crate) cp_no: u64,
    pub(crate) size: u64,
    pub(crate) root: Digest,
    /// Of the keys that signed it.
    pub(crate) generation: u32,
}

impl Mark {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, CborError> {
        cbor::encode(&Value::Array(vec![
            1.into(),
            self.log.into(),
            self.cp_no.into(),
            self.size.into(),
            self.root.into(),
            u64::from(self.generation).into(),
        ]))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let [version, log, cp_no, size, root, generation]: [Value; 6] =
            cbor::decode(bytes)?.array("mark")?.try_into().map_err(|_| CborError::Type("mark"))?;
        if version != Value::Int(1) {
            return Err(CborError::Type("mark"));
        }
        Ok(Self {
            log: Id(log.array_of("log")?),
            cp_no: cp_no.uint("cp_no")?,
            size: size.uint("size")?,
            root: root.array_of("root")?,
            generation: u32::try_from(generation.uint("generation")?).map_err(|_| CborError::Type("generation"))?,
        })
    }
}

impl Phone {
    /// The mark beside the keys. One that cannot be read as a mark says nothing and is written anew.
    pub(crate) fn mark(&self) -> Result<Option<Mark>, PhoneError> {
        Ok(self.host.high_water.read()?.and_then(|bytes| Mark::decode(&bytes).ok()))
    }

    /// Raises the mark to the newest durable checkpoint. A failure is no loss: the store is ahead then, and the next start raises it.
    pub(crate) fn raise_mark(&self) -> Result<(), PhoneError> {
        self.with(|i| i.newest_mark())?.map_or(Ok(()), |mark| self.raise_to(mark))
    }

    /// Raises it to this one, which is durable and the newest.
    pub(crate) fn raise_to(&self, mark: Mark) -> Result<(), PhoneError> {
        if self.mark()? != Some(mark) {
            self.host.high_water.write(&mark.encode()?)?;
        }
        Ok(())
    }
}

impl Inner {
    /// Whether the store holds what the mark says: that checkpoint, and entries that lead to its root.
    pub(crate) fn holds(&self, mark: &Mark) -> Result<bool, PhoneError> {
        self.store.read(|c| {
            let Some(own) = rows::own_logs(c)?.into_iter().find(|l| l.log == mark.log) else { return Ok(false) };
            let named = |r: &rows::CheckpointRow| (r.life, r.cp_no, r.size) == (own.life, mark.cp_no, mark.size);
            Ok(rows::checkpoints(c)?.iter().any(named) && root(c, own.life, mark.size)? == Some(mark.root))
        })
    }

    fn newest_mark(&self) -> Result<Option<Mark>, PhoneError> {
        self.store.read(|c| {
            for own in rows::own_logs(c)?.into_iter().rev() {
                let Some(row) = rows::last_checkpoint(c, own.life)? else { continue };
                let Some(root) = root(c, own.life, row.size)? else { continue };
                let mark = Mark { log: own.log, cp_no: row.cp_no, size: row.size, root, generation: own.generation };
                return Ok(Some(mark));
            }
            Ok(None)
        })
    }
}

/// Root over the first `size` entries of a log; `None` when there are fewer.
fn root(c: &rusqlite::Connection, life: u64, size: u64) -> Result<Option<Digest>, PhoneError> {
    let mut frontier = Frontier::default();
    for header in rows::headers(c, life)?.iter().take(usize::try_from(size).unwrap_or(usize::MAX)) {
        frontier.push(leaf(header));
    }
    Ok((frontier.size() == size).then(|| frontier.root()))
}
