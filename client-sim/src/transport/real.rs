//! A phone's exchange with a real server, over real HTTP through its emulated link.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;
use otor_protocol::sync::device::ExchangeReport;
use otor_protocol::wire::Refusal;
use tokio::net::TcpStream;

use super::emulated_stream::{EmulatedStream, Severing};
use super::http::{SYNC_PATH, ask_len, place_len, request_head_len};
use super::pace::Pace;
use super::plain_count::{PlainBytes, PlainCount};
use super::post::{Answer, Before, post};
use super::shared_link::SharedLink;
use super::stream_report::{ReportHandle, StreamReport};
use super::target::Target;
use super::tls::{Pin, TlsError, Trust, secure};
use crate::device::{Crossing, ExchangeFault, Phone, PhoneError, PhoneExchange, Wish};
use crate::link::ConnectOutcome;

/// How often it is looked whether a phone that waits has something to send.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How long a real connection may take to come about, in real time.
const REAL_PATIENCE: Duration = Duration::from_secs(30);

/// A phone that its worker uses while it synchronises: locked only for moments. One attempt at a time is the
/// caller's duty.
pub type SharedPhone = Arc<Mutex<Phone>>;

/// Lets `act` use a shared phone for a moment.
pub(super) fn with_phone<T>(phone: &SharedPhone, act: impl FnOnce(&mut Phone) -> T) -> T {
    // A panic in one use of a phone is that test's or run's failure, not a reason for another.
    act(&mut phone.lock().unwrap_or_else(PoisonError::into_inner))
}

/// How a phone reaches its server.
#[derive(Clone)]
pub struct Route {
    /// The server.
    pub target: Target,
    /// The phone's link.
    pub link: SharedLink,
    /// The time.
    pub pace: Pace,
}

/// How one attempt is to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptOptions {
    /// Where its connection is severed on purpose.
    pub severing: Severing,
    /// Most bytes wanted in reply; 0 for no bound.
    pub reply_budget_bytes: u32,
    /// How long the server may hold its reply until there is something to tell, in milliseconds of real time; 0 for
    /// not at all. A phone that gets something to send meanwhile gives the wait up.
    pub wait_ms: u16,
    /// Whether it asks first if there is room: the attempt before was told that there was none.
    pub asks_first: bool,
    /// The place in the line that it was told then.
    pub place: Option<String>,
}

/// The status of a request that the server has no room for now.
const BUSY: u16 = 503;
/// The statuses of a request that the server could not read, or may have read otherwise than it was meant.
const NOT_UNDERSTOOD: [u16; 2] = [400, 401];

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The reply came whole.
    Complete,
    /// The link gave no connection.
    NoConnection,
    /// The link was there, the server was not.
    NoServer,
    /// The connection ended before the reply did.
    Cut,
    /// The phone gave up because nothing came any more.
    Silent,
    /// The server answered with another status than success.
    Status {
        /// The code.
        code: u16,
        /// What it asked to wait, in milliseconds.
        retry_after_ms: Option<u64>,
        /// The phone's place in the line, if there was no room.
        place: Option<String>,
        /// The beginning of what it said.
        explanation: String,
    },
    /// The server declined, or the phone found itself a copy or the server restored.
    Refused(Refusal),
    /// What answers is not the server the phone was enrolled with.
    Untrusted,
    /// The reply is not understood.
    Unusable(String),
    /// The phone's process ended or started anew meanwhile, or its storage failed.
    Interrupted,
    /// The phone waited, got something to send, and gave the wait up.
    GaveWay,
}

impl Ending {
    /// Whether the next attempt asks first if there is room.
    pub(super) fn asks_next(&self) -> bool {
        matches!(self, Ending::Status { code: BUSY, .. })
    }

    /// The place in the line that it brings then.
    pub(super) fn place(&self) -> Option<String> {
        match self {
            Ending::Status { place, .. } => place.clone(),
            _ => None,
        }
    }
}

