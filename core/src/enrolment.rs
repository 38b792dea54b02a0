//! Enrolment of a device: the invitation that is scanned, the application that is sent sealed, and the signed enrolment (`docs/formats` §7, P3, P10).

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::host::KeyProtection;
use crate::id::{Digest, Id, hex, sha256};
use crate::sign::{PublicKey, SignError, Signer, sign};
use crate::trust::{RootFingerprint, TrustError, TrustList, Use};
use data_encoding::BASE64URL_NOPAD;

/// The kind of the signed enrolment.
pub const TYP: &str = "mz1/enrolment";
/// How long a one-time code lives, ms.
pub const CODE_LIFE_MS: i64 = 600_000;
const INVITATION: &str = "mingzheng:enrol#";

/// What a person may do on site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// 执法人员: holds a certificate, signs.
    Officer,
    /// 协助人员: never counts as an officer (J2).
    Assistant,
}
impl Role {
    /// Its name in the formats.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Assistant => "assistant",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Officer, Self::Assistant].into_iter().find(|r| r.name() == name)
    }
}

/// Why a new log follows an older one (§8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuccessionReason {
    /// Planned: both keys sign.
    Rotated,
    /// The old LOG key is gone (F43).
    KeyLost,
    /// The store was behind its high-water mark.
    StoreBehind,
}
impl SuccessionReason {
    /// Its name in the formats.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rotated => "rotated",
            Self::KeyLost => "key_lost",
            Self::StoreBehind => "store_behind",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Rotated, Self::KeyLost, Self::StoreBehind].into_iter().find(|r| r.name() == name)
    }
}

/// The enrolment that a new one of the same person follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Succession {
    /// Digest of the whole signed enrolment before it.
    pub previous: Digest,
    /// Why.
    pub reason: SuccessionReason,
}
impl Succession {
    fn add(this: Option<Self>, m: MapBuilder) -> MapBuilder {
        m.maybe("previous", this.map(|s| s.previous)).maybe("reason", this.map(|s| s.reason.name()))
    }
    fn take(f: &mut Fields) -> Result<Option<Self>, CborError> {
        match (f.opt("previous"), f.opt("reason")) {
            (None, None) => Ok(None),
            (Some(previous), Some(reason)) => Ok(Some(Self {
                previous: previous.array_of("previous")?,
                reason: SuccessionReason::from_name(&reason.text("reason")?).ok_or(CborError::Type("reason"))?,
            })),
            _ => Err(CborError::Missing("previous or reason")),
        }
    }
}

/// A signed enrolment's content: which person holds which keys on which device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Names the enrolment.
    pub enrolment: Id,
    /// The device.
    pub device: Id,
    /// The device's log.
    pub log: Id,
    /// The person.
    pub person: Id,
    /// The person's name.
    pub name: String,
    /// Officer or assistant.
    pub role: Role,
    /// Signs checkpoints and requests.
    pub log_key: PublicKey,
    /// Signs presentations of the badge.
    pub show_key: PublicKey,
    /// Signs the person's statements.
    pub officer_key: PublicKey,
    /// X25519 recipient to which the office seals what it sends.
    pub recipient: [u8; 32],
    /// Where the keys live.
    pub key_protection: KeyProtection,
    /// Whether the platform attested that; otherwise it is claimed.
    pub attested: bool,
    /// Office time, ms.
    pub at: i64,
    /// The enrolment that it follows.
    pub succeeds: Option<Succession>,
}

