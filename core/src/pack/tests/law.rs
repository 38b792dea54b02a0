//! The tables of the law: what the author's check names, at its line (J13, J14, R33, R43, R46, R47).

use super::*;

fn fault(kind: FaultKind) -> ProblemKind {
    ProblemKind::Fault(kind)
}

#[test]
fn j13_r33_a_source_out_of_force_or_without_rank_is_named_with_its_line() {
    // The article that punishes rests on a 规范性文件: named where it is written.
    let bad = "penalty = [\"choucha-2025 35\"]";
    let folder = broken("items.toml", "penalty = [\"gonggong-xize 35\"]", bad);
    one_problem(&folder, "items.toml", bad, fault(FaultKind::NotABasis("choucha-2025".into())));
    let duty = "duty = [\"youyong-guifan 3\"]";
    let folder = broken("items.toml", "duty = [\"gonggong-xize 22\"]", duty);
    one_problem(&folder, "items.toml", duty, fault(FaultKind::NotABasis("youyong-guifan".into())));
    // A standard may found a duty, never a penalty.
    assert!(check(broken("items.toml", "duty = [\"gonggong-xize 22\"]", "duty = [\"gb-7793 1\"]").path()).is_ok());
    let bad = "penalty = [\"gb-7793 1\"]";
    let folder = broken("items.toml", "penalty = [\"gonggong-xize 35\"]", bad);
    one_problem(&folder, "items.toml", bad, fault(FaultKind::NotABasis("gb-7793".into())));
    let bad = "measure = \"seal\"";
    let folder = broken("powers.toml", bad, "measure = \"seal\" # here\nillustrative = false");
    assert!(check(folder.path()).is_ok());
    let text = fs::read_to_string(folder.path().join("powers.toml")).unwrap();
    let text = text.replacen("basis = [\"yifei-tiaoli 39\"]", "basis = [\"guoban-118 39\"]", 1);
    fs::write(folder.path().join("powers.toml"), text).unwrap();
    one_problem(&folder, "powers.toml", "guoban-118", fault(FaultKind::NotABasis("guoban-118".into())));
    let folder = broken("discretion.csv", "gonggong-xize 38,", "zhongshan-qingdan 38,");
    one_problem(&folder, "discretion.csv", "zhongshan-qingdan", fault(FaultKind::NotABasis("zhongshan-qingdan".into())));

    // A law that ends while the pack is valid, or begins after its first day, carries no row.
    let at = "cite = \"2006年国务院令第457号，2019年3月2日修订\"\n";
    for days in ["in_force_until = \"2026-06-30\"\n", "in_force_from = \"2026-07-01\"\n"] {
        let folder = broken("sources.toml", at, &format!("{at}{days}"));
        let kind = fault(FaultKind::OutOfForce("aizibing-tiaoli".into()));
        one_problem(&folder, "checklists/zhusu.csv", "aizibing-tiaoli 29", kind);
    }
    let folder = broken("sources.toml", at, &format!("{at}in_force_from = \"2026-07-01\"\nin_force_until = \"2026-06-30\"\n"));
    let problems = check(folder.path()).unwrap_err();
    assert!(problems.iter().any(|p| p.file == "sources.toml" && p.kind == fault(FaultKind::SourceDays)));
    // A source says its rank.
    let rank = "cite = \"2006年国务院令第457号，2019年3月2日修订\"\nstatus = \"law\"\nkind = \"regulation\"\n";
    let folder = broken("sources.toml", rank, &rank.replace("kind = \"regulation\"\n", ""));
    let problems = check(folder.path()).unwrap_err();
    assert!(problems.iter().any(|p| p.file == "sources.toml" && p.kind == ProblemKind::MissingField("kind".into())));
}

