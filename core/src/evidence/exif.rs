//! What the camera wrote into the file (EXIF 2.32), read only, and how it differs from what the device knew (F15, F16).
//!
//! Unsigned and editable: evidence of what the camera said, nothing more. It is shown beside the signed record. Unreadable EXIF is a state, never an error.

use super::MediaType;
use crate::clock::Reading;
use chrono::{NaiveDate, NaiveDateTime};
use exif::{In, Rational, Tag};
use serde_json::{Value, json};
use std::io::Cursor;

/// One piece of information that may be absent or senseless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<T> {
    /// The camera said nothing.
    Absent,
    /// The camera wrote something without meaning: no hemisphere, a zero denominator, a thirteenth month.
    Unreadable,
    /// The camera said this.
    Value(T),
}
impl<T> Said<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        if let Self::Value(v) = self { Some(v) } else { None }
    }
}

/// The EXIF of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exif {
    /// The file has none.
    Absent,
    /// There is something, but it cannot be read, or it does not begin within the first 256 KiB.
    Unreadable,
    /// What it says.
    Read(Box<CameraFacts>),
}

/// What a camera says of a photograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraFacts {
    /// DateTimeOriginal with SubSecTimeOriginal and OffsetTimeOriginal.
    pub taken: Said<Taken>,
    /// GPSLatitude and GPSLongitude with their hemispheres.
    pub place: Said<Place>,
    /// Make.
    pub make: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Orientation, 1…8.
    pub orientation: Option<u8>,
}

/// A camera's time: local time, and the zone where the camera knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Local time.
    pub local: NaiveDateTime,
    /// Minutes east of UTC; without it the zone is unknown.
    pub zone_min: Option<i32>,
}

/// A point of the earth in 1e-7 degree; north and east are positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Latitude.
    pub lat_e7: i32,
    /// Longitude.
    pub lon_e7: i32,
}

impl Place {
    /// Distance along the great circle in metres, on a sphere of 6,371 km: good to half a percent.
    #[must_use]
    pub fn metres_to(self, other: Self) -> u64 {
        let rad = |e7: i32| (f64::from(e7) / 1e7).to_radians();
        let (lat1, lat2) = (rad(self.lat_e7), rad(other.lat_e7));
        let h = ((lat2 - lat1) / 2.0).sin().powi(2)
            + lat1.cos() * lat2.cos() * ((rad(other.lon_e7) - rad(self.lon_e7)) / 2.0).sin().powi(2);
        (2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()).round() as u64
    }
}

/// A fix of the device's own location service at the moment of capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fix {
    /// Where.
    pub place: Place,
    /// Radius of 68 % in metres, as the platform gives it.
    pub accuracy_m: u32,
    /// Age of the fix in milliseconds.
    pub age_ms: u64,
    /// Whether the platform says that another app made it up.
    pub mock: bool,
}

/// Whether a fix may be relied on (F15): one that may not is marked, never silently used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixStanding {
    /// Fresh and true, as far as the platform knows.
    Good,
    /// There was none.
    Missing,
    /// Older than [`STALE_MS`].
    Stale,
    /// Made up by another app.
    Mock,
}
impl FixStanding {
    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Missing => "none",
            Self::Stale => "stale",
            Self::Mock => "mock",
        }
    }
}

/// A fix older than this is stale.
pub const STALE_MS: u64 = 120_000;
/// Times that differ by more are listed.
pub const TIME_LIMIT_MS: i64 = 2_000;
/// Places that differ by more than this and the fix's own accuracy are listed.
pub const PLACE_LIMIT_M: u64 = 100;

/// The standing of a fix.
#[must_use]
pub fn standing(fix: Option<&Fix>) -> FixStanding {
    match fix {
        None => FixStanding::Missing,
        Some(f) if f.mock => FixStanding::Mock,
        Some(f) if f.age_ms > STALE_MS => FixStanding::Stale,
        Some(_) => FixStanding::Good,
    }
}

/// What the device knew at the moment of capture.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Its clocks.
    pub clock: &'a Reading,
    /// Its location.
    pub fix: Option<&'a Fix>,
    /// Its model, as the platform names it.
    pub model: Option<&'a str>,
}

