//! What is sent over which network, and what a person does about an item that is held up (F17, F27; R23).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use flate2::write::GzEncoder;
use mingzheng_core::id::{hex, sha256};
use mingzheng_demo::acts;
use mingzheng_demo::cast::LEAD;
use mingzheng_phone::drive::PhoneProcess;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

fn photograph(scene: &mut Scene) -> String {
    let path = acts::inbox(&mut scene.lead).unwrap().join("a.jpg");
    fs::copy(scene.place.photos.join("nature/LadyBird.jpg"), &path).unwrap();
    let capture = json!({ "inspection": scene.inspection, "path": path, "info": { "caption": "池水" } });
    let id = acts::text(&scene.lead.call("capture_photo", capture).unwrap(), "id").unwrap();
    scene.lead.call("check_photo", json!({ "inspection": scene.inspection, "evidence": id })).unwrap();
    id
}

fn item(scene: &mut Scene, kind: &str) -> Value {
    let status = scene.lead.call("status", json!({})).unwrap();
    status["queue"].as_array().unwrap().iter().rev().find(|q| q["kind"] == kind).unwrap().clone()
}

/// F27, R23: with little charge the entries and thumbnails go and the photograph waits, and says why; on the charger it goes.
#[test]
fn r23_f27_heavy_things_wait_for_the_charger_and_say_so() {
    let mut scene = Scene::told().unwrap();
    photograph(&mut scene);
    scene.lead.call("set_conditions", json!({ "network": "metered", "battery": 12, "charging": false })).unwrap();
    assert_eq!(scene.lead.call("sync", json!({})).unwrap()["finished"], true);
    assert_eq!(
        (&item(&mut scene, "segment")["state"], &item(&mut scene, "thumbnail")["state"]),
        (&json!("received"), &json!("received"))
    );
    let photo = item(&mut scene, "photo");
    assert_eq!((&photo["state"], &photo["waits"]), (&json!("waiting"), &json!("battery")));
    scene.lead.call("set_conditions", json!({ "network": "metered", "battery": 13, "charging": true })).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    let photo = item(&mut scene, "photo");
    assert_eq!((&photo["state"], &photo["waits"]), (&json!("received"), &Value::Null));
}

/// F17: an item can be carried to the office by hand: the sealed file as it is, and nothing is overwritten; it stays in the queue.
#[test]
fn f17_a_sealed_item_is_exported_as_it_is_and_stays_in_the_queue() {
    let mut scene = Scene::told().unwrap();
    let id = photograph(&mut scene);
    let to = scene.file("photo.age");
    scene.lead.call("export_item", json!({ "kind": "photo", "item": id, "to": to })).unwrap();
    let fold = scene.fold().unwrap();
    let held = fold["evidence"].as_array().unwrap().iter().find(|e| e["id"] == id.as_str()).unwrap();
    assert_eq!(held["sealed"], hex(&sha256(&fs::read(&to).unwrap())));
    let again = refusal(scene.lead.call("export_item", json!({ "kind": "photo", "item": id, "to": to })));
    assert_eq!(again.name(), "Storage", "{again}");
    assert_eq!(held["sealed"], hex(&sha256(&fs::read(&to).unwrap())), "what is there is left alone");
    assert_eq!(refusal(scene.lead.call("export_item", json!({ "kind": "photo", "item": "x", "to": to }))).name(), "NotFound");
    assert_eq!(item(&mut scene, "photo")["state"], "waiting");
    scene.lead.call("retry_item", json!({ "kind": "photo", "item": id })).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(item(&mut scene, "photo")["state"], "received");
}

