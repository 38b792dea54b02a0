//! What is fuzzed: every parser of received bytes. The same functions run under libFuzzer (this crate) and, over the kept corpus and
//! the pieces of a real bundle, as ordinary tests on stable (`tests/tamper/tests/corpus.rs`). A target panics when a property is broken.

use crate::bag::Bag;
use mingzheng_core::badge::status::{self, Statuses};
use mingzheng_core::badge::verdict::{AssignmentCheck, FRESH_MS, Verdict, Verifier};
use mingzheng_core::badge::{self, Assignment, Badge, Frame, OfficerList, Show, StatusList, frame as digits};
use mingzheng_core::bundle::{Options, Trust, verify};
use mingzheng_core::cbor;
use mingzheng_core::clock::{Clocks, Reading};
use mingzheng_core::document::read_paper;
use mingzheng_core::enrolment::{self, Application, Enrolment, Invitation};
use mingzheng_core::evidence::{MediaType, Probe, examine};
use mingzheng_core::host::KeyProtection;
use mingzheng_core::id::{Id, digest16, sha256};
use mingzheng_core::judge;
use mingzheng_core::log::tree::Frontier;
use mingzheng_core::log::{
    self, Checkpoint, Custody, Disclosure, Entry, Fork, Head, Header, LogReceipt, OfficeLeaf, Outside, OutsideFile, Revocation,
};
use mingzheng_core::pack;
use mingzheng_core::pairing::{self, Answering, Mirror, MirrorError, Offer, Own, Parts, Taken};
use mingzheng_core::seal::{self, Identity, Recipients};
use mingzheng_core::sign::{self, Prepared, PublicKey, Signer, SoftwareKey, Unverified, multi};
use mingzheng_core::statement::Statement;
use mingzheng_core::trust::{RootFingerprint, Roots, TrustKey, TrustList, TrustedKey, Use};
use mingzheng_core::wire::{self, Anchor, Answer, Claimed, Item, Segment, Submission};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::{fs, str};

/// A real bundle to start from.
pub struct Material {
    /// The bundle, sealed.
    pub bag: Bag,
    /// Its canonical zip.
    pub zip: Vec<u8>,
    /// The trust list as somebody outside holds it.
    pub trust: Vec<u8>,
    /// The office's export key.
    pub export: SoftwareKey,
    /// What each format's reader holds, as the vectors have it: format → context.
    pub contexts: Json,
    /// A folder to write into, in memory if there is one.
    pub place: PathBuf,
}

/// A target: bytes from outside.
pub type Target = fn(&Material, &[u8]);

/// Name and function of each.
pub const TARGETS: [(&str, Target); 18] = [
    ("age", age),
    ("bundle", bundle),
    ("cbor", strict),
    ("cose", cose),
    ("frame", frame),
    ("judge", judged),
    ("lists", lists),
    ("log", log_objects),
    ("media", media),
    ("note", note),
    ("pack", packs),
    ("pairing", pair),
    ("paper", paper),
    ("signed", signed),
    ("trust", trust_lists),
    ("verdict", verdicts),
    ("wire", wires),
    ("zip", zip),
];

const NOW: i64 = 1_795_305_600_000;

fn key() -> SoftwareKey {
    SoftwareKey::from_seed([2; 32])
}

/// A trust list in which one key may do everything, so that what lies behind the signature is reached.
fn trust() -> &'static TrustList {
    static LIST: OnceLock<TrustList> = OnceLock::new();
    LIST.get_or_init(|| {
        let uses = [
            Use::Badge,
            Use::Assignment,
            Use::Status,
            Use::Receipt,
            Use::Anchor,
            Use::Pack,
            Use::Feed,
            Use::Export,
            Use::Witness,
            Use::Timestamp,
        ];
        let one = |usage: Use| TrustKey {
            key: TrustedKey::Verify(key().public_key()),
            usage,
            name: usage.name().into(),
            organ: "organ".into(),
            areas: vec![],
            categories: vec![],
            from: 0,
            until: 9_000_000_000_000,
            suspect_since: None,
        };
        TrustList {
            version: 1,
            previous: None,
            organ: "organ".into(),
            issued: 0,
            expires: 9_000_000_000_000,
            roots: Roots { k: 1, keys: vec![key().public_key()] },
            keys: uses.into_iter().map(one).collect(),
        }
    })
}

/// P1: what the strict reader accepts, the writer writes to the same bytes.
fn strict(_: &Material, data: &[u8]) {
    if let Ok(value) = cbor::decode(data) {
        assert_eq!(cbor::encode(&value).as_deref(), Ok(data), "accepted bytes are not the deterministic ones");
    }
    if let Ok(items) = cbor::array_items(data) {
        assert!(cbor::decode(data).is_ok() && items.iter().all(|item| cbor::decode(item).is_ok()));
    }
}