/// One difference between camera and device, as data for the entry and the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The camera's time minus the device's, more than [`TIME_LIMIT_MS`].
    Time {
        /// Milliseconds; positive when the camera is ahead.
        by_ms: i64,
        /// The camera gave no zone, the device's was assumed.
        zone_assumed: bool,
    },
    /// The camera's place lies away from the device's.
    Place {
        /// Metres.
        metres: u64,
    },
    /// The camera names a place, but the device has none that may be compared with it.
    PlaceNotCompared(FixStanding),
    /// Another model.
    Model,
}

impl Difference {
    /// For the log's entry.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Time { by_ms, zone_assumed } => json!({"what": "time", "by_ms": by_ms, "zone_assumed": zone_assumed}),
            Self::Place { metres } => json!({"what": "place", "metres": metres}),
            Self::PlaceNotCompared(s) => json!({"what": "place_not_compared", "fix": s.name()}),
            Self::Model => json!({"what": "model"}),
        }
    }
}

impl Exif {
    /// What the camera says, if it could be read.
    #[must_use]
    pub fn facts(&self) -> Option<&CameraFacts> {
        if let Self::Read(f) = self { Some(f) } else { None }
    }

    /// Compares with what the device knew. What the camera does not say is no difference.
    #[must_use]
    pub fn differences(&self, device: &Observed<'_>) -> Vec<Difference> {
        let mut out = Vec::new();
        let Some(facts) = self.facts() else {
            return out;
        };
        if let Some(taken) = facts.taken.value() {
            let zone_min = taken.zone_min.unwrap_or(device.clock.zone_min);
            let camera_ms = taken.local.and_utc().timestamp_millis() - i64::from(zone_min) * 60_000;
            let by_ms = camera_ms.saturating_sub(device.clock.wall_ms);
            // Cameras without SubSecTimeOriginal cut the second off.
            if by_ms.saturating_abs() > TIME_LIMIT_MS {
                out.push(Difference::Time { by_ms, zone_assumed: taken.zone_min.is_none() });
            }
        }
        if let Some(place) = facts.place.value() {
            match (standing(device.fix), device.fix) {
                (FixStanding::Good, Some(fix)) => {
                    let metres = fix.place.metres_to(*place);
                    if metres > PLACE_LIMIT_M.saturating_add(fix.accuracy_m.into()) {
                        out.push(Difference::Place { metres });
                    }
                }
                (other, _) => out.push(Difference::PlaceNotCompared(other)),
            }
        }
        if let (Some(camera), Some(own)) = (&facts.model, device.model)
            && !camera.eq_ignore_ascii_case(own.trim())
        {
            out.push(Difference::Model);
        }
        out
    }

    /// For the log's entry: times as ISO 8601 text without zone, the zone in minutes apart, places in 1e-7 degree. What is there but senseless is `null`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let facts = match self {
            Self::Absent => return json!({"state": "absent"}),
            Self::Unreadable => return json!({"state": "unreadable"}),
            Self::Read(f) => f,
        };
        let mut map = serde_json::Map::new();
        map.insert("state".into(), "read".into());
        match &facts.taken {
            Said::Absent => {}
            Said::Unreadable => drop(map.insert("taken".into(), Value::Null)),
            Said::Value(t) => {
                map.insert("taken".into(), t.local.format("%Y-%m-%dT%H:%M:%S%.3f").to_string().into());
                map.extend(t.zone_min.map(|z| ("zone".to_owned(), z.into())));
            }
        }
        match &facts.place {
            Said::Absent => {}
            Said::Unreadable => drop(map.insert("place".into(), Value::Null)),
            Said::Value(p) => drop(map.insert("place".into(), json!({"lat_e7": p.lat_e7, "lon_e7": p.lon_e7}))),
        }
        map.extend(facts.make.as_ref().map(|t| ("make".to_owned(), t.as_str().into())));
        map.extend(facts.model.as_ref().map(|t| ("model".to_owned(), t.as_str().into())));
        map.extend(facts.orientation.map(|o| ("orientation".to_owned(), o.into())));
        Value::Object(map)
    }
}

/// Reads the EXIF from the start of a file.
pub(super) fn read(head: &[u8], media: MediaType) -> Exif {
    if !matches!(media, MediaType::Jpeg | MediaType::Png | MediaType::Heif | MediaType::Webp) {
        return Exif::Absent;
    }
    match exif::Reader::new().read_from_container(&mut Cursor::new(head)) {
        Ok(e) => Exif::Read(Box::new(facts(&e))),
        Err(exif::Error::NotFound(_)) => Exif::Absent,
        Err(_) => Exif::Unreadable,
    }
}

