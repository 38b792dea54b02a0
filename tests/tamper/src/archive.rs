//! A zip writer that can be told to deviate. Without being told it writes the canonical form (`docs/formats` §10), independently of core.

use crate::bag::Bag;

/// A file of the archive; each field is what goes into its headers.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    /// In the local header, if it differs.
    pub local_name: Option<Vec<u8>>,
    pub content: Vec<u8>,
    pub crc: u32,
    pub local_crc: Option<u32>,
    /// Length as stated, if it differs.
    pub size: Option<u32>,
    pub clear_size: Option<u32>,
    pub made_by: u16,
    pub needed: u16,
    pub flags: u16,
    pub method: u16,
    pub time: u16,
    pub date: u16,
    pub internal: u16,
    pub external: u32,
    pub disk: u16,
    pub local_extra: Vec<u8>,
    pub central_extra: Vec<u8>,
    pub comment: Vec<u8>,
    /// Bytes before the local header, and behind the content.
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    /// Left out of the directory.
    pub hidden: bool,
}

impl Entry {
    pub fn new(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            local_name: None,
            content: content.to_vec(),
            crc: crc32fast::hash(content),
            local_crc: None,
            size: None,
            clear_size: None,
            made_by: 10,
            needed: 10,
            flags: 0,
            method: 0,
            time: 0,
            date: 0x0021,
            internal: 0,
            external: 0,
            disk: 0,
            local_extra: Vec::new(),
            central_extra: Vec::new(),
            comment: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            hidden: false,
        }
    }

    fn common(&self, crc: u32, name: &[u8], extra: &[u8]) -> Vec<u8> {
        let size = self.size.unwrap_or(self.content.len() as u32);
        let words = [self.needed, self.flags, self.method, self.time, self.date].map(u16::to_le_bytes).concat();
        let sizes = [crc, size, self.clear_size.unwrap_or(size)].map(u32::to_le_bytes).concat();
        [words, sizes, (name.len() as u16).to_le_bytes().to_vec(), (extra.len() as u16).to_le_bytes().to_vec()].concat()
    }

    fn local(&self) -> Vec<u8> {
        let name = self.local_name.as_ref().unwrap_or(&self.name);
        let common = self.common(self.local_crc.unwrap_or(self.crc), name, &self.local_extra);
        [b"PK\x03\x04".as_slice(), &common, name, &self.local_extra].concat()
    }

    fn central(&self, offset: u32) -> Vec<u8> {
        let rest = [self.comment.len() as u16, self.disk, self.internal].map(u16::to_le_bytes).concat();
        let rest = [rest, self.external.to_le_bytes().to_vec(), offset.to_le_bytes().to_vec()].concat();
        let common = self.common(self.crc, &self.name, &self.central_extra);
        let head = [b"PK\x01\x02".as_slice(), &self.made_by.to_le_bytes(), &common].concat();
        [&head, &rest, &self.name, &self.central_extra, &self.comment].map(Vec::as_slice).concat()
    }
}

/// The whole archive.
#[derive(Clone, Default)]
pub struct Archive {
    pub entries: Vec<Entry>,
    /// Order of the directory, if it differs from that of the entries.
    pub order: Option<Vec<usize>>,
    /// Bytes before everything, before and behind the directory, and after everything.
    pub prefix: Vec<u8>,
    /// Whether offsets count the prefix.
    pub prefix_counted: bool,
    pub before_directory: Vec<u8>,
    pub after_directory: Vec<u8>,
    pub trailing: Vec<u8>,
    pub comment: Vec<u8>,
    pub count: Option<u16>,
    pub disk: u16,
    /// The directory twice; the end names the second.
    pub twice: bool,
    /// A zip64 end though none is needed.
    pub zip64: bool,
}

impl Archive {
    /// The canonical archive of a bag, its files in `base`.
    pub fn of(bag: &Bag, base: &str) -> Self {
        let entries = bag.0.iter().map(|(path, bytes)| Entry::new(&format!("{base}/{path}"), bytes)).collect();
        Self { entries, prefix_counted: true, ..Self::default() }
    }

    /// The entry whose name ends so.
    pub fn entry(&mut self, end: &str) -> &mut Entry {
        self.entries.iter_mut().find(|entry| entry.name.ends_with(end.as_bytes())).unwrap()
    }

    /// All bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let shift = if self.prefix_counted { 0 } else { out.len() };
        let mut offsets = Vec::new();
        for entry in &self.entries {
            out.extend(&entry.before);
            offsets.push((out.len() - shift) as u32);
            out.extend([&entry.local(), &entry.content, &entry.after].map(Vec::as_slice).concat());
        }
        out.extend(&self.before_directory);
        let order = self.order.clone().unwrap_or_else(|| (0..self.entries.len()).collect());
        let listed: Vec<_> = order.into_iter().filter(|i| !self.entries[*i].hidden).collect();
        let directory: Vec<u8> = listed.iter().flat_map(|i| self.entries[*i].central(offsets[*i])).collect();
        if self.twice {
            out.extend(&directory);
        }
        let start = (out.len() - shift) as u32;
        out.extend(&directory);
        out.extend(&self.after_directory);
        let (count, size) = (self.count.unwrap_or(listed.len() as u16), directory.len() as u32);
        if self.zip64 {
            let (n, at) = (u64::from(count), (out.len() - shift) as u64);
            out.extend(b"PK\x06\x06");
            out.extend([44u64.to_le_bytes().as_slice(), &[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]].concat());
            out.extend([n, n, u64::from(size), u64::from(start)].map(u64::to_le_bytes).concat());
            out.extend([b"PK\x06\x07\0\0\0\0".as_slice(), &at.to_le_bytes(), &1u32.to_le_bytes()].concat());
        }
        out.extend(b"PK\x05\x06");
        out.extend([self.disk, self.disk, count, count].map(u16::to_le_bytes).concat());
        out.extend([size, start].map(u32::to_le_bytes).concat());
        out.extend((self.comment.len() as u16).to_le_bytes());
        out.extend(&self.comment);
        out.extend(&self.trailing);
        out
    }
}
