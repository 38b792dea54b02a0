//! The seven public fields of an officer (R03), as badge and list of officers carry them.

use super::{BadgeError, day, plain};
use crate::cbor::{CborError, Value};
use crate::trust::TrustKey;

/// Who somebody is as an officer: exactly what the public may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// 姓名.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 职务.
    pub position: String,
    /// 证件编号.
    pub number: String,
    /// 执法类别.
    pub category: String,
    /// 执法区域.
    pub area: String,
    /// 证件有效期, the last valid day (`yyyymmdd`).
    pub until: u32,
}

impl Officer {
    /// The fields in order, as text.
    #[must_use]
    pub fn shown_fields(&self) -> [String; 7] {
        let [name, unit, position, number, category, area] = self.texts().map(|(_, t)| t.to_owned());
        [name, unit, position, number, category, area, self.until.to_string()]
    }

    fn texts(&self) -> [(&'static str, &str); 6] {
        [
            ("name", &self.name),
            ("unit", &self.unit),
            ("position", &self.position),
            ("number", &self.number),
            ("category", &self.category),
            ("area", &self.area),
        ]
    }

    /// Whether every field is seen as it is.
    pub(super) fn check(&self) -> Result<(), BadgeError> {
        if let Some((name, _)) = self.texts().into_iter().find(|(_, t)| !plain(t)) {
            return Err(BadgeError::Field(name));
        }
        day(self.until.into(), "until").map(drop).map_err(|_| BadgeError::Field("until"))
    }

    /// Whether the signer's key may vouch for the area and the category.
    pub(super) fn in_scope(&self, key: &TrustKey) -> Result<(), BadgeError> {
        let outside = |scope: &[String], field: &String| !scope.is_empty() && !scope.contains(field);
        if outside(&key.areas, &self.area) {
            return Err(BadgeError::Scope("area"));
        }
        if outside(&key.categories, &self.category) { Err(BadgeError::Scope("category")) } else { Ok(()) }
    }

    pub(super) fn to_values(&self) -> [Value; 7] {
        let [name, unit, position, number, category, area] = self.texts().map(|(_, t)| Value::from(t));
        [name, unit, position, number, category, area, self.until.into()]
    }

    pub(super) fn read([name, unit, position, number, category, area, until]: [Value; 7]) -> Result<Self, CborError> {
        Ok(Self {
            name: name.text("name")?,
            unit: unit.text("unit")?,
            position: position.text("position")?,
            number: number.text("number")?,
            category: category.text("category")?,
            area: area.text("area")?,
            until: day(until, "until")?,
        })
    }
}
