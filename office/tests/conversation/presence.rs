//! What only the office sees: one officer in two inspections at once (J4), from two logs.

use super::procedure::office;
use super::*;
use serde_json::Value;

/// An inspection of that enterprise in that device's log: opened, arrived; it is left when `leave` says so.
fn begun(d: &mut Device, person: &str, number: &str, enterprise: &str, code: &str) -> Id {
    let mut task = task(&[(person, number), (person, "110009")]);
    (task.enterprise.name, task.enterprise.code) = (enterprise.into(), code.into());
    let (officer, case) = (task.officers[0].clone(), Id(random()));
    let (pack, pack_version, assignment) = (String::new(), "x@1".into(), String::new());
    d.act(Some(case), &Event::Opened { task: Box::new(task), pack, pack_version, assignment, officer: officer.clone() });
    d.act(Some(case), &Event::Arrived { officer, place: None, statement: "00".into() });
    case
}

fn left(d: &mut Device, case: Id) {
    std::thread::sleep(std::time::Duration::from_millis(20));
    d.act(Some(case), &Event::Left { place: None });
}

fn sent(d: &mut Device) {
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
}

/// J4: one officer, two phones, two enterprises, a common time: both cases say so, on the page and in the list; one visit after the other, the same
/// enterprise or another officer are nothing to find.
#[test]
fn j4_r27_an_officer_in_two_inspections_at_once_is_named_in_both_cases() {
    let office = office();
    let (wang, first) = office.invite_again("110001");
    let (_, second) = office.invite_again("110001");
    let (li, third) = office.invite_again("110002");
    let (mut a, mut b, mut c) = (Device::enrolled(&first), Device::enrolled(&second), Device::enrolled(&third));

    let before = begun(&mut a, &wang, "110001", "早先的店", "91350100M000100Y43");
    left(&mut a, before);
    std::thread::sleep(std::time::Duration::from_millis(20));
    let one = begun(&mut a, &wang, "110001", "某县云水宾馆", "91110000MA01ABCD2X");
    let two = begun(&mut b, &wang, "110001", "某县青溪宾馆", "91110000100003433J");
    let same = begun(&mut b, &wang, "110001", "某县云水宾馆", "91110000ma01abcd2x");
    let other = begun(&mut c, &li, "110002", "某县学校", "91110108551385082Q");
    left(&mut a, one);
    left(&mut b, two);
    left(&mut b, same);
    left(&mut c, other);
    for d in [&mut a, &mut b, &mut c] {
        sent(d);
    }
    let rows: Vec<Value> = serde_json::from_str(&office.say(&["cases", "--json"])).unwrap();
    let named = |case: Id| -> Vec<(String, String)> {
        let row = rows.iter().find(|r| r["case"] == case.to_string().as_str()).unwrap();
        let text = |k: &Value, f: &str| k[f].as_str().unwrap().to_owned();
        row["elsewhere"].as_array().unwrap().iter().map(|k| (text(k, "number"), text(k, "case"))).collect()
    };
    let at = |case: Id| vec![("110001".to_owned(), case.to_string())];
    assert_eq!((named(one), named(two).len()), (at(two), 2), "both cases name each other");
    assert!(named(two).contains(&at(one)[0]) && named(two).contains(&at(same)[0]));
    assert_eq!((named(before), named(other)), (vec![], vec![]), "one after the other, or another officer");
    for (case, name) in [(one, "某县青溪宾馆"), (two, "某县云水宾馆")] {
        let (code, page) = console(&office, &format!("/console/cases/{case}"));
        assert!(code == 200 && page.contains("<b>J4</b>") && page.contains("王小明（110001）") && page.contains(name));
    }
    assert!(!console(&office, &format!("/console/cases/{other}")).1.contains("<b>J4</b>"));
    assert!(office.say(&["cases"]).contains("J4 同时在另一处"));
}
