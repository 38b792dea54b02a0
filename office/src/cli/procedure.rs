//! `mingzheng procedure`: cases of administrative penalties, from 受理 to 结案.

use super::office::{day, hex_id};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::procedure::{self, Added, Issued, Procedure, Ruled, Running, Similar, draft, example, from_name, name};
use crate::published::time;
use crate::settings::Settings;
use crate::text::CONSOLE;
use crate::{register, rights};
use clap::Subcommand;
use mingzheng_core::calendar::When;
use mingzheng_core::discretion::{Facts, Offer, Suggestion};
use mingzheng_core::document::amount;
use mingzheng_core::document::form::read_typed;
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::pack::{DiscretionRow, Fact, Range, Tier};
use mingzheng_core::procedure::{Act, Actor, Case, Node, Step};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum ProcedureCommand {
    /// 受理案件：由检查案卷带入，或由 JSON 文件。 Take a case in, from an inspection or from a JSON file.
    Accept {
        /// JSON 文件（样例：step --example accepted）。 The file.
        #[arg(required_unless_present = "inspection")]
        file: Option<PathBuf>,
        /// 检查案卷：来源、当事人、案由由此带入。 The inspection that source, party and matter are taken from.
        #[arg(long, value_name = "HEX", conflicts_with = "file", requires_all = ["by", "by_number"])]
        inspection: Option<String>,
        /// 经办人姓名。 Who takes it in.
        #[arg(long)]
        by: Option<String>,
        /// 经办人证号。 That person's number.
        #[arg(long)]
        by_number: Option<String>,
        /// 受理日期，默认今天。 Day; default: today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<String>,
        /// 案号；不写则取本年度下一号。 Number of the case; default: the next one of the year.
        #[arg(long)]
        number: Option<String>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 登记一步。 Record a step.
    Step {
        /// 案号或标识。 The case.
        #[arg(required_unless_present = "example")]
        case: Option<String>,
        /// JSON 文件。 The file.
        #[arg(required_unless_present = "example")]
        file: Option<PathBuf>,
        /// 文书上补填的内容，JSON 文件。 What is added to the step's paper, a JSON file.
        #[arg(long, value_name = "FILE")]
        typed: Option<PathBuf>,
        /// 只打印此节点的样例（写明案件则带入已知内容）。 Only print a filled example of this node; with the case's facts when one is named.
        #[arg(long, value_name = "NODE")]
        example: Option<String>,
        /// 机器可读：被拒时列出全部关口。 Machine-readable: all gates when refused.
        #[arg(long)]
        json: bool,
    },
    /// 一案的节点、可办事项与关口、期限、责任人。 One case: nodes, what may follow, clocks, who answers.
    Show {
        /// 案号或标识。 The case.
        case: String,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 一案的文书：列出、制作其一（制作后内容固定，再取为同一文件）、作废、核对。 The papers of a case: list, make one, void, check.
    Paper {
        /// 案号或标识。 The case.
        case: String,
        /// 第几步（从 0 起，见 show --json）。 Of which step, from 0.
        #[arg(long)]
        step: Option<usize>,
        /// 补填的内容，JSON 文件。 What is added to it, a JSON file.
        #[arg(long, value_name = "FILE", requires = "step")]
        typed: Option<PathBuf>,
        /// 新文件。 New file.
        #[arg(long, value_name = "FILE", requires = "step")]
        out: Option<PathBuf>,
        /// 原文号作废后另取的文号。 Another number, its own being voided.
        #[arg(long, requires = "out")]
        number: Option<String>,
        /// 作废的理由。 Void the paper: why.
        #[arg(long, value_name = "REASON", requires_all = ["step", "by"], conflicts_with = "out")]
        void: Option<String>,
        /// 作废的经办人。 Who voids it.
        #[arg(long)]
        by: Option<String>,
        /// 核对：已制作的文书与机关日志是否一致。 Check the papers against the office's log.
        #[arg(long)]
        check: bool,
        /// 核对一个文件是否为本案制作的文书。 Whether a file is a paper of this case as it was made.
        #[arg(long, value_name = "FILE")]
        compare: Option<PathBuf>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 裁量：各项事实可适用的裁量基准、三张清单（只给幅度）和当事人既往处罚。 Discretion: rows, tiers and ranges, lists, and earlier decisions.
    Offers {
        /// 案号或标识。 The case.
        case: String,
        /// 已查明的事实，如 persons=2 late=no；违法所得以元计。 A fact that is known; illegal gains in yuan.
        #[arg(long, value_name = "NAME=VALUE")]
        fact: Vec<String>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 归档：已制作的文书、步骤、卷内目录（全卷连续页次）写入新文件夹。 The volume: papers, steps, and an index with running page numbers.
    Volume {
        /// 案号或标识。 The case.
        case: String,
        /// 新文件夹。 New folder.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// 列出案件。 List the cases.
    List {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 一案或全部案件的期限。 The clocks of one case, or of all.
    Clocks {
        /// 案号或标识；不写则全部。 The case; default: all.
        case: Option<String>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Path, command: ProcedureCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        ProcedureCommand::Accept { file, inspection, by, by_number, day: on, number, json } => {
            let step = match (file, inspection) {
                (Some(file), _) => read(&file)?,
                (None, Some(inspection)) => {
                    let day = on.as_deref().map(day).transpose()?.map_or_else(|| register::today(&office), Ok)?;
                    let by = Actor { name: by.unwrap_or_default(), number: by_number.unwrap_or_default() };
                    let act = draft(&office, None, hex_id(&inspection)?)?.accepted;
                    Step { act, day, by, decided_by: None, reason: String::new(), paper: None }
                }
                (None, None) => return Err(OfficeError::NotFound("file")),
            };
            let mut made = None;
            let done = procedure::accept(&office, number.as_deref(), &step).map(|id| made = Some(id));
            told(&office, done, json, || made.ok_or(OfficeError::NotFound("procedure")))
        }
        ProcedureCommand::Step { case, example: Some(node), .. } => {
            let node = from_name(&node).ok_or_else(|| {
                let all: Vec<String> = mingzheng_core::procedure::Node::ALL.into_iter().map(name).collect();
                OfficeError::Settings(format!("{node}：没有此节点 no such node; there are: {}", all.join(" ")))
            })?;
            let known = case.map(|text| find(&office, &text)).transpose()?;
            let today = register::today(&office)?;
            let step = match &known {
                Some(p) => procedure::filled(&office, &procedure::rules(&office)?.pack, p, node, today)?,
                None => example(node, today, None, rights::newest(&office)?.map(|(_, pack)| pack).as_deref()),
            };
            println!("{}", serde_json::to_string_pretty(&step).map_err(|e| OfficeError::Settings(e.to_string()))?);
            Ok(ExitCode::SUCCESS)
        }
        ProcedureCommand::Step { case, file, typed, json, .. } => {
            let (Some(case), Some(file)) = (case, file) else { return Err(OfficeError::NotFound("file")) };
            let id = find(&office, &case)?.id;
            let typed = additions(typed.as_deref())?;
            let done = read(&file).and_then(|step| procedure::record_with(&office, id, &step, &typed));
            told(&office, done, json, || Ok(id))
        }
        ProcedureCommand::Show { case, json } => show(&office, &find(&office, &case)?, json),
        ProcedureCommand::Paper { case, step: Some(n), typed, out: Some(out), number, .. } => {
            let added = Added { typed: additions(typed.as_deref())?, number: number.as_deref() };
            make(&office, &find(&office, &case)?, n, &added, &out)
        }
        ProcedureCommand::Paper { case, step: Some(n), void: Some(reason), by: Some(by), .. } => {
            let by = Actor { name: by, number: String::new() };
            procedure::void(&office, &find(&office, &case)?, n, &reason, &by)?;
            println!("已作废 voided");
            Ok(ExitCode::SUCCESS)
        }
        ProcedureCommand::Paper { case, compare: Some(file), .. } => compare(&office, &find(&office, &case)?, &file),
        ProcedureCommand::Paper { case, check: true, .. } => check(&office, &find(&office, &case)?),
        ProcedureCommand::Paper { case, json, .. } => papers(&office, &find(&office, &case)?, json),
        ProcedureCommand::Offers { case, fact, json } => offers(&office, &find(&office, &case)?, &fact, json),
        ProcedureCommand::Volume { case, out } => {
            let index = procedure::volume(&office, &find(&office, &case)?, &out)?;
            for e in &index {
                let pages = e.pages.map_or_else(|| "未制作 not made".to_owned(), |(from, to)| format!("{from}–{to}"));
                println!("{:>3}  {}  {}  {pages}", e.no, e.title, e.number);
            }
            println!("{}", out.display());
            Ok(ExitCode::SUCCESS)
        }
        ProcedureCommand::List { json } => list(&office, json),
        ProcedureCommand::Clocks { case, json } => {
            let cases = match case {
                Some(case) => vec![find(&office, &case)?],
                None => office.store.read(procedure::all)?,
            };
            clocks(&office, &cases, json)
        }
    }
}

/// A case by 案号 or id.
fn find(office: &Office, text: &str) -> Result<Procedure> {
    office.store.read(|c| match (procedure::by_number(c, text)?, Id::from_hex(text)) {
        (Some(p), _) => Ok(p),
        (None, Some(id)) => procedure::by_id(c, id),
        (None, None) => Err(OfficeError::NotFound("procedure")),
    })
}

/// Reads a step; a field that no step has is named.
fn read(file: &Path) -> Result<Step> {
    let text = std::fs::read_to_string(file).map_err(OfficeError::io(file))?;
    let bad = |e: &dyn std::fmt::Display| OfficeError::Settings(format!("{}: {e}", file.display()));
    let given: Value = serde_json::from_str(&text).map_err(|e| bad(&e))?;
    let step: Step = serde_json::from_value(given.clone()).map_err(|e| bad(&e))?;
    let known = serde_json::to_value(&step).map_err(|e| bad(&e))?;
    match unknown(&given, &known, "") {
        Some(field) => Err(bad(&format!("没有此字段 no such field: {field}"))),
        None => Ok(step),
    }
}

/// The first field of `given` that was not read.
fn unknown(given: &Value, known: &Value, path: &str) -> Option<String> {
    match (given, known) {
        (Value::Object(g), Value::Object(k)) => g.iter().find_map(|(field, v)| {
            let path = format!("{path}/{field}");
            k.get(field).map_or_else(|| Some(path.clone()), |k| unknown(v, k, &path))
        }),
        (Value::Array(g), Value::Array(k)) => g.iter().zip(k).find_map(|(g, k)| unknown(g, k, path)),
        _ => None,
    }
}

/// Says what was done, or every gate that is closed.
fn told(office: &Office, done: Result<()>, json: bool, id: impl FnOnce() -> Result<Id>) -> Result<ExitCode> {
    match done {
        Err(OfficeError::Procedure(closed)) if json => {
            println!("{}", json!({ "gates": closed.0 }));
            Ok(ExitCode::FAILURE)
        }
        Err(e) => Err(e),
        Ok(()) => {
            let p = find(office, &id()?.to_string())?;
            let Some(last) = p.steps.last() else { return Err(OfficeError::NotFound("step")) };
            if json {
                println!("{}", json!({"id": p.id.to_string(), "number": p.number, "n": p.steps.len() - 1, "leaf": last.leaf}));
            } else {
                let title = CONSOLE.plain(&format!("proc.node.{}", name(last.step.act.node())));
                println!("已登记 recorded: {}  {title}  {}  叶 leaf {}", p.number, last.step.day, last.leaf);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn stage(case: &Case) -> String {
    format!("{:?}", case.stage()).to_lowercase()
}

fn title(kind: &str, name: &str) -> String {
    CONSOLE.plain(&format!("proc.{kind}.{name}"))
}

fn print_gates(gates: &[Gate]) {
    for g in gates {
        println!("      {}（{}）{} {}", g.rule, g.basis, g.missing.zh, g.missing.en);
        println!("      → {} {}", g.way_on.zh, g.way_on.en);
    }
}

fn person(a: &Actor) -> String {
    format!("{}（{}）", a.name, a.number)
}

fn show(office: &Office, p: &Procedure, json: bool) -> Result<ExitCode> {
    let ruled = procedure::rules(office)?;
    let next = procedure::next(office, &ruled, p)?;
    let logged = office.store.read(|c| procedure::is_logged(office, c, p.id))?;
    let clocks = procedure::clocks(p, &ruled.rules()?, &ruled.pack, office.now());
    let responsible = Case::responsible(p.plain());
    if json {
        let steps: Vec<Value> = p
            .steps
            .iter()
            .zip(0..)
            .map(|(k, n)| json!({"n": n, "at": k.at, "leaf": k.leaf, "pack": mingzheng_core::id::hex(&k.pack), "step": k.step}))
            .collect();
        let next: Vec<Value> = next.iter().map(|n| json!({"node": n.node, "gates": n.gates})).collect();
        let who: Vec<Value> = responsible
            .iter()
            .map(|(node, by, decided_by, day)| json!({"node": node, "by": by, "decided_by": decided_by, "day": day}))
            .collect();
        println!(
            "{}",
            json!({
                "id": p.id.to_string(), "number": p.number, "stage": stage(&p.case), "inspection": p.case.inspection, "steps": steps, "next": next,
                "clocks": clocks, "responsible": who, "logged": logged,
            })
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}  {}  {}  {}", p.number, p.case.party.name, p.case.matter, title("stage", &stage(&p.case)));
    if let Some(inspection) = &p.case.inspection {
        println!("检查案卷 inspection: {inspection}");
    }
    println!("\n节点与责任人 Nodes and who answers for them");
    for (k, (node, by, decided_by, day)) in p.steps.iter().zip(&responsible) {
        let head = decided_by.map_or_else(String::new, |a| format!("  批准 approved: {}", person(a)));
        println!("  {day}  {}  经办 by: {}{head}  {}  叶 leaf {}", title("node", &name(*node)), person(by), time(k.at), k.leaf);
    }
    println!("\n{}", if logged { CONSOLE.plain("proc.logged") } else { CONSOLE.plain("proc.unlogged") });
    println!("\n期限 Clocks");
    clocks.iter().for_each(print_clock);
    println!("\n可以办理 What may follow");
    for n in next.iter().filter(|n| n.gates.is_empty()) {
        println!("  {}  {}", name(n.node), title("node", &name(n.node)));
    }
    println!("\n尚不能办理 What may not yet follow");
    for n in next.iter().filter(|n| !n.gates.is_empty()) {
        println!("  {}  {}", name(n.node), title("node", &name(n.node)));
        print_gates(&n.gates);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_clock(r: &Running) {
    let shown = |w: When| w.to_string();
    let rolled = if r.rolled == r.raw { String::new() } else { format!("（顺延至 rolled to {}）", shown(r.rolled)) };
    let estimate = if r.provisional { "  暂估 provisional" } else { "" };
    let mark = r.mark.as_ref().map_or_else(String::new, |m| format!("  {} {}", m.zh, m.en));
    let left = r.left.map_or_else(String::new, |n| format!("  还有 left {n}"));
    let done = r.done.map_or_else(String::new, |d| format!("  完成 done {d}"));
    let illustrative = if r.illustrative { "  ※示例 illustrative" } else { "" };
    println!(
        "  {} {}  自 from {}  至 until {}{rolled}{estimate}  {}{left}{done}{mark}  〔{}〕{illustrative}",
        r.title.zh,
        r.title.en,
        r.start,
        shown(r.raw),
        title("clock", r.state),
        r.basis
    );
}

fn running(office: &Office, ruled: &Ruled, p: &Procedure) -> Result<Vec<Running>> {
    Ok(procedure::clocks(p, &ruled.rules()?, &ruled.pack, office.now()))
}

fn clocks(office: &Office, cases: &[Procedure], json: bool) -> Result<ExitCode> {
    let ruled = procedure::rules(office)?;
    if json {
        let one = |p: &Procedure| Ok(json!({"number": p.number, "clocks": running(office, &ruled, p)?}));
        println!("{}", Value::Array(cases.iter().map(one).collect::<Result<_>>()?));
        return Ok(ExitCode::SUCCESS);
    }
    for p in cases {
        println!("{}  {}", p.number, p.case.party.name);
        running(office, &ruled, p)?.iter().for_each(print_clock);
    }
    Ok(ExitCode::SUCCESS)
}

fn about(paper: &Issued) -> String {
    let number = paper.number.as_deref().unwrap_or("–");
    let voided = paper.voided.as_ref().map_or_else(String::new, |why| format!("  已作废 voided: {why}"));
    format!("{:>3}  {}  {number}  {}  叶 leaf {}{voided}", paper.step, paper.form, paper.digest, paper.leaf)
}

/// Every paper as it was made, and the log.
fn check(office: &Office, p: &Procedure) -> Result<ExitCode> {
    let all = office.store.read(|c| procedure::issued(c, p.id))?;
    let mut good = office.store.read(|c| procedure::is_logged(office, c, p.id))?;
    println!("{}", if good { CONSOLE.plain("proc.logged") } else { CONSOLE.plain("proc.unlogged") });
    for paper in &all {
        match office.store.read(|c| procedure::bytes(c, paper)) {
            Ok(_) => println!("✓ {}", about(paper)),
            Err(e) => {
                good = false;
                println!("✗ {}\n       {e}", about(paper));
            }
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn compare(office: &Office, p: &Procedure, file: &Path) -> Result<ExitCode> {
    let pdf = std::fs::read(file).map_err(OfficeError::io(file))?;
    match procedure::which(office, p, &pdf)? {
        Some(paper) => {
            println!("✓ 与制作时一致 as it was made:\n{}", about(&paper));
            Ok(if paper.voided.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        None => {
            println!(
                "✗ 不是本案制作的文书，或者制作后被改动 not a paper that was made in this case, or changed since: {}",
                file.display()
            );
            Ok(ExitCode::FAILURE)
        }
    }
}

fn papers(office: &Office, p: &Procedure, json: bool) -> Result<ExitCode> {
    let all = procedure::papers(office, p, None)?;
    if json {
        let one = |q: &procedure::Paper| json!({"n": q.n, "form": q.form, "title": q.title, "missing": q.filled.missing, "faults": q.filled.faults, "made": q.made});
        println!("{}", Value::Array(all.iter().map(one).collect()));
        return Ok(ExitCode::SUCCESS);
    }
    for q in &all {
        let made = q
            .made
            .as_ref()
            .map_or_else(String::new, |m| format!("  已制作 made {} {}", m.number.as_deref().unwrap_or("–"), m.digest));
        println!("{:>3}  {} {}  {}{made}", q.n, q.title.zh, q.title.en, q.form);
        for m in &q.filled.missing {
            println!("       缺 missing {}  {} {}", m.field, m.title.zh, m.title.en);
        }
        for f in &q.filled.faults {
            println!("       {f}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `name=value` as a fact.
fn fact(text: &str) -> Result<(Fact, u64)> {
    let bad = || {
        let names: Vec<&str> = Fact::ALL.into_iter().map(Fact::name).collect();
        OfficeError::Settings(format!("{text}：应为 expected NAME=VALUE (yes/no, number): {}", names.join(" ")))
    };
    let (name, value) = text.split_once('=').ok_or_else(bad)?;
    let fact = Fact::ALL.into_iter().find(|f| f.name() == name).ok_or_else(bad)?;
    let value = match (fact.is_question(), value) {
        (true, "yes") => 1,
        (true, "no") => 0,
        (true, _) => return Err(bad()),
        (false, _) if fact == Fact::Gains => amount::parse(value).ok_or_else(bad)?,
        (false, _) => value.parse().map_err(|_| bad())?,
    };
    Ok((fact, value))
}

/// What was decided under the same row and tier (R48); without a readable register nothing is compared.
fn similar(office: &Office, p: &Procedure, row: &DiscretionRow, tier: &Tier) -> Vec<Similar> {
    office.store.read(|c| procedure::similar(c, p.id, &row.id, &tier.id)).unwrap_or_default()
}

fn offers(office: &Office, p: &Procedure, known: &[String], json: bool) -> Result<ExitCode> {
    let pack = procedure::rules(office)?.pack;
    let mut facts = Facts::default();
    for text in known {
        let (fact, value) = fact(text)?;
        facts = facts.with(fact, value);
    }
    let filled = procedure::filled(office, &pack, p, Node::Investigated, register::today(office)?)?;
    let Act::Investigated { charges, .. } = &filled.act else { return Err(OfficeError::NotFound("step")) };
    let earlier = office.store.read(|c| procedure::earlier(c, &p.case, Some(p.id)))?;
    let mut all = Vec::new();
    for charge in charges {
        let rows = procedure::rows(&pack, &charge.item);
        let lines = procedure::lines(&pack, &rows);
        let offers = procedure::offers(&pack, &rows, &facts);
        if json {
            let tier = |offer: &Offer<'_>, one: &Suggestion<'_>| {
                let range = |r: Option<Range>| r.map(|r| json!({"min": r.min, "max": r.max}));
                let (words, kinds) = (procedure::tier_words(&pack, offer.row, one.tier), &one.tier.kinds);
                let sources: Vec<String> = one.sources.iter().map(|b| pack.cite(b).zh).collect();
                json!({"tier": one.tier.id, "words": words, "kinds": kinds, "range": range(one.range), "statutory": range(one.statutory),
                    "sources": sources, "illustrative": one.illustrative, "similar": similar(office, p, offer.row, one.tier)})
            };
            let offer = |o: &Offer<'_>| {
                json!({"row": o.row.id, "item": o.item.id, "act": o.row.act, "asks": o.asks, "uncovered": o.uncovered,
                    "tiers": o.tiers.iter().map(|one| tier(o, one)).collect::<Vec<_>>()})
            };
            all.push(json!({"fact": charge.fact, "offers": offers.iter().map(offer).collect::<Vec<_>>(), "lines": lines}));
            continue;
        }
        println!("{}", charge.fact);
        for o in &offers {
            println!("  {}  {} {}", o.row.id, o.row.act.zh, o.row.act.en);
            for one in &o.tiers {
                println!("    {}  {}", one.tier.id, procedure::tier_words(&pack, o.row, one.tier));
                for s in similar(office, p, o.row, one.tier) {
                    let fine = s.fine.map_or_else(|| "–".to_owned(), amount::figures);
                    println!("      同类 similar: {} {}  {fine}  {}", s.number, s.day, s.fact);
                }
            }
            for fact in &o.asks {
                println!("    ? {}  {} {}", fact.name(), fact.question().0, fact.question().1);
            }
            if o.uncovered {
                println!("    没有相应阶次：在法定幅度内经集体讨论决定 no tier: discuss it collectively, inside the statute");
            }
        }
        for line in lines {
            println!("  {}  {}：{}（{}）", line.id, line.list.word().0, line.act.zh, line.condition.zh);
        }
    }
    if json {
        let past: Vec<Value> = earlier
            .iter()
            .map(|(day, e)| json!({"day": day.number(), "number": e.number, "penalties": e.proposal.penalties}))
            .collect();
        println!("{}", json!({"charges": all, "earlier": past}));
    } else {
        println!("既往处罚 earlier decisions: {}", earlier.len());
        for (day, e) in &earlier {
            println!("  {day}  {}  {}", e.number, e.charges.iter().map(|c| c.fact.as_str()).collect::<Vec<_>>().join("；"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a person adds to a paper.
fn additions(file: Option<&Path>) -> Result<Map<String, Value>> {
    let Some(file) = file else { return Ok(Map::new()) };
    let text = std::fs::read_to_string(file).map_err(OfficeError::io(file))?;
    read_typed(&text).map_err(|e| OfficeError::Settings(format!("{}: {e}", file.display())))
}

fn make(office: &Office, p: &Procedure, n: usize, added: &Added<'_>, out: &Path) -> Result<ExitCode> {
    let pdf = procedure::issue(office, p, n, added)?;
    std::fs::write(out, &pdf).map_err(OfficeError::io(out))?;
    println!("已制作 made: {}  {}", hex(&sha256(&pdf)), out.display());
    Ok(ExitCode::SUCCESS)
}

fn list(office: &Office, json: bool) -> Result<ExitCode> {
    let ruled = procedure::rules(office)?;
    let all = office.store.read(procedure::all)?;
    let mut rows = Vec::new();
    for p in &all {
        let running = running(office, &ruled, p)?;
        let due = procedure::next_due(&running);
        if json {
            rows.push(json!({
                "id": p.id.to_string(), "number": p.number, "party": p.case.party.name, "matter": p.case.matter, "stage": stage(&p.case),
                "due": due.map(|r| json!({"id": r.id, "raw": r.raw, "state": r.state})),
            }));
        } else {
            let due = due.map_or_else(String::new, |r| format!("  {} {} {}", r.title.zh, r.raw, title("clock", r.state)));
            println!("{}  {}  {}  {}{due}", p.number, p.case.party.name, p.case.matter, title("stage", &stage(&p.case)));
        }
    }
    if json {
        println!("{}", Value::Array(rows));
    } else if all.is_empty() {
        println!("没有案件。 No cases.");
    }
    Ok(ExitCode::SUCCESS)
}
