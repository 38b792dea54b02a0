//! An office built on the sans-IO core, in memory: it does what `docs/sync.md` says, and lies when a test tells it to.

use crate::host::Time;
use crate::uploads::{Uploads, sent};
use mingzheng_core::badge::{
    Assignment, AssignmentKind, Badge, CertificateStatus, Officer, OfficerList, StatusList, enterprise_digest,
};
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::enrolment::{self, Application, Enrolment, Invitation, Role};
use mingzheng_core::id::{Digest, Id, hex, sha256};
use mingzheng_core::inspection::{Approval, Enterprise, Event, OfficerRef, Task};
use mingzheng_core::log::tree::{self, Subtrees as _, Tree};
use mingzheng_core::log::{Checkpoint, Entry, Epoch, OfficeHead, OfficeLeaf, issue_log_receipt_at};
use mingzheng_core::pack::Pack;
use mingzheng_core::pack::author;
use mingzheng_core::pack::signed;
use mingzheng_core::phone::HttpRequest;
use mingzheng_core::seal::{self, Identity, Recipient, Recipients};
use mingzheng_core::sign::{Signer, SoftwareKey};
use mingzheng_core::trust::{Roots, TrustKey, TrustList, TrustedKey, Use};
use mingzheng_core::wire::{
    Anchor, Claimed, Cursor, FeedKind, Item, REQUEST_HEADER, RESPONSE_HEADER, Response, Seen, Segment, Submission,
    VERSION_HEADER, WIPE_CODE, WipeOrder,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

pub(crate) const ADDRESS: &str = "http://office.test";
pub(crate) const NUMBER: &str = "2308010017";
pub(crate) const OTHER: &str = "2308010023";
const PEOPLE: [(Id, &str, &str); 2] = [(Id([4; 16]), "张建国", NUMBER), (Id([5; 16]), "李秀英", OTHER)];
pub(crate) const TASK: Id = Id([8; 16]);

/// What it makes of its own log in its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// The size is true, the root another one.
    OtherRoot,
    /// It forgets all but so many leaves, as after a restore.
    Forgets(usize),
    /// Its log was rewritten; its heads and proofs agree with each other.
    Rewritten,
    /// It does not give the proof.
    Silent,
}

/// What a device's log is at the office.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) entries: Vec<Entry>,
    pub(crate) checkpoints: Vec<Vec<u8>>,
    /// Of the entries; made up for when it is asked for.
    tree: Tree,
    captured: BTreeSet<String>,
}

impl Held {
    fn catch_up(&mut self) {
        if self.tree.size() > self.entries.len() {
            (self.tree, self.captured) = (Tree::default(), BTreeSet::new());
        }
        for e in &self.entries[self.tree.size()..] {
            self.tree.push(e.leaf());
            if let Some(Event::Captured { sealed, .. }) = Event::from_entry(e) {
                self.captured.insert(sealed);
            }
        }
    }

    fn root(&mut self) -> Digest {
        self.catch_up();
        self.tree.root(self.entries.len()).unwrap()
    }

    /// Whether an entry names the sealed file.
    pub(crate) fn names(&mut self, sealed: &Digest) -> bool {
        self.catch_up();
        self.captured.contains(&hex(sealed))
    }
}

