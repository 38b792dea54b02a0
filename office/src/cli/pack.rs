//! `mingzheng pack`: check, sign, show, compare, add.

use crate::error::{OfficeError, Result};
use crate::feed;
use crate::keys::{self, Keys};
use crate::office::{self, Office};
use crate::papers;
use crate::settings::Settings;
use crate::trial::{self, Cost, Outcome};
use crate::xlsform::{self, Put, Wishes};
use clap::{Args, Subcommand};
use mingzheng_core::document::Trial;
use mingzheng_core::id::hex;
use mingzheng_core::pack::author::{self, Problem};
use mingzheng_core::pack::{ChangeKind, FieldChange, Pack, describe, diff, signed};
use mingzheng_core::sign::Signer;
use mingzheng_core::trust::TrustList;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum PackCommand {
    /// 检查规则包文件夹：问题、位置、改法；并用刁难的事实试排各文书模板。 Check the folder of a pack; try its templates with hostile facts.
    Check {
        /// 文件夹。 The folder.
        folder: PathBuf,
        /// 不试排模板。 Do not try the templates.
        #[arg(long)]
        quick: bool,
        /// 字体所在文件夹。 Folder of the fonts.
        #[arg(long, value_name = "FOLDER")]
        fonts: Option<PathBuf>,
        /// 每个模板试排合计最多用多少处理器秒。 Processor seconds that all trials of one template may take.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// 只试排这些文书。 Try only these forms.
        #[arg(long = "form", value_name = "ID")]
        only: Vec<String>,
        /// 把每次试排的耗费写入 CSV。 Write what each trial cost as CSV.
        #[arg(long, value_name = "FILE")]
        costs: Option<PathBuf>,
    },
    /// 在本进程中试排一个模板。 Try one template in this process.
    #[command(hide = true)]
    TryForm {
        folder: PathBuf,
        form: String,
        #[arg(long)]
        fonts: PathBuf,
    },
    /// 用本机关的两把规则包密钥签名。 Sign with the office's two pack keys.
    Sign {
        /// 文件夹。 The folder.
        folder: PathBuf,
        /// 签名后的文件。 The signed file.
        #[arg(long)]
        out: PathBuf,
    },
    /// 显示规则包（文件夹或已签名文件）。 Show a pack, a folder or a signed file.
    Show {
        /// 文件夹或文件。 Folder or file.
        pack: PathBuf,
    },
    /// 两个规则包的差别：对执法人员意味着什么改变。 What changes for an officer from one pack to another.
    Diff {
        /// 旧的：文件夹或已签名文件。 The older one, a folder or a signed file.
        before: PathBuf,
        /// 新的：文件夹或已签名文件。 The newer one, a folder or a signed file.
        after: PathBuf,
    },
    /// 把 XLSForm 工作簿（ODK）导入为检查表。 Import a workbook of XLSForm as a checklist.
    ImportXlsform(ImportArgs),
    /// 把一张检查表导出为 XLSForm 工作簿。 Export a checklist as a workbook of XLSForm.
    ExportXlsform {
        /// 文件夹或已签名文件。 The pack, a folder or a signed file.
        pack: PathBuf,
        /// 检查表的标识。 Id of the checklist.
        checklist: String,
        /// 新的工作簿。 The new workbook.
        out: PathBuf,
    },
    /// 载入已签名的规则包并送达各设备。 Load a signed pack and send it to the devices.
    Add {
        /// 已签名的文件。 The signed file.
        file: PathBuf,
    },
}

#[derive(Args)]
pub(super) struct ImportArgs {
    /// 工作簿（.xlsx）。 The workbook.
    file: PathBuf,
    /// 规则包文件夹。 Folder of the pack.
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// 略去检查表没有的：题型、列名、settings.项、choices.列；可以写几个，用逗号隔开。 Leave out what checklists do not have, by the word of the refusal.
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    skip: Vec<String>,
    /// 检查表标识，代替 form_id。 Id of the checklist, instead of form_id.
    #[arg(long)]
    id: Option<String>,
    /// 中文标题，代替 form_title。 Chinese title, instead of form_title.
    #[arg(long)]
    title_zh: Option<String>,
    /// 英文标题。 English title.
    #[arg(long)]
    title_en: Option<String>,
    /// 执法主体，用于未写的各行。 Subject of rows without their own.
    #[arg(long)]
    subject: Option<String>,
    /// 依据，用于未写的各行。 Basis of rows without their own.
    #[arg(long, value_name = "SOURCE ARTICLE")]
    basis: Option<String>,
    /// 替换规则包中同标识检查表的各行。 Exchange the rows of the checklist with this id.
    #[arg(long)]
    replace: bool,
}

