//! A small complete case: an office with its log, two phones, papers, evidence, and the bundle made of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use super::{BundleInput, Entries, EntryPart, EvidencePart, Form, LogPart, Written, write};
use crate::badge::{Assignment, AssignmentKind, Badge, Officer, enterprise_digest};
use crate::cbor::{self, MapBuilder, Value};
use crate::clock::{AnchorRef, Clocks, Reading};
use crate::document::seal_paper;
use crate::enrolment::{Enrolment, Role};
use crate::host::KeyProtection;
use crate::id::{Digest, Id, digest16, hex, sha256};
use crate::log::note::{self, TextCheckpoint};
use crate::log::tree::{self, Tree};
use crate::log::{
    AccessRecord, Act, CaseHead, Checkpoint, Custody, CustodyState, Destroyed, Destruction, Disclosure, Entry, Head, Header,
    LogReceipt, OfficeHead, OfficeLeaf, OutsideFile, Position, Revocation, Seen, access_file, issue_custody, issue_log_receipt,
    issue_log_receipt_at,
};
use crate::seal::{self, Identity, Recipients};
use crate::sign::{Signer, SoftwareKey, multi, sign, sign_detached};
use crate::statement::{Statement, What};
use crate::trust::{Roots, TrustKey, TrustList, TrustedKey, Use};
use crate::wire::Anchor;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(super) const T0: i64 = 1_795_305_600_000;
pub(super) const CASE: Id = Id([0xca; 16]);
const DAY: i64 = 86_400_000;

pub(super) struct Office {
    seed: u8,
    pub(super) list: TrustList,
    pub(super) trust: Vec<u8>,
    leaves: Vec<Digest>,
}

impl Office {
    /// A seed names the office; another seed is a stranger's.
    pub(super) fn new(seed: u8) -> Self {
        let mut office = Self { seed, list: empty_list(seed), trust: Vec::new(), leaves: vec![[9; 32]; 5] };
        let uses = [Use::Badge, Use::Assignment, Use::Receipt, Use::Anchor, Use::Pack, Use::Pack, Use::Export, Use::Witness];
        office.list.keys = uses
            .into_iter()
            .enumerate()
            .map(|(i, usage)| TrustKey {
                key: TrustedKey::Verify(office.key(i as u8 + 1).public_key()),
                usage,
                name: usage.name().into(),
                organ: office.list.organ.clone(),
                areas: vec![],
                categories: vec![],
                from: T0 - 9 * DAY,
                until: T0 + 90 * DAY,
                suspect_since: None,
            })
            .collect();
        office.sign_list();
        office
    }
    pub(super) fn sign_list(&mut self) {
        self.trust = self.list.sign(&[&self.key(0)]).unwrap();
    }
    /// 0 root, 1 badge, 2 assignment, 3 receipt, 4 anchor, 5 and 6 pack, 7 export, 8 a witness outside.
    pub(super) fn key(&self, n: u8) -> SoftwareKey {
        SoftwareKey::from_seed([self.seed + n; 32])
    }
    /// Takes a leaf into the office's log and gives its receipt.
    fn receipt(&mut self, leaf: &OfficeLeaf) -> Vec<u8> {
        self.leaves.push(tree::leaf(&leaf.encode().unwrap()));
        issue_log_receipt(&self.key(3), "某县卫生健康局", 0, leaf, self.leaves.len() - 1, &self.leaves).unwrap()
    }
    /// Many leaves at once, with receipts that all state the last size.
    fn receipts(&mut self, leaves: &[OfficeLeaf]) -> Vec<Vec<u8>> {
        let first = self.leaves.len();
        self.leaves.extend(leaves.iter().map(|l| tree::leaf(&l.encode().unwrap())));
        let tree = Tree::new(self.leaves.clone());
        let (size, root) = (tree.size(), tree.root(tree.size()).unwrap());
        let one = |(i, leaf): (usize, &OfficeLeaf)| {
            let path = tree.inclusion(first + i, size).unwrap();
            issue_log_receipt_at(&self.key(3), "某县卫生健康局", 0, leaf, (first + i, size), &root, path).unwrap()
        };
        leaves.iter().enumerate().map(one).collect()
    }
    /// What a witness outside says of the newest head, which contains these receipts.
    pub(super) fn outside(&self, receipts: &[(String, Vec<u8>)]) -> ((u64, u64), Vec<u8>) {
        let tree = Tree::new(self.leaves.clone());
        let size = tree.size();
        let head = OfficeHead { epoch: 0, size: size as u64, root: tree.root(size).unwrap() };
        let text = TextCheckpoint::of("0123456789abcdef", &head);
        let proof = |r: &[u8]| tree.consistency(LogReceipt::open(r, &self.list).unwrap().size as usize, size).unwrap();
        let file = OutsideFile {
            head: Head { tree: head, at: T0 + DAY }.issue(&self.key(3)).unwrap(),
            checkpoint: text.sign(&self.key(3)).unwrap(),
            cosignatures: vec![note::cosign(&text.body(), "witness", (T0 + DAY) as u64 / 1000, &self.key(8)).unwrap()],
            timestamps: vec![],
            consistency: receipts.iter().map(|(path, r)| (path.clone(), proof(r))).collect(),
        };
        ((0, head.size), file.encode().unwrap())
    }
    /// A record that somebody looked at the case.
    pub(super) fn access(&mut self, case: Id) -> (Digest, Vec<u8>) {
        let (act, what, who) = (Act::Opened, "case".into(), "console".into());
        let record = AccessRecord { salt: [5; 16], case, act, what, who, at: T0 + DAY }.encode().unwrap();
        let receipt = self.receipt(&OfficeLeaf::Access { record: sha256(&record), at: T0 + DAY });
        (sha256(&record), access_file(&record, &receipt).unwrap())
    }
    /// A certificate that these files were destroyed.
    pub(super) fn destroyed(&mut self, files: &[Custody]) -> Vec<u8> {
        let file = |c: &Custody| Destroyed { sealed: c.sealed, clear: c.clear, length: c.length };
        let person = |name: &str| (name.to_owned(), "1".to_owned());
        let d = Destruction {
            number: "毁〔2026〕1号".into(),
            files: files.iter().map(file).collect(),
            reason: "届满".into(),
            basis: "保存期限".into(),
            proposed: person("甲"),
            approved: person("乙"),
            at: T0 + DAY,
        };
        let receipt = self.receipt(&OfficeLeaf::Destruction { payload: sha256(&d.payload().unwrap()), at: d.at });
        d.issue(&self.key(3), &receipt).unwrap()
    }
    /// The withdrawal of a device.
    pub(super) fn revocation(&self, device: &Device, at: i64, suspect_since: Option<i64>) -> Vec<u8> {
        let enrolment = sha256(&device.enrolment);
        Revocation { enrolment, log: device.log(), at, suspect_since, reason: "遗失".into() }.issue(&self.key(1)).unwrap()
    }
    pub(super) fn custody(&mut self, custody: &Custody) -> Vec<u8> {
        let payload = sha256(&crate::log::custody_payload(custody).unwrap());
        let receipt = self.receipt(&OfficeLeaf::Custody { payload, at: custody.at });
        issue_custody(&self.key(3), custody, &receipt).unwrap()
    }
}

