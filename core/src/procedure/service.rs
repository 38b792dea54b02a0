//! 送达 in all its ways, and what each must prove (处罚法 61; 卫生健康行政处罚程序规定 53–57; 民事诉讼法).

use super::step::blank;
use crate::inspection::gate::{Gate, gate};
use serde::{Deserialize, Serialize};

/// A way of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceWay {
    /// 直接送达.
    Direct,
    /// 留置送达.
    Left,
    /// 邮寄送达.
    Post,
    /// 电子送达.
    Electronic,
    /// 委托送达.
    Delegated,
    /// 转交送达.
    Forwarded,
    /// 公告送达.
    Announced,
}

impl ServiceWay {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Direct, Self::Left, Self::Post, Self::Electronic, Self::Delegated, Self::Forwarded, Self::Announced];
}

/// One service: the day is that of its step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// How.
    pub way: ServiceWay,
    /// 签收人 and what the person is to the party; for 留置 who refused.
    pub receiver: String,
    /// 见证人 with unit, for 留置.
    pub witness: Option<String>,
    /// What proves it: evidence id of the recording or photograph, postal number, 确认书 number and arrival, address of the announcement.
    pub proof: Option<String>,
    /// 送达地址确认书, which fax, e-mail and the like need (处罚法 61:2).
    pub confirmation: Option<String>,
}

fn missing(text: Option<&String>) -> bool {
    text.is_none_or(|t| blank(t))
}

impl Service {
    /// Gates: each way proves what it must.
    #[must_use]
    pub fn gates(&self) -> Vec<Gate> {
        let lacks = |missing: [&str; 2], way_on: [&str; 2]| vec![gate("R50", "行政处罚法 61", missing, way_on)];
        match self.way {
            ServiceWay::Direct if blank(&self.receiver) => lacks(
                ["没有写明签收人", "the receiver is not named"],
                ["写明签收人姓名及与当事人的关系", "name the receiver and the relation to the party"],
            ),
            ServiceWay::Left if missing(self.witness.as_ref()) && missing(self.proof.as_ref()) => lacks(
                ["留置送达既无见证人，也无拍照、录像", "paper left behind with neither a witness nor a photograph or recording"],
                [
                    "邀请基层组织或所在单位代表见证，或者拍照、录像后留置",
                    "have a representative witness it, or photograph or film it",
                ],
            ),
            ServiceWay::Electronic if missing(self.confirmation.as_ref()) => lacks(
                ["没有当事人签订的电子送达确认书", "no confirmation signed by the party allows electronic service"],
                ["先取得确认书，或者改用其他方式送达", "obtain it first, or serve in another way"],
            ),
            ServiceWay::Post | ServiceWay::Electronic | ServiceWay::Announced | ServiceWay::Delegated | ServiceWay::Forwarded
                if missing(self.proof.as_ref()) =>
            {
                lacks(
                    ["没有送达凭据", "nothing proves the service"],
                    [
                        "填写邮件号、到达记录、回证或者公告出处",
                        "give the postal number, record of arrival, receipt or place of announcement",
                    ],
                )
            }
            _ => Vec::new(),
        }
    }
}
