//! The badge on the phone: own status, gates, challenge, label, the signed list of officers, and two officers who show one after the other.

use crate::office::{NUMBER, OTHER, Office, TASK};
use crate::two::Two;
use crate::{NOON, Scene};
use mingzheng_core::badge::verdict::{Verdict, Verifier, Warning};
use mingzheng_core::badge::{Badge, CertificateStatus, Officer, challenge};
use mingzheng_core::calendar::Day;
use mingzheng_core::inspection::{BadgeAck, Place, Task};
use mingzheng_core::pack::Answer;
use mingzheng_core::phone::{Act, CertificateState, CertificateView, FrameKind, Phone, PhoneError, QrFrame};
use mingzheng_core::trust::Use;
use mingzheng_core::wire::FeedKind;

const DAY_MS: u64 = 86_400_000;

fn task() -> String {
    TASK.to_string()
}

/// The rules that block, or nothing.
fn blocked<T>(result: Result<T, PhoneError>) -> Vec<&'static str> {
    match result {
        Ok(_) => Vec::new(),
        Err(PhoneError::Blocked(gates)) => {
            assert!(gates.iter().all(|g| !g.basis.is_empty() && !g.way_on.zh.is_empty() && !g.way_on.en.is_empty()));
            gates.into_iter().map(|g| g.rule).collect()
        }
        Err(other) => unreachable!("{other}"),
    }
}

fn frame(phone: &Phone, kind: FrameKind) -> Result<QrFrame, PhoneError> {
    phone.badge_frame(kind, Some(&task()))
}

fn certificate(s: &Scene) -> CertificateView {
    s.phone().certificate().unwrap()
}

fn now(s: &Scene) -> i64 {
    s.device.time.truth()
}

impl Scene {
    /// The office says of the first officer's certificate, as of now.
    fn say(&mut self, status: CertificateStatus) {
        let list = self.office.status_list(now(self), 1, status, Use::Status);
        self.office.send(0, FeedKind::Status, list);
        self.sync();
    }
}

/// R01, R02, J1: what the office decides blocks badge and inspection at the next contact, says why and what to do, and can be taken back.
#[test]
fn r02_j1_suspended_cancelled_or_unchecked_blocks_until_taken_back() {
    let mut s = Scene::new();
    assert_eq!(certificate(&s).state, CertificateState::Unknown, "no list yet");
    assert!(frame(s.phone(), FrameKind::Badge).is_ok(), "not knowing is not the same as withdrawn");
    for (status, state) in [
        (CertificateStatus::Suspended, CertificateState::Suspended),
        (CertificateStatus::CheckMissed, CertificateState::CheckMissed),
        (CertificateStatus::Cancelled, CertificateState::Cancelled),
    ] {
        s.device.time.pass(60_000);
        s.say(CertificateStatus::Valid);
        let view = certificate(&s);
        assert_eq!((view.state, view.as_of), (CertificateState::Valid, Some(now(&s))));
        assert!(blocked(frame(s.phone(), FrameKind::Badge)).is_empty());
        s.device.time.pass(60_000);
        s.say(status);
        let view = certificate(&s);
        assert_eq!((view.state, view.as_of), (state, Some(now(&s))));
        assert!(view.says.zh.contains("不得执法") && !view.to_do.zh.is_empty() && !view.to_do.en.is_empty());
        for kind in [FrameKind::Badge, FrameKind::Assignment] {
            assert_eq!(blocked(frame(s.phone(), kind)), ["R02"], "{status:?}");
        }
        assert_eq!(blocked(s.phone().open_inspection(&task(), None)), ["R02"], "{status:?}");
        assert_eq!(s.phone().badge_screen(None).unwrap().gates.len(), 1);
        assert_eq!(s.phone().tasks().unwrap()[0].gates.len(), 1, "said before anybody tries");
        s.reopen();
        assert_eq!(certificate(&s).state, state, "kept");
    }
    s.device.time.pass(60_000);
    s.say(CertificateStatus::Valid);
    s.phone().open_inspection(&task(), None).unwrap();
}