fn empty_list(seed: u8) -> TrustList {
    TrustList {
        version: 1,
        previous: None,
        organ: "某县卫生健康局".into(),
        issued: T0 - 10 * DAY,
        expires: T0 + 30 * DAY,
        roots: Roots { k: 1, keys: vec![SoftwareKey::from_seed([seed; 32]).public_key()] },
        keys: vec![],
    }
}

pub(super) struct Device {
    n: u8,
    pub(super) enrolment: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    pub(super) checkpoints: Vec<Vec<u8>>,
    contents: Vec<Checkpoint>,
    pub(super) receipts: BTreeMap<u64, Vec<u8>>,
    anchor: Option<Digest>,
    pub(super) wall: i64,
    /// How far somebody set the wall clock.
    set: i64,
    /// Entries of the case, and the digest of the last of them.
    mine: (u64, Option<Digest>),
    /// How many entries a later log adopted.
    adopted: usize,
}

impl Device {
    fn new(n: u8, office: &Office) -> Self {
        let key = |k: u8| SoftwareKey::from_seed([n + k; 32]).public_key();
        let enrolment = Enrolment {
            enrolment: Id([n; 16]),
            device: Id([n + 1; 16]),
            log: Id([n + 2; 16]),
            person: Id([n + 3; 16]),
            name: "王小明".into(),
            role: Role::Officer,
            log_key: key(1),
            show_key: key(2),
            officer_key: key(3),
            recipient: [1; 32],
            key_protection: KeyProtection::Software,
            attested: false,
            at: T0 - DAY,
            succeeds: None,
        };
        let enrolment = enrolment.issue(&office.key(1)).unwrap();
        Self {
            n,
            enrolment,
            entries: vec![],
            checkpoints: vec![],
            contents: vec![],
            receipts: BTreeMap::new(),
            anchor: None,
            wall: T0,
            set: 0,
            mine: (0, None),
            adopted: 0,
        }
    }
    pub(super) fn log(&self) -> Id {
        Id([self.n + 2; 16])
    }
    pub(super) fn person(&self) -> Id {
        Id([self.n + 3; 16])
    }
    fn officer_key(&self) -> SoftwareKey {
        SoftwareKey::from_seed([self.n + 3; 32])
    }
    fn clocks(&self) -> Clocks {
        let mono_ms = (self.wall - T0 + 5_000) as u64;
        let reading = Reading { wall_ms: self.wall + self.set, zone_min: 480, mono_ms, boot: vec![self.n] };
        Clocks { reading, anchor: self.anchor.map(|digest| AnchorRef { digest, since_ms: mono_ms - 5_000 }) }
    }
    fn in_case(&self) -> Vec<&Entry> {
        self.entries.iter().filter(|e| e.header().position.is_some()).collect()
    }
    fn add(&mut self, of_case: bool, kind: &str, fields: Json, seen: Vec<Seen>) {
        self.wall += 10_000;
        let position = Position { case: CASE, seq: self.mine.0, prev: self.mine.1 };
        let header = Header {
            log: self.log(),
            seq: self.entries.len() as u64,
            prev: self.entries.last().map(Entry::digest),
            position: of_case.then_some(position),
            kind: kind.into(),
            version: 1,
            clocks: self.clocks(),
            actor: Some(self.person()),
            commitments: BTreeMap::new(),
            seen,
        };
        let Json::Object(fields) = fields else { return };
        let salt = |i: usize| {
            let mut s = [self.n; 16];
            s[0] = self.entries.len() as u8;
            s[1] = i as u8;
            s
        };
        let fields = fields.iter().enumerate();
        let fields = fields.map(|(i, (k, v))| Disclosure::new(salt(i), k, cbor::from_json(v).unwrap()).unwrap()).collect();
        let entry = Entry::new(header, fields).unwrap();
        if of_case {
            self.mine = (self.mine.0 + 1, Some(entry.digest()));
        }
        self.entries.push(entry);
    }
    /// Goes on from other entries.
    fn be(&mut self, entries: Vec<Entry>) {
        self.entries = entries;
        let mine = self.in_case();
        self.mine = (mine.len() as u64, mine.last().map(|e| e.digest()));
    }
    fn act(&mut self, kind: &str, fields: Json) {
        self.add(true, kind, fields, vec![]);
    }
    fn checkpoint(&mut self) -> Digest {
        let cases = self.mine.1.map(|head| CaseHead { case: CASE, length: self.mine.0, head });
        let leaves: Vec<_> = self.entries.iter().map(Entry::leaf).collect();
        let content = Checkpoint {
            log: self.log(),
            cp_no: self.checkpoints.len() as u64,
            previous: self.checkpoints.last().map(|c| sha256(c)),
            size: leaves.len() as u64,
            root: tree::root(&leaves),
            cases: cases.into_iter().collect(),
            clocks: self.clocks(),
            receipt: None,
            enrolment: sha256(&self.enrolment),
        };
        let key = SoftwareKey::from_seed([self.n + 1; 32]);
        let signed = sign(Checkpoint::TYP, &key, content.encode().unwrap()).unwrap();
        let digest = sha256(&signed);
        self.checkpoints.push(signed);
        self.contents.push(content);
        digest
    }
    /// The office takes the newest checkpoint in.
    fn receive(&mut self, office: &mut Office) {
        let c = self.contents.last().unwrap();
        let leaf = OfficeLeaf::Checkpoint {
            checkpoint: sha256(self.checkpoints.last().unwrap()),
            log: c.log,
            size: c.size,
            at: self.wall + 5_000,
        };
        self.receipts.insert(c.cp_no, office.receipt(&leaf));
    }
    fn capture(&mut self, n: u8, ext: &'static str, clear: Vec<u8>, more: Json) -> Photo {
        let mut sealed = Vec::new();
        let s = seal::seal(&mut clear.as_slice(), &mut sealed, &Recipients::one(identity(40).recipient())).unwrap();
        let id = hex(&[n; 16]);
        let mut fields = json!({"id": id, "clear": hex(&s.clear), "clear_len": s.clear_len, "sealed": hex(&s.sealed),
            "sealed_len": s.sealed_len, "payload": hex(&s.payload), "suite": 1});
        let Json::Object(more) = more else { unreachable!() };
        fields.as_object_mut().unwrap().extend(more);
        self.act("evidence.captured", fields);
        let custody =
            Custody { state: CustodyState::Opened, sealed: s.sealed, clear: s.clear, length: s.clear_len, at: T0 + DAY };
        Photo { id, ext, clear, sealed, custody }
    }
    /// What the story tells beside the usual; `seen` is this phone's newest checkpoint.
    fn more(&mut self, story: &Story, seen: Digest, peer: &Self, photos: &mut Vec<Photo>) {
        let recording = hex(&[0xaa; 16]);
        if !story.parts.is_empty() {
            self.act("recording.started", json!({"recording": recording, "media": "audio", "scene": null, "must_record": true}));
        }
        for (i, (part, starts, lasts)) in story.parts.iter().enumerate() {
            let more =
                json!({"media_type": "audio/wav", "recording": recording, "part": part, "starts_ms": starts, "lasts_ms": lasts});
            photos.push(self.capture(10 + i as u8, "wav", vec![i as u8; 300], more));
        }
        if let Some(parts) = story.ended {
            let interrupted =
                json!({"recording": recording, "scene": null, "from_ms": 20_100, "to_ms": 21_000, "reason": "call", "note": ""});
            self.act("recording.interrupted", interrupted);
            self.act("recording.ended", json!({"recording": recording, "parts": parts, "lasts_ms": 25_000}));
        }
        if let Some(original) = &story.blurred {
            let more = json!({"media_type": "image/jpeg", "derived_from": original, "operation": "blur", "parameters": {}, "operator": "王小明"});
            photos.push(self.capture(20, "jpg", b"blurred".to_vec(), more));
        }
        for evidence in &story.findings {
            self.act("finding.recorded", json!({"text": "余氯不足", "items": [], "evidence": evidence}));
        }
        if let Some(taken) = story.witnessed {
            let number = self.checkpoints.len() - 1;
            let statement = peer.statement(Statement { what: What::Cosign, checkpoint: Some(seen), ..Statement::default() });
            self.act(
                "checkpoint.cosigned",
                json!({"log": self.log().to_string(), "cp_no": number, "checkpoint": hex(&seen), "officer": {"name": "李四"}, "statement": statement}),
            );
            let taken = taken.unwrap_or(seen);
            self.act("party.witnessed", json!({"cp_no": number, "checkpoint": hex(&taken), "how": "scanned", "by": "张三"}));
        }
    }
    /// The LOG key is gone, with two entries that no checkpoint signed; gives the log that follows.
    fn lose_key(&mut self, how: Heir, office: &mut Office) -> Self {
        for text in ["not signed", "nor this"] {
            self.act("note.added", json!({"text": text}));
        }
        self.adopted = self.entries.len();
        let last = self.contents.last().unwrap().clone();
        let tail = tree::root(&self.entries.iter().map(Entry::leaf).collect::<Vec<_>>());
        let root = if how == Heir::OtherRoot { [3; 32] } else { last.root };
        let tail = if how == Heir::OtherTail { [4; 32] } else { tail };
        let reason = if how == Heir::Unnamed { "rotated" } else { "key_lost" };
        let mut next = Self::new(200, office);
        next.wall = self.wall;
        next.add(false, "log.opened", json!({"software": "test"}), vec![]);
        let succeeds = json!({"old": self.log().to_string(), "size": last.size, "root": hex(&root), "cp_no": last.cp_no, "reason": reason,
            "adopted_size": self.adopted, "adopted_root": hex(&tail)});
        next.add(false, "log.succeeds", succeeds, vec![]);
        next.checkpoint();
        next.receive(office);
        next
    }
    fn statement(&self, s: Statement) -> String {
        let (name, number, role) = ("王小明".into(), "51082200123".into(), "officer".into());
        let s = Statement { person: self.person(), name, number, role, case: CASE, at: self.wall, ..s };
        hex(&sign(Statement::TYP, &self.officer_key(), s.encode().unwrap()).unwrap())
    }
    /// What a paper carries to prove itself: as of the newest checkpoint.
    fn attachments(&self, office: &Office, facts: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let leaves: Vec<_> = self.entries.iter().take(self.contents.last().unwrap().size as usize).map(Entry::leaf).collect();
        let proven = self.in_case().into_iter().filter(|e| e.header().kind.starts_with("document.")).map(|e| {
            let path = tree::inclusion(&leaves, e.header().seq as usize).unwrap().into_iter().map(Value::from).collect();
            let Value::Array(mut parts) = e.to_value() else { return Value::Null };
            parts.push(Value::Array(path));
            Value::Array(parts)
        });
        vec![
            ("facts.cbor", facts.to_vec()),
            ("entries.cbor", cbor::encode(&Value::Array(proven.collect())).unwrap()),
            ("checkpoint.cose", self.checkpoints.last().unwrap().clone()),
            ("enrolment.cose", self.enrolment.clone()),
            ("trust.cbor", office.trust.clone()),
        ]
    }
    fn part(&self) -> LogPart<'_> {
        let newest = self.receipts.keys().next_back().copied().unwrap_or_default();
        let size = self.contents[newest as usize].size as usize;
        let held = size.max(self.adopted);
        let tree = Tree::new(self.entries.iter().take(held).map(Entry::leaf).collect());
        let part = |e: &Entry| {
            let seq = e.header().seq as usize;
            EntryPart {
                header: e.bytes().to_vec(),
                disclosures: e.disclosures().iter().map(|d| d.bytes().to_vec()).collect(),
                proof: tree.inclusion(seq, if seq < size { size } else { held }).unwrap(),
            }
        };
        let smaller = self.contents.iter().filter(|c| c.cp_no <= newest && c.size < size as u64);
        let proof = |c: &Checkpoint| tree.consistency(c.size as usize, size).unwrap();
        LogPart {
            log: self.log(),
            enrolment: self.enrolment.clone(),
            revocation: None,
            entries: Entries::List(self.in_case().into_iter().filter(|e| e.header().seq < held as u64).map(part).collect()),
            life: self.entries.iter().take(size).filter(|e| e.header().kind.starts_with("log.")).map(part).collect(),
            consistency: smaller.map(|c| (c.cp_no, proof(c))).collect(),
            newest,
            checkpoints: (0..).zip(self.checkpoints.iter().cloned()).filter(|(n, _)| *n <= newest).collect(),
            receipts: self.receipts.clone(),
        }
    }
}

