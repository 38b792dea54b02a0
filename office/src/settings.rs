//! Settings: one TOML file, each of them also from the environment (`MINGZHENG_LISTEN`, …), which wins.

use crate::error::{OfficeError, Result};
use crate::register::Periods;
use crate::uploads::Limits;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Name of the file in the office's folder.
pub const FILE: &str = "mingzheng.toml";

/// Certificate chain and private key of the server, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its key (PKCS #8, PKCS #1 or SEC 1).
    pub key: PathBuf,
}

/// How a line of the server's log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Everything that can be set. None of it is secret: keys lie in their own file, a password of the database belongs in `~/.pgpass`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Folder of database, sealed files and keys; relative to the settings file.
    pub data: PathBuf,
    /// PostgreSQL database, `postgres://…`, for an office of several copies; absent: a file in the data folder.
    pub database: Option<String>,
    /// PEM file of the roots of the certificate of PostgreSQL: with it the connection is TLS, certificate and host name are verified.
    pub database_root: Option<PathBuf>,
    /// Where the server listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address that phones use, when it is another than `listen` (for instance a proxy with TLS).
    pub public_address: Option<String>,
    /// Host of the badge page as it stands in badge QRs and on papers.
    pub badge_host: String,
    /// 监督电话, shown on the badge page (R16).
    pub complaint_phone: String,
    /// Folder of Chinese font files for the papers that the office prints.
    pub font_dir: PathBuf,
    /// Life of a badge credential in days; renewed at each sync.
    pub badge_days: u32,
    /// Whether the console is served, on loopback only.
    pub console: bool,
    /// Allows plain HTTP beyond loopback: only behind a proxy that does TLS.
    pub plain_http: bool,
    /// Allows plain connections to PostgreSQL and S3 beyond this machine: only in a network that nobody else is in.
    pub plain_stores: bool,
    /// PEM file of the server's certificate chain; with it the server speaks TLS. Both files are looked at again while it runs.
    pub tls_certificate: Option<PathBuf>,
    /// PEM file of its private key.
    pub tls_key: Option<PathBuf>,
    /// Where the numbers for Prometheus are served, as plain HTTP; without it they are not.
    pub metrics: Option<SocketAddr>,
    /// With less space left `/readyz` says no, MB.
    pub least_free_mb: u64,
    /// So long the copy that does the daily work is waited for before another takes it over, seconds; it looks three times as often.
    pub lease_seconds: u32,
    /// RFC 3161 authority that stamps the published heads, `http://…`.
    pub timestamp_url: Option<String>,
    /// Another office (or C2SP witness) that cosigns the published heads: what stands before `/add-checkpoint`, `http://…`.
    pub witness_url: Option<String>,
    /// C2SP name under which this office cosigns others' heads; empty: it does not.
    pub witness_name: String,
    /// Region of the pack's calendar whose days off lie over the national ones.
    pub region: Option<String>,
    /// 地区简称 in 文号, for instance 青 in 青卫监意〔2026〕1号 (J32).
    pub number_area: String,
    /// 复议机关 as remedies name it (the people's government of the same level).
    pub government: String,
    /// 有管辖权的人民法院 as remedies name it.
    pub court: String,
    /// How and where a fine is paid, as decisions say it.
    pub payment: String,
    /// 联系地址、联系人、电话 of who handles cases, as notices say it.
    pub contact: String,
    /// PEM file of the roots that attest phones' keys (Google's, Apple's, a maker's); without it all keys are only claimed.
    pub attestation_roots: Option<PathBuf>,
    /// Package of the Android app whose keys count as attested; empty: any.
    pub android_app: String,
    /// `TEAM.bundle` of the iOS app whose keys count as attested; empty: none.
    pub ios_app: String,
    /// What is logged (`tracing` filter).
    pub log: String,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// Where sealed files lie: `s3://BUCKET/PREFIX`; nothing: the folder `objects` in `data`.
    pub objects: Option<String>,
    /// Address of the S3 store; `{bucket}` in it puts the bucket into the host.
    pub objects_endpoint: Option<String>,
    /// PEM file of the roots of the certificate of the S3 store, for `https://`.
    pub objects_root: Option<PathBuf>,
    /// Region of the S3 store as signatures name it.
    pub objects_region: String,
    /// File with `access_key` and `secret_key`, relative to `data`; nothing: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    pub objects_credentials: Option<PathBuf>,
    /// Periods of the register of officers; from the environment as `MINGZHENG_REGISTER_…`.
    pub register: Periods,
    /// Limits of uploads; from the environment as `MINGZHENG_UPLOADS_…`.
    pub uploads: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: ".".into(),
            database: None,
            database_root: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            public_address: None,
            badge_host: "zf.example".into(),
            complaint_phone: "12345".into(),
            font_dir: "/usr/share/fonts/opentype/noto".into(),
            badge_days: 7,
            console: true,
            plain_http: false,
            plain_stores: false,
            tls_certificate: None,
            tls_key: None,
            metrics: None,
            least_free_mb: 512,
            lease_seconds: 180,
            timestamp_url: None,
            witness_url: None,
            witness_name: String::new(),
            region: None,
            number_area: String::new(),
            government: String::new(),
            court: String::new(),
            payment: String::new(),
            contact: String::new(),
            attestation_roots: None,
            android_app: String::new(),
            ios_app: String::new(),
            log: "info".into(),
            log_format: LogFormat::Text,
            objects: None,
            objects_endpoint: None,
            objects_root: None,
            objects_region: "us-east-1".into(),
            objects_credentials: None,
            register: Periods::default(),
            uploads: Limits::default(),
        }
    }
}

