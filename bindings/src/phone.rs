//! The phone as one object.

use crate::act::{Act, ActResult, Place};
use crate::badge::{BadgeScreen, CertificateView, FrameKind, OfficersView, QrFrame};
use crate::checklist::{ChecklistView, NodeView, NoticeAct, NoticeView};
use crate::error::{Gate, PhoneError};
use crate::evidence::{CaptureInfo, EvidenceView, PhotoCheck};
use crate::host::{Fault, Host};
use crate::inspection::{CloseOut, Inspection};
use crate::lookup::{DiscretionView, FactGiven, FactKnown, HandbookView, ScriptView};
use crate::measure::{MeasureAct, MeasureInput, MeasureView};
use crate::mirror::Cross;
use crate::pairing::{MirrorView, Peer, PeerEvent};
use crate::paper::{
    CopyKind, CorrectInput, DraftView, FormView, Ink, InkPage, Original, PackMoveView, PaperView, RefuseInput, SignInput,
    StockNumber, SubjectView,
};
use crate::recording::{
    FactHeld, Gap, Interruption, Media, OrphanView, PartInfo, PartView, PictureEdit, RecordingState, RecordingView,
};
use crate::sending::{Conditions, Sending, SendingPolicy};
use crate::status::{CheckpointView, Status};
use crate::sync::{HttpHeader, HttpRequest};
use crate::task::TaskView;
use mingzheng_core as core;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

type Result<T> = std::result::Result<T, PhoneError>;

/// One device's core. Every call returns when it is done, from any thread, and answers `Busy` instead of waiting for another.
/// Call it off the main thread: a key in hardware takes up to half a second.
#[derive(uniffi::Object)]
pub struct Phone {
    core: core::phone::Phone,
    host: Host,
    fault: Fault,
}

impl Phone {
    /// Calls the core; a failing shell is refused before anything is done, and its own words stand in the error.
    fn ask<A: Cross<B>, B>(
        &self,
        call: impl FnOnce(&core::phone::Phone) -> std::result::Result<A, core::phone::PhoneError>,
    ) -> Result<B> {
        self.host.ready()?;
        self.fault.take();
        match call(&self.core) {
            Ok(answer) => Ok(answer.cross()),
            Err(core::phone::PhoneError::Host) => Err(PhoneError::Host { detail: self.fault.take().unwrap_or_default() }),
            Err(error) => Err(error.into()),
        }
    }
}

#[uniffi::export]
impl Phone {
    /// Opens the phone's folder, or makes it. The store's key is made here and wrapped by the host's keys.
    #[uniffi::constructor]
    pub fn open(folder: String, host: Host) -> Result<Arc<Self>> {
        let fault = Fault::default();
        let core = core::phone::Phone::open(Path::new(&folder), host.clone().into_core(&fault)?)?;
        Ok(Arc::new(Self { core, host, fault }))
    }

    /// Closes: later calls answer `Closed`. Everything acknowledged is durable already.
    pub fn shutdown(&self) -> Result<()> {
        Ok(self.core.close()?)
    }

    /// Where the camera is to put its files: what is found there after a kill is an orphan, not lost.
    pub fn inbox(&self) -> String {
        self.core.inbox().to_string_lossy().into_owned()
    }

    /// Does work that is due and gives the milliseconds until it wants to be called next.
    pub fn tick(&self) -> Result<u64> {
        self.ask(core::phone::Phone::tick)
    }

    /// The device at a glance.
    pub fn status(&self) -> Result<Status> {
        self.ask(core::phone::Phone::status)
    }

    /// Takes the text of the office's enrolment QR; the requests follow by `next_request`. An enrolled phone gets new keys and begins a new log:
    /// planned rotation, or the way back after a lost key or a store that was put back.
    pub fn begin_enrolment(&self, invitation: String) -> Result<()> {
        self.ask(|p| p.begin_enrolment(&invitation))
    }

    /// The office's tasks, each with what still blocks its start.
    pub fn tasks(&self) -> Result<Vec<TaskView>> {
        self.ask(core::phone::Phone::tasks)
    }

    /// The user's own certificate: how it stands, as of when, and what to do (R02).
    pub fn certificate(&self) -> Result<CertificateView> {
        self.ask(core::phone::Phone::certificate)
    }

    /// What stands on the badge screen beside the code, for a task or for none.
    pub fn badge_screen(&self, task: Option<String>) -> Result<BadgeScreen> {
        self.ask(|p| p.badge_screen(task.as_deref()))
    }