#[test]
fn j14_a_tier_outside_the_statute_is_named() {
    let csv = "discretion.csv";
    let kind = || fault(FaultKind::OutsideStatutory);
    let folder = broken(csv, "warning; fine,500-1000", "warning; fine,400-1000");
    one_problem(&folder, csv, "cl-d7-1", kind());
    let folder = broken(csv, "persons 4-,warning; fine,3000-5000", "persons 4-,warning; fine,3000-5001");
    one_problem(&folder, csv, "cl-d7-3", kind());
    let folder = broken(csv, "persons 4-,warning; fine,3000-5000", "persons 4-,warning; licence_revoked; fine,3000-5000");
    one_problem(&folder, csv, "cl-d7-3", kind());
    let folder = broken(csv, "14-20x", "14-21x");
    one_problem(&folder, csv, "14-21x", kind());
    // Times of gains where the statute has yuan.
    let folder = broken(csv, "persons 4-,warning; fine,3000-5000", "persons 4-,warning; fine,3-5x");
    one_problem(&folder, csv, "3-5x", kind());
}

#[test]
fn r46_f12_tiers_that_contradict_each_other_are_named() {
    let csv = "discretion.csv";
    let kind = || fault(FaultKind::TiersOverlap("cl-d7-1".into()));
    let folder = broken(csv, "late no; persons 2-3", "late no; persons 1-3");
    one_problem(&folder, csv, "cl-d7-2,", kind());
    // Alternatives are judged too.
    let folder = broken(csv, "late no; persons 2-3", "late no; persons 2-3 | late no; persons 1; refused yes");
    one_problem(&folder, csv, "cl-d7-2,", kind());
    // A tier without facts meets every other.
    let folder = broken(csv, "late no; persons 2-3", "");
    let problems = check(folder.path()).unwrap_err();
    assert_eq!(problems.iter().map(|p| p.kind.clone()).next(), Some(kind()));
}

#[test]
fn r46_what_a_row_names_is_there() {
    let csv = "discretion.csv";
    let folder = broken(csv, "cl-d7,wf-jiankang", "cl-d7,wf-nothing");
    one_problem(&folder, csv, "cl-d7,wf-nothing", fault(FaultKind::UnknownItem("wf-nothing".into())));
    let folder = broken(csv, "fd-jiankang-2,grave", "fd-nothing,grave");
    one_problem(&folder, csv, "fd-nothing", fault(FaultKind::UnknownBand("fd-nothing".into())));
    let folder = broken(csv, "gonggong-xize 38,,,cl-d7-1", "gonggong-xize 38,cl-x,,cl-d7-1");
    one_problem(&folder, csv, "cl-x", fault(FaultKind::UnknownRow("cl-x".into())));
    let bad = |field: &str, expected: &str| ProblemKind::BadValue { field: field.into(), expected: expected.into() };
    for wrong in ["persons some", "late maybe", "humour yes", "persons 3-2"] {
        let folder = broken(csv, "late no; persons 2-3", &format!("late no; {wrong}"));
        one_problem(&folder, csv, wrong, bad("facts", "months 1-2; prior 0; harm no | refused yes"));
    }
    let folder = broken(csv, "fine,500-1000", "fine,500");
    one_problem(&folder, csv, "cl-d7-1", bad("fine", "500-2000 | 5-8x"));
    let folder = broken(csv, "fd-jiankang-2,grave", "fd-jiankang-2,awful");
    one_problem(&folder, csv, "awful", bad("degree", "slight | lighter | ordinary | heavier | grave"));
    // The head of a row stands once.
    let folder = broken(csv, "cl-d7,,,,,,,cl-d7-2", "cl-d7,wf-jiankang,,,,,,cl-d7-2");
    one_problem(&folder, csv, "wf-jiankang,,,,,,cl-d7-2", bad("item … concurs", "only on the first line of a row"));
    // A tier from memory says so.
    let line = "warning; fine,500-1000,benbao-shuoming,";
    let folder = broken(csv, &format!("{line}yes"), &format!("{line}no"));
    one_problem(&folder, csv, "cl-d7-1", fault(FaultKind::UnmarkedMemory));
}