impl Settings {
    /// Reads the file and the environment.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] names the file or variable and what is wrong with it.
    pub fn load(file: &Path) -> Result<Self> {
        Self::load_with(file, |name| std::env::var(name).ok())
    }

    fn load_with(file: &Path, env: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(OfficeError::io(file))?;
        let bad = |e: &dyn std::fmt::Display| OfficeError::Settings(format!("{}: {e}", file.display()));
        let mut table: toml::Table = text.parse().map_err(|e| bad(&e))?;
        // The default tells which settings exist and of which type each is.
        let set = || Some(String::new());
        let all = Self {
            database: set(),
            public_address: set(),
            timestamp_url: set(),
            witness_url: set(),
            region: set(),
            objects: set(),
            objects_endpoint: set(),
            objects_credentials: Some(PathBuf::new()),
            objects_root: Some(PathBuf::new()),
            database_root: Some(PathBuf::new()),
            tls_certificate: Some(PathBuf::new()),
            tls_key: Some(PathBuf::new()),
            attestation_roots: Some(PathBuf::new()),
            metrics: Some(Self::default().listen),
            ..Self::default()
        };
        let known = toml::Table::try_from(all).map_err(|e| bad(&e))?;
        from_environment("MINGZHENG", &known, &mut table, &env)?;
        let mut settings: Self = table.try_into().map_err(|e| bad(&e))?;
        let base = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        settings.data = base.join(&settings.data);
        let files = [
            &mut settings.tls_certificate,
            &mut settings.tls_key,
            &mut settings.attestation_roots,
            &mut settings.database_root,
            &mut settings.objects_root,
        ];
        for file in files.into_iter().flatten() {
            *file = base.join(&*file);
        }
        if settings.badge_days == 0 || settings.badge_days > 366 {
            return Err(bad(&"badge_days must be 1 to 366"));
        }
        if !(3..=86_400).contains(&settings.lease_seconds) {
            return Err(bad(&"lease_seconds must be 3 to 86400"));
        }
        if let Some(fault) = settings.register.fault() {
            return Err(bad(&fault));
        }
        let outside = [&settings.timestamp_url, &settings.witness_url];
        if outside.into_iter().flatten().any(|url| !url.starts_with("http://")) {
            return Err(bad(
                &"timestamp_url, witness_url: http:// only; what comes back is signed itself. For https put a local proxy before it",
            ));
        }
        Ok(settings)
    }

    /// As TOML, for `serve --show-config`.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] never in practice.
    pub fn show(&self) -> Result<String> {
        let password = |url: &String| match url.split_once("://").map(|(_, rest)| rest.split_once('@')) {
            Some(Some((user, _))) if user.contains(':') => "…".to_owned(),
            _ => url.clone(),
        };
        let shown = Self { database: self.database.as_ref().map(password), ..self.clone() };
        toml::to_string(&shown).map_err(|e| OfficeError::Settings(e.to_string()))
    }

