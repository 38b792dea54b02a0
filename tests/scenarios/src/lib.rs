//! Scenario tests: the real office and real phones, each a process of its own. A scene is an office with two enrolled officers and a task.
#![allow(clippy::indexing_slicing)] // only JSON values are indexed: an absent field is null, it does not panic

mod console;
pub mod then;

pub use console::Console;

use mingzheng_demo::Result;
use mingzheng_demo::acts;
use mingzheng_demo::cast::{self, LEAD, Officer, SECOND};
use mingzheng_demo::office::{Office, Serving};
use mingzheng_demo::place::Place;
use mingzheng_phone::drive::PhoneProcess;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// An office, two phones, a task.
pub struct Scene {
    /// Where things lie.
    pub place: Place,
    /// The running office.
    pub serving: Serving,
    /// 张's phone.
    pub lead: PhoneProcess,
    /// 李's phone.
    pub second: PhoneProcess,
    /// The task.
    pub task: String,
    /// The inspection, once it is open.
    pub inspection: String,
    work: TempDir,
}

impl Scene {
    /// Both phones have everything they need and could go offline.
    ///
    /// # Errors
    /// What a program says.
    pub fn new() -> Result<Self> {
        Self::with(&[], &cast::task(cast::today())).map(|(scene, _)| scene)
    }

    /// The same for a task of one's own, with the phones of more officers.
    ///
    /// # Errors
    /// What a program says.
    pub fn with(more: &[Officer], task: &Value) -> Result<(Self, Vec<PhoneProcess>)> {
        let place = Place::find()?;
        let work = tempfile::Builder::new().prefix("mingzheng-scene-").tempdir()?;
        fs::create_dir(work.path().join("logs"))?;
        let office = Office::new(&place, work.path());
        office.init()?;
        office.sign_pack(&place.root.join("packs/weisheng-jiandu"))?;
        let serving = office.serve()?;
        let mut lead = enrolled(&place, &work, &office, "lead", &LEAD)?;
        let mut second = enrolled(&place, &work, &office, "second", &SECOND)?;
        let mut others = more.iter().map(|o| enrolled(&place, &work, &office, o.number, o)).collect::<Result<Vec<_>>>()?;
        office.publish_pack()?;
        office.add_task(task)?;
        for phone in [&mut lead, &mut second].into_iter().chain(&mut others) {
            phone.call("sync", json!({}))?;
        }
        let task = acts::new_task(&mut lead)?;
        Ok((Self { place, serving, lead, second, task, inspection: String::new(), work }, others))
    }

    /// The same, arrived and paired.
    ///
    /// # Errors
    /// What a program says.
    pub fn paired() -> Result<Self> {
        let mut scene = Self::new()?;
        let opened = scene.lead.call("open_inspection", json!({ "task": scene.task }))?;
        scene.inspection = acts::text(&opened, "inspection")?;
        scene.pair()?;
        Ok(scene)
    }

    /// The same, certificates shown and rights told: the inspection itself may begin.
    ///
    /// # Errors
    /// What a program says.
    pub fn told() -> Result<Self> {
        let mut scene = Self::paired()?;
        acts::show_badges(&mut scene.lead, &mut scene.second, &scene.inspection)?;
        acts::tell_rights(&mut scene.lead, &scene.inspection)?;
        Ok(scene)
    }

    /// Pairs the two phones, again after a restart.
    ///
    /// # Errors
    /// What a phone says.
    pub fn pair(&mut self) -> Result<()> {
        acts::pair(&mut self.lead, &mut self.second, &self.task, &self.inspection)
    }

    /// Another phone that is enrolled for `officer`.
    ///
    /// # Errors
    /// What a program says.
    pub fn another_phone(&self, name: &str, officer: &Officer) -> Result<PhoneProcess> {
        enrolled(&self.place, &self.work, self.serving.office(), name, officer)
    }

    /// The inspection as the lead's phone folds it.
    ///
    /// # Errors
    /// What the phone says.
    pub fn fold(&mut self) -> Result<Value> {
        let mut answer = self.lead.call("inspection", json!({ "inspection": self.inspection }))?;
        Ok(answer["inspection"].take())
    }

    /// A path in the scene's own folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }
}

fn enrolled(place: &Place, work: &TempDir, office: &Office, name: &str, officer: &Officer) -> Result<PhoneProcess> {
    let log = work.path().join("logs").join(format!("{name}.log"));
    let mut phone = PhoneProcess::start(&place.phone(), &work.path().join(name), &log)?;
    let qr = office.invite(officer, cast::day(180))?;
    phone.call("begin_enrolment", json!({ "qr": qr }))?;
    phone.call("sync", json!({}))?;
    Ok(phone)
}

/// Says what a refusal was, or fails when there was none.
///
/// # Panics
/// When the call succeeded.
#[must_use]
pub fn refusal(result: std::result::Result<Value, mingzheng_phone::drive::Failed>) -> mingzheng_phone::drive::Failed {
    match result {
        Err(refused) => refused,
        #[allow(clippy::panic)] // a test fails by panicking
        Ok(answer) => panic!("not refused: {answer}"),
    }
}

impl Scene {
    /// Both phones talk with the office until it has given a receipt for everything. Gives the bytes that the lead's phone sent.
    ///
    /// # Errors
    /// What a phone says.
    pub fn sync_all(&mut self) -> Result<u64> {
        acts::send_everything(&mut self.second, |_, _| {})?;
        Ok(acts::send_everything(&mut self.lead, |_, _| {})?.sent)
    }

    /// How many inspections the lead's phone has opened.
    ///
    /// # Errors
    /// What the phone says.
    pub fn opened(&mut self) -> Result<usize> {
        let tasks = acts::list(&self.lead.call("tasks", json!({}))?, "tasks")?;
        Ok(tasks.iter().filter(|t| !t["inspection"].is_null()).count())
    }

    /// A phone that is enrolled for the assistant.
    ///
    /// # Errors
    /// What a program says.
    pub fn assistant(&self) -> Result<PhoneProcess> {
        let qr = self.serving.office().invite_assistant(cast::ASSISTANT)?;
        let log = self.work.path().join("logs/assistant.log");
        let mut phone = PhoneProcess::start(&self.place.phone(), &self.work.path().join("assistant"), &log)?;
        phone.call("begin_enrolment", json!({ "qr": qr }))?;
        phone.call("sync", json!({}))?;
        Ok(phone)
    }
}
