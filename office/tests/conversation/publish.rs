//! What the office publishes about officers and what it prints: public list, signed lists, desk card, leaflet (R03, R12, R13, R16).

use super::*;

/// An answer of the public pages.
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

fn ask(office: &Office, path: &str, known: Option<&str>) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = agent.get(format!("{}{path}", office.address));
    if let Some(tag) = known {
        request = request.header("if-none-match", tag);
    }
    let mut r = request.call().unwrap();
    assert!(r.headers().get("set-cookie").is_none(), "{path}: public pages know no cookies");
    Answer { status: r.status().as_u16(), headers: r.headers().clone(), body: r.body_mut().read_to_vec().unwrap() }
}

fn add_pack(office: &Office) {
    let pack = office.folder.path().join("pack.cbor");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
    office.say(&["pack", "sign", source.to_str().unwrap(), "--out", pack.to_str().unwrap()]);
    office.say(&["pack", "add", pack.to_str().unwrap()]);
}

fn poppler(tool: &str, pdf: &[u8], last: &[&str]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let out = Command::new(tool).arg(file.path()).args(last).output().expect("Debian package poppler-utils");
    assert!(out.status.success(), "{tool}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

fn pages(pdf: &[u8]) -> usize {
    let info = poppler("pdfinfo", pdf, &[]);
    info.lines().find_map(|l| l.strip_prefix("Pages:")).unwrap().trim().parse().unwrap()
}

/// R13, R16: one sheet a language with the one address, where to complain, the root, and the pack's rights.
#[test]
fn r13_r16_the_leaflet_names_the_one_address_and_is_sent_again_only_when_it_changed() {
    let office = Office::start();
    let bare = ask(&office, "/leaflet.pdf", None);
    assert_eq!((bare.status, bare.header("content-type")), (200, "application/pdf"));
    let said = without_space(&poppler("pdftotext", &bare.body, &["-"]));
    assert!(
        said.contains("zf.example/b") && said.contains("五步核验") && !said.contains("有权申请回避"),
        "without a pack no rights"
    );
    add_pack(&office);
    let leaflet = ask(&office, "/leaflet.pdf", Some(bare.header("etag")));
    assert_eq!(leaflet.status, 200, "the rights came: another leaflet");
    assert_eq!(pages(&leaflet.body), 4);
    let said = without_space(&poppler("pdftotext", &leaflet.body, &["-"]));
    let root = office.trust().roots.fingerprint().unwrap().to_string();
    for wanted in [
        "亮证核验告知单",
        "zf.example/b",
        "https://zf.example/officers",
        "12345",
        "无法判断",
        "有权申请回避",
        "五十五条",
        "以实体证/省电子证为准",
        "Howtocheckanofficer'sbadge",
        "某县卫生健康局",
    ] {
        assert!(said.contains(wanted), "{wanted}\n{said}");
    }
    assert!(said.contains(&without_space(&root)), "the root stands on every paper handed to the party");
    let again = ask(&office, "/leaflet.pdf", Some(leaflet.header("etag")));
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, leaflet.header("etag")));
    assert_eq!(again.header("cache-control"), "no-cache");
}

/// P7, R16, B10: what the badge page takes from its office.
#[test]
fn r16_b10_the_page_is_told_address_complaint_rights_and_that_the_badge_is_an_aid() {
    let office = Office::start();
    let config = || serde_json::from_str::<serde_json::Value>(&ask(&office, "/badge/config.json", None).text()).unwrap();
    let bare = config();
    assert!(bare["rights"].as_array().unwrap().is_empty() && bare["aid"]["zh"].as_str().unwrap().contains("辅助"));
    add_pack(&office);
    let c = config();
    assert_eq!(c["root"], hex(&office.trust().roots.fingerprint().unwrap().0));
    assert_eq!(
        (&c["organ"], &c["phone"], &c["address"], &c["list"]),
        (&"某县卫生健康局".into(), &"12345".into(), &"zf.example/b".into(), &"/officers".into())
    );
    assert_eq!((&c["complaint"]["zh"], &c["complaint"]["en"]), (&"监督电话：12345".into(), &"Complaints: 12345".into()));
    assert_eq!((&c["rights"][0]["language"], &c["rights"][1]["language"]), (&"zh-Hans".into(), &"en".into()));
    let first = &c["rights"][0]["items"][0];
    assert!(
        first["text"].as_str().unwrap().contains("有权拒绝接受检查") && first["basis"].as_str().unwrap().contains("第五十五条")
    );
    assert_eq!(c["rights_illustrative"], false);
}

/// R12: the desk card holds what must be shown, on one page however long the words are; what the fonts cannot show is named.
#[test]
fn r12_a_desk_card_is_one_page_and_a_missing_character_is_named() {
    let office = Office::start();
    let file = office.folder.path().join("card.pdf");
    let long = "很长的姓名".repeat(4);
    for (name, number) in [("王小明", "110001"), (long.as_str(), "=1+2|<b>&"), ("<script>alert(1)</script>", "川 A-03")] {
        office.invite(name, number);
        office.say(&["card", "--number", number, "--out", file.to_str().unwrap()]);
        let pdf = std::fs::read(&file).unwrap();
        assert_eq!(pages(&pdf), 1);
        let said = without_space(&poppler("pdftotext", &pdf, &["-"]));
        for wanted in [name, number, "某县卫生监督所", "科员", "卫生监督", "监督电话12345", "zf.example/officers", "zf.example/b"]
        {
            assert!(said.contains(&without_space(wanted)), "{wanted}\n{said}");
        }
    }
    office.invite("\u{5d0}\u{5d1}\u{5d2}", "110004");
    let refused = office.run(&["card", "--number", "110004", "--out", file.to_str().unwrap()]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("U+05D0"));
    assert!(!office.run(&["card", "--number", "nobody", "--out", file.to_str().unwrap()]).status.success());
}
