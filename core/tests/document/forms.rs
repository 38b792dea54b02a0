//! The forms of §D: filled from what is known, refused field by field, printed whole.

use mingzheng_core::document::facts::{Correction, Initial};
use mingzheng_core::document::form::{
    FieldFaultKind, Filled, FormClosing, FormPage, MAX_PARAGRAPH, MAX_TEXT, Seal, fill, read_typed,
};
use mingzheng_core::document::{DocumentError, Fonts, amount, read_paper};
use mingzheng_core::pack::FieldKind;
use serde_json::{Map, Value, json};

use super::fixture::at;
use super::{CASE, FONTS, font_file, keep, poppler, without_space};

pub(super) fn filled(form: &str, change: impl FnOnce(&mut Value, &mut Map<String, Value>)) -> Filled {
    let (mut known, mut typed) = (CASE.example.known(form), CASE.example.typed(form));
    change(&mut known, &mut typed);
    fill(&CASE.pack, CASE.pack.form(form).unwrap(), &known, &typed)
}

fn said(form: &str, page: &FormPage) -> String {
    let pdf = CASE.paper(CASE.pack.form(form).unwrap(), page, &FONTS).unwrap_or_else(|fault| panic!("{form}: {fault}"));
    without_space(&poppler("pdftotext", &["-raw"], &keep(&format!("form-{form}.pdf"), &pdf), &["-"]))
}

pub(super) fn page(filled: Filled) -> FormPage {
    FormPage { facts: filled.facts, closing: None, presented: None, trust_root: None }
}

