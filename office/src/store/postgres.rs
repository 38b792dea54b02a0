//! PostgreSQL 15 or newer, for an office of several copies (ADR 0006).
//!
//! The office is synchronous: a statement is waited for where it is made. That must work on any thread, also on one that an asynchronous
//! runtime owns, so the waiting is our own ([`wait`]); the sockets are watched by a small runtime of this store.

use super::value::Value;
use super::{Db, Engine, Guard, Result, Row, StoreError, ToValue, Tx, group, migrations};
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnectOptions, PgRow, PgSslMode, PgTypeInfo, PgValueFormat};
use sqlx::{Arguments as _, AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, Postgres, Row as _, ValueRef as _};
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::pin::pin;
use std::str::FromStr as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};

/// Connections of one copy of the office.
const MOST: usize = 12;
/// How long a statement waits for a connection, a writer for the writer before it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Statements that stay prepared.
const PREPARED: usize = 512;
/// The lock that a writer holds from its first statement to its commit: "mingzhen".
const WRITER: i64 = 0x6d69_6e67_7a68_656e;

/// What a PEM certificate begins with.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The connections of one copy.
pub(super) struct Pool {
    options: PgConnectOptions,
    idle: Mutex<Idle>,
    freed: Condvar,
    runtime: Option<Runtime>,
    handle: Handle,
}

#[derive(Default)]
struct Idle {
    connections: Vec<PgConnection>,
    lent: usize,
}

impl Pool {
    /// Connects and brings the database to the newest schema.
    pub(super) fn open(address: &str, guard: &Guard) -> Result<Arc<Self>> {
        let options = options(address, guard)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("store").enable_all().build();
        let runtime = runtime.map_err(|e| StoreError::Setting(format!("runtime: {e}")))?;
        let handle = runtime.handle().clone();
        let pool = Arc::new(Self { options, idle: Mutex::default(), freed: Condvar::new(), runtime: Some(runtime), handle });
        let lent = pool.lend()?;
        lent.durable()?;
        lent.migrate()?;
        drop(lent);
        Ok(pool)
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection for one transaction.
    pub(super) fn lend(self: &Arc<Self>) -> Result<Lent> {
        let until = Instant::now() + PATIENCE;
        let mut idle = self.idle();
        while idle.lent >= MOST {
            let left = until.checked_duration_since(Instant::now()).ok_or(StoreError::Busy)?;
            idle = self.freed.wait_timeout(idle, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        idle.lent += 1;
        let kept = idle.connections.pop();
        drop(idle);
        let fresh = kept.is_none();
        // From here on the place is given back when `lent` is dropped.
        let lent =
            Lent { pool: Arc::clone(self), connection: RefCell::new(kept), whole: Cell::new(true), fresh: Cell::new(fresh) };
        if fresh {
            lent.connect()?;
        }
        Ok(lent)
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let _reactor = self.handle.enter();
        wait(tokio::task::unconstrained(future))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // May happen on a thread of another runtime, which must not be blocked.
            runtime.shutdown_background();
        }
    }
}

/// Waits for a future on this thread, whoever owns it.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(out) => return out,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// A socket or this machine, or TLS to a server whose certificate and name are verified.
fn options(address: &str, guard: &Guard) -> Result<PgConnectOptions> {
    let bad = |e: &dyn std::fmt::Display| StoreError::Setting(format!("database: {e}"));
    let options = PgConnectOptions::from_str(address).map_err(|e| bad(&e))?;
    let host = options.get_host();
    let here = host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        || options.get_socket().is_some();
    let verified = matches!(options.get_ssl_mode(), PgSslMode::VerifyFull);
    let options = match &guard.root {
        Some(file) => {
            let pem = std::fs::read(file).map_err(|e| StoreError::Setting(format!("database_root: {}: {e}", file.display())))?;
            if !pem.windows(BEGIN.len()).any(|w| w == BEGIN) {
                return Err(StoreError::Setting(format!("database_root: no certificate in {}", file.display())));
            }
            options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert_from_pem(pem)
        }
        None if verified => options,
        None if here || guard.plain => {
            // As asked for; nothing is gained by trying TLS with whoever answers.
            let mode =
                if matches!(options.get_ssl_mode(), PgSslMode::Prefer) { PgSslMode::Disable } else { options.get_ssl_mode() };
            options.ssl_mode(mode)
        }
        None => {
            return Err(bad(
                &"beyond this machine set database_root (PEM), or sslmode=verify-full, or plain_stores = true in a network of the servers' own",
            ));
        }
    };
    Ok(options
        .statement_cache_capacity(PREPARED)
        .application_name("mingzheng")
        .options([("lock_timeout", "20s"), ("idle_in_transaction_session_timeout", "60s"), ("tcp_keepalives_idle", "10")])
        .disable_statement_logging())
}

/// A connection that is lent for one transaction.
pub(super) struct Lent {
    pool: Arc<Pool>,
    connection: RefCell<Option<PgConnection>>,
    /// Whether it can be lent again.
    whole: Cell<bool>,
    fresh: Cell<bool>,
}

impl group::Connection for Lent {
    const KEPT: bool = false;

    fn db(&self) -> Db<'_> {
        Db(Engine::Postgres(self))
    }
}

impl Lent {
    fn connect(&self) -> Result<()> {
        let made = self
            .pool
            .wait(async { tokio::time::timeout(PATIENCE, self.pool.options.connect()).await.map_err(|_| StoreError::Busy) })??;
        self.fresh.set(true);
        *self.connection.try_borrow_mut().map_err(|_| StoreError::Nested)? = Some(made);
        Ok(())
    }

