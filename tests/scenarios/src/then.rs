//! Phone and office of an earlier version of the conversation, at a time of their own (F37): what `examples/wire_fixture.rs` leaves in
//! `tests/fixtures/wire-N`, and what the tests of it need. Both are in this process, so that nothing but their clock is other than ever.

use data_encoding::BASE64;
use mingzheng_core::clock::Reading;
use mingzheng_core::host::{Clock, Host};
use mingzheng_core::phone::{HttpRequest, Phone};
use mingzheng_demo::Result;
use mingzheng_office::office::Office;
use mingzheng_office::serve;
use mingzheng_office::settings::{FILE, Settings};
use mingzheng_phone::host::{DebianFonts, MarkFile, SoftwareKeys, SystemRandom};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// So long an exchange takes, ms.
const EXCHANGE: i64 = 40;

/// The one true time of a test, ms since 1970; the phone's clocks are right.
#[derive(Debug)]
pub struct Time {
    now: AtomicI64,
    began: i64,
    boot: u8,
}

impl Time {
    /// It is `now`; the phone was started a second ago, and for the `boot`-th time.
    #[must_use]
    pub fn at(now: i64, boot: u8) -> Arc<Self> {
        Arc::new(Self { now: AtomicI64::new(now), began: now - 1000, boot })
    }

    /// Ms since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now.load(SeqCst)
    }

    /// Time passes.
    pub fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, SeqCst);
    }

    /// It is `now`.
    pub fn set(&self, now: i64) {
        self.now.store(now, SeqCst);
    }
}

impl Clock for Time {
    fn now(&self) -> Reading {
        let wall_ms = self.now.load(SeqCst);
        let mono_ms = u64::try_from(wall_ms - self.began).unwrap_or_default();
        Reading { wall_ms, zone_min: 480, mono_ms, boot: vec![self.boot; 16] }
    }
}

/// Opens the phone of a folder, whose keys and mark lie beside it.
///
/// # Errors
/// What the phone says.
pub fn phone(folder: &Path, time: &Arc<Time>) -> Result<Phone> {
    let beside = |end: &str| {
        let mut file = OsString::from(folder);
        file.push(end);
        PathBuf::from(file)
    };
    let host = Host {
        clock: Arc::clone(time) as Arc<dyn Clock>,
        random: Arc::new(SystemRandom),
        keys: Arc::new(SoftwareKeys::open(&beside(".keys"))?),
        high_water: Arc::new(MarkFile::new(beside(".mark"))),
        fonts: Arc::new(DebianFonts::default()),
    };
    Ok(Phone::open(folder, host)?)
}

/// An office that serves at that time.
pub struct Served {
    /// The office.
    pub office: Arc<Office>,
    /// Where it really listens; a phone of the recording knows another address.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Opens the office of a folder, which takes its data over to this program's schema, and serves it on a free port.
    ///
    /// # Errors
    /// What the office says.
    pub fn open(folder: &Path, time: &Arc<Time>) -> Result<Self> {
        let file = Settings::load(&folder.join(FILE))?;
        let settings = Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), database: None, ..file };
        let clock = Arc::clone(time);
        let office = Arc::new(Office::open_at(settings, move || clock.now())?);
        let (stop, stopped) = oneshot::channel::<()>();
        let (told, listening) = std::sync::mpsc::channel();
        let serving = Arc::clone(&office);
        let thread = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Runtime::new() else { return };
            runtime.block_on(async {
                let Ok(listening) = serve::listen(serving).await else { return };
                // Whoever asked may be gone.
                let _ = told.send(listening.address);
                let _ = listening.run(async { drop(stopped.await) }).await;
            });
        });
        let address = listening.recv().map_err(|_| "the office does not listen")?;
        Ok(Self { office, address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a phone asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Method.
    pub method: String,
    /// `Host`, as the phone knows the office.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body, base64.
    pub body: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, base64.
    pub body: String,
}

/// One exchange of a recorded conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// When, ms since 1970.
    pub at: i64,
    /// The request.
    pub asked: Asked,
    /// The answer.
    pub answered: Answered,
}

