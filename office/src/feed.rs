//! The feed of each enrolment: badge, tasks with their assignments, packs, trust list. Personal items are sealed to the device.

use crate::enrol::Device;
use crate::error::{OfficeError, Result};
use crate::numbers;
use crate::office::Office;
use crate::procedure::Closed;
use crate::register::enterprise;
use crate::register::frequency;
use crate::register::mandate::Deed;
use crate::register::{self, List};
use crate::rights;
use crate::store::{Db, Tx, int, params, uint};
use mingzheng_core::badge::{Assignment, AssignmentKind, Badge, enterprise_digest, fits};
use mingzheng_core::calendar::Day;
use mingzheng_core::cbor;
use mingzheng_core::enrolment::{Enrolment, Role};
use mingzheng_core::id::{Digest, Id, digest16, sha256};
use mingzheng_core::inspection::Task;
use mingzheng_core::pack::signed::{self, VerifiedPack};
use mingzheng_core::seal::{Recipient, Recipients, seal};
use mingzheng_core::trust::Use;
use mingzheng_core::wire::{Cursor, FeedKind, Item, ReviewResult, Withdrawal};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Most bytes of one answer; at least one item always goes.
const BATCH: usize = 4 << 20;
const DAY_S: i64 = 86_400;
const HOUR_MS: i64 = 3_600_000;

/// Appends an item to an enrolment's feed; the same subject of the same kind only once.
pub(crate) fn push(office: &Office, tx: &Tx<'_>, to: &Enrolment, kind: FeedKind, body: &[u8]) -> Result<()> {
    let subject = sha256(body);
    let there: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM feed WHERE enrolment = ? AND kind = ? AND subject = ?)",
        params![to.enrolment.0, kind.name(), subject],
        |r| r.get(0),
    )?;
    if there {
        return Ok(());
    }
    let last =
        tx.row("SELECT n, digest FROM feed WHERE enrolment = ? ORDER BY n DESC LIMIT 1", params![to.enrolment.0], |r| {
            Ok(Cursor { n: uint(r.get(0)?), digest: r.get(1)? })
        })?;
    let body = if kind.sealed() {
        let mut sealed = Vec::new();
        seal(&mut &*body, &mut sealed, &Recipients::one(Recipient::from_bytes(to.recipient)?))?;
        sealed
    } else {
        body.to_vec()
    };
    let (signed, cursor) = Item::issue(office.keys.signer(Use::Feed)?, last, kind, body)?;
    tx.execute(
        "INSERT INTO feed (enrolment, n, kind, subject, signed, digest, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![to.enrolment.0, int(cursor.n), kind.name(), subject, signed, cursor.digest, office.now()],
    )?;
    Ok(())
}

