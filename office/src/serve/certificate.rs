//! The server's certificate and key (TLS 1.2 and 1.3 by rustls), from PEM files that may be replaced while it runs.

use crate::error::{OfficeError, Result};
use crate::settings::Tls;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// The files are looked at no more often than this.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What greets clients with the certificate that the files hold at that moment.
///
/// # Errors
/// [`OfficeError::Settings`] names the file that cannot be used.
pub(super) fn acceptor(files: &Tls) -> Result<TlsAcceptor> {
    let provider = Arc::new(ring::default_provider());
    let certificate = Certificate::open(files, Arc::clone(&provider))?;
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|e| OfficeError::Settings(format!("TLS: {e}")))?;
    let mut config = config.with_no_client_auth().with_cert_resolver(Arc::new(certificate));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[derive(Debug)]
struct Certificate {
    files: Tls,
    provider: Arc<CryptoProvider>,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    key: Arc<CertifiedKey>,
    stamp: Stamp,
    looked: Instant,
}

/// When each file was changed, and how long it is.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Certificate {
    fn open(files: &Tls, provider: Arc<CryptoProvider>) -> Result<Self> {
        let stamp = stamp(files);
        let key = Arc::new(load(files, &provider)?);
        Ok(Self { files: files.clone(), provider, held: Mutex::new(Held { key, stamp, looked: Instant::now() }) })
    }

    /// The pair in force. Files that do not fit each other (one of them was replaced so far) leave the old pair in force.
    fn current(&self) -> Arc<CertifiedKey> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() < LOOK_EVERY {
            return Arc::clone(&held.key);
        }
        held.looked = Instant::now();
        let stamp = stamp(&self.files);
        if stamp != held.stamp {
            match load(&self.files, &self.provider) {
                Ok(key) => {
                    *held = Held { key: Arc::new(key), stamp, looked: Instant::now() };
                    tracing::info!("the certificate was replaced");
                }
                Err(error) => tracing::error!(%error, "the new certificate is not used; the one before stays in force"),
            }
        }
        Arc::clone(&held.key)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn stamp(files: &Tls) -> Stamp {
    [&files.certificate, &files.key].map(|p| {
        let m = std::fs::metadata(p).ok()?;
        Some((m.modified().ok()?, m.len()))
    })
}

fn load(files: &Tls, provider: &CryptoProvider) -> Result<CertifiedKey> {
    let bad = |path: &Path, e: &dyn std::fmt::Display| OfficeError::Settings(format!("{}: {e}", path.display()));
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
    let chain = chain.map_err(|e| bad(&files.certificate, &e))?;
    if chain.is_empty() {
        return Err(bad(&files.certificate, &"没有证书 no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| bad(&files.key, &e))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|e| bad(&files.key, &e))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    fn write(files: &Tls) -> Vec<u8> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().to_vec()
    }

    fn shown(c: &Certificate) -> Vec<u8> {
        c.held.lock().unwrap().looked = Instant::now().checked_sub(LOOK_EVERY).unwrap();
        c.current().cert.first().unwrap().to_vec()
    }

    #[test]
    fn a_certificate_is_replaced_while_the_server_runs_and_half_a_pair_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let files = Tls { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        let provider = Arc::new(ring::default_provider());
        assert!(Certificate::open(&files, Arc::clone(&provider)).is_err(), "no files");
        let first = write(&files);
        let certificate = Certificate::open(&files, provider).unwrap();
        assert_eq!(shown(&certificate), first);
        let key = std::fs::read(&files.key).unwrap();
        let second = write(&files);
        let new_key = std::fs::read(&files.key).unwrap();
        std::fs::write(&files.key, key).unwrap();
        assert_eq!(shown(&certificate), first, "the new certificate beside the old key");
        std::fs::write(&files.key, new_key).unwrap();
        assert_eq!(shown(&certificate), second);
        std::fs::write(&files.certificate, "no PEM").unwrap();
        assert_eq!(shown(&certificate), second);
    }
}
