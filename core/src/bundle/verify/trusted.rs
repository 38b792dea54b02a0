//! Establishes whose signatures count: the root comes from outside the bundle (P3, P9).

use super::{CheckId, Finding, SignerVerdict, Trust, Verification};
use crate::trust::TrustList;

impl Verification<'_> {
    /// Sets the list that all signatures are checked with, and says who is behind it.
    /// The list inside is used even when nobody vouches for it, so that the first line of the verdict, consistent in itself, can be given.
    pub(super) fn establish(&mut self, trust: &Trust, inside: Option<Vec<u8>>, name: &str) -> SignerVerdict {
        let given = match trust {
            Trust::List(bytes) => match TrustList::open_self_signed(bytes) {
                Ok(list) => Some(list),
                Err(error) => {
                    self.out.add(Finding::TrustGiven, "", error.to_string());
                    None
                }
            },
            _ => None,
        };
        self.out.checked(CheckId::Trust, usize::from(inside.is_some()));
        let inside = inside.and_then(|b| match TrustList::open_self_signed(&b) {
            Ok(list) => Some(list),
            Err(error) => {
                self.refuse(Finding::TrustUnreadable, name, &error.into());
                None
            }
        });
        let Some(inside) = inside else {
            self.list = given;
            return SignerVerdict::Unknown;
        };
        let Ok(root) = inside.roots.fingerprint() else { return SignerVerdict::Unknown };
        let trusted = match trust {
            Trust::List(_) => given.as_ref().and_then(|g| g.roots.fingerprint().ok()),
            Trust::Fingerprint(f) => Some(*f),
            Trust::None => None,
        };
        let organ = inside.organ.clone();
        match trusted {
            None => {
                self.out.add(Finding::SignerNotEstablished, "", root.to_string());
                self.list = Some(inside);
                SignerVerdict::NotEstablished { claimed_organ: organ, root }
            }
            Some(trusted) if trusted != root => {
                self.out.add(Finding::AnotherRoot, name, format!("{root} ≠ {trusted}"));
                self.list = Some(inside);
                SignerVerdict::Another { root }
            }
            Some(_) => {
                self.list = Some(match given {
                    None => inside,
                    Some(given) => {
                        if given.version == inside.version && given != inside {
                            self.out.add(Finding::TrustContradiction, name, format!("version {}", given.version));
                        }
                        newer_first(given, inside)
                    }
                });
                SignerVerdict::Established { organ, root }
            }
        }
    }
}

/// The newer list, with the keys of the older one that it no longer names: a case stays valid when a key expired and was dropped (F40).
/// A key that is no longer trusted stays in the newer list, with `suspect_since`.
fn newer_first(a: TrustList, b: TrustList) -> TrustList {
    let (mut newer, older) = if a.version >= b.version { (a, b) } else { (b, a) };
    let dropped = older.keys.into_iter().filter(|o| !newer.keys.iter().any(|n| n.key == o.key)).collect::<Vec<_>>();
    newer.keys.extend(dropped);
    newer
}