/// Stands where the office stood until it is dropped, and does the same to everybody who comes.
struct Instead {
    address: SocketAddr,
    served: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

type Does = Box<dyn FnMut(&[u8], &mut TcpStream) -> io::Result<()> + Send>;

impl Instead {
    fn at(address: SocketAddr, mut does: impl FnMut(&[u8], &mut TcpStream) -> io::Result<()> + Send + 'static) -> Self {
        let listener = bound(address);
        let (served, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stop) = (served.clone(), stopped.clone());
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Relaxed) {
                    return;
                }
                let mut stream = stream.unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                count.fetch_add(1, Relaxed);
                // The phone may hang up in the middle: that is its right.
                let _ = whole_request(&mut stream).and_then(|request| does(&request, &mut stream));
            }
        });
        Self { address, served, stopped, thread: Some(thread) }
    }
}

/// The address that the office left: a connection that somebody on this machine opens may have been given its port for a moment.
fn bound(address: SocketAddr) -> TcpListener {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        match TcpListener::bind(address) {
            Err(e) if e.kind() == io::ErrorKind::AddrInUse && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(200));
            }
            bound => return bound.unwrap(),
        }
    }
}

impl Drop for Instead {
    fn drop(&mut self) {
        self.stopped.store(true, Relaxed);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Head and body as they came.
fn whole_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut request, mut piece) = (Vec::new(), [0; 64 << 10]);
    loop {
        let n = stream.read(&mut piece)?;
        request.extend_from_slice(&piece[..n]);
        let Some(end) = request.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        let length = head.lines().find_map(|l| l.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        if n == 0 || request.len() >= end + 4 + length.unwrap_or(0) {
            return Ok(request);
        }
    }
}

fn answer(stream: &mut TcpStream, head: &str, body: &[u8]) -> io::Result<()> {
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

fn states(scene: &mut Scene) -> Vec<String> {
    let status = scene.lead.call("status", json!({})).unwrap();
    status["queue"].as_array().unwrap().iter().map(|q| q["state"].as_str().unwrap().to_owned()).collect()
}

/// Most memory that the phone's process ever had, KiB.
fn peak(scene: &Scene) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", scene.lead.pid())).unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

/// F27, F31: whatever stands in the office's place and whatever it answers, nothing counts as sent and nothing is given up: plain success without a
/// body, every other status, HTML, a redirect to another host (it is not followed), an old true answer again, a true answer with other bytes, a small
/// body that unpacks to a huge one, one that never ends. Afterwards everything goes.
#[test]
fn f27_f31_whatever_answers_in_the_office_s_place_nothing_counts_as_sent() {
    let mut scene = Scene::told().unwrap();
    photograph(&mut scene);
    let office = scene.serving.stop().unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    let before = states(&mut scene);
    assert!(before.iter().any(|s| s == "waiting"), "{before:?}");
    let memory = peak(&scene);

    let elsewhere = Instead::at("127.0.0.1:0".parse().unwrap(), |_, stream| answer(stream, "201 Created", b""));
    let to = format!("Location: http://{}/v1/segments", elsewhere.address);
    let bomb = {
        let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..512 {
            packed.write_all(&vec![0; 1 << 20]).unwrap();
        }
        packed.finish().unwrap()
    };
    let mut tries = 0;
    let mut fails = |scene: &mut Scene, what: &str, does: Does| {
        let instead = Instead::at(office, does);
        let said = scene.lead.call("sync", json!({})).unwrap();
        assert!(instead.served.load(Relaxed) > 0, "{what}");
        assert_eq!(said["finished"], false, "{what}: {said}");
        assert_eq!(states(scene), before, "{what}: nothing is sent, nothing is set aside");
        tries += 1;
    };
    for status in [200, 201, 202, 204, 206, 301, 302, 307, 400, 401, 403, 404, 407, 409, 422, 429, 500, 502, 503, 511] {
        let head = format!("{status} As you like");
        fails(&mut scene, &head.clone(), Box::new(move |_, stream| answer(stream, &head, b"")));
    }
    let login = "<!doctype html><title>请登录 Wi-Fi</title>".as_bytes();
    fails(&mut scene, "login page", Box::new(move |_, s| answer(s, "200 OK\r\nContent-Type: text/html", login)));
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let head = format!("{status}\r\n{to}");
        fails(&mut scene, status, Box::new(move |_, s| answer(s, &head, b"")));
    }
    assert_eq!(elsewhere.served.load(Relaxed), 0, "no redirect is followed");
    let head = "201 Created\r\nContent-Type: application/cbor\r\nContent-Encoding: gzip";
    fails(&mut scene, "a body that unpacks to half a gigabyte", Box::new(move |_, s| answer(s, head, &bomb)));
    let endless = |_: &[u8], stream: &mut TcpStream| {
        stream.write_all(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        let piece = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
        for n in 0.. {
            assert!(n < 2_000, "it reads and reads");
            stream.write_all(&piece)?;
        }
        Ok(())
    };
    fails(&mut scene, "a body without end", Box::new(endless));
    fails(&mut scene, "it hangs up", Box::new(|_, _| Ok(())));
    fails(&mut scene, "half an answer", Box::new(|_, s| s.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\nabc")));

    // One that stands between: it hands everything on and changes one byte, or keeps a true answer for everybody.
    scene.serving.start_again("127.0.0.1:0".parse().unwrap()).unwrap();
    let real = scene.serving.stop().unwrap();
    scene.serving.start_again(real).unwrap();
    let mut kept: Option<Vec<u8>> = None;
    let repeats = move |request: &[u8], stream: &mut TcpStream| {
        let answer = match &kept {
            Some(answer) => answer,
            None => kept.insert(through(real, request)?),
        };
        stream.write_all(answer)
    };
    let first = Instead::at(office, repeats);
    let said = scene.lead.call("sync", json!({})).unwrap();
    drop(first);
    // The first answer was a true one and counts for the segments that were asked about; the same again for the photograph does not.
    assert_eq!(said["finished"], false, "{said}");
    let now = states(&mut scene);
    let waiting = now.iter().filter(|s| *s == "waiting").count();
    assert!(waiting >= 2 && !now.contains(&"parked".to_owned()), "photograph and thumbnail wait: {now:?}");
    let changes = move |request: &[u8], stream: &mut TcpStream| {
        let mut answer = through(real, request)?;
        if let Some(last) = answer.last_mut() {
            *last ^= 1;
        }
        stream.write_all(&answer)
    };
    let between = Instead::at(office, changes);
    let said = scene.lead.call("sync", json!({})).unwrap();
    drop(between);
    assert_eq!(said["finished"], false, "{said}");
    assert_eq!(states(&mut scene), now, "one byte is another");
    tries += 2;

    scene.serving.stop().unwrap();
    scene.serving.start_again(office).unwrap();
    let said = scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(said["finished"], true, "{said}");
    assert!(states(&mut scene).iter().all(|s| s == "received"));
    let more = peak(&scene) - memory;
    assert!(more < 64 << 10, "{more} KiB more");
    println!("{tries} kinds of answers in the office's place: counted 0, set aside 0; memory +{more} KiB");
}

/// The request as the office would have got it, and its whole answer.
fn through(real: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut office = TcpStream::connect(real)?;
    office.set_read_timeout(Some(Duration::from_secs(5)))?;
    let end = request.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(0);
    office.write_all(&request[..end])?;
    office.write_all(b"\r\nConnection: close")?;
    office.write_all(&request[end..])?;
    let mut answer = Vec::new();
    office.read_to_end(&mut answer)?;
    Ok(answer)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn receipt(scene: &mut Scene, evidence: &str) -> Value {
    scene.lead.call("custody_receipt", json!({ "evidence": evidence })).unwrap()
}

/// F34: the office's folder is put back from a copy of the morning. The phone notices, keeps everything, and after the recovery brings unasked what
/// the office lost: entries from the size that it holds, files without a receipt; what it still has is not sent again.
#[test]
fn f34_an_office_that_was_put_back_gets_again_what_it_lost() {
    let mut scene = Scene::told().unwrap();
    let early = photograph(&mut scene);
    scene.sync_all().unwrap();
    let office = scene.serving.stop().unwrap();
    let (folder, backup) = (scene.serving.office().folder().to_owned(), scene.file("backup"));
    copy(&folder, &backup);
    scene.serving.start_again(office).unwrap();
    let late = photograph(&mut scene);
    let note = json!({ "note": { "text": "下午" } });
    scene.lead.call("act", json!({ "inspection": scene.inspection, "act": note })).unwrap();
    scene.sync_all().unwrap();
    let before = [receipt(&mut scene, &early), receipt(&mut scene, &late)];

    scene.serving.stop().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    copy(&backup, &folder);
    scene.serving.start_again(office).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    let status = scene.lead.call("status", json!({})).unwrap();
    assert_eq!(status["office_state"], "back", "the phone notices: {status}");
    scene.serving.office().recover("磁盘损坏，由备份恢复").unwrap();

    let first = scene.lead.call("sync", json!({})).unwrap();
    let said = scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(said["finished"], true, "{first} {said}");
    assert!(states(&mut scene).iter().all(|s| s == "received"), "{:?}", states(&mut scene));
    let after = [receipt(&mut scene, &early), receipt(&mut scene, &late)];
    assert_eq!(after[0], before[0], "the early one was not lost");
    assert_ne!(after[1], before[1], "the late one has a receipt of the new epoch");
    scene.sync_all().unwrap();
    let out = scene.file("bundle");
    let case = scene.inspection.clone();
    scene.serving.office().export(&case, &["--open"], &out).unwrap();
    let quiet = scene.lead.call("sync", json!({})).unwrap();
    assert!(quiet["requests"].as_u64().unwrap() <= 3, "peace: {quiet}");
}

/// F33, J30: a task is taken back while the phone is offline in the middle of it. Nothing is raised from the dead and nothing is lost: the phone shows why,
/// begins no other inspection on it, keeps what it has not sent and brings it; the office takes it and counts the task as no visit.
#[test]
fn f33_j30_a_task_taken_back_while_the_phone_was_offline_loses_no_work() {
    let mut scene = Scene::told().unwrap();
    let id = photograph(&mut scene);
    let (task, office) = (scene.task.clone(), scene.serving.office().clone());
    office.withdraw_task(&task, "企业已停业").unwrap();
    assert!(office.withdraw_task(&task, "再次").is_err(), "once");
    let shown = |scene: &mut Scene| {
        let all = scene.lead.call("tasks", json!({})).unwrap();
        all["tasks"].as_array().unwrap().iter().find(|t| t["id"] == task.as_str()).cloned().unwrap()
    };
    assert_eq!(shown(&mut scene)["withdrawn"], Value::Null, "it is not known here yet");
    let waiting = states(&mut scene).iter().filter(|s| *s == "waiting").count();
    assert!(waiting > 0);
    scene.sync_all().unwrap();
    let now = shown(&mut scene);
    assert_eq!((&now["withdrawn"], &now["inspection"]), (&json!("企业已停业"), &json!(scene.inspection)), "shown with its work");
    assert!(states(&mut scene).iter().all(|s| s == "received"), "the office took what was done");
    receipt(&mut scene, &id);
    let again = refusal(scene.lead.call("open_inspection", json!({ "task": task })));
    assert_eq!(again.name(), "Invalid", "{again}");
    scene.lead.restart().unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(shown(&mut scene)["withdrawn"], "企业已停业", "it does not come back");
    let mut new = scene.another_phone("new", &mingzheng_demo::cast::LEAD).unwrap();
    let tasks = new.call("tasks", json!({})).unwrap();
    assert!(!tasks["tasks"].as_array().unwrap().iter().any(|t| t["id"] == task.as_str()), "a new phone never hears of it");
}

/// R44: what the review of the case came to reaches the phones of both who inspected, stands at the task, and outlives the process.
#[test]
fn r44_what_the_review_came_to_reaches_who_inspected() {
    let mut scene = Scene::told().unwrap();
    photograph(&mut scene);
    scene.sync_all().unwrap();
    let (office, file) = (scene.serving.office().clone(), scene.file("step.json"));
    let shown = |phone: &mut PhoneProcess, task: &str| {
        let all = phone.call("tasks", json!({})).unwrap();
        all["tasks"].as_array().unwrap().iter().find(|t| t["id"] == task).unwrap()["reviews"].clone()
    };
    let task = scene.task.clone();
    assert_eq!(shown(&mut scene.lead, &task), json!([]));
    let by = ["--by", LEAD.name, "--by-number", LEAD.number, "--json"];
    let accepted = office.procedure(&[&["accept", "--inspection", &scene.inspection], &by[..]].concat()).unwrap();
    let number = acts::text(&serde_json::from_str(&accepted).unwrap(), "number").unwrap();
    let go = |node: &str, change: &dyn Fn(&mut Value)| {
        let mut step: Value = serde_json::from_str(&office.procedure(&["step", &number, "--example", node]).unwrap()).unwrap();
        change(&mut step);
        fs::write(&file, step.to_string()).unwrap();
        office.procedure(&["step", &number, file.to_str().unwrap()]).unwrap();
    };
    go("filed", &|_| {});
    go("investigated", &|report| report["charges"] = json!([report["charges"][0]]));
    go("reviewed", &|step| {
        (step["review"]["opinion"], step["review"]["items"][3][1]) = ("problems".into(), false.into());
        step["review"]["says"] = "证据：照片无提取说明".into();
    });
    scene.sync_all().unwrap();
    for phone in [&mut scene.lead, &mut scene.second] {
        let told = shown(phone, &task);
        assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
        let one = &told[0];
        assert_eq!(
            (&one["number"], &one["agreed"], &one["says"]),
            (&json!(number), &json!(false), &json!("证据：照片无提取说明"))
        );
    }
    go("reviewed", &|_| {});
    scene.lead.call("sync", json!({})).unwrap();
    scene.lead.restart().unwrap();
    let told = shown(&mut scene.lead, &task);
    assert_eq!((&told[0]["agreed"], &told[1]["agreed"]), (&json!(true), &json!(false)), "the newest first: {told}");
}

/// F24: a sealed file is gone at the office and another one is damaged; its check notices, and the phone sends both again at its next conversation, with
/// nobody asking it to. The receipts stay the same.
#[test]
fn f24_what_the_office_lost_comes_again_with_nobody_asking() {
    let mut scene = Scene::told().unwrap();
    let both = [photograph(&mut scene), photograph(&mut scene)];
    scene.sync_all().unwrap();
    let before = both.clone().map(|id| receipt(&mut scene, &id));
    let evidence = scene.fold().unwrap()["evidence"].clone();
    let objects = scene.serving.office().folder().join("objects");
    let files = both.clone().map(|id| {
        let held = evidence.as_array().unwrap().iter().find(|e| e["id"] == id.as_str()).unwrap();
        find(&objects, held["sealed"].as_str().unwrap()).unwrap()
    });
    let good = files.clone().map(|file| fs::read(file).unwrap());
    fs::remove_file(&files[0]).unwrap();
    let mut damaged = good[1].clone();
    damaged[1_000] ^= 1;
    fs::write(&files[1], damaged).unwrap();
    let found: Value = serde_json::from_str(&scene.serving.office().check_objects().unwrap()).unwrap();
    let count = |what: &str| found[what].as_array().map_or(0, Vec::len);
    assert_eq!((count("missing"), count("wrong")), (1, 1), "{found}");
    scene.sync_all().unwrap();
    assert!(states(&mut scene).iter().all(|s| s == "received"), "{:?}", states(&mut scene));
    assert_eq!(files.map(|file| fs::read(file).unwrap()), good, "both are there again, bit for bit");
    assert_eq!(both.map(|id| receipt(&mut scene, &id)), before, "the same receipts");
}

/// A file of that name, however deep.
fn find(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
    fs::read_dir(folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}
