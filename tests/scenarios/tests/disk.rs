//! F08, F09: the phone's disk is full, or can no longer be written. What was acknowledged stays; when there is room again the work goes on as if nothing
//! had been. The disk is a small file system in memory, so that it is really full; without the right to mount one the test says so and is left out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::LEAD;
use mingzheng_phone::drive::{Failed, PhoneProcess};
use mingzheng_scenarios::Scene;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of its own; gone when it is dropped.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(at);
        mount.output().is_ok_and(|done| done.status.success()).then(|| Self(at.to_owned()))
    }

    fn remount(&self, how: &str) -> bool {
        Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status().unwrap().success()
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves so many KiB free.
    fn leave(&self, kib: u64) {
        let mut file = File::create(self.ballast()).unwrap();
        let piece = vec![1; 64 << 10];
        while file.write_all(&piece).is_ok() {}
        let mut file = OpenOptions::new().append(true).open(self.ballast()).unwrap();
        while file.write_all(&piece[..4096]).is_ok() {}
        file.set_len(file.metadata().unwrap().len().saturating_sub(kib << 10)).unwrap();
    }

    fn free(&self) {
        let _ = fs::remove_file(self.ballast());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn notes(phone: &mut PhoneProcess, inspection: &str) -> Vec<String> {
    let said = phone.call("inspection", json!({ "inspection": inspection })).unwrap();
    said["inspection"]["notes"].as_array().unwrap().iter().map(|n| n[0].as_str().unwrap().to_owned()).collect()
}

/// F08, F09: the disk is filled to every step of 8 KiB that is left free, so that it is full at another write each time: of the database, of its log, of
/// the outbox, of a segment's sealing. Killed there too, and with a disk that can only be read.
#[test]
fn f08_f09_a_full_or_read_only_disk_loses_nothing_that_was_acknowledged() {
    let scene = Scene::new().unwrap();
    let Some(small) = Small::mount(&scene.file("small")) else {
        println!("left out: no right to mount a small file system");
        return;
    };
    let mut phone = scene.another_phone("small", &LEAD).unwrap();
    let opened = phone.call("open_inspection", json!({ "task": scene.task })).unwrap();
    let case = acts::text(&opened, "inspection").unwrap();
    let (mut acknowledged, mut refused, mut faults) = (Vec::new(), BTreeMap::<String, u32>::new(), 0);
    for step in 0..40_u64 {
        small.leave(step * 8);
        for n in 0..4 {
            let text = format!("{step}.{n} {}", "许可证在有效期内。".repeat(40));
            // An introduction signs a checkpoint at once: the outbox is written too.
            let act = if n == 2 {
                json!({ "introduce_assistant": { "assistant": { "name": text, "unit": "协管站" } } })
            } else {
                json!({ "note": { "text": text } })
            };
            match phone.call("act", json!({ "inspection": case, "act": act })) {
                Ok(_) if n != 2 => acknowledged.push(text),
                Ok(_) => {}
                Err(Failed::Refused(error)) => {
                    faults += 1;
                    *refused.entry(error["name"].as_str().unwrap().to_owned()).or_default() += 1;
                }
                Err(gone) => unreachable!("the phone ended: {gone}"),
            }
        }
        if step % 3 == 0 {
            let pid = phone.pid().to_string();
            assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        }
        small.free();
        if step % 3 == 0 {
            phone.restart().unwrap();
        }
        let held: BTreeSet<String> = notes(&mut phone, &case).into_iter().collect();
        let lost: Vec<_> = acknowledged.iter().filter(|note| !held.contains(*note)).collect();
        assert!(lost.is_empty(), "step {step}: {lost:?}");
    }
    let pid = phone.pid().to_string();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(small.remount("ro"));
    let error = phone.restart().unwrap_err();
    assert!(matches!(&error, Failed::Refused(e) if e["name"] == "Storage"), "it says what is wrong: {error}");
    assert!(small.remount("rw"));
    phone.restart().unwrap();
    let held = notes(&mut phone, &case);
    let doubled = held.len() - held.iter().collect::<BTreeSet<_>>().len();
    let lost = acknowledged.iter().filter(|note| !held.contains(note)).count();
    acts::send_everything(&mut phone, |_, _| {}).unwrap();
    println!(
        "{faults} faults in 40 fillings: refused as {refused:?}; {} acknowledged, lost {lost}, doubled {doubled}",
        acknowledged.len()
    );
    assert_eq!((lost, doubled), (0, 0));
    assert!(faults > 10 && refused.keys().all(|name| name == "Storage"), "{refused:?}");
}