fn cose(_: &Material, data: &[u8]) {
    const TYPS: [&str; 6] = ["mz1/badge", "mz1/checkpoint", "mz1/bundle", "mz1/enrolment", "mz1/log-receipt", "mz1/custody"];
    for typ in TYPS {
        for object in [Unverified::read(data, typ), Unverified::read_receipt(data, typ)].into_iter().flatten() {
            let _ = object.receipt_headers();
            assert!(object.verify(&key().public_key()).is_err() || data.len() > 64);
        }
        let _ = multi::MultiSigned::read(data, typ);
    }
    if let Some(key) = cbor::decode(data).ok().and_then(|value| PublicKey::from_cose(value).ok()) {
        assert!(key.check(b"message", &[7; 64]).is_err());
    }
    let _ = PublicKey::p256_from_sec1(data);
    let _ = sign::RawSignature::Der(data.to_vec()).normalise(sign::Algorithm::Esp256);
}

fn frame(m: &Material, data: &[u8]) {
    let _ = Frame::from_bytes(data);
    let Ok(text) = str::from_utf8(data) else { return };
    let _ = Frame::from_text(text);
    let root = RootFingerprint([1; 32]);
    let _ = Verifier::new(&m.trust, &root, NOW, true).badge(text);
    let _ = wire_text(text);
    if let Some(bytes) = digits::from_digits(text) {
        assert_eq!(digits::to_digits(&bytes), text, "bytes are written in one way");
    }
    if badge::challenge(text).is_ok() {
        assert_eq!(text.chars().filter(|c| !c.is_whitespace()).count(), 8);
    }
}

/// §4.5, §4.6: the rest of the bytes as a token, as the payload of a well-signed one, or as a compressed list.
fn lists(_: &Material, data: &[u8]) {
    let Some((pick, rest)) = data.split_first() else { return };
    let sign = |typ: &'static str| sign::sign(typ, &key(), rest.to_vec()).unwrap_or_default();
    match pick % 4 {
        0 => {
            _ = StatusList::open(rest, trust());
            _ = OfficerList::open(rest, trust());
        }
        1 => _ = StatusList::open(&sign(status::TYP), trust()).map(|list| list.status(u64::MAX >> 11)),
        2 => {
            if let Ok(list) = OfficerList::open(&sign("mz1/officers"), trust()) {
                assert!(list.officers.is_sorted_by(|a, b| a.number.as_bytes() < b.number.as_bytes()));
                assert!(list.issue(&key()).is_ok(), "what is read can be written");
            }
        }
        _ => {
            let bits = [1_u8, 2, 4, 8][usize::from(pick >> 2) % 4];
            let claim = cbor::MapBuilder::new().with("bits", u64::from(bits)).with("lst", rest);
            let Ok(list) = Statuses::from_value(claim.build()) else { return };
            let beyond = status::MAX_INFLATED as u64 * 8 / u64::from(bits);
            assert_eq!(list.get(beyond), None, "never more than 1 MiB");
            assert!((0..64).filter_map(|i| list.get(i)).all(|s| u32::from(s) < 1 << bits));
        }
    }
}

