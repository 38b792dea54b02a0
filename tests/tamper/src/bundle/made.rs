//! What the damages are done to: the shared case, exported open and sealed, with every key that somebody might hold.

use super::Form;
use super::fixture::{Case, Heir, Office, Story};
use crate::bag::{Bag, at, items, payload};
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{Digest, digest16, sha256};
use mingzheng_core::log::{Checkpoint, Entry, Header, OfficeLeaf, issue_log_receipt, tree};
use mingzheng_core::sign::{self, SoftwareKey};
use mingzheng_core::trust::TrustList;

/// Seeds that name offices.
pub(crate) const OFFICE: u8 = 10;
const STRANGER: u8 = 20;
const ISSUER: &str = "某县卫生健康局";

/// One case and its bundles.
pub struct Made {
    case: Case,
    seed: u8,
    /// Exported with clear evidence.
    pub open: Bag,
    /// Exported to a recipient.
    pub sealed: Bag,
    /// The office's trust list, as somebody outside holds it.
    pub trust: Vec<u8>,
}

/// What goes wrong in a case before it is exported.
pub enum Wrong {
    /// Parts of the recording, and how many its end states.
    Parts(&'static [(u64, u64, u64)], Option<u64>),
    /// A finding names this evidence.
    Finding(&'static [&'static str]),
    /// The copy was made from this evidence.
    CopyOf(&'static str),
    /// The party wrote down this digest of a checkpoint.
    PartyHolds(Digest),
    /// Closed without a witness.
    Alone,
    /// The next log states another root of the old one.
    HeirOfAnotherRoot,
    /// The next log adopts another tail.
    HeirOfAnotherTail,
    /// The paper signed by hand: these are its facts, if others than its own, and the photographs.
    Inked(Option<Digest>, &'static [&'static str]),
    /// Moved to a pack that the bundle does not hold.
    MovedTo(Digest),
    /// The next log says it was planned, the old one does not.
    HeirUnnamed,
}

/// The case as the office makes it.
pub fn made() -> Made {
    Made::of(Case::new(OFFICE), OFFICE)
}

impl Made {
    fn of(case: Case, seed: u8) -> Self {
        let place = tempfile::tempdir().unwrap();
        let bag = |form, name: &str| {
            let folder = place.path().join(name);
            case.write(&folder, case.input(form));
            Bag::read(&folder)
        };
        let (open, sealed) = (bag(Form::Open, "open"), bag(Form::Sealed, "sealed"));
        Self { open, sealed, trust: case.office.trust.clone(), seed, case }
    }

    /// The same inspection as another office's phones and keys would have made it.
    pub fn strangers(&self) -> Self {
        Self::of(Case::new(STRANGER), STRANGER)
    }

    /// The lead's wall clock is set by so much in the middle.
    pub fn with_clock_set(&self, by_ms: i64) -> Self {
        Self::of(Case::with_clock_set(self.seed, by_ms), self.seed)
    }

    /// The lead's phone signs two histories.
    pub fn with_two_histories(&self) -> Self {
        Self::of(Case::with_two_histories(self.seed), self.seed)
    }

    /// With everything that can happen in a case: recording, copy, finding, witnesses, outside witness, access, a lost key and its heir.
    pub fn rich(&self) -> Self {
        self.told(&Story::rich())
    }

    fn told(&self, story: &Story) -> Self {
        Self::of(Case::of(self.seed, story), self.seed)
    }

    /// The rich case with something in it as it must not be.
    pub fn gone_wrong(&self, how: Wrong) -> Self {
        let mut story = Story::rich();
        match how {
            Wrong::Parts(parts, ended) => (story.parts, story.ended) = (parts.to_vec(), ended),
            Wrong::Finding(evidence) => story.findings = vec![evidence.iter().map(|id| (*id).to_owned()).collect()],
            Wrong::CopyOf(id) => story.blurred = Some(id.to_owned()),
            Wrong::PartyHolds(digest) => story.witnessed = Some(Some(digest)),
            Wrong::Alone => story.alone = true,
            Wrong::HeirOfAnotherRoot => story.heir = Some(Heir::OtherRoot),
            Wrong::HeirOfAnotherTail => story.heir = Some(Heir::OtherTail),
            Wrong::Inked(facts, pages) => story.inked = Some((facts, pages.iter().map(|id| (*id).to_owned()).collect())),
            Wrong::MovedTo(pack) => story.moved = Some(pack),
            Wrong::HeirUnnamed => story.heir = Some(Heir::Unnamed),
        }
        self.told(&story)
    }

