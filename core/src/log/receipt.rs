//! Receipts of the office: inclusion of a leaf in the office's own log (RFC 9942), and custody of a sealed file (P5, P6).

use super::{LogError, tree};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id, sha256};
use crate::sign::{Prepared, SignError, Signer, Unverified};
use crate::trust::{TrustList, TrustedKey, Use};

const LOG_TYP: &str = "mz1/log-receipt";
const CUSTODY_TYP: &str = "mz1/custody";
/// COSE header `vds`; 1 = RFC9162_SHA256.
const VDS: i64 = 395;
/// COSE header `vdp`.
const VDP: i64 = 396;
/// Private protected header: `[device log / null, tree size, received-at ms, epoch]`.
const ABOUT: i64 = -65541;

/// A leaf of the office's log: what the office did, in the order it did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfficeLeaf {
    /// It received and checked a device's checkpoint.
    Checkpoint {
        /// Digest of the signed checkpoint.
        checkpoint: Digest,
        /// The device's log.
        log: Id,
        /// Its size.
        size: u64,
        /// Office time, ms.
        at: i64,
    },
    /// It took a sealed file into custody.
    Custody {
        /// Digest of the custody payload.
        payload: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// It exported a case.
    Export {
        /// Digest of the payload of `bundle.cose`.
        bundle: Digest,
        /// The case.
        case: Id,
        /// Office time, ms.
        at: i64,
    },
    /// It enrolled a device.
    Enrolment {
        /// Digest of the signed enrolment.
        enrolment: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// It withdrew an enrolment.
    Revocation {
        /// Digest of the signed revocation.
        revocation: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// Somebody at the office looked at something of a case (R25).
    Access {
        /// Digest of the access record.
        record: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// A step in the life of an officer's certificate (R02).
    Register {
        /// Digest of the salted record of the step.
        record: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// A step of a case of an administrative penalty (R42, R59).
    Procedure {
        /// Digest of the salted record of the step.
        record: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// A step in a row of a ledger (R36, R55, R63).
    Ledger {
        /// Digest of the salted record of the step.
        record: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// An act of keeping: a hold, its lifting, a promotion, a proposal to destroy and its answer (R22, J21).
    Retention {
        /// Digest of the salted record of the act.
        record: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// Files were destroyed by the retention rule (R22).
    Destruction {
        /// Digest of the payload of the certificate.
        payload: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// A new tree began after a restore; always leaf 0 of an epoch ≥ 1.
    Epoch {
        /// Digest of the payload of the signed epoch.
        epoch: Digest,
        /// Office time, ms.
        at: i64,
    },
    /// A kind of a later version: kept, shown as unknown.
    Unknown {
        /// Its kind.
        kind: String,
        /// Office time, ms.
        at: i64,
    },
}

impl OfficeLeaf {
    /// The leaf's bytes.
    ///
    /// # Errors
    /// [`CborError`] when something is outside the profile; an unknown leaf cannot be written.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let leaf = |kind: &'static str, at: i64| MapBuilder::new().with("kind", kind).with("at", at);
        let m = match self {
            Self::Checkpoint { checkpoint, log, size, at } => {
                leaf("checkpoint", *at).with("cp", *checkpoint).with("log", *log).with("size", *size)
            }
            Self::Custody { payload, at } => leaf("custody", *at).with("payload", *payload),
            Self::Export { bundle, case, at } => leaf("export", *at).with("bundle", *bundle).with("case", *case),
            Self::Enrolment { enrolment, at } => leaf("enrolment", *at).with("enrolment", *enrolment),
            Self::Revocation { revocation, at } => leaf("revocation", *at).with("revocation", *revocation),
            Self::Access { record, at } => leaf("access", *at).with("record", *record),
            Self::Register { record, at } => leaf("register", *at).with("record", *record),
            Self::Procedure { record, at } => leaf("procedure", *at).with("record", *record),
            Self::Ledger { record, at } => leaf("ledger", *at).with("record", *record),
            Self::Retention { record, at } => leaf("retention", *at).with("record", *record),
            Self::Destruction { payload, at } => leaf("destruction", *at).with("payload", *payload),
            Self::Epoch { epoch, at } => leaf("epoch", *at).with("epoch", *epoch),
            Self::Unknown { .. } => return Err(CborError::Type("kind")),
        };
        cbor::encode(&m.build())
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        let kind = f.req("kind", "kind")?.text("kind")?;
        let at = f.req("at", "at")?.int("at")?;
        let leaf = match kind.as_str() {
            "checkpoint" => Self::Checkpoint {
                checkpoint: f.req("cp", "cp")?.array_of("cp")?,
                log: Id(f.req("log", "log")?.array_of("log")?),
                size: f.req("size", "size")?.uint("size")?,
                at,
            },
            "custody" => Self::Custody { payload: f.req("payload", "payload")?.array_of("payload")?, at },
            "export" => Self::Export {
                bundle: f.req("bundle", "bundle")?.array_of("bundle")?,
                case: Id(f.req("case", "case")?.array_of("case")?),
                at,
            },
            "enrolment" => Self::Enrolment { enrolment: f.req("enrolment", "enrolment")?.array_of("enrolment")?, at },
            "revocation" => Self::Revocation { revocation: f.req("revocation", "revocation")?.array_of("revocation")?, at },
            "access" => Self::Access { record: f.req("record", "record")?.array_of("record")?, at },
            "register" => Self::Register { record: f.req("record", "record")?.array_of("record")?, at },
            "procedure" => Self::Procedure { record: f.req("record", "record")?.array_of("record")?, at },
            "ledger" => Self::Ledger { record: f.req("record", "record")?.array_of("record")?, at },
            "retention" => Self::Retention { record: f.req("record", "record")?.array_of("record")?, at },
            "destruction" => Self::Destruction { payload: f.req("payload", "payload")?.array_of("payload")?, at },
            "epoch" => Self::Epoch { epoch: f.req("epoch", "epoch")?.array_of("epoch")?, at },
            _ => return Ok(Self::Unknown { kind, at }),
        };
        f.end()?;
        Ok(leaf)
    }

    /// Its kind in the format.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Checkpoint { .. } => "checkpoint",
            Self::Custody { .. } => "custody",
            Self::Export { .. } => "export",
            Self::Enrolment { .. } => "enrolment",
            Self::Revocation { .. } => "revocation",
            Self::Access { .. } => "access",
            Self::Register { .. } => "register",
            Self::Procedure { .. } => "procedure",
            Self::Ledger { .. } => "ledger",
            Self::Retention { .. } => "retention",
            Self::Destruction { .. } => "destruction",
            Self::Epoch { .. } => "epoch",
            Self::Unknown { kind, .. } => kind,
        }
    }

    /// Office time.
    #[must_use]
    pub fn at(&self) -> i64 {
        match self {
            Self::Checkpoint { at, .. }
            | Self::Custody { at, .. }
            | Self::Export { at, .. }
            | Self::Enrolment { at, .. }
            | Self::Revocation { at, .. }
            | Self::Access { at, .. }
            | Self::Register { at, .. }
            | Self::Procedure { at, .. }
            | Self::Ledger { at, .. }
            | Self::Retention { at, .. }
            | Self::Destruction { at, .. }
            | Self::Epoch { at, .. }
            | Self::Unknown { at, .. } => *at,
        }
    }
}

/// Signs a receipt for leaf `index` of the office's log `leaves` (hashes) of that epoch, and gives `{"leaf", "receipt"}` as bytes.
///
/// # Errors
/// [`LogError`] when the leaf is not there or the key does not sign.
pub fn issue_log_receipt(
    signer: &dyn Signer,
    issuer: &str,
    epoch: u64,
    leaf: &OfficeLeaf,
    index: usize,
    leaves: &[Digest],
) -> Result<Vec<u8>, LogError> {
    let path = tree::inclusion(leaves, index).ok_or(LogError::Proof)?;
    issue_log_receipt_at(signer, issuer, epoch, leaf, (index, leaves.len()), &tree::root(leaves), path)
}

/// As [`issue_log_receipt`], with (index, size of the tree), its root and the leaf's inclusion path, as [`tree::Tree`] gives them.
///
/// # Errors
/// [`LogError`] when the key does not sign.
pub fn issue_log_receipt_at(
    signer: &dyn Signer,
    issuer: &str,
    epoch: u64,
    leaf: &OfficeLeaf,
    (index, size): (usize, usize),
    root: &Digest,
    path: Vec<Digest>,
) -> Result<Vec<u8>, LogError> {
    let bytes = leaf.encode()?;
    let log = if let OfficeLeaf::Checkpoint { log, .. } = leaf { Some(*log) } else { None };
    let size = size as u64;
    let claims = MapBuilder::new().with(1, issuer).with(6, leaf.at() / 1000).build();
    let about = Value::Array(vec![log.into(), size.into(), leaf.at().into(), epoch.into()]);
    let extra = vec![(15.into(), claims), (VDS.into(), 1.into()), (ABOUT.into(), about)];
    let p = Prepared::receipt(LOG_TYP, &signer.public_key(), root.to_vec(), extra)?;
    let signature = signer.sign(&p.message()?)?;
    let path = path.into_iter().map(Value::from).collect::<Vec<_>>();
    let proof = cbor::encode(&Value::Array(vec![size.into(), (index as u64).into(), path.into()]))?;
    let proofs = MapBuilder::new().with(-1, vec![Value::from(proof)]).build();
    let receipt = p.finish_with(&signature, MapBuilder::new().with(VDP, proofs).build())?;
    Ok(cbor::encode(&MapBuilder::new().with("leaf", bytes).with("receipt", receipt).build())?)
}

/// A verified log receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReceipt {
    /// The leaf that is included.
    pub leaf: OfficeLeaf,
    /// Its index in the office's log.
    pub index: u64,
    /// Size of the office's log that the receipt is about.
    pub size: u64,
    /// Root of the office's log at that size.
    pub root: Digest,
    /// Epoch of the office's log.
    pub epoch: u64,
    /// Who issued it.
    pub issuer: String,
    /// Digest by which a checkpoint names it: of the bytes handed over.
    pub digest: Digest,
}

impl LogReceipt {
    /// Opens `{"leaf", "receipt"}` and verifies signature and inclusion.
    ///
    /// # Errors
    /// [`LogError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, LogError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        let leaf = f.req("leaf", "leaf")?.bytes("leaf")?;
        let receipt = f.req("receipt", "receipt")?.bytes("receipt")?;
        f.end()?;
        Self::check(&leaf, &receipt, sha256(bytes), trust)
    }

    pub(super) fn check(leaf_bytes: &[u8], receipt: &[u8], digest: Digest, trust: &TrustList) -> Result<Self, LogError> {
        let leaf = OfficeLeaf::decode(leaf_bytes)?;
        let signed = Unverified::read_receipt(receipt, LOG_TYP)?;
        let (protected, unprotected) = signed.receipt_headers();
        let key = trust.key_for(signed.kid(), Use::Receipt)?;
        let TrustedKey::Verify(public) = key.key else {
            return Err(LogError::Proof);
        };
        key.valid_at(leaf.at())?;

        let mut u = Fields::of(unprotected)?;
        let mut vdp = Fields::of(u.req(VDP, "vdp")?)?;
        let [proof]: [Value; 1] =
            vdp.req(-1, "inclusion")?.array("inclusion")?.try_into().map_err(|_| CborError::Type("inclusion"))?;
        vdp.end()?;
        u.end()?;
        let [size, index, path]: [Value; 3] =
            cbor::decode(&proof.bytes("proof")?)?.array("proof")?.try_into().map_err(|_| CborError::Type("proof"))?;
        let (size, index) = (size.uint("size")?, index.uint("index")?);
        let path = path.array("path")?.into_iter().map(|p| p.array_of("path")).collect::<Result<Vec<_>, _>>()?;
        let root = tree::root_from_inclusion(tree::leaf(leaf_bytes), index, size, &path).ok_or(LogError::Proof)?;
        signed.verify_detached(&public, &root)?;

        let mut p = Fields::of(protected)?;
        let mut claims = Fields::of(p.req(15, "claims")?)?;
        let issuer = claims.req(1, "iss")?.text("iss")?;
        let iat = claims.req(6, "iat")?.int("iat")?;
        claims.end()?;
        let vds = p.req(VDS, "vds")?.int("vds")?;
        let [log, about_size, at, epoch]: [Value; 4] =
            p.req(ABOUT, "about")?.array("about")?.try_into().map_err(|_| CborError::Type("about"))?;
        p.end()?;
        let log = log.non_null().map(|l| l.array_of("log").map(Id)).transpose()?;
        let leaf_log = if let OfficeLeaf::Checkpoint { log, .. } = &leaf { Some(*log) } else { None };
        if vds != 1
            || about_size.uint("size")? != size
            || at.int("at")? != leaf.at()
            || log != leaf_log
            || iat != leaf.at() / 1000
        {
            return Err(LogError::WrongSubject);
        }
        Ok(Self { leaf, index, size, root, epoch: epoch.uint("epoch")?, issuer, digest })
    }
}

/// What the office says of a sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustodyState {
    /// The bytes are durable.
    Stored,
    /// It was opened at the office and its clear digest equals the entry's: only now may the phone delete (J20).
    Opened,
}
impl CustodyState {
    fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Opened => "opened",
        }
    }
}

