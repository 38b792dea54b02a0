//! The console as a browser asks for it, with nothing but a socket.

use crate::Scene;
use mingzheng_demo::Result;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A signed-in console.
pub struct Console {
    host: String,
    cookie: String,
}

impl Scene {
    /// Opens the console by its one-time link.
    ///
    /// # Errors
    /// When the link does not open it.
    pub fn console(&mut self) -> Result<Console> {
        let link = self.serving.link()?;
        let rest = link.strip_prefix("http://").ok_or("no link")?;
        let (host, path) = rest.split_once('/').ok_or("no path")?;
        let answer = get(host, &format!("/{path}"), "")?;
        let head = String::from_utf8_lossy(&answer).into_owned();
        let cookie = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).ok_or("no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Console { host: host.to_owned(), cookie })
    }
}

impl Console {
    /// A page or file: status line with headers, and the body.
    ///
    /// # Errors
    /// What the system says.
    pub fn get(&self, path: &str) -> Result<(String, Vec<u8>)> {
        let answer = get(&self.host, path, &format!("Cookie: {}\r\n", self.cookie))?;
        let at = answer.windows(4).position(|w| w == b"\r\n\r\n").ok_or("half an answer")?;
        let (head, body) = answer.split_at(at);
        Ok((String::from_utf8_lossy(head).into_owned(), body.get(4..).unwrap_or_default().to_vec()))
    }

    /// The text of a page that is there.
    ///
    /// # Errors
    /// Another status than 200.
    pub fn page(&self, path: &str) -> Result<String> {
        let (head, body) = self.get(path)?;
        if head.starts_with("HTTP/1.1 200") { Ok(String::from_utf8(body)?) } else { Err(head.into()) }
    }
}

fn get(host: &str, path: &str, more: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
