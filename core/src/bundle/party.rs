//! What a bundle for the inspected party leaves out, in one place with its reason (J27, R25). The entries themselves stay: place, time and
//! kind of each are proven, and what is left out is said to be withheld.

/// A field that the party does not get.
pub struct Withheld {
    /// The kind of entry; empty: every kind.
    pub kind: &'static str,
    /// Its field.
    pub field: &'static str,
    /// Why.
    pub reason: &'static str,
}

const fn field(kind: &'static str, field: &'static str, reason: &'static str) -> Withheld {
    Withheld { kind, field, reason }
}

/// Everything that is left out.
pub const WITHHELD: &[Withheld] = &[
    field("", "ink", "a signature's strokes are biometric data; the paper shows its image"),
    field("", "initials", "the same"),
    field("document.refused", "witness_ink", "the same, of a third person"),
    field("note.added", "text", "an officer's own note, no part of the record that the party is given"),
    field("evidence.captured", "exif", "serial numbers and places of the officer's phone"),
    field("evidence.captured", "original_name", "names of files may name third persons"),
    field("evidence.captured", "differences", "compares what is withheld"),
    field("evidence.captured", "operator", "the officer who worked on a copy"),
    field("lead.raised", "text", "a lead may name who reported it (传染病防治法 98)"),
    field("lead.raised", "evidence", "the same"),
    field("crime.suspected", "text", "a referral that is being prepared is not told (处罚法 27)"),
    field("crime.suspected", "crime", "the same"),
    field("crime.suspected", "evidence", "the same"),
    field("conflict.declared", "note", "private ties of an officer"),
    field("evidence.handed_over", "reason", "inner business of the organ"),
];

/// Operations whose result is made to be handed out: a party gets these copies, and no original.
pub const HANDED_OUT: &[&str] = &["blur", "crop"];

/// Whether a field of an entry of this kind is withheld from the party.
#[must_use]
pub fn withholds(kind: &str, field: &str) -> bool {
    WITHHELD.iter().any(|w| w.field == field && (w.kind.is_empty() || w.kind == kind))
}
