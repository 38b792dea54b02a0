//! Many phones that finish inspections at once: 60 entries under 6 checkpoints each, signed by P-256 keys as hardware does. What they send is made
//! beforehand; requests are signed and answers verified while it is measured, on the same cores as the office.

use crate::{memory, processors, settled};
use mingzheng_core::clock::{Clocks, Reading};
use mingzheng_core::enrolment::{Application, Enrolment, Invitation, from_answer};
use mingzheng_core::host::KeyProtection;
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::inspection::Event;
use mingzheng_core::log::tree::{Frontier, Tree};
use mingzheng_core::log::{CaseHead, Checkpoint, Disclosure, Entry, Header, LogReceipt, Position};
use mingzheng_core::seal::{Recipient, Recipients, seal};
use mingzheng_core::sign::{Prepared, PublicKey, RawSignature, SignError, Signer};
use mingzheng_core::trust::{TrustList, TrustedKey, Use};
use mingzheng_core::wire::{Answer, REQUEST_HEADER, RESPONSE_HEADER, Request, Segment, Submission};
use mingzheng_demo::cast;
use mingzheng_demo::office::Serving;
use mingzheng_scenarios::Scene;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What an inspection consists of, and how many checkpoints one request brings.
#[derive(Clone, Copy)]
struct Shape {
    /// Under each checkpoint.
    entries: usize,
    checkpoints: usize,
    in_request: usize,
}
/// As a phone sends an inspection that it finished offline: 60 entries, all in one request.
const WHOLE: Shape = Shape { entries: 10, checkpoints: 6, in_request: 6 };
/// What fills an office quickly.
const SMALL: Shape = Shape { entries: 4, checkpoints: 1, in_request: 32 };
/// Phones whose requests are under way at one moment.
const AT_ONCE: usize = 64;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn random<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).unwrap();
    out
}

struct Hardware(SigningKey);
impl Hardware {
    fn new() -> Self {
        loop {
            if let Ok(key) = SigningKey::from_slice(&random::<32>()) {
                return Self(key);
            }
        }
    }
}
impl Signer for Hardware {
    fn public_key(&self) -> PublicKey {
        PublicKey::p256_from_sec1(self.0.verifying_key().to_sec1_point(true).as_bytes()).unwrap()
    }
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError> {
        let signature: Signature = self.0.sign(message);
        Ok(RawSignature::Fixed(signature.normalize_s().to_vec()))
    }
}

struct Device {
    address: String,
    agent: ureq::Agent,
    key: Hardware,
    log: Id,
    enrolment: Option<(Enrolment, Vec<u8>)>,
    frontier: Frontier,
    last: Option<Entry>,
    cp_no: u64,
    previous: Option<[u8; 32]>,
}

