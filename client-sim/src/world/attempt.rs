//! One attempt of a phone to synchronise, over its emulated link, against the server in this process.

use super::station::{Fault, kinds_of};
use super::{Due, World};
use crate::device::exchange::nothing_left;
use crate::device::{Crossing, ExchangeFault, PhoneError, PhoneExchange, Wish};
use crate::in_process::LocalExchange;
use crate::link::{Arrival, ConnectOutcome, Connection, Cut, Direction, EndCause, Side};
use crate::transport::http;
use otor_protocol::sync::device::ExchangeReport;
use otor_protocol::wire::Refusal;

/// The host a phone's request names, as over real HTTP to a port of this machine.
const HOST: &str = "127.0.0.1:8340";

/// An attempt under way.
pub(crate) struct Attempt {
    connection: Box<Connection>,
    pub(super) exchange: PhoneExchange,
    pub(super) server: Option<LocalExchange>,
    request: Vec<u8>,
    request_head: usize,
    arrived_up: usize,
    reply: Vec<u8>,
    reply_head: usize,
    arrived_down: usize,
    cut_reply: bool,
    began_us: u64,
    /// Nothing more will come of it.
    hopeless: bool,
    /// The server knows no such phone.
    unknown: bool,
    /// The phone wishes to wait.
    pub(super) waits: bool,
}

impl World {
    /// A phone begins to synchronise; if it is at it already, it will again afterwards.
    pub fn begin_sync(&mut self, device: &str, until_done: bool, fault: Fault) {
        self.give_way(device);
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        if station.attempt.is_some() {
            station.again = Some(station.again.unwrap_or(false) || until_done);
            return;
        }
        station.phone.statistics.syncs += 1;
        station.until_done = until_done;
        station.fault = fault;
        self.attempt(device);
    }

    /// One attempt: connect and send.
    pub fn attempt(&mut self, device: &str) {
        let (now_us, now_ms) = (self.now_us, self.now_ms());
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        station.number += 1;
        if station.phone.replica().is_none() {
            station.until_done = false;
            return;
        }
        match station.link.connect(now_us) {
            ConnectOutcome::Failed { at_us } => {
                station.phone.note_no_connection(at_us.saturating_sub(now_us));
                self.coverage.hit("link.no_connection");
                self.tell(|| format!("{device} has no connection"));
                self.wait_and_retry(device, at_us, false);
            }
            ConnectOutcome::Established { at_us, connection } => {
                station.begun_ms = now_ms;
                let profile = station.link.profile_at(at_us);
                station.phone.on_good_link = profile.is_good();
                let kinds = kinds_of(&profile);
                let wish = Wish {
                    wait_ms: station.fault.wait_ms.unwrap_or(0),
                    ..Wish::default()
                };
                match station.phone.begin_wished(now_ms, wish) {
                    Ok(exchange) => {
                        let fault = std::mem::take(&mut station.fault);
                        kinds.iter().for_each(|name| self.coverage.hit(name));
                        self.send(device, (exchange, connection, fault), at_us);
                    }
                    Err(error) => self.not_begun(device, &error, at_us),
                }
            }
        }
    }

    /// Sends a request, or has it go astray.
    fn send(
        &mut self,
        device: &str,
        (exchange, mut connection, fault): (PhoneExchange, Box<Connection>, Fault),
        at_us: u64,
    ) {
        let body: Vec<u8> = exchange.frames().concat();
        if let Some(station) = self.stations.get_mut(device) {
            station.sent += 1;
        }
        self.tell(|| format!("{device} sends {} bytes", body.len()));
        if let Some(again_ms) = fault.again_ms {
            self.repeat(device, body.clone(), again_ms);
        }
        if let Some(late_ms) = fault.late_ms {
            self.be_late(device, exchange, late_ms);
            self.wait_and_retry(device, at_us, false);
            return;
        }
        connection.set_cut(fault.cut_after_bytes.map(Cut::AfterBytes));
        let head = http::request_head_len(HOST, body.len());
        connection.send(Direction::Up, at_us, head + body.len());
        let attempt = Attempt {
            connection,
            exchange,
            server: self.server.open_exchange().ok(),
            request: body,
            request_head: head,
            arrived_up: 0,
            reply: Vec::new(),
            reply_head: 0,
            arrived_down: 0,
            cut_reply: fault.cut_reply,
            began_us: self.now_us,
            hopeless: false,
            unknown: false,
            waits: fault.wait_ms.is_some(),
        };
        if let Some(station) = self.stations.get_mut(device) {
            station.attempt = Some(attempt);
            let number = station.number;
            self.note(at_us, Due::Connection(device.to_string(), number));
        }
    }