    /// Begins a transaction. A connection that broke while it lay idle is replaced: nothing was said on it yet.
    pub(super) fn begin(&self, write: bool) -> Result<()> {
        let first = self.begin_here(write);
        match first {
            Err(e) if e.is_away() && !self.fresh.get() => {
                self.connect()?;
                self.whole.set(true);
                self.begin_here(write)
            }
            other => other,
        }
    }

    fn begin_here(&self, write: bool) -> Result<()> {
        if !write {
            return self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        }
        // Read committed: what is read after the lock was got was committed by the writer before.
        self.run("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        self.execute("SELECT pg_advisory_xact_lock(?)", &[&WRITER]).map(|_| ())
    }

    /// Runs statements without parameters.
    pub(super) fn run(&self, sql: &str) -> Result<()> {
        let mut c = self.connection.try_borrow_mut().map_err(|_| StoreError::Nested)?;
        let c = c.as_mut().ok_or(StoreError::Busy)?;
        self.noted(self.pool.wait(c.execute(sqlx::raw_sql(AssertSqlSafe(sql))))).map(|_| ())
    }

    /// Runs a statement. How many rows it changed.
    pub(super) fn execute(&self, sql: &str, params: &[&dyn ToValue]) -> Result<usize> {
        let query = sqlx::query_with(AssertSqlSafe(numbered(sql)), arguments(params)?);
        let mut c = self.connection.try_borrow_mut().map_err(|_| StoreError::Nested)?;
        let c = c.as_mut().ok_or(StoreError::Busy)?;
        let done = self.noted(self.pool.wait(c.execute(query)))?;
        Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Gives each row to `f` until it has seen enough.
    pub(super) fn each(
        &self,
        sql: &str,
        params: &[&dyn ToValue],
        f: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let query = sqlx::query_with(AssertSqlSafe(numbered(sql)), arguments(params)?);
        let mut c = self.connection.try_borrow_mut().map_err(|_| StoreError::Nested)?;
        let c = c.as_mut().ok_or(StoreError::Busy)?;
        let mut rows = c.fetch(query);
        loop {
            let next = self.pool.wait(std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)));
            let Some(row) = next else { return Ok(()) };
            let row: PgRow = self.noted(row)?;
            if f(&Row::Postgres(&row))?.is_break() {
                return Ok(());
            }
        }
    }

    fn noted<T>(&self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        result.map_err(|e| {
            let e = StoreError::from(e);
            if e.is_away() {
                self.whole.set(false);
            }
            e
        })
    }

    /// What was answered must outlive a power cut.
    fn durable(&self) -> Result<()> {
        for (name, good) in
            [("synchronous_commit", ["on", "remote_apply"].as_slice()), ("fsync", &["on"]), ("server_encoding", &["UTF8"])]
        {
            let mut found = String::new();
            self.each(&format!("SHOW {name}"), &[], &mut |row| {
                found = row.get(0)?;
                Ok(ControlFlow::Break(()))
            })?;
            if !good.contains(&found.as_str()) {
                return Err(StoreError::Setting(format!("PostgreSQL: {name} = {found}, must be {}", good.join(" / "))));
            }
        }
        Ok(())
    }

    fn migrate(&self) -> Result<()> {
        self.begin(true)?;
        let done = self.migrations();
        match done {
            Ok(()) => self.run("COMMIT"),
            Err(e) => {
                self.run("ROLLBACK")?;
                Err(e)
            }
        }
    }

    fn migrations(&self) -> Result<()> {
        self.run("CREATE TABLE IF NOT EXISTS schema_version (one BIGINT PRIMARY KEY CHECK (one = 1), schema BIGINT NOT NULL)")?;
        let (known, mut found) = (migrations::newest(), 0_i64);
        self.each("SELECT schema FROM schema_version", &[], &mut |row| {
            found = row.get(0)?;
            Ok(ControlFlow::Break(()))
        })?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        for m in migrations::after(found) {
            self.run(m.postgres)?;
            if let Some(then) = m.then {
                Tx::within(&Db(Engine::Postgres(self)), then)?;
            }
        }
        let set =
            "INSERT INTO schema_version (one, schema) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET schema = excluded.schema";
        self.execute(set, &[&known]).map(|_| ())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let kept = self.connection.take().filter(|_| self.whole.get());
        let mut idle = self.pool.idle();
        idle.lent = idle.lent.saturating_sub(1);
        idle.connections.extend(kept);
        drop(idle);
        self.pool.freed.notify_one();
    }
}

/// `?` and `?1` as PostgreSQL writes them. Statements of ours hold no question mark in a text.
fn numbered(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let (mut next, mut parts) = (0, sql.split('?'));
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push('$');
        if !part.starts_with(|c: char| c.is_ascii_digit()) {
            next += 1;
            out.push_str(&next.to_string());
        }
        out.push_str(part);
    }
    out
}