/// P7, R02: a list that is older than the badge says nothing of it, one past its time does not say "in effect", one of another signer is refused.
#[test]
fn p7_what_a_list_can_say() {
    let mut s = Scene::new();
    let before = s.office.status_list(now(&s) - 60_000, 1, CertificateStatus::Suspended, Use::Status);
    s.office.send(0, FeedKind::Status, before);
    s.sync();
    let view = certificate(&s);
    assert_eq!((view.state, view.as_of), (CertificateState::Valid, Some(NOON)), "the office issued the credential later");
    s.device.time.pass(60_000);
    s.say(CertificateStatus::Valid);
    s.device.time.pass(DAY_MS + 1_000);
    assert_eq!(certificate(&s).state, CertificateState::Unknown, "past its time");
    s.say(CertificateStatus::Suspended);
    s.device.time.pass(2 * DAY_MS);
    assert_eq!(certificate(&s).state, CertificateState::Suspended, "what it says against a badge still counts");
    let forged = s.office.status_list(now(&s), 1, CertificateStatus::Valid, Use::Badge);
    s.office.send(0, FeedKind::Status, forged);
    let refused = loop {
        let request = s.phone().next_request().unwrap().unwrap();
        let taken = s.exchange(&request);
        if request.url.contains("/feed") {
            break taken;
        }
        taken.unwrap();
    };
    assert!(matches!(refused, Err(PhoneError::Refused(_))), "a key of use badge says no status");
    assert_eq!(certificate(&s).state, CertificateState::Suspended);
}

/// R02: an older list never replaces a newer one; it is noticed, and the feed goes on.
#[test]
fn r02_an_older_list_is_refused_and_noticed() {
    let mut s = Scene::new();
    s.device.time.pass(3_600_000);
    s.say(CertificateStatus::Suspended);
    let older = now(&s) - 60_000;
    let list = s.office.status_list(older, 1, CertificateStatus::Valid, Use::Status);
    s.office.send(0, FeedKind::Status, list);
    let officers = |s: &Scene, at| s.office.officer_list(at, vec![officer("王小明", NUMBER)]);
    let (first, second) = (officers(&s, now(&s)), officers(&s, older));
    s.office.send(0, FeedKind::Officers, first);
    s.office.send(0, FeedKind::Officers, second);
    s.sync();
    let view = certificate(&s);
    assert_eq!((view.state, view.rolled_back), (CertificateState::Suspended, Some(older)));
    let listed = s.phone().officers("").unwrap();
    assert_eq!((listed.as_of, listed.rolled_back), (Some(now(&s)), Some(older)));
    s.reopen();
    assert_eq!(certificate(&s).rolled_back, Some(older), "kept");
    s.device.time.pass(1_000);
    s.say(CertificateStatus::Valid);
    let view = certificate(&s);
    assert_eq!((view.state, view.rolled_back), (CertificateState::Valid, None));
}

/// The first officer's badge, of a certificate that ends on this day.
fn ending(s: &Scene, until: u32) -> Badge {
    let badge = s.office.badge();
    Badge { officer: Officer { until, ..badge.officer.clone() }, ..badge }
}