/// F41, F42: what the right keys sign, with a payload and a moment from outside. Nothing that is a minute old is valid, nor what another device shows.
fn verdicts(_: &Material, data: &[u8]) {
    let Some((pick, rest)) = data.split_first() else { return };
    let Some((moment, payload)) = rest.split_first_chunk::<4>() else { return };
    let now = NOW + i64::from(i32::from_le_bytes(*moment)) * 100;
    let device = SoftwareKey::from_seed([3; 32]);
    let by = |typ: &'static str, key: &SoftwareKey| sign::sign(typ, key, payload.to_vec()).unwrap_or_default();
    let badge = if pick % 3 == 0 { by("mz1/badge", &key()) } else { good_badge(&device).to_vec() };
    let assignment = by("mz1/assignment", &key());
    let shown = |at: i64, by: &SoftwareKey| {
        let show = Show { badge: digest16(&badge), at, challenge: None, assignment: Some(digest16(&assignment)) };
        let prepared = show.prepare(&by.public_key()).ok()?;
        let signature = by.sign(&prepared.message().ok()?).ok()?;
        prepared.finish(&signature).ok()
    };
    let good = shown(NOW / 1000, &device).unwrap_or_default();
    let show = match (pick % 3, payload) {
        (1, [a, b, c, d]) => shown(NOW / 1000 + i64::from(i32::from_le_bytes([*a, *b, *c, *d])), &device).unwrap_or_default(),
        (1, [_]) => shown(NOW / 1000, &key()).unwrap_or_default(),
        (1, _) => by("mz1/show", &device),
        _ => good.clone(),
    };
    let mut verifier = Verifier::new(&[], &RootFingerprint([1; 32]), now, pick & 4 == 0);
    verifier.trust = Some(trust().clone());
    let text = |frame: Frame| frame.to_text("zf.example").unwrap_or_default();
    let check = verifier.badge(&text(Frame::Badge { badge, show }));
    if let Verdict::Valid { .. } = check.verdict {
        let shown = check.shown.as_ref().expect("what is valid is shown");
        assert!((now - shown.at * 1000).abs() <= FRESH_MS, "a presentation of another minute is valid");
        assert!(shown.badge.show_key == device.public_key(), "another device's presentation is valid");
    }
    let Some(shown) = check.shown else { return };
    if let AssignmentCheck::Proven { assignment: proven, .. } =
        verifier.assignment(&shown, &text(Frame::Assignment { assignment, show: good }))
    {
        assert!(proven.officers.contains(&shown.badge.officer.number), "the assignment of somebody else is proven");
    }
}

/// A badge of [`NOW`] for this device.
fn good_badge(device: &SoftwareKey) -> &'static [u8] {
    static BADGE: OnceLock<Vec<u8>> = OnceLock::new();
    BADGE.get_or_init(|| {
        let [name, unit, position, number, category, area] =
            ["王力", "某县卫健局", "科员", "1", "卫生", "某县"].map(str::to_owned);
        let (issued, expires, show_key) = (NOW / 1000 - 60, NOW / 1000 + 86_400, device.public_key());
        let badge = Badge {
            officer: badge::Officer { name, unit, position, number, category, area, until: 20_280_630 },
            photo: None,
            status: 1,
            issued,
            expires,
            show_key,
        };
        badge.issue(&key()).unwrap_or_default()
    })
}

fn wire_text(text: &str) -> Option<RootFingerprint> {
    let _ = Invitation::parse(text);
    RootFingerprint::parse(text)
}

fn log_objects(_: &Material, data: &[u8]) {
    let _ = Header::decode(data);
    let _ = Disclosure::decode(data);
    if let Ok(entry) = Entry::read(data.to_vec(), &[]) {
        assert_eq!(entry.bytes(), data);
    }
    let _ = Checkpoint::open(data, &key().public_key());
    let _ = OfficeLeaf::decode(data);
    let _ = LogReceipt::open(data, trust());
    let _ = log::open_access(data, trust());
    let _ = Outside::open(data, trust());
    let _ = OutsideFile::decode(data);
    let _ = Custody::open(data, trust());
    if let Ok(fork) = Fork::decode(data) {
        let _ = fork.judge(trust());
    }
}

/// The rest of the bytes as an object of the format that the first byte picks, judged as a vector of it is.
fn judged(m: &Material, data: &[u8]) {
    let Some((pick, bytes)) = data.split_first() else { return };
    let formats: Vec<_> = judge::formats().collect();
    let Some(format) = formats.get(usize::from(*pick) % formats.len()) else { return };
    let _ = judge::judge(format, bytes, m.contexts.get(*format).unwrap_or(&Json::Null));
}

/// The rest of the bytes as the payload of a well-signed object of the kind that the first byte picks.
fn signed(_: &Material, data: &[u8]) {
    let Some((pick, payload)) = data.split_first() else { return };
    let sign = |typ: &'static str| sign::sign(typ, &key(), payload.to_vec()).unwrap_or_default();
    let public = key().public_key();
    match pick % 10 {
        0 => _ = Badge::open(&sign("mz1/badge"), trust()),
        1 => _ = Assignment::open(&sign("mz1/assignment"), trust()),
        2 => _ = Enrolment::open(&sign("mz1/enrolment"), trust()),
        3 => _ = Checkpoint::open(&sign("mz1/checkpoint"), &public),
        4 => _ = Statement::open(&sign("mz1/statement"), &public),
        5 => _ = Anchor::open(&sign("mz1/anchor"), trust()),
        6 => _ = Item::open(&sign("mz1/feed"), trust(), NOW, None),
        7 => _ = Head::open(&sign("mz1/head"), trust()),
        8 => _ = Revocation::open(&sign("mz1/revocation"), trust()),
        _ => {
            let list = multi::sign("mz1/trust", &[&key() as &dyn Signer], payload.to_vec()).unwrap_or_default();
            _ = TrustList::open_self_signed(&list);
        }
    }
}

