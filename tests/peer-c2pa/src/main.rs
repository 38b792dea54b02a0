//! `peer-c2pa PHOTO FOLDER TIMES`: signs the photograph into the folder, bare and with c2pa's defaults, turn and turn about.
//!
//! Bare: no thumbnail. Defaults: as `Settings::default()` has it, with a thumbnail. Ed25519 in software, file in, signed file out, no fsync.
//! One JSON line: `{"bare": [ms…], "defaults": [ms…]}`.

use c2pa::{Builder, Context, EphemeralSigner, Settings};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const DEFINITION: &str = r#"{"title": "photo", "claim_generator_info": [{"name": "peer", "version": "1"}],
    "assertions": [{"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]}}]}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [photo, folder, times] = arguments.as_slice() else { return Err("peer-c2pa PHOTO FOLDER TIMES".into()) };
    let (photo, folder) = (Path::new(photo), Path::new(folder));
    let signer = EphemeralSigner::new("peer.invalid")?;
    let (mut bare, mut defaults) = (Vec::new(), Vec::new());
    for n in 0..times.parse()? {
        let none = Settings::new().with_value("builder.thumbnail.enabled", false)?;
        bare.push(sign(none, &signer, photo, &folder.join(format!("bare-{n}.jpg")))?);
        defaults.push(sign(Settings::new(), &signer, photo, &folder.join(format!("defaults-{n}.jpg")))?);
    }
    println!("{{\"bare\": {bare:?}, \"defaults\": {defaults:?}}}");
    Ok(())
}

fn sign(settings: Settings, signer: &EphemeralSigner, from: &Path, to: &Path) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let context = Context::new().with_settings(settings)?;
    Builder::from_context(context).with_definition(DEFINITION)?.sign_file(signer, from, to)?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