/// R02, F14: warned 60, 30 and 7 days before the end, by the office's time whatever the phone's clock is set to; then blocked.
#[test]
fn r02_f14_warnings_60_30_7_then_expired() {
    let mut s = Scene::new();
    s.device.time.pass(1_000);
    s.say(CertificateStatus::Valid);
    let number = |days: i64| Day::in_china(NOON + days * DAY_MS as i64).unwrap().number();
    for (days, step) in [(61, None), (60, Some(60)), (31, Some(60)), (30, Some(30)), (8, Some(30)), (7, Some(7)), (0, Some(7))] {
        let ends = ending(&s, number(days));
        s.office.send_badge(0, &ends);
        s.sync();
        let view = certificate(&s);
        let state = if step.is_some() { CertificateState::Expiring } else { CertificateState::Valid };
        assert_eq!((view.state, view.days_left, view.step), (state, Some(days), step));
        assert_eq!(view.to_do.zh.is_empty(), step.is_none());
        s.device.time.set_wall(-40 * DAY_MS as i64);
        assert_eq!(certificate(&s).days_left, Some(days), "the clock was set back");
        s.device.time.set_wall(80 * DAY_MS as i64);
        assert_eq!(certificate(&s).days_left, Some(days), "the clock was set forward");
        s.device.time.set_wall(-40 * DAY_MS as i64);
        assert!(frame(s.phone(), FrameKind::Badge).is_ok());
    }
    let ended = ending(&s, number(-1));
    s.office.send_badge(0, &ended);
    s.sync();
    assert_eq!((certificate(&s).state, certificate(&s).days_left), (CertificateState::Expired, Some(-1)));
    assert_eq!(blocked(frame(s.phone(), FrameKind::Badge)), ["R02"]);
    assert_eq!(blocked(s.phone().open_inspection(&task(), None)), ["R02"]);
}

/// P7, J1: a credential that was only not renewed passes up to the pack's limit of 30 days, not a day longer.
#[test]
fn p7_j1_a_stale_credential_passes_up_to_the_limit() {
    for (days, passes) in [(30, true), (31, false)] {
        let mut s = Scene::new();
        s.device.time.pass((30 + days) * DAY_MS);
        let task_today = s.office.task();
        s.office.send_task(0, &task_today);
        s.say(CertificateStatus::Valid);
        let view = certificate(&s);
        assert_eq!(view.stale_days, Some(days as u32));
        assert_eq!(view.state, if passes { CertificateState::Stale } else { CertificateState::TooStale });
        assert!(frame(s.phone(), FrameKind::Badge).is_ok(), "the page itself says: not renewed since");
        let opened = blocked(s.phone().open_inspection(&task(), None));
        assert_eq!(opened, if passes { vec![] } else { vec!["J1"] }, "{days} days");
    }
}

/// J1: what no head of the organ approved opens nothing (国办发〔2024〕54号).
#[test]
fn j1_a_task_without_approval_opens_nothing() {
    let mut s = Scene::new();
    s.office.send_task(0, &Task { approval: None, ..s.office.task() });
    s.sync();
    assert_eq!(
        s.phone().tasks().unwrap()[0].gates.iter().map(|g| g.rule).collect::<Vec<_>>(),
        ["J1"],
        "said before anybody tries"
    );
    assert_eq!(blocked(s.phone().open_inspection(&task(), None)), ["J1"]);
}

/// R08, J1: a task outside the certificate's area or category cannot be started with it, nor the badge be shown for it.
#[test]
fn r08_j1_wrong_area_or_category_is_blocked() {
    let mut s = Scene::new();
    for (area, category, rules) in [
        (Some("青川县"), Some("卫生监督"), vec![]),
        (Some("青川县青溪镇"), None, vec![]),
        (Some("旺苍县"), None, vec!["R08"]),
        (None, Some("劳动保障"), vec!["R08"]),
        (Some("旺苍县"), Some("劳动保障"), vec!["R08", "R08"]),
    ] {
        let mut asked: Task = s.office.task();
        (asked.area, asked.category) = (area.map(Into::into), category.map(Into::into));
        s.office.send_task(0, &asked);
        s.sync();
        assert_eq!(blocked(frame(s.phone(), FrameKind::Badge)), rules);
        assert_eq!(blocked(frame(s.phone(), FrameKind::Assignment)), rules);
        assert!(s.phone().badge_frame(FrameKind::Badge, None).is_ok(), "the certificate itself is good");
        let gates = s.phone().tasks().unwrap().remove(0).gates;
        assert_eq!(gates.iter().map(|g| g.rule).collect::<Vec<_>>(), rules);
        if let Some(g) = gates.first() {
            assert!(g.missing.zh.contains(area.or(category).unwrap()), "{}", g.missing.zh);
        }
    }
    assert_eq!(blocked(s.phone().open_inspection(&task(), None)), ["R08", "R08"]);
}

