//! S3 stores on free ports of loopback, each with a folder that goes when it is dropped: a real MinIO, and the small one of `tests/s3` for every run.

use super::authority;
use mingzheng_office::objects::{Access, S3};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const USER: &str = "mingzheng";
const SECRET: &str = "practice-only";
const BUCKET: &str = "sealed";

pub(crate) struct Server {
    pub(crate) name: &'static str,
    scheme: &'static str,
    server: Child,
    pub(crate) port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    /// With an empty bucket.
    pub(crate) fn minio() -> Self {
        let program =
            std::env::var_os("MINGZHENG_MINIO").expect("MINGZHENG_MINIO names the program; cargo xtask test --only store");
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new(program)
            .args(["server", "--quiet", "--address", &format!("127.0.0.1:{port}")])
            .arg(folder.path())
            .envs([("MINIO_ROOT_USER", USER), ("MINIO_ROOT_PASSWORD", SECRET), ("MINIO_BROWSER", "off"), ("MINIO_UPDATE", "off")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let minio = Self { name: "MinIO", scheme: "http", server, port, folder };
        let s3 = S3::new(minio.access("")).unwrap();
        let since = Instant::now();
        while let Err(e) = s3.make_bucket() {
            assert!(since.elapsed() < Duration::from_secs(60), "MinIO does not start: {e}");
            sleep(Duration::from_millis(200));
        }
        minio
    }

    /// With an empty bucket.
    pub(crate) fn small() -> Self {
        Self::small_with(tempfile::tempdir().unwrap(), &[])
    }

    /// Over TLS, with a certificate for `localhost` that `s3-root.pem` in its folder vouches for.
    #[allow(dead_code)] // not every binary of tests has use for it
    pub(crate) fn small_over_tls() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [_, certificate, key] = authority::issue(folder.path(), "s3");
        let mut server = Self::small_with(folder, &[certificate, key]);
        server.scheme = "https";
        server
    }

    fn small_with(folder: tempfile::TempDir, tls: &[PathBuf]) -> Self {
        let program = std::env::var_os("MINGZHENG_S3").map_or_else(small_program, PathBuf::from);
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut server = Command::new(&program)
            .arg(folder.path())
            .args([USER, SECRET])
            .args(tls)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}; cargo xtask setup s3", program.display()));
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { name: "s3s-fs", scheme: "http", port: port.trim().parse().unwrap(), server, folder }
    }

    pub(crate) fn address(&self) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}", self.scheme, self.port)
    }

    pub(crate) fn access(&self, prefix: &str) -> Access {
        let access = Access::new(&self.address(), BUCKET, prefix, "us-east-1", USER, SECRET);
        access.at(&self.address(), (self.scheme == "https").then(|| self.root()))
    }

    /// The root of its certificate.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("s3-root.pem")
    }

    #[allow(dead_code)] // the conversation has no use for it
    pub(crate) fn access_at(&self, port: u16, prefix: &str) -> Access {
        Access::new(&format!("http://127.0.0.1:{port}"), BUCKET, prefix, "us-east-1", USER, SECRET)
    }

    #[allow(dead_code)] // the conversation has no use for it
    pub(crate) fn access_with(&self, prefix: &str, secret: &str) -> Access {
        Access::new(&self.address(), BUCKET, prefix, "us-east-1", USER, secret)
    }

    /// The settings of an office that keeps its files here.
    #[allow(dead_code)] // the contract has no use for it
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("MINGZHENG_OBJECTS", format!("s3://{BUCKET}/office")),
            ("MINGZHENG_OBJECTS_ENDPOINT", self.address()),
            ("AWS_ACCESS_KEY_ID", USER.into()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.into()),
        ];
        if self.scheme == "https" {
            all.push(("MINGZHENG_OBJECTS_ROOT", self.root().to_str().unwrap().into()));
        }
        all
    }

    /// What lies in the bucket under that name, seen beside the protocol.
    pub(crate) fn remains(&self, name: &str) -> Vec<PathBuf> {
        named(&self.folder.path().join(BUCKET), name)
    }
}

/// Files and folders below `folder` whose name begins so.
pub(crate) fn named(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()) {
        if path.file_name().unwrap().to_str().unwrap().starts_with(name) {
            // An empty folder of a name is no content.
            found.extend(Some(path.clone()).filter(|p| p.is_file() || std::fs::read_dir(p).unwrap().next().is_some()));
        } else if path.is_dir() {
            found.extend(named(&path, name));
        }
    }
    found
}

/// Where `cargo xtask setup s3` builds it.
fn small_program() -> PathBuf {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| !p.as_os_str().is_empty()).or(home);
    cache.expect("HOME or XDG_CACHE_HOME").join("mingzheng/s3/debug/s3")
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}
