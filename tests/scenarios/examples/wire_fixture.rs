//! `cargo run --example wire_fixture -- tests/fixtures/wire-N`: what a phone and an office of the version of today leave behind (F37). Made once for each version
//! of the conversation, on the last commit that speaks no later one, and never again: the folder must not exist.
#![allow(clippy::indexing_slicing)] // only JSON values are indexed: an absent field is null, it does not panic

use mingzheng_core::id::{hex, sha256};
use mingzheng_core::inspection::{Ack, AssistantRef, BadgeAck, How};
use mingzheng_core::pack::{Act as Notified, Language, Pack, author, signed};
use mingzheng_core::phone::{Act, CaptureInfo, Phone, QueueState};
use mingzheng_core::sign::Signer;
use mingzheng_core::wire::spoken_versions;
use mingzheng_demo::Result;
use mingzheng_demo::cast::{self, LEAD, MANAGER, SECOND};
use mingzheng_demo::office::Office;
use mingzheng_demo::place::Place;
use mingzheng_office::keys::Keys;
use mingzheng_scenarios::then::{self, Contents, Exchange, Served, Time, converse};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

const NOTES: [&str; 3] = ["已发出的一条", "未发出的一条", "照片之后的一条"];

fn main() -> Result<()> {
    let to = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: wire_fixture tests/fixtures/wire-N")?;
    fs::create_dir(&to)?;
    let spoken = spoken_versions();
    let wire = spoken.split(", ").next().and_then(|v| v.parse().ok()).ok_or("no version")?;
    let (place, work) = (Place::find()?, tempfile::tempdir()?);
    let (folder, second) = (work.path().join("phone"), work.path().join("second"));
    fs::create_dir(work.path().join("logs"))?;

    // An office with two officers, a small pack and a task.
    let office = Office::new(&place, work.path());
    office.init()?;
    let keys = Keys::load(&office.folder().join("keys.toml"))?;
    let signers: Vec<&dyn Signer> = keys.pack_signers().into_iter().map(|k| k as &dyn Signer).collect();
    fs::write(office.pack_file(), signed::sign(&small_pack(&place.root)?, &signers)?)?;
    let time = Time::at(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?, 1);
    let served = Served::open(office.folder(), &time)?;
    let (lead, other) = (then::phone(&folder, &time)?, then::phone(&second, &time)?);
    let talk = |phone: &Phone, served: &Served| converse(phone, &time, |asked| asked.carried(served.address));
    for (phone, officer) in [(&lead, &LEAD), (&other, &SECOND)] {
        phone.begin_enrolment(&office.invite(officer, cast::day(180))?)?;
        talk(phone, &served)?;
    }
    let invitation = office.invite_assistant(cast::ASSISTANT)?;
    office.publish_pack()?;
    let mut task = cast::task(cast::today());
    task["checklists"] = serde_json::json!(["youyong"]);
    task["organs"] = Value::Null;
    if let Some(task) = task.as_object_mut() {
        task.retain(|name, _| name != "organs" && name != "form_numbers");
    }
    office.add_task(&task)?;
    time.set(time.now().max(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?));
    talk(&lead, &served)?;
    talk(&other, &served)?;

    // An inspection, told; what was done so far is sent.
    let task = lead.tasks()?.first().ok_or("no task")?.task.id.clone();
    let case = lead.open_inspection(&task, None)?;
    pair(&lead, &other, &task, &case)?;
    let shown = || Act::ShowBadge { to_whom: MANAGER.into(), acknowledged: BadgeAck::Scanned, place: None };
    lead.act(&case, shown())?;
    other.act(&case, shown())?;
    carry(&lead, &other)?;
    let notice = lead.notices(&case)?.into_iter().find(|n| n.language == "zh-Hans").ok_or("no notification")?;
    for item in notice.items {
        lead.act(&case, Act::TellRight { item: item.id, language: "zh-Hans".into(), how: How::ReadAloud })?;
    }
    lead.act(&case, Act::AcknowledgeRights { by: MANAGER.into(), how: Ack::Signed, reason: None })?;
    lead.act(&case, Act::Note { text: NOTES[0].into() })?;
    finish(&lead, &case)?;
    talk(&lead, &served)?;

    // More, which is not.
    time.pass(60_000);
    lead.act(&case, Act::Note { text: NOTES[1].into() })?;
    finish(&lead, &case)?;
    let shot = lead.inbox().join("1.jpg");
    fs::write(&shot, small_photograph(&place)?)?;
    let photo = lead.capture_photo(&case, &shot, CaptureInfo { caption: "池水".into(), ..CaptureInfo::default() })?.id;
    lead.check_photo(&case, &photo)?;
    lead.act(&case, Act::Note { text: NOTES[2].into() })?;
    finish(&lead, &case)?;
    let (entries, at) = (lead.status()?.entries, time.now());
    let (sent, waiting): (Vec<_>, Vec<_>) = lead.checkpoints()?.into_iter().partition(|c| c.receipted);
    drop((lead, other, served));
    then::pack(work.path(), &["phone", "phone.keys", "phone.mark"], &to.join("phone.tar.gz"))?;
    then::pack(work.path(), &["office"], &to.join("office.tar.gz"))?;

    // How it went on.
    time.pass(1000);
    let served = Served::open(office.folder(), &time)?;
    let third = then::phone(&work.path().join("third"), &time)?;
    third.begin_enrolment(&invitation)?;
    let mut newcomer = None;
    // No further: the office's log is to grow as it does when this one request is said again.
    let cut = converse(&third, &time, |asked| {
        let answered = asked.carried(served.address)?;
        if asked.path != "/v1/enrol" {
            return Ok(answered);
        }
        newcomer = Some(Exchange { at: time.now(), asked, answered });
        Err("enrolled".into())
    });
    let newcomer = newcomer.ok_or_else(|| format!("no enrolment: {cut:?}"))?;
    let lead = then::phone(&folder, &time)?;
    let conversation = talk(&lead, &served)?;
    let open = lead.status()?.queue.into_iter().filter(|q| q.state != QueueState::Received).count();
    if open > 0 {
        return Err(format!("{open} items were not received").into());
    }
    let contents = Contents {
        program: env!("CARGO_PKG_VERSION").into(),
        wire,
        at,
        inspection: case,
        notes: NOTES.map(Into::into).to_vec(),
        photo,
        entries,
        checkpoints: (sent.len(), waiting.len()),
        invitation,
        newcomer,
        conversation,
    };
    fs::write(to.join("contents.json"), serde_json::to_vec_pretty(&contents)?)?;
    let sums = ["contents.json", "office.tar.gz", "phone.tar.gz"]
        .map(|name| Ok(format!("{}  {name}\n", hex(&sha256(&fs::read(to.join(name))?)))));
    fs::write(to.join("sha256.txt"), sums.into_iter().collect::<Result<String>>()?)?;
    println!(
        "{}: {} exchanges, {entries} entries, {} + {} checkpoints",
        to.display(),
        contents.conversation.len(),
        sent.len(),
        waiting.len()
    );
    Ok(())
}

