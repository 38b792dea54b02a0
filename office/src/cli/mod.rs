//! The command line. Exit 0: done, or valid; 1: refused, or invalid; 2: cannot be judged, or wrongly called. Chinese first, English beside.

mod backup;
mod card;
mod device;
mod enterprise;
mod ledger;
mod log;
mod mandate;
mod numbers;
mod objects;
mod office;
mod officer;
mod outbox;
mod pack;
mod procedure;
mod publication;
mod retention;
mod training;
mod trust;
mod verify;

use crate::error::Result;
use crate::keys::Threshold;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// 明证：机关端与核验。 Mingzheng: the office and the verifier.
#[derive(Parser)]
#[command(name = "mingzheng", version, max_term_width = 110)]
struct Cli {
    /// 设置文件；默认取 MINGZHENG_CONFIG，再取当前目录的 mingzheng.toml。 Settings file; default: MINGZHENG_CONFIG, then mingzheng.toml here.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 建立机关：根、信任清单、密钥、设置。 Make an organ: roots, trust list, keys, settings.
    Init {
        /// 机关全称。 Full name of the organ.
        #[arg(long)]
        organ: String,
        /// 根密钥：几把中的几把方可签署；1/1 为演练机关。 Root keys: how many of how many sign; 1/1 is a practice organ.
        #[arg(long, value_name = "K/N", default_value = "1/1")]
        roots: Threshold,
        /// 新目录。 New folder.
        folder: PathBuf,
    },
    /// 启动机关服务。 Run the office.
    Serve {
        /// 只显示生效的设置，不含密钥。 Only print the effective settings, without secrets.
        #[arg(long)]
        show_config: bool,
        /// 端口；0 取空闲端口。 Port; 0 takes a free one.
        #[arg(long)]
        port: Option<u16>,
    },
    /// 取新的一次性工作台链接。 Print a new one-time link to the console.
    Link,
    /// 登记人员与设备：显示二维码，十分钟内有效。 Invite a device: shows a QR, valid ten minutes.
    Enroll(Box<office::EnrollArgs>),
    /// 执法人员名册：申领、考试、核发、年检、暂扣、换发、注销、收回。 The register of officers.
    Officer {
        #[command(subcommand)]
        command: officer::OfficerCommand,
    },
    /// 培训台账。 The training ledger.
    Training {
        #[command(subcommand)]
        command: training::TrainingCommand,
    },
    /// 委托、授权名册。 The register of mandates.
    Mandate {
        #[command(subcommand)]
        command: mandate::MandateCommand,
    },
    /// 企业名录。 The register of enterprises.
    Enterprise {
        #[command(subcommand)]
        command: enterprise::EnterpriseCommand,
    },
    /// 派单。 Tasks.
    Task {
        #[command(subcommand)]
        command: TaskCommand,
    },
    /// 电子证件。 Badges.
    Badge {
        #[command(subcommand)]
        command: BadgeCommand,
    },
    /// 制作岗位明示牌（PDF）。 Make an officer's desk card.
    Card(card::CardArgs),
    /// 制作亮证核验告知单（PDF）。 Make the leaflet that tells how to check a badge.
    Leaflet(card::LeafletArgs),
    /// 规则包：检查、签名、查看、载入。 Packs.
    Pack {
        #[command(subcommand)]
        command: pack::PackCommand,
    },
    /// 列出案件。 List the cases.
    Cases {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 文号：号段、核对、收回。 Paper numbers: blocks, the account of each number, closing.
    Numbers {
        #[command(subcommand)]
        command: numbers::NumbersCommand,
    },
    /// 案件办理：受理、立案、调查终结、告知、审核、决定、送达、履行、结案。 Cases of penalties, step by step.
    Procedure {
        #[command(subcommand)]
        command: Box<procedure::ProcedureCommand>,
    },
    /// 公示：起草（遮蔽）、审核、发布、异议、更正、撤回。 Publication of decisions.
    Publication {
        #[command(subcommand)]
        command: publication::PublicationCommand,
    },
    /// 双随机抽查：备名录、抽取、重抽核对、派单、公布。 Draws of enterprises and officers.
    Draw {
        #[command(subcommand)]
        command: ledger::DrawCommand,
    },
    /// 投诉举报台账。 The ledger of complaints.
    Complaint {
        #[command(subcommand)]
        command: ledger::ComplaintCommand,
    },
    /// 问题整改台账与统计表。 The ledger of problems and its statistics.
    Problem {
        #[command(subcommand)]
        command: ledger::ProblemCommand,
    },
    /// 装备台账：领用、归还、维修。 The ledger of equipment.
    Equipment {
        #[command(subcommand)]
        command: ledger::LedgerCommand,
    },
    /// 联系人表。 The list of contacts.
    Contact {
        #[command(subcommand)]
        command: ledger::LedgerCommand,
    },
    /// 监督信息卡：录入、审核的期限，导出。 Report cards: clocks and export.
    Report {
        #[command(subcommand)]
        command: ledger::ReportCommand,
    },
    /// 导出案卷（记入机关日志）。 Export a case (noted in the office's log).
    Export(office::ExportArgs),
    /// 设备：列出、撤销。 Devices: list, revoke.
    Device {
        #[command(subcommand)]
        command: device::DeviceCommand,
    },
    /// 遗失或已清除手机未发送的内容。 What a lost or wiped phone had not sent.
    Outbox {
        #[command(subcommand)]
        command: outbox::OutboxCommand,
    },
    /// 封存文件：核对、清理。 Sealed files: check, tidy.
    Objects {
        #[command(subcommand)]
        command: objects::ObjectsCommand,
    },
    /// 保存与销毁：到期、保全、转入案件、销毁清单、证明。 Keeping and destroying.
    Retention {
        #[command(subcommand)]
        command: retention::RetentionCommand,
    },
    /// 信任清单。 The trust list.
    Trust {
        #[command(subcommand)]
        command: trust::TrustCommand,
    },
    /// 外部见证：互换密钥、登记对方日志。 Outside witnesses.
    Witness {
        #[command(subcommand)]
        command: trust::WitnessCommand,
    },
    /// 公布机关日志的当前日志头。 Publish the head of the office's log now.
    Head {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 由备份恢复之后：由根密钥签署新纪元，恢复出具回执。 After a restore: begin a new epoch, signed by the roots.
    Recover(log::RecoverArgs),
    /// 备份到新目录并复核；服务可在运行。 Back up into a new folder and verify it; the server may run.
    Backup {
        /// 新目录。 New folder.
        folder: PathBuf,
    },
    /// 由备份恢复到新目录。 Restore a backup into a new folder.
    Restore(backup::RestoreArgs),
    /// 核对机关保存的一切；1：有不符，2：无法核对。 Judge everything that the office holds; 1: findings, 2: could not be judged.
    Check {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 离线核验案卷或文书 PDF。 Verify a bundle or a paper, offline.
    Verify(verify::VerifyArgs),
}

#[derive(Subcommand)]
enum TaskCommand {
    /// 由 JSON 文件派单，送达各执法人员的设备。 Add a task and send it to the officers' devices.
    Add {
        /// JSON 文件。 The file.
        file: PathBuf,
    },
    /// 撤回任务：不再计入频次，告知各设备；已作的检查仍予接收。 Take a task back; what was done on it is still taken.
    Withdraw {
        /// 任务编号。 The task's id.
        task: String,
        /// 理由。 Why.
        #[arg(long)]
        reason: String,
    },
    /// 一年中各单位的检查次数与频次上限。 Visits of a year, against the cap.
    Visits {
        /// 年度，默认今年。 Year; default: this one.
        #[arg(long)]
        year: Option<u32>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum BadgeCommand {
    /// 签发新的证件凭证（登记时与同步时自动签发）。 Issue fresh badges (done by itself at enrolment and sync).
    Issue(BadgeArgs),
}

#[derive(Args)]
struct BadgeArgs {
    /// 只为此人。 Only for this person.
    #[arg(long, value_name = "HEX")]
    person: Option<String>,
}

/// Reads the arguments and runs the command.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let named = cli.config.or_else(|| std::env::var_os("MINGZHENG_CONFIG").map(PathBuf::from));
    let config = named.unwrap_or_else(|| crate::settings::FILE.into());
    let done: Result<ExitCode> = match cli.command {
        Command::Init { organ, roots, folder } => office::init(&organ, roots, &folder),
        Command::Serve { show_config, port } => office::serve(&config, show_config, port),
        Command::Link => office::link(&config),
        Command::Enroll(args) => office::enroll(&config, *args),
        Command::Officer { command } => officer::run(&config, command),
        Command::Training { command } => training::run(&config, command),
        Command::Mandate { command } => mandate::run(&config, command),
        Command::Enterprise { command } => enterprise::run(&config, command),
        Command::Task { command: TaskCommand::Add { file } } => office::add_task(&config, &file),
        Command::Task { command: TaskCommand::Withdraw { task, reason } } => office::withdraw_task(&config, &task, &reason),
        Command::Task { command: TaskCommand::Visits { year, json } } => office::visits(&config, year, json),
        Command::Badge { command: BadgeCommand::Issue(args) } => office::issue_badges(&config, args.person.as_deref()),
        Command::Card(args) => card::card(&config, &args),
        Command::Leaflet(args) => card::leaflet(&config, &args),
        Command::Pack { command } => pack::run(&config, command),
        Command::Cases { json } => office::list(&config, json),
        Command::Numbers { command } => numbers::run(&config, command),
        Command::Procedure { command } => procedure::run(&config, *command),
        Command::Publication { command } => publication::run(&config, command),
        Command::Draw { command } => ledger::draw(&config, command),
        Command::Complaint { command } => ledger::complaint(&config, command),
        Command::Problem { command } => ledger::problem(&config, command),
        Command::Equipment { command } => ledger::run(&config, "equipment", command),
        Command::Report { command } => ledger::report(&config, command),
        Command::Contact { command } => ledger::run(&config, "contact", command),
        Command::Export(args) => office::export(&config, &args),
        Command::Device { command } => device::run(&config, command),
        Command::Outbox { command } => outbox::run(&config, command),
        Command::Objects { command } => objects::run(&config, &command),
        Command::Retention { command } => retention::run(&config, command),
        Command::Trust { command } => trust::run(&config, command),
        Command::Witness { command } => trust::run_witness(&config, command),
        Command::Head { json } => log::publish(&config, json),
        Command::Recover(args) => log::recover(&config, &args),
        Command::Backup { folder } => backup::write(&config, &folder),
        Command::Restore(args) => backup::restore(&args),
        Command::Check { json } => Ok(backup::check(&config, json)),
        Command::Verify(args) => verify::run(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("错误 error: {error}");
        ExitCode::FAILURE
    })
}
