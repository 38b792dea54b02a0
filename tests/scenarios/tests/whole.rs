//! A short inspection from arrival to a verified bundle.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::cast::{FIRST_ANSWERS, MANAGER};
use mingzheng_demo::{acts, photos};
use mingzheng_scenarios::Scene;
use serde_json::json;
use std::fs;

/// J23, F38: the whole chain; then one byte, one file less, one file more.
#[test]
fn r21_j23_f38_a_signed_inspection_verifies_and_every_change_is_named() {
    let mut scene = Scene::told().unwrap();
    let inspection = scene.inspection.clone();
    for given in &FIRST_ANSWERS[..2] {
        acts::answer(&mut scene.lead, &inspection, given).unwrap();
    }
    acts::photograph(&scene.place, &mut scene.lead, &inspection, &photos::FIRST[1]).unwrap();
    let paper =
        scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap()["id"].as_str().unwrap().to_owned();
    acts::officers_sign(&mut scene.lead, &mut scene.second, &inspection, &paper).unwrap();
    let party = json!({ "name": MANAGER, "position": "店长", "ink": acts::ink(MANAGER), "strokes": "strokes" });
    scene.lead.call("sign_as_party", json!({ "inspection": inspection, "paper": paper, "input": party })).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": inspection, "paper": paper })).unwrap();
    acts::act(&mut scene.lead, &inspection, json!({ "leave": { "place": null } })).unwrap();
    acts::witness(&mut scene.lead, &mut scene.second, &inspection).unwrap();
    acts::act(&mut scene.lead, &inspection, json!({ "close": { "witness": "peer", "reason": null } })).unwrap();
    scene.sync_all().unwrap();

    let office = scene.serving.office().clone();
    let bundle = scene.file("bundle");
    office.export(&inspection, &["--open"], &bundle).unwrap();
    let trust = office.trust();
    let verdict = office.verify(Some(&trust), &bundle).unwrap();
    assert_eq!(verdict.exit, 0, "{}", verdict.says);
    assert_eq!(office.verify(None, &bundle).unwrap().exit, 2);

    let photo = fs::read_dir(bundle.join("data/evidence")).unwrap().map(|e| e.unwrap().path()).next().unwrap();
    let name = photo.file_name().unwrap().to_str().unwrap().to_owned();
    let whole = fs::read(&photo).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    fs::write(&photo, &changed).unwrap();
    let verdict = office.verify(Some(&trust), &bundle).unwrap();
    assert_eq!((verdict.exit, verdict.says.contains(&name[..16])), (1, true), "{}", verdict.says);
    fs::remove_file(&photo).unwrap();
    let verdict = office.verify(Some(&trust), &bundle).unwrap();
    assert_eq!((verdict.exit, verdict.says.contains(&name[..16])), (1, true), "{}", verdict.says);
    fs::write(&photo, &whole).unwrap();
    fs::write(bundle.join("data/evidence/stranger.jpg"), b"x").unwrap();
    let verdict = office.verify(Some(&trust), &bundle).unwrap();
    assert_eq!((verdict.exit, verdict.says.contains("stranger.jpg")), (1, true), "{}", verdict.says);
    fs::remove_file(bundle.join("data/evidence/stranger.jpg")).unwrap();
    assert_eq!(office.verify(Some(&trust), &bundle).unwrap().exit, 0);
}
