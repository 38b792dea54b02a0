//! Ledgers of the office (台账): complaints, problems and their correction, contacts, equipment, draws, report cards (R24, R36, R55,
//! R63, R64, R67).
//!
//! A row is kept as steps that are only appended, each a leaf of the office's own log as a salted digest; what it is follows from them by a fold,
//! and whether a step may follow is answered by gates. What all ledgers share is here; each ledger is a [`Book`].

mod book;
mod clock;
pub mod complaint;
pub mod contact;
mod desk;
pub mod draw;
pub mod equipment;
mod keep;
pub mod lot;
pub mod problem;
pub mod report;

pub use book::{Book, Step, blank, gate, name};
pub use clock::{Clocked, Running};
pub use desk::{DESKS, Desk, Listed, Shown, Taken, desk, told};
pub use keep::{Kept, Row, add, all, append, by_id, by_number, find, is_logged, record};
