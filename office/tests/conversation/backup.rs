//! Backup while the server runs, restore, and the judgement of everything that is held.

use crate::device::{Device, random};
use crate::{Office, captured, create, note, patch};
use data_encoding::BASE64URL_NOPAD;
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::inspection::Event;
use mingzheng_core::wire::Submission;
use std::fs;
use std::path::{Path, PathBuf};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// An inspection with a photograph that arrived whole, and a file that is half there.
fn filled(office: &Office) -> (Device, Submission, Vec<u8>) {
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let case = Id(random());
    let sealed = d.seal(b"a photograph");
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    d.act(Some(case), &captured(b"a photograph", &sealed));
    d.act(Some(case), &note("记录"));
    d.checkpoint();
    let submission = d.submission(0);
    assert_eq!(d.submit(&submission).status, 201);
    assert_eq!(create(&mut d, &sealed).status, 201);
    assert_eq!(patch(&mut d, &sealed, 0, &sealed, &sealed).status, 204);
    assert_eq!(d.send("GET", &format!("/v1/custody/{}", hex(&sha256(&sealed))), &[], vec![]).status, 200);
    let half = d.seal(b"another photograph");
    assert_eq!(create(&mut d, &half).status, 201);
    assert_eq!(patch(&mut d, &half, 0, &half[..20], &half[..20]).status, 204);
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200);
    (d, submission, half)
}

fn check(office: &Office) -> (i32, Vec<String>, serde_json::Value) {
    let out = office.run(&["check", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
    let codes = said["findings"].as_array().into_iter().flatten().map(|f| f["code"].as_str().unwrap().to_owned()).collect();
    (out.status.code().unwrap(), codes, said)
}

#[test]
fn f34_a_backup_is_restored_verified_and_goes_on() {
    let mut office = Office::start();
    if !office.embedded("it is restored beside the first, into a file") {
        return;
    }
    let (mut d, submission, half) = filled(&office);
    let receipt = Submission::from_answer(&d.submit(&submission).body).unwrap().remove(0);
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    office.say(&["backup", text(&backup)]);
    assert!(!office.run(&["backup", text(&backup)]).status.success(), "never over another");
    let all = walk(&backup);
    let keys = fs::read_to_string(office.folder.path().join("keys.toml")).unwrap();
    let seed = keys.lines().find_map(|l| l.strip_prefix("seed = ")).unwrap().trim_matches('"').to_owned();
    for file in &all {
        let bytes = fs::read(file).unwrap();
        assert!(!bytes.windows(seed.len()).any(|w| w == seed.as_bytes()), "no key lies open in {}", file.display());
    }
    assert!(!all.iter().any(|f| f.to_string_lossy().contains("offline")), "root keys stay where they are");

    // With the recovery identity, or with a key file kept elsewhere.
    let recovery = office.folder.path().join("offline").join(recovery_name(&office));
    let one = tempfile::tempdir().unwrap();
    let restored = one.path().join("office");
    office.say(&["restore", text(&backup), text(&restored), "--recovery", text(&recovery)]);
    let two = one.path().join("second");
    office.say(&["restore", text(&backup), text(&two), "--keys", text(&office.folder.path().join("keys.toml"))]);
    assert_eq!(fs::read(two.join("keys.toml")).unwrap(), keys.as_bytes());
    assert!(
        !office.run(&["restore", text(&backup), text(&two), "--recovery", text(&recovery)]).status.success(),
        "into a new folder only"
    );
    let port = office.address.rsplit(':').next().unwrap().parse().unwrap();
    office.stop();
    let holder = tempfile::tempdir().unwrap();
    copy(&restored, holder.path());
    let mut back = Office::at(holder);
    let (code, codes, said) = check(&back);
    assert_eq!((code, codes.as_slice()), (0, &[][..]), "{said}");
    assert_eq!(
        (&said["entries"], &said["checkpoints"], &said["objects"], &said["logs"]),
        (&3.into(), &1.into(), &1.into(), &1.into())
    );
    back.serve(port);
    assert_eq!(Submission::from_answer(&d.submit(&submission).body).unwrap().remove(0), receipt, "F21: the same receipt");
    // What was half there is begun again, and nothing else.
    let digest = hex(&sha256(&half));
    let head = d.send("HEAD", &format!("/v1/uploads/{digest}"), &[("tus-resumable", "1.0.0".into())], vec![]);
    assert_eq!((head.status, head.header("upload-offset")), (200, Some("0")));
    assert_eq!(patch(&mut d, &half, 0, &half, &half).status, 204);
    d.act(None, &note("之后"));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(3)).status, 201);
    assert_eq!(check(&back).0, 0);
}

