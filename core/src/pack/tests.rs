#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::author::{ProblemKind, check, compile};
use super::*;

mod law;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the shipped pack in which `from` (once in `file`) was replaced by `to`.
fn broken(file: &str, from: &str, to: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&shipped(), folder.path());
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from:?} in {file}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
    folder
}

/// Line of the only place where `text` stands in `file`.
fn line_of(folder: &Path, file: &str, text: &str) -> usize {
    let content = fs::read_to_string(folder.join(file)).unwrap();
    let at = content.find(text).unwrap_or_else(|| panic!("{text:?} in {file}"));
    content[..at].matches('\n').count() + 1
}

/// The folder yields exactly one problem: `kind`, in `file`, at the line where `text` stands.
fn one_problem(folder: &TempDir, file: &str, text: &str, kind: ProblemKind) {
    let problems = check(folder.path()).unwrap_err();
    let line = line_of(folder.path(), file, text);
    let found: Vec<_> = problems.iter().map(|p| (p.file.as_str(), p.line, &p.kind)).collect();
    assert_eq!(found, [(file, line, &kind)]);
    let said = problems[0].to_string();
    assert!(said.starts_with(&format!("{file}:{line}: ")) && said.contains("改法"), "{said}");
}

#[test]
fn the_shipped_pack_has_no_problems() {
    let pack = check(&shipped()).unwrap_or_else(|problems| {
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", said.join("\n"))
    });
    assert_eq!(pack.checklist("zhusu").unwrap().items.len(), 20);
    assert_eq!(pack.checklist("youyong").unwrap().items.len(), 19);
    assert_eq!(pack.row("zhusu-07"), "weisheng-jiandu@1#zhusu-07");
    let form = pack.form("xianchang-bilu").unwrap();
    assert!(form.template.contains(COMMON_IMPORT) && form.required.contains(&"officers".to_owned()));
    let zh = pack.rights(Act::Inspection, &Language::ZhHans).unwrap();
    let en = pack.rights(Act::Inspection, &Language::En).unwrap();
    assert!(zh.items.len() == en.items.len() && zh.items.len() >= 12);
    assert!(pack.valid_on("2026-11-22".parse().unwrap()));
    assert!(!pack.valid_on("2025-08-31".parse().unwrap()));
    // What rests on memory says so; what rests on statute does not.
    let limit = pack.item("youyong-07").unwrap();
    assert!(limit.illustrative && !pack.item("zhusu-07").unwrap().illustrative);
    let measure = limit.measure.as_ref().unwrap();
    let allowed = |value: &str| measure.allows(&value.parse().unwrap());
    assert!(allowed("0.3") && allowed("1.00") && !allowed("0.1") && !allowed("1.01"));
}

#[test]
fn on_the_spot_penalties_go_to_reconsideration_first() {
    let pack = compile(&shipped()).unwrap();
    let spot = &pack.remedy("jiuji-dangchang").unwrap().text.zh;
    let ordinary = &pack.remedy("jiuji-putong").unwrap().text.zh;
    assert!(spot.contains("先向{government}申请行政复议") && !spot.contains("六个月"));
    assert!(ordinary.contains("六十日") && ordinary.contains("六个月内直接向{court}"));
}

#[test]
fn json_round_trip() {
    let pack = compile(&shipped()).unwrap();
    let json = pack.to_json().unwrap();
    let text = serde_json::to_string(&json).unwrap();
    let back = Pack::from_json(serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(back, pack);
    assert_eq!(back.to_json().unwrap(), json);
    assert!(no_floats(&json));
}

fn no_floats(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::Number(number) => !number.is_f64(),
        serde_json::Value::Array(items) => items.iter().all(no_floats),
        serde_json::Value::Object(map) => map.values().all(no_floats),
        _ => true,
    }
}

#[test]
fn f12_json_with_an_unknown_field_is_refused() {
    let mut json = compile(&shipped()).unwrap().to_json().unwrap();
    json["nodes"][0]["skip"] = serde_json::Value::Bool(true);
    assert!(Pack::from_json(json).is_err());
}