/// The newest status list and list of officers, when the device does not have them: whatever lists came between were never sent, and a
/// suspension reaches the device at its next contact.
fn push_lists(office: &Office, tx: &Tx<'_>, to: &Enrolment) -> Result<()> {
    for (list, kind) in [(List::Status, FeedKind::Status), (List::Officers, FeedKind::Officers)] {
        match register::newest_in(office, tx, list) {
            Ok(signed) => push(office, tx, to, kind, &signed)?,
            // An office without such a key, or with a name that cannot be shown, still feeds its phones.
            Err(error @ (OfficeError::NoKey(_) | OfficeError::Badge(_))) => {
                tracing::error!(%error, "a list of the register cannot be signed")
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// The items after `after`, as the body of an answer. Renews the badge first when half of its life is over, and brings the newest lists.
///
/// # Errors
/// [`OfficeError`].
pub fn items(office: &Office, device: &Device, after: u64) -> Result<Vec<u8>> {
    let e = &device.enrolment;
    office.store.write(|tx| {
        let left: Option<i64> =
            tx.one("SELECT max(expires) FROM badges WHERE enrolment = ?", params![e.enrolment.0], |r| r.get(0))?;
        let half = i64::from(office.settings.badge_days) * DAY_S / 2;
        if left.is_some_and(|expires| expires - office.now() / 1000 < half) {
            issue_badge(office, tx, e)?;
        }
        push_lists(office, tx, e)?;
        // That it asked is written once an hour at most: a question that brings nothing new costs no write.
        let had = "INSERT INTO fetched (enrolment, n, at) VALUES (?, ?, ?) ON CONFLICT (enrolment) DO UPDATE
                   SET n = excluded.n, at = excluded.at WHERE fetched.n <> excluded.n OR fetched.at < ?";
        let now = office.now();
        Ok(tx.execute(had, params![e.enrolment.0, int(after), now, now - HOUR_MS])?)
    })?;
    let items = office.store.read(|c| {
        let (mut items, mut bytes) = (Vec::<Vec<u8>>::new(), 0);
        let newer = "SELECT signed FROM feed WHERE enrolment = ? AND n > ? ORDER BY n";
        c.each(newer, params![e.enrolment.0, int(after)], |row| {
            let item: Vec<u8> = row.get(0)?;
            bytes += item.len();
            if bytes > BATCH && !items.is_empty() {
                return Ok(ControlFlow::Break(()));
            }
            items.push(item);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(items)
    })?;
    Ok(Item::batch(items)?)
}

/// What a newly enrolled device is sent: badge, newest packs, the person's tasks.
///
/// # Errors
/// [`OfficeError`].
pub fn welcome(office: &Office, tx: &Tx<'_>, e: &Enrolment) -> Result<()> {
    issue_badge(office, tx, e)?;
    let packs: Vec<Vec<u8>> = {
        tx.rows(
            "SELECT signed FROM packs p WHERE version = (SELECT max(version) FROM packs WHERE id = p.id) ORDER BY id",
            params![],
            |r| r.get(0),
        )?
    };
    for pack in packs {
        push(office, tx, e, FeedKind::Pack, &pack)?;
    }
    let tasks: Vec<(String, Vec<u8>)> = {
        tx.rows(
            "SELECT body, assignment FROM tasks WHERE task NOT IN (SELECT task FROM withdrawn_tasks) ORDER BY at",
            params![],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?
    };
    for (body, assignment) in tasks {
        let task = read_task(&body)?;
        if task.officers.iter().any(|o| o.person == e.person.to_string()) {
            push_task(office, tx, e, &task, &assignment)?;
        }
    }
    Ok(())
}

/// Issues a fresh credential for an officer's device, if the certificate is in effect; an assistant has none. Gives whether it did.
///
/// # Errors
/// [`OfficeError::Badge`] names a field that cannot be shown or does not fit a QR.
pub fn issue_badge(office: &Office, tx: &Tx<'_>, e: &Enrolment) -> Result<bool> {
    let today = register::today(office)?;
    let in_effect = |c: &register::Certificate| c.on(today, &office.settings.register).in_effect();
    let Some(c) = register::by_person(tx, e.person)?.filter(|c| e.role == Role::Officer && in_effect(c)) else {
        return Ok(false);
    };
    let (Some(status), Some(until), f) = (c.index, c.life.until, c.life.fields) else { return Ok(false) };
    let issued = office.now() / 1000;
    let badge = Badge {
        officer: f.officer(until),
        photo: None,
        status,
        issued,
        expires: issued + i64::from(office.settings.badge_days) * DAY_S,
        show_key: e.show_key,
    };
    fits(&office.settings.badge_host, &badge)?;
    let signed = badge.issue(office.keys.signer(Use::Badge)?)?;
    tx.execute(
        "INSERT INTO badges (digest, enrolment, signed, issued, expires) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        params![digest16(&signed), e.enrolment.0, signed, badge.issued, badge.expires],
    )?;
    push(office, tx, e, FeedKind::Badge, &signed)?;
    Ok(true)
}

/// Issues fresh badges for all devices of a person, or of everybody. Gives how many.
///
/// # Errors
/// [`OfficeError`].
pub fn issue_badges(office: &Office, person: Option<Id>) -> Result<usize> {
    office.store.write(|tx| {
        let devices: Vec<_> = enrolments(office, tx)?
            .into_iter()
            .filter(|e| e.role == Role::Officer && person.is_none_or(|p| p == e.person))
            .collect();
        devices.iter().try_fold(0, |n, e| Ok(n + usize::from(issue_badge(office, tx, e)?)))
    })
}

/// Steps of the register were recorded: the holders whose certificates are in effect get fresh badges.
///
/// # Errors
/// [`OfficeError`].
pub fn register_changed(office: &Office, tx: &Tx<'_>, certificates: &[Id]) -> Result<()> {
    let mut persons = Vec::new();
    for certificate in certificates {
        persons.extend(register::holders(tx, *certificate)?);
    }
    for e in enrolments(office, tx)?.iter().filter(|e| persons.contains(&e.person)) {
        issue_badge(office, tx, e)?;
    }
    Ok(())
}

/// Every device whose enrolment is not withdrawn.
///
/// # Errors
/// [`OfficeError`].
pub fn enrolments(office: &Office, c: &Db) -> Result<Vec<Enrolment>> {
    let all = every_enrolment(office, c)?;
    all.into_iter().filter_map(|e| crate::revoke::is_revoked(c, e.log).map(|r| (!r).then_some(e)).transpose()).collect()
}

/// Every device that was ever enrolled.
///
/// # Errors
/// [`OfficeError`].
pub fn every_enrolment(office: &Office, c: &Db) -> Result<Vec<Enrolment>> {
    let all: Vec<Vec<u8>> = c.rows("SELECT signed FROM enrolments ORDER BY at, enrolment", params![], |r| r.get(0))?;
    all.iter().map(|signed| Ok(Enrolment::open(signed, &office.trust)?)).collect()
}

fn read_task(body: &str) -> Result<Task> {
    serde_json::from_str(body).map_err(|e| OfficeError::Settings(format!("任务 task: {e}")))
}

/// A task that was added.
pub struct Added {
    /// The task.
    pub task: Task,
    /// How many devices it was sent to.
    pub devices: usize,
    /// What the office should look at: the registers are filled over time.
    pub notes: Vec<String>,
}

/// Adds a task from JSON: fills in what the office knows (id, organ, persons by certificate number), signs the assignment and sends both.
///
/// # Errors
/// [`OfficeError::Settings`] names what is missing.
pub fn add_task(office: &Office, text: &str) -> Result<Added> {
    let bad = |what: String| OfficeError::Settings(format!("任务 task: {what}"));
    let mut json: serde_json::Value = serde_json::from_str(text).map_err(|e| bad(e.to_string()))?;
    let map = json.as_object_mut().ok_or_else(|| bad("不是 JSON 对象 not a JSON object".into()))?;
    let mut notes = Vec::new();
    let blocks: BTreeMap<String, u32> = match map.remove("blocks") {
        Some(wanted) => serde_json::from_value(wanted).map_err(|e| bad(format!("blocks: {e}")))?,
        None => BTreeMap::new(),
    };
    let code = map.get("enterprise").and_then(|e| e.get("code")).and_then(|c| c.as_str()).unwrap_or_default().to_owned();
    match office.store.read(|c| enterprise::by_code(c, &code))? {
        Some(known) => {
            if map.get("enterprise").and_then(|e| e.get("name")).and_then(|n| n.as_str()) != Some(&known.name) {
                notes.push(format!(
                    "企业名录中此代码的名称为“{}” the register of enterprises has that name for this code",
                    known.name
                ));
            }
            if !known.area.is_empty() {
                map.entry("area").or_insert_with(|| known.area.into());
            }
        }
        None => notes.push(
            "企业名录中没有此代码，已照任务所写登记 the register of enterprises does not know this code; taken as the task says"
                .into(),
        ),
    }
    let new = Id(crate::keys::random()?).to_string();
    map.entry("id").or_insert_with(|| new.into());
    map.entry("organ").or_insert_with(|| office.trust.organ.clone().into());
    for (name, default) in [
        ("complaint_phone", office.settings.complaint_phone.clone().into()),
        ("badge_address", format!("{}/b", office.settings.badge_host).into()),
        ("assistants", serde_json::json!([])),
        ("numbers", serde_json::json!([])),
        // Counted below, never typed (J30).
        ("n", 0.into()),
        ("cap", 0.into()),
    ] {
        map.entry(name).or_insert(default);
    }
    let slots = [("government", &office.settings.government), ("court", &office.settings.court)];
    let slots: BTreeMap<&str, &String> = slots.into_iter().filter(|(_, words)| !words.is_empty()).collect();
    map.entry("slots").or_insert_with(|| serde_json::json!(slots));
    if let Some(region) = &office.settings.region {
        map.entry("region").or_insert_with(|| region.as_str().into());
    }
    for officer in map.get_mut("officers").and_then(|o| o.as_array_mut()).into_iter().flatten() {
        let number = officer.get("number").and_then(|n| n.as_str()).unwrap_or_default().to_owned();
        if let (Some(o), Some((holders, name))) = (officer.as_object_mut(), known_officer(office, &number)?) {
            o.entry("person").or_insert_with(|| holders.first().map(ToString::to_string).unwrap_or_default().into());
            o.entry("name").or_insert_with(|| name.into());
        }
    }
    let mut task = read_task(&json.to_string())?;
    let id = Id::from_hex(&task.id).ok_or_else(|| bad("id 应为 32 位十六进制 must be 32 hex digits".into()))?;
    for o in &task.officers {
        let known = known_officer(office, &o.number)?;
        if !known.is_some_and(|(holders, name)| name == o.name && holders.iter().any(|p| p.to_string() == o.person)) {
            return Err(bad(format!(
                "证号 {} 未登记，或姓名不符 no officer of that number and name is known; enroll first",
                o.number
            )));
        }
    }
    let numbers: Vec<String> = task.officers.iter().map(|o| o.number.clone()).collect();
    let mut different = numbers.clone();
    different.sort();
    different.dedup();
    if different.len() != numbers.len() || numbers.len() < 2 {
        return Err(bad("执法人员不得少于两人 at least two different officers (行政处罚法 42)".into()));
    }
    let day = Day::try_from(task.day).map_err(|_| bad("day 应为 yyyymmdd must be a day, yyyymmdd".into()))?;
    let (area, category) = (task.area.as_deref(), task.category.as_deref());
    task.check_team().map_err(|e| bad(e.to_string()))?;
    // 联合执法: each for the own organ (R52).
    for number in &numbers {
        let organ = task.organ_of(number).unwrap_or(&task.organ);
        let deed = Deed { day, organ, area, category, matter: Some(&task.matter) };
        office.store.read(|c| register::may_be_assigned(office, c, std::slice::from_ref(number), &deed))?;
        if task.joint() && !office.store.read(|c| register::acts_for(c, number, organ))? {
            return Err(bad(format!(
                "证号 {number} 的单位不是 {organ}，也没有以其名义执法的委托 is neither of {organ} nor of a unit that acts in its name"
            )));
        }
    }
    let kind = AssignmentKind::from_name(&task.kind).ok_or_else(|| bad("kind 应为 must be routine, special, case".into()))?;
    let pack = rights::newest(office)?.map(|(_, pack)| pack);
    let today = register::today(office)?;
    office.store.write(|tx| {
        let (said, visits) = (task.n, frequency::visits(tx, &task.organ, &task.enterprise.code, task.day / 10_000)?);
        let gates = frequency::settle(&mut task, visits, pack.as_deref(), today);
        if !gates.is_empty() {
            return Err(Closed(gates).into());
        }
        if said != 0 && said != task.n {
            notes.push(format!("按台账为本年度第 {} 次 counted from the register: visit no. {} of the year", task.n, task.n));
        }
        numbers::hand_out(office, tx, &mut task, pack.as_deref(), &blocks)?;
        let assignment = Assignment {
            task: id,
            enterprise: enterprise_digest(&task.enterprise.code),
            day: task.day,
            officers: numbers,
            number: task.n.into(),
            cap: task.cap.into(),
            kind,
            organ: task.organ.clone(),
            issued: office.now() / 1000,
        };
        // What no phone could show as a code is refused here (P7).
        assignment.fits(&office.settings.badge_host)?;
        let assignment = assignment.issue(office.keys.signer(Use::Assignment)?)?;
        let body = serde_json::to_string(&task).map_err(|e| bad(e.to_string()))?;
        let new = tx.execute(
            "INSERT INTO tasks (task, body, assignment, digest, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![id.0, body, assignment, digest16(&assignment), office.now()],
        )?;
        if new == 0 {
            return Err(bad("此编号的任务已存在 a task with this id is there already".into()));
        }
        let mut devices = 0;
        for e in enrolments(office, tx)?.iter().filter(|e| task.officers.iter().any(|o| o.person == e.person.to_string())) {
            push_task(office, tx, e, &task, &assignment)?;
            devices += 1;
        }
        Ok(Added { task, devices, notes })
    })
}

fn push_task(office: &Office, tx: &Tx<'_>, e: &Enrolment, task: &Task, assignment: &[u8]) -> Result<()> {
    let json = serde_json::to_value(task).map_err(|e| OfficeError::Settings(e.to_string()))?;
    push(office, tx, e, FeedKind::Task, &cbor::encode(&cbor::from_json(&json)?)?)?;
    push(office, tx, e, FeedKind::Assignment, assignment)
}

/// Takes a task back: it counts as no visit any more, and its officers' devices are told. What they did on it already is taken all the same (F33, J30).
/// Gives how many devices.
///
/// # Errors
/// [`OfficeError::NotFound`]; [`OfficeError::Settings`] without a reason, or when it was taken back before.
pub fn withdraw_task(office: &Office, task: Id, reason: &str) -> Result<usize> {
    let bad = |what: &str| OfficeError::Settings(what.to_owned());
    if reason.trim().is_empty() {
        return Err(bad("请写明撤回理由 say why it is withdrawn"));
    }
    office.store.write(|tx| {
        let body: Option<String> = tx.row("SELECT body FROM tasks WHERE task = ?", params![task.0], |r| r.get(0))?;
        let known = read_task(&body.ok_or(OfficeError::NotFound("task"))?)?;
        let at = office.now();
        let new = tx.execute(
            "INSERT INTO withdrawn_tasks (task, at, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![task.0, at, reason.trim()],
        )?;
        if new == 0 {
            return Err(bad("此任务已撤回 this task was withdrawn before"));
        }
        let told = Withdrawal { task, at, reason: reason.trim().to_owned() }.encode()?;
        let mut devices = 0;
        for e in enrolments(office, tx)?.iter().filter(|e| known.officers.iter().any(|o| o.person == e.person.to_string())) {
            push(office, tx, e, FeedKind::TaskWithdrawn, &told)?;
            devices += 1;
        }
        Ok(devices)
    })
}

/// Tells those who inspected what the review of the case came to: each device that is not withdrawn of each person whose log has entries of the
/// inspection.
pub(crate) fn push_review(office: &Office, tx: &Tx<'_>, result: &ReviewResult) -> Result<()> {
    let sql = "SELECT DISTINCT e.person FROM enrolments e WHERE e.log IN (SELECT log FROM entries WHERE case_tag = ?)";
    let persons: Vec<[u8; 16]> = tx.rows(sql, params![result.inspection.0], |r| r.get(0))?;
    let body = result.encode()?;
    for e in enrolments(office, tx)?.iter().filter(|e| persons.contains(&e.person.0)) {
        push(office, tx, e, FeedKind::Review, &body)?;
    }
    Ok(())
}

/// Puts a newer trust list in force, and sends it to every device. Gives how many. Where it is broken off, a list after it follows all the same.
///
/// # Errors
/// [`OfficeError::Trust`] when it does not follow the one in force.
pub fn new_trust(office: &Office, bytes: &[u8]) -> Result<usize> {
    office.trust.open_update(bytes)?;
    // First the file: were a list with the phones of which the office knows nothing, the next one would be another of the same number.
    crate::keys::replace(&office.file(crate::keys::TRUST_FILE), bytes)?;
    office.store.write(|tx| {
        let all = enrolments(office, tx)?;
        for e in &all {
            push(office, tx, e, FeedKind::Trust, bytes)?;
        }
        Ok(all.len())
    })
}

/// The persons that hold a certificate, and their name.
fn known_officer(office: &Office, number: &str) -> Result<Option<(Vec<Id>, String)>> {
    office.store.read(|c| {
        let certificate = register::by_number(c, number)?;
        certificate.map(|k| Ok((register::holders(c, k.id)?, k.life.fields.name))).transpose()
    })
}

/// Adds a signed pack and sends it to every device.
///
/// # Errors
/// [`OfficeError::Pack`] when it is not signed by two who may, or does not supersede the one known.
pub fn add_pack(office: &Office, bytes: &[u8]) -> Result<(VerifiedPack, usize)> {
    let pack = signed::open_any_day(bytes, &office.trust, office.now())?;
    let devices = office.store.write(|tx| {
        let newest: Option<Vec<u8>> =
            tx.row("SELECT signed FROM packs WHERE id = ? ORDER BY version DESC LIMIT 1", params![pack.pack().id], |r| r.get(0))?;
        if let Some(known) = newest {
            pack.supersedes(&signed::open_any_day(&known, &office.trust, office.now())?)?;
        }
        tx.execute(
            "INSERT INTO packs (digest, id, version, signed, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![pack.digest(), pack.pack().id, pack.pack().version, bytes, office.now()],
        )?;
        // What is sent is what is kept: the same pack signed a second time stays one pack.
        let kept: Vec<u8> = tx.one("SELECT signed FROM packs WHERE digest = ?", params![pack.digest()], |r| r.get(0))?;
        let all = enrolments(office, tx)?;
        for e in &all {
            push(office, tx, e, FeedKind::Pack, &kept)?;
        }
        Ok(all.len())
    })?;
    Ok((pack, devices))
}

/// A pack that the office holds, by digest.
///
/// # Errors
/// [`OfficeError`].
pub fn pack(office: &Office, digest: &Digest) -> Result<Option<VerifiedPack>> {
    let row: Option<(Vec<u8>, i64)> = office
        .store
        .read(|c| Ok(c.row("SELECT signed, at FROM packs WHERE digest = ?", params![digest], |r| Ok((r.get(0)?, r.get(1)?)))?))?;
    row.map(|(bytes, at)| Ok(signed::open_any_day(&bytes, &office.trust, at)?)).transpose()
}
