//! What everybody may read of a decision, taken from the case, with personal data masked (J25). Nothing is typed twice.

use crate::office::Office;
use crate::procedure::{Procedure, penalties};
use mingzheng_core::pack::Person;
use mingzheng_core::publication::{Draft, mask, of_person};

/// The draft of a case's decision.
#[must_use]
pub fn draft(office: &Office, p: &Procedure) -> Draft {
    let (case, party) = (&p.case, &p.case.party);
    let person = party.kind == Person::Citizen;
    let hidden = |text: &str| {
        let mut text = text.to_owned();
        if person {
            for (private, shown) in [(party.name.trim(), of_person(&party.name)), (party.code.trim(), "＊＊＊".to_owned())] {
                if !private.is_empty() {
                    text = text.replace(private, &shown);
                }
            }
        }
        mask(&text).0
    };
    let mut basis: Vec<&str> = Vec::new();
    for charge in &case.charges {
        let law = charge.penalty_basis.trim();
        if !law.is_empty() && !basis.contains(&law) {
            basis.push(law);
        }
    }
    let facts: Vec<&str> = case.charges.iter().map(|c| c.fact.trim()).collect();
    let decision = case.decision.as_ref();
    Draft {
        number: decision.map(|d| d.number.trim().to_owned()).unwrap_or_default(),
        party: if person { of_person(&party.name) } else { party.name.trim().to_owned() },
        code: (!person && !party.code.trim().is_empty()).then(|| party.code.trim().to_owned()),
        facts: hidden(&facts.join("；")),
        basis: hidden(&basis.join("；")),
        content: decision.map(|d| penalties(&d.proposal)).unwrap_or_default(),
        decided: decision.map(|d| d.day),
        organ: office.trust.organ.clone(),
    }
}
