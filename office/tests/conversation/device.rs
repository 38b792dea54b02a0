//! A small device of the test: software keys, a log in memory, HTTP by `ureq`.

use mingzheng_core::cbor::Value;
use mingzheng_core::clock::{Clocks, Reading};
use mingzheng_core::enrolment::{Application, Enrolment, Invitation, Succession, from_answer};
use mingzheng_core::host::KeyProtection;
use mingzheng_core::id::{Digest, Id, sha256};
use mingzheng_core::inspection::Event;
use mingzheng_core::log::{CaseHead, Checkpoint, Disclosure, Entry, Header, Position, tree};
use mingzheng_core::seal::{Identity, Recipient, Recipients, seal};
use mingzheng_core::sign::{Prepared, Signer, SoftwareKey};
use mingzheng_core::trust::{TrustList, TrustedKey, Use};
use mingzheng_core::wire::{Adopted, Answer, Cursor, Item, REQUEST_HEADER, RESPONSE_HEADER, Request, Segment, Submission};
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).unwrap();
    out
}

/// What came back, its signature verified.
pub(crate) struct Back {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) answer: Answer,
    headers: ureq::http::HeaderMap,
}
impl Back {
    pub(crate) fn code(&self) -> String {
        mingzheng_core::wire::error_code(&self.body).map(|(c, _)| c).unwrap_or_default()
    }
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

pub(crate) struct Device {
    pub(crate) address: String,
    pub(crate) trust: TrustList,
    pub(crate) log_key: SoftwareKey,
    pub(crate) show_key: SoftwareKey,
    pub(crate) officer_key: SoftwareKey,
    pub(crate) identity: Identity,
    pub(crate) log: Id,
    pub(crate) device: Id,
    pub(crate) enrolment: Option<(Enrolment, Vec<u8>)>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) checkpoints: Vec<(Checkpoint, Vec<u8>)>,
    pub(crate) last_header: String,
    pub(crate) succeeds: Option<Succession>,
    pub(crate) attestation: Option<Vec<u8>>,
    agent: ureq::Agent,
}