    /// The address that phones use, given where the server really listens.
    #[must_use]
    pub fn address(&self, real: SocketAddr) -> String {
        self.public_address.clone().unwrap_or_else(|| self.here(real))
    }

    /// The address on this machine.
    #[must_use]
    pub fn here(&self, real: SocketAddr) -> String {
        format!("{}://{real}", self.scheme())
    }

    /// `https` when the server itself speaks TLS.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls_certificate.is_some() { "https" } else { "http" }
    }

    /// The files of TLS.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] when only one of them is set.
    pub fn tls(&self) -> Result<Option<Tls>> {
        match (&self.tls_certificate, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Tls { certificate: certificate.clone(), key: key.clone() })),
            _ => {
                Err(OfficeError::Settings("tls_certificate 与 tls_key 须同时设置 tls_certificate and tls_key go together".into()))
            }
        }
    }
}

/// Lays values of the environment over those of the file; `known` tells names and types, tables are asked for name by name.
fn from_environment(
    prefix: &str,
    known: &toml::Table,
    table: &mut toml::Table,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<()> {
    for (name, default) in known {
        let variable = format!("{prefix}_{}", name.to_uppercase());
        let wrong = || OfficeError::Settings(format!("{variable}: not a value of {name}"));
        if let toml::Value::Table(inner) = default {
            let of_file = table.entry(name.clone()).or_insert_with(|| toml::Table::new().into());
            from_environment(&variable, inner, of_file.as_table_mut().ok_or_else(wrong)?, env)?;
        } else if let Some(text) = env(&variable) {
            let value = match default {
                toml::Value::Boolean(_) => text.parse().map(toml::Value::Boolean).ok(),
                toml::Value::Integer(_) => text.parse().map(toml::Value::Integer).ok(),
                toml::Value::Array(_) => {
                    let numbers = text.split(',').map(|n| n.trim().parse().map(toml::Value::Integer));
                    numbers.collect::<std::result::Result<_, _>>().map(toml::Value::Array).ok()
                }
                _ => Some(toml::Value::String(text)),
            };
            table.insert(name.clone(), value.ok_or_else(wrong)?);
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_and_unknown_or_wrong_values_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "badge_days = 3\nlisten = \"127.0.0.1:1\"\n").unwrap();
        let none = |_: &str| None;
        let s = Settings::load_with(&file, none).unwrap();
        assert_eq!((s.badge_days, s.listen.port(), s.data.clone()), (3, 1, folder.path().join(".")));
        let env = |n: &str| (n == "MINGZHENG_BADGE_DAYS").then(|| "5".to_owned());
        assert_eq!(Settings::load_with(&file, env).unwrap().badge_days, 5);
        let env = |n: &str| (n == "MINGZHENG_CONSOLE").then(|| "maybe".to_owned());
        assert!(Settings::load_with(&file, env).unwrap_err().to_string().contains("MINGZHENG_CONSOLE"));
        let env = |n: &str| (n == "MINGZHENG_PUBLIC_ADDRESS").then(|| "https://zf.example".to_owned());
        assert_eq!(Settings::load_with(&file, env).unwrap().public_address.as_deref(), Some("https://zf.example"));
        let env = |n: &str| match n {
            "MINGZHENG_REGISTER_CHECK_MONTHS" => Some("24".to_owned()),
            "MINGZHENG_REGISTER_WARN_DAYS" => Some("90, 10".to_owned()),
            _ => None,
        };
        let r = Settings::load_with(&file, env).unwrap().register;
        assert_eq!((r.check_months, r.warn_days, r.certificate_years), (24, vec![90, 10], 5), "R02: periods are settings");
        std::fs::write(&file, "[register]\nstatus_days = 0\n").unwrap();
        assert!(Settings::load_with(&file, none).unwrap_err().to_string().contains("status_days"));
        std::fs::write(&file, "bagde_days = 3\n").unwrap();
        assert!(Settings::load_with(&file, none).unwrap_err().to_string().contains("bagde_days"));
        assert!(s.show().unwrap().contains("badge_days = 3"));
    }
}