    /// Takes the eight digits of the party's page, typed or scanned; the frames answer them for so many milliseconds. `NotAChallenge` for anything else.
    pub fn take_challenge(&self, digits: String) -> Result<u64> {
        self.ask(|p| p.take_challenge(&digits))
    }

    /// The party has seen the answer.
    pub fn end_challenge(&self) -> Result<()> {
        self.ask(core::phone::Phone::end_challenge)
    }

    /// Looks officers up in the signed list, with no network (R03); an empty query gives all.
    pub fn officers(&self, query: String) -> Result<OfficersView> {
        self.ask(|p| p.officers(&query))
    }

    /// The badge's or the assignment's code, signed anew; draw it until `refresh_after_ms` is over. It answers what `take_challenge` took.
    /// `Blocked` when the certificate is not in effect or does not cover the task.
    pub fn badge_frame(&self, kind: FrameKind, task: Option<String>) -> Result<QrFrame> {
        self.ask(|p| p.badge_frame(kind.cross(), task.as_deref()))
    }

    /// The newest checkpoint for the inspected party: it pins everything up to now.
    pub fn checkpoint_frame(&self) -> Result<QrFrame> {
        self.ask(core::phone::Phone::checkpoint_frame)
    }

    /// The lead's first pairing code.
    pub fn pair_offer(&self, task: String) -> Result<String> {
        self.ask(|p| p.pair_offer(&task))
    }

    /// The second officer takes the first code and shows `next`.
    pub fn pair_answer(&self, task: String, offer: String) -> Result<Peer> {
        self.ask(|p| p.pair_answer(&task, &offer))
    }

    /// The lead takes the second code, shows `next` and is paired.
    pub fn pair_confirm(&self, inspection: String, answer: String) -> Result<Peer> {
        self.ask(|p| p.pair_confirm(&inspection, &answer))
    }

    /// The second officer takes the third code and is paired.
    pub fn pair_finish(&self, confirm: String) -> Result<Peer> {
        self.ask(|p| p.pair_finish(&confirm))
    }

    /// Messages for the other phone, sealed; carry them in this order.
    pub fn peer_outbox(&self) -> Result<Vec<Vec<u8>>> {
        self.ask(core::phone::Phone::peer_outbox)
    }

    /// Takes a message of the other phone.
    pub fn peer_receive(&self, message: Vec<u8>) -> Result<Option<PeerEvent>> {
        self.ask(|p| p.peer_receive(&message))
    }

    /// How far this phone and each one that it was paired with have each other's log.
    pub fn mirrors(&self) -> Result<Vec<MirrorView>> {
        self.ask(core::phone::Phone::mirrors)
    }

    /// Goes on as the lead, because the lead's phone cannot; the reason is recorded.
    pub fn continue_as_lead(&self, inspection: String, reason: String) -> Result<()> {
        self.ask(|p| p.continue_as_lead(&inspection, &reason))
    }

    /// The lead asks the second officer to sign a presented paper on the own phone.
    pub fn request_cosign(&self, inspection: String, paper: String) -> Result<()> {
        self.ask(|p| p.request_cosign(&inspection, &paper))
    }

    /// The second officer signs what was asked, with the OFFICER key of this device.
    pub fn cosign(&self, input: SignInput) -> Result<()> {
        self.ask(|p| p.cosign(input.cross()))
    }

    /// Asks the second officer's phone to witness everything up to now.
    pub fn request_witness(&self, inspection: String) -> Result<()> {
        self.ask(|p| p.request_witness(&inspection))
    }

    /// Witnesses the checkpoint that the other phone asked for, with the OFFICER key of this device.
    pub fn witness(&self) -> Result<()> {
        self.ask(core::phone::Phone::witness)
    }

    /// The same by codes: this phone has scanned the checkpoint's code on the other one's screen and shows the code that is given back.
    pub fn witness_scanned(&self, inspection: String, code: String) -> Result<String> {
        self.ask(|p| p.witness_scanned(&inspection, &code))
    }

    /// Takes the code that `witness_scanned` gave on the other phone.
    pub fn take_witness(&self, code: String) -> Result<PeerEvent> {
        self.ask(|p| p.take_witness(&code))
    }

    /// Proofs that the office told two histories, for whoever is to judge them.
    pub fn office_forks(&self) -> Result<Vec<Vec<u8>>> {
        self.ask(core::phone::Phone::office_forks)
    }