impl Enrolment {
    /// Signs it with a key of use `badge`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("enrolment", self.enrolment)
            .with("device", self.device)
            .with("log", self.log)
            .with("person", self.person)
            .with("name", self.name.as_str())
            .with("role", self.role.name())
            .with("log_key", self.log_key.to_cose())
            .with("show_key", self.show_key.to_cose())
            .with("officer_key", self.officer_key.to_cose())
            .with("recipient", self.recipient)
            .with("key_protection", self.key_protection.name())
            .with("attested", self.attested)
            .with("at", self.at);
        sign(TYP, signer, cbor::encode(&Succession::add(self.succeeds, m).build())?)
    }

    /// Opens a signed enrolment: signer of use `badge`, valid at the enrolment's time.
    ///
    /// # Errors
    /// [`TrustError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, TrustError> {
        let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
        let mut f = Fields::of(trust.open_signed(bytes, TYP, Use::Badge, at)?.value)?;
        version(&mut f)?;
        let e = Self {
            enrolment: id(&mut f, "enrolment")?,
            device: id(&mut f, "device")?,
            log: id(&mut f, "log")?,
            person: id(&mut f, "person")?,
            name: f.req("name", "name")?.text("name")?,
            role: Role::from_name(&f.req("role", "role")?.text("role")?).ok_or(CborError::Type("role"))?,
            log_key: PublicKey::from_cose(f.req("log_key", "log_key")?)?,
            show_key: PublicKey::from_cose(f.req("show_key", "show_key")?)?,
            officer_key: PublicKey::from_cose(f.req("officer_key", "officer_key")?)?,
            recipient: f.req("recipient", "recipient")?.array_of("recipient")?,
            key_protection: protection(&mut f)?,
            attested: f.req("attested", "attested")?.bool("attested")?,
            at: f.req("at", "at")?.int("at")?,
            succeeds: Succession::take(&mut f)?,
        };
        f.end()?;
        Ok(e)
    }

    /// Digest by which checkpoints and leaves name it: of the whole signed object.
    #[must_use]
    pub fn digest(signed: &[u8]) -> Digest {
        sha256(signed)
    }

    /// Sixteen hex digits over the three keys, which the administrator compares with the phone's screen.
    #[must_use]
    pub fn short_fingerprint(&self) -> String {
        short_fingerprint([&self.log_key, &self.show_key, &self.officer_key])
    }
}

/// What a device sends to be enrolled; travels sealed to the office, in a request signed by `log_key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The one-time code of the invitation.
    pub code: [u8; 16],
    /// The device's new log.
    pub log: Id,
    /// The device.
    pub device: Id,
    /// As in [`Enrolment`].
    pub log_key: PublicKey,
    /// As in [`Enrolment`].
    pub show_key: PublicKey,
    /// As in [`Enrolment`].
    pub officer_key: PublicKey,
    /// As in [`Enrolment`].
    pub key_protection: KeyProtection,
    /// As in [`Enrolment`].
    pub recipient: [u8; 32],
    /// Maker and model, for the office's list.
    pub model: String,
    /// The enrolment of the same person that this one is to follow.
    pub succeeds: Option<Succession>,
    /// What the platform says of the keys ([`crate::attestation`]), where it says anything.
    pub attestation: Option<Vec<u8>>,
}

impl Application {
    /// The clear body, to be sealed to the office's recipients.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("code", self.code)
            .with("log", self.log)
            .with("device", self.device)
            .with("log_key", self.log_key.to_cose())
            .with("show_key", self.show_key.to_cose())
            .with("officer_key", self.officer_key.to_cose())
            .with("key_protection", self.key_protection.name())
            .with("recipient", self.recipient)
            .with("model", self.model.as_str())
            .maybe("attestation", self.attestation.as_deref());
        cbor::encode(&Succession::add(self.succeeds, m).build())
    }

    /// Reads the clear body.
    ///
    /// # Errors
    /// [`SignError`] names what is malformed; the three keys must differ.
    pub fn decode(bytes: &[u8]) -> Result<Self, SignError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        version(&mut f)?;
        let a = Self {
            code: f.req("code", "code")?.array_of("code")?,
            log: id(&mut f, "log")?,
            device: id(&mut f, "device")?,
            log_key: PublicKey::from_cose(f.req("log_key", "log_key")?)?,
            show_key: PublicKey::from_cose(f.req("show_key", "show_key")?)?,
            officer_key: PublicKey::from_cose(f.req("officer_key", "officer_key")?)?,
            key_protection: protection(&mut f)?,
            recipient: f.req("recipient", "recipient")?.array_of("recipient")?,
            model: f.req("model", "model")?.text("model")?,
            succeeds: Succession::take(&mut f)?,
            attestation: f.opt("attestation").map(|a| a.bytes("attestation")).transpose()?,
        };
        f.end()?;
        if a.log_key == a.show_key || a.log_key == a.officer_key || a.show_key == a.officer_key {
            return Err(SignError::BadKey);
        }
        Ok(a)
    }

    /// As [`Enrolment::short_fingerprint`].
    #[must_use]
    pub fn short_fingerprint(&self) -> String {
        short_fingerprint([&self.log_key, &self.show_key, &self.officer_key])
    }
}

