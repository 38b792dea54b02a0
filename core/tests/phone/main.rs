//! The phone's log over time, against an office in memory that can lie: high-water mark, succession of logs, the office's own log, clocks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::unreachable)] // tests fail by panicking

mod badge;
mod clocks;
mod conversation;
mod folded;
mod heads;
mod host;
mod lives;
mod office;
mod sending;
mod two;
mod uploads;
mod versions;
mod wiped;
mod work;

use host::Device;
use mingzheng_core::cbor::to_json;
use mingzheng_core::log::Entry;
use mingzheng_core::phone::{Act, HttpRequest, Phone, PhoneError};
use office::{Office, TASK};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Noon in China on 22 November 2026.
const NOON: i64 = 1_795_320_000_000;

/// A phone that is enrolled, and its office.
struct Scene {
    device: Device,
    office: Office,
    folder: TempDir,
    phone: Option<Phone>,
}

impl Scene {
    fn new() -> Self {
        let device = Device::at(NOON);
        let office = Office::new(device.time.clone());
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Self { device, office, folder, phone: None };
        scene.open();
        let invitation = scene.office.invite();
        scene.phone().begin_enrolment(&invitation).unwrap();
        scene.sync();
        scene
    }

    /// The same with an inspection begun.
    fn begun() -> (Self, String) {
        let scene = Self::new();
        let case = scene.phone().open_inspection(&TASK.to_string(), None).unwrap();
        (scene, case)
    }

    fn phone(&self) -> &Phone {
        self.phone.as_ref().unwrap()
    }

    fn open(&mut self) {
        self.phone = Some(Phone::open(self.folder.path(), self.device.host()).unwrap());
    }

    /// The process ends and begins again.
    fn reopen(&mut self) {
        self.phone = None;
        self.open();
    }

    fn note(&self, case: &str, text: &str) {
        self.phone().act(case, Act::Note { text: text.into() }).unwrap();
    }

    /// An act after which a checkpoint is signed at once.
    fn find(&self, case: &str) {
        let assistant = mingzheng_core::inspection::AssistantRef { name: "王海".into(), unit: "协管站".into() };
        self.phone().act(case, Act::IntroduceAssistant { assistant }).unwrap();
    }

    fn exchange(&mut self, request: &HttpRequest) -> Result<(), PhoneError> {
        let (status, headers, body) = self.office.answer(request);
        self.phone.as_ref().unwrap().on_response(request.id, status, &headers, &body)
    }

    /// One conversation, to its end.
    fn sync(&mut self) {
        for _ in 0..100 {
            let Some(request) = self.phone().next_request().unwrap() else { return };
            self.exchange(&request).unwrap();
        }
        unreachable!("the conversation does not end");
    }

    /// A copy of the whole folder, as a backup would make it.
    fn copy(&mut self) -> TempDir {
        self.phone = None;
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.folder.path(), copy.path());
        copy
    }

    fn put_back(&mut self, copy: &TempDir) {
        self.phone = None;
        fs::remove_dir_all(self.folder.path()).unwrap();
        copy_folder(copy.path(), self.folder.path());
        self.open();
    }

    /// What the office holds of the newest enrolment's log.
    fn newest_log(&self) -> &[Entry] {
        let log = self.office.newest().0.log;
        &self.office.logs[&log].entries
    }

    /// Of the first enrolment's log.
    fn first_log(&self) -> &[Entry] {
        let log = self.office.enrolments[0].0.log;
        &self.office.logs[&log].entries
    }

    fn notes(&self, case: &str) -> Vec<String> {
        self.phone().inspection(case).unwrap().notes.into_iter().map(|n| n.0).collect()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn kinds(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|e| e.header().kind.as_str()).collect()
}

fn fields(entry: &Entry) -> serde_json::Value {
    to_json(&entry.fields())
}
