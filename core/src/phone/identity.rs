//! Badge, assignment and checkpoint as QR frames (P7).

use super::state::Inner;
use super::{Phone, PhoneError, id, pass};
use crate::badge::{Frame, Matrix, Show, frame};
use crate::host::DeviceKey;
use crate::id::digest16;
use crate::inspection::gate::Whose;
use crate::inspection::{Task, gate};
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
    /// QR version, at most 18; of a checkpoint 25.
    pub version: u8,
    /// Draw a new one after so many milliseconds; 0: never.
    pub refresh_after_ms: u64,
    /// It answers the party's challenge, for so many milliseconds more.
    pub challenge_left_ms: Option<u64>,
}

impl Phone {
    /// The badge's or the assignment's frame, signed anew by the SHOW key. Ask again every [`REFRESH_MS`]. It answers the challenge of
    /// [`Phone::take_challenge`] while that is open.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] for a certificate that is not in effect or does not cover the task (R01, R02, R08); [`PhoneError::NotFound`] without a
    /// badge or assignment; [`PhoneError::Locked`].
    pub fn badge_frame(&self, kind: FrameKind, task: Option<&str>) -> Result<QrFrame, PhoneError> {
        let _op = self.operation()?;
        let best = self.best_time()?;
        let (at, today) = (best / 1000, super::act::day(best)?.number());
        let now = self.host.clock.now();
        let task = task.map(|t| id(t, "task")).transpose()?;
        let (badge, show_key, generation, assignment, host, held) = self.with(|i| {
            let (badge, facts) = i.shown_badge()?.clone();
            let row = match task {
                Some(t) => i.store.read(rows::tasks)?.into_iter().find(|r| r.id == t),
                None => None,
            };
            let facts_of_task = row.as_ref().map(|r| serde_json::from_str(&r.json)).transpose();
            let facts_of_task: Option<Task> = facts_of_task.map_err(|_| PhoneError::Refused("task".into()))?;
            pass(gate::may_act(&i.certificate_of(&facts, today)?, Whose::Own, facts_of_task.as_ref(), today))?;
            let assignment = row.and_then(|r| r.assignment);
            let held = i.open_challenge(&now);
            let host = i.badge_host(facts_of_task.as_ref())?;
            Ok((badge, facts.show_key, i.generation, assignment, host, held))
        })?;
        let (challenge, left) = held.unzip();
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
        Ok(QrFrame { challenge_left_ms: left, ..draw(&frame, &host, REFRESH_MS)? })
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
            i.badge_host(None)
        })?;
        let checkpoint = row.cose;
        draw(&Frame::Checkpoint { checkpoint }, &host, 0)
    }
}

impl Inner {
    /// The one host at which the party checks, as the task names it, or any task; else the office's own.
    pub(super) fn badge_host(&self, task: Option<&Task>) -> Result<String, PhoneError> {
        let host = |t: &Task| {
            let host = t.badge_address.as_deref()?.split('/').next()?;
            frame::address(host).ok().map(|_| host.to_owned())
        };
        if let Some(named) = task.and_then(host) {
            return Ok(named);
        }
        let tasks = self.store.read(rows::tasks)?;
        let named = tasks.iter().rev().filter_map(|r| serde_json::from_str(&r.json).ok()).find_map(|t| host(&t));
        let address = self.address()?;
        let own = address.split_once("://").map_or(address.as_str(), |(_, h)| h).trim_end_matches('/');
        Ok(named.unwrap_or_else(|| own.to_owned()))
    }
}

fn draw(frame: &Frame, host: &str, refresh_after_ms: u64) -> Result<QrFrame, PhoneError> {
    let m = Matrix::of(frame, host)?;
    Ok(of(m, frame.to_text(host)?, refresh_after_ms))
}

/// A code of plain text.
pub(super) fn draw_text(text: &str) -> Result<QrFrame, PhoneError> {
    Ok(of(Matrix::of_text(text)?, text.to_owned(), 0))
}

fn of(m: Matrix, text: String, refresh_after_ms: u64) -> QrFrame {
    let size = m.size as u32;
    QrFrame { text, size, modules: m.dark, version: m.version, refresh_after_ms, challenge_left_ms: None }
}