impl Device {
    pub(crate) fn new(invitation: &Invitation) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let bytes = agent.get(format!("{}/v1/trust", invitation.address)).call().unwrap().body_mut().read_to_vec().unwrap();
        Self {
            address: invitation.address.clone(),
            trust: TrustList::open(&bytes, &invitation.root).unwrap(),
            log_key: SoftwareKey::from_seed(random()),
            show_key: SoftwareKey::from_seed(random()),
            officer_key: SoftwareKey::from_seed(random()),
            identity: Identity::from_bytes(&random()).unwrap(),
            log: Id(random()),
            device: Id(random()),
            enrolment: None,
            entries: vec![],
            checkpoints: vec![],
            last_header: String::new(),
            succeeds: None,
            attestation: None,
            agent,
        }
    }

    pub(crate) fn enrolled(invitation: &Invitation) -> Self {
        let mut d = Self::new(invitation);
        let back = d.enrol(invitation);
        assert_eq!(back.status, 201, "{}", back.code());
        d
    }

    pub(crate) fn enrol(&mut self, invitation: &Invitation) -> Back {
        let a = Application {
            code: invitation.code,
            log: self.log,
            device: self.device,
            log_key: self.log_key.public_key(),
            show_key: self.show_key.public_key(),
            officer_key: self.officer_key.public_key(),
            key_protection: KeyProtection::Software,
            recipient: self.identity.recipient().to_bytes(),
            model: "测试机".into(),
            succeeds: self.succeeds,
            attestation: self.attestation.clone(),
        };
        let body = self.seal(&a.encode().unwrap());
        self.enrolment = None;
        let back = self.send("POST", "/v1/enrol", &[], body);
        if back.status == 201 {
            let signed = from_answer(&back.body).unwrap();
            self.enrolment = Some((Enrolment::open(&signed, &self.trust).unwrap(), signed));
        }
        back
    }

    pub(crate) fn recipients(&self) -> Recipients {
        let seal: Vec<_> = self.trust.keys.iter().filter(|k| k.usage == Use::Seal && k.valid_at(now()).is_ok()).collect();
        let raw = |recovery: bool| {
            let k = seal.iter().find(|k| (k.name == "recovery") == recovery).unwrap();
            let TrustedKey::Recipient(x) = k.key else { panic!("recipient") };
            Recipient::from_bytes(x).unwrap()
        };
        Recipients::office(raw(false), raw(true))
    }

    pub(crate) fn seal(&self, clear: &[u8]) -> Vec<u8> {
        let mut out = vec![];
        seal(&mut &*clear, &mut out, &self.recipients()).unwrap();
        out
    }

    /// Sends a signed request and verifies the answer's signature.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Back {
        self.send_at(method, path, headers, body, now())
    }

    pub(crate) fn send_at(&mut self, method: &str, path: &str, headers: &[(&str, String)], body: Vec<u8>, created: i64) -> Back {
        self.reach(method, path, headers, body, created).unwrap()
    }

    /// As `send_at`, to an office that may not be there.
    fn reach(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
        created: i64,
    ) -> Result<Back, ureq::Error> {
        let (digest, nonce, header) = self.signed(&self.address, method, path, sha256(&body), created);
        self.last_header = header;
        let (status, headers, body) = self.raw(method, path, Some(&self.last_header.clone()), headers, body)?;
        let header = headers.get(RESPONSE_HEADER).and_then(|h| h.to_str().ok());
        let answer = Answer::open(header, &self.trust, &digest, &nonce, status, &body).unwrap();
        Ok(Back { status, body, answer, headers })
    }

    /// The signature of a request to the office at that address: its digest, its nonce, its header.
    pub(crate) fn signed(
        &self,
        address: &str,
        method: &str,
        path: &str,
        body: Digest,
        created: i64,
    ) -> (Digest, [u8; 16], String) {
        let nonce = random();
        let request = Request {
            method: method.into(),
            authority: address.trim_start_matches("http://").into(),
            path: path.into(),
            body,
            nonce,
            created,
            enrolment: self.enrolment.as_ref().map(|e| e.0.enrolment),
        };
        let prepared = request.prepare(&self.log_key.public_key()).unwrap();
        let signature = self.log_key.sign(&prepared.message().unwrap()).unwrap();
        (prepared.digest(), nonce, prepared.finish(&signature).unwrap())
    }

    /// One request as it is given; nothing of the answer is judged.
    pub(crate) fn raw(
        &self,
        method: &str,
        path: &str,
        signature: Option<&str>,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<(u16, ureq::http::HeaderMap, Vec<u8>), ureq::Error> {
        let mut r = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        if let Some(s) = signature {
            r = r.header(REQUEST_HEADER, s);
        }
        for (name, value) in headers {
            r = r.header(*name, value);
        }
        let mut response = if body.is_empty() && matches!(method, "GET" | "HEAD") {
            self.agent.run(r.body(()).unwrap())?
        } else {
            self.agent.run(r.body(body).unwrap())?
        };
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        Ok((response.status().as_u16(), response.headers().clone(), body))
    }

    pub(crate) fn clocks(&self) -> Clocks {
        Clocks {
            reading: Reading { wall_ms: now(), zone_min: 480, mono_ms: 1000 + self.entries.len() as u64, boot: vec![7; 8] },
            anchor: None,
        }
    }

    /// Appends an event to the log.
    pub(crate) fn act(&mut self, case: Option<Id>, event: &Event) -> Entry {
        let (kind, fields) = event.to_fields().unwrap();
        self.act_raw(case, &kind, fields)
    }

    /// Appends an entry of any kind.
    pub(crate) fn act_raw(&mut self, case: Option<Id>, kind: &str, fields: Vec<(String, Value)>) -> Entry {
        let position = case.map(|case| {
            let last = self.entries.iter().rev().find(|e| e.header().position.is_some_and(|p| p.case == case));
            Position { case, seq: last.map_or(0, |e| e.header().position.unwrap().seq + 1), prev: last.map(Entry::digest) }
        });
        let header = Header {
            log: self.log,
            seq: self.entries.len() as u64,
            prev: self.entries.last().map(Entry::digest),
            position,
            kind: kind.to_owned(),
            version: 1,
            clocks: self.clocks(),
            actor: None,
            commitments: Default::default(),
            seen: vec![],
        };
        let disclosures = fields.into_iter().map(|(n, v)| Disclosure::new(random(), &n, v).unwrap()).collect();
        let entry = Entry::new(header, disclosures).unwrap();
        self.entries.push(entry.clone());
        entry
    }

    pub(crate) fn leaves(&self) -> Vec<Digest> {
        self.entries.iter().map(Entry::leaf).collect()
    }

    /// A checkpoint over everything so far, signed with `key`.
    pub(crate) fn checkpoint_by(&self, key: &SoftwareKey, cp_no: u64) -> (Checkpoint, Vec<u8>) {
        let mut cases: Vec<CaseHead> = vec![];
        for e in &self.entries {
            if let Some(p) = e.header().position {
                cases.retain(|c| c.case != p.case);
                cases.push(CaseHead { case: p.case, length: p.seq + 1, head: e.digest() });
            }
        }
        let cp = Checkpoint {
            log: self.log,
            cp_no,
            previous: (cp_no > 0).then(|| Checkpoint::digest(&self.checkpoints.last().unwrap().1)),
            size: self.entries.len() as u64,
            root: tree::root(&self.leaves()),
            cases,
            clocks: self.clocks(),
            receipt: None,
            enrolment: Enrolment::digest(&self.enrolment.as_ref().unwrap().1),
        };
        let p = Prepared::embedded(Checkpoint::TYP, &key.public_key(), cp.encode().unwrap()).unwrap();
        let s = key.sign(&p.message().unwrap()).unwrap();
        (cp, p.finish(&s).unwrap())
    }

    pub(crate) fn checkpoint(&mut self) {
        let cp = self.checkpoint_by(&self.log_key, self.checkpoints.len() as u64);
        self.checkpoints.push(cp);
    }

    /// The submission of everything since `old`, with the last checkpoint.
    pub(crate) fn submission(&self, old: u64) -> Submission {
        self.submission_with(old, None)
    }

    pub(crate) fn submission_of(&self, old: u64, checkpoint: Vec<u8>) -> Submission {
        self.submission_made(old, checkpoint, None)
    }

    pub(crate) fn submission_with(&self, old: u64, adopted: Option<Adopted>) -> Submission {
        let (_, signed) = self.checkpoints.last().unwrap();
        self.submission_made(old, signed.clone(), adopted)
    }

    fn submission_made(&self, old: u64, checkpoint: Vec<u8>, adopted: Option<Adopted>) -> Submission {
        let entries = self.entries[old as usize..].to_vec();
        let segment = Segment { log: self.log, from: old, entries, checkpoint: checkpoint.clone(), adopted };
        let proof = if old == 0 { vec![] } else { tree::consistency(&self.leaves(), old as usize).unwrap() };
        Submission { old, proof, checkpoint, segment: self.seal(&segment.encode().unwrap()) }
    }

    pub(crate) fn submit(&mut self, s: &Submission) -> Back {
        self.submit_all(std::slice::from_ref(s))
    }

    /// Several in one request.
    pub(crate) fn submit_all(&mut self, all: &[Submission]) -> Back {
        self.send("POST", "/v1/segments", &[], Submission::encode_all(all).unwrap())
    }

    /// Nothing when the office did not answer.
    pub(crate) fn try_submit(&mut self, s: &Submission) -> Option<Back> {
        self.reach("POST", "/v1/segments", &[], Submission::encode_all(std::slice::from_ref(s)).unwrap(), now()).ok()
    }

    /// Everything in the feed, chain verified: kind and clear body.
    pub(crate) fn feed(&mut self) -> Vec<(String, Vec<u8>)> {
        let (mut cursor, mut out) = (None::<Cursor>, vec![]);
        loop {
            let back = self.send("GET", &format!("/v1/feed?after={}", cursor.map_or(0, |c| c.n)), &[], vec![]);
            assert_eq!(back.status, 200, "{}", back.code());
            let batch = Item::from_batch(&back.body).unwrap();
            if batch.is_empty() {
                return out;
            }
            for bytes in batch {
                let (item, next) = Item::open(&bytes, &self.trust, back.answer.at, cursor).unwrap();
                cursor = Some(next);
                let body = if item.sealed {
                    let mut clear = vec![];
                    mingzheng_core::seal::open(&mut item.body.as_slice(), &mut clear, &self.identity).unwrap();
                    clear
                } else {
                    item.body
                };
                out.push((item.kind.unwrap().name().to_owned(), body));
            }
        }
    }
}