/// A backup that was taken before the newest answers: phones notice, and the office gives no receipts until a new epoch.
#[test]
fn f34_an_older_backup_is_noticed_by_the_phone() {
    let mut office = Office::start();
    if !office.embedded("it is restored beside the first, into a file") {
        return;
    }
    let (mut d, ..) = filled(&office);
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    office.say(&["backup", text(&backup)]);
    d.act(None, &note("之后"));
    d.checkpoint();
    let newer = d.submit(&d.submission(3));
    assert_eq!(newer.status, 201);
    let held = BASE64URL_NOPAD.decode(newer.header("mz-response").unwrap().as_bytes()).unwrap();
    let port = office.address.rsplit(':').next().unwrap().parse().unwrap();
    office.stop();
    let holder = tempfile::tempdir().unwrap();
    let restored = holder.path().join("office");
    office.say(&["restore", text(&backup), text(&restored), "--keys", text(&office.folder.path().join("keys.toml"))]);
    let home = tempfile::tempdir().unwrap();
    copy(&restored, home.path());
    let mut back = Office::at(home);
    back.serve(port);
    let told = d.send("POST", "/v1/log/seen", &[], held);
    assert_eq!(told.status, 200);
    let again = d.submit(&d.submission(3));
    assert_eq!((again.status, again.code().as_str()), (503, "recovery"));
}

/// An older program's backup lacks what came later: a table, and a column at the end of one. A newer one's is refused with what to do.
#[test]
fn f34_f35_the_backup_of_an_older_program_is_restored_and_that_of_a_newer_one_refused() {
    let mut office = Office::start();
    if !office.embedded("it is restored beside the first, into a file") {
        return;
    }
    filled(&office);
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    office.say(&["backup", text(&backup)]);
    let contents = backup.join("backup.json");
    let mut said: serde_json::Value = serde_json::from_slice(&fs::read(&contents).unwrap()).unwrap();
    // Before `destructions` there was, and before an entry said whose log adopted it.
    let tables = said["tables"].as_object_mut().unwrap();
    tables.remove("destructions").unwrap();
    fs::remove_file(backup.join("tables/destructions.rows")).unwrap();
    let path = backup.join("tables/entries.rows");
    let (rows, mut rest, mut older) = (fs::read(&path).unwrap(), 0, Vec::new());
    while let Some(length) = rows.get(rest..rest + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let mut cells = cbor::decode(&rows[rest + 4..rest + 4 + length]).unwrap().array("row").unwrap();
        assert_eq!(cells.pop(), Some(Value::Null), "adopted_by");
        let row = cbor::encode(&Value::Array(cells)).unwrap();
        older.extend((row.len() as u32).to_be_bytes());
        older.extend(row);
        rest += 4 + length;
    }
    fs::write(&path, &older).unwrap();
    tables["entries"][1] = hex(&sha256(&older)).into();
    let write = |said: &serde_json::Value| fs::write(&contents, serde_json::to_vec(said).unwrap()).unwrap();
    write(&said);
    let keys = office.folder.path().join("keys.toml");
    let home = tempfile::tempdir().unwrap();
    let restored = home.path().join("office");
    office.say(&["restore", text(&backup), text(&restored), "--keys", text(&keys)]);
    let holder = tempfile::tempdir().unwrap();
    copy(&restored, holder.path());
    let (code, codes, found) = check(&Office::at(holder));
    assert_eq!((code, codes.as_slice(), &found["entries"]), (0, &[][..], &3.into()), "{found}");

    said["tables"]["of_tomorrow"] = said["tables"]["persons"].clone();
    fs::copy(backup.join("tables/persons.rows"), backup.join("tables/of_tomorrow.rows")).unwrap();
    write(&said);
    let target = home.path().join("newer");
    let out = office.run(&["restore", text(&backup), text(&target), "--keys", text(&keys)]);
    let error = String::from_utf8(out.stderr).unwrap();
    assert!(!out.status.success() && error.contains("newer program") && error.contains("of_tomorrow"), "{error}");
    assert!(!target.exists());
    office.stop();
}

