//! The day of requirements §E, step by step, on the real programs.

use crate::acts::{self, act, carry, list, text};
use crate::cast::{self, ASSISTANT, LEAD, MANAGER, SECOND, WITNESS, WITNESS_UNIT};
use crate::office::{Office, Serving};
use crate::penalty;
use crate::photos;
use crate::pictures;
use crate::place::Place;
use crate::sound;
use crate::step::{Measure, Programme};
use crate::{Result, measures};
use mingzheng_phone::drive::PhoneProcess;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What the demo leaves behind, and where it works.
pub struct Folders {
    /// The temporary working folder: office, phones, logs.
    pub work: PathBuf,
    /// `demo-out/`.
    pub out: PathBuf,
}

/// Everything that is under way.
pub struct Day {
    /// Where things lie.
    pub place: Place,
    /// Where it works and what it leaves.
    pub folders: Folders,
    /// The running office.
    pub serving: Serving,
    /// Verdicts, for `summary.json`.
    pub verdicts: Map<String, Value>,
    /// Numbers, for `summary.json`.
    pub numbers: Map<String, Value>,
    /// Texts that the fold says and the record must show, for `summary.json`.
    pub record_facts: Vec<String>,
    lead: PhoneProcess,
    second: PhoneProcess,
    task: String,
    inspection: String,
    paper: String,
    /// Checklist item and evidence id.
    photos: Vec<(&'static str, String)>,
}

impl Day {
    /// The office before the day: organ, pack, server, two phones, task, badges; both phones are ready to go offline.
    ///
    /// # Errors
    /// The step that failed and why.
    pub fn prepare(p: &mut Programme, place: Place, folders: Folders) -> Result<Self> {
        p.part("一、机关", "The office");
        let office = Office::new(&place, &folders.work);
        p.step(
            "",
            "建立演练机关：离线根、信任名单、密钥",
            "a practice organ: offline root, trust list, keys",
            |p| {
                let said = office.init()?;
                p.note(said);
                Ok(())
            },
        )?;
        p.step("", "编译、检查数据包，两人签名", "compile and check the pack, two sign it", |p| {
            for line in office.sign_pack(&place.root.join("packs/weisheng-jiandu"))? {
                p.note(line);
            }
            Ok(())
        })?;
        let serving = p.step("", "启动服务", "start the server", |p| {
            let serving = office.serve()?;
            p.note(serving.address.clone());
            Ok(serving)
        })?;
        let (mut lead, mut second) =
            p.step("", "登记两部手机，签发亮证凭证", "enrol two phones, issue badges", |p| {
                let logs = folders.work.join("logs");
                let start =
                    |name: &str| PhoneProcess::start(&place.phone(), &folders.work.join(name), &logs.join(format!("{name}.log")));
                let (mut lead, mut second) = (start("phone-zhang")?, start("phone-li")?);
                for (phone, officer, days) in [(&mut lead, &LEAD, 180), (&mut second, &SECOND, 12)] {
                    let qr = office.invite(officer, cast::day(days))?;
                    phone.call("begin_enrolment", json!({ "qr": qr }))?;
                    acts::sync(phone)?;
                    p.note(format!("{}  {}", officer.name, officer.number));
                }
                Ok((lead, second))
            })?;
        let task = p.step("", "下发数据包、任务、派遣", "publish pack, task and assignment", |p| {
            office.publish_pack()?;
            office.add_task(&cast::task(cast::today()))?;
            for phone in [&mut lead, &mut second] {
                acts::sync(phone)?;
                let status = phone.call("status", json!({}))?;
                if status.get("pack").is_none_or(Value::is_null) {
                    return Err("the pack did not reach the phone".into());
                }
                p.note(format!(
                    "{}：数据包 {}@{}，证件有效期还有 {} 天，可离线 / ready to go offline",
                    status["person_name"].as_str().unwrap_or_default(),
                    status["pack"]["id"].as_str().unwrap_or_default(),
                    status["pack"]["version"],
                    status["certificate_days_left"],
                ));
            }
            acts::new_task(&mut lead)
        })?;
        Ok(Self {
            place,
            folders,
            serving,
            verdicts: Map::new(),
            numbers: Map::new(),
            record_facts: Vec::new(),
            lead,
            second,
            task,
            inspection: String::new(),
            paper: String::new(),
            photos: Vec::new(),
        })
    }