/// The answer to an application: `{"enrolment": COSE bytes}`.
///
/// # Errors
/// [`CborError`] never in practice.
pub fn answer(signed: &[u8]) -> Result<Vec<u8>, CborError> {
    cbor::encode(&MapBuilder::new().with("enrolment", signed).build())
}

/// The signed enrolment out of an answer.
///
/// # Errors
/// [`CborError`] when it is malformed.
pub fn from_answer(bytes: &[u8]) -> Result<Vec<u8>, CborError> {
    let mut f = Fields::of(cbor::decode(bytes)?)?;
    let e = f.req("enrolment", "enrolment")?.bytes("enrolment")?;
    f.end()?;
    Ok(e)
}

/// What the enrolment QR says: where the office is, what its root looks like, and the one-time code (P10).
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// `http(s)://host[:port]` without a path.
    pub address: String,
    /// The root that the phone pins.
    pub root: RootFingerprint,
    /// Names the person at the office, once, for ten minutes.
    pub code: [u8; 16],
}

impl std::fmt::Debug for Invitation {
    /// The code is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invitation({})", self.address)
    }
}

impl Invitation {
    /// The text of the QR: `mingzheng:enrol#` and base64url of `cbor({"v", "address", "root", "code"})`.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn to_text(&self) -> Result<String, CborError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("address", self.address.as_str())
            .with("root", self.root.0)
            .with("code", self.code);
        Ok(format!("{INVITATION}{}", BASE64URL_NOPAD.encode(&cbor::encode(&m.build())?)))
    }

    /// Reads the text of a QR.
    ///
    /// # Errors
    /// [`CborError`] when it is no invitation.
    pub fn parse(text: &str) -> Result<Self, CborError> {
        let data = text.trim().strip_prefix(INVITATION).ok_or(CborError::Type("invitation"))?;
        let bytes = BASE64URL_NOPAD.decode(data.as_bytes()).map_err(|_| CborError::Type("invitation"))?;
        let mut f = Fields::of(cbor::decode(&bytes)?)?;
        version(&mut f)?;
        let i = Self {
            address: f.req("address", "address")?.text("address")?,
            root: RootFingerprint(f.req("root", "root")?.array_of("root")?),
            code: f.req("code", "code")?.array_of("code")?,
        };
        f.end()?;
        let authority = i.address.strip_prefix("https://").or_else(|| i.address.strip_prefix("http://"));
        let plain = |a: &str| !a.is_empty() && a.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
        if authority.is_some_and(plain) { Ok(i) } else { Err(CborError::Type("address")) }
    }
}

fn short_fingerprint(keys: [&PublicKey; 3]) -> String {
    let keys = keys.iter().map(|k| k.to_cose()).collect::<Vec<_>>();
    let digest = hex(&sha256(&cbor::encode(&Value::Array(keys)).unwrap_or_default()));
    let short: Vec<String> = digest.chars().take(16).collect::<Vec<_>>().chunks(4).map(|c| c.iter().collect()).collect();
    short.join(" ")
}

fn version(f: &mut Fields) -> Result<(), CborError> {
    if f.req("v", "v")? == Value::Int(1) { Ok(()) } else { Err(CborError::Type("v")) }
}

fn id(f: &mut Fields, name: &'static str) -> Result<Id, CborError> {
    Ok(Id(f.req(name, name)?.array_of(name)?))
}

