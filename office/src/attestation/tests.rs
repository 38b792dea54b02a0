//! Chains of a test root, as phones' makers would issue them: good ones, and each way of being wrong by its name.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use super::*;
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::id::{Id, sha256, sha256_parts};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, date_time_ymd,
};

/// 22 November 2026, ms.
const NOW: i64 = 1_795_320_000_000;
const PACKAGE: &str = "cn.mingzheng.app";
const APP: &str = "ABCDE12345.cn.mingzheng";

struct Authority {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn params(name: &str, ca: bool) -> CertificateParams {
    let mut p = CertificateParams::new(Vec::new()).unwrap();
    p.distinguished_name.push(DnType::CommonName, name);
    (p.not_before, p.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    p.is_ca = if ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::NoCa };
    p
}

/// A root with P-384, as Google's newer one and Apple's have it.
fn root(name: &str) -> Authority {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let p = params(name, true);
    let der = p.self_signed(&key).unwrap().der().to_vec();
    Authority { der, issuer: Issuer::new(p, key) }
}

fn below(root: &Authority, p: CertificateParams) -> Authority {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let der = p.signed_by(&key, &root.issuer).unwrap().der().to_vec();
    Authority { der, issuer: Issuer::new(p, key) }
}

fn tlv(tag: &[u8], content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        n @ 0..=127 => vec![n as u8],
        n @ 128..=255 => vec![0x81, n as u8],
        n => vec![0x82, (n >> 8) as u8, n as u8],
    };
    [tag, &length, content].concat()
}
fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(&[0x30], &parts.concat())
}
/// `[n] EXPLICIT` with a tag of two bytes behind the first.
fn field(n: u32, content: &[u8]) -> Vec<u8> {
    tlv(&[0xbf, 0x80 | (n >> 7) as u8, (n & 0x7f) as u8], content)
}

/// What Android writes into the extension.
#[derive(Clone)]
struct Says {
    level: u8,
    challenge: Vec<u8>,
    origin: u8,
    locked: u8,
    boot: u8,
    package: &'static str,
}

impl Says {
    fn extension(&self) -> Vec<u8> {
        let package = sequence(&[tlv(&[4], self.package.as_bytes()), tlv(&[2], &[1])]);
        let id = sequence(&[tlv(&[0x31], &package), tlv(&[0x31], &tlv(&[4], &[7; 32]))]);
        let root_of_trust =
            sequence(&[tlv(&[4], &[9; 32]), tlv(&[1], &[self.locked]), tlv(&[10], &[self.boot]), tlv(&[4], &[8; 32])]);
        let software = field(709, &tlv(&[4], &id));
        let hardware =
            [tlv(&[0xa1], &tlv(&[0x31], &tlv(&[2], &[2]))), field(702, &tlv(&[2], &[self.origin])), field(704, &root_of_trust)]
                .concat();
        sequence(&[
            tlv(&[2], &[4]),
            tlv(&[10], &[self.level]),
            tlv(&[2], &[41]),
            tlv(&[10], &[self.level]),
            tlv(&[4], &self.challenge),
            tlv(&[4], &[]),
            tlv(&[0x30], &software),
            tlv(&[0x30], &hardware),
        ])
    }
}

/// A phone with three keys, and who attests them.
struct Scene {
    root: Authority,
    middle: Authority,
    keys: [KeyPair; 3],
    says: Says,
    trusted: Trusted,
}

