//! A strict reader for PDFs as this product writes them (ISO 32000-1 §7.3, §7.5): plain cross-reference tables, no object streams.
//!
//! It repairs nothing. A reader that guesses would let a changed file pass as another file than the one a viewer shows.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;

use super::DocumentError;
use DocumentError::Damaged;

const MAX_FILE: usize = 64 << 20;
/// Longest object (without its stream) and trailer.
const MAX_OBJECT: usize = 1 << 20;
const MAX_OBJECTS: usize = 100_000;
const MAX_DEPTH: usize = 32;
const MAX_SECTIONS: usize = 16;

pub(super) type Dict = BTreeMap<Vec<u8>, Object>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    /// null, booleans and reals: never looked at.
    Other,
    Int(i64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    Ref(u32),
}

impl Object {
    pub(super) fn dict(&self) -> Option<&Dict> {
        if let Self::Dict(d) = self { Some(d) } else { None }
    }

    pub(super) fn int(&self) -> Option<usize> {
        if let Self::Int(n) = self { usize::try_from(*n).ok() } else { None }
    }
}

/// An indirect object.
pub(super) struct Indirect {
    pub(super) value: Object,
    /// Where the value lies in the file.
    pub(super) span: Range<usize>,
    /// Where the stream's bytes lie, if it is a stream.
    stream: Option<Range<usize>>,
}

/// A PDF file with its cross-reference sections, newest first.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    offsets: BTreeMap<u32, usize>,
    pub(super) trailer: Dict,
    /// Offset of the newest cross-reference section.
    pub(super) startxref: usize,
}

impl<'a> File<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        if bytes.len() > MAX_FILE {
            return Err(Damaged("too large"));
        }
        if !bytes.starts_with(b"%PDF-1.") {
            return Err(Damaged("no PDF header"));
        }
        let startxref = startxref(bytes)?;
        let mut offsets = BTreeMap::new();
        let mut newest: Option<Dict> = None;
        let mut at = startxref;
        for _ in 0..MAX_SECTIONS {
            let trailer = section(bytes, at, &mut offsets)?;
            let previous = trailer.get(b"Prev".as_slice()).map(Object::int);
            newest.get_or_insert(trailer);
            match previous {
                None => {
                    let trailer = newest.ok_or(Damaged("no trailer"))?;
                    return Ok(Self { bytes, offsets, trailer, startxref });
                }
                // Older sections lie before newer ones, so a loop is impossible.
                Some(Some(earlier)) if earlier < at => at = earlier,
                Some(_) => return Err(Damaged("order of cross-reference sections")),
            }
        }
        Err(Damaged("too many cross-reference sections"))
    }

    /// The catalog's object number and the catalog.
    pub(super) fn catalog(&self) -> Result<(u32, Indirect), DocumentError> {
        match self.trailer.get(b"Root".as_slice()) {
            Some(Object::Ref(n)) => Ok((*n, self.indirect(*n)?)),
            _ => Err(Damaged("no catalog")),
        }
    }

    /// Reads one object.
    pub(super) fn indirect(&self, number: u32) -> Result<Indirect, DocumentError> {
        let at = *self.offsets.get(&number).ok_or(Damaged("object is not listed"))?;
        let mut lexer = Lexer { bytes: window(self.bytes, at), at };
        if lexer.integer()? != i64::from(number) || lexer.integer()? != 0 || lexer.word() != b"obj" {
            return Err(Damaged("object is not where the table says"));
        }
        lexer.space();
        let start = lexer.at;
        let value = lexer.object(0)?;
        let span = start..lexer.at;
        lexer.space();
        let stream = match (lexer.word(), &value) {
            (b"endobj", _) => None,
            (b"stream", Object::Dict(dict)) => {
                if lexer.rest().starts_with(b"\r\n") {
                    lexer.at += 2;
                } else if lexer.rest().starts_with(b"\n") {
                    lexer.at += 1;
                } else {
                    return Err(Damaged("stream"));
                }
                let length = dict.get(b"Length".as_slice()).and_then(Object::int).ok_or(Damaged("length of a stream"))?;
                let end =
                    lexer.at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(Damaged("length of a stream"))?;
                let range = lexer.at..end;
                lexer = Lexer { bytes: window(self.bytes, end), at: end };
                lexer.space();
                if lexer.word() != b"endstream" {
                    return Err(Damaged("end of a stream"));
                }
                Some(range)
            }
            _ => return Err(Damaged("end of an object")),
        };
        Ok(Indirect { value, span, stream })
    }

    /// Follows a reference, if it is one.
    pub(super) fn resolve(&self, object: &Object) -> Result<Object, DocumentError> {
        match object {
            Object::Ref(n) => Ok(self.indirect(*n)?.value),
            other => Ok(other.clone()),
        }
    }

    /// The decoded bytes of a stream, at most `limit`.
    pub(super) fn decode(&self, object: &Indirect, limit: usize) -> Result<Vec<u8>, DocumentError> {
        let raw = object.stream.clone().and_then(|r| self.bytes.get(r)).ok_or(Damaged("not a stream"))?;
        let dict = object.value.dict().ok_or(Damaged("not a stream"))?;
        let filter = match dict.get(b"Filter".as_slice()) {
            Some(Object::Array(list)) => match list.as_slice() {
                [] => None,
                [one] => Some(one),
                _ => return Err(Damaged("filters of a stream")),
            },
            other => other,
        };
        let mut out = Vec::new();
        let read = match filter {
            None => raw.take(limit as u64 + 1).read_to_end(&mut out),
            Some(Object::Name(name)) if name == b"FlateDecode" => {
                flate2::read::ZlibDecoder::new(raw).take(limit as u64 + 1).read_to_end(&mut out)
            }
            Some(_) => return Err(Damaged("filter of a stream")),
        };
        if read.is_err() {
            return Err(Damaged("compressed stream"));
        }
        if out.len() > limit {
            return Err(Damaged("attachment too large"));
        }
        Ok(out)
    }
}