/// What must be readable of a value: texts and capitals, not codes.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(text.lines().filter(|l| !l.trim().is_empty()).map(without_space)),
        Value::Array(rows) => rows.iter().for_each(|v| texts(v, found)),
        Value::Object(map) => {
            map.iter().filter(|(key, _)| !["kind", "id"].contains(&key.as_str())).for_each(|(_, v)| texts(v, found))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn every_form_of_the_case_is_complete_and_each_of_its_facts_is_readable_on_the_paper() {
    for form in CASE.forms() {
        let filled = CASE.filled(form);
        assert_eq!(filled.ready().err(), None, "{}", form.id);
        let page = CASE.page(form);
        let text = said(&form.id, &page);
        let mut wanted = vec![without_space(&form.title.zh), "以下空白".to_owned(), "第1页".to_owned()];
        texts(&page.facts["fields"], &mut wanted);
        texts(&page.facts["remedies"], &mut wanted);
        // Running heads stand inside what crosses pages.
        let one = !text.contains("第2页");
        for wanted in wanted.iter().filter(|w| one || w.chars().count() < 30) {
            assert!(text.contains(wanted.as_str()), "{} lacks {wanted}\n{text}", form.id);
        }
    }
}

#[test]
fn every_paper_of_the_case_carries_its_facts() {
    for form in CASE.forms() {
        let page = CASE.page(form);
        let pdf = CASE.paper(form, &page, &FONTS).unwrap();
        let paper = read_paper(&pdf).unwrap();
        let facts = paper.attachments.iter().find(|a| a.name == "facts.cbor").unwrap();
        let read = mingzheng_core::cbor::decode(&facts.bytes).unwrap();
        assert_eq!(mingzheng_core::cbor::to_json(&read), page.facts, "{}", form.id);
    }
}

#[test]
fn nothing_that_is_known_is_typed_and_what_is_certain_cannot_be_typed_over() {
    let filled_now = filled("lian-baogao", |_, typed| typed.clear());
    assert_eq!(filled_now.ready().err(), None);
    assert_eq!(filled_now.facts["fields"]["organ"], "青川县卫生健康局");
    let over = filled("lian-baogao", |_, typed| {
        typed.insert("organ".into(), json!("另一机关"));
        typed.insert("source".into(), json!("投诉举报"));
        typed.insert("surprise".into(), json!(1));
    });
    let faults: Vec<_> = over.faults.iter().map(|f| (f.field.as_str(), &f.kind)).collect();
    assert_eq!(faults, [("organ", &FieldFaultKind::Fixed), ("surprise", &FieldFaultKind::Unknown)]);
    assert_eq!(
        (&over.facts["fields"]["organ"], &over.facts["fields"]["source"]),
        (&json!("青川县卫生健康局"), &json!("投诉举报"))
    );
}

#[test]
fn what_is_required_is_asked_for_at_signing_and_the_draft_stays() {
    let draft = filled("jiandu-yijian", |known, typed| {
        typed.remove("opinions");
        known["party"]["phone"] = Value::Null;
    });
    let missing: Vec<_> = draft.missing.iter().map(|m| m.field.as_str()).collect();
    assert_eq!(missing, ["party.phone", "opinions"]);
    assert!(draft.faults.is_empty() && draft.ready().is_err());
    let text = said("jiandu-yijian", &page(draft));
    assert!(text.contains("青川县青溪宾馆有限公司"));
    let rows = filled("jiandu-yijian", |_, typed| {
        typed.insert("opinions".into(), json!([{"text": "改正"}]));
    });
    assert_eq!((rows.missing[0].field.as_str(), rows.missing[0].row), ("opinions.basis", Some(1)));
}

#[test]
fn j17_an_opinion_holds_no_verb_of_penalty_wherever_it_is_written() {
    let form = CASE.pack.form("jiandu-yijian").unwrap();
    for word in ["停业", "罚款", "没收", "吊销"] {
        assert!(form.forbidden.iter().any(|f| f == word));
        let spaced: String = word.chars().map(|c| format!("{c}　")).collect();
        for text in [format!("责令{word}整顿"), spaced] {
            let filled = filled("jiandu-yijian", |_, typed| typed["opinions"][0]["text"] = json!(text));
            let fault = FieldFaultKind::Forbidden(word.to_owned());
            assert_eq!(filled.faults.iter().map(|f| (f.field.as_str(), &f.kind)).collect::<Vec<_>>(), [("opinions", &fault)]);
        }
        assert!(!said("jiandu-yijian", &CASE.page(form)).contains(word));
    }
}

#[test]
fn f12_impossible_dates_amounts_ages_and_hostile_text_are_named_field_by_field() {
    let fault_of = |field: &str, value: Value| {
        let filled = filled("jiandu-yijian", |_, typed| {
            typed.insert(field.to_owned(), value);
        });
        assert!(filled.facts["fields"][field].is_null(), "nothing wrong stands on the paper");
        assert_eq!(filled.facts["fields"]["organ"], "青川县卫生健康局", "the draft stays");
        filled.faults.into_iter().map(|f| (f.field, f.kind)).collect::<Vec<_>>()
    };
    for day in [json!(20260230), json!("2026-13-01"), json!(0), json!(20261119.5), json!(-20261119), json!(true), json!(99991231)]
    {
        assert_eq!(fault_of("found_on", day), [("found_on".to_owned(), FieldFaultKind::Kind(FieldKind::Day))]);
    }
    for (text, code) in [
        ("甲\u{202e}乙", 0x202e),
        ("甲\u{0}乙", 0),
        ("甲\u{1b}[2J", 0x1b),
        ("\u{2067}甲", 0x2067),
        ("甲\u{200f}", 0x200f),
        ("甲\u{ffff}", 0xffff),
        ("甲\u{7f}", 0x7f),
        ("a\u{2028}b", 0x2028),
        ("甲\tb", 9),
    ] {
        assert_eq!(fault_of("findings", json!(text)), [("findings".to_owned(), FieldFaultKind::Control(code))], "{text:?}");
    }
    let long = FieldFaultKind::Long(MAX_PARAGRAPH);
    assert_eq!(fault_of("findings", json!("很".repeat(350_000))), [("findings".to_owned(), long)]);
    assert_eq!(
        fault_of("complaint_unit", json!("很".repeat(MAX_TEXT + 1))),
        [("complaint_unit".to_owned(), FieldFaultKind::Long(MAX_TEXT))]
    );
    for typed in ["{\"findings\": \"\\ud800\"}", "[1]", "{", "\u{0}"] {
        assert_eq!(read_typed(typed).unwrap_err().kind, FieldFaultKind::Unreadable, "{typed}");
    }
    assert!(matches!(read_typed(&format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20))).unwrap_err().kind, FieldFaultKind::Long(_)));
    // Money is whole fen, up to what the capitals can say.
    for fen in [json!(-1), json!(1.5), json!("三千"), json!(amount::MAX_FEN + 1), json!(u64::MAX), json!(true)] {
        let filled = filled("cuigao", |_, typed| _ = typed.insert("surcharge".to_owned(), fen.clone()));
        let fault = FieldFaultKind::Kind(FieldKind::Amount);
        assert_eq!(
            filled.faults.into_iter().map(|f| (f.field, f.kind)).collect::<Vec<_>>(),
            [("surcharge".to_owned(), fault)],
            "{fen}"
        );
    }
    // A person: an age that nobody has, and one that somebody has.
    for (age, good) in [(json!(-1), false), (json!(131), false), (json!(41.5), false), (json!("四十"), false), (json!(41), true)]
    {
        let filled = filled("lian-baogao", |known, _| {
            known["party"] = json!({"kind": "person", "name": "何国栋", "sex": "男", "age": age, "id_number": "510822198501010011",
                "address": "青川县青溪镇", "phone": "0839-7200118"});
        });
        assert_eq!(filled.faults.iter().all(|f| f.field != "party.age"), good, "{age}");
    }
}