impl Scene {
    fn new() -> Self {
        let root = root("Test root");
        let middle = below(&root, params("Test middle", true));
        let keys = [0; 3].map(|_| KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
        let says = Says {
            level: 1,
            challenge: challenge(&[1; 16], Id([2; 16]), Id([3; 16])).to_vec(),
            origin: 0,
            locked: 255,
            boot: 0,
            package: PACKAGE,
        };
        let trusted = trusted(&root);
        Self { root, middle, keys, says, trusted }
    }

    fn leaf(&self, key: &KeyPair, says: &Says) -> Vec<u8> {
        let mut p = params("Android Keystore Key", false);
        let oid: Vec<u64> = android::EXTENSION.split('.').map(|n| n.parse().unwrap()).collect();
        p.custom_extensions.push(CustomExtension::from_oid_content(&oid, says.extension()));
        p.signed_by(key, &self.middle.issuer).unwrap().der().to_vec()
    }

    fn chains(&self, says: &Says) -> [Vec<Vec<u8>>; 3] {
        self.keys.each_ref().map(|key| vec![self.leaf(key, says), self.middle.der.clone(), self.root.der.clone()])
    }

    fn application(&self, attestation: Option<Attestation>, claimed: KeyProtection) -> Application {
        let [log_key, show_key, officer_key] =
            self.keys.each_ref().map(|k| PublicKey::p256_from_sec1(k.public_key_raw()).unwrap());
        Application {
            code: [1; 16],
            log: Id([3; 16]),
            device: Id([2; 16]),
            log_key,
            show_key,
            officer_key,
            key_protection: claimed,
            recipient: [5; 32],
            model: "测试机".into(),
            succeeds: None,
            attestation: attestation.map(|a| a.encode().unwrap()),
        }
    }

    fn android(&self, chains: [Vec<Vec<u8>>; 3]) -> std::result::Result<KeyProtection, Fault> {
        self.trusted.judge(&self.application(Some(Attestation::Android { chains }), KeyProtection::Tee), NOW)
    }

    fn said(&self, change: impl FnOnce(&mut Says)) -> std::result::Result<KeyProtection, Fault> {
        let mut says = self.says.clone();
        change(&mut says);
        self.android(self.chains(&says))
    }
}

fn trusted(root: &Authority) -> Trusted {
    Trusted { roots: vec![Read::from_der(&root.der).unwrap()], android_app: PACKAGE.into(), ios_app: APP.into() }
}

#[test]
fn p3_p10_an_android_chain_proves_where_the_keys_live() {
    let s = Scene::new();
    assert_eq!(s.android(s.chains(&s.says)), Ok(KeyProtection::Tee));
    let without_root = s.chains(&s.says).map(|mut c| {
        c.pop();
        c
    });
    assert_eq!(s.android(without_root), Ok(KeyProtection::Tee), "the root may be left out");
    let strong = Says { level: 2, ..s.says.clone() };
    let chains = Attestation::Android { chains: s.chains(&strong) };
    let judge = |claimed| s.trusted.judge(&s.application(Some(chains.clone()), claimed), NOW);
    assert_eq!(judge(KeyProtection::Strongbox), Ok(KeyProtection::Strongbox));
    assert_eq!(judge(KeyProtection::Tee), Ok(KeyProtection::Tee), "taken at its word where that is less");
    assert_eq!(judge(KeyProtection::SecureEnclave), Err(Fault::Level));
    // The weakest key counts.
    let [log, show, _] = s.chains(&strong);
    let [.., officer] = s.chains(&s.says);
    let mixed = Attestation::Android { chains: [log, show, officer] };
    assert_eq!(s.trusted.judge(&s.application(Some(mixed), KeyProtection::Strongbox), NOW), Err(Fault::Level));
}

#[test]
fn p3_p10_what_android_says_otherwise_is_only_claimed_by_name() {
    let s = Scene::new();
    assert_eq!(s.said(|says| says.challenge[0] ^= 1), Err(Fault::Challenge));
    assert_eq!(s.said(|says| says.challenge.clear()), Err(Fault::Challenge));
    assert_eq!(s.said(|says| says.level = 0), Err(Fault::SoftwareLevel));
    assert_eq!(s.said(|says| says.origin = 2), Err(Fault::Imported));
    assert_eq!(s.said(|says| says.locked = 0), Err(Fault::Boot));
    assert_eq!(s.said(|says| says.boot = 2), Err(Fault::Boot));
    assert_eq!(s.said(|says| says.package = "cn.other.app"), Err(Fault::App));
    assert_eq!(s.trusted.judge(&s.application(None, KeyProtection::Tee), NOW), Err(Fault::None));
    let whole = Attestation::Android { chains: s.chains(&s.says) };
    assert_eq!(Trusted::default().judge(&s.application(Some(whole.clone()), KeyProtection::Tee), NOW), Err(Fault::NoRoots));
    // Made for another code, device or log.
    let a = s.application(Some(whole), KeyProtection::Tee);
    for other in [
        Application { code: [9; 16], ..a.clone() },
        Application { device: Id([9; 16]), ..a.clone() },
        Application { log: Id([9; 16]), ..a.clone() },
    ] {
        assert_eq!(s.trusted.judge(&other, NOW), Err(Fault::Challenge));
    }
    // About other keys, or in another order.
    let [log, show, officer] = s.chains(&s.says);
    assert_eq!(s.android([show, log, officer]), Err(Fault::WrongKey));
}

#[test]
fn p3_p10_a_chain_that_does_not_hold_is_only_claimed_by_name() {
    let s = Scene::new();
    let good = s.chains(&s.says);
    let changed = |f: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut chains = good.clone();
        f(&mut chains[1]);
        s.android(chains)
    };
    assert_eq!(changed(&|c| c.clear()), Err(Fault::Malformed));
    assert_eq!(changed(&|c| c[0].truncate(100)), Err(Fault::Malformed));
    assert_eq!(changed(&|c| c[0].push(0)), Err(Fault::Malformed));
    assert_eq!(changed(&|c| *c.last_mut().unwrap() = root("Test root").der), Err(Fault::Chain), "another root of the same name");
    assert_eq!(changed(&|c| _ = c.remove(1)), Err(Fault::Chain));
    assert_eq!(changed(&|c| c.resize(20, c[1].clone())), Err(Fault::Malformed));
    // Every bit of the key's certificate is under a signature, or it is no certificate any more.
    for at in (0..good[0][0].len()).step_by(3) {
        let mut chains = good.clone();
        chains[0][0][at] ^= 1;
        assert!(s.android(chains).is_err(), "byte {at}");
    }
    // Another maker's root.
    let other = Scene { trusted: trusted(&root("Other root")), ..Scene::new() };
    assert_eq!(other.android(other.chains(&other.says)), Err(Fault::UnknownRoot));
    // Expired, and not valid yet.
    let at = |now| s.trusted.judge(&s.application(Some(Attestation::Android { chains: good.clone() }), KeyProtection::Tee), now);
    assert_eq!(at(NOW + 400 * 86_400_000), Err(Fault::Expired));
    assert_eq!(at(NOW - 400 * 86_400_000), Err(Fault::Expired));
    // A middle that may not issue.
    let mut weak = Scene::new();
    weak.middle = below(&weak.root, params("Test middle", false));
    assert_eq!(weak.android(weak.chains(&weak.says)), Err(Fault::Chain));
    // An attested key, even one that may issue, attests no others: the extension counts in the first certificate only.
    let mut forged = Scene::new();
    let mut p = params("Android Keystore Key", true);
    let oid: Vec<u64> = android::EXTENSION.split('.').map(|n| n.parse().unwrap()).collect();
    p.custom_extensions.push(CustomExtension::from_oid_content(&oid, forged.says.extension()));
    forged.middle = below(&forged.root, p);
    assert_eq!(forged.android(forged.chains(&forged.says)), Err(Fault::Chain));
}

