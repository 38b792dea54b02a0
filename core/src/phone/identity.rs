//! Badge, assignment and checkpoint as QR frames (P7).

use super::state::key;
use super::{Phone, PhoneError, id};
use crate::badge::{Challenge, Frame, Matrix, Show};
use crate::host::DeviceKey;
use crate::id::digest16;
use crate::log::Checkpoint;
use crate::store::rows;

/// A new presentation is due after this many milliseconds.
pub(super) const REFRESH_MS: u64 = 5_000;

/// Which frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// Badge and presentation.
    Badge,
    /// Assignment and presentation.
    Assignment,
}

/// A QR to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrFrame {
    /// The text in it: an address with the data in its fragment.
    pub text: String,
    /// Modules a side, without the quiet zone of four.
    pub size: u32,
    /// Row by row; true is dark.
    pub modules: Vec<bool>,
    /// QR version, at most 18.
    pub version: u8,
    /// Draw a new one after so many milliseconds; 0: never.
    pub refresh_after_ms: u64,
}

impl Phone {
    /// The badge's or the assignment's frame, signed anew by the SHOW key. Ask again every [`REFRESH_MS`].
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] without a badge or assignment; [`PhoneError::Locked`].
    pub fn badge_frame(&self, kind: FrameKind, task: Option<&str>, challenge: Option<Challenge>) -> Result<QrFrame, PhoneError> {
        let _op = self.operation()?;
        let at = self.best_time()? / 1000;
        let task = task.map(|t| id(t, "task")).transpose()?;
        let (badge, show_key, generation, assignment, host) = self.with(|i| {
            let (badge, facts) = i.shown_badge()?.clone();
            let assignment = match task {
                Some(t) => i.store.read(rows::tasks)?.into_iter().find(|r| r.id == t).and_then(|r| r.assignment),
                None => None,
            };
            let address = i.store.setting(key::ADDRESS)?.ok_or(PhoneError::NotEnrolled)?;
            Ok((badge, facts.show_key, i.generation, assignment, String::from_utf8_lossy(&address).into_owned()))
        })?;
        let show = Show { badge: digest16(&badge), at, challenge, assignment: assignment.as_deref().map(digest16) };
        let prepared = show.prepare(&show_key)?;
        let signature = self.host.keys.sign(DeviceKey::Show, generation, &prepared.message()?)?;
        let show = prepared.finish(&signature)?;
        let frame = match kind {
            FrameKind::Badge => Frame::Badge { badge, show },
            FrameKind::Assignment => {
                Frame::Assignment { assignment: assignment.ok_or(PhoneError::NotFound("assignment"))?, show }
            }
        };
        draw(&frame, &host, REFRESH_MS)
    }

    /// The newest checkpoint for the inspected party: it pins everything up to now.
    ///
    /// # Errors
    /// [`PhoneError::Locked`] when the LOG key cannot sign now.
    pub fn checkpoint_frame(&self) -> Result<QrFrame, PhoneError> {
        let _op = self.operation()?;
        let row = self.require_checkpoint()?;
        let host = self.with(|i| {
            i.shown = Some((row.cp_no, Checkpoint::digest(&row.cose)));
            i.store.setting(key::ADDRESS)?.ok_or(PhoneError::NotEnrolled)
        })?;
        let checkpoint = row.cose;
        draw(&Frame::Checkpoint { checkpoint }, &String::from_utf8_lossy(&host), 0)
    }
}

fn draw(frame: &Frame, address: &str, refresh_after_ms: u64) -> Result<QrFrame, PhoneError> {
    let host = address.split_once("://").map_or(address, |(_, h)| h).trim_end_matches('/');
    let m = Matrix::of(frame, host)?;
    Ok(QrFrame { text: frame.to_text(host)?, size: m.size as u32, modules: m.dark, version: m.version, refresh_after_ms })
}