    /// The withdrawal of the lead's device.
    pub fn revocation(&self, at: i64, suspect_since: Option<i64>) -> Vec<u8> {
        self.case.office.revocation(&self.case.a, at, suspect_since)
    }

    /// Where the withdrawal of the lead's device lies in a bundle.
    pub fn revocation_path(&self) -> String {
        format!("data/trust/revocation-{}.cose", self.case.a.log())
    }

    /// For the inspected party: without the second photograph, which the list says is withheld.
    pub fn for_party(&self) -> Bag {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("party");
        let mut input = self.case.input(Form::Party);
        let id = self.photos()[1].clone();
        input.evidence.remove(1);
        input.withheld.insert(id);
        self.case.write(&folder, input);
        Bag::read(&folder)
    }

    /// 0 root, 1 badge, 2 assignment, 3 receipt, 4 anchor, 5 and 6 pack, 7 export.
    pub fn key(&self, n: u8) -> SoftwareKey {
        self.case.office.key(n)
    }

    /// The key that signs bundles.
    pub fn export(&self) -> SoftwareKey {
        self.key(7)
    }

    /// The folder of the lead's log, and of the second officer's.
    pub fn folders(&self) -> [String; 2] {
        [&self.case.a, &self.case.b].map(|device| format!("data/log/{}/", device.log()))
    }

    /// The entries of the lead's log, and of the second officer's.
    pub fn entries(&self) -> [String; 2] {
        self.folders().map(|folder| format!("{folder}entries.cbor"))
    }

    /// The newest checkpoint's number of the lead's log.
    pub fn newest(&self) -> u64 {
        *self.case.a.receipts.keys().next_back().unwrap()
    }

    /// When the bundle was exported.
    pub fn exported(&self) -> i64 {
        let Value::Int(at) = at(&mut payload(&self.open.0[crate::bag::LIST]), "at").clone() else { panic!("no time") };
        at
    }

    /// The ids of the two photographs.
    pub fn photos(&self) -> Vec<String> {
        self.case.photos.iter().map(|photo| photo.id.clone()).collect()
    }

    /// A later trust list of the same roots.
    pub fn later(&self, change: impl FnOnce(&mut TrustList)) -> Vec<u8> {
        let mut office = Office::new(self.seed);
        office.list.version = 2;
        office.list.previous = Some(self.case.office.list.digest().unwrap());
        change(&mut office.list);
        office.sign_list();
        office.trust
    }

    /// An entry of the lead's log that belongs to another case, as an item with its true proof.
    pub fn entry_of_another_case(&self) -> Value {
        let entry = self.case.a.entries.iter().rev().find(|entry| entry.header().position.is_none()).unwrap();
        item(entry, &self.leaves(self.case.a.entries.len()))
    }

    fn leaves(&self, size: usize) -> Vec<Digest> {
        self.case.a.entries.iter().take(size).map(Entry::leaf).collect()
    }

    /// The office exports less than it has of the lead's log: only up to the checkpoint `number`, rightly receipted, proofs and all, and no papers.
    /// The second officer's phone may say that it saw the log with `seen` entries.
    pub fn cut_off(&self, number: u64, seen: Option<u64>) -> Bag {
        let mut bag = self.open.clone();
        let [folder, _] = self.folders();
        let signed = self.open.0[&format!("{folder}checkpoint-{number}.cose")].clone();
        let Value::Int(size) = at(&mut payload(&signed), 5).clone() else { panic!("no size") };
        let leaves = self.leaves(size as usize);
        for path in bag.below(&folder).into_iter().chain(bag.below("data/paper/")) {
            let number_of = |path: &str| path.rsplit('-').next()?.split('.').next()?.parse::<u64>().ok();
            if path.starts_with("data/paper/")
                || path.ends_with("consistency.cbor")
                || number_of(&path).is_some_and(|n| n > number)
            {
                bag.take(&path);
            }
        }
        bag.put(&format!("{folder}receipt-{number}.cbor"), self.receipt(&signed));
        let inside = self.case.a.entries.iter().filter(|e| e.header().position.is_some() && e.header().seq < size as u64);
        let list: Vec<_> = inside.map(|e| item(e, &leaves)).collect();
        bag.put(&format!("{folder}entries.cbor"), cbor::encode(&Value::Array(list)).unwrap());
        bag.put(&format!("{folder}life.cbor"), life(&self.case.a.entries, &leaves));
        let older = (0..number).map(|n| {
            let signed = &self.case.a.checkpoints[n as usize];
            let Value::Int(size) = at(&mut payload(signed), 5).clone() else { panic!("no size") };
            let proof = tree::consistency(&leaves, size as usize).unwrap().into_iter().map(Value::from).collect();
            (Value::Int(n as i64), Value::Array(proof))
        });
        let older = Value::Map(
            older
                .filter(|(n, _)| matches!(n, Value::Int(n) if bag.0.contains_key(&format!("{folder}checkpoint-{n}.cose"))))
                .collect(),
        );
        bag.put(&format!("{folder}consistency.cbor"), cbor::encode(&older).unwrap());
        let log = self.case.a.log().to_string();
        bag.edit("data/case.cbor", |case| *at(at(case, "newest"), log.as_str()) = (number as i64).into());
        if let Some(seen) = seen {
            self.second_saw(&mut bag, seen);
        }
        bag
    }