fn trust_lists(m: &Material, data: &[u8]) {
    if TrustList::open_self_signed(data).is_ok() {
        let known = TrustList::open_self_signed(&m.trust);
        let _ = known.map(|known| known.open_update(data));
    }
}

fn wires(_: &Material, data: &[u8]) {
    let _ = Segment::decode(data);
    let _ = Submission::decode(data);
    let _ = Submission::decode_all(data);
    let _ = Submission::from_answer(data);
    let _ = wire::held_head(data, trust());
    let _ = wire::error_code(data);
    let _ = Item::from_batch(data);
    let _ = Item::open(data, trust(), NOW, None);
    let _ = Application::decode(data);
    let _ = enrolment::from_answer(data);
    if let Ok(text) = str::from_utf8(data) {
        let _ = Claimed::read(text).map(|claimed| (claimed.nonce(), claimed.digest()));
        let _ = Answer::open(Some(text), trust(), &[1; 32], &[1; 16], 200, data);
        let _ = wire_text(text);
    }
}

fn note(_: &Material, data: &[u8]) {
    let _ = log::timestamp::from_response(data, &[1; 32], &[1; 8]);
    let _ = log::timestamp::judge(data, &[1; 32], trust());
    let Ok(text) = str::from_utf8(data) else { return };
    let public = key().public_key();
    let _ = log::note::TextCheckpoint::open(text, &public);
    let _ = log::note::parse_verifier(text);
    let _ = log::note::epoch_of(text);
    if let Ok((body, lines)) = log::note::split(text) {
        for line in &lines {
            assert!(log::note::open_cosignature(line, body, "witness", &public).is_err() || lines.len() < 100);
        }
    }
    if let Ok(tree) = log::note::TextCheckpoint::parse(text) {
        assert_eq!(tree.body(), text, "a note is read in its one spelling");
    }
}

fn pair(_: &Material, data: &[u8]) {
    let text = str::from_utf8(data).ok().and_then(|text| pairing::from_text(text).ok());
    for bytes in [Some(data), text.as_deref()].into_iter().flatten() {
        let (task, enrolment, show_key) = (Id([1; 16]), sha256(b"own"), key().public_key());
        let own = || Own { task, badge: vec![1; 40], number: "1".into(), enrolment, show_key };
        let _ = Answering::read(bytes, &own(), [3; 32], trust(), NOW);
        let _ = Offer::new(own(), [4; 32]).read_answer(bytes, trust(), NOW);
        mirrored(bytes);
    }
}

/// What a paired phone sends of its log: bytes as a body, and as the segment of a checkpoint that its key signed over just these entries.
fn mirrored(bytes: &[u8]) {
    for sent in Submission::decode_all(bytes).unwrap_or_default() {
        assert!(!matches!(judged_by_a_phone(&Mirror::default(), Id([3; 16]), &sent), Ok(Taken::New(_))), "nobody signed it");
    }
    let mut parts = Parts::default();
    if let Ok(Some(whole)) = parts.take(sha256(bytes), 0, bytes.len() as u64, bytes) {
        assert_eq!(whole, bytes);
    }
    let Ok(segment) = Segment::decode(bytes) else { return };
    let mut frontier = Frontier::default();
    segment.entries.iter().for_each(|e| frontier.push(e.leaf()));
    let checkpoint = Checkpoint {
        log: segment.log,
        cp_no: 0,
        previous: None,
        size: frontier.size(),
        root: frontier.root(),
        cases: Vec::new(),
        clocks: Clocks { reading: Reading { wall_ms: NOW, zone_min: 0, mono_ms: 0, boot: vec![1] }, anchor: None },
        receipt: None,
        enrolment: [5; 32],
    };
    let signed = checkpoint.encode().ok().and_then(|payload| {
        let prepared = Prepared::embedded(Checkpoint::TYP, &key().public_key(), payload).ok()?;
        let signature = key().sign(&prepared.message().ok()?).ok()?;
        prepared.finish(&signature).ok()
    });
    let Some(signed) = signed else { return };
    let segment = Segment { checkpoint: signed, adopted: None, ..segment };
    let Ok(sent) = pairing::submission(0, Vec::new(), &segment) else { return };
    let mut mirror = Mirror::default();
    if let Ok(Taken::New(step)) = judged_by_a_phone(&mirror, segment.log, &sent) {
        mirror.extend(&step);
        assert_eq!((mirror.size(), mirror.root()), (checkpoint.size, checkpoint.root));
        assert_eq!(judged_by_a_phone(&mirror, segment.log, &sent), Ok(Taken::Known));
    }
}