#[test]
fn rare_names_are_named_before_anybody_signs_and_a_second_font_shows_them() {
    // 㛃 𠮷 𬭩 䶮, and a private-use code of an old system.
    let with = |name: &str, fonts: &Fonts| {
        let filled = filled("lian-baogao", |known, _| known["party"]["legal_representative"] = json!(name));
        filled.with_fonts(fonts).faults.into_iter().map(|f| (f.field, f.kind)).collect::<Vec<_>>()
    };
    assert_eq!(with("马\u{e863}", &FONTS), [("party".to_owned(), FieldFaultKind::Glyphs(vec!['\u{e863}']))]);
    let name = "何䶮𬭩㛃𠮷";
    let latin = std::fs::read("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").expect("Debian package fonts-dejavu-core");
    let poor = Fonts::from_bytes(vec![latin.clone()]).unwrap();
    let lacking = with(name, &poor);
    assert!(
        lacking
            .iter()
            .any(|(f, k)| f == "party" && matches!(k, FieldFaultKind::Glyphs(c) if name.chars().all(|n| c.contains(&n))))
    );
    // The second font is given beside the first: nothing is missing and the paper reads back.
    let both = Fonts::from_bytes(vec![latin, font_file("NotoSansCJK-Regular.ttc")]).unwrap();
    assert_eq!(with(name, &both), []);
    let filled = filled("lian-baogao", |known, _| known["party"]["legal_representative"] = json!(name));
    let form = CASE.pack.form("lian-baogao").unwrap();
    let refused = CASE.paper(form, &page(filled.clone()), &poor).unwrap_err();
    assert!(matches!(refused, DocumentError::MissingGlyphs(c) if c.contains(&'𠮷')));
    let pdf = CASE.paper(form, &page(filled), &both).unwrap();
    assert!(poppler("pdftotext", &["-raw"], &keep("form-rare.pdf", &pdf), &["-"]).contains(name));
}

#[test]
fn j24_a_correction_strikes_the_old_text_and_names_who_initialled_it() {
    let mut filled = filled("lian-baogao", |_, _| {});
    filled.correct(Correction {
        no: "1".into(),
        item: Some("source".into()),
        place: "案件来源".into(),
        old: "投诉举报".into(),
        new: "监督检查发现".into(),
        requested_by: "张建国".into(),
        at: at(15, 0, 0),
        initials: vec![Initial { name: "张建国".into(), role: "承办人".into(), at: at(15, 0, 9) }],
    });
    let text = said("lian-baogao", &page(filled));
    assert!(text.contains("（更正1：投诉举报监督检查发现）") && text.contains("改动处签名：承办人张建国"), "{text}");
}

#[test]
fn a_seal_that_is_only_data_needs_the_packs_leave() {
    let form = CASE.pack.form("jiancha-tongzhi").unwrap();
    let sealed = |seal: Seal| FormPage {
        closing: Some(FormClosing {
            signatures: vec![],
            refusal: None,
            initials: vec![],
            read_aloud: None,
            seal: Some(seal),
            checkpoint: None,
        }),
        ..CASE.page(form)
    };
    let refused = CASE.paper(form, &sealed(Seal::Electronic("E-1".into())), &FONTS).unwrap_err();
    assert_eq!(refused, DocumentError::ElectronicSeal("jiancha-tongzhi".into()));
    assert!(said("jiancha-tongzhi", &sealed(Seal::Stock("YG-0042".into()))).contains("（预盖印章，用纸编号YG-0042）"));
    let mut pack = CASE.pack.clone();
    pack.forms.iter_mut().for_each(|f| f.electronic_seal = true);
    let page = sealed(Seal::Electronic("E-1".into()));
    assert!(mingzheng_core::document::form::paper(&pack, &form.id, &page, at(15, 0, 0), &FONTS, vec![]).is_ok());
    assert_eq!(amount::capitals(300_000), "叁仟元整");
}

#[test]
fn the_page_of_forms_is_that_of_the_pack() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/forms.md")).unwrap();
    assert!(page.contains(&CASE.table()), "docs/forms.md: put in the table of target/samples/forms.md (cargo xtask samples)");
}