impl Asked {
    /// A request of the core as it goes out.
    ///
    /// # Errors
    /// When the part of a file that it sends cannot be read.
    pub fn by(request: &HttpRequest) -> Result<Self> {
        let rest = request.url.strip_prefix("http://").ok_or("a loopback office has no TLS")?;
        let (host, path) = rest.split_once('/').ok_or("no path")?;
        let mut body = request.body.clone();
        if let Some(part) = request.file.as_ref().filter(|_| body.is_empty()) {
            let mut file = std::fs::File::open(&part.path)?;
            file.seek(SeekFrom::Start(part.offset))?;
            file.take(part.length).read_to_end(&mut body)?;
        }
        Ok(Self {
            method: request.method.clone(),
            host: host.to_owned(),
            path: format!("/{path}"),
            headers: request.headers.clone(),
            body: BASE64.encode(&body),
        })
    }

    /// The body.
    ///
    /// # Errors
    /// When it is no base64.
    pub fn body(&self) -> Result<Vec<u8>> {
        Ok(BASE64.decode(self.body.as_bytes())?)
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The same, saying another value in a header.
    #[must_use]
    pub fn saying(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Carries it to where the office is now, every byte as it is here.
    ///
    /// # Errors
    /// What the network says.
    pub fn carried(&self, to: SocketAddr) -> Result<Answered> {
        let body = self.body()?;
        let mut request = format!("{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.method, self.path, self.host);
        for (name, value) in &self.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.method != "GET" && self.method != "HEAD" {
            request.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let mut stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.write_all(&[request.as_bytes(), b"\r\n", &body].concat())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").ok_or("no HTTP")?;
        let (head, body) = answer.split_at(end);
        let mut lines = std::str::from_utf8(head)?.split("\r\n");
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).ok_or("no status")?.parse()?;
        let headers = lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()));
        Ok(Answered { status, headers: headers.collect(), body: BASE64.encode(body.get(4..).unwrap_or_default()) })
    }
}

impl Answered {
    /// The body.
    ///
    /// # Errors
    /// When it is no base64.
    pub fn body(&self) -> Result<Vec<u8>> {
        Ok(BASE64.decode(self.body.as_bytes())?)
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The conversation of a phone to its end, each request carried by `carry`; time passes. Gives every exchange.
///
/// # Errors
/// What the phone or the carrier says.
pub fn converse(phone: &Phone, time: &Time, mut carry: impl FnMut(Asked) -> Result<Answered>) -> Result<Vec<Exchange>> {
    let mut all = Vec::new();
    while let Some(request) = phone.next_request()? {
        let asked = Asked::by(&request)?;
        time.pass(EXCHANGE);
        let answered = carry(asked.clone())?;
        phone.on_response(request.id, answered.status, &answered.headers, &answered.body()?)?;
        all.push(Exchange { at: time.now(), asked, answered });
        if all.len() > 200 {
            return Err("the conversation does not end".into());
        }
    }
    Ok(all)
}

/// What a fixture says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The program that made it.
    pub program: String,
    /// The version of the conversation.
    pub wire: u32,
    /// When the two were frozen, ms since 1970.
    pub at: i64,
    /// The inspection on the phone.
    pub inspection: String,
    /// What was noted in it.
    pub notes: Vec<String>,
    /// The photograph.
    pub photo: String,
    /// Entries of the phone's log.
    pub entries: u64,
    /// Checkpoints that have a receipt, and such that wait for one.
    pub checkpoints: (usize, usize),
    /// An invitation that nobody has used.
    pub invitation: String,
    /// The request by which another phone used it, in another world, and its answer; nothing came back to the frozen office.
    pub newcomer: Exchange,
    /// What the phone then said, and what it was answered.
    pub conversation: Vec<Exchange>,
}

/// `tests/fixtures/wire-N`.
#[must_use]
pub fn fixture(root: &Path, wire: u32) -> PathBuf {
    root.join(format!("tests/fixtures/wire-{wire}"))
}

/// Packs `names` of a folder into an archive.
///
/// # Errors
/// What `tar` says.
pub fn pack(folder: &Path, names: &[&str], archive: &Path) -> Result<()> {
    let how = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-czf"];
    let done = Command::new("tar").args(how).arg(archive).arg("-C").arg(folder).args(names).status()?;
    if done.success() { Ok(()) } else { Err("tar".into()) }
}

/// Unpacks an archive into a folder.
///
/// # Errors
/// What `tar` says.
pub fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    let done = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(folder).status()?;
    if done.success() { Ok(()) } else { Err("tar".into()) }
}
