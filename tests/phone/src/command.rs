//! One command, one answer: JSON to the façade and back. No rule of its own.

use crate::views;
use data_encoding::HEXLOWER;
use mingzheng_core::document::facts::Ink;
use mingzheng_core::evidence::{PictureEdit, Region};
use mingzheng_core::inspection::{
    Ack, AssistantRef, BadgeAck, CopyKind, How, Media, NoSignature, OfficerRef, Original, Place, Taken, Witness,
};
use mingzheng_core::measure::{ApprovalWay, Goods, MeasureKind, Outcome, TierApproval};
use mingzheng_core::pack::{Act as NoticeAct, Answer, CoerciveMeasure, Fact, PenaltyKind};
use mingzheng_core::phone::{
    Act, CaptureInfo, CorrectInput, Derivation, EvidenceView, FrameKind, InkPage, Interruption, MeasureAct, MeasureInput,
    PartInfo, Peer, PeerEvent, Phone, PhoneError, QrFrame, RefuseInput, SignInput, SubjectView, Transcript,
};
use mingzheng_core::sync::schedule;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What can be asked of the phone, named as in the façade.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Command {
    Status,
    Tick,
    Inbox,
    Close,
    BeginEnrolment { qr: String },
    Tasks,
    BadgeFrame { kind: Kind, task: Option<String> },
    Certificate,
    BadgeScreen { task: Option<String> },
    TakeChallenge { digits: String },
    EndChallenge,
    Officers { query: String },
    CheckpointFrame,
    PairOffer { task: String },
    PairAnswer { task: String, offer: String },
    PairConfirm { inspection: String, answer: String },
    PairFinish { confirm: String },
    RequestWitness { inspection: String },
    Witness,
    WitnessScanned { inspection: String, code: String },
    TakeWitness { code: String },
    OfficeForks,
    PeerOutbox,
    PeerReceive { message: String },
    Mirrors,
    ContinueAsLead { inspection: String, reason: String },
    OpenInspection { task: String, place: Option<Place> },
    Act { inspection: String, act: ActInput },
    Inspection { inspection: String },
    Checklists { inspection: String },
    Notices { inspection: String },
    Nodes { inspection: String },
    CloseOut { inspection: String },
    Handbook { words: String },
    Discretion { item: Option<String>, facts: Vec<(Fact, u64)> },
    Scripts { inspection: String },
    NoticesOf { inspection: String, act: NoticeAct },
    BeginMeasure { inspection: String, input: MeasureIn },
    MeasureAct { inspection: String, measure: String, act: MeasureStep },
    Measures { inspection: String },
    OpenPoints { inspection: String },
    PaperGates { inspection: String, paper: String },
    Checkpoints,
    CustodyReceipt { evidence: String },
    TrustList,
    RetryParked,
    RetryItem { kind: String, item: String },
    ExportItem { kind: String, item: String, to: PathBuf },
    Sending,
    SendNow,
    PauseSending { paused: bool },
    SetConditions { network: Network, battery: Option<u8>, charging: bool },
    Script { inspection: String },
    SaveDraft { inspection: String, name: String, text: String },
    Drafts { inspection: String },
    CapturePhoto { inspection: String, path: PathBuf, info: Capture },
    CheckPhoto { inspection: String, evidence: String },
    Thumbnail { evidence: String },
    Orphans,
    TakeOrphan { inspection: String, path: PathBuf, info: Option<Capture> },
    BeginRecording { inspection: String, media: Media, scene: Option<String> },
    AddPart { inspection: String, recording: String, path: PathBuf, starts_ms: u64, lasts_ms: u64, place: Option<Place> },
    EndRecording { inspection: String, recording: String },
    InterruptRecording(Explain),
    Recordings { inspection: String },
    RecordingGaps { inspection: String },
    Blur { inspection: String, original: String, regions: Vec<Region>, caption: Option<String> },
    Crop { inspection: String, original: String, region: Region, caption: Option<String> },
    AddTranscript { inspection: String, original: String, language: String, text: String },
    Facts { inspection: String },
    DeleteSent { evidence: String },
    ComposeRecord { inspection: String },
    ComposeRecordOf { inspection: String, subject: String },
    Subjects { inspection: String },
    Forms { inspection: String },
    PaperDraft { inspection: String, form: String, about: Option<String> },
    SavePaperDraft { inspection: String, form: String, about: Option<String>, typed: Value },
    ComposePaper { inspection: String, form: String, about: Option<String> },
    PaperPdf { paper: String, to: PathBuf },
    SignAsParty { inspection: String, paper: String, input: Sign },
    SignAsOfficer { inspection: String, paper: String, input: Sign },
    RequestCosign { inspection: String, paper: String },
    Cosign { input: Sign },
    RefusePaper { inspection: String, paper: String, input: Refuse },
    FinishPaper { inspection: String, paper: String },
    ReadAloud { inspection: String, paper: String, to: String, media: Option<String> },
    CorrectPaper { inspection: String, paper: String, correction: Change },
    UseSheet { inspection: String, paper: String, sheet: String },
    Stock { inspection: String },
    PackMove { inspection: String },
    MovePack { inspection: String },
    HandPaper { inspection: String, paper: String, copy: String, receiver: String, how: CopyKind },
    DrawCharacter { inspection: String, character: String, ink: Ink },
    BindInk { inspection: String, paper: String, pages: Vec<Page>, signed: Vec<String>, original: Original },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Network {
    None,
    Metered,
    Unmetered,
}

impl From<Network> for schedule::Network {
    fn from(network: Network) -> Self {
        match network {
            Network::None => Self::None,
            Network::Metered => Self::Metered,
            Network::Unmetered => Self::Unmetered,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Badge,
    Assignment,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ActInput {
    ShowBadge {
        to_whom: String,
        acknowledged: BadgeAck,
        place: Option<Place>,
    },
    ShowSharedBadge {
        number: String,
        to_whom: String,
        acknowledged: BadgeAck,
        place: Option<Place>,
    },
    CheckAppearance {
        uniform: bool,
        insignia: bool,
        note: Option<String>,
        evidence: Option<String>,
    },
    IntroduceAssistant {
        assistant: AssistantRef,
    },
    TellRight {
        item: String,
        language: String,
        how: How,
    },
    AcknowledgeRights {
        by: String,
        how: Ack,
        reason: Option<String>,
    },
    Answer {
        item: String,
        result: Answer,
        note: String,
        measured: Option<String>,
        instrument: Option<String>,
    },
    Find {
        text: String,
        items: Vec<String>,
        evidence: Vec<String>,
        #[serde(default)]
        unproven: bool,
    },
    HandOver {
        evidence: Vec<String>,
        to: OfficerRef,
        reason: String,
    },
    Note {
        text: String,
    },
    Correct {
        item: String,
        old: String,
        new: String,
        by: String,
        initials: Vec<String>,
    },
    OfficerLeft {
        number: String,
        reason: String,
    },
    Return,
    DeclareConflict {
        none: bool,
        note: String,
    },
    RequestRecusal {
        number: String,
        by: String,
        reason: String,
    },
    DecideRecusal {
        number: String,
        by: String,
        granted: bool,
        reason: String,
    },
    StartInterview {
        person: String,
        officers: Vec<String>,
        recorder: String,
        place: String,
    },
    EndInterview {
        interview: String,
    },
    ScanEntry {
        code: Option<String>,
        reason: Option<String>,
    },
    RaiseLead {
        text: String,
        evidence: Vec<String>,
    },
    SuspectCrime {
        text: String,
        crime: String,
        evidence: Vec<String>,
    },
    AcknowledgeNotice {
        act: NoticeAct,
        by: String,
        how: Ack,
        reason: Option<String>,
    },
    VoidNumber {
        form: String,
        number: String,
        reason: String,
    },
    PartyTook {
        how: Taken,
        by: String,
    },
    Leave {
        place: Option<Place>,
    },
    Close {
        witness: Witness,
        reason: Option<String>,
    },
}

impl From<ActInput> for Act {
    fn from(act: ActInput) -> Self {
        match act {
            ActInput::ShowBadge { to_whom, acknowledged, place } => Self::ShowBadge { to_whom, acknowledged, place },
            ActInput::ShowSharedBadge { number, to_whom, acknowledged, place } => {
                Self::ShowSharedBadge { number, to_whom, acknowledged, place }
            }
            ActInput::CheckAppearance { uniform, insignia, note, evidence } => {
                Self::CheckAppearance { uniform, insignia, note: note.unwrap_or_default(), evidence }
            }
            ActInput::IntroduceAssistant { assistant } => Self::IntroduceAssistant { assistant },
            ActInput::TellRight { item, language, how } => Self::TellRight { item, language, how },
            ActInput::AcknowledgeRights { by, how, reason } => Self::AcknowledgeRights { by, how, reason },
            ActInput::Answer { item, result, note, measured, instrument } => {
                Self::Answer { item, result, note, measured, instrument }
            }
            ActInput::Find { text, items, evidence, unproven } => Self::Find { text, items, evidence, unproven },
            ActInput::HandOver { evidence, to, reason } => Self::HandOver { evidence, to, reason },
            ActInput::Note { text } => Self::Note { text },
            ActInput::Correct { item, old, new, by, initials } => Self::Correct { item, old, new, by, initials },
            ActInput::OfficerLeft { number, reason } => Self::OfficerLeft { number, reason },
            ActInput::Return => Self::Return,
            ActInput::DeclareConflict { none, note } => Self::DeclareConflict { none, note },
            ActInput::RequestRecusal { number, by, reason } => Self::RequestRecusal { number, by, reason },
            ActInput::DecideRecusal { number, by, granted, reason } => Self::DecideRecusal { number, by, granted, reason },
            ActInput::StartInterview { person, officers, recorder, place } => {
                Self::StartInterview { person, officers, recorder, place }
            }
            ActInput::EndInterview { interview } => Self::EndInterview { interview },
            ActInput::ScanEntry { code, reason } => Self::ScanEntry { code, reason },
            ActInput::RaiseLead { text, evidence } => Self::RaiseLead { text, evidence },
            ActInput::SuspectCrime { text, crime, evidence } => Self::SuspectCrime { text, crime, evidence },
            ActInput::AcknowledgeNotice { act, by, how, reason } => Self::AcknowledgeNotice { act, by, how, reason },
            ActInput::VoidNumber { form, number, reason } => Self::VoidNumber { form, number, reason },
            ActInput::PartyTook { how, by } => Self::PartyTook { how, by },
            ActInput::Leave { place } => Self::Leave { place },
            ActInput::Close { witness, reason } => Self::Close { witness, reason },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasureIn {
    what: MeasureKind,
    item: Option<String>,
    coercive: Option<CoerciveMeasure>,
    reason: String,
    emergency: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum MeasureStep {
    Approve {
        number: String,
        by: String,
        at_ms: i64,
        how: ApprovalWay,
    },
    Call {
        how: String,
        came: bool,
        witness: Option<String>,
        witness_unit: Option<String>,
    },
    Hear {
        speaker: String,
        text: String,
        opinion: String,
    },
    Choose {
        row: String,
        tier: String,
        penalties: Vec<PenaltyKind>,
        fen: Option<u64>,
        gains: Option<u64>,
        approval: Option<TierApproval>,
        reason: String,
    },
    Take {
        goods: Vec<Goods>,
        place: String,
    },
    Collect {
        fen: u64,
        ground: Option<String>,
        receipt: String,
    },
    File {
        to: String,
    },
    Settle {
        outcome: Outcome,
        reason: String,
    },
}

impl From<MeasureStep> for MeasureAct {
    fn from(act: MeasureStep) -> Self {
        match act {
            MeasureStep::Approve { number, by, at_ms, how } => Self::Approve { number, by, at_ms, how },
            MeasureStep::Call { how, came, witness, witness_unit } => Self::Call { how, came, witness, witness_unit },
            MeasureStep::Hear { speaker, text, opinion } => Self::Hear { speaker, text, opinion },
            MeasureStep::Choose { row, tier, penalties, fen, gains, approval, reason } => {
                Self::Choose { row, tier, penalties, fen, gains, approval, reason }
            }
            MeasureStep::Take { goods, place } => Self::Take { goods, place },
            MeasureStep::Collect { fen, ground, receipt } => Self::Collect { fen, ground, receipt },
            MeasureStep::File { to } => Self::File { to },
            MeasureStep::Settle { outcome, reason } => Self::Settle { outcome, reason },
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Capture {
    item: Option<String>,
    caption: String,
    original_name: String,
    place: Option<Place>,
    imported: bool,
}

impl From<Capture> for CaptureInfo {
    fn from(c: Capture) -> Self {
        let Capture { item, caption, original_name, place, imported } = c;
        Self { item, caption, original_name, place, imported }
    }
}

#[derive(Deserialize)]
pub(crate) struct Explain {
    inspection: String,
    recording: Option<String>,
    scene: Option<String>,
    between: Option<(i64, i64)>,
    reason: String,
    note: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sign {
    name: String,
    position: String,
    strokes: String,
    ink: Option<Ink>,
    media: Option<String>,
    pages: Vec<Ink>,
}

impl From<Sign> for SignInput {
    fn from(s: Sign) -> Self {
        Self { name: s.name, position: s.position, strokes: s.strokes.into_bytes(), ink: s.ink, media: s.media, pages: s.pages }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    field: String,
    row: Option<u64>,
    new: String,
    by: String,
    initials: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    evidence: String,
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refuse {
    why: NoSignature,
    name: String,
    reason: String,
    witness: Option<String>,
    witness_unit: Option<String>,
    witness_ink: Option<Ink>,
    media: Option<String>,
}

/// Does it.
pub(crate) fn run(phone: &Phone, command: Command) -> Result<Value, PhoneError> {
    let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).map_err(|_| PhoneError::Invalid("hex".into()));
    Ok(match command {
        Command::Status => views::status(&phone.status()?),
        Command::Tick => json!({ "next_ms": phone.tick()? }),
        Command::Inbox => json!({ "path": phone.inbox() }),
        Command::Close => done(phone.close()?),
        Command::BeginEnrolment { qr } => done(phone.begin_enrolment(&qr)?),
        Command::Tasks => json!({ "tasks": phone.tasks()?.iter().map(views::task).collect::<Vec<_>>() }),
        Command::BadgeFrame { kind, task } => {
            let kind = match kind {
                Kind::Badge => FrameKind::Badge,
                Kind::Assignment => FrameKind::Assignment,
            };
            frame(&phone.badge_frame(kind, task.as_deref())?)
        }
        Command::Certificate => views::certificate(&phone.certificate()?),
        Command::BadgeScreen { task } => {
            let s = phone.badge_screen(task.as_deref())?;
            json!({
                "fields": s.fields,
                "certificate": views::certificate(&s.certificate),
                "gates": s.gates,
                "label": s.label,
                "complaint": s.complaint,
                "complaint_phone": s.complaint_phone,
                "complaint_code": s.complaint_code.as_ref().map(frame),
                "address": s.address,
            })
        }
        Command::TakeChallenge { digits } => json!({ "left_ms": phone.take_challenge(&digits)? }),
        Command::EndChallenge => done(phone.end_challenge()?),
        Command::Officers { query } => views::officers(&phone.officers(&query)?),
        Command::CheckpointFrame => frame(&phone.checkpoint_frame()?),
        Command::PairOffer { task } => json!({ "qr": phone.pair_offer(&task)? }),
        Command::PairAnswer { task, offer } => peer(&phone.pair_answer(&task, &offer)?),
        Command::PairConfirm { inspection, answer } => peer(&phone.pair_confirm(&inspection, &answer)?),
        Command::PairFinish { confirm } => peer(&phone.pair_finish(&confirm)?),
        Command::RequestWitness { inspection } => done(phone.request_witness(&inspection)?),
        Command::Witness => done(phone.witness()?),
        Command::WitnessScanned { inspection, code } => json!({ "qr": phone.witness_scanned(&inspection, &code)? }),
        Command::TakeWitness { code } => json!({ "event": event(&phone.take_witness(&code)?) }),
        Command::OfficeForks => json!({ "forks": phone.office_forks()?.iter().map(|f| HEXLOWER.encode(f)).collect::<Vec<_>>() }),
        Command::PeerOutbox => json!({ "messages": phone.peer_outbox()?.iter().map(|m| HEXLOWER.encode(m)).collect::<Vec<_>>() }),
        Command::PeerReceive { message } => json!({ "event": phone.peer_receive(&hex(&message)?)?.map(|e| event(&e)) }),
        Command::Mirrors => json!({ "mirrors": phone.mirrors()?.iter().map(views::mirror).collect::<Vec<_>>() }),
        Command::ContinueAsLead { inspection, reason } => done(phone.continue_as_lead(&inspection, &reason)?),
        Command::OpenInspection { task, place } => json!({ "inspection": phone.open_inspection(&task, place)? }),
        Command::Act { inspection, act } => {
            let done = phone.act(&inspection, act.into())?;
            json!({ "seq": done.seq, "checkpoint": done.checkpoint })
        }
        Command::Inspection { inspection } => json!({ "inspection": phone.inspection(&inspection)? }),
        Command::Checklists { inspection } => {
            json!({ "checklists": phone.checklists(&inspection)?.iter().map(views::checklist).collect::<Vec<_>>() })
        }
        Command::Notices { inspection } => {
            json!({ "notices": phone.notices(&inspection)?.iter().map(views::notice).collect::<Vec<_>>() })
        }
        Command::CloseOut { inspection } => json!(phone.close_out(&inspection)?),
        Command::Handbook { words } => views::handbook(&phone.handbook(&words)?),
        Command::Discretion { item, facts } => views::discretion(&phone.discretion(item.as_deref(), &facts)?),
        Command::Scripts { inspection } => {
            let scripts = phone.scripts(&inspection)?;
            json!({ "scripts": scripts.iter().map(|s| json!({ "id": s.id, "title": s.title, "text": s.text })).collect::<Vec<_>>() })
        }
        Command::NoticesOf { inspection, act } => {
            json!({ "notices": phone.notices_of(&inspection, act)?.iter().map(views::notice).collect::<Vec<_>>() })
        }
        Command::BeginMeasure { inspection, input } => {
            let MeasureIn { what, item, coercive, reason, emergency } = input;
            json!({ "measure": phone.begin_measure(&inspection, MeasureInput { what, item, coercive, reason, emergency })? })
        }
        Command::MeasureAct { inspection, measure, act } => done(phone.measure_act(&inspection, &measure, act.into())?),
        Command::Measures { inspection } => {
            json!({ "measures": phone.measures(&inspection)?.iter().map(views::measure).collect::<Vec<_>>() })
        }
        Command::Nodes { inspection } => {
            json!({ "nodes": phone.nodes(&inspection)?.iter().map(views::node).collect::<Vec<_>>() })
        }
        Command::OpenPoints { inspection } => json!({ "points": phone.open_points(&inspection)? }),
        Command::PaperGates { inspection, paper } => json!({ "gates": phone.paper_gates(&inspection, &paper)? }),
        Command::Checkpoints => {
            json!({ "checkpoints": phone.checkpoints()?.iter().map(views::checkpoint).collect::<Vec<_>>() })
        }
        Command::CustodyReceipt { evidence } => json!({ "receipt": HEXLOWER.encode(&phone.custody_receipt(&evidence)?) }),
        Command::TrustList => json!({ "trust": HEXLOWER.encode(&phone.trust_list()?) }),
        Command::RetryParked => done(phone.retry_parked()?),
        Command::RetryItem { kind, item } => done(phone.retry_item(&kind, &item)?),
        Command::ExportItem { kind, item, to } => done(phone.export_item(&kind, &item, &to)?),
        Command::Sending => views::sending(&phone.sending()?),
        Command::SendNow => done(phone.send_now()?),
        Command::PauseSending { paused } => done(phone.pause_sending(paused)?),
        Command::SetConditions { network, battery, charging } => {
            done(phone.set_conditions(schedule::Conditions { network: network.into(), battery, charging })?)
        }
        Command::Script { inspection } => json!({ "text": phone.script(&inspection)? }),
        Command::SaveDraft { inspection, name, text } => done(phone.save_draft(&inspection, &name, &text)?),
        Command::Drafts { inspection } => {
            json!({ "drafts": phone.drafts(&inspection)?.into_iter().collect::<std::collections::BTreeMap<_, _>>() })
        }
        Command::CapturePhoto { inspection, path, info } => evidence(&phone.capture_photo(&inspection, &path, info.into())?),
        Command::CheckPhoto { inspection, evidence } => {
            let c = phone.check_photo(&inspection, &evidence)?;
            json!({ "state": c.state, "width": c.width, "height": c.height, "thumbnail_bytes": c.thumbnail.map(|t| t.len()) })
        }
        Command::Thumbnail { evidence } => json!({ "jpeg": HEXLOWER.encode(&phone.thumbnail(&evidence)?) }),
        Command::Orphans => {
            let tray = phone.orphans()?;
            let paths: Vec<_> = tray.iter().map(|o| &o.path).collect();
            json!({ "paths": paths, "orphans": tray.iter().map(views::orphan).collect::<Vec<_>>() })
        }
        Command::TakeOrphan { inspection, path, info } => {
            evidence(&phone.take_orphan(&inspection, &path, info.unwrap_or_default().into())?)
        }
        Command::BeginRecording { inspection, media, scene } => {
            let r = phone.begin_recording(&inspection, media, scene)?;
            json!({ "recording": r.id, "must_record": r.must_record, "prefix": r.prefix, "part_ms": r.part_ms })
        }
        Command::AddPart { inspection, recording, path, starts_ms, lasts_ms, place } => {
            let p = phone.add_part(&inspection, &recording, &path, &PartInfo { starts_ms, lasts_ms, place })?;
            json!({ "part": p.part, "state": p.state, "evidence": evidence(&p.evidence) })
        }
        Command::EndRecording { inspection, recording } => done(phone.end_recording(&inspection, &recording)?),
        Command::InterruptRecording(Explain { inspection, recording, scene, between, reason, note }) => {
            let note = note.unwrap_or_default();
            done(phone.interrupt_recording(&inspection, Interruption { recording, scene, between, reason, note })?)
        }
        Command::Recordings { inspection } => {
            json!({ "recordings": phone.recordings(&inspection)?.iter().map(views::recording).collect::<Vec<_>>() })
        }
        Command::RecordingGaps { inspection } => json!({ "gaps": phone.recording_gaps(&inspection)? }),
        Command::Blur { inspection, original, regions, caption } => {
            let (edit, caption) = (PictureEdit::Blur(regions), caption.unwrap_or_default());
            evidence(&phone.derive_copy(&inspection, &Derivation { original, edit, caption })?)
        }
        Command::Crop { inspection, original, region, caption } => {
            let (edit, caption) = (PictureEdit::Crop(region), caption.unwrap_or_default());
            evidence(&phone.derive_copy(&inspection, &Derivation { original, edit, caption })?)
        }
        Command::AddTranscript { inspection, original, language, text } => {
            evidence(&phone.add_transcript(&inspection, &Transcript { original, language, text })?)
        }
        Command::Facts { inspection } => json!({ "facts": phone.inspection(&inspection)?.facts() }),
        Command::DeleteSent { evidence } => done(phone.delete_sent(&evidence)?),
        Command::ComposeRecord { inspection } => paper(&phone.compose_record(&inspection)?),
        Command::ComposeRecordOf { inspection, subject } => paper(&phone.compose_record_of(&inspection, Some(&subject))?),
        Command::Subjects { inspection } => {
            let one = |s: SubjectView| json!({ "id": s.id, "organ": s.organ, "record": s.record, "finished": s.finished });
            json!({ "subjects": phone.subjects(&inspection)?.into_iter().map(one).collect::<Vec<_>>() })
        }
        Command::Forms { inspection } => {
            json!({ "forms": phone.forms(&inspection)?.iter().map(views::form).collect::<Vec<_>>() })
        }
        Command::PaperDraft { inspection, form, about } => {
            views::draft(&phone.paper_draft(&inspection, &form, about.as_deref())?)
        }
        Command::SavePaperDraft { inspection, form, about, typed } => {
            views::draft(&phone.save_paper_draft(&inspection, &form, about.as_deref(), &typed.to_string())?)
        }
        Command::ComposePaper { inspection, form, about } => paper(&phone.compose_paper(&inspection, &form, about.as_deref())?),
        Command::PaperPdf { paper, to } => {
            let pdf = phone.paper_pdf(&paper)?;
            std::fs::write(&to, &pdf)?;
            json!({ "bytes": pdf.len() })
        }
        Command::SignAsParty { inspection, paper, input } => done(phone.sign_as_party(&inspection, &paper, input.into())?),
        Command::SignAsOfficer { inspection, paper, input } => done(phone.sign_as_officer(&inspection, &paper, input.into())?),
        Command::RequestCosign { inspection, paper } => done(phone.request_cosign(&inspection, &paper)?),
        Command::Cosign { input } => done(phone.cosign(input.into())?),
        Command::RefusePaper { inspection, paper, input } => {
            let Refuse { why, name, reason, witness, witness_unit, witness_ink, media } = input;
            let input = RefuseInput { why, name, reason, witness, witness_unit, witness_ink, media };
            done(phone.refuse_paper(&inspection, &paper, input)?)
        }
        Command::BindInk { inspection, paper, pages, signed, original } => {
            let pages = pages.into_iter().map(|Page { evidence, code }| InkPage { evidence, code }).collect();
            done(phone.bind_ink(&inspection, &paper, pages, signed, original)?)
        }
        Command::DrawCharacter { inspection, character, ink } => done(phone.draw_character(&inspection, &character, ink)?),
        Command::ReadAloud { inspection, paper, to, media } => done(phone.read_aloud(&inspection, &paper, &to, media)?),
        Command::CorrectPaper { inspection, paper: id, correction } => {
            let Change { field, row, new, by, initials } = correction;
            paper(&phone.correct_paper(&inspection, &id, CorrectInput { field, row, new, by, initials })?)
        }
        Command::UseSheet { inspection, paper, sheet } => done(phone.use_sheet(&inspection, &paper, &sheet)?),
        Command::PackMove { inspection } => json!({ "move": phone.pack_move(&inspection)?.as_ref().map(views::pack_move) }),
        Command::MovePack { inspection } => done(phone.move_pack(&inspection)?),
        Command::Stock { inspection } => json!({ "stock": phone.stock(&inspection)? }),
        Command::HandPaper { inspection, paper, copy, receiver, how } => {
            done(phone.hand_paper(&inspection, &paper, &copy, &receiver, how)?)
        }
        Command::FinishPaper { inspection, paper: id } => paper(&phone.finish_paper(&inspection, &id)?),
    })
}

fn evidence(e: &EvidenceView) -> Value {
    json!({ "id": e.id, "clear": e.clear, "sealed": e.sealed, "checkpoint": e.checkpoint })
}

fn done((): ()) -> Value {
    json!({})
}

fn frame(f: &QrFrame) -> Value {
    let rows: String = f.modules.iter().map(|dark| if *dark { '1' } else { '0' }).collect();
    json!({ "text": f.text, "size": f.size, "modules": rows, "version": f.version, "refresh_after_ms": f.refresh_after_ms,
        "challenge_left_ms": f.challenge_left_ms })
}

fn peer(p: &Peer) -> Value {
    json!({ "name": p.name, "number": p.number, "next": p.next })
}

fn event(e: &PeerEvent) -> Value {
    match e {
        PeerEvent::Joined { inspection } => json!({ "joined": { "inspection": inspection } }),
        PeerEvent::Present { name } => json!({ "present": { "name": name } }),
        PeerEvent::BadgeShown { name } => json!({ "badge_shown": { "name": name } }),
        PeerEvent::SignRequested { paper, facts } => json!({ "sign_requested": { "paper": paper, "facts": facts } }),
        PeerEvent::WitnessRequested { cp_no, size } => json!({ "witness_requested": { "cp_no": cp_no, "size": size } }),
        PeerEvent::Witnessed { cp_no } => json!({ "witnessed": { "cp_no": cp_no } }),
        PeerEvent::Signed { paper } => json!({ "signed": { "paper": paper } }),
    }
}

fn paper(p: &mingzheng_core::phone::PaperView) -> Value {
    json!({ "id": p.id, "digest": p.digest, "finished": p.finished })
}

/// An error as the answer gives it: its name in the façade, the closed gates, and what it says.
pub(crate) fn error(e: &PhoneError) -> Value {
    let (name, gates) = match e {
        PhoneError::Busy => ("Busy", None),
        PhoneError::Closed => ("Closed", None),
        PhoneError::Locked => ("Locked", None),
        PhoneError::KeyGone => ("KeyGone", None),
        PhoneError::NotEnrolled => ("NotEnrolled", None),
        PhoneError::Blocked(gates) => ("Blocked", Some(gates)),
        PhoneError::Invalid(_) => ("Invalid", None),
        PhoneError::NotAChallenge => ("NotAChallenge", None),
        PhoneError::NotFound(_) => ("NotFound", None),
        PhoneError::Storage(_) => ("Storage", None),
        PhoneError::NewerStore { .. } => ("NewerStore", None),
        PhoneError::Refused(_) => ("Refused", None),
        PhoneError::Wiped => ("Wiped", None),
        PhoneError::Update => ("Update", None),
        PhoneError::Host => ("Host", None),
    };
    json!({ "name": name, "says": e.to_string(), "gates": gates })
}
