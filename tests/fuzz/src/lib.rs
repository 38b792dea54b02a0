//! The core's own source files without the typesetter, the database and the façade, so that an instrumented build takes a minute, and the targets.

extern crate self as mingzheng_core;

#[path = "../../../core/src/attestation.rs"]
pub mod attestation;
#[path = "../../../core/src/badge/mod.rs"]
pub mod badge;
#[path = "../../../core/src/bundle/mod.rs"]
pub mod bundle;
#[path = "../../../core/src/calendar/mod.rs"]
pub mod calendar;
#[path = "../../../core/src/cbor.rs"]
pub mod cbor;
#[path = "../../../core/src/clock.rs"]
pub mod clock;
#[path = "../../../core/src/discretion/mod.rs"]
pub mod discretion;
#[path = "../../../core/src/enrolment.rs"]
pub mod enrolment;
#[path = "../../../core/src/evidence/mod.rs"]
pub mod evidence;
#[path = "../../../core/src/host.rs"]
pub mod host;
#[path = "../../../core/src/id.rs"]
pub mod id;
#[path = "../../../core/src/inspection/mod.rs"]
pub mod inspection;
#[path = "../../../core/src/judge/mod.rs"]
pub mod judge;
#[path = "../../../core/src/log/mod.rs"]
pub mod log;
#[path = "../../../core/src/measure/mod.rs"]
pub mod measure;
#[path = "../../../core/src/pack/mod.rs"]
pub mod pack;
#[path = "../../../core/src/pairing/mod.rs"]
pub mod pairing;
#[path = "../../../core/src/procedure/mod.rs"]
pub mod procedure;
#[path = "../../../core/src/rights.rs"]
pub mod rights;
#[path = "../../../core/src/seal/mod.rs"]
pub mod seal;
#[path = "../../../core/src/sign/mod.rs"]
pub mod sign;
#[path = "../../../core/src/statement.rs"]
pub mod statement;
#[path = "../../../core/src/trust.rs"]
pub mod trust;
#[path = "../../../core/src/unseen.rs"]
pub mod unseen;
#[path = "../../../core/src/wire/mod.rs"]
pub mod wire;

pub mod document;
#[path = "../../tamper/src/bag.rs"]
pub mod bag;
pub mod targets;

use std::path::PathBuf;
use std::sync::OnceLock;
use targets::{Material, TARGETS};

/// Runs a target once. The bundle to start from lies where `MINGZHENG_FUZZ_MATERIAL` says (`cargo xtask fuzz` writes it there).
pub fn run(name: &str, data: &[u8]) {
    static MATERIAL: OnceLock<Material> = OnceLock::new();
    let material = MATERIAL.get_or_init(|| {
        let folder = PathBuf::from(std::env::var_os("MINGZHENG_FUZZ_MATERIAL").expect("MINGZHENG_FUZZ_MATERIAL names the material"));
        let read = |name: &str| std::fs::read(folder.join(name)).expect(name);
        let shared = PathBuf::from("/dev/shm");
        let place = if shared.is_dir() { shared } else { std::env::temp_dir() }.join(format!("mingzheng-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&place).expect("a folder to write into");
        let export = sign::SoftwareKey::from_seed(read("export").try_into().expect("32 bytes"));
        let contexts = serde_json::from_slice(&read("contexts.json")).expect("contexts");
        Material { contexts, bag: bag::Bag::read(&folder.join("bag")), zip: read("bundle.zip"), trust: read("trust.cbor"), export, place }
    });
    let target = TARGETS.iter().find(|(known, _)| *known == name).expect(name).1;
    target(material, data);
}
