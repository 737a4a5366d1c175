//! A byte stream to a real server whose every byte crosses an emulated link: late, cut, and counted.
//!
//! What the phone writes is queued on a [`Connection`] and reaches the real socket as the link delivers it;
//! what the server sends comes back the same way. When the link breaks, what was delivered stays delivered and
//! nothing else is.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::link_time::LinkTime;
use super::pace::Pace;
use super::shared_link::SharedLink;
use super::socket::Socket;
use super::stream_report::{ReportHandle, StreamReport};
use crate::link::{Connection, Cut, Direction, EndCause, Side};

/// What the phone's side, and what the server's, may have under way at once, in bytes: their send buffers.
const UNDER_WAY_BYTES: usize = 256 * 1024;
/// A phone that has heard nothing for so long (nothing delivered either way) gives the connection up; a little
/// longer than TCP takes to.
const SILENCE_US: u64 = 150_000_000;
/// The longest sleep, so that a change of the link is noticed.
const NAP: Duration = Duration::from_millis(20);
/// How long, in real time, a server may work without a word before the phone gives up.
const SERVER_PATIENCE: Duration = Duration::from_secs(30);

/// Where a connection is severed on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severing {
    /// Nowhere.
    #[default]
    Never,
    /// Where the cut says.
    At(Cut),
    /// As the server begins to answer: it has the whole request, and nothing of the reply comes back.
    BeforeReply,
}

/// The stream. All its calls are to come from one task.
pub struct EmulatedStream {
    socket: Socket,
    link: SharedLink,
    connection: Connection,
    pace: Pace,
    time: LinkTime,
    severing: Severing,
    /// Under way to the server, and to the phone.
    up: VecDeque<u8>,
    down: VecDeque<u8>,
    /// Delivered to the phone and not yet read.
    readable: VecDeque<u8>,
    heard_us: u64,
    cut_off: bool,
    failed: Option<io::ErrorKind>,
    /// A read found nothing: it has to be woken whichever call brings something.
    reader_waits: bool,
    /// A write or the shutdown waits until no more than so many bytes are under way.
    writer_waits: Option<usize>,
    nap: Pin<Box<Sleep>>,
    report: StreamReport,
    shared_report: ReportHandle,
}

impl EmulatedStream {
    /// A stream over `connection`, which `link` has established, to the server behind `socket`. Its time
    /// begins when the handshake ended.
    pub fn new(
        socket: TcpStream,
        mut connection: Connection,
        link: SharedLink,
        pace: Pace,
        severing: Severing,
    ) -> Self {
        if let Severing::At(cut) = severing {
            connection.set_cut(Some(cut));
        }
        let at_us = connection.established_us();
        let mut stream = Self {
            socket: Socket::new(socket),
            link,
            connection,
            pace,
            time: LinkTime::Standing { at_us },
            severing,
            up: VecDeque::new(),
            down: VecDeque::new(),
            readable: VecDeque::new(),
            heard_us: at_us,
            cut_off: false,
            failed: None,
            reader_waits: false,
            writer_waits: None,
            nap: Box::pin(tokio::time::sleep(SERVER_PATIENCE)),
            report: StreamReport {
                link_us: at_us,
                ..StreamReport::default()
            },
            shared_report: ReportHandle::default(),
        };
        // A cut after nothing falls at once.
        stream.advance();
        stream.publish();
        stream
    }

    /// Tells the link that the bytes are encrypted.
    pub fn set_encrypted(&mut self) {
        self.connection.set_encrypted(true);
    }

    /// What becomes of the stream, readable after the stream has gone.
    pub fn report(&self) -> ReportHandle {
        self.shared_report.clone()
    }

    /// Moves everything as far as it gets by now, and arranges to be woken when more may move.
    fn drive(&mut self, cx: &mut Context<'_>) {
        loop {
            let mut moved = self.socket.write_out(cx);
            moved |= self.take_from_server(cx);
            moved |= self.advance();
            if !moved {
                break;
            }
        }
        self.judge_silence();
        self.publish();
        self.wake_the_other(cx);
        self.arrange_waking(cx);
    }

