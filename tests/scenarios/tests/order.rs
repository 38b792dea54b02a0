//! No gate can be passed by calling the façade in another order (design §7, 10): measures by chance, and what the log then says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{FIRST_ANSWERS, MANAGER};
use mingzheng_scenarios::Scene;
use serde_json::{Value, json};

/// Place in the log of what an entry says.
fn seq(said: &Value) -> Option<u64> {
    said["at"]["entry"].as_str()?.rsplit('/').next()?.parse().ok()
}

fn rises(steps: &[Option<u64>]) -> bool {
    steps.iter().all(Option::is_some) && steps.is_sorted_by(|a, b| a < b)
}

/// J6, J7, J8, J32, invariant 10: whatever is called in whatever order, a paper of a measure is laid before the party only after every step that the law
/// puts before it, and no number stands on two papers.
#[test]
fn j6_j7_j8_j32_no_order_of_calls_makes_a_paper_before_its_steps() {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).unwrap();
    let start = u64::from_le_bytes(seed);
    let mut state = start;
    let mut chance = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    let find = json!({ "find": { "text": "客房部赵某无有效健康合格证明。", "items": [], "evidence": [], "unproven": true } });
    acts::act(&mut scene.lead, &i, find).unwrap();
    let notices = ["preservation", "coercion", "on_spot_penalty"];
    let mut items: Vec<Vec<String>> = Vec::new();
    for act in notices {
        let all = scene.lead.call("notices_of", json!({ "inspection": i, "act": act })).unwrap();
        items.push(all["notices"][0]["items"].as_array().unwrap().iter().map(|x| x["id"].as_str().unwrap().to_owned()).collect());
    }
    let kinds = [
        ("preservation", json!(null), json!(null), "xianxing-dengji"),
        ("coercion", json!("wf-yifei-fenlei"), json!("seize"), "chafeng-kouya"),
        ("on_spot_penalty", json!("wf-jiankang"), json!(null), "dangchang-chufa"),
    ];
    let mut begun: Vec<(String, usize)> = Vec::new();
    for (n, (what, item, coercive, _)) in kinds.iter().enumerate() {
        let input = json!({ "what": what, "item": item, "coercive": coercive, "reason": "理由" });
        let id = scene.lead.call("begin_measure", json!({ "inspection": i, "input": input })).unwrap();
        begun.push((acts::text(&id, "measure").unwrap(), n));
    }
    let typed = [
        json!({ "keep_how": "封存", "cause": "未按规定处理" }),
        json!({ "facts": "医疗废物未分类", "keeper": "张建国" }),
        json!({ "payment": "十五日内缴纳", "correction": "立即改正" }),
    ];
    for (id, n) in &begun {
        let with = json!({ "inspection": i, "form": kinds[*n].3, "about": id, "typed": typed[*n] });
        scene.lead.call("save_paper_draft", with).unwrap();
    }
    let goods = json!([{ "name": "毛巾", "spec": "", "quantity": "12条", "state": "已拆封" }]);
    let (mut made, mut refused) = (0, 0);
    for _ in 0..160 {
        let (id, n) = begun[chance(begun.len())].clone();
        let penalty = kinds[n].0 == "on_spot_penalty";
        let step = |act: Value| ("measure_act", json!({ "inspection": i, "measure": id, "act": act }));
        let on_site = |act: Value| ("act", json!({ "inspection": i, "act": act }));
        let (command, asked) = match chance(9) {
            0 => step(json!({ "approve": { "number": "批1", "by": "马向前", "at_ms": 1, "how": "oral" } })),
            1 => step(json!({ "call": { "how": "口头", "came": true, "witness": null, "witness_unit": null } })),
            2 => step(json!({ "hear": { "speaker": MANAGER, "text": "无", "opinion": "无" } })),
            3 => step(
                json!({ "choose": { "row": "cl-d7", "tier": "cl-d7-1", "penalties": ["warning", "fine"], "fen": 60_000, "gains": null,
                "approval": null, "reason": "一人" } }),
            ),
            4 => step(json!({ "take": { "goods": if penalty { json!([]) } else { goods.clone() }, "place": "布草间" } })),
            5 => {
                for item in &items[n] {
                    let told = json!({ "tell_right": { "item": item, "language": "zh-Hans", "how": "shown" } });
                    acts::act(&mut scene.lead, &i, told).unwrap();
                }
                on_site(json!({ "acknowledge_notice": { "act": notices[n], "by": MANAGER, "how": "oral" } }))
            }
            6 => step(json!({ "settle": { "outcome": "lifted", "reason": "试" } })),
            _ => ("compose_paper", json!({ "inspection": i, "form": kinds[n].3, "about": id })),
        };
        // What is settled by chance would end all: only what was laid before the party is settled.
        let settles = asked["act"]["settle"].is_object();
        let paper = scene.fold().unwrap()["papers"].as_array().unwrap().iter().any(|p| p["about"] == json!(id));
        if settles && !paper {
            continue;
        }
        match scene.lead.call(command, asked) {
            Ok(_) => made += usize::from(command == "compose_paper"),
            Err(e) if e.name() == "Blocked" => refused += 1,
            Err(e) => assert!(["NotFound", "Invalid"].contains(&e.name()), "seed {start}: {e}"),
        }
    }
    let fold = scene.fold().unwrap();
    assert!(refused > 0, "seed {start}: nothing was refused");
    let papers: Vec<&Value> = fold["papers"].as_array().unwrap().iter().filter(|p| !p["presented"].is_null()).collect();
    assert!(made >= papers.len(), "seed {start}");
    let mut numbers = Vec::new();
    for paper in papers {
        let m = fold["measures"].as_array().unwrap().iter().find(|m| m["id"] == paper["about"]).unwrap();
        let facts = paper["facts_at"]["entry"].as_str().and_then(|e| e.rsplit('/').next()?.parse().ok());
        let steps = match m["what"].as_str().unwrap() {
            "preservation" => vec![seq(&m["approved"]), seq(&m["taken"]), facts],
            "coercion" => vec![seq(&m["approved"]), seq(&m["called"]), seq(&m["heard"][0]), seq(&m["taken"]), facts],
            _ => vec![seq(&m["chosen"]), seq(&m["heard"][0]), seq(&m["taken"]), facts],
        };
        assert!(rises(&steps), "seed {start}: {steps:?} {m}");
        numbers.push(format!("{} {}", paper["form"], paper["facts"]["fields"]["number"]));
    }
    let all = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "seed {start}: {numbers:?}");
}
