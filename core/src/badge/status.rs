//! The status list (draft-ietf-oauth-status-list, CWT form): which certificates the office has suspended or cancelled since it issued
//! their credentials (P7, R02). Small enough to be sent whole: 10,000 officers are some 300 bytes.

use super::BadgeError;
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::sign::{self, Signer};
use crate::trust::{TrustList, Use};
use flate2::Compression;
use flate2::bufread::ZlibDecoder;
use flate2::read::ZlibEncoder;
use std::io::Read as _;

/// The `typ` of a status list token.
pub const TYP: &str = "application/statuslist+cwt";
/// Largest list after inflating: four million certificates. A small file must not fill the memory.
pub const MAX_INFLATED: usize = 1 << 20;
/// Bits of one status in the lists that this product makes.
const BITS: u8 = 2;

const SUBJECT: i64 = 2;
const EXPIRES: i64 = 4;
const ISSUED: i64 = 6;
const TTL: i64 = 65_534;
const STATUS_LIST: i64 = 65_533;

/// What the office says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateStatus {
    /// 有效.
    Valid,
    /// 注销 (cancelled for good).
    Cancelled,
    /// 暂扣 (suspended).
    Suspended,
    /// 待年检: the annual check was missed (the draft's application-specific value).
    CheckMissed,
    /// A value that this version does not know.
    Other(u8),
}
impl CertificateStatus {
    /// Its number in the list (§7.1 of the draft).
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Cancelled => 1,
            Self::Suspended => 2,
            Self::CheckMissed => 3,
            Self::Other(n) => n,
        }
    }
    fn from_number(n: u8) -> Self {
        match n {
            0 => Self::Valid,
            1 => Self::Cancelled,
            2 => Self::Suspended,
            3 => Self::CheckMissed,
            n => Self::Other(n),
        }
    }
}

/// The packed statuses, §4 of the draft: `bits` each, the first in the lowest bits of a byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses {
    bits: u8,
    bytes: Vec<u8>,
}

impl Statuses {
    /// Packs statuses of 1, 2, 4 or 8 bits.
    ///
    /// # Errors
    /// [`CborError::Type`] when the width is another one or a status does not fit it.
    pub fn pack(bits: u8, statuses: &[u8]) -> Result<Self, CborError> {
        let per_byte = per_byte(bits)?;
        let mask = u8::MAX >> (8 - bits);
        let bytes = statuses.chunks(per_byte).map(|chunk| {
            chunk
                .iter()
                .zip((0..8).step_by(bits.into()))
                .try_fold(0, |byte, (s, shift)| if *s > mask { Err(CborError::Type("status")) } else { Ok(byte | (s << shift)) })
        });
        Ok(Self { bits, bytes: bytes.collect::<Result<_, _>>()? })
    }

    /// The status at `index`; `None` beyond the list.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<u8> {
        let per_byte = 8 / u64::from(self.bits);
        let byte = self.bytes.get(usize::try_from(index / per_byte).ok()?)?;
        let shift = u8::try_from(index % per_byte).ok()? * self.bits;
        Some((byte >> shift) & (u8::MAX >> (8 - self.bits)))
    }

    fn to_value(&self) -> Result<Value, CborError> {
        let mut lst = Vec::new();
        let packed = ZlibEncoder::new(self.bytes.as_slice(), Compression::best()).read_to_end(&mut lst);
        packed.map_err(|_| CborError::Type("lst"))?;
        Ok(MapBuilder::new().with("bits", u64::from(self.bits)).with("lst", lst).build())
    }

    /// Reads the claim `status_list`; `aggregation_uri` is allowed and not used.
    ///
    /// # Errors
    /// [`CborError`] names what is malformed; a list that inflates beyond [`MAX_INFLATED`] is.
    pub fn from_value(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        let bits = u8::try_from(f.req("bits", "bits")?.uint("bits")?).map_err(|_| CborError::Type("bits"))?;
        per_byte(bits)?;
        let lst = f.req("lst", "lst")?.bytes("lst")?;
        f.opt("aggregation_uri").map(|u| u.text("aggregation_uri")).transpose()?;
        f.end()?;
        let mut bytes = Vec::new();
        let mut inflated = ZlibDecoder::new(lst.as_slice()).take(MAX_INFLATED as u64 + 1);
        let read = inflated.read_to_end(&mut bytes);
        let whole = inflated.into_inner().into_inner().is_empty();
        match read {
            Ok(n) if n <= MAX_INFLATED && whole => Ok(Self { bits, bytes }),
            _ => Err(CborError::Type("lst")),
        }
    }
}

