//! `docs/operations.md`: every command that can run here is taken from the page and run, in its order, in one folder.

use super::history::{go_on, started};
use super::postgres::Database;
use super::*;

const PAGE: &str = include_str!("../../../docs/operations.md");

/// The lines of the page that need servers, up to the backup and from there on.
fn of_several_machines() -> (String, String) {
    let lines: Vec<&str> = PAGE.lines().filter_map(|l| l.strip_prefix("$$ ")).collect();
    let served = lines.iter().position(|l| l.contains(" backup ")).unwrap();
    (lines[..served].join("\n"), lines[served..].join("\n"))
}

/// Runs lines of the page as a shell does, with these servers in place of those of the page.
fn shell(place: &std::path::Path, lines: &str, socket: &str, s3: &str) {
    let lines = lines.replace("/run/postgresql", socket).replace("http://127.0.0.1:9000", s3);
    let mut folders = vec![std::path::Path::new(env!("CARGO_BIN_EXE_mingzheng")).parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let path = std::env::join_paths(folders).unwrap();
    let out = Command::new("sh").args(["-exc", &lines]).env("PATH", path).current_dir(place).output().unwrap();
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    println!("ran {} lines of docs/operations.md on PostgreSQL and MinIO", lines.lines().count());
}

/// Three copies on one PostgreSQL and one S3 store, set up, backed up and restored by the lines of the page.
#[test]
fn f21_f35_three_copies_are_set_up_and_restored_by_the_page() {
    let Some(server) = std::env::var("MINGZHENG_POSTGRES").ok() else {
        return println!("without PostgreSQL: MINGZHENG_POSTGRES names no server");
    };
    let minio = s3::Server::minio();
    let s3 = minio.address();
    let socket = server.split_once("host=").unwrap().1.to_owned();
    let [first, again] = ["mingzheng", "mingzheng_again"].map(|name| Database::named(name).unwrap());
    let (set_up, back_up) = of_several_machines();
    let place = tempfile::tempdir().unwrap();
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    for (name, folder) in ["one", "two", "three"].iter().zip(&folders) {
        std::os::unix::fs::symlink(folder.path(), place.path().join(name)).unwrap();
    }
    shell(place.path(), &set_up, &socket, &s3);
    let address = first.address.clone();
    let copies = folders.map(|folder| {
        let environment = vec![
            ("MINGZHENG_DATABASE", address.clone()),
            ("MINGZHENG_OBJECTS", "s3://sealed/mingzheng".into()),
            ("MINGZHENG_OBJECTS_ENDPOINT", s3.clone()),
            ("AWS_ACCESS_KEY_ID", "mingzheng".into()),
            ("AWS_SECRET_ACCESS_KEY", "practice-only".into()),
        ];
        let mut copy = Office::at(folder);
        copy.environment = environment;
        copy.serve(0);
        copy
    });
    // A phone goes from copy to copy; its file arrives by two of them.
    let [mut one, two, three] = copies;
    let mut d = started(&one, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    d.address.clone_from(&two.address);
    assert_eq!(go_on(&mut d, 2).status, 201);
    one.stop();
    d.address.clone_from(&three.address);
    assert_eq!(go_on(&mut d, 3).status, 201);
    shell(place.path(), &format!("{}\n{back_up}", exports(&set_up)), &socket, &s3);
    let ask = |d: &Database| {
        postgres::ask(&d.address, "SELECT (SELECT count(*) FROM entries), (SELECT root FROM leaves ORDER BY idx DESC LIMIT 1)")
    };
    assert_eq!(ask(&first), ask(&again));
    assert!(ask(&again).starts_with("4|"), "{}", ask(&again));
}

/// What the lines set for those after them.
fn exports(lines: &str) -> String {
    lines.lines().filter(|l| l.starts_with("export ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_command_of_the_page_that_can_run_here_runs() {
    let page = PAGE;
    let place = tempfile::tempdir().unwrap();
    let commands: Vec<&str> = page.lines().filter_map(|l| l.strip_prefix("$ mingzheng ")).collect();
    for wanted in ["init", "check", "backup", "restore"] {
        assert!(commands.iter().any(|c| c.split(' ').any(|w| w == wanted)), "{wanted} is in no command of the page");
    }
    for line in &commands {
        let arguments = line.split_whitespace();
        let out = Command::new(env!("CARGO_BIN_EXE_mingzheng")).args(arguments).current_dir(place.path()).output().unwrap();
        assert!(out.status.success(), "{line}\n{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    }
    // What the page names of the settings, of files in the tree and of findings is there.
    let shown = Command::new(env!("CARGO_BIN_EXE_mingzheng"))
        .args(["--config", "organ/mingzheng.toml", "serve", "--show-config"])
        .env("MINGZHENG_METRICS", "127.0.0.1:9187")
        .env("MINGZHENG_DATABASE_ROOT", "d.pem")
        .env("MINGZHENG_OBJECTS_ROOT", "o.pem")
        .env("MINGZHENG_TLS_CERTIFICATE", "c.pem")
        .env("MINGZHENG_TLS_KEY", "k.pem")
        .env("MINGZHENG_PUBLIC_ADDRESS", "https://zf.example")
        .current_dir(place.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    for setting in [
        "tls_certificate",
        "tls_key",
        "listen",
        "public_address",
        "metrics",
        "database_root",
        "objects_root",
        "plain_stores",
        "lease_seconds",
    ] {
        assert!(page.contains(&format!("`{setting}")) && shown.contains(&format!("\n{setting} = ")), "{setting} in\n{shown}");
    }
    let check = include_str!("../../src/check.rs");
    for code in check.split('"').filter(|w| w.contains('-') && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')) {
        assert!(page.contains(&format!("`{code}`")), "finding {code} is explained");
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["office/systemd/mingzheng.service", "office/Containerfile"] {
        assert!(page.contains(file) && root.join(file).exists(), "{file}");
    }
}

/// What the unit promises, where no systemd can be started to try it (`installed`).
#[test]
fn the_unit_starts_what_there_is_and_nothing_more() {
    let unit = include_str!("../../systemd/mingzheng.service");
    for line in ["ExecStart=/usr/local/bin/mingzheng serve", "NoNewPrivileges=yes", "ProtectSystem=strict", "User=mingzheng"] {
        assert!(unit.lines().any(|l| l == line), "{line}");
    }
}
