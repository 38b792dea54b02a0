//! What is sent over which network, and what a person does about an item that is held up (F17, F27; R23).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_core::id::{hex, sha256};
use mingzheng_demo::acts;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::fs;

fn photograph(scene: &mut Scene) -> String {
    let path = acts::inbox(&mut scene.lead).unwrap().join("a.jpg");
    fs::copy(scene.place.photos.join("nature/LadyBird.jpg"), &path).unwrap();
    let capture = json!({ "inspection": scene.inspection, "path": path, "info": { "caption": "池水" } });
    let id = acts::text(&scene.lead.call("capture_photo", capture).unwrap(), "id").unwrap();
    scene.lead.call("check_photo", json!({ "inspection": scene.inspection, "evidence": id })).unwrap();
    id
}

fn item(scene: &mut Scene, kind: &str) -> Value {
    let status = scene.lead.call("status", json!({})).unwrap();
    status["queue"].as_array().unwrap().iter().rev().find(|q| q["kind"] == kind).unwrap().clone()
}

/// F27, R23: with little charge the entries and thumbnails go and the photograph waits, and says why; on the charger it goes.
#[test]
fn r23_f27_heavy_things_wait_for_the_charger_and_say_so() {
    let mut scene = Scene::told().unwrap();
    photograph(&mut scene);
    scene.lead.call("set_conditions", json!({ "network": "metered", "battery": 12, "charging": false })).unwrap();
    assert_eq!(scene.lead.call("sync", json!({})).unwrap()["finished"], true);
    assert_eq!(
        (&item(&mut scene, "segment")["state"], &item(&mut scene, "thumbnail")["state"]),
        (&json!("received"), &json!("received"))
    );
    let photo = item(&mut scene, "photo");
    assert_eq!((&photo["state"], &photo["waits"]), (&json!("waiting"), &json!("battery")));
    scene.lead.call("set_conditions", json!({ "network": "metered", "battery": 13, "charging": true })).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    let photo = item(&mut scene, "photo");
    assert_eq!((&photo["state"], &photo["waits"]), (&json!("received"), &Value::Null));
}

/// F17: an item can be carried to the office by hand: the sealed file as it is, and nothing is overwritten; it stays in the queue.
#[test]
fn f17_a_sealed_item_is_exported_as_it_is_and_stays_in_the_queue() {
    let mut scene = Scene::told().unwrap();
    let id = photograph(&mut scene);
    let to = scene.file("photo.age");
    scene.lead.call("export_item", json!({ "kind": "photo", "item": id, "to": to })).unwrap();
    let fold = scene.fold().unwrap();
    let held = fold["evidence"].as_array().unwrap().iter().find(|e| e["id"] == id.as_str()).unwrap();
    assert_eq!(held["sealed"], hex(&sha256(&fs::read(&to).unwrap())));
    let again = refusal(scene.lead.call("export_item", json!({ "kind": "photo", "item": id, "to": to })));
    assert_eq!(again.name(), "Storage", "{again}");
    assert_eq!(held["sealed"], hex(&sha256(&fs::read(&to).unwrap())), "what is there is left alone");
    assert_eq!(refusal(scene.lead.call("export_item", json!({ "kind": "photo", "item": "x", "to": to }))).name(), "NotFound");
    assert_eq!(item(&mut scene, "photo")["state"], "waiting");
    scene.lead.call("retry_item", json!({ "kind": "photo", "item": id })).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(item(&mut scene, "photo")["state"], "received");
}
