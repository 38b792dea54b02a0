//! What is kept of uploads and for how long: termination, expiration, whose they are, limits, files that were lost, a disk that is full.

use crate::database::{database, params};
use crate::device::{Device, random};
use crate::{Office, captured, create, patch, upload};
use mingzheng_core::id::{Digest, Id, hex, sha256};
use mingzheng_core::wire::Wanted;
use mingzheng_office::settings::Settings;
use mingzheng_office::{lag, office, uploads};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

fn path(sealed: &[u8]) -> String {
    format!("/v1/uploads/{}", hex(&sha256(sealed)))
}

fn offset(d: &mut Device, sealed: &[u8]) -> (u16, Option<String>) {
    let back = d.send("HEAD", &path(sealed), &[], vec![]);
    (back.status, back.header("upload-offset").map(str::to_owned))
}

fn custody(d: &mut Device, sealed: &[u8]) -> crate::device::Back {
    d.send("GET", &format!("/v1/custody/{}", hex(&sha256(sealed))), &[], vec![])
}

fn kept(office: &Office, sealed: &Digest) -> PathBuf {
    let name = hex(sealed);
    office.folder.path().join("objects").join(&name[..2]).join(name)
}

#[test]
fn tus_an_unfinished_upload_is_ended_by_its_device_and_a_finished_one_by_nobody() {
    let office = Office::start();
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let mut other = Device::enrolled(&office.invite("李小红", "110002").1);
    let sealed = d.seal(&vec![3; 500_000]);
    let back = create(&mut d, &sealed);
    assert_eq!(back.status, 201);
    assert!(back.header("upload-expires").is_some_and(|date| date.ends_with(" GMT")), "{:?}", back.header("upload-expires"));
    assert_eq!(patch(&mut d, &sealed, 0, &sealed[..100_000], &sealed[..100_000]).status, 204);
    for (status, back) in [
        (403, create(&mut other, &sealed)),
        (403, patch(&mut other, &sealed, 100_000, &sealed[100_000..], &sealed[100_000..])),
        (403, other.send("DELETE", &path(&sealed), &[], vec![])),
    ] {
        assert_eq!((back.status, back.code().as_str()), (status, "not_yours"));
    }
    assert_eq!(d.send("DELETE", &path(&sealed), &[], vec![]).status, 204);
    assert_eq!(offset(&mut d, &sealed).0, 404);
    assert_eq!(d.send("DELETE", &path(&sealed), &[], vec![]).status, 404);
    assert!(std::fs::read_dir(office.folder.path().join("objects/incoming")).unwrap().next().is_none(), "its bytes are gone");
    upload(&mut d, &sealed);
    let back = d.send("DELETE", &path(&sealed), &[], vec![]);
    assert_eq!((back.status, back.code().as_str()), (403, "kept"));
    assert_eq!(std::fs::read(kept(&office, &sha256(&sealed))).unwrap(), sealed);
    assert!(d.send("HEAD", &path(&sealed), &[], vec![]).header("upload-expires").is_none(), "what is finished does not expire");
}

#[test]
fn tus_unfinished_uploads_expire_and_finished_ones_never() {
    let o = Office::start();
    let mut d = Device::enrolled(&o.invite("王小明", "110001").1);
    let (begun, whole) = (d.seal(b"begun"), d.seal(b"whole"));
    assert_eq!(create(&mut d, &begun).status, 201);
    assert_eq!(patch(&mut d, &begun, 0, &begun[..10], &begun[..10]).status, 204);
    upload(&mut d, &whole);
    // The command beside the running server, with the month of the settings, and then as if the month were over.
    assert!(o.say(&["objects", "expire"]).contains(" 0"));
    assert_eq!(offset(&mut d, &begun), (200, Some("10".to_owned())));
    let office = office::Office::open(Settings::load(&o.folder.path().join("mingzheng.toml")).unwrap()).unwrap();
    assert_eq!(uploads::expire(&office, office.now() + 1).unwrap(), 1);
    assert_eq!(offset(&mut d, &begun).0, 404);
    assert_eq!(offset(&mut d, &whole).0, 200);
    upload(&mut d, &begun);
}