    /// Opens an inspection for a task; arrival is proven by the OFFICER key. `Blocked` names every gate that is closed (J1, J2).
    pub fn open_inspection(&self, task: String, place: Option<Place>) -> Result<String> {
        self.ask(|p| p.open_inspection(&task, place.cross()))
    }

    /// Does an act of an open inspection; when it returns, the act is saved.
    pub fn act(&self, inspection: String, act: Act) -> Result<ActResult> {
        self.ask(|p| p.act(&inspection, act.cross()))
    }

    /// The inspection.
    pub fn inspection(&self, inspection: String) -> Result<Inspection> {
        self.ask(|p| p.inspection(&inspection))
    }

    /// The checklists of the inspection's task with the answers so far.
    pub fn checklists(&self, inspection: String) -> Result<Vec<ChecklistView>> {
        self.ask(|p| p.checklists(&inspection))
    }

    /// The notification in every language of the pack, with what was told.
    pub fn notices(&self, inspection: String) -> Result<Vec<NoticeView>> {
        self.ask(|p| p.notices(&inspection))
    }

    /// The notification of another act in every language of the pack (R13); tell it with `Act.TellRight`, then `Act.AcknowledgeNotice`.
    pub fn notices_of(&self, inspection: String, act: NoticeAct) -> Result<Vec<NoticeView>> {
        self.ask(|p| p.notices_of(&inspection, act.cross()))
    }

    /// Begins a measure and gives its id; nothing is done by it yet. `Blocked`: no such power (J18), no emergency by law (J7), no fact (J8).
    pub fn begin_measure(&self, inspection: String, input: MeasureInput) -> Result<String> {
        self.ask(|p| p.begin_measure(&inspection, input.cross()))
    }

    /// Does a step of a measure; `Blocked` names what the law wants first.
    pub fn measure_act(&self, inspection: String, measure: String, act: MeasureAct) -> Result<()> {
        self.ask(|p| p.measure_act(&inspection, &measure, act.cross()))
    }

    /// The measures of an inspection with their steps, what stands in the way of each, and their clocks.
    pub fn measures(&self, inspection: String) -> Result<Vec<MeasureView>> {
        self.ask(|p| p.measures(&inspection))
    }

    /// The check before closing (R27): what closes it, and what is only named. Show it before `Act.Close`.
    pub fn close_out(&self, inspection: String) -> Result<CloseOut> {
        self.ask(|p| p.close_out(&inspection))
    }

    /// Pages of the handbook that hold all of these words; all for none (R30).
    pub fn handbook(&self, words: String) -> Result<HandbookView> {
        self.ask(|p| p.handbook(&words))
    }

    /// What the pack says of an item, or of all, under known facts: ranges with their sources, never an amount (R46, R47).
    pub fn discretion(&self, item: Option<String>, facts: Vec<FactKnown>) -> Result<DiscretionView> {
        let facts: Vec<FactGiven> = facts.cross();
        let facts: Vec<_> = facts.into_iter().map(|f| (f.fact, f.value)).collect();
        self.ask(|p| p.discretion(item.as_deref(), &facts))
    }

    /// What is said at each step, in their order (R10).
    pub fn scripts(&self, inspection: String) -> Result<Vec<ScriptView>> {
        self.ask(|p| p.scripts(&inspection))
    }

    /// The opening words.
    pub fn script(&self, inspection: String) -> Result<String> {
        self.ask(|p| p.script(&inspection))
    }

    /// The steps of the inspection and which are done.
    pub fn nodes(&self, inspection: String) -> Result<Vec<NodeView>> {
        self.ask(|p| p.nodes(&inspection))
    }

    /// What is wanted of the user but closes nothing (R09): show it beside the steps, and before closing.
    pub fn open_points(&self, inspection: String) -> Result<Vec<Gate>> {
        self.ask(|p| p.open_points(&inspection))
    }

    /// Saves typing of one field, keystroke by keystroke.
    pub fn save_draft(&self, inspection: String, name: String, text: String) -> Result<()> {
        self.ask(|p| p.save_draft(&inspection, &name, &text))
    }

    /// Typing that was saved, by field.
    pub fn drafts(&self, inspection: String) -> Result<HashMap<String, String>> {
        self.ask(|p| p.drafts(&inspection))
    }

    /// Seals a photo from a file, commits it, and removes the clear original.
    pub fn capture_photo(&self, inspection: String, path: String, info: CaptureInfo) -> Result<EvidenceView> {
        self.ask(|p| p.capture_photo(&inspection, Path::new(&path), info.cross()))
    }

