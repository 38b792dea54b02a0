//! F08, F09, F20: the phone's disk fails (EIO) at one call after the other: each kind of call that writes, the first of it, the second … `strace` makes
//! the running process believe it, as the kernel would say it. `MINGZHENG_FAULTS` sets how far it counts (6).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_phone::drive::Failed;
use mingzheng_scenarios::Scene;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const CALLS: [&str; 9] = ["pwrite64", "write", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "openat", "mkdir"];

/// A tracer that fails one call of a process.
struct Fault {
    tracer: Child,
    log: PathBuf,
}

impl Fault {
    /// Attaches; `None` where the system does not allow it.
    fn at(pid: u32, call: &str, nth: u32, log: &Path) -> Option<Self> {
        let inject = format!("inject={call}:error=EIO:when={nth}");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-p", &pid.to_string(), "-e", &format!("trace={call}"), "-e", &inject, "-o"]).arg(log);
        let tracer = strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let mut fault = Self { tracer, log: log.to_owned() };
        for _ in 0..200 {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let traced = status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|id| id.trim() != "0"));
            if traced {
                return Some(fault);
            }
            if fault.tracer.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Lets the process go; says whether the call was made and failed.
    fn end(mut self) -> bool {
        let pid = self.tracer.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        self.tracer.wait().unwrap();
        fs::read_to_string(&self.log).unwrap_or_default().contains("(INJECTED)")
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        let _ = self.tracer.kill();
    }
}

#[test]
fn f08_f09_f20_a_disk_that_fails_at_any_call_loses_nothing_that_was_acknowledged() {
    let most = std::env::var("MINGZHENG_FAULTS").map_or(6, |n| n.parse().unwrap());
    let mut scene = Scene::told().unwrap();
    let case = scene.inspection.clone();
    let (mut notes, mut photos) = (Vec::new(), Vec::new());
    let (mut faults, mut told, mut gone) = (BTreeMap::<&str, u32>::new(), BTreeMap::<String, u32>::new(), 0);
    for call in CALLS {
        for nth in 1..=most {
            let log = scene.file("strace");
            let Some(fault) = Fault::at(scene.lead.pid(), call, nth, &log) else {
                println!("left out: no right to trace a process");
                return;
            };
            let mut alive = true;
            let mut said = |done: Result<String, Failed>, kept: &mut Vec<String>| match done {
                Ok(what) => kept.push(what),
                Err(Failed::Refused(error)) => *told.entry(error["name"].as_str().unwrap().to_owned()).or_default() += 1,
                Err(Failed::Gone(_)) => alive = false,
            };
            let text = format!("{call} {nth}：许可证在有效期内。");
            let act = json!({ "inspection": case, "act": { "note": { "text": text } } });
            said(scene.lead.call("act", act).map(|_| text), &mut notes);
            let path = scene.lead.folder().join("inbox").join(format!("{call}-{nth}.jpg"));
            fs::write(&path, format!("{call}-{nth}").repeat(300)).unwrap();
            let capture = json!({ "inspection": case, "path": path, "info": { "imported": true } });
            said(scene.lead.call("capture_photo", capture).map(|e| e["id"].as_str().unwrap().to_owned()), &mut photos);
            let injected = fault.end();
            if !alive {
                gone += 1;
            }
            // Every other time it goes on as it is: a fault must not need a new start to pass.
            if !alive || nth % 2 == 0 {
                scene.lead.restart().unwrap();
            }
            let fold = scene.fold().unwrap();
            let held: BTreeSet<&str> = fold["notes"].as_array().unwrap().iter().map(|n| n[0].as_str().unwrap()).collect();
            assert!(notes.iter().all(|n| held.contains(n.as_str())), "{call} {nth}: an acknowledged note is gone");
            let held: BTreeSet<&str> = fold["evidence"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
            assert!(photos.iter().all(|p| held.contains(p.as_str())), "{call} {nth}: an acknowledged photograph is gone");
            if !injected {
                break;
            }
            *faults.entry(call).or_default() += 1;
        }
    }
    scene.lead.restart().unwrap();
    let fold = scene.fold().unwrap();
    let all: Vec<&str> = fold["notes"].as_array().unwrap().iter().map(|n| n[0].as_str().unwrap()).collect();
    let doubled = all.len() - all.iter().collect::<BTreeSet<_>>().len();
    // One history, whole: the office takes it.
    acts::send_everything(&mut scene.lead, |_, _| {}).unwrap();
    println!(
        "faults {faults:?}: refused as {told:?}, {gone} answers lost; {} notes and {} photographs acknowledged, lost 0, doubled {doubled}",
        notes.len(),
        photos.len()
    );
    assert_eq!(doubled, 0);
    assert!(faults.values().sum::<u32>() >= 20 && told.keys().all(|name| name == "Storage"), "{faults:?} {told:?}");
}