fn per_byte(bits: u8) -> Result<usize, CborError> {
    if matches!(bits, 1 | 2 | 4 | 8) { Ok(usize::from(8 / bits)) } else { Err(CborError::Type("bits")) }
}

/// A verified status list token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    /// Where it is published.
    pub address: String,
    /// When the office made it, seconds: what it says is known as of then.
    pub issued: i64,
    /// When it must not be relied on any more, seconds.
    pub expires: i64,
    /// Seconds after which a newer one should be fetched.
    pub ttl: Option<u64>,
    statuses: Statuses,
}

impl StatusList {
    /// A list; the status of certificate `i` stands at index `i`.
    ///
    /// # Errors
    /// [`CborError::Type`] for a status that is not among the four.
    pub fn new(address: &str, issued: i64, expires: i64, ttl: u64, statuses: &[CertificateStatus]) -> Result<Self, CborError> {
        let numbers: Vec<u8> = statuses.iter().map(|s| s.number()).collect();
        Ok(Self { address: address.to_owned(), issued, expires, ttl: Some(ttl), statuses: Statuses::pack(BITS, &numbers)? })
    }

    /// Signs it with a key of use `status`.
    ///
    /// # Errors
    /// [`BadgeError::Sign`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, BadgeError> {
        let m = MapBuilder::new()
            .with(SUBJECT, self.address.as_str())
            .with(EXPIRES, self.expires)
            .with(ISSUED, self.issued)
            .with(STATUS_LIST, self.statuses.to_value()?)
            .maybe(TTL, self.ttl);
        Ok(sign::sign(TYP, signer, cbor::encode(&m.build())?)?)
    }

    /// Verifies a token against the trust list.
    ///
    /// # Errors
    /// [`BadgeError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, BadgeError> {
        let issued = |v: &Value| Ok(Fields::of(v.clone())?.req(ISSUED, "iat")?.int("iat")?.saturating_mul(1000));
        let mut f = Fields::of(trust.open_signed(bytes, TYP, Use::Status, issued)?.value)?;
        let list = Self {
            address: f.req(SUBJECT, "sub")?.text("sub")?,
            issued: f.req(ISSUED, "iat")?.int("iat")?,
            expires: f.req(EXPIRES, "exp")?.int("exp")?,
            ttl: f.opt(TTL).map(|t| t.uint("ttl")).transpose()?,
            statuses: Statuses::from_value(f.req(STATUS_LIST, "status_list")?)?,
        };
        f.end()?;
        Ok(list)
    }

    /// What the list says of the certificate at `index`; `None` when the list does not reach so far.
    #[must_use]
    pub fn status(&self, index: u64) -> Option<CertificateStatus> {
        self.statuses.get(index).map(CertificateStatus::from_number)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::sign::SoftwareKey;
    use crate::trust::fixture;
    use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
    use proptest::prelude::*;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn claim(bits: u64, lst: &[u8]) -> Value {
        MapBuilder::new().with("bits", bits).with("lst", lst).build()
    }

    /// The examples of §4.1 and §4.3 of the draft: packed bytes and compressed lists.
    #[test]
    fn the_examples_of_the_specification() {
        let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        let two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
        assert_eq!(Statuses::pack(1, &one).unwrap().bytes, hex("b9a3"));
        assert_eq!(Statuses::pack(2, &two).unwrap().bytes, hex("c944f9"));
        for (bits, statuses, lst) in [(1, &one[..], "eNrbuRgAAhcBXQ"), (2, &two[..], "eNo76fITAAPfAgc")] {
            let list = Statuses::from_value(claim(bits, &BASE64URL_NOPAD.decode(lst.as_bytes()).unwrap())).unwrap();
            let read: Vec<u8> = (0..statuses.len() as u64).map(|i| list.get(i).unwrap()).collect();
            assert_eq!(read, statuses);
            assert_eq!(list.get(statuses.len() as u64), None);
        }
        // The CBOR form of the draft is in another order of keys than this profile's: only the profile is read.
        assert_eq!(cbor::decode(&hex("a2646269747301636c73744a78dadbb918000217015d")), Err(CborError::Order));
        let profile = cbor::decode(&hex("a2636c73744a78dadbb918000217015d646269747301")).unwrap();
        assert_eq!(Statuses::from_value(profile).unwrap().bytes, hex("b9a3"));
    }

    #[test]
    fn a_bomb_and_strange_widths_are_refused() {
        let mut bomb = Vec::new();
        ZlibEncoder::new(std::io::repeat(0).take(64 << 20), Compression::best()).read_to_end(&mut bomb).unwrap();
        assert!(bomb.len() < 70_000, "a bomb is small: {}", bomb.len());
        assert_eq!(Statuses::from_value(claim(2, &bomb)), Err(CborError::Type("lst")));
        assert_eq!(Statuses::from_value(claim(2, b"not zlib")), Err(CborError::Type("lst")));
        let good = BASE64URL_NOPAD.decode(b"eNrbuRgAAhcBXQ").unwrap();
        assert_eq!(Statuses::from_value(claim(1, &[&good[..], &[0]].concat())), Err(CborError::Type("lst")), "a byte behind it");
        assert_eq!(Statuses::from_value(claim(1, &good[..good.len() - 1])), Err(CborError::Type("lst")), "no whole checksum");
        for bits in [0, 3, 16, 257] {
            let list = BASE64URL_NOPAD.decode(b"eNrbuRgAAhcBXQ").unwrap();
            assert_eq!(Statuses::from_value(claim(bits, &list)), Err(CborError::Type("bits")), "{bits}");
        }
        assert_eq!(Statuses::pack(2, &[4]), Err(CborError::Type("status")));
        assert_eq!(Statuses::pack(3, &[]), Err(CborError::Type("bits")));
    }

    fn trust(usage: Use, key: &SoftwareKey) -> TrustList {
        fixture::list(&[(key.public_key(), usage)], fixture::FOREVER)
    }

    /// R02: suspended and cancelled certificates are told apart; only a key of use `status` may say so.
    #[test]
    fn r02_a_signed_list_says_what_the_office_decided() {
        let key = SoftwareKey::from_seed([4; 32]);
        let said = [
            CertificateStatus::Valid,
            CertificateStatus::Suspended,
            CertificateStatus::Cancelled,
            CertificateStatus::CheckMissed,
        ];
        let list = StatusList::new("https://zf.example.gov.cn/status.cwt", 1_795_000_000, 1_795_600_000, 3600, &said).unwrap();
        let token = list.issue(&key).unwrap();
        let opened = StatusList::open(&token, &trust(Use::Status, &key)).unwrap();
        assert_eq!(opened, list);
        for (i, s) in said.iter().enumerate() {
            assert_eq!(opened.status(i as u64), Some(*s));
        }
        assert_eq!(opened.status(4), None);
        assert!(matches!(StatusList::open(&token, &trust(Use::Badge, &key)), Err(BadgeError::Trust(_))));
        for i in 0..token.len() {
            let mut damaged = token.clone();
            damaged[i] ^= 1;
            assert!(StatusList::open(&damaged, &trust(Use::Status, &key)).is_err(), "byte {i}");
        }
    }

    /// The measure that makes a whole list cheap to carry (some 330 bytes for 10,000 officers of whom 2 % are set).
    #[test]
    fn ten_thousand_officers_fit_a_packet() {
        let all: Vec<_> =
            (0..10_000).map(|i| if i % 50 == 7 { CertificateStatus::Suspended } else { CertificateStatus::Valid }).collect();
        let list = StatusList::new("https://zf.example.gov.cn/status.cwt", 1, 2, 3600, &all).unwrap();
        assert!(list.issue(&SoftwareKey::from_seed([4; 32])).unwrap().len() < 1_400);
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read(bits in prop::sample::select(vec![1_u8, 2, 4, 8]), raw in prop::collection::vec(any::<u8>(), 0..300)) {
            let statuses: Vec<u8> = raw.iter().map(|s| s & (u8::MAX >> (8 - bits))).collect();
            let packed = Statuses::pack(bits, &statuses).unwrap();
            let read = Statuses::from_value(packed.to_value().unwrap()).unwrap();
            for (i, s) in statuses.iter().enumerate() {
                prop_assert_eq!(read.get(i as u64), Some(*s));
            }
        }

        #[test]
        fn any_bytes_end_without_panic(bits in any::<u64>(), lst in any::<Vec<u8>>(), index in any::<u64>()) {
            if let Ok(s) = Statuses::from_value(claim(bits, &lst)) { prop_assert!(s.get(index).is_none_or(|n| u64::from(n) >> s.bits == 0)); }
        }
    }
}
