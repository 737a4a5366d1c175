//! Carries a phone's exchanges over an emulated link, in virtual time, as often as it takes.

use crate::field::Field;
use otor_protocol::sync::device::ExchangeReport;
use otor_sim::device::{Crossing, Phone, PhoneExchange, Wish};
use otor_sim::in_process::LocalExchange;
use otor_sim::link::{ConnectOutcome, Connection, Direction, Link, Profile, Side};
use otor_sim::transport::http::{USUAL_HOST, request_head_len, response_head_len};

/// A link in virtual time, and the epoch of that time.
pub struct Carrier {
    link: Link,
    now_us: u64,
    epoch_ms: i64,
}

/// One attempt.
struct Attempt {
    connection: Box<Connection>,
    exchange: PhoneExchange,
    serving: LocalExchange,
    request: Vec<u8>,
    arrived_up: usize,
    reply: Vec<u8>,
    arrived_down: usize,
}

impl Carrier {
    pub fn of(profile: &str, seed: u64, epoch_ms: i64) -> Self {
        let profile = Profile::by_name(profile).expect("a profile");
        Carrier {
            link: Link::new(profile, seed, 0),
            now_us: 0,
            epoch_ms,
        }
    }

    fn now_ms(&self) -> i64 {
        self.epoch_ms + (self.now_us / 1_000) as i64
    }

    /// One attempt; none if no connection came about. Afterwards the phone has waited, if it has to.
    pub fn attempt(&mut self, field: &mut Field, phone: &mut Phone, wish: Wish) -> Option<ExchangeReport> {
        match self.link.connect(self.now_us) {
            ConnectOutcome::Failed { at_us } => {
                self.now_us = at_us + phone.wait_before_retry_ms(false, None) * 1_000;
                None
            }
            ConnectOutcome::Established { at_us, connection } => {
                self.now_us = at_us;
                let report = self.exchange(connection, field, phone, wish);
                if report.complete {
                    phone.attempt_ended_well();
                } else {
                    self.now_us += phone.wait_before_retry_ms(report.progress(), None) * 1_000;
                }
                Some(report)
            }
        }
    }

    fn exchange(
        &mut self,
        mut connection: Box<Connection>,
        field: &mut Field,
        phone: &mut Phone,
        wish: Wish,
    ) -> ExchangeReport {
        let exchange = phone.begin_wished(self.now_ms(), wish).expect("running");
        let request = exchange.frames().concat();
        let head = request_head_len(USUAL_HOST, request.len());
        connection.send(Direction::Up, self.now_us, head + request.len());
        let mut attempt = Attempt {
            connection,
            exchange,
            serving: field.server.open_exchange().expect("running"),
            request: [vec![0; head], request].concat(),
            arrived_up: 0,
            reply: Vec::new(),
            arrived_down: 0,
        };
        let head_down = response_head_len(Some(1_000));
        loop {
            for arrival in attempt.connection.advance(&mut self.link, self.now_us) {
                let at_ms = self.epoch_ms + (arrival.at_us / 1_000) as i64;
                match arrival.direction {
                    Direction::Up => {
                        let before = attempt.arrived_up.max(head);
                        attempt.arrived_up += arrival.bytes;
                        let arrived = &attempt.request[before..attempt.arrived_up.max(head)];
                        let reply = field.server.receive(&mut attempt.serving, arrived, at_ms);
                        if let Some(reply) = reply.expect("running") {
                            attempt.reply = [vec![0; head_down], reply].concat();
                            let bytes = attempt.reply.len();
                            attempt.connection.send(Direction::Down, arrival.at_us, bytes);
                        }
                    }
                    Direction::Down => {
                        let before = attempt.arrived_down.max(head_down);
                        attempt.arrived_down += arrival.bytes;
                        let arrived = &attempt.reply[before..attempt.arrived_down.max(head_down)];
                        attempt
                            .exchange
                            .handle_bytes(phone, arrived)
                            .expect("a good reply");
                    }
                }
            }
            let noticed = attempt.connection.noticed_at_us(Side::Phone);
            let next = attempt.connection.next_event_us(&mut self.link);
            let next = next.into_iter().chain(noticed).min();
            let over =
                attempt.exchange.report().complete || noticed.is_some_and(|at_us| at_us <= self.now_us);
            match next.filter(|_| !over) {
                Some(at_us) => self.now_us = at_us.max(self.now_us + 1),
                None => break,
            }
        }
        let crossing = Crossing {
            bytes_up: attempt.arrived_up as u64,
            bytes_down: attempt.arrived_down as u64,
            body_bytes_up: attempt.arrived_up.saturating_sub(head) as u64,
            took_us: 0,
        };
        attempt.exchange.finish(phone, &crossing).expect("durable")
    }

    /// Until nothing is left either way.
    pub fn until_done(&mut self, field: &mut Field, phone: &mut Phone) {
        for _ in 0..3_000 {
            let report = self.attempt(field, phone, Wish::default());
            if report.is_some_and(|report| report.complete && !report.more) && phone.unsent() == Some(0) {
                return;
            }
        }
        panic!("no end");
    }
}