pub(super) struct Photo {
    pub(super) id: String,
    ext: &'static str,
    pub(super) clear: Vec<u8>,
    pub(super) sealed: Vec<u8>,
    pub(super) custody: Custody,
}

/// Everything about one case.
pub(super) struct Case {
    pub(super) office: Office,
    pub(super) a: Device,
    pub(super) b: Device,
    pub(super) badge: Vec<u8>,
    pub(super) assignment: Vec<u8>,
    pub(super) pack: Vec<u8>,
    pub(super) anchor: Vec<u8>,
    pub(super) photos: Vec<Photo>,
    pub(super) custody: Vec<(Digest, Vec<u8>)>,
    pub(super) papers: Vec<(String, Vec<u8>)>,
    /// The log that follows the first phone's, whose key was lost.
    pub(super) heir: Option<Device>,
    pub(super) outside: Vec<((u64, u64), Vec<u8>)>,
    pub(super) access: Vec<(Digest, Vec<u8>)>,
    pub(super) destroyed: Vec<Vec<u8>>,
}

/// What happens in a case beside the usual.
#[derive(Clone, Default)]
pub(super) struct Story {
    /// The first phone's wall clock is set by so many milliseconds in the middle.
    pub(super) clock_set: i64,
    /// The first phone signs a second checkpoint of one size with another root.
    pub(super) two_histories: bool,
    /// Parts of a recording: number, start, length.
    pub(super) parts: Vec<(u64, u64, u64)>,
    /// How many parts its end states.
    pub(super) ended: Option<u64>,
    /// A blurred copy of this evidence.
    pub(super) blurred: Option<String>,
    /// What findings rest on.
    pub(super) findings: Vec<Vec<String>>,
    /// The second officer and the party take the first phone's second checkpoint; the party writes down this digest, if any.
    pub(super) witnessed: Option<Option<Digest>>,
    /// Closed without any witness.
    pub(super) alone: bool,
    /// The office's log has a witness outside, and somebody looked at the case.
    pub(super) outside: bool,
    /// The first phone loses its key after closing; its next log states this of the old one's root and adopts what was not signed.
    pub(super) heir: Option<Heir>,
    /// The paper was signed by hand too: its facts, if others than its own, and the photographs of its pages.
    pub(super) inked: Option<(Option<Digest>, Vec<String>)>,
    /// The inspection is moved to the pack of this digest (F35).
    pub(super) moved: Option<Digest>,
}

