//! Where connections come in: plain, or with TLS. A client that is slow to greet keeps nobody else waiting.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How long a client may take to agree on keys.
const GREETING: Duration = Duration::from_secs(10);
/// So many may be at it at once.
const GREETINGS: usize = 512;

/// A connection.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

type Open = (Box<dyn Wire>, SocketAddr);

/// A listener of one of both kinds.
pub(crate) struct Door {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    greeting: JoinSet<Option<Open>>,
}

impl Door {
    pub(super) fn new(tcp: TcpListener, tls: Option<TlsAcceptor>) -> Self {
        Self { tcp, tls, greeting: JoinSet::new() }
    }
}

impl Listener for Door {
    type Io = Box<dyn Wire>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Open {
        let Self { tcp, tls, greeting } = self;
        loop {
            let Some(tls) = tls else {
                let (stream, peer) = Listener::accept(tcp).await;
                return (Box::new(stream), peer);
            };
            tokio::select! {
                (stream, peer) = Listener::accept(tcp), if greeting.len() < GREETINGS => {
                    // Small answers are not to wait for more.
                    let _ = stream.set_nodelay(true);
                    let greeted = tokio::time::timeout(GREETING, tls.accept(stream));
                    greeting.spawn(async move {
                        let stream = greeted.await.ok()?.ok()?;
                        Some((Box::new(stream) as Box<dyn Wire>, peer))
                    });
                }
                Some(done) = greeting.join_next() => {
                    if let Ok(Some(open)) = done {
                        return open;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(*stream.remote_addr())
    }
}