    /// On site without a network: from arrival to departure.
    ///
    /// # Errors
    /// The step that failed and why.
    pub fn on_site(&mut self, p: &mut Programme) -> Result<()> {
        p.part("二、现场，没有网络", "On site, no network");
        self.arrive(p)?;
        self.show_badges(p)?;
        self.record_sound(p)?;
        p.step("09:07", "逐项宣读告知书", "rights read aloud item by item", |p| {
            let items = acts::tell_rights(&mut self.lead, &self.inspection)?;
            p.note(format!("{items} 项，{MANAGER}签名确认 / {items} items, acknowledged by signature"));
            Ok(())
        })?;
        p.step("09:12", "检查表：住宿场所", "checklist: lodging", |p| {
            for given in &cast::FIRST_ANSWERS {
                acts::answer(&mut self.lead, &self.inspection, given)?;
            }
            p.note("健康合格证明 14 人中 12 人有效 / valid health certificates: 12 of 14");
            Ok(())
        })?;
        self.photograph(p, "09:25", &photos::FIRST)?;
        self.power_cut(p)?;
        p.step("09:48", "检查表：游泳场所", "checklist: pool", |p| {
            for given in &cast::LATER_ANSWERS {
                acts::answer(&mut self.lead, &self.inspection, given)?;
            }
            p.note("余氯 0.1 mg/L，浸脚池 2 mg/L，自检记录缺 3 日 / free chlorine, foot bath, record gap");
            Ok(())
        })?;
        self.photograph(p, "09:55", &photos::LATER)?;
        self.blur(p)?;
        p.step("10:05", "检查发现的问题", "findings", |p| {
            for (fact, items) in &cast::FINDINGS {
                let evidence: Vec<_> = self.photos.iter().filter(|(item, _)| items.contains(item)).map(|(_, id)| id).collect();
                let find = json!({ "text": fact, "items": items, "evidence": evidence });
                act(&mut self.lead, &self.inspection, json!({ "find": find }))?;
            }
            p.note(format!("{} 项 / findings", cast::FINDINGS.len()));
            Ok(())
        })?;
        self.record(p)?;
        self.leave(p)
    }

    fn arrive(&mut self, p: &mut Programme) -> Result<()> {
        p.step("09:02", "张到场，开始检查", "Zhang arrives and opens the inspection", |p| {
            let here = json!({ "lat_e7": 325_921_340, "lon_e7": 1_052_314_560, "accuracy_m": 12, "age_ms": 1500, "mock": false });
            let opened = self.lead.call("open_inspection", json!({ "task": self.task, "place": here }))?;
            self.inspection = text(&opened, "inspection")?;
            let first = cast::FIRST_ANSWERS.first().ok_or("no answers")?;
            let too_early = json!({ "answer": { "item": first.item, "result": first.result, "note": first.note } });
            match self.lead.call("act", json!({ "inspection": self.inspection, "act": too_early })) {
                Err(refused) if refused.name() == "Blocked" => {
                    p.note(format!("此时检查被拒：{} / inspecting now is refused", refused.rules().join("、")));
                    self.verdicts.insert("too_early".into(), json!(refused.rules()));
                    Ok(())
                }
                Err(other) => Err(other.into()),
                Ok(_) => Err("an answer was accepted before the certificates were shown".into()),
            }
        })?;
        p.step("09:03", "两部手机配对，交换到场签名", "the two phones pair and exchange signed presence", |_| {
            acts::pair(&mut self.lead, &mut self.second, &self.task, &self.inspection)
        })
    }

    fn show_badges(&mut self, p: &mut Programme) -> Result<()> {
        p.step(
            "09:05",
            "亮证：当事人的浏览器核验二维码",
            "certificate shown, checked by the party's browser",
            |p| {
                let badge = self.folders.out.join("badge.png");
                let assignment = self.folders.work.join("assignment.png");
                let frame = |kind: &str| json!({ "kind": kind, "task": self.task });
                pictures::draw(&self.lead.call("badge_frame", frame("badge"))?, &badge)?;
                pictures::draw(&self.lead.call("badge_frame", frame("assignment"))?, &assignment)?;
                let page = format!("{}/b", self.serving.address);
                let shot = self.folders.out.join("pictures/badge-page.png");
                let said = pictures::check(&self.place, &badge, Some(&assignment), &page, Some(&shot))?;
                pictures::first_screen(&shot)?;
                if said["state"] != "valid" || said["assignment"] != "proven" || said["fields"]["name"] != LEAD.name {
                    return Err(format!("the badge page did not say valid: {said}").into());
                }
                p.note(format!("网页：{} / valid, assignment proven", said["says"].as_str().unwrap_or_default()));
                self.verdicts.insert("badge_page".into(), said);
                acts::show_badges(&mut self.lead, &mut self.second, &self.inspection)?;
                p.note(format!("协助人员{ASSISTANT}已介绍 / the assistant is introduced"));
                Ok(())
            },
        )
    }