/// How the next log names the old one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heir {
    True,
    /// Another root than the old key signed.
    OtherRoot,
    /// Another root of what it adopts.
    OtherTail,
    /// As planned, though the old log names no successor.
    Unnamed,
}

impl Story {
    /// Everything that can happen, and nothing wrong.
    pub(super) fn rich() -> Self {
        Self {
            parts: vec![(0, 0, 10_000), (1, 10_100, 10_000), (2, 21_000, 4_000)],
            ended: Some(3),
            blurred: Some(hex(&[1; 16])),
            findings: vec![vec![hex(&[1; 16])]],
            witnessed: Some(None),
            outside: true,
            heir: Some(Heir::True),
            inked: Some((None, vec![hex(&[2; 16]), hex(&[1; 16])])),
            ..Self::default()
        }
    }
}

/// The month's identity of the office, and the recipient of the sealed bundle.
pub(super) fn identity(n: u8) -> Identity {
    Identity::from_bytes(&[n; 32]).unwrap()
}

/// The smallest PDF with attachments that takes a seal.
fn pdf(text: &str, attached: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let list: String = (0..attached.len()).map(|i| format!(" {} 0 R", 3 + 2 * i)).collect();
    let mut objects = vec![
        format!("<</Type /Catalog /Mark ({text}) /AF [{list}]>>").into_bytes(),
        b"<</CreationDate (D:20261122100000+08'00')>>".to_vec(),
    ];
    for (i, (name, bytes)) in attached.iter().enumerate() {
        objects.push(format!("<</Type /Filespec /UF ({name}) /EF <</F {} 0 R>>>>", 4 + 2 * i).into_bytes());
        let head = format!("<</Subtype /application#2Fcbor /Length {}>>\nstream\n", bytes.len());
        objects.push([head.as_bytes(), bytes, b"\nendstream"].concat());
    }
    let (mut out, mut table) = (b"%PDF-1.7\n".to_vec(), String::new());
    for (i, o) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n\r\n", out.len());
        out.extend([format!("{} 0 obj\n", i + 1).as_bytes(), o, b"\nendobj\n"].concat());
    }
    let (size, xref) = (objects.len() + 1, out.len());
    out.extend(format!("xref\n0 {size}\n0000000000 65535 f\r\n{table}").bytes());
    out.extend(format!("trailer\n<</Size {size} /Root 1 0 R /Info 2 0 R /ID [<00> <00>]>>\nstartxref\n{xref}\n%%EOF\n").bytes());
    out
}