#[test]
fn r33_an_item_is_whole() {
    let toml = "items.toml";
    let at = "id = \"wf-jiankang\"";
    let subject = "id = \"wf-jiankang\"\nsubject = \"zhuti-weijian\"";
    let folder = broken(toml, subject, "id = \"wf-jiankang\"\nsubject = \"zhuti-nobody\"");
    one_problem(&folder, toml, at, fault(FaultKind::UnknownSubject("zhuti-nobody".into())));
    let folder = broken(toml, "duty = [\"gonggong-tiaoli 7\", \"gonggong-xize 10\"]\n", "");
    one_problem(&folder, toml, at, fault(FaultKind::ItemIncomplete));
    let folder = broken(
        toml,
        "fine = { yuan = { min = 500, max = 5000 } }\n\n[[item.statutory]]\nid = \"fd-jiankang-2\"",
        "\n\n[[item.statutory]]\nid = \"fd-jiankang-2\"",
    );
    let problems = check(folder.path()).unwrap_err();
    assert!(problems.iter().any(|p| p.file == toml && p.kind == fault(FaultKind::Penalty)), "{problems:?}");
    let folder = broken(toml, subject, "id = \"wf-jiankang\"\nhumour = 1\nsubject = \"zhuti-weijian\"");
    one_problem(&folder, toml, "humour", ProblemKind::UnknownField("humour".into()));
    let folder =
        broken(toml, "duty = [\"gonggong-tiaoli 7\", \"gonggong-xize 10\"]", "duty = [\"nowhere 7\", \"gonggong-xize 10\"]");
    one_problem(&folder, toml, "nowhere", fault(FaultKind::UnknownSource("nowhere".into())));
}

#[test]
fn r47_a_line_of_the_lists_says_what_must_be_proven() {
    let csv = "leniency.csv";
    let folder = broken(csv, "no_harm; corrected; education,random_draw", "no_harm; corrected,random_draw");
    one_problem(&folder, csv, "qd-zs-1", fault(FaultKind::Needs));
    let folder = broken(csv, ",cl-d17,", ",cl-nothing,");
    one_problem(&folder, csv, "cl-nothing", fault(FaultKind::UnknownRow("cl-nothing".into())));
}

#[test]
fn j18_a_power_belongs_to_an_item_of_its_subject() {
    let toml = "powers.toml";
    let folder = broken(toml, "\"qz-chuanfang\", \"wf-gongshui-chuanfang\"", "\"qz-chuanfang\", \"wf-jiankang\"");
    one_problem(&folder, toml, "cs-shuiyuan", fault(FaultKind::UnknownItem("wf-jiankang".into())));
}

#[test]
fn r42_r43_the_catalogue_and_its_amounts() {
    let pack = check(&shipped()).unwrap();
    let of = |decision: Decision| pack.review_of(&decision).iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    let base = Decision { person: Some(Person::Organisation), ..Decision::default() };
    assert!(
        of(Decision { fine: Some(4_999_999), kinds: vec![PenaltyKind::Warning, PenaltyKind::Fine], ..base.clone() }).is_empty()
    );
    assert_eq!(of(Decision { fine: Some(5_000_000), ..base.clone() }), ["sh-dae"]);
    assert_eq!(of(Decision { confiscated: Some(5_000_000), ..base.clone() }), ["sh-dae"]);
    assert_eq!(of(Decision { fine: Some(500_000), person: Some(Person::Citizen), ..base.clone() }), ["sh-dae"]);
    // Not knowing who it is, the lower amount counts.
    assert_eq!(of(Decision { fine: Some(500_000), person: None, ..base.clone() }), ["sh-dae"]);
    assert_eq!(of(Decision { kinds: vec![PenaltyKind::BusinessSuspended], ..base.clone() }), ["sh-tingye-diaozheng"]);
    assert_eq!(of(Decision { kinds: vec![PenaltyKind::LicenceRevoked], ..base.clone() }), ["sh-tingye-diaozheng"]);
    assert_eq!(of(Decision { measure: Some(CoerciveMeasure::Seize), ..base.clone() }), ["sh-qiangzhi"]);
    assert_eq!(of(Decision { marks: vec![Trigger::Heard], ..base.clone() }), ["sh-tingzheng"]);
    assert_eq!(of(Decision { marks: vec![Trigger::PermitRefused], ..base }), ["sh-xuke"]);
    // On the spot: the law's own amounts (处罚法 51, 68), which nobody marks illustrative.
    let spot = pack.threshold(Purpose::OnSpot, Person::Citizen, Of::Fine).unwrap();
    assert!(!spot.illustrative && !spot.reached(20_000) && spot.reached(20_001));
    assert_eq!(pack.threshold(Purpose::OnSpot, Person::Organisation, Of::Fine).unwrap().yuan, 3000);
    assert_eq!(pack.threshold(Purpose::Cash, Person::Citizen, Of::Fine).unwrap().yuan, 100);
    // An amount stands once, and a catalogue that asks for one has it.
    let toml = "thresholds.toml";
    let folder = broken(toml, "purpose = \"cash\"\nperson = \"citizen\"", "purpose = \"cash\"\nperson = \"organisation\"");
    one_problem(&folder, toml, "se-shoujiao-zz", fault(FaultKind::Threshold));
    fs::write(folder.path().join(toml), "").unwrap();
    one_problem(&folder, "review.toml", "sh-dae", fault(FaultKind::Threshold));
}