fn verifier(s: &Scene, now: i64) -> Verifier {
    Verifier::new(&s.office.signed_trust(), &s.office.trust.roots.fingerprint().unwrap(), now, false)
}

/// F41, F42: the page's eight digits, however they are written, are answered by both frames, so that clocks do not matter; for 120 s, or until ended.
#[test]
fn f41_f42_a_challenge_is_answered_for_120_seconds() {
    let s = Scene::new();
    let page = |age: i64| {
        // A page whose clock is a day ahead.
        let mut v = verifier(&s, now(&s) + DAY_MS as i64);
        v.challenge = Some((challenge("12345678").unwrap(), age));
        v
    };
    let plain = frame(s.phone(), FrameKind::Badge).unwrap();
    assert_eq!(plain.challenge_left_ms, None);
    assert!(matches!(page(0).badge(&plain.text).verdict, Verdict::Unknown(_)), "without the answer the clocks decide");
    assert_eq!(s.phone().take_challenge(" 1234 5678\n").unwrap(), 120_000);
    let answer = frame(s.phone(), FrameKind::Badge).unwrap();
    assert_eq!(answer.challenge_left_ms, Some(120_000));
    let check = page(5_000).badge(&answer.text);
    let Verdict::Valid { warnings, .. } = &check.verdict else { unreachable!("{:?}", check.verdict) };
    assert!(warnings.iter().any(|w| matches!(w, Warning::DeviceClock(_))), "{warnings:?}");
    assert!(answer.version <= 18);

    for wrong in ["1234567", "123456789", "1234567a", "", "12345678 x", "-1234567", "https://x/b#12345678"] {
        assert!(matches!(s.phone().take_challenge(wrong), Err(PhoneError::NotAChallenge)), "{wrong}");
    }
    s.device.time.pass(119_000);
    let last = frame(s.phone(), FrameKind::Assignment).unwrap();
    assert_eq!(last.challenge_left_ms, Some(1_000), "what was wrong did not end it; frame 2 answers too");
    s.device.time.pass(1_000);
    assert_eq!(frame(s.phone(), FrameKind::Badge).unwrap().challenge_left_ms, None, "120 s are over");
    s.phone().take_challenge("87654321").unwrap();
    s.phone().end_challenge().unwrap();
    assert_eq!(frame(s.phone(), FrameKind::Badge).unwrap().challenge_left_ms, None, "ended by choice");
    s.phone().take_challenge("87654321").unwrap();
    s.device.time.reboot();
    assert_eq!(frame(s.phone(), FrameKind::Badge).unwrap().challenge_left_ms, None, "no clock runs over a restart");
}

/// F42: an answer to another challenge, and yesterday's answer to this one, prove nothing.
#[test]
fn f42_only_the_open_challenge_is_answered() {
    let s = Scene::new();
    s.phone().take_challenge("11112222").unwrap();
    let other = frame(s.phone(), FrameKind::Badge).unwrap();
    let mut v = verifier(&s, now(&s) + DAY_MS as i64);
    v.challenge = Some((challenge("12345678").unwrap(), 1_000));
    assert!(matches!(v.badge(&other.text).verdict, Verdict::Unknown(_)));
    v.challenge = Some((challenge("11112222").unwrap(), 121_000));
    assert!(matches!(v.badge(&other.text).verdict, Verdict::Unknown(_)), "the page's own 120 s");
}