    /// Sound in two parts, each sealed as soon as the recorder has closed it.
    fn record_sound(&mut self, p: &mut Programme) -> Result<()> {
        p.step("09:06", "录音两段，逐段封存", "sound in two parts, each sealed at once", |p| {
            let begin = json!({ "inspection": self.inspection, "media": "audio", "scene": "changjing-jiancha" });
            let recording = self.lead.call("begin_recording", begin)?;
            let (id, prefix) = (text(&recording, "recording")?, text(&recording, "prefix")?);
            for n in 0..2_u32 {
                let path = PathBuf::from(format!("{prefix}{n}.wav"));
                sound::wav(&path, 10_000, 440)?;
                let part = json!({ "inspection": self.inspection, "recording": id, "path": path, "starts_ms": n * 10_000, "lasts_ms": 10_000 });
                let sealed = self.lead.call("add_part", part)?;
                if sealed["state"] != "whole" || path.exists() {
                    return Err(format!("the part was not sealed: {sealed}").into());
                }
            }
            self.lead.call("end_recording", json!({ "inspection": self.inspection, "recording": id }))?;
            p.note("两段各 10 秒，明文已删除 / two parts of 10 s, the clear files are gone");
            Ok(())
        })
    }

    /// A copy with a blurred region: new evidence that names its original.
    fn blur(&mut self, p: &mut Programme) -> Result<()> {
        p.step("10:00", "遮挡照片副本，原件不动", "a blurred copy; the original is untouched", |p| {
            let (_, original) = self.photos.get(1).ok_or("no photograph")?;
            let regions = json!([{ "x": 200, "y": 150, "width": 640, "height": 400 }]);
            let blur =
                json!({ "inspection": self.inspection, "original": original, "regions": regions, "caption": "名册（已遮挡）" });
            let copy = text(&self.lead.call("blur", blur)?, "id")?;
            let check = self.lead.call("check_photo", json!({ "inspection": self.inspection, "evidence": copy }))?;
            if check["state"] != "ok" {
                return Err(format!("the copy is not whole: {check}").into());
            }
            p.note(format!(
                "副本 {}… 源自 {}… / copy names its original",
                copy.get(..12).unwrap_or_default(),
                original.get(..12).unwrap_or_default()
            ));
            Ok(())
        })
    }

    fn photograph(&mut self, p: &mut Programme, clock: &str, shots: &[photos::Shot]) -> Result<()> {
        p.step(clock, "拍照：封存、落盘、检验", "photographs: sealed, durable, checked", |p| {
            let before = self.photos.len();
            let mut bytes = 0;
            for (n, shot) in shots.iter().enumerate() {
                p.progress(n as u64, shots.len() as u64);
                bytes += fs::metadata(self.place.photos.join(shot.file))?.len();
                let evidence = acts::photograph(&self.place, &mut self.lead, &self.inspection, shot)?;
                self.photos.push((shot.item, evidence));
            }
            let copies = shots.iter().filter(|s| s.exif.is_some()).count();
            p.note(format!("{} 张，{:.1} MB / photographs", self.photos.len() - before, bytes as f64 / 1e6));
            if copies > 0 {
                p.note(format!(
                    "{copies} 张副本的 EXIF 位于四个半球，差异已注明 / EXIF places in four hemispheres, differences noted"
                ));
            }
            Ok(())
        })
    }