#[test]
fn j8_an_on_spot_decision_says_that_reconsideration_comes_first_and_the_others_do_not() {
    let text = |form: &str| said(form, &CASE.page(CASE.pack.form(form).unwrap()));
    let (on_spot, ordinary) = (text("dangchang-chufa"), text("chufa-jueding"));
    assert!(on_spot.contains("应当自收到本决定书之日起六十日内先向青川县人民政府申请行政复议"), "{on_spot}");
    assert!(!on_spot.contains("直接向青川县人民法院") && ordinary.contains("直接向青川县人民法院提起行政诉讼"));
    let blank = filled("dangchang-chufa", |known, _| known["slots"]["government"] = Value::Null);
    assert_eq!(blank.faults[0].kind, FieldFaultKind::Slot("government".into()));
}

/// X9: an order to correct names its remedy where the office knows before whom; where not, it stands without.
#[test]
fn r14_an_order_to_correct_names_its_remedy_and_an_unknown_court_holds_only_a_penalty_up() {
    let order = filled("zeling-gaizheng", |_, _| {});
    let text = order.ready().unwrap()["remedies"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("六十日内向青川县人民政府申请行政复议") && text.contains("六个月内直接向"), "{text}");
    assert_eq!(order.facts["remedies"][0]["illustrative"], true);
    assert!(said("zeling-gaizheng", &page(order)).contains("救济与投诉监督途径"));
    for slots in [json!({}), json!({"government": "青川县人民政府", "court": "  "})] {
        let without = filled("zeling-gaizheng", |known, _| known["slots"] = slots.clone());
        assert_eq!(without.ready().unwrap()["remedies"], json!([]), "{slots}");
        let penalty = filled("chafeng-kouya", |known, _| known["slots"] = slots.clone());
        let (_, faults) = penalty.ready().unwrap_err();
        assert!(faults.iter().any(|f| matches!(f.kind, FieldFaultKind::Slot(_))), "{faults:?}");
    }
}

#[test]
fn r46_a_decision_says_how_the_discretion_standard_was_applied_and_is_not_ready_without() {
    let mute = filled("chufa-jueding", |known, _| known["case"]["discretion"] = Value::Null);
    assert_eq!(mute.missing.iter().map(|m| m.field.as_str()).collect::<Vec<_>>(), ["discretion"]);
    assert!(mute.ready().is_err());
}

#[test]
fn j33_each_paper_speaks_in_the_name_of_the_one_organ_that_is_known() {
    let other = filled("jiandu-yijian", |known, _| known["organ"] = json!("青川县疾病预防控制局"));
    let text = said("jiandu-yijian", &page(other));
    assert!(text.contains("青川县疾病预防控制局") && text.matches("青川县卫生健康局").count() == 1, "only who takes complaints");
}

#[test]
fn j5_signatures_and_a_refusal_with_reason_witness_and_recording_stand_on_the_paper() {
    let form = CASE.pack.form("xianxing-dengji").unwrap();
    let text = said(&form.id, &CASE.page(form));
    for wanted in [
        "√拒签",
        "陈晓梅称需请示总部",
        "见证人：刘德厚，单位：青溪镇桥头村村民委员会",
        "音像记录V-07",
        "张建国执法证号川H2026010017",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    // A third officer than known, or a list with one officer, is not ready.
    let alone =
        filled("xianxing-dengji", |known, _| known["officers"] = json!([{"name": "张建国", "certificate": "川H2026010017"}]));
    assert_eq!(alone.faults[0].field, "officers");
    assert!(matches!(alone.faults[0].kind, FieldFaultKind::Range(2, _)));
}

#[test]
fn rows_and_amounts_keep_their_kind() {
    let changed = filled("cuigao", |_, typed| {
        typed.insert("surcharge".into(), json!(1234.5));
    });
    assert_eq!(changed.faults[0].kind, FieldFaultKind::Kind(FieldKind::Amount));
    let over = filled("cuigao", |_, typed| {
        typed.insert("days".into(), json!(9));
    });
    assert_eq!(over.faults[0].kind, FieldFaultKind::Range(10, 60));
    let text = said("cuigao", &CASE.page(CASE.pack.form("cuigao").unwrap()));
    assert!(text.contains("贰仟元整（￥2,000.00）"));
    let many = filled("xianxing-dengji", |known, _| {
        known["measure"]["goods"] = (0..600).map(|n| json!({"name": format!("{n}")})).collect();
    });
    assert_eq!(many.faults[0].kind, FieldFaultKind::Range(1, 300));
    let alien = filled("xianxing-dengji", |known, _| known["measure"]["goods"][1]["price"] = json!(1));
    assert_eq!((alien.faults[0].field.as_str(), alien.faults[0].row), ("goods.price", Some(2)));
}