impl Case {
    /// The same case as made by the office with that seed.
    pub(super) fn new(office_seed: u8) -> Self {
        Self::of(office_seed, &Story::default())
    }
    /// The first phone's wall clock is set by so many milliseconds in the middle of the case.
    pub(super) fn with_clock_set(office_seed: u8, by_ms: i64) -> Self {
        Self::of(office_seed, &Story { clock_set: by_ms, ..Story::default() })
    }
    /// The first phone signs a second checkpoint of one size with another root.
    pub(super) fn with_two_histories(office_seed: u8) -> Self {
        Self::of(office_seed, &Story { two_histories: true, ..Story::default() })
    }

    pub(super) fn of(office_seed: u8, story: &Story) -> Self {
        let mut office = Office::new(office_seed);
        let badge = Badge {
            officer: Officer {
                name: "王小明".into(),
                unit: "某县卫生健康局".into(),
                position: "二级主办".into(),
                number: "51082200123".into(),
                category: "卫生健康".into(),
                area: "某县".into(),
                until: 20_280_630,
            },
            photo: None,
            status: 7,
            issued: T0 / 1000 - 3600,
            expires: T0 / 1000 + 86_400,
            show_key: SoftwareKey::from_seed([5; 32]).public_key(),
        };
        let badge = badge.issue(&office.key(1)).unwrap();
        let assignment = Assignment {
            task: Id([1; 16]),
            enterprise: enterprise_digest("91510822MA6XXXXX0X"),
            day: 20_261_122,
            officers: vec!["51082200123".into()],
            number: 1,
            cap: 2,
            kind: AssignmentKind::Routine,
            organ: "某县卫生健康局".into(),
            issued: T0 / 1000 - 7200,
        };
        let assignment = assignment.issue(&office.key(2)).unwrap();
        let payload = cbor::encode(&MapBuilder::new().with("id", "pack").build()).unwrap();
        let pack =
            multi::sign(crate::pack::signed::TYP, &[&office.key(5) as &dyn Signer, &office.key(6)], payload.clone()).unwrap();
        let anchor = Anchor { nonce: [3; 16], at: T0 }.issue(&office.key(4)).unwrap();

        let (mut a, mut b) = (Device::new(100, &office), Device::new(150, &office));
        a.anchor = Some(sha256(&anchor));
        a.add(false, "log.opened", json!({"enrolment": hex(&sha256(&a.enrolment)), "software": "test"}), vec![]);
        a.checkpoint();
        let opened = json!({"assignment": hex(&digest16(&assignment)), "pack": hex(&sha256(&payload)), "pack_version": "pack@1"});
        a.act("inspection.opened", opened);
        let statement = a.statement(Statement::default());
        a.act(
            "person.arrived",
            json!({"officer": {"name": "王小明", "number": "51082200123"}, "place": null, "statement": statement}),
        );
        if let Some(pack) = story.moved {
            a.act(
                "pack.moved",
                json!({"from_version": "pack@0", "pack": hex(&pack), "pack_version": "pack@2", "dropped": [], "kept": []}),
            );
        }
        a.set = story.clock_set;
        let mut photos = Vec::new();
        for (n, clear) in [(1, b"photo of the pool".to_vec()), (2, vec![7; 70_000])] {
            photos.push(a.capture(n, "jpg", clear, json!({"media_type": "image/jpeg", "original_name": "../IMG.jpg"})));
        }
        if story.two_histories {
            let honest = a.entries.clone();
            a.be(honest.split_last().unwrap().1.to_vec());
            a.act("note.added", json!({"text": "another history"}));
            a.checkpoint();
            a.be(honest);
        }
        // B sees A, A sees nothing of B; both logs hold entries of other work in between.
        let seen = a.checkpoint();
        let size = a.entries.len() as u64;
        b.add(false, "log.opened", json!({"software": "test"}), vec![]);
        let statement = b.statement(Statement::default());
        b.wall = a.wall;
        b.add(
            true,
            "person.arrived",
            json!({"officer": {"name": "李四"}, "place": null, "statement": statement}),
            vec![Seen { log: a.log(), checkpoint: seen, size }],
        );
        a.add(false, "note.added", json!({"text": "of another case"}), vec![]);
        a.more(story, seen, &b, &mut photos);

        let facts = json!({"organ": "某县卫生健康局", "number": "2026-001", "n": 3});
        let facts_digest = sha256(&cbor::encode(&cbor::from_json(&facts).unwrap()).unwrap());
        a.act(
            "document.facts",
            json!({"paper": "p1", "form": "pack@1#record", "digest": hex(&facts_digest), "facts": facts.clone()}),
        );
        let c1 = a.checkpoint();
        let facts = cbor::encode(&cbor::from_json(&facts).unwrap()).unwrap();
        let presented = pdf("presented", &a.attachments(&office, &facts));
        a.act("document.presented", json!({"paper": "p1", "presented": hex(&sha256(&presented)), "checkpoint": hex(&c1)}));
        let wording = sha256(b"read and agreed");
        let statement = a.statement(Statement {
            what: What::Sign,
            facts: Some(facts_digest),
            presented: Some(sha256(&presented)),
            wording: Some(wording),
            ..Statement::default()
        });
        a.act(
            "document.signed",
            json!({"paper": "p1", "role": "officer", "name": "王小明", "number": "51082200123", "facts": hex(&facts_digest),
                "presented": hex(&sha256(&presented)), "wording": hex(&wording), "strokes": null, "statement": statement}),
        );
        let c2 = a.checkpoint();
        let officer = a.officer_key();
        let last = seal_paper(pdf("final", &a.attachments(&office, &facts)), |d: &Digest| {
            sign_detached("mz1/paper", &officer, d.to_vec())
        })
        .unwrap();
        a.act("document.finished", json!({"paper": "p1", "digest": hex(&sha256(&last)), "checkpoint": hex(&c2)}));
        if let Some((other, pages)) = &story.inked {
            let facts = hex(&other.unwrap_or(facts_digest));
            let signed = ["王小明", "李四", "张三"];
            a.act("document.ink", json!({"paper": "p1", "facts": facts, "pages": pages, "signed": signed, "original": "paper"}));
        }
        a.act(
            "inspection.closed",
            json!({"entries": a.mine.0 + 1, "witness": if story.alone { "none" } else { "peer" }, "reason": null}),
        );
        a.checkpoint();
        b.checkpoint();
        a.receive(&mut office);
        b.receive(&mut office);

        let custody = photos.iter().map(|p| (p.custody.sealed, office.custody(&p.custody))).collect();
        let papers = vec![("p1-presented".into(), presented), ("p1".into(), last)];
        let heir = story.heir.map(|how| a.lose_key(how, &mut office));
        let access = story.outside.then(|| office.access(CASE)).into_iter().collect();
        let receipts =
            |d: &Device| d.receipts.iter().map(|(n, r)| (super::receipt_path(&d.log(), *n), r.clone())).collect::<Vec<_>>();
        let all: Vec<_> = [&a, &b].into_iter().chain(&heir).flat_map(receipts).collect();
        let outside = story.outside.then(|| office.outside(&all)).into_iter().collect();
        Self { office, a, b, badge, assignment, pack, anchor, photos, custody, papers, heir, outside, access, destroyed: vec![] }
    }

