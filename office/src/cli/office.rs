//! Commands that work on the office's folder. They may run beside the server: both use short transactions on one database.

use crate::enrol::{self, Invitee, Said, Who};
use crate::error::{OfficeError, Result};
use crate::export::{self, Form};
use crate::keys::Threshold;
use crate::office::{self, Office};
use crate::register::{self, frequency};
use crate::rights;
use crate::settings::{self, LogFormat, Settings};
use crate::{access, cases, console, feed, keys, presence, serve as server};
use clap::Args;
use mingzheng_core::calendar::Day;
use mingzheng_core::enrolment::Role;
use mingzheng_core::id::Id;
use mingzheng_core::inspection::fold;
use mingzheng_core::log::Act;
use qrcode::{EcLevel, QrCode, render::unicode};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

fn open(config: &Path) -> Result<Office> {
    Office::open(Settings::load(config)?)
}

/// Makes an organ; with one root, a practice organ.
pub(super) fn init(organ: &str, roots: Threshold, folder: &Path) -> Result<ExitCode> {
    if folder.join(settings::FILE).exists() {
        return Err(OfficeError::Settings(format!("{}：已有机关 there is an office already", folder.display())));
    }
    std::fs::create_dir_all(folder).map_err(OfficeError::io(folder))?;
    // What a new file system begins with is no content.
    let mut there = std::fs::read_dir(folder).map_err(OfficeError::io(folder))?;
    if there.any(|entry| entry.is_ok_and(|e| e.file_name() != "lost+found")) {
        return Err(OfficeError::Settings(format!(
            "{}：目录不为空，请另选新目录 the folder is not empty; choose a new one",
            folder.display()
        )));
    }
    let list = keys::make(folder, organ, roots, office::now())?;
    let file = folder.join(settings::FILE);
    // Tables (periods of the register, limits of uploads) come last and as comments: a line that somebody adds below them is not theirs.
    let shown = Settings::default().show()?;
    let (general, tables) = shown.split_at(shown.find("\n[").unwrap_or(shown.len()));
    let (mut table, mut periods) = ("", String::new());
    for line in tables.lines().filter(|l| !l.is_empty()) {
        match line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            Some(name) => table = name,
            None => periods.push_str(&format!("# {table}.{line}\n")),
        }
    }
    let text = format!(
        "# 明证机关设置；每项也可用环境变量 MINGZHENG_… 设置。 Settings; each also from the environment.\n{general}\n\
         # 证件名册的各项期限、上传的限额，去掉 # 即可修改。 Periods of the register of officers, limits of uploads; remove the # to change one.\n{periods}"
    );
    std::fs::write(&file, text).map_err(OfficeError::io(&file))?;
    drop(open(&file)?);
    println!("机关 organ: {organ}");
    println!("根指纹 root fingerprint: {} ({}/{})", list.roots.fingerprint()?, list.roots.k, list.roots.keys.len());
    println!("设置 settings: {}", file.display());
    println!(
        "请将 {} 移到离线介质保管。 Move the folder offline/ to a medium that is kept offline.",
        folder.join("offline").display()
    );
    println!("下一步 next: mingzheng --config {} serve", file.display());
    Ok(ExitCode::SUCCESS)
}

/// Runs the server until SIGINT or SIGTERM.
pub(super) fn serve(config: &Path, show_config: bool, port: Option<u16>) -> Result<ExitCode> {
    let mut settings = Settings::load(config)?;
    if let Some(port) = port {
        settings.listen.set_port(port);
    }
    if show_config {
        print!("{}", settings.show()?);
        return Ok(ExitCode::SUCCESS);
    }
    server::journal::begin(&settings)?;
    let office = Arc::new(Office::open(settings)?);
    let runtime = tokio::runtime::Runtime::new().map_err(OfficeError::io(Path::new("runtime")))?;
    runtime.block_on(async {
        let listening = server::listen(Arc::clone(&office)).await?;
        let metrics = listening.metrics.map(|m| format!("http://{m}/metrics"));
        if office.settings.log_format == LogFormat::Json {
            // Whoever reads the journal is not thereby the office: no link to the console.
            let (organ, root) = (&office.trust.organ, office.fingerprint()?);
            tracing::info!(%organ, %root, address = office.settings.address(listening.address), metrics, "the office serves");
            return listening.run(stopped()).await;
        }
        println!("机关 organ: {}", office.trust.organ);
        println!("根指纹 root fingerprint: {}", office.fingerprint()?);
        println!("地址 address: {}", office.settings.address(listening.address));
        println!("验证页 badge page: {}/b", office.settings.here(listening.address));
        if let Some(metrics) = metrics {
            println!("指标 metrics: {metrics}");
        }
        if office.settings.console {
            println!("工作台（一次性链接） console (one-time link): {}", console::link(&office, listening.address)?);
        }
        listening.run(stopped()).await
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        }
        Err(_) => _ = tokio::signal::ctrl_c().await,
    }
}