#[test]
fn a_damaged_backup_is_named_and_not_restored() {
    let office = Office::start();
    filled(&office);
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    office.say(&["backup", text(&backup)]);
    let keys = office.folder.path().join("keys.toml");
    let files: Vec<PathBuf> = walk(&backup).into_iter().filter(|f| fs::metadata(f).unwrap().len() > 0).collect();
    assert!(files.len() > 10);
    for (n, file) in files.iter().enumerate() {
        let good = fs::read(file).unwrap();
        let mut bad = good.clone();
        let at = bad.len() / 2;
        bad[at] ^= 1;
        fs::write(file, bad).unwrap();
        let target = place.path().join(format!("office-{n}"));
        let out = office.run(&["restore", text(&backup), text(&target), "--keys", text(&keys)]);
        assert!(!out.status.success(), "{}", file.display());
        assert!(!target.join("mingzheng.toml").exists());
        fs::write(file, good).unwrap();
    }
    fs::remove_file(files.iter().find(|f| f.to_string_lossy().contains("/objects/")).unwrap()).unwrap();
    assert!(!office.run(&["restore", text(&backup), text(&place.path().join("x")), "--keys", text(&keys)]).status.success());
}

#[test]
fn check_names_what_was_changed_behind_the_office() {
    let mut office = Office::start();
    if !office.embedded("the file is altered") {
        return;
    }
    filled(&office);
    office.stop();
    let (code, codes, said) = check(&office);
    assert_eq!((code, codes.as_slice()), (0, &[][..]), "{said}");
    let path = office.folder.path().join("office.sqlite");
    let good = fs::read(&path).unwrap();
    let flip = "substr(X, 1, 40) || CASE substr(X, 41, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(X, 42)";
    for (what, column, finding) in [
        ("entries SET header", "header", "entry-changed"),
        ("entries SET disclosures", "disclosures", "field-changed"),
        ("checkpoints SET signed", "signed", "checkpoint-signature"),
        ("checkpoints SET receipt", "receipt", "receipt-bad"),
        ("enrolments SET signed", "signed", "enrolment-changed"),
        ("feed SET signed", "signed", "feed-chain"),
        ("leaves SET bytes", "bytes", "office-leaf-changed"),
        ("uploads SET custody", "custody", "custody-bad"),
    ] {
        let c = rusqlite::Connection::open(&path).unwrap();
        let changed = c
            .execute(&format!("UPDATE {what} = CAST({} AS BLOB) WHERE {column} IS NOT NULL", flip.replace('X', column)), [])
            .unwrap();
        assert!(changed > 0, "{what}");
        drop(c);
        let (code, codes, said) = check(&office);
        assert!(code == 1 && codes.iter().any(|c| c == finding), "{what}: {said}");
        fs::write(&path, &good).unwrap();
        let _ = fs::remove_file(office.folder.path().join("office.sqlite-wal"));
        let _ = fs::remove_file(office.folder.path().join("office.sqlite-shm"));
    }
    for (sql, finding) in [
        ("DELETE FROM entries WHERE seq = 1", "entry-chain"),
        ("DELETE FROM leaves WHERE idx = 1", "office-log-gap"),
        ("DELETE FROM entries WHERE seq = 2", "checkpoint-root"),
    ] {
        let c = rusqlite::Connection::open(&path).unwrap();
        assert!(c.execute(sql, []).unwrap() > 0);
        drop(c);
        let (code, codes, said) = check(&office);
        assert!(code == 1 && codes.iter().any(|c| c == finding), "{sql}: {said}");
        fs::write(&path, &good).unwrap();
        let _ = fs::remove_file(office.folder.path().join("office.sqlite-wal"));
        let _ = fs::remove_file(office.folder.path().join("office.sqlite-shm"));
    }
    let object =
        walk(&office.folder.path().join("objects")).into_iter().find(|f| !f.to_string_lossy().contains("incoming")).unwrap();
    let mut bytes = fs::read(&object).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&object, bytes).unwrap();
    assert_eq!(check(&office).1, ["object-changed"]);
    fs::remove_file(&object).unwrap();
    assert_eq!(check(&office).1, ["object-missing"]);
    fs::write(&path, b"no database").unwrap();
    assert_eq!(check(&office).0, 2, "what cannot be judged is not bad");
}

fn recovery_name(office: &Office) -> String {
    let names =
        fs::read_dir(office.folder.path().join("offline")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|n| n.contains("recovery")).unwrap()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for file in walk(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
}
