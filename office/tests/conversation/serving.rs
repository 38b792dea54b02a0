//! The server seen from outside: TLS, health, numbers, and a log without personal data.

use crate::database::{database, params};
use crate::device::{Device, random};
use crate::{Office, note};
use mingzheng_core::id::Id;
use mingzheng_core::inspection::Event;
use mingzheng_core::wire::Submission;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

fn get(url: &str) -> (u16, String, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut r = agent.get(url).call().unwrap();
    let kind = r.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    (r.status().as_u16(), kind, r.body_mut().read_to_string().unwrap())
}

/// A certificate for `localhost`, as files of the office's folder; gives its DER.
fn certificate(folder: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("tls.pem"), made.cert.pem()).unwrap();
    made.cert.der().to_vec()
}

/// One request over TLS with exactly this root; the whole answer as text.
fn over_tls(address: &str, root: &[u8], path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(address)?);
    stream.sock.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut out = String::new();
    stream.read_to_string(&mut out)?;
    Ok(out)
}

#[test]
fn tls_serves_with_the_files_of_the_settings_and_takes_new_ones_while_it_runs() {
    let mut office = Office::start();
    let root = certificate(office.folder.path());
    office.environment = vec![("MINGZHENG_TLS_CERTIFICATE", "tls.pem".into()), ("MINGZHENG_TLS_KEY", "tls.key".into())];
    office.stop();
    office.serve(0);
    let address = office.address.strip_prefix("https://").expect("the printed address is that of TLS").to_owned();
    assert!(office.link.starts_with(&format!("https://{address}/console/open?")), "{}", office.link);
    let trust = over_tls(&address, &root, "/healthz").unwrap();
    assert!(trust.starts_with("HTTP/1.1 200") && trust.ends_with("{\"alive\":true}"), "{trust}");
    // Somebody who only connects keeps nobody waiting; plain HTTP is not answered.
    let idle = TcpStream::connect(&address).unwrap();
    assert!(over_tls(&address, &root, "/b").unwrap().starts_with("HTTP/1.1 200"));
    drop(idle);
    let mut plain = TcpStream::connect(&address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut back = Vec::new();
    let _ = plain.read_to_end(&mut back);
    assert!(!back.starts_with(b"HTTP"), "no plain answer on the port of TLS");
    // A stock client agrees.
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &address, "-servername", "localhost", "-verify_return_error", "-CAfile"]);
    let out = openssl.arg(office.folder.path().join("tls.pem")).stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("Verify return code: 0 (ok)"), "{out:?}");
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    assert!(over_tls(&address, stranger.cert.der(), "/healthz").is_err(), "another root does not accept it");
    // A new pair is taken without a restart.
    std::thread::sleep(Duration::from_millis(1100));
    let renewed = certificate(office.folder.path());
    std::thread::sleep(Duration::from_millis(1100));
    assert!(over_tls(&address, &renewed, "/healthz").unwrap().starts_with("HTTP/1.1 200"));
    assert!(over_tls(&address, &root, "/healthz").is_err());
    // Half of a pair, or plain HTTP beyond loopback, is refused at the start.
    for (name, value) in
        [("MINGZHENG_TLS_CERTIFICATE", "tls.pem"), ("MINGZHENG_LISTEN", "0.0.0.0:0"), ("MINGZHENG_METRICS", "0.0.0.0:0")]
    {
        office.environment = vec![(name, value.to_owned())];
        let out = office.run(&["serve", "--port", "0"]);
        assert!(!out.status.success(), "{name}");
        assert!(String::from_utf8_lossy(&out.stderr).contains("错误 error"), "{out:?}");
    }
}

