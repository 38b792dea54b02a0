//! Android key attestation: the extension 1.3.6.1.4.1.11129.2.1.17 of the key's certificate (developer.android.com, Key attestation, `KeyDescription`).

use super::Fault;
use super::der::{self, BOOLEAN, ENUMERATED, INTEGER, OCTETS, SEQUENCE, SET, Tag};
use mingzheng_core::host::KeyProtection;

pub(super) const EXTENSION: &str = "1.3.6.1.4.1.11129.2.1.17";
const ORIGIN: u32 = 702;
const ROOT_OF_TRUST: u32 = 704;
const APPLICATION: u32 = 709;

/// What the extension says of one key.
pub(super) struct Description {
    pub(super) level: KeyProtection,
    pub(super) challenge: Vec<u8>,
    /// Made inside, not brought in.
    generated: bool,
    /// The system started as its maker signed it, and the bootloader is locked.
    booted_well: bool,
    packages: Vec<Vec<u8>>,
}

impl Description {
    pub(super) fn read(extension: &[u8]) -> Result<Self, Fault> {
        Self::parse(extension).ok_or(Fault::Malformed)
    }

    fn parse(extension: &[u8]) -> Option<Self> {
        let mut f = der::only(extension, SEQUENCE)?;
        der::expect(&mut f, INTEGER)?;
        let attested = der::number(der::expect(&mut f, ENUMERATED)?)?;
        der::expect(&mut f, INTEGER)?;
        let kept = der::number(der::expect(&mut f, ENUMERATED)?)?;
        let challenge = der::expect(&mut f, OCTETS)?.to_vec();
        der::expect(&mut f, OCTETS)?;
        let (software, hardware) = (der::expect(&mut f, SEQUENCE)?, der::expect(&mut f, SEQUENCE)?);
        let level = match attested.min(kept) {
            0 => KeyProtection::Software,
            1 => KeyProtection::Tee,
            2 => KeyProtection::Strongbox,
            _ => return None,
        };
        let generated = match field(hardware, ORIGIN)? {
            Some(origin) => der::number(der::only(origin, INTEGER)?)? == 0,
            None => false,
        };
        let booted_well = match field(hardware, ROOT_OF_TRUST)? {
            Some(root) => {
                let mut r = der::only(root, SEQUENCE)?;
                der::expect(&mut r, OCTETS)?;
                let locked = der::expect(&mut r, BOOLEAN)?.first().is_some_and(|b| *b != 0);
                locked && der::number(der::expect(&mut r, ENUMERATED)?)? == 0
            }
            None => false,
        };
        let packages = match field(software, APPLICATION)? {
            Some(id) => packages(der::only(id, OCTETS)?)?,
            None => Vec::new(),
        };
        Some(Self { level, challenge, generated, booted_well, packages })
    }

    /// Whether it speaks for a key of this app, made in hardware by a system that nobody changed.
    pub(super) fn check(&self, challenge: &[u8; 32], app: &str) -> Result<KeyProtection, Fault> {
        if self.challenge != challenge {
            return Err(Fault::Challenge);
        }
        if self.level == KeyProtection::Software {
            return Err(Fault::SoftwareLevel);
        }
        if !self.generated {
            return Err(Fault::Imported);
        }
        if !self.booted_well {
            return Err(Fault::Boot);
        }
        if !app.is_empty() && !self.packages.iter().any(|p| p == app.as_bytes()) {
            return Err(Fault::App);
        }
        Ok(self.level)
    }
}

/// The content of `[n] EXPLICIT` in an authorization list; the outer `None` is malformed.
#[allow(clippy::option_option)] // malformed, absent, there
fn field(list: &[u8], n: u32) -> Option<Option<&[u8]>> {
    let mut rest = list;
    while !rest.is_empty() {
        let e = der::next(&mut rest)?;
        if e.tag == Tag(2, n) {
            return Some(Some(e.content));
        }
    }
    Some(None)
}

/// `AttestationApplicationId`: names of the packages that may use the key.
fn packages(id: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut f = der::only(id, SEQUENCE)?;
    let mut set = der::expect(&mut f, SET)?;
    let mut names = Vec::new();
    while !set.is_empty() {
        let mut package = der::expect(&mut set, SEQUENCE)?;
        names.push(der::expect(&mut package, OCTETS)?.to_vec());
    }
    Some(names)
}
