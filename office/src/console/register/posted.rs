//! What a form or a query says, and what goes wrong with it.

use crate::console::{Frame, page};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register::{self, Act, Step};
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use mingzheng_core::calendar::Day;

/// Names and values in their order; a name may stand more than once.
pub(in crate::console) struct Said(pub(in crate::console) Vec<(String, String)>);

impl Said {
    /// The value of a name, without space around it; empty when it was not said.
    pub(in crate::console) fn text(&self, name: &str) -> String {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim().to_owned()).unwrap_or_default()
    }

    /// All values of a name.
    pub(in crate::console) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
    }

    /// A day.
    pub(in crate::console) fn day(&self, name: &str) -> Result<Day> {
        let text = self.text(name);
        text.parse().map_err(|_| OfficeError::Settings(format!("“{text}”不是日期 not a day (YYYY-MM-DD)")))
    }

    /// An act with reason, basis, decider and day.
    pub(in crate::console) fn step(&self, act: Act) -> Result<Step> {
        Ok(Step { act, day: self.day("day")?, reason: self.text("reason"), basis: self.text("basis"), by: self.text("by") })
    }
}

/// Reason, basis, decider and day as they stand in the fields.
pub(in crate::console) struct Why {
    pub(in crate::console) day: String,
    pub(in crate::console) reason: String,
    pub(in crate::console) basis: String,
    pub(in crate::console) by: String,
}

impl Why {
    pub(in crate::console) fn of(office: &Office, said: &Said) -> Result<Self> {
        let day = said.text("day");
        let day = if day.is_empty() { register::today(office)?.to_string() } else { day };
        Ok(Self { day, reason: said.text("reason"), basis: said.text("basis"), by: said.text("by") })
    }
}

/// What a person can mend, as a text for the page; everything else stays an error.
pub(in crate::console) fn mendable(done: Result<()>) -> Result<Option<String>> {
    match done {
        Ok(()) => Ok(None),
        Err(e @ (OfficeError::Settings(_) | OfficeError::Register(_) | OfficeError::Badge(_) | OfficeError::Procedure(_))) => {
            Ok(Some(e.to_string()))
        }
        Err(e) => Err(e),
    }
}

/// A page; 400 when it shows a fault.
pub(in crate::console) fn shown(template: &impl Template, fault: bool) -> Result<Response> {
    let response = page(template)?;
    Ok(if fault { (StatusCode::BAD_REQUEST, response).into_response() } else { response })
}

/// A step that loses something, to be confirmed.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(in crate::console) struct Confirm {
    pub(in crate::console) t: &'static Texts,
    pub(in crate::console) f: Frame,
    pub(in crate::console) title: String,
    pub(in crate::console) about: String,
    pub(in crate::console) warning: String,
    pub(in crate::console) action: String,
    pub(in crate::console) back: String,
    pub(in crate::console) hidden: Vec<(String, String)>,
    pub(in crate::console) shown: Vec<(String, String)>,
}

impl Confirm {
    /// For what was posted; the page shows what will be recorded.
    pub(in crate::console) fn of(f: Frame, said: Said, title: &str, warning: &str) -> Self {
        let shown = ["day", "reason", "basis", "by"].into_iter().map(|n| (CONSOLE.both(&format!("reg.{n}")), said.text(n)));
        let shown = shown.filter(|(_, v)| !v.is_empty()).collect();
        Self {
            t: &CONSOLE,
            f,
            title: CONSOLE.both(title),
            about: String::new(),
            warning: CONSOLE.both(warning),
            action: String::new(),
            back: String::new(),
            hidden: said.0,
            shown,
        }
    }
}