    /// SIGKILL in the middle of things: nothing that was acknowledged is lost.
    fn power_cut(&mut self, p: &mut Programme) -> Result<()> {
        p.step(
            "09:40",
            "张的手机突然断电（SIGKILL），重新启动",
            "Zhang's phone dies (SIGKILL) and starts again",
            |p| {
                let typing = "许可证号：青卫公证字〔2024〕第0086号；正在输入";
                self.lead.call("save_draft", json!({ "inspection": self.inspection, "name": "note", "text": typing }))?;
                let camera =
                    photos::lay_down(&self.place, photos::LATER.first().ok_or("no photograph")?, &acts::inbox(&mut self.lead)?)?;
                let before = self.lead.call("inspection", json!({ "inspection": self.inspection }))?;
                // One more act is under way, unanswered, when the power goes.
                let cut = json!({ "note": { "text": "断电前的最后一句" } });
                self.lead.send("act", json!({ "inspection": self.inspection, "act": cut }))?;
                self.lead.restart()?;
                let after = self.lead.call("inspection", json!({ "inspection": self.inspection }))?;
                for field in ["task", "arrived", "badges", "rights", "acknowledged", "answers", "evidence", "assistants"] {
                    if before["inspection"][field] != after["inspection"][field] {
                        return Err(format!("after the power cut {field} is not what it was").into());
                    }
                }
                let drafts = self.lead.call("drafts", json!({ "inspection": self.inspection }))?;
                if drafts["drafts"]["note"] != typing {
                    return Err("typing was lost".into());
                }
                let orphans = list(&self.lead.call("orphans", json!({}))?, "paths")?;
                if !orphans.iter().any(|o| o.as_str() == camera.to_str()) {
                    return Err("the camera's uncommitted photograph is gone".into());
                }
                p.note(format!(
                    "{} 项答案、{} 项告知、{} 件证据、草稿和未提交的照片都在 / everything is there",
                    after["inspection"]["answers"].as_object().map_or(0, Map::len),
                    list(&after["inspection"], "rights")?.len(),
                    list(&after["inspection"], "evidence")?.len(),
                ));
                acts::pair(&mut self.lead, &mut self.second, &self.task, &self.inspection)?;
                p.note("重新配对 / paired again");
                fs::remove_file(camera)?;
                Ok(())
            },
        )
    }

    fn record(&mut self, p: &mut Programme) -> Result<()> {
        let compose = |lead: &mut PhoneProcess, inspection: &str| -> Result<String> {
            let paper = lead.call("compose_record", json!({ "inspection": inspection }))?;
            text(&paper, "id")
        };
        p.step("10:20", "生成现场检查笔录", "the record is composed", |p| {
            self.paper = compose(&mut self.lead, &self.inspection)?;
            p.note(format!("编号 {}", self.paper));
            Ok(())
        })?;
        p.step(
            "10:41",
            "店长要求补充“余氯仪故障”，更正处签认，重新生成",
            "the manager has a note corrected; composed anew",
            |p| {
                let correct = json!({
                    "item": cast::CORRECTED, "old": cast::OLD_NOTE, "new": cast::NEW_NOTE,
                    "by": MANAGER, "initials": [MANAGER, LEAD.name, SECOND.name],
                });
                act(&mut self.lead, &self.inspection, json!({ "correct": correct }))?;
                self.paper = compose(&mut self.lead, &self.inspection)?;
                p.note("原文划去可见，新文在旁 / the old text stays visible, struck through");
                Ok(())
            },
        )?;
        p.step("10:44", "两名执法人员签名，李用自己的手机", "both officers sign, Li on the own phone", |_| {
            acts::officers_sign(&mut self.lead, &mut self.second, &self.inspection, &self.paper)
        })?;
        p.step(
            "10:46",
            "店长拒签：称需请示总部；村委会见证",
            "the manager refuses to sign; a witness of the village committee",
            |p| {
                let refuse = json!({
                    "why": "refused", "name": MANAGER, "reason": "称需请示总部",
                    "witness": WITNESS, "witness_unit": WITNESS_UNIT, "witness_ink": acts::ink(WITNESS), "media": "V-07",
                });
                self.lead.call("refuse_paper", json!({ "inspection": self.inspection, "paper": self.paper, "input": refuse }))?;
                p.note(format!("见证人 {WITNESS}（{WITNESS_UNIT}），影像段 V-07"));
                Ok(())
            },
        )?;
        p.step("10:50", "笔录完成：签名、拒签、校验码印在文书上", "the record is finished", |p| {
            let finished = self.lead.call("finish_paper", json!({ "inspection": self.inspection, "paper": self.paper }))?;
            let pdf = self.folders.out.join("record.pdf");
            self.lead.call("paper_pdf", json!({ "paper": self.paper, "to": pdf }))?;
            p.note(format!("record.pdf  SHA-256 {}", text(&finished, "digest")?));
            let folded = self.lead.call("inspection", json!({ "inspection": self.inspection }))?;
            self.record_facts = record_facts(&folded["inspection"]["papers"][0]);
            Ok(())
        })
    }