impl Device {
    fn enrolled(invitation: &Invitation, trust: &TrustList, to: &Recipients) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut device = Self {
            address: invitation.address.clone(),
            agent,
            key: Hardware::new(),
            log: Id(random()),
            enrolment: None,
            frontier: Frontier::default(),
            last: None,
            cp_no: 0,
            previous: None,
        };
        let application = Application {
            code: invitation.code,
            log: device.log,
            device: Id(random()),
            log_key: device.key.public_key(),
            show_key: Hardware::new().public_key(),
            officer_key: Hardware::new().public_key(),
            key_protection: KeyProtection::Software,
            recipient: mingzheng_core::seal::Identity::from_bytes(&random()).unwrap().recipient().to_bytes(),
            model: "simulated".into(),
            succeeds: None,
            attestation: None,
        };
        let body = sealed(&application.encode().unwrap(), to);
        let (status, answer) = device.post(trust, "/v1/enrol", body);
        assert_eq!(status, 201);
        let signed = from_answer(&answer).unwrap();
        device.enrolment = Some((Enrolment::open(&signed, trust).unwrap(), signed));
        device
    }

    /// A signed request; the answer's signature is verified.
    fn post(&self, trust: &TrustList, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let request = Request {
            method: "POST".into(),
            authority: self.address.trim_start_matches("http://").into(),
            path: path.into(),
            body: sha256(&body),
            nonce: random(),
            created: now(),
            enrolment: self.enrolment.as_ref().map(|e| e.0.enrolment),
        };
        let prepared = request.prepare(&self.key.public_key()).unwrap();
        let digest = prepared.digest();
        let signature = Signer::sign(&self.key, &prepared.message().unwrap()).unwrap();
        let header = prepared.finish(&signature).unwrap();
        let mut back = self.agent.post(format!("{}{path}", self.address)).header(REQUEST_HEADER, header).send(&body[..]).unwrap();
        let said = back.headers().get(RESPONSE_HEADER).and_then(|h| h.to_str().ok()).map(str::to_owned);
        let (status, body) = (back.status().as_u16(), back.body_mut().read_to_vec().unwrap());
        Answer::open(said.as_deref(), trust, &digest, &request.nonce, status, &body).unwrap();
        (status, body)
    }

    /// What `inspections` finished inspections send: the bodies in order.
    fn finish(&mut self, inspections: usize, shape: Shape, to: &Recipients) -> Vec<Body> {
        let clocks = |n: u64| Clocks {
            reading: Reading { wall_ms: now(), zone_min: 480, mono_ms: 1000 + n, boot: vec![7; 8] },
            anchor: None,
        };
        let (mut leaves, mut parts) = (Vec::new(), Vec::new());
        let began = self.frontier.size();
        assert_eq!(began, 0, "one tree holds the whole log");
        for _ in 0..inspections {
            let case = Id(random());
            let mut of_case: Option<Entry> = None;
            for part in 0..shape.checkpoints {
                let (from, mut entries) = (self.frontier.size(), Vec::new());
                for n in 0..shape.entries {
                    let event = Event::Noted {
                        text: format!("第 {part}.{n} 句：许可证在有效期内，从业人员持健康证明。")
                    };
                    let (kind, fields) = event.to_fields().unwrap();
                    let seq = of_case.as_ref().map_or(0, |e| e.header().position.unwrap().seq + 1);
                    let header = Header {
                        log: self.log,
                        seq: self.frontier.size(),
                        prev: self.last.as_ref().map(Entry::digest),
                        position: Some(Position { case, seq, prev: of_case.as_ref().map(Entry::digest) }),
                        kind,
                        version: 1,
                        clocks: clocks(self.frontier.size()),
                        actor: None,
                        commitments: Default::default(),
                        seen: vec![],
                    };
                    let disclosures = fields.into_iter().map(|(n, v)| Disclosure::new(random(), &n, v).unwrap()).collect();
                    let entry = Entry::new(header, disclosures).unwrap();
                    self.frontier.push(entry.leaf());
                    leaves.push(entry.leaf());
                    (self.last, of_case) = (Some(entry.clone()), Some(entry.clone()));
                    entries.push(entry);
                }
                let head = of_case.as_ref().unwrap();
                let checkpoint = Checkpoint {
                    log: self.log,
                    cp_no: self.cp_no,
                    previous: self.previous,
                    size: self.frontier.size(),
                    root: self.frontier.root(),
                    cases: vec![CaseHead { case, length: head.header().position.unwrap().seq + 1, head: head.digest() }],
                    clocks: clocks(self.frontier.size()),
                    receipt: None,
                    enrolment: Enrolment::digest(&self.enrolment.as_ref().unwrap().1),
                };
                let payload = checkpoint.encode().unwrap();
                let prepared = Prepared::embedded(Checkpoint::TYP, &self.key.public_key(), payload).unwrap();
                let signature = Signer::sign(&self.key, &prepared.message().unwrap()).unwrap();
                let signed = prepared.finish(&signature).unwrap();
                (self.cp_no, self.previous) = (self.cp_no + 1, Some(Checkpoint::digest(&signed)));
                parts.push((from, self.frontier.size(), entries, signed));
            }
        }
        let tree = Tree::new(leaves);
        let body = |(from, size, entries, checkpoint): (u64, u64, Vec<Entry>, Vec<u8>)| {
            let segment = Segment { log: self.log, from, entries, checkpoint: checkpoint.clone(), adopted: None };
            let proof = if from == 0 { vec![] } else { tree.consistency(from as usize, size as usize).unwrap() };
            let segment = sealed(&segment.encode().unwrap(), to);
            Submission { old: from, proof, checkpoint, segment }
        };
        let all: Vec<Submission> = parts.into_iter().map(body).collect();
        all.chunks(shape.in_request).map(|one| (one.len(), Submission::encode_all(one).unwrap())).collect()
    }
}

fn sealed(clear: &[u8], to: &Recipients) -> Vec<u8> {
    let mut out = vec![];
    seal(&mut &*clear, &mut out, to).unwrap();
    out
}

fn recipients(trust: &TrustList) -> Recipients {
    let raw = |recovery: bool| {
        let key =
            trust.keys.iter().find(|k| k.usage == Use::Seal && k.valid_at(now()).is_ok() && (k.name == "recovery") == recovery);
        let TrustedKey::Recipient(x) = key.unwrap().key else { panic!("recipient") };
        Recipient::from_bytes(x).unwrap()
    };
    Recipients::office(raw(false), raw(true))
}

/// An office of so many copies, and a crowd that sends to it.
struct Field {
    scene: Scene,
    others: Vec<Serving>,
    trust: TrustList,
    to: Recipients,
}

/// So many checkpoints, as one body.
type Body = (usize, Vec<u8>);
/// A phone with what it has to send.
type Loaded = (Device, Vec<Body>);

impl Field {
    fn new(copies: usize) -> Self {
        let scene = Scene::new().unwrap();
        let office = scene.serving.office();
        let others = (1..copies).map(|n| office.copy(&format!("copy{n}")).unwrap().serve().unwrap()).collect();
        let trust = TrustList::open_self_signed(&std::fs::read(office.trust()).unwrap()).unwrap();
        let to = recipients(&trust);
        Self { scene, others, trust, to }
    }