    /// A phone whose storage fails as it begins starts again from what is stored, and tries again later.
    fn not_begun(&mut self, device: &str, error: &PhoneError, at_us: u64) {
        self.tell(|| format!("{device} cannot begin: {error}"));
        self.coverage.hit("phone.write_failed");
        let restarted = self.stations.get_mut(device).map(|one| one.phone.restart());
        if matches!(restarted, Some(Ok(()))) {
            self.wait_and_retry(device, at_us, false);
        }
    }

    /// Something is due on a phone's connection.
    pub fn on_connection(&mut self, device: &str, number: u64) {
        let now_us = self.now_us;
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        if station.number != number {
            return;
        }
        let Some(mut attempt) = station.attempt.take() else {
            return;
        };
        let arrivals = attempt.connection.advance(&mut station.link, now_us);
        for arrival in arrivals {
            self.arrive(device, &mut attempt, arrival);
        }
        self.look_again(&mut attempt);
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        let done = attempt.exchange.report().complete;
        let broken = attempt
            .connection
            .noticed_at_us(Side::Phone)
            .is_some_and(|at_us| at_us <= now_us);
        if done || broken || attempt.hopeless {
            self.end_attempt(device, attempt);
            return;
        }
        let next = attempt.connection.next_event_us(&mut station.link);
        let noticed = attempt.connection.noticed_at_us(Side::Phone);
        let held = attempt.held_until_us(self.epoch_ms);
        station.attempt = Some(attempt);
        match next.into_iter().chain(noticed).chain(held).min() {
            Some(at_us) => self.note(at_us.max(now_us + 1), Due::Connection(device.to_string(), number)),
            // Nothing will ever come of it: the app gives up.
            None => {
                if let Some(attempt) = self.stations.get_mut(device).and_then(|one| one.attempt.take()) {
                    self.end_attempt(device, attempt);
                }
            }
        }
    }

    fn arrive(&mut self, device: &str, attempt: &mut Attempt, arrival: Arrival) {
        match arrival.direction {
            Direction::Up => self.arrive_up(attempt, arrival),
            Direction::Down => {
                let before = attempt.arrived_down.saturating_sub(attempt.reply_head);
                attempt.arrived_down += arrival.bytes;
                let after = attempt.arrived_down.saturating_sub(attempt.reply_head);
                let Some(station) = self.stations.get_mut(device) else {
                    return;
                };
                let bytes = attempt.reply[before..after.min(attempt.reply.len())].to_vec();
                attempt.exchange.came(bytes.len(), arrival.at_us);
                if let Err(fault) = attempt.exchange.handle_bytes(&mut station.phone, &bytes) {
                    attempt.hopeless = true;
                    self.coverage.hit(name_of(&fault));
                    self.tell(|| format!("{device} {fault:?}"));
                }
                self.look_at(device);
            }
        }
    }

    /// Bytes reach the server: it commits what is complete, and answers when the request is.
    fn arrive_up(&mut self, attempt: &mut Attempt, arrival: Arrival) {
        let before = attempt.arrived_up.saturating_sub(attempt.request_head);
        attempt.arrived_up += arrival.bytes;
        let after = attempt
            .arrived_up
            .saturating_sub(attempt.request_head)
            .min(attempt.request.len());
        let now_ms = self.epoch_ms + (arrival.at_us / 1_000) as i64;
        let Some(server) = &mut attempt.server else {
            attempt.hopeless = true;
            return;
        };
        let answered = self
            .server
            .receive(server, &attempt.request[before..after], now_ms);
        self.take_answer(attempt, answered, arrival.at_us);
    }

    /// What the server makes of a request, if it is due.
    pub(super) fn take_answer(
        &mut self,
        attempt: &mut Attempt,
        answered: anyhow::Result<Option<Vec<u8>>>,
        at_us: u64,
    ) {
        match answered {
            Ok(None) => {}
            Ok(Some(reply)) if reply.is_empty() || attempt.cut_reply => {
                attempt.unknown = reply.is_empty();
                attempt.hopeless = true;
                self.coverage.hit(if attempt.unknown {
                    "refused.unknown"
                } else {
                    "link.reply_lost"
                });
            }
            Ok(Some(reply)) => {
                self.tell(|| format!("the server answers {} bytes", reply.len()));
                attempt.reply_head = http::response_head_len(Some(reply.len() as u64));
                attempt
                    .connection
                    .send(Direction::Down, at_us, attempt.reply_head + reply.len());
                attempt.reply = reply;
            }
            // The server died, or was started anew: the connection is reset.
            Err(error) => {
                attempt.hopeless = true;
                self.coverage.hit("link.reset_by_server");
                self.tell(|| format!("a request ends: {error:#}"));
            }
        }
    }

