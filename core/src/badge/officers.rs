//! The list of officers (执法人员清单) as the office signs it: exactly the seven public fields, so that anybody can be looked up
//! with no network (R03).

use super::{BadgeError, day, in_scope, plain, typ};
use crate::cbor::{CborError, Fields, MapBuilder, Value};
use crate::sign::{self, Signer};
use crate::trust::{TrustList, Use};

/// One officer whose certificate is in effect.
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

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerList {
    /// The organ that publishes it.
    pub organ: String,
    /// As of, ms.
    pub at: i64,
    /// Not to be relied on after that, ms.
    pub until: i64,
    /// By number, ascending in bytewise order, each number once.
    pub officers: Vec<Officer>,
}

impl OfficerList {
    /// Signs it with the office's key of use `badge`; the officers are put in order.
    ///
    /// # Errors
    /// [`BadgeError::Field`] when a field cannot be shown as it is or a number stands twice; [`BadgeError::Sign`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, BadgeError> {
        let mut sorted = self.clone();
        sorted.officers.sort_by(|a, b| a.number.as_bytes().cmp(b.number.as_bytes()));
        sorted.check()?;
        let officers: Vec<Value> = sorted.officers.iter().map(Officer::to_value).collect();
        let map = MapBuilder::new()
            .with("v", 1)
            .with("organ", self.organ.as_str())
            .with("at", self.at)
            .with("until", self.until)
            .with("officers", officers);
        Ok(sign::sign(typ::OFFICERS, signer, sign::payload(map)?)?)
    }

    /// Verifies a list against the trust list: signer, use, time, and its scope for each officer. Says nothing about `until`.
    ///
    /// # Errors
    /// [`BadgeError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, BadgeError> {
        let mut read = None;
        let opened =
            trust.open_signed(bytes, typ::OFFICERS, Use::Badge, |value| Ok(read.insert(Self::read(value.clone())?).at))?;
        let list: Self = read.ok_or(CborError::Type("officers"))?;
        list.check()?;
        list.officers.iter().try_for_each(|o| in_scope(&opened.key, &o.area, &o.category))?;
        Ok(list)
    }

    fn check(&self) -> Result<(), BadgeError> {
        if !plain(&self.organ) {
            return Err(BadgeError::Field("organ"));
        }
        if let Some((name, _)) = self.officers.iter().flat_map(Officer::texts).find(|(_, t)| !plain(t)) {
            return Err(BadgeError::Field(name));
        }
        let ordered = self.officers.is_sorted_by(|a, b| a.number.as_bytes() < b.number.as_bytes());
        if ordered { Ok(()) } else { Err(BadgeError::Field("number")) }
    }

    fn read(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let list = Self {
            organ: f.req("organ", "organ")?.text("organ")?,
            at: f.req("at", "at")?.int("at")?,
            until: f.req("until", "until")?.int("until")?,
            officers: f
                .req("officers", "officers")?
                .array("officers")?
                .into_iter()
                .map(Officer::read)
                .collect::<Result<_, _>>()?,
        };
        f.end()?;
        Ok(list)
    }
}

impl Officer {
    /// The seven public fields in order (R03), as text.
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

    fn to_value(&self) -> Value {
        let mut row: Vec<Value> = self.texts().into_iter().map(|(_, t)| t.into()).collect();
        row.push(self.until.into());
        Value::Array(row)
    }

    fn read(value: Value) -> Result<Self, CborError> {
        let [name, unit, position, number, category, area, until]: [Value; 7] =
            value.array("officer")?.try_into().map_err(|_| CborError::Type("officer"))?;
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