/// The orientation alone, 1…8.
pub(super) fn orientation(bytes: &[u8], media: MediaType) -> Option<u8> {
    read(bytes, media).facts()?.orientation
}

fn facts(e: &exif::Exif) -> CameraFacts {
    CameraFacts {
        taken: taken(e),
        place: place(e),
        make: text(e, Tag::Make),
        model: text(e, Tag::Model),
        orientation: e
            .get_field(Tag::Orientation, In::PRIMARY)
            .and_then(|f| f.value.get_uint(0))
            .and_then(|o| u8::try_from(o).ok())
            .filter(|o| (1..=8).contains(o)),
    }
}

fn ascii(e: &exif::Exif, tag: Tag) -> Option<&[u8]> {
    match &e.get_field(tag, In::PRIMARY)?.value {
        exif::Value::Ascii(parts) => parts.first().map(Vec::as_slice),
        _ => None,
    }
}

/// Names as cameras pad them: without blanks at the ends, control characters and what is beyond 64 characters.
fn text(e: &exif::Exif, tag: Tag) -> Option<String> {
    let text: String = String::from_utf8_lossy(ascii(e, tag)?).chars().filter(|c| !c.is_control()).take(64).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn taken(e: &exif::Exif) -> Said<Taken> {
    if e.get_field(Tag::DateTimeOriginal, In::PRIMARY).is_none() {
        return Said::Absent;
    }
    let Some(bytes) = ascii(e, Tag::DateTimeOriginal) else {
        return Said::Unreadable;
    };
    let mut t = match exif::DateTime::from_ascii(bytes) {
        Ok(t) => t,
        Err(exif::Error::BlankValue(_)) => return Said::Absent,
        Err(_) => return Said::Unreadable,
    };
    // A senseless fraction or zone is as good as none; the time itself stays.
    if let Some(s) = ascii(e, Tag::SubSecTimeOriginal) {
        let _ = t.parse_subsec(s);
    }
    if let Some(o) = ascii(e, Tag::OffsetTimeOriginal) {
        let _ = t.parse_offset(o);
    }
    let milli = t.nanosecond.unwrap_or(0) / 1_000_000;
    NaiveDate::from_ymd_opt(t.year.into(), t.month.into(), t.day.into())
        .and_then(|d| d.and_hms_milli_opt(t.hour.into(), t.minute.into(), t.second.into(), milli))
        .map_or(Said::Unreadable, |local| {
            Said::Value(Taken { local, zone_min: t.offset.map(i32::from).filter(|o| o.abs() <= 18 * 60) })
        })
}

fn place(e: &exif::Exif) -> Said<Place> {
    let field = |tag| e.get_field(tag, In::PRIMARY);
    if field(Tag::GPSLatitude).is_none() && field(Tag::GPSLongitude).is_none() {
        return Said::Absent;
    }
    let angle = |value, reference, positive: u8, negative: u8, limit: i32| -> Option<i32> {
        let exif::Value::Rational(dms) = &field(value)?.value else {
            return None;
        };
        let e7 = e7(dms)?;
        // The sign is in a field of its own; without it the hemisphere is unknown (F16).
        let sign = match ascii(e, reference)?.first()? {
            c if c.eq_ignore_ascii_case(&positive) => 1,
            c if c.eq_ignore_ascii_case(&negative) => -1,
            _ => return None,
        };
        (e7 <= limit * 10_000_000).then_some(sign * e7)
    };
    let lat = angle(Tag::GPSLatitude, Tag::GPSLatitudeRef, b'N', b'S', 90);
    let lon = angle(Tag::GPSLongitude, Tag::GPSLongitudeRef, b'E', b'W', 180);
    match (lat, lon) {
        (Some(lat_e7), Some(lon_e7)) => Said::Value(Place { lat_e7, lon_e7 }),
        _ => Said::Unreadable,
    }
}

/// Degrees, minutes, seconds in 1e-7 degree, rounded half up, without floats.
fn e7(dms: &[Rational]) -> Option<i32> {
    let [d, m, s] = dms else { return None };
    let part = |r: &Rational, per_degree: i128| {
        i128::from(r.num).checked_mul(1_000_000_000_000)?.checked_div(i128::from(r.denom) * per_degree)
    };
    let e12 = part(d, 1)? + part(m, 60)? + part(s, 3600)?;
    i32::try_from((e12 + 50_000) / 100_000).ok()
}
