//! What is kept of a fold is what a fold of all entries gives, whatever came in between (F26, design §3).

use crate::conversation::Dice;
use crate::host::Device;
use crate::two::Two;
use mingzheng_core::id::sha256;
use mingzheng_core::inspection::{AssistantRef, Inspection};
use mingzheng_core::phone::{Act, Phone};
use std::path::Path;

/// As a phone tells it that has kept nothing: a copy of the folder, opened anew.
fn anew(folder: &Path, device: &Device, case: &str) -> Inspection {
    let copy = tempfile::tempdir().unwrap();
    crate::copy_folder(folder, copy.path());
    Phone::open(copy.path(), device.host()).unwrap().inspection(case).unwrap()
}

/// Acts on both phones, mirrored entries that come late, clocks that jump, and a second officer who goes on as the lead, in any order.
#[test]
fn f26_a_fold_that_was_kept_is_the_fold_of_all_entries() {
    for seed in 0..3u8 {
        let mut dice = Dice(sha256(&[seed]));
        let two = Two::told();
        let (mut shots, mut leads) = (0, false);
        for step in 0..30 {
            let on = if dice.below(2) == 0 { two.lead.phone() } else { &two.second };
            match dice.below(8) {
                0 | 1 => drop(on.act(&two.case, Act::Note { text: format!("{step}") }).unwrap()),
                2 => {
                    let assistant = AssistantRef { name: "王海".into(), unit: "协管站".into() };
                    on.act(&two.case, Act::IntroduceAssistant { assistant }).unwrap();
                }
                3 => {
                    shots += 1;
                    let id = two.photograph(shots, 900);
                    if dice.below(2) == 0 {
                        two.lead.phone().check_photo(&two.case, &id).unwrap();
                    }
                }
                4 => two.lead.device.time.set_wall(dice.below(7) as i64 * 60_000 - 180_000),
                5 => two.lead.device.time.pass(dice.below(90_000) as u64),
                6 if step > 12 && !leads => {
                    two.carry();
                    two.second.continue_as_lead(&two.case, "手机摔坏，无法开机").unwrap();
                    leads = true;
                }
                _ => two.carry(),
            }
            // Not after each: several entries at once are gone on with too.
            if dice.below(3) == 0 {
                let lead = two.lead.phone().inspection(&two.case).unwrap();
                assert_eq!(lead, anew(two.lead.folder.path(), &two.lead.device, &two.case), "seed {seed}, step {step}");
            }
            if dice.below(3) == 0 {
                let second = two.second.inspection(&two.case).unwrap();
                assert_eq!(second, anew(two.second_folder.path(), &two.second_device, &two.case), "seed {seed}, step {step}");
            }
        }
        assert!(leads && shots > 0, "seed {seed}");
    }
}

/// Each inspection is kept for itself, more of them than are kept included.
#[test]
fn f26_folds_of_many_inspections_do_not_mix() {
    let mut scene = crate::Scene::new();
    let mut cases = Vec::new();
    for n in 0..11 {
        cases.push(scene.phone().open_inspection(&crate::office::TASK.to_string(), None).unwrap());
        for (k, case) in cases.iter().enumerate() {
            scene.note(case, &format!("{n} {k}"));
        }
    }
    let told: Vec<Inspection> = cases.iter().map(|case| scene.phone().inspection(case).unwrap()).collect();
    scene.reopen();
    for (k, (case, told)) in cases.iter().zip(told).enumerate() {
        assert_eq!((told.case.as_str(), told.notes.len()), (case.as_str(), 11 - k));
        assert_eq!(scene.phone().inspection(case).unwrap(), told);
    }
}
