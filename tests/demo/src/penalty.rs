//! The decision path of one small case at the office, by its command line: from 受理 to 结案, with its papers (issue 6; R42, R59, J10).

use crate::cast::{self, DECIDES, LEAD, MANAGER, ORGAN, SECOND};
use crate::office::Office;
use crate::step::Programme;
use crate::{Result, pictures};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// 决定书文号.
const DECISION: &str = "青卫公罚〔2026〕31号";

/// A case under way.
struct Case<'a> {
    office: &'a Office,
    work: &'a Path,
    number: String,
}

impl Case<'_> {
    /// The office's filled example of a step, with what the case knows; `change` alters it.
    fn step(&self, node: &str, change: Value) -> Result<Value> {
        let mut step: Value = serde_json::from_str(&self.office.procedure(&["step", &self.number, "--example", node])?)?;
        step["decided_by"] = json!({ "name": DECIDES, "number": "负责人" });
        let changes = change.as_object().ok_or("no object")?;
        changes.iter().for_each(|(name, value)| step[name] = value.clone());
        Ok(step)
    }

    fn file(&self, name: &str, content: &Value) -> Result<String> {
        let file = self.work.join(name);
        fs::write(&file, content.to_string())?;
        Ok(file.to_str().ok_or("not UTF-8")?.to_owned())
    }

    fn go(&self, p: &mut Programme, step: &Value) -> Result<()> {
        let said = self.office.procedure(&["step", &self.number, &self.file("step.json", step)?])?;
        p.note(said.trim().to_owned());
        Ok(())
    }

    /// The rules that refuse a step.
    fn refused(&self, step: &Value) -> Result<Vec<Value>> {
        let said = self.office.procedure_refused(&["step", &self.number, &self.file("step.json", step)?, "--json"])?;
        Ok(serde_json::from_str::<Value>(&said)?["gates"].as_array().cloned().unwrap_or_default())
    }
}