/// B10, R16: the aid label stands there unless the pack says that the province recognises the badge; the complaint telephone as text and as code.
#[test]
fn b10_r16_label_and_complaint() {
    let mut s = Scene::new();
    let screen = s.phone().badge_screen(Some(&task())).unwrap();
    assert_eq!(screen.fields, ["张建国", "青川县疾病预防控制局", "科员", NUMBER, "卫生监督", "青川县", "20281231"]);
    assert_eq!(screen.label.unwrap().zh, "电子亮证辅助，以实体证/省电子证为准");
    assert_eq!(screen.complaint.unwrap().zh, "监督电话：0839-12345");
    assert_eq!(screen.address, "office.test/b");
    let code = screen.complaint_code.unwrap();
    assert_eq!((code.text.as_str(), code.refresh_after_ms), ("tel:0839-12345", 0));
    let side = code.size as usize + 8;
    let mut image = vec![vec![255u8; side * 4]; side * 4];
    for (n, dark) in code.modules.iter().enumerate() {
        let (y, x) = (n / code.size as usize + 4, n % code.size as usize + 4);
        for dy in 0..4 {
            for dx in 0..4 {
                image[y * 4 + dy][x * 4 + dx] = if *dark { 0 } else { 255 };
            }
        }
    }
    let mut read = rqrr::PreparedImage::prepare_from_greyscale(side * 4, side * 4, |x, y| image[y][x]);
    assert_eq!(read.detect_grids()[0].decode().unwrap().1, "tel:0839-12345");
    s.office.send_task(0, &Task { badge_address: Some("zf.example/b".into()), ..s.office.task() });
    s.sync();
    let screen = s.phone().badge_screen(Some(&task())).unwrap();
    assert_eq!(screen.address, "zf.example/b", "the one address that papers name");
    assert!(frame(s.phone(), FrameKind::Badge).unwrap().text.starts_with("https://zf.example/b#"));
    assert!(s.phone().checkpoint_frame().unwrap().text.starts_with("https://zf.example/b#"));
    let none = s.phone().badge_screen(None).unwrap();
    assert!(none.complaint.is_none() && none.complaint_code.is_none() && none.label.is_some());

    let recognised = Office::other_pack(|p| p.badge.recognised_by_province = true);
    s.office.send(0, FeedKind::Pack, recognised);
    s.sync();
    assert!(s.phone().badge_screen(Some(&task())).unwrap().label.is_none());
    let earlier = Office::other_pack(|p| {
        p.version += 1;
        p.badge.expiry_warning_days = vec![800];
    });
    s.office.send(0, FeedKind::Pack, earlier);
    s.sync();
    assert_eq!(certificate(&s).step, Some(800), "the thresholds are the pack's");
}

fn officer(name: &str, number: &str) -> Officer {
    Officer {
        name: name.into(),
        unit: "青川县卫生健康局".into(),
        position: "科员".into(),
        number: number.into(),
        category: "卫生监督".into(),
        area: "青川县".into(),
        until: 20_281_231,
    }
}

/// R03, J26: anybody can be looked up with no network, by exactly seven fields; an old list says that it is old.
#[test]
fn r03_j26_officers_are_looked_up_with_no_network() {
    let mut s = Scene::new();
    let none = s.phone().officers("").unwrap();
    assert!(none.as_of.is_none() && none.rows.is_empty() && !none.expired);
    let list = vec![officer("王小明", "2308010099"), officer("张建国", NUMBER), officer("李秀英", OTHER)];
    let list = s.office.officer_list(now(&s), list);
    s.office.send(0, FeedKind::Officers, list);
    s.sync();
    let numbers =
        |query: &str| -> Vec<String> { s.phone().officers(query).unwrap().rows.into_iter().map(|o| o.number).collect() };
    assert_eq!(numbers(""), [NUMBER, OTHER, "2308010099"]);
    assert_eq!(numbers(" 李秀英 "), [OTHER]);
    assert_eq!(numbers("0099"), ["2308010099"]);
    assert_eq!(numbers("青川县 小明"), ["2308010099"]);
    assert_eq!(numbers("赵"), Vec::<String>::new());
    let view = s.phone().officers("张").unwrap();
    assert_eq!((view.total, view.organ.as_deref(), view.as_of), (3, Some("青川县卫生健康局"), Some(NOON)));
    assert_eq!(view.rows[0].shown_fields().len(), 7);
    s.device.time.pass(DAY_MS + 1);
    s.reopen();
    let old = s.phone().officers("张").unwrap();
    assert!(old.expired && old.rows.len() == 1, "it may be read, and is called old");
}

impl Two {
    /// The rules that still stand before the first answer.
    fn before_asking(&self) -> Vec<&'static str> {
        let act =
            Act::Answer { item: "zhusu-02".into(), result: Answer::Pass, note: String::new(), measured: None, instrument: None };
        blocked(self.lead.phone().act(&self.case, act))
    }
}