/// After it a checkpoint is signed at once.
fn finish(phone: &Phone, case: &str) -> Result<()> {
    let assistant = AssistantRef { name: cast::ASSISTANT.into(), unit: "青川县卫生监督协管站".into() };
    phone.act(case, Act::IntroduceAssistant { assistant })?;
    Ok(())
}

/// The pack of the tree without what an inspection can do without: fixtures are small.
fn small_pack(root: &Path) -> Result<Pack> {
    let mut pack = author::compile(&root.join("packs/weisheng-jiandu")).map_err(|faults| format!("{faults:?}"))?;
    pack.checklists.retain(|c| c.id == "youyong");
    pack.forms.clear();
    pack.forms_common = None;
    pack.items.clear();
    pack.discretion.clear();
    pack.leniency.clear();
    pack.powers.clear();
    pack.review.clear();
    pack.handbook.clear();
    pack.publicity = None;
    pack.rights.retain(|r| r.act == Notified::Inspection && Language::REQUIRED.contains(&r.language));
    pack.clocks.clear();
    pack.remedies.clear();
    pack.thresholds.clear();
    pack.exemptions.clear();
    pack.retention.clear();
    Ok(pack)
}

/// A camera's photograph, made small.
fn small_photograph(place: &Place) -> Result<Vec<u8>> {
    let small = image::open(place.photos.join("nature/LadyBird.jpg"))?.thumbnail(240, 240);
    let mut jpeg = std::io::Cursor::new(Vec::new());
    small.write_to(&mut jpeg, image::ImageFormat::Jpeg)?;
    Ok(jpeg.into_inner())
}

fn pair(lead: &Phone, second: &Phone, task: &str, case: &str) -> Result<()> {
    let answer = second.pair_answer(task, &lead.pair_offer(task)?)?.next.ok_or("no answer")?;
    let confirm = lead.pair_confirm(case, &answer)?.next.ok_or("no confirmation")?;
    second.pair_finish(&confirm)?;
    carry(lead, second)
}

fn carry(lead: &Phone, second: &Phone) -> Result<()> {
    loop {
        let (there, back) = (lead.peer_outbox()?, second.peer_outbox()?);
        if there.is_empty() && back.is_empty() {
            return Ok(());
        }
        for message in &there {
            second.peer_receive(message)?;
        }
        for message in &back {
            lead.peer_receive(message)?;
        }
    }
}