/// Plays the case; its papers go to `out/case`. Gives what was refused and how it ended, for `summary.json`.
///
/// # Errors
/// The step that failed and why.
pub fn play(p: &mut Programme, office: &Office, inspection: &str, work: &Path, out: &Path) -> Result<Value> {
    let case = p.step(
        "D+1",
        "受理、立案：当事人、案由、事实由检查带入",
        "taken in and filed: nothing is typed twice",
        |p| {
            let by = ["--by", LEAD.name, "--by-number", LEAD.number, "--json"];
            let said = office.procedure(&[&["accept", "--inspection", inspection], &by[..]].concat())?;
            let said: Value = serde_json::from_str(&said)?;
            let number = said["number"].as_str().ok_or("no number")?.to_owned();
            let case = Case { office, work, number };
            p.note(format!("{}  {ORGAN}", case.number));
            case.go(
                p,
                &case.step("filed", json!({ "reason": "检查发现违法事实，符合立案标准", "paper": "青卫立〔2026〕31号" }))?,
            )?;
            Ok(case)
        },
    )?;
    p.step("", "调查终结；此时决定被拒（J10）", "investigation closed; deciding now is refused", |p| {
        let mut report = case.step(
            "investigated",
            json!({ "reason": "当事人配合调查，无从轻、减轻、不予处罚的法定情形。", "paper": "2026-0088" }),
        )?;
        let first = report["charges"][0].clone();
        report["charges"] = json!([first]);
        report["charges"][0]["penalty_basis"] = "《公共场所卫生管理条例实施细则》第三十八条".into();
        report["proposal"] = json!({
            "penalties": [{ "charge": 0, "kind": "warning", "fen": null }, { "charge": 0, "kind": "fine", "fen": 100_000 }],
            "discretion": "本案2人，初次被查处，配合调查，取该阶次下限。",
            "chosen": [{
                "charge": 0, "committed": cast::day(0), "row": "cl-d7", "tier": "cl-d7-2", "facts": { "persons": 2, "late": 0 },
            }],
            "correction": cast::day(12),
        });
        case.go(p, &report)?;
        let gates = case.refused(&case.step("decided", json!({ "number": DECISION }))?)?;
        for gate in &gates {
            p.note(format!(
                "被拒 refused: {}（{}）{} → {}",
                gate["rule"].as_str().unwrap_or_default(),
                gate["basis"].as_str().unwrap_or_default(),
                gate["missing"]["zh"].as_str().unwrap_or_default(),
                gate["way_on"]["zh"].as_str().unwrap_or_default()
            ));
        }
        if gates.iter().any(|g| g["rule"] == "J10") { Ok(()) } else { Err(format!("not refused by J10: {gates:?}").into()) }
    })?;
    let receiver = format!("{MANAGER}（店长，受当事人委托）");
    let service = json!({ "way": "direct", "receiver": receiver, "witness": null, "proof": null, "confirmation": null });
    p.step(
        "",
        "告知、送达、放弃陈述申辩、决定、送达",
        "notice, service, defence given up, decision, service",
        |p| {
            let notice = json!({ "defence_until": cast::day(8), "reason": "", "paper": "青卫罚告〔2026〕31号" });
            case.go(p, &case.step("notified", notice)?)?;
            case.go(p, &case.step("notice_served", json!({ "service": service, "reason": "", "paper": "2026-0201" }))?)?;
            let waived = json!({
                "speaker": MANAGER, "proof": "当事人盖章的《放弃陈述申辩声明书》一份", "reason": "", "paper": "2026-0203",
            });
            case.go(p, &case.step("defence_waived", waived)?)?;
            case.go(p, &case.step("decided", json!({ "number": DECISION, "reason": "事实清楚，证据充分，裁量适当" }))?)?;
            case.go(p, &case.step("decision_served", json!({ "service": service, "reason": "", "paper": "2026-0202" }))?)
        },
    )?;
    p.step("", "缴款、复查、结案", "paid, re-inspected, closed", |p| {
        case.go(p, &case.step("paid", json!({ "receipt": "510822-000317", "reason": "" }))?)?;
        let what = "复查，在岗14人均持有效健康合格证明（照片2张）";
        case.go(p, &case.step("performed", json!({ "what": what, "reason": "" }))?)?;
        case.go(p, &case.step("closed", json!({ "reason": "处罚决定履行完毕", "paper": "2026-0099" }))?)
    })?;
    p.step("", "公示：起草遮蔽、他人审核、发布", "published: masked, reviewed by somebody else", |p| {
        let recorded = |node: &str, who: [&str; 2], change: Value| -> Result<Value> {
            let mut step: Value = serde_json::from_str(&office.publication(&["step", &case.number, "--example", node])?)?;
            step["by"] = json!({ "name": who[0], "number": who[1] });
            change.as_object().into_iter().flatten().for_each(|(name, value)| step[name] = value.clone());
            let file = case.file("publication.json", &step)?;
            Ok(serde_json::from_str(&office.publication(&["step", &case.number, &file, "--json"])?)?)
        };
        let (drafter, reviewer) = (["何小满", "公示岗 01"], ["罗正", "法制岗 02"]);
        recorded("drafted", drafter, json!({}))?;
        let looked = json!(["id_number", "phone", "home_address", "account", "patient"]);
        recorded("reviewed", reviewer, json!({ "agreed": true, "checked": looked, "reason": "已核对" }))?;
        let done = recorded("published", drafter, json!({}))?;
        for field in ["number", "party", "facts", "content"] {
            p.note(done["draft"][field].as_str().unwrap_or_default().to_owned());
        }
        if done["state"] == "published" && done["logged"] == true { Ok(()) } else { Err(format!("not published: {done}").into()) }
    })?;
    p.step("", "文书与责任人", "its papers, and who answers for each node", |p| {
        let folder = out.join("case");
        fs::create_dir_all(&folder)?;
        let place = "四川省广元市青川县青溪镇桥头路18号青溪宾馆";
        let typed = case.file("typed.json", &json!({ "place": place }))?;
        let ms = cast::china_now().ok_or("no clock")?.timestamp_millis();
        let moment = |minutes: i64| json!({ "ms": ms - minutes * 60_000, "offset_min": 480 });
        let heard = case.file(
            "heard.json",
            &json!({
                "place": place, "authority": "店长，持当事人授权委托书", "document": "居民身份证，号码见复印件", "phone": "13500000000",
                "started": moment(30), "ended": moment(20),
            }),
        )?;
        let papers: Vec<Value> = serde_json::from_str(&office.procedure(&["paper", &case.number, "--json"])?)?;
        let mut made = vec![];
        for paper in &papers {
            let (n, form) = (paper["n"].to_string(), paper["form"].as_str().ok_or("no form")?);
            // The record of the lead is written by hand when it comes in.
            if form == "shouli-jilu" {
                continue;
            }
            let name = format!("{n:0>2}-{form}.pdf");
            let file = folder.join(&name);
            let to = file.to_str().ok_or("not UTF-8")?;
            let mut arguments = vec!["paper", &case.number, "--step", &n, "--out", to];
            match form {
                "songda-huizheng" => arguments.extend(["--typed", &typed]),
                "shenbian-bilu" => arguments.extend(["--typed", &heard]),
                _ => {}
            }
            office.procedure(&arguments)?;
            made.push(format!("{} case/{name}", paper["title"]["zh"].as_str().unwrap_or_default()));
        }
        made.iter().for_each(|m| p.note(m.clone()));
        let checked = office.procedure(&["paper", &case.number, "--check"])?;
        p.note(format!("文书与机关日志一致 as made: {}", checked.lines().filter(|l| l.starts_with('✓')).count()));
        let shown: Value = serde_json::from_str(&office.procedure(&["show", &case.number, "--json"])?)?;
        for who in shown["responsible"].as_array().into_iter().flatten() {
            p.note(format!(
                "{}：{}，批准 {}",
                who["node"].as_str().unwrap_or_default(),
                who["by"]["name"].as_str().unwrap_or_default(),
                who["decided_by"]["name"].as_str().unwrap_or("–")
            ));
        }
        pictures::first_page(&folder.join("06-chufa-jueding.pdf"), &out.join("pictures/decision.png"))?;
        if shown["stage"] != "ended" || shown["logged"] != true || made.len() != 8 {
            return Err(format!("the case did not end well: {} papers, {shown}", made.len()).into());
        }
        let second = shown["steps"][1]["step"]["investigators"][1]["number"] == SECOND.number;
        if !second {
            return Err("the officers were not taken over from the inspection".into());
        }
        Ok(json!({ "number": case.number, "steps": shown["steps"].as_array().map(Vec::len), "papers": made }))
    })
}
