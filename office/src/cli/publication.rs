//! `mingzheng publication`: 公示 of decisions.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::procedure::{self, Procedure};
use crate::publication::{self, ahead, draft, example, from_name, name, work};
use crate::published::time;
use crate::register;
use crate::settings::Settings;
use crate::text::CONSOLE;
use clap::Subcommand;
use mingzheng_core::id::Id;
use mingzheng_core::publication::{Node, Step};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum PublicationCommand {
    /// 待办：各决定的公示状态、期限、逾期。 Work list: state, term, what is overdue.
    List {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 一案的公示：内容和各步骤。 One publication: its text and its steps.
    Show {
        /// 案号或标识。 The case.
        case: String,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 登记一步：起草、审核、发布、不予公示、异议、核查、撤回。 Record a step.
    Step {
        /// 案号或标识。 The case.
        case: String,
        /// JSON 文件。 The file.
        #[arg(required_unless_present = "example")]
        file: Option<PathBuf>,
        /// 只打印此步骤的样例；起草的内容由案件带入并遮蔽。 Only print an example; a draft comes from the case, masked.
        #[arg(long, value_name = "NODE")]
        example: Option<String>,
        /// 机器可读：被拒时列出全部关口。 Machine-readable: all gates when refused.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Path, command: PublicationCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        PublicationCommand::List { json } => list(&office, json),
        PublicationCommand::Show { case, json } => show(&office, &find(&office, &case)?, json),
        PublicationCommand::Step { case, example: Some(node), .. } => {
            let node = from_name(&node).ok_or_else(|| {
                let all: Vec<String> = Node::ALL.into_iter().map(name).collect();
                OfficeError::Settings(format!("{node}：没有此步骤 no such step; there are: {}", all.join(" ")))
            })?;
            let p = find(&office, &case)?;
            let step = example(node, register::today(&office)?, draft(&office, &p));
            println!("{}", serde_json::to_string_pretty(&step).map_err(|e| OfficeError::Settings(e.to_string()))?);
            Ok(ExitCode::SUCCESS)
        }
        PublicationCommand::Step { case, file, json, .. } => {
            let file = file.ok_or(OfficeError::NotFound("file"))?;
            let p = find(&office, &case)?;
            match publication::record(&office, p.id, &read(&file)?) {
                Err(OfficeError::Procedure(closed)) if json => {
                    println!("{}", json!({ "gates": closed.0 }));
                    Ok(ExitCode::FAILURE)
                }
                Err(e) => Err(e),
                Ok(()) if json => show(&office, &find(&office, &case)?, true),
                Ok(()) => {
                    let p = find(&office, &case)?;
                    println!("已登记 recorded: {}  {}", p.number, state(&p));
                    Ok(ExitCode::SUCCESS)
                }
            }
        }
    }
}

fn find(office: &Office, text: &str) -> Result<Procedure> {
    office.store.read(|c| match (procedure::by_number(c, text)?, Id::from_hex(text)) {
        (Some(p), _) => Ok(p),
        (None, Some(id)) => procedure::by_id(c, id),
        (None, None) => Err(OfficeError::NotFound("procedure")),
    })
}

fn read(file: &Path) -> Result<Step> {
    let text = std::fs::read_to_string(file).map_err(OfficeError::io(file))?;
    serde_json::from_str(&text).map_err(|e| OfficeError::Settings(format!("{}: {e}", file.display())))
}

fn state(p: &Procedure) -> String {
    let state = publication::State::of(&p.publication);
    let name = serde_json::to_value(state).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    CONSOLE.plain(&format!("pub.state.{name}"))
}

fn list(office: &Office, json: bool) -> Result<ExitCode> {
    let rows = work(office)?;
    if json {
        let one = |r: &publication::Row| {
            let due = r.due.as_ref().map(|d| json!({"id": d.id, "raw": d.raw, "state": d.state, "mark": d.mark}));
            json!({"id": r.case.id.to_string(), "number": r.case.number, "state": r.state, "due": due})
        };
        println!("{}", Value::Array(rows.iter().map(one).collect()));
        return Ok(ExitCode::SUCCESS);
    }
    for r in &rows {
        let due = r.due.as_ref().map_or_else(String::new, |d| {
            let mark = d.mark.as_ref().map_or_else(String::new, |m| format!(" {} {}", m.zh, m.en));
            format!("  {} {}{mark}", d.title.zh, d.raw)
        });
        println!("{}  {}  {}{due}", r.case.number, r.case.case.party.name, state(&r.case));
    }
    if rows.is_empty() {
        println!("没有处罚决定。 No decisions.");
    }
    Ok(ExitCode::SUCCESS)
}

fn show(office: &Office, p: &Procedure, json: bool) -> Result<ExitCode> {
    let steps = office.store.read(|c| publication::of(c, p.id))?;
    let logged = office.store.read(|c| procedure::is_logged(office, c, p.id))?;
    let text = p.publication.draft.as_ref().map(|(draft, _)| draft);
    if json {
        let all: Vec<Value> = steps.iter().map(|k| json!({"at": k.at, "leaf": k.leaf, "step": k.step})).collect();
        let state = publication::State::of(&p.publication);
        println!(
            "{}",
            json!({"number": p.number, "state": state, "draft": text, "steps": all, "next": ahead(&p.publication), "logged": logged})
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}  {}", p.number, state(p));
    if let Some(d) = text {
        println!(
            "  {}\n  {} {}\n  {}\n  {}\n  {}",
            d.number,
            d.party,
            d.code.as_deref().unwrap_or_default(),
            d.facts,
            d.basis,
            d.content
        );
    }
    for k in &steps {
        let title = CONSOLE.plain(&format!("pub.node.{}", name(k.step.act.node())));
        println!("  {}  {title}  {}  {}  {}  叶 leaf {}", k.step.day, k.step.by.name, k.step.reason, time(k.at), k.leaf);
    }
    println!("{}", if logged { CONSOLE.plain("proc.logged") } else { CONSOLE.plain("proc.unlogged") });
    Ok(ExitCode::SUCCESS)
}