/// Prints a one-time link.
pub(super) fn link(config: &Path) -> Result<ExitCode> {
    let office = open(config)?;
    println!("{}", console::link(&office, office.real_address())?);
    Ok(ExitCode::SUCCESS)
}

/// Who is enrolled.
#[derive(Args)]
pub(super) struct EnrollArgs {
    /// 已登记人员的编号；不写则新建。 Id of a known person; without it a new one is made.
    #[arg(long, value_name = "HEX")]
    person: Option<String>,
    /// 姓名；名册中已有的执法人员可不写。 Name; not needed for an officer whom the register knows.
    #[arg(long, required_if_eq("role", "assistant"))]
    name: Option<String>,
    /// 身份 officer 执法人员 / assistant 协助人员。 Role.
    #[arg(long, default_value = "officer", value_parser = ["officer", "assistant"])]
    role: String,
    /// 单位；以下各项用于承接名册中没有的既有证件。 Unit; this and what follows takes over a certificate that the register does not know.
    #[arg(long)]
    unit: Option<String>,
    /// 职务。 Position.
    #[arg(long)]
    position: Option<String>,
    /// 证件编号。 Number of the certificate.
    #[arg(long, required_if_eq("role", "officer"))]
    number: Option<String>,
    /// 执法类别。 Category.
    #[arg(long)]
    category: Option<String>,
    /// 执法区域。 Area.
    #[arg(long)]
    area: Option<String>,
    /// 证件有效期，YYYY-MM-DD。 Last valid day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<String>,
    /// 机器可读。 Machine-readable.
    #[arg(long)]
    json: bool,
}