pub(crate) struct Office {
    time: Arc<Time>,
    root: SoftwareKey,
    month: Identity,
    recovery: Identity,
    pub(crate) trust: TrustList,
    pub(crate) enrolments: Vec<(Enrolment, Vec<u8>)>,
    invited: u8,
    /// Who is invited: of the two officers the first, or the second.
    pub(crate) inviting: usize,
    code: Option<[u8; 16]>,
    pub(crate) logs: BTreeMap<Id, Held>,
    /// Its own log.
    tree: Tree,
    pub(crate) epoch: u64,
    /// As the roots signed it.
    pub(crate) beginning: Vec<u8>,
    pub(crate) lie: Lie,
    feeds: BTreeMap<Id, Vec<Vec<u8>>>,
    pack: Vec<u8>,
    /// Answers of its own that phones have shown it.
    pub(crate) seen: Vec<Vec<u8>>,
    pub(crate) proofs_asked: usize,
    /// Which versions it says that it speaks; none: it is of the time before the header (F37).
    pub(crate) versions: Option<&'static str>,
    /// Answers everything with this order (F44).
    pub(crate) wipe: Option<Vec<u8>>,
    /// Of checkpoints, by their digest.
    receipts: BTreeMap<Digest, Vec<u8>>,
    /// Every segment is refused so.
    pub(crate) refuses: Option<(u16, &'static str)>,
    /// Always there between answers.
    pub(crate) uploads: Option<Uploads>,
}

pub(crate) fn key(usage: Use) -> SoftwareKey {
    SoftwareKey::from_seed(sha256(format!("{usage:?}").as_bytes()))
}

fn second_pack_key() -> SoftwareKey {
    SoftwareKey::from_seed([66; 32])
}

fn body(task: &Task) -> Vec<u8> {
    cbor::encode(&cbor::from_json(&serde_json::to_value(task).unwrap()).unwrap()).unwrap()
}

/// The next item of a feed.
fn append(feed: &mut Vec<Vec<u8>>, e: &Enrolment, kind: FeedKind, thing: Vec<u8>) {
    let body = if kind.sealed() {
        let mut sealed = Vec::new();
        let to = Recipients::one(Recipient::from_bytes(e.recipient).unwrap());
        seal::seal(&mut thing.as_slice(), &mut sealed, &to).unwrap();
        sealed
    } else {
        thing
    };
    let last = feed.last().map(|item| Cursor { n: feed.len() as u64, digest: sha256(item) });
    feed.push(Item::issue(&key(Use::Feed), last, kind, body).unwrap().0);
}

impl Office {
    pub(crate) fn new(time: Arc<Time>) -> Self {
        let root = SoftwareKey::from_seed([99; 32]);
        let (month, recovery) = (Identity::from_bytes(&[51; 32]).unwrap(), Identity::from_bytes(&[52; 32]).unwrap());
        let entry = |key, usage, name: &str| TrustKey {
            key,
            usage,
            name: name.into(),
            organ: "青川县卫生健康局".into(),
            areas: vec![],
            categories: vec![],
            from: 0,
            until: i64::MAX / 4096,
            suspect_since: None,
        };
        let verify = |usage| entry(TrustedKey::Verify(key(usage).public_key()), usage, "k");
        let uses = [Use::Badge, Use::Assignment, Use::Status, Use::Receipt, Use::Anchor, Use::Pack, Use::Feed];
        let mut keys: Vec<TrustKey> = uses.into_iter().map(verify).collect();
        keys.push(entry(TrustedKey::Verify(second_pack_key().public_key()), Use::Pack, "k2"));
        keys.push(entry(TrustedKey::Recipient(month.recipient().to_bytes()), Use::Seal, "seal-2026-11"));
        keys.push(entry(TrustedKey::Recipient(recovery.recipient().to_bytes()), Use::Seal, "recovery"));
        let trust = TrustList {
            version: 1,
            previous: None,
            organ: "青川县卫生健康局".into(),
            issued: 0,
            expires: i64::MAX / 4096,
            roots: Roots { k: 1, keys: vec![root.public_key()] },
            keys,
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
        let pack = signed::sign(&author::compile(&folder).unwrap(), &[&key(Use::Pack), &second_pack_key()]).unwrap();
        Self {
            time,
            root,
            month,
            recovery,
            trust,
            enrolments: Vec::new(),
            invited: 0,
            inviting: 0,
            code: None,
            logs: BTreeMap::new(),
            tree: Tree::new((0..3u8).map(|n| tree::leaf(&[n])).collect()),
            epoch: 0,
            beginning: Vec::new(),
            lie: Lie::None,
            feeds: BTreeMap::new(),
            pack,
            seen: Vec::new(),
            proofs_asked: 0,
            versions: None,
            wipe: None,
            receipts: BTreeMap::new(),
            refuses: None,
            uploads: Some(Uploads::default()),
        }
    }

    /// The QR of a new invitation for the one officer.
    pub(crate) fn invite(&mut self) -> String {
        self.invited += 1;
        let code = [self.invited; 16];
        self.code = Some(code);
        let root = self.trust.roots.fingerprint().unwrap();
        Invitation { address: ADDRESS.into(), root, code }.to_text().unwrap()
    }

    /// Something else is appended to the office's log.
    pub(crate) fn grow(&mut self) {
        let n = self.tree.size() as u64;
        self.tree.push(tree::leaf(&n.to_be_bytes()));
    }

    /// The office begins a new epoch, signed by its root, that names the newest head there was; or one that forgets the newest.
    pub(crate) fn begin_epoch(&mut self, forgets: bool) {
        self.lie = Lie::None;
        let mut last = self.head();
        if forgets {
            last.size -= 1;
        }
        self.epoch += 1;
        let epoch = Epoch { epoch: self.epoch, at: self.time.truth(), reason: "从备份恢复".into(), last: vec![last] };
        self.beginning = epoch.sign(&[&self.root]).unwrap();
        let (_, payload) = Epoch::open(&self.beginning, &self.trust.roots).unwrap();
        self.tree = Tree::new(vec![tree::leaf(&epoch.leaf(payload).encode().unwrap())]);
    }

    /// The newest enrolment.
    pub(crate) fn newest(&self) -> &(Enrolment, Vec<u8>) {
        self.enrolments.last().unwrap()
    }

    fn told(&self) -> Cow<'_, Tree> {
        let leaves = || (0..self.tree.size() as u64).map(|n| self.tree.subtree(0, n).unwrap());
        match self.lie {
            Lie::Forgets(to) => Cow::Owned(Tree::new(leaves().take(to).collect())),
            Lie::Rewritten => Cow::Owned(Tree::new(std::iter::once([1; 32]).chain(leaves().skip(1)).collect())),
            Lie::None | Lie::OtherRoot | Lie::Silent => Cow::Borrowed(&self.tree),
        }
    }

