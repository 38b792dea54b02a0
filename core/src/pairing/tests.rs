#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fail by panic

use super::*;
use crate::badge::Officer;
use crate::enrolment::Role as PersonRole;
use crate::host::KeyProtection;
use crate::sign::{Signer, SoftwareKey};
use crate::trust::{Use, fixture};

const NOW: i64 = 1_795_000_100_000;
const TASK: Id = Id([0x7a; 16]);

/// A device's P-256 key, as phones have them.
struct Hardware(p256::ecdsa::SigningKey);
impl Hardware {
    fn new(seed: u8) -> Self {
        Self(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }
}
impl Signer for Hardware {
    fn public_key(&self) -> PublicKey {
        PublicKey::p256_from_sec1(&self.0.verifying_key().to_sec1_point(false).to_bytes()).unwrap()
    }
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError> {
        use p256::ecdsa::signature::Signer as _;
        let s: p256::ecdsa::Signature = self.0.sign(message);
        Ok(RawSignature::Der(s.to_der().as_bytes().to_vec()))
    }
}

fn trust() -> TrustList {
    fixture::list(&[(SoftwareKey::from_seed([2; 32]).public_key(), Use::Badge)], fixture::FOREVER)
}

struct Phone {
    key: Hardware,
    own: Own,
    person: Id,
    enrolment: Vec<u8>,
}

fn phone_by(office: u8, seed: u8, number: &str, person: u8, until: u32) -> Phone {
    let (office, key) = (SoftwareKey::from_seed([office; 32]), Hardware::new(seed));
    let badge = Badge {
        officer: Officer {
            name: "王建国".into(),
            unit: "青川县卫生健康局".into(),
            position: "二级主办".into(),
            number: number.into(),
            category: "卫生健康".into(),
            area: "青川县".into(),
            until,
        },
        photo: Some([7; 16]),
        status: 7,
        issued: NOW / 1000 - 100,
        expires: NOW / 1000 + 7 * 86_400,
        show_key: key.public_key(),
    };
    let enrolment = Enrolment {
        enrolment: Id([seed; 16]),
        device: Id([seed; 16]),
        log: Id([seed; 16]),
        person: Id([person; 16]),
        name: badge.officer.name.clone(),
        role: PersonRole::Officer,
        log_key: Hardware::new(seed + 100).public_key(),
        show_key: key.public_key(),
        officer_key: Hardware::new(seed + 101).public_key(),
        recipient: [9; 32],
        key_protection: KeyProtection::Software,
        attested: false,
        at: 1,
        succeeds: None,
    }
    .issue(&office)
    .unwrap();
    let own = Own {
        badge: badge.issue(&office).unwrap(),
        number: number.into(),
        show_key: key.public_key(),
        enrolment: sha256(&enrolment),
        task: TASK,
    };
    Phone { key, own, person: Id([person; 16]), enrolment }
}

fn phone(seed: u8) -> Phone {
    phone_by(2, seed, &format!("510822{seed:05}"), seed, 20_280_630)
}

fn answering(a: &Phone, b: &Phone) -> Result<Answering, PairingError> {
    let offer = Offer::new(a.own.clone(), [0xa1; 32]).message()?;
    Answering::read(&offer, &b.own, [0xb1; 32], &trust(), NOW)
}

/// Error of a step that must fail.
fn refused<T>(step: Result<T, PairingError>) -> PairingError {
    step.err().expect("must be refused")
}

fn pair(a: &Phone, b: &Phone) -> (Paired, Paired) {
    let offer = Offer::new(a.own.clone(), [0xa1; 32]);
    let qr1 = to_text(&offer.message().unwrap());
    let answering = Answering::read(&from_text(&qr1).unwrap(), &b.own, [0xb1; 32], &trust(), NOW).unwrap();
    let signature = b.key.sign(&answering.to_sign().unwrap()).unwrap();
    let (qr2, waiting) = answering.finish(&signature).unwrap();
    let confirming = offer.read_answer(&from_text(&to_text(&qr2)).unwrap(), &trust(), NOW).unwrap();
    let signature = a.key.sign(&confirming.to_sign().unwrap()).unwrap();
    let (qr3, paired) = confirming.finish(&signature).unwrap();
    for (qr, most) in [(qr1.len(), 1_250), (to_text(&qr2).len(), 1_450), (to_text(&qr3).len(), 350)] {
        assert!(qr <= most, "a QR of {qr} characters");
    }
    let Ok(other) = waiting.read_confirm(&from_text(&to_text(&qr3)).unwrap()) else { panic!("must be confirmed") };
    (paired, other)
}

#[test]
fn p10_two_officers_pair_and_talk() {
    let (a, b) = (phone(5), phone(6));
    let (mut at_a, mut at_b) = pair(&a, &b);
    assert_eq!(at_a.transcript, at_b.transcript);
    assert_eq!(
        (at_a.peer.badge.officer.number.as_str(), at_b.peer.badge.officer.number.as_str()),
        ("51082200006", "51082200005")
    );
    assert!(!at_a.peer.stale && !at_b.peer.stale);
    for text in ["你好", ""] {
        let m = at_a.channel.seal_message(text.as_bytes()).unwrap();
        assert_eq!(at_b.channel.open_message(&m).unwrap(), text.as_bytes());
        let m = at_b.channel.seal_message(text.as_bytes()).unwrap();
        assert_eq!(at_a.channel.open_message(&m).unwrap(), text.as_bytes());
    }
    let e = at_a.peer.enrolled(&b.enrolment, &trust(), a.person).unwrap();
    assert_eq!((e.log, e.show_key), (Id([6; 16]), b.own.show_key));
    assert_eq!(at_a.peer.enrolled(&a.enrolment, &trust(), a.person), Err(PairingError::OtherEnrolment));
}

#[test]
fn j1_the_second_officer_is_not_the_first_one_again() {
    let a = phone(5);
    // The own offer in a mirror, or a cloned phone.
    assert_eq!(refused(answering(&a, &a)), PairingError::SameEnrolment);
    // Two phones of one certificate.
    let twin = phone_by(2, 6, &a.own.number, 5, 20_280_630);
    assert_eq!(refused(answering(&a, &twin)), PairingError::SamePerson);
    // The same SHOW key under another number, or another key under the same enrolment.
    let renamed = phone_by(2, 5, "other", 9, 20_280_630);
    assert_eq!(refused(answering(&a, &renamed)), PairingError::SameEnrolment);
    let mut reused = phone(6);
    reused.own.enrolment = a.own.enrolment;
    assert_eq!(refused(answering(&a, &reused)), PairingError::SameEnrolment);
    // Two certificates, but the office knows one person.
    let second = phone_by(2, 6, "second certificate", 5, 20_280_630);
    let (at_a, _) = pair(&a, &second);
    assert_eq!(at_a.peer.enrolled(&second.enrolment, &trust(), a.person), Err(PairingError::SamePerson));
}

#[test]
fn strangers_expired_certificates_and_other_tasks_are_refused() {
    let b = phone(6);
    assert!(matches!(refused(answering(&phone_by(3, 5, "x", 5, 20_280_630), &b)), PairingError::Badge(BadgeError::Trust(_))));
    assert_eq!(refused(answering(&phone_by(2, 5, "x", 5, 20_261_117), &b)), PairingError::CertificateExpired(20_261_117));
    let mut other = phone(5);
    other.own.task = Id([1; 16]);
    assert_eq!(refused(answering(&other, &b)), PairingError::OtherTask);
    // Not renewed for long: pairs, and says so.
    let offer = Offer::new(phone(5).own, [1; 32]).message().unwrap();
    let late = Answering::read(&offer, &b.own, [2; 32], &trust(), NOW + 8 * 86_400_000).unwrap();
    assert!(late.claimed_peer().stale);
    // The answering side is checked in the same way.
    let (a, b) = (phone(5), phone_by(2, 6, "x", 6, 20_261_130));
    let offer = Offer::new(a.own.clone(), [0xa1; 32]);
    let answering = answering(&a, &b).unwrap();
    let s = b.key.sign(&answering.to_sign().unwrap()).unwrap();
    let (answer, _) = answering.finish(&s).unwrap();
    let later = NOW + 20 * 86_400_000;
    assert_eq!(refused(offer.read_answer(&answer, &trust(), later)), PairingError::CertificateExpired(20_261_130));
    assert!(offer.read_answer(&answer, &trust(), NOW).is_ok(), "scanning again is no harm");
}

#[test]
fn every_changed_byte_and_every_mixed_step_is_refused() {
    let (a, b) = (phone(5), phone(6));
    let offer = Offer::new(a.own.clone(), [0xa1; 32]);
    let qr1 = offer.message().unwrap();
    let answer_to = |qr1: &[u8]| {
        let answering = Answering::read(qr1, &b.own, [0xb1; 32], &trust(), NOW)?;
        let s = b.key.sign(&answering.to_sign()?)?;
        answering.finish(&s)
    };
    let (qr2, mut waiting) = answer_to(&qr1).unwrap();
    let confirming = offer.read_answer(&qr2, &trust(), NOW).unwrap();
    let s = a.key.sign(&confirming.to_sign().unwrap()).unwrap();
    let (qr3, _) = confirming.finish(&s).unwrap();

    // What a man in the middle changes in the offer is found by the first phone, if not by the second.
    for at in 0..qr1.len() {
        let mut bad = qr1.clone();
        bad[at] ^= 1;
        if let Ok((answer, _)) = answer_to(&bad) {
            assert!(offer.read_answer(&answer, &trust(), NOW).is_err(), "byte {at} of the offer");
        }
    }
    for at in 0..qr2.len() {
        let mut bad = qr2.clone();
        bad[at] ^= 1;
        assert!(offer.read_answer(&bad, &trust(), NOW).is_err(), "byte {at} of the answer");
    }
    for at in 0..qr3.len() {
        let mut bad = qr3.clone();
        bad[at] ^= 1;
        let Err((_, again)) = waiting.read_confirm(&bad) else { panic!("byte {at} of the confirmation") };
        waiting = *again;
    }

    // The answer's own signature sent back as confirmation: another role.
    let own_signature = Answer::decode(&qr2).unwrap().signature;
    let reflected = Confirm { signature: own_signature }.encode().unwrap();
    let Err((e, again)) = waiting.read_confirm(&reflected) else { panic!("reflected") };
    assert!(matches!(e, PairingError::Sign(_)));
    // Codes of another step, of another pairing, of no pairing.
    let Err((e, again)) = again.read_confirm(&qr1) else { panic!("other step") };
    assert_eq!(e, PairingError::OtherStep);
    assert_eq!(refused(offer.read_answer(&qr1, &trust(), NOW)), PairingError::OtherStep);
    let other = Offer::new(a.own.clone(), [0xa2; 32]);
    assert_eq!(refused(other.read_answer(&qr2, &trust(), NOW)), PairingError::Sign(SignError::BadSignature));
    assert_eq!(from_text("https://example.gov.cn/b#123"), Err(PairingError::Unreadable));
    let cut = to_text(&qr1);
    assert_eq!(from_text(&cut[..cut.len() - 1]), Err(PairingError::Unreadable));
    assert!(again.read_confirm(&qr3).is_ok(), "the right code still works");
}

#[test]
fn weak_ephemeral_keys_are_refused() {
    let (a, b) = (phone(5), phone(6));
    let offer = |ephemeral| {
        message::Offer { task: TASK, ephemeral, enrolment: a.own.enrolment, badge: a.own.badge.clone() }.encode().unwrap()
    };
    let mut one = [0; 32];
    one[0] = 1;
    for weak in [[0; 32], one] {
        assert_eq!(refused(Answering::read(&offer(weak), &b.own, [3; 32], &trust(), NOW)), PairingError::WeakKey);
    }
}

#[test]
fn the_channel_counts() {
    let (mut a, mut b) = pair(&phone(5), &phone(6));
    let m: Vec<_> = (0..3_u8).map(|i| a.channel.seal_message(&[i; 50]).unwrap()).collect();
    assert_eq!(b.channel.open_message(&m[1]), Err(ChannelError::Missing { expected: 0 }));
    assert_eq!(b.channel.open_message(&m[0]), Ok(vec![0; 50]));
    assert_eq!(b.channel.open_message(&m[0]), Err(ChannelError::Replayed));
    for at in 0..m[1].len() {
        let mut bad = m[1].clone();
        bad[at] ^= 1;
        assert_eq!(b.channel.open_message(&bad), Err(ChannelError::Forged), "byte {at}");
        assert_eq!(b.channel.open_message(&m[1][..at]), Err(ChannelError::Forged), "cut at {at}");
    }
    assert_eq!(a.channel.open_message(&m[0]), Err(ChannelError::Forged), "a message thrown back");
    assert_eq!(b.channel.open_message(&m[1]), Ok(vec![1; 50]));
    assert_eq!(b.channel.open_message(&m[2]), Ok(vec![2; 50]));
    // Another pairing of the same two phones has other keys.
    let offer = Offer::new(phone(5).own, [0xa2; 32]);
    let other = Answering::read(&offer.message().unwrap(), &phone(6).own, [0xb1; 32], &trust(), NOW).unwrap();
    assert_eq!({ other.waiting.paired.channel }.open_message(&m[0]), Err(ChannelError::Forged));
    assert_eq!(a.channel.seal_message(&vec![0; MAX_MESSAGE + 1]), Err(ChannelError::TooLong));
    let longest = a.channel.seal_message(&vec![0; MAX_MESSAGE]).unwrap();
    assert_eq!(b.channel.open_message(&longest).unwrap().len(), MAX_MESSAGE);
}
