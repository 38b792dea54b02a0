//! `mingzheng complaint|problem|equipment|contact|report|draw`: the ledgers of the office.

use crate::error::{OfficeError, Result};
use crate::ledger::complaint::{self, Complaints};
use crate::ledger::draw::{self, Draws};
use crate::ledger::problem::{self, CLASSES, Problems};
use crate::ledger::report;
use crate::ledger::{self, Desk, Running, desk, told};
use crate::office::Office;
use crate::published::time;
use crate::settings::Settings;
use crate::text::CONSOLE;
use clap::{Args, Subcommand};
use mingzheng_core::id::Id;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum LedgerCommand {
    /// 由 JSON 文件建一行（样例：example）。 Begin a row from a JSON file.
    Add {
        /// JSON 文件。 The file.
        file: PathBuf,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 登记一步。 Record a step.
    Step {
        /// 编号或标识。 The row.
        row: String,
        /// JSON 文件。 The file.
        file: PathBuf,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 打印一步的空白样例；不写步骤则列出可以登记的步骤。 Print a blank step; without one: what may be recorded.
    Example {
        /// 步骤。 The act.
        act: Option<String>,
        /// 编号或标识。 The row.
        #[arg(long)]
        row: Option<String>,
    },
    /// 一行的全部步骤、期限、可以登记的步骤。 One row: steps, clocks, what may follow.
    Show {
        /// 编号或标识。 The row.
        row: String,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 列出。 List.
    List {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum ComplaintCommand {
    #[command(flatten)]
    Ledger(LedgerCommand),
    /// 派核查任务（个案检查，J30）。 Send a task of verification.
    Task {
        /// 编号或标识。 The complaint.
        row: String,
        /// 任务 JSON 文件。 The task.
        file: PathBuf,
        /// 经办人。 Who does it.
        #[arg(long)]
        by: String,
    },
    /// 查看举报人身份：先记入机关日志，再拆封。 See who reported; that you do is recorded first.
    Reporter {
        /// 编号或标识。 The complaint.
        row: String,
        #[command(flatten)]
        why: Why,
        /// 批准人。 Who approved it.
        #[arg(long)]
        decided_by: String,
    },
}

#[derive(Args)]
pub(super) struct Why {
    /// 经办人。 Who does it.
    #[arg(long)]
    by: String,
    /// 理由。 Why.
    #[arg(long)]
    reason: String,
}

#[derive(Subcommand)]
pub(super) enum ProblemCommand {
    #[command(flatten)]
    Ledger(LedgerCommand),
    /// 统计表（附件2），由台账算出。 The statistics, computed from the ledger.
    Statistics {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum ReportCommand {
    #[command(flatten)]
    Ledger(LedgerCommand),
    /// 导出单位、检查、案件三种卡（CSV 与 JSON）；卡名和列名为示例。 Export the cards of enterprises, inspections and cases; their names are illustrative.
    Export {
        /// 新目录。 New folder.
        folder: PathBuf,
    },
}

#[derive(Subcommand)]
pub(super) enum DrawCommand {
    #[command(flatten)]
    Ledger(LedgerCommand),
    /// 抽取：揭示种子并登记结果。 Draw: reveal the seed and record the result.
    Run {
        /// 编号或标识。 The draw.
        row: String,
        /// 现场见证人说的话，一并参与抽取。 What a witness says; it goes into the draw.
        #[arg(long, default_value = "")]
        words: String,
        /// 经办人。 Who does it.
        #[arg(long)]
        by: String,
    },
    /// 由登记的名录和种子重抽一遍，核对结果。 Draw again from the record.
    Again {
        /// 编号或标识。 The draw.
        row: String,
    },
    /// 按结果派单。 Send the tasks.
    Tasks {
        /// 编号或标识。 The draw.
        row: String,
        /// 任务模板（日期、审批、依据）。 Template: day, approval, legal basis.
        file: PathBuf,
        /// 经办人。 Who does it.
        #[arg(long)]
        by: String,
    },
    /// 制作公布用的结果表（CSV），登记其摘要。 Make the table that is published.
    Publish {
        /// 编号或标识。 The draw.
        row: String,
        /// 新文件。 New file.
        #[arg(long)]
        out: PathBuf,
        /// 经办人。 Who does it.
        #[arg(long)]
        by: String,
    },
}

fn open(config: &Path) -> Result<Office> {
    Office::open(Settings::load(config)?)
}

fn text(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(OfficeError::io(file))
}

fn id_of<B: ledger::Book>(office: &Office, row: &str) -> Result<Id> {
    Ok(office.store.read(|c| ledger::find::<B>(c, row))?.id)
}

/// Any ledger.
pub(super) fn run(config: &Path, book: &str, command: LedgerCommand) -> Result<ExitCode> {
    let (office, desk) = (open(config)?, desk(book)?);
    match command {
        LedgerCommand::Add { file, json } => record(&office, desk, None, &file, json),
        LedgerCommand::Step { row, file, json } => record(&office, desk, Some(&row), &file, json),
        LedgerCommand::Example { act: None, row } => {
            let acts = row.map_or_else(|| Ok(desk.begins()), |row| desk.show(&office, &row).map(|s| s.next))?;
            for act in acts {
                println!("{act}  {}", title(book, "act", act));
            }
            Ok(ExitCode::SUCCESS)
        }
        LedgerCommand::Example { act: Some(act), row } => {
            let step = desk.blank(&office, &act, row.as_deref())?;
            println!("{}", serde_json::to_string_pretty(&step).map_err(|e| OfficeError::Settings(e.to_string()))?);
            Ok(ExitCode::SUCCESS)
        }
        LedgerCommand::Show { row, json } => show(&office, desk, &row, json),
        LedgerCommand::List { json } => list(&office, desk, json),
    }
}

fn record(office: &Office, desk: &dyn Desk, row: Option<&str>, file: &Path, json: bool) -> Result<ExitCode> {
    let said: Value =
        serde_json::from_str(&text(file)?).map_err(|e| OfficeError::Settings(format!("{}: {e}", file.display())))?;
    match desk.record(office, row, &said) {
        Err(OfficeError::Procedure(closed)) if json => {
            println!("{}", json!({ "gates": closed.0 }));
            Ok(ExitCode::FAILURE)
        }
        Err(e) => Err(e),
        Ok(id) => {
            let shown = desk.show(office, &id.to_string())?;
            if json {
                println!("{}", told(&shown));
            } else {
                let stage = title(desk.name(), "stage", shown.row.stage);
                println!("已登记 recorded: {}  {stage}  叶 leaf {}", shown.row.number, shown.steps.last().map_or(0, |s| s.leaf));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn title(book: &str, kind: &str, name: &str) -> String {
    CONSOLE.plain(&format!("led.{book}.{kind}.{name}"))
}

fn clock(r: &Running) {
    let provisional = if r.provisional { "  暂估 provisional" } else { "" };
    let illustrative = if r.illustrative { "  ※示例 illustrative" } else { "" };
    let state = CONSOLE.plain(&format!("proc.clock.{}", r.state));
    println!(
        "  {} {}  自 from {}  至 until {}{provisional}  {state}  〔{}〕{illustrative}",
        r.title.zh, r.title.en, r.start, r.until, r.basis
    );
}

fn show(office: &Office, desk: &dyn Desk, row: &str, json: bool) -> Result<ExitCode> {
    let shown = desk.show(office, row)?;
    if json {
        println!("{}", serde_json::to_string(&shown).map_err(|e| OfficeError::Settings(e.to_string()))?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}  {}", shown.row.number, title(desk.name(), "stage", shown.row.stage));
    for (label, value) in &shown.row.about {
        println!("  {}：{}", CONSOLE.plain(&format!("led.field.{label}")), said(label, value));
    }
    println!("\n步骤 Steps");
    for s in &shown.steps {
        let field = |name: &str| s.step.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let act = title(desk.name(), "act", &field("act"));
        println!("  {}  {act}  {}  {}  叶 leaf {}  {}", s.n, field("by"), time(s.at), s.leaf, field("reason"));
    }
    println!("\n{}", CONSOLE.plain(if shown.logged { "proc.logged" } else { "proc.unlogged" }));
    println!("\n期限 Clocks");
    shown.clocks.iter().for_each(clock);
    println!("\n可以登记 What may follow");
    for act in &shown.next {
        println!("  {act}  {}", title(desk.name(), "act", act));
    }
    Ok(ExitCode::SUCCESS)
}

/// A value of a closed list by its title.
fn said(field: &str, value: &str) -> String {
    let name = format!("led.pick.{field}.{value}");
    if CONSOLE.has(&name) { CONSOLE.plain(&name) } else { value.to_owned() }
}

fn list(office: &Office, desk: &dyn Desk, json: bool) -> Result<ExitCode> {
    let rows = desk.list(office)?;
    if json {
        println!("{}", serde_json::to_string(&rows).map_err(|e| OfficeError::Settings(e.to_string()))?);
        return Ok(ExitCode::SUCCESS);
    }
    for r in &rows {
        let about = r.about.iter().take(2).map(|(_, v)| v.as_str()).collect::<Vec<_>>().join("  ");
        let due = r.due.as_ref().map_or_else(String::new, |d| format!("  {} {}", d.title.zh, d.until));
        println!("{}  {}  {}  {about}{due}", r.number, r.day, title(desk.name(), "stage", r.stage));
    }
    if rows.is_empty() {
        println!("台账中没有记录。 Nothing in this ledger.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Complaints.
pub(super) fn complaint(config: &Path, command: ComplaintCommand) -> Result<ExitCode> {
    match command {
        ComplaintCommand::Ledger(command) => run(config, "complaint", command),
        ComplaintCommand::Task { row, file, by } => {
            let office = open(config)?;
            let id = id_of::<Complaints>(&office, &row)?;
            let step = complaint::today(&office, complaint::Act::Closed, &by, "", "")?;
            let added = complaint::assign(&office, id, &text(&file)?, &step)?;
            println!("任务 task: {}", added.task.id);
            println!("已送 {} 台设备。 Sent to {} devices.", added.devices, added.devices);
            Ok(ExitCode::SUCCESS)
        }
        ComplaintCommand::Reporter { row, why, decided_by } => {
            let office = open(config)?;
            let id = id_of::<Complaints>(&office, &row)?;
            let step = complaint::today(&office, complaint::Act::ReporterOpened, &why.by, &decided_by, &why.reason)?;
            let who = complaint::open_reporter(&office, id, &step)?;
            println!("{}  {}  {}", who.name, who.phone, who.address);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Problems.
pub(super) fn problem(config: &Path, command: ProblemCommand) -> Result<ExitCode> {
    let json = match command {
        ProblemCommand::Ledger(command) => return run(config, "problem", command),
        ProblemCommand::Statistics { json } => json,
    };
    let office = open(config)?;
    let counts = problem::statistics(&office.store.read(ledger::all::<Problems>)?);
    let named = CLASSES.iter().copied().chain(["total"]).zip(counts);
    if json {
        let all: serde_json::Map<String, Value> = named.map(|(class, count)| (class.to_owned(), json!(count))).collect();
        println!("{}", Value::Object(all));
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "类别 class  发现问题数 found  整改问题数 corrected  处理人数 people  党纪政务处分人数 disciplined  健全制度数 institutions"
    );
    for (class, n) in named {
        let title = CONSOLE.plain(&format!("led.pick.class.{class}"));
        println!("{title}  {}  {}  {}  {}  {}", n.found, n.corrected, n.people, n.disciplined, n.institutions);
    }
    Ok(ExitCode::SUCCESS)
}

/// Report cards.
pub(super) fn report(config: &Path, command: ReportCommand) -> Result<ExitCode> {
    let folder = match command {
        ReportCommand::Ledger(command) => return run(config, "report", command),
        ReportCommand::Export { folder } => folder,
    };
    let tables = report::tables(&open(config)?)?;
    std::fs::create_dir(&folder).map_err(OfficeError::io(&folder))?;
    for table in tables {
        let files = [("csv", [b"\xef\xbb\xbf".to_vec(), table.csv()?].concat()), ("json", table.json().to_string().into_bytes())];
        for (kind, bytes) in files {
            let path = folder.join(format!("{}.{kind}", table.card));
            std::fs::write(&path, bytes).map_err(OfficeError::io(&path))?;
        }
        println!("{}  {}  ※示例 illustrative", CONSOLE.plain(&format!("led.pick.card.{}", table.card)), table.rows.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// Draws.
pub(super) fn draw(config: &Path, command: DrawCommand) -> Result<ExitCode> {
    let row = match &command {
        DrawCommand::Run { row, .. }
        | DrawCommand::Again { row }
        | DrawCommand::Tasks { row, .. }
        | DrawCommand::Publish { row, .. } => row.clone(),
        DrawCommand::Ledger(_) => String::new(),
    };
    if let DrawCommand::Ledger(command) = command {
        return run(config, "draw", command);
    }
    let office = open(config)?;
    let id = id_of::<Draws>(&office, &row)?;
    match command {
        DrawCommand::Ledger(_) => {}
        DrawCommand::Run { words, by, .. } => {
            draw::run(&office, id, &words, &by)?;
            return show(&office, desk("draw")?, &id.to_string(), false);
        }
        DrawCommand::Again { .. } => {
            let state = office.store.read(|c| ledger::by_id::<Draws>(c, id))?.state;
            let (code, said) = match draw::again(&state) {
                None => (ExitCode::from(2), "尚未抽取 not drawn yet"),
                Some(true) => (ExitCode::SUCCESS, "重抽结果一致 drawn again: the same"),
                Some(false) => (ExitCode::FAILURE, "重抽结果不一致 drawn again: not the same"),
            };
            println!("{said}");
            return Ok(code);
        }
        DrawCommand::Tasks { file, by, .. } => {
            for sent in draw::send(&office, id, &text(&file)?, &by)? {
                println!("{}  {}{}", sent.code, sent.task, sent.refused);
            }
        }
        DrawCommand::Publish { out, by, .. } => {
            let table = draw::publish(&office, id, &by)?;
            std::fs::write(&out, format!("\u{feff}{table}")).map_err(OfficeError::io(&out))?;
            println!("已制作 made: {}", out.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
