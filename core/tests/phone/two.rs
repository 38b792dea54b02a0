//! Two officers who inspect together.

use crate::Scene;
use crate::host::Device;
use crate::office::TASK;
use mingzheng_core::inspection::{Ack, BadgeAck, How};
use mingzheng_core::phone::{Act, CaptureInfo, Phone, PhoneError};
use tempfile::TempDir;

/// Two officers, each with a phone of their own, before they pair.
pub(crate) struct Two {
    pub(crate) lead: Scene,
    pub(crate) second: Phone,
    pub(crate) case: String,
    pub(crate) second_device: Device,
    pub(crate) second_folder: TempDir,
}

impl Two {
    pub(crate) fn new(prepare: impl FnOnce(&mut Scene)) -> Self {
        let mut lead = Scene::new();
        let second_device = lead.device.another();
        let second_folder = tempfile::tempdir().unwrap();
        let second = Phone::open(second_folder.path(), second_device.host()).unwrap();
        lead.office.inviting = 1;
        second.begin_enrolment(&lead.office.invite()).unwrap();
        let mut two = Self { lead, second, case: String::new(), second_device, second_folder };
        two.sync_second();
        prepare(&mut two.lead);
        two.case = two.lead.phone().open_inspection(&TASK.to_string(), None).unwrap();
        two
    }

    pub(crate) fn sync_second(&mut self) {
        while let Some(request) = self.second.next_request().unwrap() {
            let (status, headers, body) = self.lead.office.answer(&request);
            self.second.on_response(request.id, status, &headers, &body).unwrap();
        }
    }

    pub(crate) fn pair(&self) -> Result<(), PhoneError> {
        let (lead, second) = (self.lead.phone(), &self.second);
        let answer = second.pair_answer(&TASK.to_string(), &lead.pair_offer(&TASK.to_string())?)?.next.unwrap();
        let confirm = lead.pair_confirm(&self.case, &answer)?.next.unwrap();
        second.pair_finish(&confirm)?;
        self.carry();
        Ok(())
    }

    pub(crate) fn carry(&self) {
        let (lead, second) = (self.lead.phone(), &self.second);
        loop {
            let (there, back) = (lead.peer_outbox().unwrap(), second.peer_outbox().unwrap());
            if there.is_empty() && back.is_empty() {
                return;
            }
            there.iter().for_each(|m| drop(second.peer_receive(m).unwrap()));
            back.iter().for_each(|m| drop(lead.peer_receive(m).unwrap()));
        }
    }

    /// Both have shown their certificates and the rights are told: evidence may be taken.
    pub(crate) fn told() -> Self {
        let two = Self::new(|_| {});
        two.pair().unwrap();
        let show = || Act::ShowBadge { to_whom: "陈晓梅".into(), acknowledged: BadgeAck::Scanned, place: None };
        two.lead.phone().act(&two.case, show()).unwrap();
        two.second.act(&two.case, show()).unwrap();
        two.carry();
        for item in two.lead.phone().notices(&two.case).unwrap().into_iter().find(|n| n.language == "zh-Hans").unwrap().items {
            let told = Act::TellRight { item: item.id, language: "zh-Hans".into(), how: How::ReadAloud };
            two.lead.phone().act(&two.case, told).unwrap();
        }
        let heard = Act::AcknowledgeRights { by: "陈晓梅".into(), how: Ack::Signed, reason: None };
        two.lead.phone().act(&two.case, heard).unwrap();
        two
    }

    /// Takes a photograph of so many bytes; gives its id. (What it shows does not matter to the conversation.)
    pub(crate) fn photograph(&self, n: usize, length: usize) -> String {
        let path = self.lead.phone().inbox().join(format!("{n}.jpg"));
        let bytes: Vec<u8> = n.to_be_bytes().into_iter().cycle().take(length).collect();
        std::fs::write(&path, bytes).unwrap();
        self.lead.phone().capture_photo(&self.case, &path, CaptureInfo::default()).unwrap().id
    }
}
