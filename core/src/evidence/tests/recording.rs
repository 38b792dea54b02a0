//! Sound and video: what their structure says, in whatever pieces they come (F10).

use super::super::probe::{Probe, Probed, Structure};
use super::*;

fn wav(samples: usize) -> Vec<u8> {
    let data: Vec<u8> = (0..samples).flat_map(|n| ((n % 251) as i16).to_le_bytes()).collect();
    let format = [1_u16.to_le_bytes(), 1_u16.to_le_bytes()].concat();
    let rates = [8_000_u32.to_le_bytes(), 16_000_u32.to_le_bytes()].concat();
    let fmt = [format, rates, 2_u16.to_le_bytes().to_vec(), 16_u16.to_le_bytes().to_vec()].concat();
    let chunk = |id: &[u8], body: &[u8]| [id, &(body.len() as u32).to_le_bytes(), body].concat();
    let body = [b"WAVE".to_vec(), chunk(b"fmt ", &fmt), chunk(b"LIST", b"INFOx\0"), chunk(b"data", &data)].concat();
    chunk(b"RIFF", &body)
}

fn adts(frames: usize) -> Vec<u8> {
    let length = 7 + 93_u64;
    // sync, MPEG-4, no CRC, AAC-LC, 16 kHz, mono, length, fullness, one block
    let bits = 0xfff << 44 | 1 << 40 | 1 << 38 | 8 << 34 | 1 << 30 | length << 13 | 0x7ff << 2;
    let frame = [&u64::to_be_bytes(bits)[1..], &[0x21; 93]].concat();
    frame.repeat(frames)
}

fn ts(packets: usize) -> Vec<u8> {
    let packet = |pid: u16, start: bool| {
        let pid = pid | if start { 0x4000 } else { 0 };
        [&[0x47], pid.to_be_bytes().as_slice(), &[0x10], &[0xff; 184]].concat()
    };
    let mut out = [packet(0, true), packet(0x1000, true), packet(0x100, true)].concat();
    (3..packets).for_each(|_| out.extend(packet(0x100, false)));
    out
}

fn boxed(kind: &[u8], body: &[u8]) -> Vec<u8> {
    [&(8 + body.len() as u32).to_be_bytes(), kind, body].concat()
}
fn moov(duration: u32) -> Vec<u8> {
    let mvhd = [vec![0; 12], 1000_u32.to_be_bytes().to_vec(), duration.to_be_bytes().to_vec(), vec![0; 80]].concat();
    boxed(b"moov", &[boxed(b"mvhd", &mvhd), boxed(b"trak", &[0; 40])].concat())
}
fn mp4() -> Vec<u8> {
    [boxed(b"ftyp", b"isomiso2\0\0\0\0"), boxed(b"mdat", &[7; 900]), moov(10_020)].concat()
}
fn fragments() -> Vec<u8> {
    [boxed(b"ftyp", b"iso5\0\0\0\0"), moov(0), boxed(b"moof", &[0; 64]), boxed(b"mdat", &[7; 400])].concat()
}

fn ogg(pages: u8) -> Vec<u8> {
    let page = |flags: u8| [b"OggS\0".as_slice(), &[flags], &[0; 20], &[2, 255, 30], &[0x55; 285]].concat();
    (0..pages).flat_map(|n| page(if n == 0 { 2 } else { u8::from(n + 1 == pages) * 4 })).collect()
}

fn probe(bytes: &[u8], piece: usize) -> Probed {
    let mut probe = Probe::default();
    bytes.chunks(piece.max(1)).for_each(|c| probe.push(c));
    probe.finish()
}

#[test]
fn f10_whole_recordings_are_told_in_any_pieces() {
    let large = [boxed(b"ftyp", b"M4A \0\0\0\0"), {
        // A box with a 64-bit length.
        [1_u32.to_be_bytes().to_vec(), b"mdat".to_vec(), 116_u64.to_be_bytes().to_vec(), vec![1; 100]].concat()
    }]
    .concat();
    let cases: [(&str, Vec<u8>, MediaType, Option<u64>); 8] = [
        ("a.wav", wav(80_000), MediaType::Wav, Some(10_000)),
        ("a.aac", adts(156), MediaType::Aac, Some(156 * 1024 * 1000 / 16_000)),
        ("a.ts", ts(50), MediaType::MpegTs, None),
        ("a.mp4", mp4(), MediaType::Mp4, Some(10_020)),
        ("a.mp4", fragments(), MediaType::Mp4, None),
        ("a.m4a", [large, moov(7)].concat(), MediaType::M4a, Some(7)),
        ("a.ogg", ogg(4), MediaType::Ogg, None),
        ("a.txt", "问：几点开始？\n答：九点。\n".repeat(40).into_bytes(), MediaType::Text, None),
    ];
    for (name, bytes, media, lasts_ms) in cases {
        assert_eq!(MediaType::sniff(&bytes), media, "{name}");
        assert!(media.fits(name) && MediaType::from_mime(media.mime()) == media, "{name}");
        for piece in [1, 7, 188, 4096, bytes.len()] {
            assert_eq!(probe(&bytes, piece), Probed { structure: Structure::Whole, lasts_ms }, "{name} in pieces of {piece}");
        }
    }
}

