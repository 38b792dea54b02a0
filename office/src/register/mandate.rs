//! The register of mandates: which organisation enforces the law in whose name, for what, where and until when (R08; 行政处罚法 18–21).

use super::{moved, today};
use crate::error::{OfficeError, Result};
use crate::keys::random;
use crate::office::Office;
use crate::store::{Db, params};
use mingzheng_core::badge::scope::outside;
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Id;
use serde::{Deserialize, Serialize};

/// On what an organisation's power rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// 法定行政机关.
    Statutory,
    /// 法律、法规授权的组织 (行政处罚法 19).
    Authorised,
    /// 受委托组织 (行政处罚法 20, 21): acts in the name of the organ that entrusts it.
    Entrusted,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Statutory, Self::Authorised, Self::Entrusted];

    /// Its name in data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statutory => "statutory",
            Self::Authorised => "authorised",
            Self::Entrusted => "entrusted",
        }
    }

    /// Chinese and English.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Statutory => "法定 statutory",
            Self::Authorised => "授权 authorised",
            Self::Entrusted => "委托 entrusted",
        }
    }

    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.name() == name)
    }
}

/// A mandate as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// 委托（主管）机关: in whose name an entrusted organisation acts.
    pub principal: String,
    /// 受委托（授权）组织: the unit of its officers.
    pub organisation: String,
    /// 法定、授权或委托.
    pub ground: Ground,
    /// 委托事项: matters or categories; none: all.
    pub scope: Vec<String>,
    /// 区域; several are separated by 、.
    pub area: String,
    /// 委托书编号, or the provision that authorises.
    pub number: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
    /// Where it was published (行政处罚法 20: 委托书应当向社会公布).
    pub published: String,
}

/// An end before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// First day on which it holds no more.
    pub day: Day,
    /// 理由.
    pub reason: String,
    /// 决定人.
    pub by: String,
}

/// A mandate in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its id, hex.
    pub id: String,
    /// As it was written.
    #[serde(flatten)]
    pub mandate: Mandate,
    /// When it was ended.
    pub ended: Option<Ended>,
}

/// What a mandate is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It begins later.
    Coming,
    /// In effect.
    InEffect,
    /// In effect, and ends soon: so many days are left.
    Ending(i64),
    /// Its time is over.
    Expired,
    /// It was ended before its time.
    Ended,
}

impl Kept {
    /// What it is on a day.
    #[must_use]
    pub fn on(&self, day: Day, warn: u32) -> Standing {
        let m = &self.mandate;
        if self.ended.as_ref().is_some_and(|e| e.day <= day) {
            Standing::Ended
        } else if day > m.until {
            Standing::Expired
        } else if day < m.from {
            Standing::Coming
        } else if moved(day, i64::from(warn)) >= m.until {
            Standing::Ending((m.until.date() - day.date()).num_days())
        } else {
            Standing::InEffect
        }
    }

    fn in_effect(&self, day: Day) -> bool {
        matches!(self.on(day, 0), Standing::InEffect | Standing::Ending(_))
    }
}

/// Adds a mandate. Gives its id.
///
/// # Errors
/// [`OfficeError::Settings`] says what is missing.
pub fn add(office: &Office, m: &Mandate) -> Result<Id> {
    let texts = [
        ("委托机关 principal", &m.principal),
        ("受委托组织 organisation", &m.organisation),
        ("区域 area", &m.area),
        ("委托书编号 number", &m.number),
        ("公布于 published", &m.published),
    ];
    if let Some((name, _)) = texts.iter().find(|(_, t)| t.trim().is_empty() || t.chars().count() > 500) {
        return Err(OfficeError::Settings(format!("{name}：应填写，且不超过 500 字 must be said, at most 500 characters")));
    }
    if m.from > m.until {
        return Err(OfficeError::Settings("终止日期早于起始日期 it ends before it begins".into()));
    }
    let id = Id(random()?);
    let body = serde_json::to_string(m).map_err(|e| OfficeError::Settings(e.to_string()))?;
    office.store.write(|tx| {
        Ok(tx.execute("INSERT INTO mandates (mandate, body, at) VALUES (?, ?, ?)", params![id.0, body, office.now()])?)
    })?;
    Ok(id)
}