#[test]
fn f12_an_unknown_field_is_named_with_its_line() {
    let folder = broken("pack.toml", "step = \"pair\"", "step = \"pair\"\noptional = true");
    let kind = ProblemKind::UnknownField("optional".into());
    one_problem(&folder, "pack.toml", "optional", kind);
}

#[test]
fn f12_an_unknown_column_is_named_with_its_line() {
    let folder = broken("calendar/2025.csv", "kind,name", "kind,name,colour");
    let problems = compile(folder.path()).unwrap_err();
    let kind = ProblemKind::UnknownField("colour".into());
    assert!(problems.iter().any(|p| p.file == "calendar/2025.csv" && p.line == 1 && p.kind == kind));
}

#[test]
fn dangling_source_in_toml_csv_and_markdown() {
    let kind = || ProblemKind::Fault(FaultKind::UnknownSource("nowhere".into()));
    let folder = broken("remedies.toml", "\"qiangzhi-fa 8:1\"", "\n\"nowhere 8\"");
    one_problem(&folder, "remedies.toml", "nowhere", kind());
    let folder = broken("checklists/zhusu.csv", "aizibing-tiaoli 29", "nowhere 29");
    one_problem(&folder, "checklists/zhusu.csv", "nowhere", kind());
    let folder = broken("rights/jiancha.zh-Hans.md", "chufa-fa 44", "nowhere 44");
    one_problem(&folder, "rights/jiancha.zh-Hans.md", "nowhere", kind());
    let folder = broken("pack.toml", "source = \"jiari-2026\"", "source = \"nowhere\"");
    one_problem(&folder, "pack.toml", "nowhere", kind());
}

#[test]
fn missing_source() {
    let kind = || ProblemKind::Fault(FaultKind::MissingSource);
    let folder = broken("rights/jiancha.zh-Hans.md", " | chufa-fa 44", "");
    one_problem(&folder, "rights/jiancha.zh-Hans.md", "## gaozhi-chuli", kind());
    let title = "title = { zh = \"核对签名\", en = \"Read over and signed\" }\n";
    let basis = "basis = [\"chuanfang-fa 96:2\", \"zhengju-guiding 15\"]\n";
    let folder = broken("pack.toml", &format!("{title}{basis}"), title);
    let problems = compile(folder.path()).unwrap_err();
    let line = line_of(folder.path(), "pack.toml", "id = \"jiedian-qianming\"");
    assert_eq!(problems.len(), 1);
    // The toml crate names the table, not a line in it.
    assert!((line - 1..=line + 2).contains(&problems[0].line), "{problems:?}");
    assert_eq!(problems[0].kind, kind());
}

#[test]
fn missing_translation() {
    let kind = || ProblemKind::Fault(FaultKind::MissingText(Language::En));
    let folder = broken("pack.toml", "zh = \"到场\", en = \"Arrival\"", "zh = \"到场\"");
    one_problem(&folder, "pack.toml", "zh = \"到场\"", kind());
    let folder = broken("checklists/youyong.csv", "Urea in the pool water is within the limit", "");
    one_problem(&folder, "checklists/youyong.csv", "池水尿素", kind());
    let words = "You will be told the result of the inspection.";
    let folder = broken("rights/jiancha.en.md", words, "");
    one_problem(&folder, "rights/jiancha.en.md", "## gaozhi-jieguo", kind());
    let folder = broken("rights/jiancha.en.md", &format!("## gaozhi-jieguo\n{words}"), "");
    let kind = ProblemKind::Fault(FaultKind::NotParallel(Language::En));
    one_problem(&folder, "rights/jiancha.en.md", "# Notification", kind);
}

#[test]
fn duplicate_id() {
    let kind = || ProblemKind::Fault(FaultKind::DuplicateId);
    let folder = broken("checklists/youyong.csv", "youyong-19,19", "zhusu-20,19");
    one_problem(&folder, "checklists/youyong.csv", "zhusu-20", kind());
    let folder = broken("remedies.toml", "\"jiuji-dianzi\"", "\"jiuji-putong\" # again");
    one_problem(&folder, "remedies.toml", "# again", kind());
}

#[test]
fn validity_reversed() {
    let folder = broken("pack.toml", "2027-12-31", "2025-01-01");
    let kind = ProblemKind::Fault(FaultKind::ValidityReversed);
    one_problem(&folder, "pack.toml", "valid_until", kind);
}