    fn serving(&self) -> Vec<&Serving> {
        std::iter::once(&self.scene.serving).chain(&self.others).collect()
    }

    /// New phones, each with so many finished inspections. What they send is made on all cores.
    fn crowd(&self, phones: usize, each: usize, shape: Shape) -> Vec<Loaded> {
        let serving = self.serving();
        let enrolled: Vec<Device> = (0..phones)
            .map(|n| {
                let qr = self.scene.serving.office().invite(&cast::LEAD, cast::day(180)).unwrap();
                let mut device = Device::enrolled(&Invitation::parse(&qr).unwrap(), &self.trust, &self.to);
                device.address.clone_from(&serving[n % serving.len()].address);
                device
            })
            .collect();
        let (waiting, made) = (Mutex::new(enrolled), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().unwrap().get() {
                scope.spawn(|| {
                    loop {
                        let Some(mut device) = waiting.lock().unwrap().pop() else { return };
                        let bodies = device.finish(each, shape, &self.to);
                        made.lock().unwrap().push((device, bodies));
                    }
                });
            }
        });
        made.into_inner().unwrap()
    }

    /// Sends all of it, and says how long each request took.
    fn send(&self, crowd: Vec<Loaded>) -> Vec<Duration> {
        let (queue, took) = (Mutex::new(crowd), Mutex::new(Vec::<Duration>::new()));
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let Some((device, bodies)) = queue.lock().unwrap().pop() else { return };
                        let mut own = Vec::new();
                        for (checkpoints, body) in bodies {
                            let asked = Instant::now();
                            let (status, answer) = device.post(&self.trust, "/v1/segments", body);
                            own.push(asked.elapsed());
                            assert_eq!(status, 201, "{:?}", mingzheng_core::wire::error_code(&answer));
                            let receipts = Submission::from_answer(&answer).unwrap();
                            assert_eq!(receipts.len(), checkpoints);
                            receipts.iter().for_each(|r| drop(LogReceipt::open(r, &self.trust).unwrap()));
                        }
                        took.lock().unwrap().extend(own);
                    }
                });
            }
        });
        took.into_inner().unwrap()
    }

    /// Sends whole inspections, one in each request, and measures it.
    fn measured(&self, crowd: Vec<Loaded>, stored: usize) -> Value {
        let serving = self.serving();
        let used = || serving.iter().map(|s| memory(s.pid())).fold([0, 0], |sum, one| [sum[0] + one[0], sum[1] + one[1]]);
        let spent = || [serving.iter().map(|s| processors(s.pid())).sum(), processors(std::process::id())];
        settled();
        let (before, spent_before): (_, [f64; 2]) = (used(), spent());
        let began = Instant::now();
        let mut took = self.send(crowd);
        let seconds = began.elapsed().as_secs_f64();
        let (after, spent_after) = (used(), spent());
        took.sort();
        let at = |part: usize| took[(took.len() - 1) * part / 100].as_secs_f64() * 1000.0;
        let each_ms = |who: usize| (spent_after[who] - spent_before[who]) * 1000.0 / took.len() as f64;
        json!({
            "stored": stored + took.len(), "inspections": took.len(), "seconds": seconds,
            "per_second": took.len() as f64 / seconds, "p50_ms": at(50), "p99_ms": at(99),
            "office_cpu_ms": each_ms(0), "phone_cpu_ms": each_ms(1),
            "office_rss_kib": [before[1], after[1]], "office_peak_kib": after[0],
        })
    }
}

/// `rounds` times each phone of a new crowd finishes so many inspections: how fast the office, of so many copies, takes them in as it fills.
pub(crate) fn ingest(phones: usize, each: usize, rounds: usize, copies: usize) -> Value {
    let field = Field::new(copies);
    let curve: Vec<_> = (0..rounds).map(|n| field.measured(field.crowd(phones, each, WHOLE), n * phones * each)).collect();
    json!({ "phones": phones, "each": each, "copies": copies, "curve": curve })
}

/// What one inspection costs an office that holds 10³, 10⁴, … `most` of them. Those that fill it are small ones, so that it is filled in minutes;
/// those that are measured are whole.
pub(crate) fn filling(most: usize) -> Value {
    /// Measured at each point.
    const PHONES: usize = 200;
    const EACH: usize = 5;
    /// Inspections of one phone that fills.
    const MANY: usize = 10_000;
    let (field, mut stored, mut curve) = (Field::new(1), 0, Vec::new());
    for point in std::iter::successors(Some(1_000), |n| Some(n * 10)).take_while(|n| *n <= most) {
        while stored + PHONES * EACH < point {
            let missing = point - stored - PHONES * EACH;
            let each = missing.div_ceil(4).min(MANY);
            let crowd = field.crowd(missing.div_ceil(each).min(4), each, SMALL);
            stored += crowd.len() * each;
            field.send(crowd);
            eprintln!("{stored} stored");
        }
        curve.push(field.measured(field.crowd(PHONES, EACH, WHOLE), stored));
        stored += PHONES * EACH;
    }
    json!({ "curve": curve })
}
