//! One emulated TCP connection, without I/O: bytes in, deliveries out, all in virtual time.
//!
//! Everything that happens is an event at a time of its own, and time passes only from event to event, so it
//! does not matter how often [`Connection::advance`] is called in between.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::access::Link;
use super::cut::Cut;
use super::ending::{EndCause, Ending};
use super::path::Path;
use super::tcp::{HEADER_BYTES, Packet, Receiver, Sender, Timeout};
use super::{Direction, Side};

/// Bytes delivered in order to the application at one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When, in microseconds of virtual time.
    pub at_us: u64,
    /// Which way they went.
    pub direction: Direction,
    /// How many.
    pub bytes: usize,
}

/// One TCP connection over a [`Link`]; always give it the link it was made by.
#[derive(Debug, Clone)]
pub struct Connection {
    established_us: u64,
    /// The latest time the caller has told.
    clock_us: u64,
    /// The latest time at which something happened.
    event_us: u64,
    last_packet_us: u64,
    outages_judged_us: u64,
    foretold_outage: Option<((usize, u64), Option<u64>)>,
    rng: ChaCha8Rng,
    cut: Option<Cut>,
    encrypted: bool,
    delivered: u64,
    events: BTreeMap<(u64, Class, u64), Event>,
    next_event: u64,
    ways: [Way; 2],
    ending: Option<Ending>,
}

/// One direction.
#[derive(Debug, Clone)]
struct Way {
    sender: Sender,
    receiver: Receiver,
    path: Path,
    held: u64,
    release_us: Option<u64>,
}

/// Order of events at the same time: what the network does comes before what the application asks for, so
/// that asking before or after advancing to that time is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Network,
    Application,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Send(Direction, u64),
    Arrive(Direction, Packet),
    Acknowledge(Direction, Packet),
}

/// What happens next; at equal times the earlier in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Cut,
    Outage,
    NatIdle,
    Release(Direction),
    Event,
    Timeout(Direction),
}

impl Connection {
    pub(super) fn new(asked_us: u64, established_us: u64, rtt_us: u64, rng: ChaCha8Rng) -> Self {
        let way = Way {
            sender: Sender::new(rtt_us),
            receiver: Receiver::default(),
            path: Path::default(),
            held: 0,
            release_us: None,
        };
        Self {
            established_us,
            clock_us: asked_us,
            event_us: asked_us,
            last_packet_us: established_us,
            // A link taken away during the handshake ends the connection too.
            outages_judged_us: asked_us,
            foretold_outage: None,
            rng,
            cut: None,
            encrypted: false,
            delivered: 0,
            events: BTreeMap::new(),
            next_event: 0,
            ways: [way.clone(), way],
            ending: None,
        }
    }

    /// Cuts the connection where `cut` says; to be told before anything is sent.
    pub fn set_cut(&mut self, cut: Option<Cut>) {
        self.cut = cut;
    }

    /// Whether the bytes are encrypted: then a buffering proxy of the operator passes them by.
    pub fn set_encrypted(&mut self, encrypted: bool) {
        self.encrypted = encrypted;
    }

    /// When the handshake ended; what is sent before goes out then.
    pub fn established_us(&self) -> u64 {
        self.established_us
    }

    /// Application bytes delivered so far, both directions together.
    pub fn delivered_bytes(&self) -> u64 {
        self.delivered
    }

    /// When the connection ended, once it has; nothing is delivered from then on.
    pub fn broken_at_us(&self) -> Option<u64> {
        self.ending.map(|ending| ending.at_us)
    }

    /// Why the connection ended, once it has.
    pub fn end_cause(&self) -> Option<EndCause> {
        self.ending.map(|ending| ending.cause)
    }

    /// When `side` notices that the connection has ended: at once, or when it has waited for an
    /// acknowledgement until it gives up. `None` while it has not ended or `side` has nothing to wait for.
    pub fn noticed_at_us(&self, side: Side) -> Option<u64> {
        self.ending.and_then(|ending| ending.noticed_us(side))
    }

    /// Queues application bytes at `now_us`, which must not be earlier than the latest time told before (if it
    /// is, that time counts).
    pub fn send(&mut self, direction: Direction, now_us: u64, bytes: usize) {
        let at_us = now_us.max(self.clock_us).max(self.established_us);
        if bytes == 0 {
            return;
        }
        match &mut self.ending {
            Some(ending) => ending.sent(direction.sender(), at_us),
            None => self.schedule(at_us, Class::Application, Event::Send(direction, bytes as u64)),
        }
    }