/// Runs a command.
pub(super) fn run(config: &Path, command: PackCommand) -> Result<ExitCode> {
    match command {
        PackCommand::Check { folder, quick, fonts, seconds, only, costs } => {
            check(&folder, quick, fonts, seconds, &only, costs.as_deref())
        }
        PackCommand::TryForm { folder, form, fonts } => {
            let pack = match author::compile(&folder) {
                Ok(pack) => pack,
                Err(problems) => return Ok(refused(&problems)),
            };
            trial::inside(&pack, &folder, &form, &papers::fonts(&fonts)?)?;
            Ok(ExitCode::SUCCESS)
        }
        PackCommand::Sign { folder, out } => sign(config, &folder, &out),
        PackCommand::Show { pack } => show(config, &pack),
        PackCommand::Diff { before, after } => compare(config, &before, &after),
        PackCommand::ImportXlsform(args) => import(args),
        PackCommand::ExportXlsform { pack, checklist, out } => {
            let Some(pack) = read(config, &pack)? else { return Ok(ExitCode::FAILURE) };
            let found = pack.checklists.iter().find(|list| list.id == checklist).ok_or(OfficeError::NotFound("checklist"))?;
            std::fs::write(&out, xlsform::export(&pack, found)?).map_err(OfficeError::io(&out))?;
            println!("已导出 exported: {}@{}#{checklist} → {}", pack.id, pack.version, out.display());
            Ok(ExitCode::SUCCESS)
        }
        PackCommand::Add { file } => {
            let office = Office::open(Settings::load(config)?)?;
            let bytes = std::fs::read(&file).map_err(OfficeError::io(&file))?;
            let (pack, devices) = feed::add_pack(&office, &bytes)?;
            println!(
                "已载入 {}@{}，送 {devices} 台设备。 Loaded and sent to {devices} devices.",
                pack.pack().id,
                pack.pack().version
            );
            println!("摘要 digest: {}", hex(&pack.digest()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(
    folder: &Path,
    quick: bool,
    fonts: Option<PathBuf>,
    seconds: u32,
    only: &[String],
    costs: Option<&Path>,
) -> Result<ExitCode> {
    let pack = match author::check(folder) {
        Ok(pack) => pack,
        Err(problems) => return Ok(refused(&problems)),
    };
    let fonts = fonts.unwrap_or_else(|| Settings::default().font_dir);
    if let Some(unknown) = only.iter().find(|id| pack.form(id).is_none()) {
        return Err(OfficeError::Settings(format!("没有文书 no form {unknown}")));
    }
    let wanted = pack.forms.iter().filter(|form| only.is_empty() || only.contains(&form.id));
    let (tried, untried): (Vec<_>, Vec<_>) = wanted.partition(|form| trial::has_example(folder, form));
    let mut problems = Vec::new();
    if quick {
        println!("未试排模板。 The templates were not tried.");
    } else if papers::fonts(&fonts).is_err() {
        println!("没有字体，未试排模板：{}。 No fonts, the templates were not tried.", fonts.display());
    } else {
        let mut table = "form,trial,ms,pdf_bytes,memory_kib\n".to_owned();
        for (form, outcomes) in tried.iter().zip(trial::all(folder, &tried, &fonts, seconds)?) {
            let mut passed = Vec::new();
            for (trial, outcome) in outcomes {
                match outcome {
                    Outcome::Failed(problem) => problems.push(problem),
                    Outcome::Passed(cost) => passed.push((trial, cost)),
                }
            }
            println!("{}", told(&form.id, &passed));
            for (trial, cost) in passed {
                let figure = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
                let bytes = figure(cost.bytes.and_then(|n| u64::try_from(n).ok()));
                table.push_str(&format!("{},{},{},{bytes},{}\n", form.id, trial.name(), cost.ms, figure(cost.memory_kib)));
            }
        }
        if let Some(file) = costs {
            std::fs::write(file, table).map_err(OfficeError::io(file))?;
        }
        if !untried.is_empty() {
            let names: Vec<_> = untried.iter().map(|form| form.id.as_str()).collect();
            println!("没有示例事实，未试排： No example facts, not tried: {}", names.join(" "));
        }
    }
    if !problems.is_empty() {
        return Ok(refused(&problems));
    }
    println!("无问题 no problems: {}@{} {}", pack.id, pack.version, pack.title.zh);
    Ok(ExitCode::SUCCESS)
}

/// One form's line: each trial with its time, then the largest PDF and the memory.
fn told(form: &str, passed: &[(Trial, Cost)]) -> String {
    let each = passed.iter().map(|(trial, cost)| {
        let (zh, en) = trial.word();
        match cost.bytes {
            Some(_) => format!("{zh} {en}：{} ms", cost.ms),
            None => format!("{zh} {en}：字体没有的字符，已指名拒绝 refused by name"),
        }
    });
    let each: Vec<_> = each.collect();
    let bytes = passed.iter().filter_map(|(_, cost)| cost.bytes).max().unwrap_or(0);
    let memory = passed.iter().filter_map(|(_, cost)| cost.memory_kib).max();
    let memory = memory.map_or_else(String::new, |kib| format!("，{} MiB", kib >> 10));
    format!("试排 {form}　{}；PDF {} KiB{memory}", each.join("；"), bytes.div_ceil(1024))
}

fn import(args: ImportArgs) -> Result<ExitCode> {
    let ImportArgs { file, into, skip, id, title_zh, title_en, subject, basis, replace } = args;
    let wishes = Wishes { skip: skip.into_iter().collect(), id, title_zh, title_en, subject, basis };
    let read = xlsform::import(&xlsform::bytes(&file)?, &wishes)?;
    let refusals = read.remarks.iter().filter(|remark| remark.said.refuses()).count();
    for remark in &read.remarks {
        if remark.said.refuses() {
            eprintln!("{remark}");
        } else {
            println!("{remark}");
        }
    }
    if refusals > 0 {
        eprintln!("{refusals} 处不能导入，未写入任何内容。 {refusals} places cannot be imported; nothing was written.");
        return Ok(ExitCode::FAILURE);
    }
    match xlsform::put(&into, &read, replace)? {
        Put::Written { file, title_stays } => {
            if title_stays {
                println!("标题仍为 pack.toml 中的。 The title in pack.toml stays.");
            }
            println!("已导入 imported: {} → {file}，{} 项 items", read.id, read.len());
            Ok(ExitCode::SUCCESS)
        }
        Put::Refused(problems) => {
            for (problem, row) in &problems {
                let row = row.map_or_else(String::new, |row| format!("survey!{row} → "));
                eprintln!("{row}{problem}");
            }
            eprintln!("{} 个问题，未写入任何内容 problems; nothing was written", problems.len());
            Ok(ExitCode::FAILURE)
        }
    }
}

fn refused(problems: &[Problem]) -> ExitCode {
    for p in problems {
        eprintln!("{p}");
    }
    eprintln!("{} 个问题 problems", problems.len());
    ExitCode::FAILURE
}

fn sign(config: &Path, folder: &Path, out: &Path) -> Result<ExitCode> {
    let pack: Pack = match author::check(folder) {
        Ok(pack) => pack,
        Err(problems) => return Ok(refused(&problems)),
    };
    let keys = Keys::load(&Settings::load(config)?.data.join(keys::FILE))?;
    let signers: Vec<&dyn Signer> = keys.pack_signers().into_iter().map(|k| k as &dyn Signer).collect();
    std::fs::write(out, signed::sign(&pack, &signers)?).map_err(OfficeError::io(out))?;
    println!("已签名 signed: {}@{} → {}", pack.id, pack.version, out.display());
    Ok(ExitCode::SUCCESS)
}

/// A pack from a folder or a signed file; `None` when the folder's problems were told.
fn read(config: &Path, path: &Path) -> Result<Option<Pack>> {
    if path.is_dir() {
        return Ok(author::compile(path).map_err(|problems| refused(&problems)).ok());
    }
    Ok(Some(open(config, path)?.pack().clone()))
}

fn open(config: &Path, path: &Path) -> Result<signed::VerifiedPack> {
    let bytes = std::fs::read(path).map_err(OfficeError::io(path))?;
    let trust = Settings::load(config)?.data.join(keys::TRUST_FILE);
    let trust = std::fs::read(&trust).map_err(OfficeError::io(&trust))?;
    Ok(signed::open_any_day(&bytes, &TrustList::open_self_signed(&trust)?, office::now())?)
}

fn compare(config: &Path, before: &Path, after: &Path) -> Result<ExitCode> {
    let (Some(before), Some(after)) = (read(config, before)?, read(config, after)?) else {
        return Ok(ExitCode::FAILURE);
    };
    println!("{}@{} → {}@{}", before.id, before.version, after.id, after.version);
    let changes = diff(&before, &after)?;
    let (mut added, mut removed) = (0, 0);
    for change in &changes {
        let table = change.table_word();
        let title = &change.title;
        let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        let name = format!("{} {}　{} {} {}", table.zh, table.en, change.row, first(&title.zh), first(&title.en));
        match &change.kind {
            ChangeKind::Added => {
                added += 1;
                println!("\n增加 added　　{}", name.trim_end());
            }
            ChangeKind::Removed => {
                removed += 1;
                println!("\n删去 removed　{}", name.trim_end());
            }
            ChangeKind::Changed(fields) => {
                println!("\n改动 changed　{}", name.trim_end());
                for field in fields {
                    tell(field);
                }
            }
        }
    }
    let changed = changes.len() - added - removed;
    println!("\n增加 added {added}，删去 removed {removed}，改动 changed {changed}");
    Ok(ExitCode::SUCCESS)
}

fn tell(field: &FieldChange) {
    let word = field.word();
    let (before, after) = field.excerpt(20);
    println!("  {} {}", word.zh, word.en);
    for (sign, side) in [("-", before), ("+", after)] {
        for line in side.iter().flat_map(|text| text.lines()) {
            println!("    {sign} {line}");
        }
    }
}

fn show(config: &Path, path: &Path) -> Result<ExitCode> {
    if path.is_dir() {
        return match author::compile(path) {
            Ok(pack) => {
                print!("{}", describe(&pack));
                Ok(ExitCode::SUCCESS)
            }
            Err(problems) => Ok(refused(&problems)),
        };
    }
    let pack = open(config, path)?;
    print!("{}", describe(pack.pack()));
    println!("\n摘要 digest: {}", hex(&pack.digest()));
    for s in pack.signers() {
        println!("签名 signed by: {} · {}", s.organ, s.name);
    }
    Ok(ExitCode::SUCCESS)
}
