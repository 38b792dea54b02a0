//! `mingzheng trust` and `mingzheng witness`: who outside is trusted, and whom this office witnesses.

use super::log::roots;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::settings::Settings;
use crate::{feed, keys, witness};
use clap::Subcommand;
use mingzheng_core::calendar::Day;
use mingzheng_core::log::note;
use mingzheng_core::sign::{PublicKey, Signer, SoftwareKey};
use mingzheng_core::trust::{TrustKey, TrustList, TrustedKey, Use};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const DAY_MS: i64 = 86_400_000;

#[derive(Subcommand)]
pub(super) enum TrustCommand {
    /// 信任机关以外的见证人或时间戳机构，由根密钥签署新的信任清单。 Trust a witness or time-stamping authority outside; the roots sign a new list.
    Add {
        /// witness 见证人 / timestamp 时间戳机构。 Use.
        #[arg(long = "use", value_parser = ["witness", "timestamp"])]
        usage: String,
        /// 时间戳机构的名称；见证人的名称在其密钥里。 Name of the authority; a witness's is in its key.
        #[arg(long, required_if_eq("usage", "timestamp"))]
        name: Option<String>,
        /// 见证人：C2SP 验证密钥；时间戳机构：P-256 公钥 PEM 文件（openssl x509 -pubkey）。 Witness: its C2SP verifier key; authority: PEM file of its P-256 public key.
        #[arg(long)]
        key: String,
        /// 根密钥文件；默认 offline/root.toml。 Root key file; repeat for k of n roots.
        #[arg(long, value_name = "FILE")]
        root: Vec<PathBuf>,
    },
    /// 显示信任清单：各密钥的期限。 Show the list: until when each key counts.
    Show,
    /// 续期一年：补足此后各月的封存密钥，其余密钥延期，由根密钥签署。 Another year: keys of the months to come, the others go on; the roots sign.
    Renew {
        /// 根密钥文件；默认 offline/root.toml。 Root key file; repeat for k of n roots.
        #[arg(long, value_name = "FILE")]
        root: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(super) enum WitnessCommand {
    /// 显示本机关日志与见证人身份的验证密钥，交给对方机关。 Show this office's verifier keys, to hand to the other office.
    Keys,
    /// 登记另一机关的日志，此后为其副署。 Register another office's log; its heads are cosigned from now on.
    Add {
        /// 对方日志的 C2SP 验证密钥。 The log's C2SP verifier key.
        key: String,
    },
}

pub(super) fn run(config: &Path, command: TrustCommand) -> Result<ExitCode> {
    let settings = Settings::load(config)?;
    // One list after the other: whoever comes second begins with the first one's.
    let folder = File::open(&settings.data).map_err(OfficeError::io(&settings.data))?;
    folder.lock().map_err(OfficeError::io(&settings.data))?;
    let office = Office::open(settings)?;
    match command {
        TrustCommand::Show => show(&office),
        TrustCommand::Renew { root } => {
            // Before anything is written: without its medium nothing begins.
            let roots = roots(&office, &root)?;
            let next = keys::renew(&office.settings.data, &office.trust, office.now())?;
            put_in_force(&office, &next, &roots)
        }
        TrustCommand::Add { usage, name, key, root } => {
            let (usage, name, key) = match usage.as_str() {
                "witness" => {
                    let bad = || OfficeError::Settings("不是 C2SP 验证密钥 not a C2SP verifier key: NAME+id+base64".into());
                    let (name, raw) = note::parse_verifier(&key).ok_or_else(bad)?;
                    (Use::Witness, name, PublicKey::Ed25519(raw))
                }
                _ => (Use::Timestamp, name.unwrap_or_default(), p256(Path::new(&key))?),
            };
            let mut list = office.trust.clone();
            (list.previous, list.version, list.issued) = (Some(office.trust.digest()?), list.version + 1, office.now());
            // Witnesses' clocks may be a little behind ours.
            let life = (office.now() - DAY_MS, list.expires);
            list.keys.push(TrustKey::of_organ(TrustedKey::Verify(key), usage, &name, &name, life));
            put_in_force(&office, &list, &roots(&office, &root)?)
        }
    }
}

fn put_in_force(office: &Office, list: &TrustList, roots: &[SoftwareKey]) -> Result<ExitCode> {
    let signers: Vec<&dyn Signer> = roots.iter().map(|r| r as &dyn Signer).collect();
    let devices = feed::new_trust(office, &list.sign(&signers)?)?;
    println!(
        "信任清单第 {} 版，有效至 {}，已送 {devices} 台设备；请重启服务。 Trust list version {}, valid until then, sent to {devices} devices; restart the server.",
        list.version,
        day(list.expires),
        list.version
    );
    Ok(ExitCode::SUCCESS)
}

fn show(office: &Office) -> Result<ExitCode> {
    let list = &office.trust;
    println!("机关 organ: {}", list.organ);
    println!("根指纹 root fingerprint: {} ({}/{})", list.roots.fingerprint()?, list.roots.k, list.roots.keys.len());
    println!("版本 version: {}", list.version);
    println!("签发 issued: {}", day(list.issued));
    println!("有效至 valid until: {}", day(list.expires));
    for k in &list.keys {
        let suspect = k.suspect_since.map(|at| format!("  自 {} 起存疑 suspect since then", day(at))).unwrap_or_default();
        println!("  {:<12} {:<16} {} — {}{suspect}", k.usage.name(), k.name, day(k.from), day(k.until));
    }
    Ok(ExitCode::SUCCESS)
}

/// The day of a time in China.
fn day(ms: i64) -> String {
    Day::in_china(ms).map_or_else(|| "—".to_owned(), |day| day.date().to_string())
}

/// The point of an uncompressed P-256 SubjectPublicKeyInfo in PEM (RFC 5480).
fn p256(path: &Path) -> Result<PublicKey> {
    const PREFIX: &[u8] = &[
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let bad = || OfficeError::Settings(format!("{}：应为 P-256 公钥 PEM must be a P-256 public key in PEM", path.display()));
    let text = std::fs::read_to_string(path).map_err(OfficeError::io(path))?;
    let (_, rest) = text.split_once("-----BEGIN PUBLIC KEY-----").ok_or_else(bad)?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----").ok_or_else(bad)?;
    let base64: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let der = data_encoding::BASE64.decode(base64.as_bytes()).map_err(|_| bad())?;
    PublicKey::p256_from_sec1(der.strip_prefix(PREFIX).ok_or_else(bad)?).map_err(|_| bad())
}

pub(super) fn run_witness(config: &Path, command: WitnessCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        WitnessCommand::Add { key } => println!("已登记 registered: {}", witness::register(&office, &key)?),
        WitnessCommand::Keys => {
            let epoch = office.store.read(crate::log::epoch)?;
            let origin = note::origin(&note::slug(&office.fingerprint()?), epoch);
            if let PublicKey::Ed25519(key) = office.keys.signer(Use::Receipt)?.public_key() {
                println!("日志 log: {}", note::verifier_text(&origin, &key, false));
            }
            if let (Ok(name), PublicKey::Ed25519(key)) = (witness::name(&office), office.keys.signer(Use::Witness)?.public_key())
            {
                println!("见证人 witness: {}", note::verifier_text(name, &key, true));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