    fn leave(&mut self, p: &mut Programme) -> Result<()> {
        p.step("10:55", "校验码交当事人", "a checkpoint for the party to keep", |p| {
            acts::witness(&mut self.lead, &mut self.second, &self.inspection)?;
            let frame = self.lead.call("checkpoint_frame", json!({}))?;
            pictures::draw(&frame, &self.folders.out.join("pictures/checkpoint.png"))?;
            act(&mut self.lead, &self.inspection, json!({ "party_took": { "how": "scanned", "by": MANAGER } }))?;
            p.note(format!("QR 版本 {} / version", frame["version"]));
            Ok(())
        })?;
        p.step("11:10", "离场，结束检查", "departure; the inspection is closed", |p| {
            act(&mut self.lead, &self.inspection, json!({ "leave": { "place": null } }))?;
            act(&mut self.second, &self.inspection, json!({ "leave": { "place": null } }))?;
            act(&mut self.lead, &self.inspection, json!({ "close": { "witness": "party", "reason": null } }))?;
            carry(&mut self.lead, &mut self.second)?;
            let entries =
                self.lead.call("inspection", json!({ "inspection": self.inspection }))?["inspection"]["entries"].clone();
            p.note(format!("张的手机记录 {entries} 条 / entries on Zhang's phone"));
            Ok(())
        })
    }

    /// Back online: sync, receipts, export, verification.
    ///
    /// # Errors
    /// The step that failed and why.
    pub fn online(&mut self, p: &mut Programme) -> Result<()> {
        p.part("三、有了网络", "Online again");
        for (who, zh, en) in [(0, "张的手机上传", "Zhang's phone syncs"), (1, "李的手机上传", "Li's phone syncs")] {
            p.step("14:30", zh, en, |p| {
                let phone = if who == 0 { &mut self.lead } else { &mut self.second };
                let traffic = acts::send_everything(phone, |done, of| p.progress(done, of))?;
                p.note(format!(
                    "{} 次请求，发出 {:.1} MB；{} 个校验点、{} 个文件都有机关回执 / requests, sent, receipts",
                    traffic.requests, traffic.sent as f64 / 1e6, traffic.checkpoints, traffic.files
                ));
                let again = phone.call("sync", json!({}))?;
                let sent = again["sent"].as_u64().unwrap_or(u64::MAX);
                if sent != 0 || again["finished"] != true {
                    return Err(format!("a second sync was not idle: {again}").into());
                }
                p.note("再次同步：没有可发的，收据不变 / a second sync sends nothing");
                let name = if who == 0 { "lead" } else { "second" };
                self.numbers.insert(name.into(), json!({
                    "entries": traffic.entries, "checkpoints": traffic.checkpoints, "receipts": traffic.checkpoints + traffic.files,
                    "files": traffic.files, "requests": traffic.requests, "bytes_sent": traffic.sent,
                }));
                Ok(())
            })?;
        }
        p.step(
            "15:00",
            "收到“已开封”回执后才可删除本机文件",
            "a local file may go only after the office's receipt",
            |_| {
                let (_, evidence) = self.photos.first().ok_or("no photograph")?;
                self.lead.call("custody_receipt", json!({ "evidence": evidence }))?;
                self.lead.call("delete_sent", json!({ "evidence": evidence }))?;
                Ok(())
            },
        )?;
        self.export(p)?;
        self.verify(p)?;
        self.penalty(p)?;
        self.suspend(p)?;
        self.pictures(p)
    }

    /// The decision path of the small case that the inspection led to.
    fn penalty(&mut self, p: &mut Programme) -> Result<()> {
        let office = self.serving.office().clone();
        let played = penalty::play(p, &office, &self.inspection, &self.folders.work, &self.folders.out)?;
        self.verdicts.insert("penalty".into(), played);
        Ok(())
    }