/// A verified custody receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custody {
    /// Stored or opened.
    pub state: CustodyState,
    /// Digest of the sealed file.
    pub sealed: Digest,
    /// Digest of the clear file.
    pub clear: Digest,
    /// Length of the clear file.
    pub length: u64,
    /// Office time, ms.
    pub at: i64,
}

/// The payload of a custody receipt; its digest is the office's leaf.
///
/// # Errors
/// [`CborError`] when something is outside the profile.
pub fn custody_payload(c: &Custody) -> Result<Vec<u8>, CborError> {
    let m = MapBuilder::new()
        .with("v", 1)
        .with("state", c.state.name())
        .with("sealed", c.sealed)
        .with("clear", c.clear)
        .with("length", c.length)
        .with("at", c.at);
    cbor::encode(&m.build())
}

/// Signs a custody receipt whose leaf is already in the office's log, and gives `{"custody", "leaf", "receipt"}` as bytes.
/// `log_receipt` is what [`issue_log_receipt`] gave for the leaf `Custody { payload: digest of the payload }`.
///
/// # Errors
/// [`LogError`] when the key does not sign.
pub fn issue_custody(signer: &dyn Signer, custody: &Custody, log_receipt: &[u8]) -> Result<Vec<u8>, LogError> {
    let signed = crate::sign::sign(CUSTODY_TYP, signer, custody_payload(custody)?)?;
    let mut f = Fields::of(cbor::decode(log_receipt)?)?;
    let m = MapBuilder::new()
        .with("custody", signed)
        .with("leaf", f.req("leaf", "leaf")?)
        .with("receipt", f.req("receipt", "receipt")?);
    Ok(cbor::encode(&m.build())?)
}

