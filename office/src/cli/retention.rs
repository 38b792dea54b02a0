//! `mingzheng retention`: what is due, holds, promotion, and destruction by two persons.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::published::time;
use crate::retention::rule::{Standing, What};
use crate::retention::{self, Act, Step};
use crate::settings::Settings;
use clap::{Args, Subcommand};
use mingzheng_core::id::{hex, sha256};
use mingzheng_core::log::Destruction;
use mingzheng_core::procedure::Actor;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Who acts, and why.
#[derive(Args)]
pub(super) struct Who {
    /// 经办人姓名。 Who acts.
    #[arg(long)]
    by: String,
    /// 执法证号或工号。 The person's number.
    #[arg(long)]
    number: String,
    /// 理由。 Why.
    #[arg(long)]
    reason: String,
}

#[derive(Subcommand)]
pub(super) enum RetentionCommand {
    /// 到期的文件，以及到期但被保全的。 Files whose period has ended, also those that a hold keeps.
    Due {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 一次检查的文件各保存到何时，为什么。 How long each file of an inspection is kept, and why.
    Of {
        /// 检查的标识。 The inspection.
        inspection: String,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 保全、清单和证明。 Holds, lists and certificates.
    List {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 保全：解除之前，其下的一切不得销毁。 Place a hold: nothing below it is destroyed until it is lifted.
    Hold {
        /// 案号、检查、案件或文件的标识。 A case, an inspection or a file.
        what: String,
        /// 法律依据或来函。 The law or letter.
        #[arg(long)]
        basis: String,
        #[command(flatten)]
        who: Who,
    },
    /// 解除保全。 Lift a hold.
    Lift {
        /// 保全编号。 Its number.
        hold: u64,
        #[command(flatten)]
        who: Who,
    },
    /// 把日常音像转入案件，按案卷保存；不能撤销。 Promote daily footage into a case: kept as its file from now on, for good.
    Promote {
        /// 检查或文件的标识。 An inspection or a file.
        what: String,
        /// 案号。 The case.
        case: String,
        #[command(flatten)]
        who: Who,
    },
    /// 提出销毁清单；不写文件时列入全部到期的（一份最多五百个）。 Propose to destroy; without files all that is due, at most 500 in a list.
    Propose {
        /// 文件。 Sealed files.
        files: Vec<String>,
        /// 依据。 The rule.
        #[arg(long)]
        basis: String,
        #[command(flatten)]
        who: Who,
    },
    /// 批准销毁清单；须由另一人。 Approve a list; by somebody else.
    Approve {
        /// 清单编号。 Its number.
        proposal: u64,
        #[command(flatten)]
        who: Who,
    },
    /// 退回销毁清单。 Reject a list.
    Reject {
        /// 清单编号。 Its number.
        proposal: u64,
        #[command(flatten)]
        who: Who,
    },
    /// 执行已批准的销毁，出具证明；中断后再次执行即可。不可恢复。 Carry out an approved list and make the certificate; may be run again. Irreversible.
    Run {
        /// 清单编号。 Its number.
        proposal: u64,
    },
    /// 把销毁证明写成文件：签名文件，或加 --pdf 印成一页。 Write a certificate of destruction: what is signed, or with --pdf as a page.
    Certificate {
        /// 编号，如 毁〔2026〕1号。 Its number.
        number: String,
        /// 新文件。 The new file.
        #[arg(long)]
        out: PathBuf,
        /// PDF/A；需要设置 font_dir。 As PDF/A; needs fonts.
        #[arg(long)]
        pdf: bool,
    },
}

pub(super) fn run(config: &Path, command: RetentionCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        RetentionCommand::Due { json } => {
            let (acts, files) = retention::due(&office)?;
            if json {
                println!("{}", Value::Array(files.iter().map(file).collect()));
            } else {
                for f in &files {
                    println!("{}  {}", hex(&f.sealed), words(&f.standing, f.word));
                }
                if files.is_empty() {
                    println!("没有到期的文件。 Nothing is due.");
                }
                println!("生效的保全 holds that stand: {}", acts.standing().count());
            }
        }
        RetentionCommand::Of { inspection, json } => {
            let what = retention::named(&office, &inspection)?;
            let id = retention::inspection(&what).ok_or(OfficeError::NotFound("inspection"))?;
            let files = retention::of_inspection(&office, id)?;
            if json {
                println!("{}", Value::Array(files.iter().map(file).collect()));
            } else {
                for f in &files {
                    println!("{}  {}", hex(&f.sealed), words(&f.standing, f.word));
                }
            }
        }
        RetentionCommand::List { json } => list(&office, json)?,
        RetentionCommand::Hold { what, basis, who } => {
            let what = retention::named(&office, &what)?;
            let n = retention::record(&office, &step(Act::Held { what, basis }, who))?;
            println!("已保全 hold {n}: {}", retention::title(&office, &what)?);
        }
        RetentionCommand::Lift { hold, who } => {
            retention::record(&office, &step(Act::Lifted { hold }, who))?;
            println!("已解除 lifted: {hold}");
        }
        RetentionCommand::Promote { what, case, who } => {
            let what = retention::named(&office, &what)?;
            let What::Case(id) = retention::named(&office, &case)? else { return Err(OfficeError::NotFound("case")) };
            let n = retention::record(&office, &step(Act::Promoted { what, case: id.to_string() }, who))?;
            println!("已转入 promoted {n}: {} → {case}", retention::title(&office, &what)?);
        }
        RetentionCommand::Propose { files, basis, who } => {
            let files = if files.is_empty() { all_due(&office)? } else { files };
            let count = files.len();
            let n = retention::record(&office, &step(Act::Proposed { files, basis }, who))?;
            println!("已提出清单 list {n}: {count} 个文件 files");
        }
        RetentionCommand::Approve { proposal, who } => {
            retention::record(&office, &step(Act::Approved { proposal }, who))?;
            println!("已批准 approved: {proposal}；执行 carry it out: mingzheng retention run {proposal}");
        }
        RetentionCommand::Reject { proposal, who } => {
            retention::record(&office, &step(Act::Rejected { proposal }, who))?;
            println!("已退回 rejected: {proposal}");
        }
        RetentionCommand::Run { proposal } => {
            let done = retention::run(&office, proposal)?;
            for kept in &done.kept {
                println!("保留（已不到期）stays: {}", hex(kept));
            }
            match done.certificate {
                Some(c) => println!("已销毁 destroyed: {}  销毁证明 certificate: {}", c.content.files.len(), c.content.number),
                None => println!("没有销毁任何文件。 Nothing was destroyed."),
            }
        }
        RetentionCommand::Certificate { number, out, pdf } => {
            let c = retention::certificate(&office, &number)?;
            let bytes = if pdf { crate::papers::destruction(&office, &c)? } else { c.bytes };
            std::fs::write(&out, &bytes).map_err(OfficeError::io(&out))?;
            println!("{}  SHA-256 {}", out.display(), hex(&sha256(&bytes)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn step(act: Act, who: Who) -> Step {
    Step { act, by: Actor { name: who.by, number: who.number }, reason: who.reason }
}

fn all_due(office: &Office) -> Result<Vec<String>> {
    let (_, files) = retention::due(office)?;
    Ok(files.iter().filter(|f| f.word == "due").take(Destruction::MOST).map(|f| hex(&f.sealed)).collect())
}

fn file(f: &retention::File) -> Value {
    let texts = |ids: &std::collections::BTreeSet<_>| ids.iter().map(ToString::to_string).collect::<Vec<String>>();
    json!({
        "file": hex(&f.sealed), "length": f.length, "received": f.received, "until": f.standing.until, "state": f.word,
        "never": f.standing.never, "holds": f.standing.holds, "of_case": f.standing.of_case,
        "inspections": texts(&f.inspections), "cases": texts(&f.cases),
    })
}

fn words(s: &Standing, word: &str) -> String {
    let until = s.until.map_or_else(String::new, |day| format!("  {day}"));
    let never: Vec<String> = s.never.iter().map(|n| text(&format!("keep.never.{}", n.name()))).collect();
    let holds: Vec<String> = s.holds.iter().map(|n| format!("保全 hold {n}")).collect();
    let why = [never, holds].concat().join("、");
    format!("{}{until}  {why}", text(&format!("keep.{word}"))).trim_end().to_owned()
}

fn text(name: &str) -> String {
    crate::text::CONSOLE.plain(name)
}

fn list(office: &Office, as_json: bool) -> Result<()> {
    let (acts, certificates, logged) = office
        .store
        .read(|c| Ok((retention::acts(c)?, retention::certificates(office, c)?, retention::is_logged(office, c)?)))?;
    if as_json {
        let holds = acts.holds.iter().map(|h| {
            json!({"hold": h.n, "what": h.what, "basis": h.basis, "by": h.placed.step.by, "reason": h.placed.step.reason,
                   "at": h.placed.at, "lifted": h.lifted.as_ref().map(|l| json!({"by": l.step.by, "reason": l.step.reason, "at": l.at}))})
        });
        let lists = acts.proposals.iter().map(|p| {
            json!({"list": p.n, "state": p.word(), "files": p.files.iter().map(|f| hex(f)).collect::<Vec<_>>(), "by": p.proposed.step.by,
                   "basis": p.basis, "answered": p.answered.as_ref().map(|a| &a.step.by)})
        });
        let papers = certificates.iter().map(|c| {
            json!({"number": c.content.number, "list": c.proposal, "leaf": c.leaf, "at": c.content.at,
                   "files": c.content.files.iter().map(|f| hex(&f.sealed)).collect::<Vec<_>>()})
        });
        let (holds, lists, papers): (Vec<_>, Vec<_>, Vec<_>) = (holds.collect(), lists.collect(), papers.collect());
        println!("{}", json!({"holds": holds, "lists": lists, "certificates": papers, "logged": logged}));
        return Ok(());
    }
    for h in &acts.holds {
        let lifted = h.lifted.as_ref().map_or_else(String::new, |l| format!("  已解除 lifted {} {}", time(l.at), l.step.by.name));
        let what = retention::title(office, &h.what)?;
        println!("保全 hold {}  {what}  {}  {}  {}{lifted}", h.n, h.basis, h.placed.step.by.name, time(h.placed.at));
    }
    for p in &acts.proposals {
        let state = text(&format!("keep.list.{}", p.word()));
        println!("清单 list {}  {state}  {} 个文件 files  {}", p.n, p.files.len(), p.proposed.step.by.name);
    }
    for c in &certificates {
        println!("销毁证明 certificate {}  {} 个文件 files  {}", c.content.number, c.content.files.len(), time(c.content.at));
    }
    println!("{}", text(if logged { "keep.logged" } else { "keep.unlogged" }));
    Ok(())
}
