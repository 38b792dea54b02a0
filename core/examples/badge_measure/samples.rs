//! Badges, assignments and checkpoints with the shortest, usual and longest values, as real frames of a phone with P-256 keys.

use mingzheng_core::badge::{Assignment, AssignmentKind, Badge, Frame, Officer, Show, enterprise_digest};
use mingzheng_core::clock::{AnchorRef, Clocks, Reading};
use mingzheng_core::id::{Id, digest16};
use mingzheng_core::log::{CaseHead, Checkpoint};
use mingzheng_core::sign::{self, PublicKey, RawSignature, SignError, Signer, SoftwareKey};

/// A host of usual length.
pub(crate) const HOST: &str = "zf.wsjkw.example.gov.cn";

/// A device's key: ECDSA P-256 as phones have it, in software.
pub(crate) struct Device(p256::ecdsa::SigningKey);

impl Device {
    pub(crate) fn new() -> Self {
        Self(p256::ecdsa::SigningKey::from_slice(&[31; 32]).unwrap())
    }
}

impl Signer for Device {
    fn public_key(&self) -> PublicKey {
        PublicKey::p256_from_sec1(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError> {
        use p256::ecdsa::signature::Signer as _;
        let s: p256::ecdsa::Signature = self.0.sign(message);
        Ok(RawSignature::Fixed(s.to_bytes().to_vec()))
    }
}

/// How long the values are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Shortest,
    Usual,
    Longest,
}

impl Length {
    pub(crate) const ALL: [Self; 3] = [Self::Shortest, Self::Usual, Self::Longest];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Shortest => "shortest",
            Self::Usual => "usual",
            Self::Longest => "longest",
        }
    }

    /// 姓名、单位、职务、证件编号、执法类别、执法区域.
    fn texts(self) -> [&'static str; 6] {
        match self {
            Self::Shortest => ["王力", "某县卫健局", "科员", "51082200123", "卫生", "某县"],
            Self::Usual => ["王建国", "青川县卫生健康综合行政执法大队", "二级主办", "51082200123", "卫生健康", "青川县行政区域"],
            Self::Longest => [
                "阿卜杜热合曼·买买提",
                "克孜勒苏州卫生健康综合行政执法支队",
                "四级调研员",
                "65300000123456789",
                "卫生健康",
                "克孜勒苏柯尔克孜自治州",
            ],
        }
    }

    /// Cases that are open on the phone when the party takes its checkpoint.
    fn cases(self) -> u8 {
        match self {
            Self::Shortest => 0,
            Self::Usual => 1,
            Self::Longest => 2,
        }
    }
}

/// Values that are longer still.
pub(crate) const TOO_LONG: [&str; 6] = [
    "阿卜杜热合曼·买买提",
    "克孜勒苏柯尔克孜自治州卫生健康综合行政执法支队",
    "四级调研员兼大队长",
    "65300000123456789",
    "卫生健康、疾病预防控制",
    "克孜勒苏柯尔克孜自治州",
];

pub(crate) fn office() -> SoftwareKey {
    SoftwareKey::from_seed([2; 32])
}

pub(crate) fn badge_of(texts: [&str; 6], photo: bool) -> Badge {
    let [name, unit, position, number, category, area] = texts.map(str::to_owned);
    Badge {
        officer: Officer { name, unit, position, number, category, area, until: 2028_06_30 },
        photo: photo.then_some([7; 16]),
        status: 1234,
        issued: 1_795_000_000,
        expires: 1_795_604_800,
        show_key: Device::new().public_key(),
    }
}

pub(crate) fn badge(length: Length) -> Badge {
    badge_of(length.texts(), length != Length::Shortest)
}

pub(crate) fn assignment(length: Length) -> Assignment {
    let [_, unit, .., number, _, _] = length.texts();
    let officers = if length == Length::Longest { 4 } else { 2 };
    Assignment {
        task: Id([3; 16]),
        enterprise: enterprise_digest("91510822MA6ABCDE0X"),
        day: 2026_11_18,
        officers: (0..officers).map(|i| format!("{}{i}", &number[..number.len() - 1])).collect(),
        number: 1,
        cap: 2,
        kind: AssignmentKind::Routine,
        organ: unit.to_owned(),
        issued: 1_795_000_000,
    }
}

pub(crate) fn checkpoint(cases: u8) -> Checkpoint {
    Checkpoint {
        log: Id([3; 16]),
        cp_no: 12_345,
        previous: Some([7; 32]),
        size: 123_456,
        root: [9; 32],
        cases: (0..cases).map(|i| CaseHead { case: Id([i; 16]), length: 300, head: [i; 32] }).collect(),
        clocks: Clocks {
            reading: Reading { wall_ms: 1_795_000_000_000, zone_min: 480, mono_ms: 86_400_000, boot: vec![0xb0; 16] },
            anchor: Some(AnchorRef { digest: [0xaa; 32], since_ms: 3_600_000 }),
        },
        receipt: Some([0xee; 32]),
        enrolment: [0x11; 32],
    }
}

/// A presentation as the phone signs it every few seconds.
pub(crate) fn show(badge: &[u8], assignment: Option<&[u8]>, challenge: bool, signer: &dyn Signer) -> Vec<u8> {
    let show = Show {
        badge: digest16(badge),
        at: 1_795_000_060,
        challenge: challenge.then_some([0x5a; 8]),
        assignment: assignment.map(digest16),
    };
    let prepared = show.prepare(&signer.public_key()).unwrap();
    let signature = signer.sign(&prepared.message().unwrap()).unwrap();
    prepared.finish(&signature).unwrap()
}

/// Frame 1, 2 or 3; but for the shortest, every presentation answers a challenge and names an assignment.
pub(crate) fn frame(kind: u8, length: Length) -> Frame {
    let badge = badge(length).issue(&office()).unwrap();
    let assignment = assignment(length).issue(&office()).unwrap();
    let (full, device) = (length != Length::Shortest, Device::new());
    match kind {
        1 => Frame::Badge { show: show(&badge, full.then_some(&assignment), full, &device), badge },
        2 => Frame::Assignment { show: show(&badge, Some(&assignment), full, &device), assignment },
        _ => frame_3(length.cases()),
    }
}

/// Frame 3 of a phone with so many open cases.
pub(crate) fn frame_3(cases: u8) -> Frame {
    Frame::Checkpoint { checkpoint: sign::sign(Checkpoint::TYP, &Device::new(), checkpoint(cases).encode().unwrap()).unwrap() }
}