    /// What one call moves may be what another waits for.
    fn wake_the_other(&mut self, cx: &mut Context<'_>) {
        let failed = self.failed.is_some();
        let readable = failed || !self.readable.is_empty() || self.ended().is_some();
        let writable = self
            .writer_waits
            .is_some_and(|most| failed || self.up.len() <= most);
        if self.reader_waits && readable || writable {
            cx.waker().wake_by_ref();
        }
    }

    /// How the server's bytes ended, once the phone has all of them.
    fn ended(&self) -> Option<io::Result<()>> {
        self.socket
            .ended()
            .filter(|_| self.down.is_empty() && !self.cut_off)
    }

    /// Takes what the server has sent onto the link. Whether there was anything.
    fn take_from_server(&mut self, cx: &mut Context<'_>) -> bool {
        let room = UNDER_WAY_BYTES.saturating_sub(self.down.len());
        if self.cut_off || room == 0 {
            return false;
        }
        let Some(bytes) = self.socket.read(cx, room) else {
            return false;
        };
        if self.severing == Severing::BeforeReply {
            self.break_off(EndCause::Cut);
            return true;
        }
        let now_us = self.time.now_us(&self.pace);
        self.time.run(&self.pace);
        self.connection.send(Direction::Down, now_us, bytes.len());
        self.down.extend(bytes);
        true
    }

    /// Lets the link's time pass up to now, event by event, until nothing is under way. Whether anything was
    /// delivered or ended.
    fn advance(&mut self) -> bool {
        let mut moved = false;
        while !self.cut_off {
            let now_us = self.time.now_us(&self.pace);
            let (link, connection) = (&self.link, &mut self.connection);
            let next_us = link.with(|link| connection.next_event_us(link));
            let Some(at_us) = next_us.filter(|&at_us| at_us <= now_us) else {
                break;
            };
            for arrival in link.with(|link| connection.advance(link, at_us)) {
                self.heard_us = arrival.at_us;
                self.deliver(arrival.direction, arrival.bytes);
                moved = true;
            }
            if let Some(cause) = self.connection.end_cause() {
                self.break_off(cause);
                return true;
            }
            if moved && self.up.is_empty() && self.down.is_empty() {
                self.time.stand(at_us);
                break;
            }
        }
        moved
    }

    fn deliver(&mut self, direction: Direction, bytes: usize) {
        match direction {
            Direction::Up => {
                self.report.bytes_up += bytes as u64;
                self.socket.deliver(self.up.drain(..bytes.min(self.up.len())));
            }
            Direction::Down => {
                self.report.bytes_down += bytes as u64;
                self.readable
                    .extend(self.down.drain(..bytes.min(self.down.len())));
            }
        }
    }

    /// The connection has ended: what is under way is lost, and each side notices when it does.
    fn break_off(&mut self, cause: EndCause) {
        let now_us = self.time.now_us(&self.pace);
        let broken_us = self.connection.broken_at_us().unwrap_or(now_us);
        let server_us = match cause {
            EndCause::Cut => Some(broken_us),
            _ => self.connection.noticed_at_us(Side::Server),
        };
        let held = server_us.map(|at_us| self.pace.real(at_us.saturating_sub(broken_us)));
        self.socket.abandon(held.unwrap_or(self.pace.real(SILENCE_US)));
        self.cut_off = true;
        self.report.cause = Some(cause);
        self.up.clear();
        self.down.clear();
        if cause == EndCause::Cut || self.connection.noticed_at_us(Side::Phone) == Some(broken_us) {
            self.fail(io::ErrorKind::ConnectionReset, broken_us);
        } else {
            // The phone does not know: its time goes on until it does.
            self.time.stand(broken_us);
            self.time.run(&self.pace);
        }
    }

