//! `mingzheng pack check` tries templates in a limited process of its own.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// `pack check` of the shipped pack with this template and these facts for the record.
fn check(template: &str, facts: &str, seconds: &str) -> (Output, String) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("pack");
    assert!(Command::new("cp").arg("-r").args([&from, &to]).status().unwrap().success());
    fs::write(to.join("forms/xianchang-bilu.typ"), template).unwrap();
    fs::write(to.join("forms/xianchang-bilu.example.json"), facts).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
    command.args(["pack", "check", "--seconds", seconds, "--form", "xianchang-bilu"]).arg(&to);
    if let Ok(fonts) = std::env::var("MINGZHENG_FONT_DIR") {
        command.args(["--fonts", &fonts]);
    }
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, said)
}

const FACTS: &str = r#"{"rows": [{"text": "布草间"}], "name": "宾馆"}"#;

#[test]
fn f12_a_template_that_stands_hostile_facts_passes_and_its_cost_is_told() {
    let template = "#let f = json(\"/facts.json\")\n= 清单\n#f.name.slice(0, 3)\n#for row in f.rows [#row.text\n\n]\n";
    let (output, said) = check(template, FACTS, "600");
    assert!(output.status.success(), "{said}");
    for told in [
        "示例事实 the example：",
        "空的清单 empty lists：",
        "至多五千行 up to 5,000 rows：",
        "一兆字节的文字 a text of one megabyte：",
        "MiB",
    ] {
        assert!(said.contains(told), "{told} in {said}");
    }
    assert!(said.contains("控制字符和方向标记 control characters and marks of direction：字体没有的字符，已指名拒绝"), "{said}");
}

#[test]
fn f12_a_template_that_fails_on_an_empty_list_is_named_with_its_line() {
    let (output, said) = check("#let f = json(\"/facts.json\")\n= 清单\n#f.rows.first().text\n", FACTS, "600");
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("forms/xianchang-bilu.typ:3: 用空的清单试排时模板出错"), "{said}");
    assert!(!said.contains("无问题"), "{said}");
}

#[test]
fn f12_a_template_that_loops_or_grows_is_stopped_and_named() {
    let long = "#let f = json(\"/facts.json\")\n= 清单\n#for a in range(9000) { for b in range(9000) { for c in range(9000) { let d = a } } }\n";
    let large = "#let f = json(\"/facts.json\")\n= 清单\n#let s = \"aaaaaaaa\"\n#for i in range(40) { s = s + s }\n";
    for template in [long, large] {
        let (output, said) = check(template, FACTS, "10");
        assert!(!output.status.success(), "{said}");
        assert!(said.contains("forms/xianchang-bilu.typ:0: 用示例事实试排时，模板在10秒、4096 MiB 之内没有完成"), "{said}");
        assert!(said.contains("1 个问题"), "{said}");
    }
}

#[test]
fn f12_every_form_of_the_shipped_pack_stands_hostile_facts_and_its_costs_are_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
    let kept = tempfile::tempdir().unwrap();
    let costs = kept.path().join("costs.csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
    command.args(["pack", "check", "--seconds", "300", "--costs"]).arg(&costs).arg(&folder);
    if let Ok(fonts) = std::env::var("MINGZHENG_FONT_DIR") {
        command.args(["--fonts", &fonts]);
    }
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && !said.contains("未试排"), "{said}");
    let costs = fs::read_to_string(costs).unwrap();
    let pack = mingzheng_core::pack::author::compile(&folder).unwrap();
    for form in &pack.forms {
        for trial in mingzheng_core::document::Trial::ALL {
            let row = format!("\n{},{},", form.id, trial.name());
            assert!(costs.contains(&row), "{row} in {costs}");
        }
    }
}