#[test]
fn every_row_of_the_tables_of_the_law_is_described_with_its_source() {
    let pack = check(&shipped()).unwrap();
    let said = describe(&pack);
    for row in pack.law_rows() {
        let called = row.texts.first().unwrap();
        assert!(said.contains(&called.zh) && said.contains(&called.en), "{}", row.id);
        for basis in row.basis.into_iter().flatten() {
            assert!(said.contains(&pack.cite(basis).zh));
        }
    }
}

#[test]
fn a_pack_of_an_older_office_has_none_of_these_tables() {
    let mut json = check(&shipped()).unwrap().to_json().unwrap();
    let map = json.as_object_mut().unwrap();
    for table in
        ["items", "discretion", "leniency", "powers", "review", "thresholds", "exemptions", "retention", "publicity", "handbook"]
    {
        assert!(map.remove(table).is_some(), "{table}");
    }
    for source in map["sources"].as_array_mut().unwrap() {
        for field in ["kind", "in_force_from", "in_force_until"] {
            source.as_object_mut().unwrap().remove(field);
        }
    }
    for text in map["rights"].as_array_mut().unwrap() {
        text.as_object_mut().unwrap().remove("illustrative");
    }
    let old = Pack::from_json(json.clone()).unwrap();
    assert!(old.faults().is_empty() && old.items.is_empty());
    // And it is written as it was: a table that is not there is no field.
    assert_eq!(old.to_json().unwrap(), json);
}

#[test]
fn r13_every_act_is_told_in_every_language_and_a_translation_nobody_checked_says_so() {
    let pack = check(&shipped()).unwrap();
    for act in Act::ALL {
        let notices = pack.notices(act);
        let tags: Vec<_> = notices.iter().map(|n| n.language.tag()).collect();
        assert_eq!(tags, ["zh-Hans", "en", "ko", "zh-Hans-x-plain"], "{act:?}");
        assert!(notices.iter().all(|n| n.items.len() == notices[0].items.len() && n.items.iter().all(|i| !i.text.is_empty())));
        for notice in notices {
            assert_eq!(notice.illustrative, notice.language.tag() == "ko");
            assert_eq!(notice.title.contains("미확인"), notice.illustrative, "{}", notice.title);
        }
    }
    // A further language has the same items, the same slots, and a tag.
    let ko = "rights/songda.ko.md";
    let told = FaultKind::NotParallel(Language::try_from("ko".to_owned()).unwrap());
    let folder = broken(ko, "## songda-qixian", "## songda-other");
    one_problem(&folder, ko, "# 문서 송달", fault(told));
    let folder = broken(ko, "{complaint_phone}", "12345");
    one_problem(&folder, ko, "## songda-tousu", fault(FaultKind::SlotsDiffer));
    let folder = broken(
        "pack.toml",
        "language = \"ko\", file = \"rights/songda.ko.md\"",
        "language = \"Korean!\", file = \"rights/songda.ko.md\"",
    );
    let problems = check(folder.path()).unwrap_err();
    assert!(
        problems[0].line == line_of(folder.path(), "pack.toml", "Korean!") && matches!(problems[0].kind, ProblemKind::Syntax(_))
    );
    for bad in ["", "k", "KO", "ko_KR", "ko-", "zh-Hans-x-plain-text-that-is-far-too-long"] {
        assert_eq!(Language::try_from(bad.to_owned()), Err(NotATag), "{bad}");
    }
    // Chinese and English are still required.
    let mut json = pack.to_json().unwrap();
    json["rights"].as_array_mut().unwrap().retain(|t| !(t["act"] == "service" && t["language"] == "en"));
    let faults = Pack::from_json(json).unwrap().faults();
    assert!(!faults.is_empty() && faults.iter().all(|f| f.kind == FaultKind::MissingLanguage(Language::En)));
}