/// `startxref`, offset, `%%EOF` at the very end.
fn startxref(bytes: &[u8]) -> Result<usize, DocumentError> {
    let tail_start = bytes.len().saturating_sub(64);
    let tail = bytes.get(tail_start..).unwrap_or_default();
    let keyword = b"startxref";
    let found = tail.windows(keyword.len()).rposition(|w| w == keyword).ok_or(Damaged("end of the file"))?;
    let mut lexer = Lexer { bytes, at: tail_start + found + keyword.len() };
    let offset = usize::try_from(lexer.integer()?).map_err(|_| Damaged("startxref"))?;
    lexer.space_only();
    match lexer.rest() {
        b"%%EOF" | b"%%EOF\n" | b"%%EOF\r\n" => Ok(offset),
        _ => Err(Damaged("end of the file")),
    }
}

/// Reads one cross-reference table; entries of newer sections win.
fn section(bytes: &[u8], at: usize, offsets: &mut BTreeMap<u32, usize>) -> Result<Dict, DocumentError> {
    let mut lexer = Lexer { bytes, at };
    if lexer.word() != b"xref" {
        return Err(Damaged("cross-reference table"));
    }
    let mut here = Vec::new();
    loop {
        lexer.space();
        if lexer.rest().starts_with(b"trailer") {
            lexer.at += b"trailer".len();
            break;
        }
        let first = lexer.integer()?;
        let count = lexer.integer()?;
        lexer.space();
        for i in 0..count {
            // nnnnnnnnnn ggggg n eol: 20 bytes (§7.5.4)
            let entry = lexer.rest().get(..20).ok_or(Damaged("cross-reference table"))?;
            let digits = entry.get(..10).and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| d.parse::<usize>().ok());
            let number = first.checked_add(i).and_then(|n| u32::try_from(n).ok());
            match (digits, number, entry.get(17)) {
                (Some(offset), Some(number), Some(b'n')) if here.len() < MAX_OBJECTS => here.push((number, offset)),
                (Some(_), Some(_), Some(b'f')) => {}
                _ => return Err(Damaged("cross-reference table")),
            }
            lexer.at += 20;
        }
    }
    for (number, offset) in here {
        offsets.entry(number).or_insert(offset);
    }
    lexer.bytes = window(bytes, lexer.at);
    match lexer.object(0)? {
        Object::Dict(trailer) => Ok(trailer),
        _ => Err(Damaged("trailer")),
    }
}