/// What Apple makes for a key of the app.
struct Apple {
    statement: [u8; 32],
    app: &'static str,
    counter: u8,
    aaguid: [u8; 16],
    key_id: Option<Vec<u8>>,
    nonce: Option<[u8; 32]>,
}

fn apple(s: &Scene, change: impl FnOnce(&mut Apple)) -> std::result::Result<KeyProtection, Fault> {
    let a = s.application(None, KeyProtection::SecureEnclave);
    let bound = bound_keys(&challenge(&a.code, a.device, a.log), [&a.log_key, &a.show_key, &a.officer_key]).unwrap();
    let mut said =
        Apple { statement: bound, app: APP, counter: 0, aaguid: *b"appattest\0\0\0\0\0\0\0", key_id: None, nonce: None };
    change(&mut said);
    let app_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let id = sha256(app_key.public_key_raw()).to_vec();
    let named = said.key_id.clone().unwrap_or_else(|| id.clone());
    let data =
        [&sha256(said.app.as_bytes())[..], &[0x40], &[0, 0, 0, said.counter], &said.aaguid, &[0, named.len() as u8], &named]
            .concat();
    let nonce = said.nonce.unwrap_or_else(|| sha256_parts(&[&data, &said.statement]));
    let mut p = params("App key", false);
    let extension = sequence(&[tlv(&[0xa1], &tlv(&[4], &nonce))]);
    p.custom_extensions.push(CustomExtension::from_oid_content(&[1, 2, 840, 113_635, 100, 8, 2], extension));
    let leaf = p.signed_by(&app_key, &s.middle.issuer).unwrap().der().to_vec();
    let x5c = Value::Array(vec![leaf.into(), s.middle.der.clone().into()]);
    let statement = MapBuilder::new().with("x5c", x5c).with("receipt", vec![1, 2, 3]).build();
    let object = MapBuilder::new().with("fmt", "apple-appattest").with("attStmt", statement).with("authData", data).build();
    let attestation = Attestation::Apple { key: id, object: cbor::encode(&object).unwrap() };
    s.trusted.judge(&Application { attestation: Some(attestation.encode().unwrap()), ..a }, NOW)
}

#[test]
fn p3_p10_app_attest_proves_the_app_and_binds_the_three_keys() {
    let s = Scene::new();
    assert_eq!(apple(&s, |_| {}), Ok(KeyProtection::SecureEnclave));
    assert_eq!(apple(&s, |a| a.aaguid = *b"appattestdevelop"), Ok(KeyProtection::SecureEnclave));
    assert_eq!(apple(&s, |a| a.statement[0] ^= 1), Err(Fault::Challenge));
    assert_eq!(apple(&s, |a| a.nonce = Some([0; 32])), Err(Fault::Challenge));
    assert_eq!(apple(&s, |a| a.app = "ABCDE12345.cn.other"), Err(Fault::App));
    assert_eq!(apple(&s, |a| a.counter = 1), Err(Fault::Counter));
    assert_eq!(apple(&s, |a| a.aaguid = [0; 16]), Err(Fault::Malformed));
    assert_eq!(apple(&s, |a| a.key_id = Some(vec![9; 32])), Err(Fault::WrongKey));
    let other = Scene { trusted: trusted(&root("Other root")), ..Scene::new() };
    assert_eq!(apple(&other, |_| {}), Err(Fault::UnknownRoot));
    let unset = Scene { trusted: Trusted { ios_app: String::new(), ..trusted(&s.root) }, ..s };
    assert_eq!(apple(&unset, |_| {}), Err(Fault::App), "no app was named in the settings");
}