fn judged_by_a_phone(mirror: &Mirror, log: Id, sent: &Submission) -> Result<Taken, MirrorError> {
    let own = Id([1; 16]);
    let key = key().public_key();
    let enrolment = Enrolment {
        enrolment: own,
        device: own,
        log,
        person: own,
        name: String::new(),
        role: enrolment::Role::Officer,
        log_key: key,
        show_key: key,
        officer_key: key,
        recipient: [0; 32],
        key_protection: KeyProtection::Software,
        attested: false,
        at: 0,
        succeeds: None,
    };
    mirror.judge(sent, &enrolment, &[5; 32])
}

fn packs(_: &Material, data: &[u8]) {
    let _ = pack::signed::open_any_day(data, trust(), NOW);
    let two = [&key() as &dyn Signer, &key()];
    if let Ok(bytes) = multi::sign(pack::signed::TYP, &two, data.to_vec()) {
        let _ = pack::signed::open_any_day(&bytes, trust(), NOW);
    }
}

fn paper(_: &Material, data: &[u8]) {
    if let Ok(paper) = read_paper(data) {
        assert!(paper.attachments.len() <= 64);
    }
}

fn media(_: &Material, data: &[u8]) {
    let _ = examine(data, "IMG.jpg");
    let _ = MediaType::sniff(data);
    let mut probe = Probe::default();
    for part in data.chunks(97) {
        probe.push(part);
    }
    let _ = probe.finish();
}

fn age(_: &Material, data: &[u8]) {
    static IDENTITY: OnceLock<Option<Identity>> = OnceLock::new();
    let Some(identity) = IDENTITY.get_or_init(|| Identity::from_bytes(&[41; 32]).ok()) else { return };
    let mut clear = Vec::new();
    let opened = seal::open(&mut &*data, &mut clear, identity);
    let mut again = Vec::new();
    let to = Recipients::one(identity.recipient());
    let rewrapped = seal::rewrap(&mut &*data, &mut again, identity, &to);
    assert!(opened.is_err() || rewrapped.is_ok(), "what opens can be given another header");
    if opened.is_ok() {
        let mut second = Vec::new();
        assert!(seal::open(&mut again.as_slice(), &mut second, identity).is_ok() && second == clear);
    }
}

/// P9: no other bytes than the bundle's own are green.
fn zip(m: &Material, data: &[u8]) {
    let file = m.place.join("fuzz.zip");
    if fs::write(&file, data).is_err() {
        return;
    }
    let report = verify(&file, &Trust::List(m.trust.clone()), &Options::default());
    assert!(report.exit_code() != 0 || data == m.zip, "another zip is green");
    let _ = report.to_json();
}

/// A file of a bundle is replaced and the office's own export key signs all anew: what phones signed and the office received is still not altered.
fn bundle(m: &Material, data: &[u8]) {
    let Some((pick, bytes)) = data.split_first() else { return };
    let paths = m.bag.paths();
    let Some(path) = paths.get(usize::from(*pick) % paths.len()).filter(|path| path.starts_with("data/")) else { return };
    let mut bag = m.bag.clone();
    bag.put(path, bytes);
    bag.sign(&m.export);
    let folder = m.place.join("fuzz-bag");
    let before: BTreeMap<_, _> =
        bag.0.iter().filter(|(path, bytes)| fs::read(folder.join(path)).ok().as_ref() != Some(*bytes)).collect();
    for (path, bytes) in before {
        let file = folder.join(path);
        if file.parent().is_some_and(|parent| fs::create_dir_all(parent).is_err()) || fs::write(file, bytes).is_err() {
            return;
        }
    }
    let report = verify(&folder, &Trust::List(m.trust.clone()), &Options::default());
    let proven =
        ["data/log/", "data/evidence/", "data/paper/", "data/case.cbor", "data/custody/", "data/trust/enrolment-", "data/badge/"];
    let must = proven.iter().any(|prefix| path.starts_with(prefix));
    // The header of a sealed file is the exporter's: it wraps the same payload for whom it likes (P9).
    let same = |own: &Vec<u8>| own == bytes || (payload(bytes).is_some() && payload(bytes) == payload(own));
    assert!(!must || report.exit_code() != 0 || m.bag.0.get(path).is_some_and(same), "{path} was replaced unseen");
}

/// What follows the header of an age file.
fn payload(sealed: &[u8]) -> Option<&[u8]> {
    let end = sealed.windows(5).position(|bytes| bytes == b"\n--- ")? + 5 + 43 + 1;
    sealed.get(end..)
}