#[test]
fn f12_a_day_that_is_no_day_is_named_with_its_line() {
    let folder = broken("pack.toml", "2027-12-31", "2027-02-30");
    let problems = compile(folder.path()).unwrap_err();
    assert_eq!(problems[0].line, line_of(folder.path(), "pack.toml", "valid_until"));
    assert!(matches!(problems[0].kind, ProblemKind::Syntax(_)));
}

#[test]
fn file_missing() {
    let folder = broken("pack.toml", "scripts/kaichang.en.md", "scripts/kaichang.fr.md");
    let kind = ProblemKind::FileMissing("scripts/kaichang.fr.md".into());
    one_problem(&folder, "pack.toml", "kaichang.fr.md", kind);
    let folder = broken("forms.toml", "forms/xianchang-bilu.typ", "forms/bilu.typ");
    let kind = ProblemKind::FileMissing("forms/bilu.typ".into());
    one_problem(&folder, "forms.toml", "forms/bilu.typ", kind);
}

#[test]
fn a_folder_without_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let problems = compile(folder.path()).unwrap_err();
    let missing = ProblemKind::FileMissing("pack.toml".into());
    assert!(problems.iter().any(|p| p.file == "pack.toml" && p.kind == missing));
    assert!(compile(&folder.path().join("nothing")).is_err());
}

#[test]
fn paths_never_leave_the_folder() {
    for path in ["../x.csv", "/etc/hostname", "a/../../x.csv", "C:\\\\x.csv", ".", ""] {
        let folder = broken("pack.toml", "checklists/zhusu.csv", path);
        let named = path.replace("\\\\", "\\");
        let kind = ProblemKind::OutsideFolder(named);
        one_problem(&folder, "pack.toml", &format!("file = \"{path}\""), kind);
    }
}

#[cfg(unix)]
#[test]
fn links_never_leave_the_folder() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let folder = broken("pack.toml", "checklists/zhusu.csv", "checklists/link.csv");
    std::os::unix::fs::symlink(outside.path(), folder.path().join("checklists/link.csv")).unwrap();
    let kind = ProblemKind::OutsideFolder("checklists/link.csv".into());
    one_problem(&folder, "pack.toml", "link.csv", kind);
}

#[test]
fn other_rules() {
    let fault = ProblemKind::Fault;
    let csv = "checklists/youyong.csv";
    let folder = broken(csv, "mg/L,0.3,1.0", "mg/L,1.0,0.3");
    one_problem(&folder, csv, "youyong-07", fault(FaultKind::LimitsReversed));
    let folder = broken(csv, "mg/L,0.3,1.0", "mg/L,,");
    one_problem(&folder, csv, "youyong-07", fault(FaultKind::NoLimit));
    let folder = broken(csv, "youyong-07,7,", "youyong-07,8,");
    one_problem(&folder, csv, "youyong-07", fault(FaultKind::Numbering(7)));
    let folder = broken(csv, "mg/L,0.3,1.0", "mg/L,0.3,1e0");
    let kind = ProblemKind::BadValue { field: "max".into(), expected: "0.30".into() };
    one_problem(&folder, csv, "youyong-07", kind);
    let folder = broken(csv, "youyong-07,7,", "youyong-07,7,zhuti-nobody");
    one_problem(&folder, csv, "youyong-07", fault(FaultKind::UnknownSubject("zhuti-nobody".into())));
    let folder = broken(csv, "youyong-07,7,", "Youyong_07,7,");
    one_problem(&folder, csv, "Youyong_07", fault(FaultKind::BadId));
    let toml = "pack.toml";
    let folder = broken(toml, "minimum_officers = { value = 2", "minimum_officers = { value = 1");
    one_problem(&folder, toml, "minimum_officers", fault(FaultKind::TooFewOfficers));
    let folder = broken(toml, "step = \"pair\"", "step = \"badge\"");
    one_problem(&folder, toml, "jiedian-daochang", fault(FaultKind::Steps));
    let folder = broken(toml, "Complaints: {complaint_phone}", "Complaints");
    one_problem(&folder, toml, "id = \"weisheng-jiandu\"", fault(FaultKind::SlotsDiffer));
    let folder = broken("calendar/2025.csv", "2025-02-08,,work", "2025-02-07,,work");
    let day = "2025-02-07".parse().unwrap();
    one_problem(&folder, toml, "rili-2025", fault(FaultKind::CalendarDay(day)));
    let folder = broken("scripts/kaichang.zh-Hans.md", "{organ}", "{organ");
    one_problem(&folder, toml, "id = \"kaichang\"", fault(FaultKind::BadSlot));
    let folder = broken("forms/xianchang-bilu.typ", "// ---- words", "#import \"@preview/x:1.0.0\"\n// ---- words");
    let problems = check(folder.path()).unwrap_err();
    assert!(problems.iter().any(|p| p.kind == fault(FaultKind::TemplateReaches("@preview".into()))));
    assert!(compile(folder.path()).is_ok());
    let folder = broken("sources.toml", "# 本包", "[[source]\n# 本包");
    let problems = compile(folder.path()).unwrap_err();
    assert!(problems[0].file == "sources.toml" && problems[0].line == 1);
    assert!(matches!(problems[0].kind, ProblemKind::Syntax(_)));
}

