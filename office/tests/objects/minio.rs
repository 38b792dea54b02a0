//! A real MinIO on a free port of loopback, with a folder that goes when it is dropped.

use mingzheng_office::objects::{Access, S3};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const USER: &str = "mingzheng";
const SECRET: &str = "practice-only";
const BUCKET: &str = "sealed";

pub(crate) struct Minio {
    server: Child,
    pub(crate) port: u16,
    _folder: tempfile::TempDir,
}

impl Minio {
    pub(crate) fn start() -> Self {
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
        let minio = Self { server, port, _folder: folder };
        let s3 = S3::new(minio.access("")).unwrap();
        let since = Instant::now();
        while let Err(e) = s3.make_bucket() {
            assert!(since.elapsed() < Duration::from_secs(60), "MinIO does not start: {e}");
            sleep(Duration::from_millis(200));
        }
        minio
    }

    pub(crate) fn access(&self, prefix: &str) -> Access {
        self.access_at(self.port, prefix)
    }

    pub(crate) fn access_at(&self, port: u16, prefix: &str) -> Access {
        Access::new(&format!("http://127.0.0.1:{port}"), BUCKET, prefix, "us-east-1", USER, SECRET)
    }

    #[allow(dead_code)] // the conversation has no use for it
    pub(crate) fn access_with(&self, prefix: &str, secret: &str) -> Access {
        Access::new(&format!("http://127.0.0.1:{}", self.port), BUCKET, prefix, "us-east-1", USER, secret)
    }
}

impl Drop for Minio {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}