/// R23: who has not sent everything, since when, and what of the feed was not fetched; nothing is owed when all is here.
#[test]
fn r23_the_console_tells_who_still_owes_what() {
    let office = Office::start();
    let (_, page) = crate::console(&office, "/console/devices/lag");
    assert!(page.contains("尚未登记设备"), "{page}");
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let mut other = Device::enrolled(&office.invite("李小红", "110002").1);
    other.feed();
    let lags = || {
        let opened = office::Office::open(Settings::load(&office.folder.path().join("mingzheng.toml")).unwrap()).unwrap();
        opened.store.read(|c| lag::by_device(c, 0)).unwrap()
    };
    let never = lags();
    assert!(never.iter().all(|l| l.owed == 0 && l.sent.is_none()), "{never:?}");
    assert!(never[0].unfetched > 0 && never[0].heard.is_none(), "{never:?}");
    assert!(!never[1].is_behind() && never[1].heard.is_some(), "{never:?}");

    d.feed();
    let case = Id(random());
    let clear: Vec<Vec<u8>> = (1..=2u8).map(|n| vec![n; 5_000]).collect();
    let sealed: Vec<Vec<u8>> = clear.iter().map(|c| d.seal(c)).collect();
    for (clear, sealed) in clear.iter().zip(&sealed) {
        d.act(Some(case), &captured(clear, sealed));
    }
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    let owing = lags().remove(0);
    assert_eq!((owing.owed, owing.entries, owing.unfetched), (2, 2, 0), "{owing:?}");
    assert!(owing.owed_since.is_some() && owing.owed_since <= owing.sent, "{owing:?}");
    assert_eq!(create(&mut d, &sealed[0]).status, 201);
    assert_eq!(patch(&mut d, &sealed[0], 0, &sealed[0][..100], &sealed[0][..100]).status, 204);
    assert_eq!(lags()[0].under_way, sealed[0].len() as u64 - 100);
    let (status, page) = crate::console(&office, "/console/devices/lag");
    assert_eq!(status, 200);
    for said in ["尚未报送完毕的设备", "1 / 2", "王小明", "欠传文件", "最早自", "正在传，余"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // What was named before the days that are counted is told by its case.
    let opened = office::Office::open(Settings::load(&office.folder.path().join("mingzheng.toml")).unwrap()).unwrap();
    assert_eq!(opened.store.read(|c| lag::by_device(c, opened.now() + 1)).unwrap()[0].owed, 0);

    assert_eq!(patch(&mut d, &sealed[0], 100, &sealed[0][100..], &sealed[0][100..]).status, 204);
    upload(&mut d, &sealed[1]);
    for s in &sealed {
        assert_eq!(custody(&mut d, s).status, 200);
    }
    assert!(lags().iter().all(|l| !l.is_behind()), "{:?}", lags());
    // A phone with nothing new is heard of all the same, without a write for each question.
    let most = other.feed().len();
    let mut ask = || {
        assert_eq!(other.send("GET", &format!("/v1/feed?after={most}"), &[], vec![]).status, 200);
        lags().into_iter().find(|l| l.entries == 0).unwrap().heard.unwrap()
    };
    let before = ask();
    assert_eq!(ask(), before, "within the hour");
    database(&office).execute("UPDATE fetched SET at = at - ?", params![2 * 3_600_000_i64]).unwrap();
    assert!(ask() > before, "two hours later");
    let (_, page) = crate::console(&office, "/console/devices/lag");
    assert!(page.contains("全部设备均已报送完毕"), "{page}");
}

/// F24: a file that is gone and one that changed are found, set aside, asked for again through the feed, and the receipt that was given stays the same.
#[test]
fn f24_lost_and_damaged_files_are_asked_for_again_unprompted() {
    let office = Office::start();
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let mut other = Device::enrolled(&office.invite("李小红", "110002").1);
    let case = Id(random());
    let clear: Vec<Vec<u8>> = (1..=3u8).map(|n| vec![n; 200_000]).collect();
    let sealed: Vec<Vec<u8>> = clear.iter().map(|c| d.seal(c)).collect();
    for (clear, sealed) in clear.iter().zip(&sealed) {
        upload(&mut d, sealed);
        d.act(Some(case), &captured(clear, sealed));
    }
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    let receipts: Vec<Vec<u8>> = sealed.iter().map(|s| custody(&mut d, s).body).collect();
    let check = |status: i32, arguments: &[&str]| -> serde_json::Value {
        let out = office.run(&[&["objects", "check", "--json"], arguments].concat());
        assert_eq!(out.status.code(), Some(status), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    };
    assert_eq!(check(0, &[])["checked"], 3);
    let digests: Vec<Digest> = sealed.iter().map(|s| sha256(s)).collect();
    std::fs::remove_file(kept(&office, &digests[0])).unwrap();
    let mut damaged = sealed[1].clone();
    damaged[100_000] ^= 1;
    std::fs::write(kept(&office, &digests[1]), &damaged).unwrap();
    assert_eq!(check(1, &["--quick"])["missing"], serde_json::json!([hex(&digests[0])]));
    let found = check(1, &[]);
    assert_eq!((&found["wrong"], &found["asked"]), (&serde_json::json!([hex(&digests[1])]), &1.into()));
    assert_eq!(std::fs::read(office.folder.path().join("objects/damaged").join(hex(&digests[1]))).unwrap(), damaged);
    let asked: Vec<Digest> = d
        .feed()
        .into_iter()
        .filter(|(kind, _)| kind == "wanted")
        .flat_map(|(_, body)| Wanted::decode(&body).unwrap().sealed)
        .collect();
    assert_eq!(asked, [digests[0], digests[1]]);
    assert!(other.feed().iter().all(|(kind, _)| kind != "wanted"), "only who brought it is asked");
    assert_eq!(custody(&mut d, &sealed[0]).code(), "not_yet");
    assert_eq!(offset(&mut d, &sealed[1]), (200, Some("0".to_owned())));
    // A file that has a receipt is never forgotten, however long it does not come.
    let opened = office::Office::open(Settings::load(&office.folder.path().join("mingzheng.toml")).unwrap()).unwrap();
    assert_eq!(uploads::expire(&opened, opened.now() + 1).unwrap(), 0);
    assert_eq!(d.send("DELETE", &path(&sealed[0]), &[], vec![]).code(), "kept");
    for s in &sealed[..2] {
        upload(&mut d, s);
    }
    assert_eq!(sealed.iter().map(|s| custody(&mut d, s).body).collect::<Vec<_>>(), receipts, "the same receipts");
    assert_eq!(check(0, &[])["checked"], 3);
}

/// F32: limits have codes of their own, and what is within them goes on.
#[test]
fn f32_limits_by_device_and_in_all_have_their_own_codes() {
    let mut office = Office::start();
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let mut other = Device::enrolled(&office.invite("李小红", "110002").1);
    let file = office.folder.path().join("mingzheng.toml");
    let set = |from: &str, to: &str| {
        let toml = std::fs::read_to_string(&file).unwrap();
        assert!(toml.contains(from), "{toml}");
        std::fs::write(&file, toml.replace(from, to)).unwrap();
    };
    set("# uploads.device_mib_a_day = 0", "uploads.device_mib_a_day = 2");
    set("# uploads.total_mib = 0", "uploads.total_mib = 3");
    office.kill_and_restart();
    let files: Vec<Vec<u8>> = (0..4u8).map(|n| d.seal(&vec![n; 900_000])).collect();
    upload(&mut d, &files[0]);
    upload(&mut d, &files[1]);
    let back = create(&mut d, &files[2]);
    assert_eq!((back.status, back.code().as_str()), (507, "quota_device"));
    assert_eq!(create(&mut d, &files[1]).status, 201, "one that is there already is no new one");
    upload(&mut other, &files[2]);
    let back = create(&mut other, &files[3]);
    assert_eq!((back.status, back.code().as_str()), (507, "office_full"));
    // More room: the same device goes on without anybody mending anything.
    set("total_mib = 3", "total_mib = 30");
    office.kill_and_restart();
    upload(&mut other, &files[3]);
}

/// A small file system of its own, where root may mount one.
struct Small(PathBuf);
impl Small {
    fn mount(folder: PathBuf) -> Option<Self> {
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "none"]).arg(&folder).status();
        done.is_ok_and(|s| s.success()).then_some(Self(folder))
    }
}
impl Drop for Small {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().unwrap();
    }
}