#[test]
fn readiness_names_what_is_missing() {
    let mut office = Office::start();
    let (status, kind, body) = get(&format!("{}/readyz", office.address));
    assert_eq!((status, kind.as_str()), (200, "application/json"), "{body}");
    let said: serde_json::Value = serde_json::from_str(&body).unwrap();
    let all = serde_json::json!({"database": true, "objects": true, "keys": true, "not_in_recovery": true, "disk": true});
    assert_eq!(said, serde_json::json!({"ready": true, "checks": all}));
    let failing = |office: &Office| {
        let (status, _, body) = get(&format!("{}/readyz", office.address));
        let said: serde_json::Value = serde_json::from_str(&body).unwrap();
        let checks = said["checks"].as_object().unwrap();
        let bad: Vec<String> = checks.iter().filter(|(_, ok)| **ok == false).map(|(n, _)| n.clone()).collect();
        assert_eq!(status == 200, bad.is_empty());
        assert_eq!(get(&format!("{}/healthz", office.address)).0, 200, "alive all the same");
        bad
    };
    let (objects, away) = (office.folder.path().join("objects"), office.folder.path().join("away"));
    std::fs::rename(&objects, &away).unwrap();
    assert_eq!(failing(&office), ["objects"]);
    std::fs::rename(&away, &objects).unwrap();
    assert!(failing(&office).is_empty(), "well again without a restart");
    office.environment = vec![("MINGZHENG_LEAST_FREE_MB", (1u64 << 40).to_string())];
    office.stop();
    office.serve(0);
    assert_eq!(failing(&office), ["disk"]);
    // A head that this log does not reach: recovery.
    office.stop();
    office.environment.clear();
    let ahead = format!("0 999 {}\n", "00".repeat(32));
    std::fs::write(office.folder.path().join("newest-head"), ahead).unwrap();
    office.serve(0);
    assert_eq!(failing(&office), ["not_in_recovery"]);
}