    /// Checks a sealed photo and makes its thumbnail. Whatever it finds, the photo stays.
    pub fn check_photo(&self, inspection: String, evidence: String) -> Result<PhotoCheck> {
        self.ask(|p| p.check_photo(&inspection, &evidence))
    }

    /// The thumbnail of a checked photo.
    pub fn thumbnail(&self, evidence: String) -> Result<Vec<u8>> {
        self.ask(|p| p.thumbnail(&evidence))
    }

    /// Files of camera and recorder that were written but never committed: offer them, never delete them silently.
    pub fn orphans(&self) -> Result<Vec<OrphanView>> {
        self.ask(core::phone::Phone::orphans)
    }

    /// Takes an orphan into an inspection; a part of a recording that broke off joins it.
    pub fn take_orphan(&self, inspection: String, path: String, info: CaptureInfo) -> Result<EvidenceView> {
        self.ask(|p| p.take_orphan(&inspection, Path::new(&path), info.cross()))
    }

    /// Begins a recording; the recorder then writes parts of about ten seconds and gives each to `add_part`.
    pub fn begin_recording(&self, inspection: String, media: Media, scene: Option<String>) -> Result<RecordingView> {
        self.ask(|p| p.begin_recording(&inspection, media.cross(), scene))
    }

    /// Seals a part whose file the recorder has closed, commits it, and removes the clear file.
    pub fn add_part(&self, inspection: String, recording: String, path: String, info: PartInfo) -> Result<PartView> {
        self.ask(|p| p.add_part(&inspection, &recording, Path::new(&path), &info.cross()))
    }

    /// Ends a recording; its last part must have been added.
    pub fn end_recording(&self, inspection: String, recording: String) -> Result<()> {
        self.ask(|p| p.end_recording(&inspection, &recording))
    }

    /// Records why something was not recorded; closes a recording that the app's end broke off.
    pub fn interrupt_recording(&self, inspection: String, why: Interruption) -> Result<()> {
        self.ask(|p| p.interrupt_recording(&inspection, why.cross()))
    }

    /// The recordings of an inspection; ask for the reason of every broken one.
    pub fn recordings(&self, inspection: String) -> Result<Vec<RecordingState>> {
        self.ask(|p| p.recordings(&inspection))
    }

    /// What of the scenes that must be recorded has neither recording nor reason so far.
    pub fn recording_gaps(&self, inspection: String) -> Result<Vec<Gap>> {
        self.ask(|p| p.recording_gaps(&inspection))
    }

    /// Blurs or crops a picture: new evidence that names its original.
    pub fn derive_copy(&self, inspection: String, original: String, edit: PictureEdit, caption: String) -> Result<EvidenceView> {
        self.ask(|p| p.derive_copy(&inspection, &core::phone::Derivation { original, edit: edit.cross(), caption }))
    }

    /// Keeps the transcript of a recording, or of one piece of evidence, as new evidence.
    pub fn add_transcript(&self, inspection: String, original: String, language: String, text: String) -> Result<EvidenceView> {
        self.ask(|p| p.add_transcript(&inspection, &core::phone::Transcript { original, language, text }))
    }

    /// Alleged facts and what each rests on; show those without evidence before the record is made.
    pub fn facts(&self, inspection: String) -> Result<Vec<FactHeld>> {
        self.ask(|p| Ok(p.inspection(&inspection)?.facts()))
    }

    /// Deletes the local sealed file of a photo; only after a verified receipt that the office opened it (J20).
    pub fn delete_sent(&self, evidence: String) -> Result<()> {
        self.ask(|p| p.delete_sent(&evidence))
    }

    /// Makes the record from what happened, and the PDF that is laid before the party. Made again after a correction.
    pub fn compose_record(&self, inspection: String) -> Result<PaperView> {
        self.ask(|p| p.compose_record(&inspection))
    }

    /// The legal subjects that this visit concerns, each with its record (J33).
    pub fn subjects(&self, inspection: String) -> Result<Vec<SubjectView>> {
        self.ask(|p| p.subjects(&inspection))
    }

    /// The record in the name of another legal subject of the visit, with its own number (J33).
    pub fn compose_record_of(&self, inspection: String, subject: String) -> Result<PaperView> {
        self.ask(|p| p.compose_record_of(&inspection, Some(&subject)))
    }