    fn head(&self) -> OfficeHead {
        let tree = self.told();
        let root = if self.lie == Lie::OtherRoot { [6; 32] } else { tree.root(tree.size()).unwrap() };
        OfficeHead { epoch: self.epoch, size: tree.size() as u64, root }
    }

    /// Answers a request as HTTP would bring it.
    pub(crate) fn answer(&mut self, r: &HttpRequest) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let (status, mut headers, body) = self.answer_of_its_time(r);
        headers.extend(self.versions.map(|v| (VERSION_HEADER.to_owned(), v.to_owned())));
        (status, headers, body)
    }

    fn answer_of_its_time(&mut self, r: &HttpRequest) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let path = r.url.strip_prefix(ADDRESS).unwrap();
        if path == "/v1/trust" {
            return (200, Vec::new(), self.trust.sign(&[&self.root]).unwrap());
        }
        if path.starts_with("/log/epoch/") {
            let status = if self.beginning.is_empty() { 404 } else { 200 };
            return (status, Vec::new(), self.beginning.clone());
        }
        let header = &r.headers.iter().find(|(k, _)| k == REQUEST_HEADER).unwrap().1;
        let claimed = Claimed::read(header).unwrap();
        let (request, nonce, by) = (claimed.digest(), claimed.nonce(), claimed.enrolment());
        let application = (path == "/v1/enrol").then(|| self.application(&r.body));
        let log_key = match (&application, by) {
            (Some(a), None) => a.log_key,
            (None, Some(by)) => self.enrolments.iter().find(|(e, _)| e.enrolment == by).unwrap().0.log_key,
            _ => unreachable!("an application names no enrolment, everything else does"),
        };
        let seen = Seen { method: &r.method, authority: "office.test", path, body: sha256(&sent(r)) };
        claimed.verify(&log_key, &seen).unwrap();
        let mut headers = Vec::new();
        let (status, body) = match path.split('?').next().unwrap() {
            _ if self.wipe.is_some() => {
                let refusal =
                    MapBuilder::new().with("error", WIPE_CODE).with("message", "").with("order", self.wipe.clone().unwrap());
                (403, cbor::encode(&refusal.build()).unwrap())
            }
            "/v1/enrol" => self.enrol(&application.unwrap()),
            "/v1/segments" => self.segments(&r.body),
            "/v1/feed" => self.feed(by.unwrap(), path),
            path if path.starts_with("/v1/uploads") || path.starts_with("/v1/custody/") => {
                let (status, more, body) = self.uploads.take().unwrap().answer(self, r, path);
                headers = more;
                (status, body)
            }
            "/v1/log/consistency" => self.consistency(path),
            "/v1/log/seen" => {
                self.seen.push(r.body.clone());
                (200, cbor::encode(&MapBuilder::new().with("state", "ahead").build()).unwrap())
            }
            other => unreachable!("{other}"),
        };
        let at = self.time.truth();
        let anchor = Anchor { nonce, at }.issue(&key(Use::Anchor)).unwrap();
        let response = Response { request, status, body: sha256(&body), at, head: self.head(), anchor: Some(anchor) };
        headers.push((RESPONSE_HEADER.to_owned(), response.issue(&key(Use::Feed)).unwrap()));
        (status, headers, body)
    }

    /// An order to wipe the newest device, good for a day.
    pub(crate) fn order(&self) -> WipeOrder {
        let (e, at) = (&self.newest().0, self.time.truth());
        WipeOrder { device: e.device, log: e.log, nonce: [7; 16], at, not_after: at + 86_400_000, head: self.head() }
    }

    pub(crate) fn orders(&mut self, order: &WipeOrder, signer: Use) {
        self.wipe = Some(order.issue(&key(signer)).unwrap());
    }

    /// What the office opens of a sealed file, with the identity of its month.
    pub(crate) fn opened(&self, sealed: &[u8]) -> Vec<u8> {
        let mut clear = Vec::new();
        seal::open(&mut &*sealed, &mut clear, &self.month).unwrap();
        clear
    }

    fn application(&self, body: &[u8]) -> Application {
        let mut clear = Vec::new();
        seal::open(&mut &*body, &mut clear, &self.recovery).unwrap();
        Application::decode(&clear).unwrap()
    }

    fn enrol(&mut self, a: &Application) -> (u16, Vec<u8>) {
        if self.code.take() != Some(a.code) {
            return (403, mingzheng_core::wire::error_body("code_unknown", "").unwrap());
        }
        if let Some(s) = a.succeeds {
            assert!(self.enrolments.iter().any(|(_, cose)| Enrolment::digest(cose) == s.previous));
        }
        let e = Enrolment {
            enrolment: Id([u8::try_from(self.enrolments.len() + 1).unwrap(); 16]),
            device: a.device,
            log: a.log,
            person: PEOPLE[self.inviting].0,
            name: PEOPLE[self.inviting].1.into(),
            role: Role::Officer,
            log_key: a.log_key,
            show_key: a.show_key,
            officer_key: a.officer_key,
            recipient: a.recipient,
            key_protection: a.key_protection,
            attested: false,
            at: self.time.truth(),
            succeeds: a.succeeds,
        };
        let signed = e.issue(&key(Use::Badge)).unwrap();
        self.feeds.insert(e.enrolment, self.welcome(&e));
        self.enrolments.push((e, signed.clone()));
        self.grow();
        (201, enrolment::answer(&signed).unwrap())
    }

    /// Badge, pack, task and assignment for a new enrolment.
    fn welcome(&self, e: &Enrolment) -> Vec<Vec<u8>> {
        let task = self.task();
        let assignment = self.assignment(&task);
        let things = [
            (FeedKind::Badge, self.badge_of(e).issue(&key(Use::Badge)).unwrap()),
            (FeedKind::Pack, self.pack.clone()),
            (FeedKind::Task, body(&task)),
            (FeedKind::Assignment, assignment.issue(&key(Use::Assignment)).unwrap()),
        ];
        let mut feed = Vec::new();
        for (kind, thing) in things {
            append(&mut feed, e, kind, thing);
        }
        feed
    }

    fn badge_of(&self, e: &Enrolment) -> Badge {
        let now = self.time.truth();
        let number = PEOPLE.iter().find(|(person, ..)| *person == e.person).unwrap().2;
        Badge {
            officer: Officer {
                name: e.name.clone(),
                unit: "青川县疾病预防控制局".into(),
                position: "科员".into(),
                number: number.into(),
                category: "卫生监督".into(),
                area: "青川县".into(),
                until: 20_281_231,
            },
            photo: None,
            status: if number == NUMBER { 1 } else { 2 },
            issued: now / 1000,
            expires: now / 1000 + 30 * 86_400,
            show_key: e.show_key,
        }
    }

    /// The badge of the newest enrolment, as it would be issued now.
    pub(crate) fn badge(&self) -> Badge {
        self.badge_of(&self.newest().0)
    }

    /// A task for today.
    pub(crate) fn task(&self) -> Task {
        let day = mingzheng_core::calendar::Day::in_china(self.time.truth()).unwrap().number();
        let officers = PEOPLE.iter().map(|(person, name, number)| OfficerRef {
            person: person.to_string(),
            name: (*name).into(),
            number: (*number).into(),
        });
        Task {
            id: TASK.to_string(),
            title: "住宿场所抽查".into(),
            kind: "routine".into(),
            day,
            enterprise: Enterprise {
                name: "青川县青溪宾馆有限公司".into(),
                code: "91510822MA62XXXX0T".into(),
                address: "青溪镇桥头路18号".into(),
                phone: "0839-7200118".into(),
                legal_representative: "何国栋".into(),
                manager: "陈晓梅".into(),
                manager_position: "店长".into(),
            },
            officers: officers.collect(),
            assistants: vec![],
            n: 1,
            cap: 2,
            exempt: None,
            approval: Some(Approval { number: "青卫检批〔2026〕0117号".into(), by: "周明远".into(), on: day }),
            matter: "住宿场所卫生状况".into(),
            basis: vec!["《公共场所卫生管理条例》第十三条".into()],
            checklists: vec!["zhusu".into()],
            organ: "青川县疾病预防控制局".into(),
            complaint_phone: "0839-12345".into(),
            numbers: vec!["2026-0117".into()],
            form_numbers: BTreeMap::new(),
            organs: BTreeMap::new(),
            slots: BTreeMap::new(),
            area: None,
            category: None,
            seals: vec![],
            sheets: vec![],
            region: None,
            team: vec![],
            badge_address: None,
        }
    }

    fn assignment(&self, task: &Task) -> Assignment {
        Assignment {
            task: TASK,
            enterprise: enterprise_digest(&task.enterprise.code),
            day: task.day,
            officers: vec![NUMBER.into(), OTHER.into()],
            number: 1,
            cap: 2,
            kind: AssignmentKind::Routine,
            organ: task.organ.clone(),
            issued: self.time.truth() / 1000,
        }
    }

    /// Sends something to an enrolment, 0 being the first.
    pub(crate) fn send(&mut self, to: usize, kind: FeedKind, thing: Vec<u8>) {
        let e = &self.enrolments[to].0;
        append(self.feeds.get_mut(&e.enrolment).unwrap(), e, kind, thing);
    }
    pub(crate) fn send_badge(&mut self, to: usize, badge: &Badge) {
        let badge = badge.issue(&key(Use::Badge)).unwrap();
        self.send(to, FeedKind::Badge, badge);
    }
    /// Sends a task for today with its assignment.
    pub(crate) fn send_task(&mut self, to: usize, task: &Task) {
        let assignment = self.assignment(task).issue(&key(Use::Assignment)).unwrap();
        self.send(to, FeedKind::Task, body(task));
        self.send(to, FeedKind::Assignment, assignment);
    }
    /// A status list as of `at`, good for a day, in which `status` stands at the index.
    pub(crate) fn status_list(&self, at: i64, index: usize, status: CertificateStatus, signer: Use) -> Vec<u8> {
        let mut all = vec![CertificateStatus::Valid; 4];
        all[index] = status;
        let list = StatusList::new("http://office.test/status.cwt", at / 1000, at / 1000 + 86_400, 3_600, &all).unwrap();
        list.issue(&key(signer)).unwrap()
    }
    /// A list of officers as of `at`, good for a day.
    pub(crate) fn officer_list(&self, at: i64, officers: Vec<Officer>) -> Vec<u8> {
        let organ = "青川县卫生健康局".into();
        OfficerList { organ, at, until: at + 86_400_000, officers }.issue(&key(Use::Badge)).unwrap()
    }
    /// The pack of the folder, changed.
    pub(crate) fn other_pack(change: impl FnOnce(&mut Pack)) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
        let mut pack = author::compile(&folder).unwrap();
        pack.version += 1;
        change(&mut pack);
        signed::sign(&pack, &[&key(Use::Pack), &second_pack_key()]).unwrap()
    }
    /// The trust list as phones have it.
    pub(crate) fn signed_trust(&self) -> Vec<u8> {
        self.trust.sign(&[&self.root]).unwrap()
    }

    fn feed(&self, by: Id, path: &str) -> (u16, Vec<u8>) {
        let after: usize = path.split_once("after=").unwrap().1.parse().unwrap();
        (200, Item::batch(self.feeds[&by].iter().skip(after).cloned().collect()).unwrap())
    }

    /// As after a restore from a backup of the first day.
    pub(crate) fn forget_receipts(&mut self) {
        self.receipts.clear();
    }

    /// Takes a segment as the real office does; anything that does not fit fails the test.
    fn segments(&mut self, body: &[u8]) -> (u16, Vec<u8>) {
        if let Some((status, code)) = self.refuses {
            return (status, mingzheng_core::wire::error_body(code, "").unwrap());
        }
        let mut receipts = Vec::new();
        for s in Submission::decode_all(body).unwrap() {
            match self.segment(&s) {
                Ok(receipt) => receipts.push(receipt),
                Err(refusal) if receipts.is_empty() => return (409, refusal),
                Err(_) => break,
            }
        }
        (201, Submission::answer(&receipts).unwrap())
    }

    fn segment(&mut self, s: &Submission) -> Result<Vec<u8>, Vec<u8>> {
        let mut clear = Vec::new();
        seal::open(&mut s.segment.as_slice(), &mut clear, &self.month).unwrap();
        let segment = Segment::decode(&clear).unwrap();
        let (enrolment, cose) = self.enrolments.iter().find(|(e, _)| e.log == segment.log).unwrap();
        let cp = Checkpoint::open(&s.checkpoint, &enrolment.log_key).unwrap();
        assert_eq!((cp.log, cp.enrolment), (enrolment.log, Enrolment::digest(cose)));
        if let Some(a) = segment.adopted {
            let old = self.logs.get_mut(&a.log).unwrap();
            for e in a.entries {
                match old.entries.get(e.header().seq as usize) {
                    Some(known) => assert_eq!(known.bytes(), e.bytes()),
                    None => old.entries.push(e),
                }
            }
        }
        let digest = Checkpoint::digest(&s.checkpoint);
        if let Some(receipt) = self.receipts.get(&digest) {
            return Ok(receipt.clone());
        }
        let held = self.logs.entry(segment.log).or_default();
        let size = held.entries.len() as u64;
        if s.old != size || cp.size <= size {
            let body = MapBuilder::new().with("error", "old_size").with("message", "").with("size", size);
            return Err(cbor::encode(&body.build()).unwrap());
        }
        assert!(tree::is_consistent(size, &held.root(), cp.size, &cp.root, &s.proof));
        assert_eq!(segment.from, size, "the segment begins where the log ends");
        held.entries.extend(segment.entries);
        assert_eq!((held.root(), held.entries.len() as u64), (cp.root, cp.size));
        held.checkpoints.push(s.checkpoint.clone());
        let at = self.time.truth();
        let leaf = OfficeLeaf::Checkpoint { checkpoint: digest, log: cp.log, size: cp.size, at };
        let receipt = self.receipt(&leaf);
        self.receipts.insert(digest, receipt.clone());
        Ok(receipt)
    }

    /// Appends a leaf to the office's log.
    pub(crate) fn receipt(&mut self, leaf: &OfficeLeaf) -> Vec<u8> {
        self.tree.push(tree::leaf(&leaf.encode().unwrap()));
        let size = self.tree.size();
        let (root, path) = (self.tree.root(size).unwrap(), self.tree.inclusion(size - 1, size).unwrap());
        issue_log_receipt_at(&key(Use::Receipt), "office.test", self.epoch, leaf, (size - 1, size), &root, path).unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.time.truth()
    }

    fn consistency(&mut self, path: &str) -> (u16, Vec<u8>) {
        self.proofs_asked += 1;
        let number = |name: &str| -> usize {
            let rest = path.split_once(&format!("{name}=")).unwrap().1;
            rest.split('&').next().unwrap().parse().unwrap()
        };
        if self.lie == Lie::Silent {
            return (404, mingzheng_core::wire::error_body("unknown_epoch", "").unwrap());
        }
        let proof = self.told().consistency(number("from"), number("to")).unwrap();
        let proof: Vec<Value> = proof.into_iter().map(Value::from).collect();
        (200, cbor::encode(&MapBuilder::new().with("proof", proof).build()).unwrap())
    }
}