#[test]
fn a_pack_that_is_usable_but_hides_what_it_does_not_know() {
    let yes = "yes,现场快速检测只作筛查；超限的，采样送检";
    let folder = tempfile::tempdir().unwrap();
    copy(&shipped(), folder.path());
    // Without the statute only the limit from memory is left.
    let path = folder.path().join("checklists/youyong.csv");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.starts_with("youyong-08")).unwrap();
    let bare = line.replace("gonggong-xize 12; ", "").replace(yes, &yes.replace("yes", "no"));
    fs::write(&path, text.replace(line, &bare)).unwrap();
    assert!(compile(folder.path()).is_ok());
    let kind = ProblemKind::Fault(FaultKind::UnmarkedMemory);
    one_problem(&folder, "checklists/youyong.csv", "youyong-08", kind);
}

#[test]
fn articles_as_laws_write_them() {
    let zh = |written: &str| article(written).zh;
    assert_eq!(zh("55:1"), "第五十五条第一款");
    assert_eq!(zh("37(8)"), "第三十七条第八项");
    assert_eq!(zh("93:1(4)"), "第九十三条第一款第四项");
    assert_eq!(zh("120-2"), "第一百二十条之二");
    assert_eq!(
        (zh("101"), zh("110"), zh("10"), zh("20")),
        ("第一百零一条".into(), "第一百一十条".into(), "第十条".into(), "第二十条".into())
    );
    assert_eq!((zh("3.2.3"), zh("")), ("3.2.3".into(), String::new()));
    let pack = compile(&shipped()).unwrap();
    let cited = pack.cite(&Basis { source: "chufa-fa".into(), article: "55:1".into() });
    assert_eq!(cited.zh, "《中华人民共和国行政处罚法》第五十五条第一款");
    assert_eq!(cited.en, "Administrative Penalty Law Art. 55 ¶1");
}

#[test]
fn the_opening_script_is_filled_or_names_what_is_missing() {
    let pack = compile(&shipped()).unwrap();
    let words = &pack.script("kaichang").unwrap().text.zh;
    let mut values: BTreeMap<String, String> =
        slots(words).unwrap().into_iter().map(|slot| (slot.to_owned(), format!("〔{slot}〕"))).collect();
    let said = fill(words, &values).unwrap();
    assert!(said.starts_with("您好，我们是〔organ〕执法人员") && !said.contains(['{', '}']));
    values.remove("officer_2");
    assert_eq!(fill(words, &values), Err(UnfilledSlot("officer_2".into())));
}