/// One attempt to synchronise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub ending: Ending,
    /// What it brought; stays, however it ended.
    pub report: ExchangeReport,
    /// Whether the phone only asked.
    pub bare: bool,
    /// What crossed the link.
    pub crossing: Crossing,
}

impl Attempt {
    fn without_request(ending: Ending, took_us: u64) -> Self {
        let crossing = Crossing {
            took_us,
            ..Crossing::default()
        };
        Self {
            ending,
            report: ExchangeReport::default(),
            bare: false,
            crossing,
        }
    }
}

/// Tries once to synchronise. What crossed and what it took is added to the phone's statistics; the number of
/// syncs is the caller's.
///
/// # Errors
/// [`PhoneError`] if the phone cannot begin.
pub async fn exchange(
    phone: &SharedPhone,
    route: &Route,
    options: AttemptOptions,
) -> Result<Attempt, PhoneError> {
    let began_us = route.pace.now_us();
    let stream = match connect(route, options.severing, began_us).await {
        Ok(stream) => stream,
        Err((ending, at_us)) => {
            let took_us = at_us.saturating_sub(began_us);
            with_phone(phone, |phone| phone.note_no_connection(took_us));
            return Ok(Attempt::without_request(ending, took_us));
        }
    };
    let is_good = route
        .link
        .with(|link| link.profile_at(route.pace.now_us()).is_good());
    let wish = Wish {
        reply_budget_bytes: options.reply_budget_bytes,
        wait_ms: options.wait_ms,
        ..Wish::default()
    };
    let begun = with_phone(phone, |phone| {
        phone.on_good_link = is_good;
        let begun = phone.begin_wished(route.pace.wall_ms(), wish)?;
        Ok::<_, PhoneError>((begun, phone.server_pin, phone.unsent() == Some(0)))
    });
    let (begun, pin, idle) = begun?;
    let report = stream.report();
    let plain = Arc::new(PlainBytes::default());
    let mut conversation = Conversation {
        phone,
        route,
        exchange: begun,
        plain: Arc::clone(&plain),
        before: match options.asks_first {
            true => Before::Asking(options.place.as_deref()),
            false => Before::Nothing,
        },
    };
    let ending = tokio::select! {
        biased;
        ending = conversation.hold(stream, pin, &report) => ending,
        () = gives_way(phone, &plain), if options.wait_ms > 0 && idle => Ending::GaveWay,
    };
    let asked_bytes = match conversation.before {
        Before::Asking(place) => ask_len(route.target.authority()) + 2 * place.map_or(0, place_len),
        Before::Nothing => 0,
    };
    let asked_bytes = asked_bytes as u64;
    Ok(conclude(
        phone,
        route,
        (ending, conversation.exchange),
        (&report.read(), &plain),
        (began_us, asked_bytes),
    ))
}

/// Ends when a phone that waits has something to send, unless the reply is on its way already. (An app would be told
/// by whoever wrote.)
async fn gives_way(phone: &SharedPhone, plain: &PlainBytes) {
    while plain.read() > 0 || with_phone(phone, |phone| phone.unsent() == Some(0)) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A connection over the link to the server; else how the attempt ended, and when in virtual time.
async fn connect(route: &Route, severing: Severing, asked_us: u64) -> Result<EmulatedStream, (Ending, u64)> {
    match route.link.with(|link| link.connect(asked_us)) {
        ConnectOutcome::Failed { at_us } => {
            route.pace.sleep_until(at_us).await;
            Err((Ending::NoConnection, at_us))
        }
        ConnectOutcome::Established { at_us, connection } => {
            route.pace.sleep_until(at_us).await;
            let connecting = TcpStream::connect(route.target.address());
            match tokio::time::timeout(REAL_PATIENCE, connecting).await {
                Ok(Ok(socket)) => {
                    let (link, pace) = (route.link.clone(), route.pace.clone());
                    Ok(EmulatedStream::new(socket, *connection, link, pace, severing))
                }
                Ok(Err(_)) | Err(_) => Err((Ending::NoServer, at_us)),
            }
        }
    }
}

/// An exchange over a connection.
struct Conversation<'a> {
    phone: &'a SharedPhone,
    route: &'a Route,
    exchange: PhoneExchange,
    plain: Arc<PlainBytes>,
    before: Before<'a>,
}

