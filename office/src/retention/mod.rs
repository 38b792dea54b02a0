//! 保存与销毁 (R22, J21): what is kept until when, holds, promotion into a case, and destruction with a certificate.
//!
//! What must be kept follows from events by a pure rule ([`rule`]). What people decide is an act, only appended, each a leaf of the office's own log. What is
//! destroyed is the content of a file alone: entries, digests, custody receipts and the office's log stay as they are.

mod act;
mod destroy;
mod gather;
mod keep;
pub mod rule;
mod work;

pub use act::{Act, Acts, Hold, Noted, Proposal, Step};
pub use destroy::{Certificate, Done, certificate, certificates, go_on, of_case, run};
pub use keep::{acts, is_logged, record};
pub use work::{File, due, inspection, named, of_inspection, periods, title};
