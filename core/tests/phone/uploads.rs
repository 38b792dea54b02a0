//! Files at the office in memory: tus and custody receipts as `docs/sync.md` has them, and failures that a test asks for.

use crate::office::{Office, key};
use mingzheng_core::id::{Digest, digest_from_hex, hex, sha256};
use mingzheng_core::log::{Custody, CustodyState, OfficeLeaf, custody_payload, issue_custody};
use mingzheng_core::phone::HttpRequest;
use mingzheng_core::trust::Use;
use mingzheng_core::wire::error_body;
use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};

/// A file on its way, or whole.
#[derive(Default)]
pub(crate) struct Upload {
    length: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) custody: Option<Vec<u8>>,
}

#[derive(Default)]
pub(crate) struct Uploads {
    pub(crate) files: BTreeMap<Digest, Upload>,
    /// Files at which the office fails, with what.
    pub(crate) fails: BTreeMap<Digest, (u16, &'static str)>,
    /// Bytes that came in.
    pub(crate) received: usize,
    /// Requests in order: method and the file.
    pub(crate) asked: Vec<(String, Digest)>,
}

/// The body as a platform would send it.
pub(crate) fn sent(r: &HttpRequest) -> Vec<u8> {
    let Some(part) = r.file.as_ref().filter(|_| r.body.is_empty()) else { return r.body.clone() };
    let mut file = std::fs::File::open(&part.path).unwrap();
    file.seek(SeekFrom::Start(part.offset)).unwrap();
    let mut bytes = Vec::new();
    file.take(part.length).read_to_end(&mut bytes).unwrap();
    bytes
}

type Answer = (u16, Vec<(String, String)>, Vec<u8>);

fn refused(status: u16, code: &'static str) -> Answer {
    (status, Vec::new(), error_body(code, "").unwrap())
}

fn header<'a>(r: &'a HttpRequest, name: &str) -> Option<&'a str> {
    r.headers.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
}

fn at(status: u16, offset: usize) -> Answer {
    (status, vec![("Upload-Offset".into(), offset.to_string())], Vec::new())
}

impl Uploads {
    /// Answers and goes back to its place in `office`.
    pub(crate) fn answer(mut self, office: &mut Office, r: &HttpRequest, path: &str) -> Answer {
        let sealed = match path.rsplit('/').next().and_then(digest_from_hex) {
            Some(sealed) => sealed,
            None => {
                let metadata = header(r, "upload-metadata").unwrap();
                let sealed = metadata.split(',').find_map(|p| p.strip_prefix("sealed ")).unwrap();
                data_encoding::BASE64.decode(sealed.as_bytes()).unwrap().try_into().unwrap()
            }
        };
        self.asked.push((r.method.clone(), sealed));
        let answer = match self.fails.get(&sealed) {
            Some((status, code)) => refused(*status, code),
            None => self.one(office, r, path, sealed),
        };
        office.uploads = Some(self);
        answer
    }

    fn one(&mut self, office: &mut Office, r: &HttpRequest, path: &str, sealed: Digest) -> Answer {
        if path.starts_with("/v1/custody/") {
            return self.custody(office, sealed);
        }
        match r.method.as_str() {
            "POST" => {
                let length = header(r, "upload-length").unwrap().parse().unwrap();
                self.files.entry(sealed).or_default().length = length;
                (201, vec![("Location".into(), format!("/v1/uploads/{}", hex(&sealed)))], Vec::new())
            }
            "HEAD" => self.files.get(&sealed).map_or_else(|| refused(404, "unknown_upload"), |u| at(200, u.bytes.len())),
            "PATCH" => {
                let body = sent(r);
                self.received += body.len();
                let Some(upload) = self.files.get_mut(&sealed) else { return refused(404, "unknown_upload") };
                let offset: usize = header(r, "upload-offset").unwrap().parse().unwrap();
                if offset != upload.bytes.len() || offset + body.len() > upload.length {
                    return refused(409, "offset");
                }
                upload.bytes.extend(body);
                if upload.bytes.len() == upload.length {
                    assert_eq!(sha256(&upload.bytes), sealed, "the whole file");
                }
                at(204, upload.bytes.len())
            }
            other => unreachable!("{other}"),
        }
    }

    fn custody(&mut self, office: &mut Office, sealed: Digest) -> Answer {
        let Some(upload) = self.files.get_mut(&sealed).filter(|u| u.length == u.bytes.len()) else {
            return refused(404, "not_yet");
        };
        if let Some(given) = &upload.custody {
            return (200, Vec::new(), given.clone());
        }
        if !office.logs.values_mut().any(|l| l.names(&sealed)) {
            return refused(404, "not_yet");
        }
        let clear = office.opened(&upload.bytes);
        let (length, now) = (clear.len() as u64, office.now());
        let custody = Custody { state: CustodyState::Opened, sealed, clear: sha256(&clear), length, at: now };
        let payload = sha256(&custody_payload(&custody).unwrap());
        let receipt = office.receipt(&OfficeLeaf::Custody { payload, at: now });
        let bytes = issue_custody(&key(Use::Receipt), &custody, &receipt).unwrap();
        upload.custody = Some(bytes.clone());
        (200, Vec::new(), bytes)
    }
}
