//! Errors of the façade: few, each answers "what does the caller do now?".

use crate::host::HostError;
use crate::mirror::Cross;
use mingzheng_core as core;

/// A rule of law that is not met, as a value: what is missing and the lawful way on.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Gate {
    /// The rule's name, for instance `J1`.
    pub rule: String,
    /// The legal basis.
    pub basis: String,
    /// What is missing, in Chinese.
    pub missing: String,
    /// The lawful way on, in Chinese.
    pub way_on: String,
    /// What is missing, in English.
    pub missing_en: String,
    /// The lawful way on, in English.
    pub way_on_en: String,
}

/// Why a call did nothing. No text holds personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PhoneError {
    /// Another call runs; ask again in a moment.
    #[error("busy")]
    Busy,
    /// The phone was closed; open it again.
    #[error("closed")]
    Closed,
    /// A key cannot be used now; unlock the device or confirm, then repeat.
    #[error("key not usable now")]
    Locked,
    /// A key is gone for good; work goes on unsigned, the office must enrol the device again.
    #[error("key gone")]
    KeyGone,
    /// Enrol first.
    #[error("not enrolled")]
    NotEnrolled,
    /// The law does not allow it yet; show the gates.
    #[error("blocked by {} rules", gates.len())]
    Blocked {
        /// Everything that is missing.
        gates: Vec<Gate>,
    },
    /// The caller gave something that cannot be; correct it.
    #[error("invalid: {what}")]
    Invalid {
        /// Which argument or step.
        what: String,
    },
    /// What was typed or scanned is not the eight digits of the party's page; try again.
    #[error("not the eight digits of a challenge")]
    NotAChallenge,
    /// There is no such thing.
    #[error("not found: {what}")]
    NotFound {
        /// What kind of thing.
        what: String,
    },
    /// The disk is full or failing; nothing was lost that was acknowledged.
    #[error("storage: {detail}")]
    Storage {
        /// For the developer.
        detail: String,
    },
    /// The store was written by a newer app; update.
    #[error("store of version {found}, known up to {known}")]
    NewerStore {
        /// The store's schema.
        found: u32,
        /// The newest schema that this app knows.
        known: u32,
    },
    /// The office ordered this phone to be wiped, or it was too long without contact: nothing readable is left, what was not sent lies sealed.
    #[error("wiped")]
    Wiped,
    /// The office does not speak a version that this app knows; update the app.
    #[error("update the app")]
    Update,
    /// A signature or its trust does not hold; do not go on with it.
    #[error("refused: {what}")]
    Refused {
        /// What was refused, and why.
        what: String,
    },
    /// The shell itself failed in a callback.
    #[error("host: {detail}")]
    Host {
        /// For the developer.
        detail: String,
    },
}

impl From<core::phone::PhoneError> for PhoneError {
    fn from(error: core::phone::PhoneError) -> Self {
        use core::phone::PhoneError as E;
        match error {
            E::Busy => Self::Busy,
            E::Closed => Self::Closed,
            E::Locked => Self::Locked,
            E::KeyGone => Self::KeyGone,
            E::NotEnrolled => Self::NotEnrolled,
            E::Blocked(gates) => Self::Blocked { gates: gates.cross() },
            E::Invalid(what) => Self::Invalid { what },
            E::NotAChallenge => Self::NotAChallenge,
            E::NotFound(what) => Self::NotFound { what: what.to_owned() },
            E::Storage(detail) => Self::Storage { detail },
            E::NewerStore { found, known } => Self::NewerStore { found, known },
            E::Refused(what) => Self::Refused { what },
            E::Wiped => Self::Wiped,
            E::Update => Self::Update,
            E::Host => Self::Host { detail: "host failed".to_owned() },
        }
    }
}
impl Cross<Gate> for core::inspection::Gate {
    fn cross(self) -> Gate {
        Gate {
            rule: self.rule.to_owned(),
            basis: self.basis.to_owned(),
            missing: self.missing.zh,
            way_on: self.way_on.zh,
            missing_en: self.missing.en,
            way_on_en: self.way_on.en,
        }
    }
}
impl From<HostError> for PhoneError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Cancelled | HostError::Locked => Self::Locked,
            HostError::Gone => Self::KeyGone,
            HostError::Failed { detail } => Self::Host { detail },
        }
    }
}