    /// A suspended certificate: the page says so at once, though the phone has not heard of it.
    fn suspend(&mut self, p: &mut Programme) -> Result<()> {
        p.step("D+2", "暂扣一张证件：网页当场说无效", "a certificate is suspended: the page says so at once", |p| {
            let office = self.serving.office().clone();
            office.decide("suspend", SECOND.number, "演练：群众投诉，调查期间暂扣")?;
            let badge = self.folders.work.join("suspended.png");
            pictures::draw(&self.second.call("badge_frame", json!({ "kind": "badge" }))?, &badge)?;
            let page = format!("{}/b", self.serving.address);
            let shot = self.folders.out.join("pictures/badge-suspended.png");
            let said = pictures::check(&self.place, &badge, None, &page, Some(&shot))?;
            pictures::first_screen(&shot)?;
            if said["state"] != "not_valid" || said["reason"] != "suspended" {
                return Err(format!("the badge page did not say suspended: {said}").into());
            }
            p.note(format!("网页：{} / not valid, suspended", said["says"].as_str().unwrap_or_default()));
            self.verdicts.insert("badge_suspended".into(), said);
            office.decide("resume", SECOND.number, "演练：查无实据，发还")
        })
    }

    fn export(&mut self, p: &mut Programme) -> Result<()> {
        let out = self.folders.out.clone();
        p.step("D+1", "导出：封给新收件人，另导出公开版", "export: sealed to a fresh recipient, and open", |p| {
            let recipient = new_recipient(&out.join("recipient.age-identity"))?;
            let office = self.serving.office();
            office.export(&self.inspection, &["--to", &recipient, "--zip"], &out.join("bundle"))?;
            office.export(&self.inspection, &["--open"], &out.join("open"))?;
            fs::copy(office.trust(), out.join("trust.cbor"))?;
            p.note("bundle/  bundle.zip  open/  recipient.age-identity  trust.cbor");
            Ok(())
        })
    }

    fn verify(&mut self, p: &mut Programme) -> Result<()> {
        let out = self.folders.out.clone();
        let office = self.serving.office().clone();
        for name in ["bundle", "bundle.zip", "open", "record.pdf"] {
            p.step("", &format!("核验 {name}"), "verify, with trust from outside", |p| {
                let verdict = office.verify(Some(&out.join("trust.cbor")), &out.join(name))?;
                self.verdicts.insert(name.into(), json!({ "exit": verdict.exit, "says": verdict.says }));
                match verdict.exit {
                    0 => {
                        p.note(verdict.headline());
                        Ok(())
                    }
                    exit => Err(format!("exit {exit}:\n{}", verdict.says).into()),
                }
            })?;
        }
        p.step(
            "",
            "没有信任文件：不下结论，说明要比对什么",
            "without trust: no verdict, and what to compare",
            |p| {
                let verdict = office.verify(None, &out.join("bundle"))?;
                self.verdicts.insert("without_trust".into(), json!({ "exit": verdict.exit, "says": verdict.says }));
                p.note(verdict.headline());
                if verdict.exit == 2 { Ok(()) } else { Err(format!("exit {}:\n{}", verdict.exit, verdict.says).into()) }
            },
        )?;
        p.step("", "副本中改动一个字节", "one byte flipped in a copy", |p| {
            let copy = self.folders.work.join("tampered");
            copy_folder(&out.join("bundle"), &copy)?;
            let photo = largest(&copy.join("data/evidence"))?;
            flip(&photo)?;
            let verdict = office.verify(Some(&out.join("trust.cbor")), &copy)?;
            let name = photo.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            self.verdicts.insert("tampered".into(), json!({ "exit": verdict.exit, "file": name, "says": verdict.says }));
            let named: Vec<_> = verdict.says.lines().filter(|l| l.contains(name.get(..16).unwrap_or(&name))).collect();
            for line in named.iter().take(2) {
                p.note(line.trim().to_owned());
            }
            if verdict.exit == 1 && !named.is_empty() {
                Ok(())
            } else {
                Err(format!("exit {}:\n{}", verdict.exit, verdict.says).into())
            }
        })
    }