#[test]
fn r37_j25_the_clock_of_each_decision_what_is_masked_and_what_is_kept_back() {
    let pack = check(&shipped()).unwrap();
    let length = |of| pack.publication_clock(of).unwrap().length;
    assert_eq!((length(Decided::Penalty), length(Decided::Permit)), (7, 7));
    assert_eq!((length(Decided::Inspection), length(Decided::Coercion), length(Decided::Withdrawal)), (20, 20, 3));
    for ground in [Ground::Minor, Ground::CrimePending, Ground::Secret, Ground::RelatedCase] {
        assert!(pack.kept_back(&[ground]));
    }
    assert!(!pack.kept_back(&[]));
    let silent = Pack { publicity: None, ..pack };
    assert!(silent.kept_back(&[Ground::RelatedCase]), "who says nothing keeps all back");
    let toml = "publicity.toml";
    let folder = broken(toml, "clock = \"qixian-chehui-gongshi\"", "clock = \"qixian-nothing\"");
    one_problem(&folder, toml, "gongshi-chehui", fault(FaultKind::UnknownClock("qixian-nothing".into())));
    for (from, to) in [("what = \"account\"", "what = \"patient\""), ("ground = \"minor\"", "ground = \"secret\"")] {
        let folder = broken(toml, from, to);
        one_problem(&folder, toml, "gongshi-chufa", fault(FaultKind::Unmasked));
    }
}

#[test]
fn r22_j21_periods_of_keeping() {
    let pack = check(&shipped()).unwrap();
    assert_eq!(pack.keep(Kept::DailyMedia), Some(Keep::Months(6)));
    assert_eq!(pack.keep(Kept::CaseMedia), pack.keep(Kept::CaseFile));
    assert!(pack.keep(Kept::CaseMedia).is_some_and(|keep| keep != Keep::AsCaseFile));
    let toml = "retention.toml";
    let folder = broken(toml, "keep = { months = 6 }", "keep = { months = 0 }");
    one_problem(&folder, toml, "baocun-richang", fault(FaultKind::Retention));
    let folder = broken(toml, "class = \"card\"", "class = \"complaint\"");
    one_problem(&folder, toml, "baocun-xinxika", fault(FaultKind::Retention));
}

#[test]
fn j30_r30_grounds_outside_the_cap_and_the_handbook() {
    let pack = check(&shipped()).unwrap();
    assert!(pack.exemption("huomian-tousu").is_some_and(|row| !row.illustrative) && pack.exemption("huomian-qita").is_none());
    let found: Vec<_> = pack.handbook_search("查封 二十四小时").iter().map(|page| page.id.as_str()).collect();
    assert_eq!(found, ["shouce-qiangzhi"]);
    assert_eq!(pack.handbook_search("seizure twenty-four").len(), 1);
    assert!(pack.handbook_search("没有这样的词").is_empty());
    let folder = broken("handbook.toml", "handbook/songda.en.md", "handbook/nothing.md");
    let problems = check(folder.path()).unwrap_err();
    assert!(problems.iter().any(|p| p.kind == ProblemKind::FileMissing("handbook/nothing.md".into())));
}

#[test]
fn x3_to_x6_the_checklists_say_which_subject_acts() {
    let pack = check(&shipped()).unwrap();
    let size = |id: &str| pack.checklist(id).unwrap().items.len();
    assert_eq!([size("yiliao"), size("xuexiao"), size("gongshui"), size("canju")], [21, 18, 13, 10]);
    // 传染病防治法 (2025) 93, 104: two subjects in one visit to a hospital, so two papers (J33).
    let subjects: std::collections::BTreeSet<_> =
        pack.checklist("yiliao").unwrap().items.iter().map(|item| item.subject.as_str()).collect();
    assert_eq!(subjects.into_iter().collect::<Vec<_>>(), ["zhuti-jikong", "zhuti-weijian"]);
    assert_eq!(pack.item("yiliao-05").unwrap().subject, "zhuti-jikong");
    assert_eq!(pack.item("yiliao-15").unwrap().subject, "zhuti-weijian");
}