/// Ends a mandate before its time.
///
/// # Errors
/// [`OfficeError::NotFound`], or [`OfficeError::Settings`] when it is ended already or a text is missing.
pub fn end(office: &Office, id: Id, ended: &Ended) -> Result<()> {
    if ended.reason.trim().is_empty() || ended.by.trim().is_empty() {
        return Err(OfficeError::Settings("理由和决定人应填写 reason and decider must be said".into()));
    }
    if ended.day > today(office)? {
        return Err(OfficeError::Settings("日期在将来 the day lies ahead".into()));
    }
    let body = serde_json::to_string(ended).map_err(|e| OfficeError::Settings(e.to_string()))?;
    office.store.write(|tx| {
        let known: bool = tx.one("SELECT EXISTS (SELECT 1 FROM mandates WHERE mandate = ?)", params![id.0], |r| r.get(0))?;
        if !known {
            return Err(OfficeError::NotFound("mandate"));
        }
        if tx.execute("UPDATE mandates SET ended = ? WHERE mandate = ? AND ended IS NULL", params![body, id.0])? == 0 {
            return Err(OfficeError::Settings("此委托已终止 this mandate was ended already".into()));
        }
        Ok(())
    })
}

/// All mandates, those that end first at the top.
///
/// # Errors
/// [`OfficeError`].
pub fn all(c: &Db) -> Result<Vec<Kept>> {
    let rows: Vec<([u8; 16], String, Option<String>)> = {
        c.rows("SELECT mandate, body, ended FROM mandates ORDER BY at", params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
    };
    let broken = |_| OfficeError::NotFound("mandate");
    let mut all = rows
        .into_iter()
        .map(|(id, body, ended)| {
            let mandate = serde_json::from_str(&body).map_err(broken)?;
            let ended = ended.map(|e| serde_json::from_str(&e)).transpose().map_err(broken)?;
            Ok(Kept { id: Id(id).to_string(), mandate, ended })
        })
        .collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|k| (k.ended.is_some(), k.mandate.until));
    Ok(all)
}

/// What is to be done, in whose name.
pub struct Deed<'a> {
    /// On which day.
    pub day: Day,
    /// 执法主体.
    pub organ: &'a str,
    /// 区域.
    pub area: Option<&'a str>,
    /// 类别.
    pub category: Option<&'a str>,
    /// 事项, where it is known.
    pub matter: Option<&'a str>,
}

/// Why a unit may not do it. A unit of which the register holds no mandate is not judged: it is the organ itself.
#[must_use]
pub fn refuses(mandates: &[Kept], unit: &str, deed: &Deed<'_>) -> Option<&'static str> {
    let mut why = None;
    for k in mandates.iter().filter(|k| k.mandate.organisation == unit) {
        let m = &k.mandate;
        let fault = if !k.in_effect(deed.day) {
            "委托（授权）不在有效期内；请续办并登记委托书 its mandate is not in effect on that day; renew it and add it to the register"
        } else if m.ground == Ground::Entrusted && m.principal != deed.organ {
            "受委托组织须以委托机关名义执法；请改写执法主体 an entrusted organisation acts in the name of the organ that entrusts it; name that organ"
        } else if !outside([&m.area, ""], [deed.area, None]).is_empty() {
            "超出委托（授权）的区域；请改派或另行委托 outside the area of its mandate; assign others or extend the mandate"
        } else if !in_scope(m, deed) {
            "超出委托（授权）的事项；请改派或另行委托 outside the matters of its mandate; assign others or extend the mandate"
        } else {
            return None;
        };
        why = Some(fault);
    }
    why
}

/// A matter is covered by its name, by a longer name that begins with it, or by its category.
fn in_scope(m: &Mandate, deed: &Deed<'_>) -> bool {
    let Some(matter) = deed.matter else { return true };
    let covers = |item: &String| matter.starts_with(item.as_str()) || deed.category == Some(item.as_str());
    m.scope.is_empty() || m.scope.iter().any(covers)
}