    fn pictures(&mut self, p: &mut Programme) -> Result<()> {
        p.step("", "截图：台账、案件、笔录首页", "pictures: console list, case, first page of the record", |p| {
            let folder = self.folders.out.join("pictures");
            let [list, case, photos, facts, sound, lag] =
                ["list", "case", "photos", "facts", "recordings", "lag"].map(|name| folder.join(format!("console-{name}.png")));
            let link = self.serving.link()?;
            let case_path = format!("/console/cases/{}", self.inspection);
            let pages = [
                ("/console/cases".to_owned(), &*list),
                (case_path.clone(), &case),
                (format!("{case_path}#photos"), &photos),
                (format!("{case_path}#findings"), &facts),
                (format!("{case_path}#recordings"), &sound),
                ("/console/devices/lag".to_owned(), &lag),
            ];
            pictures::shots(&self.place, &link, &pages)?;
            if pictures::first_page(&self.folders.out.join("record.pdf"), &folder.join("record.png"))? {
                p.note("pictures/console-list.png  console-case.png  badge-page.png  record.png");
            } else {
                p.note("没有 pdftoppm，略去 record.png / no pdftoppm: record.png left out");
            }
            Ok(())
        })
    }

    /// Measures on the lead's phone, on an inspection of its own that is never sent.
    ///
    /// # Errors
    /// When something cannot be measured.
    pub fn measure(&mut self, p: &mut Programme) -> Result<Vec<Measure>> {
        p.part("四、量测", "Measures");
        p.step("", "在手机进程上量测", "on the phone's process", |p| {
            self.serving.office().add_task(&cast::task(cast::today()))?;
            acts::sync(&mut self.lead)?;
            acts::sync(&mut self.second)?;
            let task = acts::new_task(&mut self.lead)?;
            let inspection = text(&self.lead.call("open_inspection", json!({ "task": task }))?, "inspection")?;
            acts::pair(&mut self.lead, &mut self.second, &task, &inspection)?;
            acts::show_badges(&mut self.lead, &mut self.second, &inspection)?;
            acts::tell_rights(&mut self.lead, &inspection)?;
            measures::all(p, &self.place, &mut self.lead, &inspection)
        })
    }
}

/// A fresh age identity; gives its recipient.
fn new_recipient(file: &Path) -> Result<String> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let identity = mingzheng_core::seal::Identity::from_bytes(&secret)?;
    let recipient = identity.recipient().to_string();
    fs::write(file, format!("# public key: {recipient}\n{}\n", *identity.to_text()))?;
    Ok(recipient)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?
        } else {
            fs::copy(entry.path(), target).map(drop)?
        }
    }
    Ok(())
}

fn largest(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder)?
        .map(|e| Ok((e.as_ref().map_err(ToString::to_string)?.metadata()?.len(), e?.path())))
        .collect::<Result<Vec<_>>>()?;
    files.sort();
    files.pop().map(|(_, path)| path).ok_or_else(|| "no evidence in the bundle".into())
}

/// Flips the lowest bit of the byte in the middle.
fn flip(file: &Path) -> Result<()> {
    let mut bytes = fs::read(file)?;
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).ok_or("an empty file")? ^= 1;
    Ok(fs::write(file, bytes)?)
}

/// What the fold says of a paper, text by text, where one text stands in one place on the page.
fn record_facts(paper: &Value) -> Vec<String> {
    fn texts(of: &Value, names: &[&str], out: &mut Vec<String>) {
        for name in names {
            out.extend(of[*name].as_str().filter(|t| !t.is_empty()).map(str::to_owned));
        }
    }
    let facts = &paper["facts"];
    let mut out = Vec::new();
    texts(facts, &["organ", "number", "recorder"], &mut out);
    texts(&facts["party"], &["name", "credit_code", "address", "phone"], &mut out);
    texts(&facts["party"]["responsible"], &["name"], &mut out);
    texts(&facts["badge"], &["shown_to", "aid_notice"], &mut out);
    texts(&facts["inspection"], &["matter", "approval"], &mut out);
    let lists: [(&str, &[&str]); 5] = [
        ("officers", &["name", "certificate"]),
        ("assistants", &["name", "unit"]),
        ("companions", &["name", "position"]),
        ("findings", &["text"]),
        ("corrections", &["new"]),
    ];
    for (list, names) in lists {
        facts[list].as_array().into_iter().flatten().for_each(|one| texts(one, names, &mut out));
    }
    texts(&paper["refusal"], &["reason", "witness", "witness_unit", "media"], &mut out);
    out
}
