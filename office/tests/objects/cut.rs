//! A connection that ends for good after so many bytes, both directions counted together.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

pub(crate) struct Cut {
    pub(crate) port: u16,
    left: Arc<AtomicI64>,
}

impl Cut {
    pub(crate) fn before(port: u16, bytes: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let left = Arc::new(AtomicI64::new(bytes));
        let cut = Self { port: listener.local_addr().unwrap().port(), left: Arc::clone(&left) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if left.load(Ordering::Relaxed) <= 0 {
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
                for (mut from, mut to) in [
                    (client.try_clone().unwrap(), server.try_clone().unwrap()),
                    (server.try_clone().unwrap(), client.try_clone().unwrap()),
                ] {
                    let left = Arc::clone(&left);
                    thread::spawn(move || {
                        let mut buffer = [0; 16 << 10];
                        while let Ok(n @ 1..) = from.read(&mut buffer) {
                            let before = left.fetch_sub(n as i64, Ordering::Relaxed);
                            let passes = usize::try_from(before.max(0)).unwrap().min(n);
                            if to.write_all(&buffer[..passes]).is_err() || passes < n {
                                break;
                            }
                        }
                        // One end gone ends both: a client has closed it already, or it is cut.
                        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                    });
                }
            }
        });
        cut
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.left.load(Ordering::Relaxed) < 0
    }
}
