//! What the product promises of speed and memory, measured on a phone's process through the façade: commits, fsyncs and checkpoints included.

use crate::Result;
use crate::acts::{self, act, text};
use crate::cast::{self, LEAD};
use crate::photos;
use crate::place::Place;
use crate::step::{Measure, Programme};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use mingzheng_phone::drive::PhoneProcess;
use serde_json::{Value, json};
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

const SEALS: usize = 11;
const FRAMES: usize = 21;
const CHECKS: usize = 3;
const PAPERS: usize = 4;

/// Everything that is promised, on an inspection that only serves to measure: opened, paired and told, not yet answered.
///
/// # Errors
/// When something cannot be measured.
pub(crate) fn all(p: &mut Programme, place: &Place, lead: &mut PhoneProcess, inspection: &str) -> Result<Vec<Measure>> {
    let twelve = twelve_megapixels(place)?;
    // A fresh process: peak memory is then that of the act.
    lead.restart()?;
    let mut measures = seals(lead, inspection, &twelve)?;
    p.progress(1, 4);
    lead.restart()?;
    measures.extend(checks(place, lead, inspection)?);
    p.progress(2, 4);
    measures.push(frames(lead)?);
    p.progress(3, 4);
    measures.push(papers(lead, inspection)?);
    Ok(measures)
}

fn seals(lead: &mut PhoneProcess, inspection: &str, photo: &Path) -> Result<Vec<Measure>> {
    let inbox = acts::inbox(lead)?;
    let idle = memory(lead.pid(), "VmRSS")?;
    let times = (0..SEALS).map(|n| {
        let source = inbox.join(format!("IMG_{n}.jpg"));
        fs::copy(photo, &source)?;
        fs::File::open(&source)?.sync_all()?;
        let info = json!({ "caption": "量测", "original_name": "IMG.jpg" });
        timed(|| lead.call("capture_photo", json!({ "inspection": inspection, "path": source, "info": info })))
    });
    let median = median(times.collect::<Result<_>>()?)?;
    let size = fs::metadata(photo)?.len() as f64 / 1e6;
    Ok(vec![
        measure(
            format!(
                "封存 1200 万像素照片（{size:.1} MB），含落盘与提交，中位数 / seal a 12-MP JPEG, fsync and commit included, median of {SEALS}"
            ),
            40.0,
            median,
            "ms",
        ),
        measure("同上，超出空闲的内存 / the same, memory above idle", 64.0, memory(lead.pid(), "VmHWM")? - idle, "MiB"),
    ])
}

fn checks(place: &Place, lead: &mut PhoneProcess, inspection: &str) -> Result<Vec<Measure>> {
    let source = acts::inbox(lead)?.join("largest.jpg");
    fs::copy(place.photos.join(photos::LARGEST), &source)?;
    let idle = memory(lead.pid(), "VmRSS")?;
    let info = json!({ "caption": "量测", "original_name": "IMG.jpg" });
    let sealed = lead.call("capture_photo", json!({ "inspection": inspection, "path": source, "info": info }))?;
    let check = json!({ "inspection": inspection, "evidence": text(&sealed, "id")? });
    let times = (0..CHECKS).map(|_| timed(|| lead.call("check_photo", check.clone()))).collect::<Result<_>>()?;
    let peak = memory(lead.pid(), "VmHWM")?;
    Ok(vec![
        measure(
            format!(
                "解码检验并生成缩略图，1800 万像素渐进式 / decode check and thumbnail, 18-MP progressive, median of {CHECKS}"
            ),
            800.0,
            median(times)?,
            "ms",
        ),
        measure(
            format!("同上，超出空闲的内存（进程峰值 {:.0} MiB） / the same, memory above idle (peak of the process)", peak),
            160.0,
            peak - idle,
            "MiB",
        ),
    ])
}

fn frames(lead: &mut PhoneProcess) -> Result<Measure> {
    let times = (0..FRAMES).map(|_| timed(|| lead.call("badge_frame", json!({ "kind": "badge" })))).collect::<Result<_>>()?;
    Ok(measure(
        format!("亮证二维码一帧，软件密钥 / badge frame with software key, median of {FRAMES}"),
        5.0,
        median(times)?,
        "ms",
    ))
}

fn papers(lead: &mut PhoneProcess, inspection: &str) -> Result<Measure> {
    for given in cast::FIRST_ANSWERS.iter().chain(&cast::LATER_ANSWERS) {
        acts::answer(lead, inspection, given)?;
    }
    act(lead, inspection, json!({ "note": { "text": format!("{}量测", LEAD.name) } }))?;
    let mut times = (0..=PAPERS)
        .map(|_| timed(|| lead.call("compose_record", json!({ "inspection": inspection }))))
        .collect::<Result<Vec<_>>>()?;
    times.remove(0); // The first one loads the fonts.
    Ok(measure(
        format!(
            "两页笔录的 PDF，首次以后，含签名与提交 / PDF of a two-page record after the first, commit included, median of {PAPERS}"
        ),
        150.0,
        median(times)?,
        "ms",
    ))
}

fn measure(what: impl Into<String>, target: f64, value: f64, unit: &'static str) -> Measure {
    Measure { what: what.into(), target, value, unit, met: value <= target }
}

fn timed(act: impl FnOnce() -> std::result::Result<Value, mingzheng_phone::drive::Failed>) -> Result<f64> {
    let start = Instant::now();
    act()?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().ok_or_else(|| "nothing was measured".into())
}

/// A figure of `/proc/PID/status` in MiB: `VmRSS` now, `VmHWM` at most so far.
fn memory(pid: u32, figure: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|l| l.starts_with(figure)).ok_or("no such figure")?;
    let kib: f64 = line.split_whitespace().nth(1).ok_or("no value")?.parse()?;
    Ok(kib / 1024.0)
}

/// A baseline photograph of 12 MP made of the large one; kept beside the programs for the next run.
///
/// # Errors
/// What the system says.
pub fn twelve_megapixels(place: &Place) -> Result<PathBuf> {
    let file = place.built.join("mingzheng-demo-12mp.jpg");
    if !file.is_file() {
        let photo = image::open(place.photos.join(photos::LARGEST))?.resize_to_fill(4000, 3000, FilterType::Triangle);
        let new = file.with_extension("new");
        photo.write_with_encoder(JpegEncoder::new_with_quality(BufWriter::new(fs::File::create(&new)?), 92))?;
        fs::rename(new, &file)?;
    }
    Ok(file)
}