    /// A receipt of the office for a checkpoint.
    fn receipt(&self, signed: &[u8]) -> Vec<u8> {
        let mut content = payload(signed);
        let (Value::Int(size), Value::Bytes(log)) = (at(&mut content, 5).clone(), at(&mut content, 2).clone()) else {
            panic!("no checkpoint")
        };
        let log = mingzheng_core::id::Id(log.try_into().unwrap());
        let leaf =
            OfficeLeaf::Checkpoint { checkpoint: sha256(signed), log, size: size as u64, at: self.exported() - 86_400_000 };
        let leaves = [[9; 32], tree::leaf(&leaf.encode().unwrap())];
        issue_log_receipt(&self.key(3), ISSUER, 0, &leaf, 1, &leaves).unwrap()
    }

    /// The second officer's only entry says that it saw the lead's log with so many entries; its phone signs that, the office receives it.
    fn second_saw(&self, bag: &mut Bag, size: u64) {
        let [_, folder] = self.folders();
        let path = format!("{folder}entries.cbor");
        let device = &self.case.b;
        let own = device.entries.iter().find(|entry| entry.header().position.is_some()).unwrap();
        let mut header: Header = own.header().clone();
        assert!(header.seq + 1 == device.entries.len() as u64, "the last of its log");
        header.seen[0].size = size;
        header.seen[0].checkpoint = sha256(b"a checkpoint that the office does not have yet");
        let entry = Entry::new(header, own.disclosures().to_vec()).unwrap();
        let mut leaves: Vec<_> = device.entries.iter().map(Entry::leaf).collect();
        *leaves.last_mut().unwrap() = entry.leaf();
        bag.put(&path, cbor::encode(&Value::Array(vec![item(&entry, &leaves)])).unwrap());
        bag.put(&format!("{folder}life.cbor"), life(&device.entries, &leaves));
        let checkpoint = bag.one(&folder, ".cose");
        let mut content = payload(&bag.0[&checkpoint]);
        *at(&mut content, 6) = tree::root(&leaves).into();
        items(&mut items(at(&mut content, 7))[0])[2] = entry.digest().into();
        let key = SoftwareKey::from_seed([151; 32]); // its LOG key
        let signed = sign::sign(Checkpoint::TYP, &key, cbor::encode(&content).unwrap()).unwrap();
        let receipt = self.receipt(&signed);
        bag.put(&checkpoint, signed);
        bag.put(&checkpoint.replace("checkpoint", "receipt").replace(".cose", ".cbor"), receipt);
    }

    /// digest16 of a signed object, as files are named.
    pub fn name_of(object: &[u8]) -> String {
        mingzheng_core::id::hex(&digest16(object))
    }
}

/// An entry with its proof, as `entries.cbor` holds it.
fn item(entry: &Entry, leaves: &[Digest]) -> Value {
    let mut value = entry.to_value();
    let proof = tree::inclusion(leaves, entry.header().seq as usize).unwrap();
    items(&mut value).push(Value::Array(proof.into_iter().map(Value::from).collect()));
    value
}

/// A log's own life, as `life.cbor` holds it.
fn life(entries: &[Entry], leaves: &[Digest]) -> Vec<u8> {
    let own = entries.iter().take(leaves.len()).filter(|entry| entry.header().kind.starts_with("log."));
    cbor::encode(&Value::Array(own.map(|entry| item(entry, leaves)).collect())).unwrap()
}