impl Custody {
    /// Opens `{"custody", "leaf", "receipt"}`: the office's signature, and that its own log holds it.
    ///
    /// # Errors
    /// [`LogError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, LogError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        let signed = f.req("custody", "custody")?.bytes("custody")?;
        let leaf = f.req("leaf", "leaf")?.bytes("leaf")?;
        let receipt = f.req("receipt", "receipt")?.bytes("receipt")?;
        f.end()?;
        let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
        let opened = trust.open_signed(&signed, CUSTODY_TYP, Use::Receipt, at)?;
        let included = LogReceipt::check(&leaf, &receipt, sha256(bytes), trust)?;
        let mut c = Fields::of(opened.value)?;
        if c.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v").into());
        }
        let state = match c.req("state", "state")?.text("state")?.as_str() {
            "stored" => CustodyState::Stored,
            "opened" => CustodyState::Opened,
            _ => return Err(CborError::Type("state").into()),
        };
        let custody = Self {
            state,
            sealed: c.req("sealed", "sealed")?.array_of("sealed")?,
            clear: c.req("clear", "clear")?.array_of("clear")?,
            length: c.req("length", "length")?.uint("length")?,
            at: c.req("at", "at")?.int("at")?,
        };
        c.end()?;
        let same = included.leaf == OfficeLeaf::Custody { payload: sha256(&opened.payload), at: custody.at };
        if same { Ok(custody) } else { Err(LogError::WrongSubject) }
    }
}

impl From<crate::host::KeyError> for LogError {
    fn from(e: crate::host::KeyError) -> Self {
        Self::Sign(SignError::Key(e))
    }
}
