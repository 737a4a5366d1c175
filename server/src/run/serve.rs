//! From settings to a running server, and to its orderly end.

use super::clock::{self, now_ms};
use super::erasures::{self, ErasureFile};
use super::error::ServeError;
use super::request_log::log_request;
use super::shutdown::Signals;
use super::store::StoreFolder;
use super::{first_start, learning, listener, logging, open_files, scheduling, tls, trimming};
use crate::commit::thread::{self, Committer};
use crate::commit::{CommitPath, Stopped};
use crate::decide::history;
use crate::http::{self, App, Exchanges, LongWork, Waiters};
use crate::service::clock::ServerClock;
use crate::settings::Settings;
use crate::state::read;
use crate::store::engine::OpenReport;
use crate::words;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::words::OwnWords;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a phone may take for a TLS handshake, for a request's head, or to take in the end of a reply: on a
/// link that loses much, some seconds are not enough.
const SLOW_LINK_TIMEOUT: Duration = Duration::from_secs(60);

/// Threads that read the state for the requests of one worker: reading is short and mostly from memory, and every
/// thread keeps memory of its own.
const READERS_PER_WORKER: usize = 8;

/// The end of the committer's thread, to be awaited.
type JoinTask = tokio::task::JoinHandle<Result<(), Stopped>>;

/// Starts logging for this process, as the settings say.
///
/// # Errors
/// [`ServeError::Log`].
pub fn start_logging(settings: &Settings) -> Result<(), ServeError> {
    logging::start(settings.log_format, &settings.log_level)
}

/// Runs a server until it is told to end. `first_token` is taken for the first account instead of one made up.
///
/// # Errors
/// [`ServeError`] if it cannot start, or had to stop.
pub fn serve(settings: &Settings, first_token: Option<&str>) -> Result<(), ServeError> {
    actix_web::rt::System::new().block_on(run(settings, first_token))
}

/// Gives the first account of a stopped server a new token, which is returned.
///
/// # Errors
/// [`ServeError`] if the data cannot be used.
pub fn reset_token(folder: &StoreFolder, tell: &mut dyn FnMut(String)) -> Result<String, ServeError> {
    let (engine, _) = folder.open(tell)?;
    let mut path = CommitPath::new(engine, Catalogue::built_in())?;
    let token = first_start::renew_token(&mut path, now_ms())?;
    path.end()?;
    Ok(token)
}

/// Begins a new history with the data of a backup that was restored: phones then bring what it lacks. How many
/// erasures were applied again.
///
/// # Errors
/// [`ServeError`] if the data cannot be used.
pub fn restored(
    settings: &Settings,
    folder: &StoreFolder,
    tell: &mut dyn FnMut(String),
) -> Result<usize, ServeError> {
    let (engine, _) = folder.open(tell)?;
    let mut path = CommitPath::new(engine, Catalogue::built_in())?;
    let former = read::server(path.engine().pending_view())?.incarnation;
    let incarnation = rand::random();
    first_start::decide_now(&mut path, now_ms(), move |desk| {
        Ok((history::begin_anew(desk, former, incarnation)?, ()))
    })?;
    let erased = erasures::apply(&mut path, &ErasureFile::at(settings.erasures()), now_ms())?;
    path.end()?;
    Ok(erased)
}

async fn run(settings: &Settings, first_token: Option<&str>) -> Result<(), ServeError> {
    open_files::raise_limit();
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(tls::server_config(certificate, key)?),
        _ => None,
    };
    let folder = StoreFolder::take(settings)?;
    let listener = listener::bind(&settings.listen, tls.is_some(), settings.allow_plain_http)?;
    let identity = folder.identity(rand::random())?;
    let room = folder.room(settings.reserve_bytes());
    room.prepare()?;
    let (engine, report) = folder.open(&mut |line| tracing::info!("{line}"))?;
    tell_of(&report);
    let reader = engine.reader();
    let mut path = CommitPath::new(engine, Catalogue::built_in())?;
    if let Some(token) = first_start::found_server(&mut path, now_ms(), first_token)? {
        say(&format!("administrator token (shown only this once): {token}"));
    }
    let own_words = match &settings.words {
        Some(folder) => words::own(folder).map_err(ServeError::Words)?,
        None => OwnWords::default(),
    };
    let erasures = ErasureFile::at(settings.erasures());
    let erased_again = erasures::apply(&mut path, &erasures, now_ms())?;
    if erased_again > 0 {
        tracing::warn!(
            erased_again,
            "the data did not know of these erasures: a backup was restored"
        );
    }
    let signals = Signals::listen()?;
    let system = ServeError::system("cannot start");
    let last_entry_ms = read::server(path.engine().pending_view())?.last_ms;
    let clock = ServerClock::watched(last_entry_ms, clock::reader());
    if let Some(why) = clock.distrust() {
        tracing::error!("{why}: phones are asked to come again; see otor clock accept");
    }
    let waiters = Arc::new(Waiters::default());
    let (told, time) = (Arc::clone(&waiters), Arc::clone(&clock));
    let tell = move |touched: &_| told.wake(touched);
    let (committer, thread) = thread::start(path, move || time.now_ms(), tell, room).map_err(system)?;
    let listening = (committer.clone(), Arc::clone(&waiters));
    let exchanges = Exchanges::start().map_err(ServeError::system("cannot start"))?;
    let long = LongWork::start().map_err(ServeError::system("cannot start"))?;
    let app = App::new(
        listening,
        (exchanges, long),
        reader,
        Catalogue::built_in(),
        identity,
        clock,
    )
    .keeping_erasures(move |record, fields| erasures.keep(record, fields))
    .speaking(own_words);
    let learning = actix_web::rt::spawn(learning::on_schedule(app.clone(), settings.clone()));
    let scheduling = actix_web::rt::spawn(scheduling::on_schedule(app.clone()));
    let trimming = actix_web::rt::spawn(trimming::on_schedule(app.clone(), settings.feed_days));
    let server = listen(app, listener, tls, settings.drain_seconds)?;
    supervise(server, (committer, waiters), signals, watch(thread)).await?;
    learning.abort();
    trimming.abort();
    scheduling.abort();
    tracing::info!("stopped in order");
    Ok(())
}