    pub(super) fn input(&self, form: Form) -> BundleInput<'_> {
        let to = Recipients::one(identity(41).recipient());
        BundleInput {
            case: CASE,
            at: T0 + 2 * DAY,
            form,
            page: None,
            withheld: BTreeSet::new(),
            outside: self.outside.clone(),
            destroyed: self.destroyed.clone(),
            access: self.access.clone(),
            trust: self.office.trust.clone(),
            logs: [&self.a, &self.b].into_iter().chain(&self.heir).map(Device::part).collect(),
            badges: vec![self.badge.clone()],
            assignment: Some(self.assignment.clone()),
            packs: vec![self.pack.clone()],
            anchors: vec![self.anchor.clone()],
            custody: self.custody.iter().map(|(sealed, bytes)| (*sealed, bytes.clone().into())).collect(),
            evidence: self
                .photos
                .iter()
                .map(|p| {
                    let to = to.clone();
                    EvidencePart::new(&p.id, p.ext, form == Form::Sealed, move |out| match form {
                        Form::Open | Form::Party => out.write_all(&p.clear),
                        Form::Sealed => {
                            let done = seal::rewrap(&mut p.sealed.as_slice(), out, &identity(40), &to);
                            done.map(|_| ()).map_err(std::io::Error::other)
                        }
                    })
                })
                .collect(),
            papers: self.papers.clone(),
        }
    }

    pub(super) fn write(&self, target: &Path, input: BundleInput<'_>) -> Written {
        write(target, input, &self.office.key(7)).unwrap()
    }
}