    /// A phone whose connection is dead without its knowing learns it sooner or later; one that hears nothing
    /// gives up.
    fn judge_silence(&mut self) {
        if self.failed.is_some() || self.time.stands() {
            return;
        }
        let now_us = self.time.now_us(&self.pace);
        let silent_us = self.heard_us.saturating_add(SILENCE_US);
        let noticed_us = self
            .connection
            .noticed_at_us(Side::Phone)
            .filter(|_| self.cut_off);
        match noticed_us {
            Some(at_us) if at_us <= now_us.min(silent_us) => self.fail(io::ErrorKind::ConnectionReset, at_us),
            _ if silent_us <= now_us => self.give_up(silent_us),
            _ => {}
        }
    }

    fn give_up(&mut self, at_us: u64) {
        self.report.silent = true;
        self.socket.abandon(Duration::ZERO);
        self.cut_off = true;
        self.fail(io::ErrorKind::TimedOut, at_us);
    }

    fn fail(&mut self, kind: io::ErrorKind, at_us: u64) {
        self.failed = Some(kind);
        self.time.stand(at_us);
    }

    fn publish(&mut self) {
        self.report.link_us = self.time.now_us(&self.pace);
        self.shared_report.write(self.report);
    }

    fn arrange_waking(&mut self, cx: &mut Context<'_>) {
        if self.failed.is_some() {
            return;
        }
        let patience = if self.time.stands() {
            SERVER_PATIENCE
        } else {
            let left_us = self.next_us().saturating_sub(self.time.now_us(&self.pace));
            self.pace.real(left_us).min(NAP)
        };
        self.nap.as_mut().reset(tokio::time::Instant::now() + patience);
        if self.nap.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    /// When something happens next on the link or the phone loses its patience.
    fn next_us(&mut self) -> u64 {
        let silent_us = self.heard_us.saturating_add(SILENCE_US);
        let next_us = if self.cut_off {
            self.connection.noticed_at_us(Side::Phone)
        } else {
            let (link, connection) = (&self.link, &mut self.connection);
            link.with(|link| connection.next_event_us(link))
        };
        next_us.map_or(silent_us, |at_us| at_us.min(silent_us))
    }

    /// Whether the server has been silent for too long, as the nap that has just ended tells.
    fn judge_patience(&mut self) {
        if self.time.stands() && self.failed.is_none() && self.nap.is_elapsed() {
            self.give_up(self.time.now_us(&self.pace));
        }
    }

    fn error(&self) -> Option<io::Error> {
        self.failed.map(io::Error::from)
    }
}

impl AsyncRead for EmulatedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.reader_waits = false;
        this.judge_patience();
        this.drive(cx);
        if !this.readable.is_empty() {
            let count = buf.remaining().min(this.readable.len());
            let bytes: Vec<u8> = this.readable.drain(..count).collect();
            buf.put_slice(&bytes);
            return Poll::Ready(Ok(()));
        }
        if let Some(error) = this.error() {
            return Poll::Ready(Err(error));
        }
        let ended = this.ended();
        this.reader_waits = ended.is_none();
        ended.map_or(Poll::Pending, Poll::Ready)
    }
}

impl AsyncWrite for EmulatedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.writer_waits = None;
        this.drive(cx);
        if let Some(error) = this.error() {
            return Poll::Ready(Err(error));
        }
        let count = buf.len().min(UNDER_WAY_BYTES.saturating_sub(this.up.len()));
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if count == 0 {
            this.writer_waits = Some(UNDER_WAY_BYTES - 1);
            return Poll::Pending;
        }
        let now_us = this.time.now_us(&this.pace);
        this.time.run(&this.pace);
        this.connection.send(Direction::Up, now_us, count);
        if !this.cut_off {
            this.up.extend(&buf[..count]);
        }
        this.drive(cx);
        Poll::Ready(Ok(count))
    }

    /// What is written is under way at once; flushing adds nothing.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.drive(cx);
        Poll::Ready(self.error().map_or(Ok(()), Err))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.writer_waits = None;
        this.drive(cx);
        if let Some(error) = this.error() {
            return Poll::Ready(Err(error));
        }
        if !this.up.is_empty() {
            this.writer_waits = Some(0);
            return Poll::Pending;
        }
        this.socket.shut_down(cx)
    }
}
