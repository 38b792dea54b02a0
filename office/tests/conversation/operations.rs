//! `docs/operations.md`: every command that can run here is taken from the page and run, in its order, in one folder.

use std::process::Command;

#[test]
fn every_command_of_the_page_that_can_run_here_runs() {
    let page = include_str!("../../../docs/operations.md");
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
        .args(["--config", "office/mingzheng.toml", "serve", "--show-config"])
        .env("MINGZHENG_METRICS", "127.0.0.1:9187")
        .env("MINGZHENG_TLS_CERTIFICATE", "c.pem")
        .env("MINGZHENG_TLS_KEY", "k.pem")
        .env("MINGZHENG_PUBLIC_ADDRESS", "https://zf.example")
        .current_dir(place.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    for setting in ["tls_certificate", "tls_key", "listen", "public_address", "metrics"] {
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

/// The unit, as systemd reads it, where there is one.
#[test]
fn the_unit_starts_what_there_is_and_nothing_more() {
    let unit = include_str!("../../systemd/mingzheng.service");
    for line in ["ExecStart=/usr/local/bin/mingzheng serve", "NoNewPrivileges=yes", "ProtectSystem=strict", "User=mingzheng"] {
        assert!(unit.lines().any(|l| l == line), "{line}");
    }
    assert!(!unit.to_lowercase().contains("password"));
}
