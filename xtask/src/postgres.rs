//! The stage `database`: the office's tests a second time, on a PostgreSQL server of their own: an unprivileged user, a private socket and no port, everything synced.

use crate::cargo;
use crate::count::{self, Count};
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
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
    let (output, succeeded) = log.ask(cargo::cargo(place, &tests).env("MINGZHENG_POSTGRES", server.address()))?;
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
}

impl Server {
    pub(crate) fn start(log: &mut Log) -> Result<Self, String> {
        let server = Self {
            programs: newest_programs()?,
            folder: std::env::temp_dir().join(format!("mingzheng-postgres-{}", process::id())),
        };
        let folder = &server.folder;
        let failed = |error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(failed)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        if is_root() {
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
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories={} -c unix_socket_permissions=0777 -c max_connections=300",
            folder.display()
        );
        log.run(
            server.program("pg_ctl").arg("-D").arg(&data).args(["-w", "-o", &options, "-l"]).arg(folder.join("log")).arg("start"),
        )?;
        Ok(server)
    }

    /// Where `{db}` stands for the name of a database.
    fn address(&self) -> String {
        format!("postgres://mingzheng@localhost/{{db}}?host={}", self.folder.display())
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

    /// PostgreSQL does not run as root; the package brings its user.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
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

fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|data| data.uid() == 0)
}

/// Debian keeps a folder for each version.
fn newest_programs() -> Result<PathBuf, String> {
    let all = fs::read_dir("/usr/lib/postgresql").map_err(|error| format!("/usr/lib/postgresql: {error}"))?;
    let numbered = all.flatten().filter_map(|e| Some((e.file_name().to_str()?.parse::<u32>().ok()?, e.path().join("bin"))));
    let newest = numbered.filter(|(_, path)| path.join("initdb").is_file()).max();
    newest.map(|(_, path)| path).ok_or_else(|| "no initdb below /usr/lib/postgresql".into())
}