impl Conversation<'_> {
    /// Holds it to its end.
    async fn hold(&mut self, mut stream: EmulatedStream, pin: Option<Pin>, report: &ReportHandle) -> Ending {
        let answer = if self.route.target.encrypted() {
            stream.set_encrypted();
            let Some(pin) = pin else {
                return Ending::Untrusted;
            };
            match secure(stream, &self.route.target, Trust::Pinned(pin)).await {
                Ok((stream, _)) => self.ask(stream, report).await,
                Err(TlsError::OtherKey) => return Ending::Untrusted,
                Err(TlsError::Io(_)) => return broken(&report.read()),
            }
        } else {
            self.ask(stream, report).await
        };
        match answer {
            Ok(Answer::Taken) | Err(_) if self.exchange.report().complete => Ending::Complete,
            Ok(Answer::Taken) => Ending::Cut,
            Ok(Answer::Dropped(fault)) => ending_of(fault),
            Ok(Answer::Status {
                code,
                retry_after_ms,
                place,
                explanation,
            }) => {
                if NOT_UNDERSTOOD.contains(&code) {
                    with_phone(self.phone, Phone::was_not_understood);
                }
                Ending::Status {
                    code,
                    retry_after_ms,
                    place,
                    explanation,
                }
            }
            Err(_) => broken(&report.read()),
        }
    }

    async fn ask<S>(&mut self, stream: S, report: &ReportHandle) -> hyper::Result<Answer<ExchangeFault>>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let counted = PlainCount::new(stream, Arc::clone(&self.plain));
        let frames = self.exchange.frames().iter().cloned().map(Bytes::from).collect();
        let (phone, exchange) = (self.phone, &mut self.exchange);
        let take = |bytes: &[u8]| {
            exchange.came(bytes.len(), report.read().link_us);
            with_phone(phone, |phone| exchange.handle_bytes(phone, bytes))
        };
        let asked = (SYNC_PATH, self.before);
        post(counted, self.route.target.authority(), asked, frames, take).await
    }
}

fn broken(report: &StreamReport) -> Ending {
    if report.silent {
        Ending::Silent
    } else {
        Ending::Cut
    }
}

fn ending_of(fault: ExchangeFault) -> Ending {
    match fault {
        ExchangeFault::Refused(refusal) => Ending::Refused(refusal),
        ExchangeFault::Unusable(why) => Ending::Unusable(why),
        ExchangeFault::Interrupted | ExchangeFault::Storage(_) => Ending::Interrupted,
    }
}

/// Counts what crossed and lets the phone end its exchange.
fn conclude(
    phone: &SharedPhone,
    route: &Route,
    (ending, exchange): (Ending, PhoneExchange),
    (stream, plain): (&StreamReport, &PlainBytes),
    (began_us, asked_bytes): (u64, u64),
) -> Attempt {
    let (bytes_up, bytes_down) = if route.target.encrypted() {
        // What TLS adds is left out; of what was written, no more crossed than the link delivered.
        (plain.written().min(stream.bytes_up), plain.read())
    } else {
        (stream.bytes_up, stream.bytes_down)
    };
    let head_bytes = request_head_len(route.target.authority(), exchange.request_bytes()) as u64;
    let crossing = Crossing {
        bytes_up,
        bytes_down,
        body_bytes_up: bytes_up.saturating_sub(head_bytes + asked_bytes),
        took_us: stream.link_us.saturating_sub(began_us),
    };
    let (bare, report) = (exchange.is_bare(), exchange.report().clone());
    let finished = with_phone(phone, |phone| match ending {
        Ending::GaveWay => exchange.give_up(phone, &crossing),
        _ => exchange.finish(phone, &crossing),
    });
    match finished {
        Ok(report) => Attempt {
            ending,
            report,
            bare,
            crossing,
        },
        Err(_) => Attempt {
            ending: Ending::Interrupted,
            report,
            bare,
            crossing,
        },
    }
}