/// Starts answering requests, and says where.
fn listen(
    app: App,
    listener: TcpListener,
    tls: Option<rustls::ServerConfig>,
    drain_seconds: u64,
) -> Result<Server, ServeError> {
    let address = listener
        .local_addr()
        .map_err(ServeError::system("cannot listen"))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let app = web::Data::new(app);
    let http = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(app.clone())
            .wrap(from_fn(log_request))
            .configure(http::configure)
    })
    .disable_signals()
    .worker_max_blocking_threads(READERS_PER_WORKER)
    .client_request_timeout(SLOW_LINK_TIMEOUT)
    .client_disconnect_timeout(SLOW_LINK_TIMEOUT)
    .tls_handshake_timeout(SLOW_LINK_TIMEOUT)
    .shutdown_timeout(drain_seconds);
    let http = match tls {
        Some(config) => http.listen_rustls_0_23(listener, config),
        None => http.listen(listener),
    };
    let server = http.map_err(ServeError::system("cannot listen"))?.run();
    say(&format!("listening on {scheme}://{address}"));
    tracing::info!(%address, scheme, "listening");
    Ok(server)
}

/// How the committer's thread ended, told to those who wait without blocking.
fn watch(thread: JoinHandle<Result<(), Stopped>>) -> JoinTask {
    tokio::task::spawn_blocking(move || {
        thread
            .join()
            .unwrap_or_else(|_| Err(Stopped("the committer panicked".into())))
    })
}

/// Waits for a signal, or for the committer to stop; then ends in order: no new requests, those under way
/// answered (those that wait, at once), what is queued committed, a checkpoint.
async fn supervise(
    server: Server,
    (committer, waiters): (Committer, Arc<Waiters>),
    mut signals: Signals,
    mut thread: JoinTask,
) -> Result<(), ServeError> {
    let handle = server.handle();
    let mut server = tokio::spawn(server);
    tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "stopping: answering what is under way; a second signal cuts it short");
        }
        ended = &mut thread => {
            handle.stop(false).await;
            return match joined(ended) {
                // Nobody has asked it to.
                Ok(()) => Err(Stopped("the committer ended".into()).into()),
                Err(stopped) => Err(stopped.into()),
            };
        }
        ended = &mut server => tracing::error!(?ended, "the HTTP server ended by itself"),
    }
    waiters.close();
    tokio::select! {
        () = handle.stop(true) => {}
        // What is still under way ends with the process.
        signal = signals.next() => tracing::warn!(signal, "not waiting for what is under way"),
    }
    committer.stop();
    Ok(joined(thread.await)?)
}

fn joined(ended: Result<Result<(), Stopped>, tokio::task::JoinError>) -> Result<(), Stopped> {
    ended.unwrap_or_else(|error| Err(Stopped(error.to_string())))
}

/// Tells what opening found and mended.
fn tell_of(report: &OpenReport) {
    let OpenReport {
        commit, checkpoint, ..
    } = report;
    tracing::info!(commit, checkpoint, is_new = report.is_new, "the data is open");
    if let Some(torn) = &report.torn {
        tracing::warn!(
            path = torn.path,
            offset = torn.offset,
            bytes = torn.len,
            "cut off an unfinished write, which nobody was told of"
        );
    }
    if report.finished_checkpoint {
        tracing::info!("finished a checkpoint that was interrupted");
    }
}

/// Prints a line for whoever started the server. A closed standard output is no reason to stop.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
        tracing::warn!(%error, "standard output cannot be written");
    }
}
