//! `s3 FOLDER USER SECRET [CERTIFICATE KEY]`: an S3 store over that folder on a free port of loopback, with TLS when it gets the PEM files. It prints the port
//! and serves until its standard input ends, so it never outlives the test that started it.

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (folder, user, secret, tls) = match words.as_slice() {
        [folder, user, secret] => (folder, user, secret, None),
        [folder, user, secret, certificate, key] => (folder, user, secret, Some(acceptor(certificate, key)?)),
        _ => return Err("s3 FOLDER USER SECRET [CERTIFICATE KEY]".into()),
    };
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder).map_err(|e| format!("{folder}: {e:?}"))?);
    service.set_auth(SimpleAuth::from_single(user.as_str(), secret.as_str()));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let mut end = Vec::new();
    tokio::select! {
        gone = accept(listener, service, tls) => gone,
        _ = async { tokio::io::stdin().read_to_end(&mut end).await } => Ok(()),
    }
}

async fn accept(listener: TcpListener, service: S3Service, tls: Option<TlsAcceptor>) -> Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        let (service, tls) = (service.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(client, service).await,
                Some(tls) => {
                    if let Ok(client) = tls.accept(client).await {
                        serve(client, service).await;
                    }
                }
            }
        });
    }
}

/// A connection that ends in the middle is the client's affair.
async fn serve(client: impl AsyncRead + AsyncWrite + Unpin, service: S3Service) {
    http1::Builder::new().serve_connection(TokioIo::new(client), service).await.ok();
}

fn acceptor(certificate: &str, key: &str) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<std::result::Result<Vec<_>, _>>()?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
