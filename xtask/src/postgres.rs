//! The stage `database`: the office's tests a second time, on a PostgreSQL server of their own: an unprivileged user, a private socket, a port of loopback that speaks TLS, everything synced.

use crate::cargo;
use crate::count::{self, Count};
use crate::debian;
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{self, Command};

/// Storage tests on both engines, the office's conversation with phones on PostgreSQL.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    let server = Server::start(log)?;
    let tests = [
        "test",
        "--workspace",
        "--no-fail-fast",
        "--test",
        "store",
        "--test",
        "conversation",
        "--",
        "--nocapture",
        "--test-threads=4",
    ];
    let (output, succeeded) = log.ask(cargo::cargo(place, &tests).envs(server.variables()))?;
    server.stop(log)?;
    let told = |what: &str| output.lines().filter(|line| line.contains(what)).count();
    let (there, here) = (told("office on PostgreSQL"), told("office on SQLite"));
    say::line(&format!("  offices on PostgreSQL: {there}, on SQLite: {here}; left to SQLite: {}", told("on SQLite only")));
    for line in output.lines().filter(|line| line.contains("acknowledged by")) {
        say::line(&format!("  {line}"));
    }
    cargo::finished(count::libtest(&output), succeeded, &output)
}

/// A server that lives as long as this value.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Server {
    pub(crate) fn start(log: &mut Log) -> Result<Self, String> {
        let free =
            TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|error| format!("a free port: {error}"))?;
        let server = Self {
            programs: newest_programs()?,
            folder: std::env::temp_dir().join(format!("mingzheng-postgres-{}", process::id())),
            port: free.port(),
        };
        let folder = &server.folder;
        let failed = |error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(failed)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        if debian::is_root() {
            log.run(Command::new("chown").arg("postgres").arg(folder))?;
        }
        let data = folder.join("data");
        log.run(server.program("initdb").arg("-D").arg(&data).args([
            "-U",
            "mingzheng",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]))?;
        server.certify(log)?;
        let here = folder.display();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c ssl=on -c ssl_cert_file={here}/server.pem -c ssl_key_file={here}/server.key \
             -c unix_socket_directories={here} -c unix_socket_permissions=0777 -c max_connections=300",
            server.port
        );
        log.run(
            server.program("pg_ctl").arg("-D").arg(&data).args(["-w", "-o", &options, "-l"]).arg(folder.join("log")).arg("start"),
        )?;
        Ok(server)
    }

    /// A root of its own, `root.pem`, and a certificate for `localhost` below it.
    fn certify(&self, log: &mut Log) -> Result<(), String> {
        let names = self.folder.join("names");
        fs::write(&names, "subjectAltName = DNS:localhost\n").map_err(|error| format!("{}: {error}", names.display()))?;
        for line in [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-root -keyout root.key -out root.pem",
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
            "x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile names -out server.pem",
        ] {
            log.run(self.as_its_user("openssl".into()).args(line.split(' ')))?;
        }
        Ok(())
    }

    /// Where `{db}` stands for the name of a database.
    fn address(&self) -> String {
        format!("postgres://mingzheng@localhost:{}/{{db}}?host={}", self.port, self.folder.display())
    }

    /// What the tests are told: the socket, the port with TLS, and the root of its certificate.
    fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("MINGZHENG_POSTGRES", self.address()),
            // For the commands of docs/operations.md, which name none.
            ("PGPORT", self.port.to_string()),
            ("MINGZHENG_POSTGRES_TLS", format!("postgres://mingzheng@localhost:{}/{{db}}", self.port)),
            ("MINGZHENG_POSTGRES_ROOT", self.folder.join("root.pem").display().to_string()),
        ]
    }

    /// Makes an empty database. Gives its address.
    pub(crate) fn create(&self, log: &mut Log, name: &str) -> Result<String, String> {
        let address = |name| self.address().replace("{db}", name);
        log.run(Command::new("psql").args(["-qX", "-d", &address("postgres"), "-c", &format!("CREATE DATABASE {name}")]))?;
        Ok(address(name))
    }

    pub(crate) fn stop(self, log: &mut Log) -> Result<(), String> {
        log.run(self.program("pg_ctl").arg("-D").arg(self.folder.join("data")).args(["-m", "immediate", "stop"])).map(drop)
    }

    fn program(&self, name: &str) -> Command {
        self.as_its_user(self.programs.join(name))
    }

    /// PostgreSQL does not run as root; the package brings its user.
    fn as_its_user(&self, program: PathBuf) -> Command {
        let mut command = if debian::is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a failure it may still run; after `stop` this finds nothing.
        self.program("pg_ctl").arg("-D").arg(self.folder.join("data")).args(["-m", "immediate", "stop"]).output().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// Debian keeps a folder for each version.
fn newest_programs() -> Result<PathBuf, String> {
    let all = fs::read_dir("/usr/lib/postgresql").map_err(|error| format!("/usr/lib/postgresql: {error}"))?;
    let numbered = all.flatten().filter_map(|e| Some((e.file_name().to_str()?.parse::<u32>().ok()?, e.path().join("bin"))));
    let newest = numbered.filter(|(_, path)| path.join("initdb").is_file()).max();
    newest.map(|(_, path)| path).ok_or_else(|| "no initdb below /usr/lib/postgresql".into())
}