#[test]
fn description_names_every_row_and_its_source() {
    let pack = compile(&shipped()).unwrap();
    let said = describe(&pack);
    for list in &pack.checklists {
        for item in &list.items {
            assert!(said.contains(&item.text.zh) && said.contains(&item.text.en));
            assert!(item.basis.iter().all(|b| said.contains(&pack.cite(b).zh)));
        }
    }
    assert!(said.starts_with("卫生监督") && said.contains("（示例 illustrative）"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever an author writes into the cells arrives in the pack, and survives JSON.
    #[test]
    fn what_is_written_arrives(
        rows in prop::collection::vec(("[^{}\\p{C}\\s]{1,20}", "[^{}\\p{C}\\s]{1,20}", 0u32..99_999, any::<bool>()), 1..8),
        version in 1u32..,
    ) {
        let folder = tempfile::tempdir().unwrap();
        copy(&shipped(), folder.path());
        let manifest = folder.path().join("pack.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(manifest, text.replacen("version = 1\n", &format!("version = {version}\n"), 1)).unwrap();
        let mut writer = csv::Writer::from_path(folder.path().join("checklists/zhusu.csv")).unwrap();
        writer.write_record([
            "id", "no", "subject", "text_zh", "text_en", "basis", "results", "quantity_zh", "quantity_en",
            "unit", "min", "max", "photo", "illustrative", "note_zh", "note_en",
        ]).unwrap();
        for (no, (zh, en, limit, marked)) in (1u32..).zip(&rows) {
            let max = format!("{}.{:02}", limit / 100, limit % 100);
            let (id, no) = (format!("zhusu-{no}"), no.to_string());
            let marked = if *marked { "yes" } else { "no" };
            writer.write_record([
                &id, &no, "", zh, en, "gonggong-xize 14", "fail;pass", "量", "q", "mg/L", "", &max, "must", marked, "", "",
            ]).unwrap();
        }
        writer.flush().unwrap();
        drop(writer);

        let pack = compile(folder.path()).unwrap();
        prop_assert_eq!(pack.version, version);
        let items = &pack.checklist("zhusu").unwrap().items;
        prop_assert_eq!(items.len(), rows.len());
        for (item, (zh, en, limit, marked)) in items.iter().zip(&rows) {
            prop_assert_eq!((&item.text.zh, &item.text.en, item.illustrative), (zh, en, *marked));
            let max = item.measure.as_ref().unwrap().max.as_ref().unwrap();
            prop_assert_eq!(max.as_str(), format!("{}.{:02}", limit / 100, limit % 100));
            prop_assert_eq!(&item.results, &[Answer::Fail, Answer::Pass]);
        }
        let json = serde_json::to_string(&pack.to_json().unwrap()).unwrap();
        let back = Pack::from_json(serde_json::from_str(&json).unwrap()).unwrap();
        prop_assert_eq!(&back, &pack);
        prop_assert_eq!(serde_json::to_string(&back.to_json().unwrap()).unwrap(), json);
    }
}

/// R18, R20: the shipped list says what must be recorded, and a scene that ends before it begins is named.
#[test]
fn r20_scenes_are_ordered_and_have_reasons() {
    let pack = check(&shipped()).unwrap();
    let scene = pack.scene("changjing-jiancha").unwrap();
    assert!(scene.must("case") && !scene.must("routine") && scene.illustrative);
    assert_eq!(pack.recording.as_ref().unwrap().gap_seconds.value, 2);
    assert!(pack.reason("yuanyin-dianliang").is_some());
    let at = "id = \"changjing-jiancha\"";
    let folder = broken("pack.toml", "from = \"arrive\"\nuntil = \"leave\"", "from = \"leave\"\nuntil = \"arrive\"");
    one_problem(&folder, "pack.toml", at, ProblemKind::Fault(FaultKind::Scene));
    let folder = broken("pack.toml", "must_for = [\"case\"]", "must_for = [\"raid\"]");
    one_problem(&folder, "pack.toml", at, ProblemKind::Fault(FaultKind::Scene));
    let folder = tempfile::tempdir().unwrap();
    copy(&shipped(), folder.path());
    let manifest = folder.path().join("pack.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, &text[..text.find("[[recording.reason]]").unwrap()]).unwrap();
    one_problem(&folder, "pack.toml", at, ProblemKind::Fault(FaultKind::NoReasons));
    // A pack of an older office has no such table and is still a pack.
    let mut json = pack.to_json().unwrap();
    json.as_object_mut().unwrap().remove("recording");
    assert_eq!(Pack::from_json(json).unwrap().recording, None);
}

#[test]
fn r50_a_clock_that_cannot_be_counted_is_named() {
    let length = || ProblemKind::Fault(FaultKind::ClockLength);
    let extension = || ProblemKind::Fault(FaultKind::ClockExtension);
    let at = |id: &str| format!("id = \"{id}\"");
    for (from, to, id, kind) in [
        ("alarms = [30, 15, 7, 3]", "alarms = [90]", "qixian-chufa-jueding", length()),
        ("alarms = [30, 15, 7, 3]", "alarms = [3, 3]", "qixian-chufa-jueding", length()),
        ("length = 60", "length = 0", "qixian-fuyi", length()),
        (
            "extension = { length = 30, unit = \"calendar_day\"",
            "extension = { length = 24, unit = \"hour\"",
            "qixian-chafeng-kouya",
            extension(),
        ),
        ("extension = { length = 30,", "extension = { length = 0,", "qixian-chafeng-kouya", extension()),
    ] {
        one_problem(&broken("clocks.toml", from, to), "clocks.toml", &at(id), kind);
    }
    let folder = broken("clocks.toml", "[\"jilin-2017 三(三)3\"]", "[\"nowhere 3\"]");
    one_problem(&folder, "clocks.toml", "nowhere", ProblemKind::Fault(FaultKind::UnknownSource("nowhere".into())));
    // From memory alone, and not said so.
    let folder = broken("clocks.toml", "[\"fuyi-fa 20\"]", "[\"gb-37488\"]");
    one_problem(&folder, "clocks.toml", &at("qixian-fuyi"), ProblemKind::Fault(FaultKind::UnmarkedMemory));
}

#[test]
fn a_pack_without_clocks_is_written_as_before_there_were_any() {
    let folder = tempfile::tempdir().unwrap();
    copy(&shipped(), folder.path());
    fs::remove_file(folder.path().join("clocks.toml")).unwrap();
    // Publication names them.
    fs::remove_file(folder.path().join("publicity.toml")).unwrap();
    let pack = check(folder.path()).unwrap();
    assert!(pack.clocks.is_empty() && pack.clock(Clock::DECISION).is_none());
    assert!(pack.to_json().unwrap().get("clocks").is_none());
}

#[test]
fn j17_a_template_that_says_a_forbidden_word_is_named() {
    let folder = broken("forms/jiandu-yijian.typ", "它只提意见，不作处理决定。", "可以罚款。");
    let kind = ProblemKind::Fault(FaultKind::ForbiddenWord("罚款".to_owned()));
    one_problem(&folder, "forms.toml", "\"jiandu-yijian\"", kind);
}

#[test]
fn mistakes_in_the_facts_of_forms_are_named_with_file_and_line() {
    let table = "forms/shishi.csv";
    let bad = |from: &str, to: &str, line: &str, kind: ProblemKind| one_problem(&broken(table, from, to), table, line, kind);
    let expected = "text | paragraph | day | moment | amount | count | choice | people | items | party";
    let value = |field: &str, expected: &str| ProblemKind::BadValue { field: field.to_owned(), expected: expected.to_owned() };
    bad(
        "lian-baogao,source,案件来源,Source of the case,text",
        "lian-baogao,source,案件来源,Source of the case,words",
        "lian-baogao,source",
        value("kind", expected),
    );
    bad(
        "lian-baogao,received,受理日期,Received on,day,case.received,yes",
        "lian-baogao,received,受理日期,Received on,day,case.received,是",
        "lian-baogao,received",
        value("required", "yes | no"),
    );
    let form = |from: &str, to: &str, kind: FaultKind| {
        one_problem(&broken(table, from, to), "forms.toml", "\"lian-baogao\"", ProblemKind::Fault(kind));
    };
    form("lian-baogao,source,案件来源", "lian-baogao,Source,案件来源", FaultKind::FieldName("Source".into()));
    form(
        "lian-baogao,received,受理日期,Received on,day,case.received,yes,,",
        "lian-baogao,source,受理日期,Received on,day,case.received,,,",
        FaultKind::FieldName("source".into()),
    );
    form(
        "lian-baogao,summary,案情摘要,Summary,paragraph",
        "lian-baogao,summary,案情摘要,Summary,choice",
        FaultKind::FieldShape("summary".into()),
    );
    form(
        "lian-baogao,summary,案情摘要,Summary,paragraph",
        "lian-baogao,summary,案情摘要,,paragraph",
        FaultKind::FieldShape("summary".into()),
    );
    let broken_form = |from: &str, to: &str, kind: FaultKind| {
        let folder = broken("forms.toml", from, to);
        one_problem(&folder, "forms.toml", "\"lian-baogao\"", ProblemKind::Fault(kind));
    };
    broken_form("{area}卫立〔{year}〕{n}号", "{area}卫立〔{year}〕号", FaultKind::NumberPattern);
    broken_form(
        "signers = [\"handlers\", \"unit\", \"head\"]\nnumbering = \"{area}卫立",
        "remedy = \"jiuji-wu\"\nnumbering = \"{area}卫立",
        FaultKind::UnknownRemedy("jiuji-wu".into()),
    );
    let (from, to) = ("\"an\"]\nbasis = [\"wenshu-guifan\", \"chufa-fa 54:2\"]", "\"an\", \"wu\"]\nbasis = [\"wenshu-guifan\"]");
    let unknown = broken("forms.toml", from, to);
    one_problem(&unknown, "forms.toml", "\"an\", \"wu\"", value("groups", "a name in the column `of` of the facts"));
}

#[test]
fn a_common_part_reaches_no_further_than_a_template() {
    let folder = broken(
        "forms/gongyong.typ",
        "#let page-facts = json(\"/facts.json\")",
        "#let page-facts = json(\"/facts.json\")\n#read(\"/x\")",
    );
    let problems = check(folder.path()).unwrap_err();
    assert_eq!(problems[0].kind, ProblemKind::Fault(FaultKind::TemplateReaches("read(".to_owned())));
    let none = broken("forms.toml", "common = \"forms/gongyong.typ\"", "");
    let problems = check(none.path()).unwrap_err();
    assert!(problems.iter().all(|p| p.kind == ProblemKind::Fault(FaultKind::NoCommonPart)) && problems.len() > 2);
}

#[test]
fn f35_what_changes_between_two_packs_is_told_row_by_row() {
    let before = compile(&shipped()).unwrap();
    assert_eq!(diff(&before, &before).unwrap(), []);
    let mut after = before.clone();
    after.version = 2;
    after.valid_until = "2028-12-31".parse().unwrap();
    after.badge.recognised_by_province = true;
    after.gates.yearly_cap.value = 3;
    let clock = after.clocks.iter_mut().find(|row| row.id == Clock::PAYMENT).unwrap();
    clock.length = 20;
    let list = after.checklists.iter_mut().find(|list| list.id == "zhusu").unwrap();
    let item = &mut list.items[6];
    assert_eq!(item.id, "zhusu-07");
    item.basis[1].article = "10:2".into();
    item.text.zh.push_str("（新）");
    let gone = list.items.pop().unwrap();
    let list = after.checklists.iter_mut().find(|list| list.id == "youyong").unwrap();
    let measure = list.items[6].measure.as_mut().unwrap();
    measure.min = None;
    measure.max = Some("0.5".parse().unwrap());
    list.items.push(Item { id: "youyong-20".into(), no: 20, ..gone.clone() });
    for text in after.rights.iter_mut().filter(|text| text.id == "gaozhi-jiancha") {
        text.items.swap(0, 1);
        // One language of an item is not the other.
        if text.language == Language::En {
            text.items[2].text.push_str(" (new)");
        }
    }
    let told = after.rights(Act::Inspection, &Language::En).unwrap().items[2].id.clone();
    after.calendar.national.last_mut().unwrap().off.pop();

    let changes = diff(&before, &after).unwrap();
    let find = |table: &str, row: &str| {
        let of = |change: &&Change| (change.table.as_str(), change.row.as_str()) == (table, row);
        changes.iter().find(of).unwrap_or_else(|| panic!("{table} {row} in {changes:#?}"))
    };
    let fields = |table: &str, row: &str| match &find(table, row).kind {
        ChangeKind::Changed(fields) => fields
            .iter()
            .map(|f| (f.field.clone(), f.before.clone().unwrap_or_default(), f.after.clone().unwrap_or_default()))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let three = |field: &str, before: &str, after: &str| (field.to_owned(), before.to_owned(), after.to_owned());
    assert_eq!(fields("", ""), [three("valid_until", "2027-12-31", "2028-12-31"), three("version", "1", "2")]);
    assert_eq!(fields("badge", ""), [three("recognised_by_province", "否 no", "是 yes")]);
    assert_eq!(fields("gates", "yearly-cap"), [three("value", "2", "3")]);
    assert_eq!(fields("clocks", Clock::PAYMENT), [three("length", "15", "20")]);
    let measured = [three("measure.max", "1.0", "0.5"), three("measure.min", "0.3", "")];
    assert_eq!(fields("checklists", "youyong/youyong-07"), measured);
    let item = fields("checklists", "zhusu/zhusu-07");
    assert_eq!((item[0].0.as_str(), item[1].0.as_str(), item.len()), ("basis", "text.zh", 2));
    assert!(item[0].1.ends_with("实施细则》第十条") && item[0].2.ends_with("第十条第二款"), "{item:?}");
    assert_eq!(find("checklists", &format!("zhusu/{}", gone.id)).kind, ChangeKind::Removed);
    assert_eq!(find("checklists", "youyong/youyong-20").kind, ChangeKind::Added);
    assert_eq!(find("checklists", "youyong/youyong-20").title, gone.text);
    // The order in which the party is told, in every language; a day of the calendar.
    for row in ["gaozhi-jiancha", "gaozhi-jiancha/en", "gaozhi-jiancha/ko", "gaozhi-jiancha/zh-Hans-x-plain"] {
        assert_eq!(fields("rights", row)[0].0, "items.order");
    }
    assert_eq!(fields("rights", &format!("gaozhi-jiancha/en/{told}"))[0].0, "text");
    let days = &fields("calendar", "rili-2026")[0];
    assert!(days.0 == "off" && days.1.ends_with("\n2026-10-07 国庆节") && days.2.ends_with("2026-10-06 国庆节"));
    assert_eq!(changes.len(), 14, "{changes:#?}");
    // The other way round what was added is removed.
    assert_eq!(diff(&after, &before).unwrap().len(), 14);
}

#[test]
fn f35_words_and_excerpts_of_a_difference() {
    let field = |field: &str, before: &str, after: &str| FieldChange {
        field: field.to_owned(),
        before: Some(before.to_owned()),
        after: Some(after.to_owned()),
    };
    assert_eq!(field("text.zh", "", "").word().zh, "内容（中文）");
    assert_eq!(field("measure.min", "", "").word().zh, "下限");
    assert_eq!(field("brand_new", "", "").word().en, "brand_new");
    let long = field("text.zh", "一二三四五六七八九十", "一二三四五陆七八九十");
    assert_eq!(long.excerpt(2), (Some("…四五六七八…".into()), Some("…四五陆七八…".into())));
    let days = field("off", "10-01\n10-02\n10-03", "10-01\n10-03\n10-04");
    assert_eq!(days.excerpt(9), (Some("10-02".into()), Some("10-04".into())));
    assert_eq!(field("x", "aa", "aaa").excerpt(9), (Some("aa".into()), Some("aaa".into())));
    assert_eq!(field("x", "", "").excerpt(0), (Some(String::new()), Some(String::new())));
}

#[test]
fn an_answer_is_one_that_the_item_allows_and_a_measured_value_is_a_number() {
    let pack = compile(&shipped()).unwrap();
    let (list, item) = pack.listed("youyong-04").unwrap();
    assert_eq!((list.id.as_str(), item.id.as_str()), ("youyong", "youyong-04"));
    assert!(pack.listed("youyong").is_none());
    let item = Item { results: vec![Answer::Pass, Answer::Fail], ..item.clone() };
    assert_eq!(item.judge(Answer::Pass, None), Ok(None));
    assert_eq!(item.judge(Answer::Fail, Some("0.25")).unwrap().unwrap().as_str(), "0.25");
    assert_eq!(item.judge(Answer::Corrected, None), Err(NotAnAnswer::Result));
    assert_eq!(item.judge(Answer::Pass, Some("about 1")), Err(NotAnAnswer::Measured));
}