/// What OpenMetrics asks of a line: a name, labels, a number; `# EOF` at the end. (The foreign stage reads a page with the parser of `prometheus-client`, PyPI.)
fn numbers(page: &str) -> std::collections::BTreeMap<String, f64> {
    assert!(page.ends_with("# EOF\n"), "{page}");
    let lines = page.lines().filter(|l| !l.starts_with('#'));
    lines
        .map(|l| {
            let (name, value) = l.rsplit_once(' ').unwrap();
            assert!(name.starts_with("mingzheng_"), "{l}");
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

#[test]
fn numbers_and_log_tell_what_the_server_does_and_of_nobody() {
    let mut office = Office::start();
    office.stop();
    office.environment = vec![
        ("MINGZHENG_METRICS", "127.0.0.1:0".into()),
        ("MINGZHENG_LOG", "debug".into()),
        ("MINGZHENG_LOG_FORMAT", "json".into()),
    ];
    std::fs::remove_file(office.journal()).unwrap();
    office.serve(0);
    let metrics = office.metrics.clone().expect("the address of the numbers is printed");
    assert_eq!(get(&format!("{}/metrics", office.address)).0, 404, "not where phones and pages are served");
    let (status, kind, before) = get(&metrics);
    assert_eq!(status, 200);
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let before = numbers(&before);

    // A whole conversation, with names in every place that has one.
    let (person, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let case = Id(random());
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    d.act(Some(case), &note("负责人赵六，身份证 110101199001011234"));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200);
    assert_eq!(d.send("GET", "/v1/custody/王小明", &[], vec![]).status, 404);
    assert_eq!(d.raw("POST", "/v1/enrol", Some("王小明"), &[], "王小明".into()).unwrap().0, 401);
    assert_eq!(get(&format!("{}/officers?q=王小明", office.address)).0, 200);
    assert_eq!(get(&format!("{}/wp-login.php?name=王小明", office.address)).0, 404);
    assert_eq!(crate::console(&office, &format!("/console/cases/{case}")).0, 200);

    office.say(&["head"]);
    let (_, _, page) = get(&metrics);
    let after = numbers(&page);
    let one = |name: &str| after.get(name).copied().unwrap_or_else(|| panic!("{name} in\n{page}"));
    assert_eq!(one("mingzheng_requests_total{method=\"POST\",route=\"/v1/segments\",status=\"201\"}"), 1.0);
    assert_eq!(one("mingzheng_requests_total{method=\"GET\",route=\"/console/cases/{case}\",status=\"200\"}"), 1.0);
    assert_eq!(one("mingzheng_requests_total{method=\"GET\",route=\"other\",status=\"404\"}"), 2.0);
    assert_eq!(one("mingzheng_request_duration_seconds_count{route=\"/v1/feed\"}"), 1.0);
    assert_eq!(one("mingzheng_requests_under_way"), 0.0);
    assert_eq!(one("mingzheng_enrolments"), 1.0);
    assert!(one("mingzheng_log_size") > before["mingzheng_log_size"]);
    assert!(one("mingzheng_phone_received_bytes_total") > 500.0);
    assert!(one("mingzheng_head_published_seconds") > 1.7e9);
    assert!(one("mingzheng_trust_until_seconds") > crate::now() as f64 / 1000.0 + 360.0 * 86_400.0);
    assert!(one("mingzheng_free_bytes") > 0.0);

    let log = std::fs::read_to_string(office.journal()).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|l| serde_json::from_str(l).expect(l)).collect();
    assert!(lines.iter().all(|l| l["at"].as_str().is_some_and(|t| t.ends_with('Z')) && l["level"].is_string()), "{log}");
    assert!(lines.iter().any(|l| l["message"] == "device enrolled"), "{log}");
    assert!(lines.iter().any(|l| l["route"] == "/v1/segments" && l["status"] == 201), "{log}");
    assert!(!log.contains("link="), "whoever reads the log is not thereby the office");
    // Of nobody: neither what was typed nor who it was, as text, escaped, or in the form of an address.
    for text in [log.as_str(), page.as_str()] {
        for name in ["王小明", "赵六", "110101199001011234", "110001", "%E7%8E%8B", "\\u738b", "q="] {
            assert!(!text.contains(name), "{name} in\n{text}");
        }
    }
    assert!(
        !page.contains(&person) && !page.contains(&case.to_string()) && !page.contains(&d.log.to_string()),
        "no ids in numbers"
    );
}

/// Who watches sees whether somebody does the daily work, which phones lag behind, and what waits: without a name.
#[test]
fn numbers_tell_of_the_daily_work_of_phones_that_lag_and_of_what_waits() {
    let mut office = Office::start();
    office.stop();
    office.environment = vec![("MINGZHENG_METRICS", "127.0.0.1:0".into())];
    office.serve(0);
    let metrics = office.metrics.clone().unwrap();
    let names = ["feed_devices_behind", "feed_lag_items", "uploads_waiting", "uploads_open", "destructions_open"];
    let told = || {
        let all = numbers(&get(&metrics).2);
        names.map(|name| all[&format!("mingzheng_{name}")] as i64)
    };
    let since = std::time::Instant::now();
    while numbers(&get(&metrics).2)["mingzheng_daily_work_held"] != 1.0 {
        assert!(since.elapsed() < Duration::from_secs(20), "nobody does the daily work");
    }
    assert!(numbers(&get(&metrics).2)["mingzheng_daily_work_until_seconds"] > crate::now() as f64 / 1000.0 + 60.0);
    assert_eq!(told(), [0; 5]);
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let items = told()[1];
    assert!(items >= 1, "its badge waits for it");
    assert_eq!(told()[0], 0, "not for long");
    let db = database(&office);
    db.execute("UPDATE feed SET at = at - ?", params![2 * 86_400_000_i64]).unwrap();
    assert_eq!(told()[0], 1, "it was not heard of for two days");
    // The first question says that it has nothing yet; the next one that it has everything.
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200);
    let most: i64 = db.query_row("SELECT max(n) FROM feed", params![], |r| r.get(0)).unwrap();
    assert_eq!((told()[0], told()[1]), (1, most));
    assert_eq!(d.send("GET", &format!("/v1/feed?after={most}"), &[], vec![]).status, 200);
    assert_eq!((told()[0], told()[1]), (0, 0));
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200);
    assert_eq!(told()[0], 1, "a phone that was restored has to be told again");
    let log = d.log.to_string();
    office.say(&["device", "revoke", &log, "--reason", "遗失"]);
    assert_eq!((told()[0], told()[1]), (0, 0), "a withdrawn one lags behind nothing");
    let put = "INSERT INTO uploads (sealed, enrolment, length, received, started, complete) VALUES (?, ?, 9, ?, 1, ?)";
    for (n, received, complete) in [(1_u8, 4_i64, None), (2, 9, None), (3, 9, Some(1_i64))] {
        db.execute(put, params![[n; 32], d.enrolment.as_ref().unwrap().0.enrolment.0, received, complete]).unwrap();
    }
    db.execute("INSERT INTO destroying (proposal, at) VALUES (7, 1)", params![]).unwrap();
    assert_eq!(told(), [0, 0, 2, 2, 1], "one has all bytes, one is to be opened; two are not whole; one list");
    // Each number has its line for who watches.
    let page = include_str!("../../../docs/operations.md");
    for line in get(&metrics).2.lines().filter_map(|l| l.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(page.contains(&format!("`{name}")), "{name} is not in docs/operations.md");
    }
}