/// F32: a disk that is really full, under database and files: a signed 507, nothing lost, and service goes on as soon as there is room.
#[test]
fn f32_a_full_disk_is_said_and_service_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(folder.path().to_owned()) else {
        println!("not run: no file system can be mounted here");
        return;
    };
    let mut office = Office::start_in(folder);
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let sealed = d.seal(&vec![5; 3_000_000]);
    assert_eq!(create(&mut d, &sealed).status, 201);
    assert_eq!(patch(&mut d, &sealed, 0, &sealed[..1 << 20], &sealed[..1 << 20]).status, 204);
    let ballast = small.0.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let chunk = &sealed[1 << 20..2 << 20];
    for _ in 0..3 {
        let back = patch(&mut d, &sealed, 1 << 20, chunk, chunk);
        assert_eq!((back.status, back.code().as_str()), (507, "office_full"));
    }
    let rest = [("upload-offset", (1 << 20).to_string()), ("content-type", "application/offset+octet-stream".to_owned())];
    let back = d.send("PATCH", &path(&sealed), &rest, sealed[1 << 20..].to_vec());
    assert_eq!((back.status, back.code().as_str()), (507, "office_full"), "streamed too");
    drop(file);
    std::fs::remove_file(&ballast).unwrap();
    let (status, at) = offset(&mut d, &sealed);
    let at: usize = at.unwrap().parse().unwrap();
    assert!(status == 200 && at >= 1 << 20, "what was acknowledged is there");
    let rest = [("upload-offset", at.to_string()), rest[1].clone()];
    assert_eq!(d.send("PATCH", &path(&sealed), &rest, sealed[at..].to_vec()).status, 204);
    assert_eq!(std::fs::read(kept(&office, &sha256(&sealed))).unwrap(), sealed);
    println!("full disk: said 4 times, lost 0, mended by hand 0");
    office.stop();
    drop(office);
}