    /// Lets time pass until `now_us` and answers what was delivered in order of time.
    pub fn advance(&mut self, link: &mut Link, now_us: u64) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        while let Some((at_us, step)) = self.next_step(link) {
            if at_us > now_us {
                break;
            }
            self.event_us = at_us;
            self.take(step, link, &mut arrivals);
        }
        self.clock_us = self.clock_us.max(now_us);
        arrivals
    }

    /// When to call [`Connection::advance`] again; `None` if nothing will happen unless more is sent. After the
    /// end: when the next side notices it.
    pub fn next_event_us(&mut self, link: &mut Link) -> Option<u64> {
        match self.ending {
            Some(ending) => ending.next_notice_us(self.clock_us),
            None => self.next_step(link).map(|(at_us, _)| at_us),
        }
    }

    fn schedule(&mut self, at_us: u64, class: Class, event: Event) {
        self.events.insert((at_us, class, self.next_event), event);
        self.next_event += 1;
    }

    fn next_step(&mut self, link: &mut Link) -> Option<(u64, Step)> {
        if self.ending.is_some() {
            return None;
        }
        let cut_us = self
            .cut
            .and_then(|cut| cut.at_us(self.established_us, self.delivered, self.event_us));
        let mut steps = [
            (cut_us.map(|at_us| at_us.max(self.established_us)), Step::Cut),
            (self.next_outage_us(link), Step::Outage),
            (self.nat_forgets_us(link), Step::NatIdle),
            (self.events.keys().next().map(|key| key.0), Step::Event),
            (None, Step::Event),
            (None, Step::Event),
            (None, Step::Event),
            (None, Step::Event),
        ];
        for (index, direction) in [Direction::Up, Direction::Down].into_iter().enumerate() {
            let way = &self.ways[direction as usize];
            steps[4 + index] = (way.release_us, Step::Release(direction));
            steps[6 + index] = (way.sender.deadline_us(), Step::Timeout(direction));
        }
        let (at_us, step) = steps
            .into_iter()
            .filter_map(|(at_us, step)| Some((at_us?, step)))
            .min()?;
        Some((at_us.max(self.event_us), step))
    }

    fn next_outage_us(&mut self, link: &mut Link) -> Option<u64> {
        let question = (link.revision(), self.outages_judged_us);
        match self.foretold_outage {
            Some((asked, answer)) if asked == question => answer,
            _ => {
                let answer = link.next_ending_outage_us(self.outages_judged_us);
                self.foretold_outage = Some((question, answer));
                answer
            }
        }
    }

    /// When the operator forgets the connection, if nobody sends before.
    fn nat_forgets_us(&self, link: &Link) -> Option<u64> {
        let idle_us = link.profile_at(self.last_packet_us).nat_idle_us?;
        Some(self.last_packet_us.saturating_add(idle_us))
    }

    fn take(&mut self, step: Step, link: &mut Link, arrivals: &mut Vec<Arrival>) {
        match step {
            Step::Cut => self.end(EndCause::Cut),
            Step::NatIdle => self.end(EndCause::NatIdle),
            Step::Outage => self.judge_outage(link),
            Step::Release(direction) => self.release(direction, arrivals),
            Step::Timeout(direction) => match self.ways[direction as usize].sender.timed_out(self.event_us) {
                Timeout::SendAgain => self.transmit(direction, link),
                Timeout::GiveUp => self.end(EndCause::GaveUp(direction.sender())),
            },
            Step::Event => match self.events.pop_first() {
                Some((_, Event::Send(direction, bytes))) => {
                    self.ways[direction as usize].sender.queue(bytes);
                    self.transmit(direction, link);
                }
                Some((_, Event::Arrive(direction, packet))) => {
                    self.arrive(direction, packet, link, arrivals);
                }
                Some((_, Event::Acknowledge(direction, packet))) => {
                    self.ways[direction as usize]
                        .sender
                        .acknowledged(packet, self.event_us);
                    self.transmit(direction, link);
                }
                None => {}
            },
        }
    }

    fn judge_outage(&mut self, link: &Link) {
        self.outages_judged_us = self.event_us.saturating_add(1);
        let profile = link.profile_at(self.event_us);
        let draw: f64 = self.rng.random();
        if draw < profile.outage_ends_connection {
            self.end(EndCause::Outage);
        } else if draw < profile.outage_ends_connection + profile.outage_leaves_half_open {
            self.end(EndCause::HalfOpen);
        }
    }

    fn transmit(&mut self, direction: Direction, link: &mut Link) {
        let now_us = self.event_us;
        while let Some(packet) = self.ways[direction as usize].sender.next_packet(now_us) {
            self.last_packet_us = now_us;
            let handed_over = (now_us, packet.bytes + HEADER_BYTES);
            let path = &mut self.ways[direction as usize].path;
            if let Some(at_us) = path.cross(link, direction, handed_over, &mut self.rng) {
                self.schedule(at_us, Class::Network, Event::Arrive(direction, packet));
            }
        }
    }

    fn arrive(&mut self, direction: Direction, packet: Packet, link: &mut Link, arrivals: &mut Vec<Arrival>) {
        let now_us = self.event_us;
        self.last_packet_us = now_us;
        let way = &mut self.ways[direction as usize];
        let in_order = way.receiver.accept(packet);
        if let Some(back_us) = way.path.acknowledge(link, now_us, &mut self.rng) {
            self.schedule(back_us, Class::Network, Event::Acknowledge(direction, packet));
        }
        let way = &mut self.ways[direction as usize];
        way.held += in_order;
        match link.profile_at(now_us).proxy {
            Some(proxy) if !self.encrypted && way.held < proxy.most_bytes => {
                if in_order > 0 {
                    way.release_us = Some(now_us.saturating_add(proxy.hold_us));
                }
            }
            _ => self.release(direction, arrivals),
        }
    }

    /// Hands over what has come in order, up to the cut.
    fn release(&mut self, direction: Direction, arrivals: &mut Vec<Arrival>) {
        let way = &mut self.ways[direction as usize];
        way.release_us = None;
        let held = std::mem::take(&mut way.held);
        let bytes = self.cut.map_or(held, |cut| cut.allowed(self.delivered, held));
        self.delivered += bytes;
        if bytes > 0 {
            // What is held at once is bounded by the receive window and the proxy.
            arrivals.push(Arrival {
                at_us: self.event_us,
                direction,
                bytes: bytes as usize,
            });
        }
    }

    fn end(&mut self, cause: EndCause) {
        let waiting_us = [0, 1].map(|way: usize| self.ways[way].sender.waiting_since_us());
        let mut ending = Ending::new(self.event_us, cause, waiting_us);
        for ((at_us, ..), event) in std::mem::take(&mut self.events) {
            if let Event::Send(direction, _) = event {
                ending.sent(direction.sender(), at_us);
            }
        }
        self.ending = Some(ending);
    }
}