fn show(acknowledged: BadgeAck, place: Option<Place>) -> Act {
    Act::ShowBadge { to_whom: "陈晓梅".into(), acknowledged, place }
}

/// J1, J3, R01: nothing is inspected before both officers' certificates are shown, each from the own phone; the entry says to whom, when, where and how.
#[test]
fn j1_j3_r01_both_show_from_their_own_phones() {
    let here = Place { lat_e7: 325_921_340, lon_e7: 1_052_314_560, accuracy_m: 8, age_ms: 900, mock: false };
    for how in [BadgeAck::Scanned, BadgeAck::Photographed, BadgeAck::Signed, BadgeAck::Declined] {
        let two = Two::new(|_| {});
        let (lead, second) = (two.lead.phone(), &two.second);
        assert_eq!(blocked(lead.act(&two.case, show(how, None))), ["J1"], "one officer alone");
        two.pair().unwrap();
        assert!(two.before_asking().contains(&"J3"));
        lead.act(&two.case, show(how, Some(here.clone()))).unwrap();
        assert!(two.before_asking().contains(&"J3"), "both, not one");
        second.act(&two.case, show(how, None)).unwrap();
        two.carry();
        assert!(!two.before_asking().contains(&"J3"));
        let badges = lead.inspection(&two.case).unwrap().badges;
        assert_eq!(badges.iter().map(|b| b.officer.number.as_str()).collect::<Vec<_>>(), [NUMBER, OTHER]);
        assert!(badges.iter().all(|b| b.acknowledged == how && b.to_whom == "陈晓梅" && !b.shared_device && b.at.ms == NOON));
        assert_eq!((badges[0].place.as_ref(), badges[0].fix.as_deref()), (Some(&here), Some("good")));
        let own = second.inspection(&two.case).unwrap().badges;
        let own = own.iter().find(|b| b.officer.number == OTHER).unwrap();
        assert_eq!((own.place.as_ref(), own.fix.as_deref()), (None, Some("none")), "no fix is recorded as such");
    }
}

/// R09: the tick is asked for before the certificate, is the own one, and is no gate: whatever it says, everything goes on.
#[test]
fn r09_dress_is_asked_for_and_is_no_gate() {
    let two = Two::new(|_| {});
    let (lead, second) = (two.lead.phone(), &two.second);
    let open =
        |phone: &Phone| phone.open_points(&two.case).unwrap().iter().map(|p| (p.rule, p.missing.zh.clone())).collect::<Vec<_>>();
    let look = |uniform, insignia, evidence: Option<&str>| Act::CheckAppearance {
        uniform,
        insignia,
        note: String::new(),
        evidence: evidence.map(str::to_owned),
    };
    assert_eq!(open(lead), [("R09", "着装标识未确认".to_owned())]);
    lead.act(&two.case, look(true, false, None)).unwrap();
    assert_eq!(open(lead), [("R09", "着装、标识不齐，已如实记录".to_owned())], "alone and before anything else");
    two.pair().unwrap();
    lead.act(&two.case, show(BadgeAck::Scanned, None)).unwrap();
    second.act(&two.case, show(BadgeAck::Scanned, None)).unwrap();
    two.carry();
    assert!(!two.before_asking().contains(&"J3") && !two.before_asking().contains(&"R09"), "{:?}", two.before_asking());
    assert!(matches!(lead.act(&two.case, look(true, true, Some("no-such"))), Err(PhoneError::Invalid(_))));
    lead.act(&two.case, look(true, true, None)).unwrap();
    assert!(open(lead).is_empty());
    assert_eq!(open(second).len(), 1, "nobody ticks for somebody else");
    let said = lead.inspection(&two.case).unwrap().appearances;
    assert_eq!(
        said.iter().map(|a| (a.officer.number.as_str(), a.uniform, a.insignia)).collect::<Vec<_>>(),
        [(NUMBER, true, true)]
    );
}

