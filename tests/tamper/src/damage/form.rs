//! Deviations of the zip. Most of these open without complaint in stock tools.

use super::Verdict::Refused;
use super::{Damage, Damaged, Group};
use crate::Made;
use crate::archive::{Archive, Entry};
use flate2::{Compression, write::DeflateEncoder};
use std::io::Write as _;

type Change = fn(&mut Archive);

pub(super) fn group(made: &Made) -> Group {
    let zip = Archive::of(&made.sealed, "case-1");
    let bytes = zip.bytes();
    let with = |change: Change| {
        let mut zip = zip.clone();
        change(&mut zip);
        Damaged::bytes("", zip.bytes())
    };
    let form = Refused(&["zip-form"]);
    let any = Refused(&["zip-form", "zip-truncated"]);
    let row = |name: &'static str, verdict, changes: &[Change]| Damage::new(name, verdict, changes.iter().map(|c| with(*c)));
    let cut = |n: usize| Damaged::bytes(format!("{n} bytes"), bytes[..n].to_vec());
    let damages = vec![
        row(
            "bytes before the zip",
            any,
            &[|z| z.prefix = b"#!/bin/sh\n".to_vec(), |z| (z.prefix, z.prefix_counted) = (b"#!/bin/sh\n".to_vec(), false)],
        ),
        row("bytes behind the zip", any, &[|z| z.trailing = b"\n".to_vec(), |z| z.trailing = vec![0; 1000]]),
        row("a comment", any, &[|z| z.comment = b"x".to_vec(), |z| z.entries[3].comment = b"x".to_vec()]),
        row(
            "a second end inside the comment",
            any,
            &[|z| {
                z.comment = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
            }],
        ),
        row(
            "a gap",
            form,
            &[|z| z.entries[2].before = vec![0], |z| z.before_directory = vec![0; 3], |z| z.after_directory = b"PK".to_vec()],
        ),
        row(
            "an extra field",
            form,
            &[
                |z| z.entries[1].local_extra = vec![0x55, 0x54, 1, 0, 0],
                |z| z.entries[1].central_extra = vec![0x55, 0x54, 1, 0, 0],
                |z| {
                    let name = [&[1][..], &[0; 4], b"case-1/other"].concat();
                    let field = [&[0x75, 0x70, name.len() as u8, 0], name.as_slice()].concat();
                    (z.entries[1].local_extra, z.entries[1].central_extra) = (field.clone(), field);
                },
            ],
        ),
        row(
            "a zip64 field or end that is not needed",
            form,
            &[
                |z| z.zip64 = true,
                |z| {
                    let e = &mut z.entries[1];
                    let n = (e.content.len() as u64).to_le_bytes();
                    e.size = Some(u32::MAX);
                    e.local_extra = [&[1, 0, 16, 0][..], &n, &n].concat();
                    (e.central_extra, e.needed) = (e.local_extra.clone(), 45);
                },
            ],
        ),
        row(
            "a data descriptor",
            form,
            &[|z| {
                let e = &mut z.entries[1];
                e.flags = 8;
                let n = (e.content.len() as u32).to_le_bytes();
                e.after = [b"PK\x07\x08".as_slice(), &e.crc.to_le_bytes(), &n, &n].concat();
            }],
        ),
        row("a flag", form, &[|z| z.entries[0].flags = 0x800, |z| z.entries[0].flags = 1]),
        row("a date or time", form, &[|z| z.entries[0].date = 0x5d76, |z| z.entries[0].time = 1]),
        row("a version", form, &[|z| z.entries[0].made_by = 0x031e, |z| z.entries[0].needed = 20]),
        row("attributes", form, &[|z| z.entries[0].external = 0xa1ff_0000, |z| z.entries[0].internal = 1]),
        row(
            "a compressed file",
            form,
            &[|z| {
                let e = z.entry("bag-info.txt");
                let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
                deflate.write_all(&e.content).unwrap();
                e.clear_size = Some(e.content.len() as u32);
                e.content = deflate.finish().unwrap();
                e.method = 8;
            }],
        ),
        row(
            "another order",
            form,
            &[
                |z| z.entries.swap(1, 2),
                |z| {
                    let mut order: Vec<_> = (0..z.entries.len()).collect();
                    order.swap(1, 2);
                    z.order = Some(order);
                },
            ],
        ),
        row(
            "a file twice",
            form,
            &[
                |z| z.entries.insert(1, z.entries[0].clone()),
                |z| {
                    let mut other = z.entries[0].clone();
                    other.content.push(b'x');
                    other.crc = crc32fast::hash(&other.content);
                    z.entries.insert(1, other);
                },
            ],
        ),
        row(
            "a file hidden from the directory",
            form,
            &[
                |z| z.entries[4].hidden = true,
                |z| {
                    let mut ghost = Entry::new("case-1/zzz", b"hidden");
                    ghost.hidden = true;
                    z.entries.push(ghost);
                },
            ],
        ),
        row("two directories", form, &[|z| z.twice = true]),
        row("another count or disk", form, &[|z| z.count = Some(3), |z| z.disk = 1, |z| z.entries[0].disk = 1]),
        row(
            "another name, length or sum in the local header",
            form,
            &[|z| z.entries[1].local_name = Some(z.entries[1].name.to_ascii_uppercase()), |z| z.entries[1].local_crc = Some(0)],
        ),
        row("a false sum in both headers", Refused(&["file-changed"]), &[|z| z.entry("bag-info.txt").crc ^= 1]),
        row(
            "a length that reaches into the next file",
            form,
            &[|z| z.entries[1].size = Some(z.entries[1].content.len() as u32 + 1)],
        ),
        row("an entry for a folder", Refused(&["zip-form", "file-name"]), &[|z| z.entries.insert(0, Entry::new("case-1/", b""))]),
        row(
            "a file outside the base folder",
            form,
            &[
                |z| z.entries.push(Entry::new("other/x", b"x")),
                |z| z.entries.insert(0, Entry::new("../x", b"x")),
                |z| z.entries.insert(0, Entry::new("/etc/x", b"x")),
                |z| z.entries.push(Entry::new("x", b"x")),
            ],
        ),
        row(
            "no base folder",
            form,
            &[|z| {
                for e in &mut z.entries {
                    e.name = e.name[7..].to_vec();
                }
            }],
        ),
        row(
            "a path that leads out",
            Refused(&["file-name"]),
            &[
                |z| z.entries.insert(0, Entry::new("case-1/../x", b"x")),
                |z| z.entries.push(Entry::new("case-1/z\\..\\x", b"x")),
                |z| z.entries.insert(0, Entry::new("case-1//x", b"x")),
            ],
        ),
        Damage::new("a zip cut short", any, [bytes.len() - 1, bytes.len() - 22, bytes.len() / 2, 100, 4, 0].map(cut)),
        Damage::new(
            "no zip",
            any,
            [
                Damaged::bytes("text", b"hello".to_vec()),
                Damaged::bytes("an empty zip", [b"PK\x05\x06".as_slice(), &[0; 18]].concat()),
            ],
        ),
    ];
    Group { name: "Deviations of the zip", damages }
}
