//! The calendar a pack carries: what the notices of the 国务院办公厅 and of regions say.

use serde::{Deserialize, Serialize};

use super::{Day, WorkingDays};
use crate::pack::Text;

/// The calendar of a pack: a national layer and regions that add to it (全国年节及纪念日放假办法 4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The national notices, one a year.
    pub national: Vec<Year>,
    /// Regions with days of their own.
    pub regions: Vec<Region>,
}

/// One year's notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Row id, for instance `rili-2026`.
    pub id: String,
    /// The year the notice is for.
    pub year: u16,
    /// Id of the source: the notice.
    pub source: String,
    /// The notice is not known yet: what falls in this year is 暂估.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub illustrative: bool,
    /// Days off, weekends inside a holiday included.
    pub off: Vec<NamedDay>,
    /// Weekend days turned into work (调休).
    pub work: Vec<NamedDay>,
}

/// A day and the holiday it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedDay {
    /// The day.
    pub day: Day,
    /// The holiday, in Chinese.
    pub name: String,
}

/// A region's own days off and work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Row id.
    pub id: String,
    /// Name.
    pub title: Text,
    /// Its notices.
    pub years: Vec<Year>,
}

impl Calendar {
    /// The national calendar.
    pub fn national(&self) -> WorkingDays {
        WorkingDays::of(&self.national)
    }

    /// The national calendar with a region's days over it; `None` for an unknown region.
    pub fn region(&self, id: &str) -> Option<WorkingDays> {
        let region = self.regions.iter().find(|region| region.id == id)?;
        let mut days = self.national();
        days.over(&region.years);
        Some(days)
    }

    /// The days of whom a deadline binds: of the region that the office names, as far as this pack has it, else the national ones.
    pub fn days(&self, region: Option<&str>) -> WorkingDays {
        region.and_then(|id| self.region(id)).unwrap_or_else(|| self.national())
    }
}