    /// The phone's process is gone: its attempt ends with it.
    pub fn drop_attempt(&mut self, device: &str) {
        if let Some(station) = self.stations.get_mut(device) {
            station.number += 1;
            if let Some(attempt) = station.attempt.take() {
                let crossing = attempt.crossing(self.now_us);
                // The process is gone; only its counts matter.
                let _ = attempt.exchange.finish(&mut station.phone, &crossing);
            }
        }
    }

    fn end_attempt(&mut self, device: &str, attempt: Attempt) {
        let crossing = attempt.crossing(self.now_us);
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        if attempt.unknown {
            station.phone.note_unknown();
        }
        if let Some(cause) = attempt.connection.end_cause() {
            self.coverage.hit(end_name(cause));
        }
        let finished = attempt.exchange.finish(&mut station.phone, &crossing);
        if finished.is_err() {
            self.coverage.hit("phone.write_failed");
        }
        let report = finished.unwrap_or_default();
        self.look_at(device);
        self.coverage.hit(if report.complete {
            "exchange.complete"
        } else {
            "exchange.cut"
        });
        self.tell(|| {
            format!(
                "{device} ends after {} up, {} down: {report:?}",
                crossing.bytes_up, crossing.bytes_down
            )
        });
        self.after_attempt(device, &report);
    }

    fn after_attempt(&mut self, device: &str, report: &ExchangeReport) {
        let now_us = self.now_us;
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        if let Some(until_done) = station.again.take() {
            station.until_done |= until_done;
            station.phone.statistics.syncs += 1;
            self.attempt(device);
            return;
        }
        if !station.until_done {
            return;
        }
        if nothing_left(&station.phone, report) {
            station.until_done = false;
        } else if report.complete {
            station.phone.attempt_ended_well();
            self.attempt(device);
        } else {
            self.wait_and_retry(device, now_us, report.progress());
        }
    }

    fn wait_and_retry(&mut self, device: &str, from_us: u64, progressed: bool) {
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        if let Some(until_done) = station.again.take() {
            station.until_done |= until_done;
        }
        if !station.until_done {
            return;
        }
        let wait_ms = station.phone.wait_before_retry_ms(progressed, None);
        let number = station.number;
        self.note(from_us + wait_ms * 1_000, Due::Retry(device.to_string(), number));
    }

    /// A phone that waited tries again.
    pub fn on_retry(&mut self, device: &str, number: u64) {
        let waits = self
            .stations
            .get(device)
            .is_some_and(|station| station.number == number && station.attempt.is_none());
        if waits {
            self.attempt(device);
        }
    }
}

impl Attempt {
    pub(super) fn crossing(&self, now_us: u64) -> Crossing {
        Crossing {
            bytes_up: self.arrived_up as u64,
            bytes_down: self.arrived_down as u64,
            body_bytes_up: self.arrived_up.saturating_sub(self.request_head) as u64,
            took_us: now_us.saturating_sub(self.began_us),
        }
    }
}

/// What an end of a connection is called in the coverage.
fn end_name(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Cut => "link.cut_at_byte",
        EndCause::Outage => "link.outage",
        EndCause::HalfOpen => "link.half_open",
        EndCause::NatIdle => "link.nat_idle",
        EndCause::GaveUp(_) => "link.gave_up",
    }
}

/// What a fault of an exchange is called in the coverage.
fn name_of(fault: &ExchangeFault) -> &'static str {
    match fault {
        ExchangeFault::Interrupted => "reply.interrupted",
        ExchangeFault::Refused(Refusal::Protocol(_)) => "refused.protocol",
        ExchangeFault::Refused(Refusal::OtherHistory(_)) => "refused.other_history",
        ExchangeFault::Refused(Refusal::Forked(_)) => "refused.forked",
        ExchangeFault::Refused(Refusal::Superseded) => "refused.superseded",
        ExchangeFault::Refused(Refusal::UnknownDictionary) => "refused.unknown_dictionary",
        ExchangeFault::Unusable(_) => "reply.unusable",
        ExchangeFault::Storage(_) => "phone.write_failed",
    }
}
