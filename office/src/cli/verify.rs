//! `mingzheng verify`: needs no office, no network and no settings.

use crate::error::{OfficeError, Result};
use clap::{Args, ValueEnum};
use mingzheng_core::bundle::{self, Language, Options, Report, Trust, read_checkpoint, verify, verify_zip};
use mingzheng_core::log::{Convicted, Conviction, Fork, LogError};
use mingzheng_core::seal::Identity;
use mingzheng_core::trust::{RootFingerprint, TrustList};
use serde_json::json;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::{fs, thread};

/// Largest fork proof.
const MAX_FORK: u64 = 1 << 20;

/// Language of the report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// 中文。 Chinese.
    Zh,
    /// 英文。 English.
    En,
}

/// What is verified, and what is trusted.
#[derive(Args)]
pub(super) struct VerifyArgs {
    /// 案卷文件夹、案卷 ZIP、文书 PDF 或分叉证明。 Folders or zips of bundles, papers, or fork proofs.
    #[arg(required_unless_present = "batch")]
    targets: Vec<PathBuf>,
    /// 所信任机关的信任清单，或已比对的根指纹。 Trust list of the organ that you trust, or its root fingerprint that you compared.
    #[arg(long, value_name = "FILE|FINGERPRINT", conflicts_with = "fingerprint")]
    trust: Option<String>,
    /// 已比对的根指纹。 A root fingerprint that you compared.
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<String>,
    /// 收件人的 age 身份，用以打开密封证据。 Identity of the recipient, to open sealed evidence.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// 所持检查点：二维码文字、数字或文件。 A checkpoint that you hold: text or digits of its QR, or a file.
    #[arg(long, value_name = "TEXT|FILE")]
    checkpoint: Option<String>,
    /// 该检查点的一致性证明（机关见证页下载）。 Its proof of consistency, from the organ's witness page.
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    proof: Option<PathBuf>,
    /// 只用一种语言；默认先中文后英文。 One language only; default: Chinese, then English.
    #[arg(long, value_name = "LANG", conflicts_with = "json")]
    lang: Option<Lang>,
    /// 机器可读，每个对象一行。 Machine-readable, one line a target.
    #[arg(long)]
    json: bool,
    /// 批量：每行一个 {"bundle": 路径, "flip": 位 或 null}，每行答一份报告。 Many: one such object a line, one report a line; `flip` turns one bit of a zip.
    #[arg(long, value_name = "LIST", conflicts_with_all = ["targets", "json", "lang"])]
    batch: Option<PathBuf>,
}

/// What the judge brings.
struct Brought {
    trust: Trust,
    identity: Option<Identity>,
    checkpoint: Option<Vec<u8>>,
    proof: Option<Vec<u8>>,
}

impl Brought {
    fn of(args: &VerifyArgs) -> Result<Self> {
        let bad = || OfficeError::Settings("根指纹应为 64 位十六进制 a fingerprint has 64 hex digits".into());
        let trust = match (&args.trust, &args.fingerprint) {
            (Some(given), _) => match RootFingerprint::parse(given) {
                Some(fingerprint) if !Path::new(given).exists() => Trust::Fingerprint(fingerprint),
                _ => Trust::List(read(Path::new(given))?),
            },
            (None, Some(text)) => Trust::Fingerprint(RootFingerprint::parse(text).ok_or_else(bad)?),
            (None, None) => Trust::None,
        };
        let identity = match &args.identity {
            Some(file) => Some(fs::read_to_string(file).map_err(OfficeError::io(file))?.parse()?),
            None => None,
        };
        let checkpoint = match &args.checkpoint {
            Some(given) => Some(checkpoint(given)?),
            None => None,
        };
        Ok(Self { trust, identity, checkpoint, proof: args.proof.as_deref().map(read).transpose()? })
    }

    fn options(&self) -> Options<'_> {
        Options {
            identity: self.identity.as_ref(),
            checkpoint: self.checkpoint.as_deref(),
            proof: self.proof.as_deref(),
            first_failure: false,
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(OfficeError::io(path))
}

/// The signed checkpoint in a text or file.
fn checkpoint(given: &str) -> Result<Vec<u8>> {
    let file = Path::new(given);
    let held = if file.is_file() { read(file)? } else { given.as_bytes().to_vec() };
    let bad = |e| OfficeError::Settings(format!("检查点无法读取 the checkpoint cannot be read: {e}"));
    read_checkpoint(&held).map_err(bad)
}

/// Verifies and reports. Exit: the worst of all targets, invalid before cannot be judged.
pub(super) fn run(args: &VerifyArgs) -> Result<ExitCode> {
    let brought = match Brought::of(args) {
        Ok(brought) => brought,
        // What was brought along cannot be read: that says nothing of the target.
        Err(error) => {
            eprintln!("{error}");
            return Ok(ExitCode::from(2));
        }
    };
    if let Some(list) = &args.batch {
        return batch(list, &brought);
    }
    let mut worst = 0;
    for (i, target) in args.targets.iter().enumerate() {
        if i > 0 && !args.json {
            println!();
        }
        let exit = match fork(target) {
            Some(proof) => tell_fork(&proof, &brought.trust, args),
            None => tell(&verify(target, &brought.trust, &brought.options()), args),
        };
        worst = if worst == 1 || exit == 1 { 1 } else { worst.max(exit) };
    }
    Ok(ExitCode::from(worst))
}

fn tell(report: &Report, args: &VerifyArgs) -> u8 {
    match args.lang {
        _ if args.json => println!("{}", report.to_json()),
        Some(Lang::Zh) => println!("{}", report.to_text(Language::Zh)),
        Some(Lang::En) => println!("{}", report.to_text(Language::En)),
        None => println!("{}\n{}", report.to_text(Language::Zh), report.to_text(Language::En)),
    }
    report.exit_code()
}

/// A fork proof, if the file is one.
fn fork(target: &Path) -> Option<Fork> {
    let file = fs::File::open(target).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MAX_FORK).read_to_end(&mut bytes).ok()?;
    Fork::decode(&bytes).ok()
}