/// A long case: notes, and photographs that are made anew whenever they are read.
pub(super) struct Large {
    pub(super) office: Office,
    pub(super) a: Device,
    photos: Vec<String>,
    bytes: usize,
    custody: Vec<(Digest, Vec<u8>)>,
}

/// Photograph `n`: bytes that look like noise.
fn noise(n: usize, bytes: usize) -> Vec<u8> {
    let mut state = n as u64 + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..bytes.div_ceil(8)).flat_map(|_| next()).take(bytes).collect()
}

impl Large {
    pub(super) fn new(notes: usize, photos: usize, bytes: usize) -> Self {
        let mut office = Office::new(10);
        let mut a = Device::new(100, &office);
        a.add(false, "log.opened", json!({"software": "test"}), vec![]);
        for i in 0..notes {
            a.act("note.added", json!({"text": format!("第 {i} 条。该处余氯检测值低于限值，当场告知并责令改正。")}));
            if i % 500 == 0 {
                a.checkpoint();
                a.receive(&mut office);
            }
        }
        let (mut ids, mut kept) = (Vec::new(), Vec::new());
        for i in 0..photos {
            let (clear, id) = (sha256(&noise(i, bytes)), hex(&[(i as u128).to_be_bytes().as_slice()].concat()));
            let sealed = sha256(&clear);
            let fields = json!({"id": id, "media_type": "image/jpeg", "clear": hex(&clear), "clear_len": bytes, "sealed": hex(&sealed),
                "sealed_len": bytes + 500, "payload": hex(&[9; 32]), "suite": 1, "source": "camera", "original_name": "IMG_0001.jpg",
                "caption": "泳池水面", "item": "3.1", "place": null, "fix": {"state": "none"}, "exif": {"model": "X"}, "differences": []});
            a.act("evidence.captured", fields);
            kept.push(Custody { state: CustodyState::Opened, sealed, clear, length: bytes as u64, at: T0 + DAY });
            ids.push(id);
        }
        a.act("inspection.closed", json!({"entries": a.mine.0 + 1, "witness": "office", "reason": null}));
        a.checkpoint();
        a.receive(&mut office);
        let payload = |c: &Custody| sha256(&crate::log::custody_payload(c).unwrap());
        let leaves: Vec<_> = kept.iter().map(|c| OfficeLeaf::Custody { payload: payload(c), at: c.at }).collect();
        let receipts = office.receipts(&leaves);
        let one = |(c, r): (&Custody, &Vec<u8>)| (c.sealed, issue_custody(&office.key(3), c, r).unwrap());
        let custody = kept.iter().zip(&receipts).map(one).collect();
        Self { photos: ids, bytes, custody, office, a }
    }

    pub(super) fn write(&self, target: &Path) -> Written {
        let bytes = self.bytes;
        let photo = |(i, id): (usize, &String)| EvidencePart::new(id, "jpg", false, move |out| out.write_all(&noise(i, bytes)));
        let input = BundleInput {
            case: CASE,
            at: T0 + 2 * DAY,
            form: Form::Open,
            page: None,
            withheld: BTreeSet::new(),
            trust: self.office.trust.clone(),
            logs: vec![self.a.part()],
            badges: vec![],
            assignment: None,
            packs: vec![],
            anchors: vec![],
            custody: self.custody.iter().map(|(sealed, bytes)| (*sealed, bytes.clone().into())).collect(),
            outside: vec![],
            destroyed: vec![],
            access: vec![],
            evidence: self.photos.iter().enumerate().map(photo).collect(),
            papers: vec![],
        };
        write(target, input, &self.office.key(7)).unwrap()
    }
}