/// The file up to as far behind `at` as one object may reach.
fn window(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(..at.saturating_add(MAX_OBJECT)).unwrap_or(bytes)
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn space_only(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// White space and comments.
    fn space(&mut self) {
        self.space_only();
        while self.peek() == Some(b'%') {
            while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                self.at += 1;
            }
            self.space_only();
        }
    }

    /// Regular characters up to the next delimiter.
    fn word(&mut self) -> &'a [u8] {
        self.space();
        let rest = self.rest();
        let length = rest.iter().position(|b| is_space(*b) || is_delimiter(*b)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn integer(&mut self) -> Result<i64, DocumentError> {
        integer(self.word()).ok_or(Damaged("number"))
    }

    fn object(&mut self, depth: usize) -> Result<Object, DocumentError> {
        if depth > MAX_DEPTH {
            return Err(Damaged("nesting"));
        }
        self.space();
        match self.peek().ok_or(Damaged("object"))? {
            b'/' => Ok(Object::Name(self.name()?)),
            b'(' => Ok(Object::Text(self.literal()?)),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.space();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                        return Ok(Object::Array(items));
                    }
                    items.push(self.object(depth + 1)?);
                }
            }
            b'<' if self.rest().starts_with(b"<<") => {
                self.at += 2;
                let mut dict = Dict::new();
                loop {
                    self.space();
                    if self.rest().starts_with(b">>") {
                        self.at += 2;
                        return Ok(Object::Dict(dict));
                    }
                    let key = self.name()?;
                    let value = self.object(depth + 1)?;
                    if dict.insert(key, value).is_some() {
                        return Err(Damaged("a key twice"));
                    }
                }
            }
            b'<' => Ok(Object::Text(self.hex()?)),
            _ => self.number_or_reference(),
        }
    }

    fn number_or_reference(&mut self) -> Result<Object, DocumentError> {
        let word = self.word();
        if let Some(number) = integer(word) {
            let mut ahead = Lexer { bytes: self.bytes, at: self.at };
            if let (Ok(number), Some(0), b"R") = (u32::try_from(number), integer(ahead.word()), ahead.word()) {
                self.at = ahead.at;
                return Ok(Object::Ref(number));
            }
            return Ok(Object::Int(number));
        }
        let real = !word.is_empty() && word.iter().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+'));
        if real || matches!(word, b"true" | b"false" | b"null") { Ok(Object::Other) } else { Err(Damaged("object")) }
    }

    fn name(&mut self) -> Result<Vec<u8>, DocumentError> {
        if self.next() != Some(b'/') {
            return Err(Damaged("name"));
        }
        let rest = self.rest();
        let length = rest.iter().position(|b| is_space(*b) || is_delimiter(*b)).unwrap_or(rest.len());
        self.at += length;
        let mut raw = rest.get(..length).unwrap_or_default().iter().copied();
        let mut name = Vec::with_capacity(length);
        while let Some(byte) = raw.next() {
            if byte == b'#' {
                let (high, low) = (raw.next().and_then(nibble), raw.next().and_then(nibble));
                match (high, low) {
                    (Some(high), Some(low)) => name.push(high << 4 | low),
                    _ => return Err(Damaged("name")),
                }
            } else {
                name.push(byte);
            }
        }
        Ok(name)
    }

    /// Literal string (§7.3.4.2).
    fn literal(&mut self) -> Result<Vec<u8>, DocumentError> {
        self.at += 1;
        let (mut text, mut open) = (Vec::new(), 1usize);
        loop {
            match self.next().ok_or(Damaged("text"))? {
                b'(' => {
                    open += 1;
                    text.push(b'(');
                }
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(text);
                    }
                    text.push(b')');
                }
                b'\\' => match self.next().ok_or(Damaged("text"))? {
                    b'n' => text.push(b'\n'),
                    b'r' => text.push(b'\r'),
                    b't' => text.push(b'\t'),
                    b'b' => text.push(8),
                    b'f' => text.push(12),
                    b'\n' => {}
                    digit @ b'0'..=b'7' => {
                        let mut code = u32::from(digit - b'0');
                        for _ in 0..2 {
                            let Some(digit @ b'0'..=b'7') = self.peek() else {
                                break;
                            };
                            code = code * 8 + u32::from(digit - b'0');
                            self.at += 1;
                        }
                        text.push(u8::try_from(code).map_err(|_| Damaged("text"))?);
                    }
                    other => text.push(other),
                },
                byte => text.push(byte),
            }
        }
    }

    fn hex(&mut self) -> Result<Vec<u8>, DocumentError> {
        self.at += 1;
        let (mut text, mut high) = (Vec::new(), None);
        loop {
            match self.next().ok_or(Damaged("text"))? {
                b'>' => {
                    if let Some(high) = high {
                        text.push(high << 4);
                    }
                    return Ok(text);
                }
                byte if is_space(byte) => {}
                byte => {
                    let low = nibble(byte).ok_or(Damaged("text"))?;
                    match high.take() {
                        Some(high) => text.push(high << 4 | low),
                        None => high = Some(low),
                    }
                }
            }
        }
    }
}

fn integer(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}