/// Judges a fork proof: 0 the key is convicted, 1 it proves nothing, 2 the trust list is not given.
fn tell_fork(fork: &Fork, trust: &Trust, args: &VerifyArgs) -> u8 {
    let list = match trust {
        Trust::List(bytes) => TrustList::open_self_signed(bytes).ok(),
        Trust::Fingerprint(_) | Trust::None => None,
    };
    let judged = list.as_ref().map(|list| fork.judge(list));
    let exit = match &judged {
        Some(Ok(_)) => 0,
        Some(Err(_)) => 1,
        None => 2,
    };
    if args.json {
        println!("{}", json!({"v": 1, "fork": fork_json(judged.as_ref()), "exit": exit}));
        return exit;
    }
    let (zh, en) = match &judged {
        Some(Ok((whose, rule))) => {
            let ((zh, en), (why_zh, why_en)) = (key(whose), rule_words(*rule));
            (
                format!("证明成立：{zh}签了两种历史（{why_zh}）。\n这证明该密钥或设备有问题，尚不证明是谁所为：须检查设备。"),
                format!(
                    "Proven: {en} signed two histories ({why_en}).\nThis convicts the key or the device, not yet a person: it must be examined."
                ),
            )
        }
        Some(Err(error)) => (format!("证明不成立：{error}"), format!("Not proven: {error}")),
        None => (
            "无法判断：请用 --trust 提供该机关的信任清单。".into(),
            "Cannot be judged: give the organ's trust list with --trust.".into(),
        ),
    };
    if args.lang != Some(Lang::En) {
        println!("{zh}");
    }
    if args.lang != Some(Lang::Zh) {
        println!("{en}");
    }
    exit
}

fn fork_json(judged: Option<&std::result::Result<(Convicted, Conviction), LogError>>) -> serde_json::Value {
    match judged {
        Some(Ok((whose, rule))) => {
            let (key, of) = match whose {
                Convicted::Device(log) => ("device", json!(log.to_string())),
                Convicted::Office(epoch) => ("office", json!(epoch)),
            };
            json!({"proven": true, "key": key, "of": of, "rule": rule_words(*rule).1})
        }
        Some(Err(error)) => json!({"proven": false, "reason": error.to_string()}),
        None => json!({"proven": null}),
    }
}

fn key(whose: &Convicted) -> (String, String) {
    match whose {
        Convicted::Device(log) => (format!("设备日志 {log} 的密钥"), format!("the key of the device log {log}")),
        Convicted::Office(epoch) => {
            (format!("机关回执密钥（第 {epoch} 期日志）"), format!("the office's receipt key (epoch {epoch} of its log)"))
        }
    }
}

fn rule_words(rule: Conviction) -> (&'static str, &'static str) {
    match rule {
        Conviction::SameNumber => ("同一编号的两个检查点", "two checkpoints of one number"),
        Conviction::SameSize => ("同一长度、两个根", "one size, two roots"),
        Conviction::NoPrefix => ("较长的日志不含较短的", "the longer log does not contain the shorter one"),
    }
}

/// A line of the list.
#[derive(serde::Deserialize)]
struct Line {
    bundle: PathBuf,
    #[serde(default)]
    flip: Option<u64>,
}

/// Many bundles in one process, several at once; answers in the order of the lines. Exit 0 when all were judged, whatever was found.
fn batch(list: &Path, brought: &Brought) -> Result<ExitCode> {
    let text = fs::read_to_string(list).map_err(OfficeError::io(list))?;
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    let lines: Vec<Line> = lines
        .map(|l| serde_json::from_str(l).map_err(|e| OfficeError::Settings(format!("--batch: {e}"))))
        .collect::<Result<_>>()?;
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let mut zip: Option<(PathBuf, Arc<[u8]>)> = None;
    for lines in lines.chunk_by(|a, b| a.bundle == b.bundle && a.flip.is_some() == b.flip.is_some()) {
        let flips = lines.first().filter(|l| l.flip.is_some());
        if let Some(line) = flips.filter(|l| zip.as_ref().is_none_or(|(path, _)| *path != l.bundle)) {
            zip = Some((line.bundle.clone(), read(&line.bundle)?.into()));
        }
        for lines in lines.chunks(at_once) {
            let reports = thread::scope(|scope| {
                let zip = zip.as_ref().map(|(_, bytes)| bytes);
                let judged = lines.iter().map(|line| scope.spawn(move || judge(line, zip, brought)));
                judged.collect::<Vec<_>>().into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
            });
            for report in reports {
                println!("{}", report.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).to_json());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn judge(line: &Line, zip: Option<&Arc<[u8]>>, brought: &Brought) -> Report {
    let (Some(bit), Some(zip)) = (line.flip, zip) else {
        return verify(&line.bundle, &brought.trust, &brought.options());
    };
    let mut bytes = zip.to_vec();
    if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|i| bytes.get_mut(i)) {
        *byte ^= 1 << (bit % 8);
    }
    let options = bundle::Options { first_failure: true, ..brought.options() };
    verify_zip(bytes.into(), &brought.trust, &options)
}
