//! What a command needs before it can run. Each need checks first, installs or builds what is missing, and does so once a run.

use crate::debian::{self, Package};
use crate::place::Place;
use crate::say;
use crate::{cargo, fuzz, generated, minio, node, python, s3, service, swift, vectors, verapdf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// One thing that stages need.
pub(crate) struct Need {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    packages: &'static [Package],
    prepare: fn(&Place) -> Result<(), String>,
    /// Whether it may be prepared in the background, ahead of its stage.
    ahead: bool,
    done: OnceLock<Result<(), String>>,
    /// Whether its error has been shown once.
    told: AtomicBool,
}

const fn need(
    name: &'static str,
    about: &'static str,
    packages: &'static [Package],
    prepare: fn(&Place) -> Result<(), String>,
) -> Need {
    Need { name, about, packages, prepare, ahead: true, done: OnceLock::new(), told: AtomicBool::new(false) }
}

/// A need that is work of the processor: it waits for its stage.
const fn built(name: &'static str, about: &'static str, prepare: fn(&Place) -> Result<(), String>) -> Need {
    Need { name, about, packages: &[], prepare, ahead: false, done: OnceLock::new(), told: AtomicBool::new(false) }
}

fn nothing_more(_: &Place) -> Result<(), String> {
    Ok(())
}

pub(crate) static COMPILER: Need = need(
    "compiler",
    "what SQLCipher and OpenSSL need to be compiled; openssl as time-stamping authority of a test, strace as the failing disk of another",
    &[
        Package::new("gcc", "cc"),
        Package::new("make", "make"),
        Package::new("perl", "perl"),
        Package::new("openssl", "openssl"),
        Package::new("strace", "strace"),
    ],
    nothing_more,
);
pub(crate) static MATERIAL: Need = need(
    "material",
    "Chinese fonts, camera photographs, and pdftoppm for a picture of the record",
    &[
        Package::new("poppler-utils", "pdftoppm"),
        Package::new("fonts-noto-cjk", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
        Package::new("mate-backgrounds", "/usr/share/backgrounds/mate/nature"),
    ],
    nothing_more,
);
pub(crate) static WEB: Need = need("web", "npm packages and the built pages (web/dist)", &[], node::prepare);
pub(crate) static BROWSER: Need = need("browser", "Chromium", &[Package::new("chromium", "chromium")], nothing_more);
pub(crate) static ANDROID: Need =
    need("android", "aapt2 for the Android resources", &[Package::new("aapt", "aapt2")], nothing_more);
pub(crate) static SWIFT: Need = need(
    "swift",
    "a Debian trixie with Swift in the cache folder (3.3 GB)",
    &[Package::new("debootstrap", "/usr/sbin/debootstrap")],
    swift::prepare,
);
pub(crate) static PYTHON: Need =
    need("python", "a Python with bagit, cwt, chinesecalendar, pyxform and the like in the cache folder", &[], python::prepare);
pub(crate) static JAVA: Need = need(
    "java",
    "JDK and Maven",
    &[Package::new("openjdk-17-jdk-headless", "javac"), Package::new("maven", "mvn")],
    nothing_more,
);
pub(crate) static PDF: Need = need(
    "pdf",
    "pdffonts, pdftotext and veraPDF",
    &[Package::new("poppler-utils", "pdftotext"), Package::new("openjdk-17-jdk-headless", "javac"), Package::new("maven", "mvn")],
    verapdf::prepare,
);
pub(crate) static AGE: Need = need("age", "the stock age tool", &[Package::new("age", "age")], nothing_more);
pub(crate) static POSTGRES: Need = need(
    "postgres",
    "a PostgreSQL server, started for its stage only",
    &[Package::new("postgresql", "/usr/lib/postgresql"), Package::new("postgresql-client", "psql")],
    nothing_more,
);
pub(crate) static SERVICE: Need = need(
    "service",
    "systemd-nspawn, buildah, and a Debian with systemd in the cache folder (250 MB)",
    &[
        Package::new("debootstrap", "/usr/sbin/debootstrap"),
        Package::new("systemd-container", "systemd-nspawn"),
        Package::new("buildah", "buildah"),
    ],
    service::prepare,
);
pub(crate) static VECTORS: Need = need(
    "vectors",
    "published vectors: the age test kit, Ed25519's edge cases",
    &[Package::new("golang-go", "go")],
    vectors::prepare,
);
pub(crate) static TUS: Need = need("tus", "tus-js-client and @tus/server", &[], node::prepare_tus);
pub(crate) static MINIO: Need = need("minio", "MinIO, a real S3 store", &[Package::new("golang-go", "go")], minio::prepare);
pub(crate) static S3: Need = built("s3", "the small S3 store of every run (tests/s3), a workspace of its own", s3::prepare);
pub(crate) static FUZZ: Need = need(
    "fuzz",
    "cargo-fuzz, where a nightly compiler can be had",
    &[Package::new("gcc", "cc"), Package::new("g++", "c++")],
    fuzz::prepare,
);
pub(crate) static BUILD: Need = built("build", "all programs and the native library, from Rust", cargo::build);
pub(crate) static GENERATED: Need = built("generated", "the bindings' Kotlin and Swift", generated::prepare);

/// Every need, in the order in which they are prepared.
pub(crate) static ALL: [&Need; 19] = [
    &COMPILER, &WEB, &MATERIAL, &BROWSER, &SWIFT, &JAVA, &ANDROID, &PYTHON, &PDF, &AGE, &POSTGRES, &SERVICE, &VECTORS, &TUS,
    &MINIO, &FUZZ, &S3, &BUILD, &GENERATED,
];

impl Need {
    /// Returns when the need is met; the first caller does the work.
    pub(crate) fn ready(&self, place: &Place) -> Result<(), String> {
        self.meet(place).clone().map_err(|error| {
            let error = if self.told.swap(true, Ordering::Relaxed) { "see above" } else { &error };
            format!("{} could not be prepared: {error}", self.name)
        })
    }

    fn meet(&self, place: &Place) -> &Result<(), String> {
        self.done.get_or_init(|| {
            let start = Instant::now();
            debian::install(place, &self.packages.iter().collect::<Vec<_>>())?;
            (self.prepare)(place)?;
            if start.elapsed() > Duration::from_secs(2) {
                say::line(&format!("  ready: {} ({})", self.about, say::clock(start.elapsed())));
            }
            Ok(())
        })
    }
}

/// Prepares ahead of their stages what does not need the two cores; the Debian packages of all in one call.
pub(crate) fn run_ahead(place: &Place, needs: &[&Need]) {
    let packages: Vec<_> = needs.iter().flat_map(|need| need.packages).collect();
    // An error is not lost: each need meets it again, and its stage reports it.
    if debian::install(place, &packages).is_ok() {
        for need in needs.iter().filter(|need| need.ahead) {
            need.meet(place);
        }
    }
}

/// Prepares the needs one after the other; the Debian packages of all in one call.
pub(crate) fn prepare(place: &Place, needs: &[&Need]) -> Result<(), String> {
    debian::install(place, &needs.iter().flat_map(|need| need.packages).collect::<Vec<_>>())?;
    needs.iter().try_for_each(|need| need.ready(place))
}