/// An office whose database and files are elsewhere speaks TLS with both, as a running server; under another root it does not begin, or is not ready.
#[test]
fn a_server_speaks_tls_with_its_stores() {
    let server = crate::s3::Server::small_over_tls();
    let mut office = Office::start();
    office.stop();
    office.environment = server.settings();
    let tls = std::env::var("MINGZHENG_POSTGRES_TLS").ok().zip(office.database.as_mut());
    if let Some((address, d)) = tls {
        d.address = address.replace("{db}", d.name());
        office.environment.push(("MINGZHENG_DATABASE_ROOT", std::env::var("MINGZHENG_POSTGRES_ROOT").unwrap()));
        println!("TLS to PostgreSQL and S3");
    }
    office.serve(0);
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let photo = d.seal(b"photo bytes");
    d.act(Some(Id(random())), &crate::captured(b"photo bytes", &photo));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    crate::upload(&mut d, &photo);
    let name = mingzheng_core::id::hex(&mingzheng_core::id::sha256(&photo));
    assert_eq!(d.send("GET", &format!("/v1/custody/{name}"), &[], vec![]).status, 200);
    assert_eq!(server.remains(&name).len(), 1);
    assert_eq!(get(&format!("{}/readyz", office.address)).0, 200);
    office.stop();
    let [stranger, ..] = crate::authority::issue(office.folder.path(), "stranger");
    let stranger = stranger.to_str().unwrap().to_owned();
    let kept = office.environment.clone();
    for wrong in ["MINGZHENG_OBJECTS_ROOT", "MINGZHENG_DATABASE_ROOT"] {
        if !kept.iter().any(|(name, _)| *name == wrong) {
            continue;
        }
        office.environment = kept.iter().filter(|(name, _)| *name != wrong).cloned().collect();
        office.environment.push((wrong, stranger.clone()));
        if wrong == "MINGZHENG_OBJECTS_ROOT" {
            office.serve(0);
            let (status, _, said) = get(&format!("{}/readyz", office.address));
            assert!(status == 503 && said.contains("\"objects\":false"), "{said}");
            office.stop();
        } else {
            let out = office.run(&["serve", "--port", "0"]);
            assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("UnknownIssuer"), "{out:?}");
        }
    }
}

/// F37: whoever speaks no version of this office's hears so, signed, and nothing else happens; an older phone says nothing of versions.
#[test]
fn f37_another_version_is_told_to_update_and_nothing_is_half_done() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    d.checkpoint();
    let body = Submission::encode_all(&[d.submission(0)]).unwrap();
    let size = d.send("GET", "/v1/feed?after=0", &[], vec![]).answer.head.size;
    for versions in ["2", "9, 2", "", "x"] {
        let back = d.send("POST", "/v1/segments", &[("mz-version", versions.into())], body.clone());
        assert_eq!((back.status, back.code().as_str(), back.answer.head.size), (426, "update", size), "{versions}");
        assert_eq!(back.header("mz-version"), Some("1"), "the answer says what is spoken here");
        let (status, headers, _) = d.raw("GET", "/v1/trust", None, &[("mz-version", versions.into())], vec![]).unwrap();
        assert_eq!((status, headers["mz-version"].to_str().unwrap()), (426, "1"));
        // A request of a version that this office cannot even read.
        let (status, _, said) =
            d.raw("POST", "/v1/segments", Some("AAAA"), &[("mz-version", versions.into())], body.clone()).unwrap();
        assert_eq!((status, mingzheng_core::wire::error_code(&said).unwrap().0.as_str()), (426, "update"));
    }
    let back = d.send("POST", "/v1/segments", &[("mz-version", "2, 1".into())], body);
    assert_eq!((back.status, back.header("mz-version")), (201, Some("1")), "a newer phone that still speaks this version");
}