fn protection(f: &mut Fields) -> Result<KeyProtection, CborError> {
    let name = f.req("key_protection", "key_protection")?.text("key_protection")?;
    KeyProtection::from_name(&name).ok_or(CborError::Type("key_protection"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::sign::SoftwareKey;
    use crate::trust::fixture;

    fn key(n: u8) -> PublicKey {
        SoftwareKey::from_seed([n; 32]).public_key()
    }

    fn trust(signer: PublicKey, usage: Use) -> TrustList {
        fixture::list(&[(signer, usage)], 100)
    }

    fn enrolment() -> Enrolment {
        Enrolment {
            enrolment: Id([1; 16]),
            device: Id([2; 16]),
            log: Id([3; 16]),
            person: Id([4; 16]),
            name: "王小明".into(),
            role: Role::Officer,
            log_key: key(1),
            show_key: key(2),
            officer_key: key(3),
            recipient: [5; 32],
            key_protection: KeyProtection::Software,
            attested: false,
            at: 50,
            succeeds: None,
        }
    }

    /// F43.
    #[test]
    fn f43_an_enrolment_names_the_one_that_it_follows() {
        let signer = SoftwareKey::from_seed([7; 32]);
        let list = trust(signer.public_key(), Use::Badge);
        let succeeds = Some(Succession { previous: [8; 32], reason: SuccessionReason::KeyLost });
        let e = Enrolment { succeeds, ..enrolment() };
        assert_eq!(Enrolment::open(&e.issue(&signer).unwrap(), &list), Ok(e));
    }

    #[test]
    fn an_enrolment_opens_only_when_a_badge_key_of_the_list_signed_it_in_time() {
        let signer = SoftwareKey::from_seed([7; 32]);
        let e = enrolment();
        let signed = e.issue(&signer).unwrap();
        let list = trust(signer.public_key(), Use::Badge);
        assert_eq!(Enrolment::open(&signed, &list), Ok(e.clone()));
        assert_eq!(Enrolment::open(&signed, &trust(key(8), Use::Badge)), Err(TrustError::SignerUnknown));
        assert_eq!(Enrolment::open(&signed, &trust(signer.public_key(), Use::Feed)), Err(TrustError::WrongUse));
        let late = Enrolment { at: 101, ..e }.issue(&signer).unwrap();
        assert_eq!(Enrolment::open(&late, &list), Err(TrustError::Expired));
        for at in 0..signed.len() {
            let mut bad = signed.clone();
            bad[at] ^= 1;
            assert!(Enrolment::open(&bad, &list).is_err(), "byte {at}");
        }
    }

    #[test]
    fn an_application_has_three_different_keys() {
        let a = Application {
            code: [1; 16],
            log: Id([3; 16]),
            device: Id([2; 16]),
            log_key: key(1),
            show_key: key(2),
            officer_key: key(3),
            key_protection: KeyProtection::Tee,
            recipient: [5; 32],
            model: "模拟机".into(),
            succeeds: Some(Succession { previous: [8; 32], reason: SuccessionReason::StoreBehind }),
            attestation: None,
        };
        assert_eq!(Application::decode(&a.encode().unwrap()), Ok(a.clone()));
        let attested = Application { attestation: Some(vec![1, 2]), ..a.clone() };
        assert_eq!(Application::decode(&attested.encode().unwrap()), Ok(attested));
        assert_eq!(a.short_fingerprint(), enrolment().short_fingerprint(), "both sides show the same digits");
        let same = Application { officer_key: key(1), ..a };
        assert_eq!(Application::decode(&same.encode().unwrap()), Err(SignError::BadKey));
    }

    #[test]
    fn an_invitation_survives_its_qr_and_refuses_an_address_with_a_path_or_user() {
        let i = Invitation { address: "http://127.0.0.1:8443".into(), root: RootFingerprint([6; 32]), code: [7; 16] };
        assert_eq!(Invitation::parse(&i.to_text().unwrap()), Ok(i.clone()));
        for address in ["ftp://a", "http://", "http://a/b", "http://u@a", "a"] {
            let bad = Invitation { address: address.into(), ..i.clone() };
            assert!(Invitation::parse(&bad.to_text().unwrap()).is_err(), "{address}");
        }
        assert!(Invitation::parse("https://example.org/").is_err());
    }
}