/// Invites a device.
pub(super) fn enroll(config: &Path, args: EnrollArgs) -> Result<ExitCode> {
    let office = open(config)?;
    let EnrollArgs { unit, position, number, category, area, .. } = args;
    let said = Said { unit, position, category, area, until: args.until.as_deref().map(day).transpose()? };
    let who = match (Role::from_name(&args.role), number) {
        (Some(Role::Officer), Some(number)) => Who::Officer { number, said: Box::new(said) },
        (Some(Role::Assistant), None) => Who::Assistant,
        _ => {
            return Err(OfficeError::Settings(
                "执法人员须有证件，协助人员不得有 an officer needs a certificate, an assistant has none".into(),
            ));
        }
    };
    let person = args.person.as_deref().map(hex_id).transpose()?;
    let address = office.settings.address(office.real_address());
    let invited = enrol::invite(&office, &Invitee { person, name: args.name, who }, &address)?;
    if args.json {
        println!(
            "{}",
            serde_json::json!({"person": invited.person.to_string(), "invitation": invited.text, "expires": invited.expires})
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("人员 person: {}", invited.person);
    if let Ok(qr) = QrCode::with_error_correction_level(&invited.text, EcLevel::M) {
        println!(
            "{}",
            qr.render::<unicode::Dense1x2>().dark_color(unicode::Dense1x2::Light).light_color(unicode::Dense1x2::Dark).build()
        );
    }
    println!("{}", invited.text);
    println!("用手机扫上面的二维码；十分钟内有效，只能用一次。 Scan it with the phone; valid for ten minutes, once.");
    Ok(ExitCode::SUCCESS)
}

pub(super) fn hex_id(text: &str) -> Result<Id> {
    Id::from_hex(text).ok_or_else(|| OfficeError::Settings(format!("{text}：应为 32 位十六进制 must be 32 hex digits")))
}

/// `YYYY-MM-DD` or `YYYYMMDD`.
pub(super) fn day(text: &str) -> Result<Day> {
    let number = text.parse().ok().and_then(|n: u32| Day::try_from(n).ok());
    number.or_else(|| text.parse().ok()).ok_or_else(|| OfficeError::Settings(format!("{text}：应为 must be YYYY-MM-DD")))
}

/// Adds a task.
pub(super) fn add_task(config: &Path, file: &Path) -> Result<ExitCode> {
    let office = open(config)?;
    let text = std::fs::read_to_string(file).map_err(OfficeError::io(file))?;
    let added = feed::add_task(&office, &text)?;
    println!("任务 task: {}", added.task.id);
    for note in &added.notes {
        println!("注意 note: {note}");
    }
    println!("已送 {} 台设备。 Sent to {} devices.", added.devices, added.devices);
    Ok(ExitCode::SUCCESS)
}

/// Takes a task back.
pub(super) fn withdraw_task(config: &Path, task: &str, reason: &str) -> Result<ExitCode> {
    let office = open(config)?;
    let id = Id::from_hex(task).ok_or(OfficeError::NotFound("task"))?;
    let devices = feed::withdraw_task(&office, id, reason)?;
    println!("已撤回 withdrawn: {task}，告知 {devices} 台设备 devices told");
    Ok(ExitCode::SUCCESS)
}

/// Lists the visits of a year.
pub(super) fn visits(config: &Path, year: Option<u32>, json: bool) -> Result<ExitCode> {
    let office = open(config)?;
    let year = year.map_or_else(|| register::today(&office).map(|d| d.number() / 10_000), Ok)?;
    let lines = office.store.read(|c| frequency::of_year(c, year))?;
    let cap = rights::newest(&office)?.map(|(_, pack)| pack.gates.yearly_cap.value);
    if json {
        println!("{}", serde_json::json!({"year": year, "cap": cap, "visits": lines}));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{year}  日常检查上限 cap: {}", cap.map_or_else(|| "–".to_owned(), |n| n.to_string()));
    for l in lines {
        println!(
            "{}  {}  计入 counted {}  不计入 not counted {}  {}",
            l.code, l.name, l.visits.counted, l.visits.uncounted, l.organ
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Issues badges.
pub(super) fn issue_badges(config: &Path, person: Option<&str>) -> Result<ExitCode> {
    let office = open(config)?;
    let n = feed::issue_badges(&office, person.map(hex_id).transpose()?)?;
    println!("已签发 {n} 份证件凭证。 {n} badges issued.");
    Ok(ExitCode::SUCCESS)
}

/// Lists the cases.
pub(super) fn list(config: &Path, json: bool) -> Result<ExitCode> {
    let office = open(config)?;
    let (mut rows, mut there) = (Vec::new(), Vec::new());
    for case in cases::all(&office)? {
        let entries: Vec<_> = cases::entries(&office, case)?.into_iter().map(|h| h.entry).collect();
        let inspection = fold(&entries);
        let files = cases::files(&office, case)?;
        let missing = files.iter().filter(|f| cases::counts(f) && f.custody.is_none()).count();
        there.extend(presence::of(case, &entries, &inspection));
        let enterprise = inspection.task.map(|t| t.enterprise.name).unwrap_or_default();
        rows.push(serde_json::json!({"case": case.to_string(), "enterprise": enterprise, "entries": entries.len(),
            "closed": inspection.closed.is_some(), "missing": missing}));
    }
    for row in &mut rows {
        let case = row.get("case").and_then(|c| c.as_str()).and_then(Id::from_hex);
        if let (Some(case), Some(o)) = (case, row.as_object_mut()) {
            o.insert("elsewhere".into(), serde_json::json!(presence::clashes(case, &there)));
        }
    }
    if json {
        println!("{}", serde_json::Value::Array(rows));
    } else if rows.is_empty() {
        println!("尚未收到检查。 No inspection has arrived yet.");
    } else {
        for row in &rows {
            let text =
                |name: &str| row.get(name).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
            println!(
                "{}  {}  条目 entries {}  缺 missing {}",
                text("case"),
                text("enterprise"),
                text("entries"),
                text("missing")
            );
            for k in row.get("elsewhere").and_then(|e| e.as_array()).into_iter().flatten() {
                let said = |name: &str| k.get(name).and_then(|v| v.as_str()).unwrap_or_default();
                println!(
                    "  J4 同时在另一处 at another place at the same time: {} {} {}",
                    said("number"),
                    said("case"),
                    said("name")
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is exported, to whom.
#[derive(Args)]
pub(super) struct ExportArgs {
    /// 案件标识。 The case.
    case: String,
    /// 证据为明文。 Evidence in clear.
    #[arg(long, conflicts_with = "to", required_unless_present_any = ["to", "party"])]
    open: bool,
    /// 供当事人：不含其不应取得的内容，但证明其位置。 For the inspected party: without what it may not have, whose place is proven.
    #[arg(long, conflicts_with_all = ["open", "to"])]
    party: bool,
    /// 证据密封给此收件人（age1…）。 Evidence sealed to this recipient.
    #[arg(long, value_name = "RECIPIENT")]
    to: Option<String>,
    /// 新目录。 New folder.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// 另写 DIR.zip。 Also write DIR.zip.
    #[arg(long)]
    zip: bool,
    /// 机器可读。 Machine-readable.
    #[arg(long)]
    json: bool,
}

/// Says on the standard error how far something is, once in five seconds.
fn progress(what: &'static str) -> impl FnMut(export::Progress) {
    let mut said = std::time::Instant::now();
    move |p| {
        if said.elapsed().as_secs() >= 5 {
            said = std::time::Instant::now();
            eprintln!("{what}: {} 个文件 files, {} MB", p.files, p.bytes / 1_000_000);
        }
    }
}

/// Exports a case.
pub(super) fn export(config: &Path, args: &ExportArgs) -> Result<ExitCode> {
    let office = open(config)?;
    let form = match &args.to {
        Some(recipient) => Form::Sealed(recipient.parse()?),
        None if args.party => Form::Party,
        None => Form::Open,
    };
    let case = hex_id(&args.case)?;
    let mut zip = args.out.as_os_str().to_owned();
    zip.push(".zip");
    let zip = Path::new(&zip);
    if args.zip && args.out.exists() && !zip.exists() && export::is_exported(&office, case, &args.out) {
        // An export that was killed between folder and archive goes on (F46).
        export::zip_telling(&args.out, zip, &mut progress("ZIP"))?;
        println!("文件夹已导出过，已补写 {}。 The folder had been exported; its zip is written.", zip.display());
        return Ok(ExitCode::SUCCESS);
    }
    if !cases::exists(&office, case)? {
        return Err(OfficeError::NotFound("case"));
    }
    access::record(&office, case, Act::Exported, "case", "command line")?;
    let done = export::export_telling(&office, case, &form, &args.out, &mut progress("导出 export"))?;
    if args.zip {
        export::zip_telling(&args.out, zip, &mut progress("ZIP"))?;
    }
    if args.json {
        let bundle = mingzheng_core::id::hex(&done.bundle);
        println!(
            "{}",
            serde_json::json!({"bundle": bundle, "leaf": done.leaf, "files": done.files, "missing": done.missing, "absent": done.absent})
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("已导出 {} 个文件：{}  {} files exported", done.files, args.out.display(), done.files);
    println!("已记入机关日志，第 {} 叶。 Noted in the office's log as leaf {}.", done.leaf, done.leaf);
    if done.absent > 0 {
        println!(
            "注意：{} 名执法人员的手机尚未同步，核验会指出。 Note: {} officers' phones have not synced; the verifier will say so.",
            done.absent, done.absent
        );
    }
    if done.missing > 0 {
        println!("注意：尚缺 {} 个文件。 Note: {} files have not arrived.", done.missing, done.missing);
    }
    Ok(ExitCode::SUCCESS)
}
