//! What the shell carries to the office. What a reply means only the core knows.

use crate::mirror::Cross;
use mingzheng_core as core;

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpHeader {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// Where a body lies, for a transfer that the system does in the background.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpFile {
    /// The sealed file.
    pub path: String,
    /// From here.
    pub offset: u64,
    /// So many bytes.
    pub length: u64,
}

/// A request for the shell to carry.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// Names it in the answer.
    pub id: u64,
    /// HTTP method.
    pub method: String,
    /// Where to; never follow a redirect.
    pub url: String,
    /// Headers.
    pub headers: Vec<HttpHeader>,
    /// The body; empty when it is to be read from `file`.
    pub body: Vec<u8>,
    /// Where the body lies, when it is part of a sealed file.
    pub file: Option<HttpFile>,
    /// No answer of the office is longer: what goes on beyond it is not read (F27).
    pub limit: u64,
}

impl Cross<HttpRequest> for core::phone::HttpRequest {
    fn cross(self) -> HttpRequest {
        let file = |f: core::phone::HttpFile| HttpFile {
            path: f.path.to_string_lossy().into_owned(),
            offset: f.offset,
            length: f.length,
        };
        HttpRequest {
            id: self.id,
            method: self.method,
            url: self.url,
            headers: self.headers.into_iter().map(|(name, value)| HttpHeader { name, value }).collect(),
            body: self.body,
            file: self.file.map(file),
            limit: self.limit,
        }
    }
}