    /// The forms that are made on site, each with what stands in its way now (R14, R17).
    pub fn forms(&self, inspection: String) -> Result<Vec<FormView>> {
        self.ask(|p| p.forms(&inspection))
    }

    /// A paper as far as it is filled: what is known, what was typed, what is missing. `about`: an item of the pack or what else it concerns.
    pub fn paper_draft(&self, inspection: String, form: String, about: Option<String>) -> Result<DraftView> {
        self.ask(|p| p.paper_draft(&inspection, &form, about.as_deref()))
    }

    /// Saves what was typed into a paper, a JSON object field by field (`docs/packs.md`, Forms); it stays whatever is wrong with it.
    pub fn save_paper_draft(&self, inspection: String, form: String, about: Option<String>, typed: String) -> Result<DraftView> {
        self.ask(|p| p.save_paper_draft(&inspection, &form, about.as_deref(), &typed))
    }

    /// Makes the paper from what is known and typed, and the PDF that is laid before the party. Sign, refuse and finish it like the record.
    pub fn compose_paper(&self, inspection: String, form: String, about: Option<String>) -> Result<PaperView> {
        self.ask(|p| p.compose_paper(&inspection, &form, about.as_deref()))
    }

    /// The newest PDF of a paper.
    pub fn paper_pdf(&self, paper: String) -> Result<Vec<u8>> {
        self.ask(|p| p.paper_pdf(&paper))
    }

    /// What still stands between a paper and its being final (J5).
    pub fn paper_gates(&self, inspection: String, paper: String) -> Result<Vec<Gate>> {
        self.ask(|p| p.paper_gates(&inspection, &paper))
    }

    /// The party signs the presented paper.
    pub fn sign_as_party(&self, inspection: String, paper: String, input: SignInput) -> Result<()> {
        self.ask(|p| p.sign_as_party(&inspection, &paper, input.cross()))
    }

    /// The user signs as an officer, with the OFFICER key of this device.
    pub fn sign_as_officer(&self, inspection: String, paper: String, input: SignInput) -> Result<()> {
        self.ask(|p| p.sign_as_officer(&inspection, &paper, input.cross()))
    }

    /// 宣读: the presented paper was read aloud to somebody; the final paper says so.
    pub fn read_aloud(&self, inspection: String, paper: String, to: String, media: Option<String>) -> Result<()> {
        self.ask(|p| p.read_aloud(&inspection, &paper, &to, media))
    }

    /// A correction on a presented paper (J24): it is made anew with the same number, and signed anew.
    pub fn correct_paper(&self, inspection: String, paper: String, correction: CorrectInput) -> Result<PaperView> {
        self.ask(|p| p.correct_paper(&inspection, &paper, correction.cross()))
    }

    /// 预盖章用纸: the paper is printed on this sheet of the team's stock (R14).
    pub fn use_sheet(&self, inspection: String, paper: String, sheet: String) -> Result<()> {
        self.ask(|p| p.use_sheet(&inspection, &paper, &sheet))
    }

    /// 封条 and 预盖章用纸 of the team, each number accounted for.
    pub fn stock(&self, inspection: String) -> Result<Vec<StockNumber>> {
        self.ask(|p| p.stock(&inspection))
    }

    /// A copy of a finished paper goes to somebody: for whom it is, and who took it (R14).
    pub fn hand_paper(&self, inspection: String, paper: String, copy: String, receiver: String, how: CopyKind) -> Result<()> {
        self.ask(|p| p.hand_paper(&inspection, &paper, &copy, &receiver, how.cross()))
    }

    /// What a move of the inspection to the newest pack would change; none while it has that pack (F35).
    pub fn pack_move(&self, inspection: String) -> Result<Option<PackMoveView>> {
        self.ask(|p| p.pack_move(&inspection))
    }

    /// Moves the inspection to the newest pack; what was answered stays (F35).
    pub fn move_pack(&self, inspection: String) -> Result<()> {
        self.ask(|p| p.move_pack(&inspection))
    }

    /// Binds the photographs of a paper that was printed, signed and sealed by hand, all pages of it (P8); `signers`: who signed on it, as written.
    pub fn bind_ink(
        &self,
        inspection: String,
        paper: String,
        pages: Vec<InkPage>,
        signers: Vec<String>,
        original: Original,
    ) -> Result<()> {
        self.ask(|p| p.bind_ink(&inspection, &paper, pages.cross(), signers, original.cross()))
    }