/// No cut of a recording passes for whole, except where the format itself has no end: whole frames, packets or sentences.
#[test]
fn f10_cut_recordings_are_never_whole() {
    const NEVER: usize = usize::MAX;
    let cases: [(&str, Vec<u8>, usize); 6] = [
        ("wav", wav(700), NEVER),
        ("mp4", mp4(), NEVER),
        ("ogg", ogg(3), NEVER),
        ("aac", adts(9), 100),
        ("ts", ts(9), 188),
        // The media data of the last fragment may be missing unseen only where another box ends.
        ("fmp4", fragments(), NEVER),
    ];
    for (name, bytes, unit) in cases {
        for cut in 0..bytes.len() {
            let found = probe(&bytes[..cut], 61).structure;
            // A letter or two are taken for text: no recording at all.
            let letters = MediaType::sniff(&bytes[..cut]) == MediaType::Text;
            assert!(letters || found != Structure::Whole || cut.is_multiple_of(unit), "{name} cut at {cut}: {found:?}");
        }
        assert_eq!(probe(&[], 1).structure, Structure::Empty);
    }
}

#[test]
fn f10_a_recorder_that_died_is_named() {
    let mut open = wav(700);
    let at = open.windows(4).position(|w| w == b"data").unwrap() + 4;
    open[at..at + 4].copy_from_slice(&[0; 4]);
    assert_eq!(probe(&open, 64).structure, Structure::Truncated, "the length was never written");
    assert_eq!(probe(&wav(0), 64).structure, Structure::Truncated, "the same without sound");
    let no_table = [boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"mdat", &[7; 900])].concat();
    assert_eq!(probe(&no_table, 64).structure, Structure::Truncated, "no table of what is where");
    let nothing = [boxed(b"ftyp", b"isom\0\0\0\0"), moov(0)].concat();
    assert_eq!(probe(&nothing, 64).structure, Structure::Empty);
    let mut lost = adts(9);
    lost[300] = 0;
    assert_eq!(probe(&lost, 64).structure, Structure::Damaged);
    let mut lost = ts(9);
    lost[188 * 5] = 0;
    assert_eq!(probe(&lost, 64).structure, Structure::Damaged);
    let child_beyond = boxed(b"moov", &[9_u32.to_be_bytes().to_vec(), b"trak".to_vec()].concat());
    assert_eq!(probe(&[boxed(b"ftyp", b"isom\0\0\0\0"), child_beyond].concat(), 64).structure, Structure::Damaged);
    assert_eq!(probe(&[b"text ".repeat(60), vec![0xff]].concat(), 64).structure, Structure::NotExamined);
    assert_eq!(probe(&[b"text ".repeat(200), vec![0xff]].concat(), 64).structure, Structure::Damaged);
}

/// Any bytes have a verdict, and no flipped one brings the look down.
#[test]
fn hostile_recordings_have_a_verdict() {
    for whole in [wav(200), adts(5), ts(5), mp4(), fragments(), ogg(3)] {
        for at in 0..whole.len() {
            for bit in [0x01, 0x80] {
                let mut bad = whole.clone();
                bad[at] ^= bit;
                let all = probe(&bad, bad.len());
                assert_eq!(probe(&bad, 13), all, "at {at}");
            }
        }
    }
}

/// A recording's part is sealed like a photograph, known by its content, and read back in one pass.
#[test]
fn f10_f11_parts_are_sealed_and_checked() {
    let phone = Phone::new();
    let (part, checked) = phone.take("第一段.wav", &wav(4_000));
    assert_eq!((part.media, part.extension_fits, checked.name()), (MediaType::Wav, true, "whole"));
    assert_eq!(part.probed, Probed { structure: Structure::Whole, lasts_ms: Some(500) });
    let (twin, _) = phone.take("第一段.wav", &wav(4_000));
    assert_eq!((twin.summary.clear, twin.file == part.file), (part.summary.clear, false), "silence sounds the same twice");
    let (wrong, checked) = phone.take("a.mp4", &adts(20));
    assert_eq!((wrong.media, wrong.extension_fits, checked.name()), (MediaType::Aac, false, "whole"));
    let (cut, checked) = phone.take("a.wav", &wav(4_000)[..3_000]);
    assert_eq!((cut.probed.structure, checked.name()), (Structure::Truncated, "truncated"));
    let (_, checked) = phone.take("a.mp4", &[]);
    assert_eq!(checked.name(), "empty");
    assert_eq!(examine(&mp4(), "a.mp4").name(), "whole");
}