fn arguments(params: &[&dyn ToValue]) -> Result<PgArguments> {
    let mut all = PgArguments::default();
    for p in params {
        all.add(Parameter(p.to_value())).map_err(|e| StoreError::Postgres(sqlx::Error::Encode(e)))?;
    }
    Ok(all)
}

/// A value as a parameter. Of `NULL` the server finds the type by itself.
struct Parameter<'a>(Value<'a>);

impl sqlx::Type<Postgres> for Parameter<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl<'q> sqlx::Encode<'q, Postgres> for Parameter<'_> {
    fn encode_by_ref(
        &self,
        buffer: &mut PgArgumentBuffer,
    ) -> std::result::Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        match self.0 {
            Value::Null => Ok(sqlx::encode::IsNull::Yes),
            Value::Int(n) => <i64 as sqlx::Encode<'q, Postgres>>::encode_by_ref(&n, buffer),
            Value::Text(t) => <&str as sqlx::Encode<'_, Postgres>>::encode_by_ref(&t, buffer),
            Value::Blob(b) => <&[u8] as sqlx::Encode<'_, Postgres>>::encode_by_ref(&b, buffer),
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(match self.0 {
            Value::Null => PgTypeInfo::with_oid(Oid(0)),
            Value::Int(_) => <i64 as sqlx::Type<Postgres>>::type_info(),
            Value::Text(_) => <str as sqlx::Type<Postgres>>::type_info(),
            Value::Blob(_) => <[u8] as sqlx::Type<Postgres>>::type_info(),
        })
    }
}

/// `bool`, `bytea`, `int8`, `int4`, `text`, `varchar`, `name` in PostgreSQL's catalogue.
const TYPES: [u32; 7] = [16, 17, 20, 23, 25, 1043, 19];

/// What stands in a column.
pub(super) fn column(row: &PgRow, i: usize) -> Result<Value<'_>> {
    let wrong = |_| StoreError::Column(i);
    let value = row.try_get_raw(i)?;
    if value.is_null() {
        return Ok(Value::Null);
    }
    let kind = value.type_info().oid().map(|o| o.0);
    let [boolean, bytes, long, int, ..] = TYPES;
    if kind.is_some_and(|k| TYPES.contains(&k)) && value.format() == PgValueFormat::Binary {
        let raw = value.as_bytes().map_err(wrong)?;
        return Ok(match kind {
            Some(k) if k == boolean => Value::Int(i64::from(raw != [0])),
            Some(k) if k == bytes => Value::Blob(raw),
            Some(k) if k == long => Value::Int(i64::from_be_bytes(raw.try_into().map_err(|_| StoreError::Column(i))?)),
            Some(k) if k == int => Value::Int(i32::from_be_bytes(raw.try_into().map_err(|_| StoreError::Column(i))?).into()),
            _ => Value::Text(std::str::from_utf8(raw).map_err(|_| StoreError::Column(i))?),
        });
    }
    Err(StoreError::Column(i))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    /// Where a plain connection is made, and where TLS with everything verified.
    #[test]
    fn beyond_this_machine_only_tls_with_a_verified_name_or_what_the_settings_allow() {
        let mode = |address: &str, guard: &Guard| options(address, guard).map(|o| format!("{:?}", o.get_ssl_mode())).ok();
        let (none, plain) = (Guard::default(), Guard { plain: true, ..Guard::default() });
        for here in ["postgres://u@localhost/x", "postgres://u@127.0.0.1/x", "postgres://u@localhost/x?host=/run/postgresql"] {
            assert_eq!(mode(here, &none).as_deref(), Some("Disable"), "{here}");
        }
        assert_eq!(mode("postgres://u@127.0.0.1/x?sslmode=require", &none).as_deref(), Some("Require"));
        let elsewhere = "postgres://u@db.example/x";
        assert_eq!((mode(elsewhere, &none), mode(elsewhere, &plain).as_deref()), (None, Some("Disable")));
        assert_eq!(mode(&format!("{elsewhere}?sslmode=verify-full"), &none).as_deref(), Some("VerifyFull"));
        for weaker in ["require", "verify-ca", "disable", "prefer"] {
            assert_eq!(mode(&format!("{elsewhere}?sslmode={weaker}"), &none), None, "{weaker}");
        }
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root.pem");
        let guard = Guard { root: Some(root.clone()), plain: true };
        assert_eq!(mode(elsewhere, &guard), None, "no such file");
        std::fs::write(&root, BEGIN).unwrap();
        for address in [elsewhere, "postgres://u@localhost/x?sslmode=disable"] {
            assert_eq!(mode(address, &guard).as_deref(), Some("VerifyFull"), "{address}");
        }
    }
}