    /// Takes the drawing of a character that no font of this phone has, as typed or as `U+4DAE`; papers made afterwards show it (F12).
    pub fn draw_character(&self, inspection: String, character: String, ink: Ink) -> Result<()> {
        self.ask(|p| p.draw_character(&inspection, &character, ink.cross()))
    }

    /// Records that the party does not sign: reason, and a witness where there is one.
    pub fn refuse_paper(&self, inspection: String, paper: String, input: RefuseInput) -> Result<()> {
        self.ask(|p| p.refuse_paper(&inspection, &paper, input.cross()))
    }

    /// Makes the final paper: signatures or refusal shown, its bytes signed by the OFFICER key (J5).
    pub fn finish_paper(&self, inspection: String, paper: String) -> Result<PaperView> {
        self.ask(|p| p.finish_paper(&inspection, &paper))
    }

    /// The next request to the office, if there is anything to say.
    pub fn next_request(&self) -> Result<Option<HttpRequest>> {
        self.ask(core::phone::Phone::next_request)
    }

    /// Requests that may be under way at once, up to `most` with those that are unanswered; of files one each. In the background what is left of a
    /// file goes in one request whose body is read from its `file`. `Busy` while one about entries or feed is unanswered.
    pub fn next_requests(&self, most: u32, background: bool) -> Result<Vec<HttpRequest>> {
        self.ask(|p| p.next_requests(most, background))
    }

    /// What the office answered. `Refused` says why it does not count; the rest of the queue goes on.
    pub fn on_response(&self, id: u64, status: u16, headers: Vec<HttpHeader>, body: Vec<u8>) -> Result<()> {
        let headers: Vec<_> = headers.into_iter().map(|h| (h.name, h.value)).collect();
        self.ask(|p| p.on_response(id, status, &headers, &body))
    }

    /// The request did not get through.
    pub fn on_failure(&self, id: u64) -> Result<()> {
        self.ask(|p| p.on_failure(id))
    }

    /// Whether and when the office is asked again.
    pub fn sending(&self) -> Result<Sending> {
        self.ask(core::phone::Phone::sending)
    }

    /// What the shell knows of network and battery; until it says so, everything may be sent.
    pub fn set_conditions(&self, conditions: Conditions) -> Result<()> {
        self.ask(|p| p.set_conditions(conditions.cross()))
    }

    /// What is sent over which network and at which charge.
    pub fn sending_policy(&self) -> Result<SendingPolicy> {
        self.ask(core::phone::Phone::sending_policy)
    }

    /// Sets it; kept.
    pub fn set_sending_policy(&self, policy: SendingPolicy) -> Result<()> {
        self.ask(|p| p.set_sending_policy(policy.cross()))
    }

    /// The user stops sending, or lets it go on; kept over a restart.
    pub fn pause_sending(&self, paused: bool) -> Result<()> {
        self.ask(|p| p.pause_sending(paused))
    }

    /// The user asks for it now: no wait after earlier failures.
    pub fn send_now(&self) -> Result<()> {
        self.ask(core::phone::Phone::send_now)
    }

    /// Gives up the request that is under way: nothing is marked, no failure is counted, its late answer is not looked at.
    pub fn cancel_request(&self) -> Result<()> {
        self.ask(core::phone::Phone::cancel_request)
    }

    /// Takes one item up again that was set aside.
    pub fn retry_item(&self, kind: String, id: String) -> Result<()> {
        self.ask(|p| p.retry_item(&kind, &id))
    }

    /// Copies the sealed file of an item, to be carried to the office by hand; it stays in the queue, and only the office can open it.
    pub fn export_item(&self, kind: String, id: String, to: String) -> Result<()> {
        self.ask(|p| p.export_item(&kind, &id, std::path::Path::new(&to)))
    }

    /// Tries again what was set aside.
    pub fn retry_parked(&self) -> Result<()> {
        self.ask(core::phone::Phone::retry_parked)
    }

    /// The checkpoints of this device.
    pub fn checkpoints(&self) -> Result<Vec<CheckpointView>> {
        self.ask(core::phone::Phone::checkpoints)
    }

    /// The verified custody receipt of a photo, as the office signed it.
    pub fn custody_receipt(&self, evidence: String) -> Result<Vec<u8>> {
        self.ask(|p| p.custody_receipt(&evidence))
    }

    /// The trust list as held.
    pub fn trust_list(&self) -> Result<Vec<u8>> {
        self.ask(core::phone::Phone::trust_list)
    }
}
