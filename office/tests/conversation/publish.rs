//! What the office publishes about officers and what it prints: public list, signed lists, desk card, leaflet (R03, R12, R13, R16).

use super::*;
use mingzheng_core::badge::OfficerList;
use mingzheng_core::badge::status::{CertificateStatus, StatusList};
use mingzheng_office::office::Office as Folder;
use mingzheng_office::register::{self, Act, Cause, Step};
use mingzheng_office::settings::Settings;

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

pub(super) fn poppler(tool: &str, pdf: &[u8], last: &[&str]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let out = Command::new(tool).arg(file.path()).args(last).output().expect("Debian package poppler-utils");
    assert!(out.status.success(), "{tool}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

pub(super) fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

fn pages(pdf: &[u8]) -> usize {
    let info = poppler("pdfinfo", pdf, &[]);
    info.lines().find_map(|l| l.strip_prefix("Pages:")).unwrap().trim().parse().unwrap()
}

/// Keeps a picture of the first page where `MINGZHENG_SHOTS` says, for people and the docs.
pub(super) fn picture(name: &str, pdf: &[u8]) {
    let Some(folder) = std::env::var_os("MINGZHENG_SHOTS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    poppler("pdftoppm", pdf, &["-png", "-r", "80", "-singlefile", Path::new(&folder).join(name).to_str().unwrap()]);
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
    picture("leaflet", &leaflet.body);
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
        if number == "110001" {
            picture("desk-card", &pdf);
        }
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

/// Names that attack a page or a spreadsheet, and one from right to left.
const HOSTILE: [(&str, &str); 6] = [
    ("王小明", "110001"),
    ("<script>alert(1)</script>", "110002"),
    ("=HYPERLINK(\"http://evil\")", "+110003"),
    ("\u{5d0}\u{5d1}\u{5d2} &amp; 'x'", "@110004"),
    ("很长的姓名很长的姓名很长的姓名很长的姓名", "110005"),
    ("\" onfocus=alert(1) x=\"", "110006"),
];

fn record(office: &Office, number: &str, act: Act) {
    let folder = Folder::open(Settings::load(&office.folder.path().join("mingzheng.toml")).unwrap()).unwrap();
    let certificate = folder.store.read(|c| register::by_number(c, number)).unwrap().unwrap();
    let day = register::today(&folder).unwrap();
    let (reason, basis, by) = ("测试".into(), "行政执法证件管理办法".into(), "局长".into());
    register::record(&folder, &[certificate.id], &Step { act, reason, basis, by, day }).unwrap();
}

fn unescaped(html: &str) -> String {
    let mut text = html.to_owned();
    for (entity, c) in [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")] {
        text = text.replace(entity, c);
    }
    text
}

/// The lines of the page, each cell as a reader sees it.
fn rows_of_page(html: &str) -> Vec<Vec<String>> {
    let body = html.split("<tbody").nth(1).map_or("", |b| b.split("</tbody>").next().unwrap());
    let cells = |row: &str| row.split("<bdi>").skip(1).map(|c| unescaped(c.split("</bdi>").next().unwrap())).collect();
    body.split("<tr").skip(1).map(cells).collect()
}

/// RFC 4180, every cell quoted; the apostrophe that keeps a formula from running is no part of the value.
fn rows_of_table(csv: &str) -> Vec<Vec<String>> {
    let lines = csv.strip_prefix('\u{feff}').expect("byte order mark").split_terminator("\r\n").skip(1);
    let cell = |c: &str| {
        let text = c.replace("\"\"", "\"");
        assert!(!text.starts_with(['=', '+', '-', '@']), "{text} would run");
        text.strip_prefix('\'').map_or(text.clone(), str::to_owned)
    };
    let cells = |l: &str| l.strip_prefix('"').unwrap().strip_suffix('"').unwrap().split("\",\"").map(cell).collect();
    lines.map(cells).collect()
}

fn rows_of_signed(bytes: &[u8], trust: &TrustList) -> Vec<Vec<String>> {
    let list = OfficerList::open(bytes, trust).unwrap();
    assert_eq!(list.organ, "某县卫生健康局");
    let day = |d: u32| format!("{}-{:02}-{:02}", d / 10_000, d / 100 % 100, d % 100);
    list.officers.into_iter().map(|o| vec![o.name, o.unit, o.position, o.number, o.category, o.area, day(o.until)]).collect()
}

/// R03: page, table and signed list say the same of the same officers, exactly the seven fields, whatever people are called.
#[test]
fn r03_page_table_and_signed_list_hold_exactly_the_seven_fields() {
    let office = Office::start();
    assert!(ask(&office, "/officers", None).text().contains("目前没有有效的执法证件"));
    let persons: Vec<String> = HOSTILE.iter().map(|(name, number)| office.invite(name, number).0).collect();
    let mut expected: Vec<Vec<String>> = HOSTILE
        .iter()
        .map(|(name, number)| {
            [*name, "某县卫生监督所", "科员", *number, "卫生监督", "某县", "2030-12-31"].map(String::from).to_vec()
        })
        .collect();
    expected.sort_by(|a, b| a[3].cmp(&b[3]));

    let page = ask(&office, "/officers", None);
    let html = page.text();
    assert_eq!(rows_of_page(&html), expected);
    assert!(!html.contains("<script") && !html.contains("\" onfocus"), "names are text");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(html.contains("某县卫生健康局") && html.contains("截至") && html.contains("tel:12345"));
    let headings: Vec<&str> = ["姓名", "单位", "职务", "证件编号", "执法类别", "执法区域", "证件有效期"].into();
    assert_eq!(html.matches("role=\"columnheader\"").count(), 7);
    assert!(headings.iter().all(|h| html.contains(h)));

    let table = ask(&office, "/officers.csv", None);
    assert_eq!(rows_of_table(&table.text()), expected);
    assert_eq!(table.text().lines().next().unwrap(), format!("\u{feff}\"{}\"", headings.join("\",\"")));
    assert!(table.header("content-disposition").starts_with("attachment; filename=\"officers-2"));
    assert!(table.header("content-type").starts_with("text/csv; charset=utf-8"));

    let signed = ask(&office, "/officers.cbor", None);
    assert_eq!(rows_of_signed(&signed.body, &office.trust()), expected);
    for person in &persons {
        assert!(!html.contains(person) && !table.text().contains(person), "no inner identifier");
    }

    // Looked for by part of a name, number or unit; what was asked is text too.
    let search = |q: &str| rows_of_page(&ask(&office, &format!("/officers?q={q}"), None).text());
    assert_eq!(search("%E5%B0%8F%E6%98%8E"), [expected.iter().find(|r| r[0] == "王小明").unwrap().clone()]);
    assert_eq!(search("110004").len(), 1);
    assert_eq!(search("%E7%9B%91%E7%9D%A3%E6%89%80").len(), 6);
    assert_eq!(search("2030").len(), 0, "only name, number and unit are searched");
    let nobody = ask(&office, "/officers?q=%22%3E%3Cscript%3E", None).text();
    assert!(nobody.contains("本名单中没有查到") && !nobody.contains("<script"));
    assert_eq!(rows_of_page(&ask(&office, "/officers?category=%E5%8D%AB%E7%94%9F%E7%9B%91%E7%9D%A3", None).text()).len(), 6);
    assert_eq!(rows_of_page(&ask(&office, "/officers?category=x", None).text()).len(), 0);
}

/// R02, P7: who asks again after a suspension is told at once; nothing is sent twice to who knows it; the suspended and cancelled are not listed.
#[test]
fn r02_p7_a_suspension_is_published_at_once_and_unchanged_lists_are_not_sent_again() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut device = Device::enrolled(&invitation);
    let badge = device.feed().into_iter().find(|(kind, _)| kind == "badge").unwrap().1;
    let index = Badge::open(&badge, &office.trust()).unwrap().status;
    office.invite("李小红", "110002");

    let list = ask(&office, "/status.cwt", None);
    assert_eq!((list.status, list.header("content-type")), (200, "application/statuslist+cwt"));
    assert_eq!((list.header("cache-control"), list.header("etag").len()), ("no-cache", 66));
    let says = |a: &Answer| StatusList::open(&a.body, &office.trust()).unwrap().status(index);
    assert_eq!(says(&list), Some(CertificateStatus::Valid));
    let officers = ask(&office, "/officers.cbor", None);
    for (path, tag) in [("/status.cwt", list.header("etag")), ("/officers.cbor", officers.header("etag"))] {
        let same = ask(&office, path, Some(tag));
        assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, tag));
        assert_eq!(ask(&office, path, Some(&format!("\"x\", W/{tag}"))).status, 304);
        assert_eq!(ask(&office, path, Some("\"x\"")).status, 200);
    }
    assert!(ask(&office, "/officers", None).text().contains("110001"));

    record(&office, "110001", Act::Suspended);
    let suspended = ask(&office, "/status.cwt", Some(list.header("etag")));
    assert_eq!((suspended.status, says(&suspended)), (200, Some(CertificateStatus::Suspended)));
    let now = ask(&office, "/officers.cbor", Some(officers.header("etag")));
    assert_eq!(now.status, 200);
    let listed = |a: &Answer| rows_of_signed(&a.body, &office.trust()).into_iter().map(|r| r[3].clone()).collect::<Vec<_>>();
    assert_eq!(listed(&now), ["110002"]);
    assert_eq!(rows_of_page(&ask(&office, "/officers?q=110001", None).text()).len(), 0);
    assert!(!ask(&office, "/officers.csv", None).text().contains("110001"));

    record(&office, "110001", Act::Resumed);
    assert_eq!(says(&ask(&office, "/status.cwt", None)), Some(CertificateStatus::Valid));
    assert_eq!(listed(&ask(&office, "/officers.cbor", None)), ["110001", "110002"]);
    record(&office, "110001", Act::Cancelled { cause: Cause::Lost });
    assert_eq!(says(&ask(&office, "/status.cwt", None)), Some(CertificateStatus::Cancelled));
    assert_eq!(listed(&ask(&office, "/officers.cbor", None)), ["110002"]);
    assert!(!ask(&office, "/officers", None).text().contains("110001"));
    let card = office.folder.path().join("card.pdf");
    assert!(
        !office.run(&["card", "--number", "110001", "--out", card.to_str().unwrap()]).status.success(),
        "R12: no card either"
    );
}

/// R12: the console leads from an officer's page to the desk card, while the certificate is in effect.
#[test]
fn r12_the_console_prints_the_card_of_an_officer_in_effect() {
    let office = Office::start();
    office.invite("王小明", "110001");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let opened = agent.get(office.say(&["link"]).trim()).call().unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = |path: &str| {
        let mut r = agent.get(format!("{}{path}", office.address)).header("cookie", &cookie).call().unwrap();
        (r.status().as_u16(), r.body_mut().read_to_vec().unwrap())
    };
    let html = |path: &str| String::from_utf8(get(path).1).unwrap();
    let list = html("/console/officers");
    assert!(list.contains("href=\"/officers\"") && list.contains("href=\"/leaflet.pdf\""));
    let one = list.split("href=\"/console/officers/").find_map(|p| p.split('"').next().filter(|id| id.len() == 32)).unwrap();
    let card = format!("/console/officers/{one}/card");
    assert!(html(&format!("/console/officers/{one}")).contains(&card));
    let (status, pdf) = get(&card);
    assert!(status == 200 && without_space(&poppler("pdftotext", &pdf, &["-"])).contains("王小明"));
    let stranger = agent.get(format!("{}{card}", office.address)).call().unwrap();
    assert_eq!(stranger.status().as_u16(), 401, "only for whoever opened the console");
    record(&office, "110001", Act::Suspended);
    assert!(!html(&format!("/console/officers/{one}")).contains(&card));
    assert_eq!(get(&card).0, 404);
}