/// P3, J3: shown on one phone the second officer's certificate is marked and provisional; the own phone's showing replaces it. Nobody else is shown so.
#[test]
fn p3_j3_on_one_phone_the_second_is_marked() {
    let two = Two::new(|_| {});
    let (lead, second) = (two.lead.phone(), &two.second);
    let shared = |number: &str| Act::ShowSharedBadge {
        number: number.into(),
        to_whom: "陈晓梅".into(),
        acknowledged: BadgeAck::Photographed,
        place: None,
    };
    assert_eq!(blocked(lead.act(&two.case, shared(OTHER))), ["J1"], "who is not present shows nothing");
    two.pair().unwrap();
    lead.act(&two.case, show(BadgeAck::Scanned, None)).unwrap();
    for nobody in [NUMBER, "2308010099"] {
        assert!(matches!(lead.act(&two.case, shared(nobody)), Err(PhoneError::NotFound(_))), "{nobody}");
    }
    lead.act(&two.case, shared(OTHER)).unwrap();
    assert!(!two.before_asking().contains(&"J3"));
    let i = lead.inspection(&two.case).unwrap();
    assert_eq!(i.badges.iter().map(|b| b.shared_device).collect::<Vec<_>>(), [false, true]);
    assert_eq!(i.shown_on_shared_device().iter().map(|o| o.number.as_str()).collect::<Vec<_>>(), [OTHER]);
    second.act(&two.case, show(BadgeAck::Scanned, None)).unwrap();
    two.carry();
    let i = lead.inspection(&two.case).unwrap();
    assert!(i.shown_on_shared_device().is_empty(), "confirmed from the own phone");
    assert_eq!(i.badges.len(), 3, "both entries stay");
    lead.act(&two.case, shared(OTHER)).unwrap();
    assert!(lead.inspection(&two.case).unwrap().shown_on_shared_device().is_empty());
}

/// J1, R02, R08: an officer of whose suspension only the lead's phone knows is refused at pairing; so is one whose certificate does not cover the task.
#[test]
fn j1_r02_a_suspended_second_officer_does_not_count() {
    let mut two = Two::new(|lead| {
        lead.device.time.pass(60_000);
        let list = lead.office.status_list(now(lead), 2, CertificateStatus::Suspended, Use::Status);
        lead.office.send(0, FeedKind::Status, list);
        lead.sync();
    });
    assert_eq!(two.second.certificate().unwrap().state, CertificateState::Unknown);
    assert_eq!(blocked(two.pair()), ["R02"]);
    assert_eq!(blocked(two.lead.phone().act(&two.case, show(BadgeAck::Scanned, None))), ["J1"], "still alone");
    two.lead.device.time.pass(60_000);
    let list = two.lead.office.status_list(now(&two.lead), 2, CertificateStatus::Valid, Use::Status);
    two.lead.office.send(0, FeedKind::Status, list);
    two.lead.sync();
    two.pair().unwrap();

    two.lead.device.time.pass(60_000);
    let list = two.lead.office.status_list(now(&two.lead), 1, CertificateStatus::Suspended, Use::Status);
    two.lead.office.send(0, FeedKind::Status, list);
    two.lead.sync();
    assert_eq!(blocked(two.lead.phone().act(&two.case, show(BadgeAck::Scanned, None))), ["R02"], "suspended on site");
}

/// P7, J1: the showing says for how long the credential was not renewed (`badge_stale`).
#[test]
fn p7_showing_with_a_stale_credential_is_recorded() {
    let two = Two::new(|lead| {
        lead.device.time.pass(33 * DAY_MS);
        let task_today = lead.office.task();
        for to in [0, 1] {
            lead.office.send_task(to, &task_today);
        }
        lead.sync();
    });
    let mut two = two;
    two.sync_second();
    two.pair().unwrap();
    two.lead.phone().act(&two.case, show(BadgeAck::Scanned, None)).unwrap();
    let badges = two.lead.phone().inspection(&two.case).unwrap().badges;
    assert_eq!(badges[0].stale_days, Some(3));
}
