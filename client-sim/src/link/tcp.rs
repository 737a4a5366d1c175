//! One direction of a TCP connection: what its sender and receiver do, without wires or time of their own.
//!
//! The model, as simple as the questions asked of it allow:
//! - Segments carry at most [`MSS`] bytes and [`HEADER_BYTES`] of headers. Small writes go out at once; what the
//!   window holds back is joined.
//! - The window begins at [`INITIAL_WINDOW`] segments, grows by one for each acknowledged segment up to the
//!   threshold and by one for each window beyond it, only while it is what holds the sender back and not for
//!   what was sent before the last loss was noticed. The receiver takes [`RECEIVE_WINDOW`] segments beyond the
//!   first one missing.
//! - Every segment that arrives is acknowledged by itself. A segment is taken for lost when one sent three
//!   later is acknowledged (about a round trip after it was sent): the window is halved, once for each window,
//!   and the segment is sent again at once, any others as the window allows. With nothing acknowledged for a
//!   retransmission timeout, all that is out is taken for lost and the window falls to one segment. The timeout
//!   is twice the smoothed round trip, waiting in queues included, at least 1 s, doubled each time in a row, at
//!   most 60 s.
//! - A sender that waits for [`GIVE_UP_US`] without an acknowledgement gives up at its next timeout.
//!
//! Left out: delayed and lost acknowledgements (an outage loses them), rate of acknowledgements, pacing,
//! window decay when idle, and the closing handshake.

use std::collections::{BTreeMap, BTreeSet};

/// Most application bytes in one segment.
pub const MSS: u64 = 1360;
/// Bytes of IP and TCP headers that every packet adds.
pub const HEADER_BYTES: u64 = 40;
/// Segments that may be sent before the first acknowledgement.
pub const INITIAL_WINDOW: u64 = 10;
/// Segments that the receiver takes beyond the first one missing.
pub const RECEIVE_WINDOW: u64 = 384;
/// How long a sender waits without any acknowledgement before it gives up, in microseconds.
pub const GIVE_UP_US: u64 = 120_000_000;

const SHORTEST_TIMEOUT_US: u64 = 1_000_000;
const LONGEST_TIMEOUT_US: u64 = 60_000_000;
/// A segment is lost when one sent this many transmissions later has been acknowledged.
const REORDERING: u64 = 3;

/// One transmission of one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    /// Number of the transmission.
    pub transmission: u64,
    /// Number of the segment, the same when sent again.
    pub segment: u64,
    /// Application bytes.
    pub bytes: u64,
}

/// What came of a retransmission timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timeout {
    /// Everything out is sent again.
    SendAgain,
    /// The connection is over for this sender.
    GiveUp,
}

#[derive(Debug, Clone, Copy)]
struct Flight {
    segment: u64,
    bytes: u64,
    sent_us: u64,
}

/// The sending end.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    unsent: u64,
    next_segment: u64,
    next_transmission: u64,
    unacknowledged: BTreeSet<u64>,
    in_flight: BTreeMap<u64, Flight>,
    lost: BTreeMap<u64, u64>,
    window: f64,
    threshold: f64,
    halved_before: u64,
    held_back_before: u64,
    resend_at_once: bool,
    smoothed_rtt_us: u64,
    timeouts_in_a_row: u32,
    deadline_us: Option<u64>,
    waiting_since_us: Option<u64>,
}

impl Sender {
    /// A sender that knows the round trip of the handshake.
    pub(super) fn new(handshake_rtt_us: u64) -> Self {
        Self {
            unsent: 0,
            next_segment: 0,
            next_transmission: 0,
            unacknowledged: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            lost: BTreeMap::new(),
            window: INITIAL_WINDOW as f64,
            threshold: f64::INFINITY,
            halved_before: 0,
            held_back_before: 0,
            resend_at_once: false,
            smoothed_rtt_us: handshake_rtt_us,
            timeouts_in_a_row: 0,
            deadline_us: None,
            waiting_since_us: None,
        }
    }

    /// Takes application bytes to be sent.
    pub(super) fn queue(&mut self, bytes: u64) {
        self.unsent = self.unsent.saturating_add(bytes);
    }

    /// When the retransmission timer runs out, if it runs.
    pub(super) fn deadline_us(&self) -> Option<u64> {
        self.deadline_us
    }

    /// Since when the sender has waited for an acknowledgement, if it does.
    pub(super) fn waiting_since_us(&self) -> Option<u64> {
        self.waiting_since_us
    }

    /// The next packet that the window lets out at `now_us`.
    pub(super) fn next_packet(&mut self, now_us: u64) -> Option<Packet> {
        let resend_at_once = std::mem::take(&mut self.resend_at_once) && !self.lost.is_empty();
        if self.in_flight.len() as f64 >= self.window.floor() && !resend_at_once {
            if self.unsent > 0 || !self.lost.is_empty() {
                self.held_back_before = self.next_transmission;
            }
            return None;
        }
        let (segment, bytes) = self.lost.pop_first().or_else(|| self.cut_segment())?;
        let transmission = self.next_transmission;
        self.next_transmission += 1;
        self.in_flight.insert(
            transmission,
            Flight {
                segment,
                bytes,
                sent_us: now_us,
            },
        );
        self.waiting_since_us.get_or_insert(now_us);
        let timeout_us = self.timeout_us();
        self.deadline_us.get_or_insert(now_us.saturating_add(timeout_us));
        Some(Packet {
            transmission,
            segment,
            bytes,
        })
    }

    /// A fresh segment of the bytes not sent yet, if the receiver would take it.
    fn cut_segment(&mut self) -> Option<(u64, u64)> {
        let first_missing = self.unacknowledged.first().copied().unwrap_or(self.next_segment);
        if self.unsent == 0 || self.next_segment - first_missing >= RECEIVE_WINDOW {
            return None;
        }
        let (segment, bytes) = (self.next_segment, self.unsent.min(MSS));
        self.next_segment += 1;
        self.unsent -= bytes;
        self.unacknowledged.insert(segment);
        Some((segment, bytes))
    }

    /// Takes the acknowledgement of `packet`.
    pub(super) fn acknowledged(&mut self, packet: Packet, now_us: u64) {
        if !self.unacknowledged.remove(&packet.segment) {
            return;
        }
        match self.in_flight.remove(&packet.transmission) {
            Some(flight) => self.measure(now_us.saturating_sub(flight.sent_us)),
            // Taken for lost too early: neither waiting to go again nor under way again any longer.
            None => {
                self.lost.remove(&packet.segment);
                self.in_flight
                    .retain(|_, flight| flight.segment != packet.segment);
            }
        }
        if (self.halved_before..self.held_back_before).contains(&packet.transmission) {
            self.window += if self.window < self.threshold {
                1.0
            } else {
                1.0 / self.window
            };
        }
        self.find_losses(packet.transmission);
        self.timeouts_in_a_row = 0;
        let waits = !self.unacknowledged.is_empty();
        self.waiting_since_us = waits.then_some(now_us);
        self.deadline_us = waits.then(|| now_us.saturating_add(self.timeout_us()));
    }

    fn measure(&mut self, rtt_us: u64) {
        self.smoothed_rtt_us = self.smoothed_rtt_us.saturating_mul(7).saturating_add(rtt_us) / 8;
    }

    /// Takes for lost what was sent well before an acknowledged transmission.
    fn find_losses(&mut self, acknowledged: u64) {
        while let Some(entry) = self.in_flight.first_entry() {
            let transmission = *entry.key();
            if transmission + REORDERING > acknowledged {
                return;
            }
            let flight = entry.remove();
            self.lost.insert(flight.segment, flight.bytes);
            if transmission >= self.halved_before {
                self.threshold = (self.window / 2.0).max(2.0);
                self.window = self.threshold;
                self.halved_before = self.next_transmission;
                self.resend_at_once = true;
            }
        }
    }

    /// The retransmission timer ran out.
    pub(super) fn timed_out(&mut self, now_us: u64) -> Timeout {
        let waited_us = now_us.saturating_sub(self.waiting_since_us.unwrap_or(now_us));
        if waited_us >= GIVE_UP_US {
            return Timeout::GiveUp;
        }
        for flight in std::mem::take(&mut self.in_flight).into_values() {
            self.lost.insert(flight.segment, flight.bytes);
        }
        if self.timeouts_in_a_row == 0 {
            self.threshold = (self.window / 2.0).max(2.0);
        }
        self.window = 1.0;
        self.halved_before = self.next_transmission;
        self.timeouts_in_a_row = self.timeouts_in_a_row.saturating_add(1);
        self.deadline_us = None;
        Timeout::SendAgain
    }

    fn timeout_us(&self) -> u64 {
        let base_us = self.smoothed_rtt_us.saturating_mul(2).max(SHORTEST_TIMEOUT_US);
        base_us
            .saturating_mul(1 << self.timeouts_in_a_row.min(16))
            .min(LONGEST_TIMEOUT_US)
    }
}

/// The receiving end.
#[derive(Debug, Clone, Default)]
pub(super) struct Receiver {
    next_segment: u64,
    ahead: BTreeMap<u64, u64>,
}

impl Receiver {
    /// Takes a packet; answers how many bytes have come in order with it.
    pub(super) fn accept(&mut self, packet: Packet) -> u64 {
        if packet.segment >= self.next_segment {
            self.ahead.insert(packet.segment, packet.bytes);
        }
        let mut in_order = 0;
        while let Some(bytes) = self.ahead.remove(&self.next_segment) {
            in_order += bytes;
            self.next_segment += 1;
        }
        in_order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT_US: u64 = 200_000;

    fn burst(sender: &mut Sender, now_us: u64) -> Vec<Packet> {
        std::iter::from_fn(|| sender.next_packet(now_us)).collect()
    }

    #[test]
    fn window_begins_at_ten_segments_and_doubles_each_round_trip() {
        let mut sender = Sender::new(RTT_US);
        sender.queue(1_000_000);
        let mut sizes = Vec::new();
        for round in 0..4 {
            let packets = burst(&mut sender, round * RTT_US);
            sizes.push(packets.len());
            for packet in packets {
                sender.acknowledged(packet, (round + 1) * RTT_US);
            }
        }
        assert_eq!(sizes, [10, 20, 40, 80]);
    }

    #[test]
    fn window_stays_when_the_application_holds_back() {
        let mut sender = Sender::new(RTT_US);
        for round in 0..50 {
            sender.queue(100);
            for packet in burst(&mut sender, round * RTT_US) {
                sender.acknowledged(packet, (round + 1) * RTT_US);
            }
        }
        sender.queue(1_000_000);
        assert_eq!(burst(&mut sender, 60 * RTT_US).len(), 10);
    }

    #[test]
    fn lost_segment_is_sent_again_once_one_sent_three_later_arrived_and_halves_the_window_once() {
        let mut sender = Sender::new(RTT_US);
        sender.queue(10 * MSS);
        let packets = burst(&mut sender, 0);
        let mut sent_after = |numbers: &[usize]| {
            for &number in numbers {
                sender.acknowledged(packets[number], RTT_US);
            }
            burst(&mut sender, RTT_US)
                .iter()
                .map(|packet| packet.segment)
                .collect::<Vec<_>>()
        };
        assert!(sent_after(&[2]).is_empty());
        assert_eq!(sent_after(&[3]), [0]);
        assert!(sent_after(&[4]).is_empty());
        assert_eq!(sent_after(&[5, 6]), [1]);
        assert_eq!(sender.window, 5.0);
    }

    #[test]
    fn timeout_sends_one_segment_again_and_doubles_until_giving_up() {
        let mut sender = Sender::new(RTT_US);
        sender.queue(3 * MSS);
        burst(&mut sender, 0);
        let mut deadlines_s = Vec::new();
        loop {
            let now_us = sender.deadline_us().expect("the timer runs");
            deadlines_s.push(now_us / 1_000_000);
            if sender.timed_out(now_us) == Timeout::GiveUp {
                break;
            }
            assert_eq!(burst(&mut sender, now_us).len(), 1);
        }
        assert_eq!(deadlines_s, [1, 3, 7, 15, 31, 63, 123]);
    }

    #[test]
    fn late_acknowledgement_of_a_segment_taken_for_lost_stops_its_retransmission() {
        let mut sender = Sender::new(RTT_US);
        sender.queue(MSS);
        let packet = burst(&mut sender, 0)[0];
        sender.timed_out(1_000_000);
        sender.acknowledged(packet, 1_100_000);
        assert_eq!(burst(&mut sender, 1_200_000), []);
        assert_eq!((sender.deadline_us(), sender.waiting_since_us()), (None, None));
    }

    #[test]
    fn receiver_hands_over_in_order_and_once() {
        let packet = |segment| Packet {
            transmission: segment,
            segment,
            bytes: 100 + segment,
        };
        let mut receiver = Receiver::default();
        assert_eq!(receiver.accept(packet(1)), 0);
        assert_eq!(receiver.accept(packet(1)), 0);
        assert_eq!(receiver.accept(packet(0)), 201);
        assert_eq!(receiver.accept(packet(0)), 0);
        assert_eq!(receiver.accept(packet(2)), 102);
    }

    #[test]
    fn receive_window_bounds_what_goes_out_beyond_a_hole() {
        let mut sender = Sender::new(RTT_US);
        sender.window = 10_000.0;
        sender.queue(10_000 * MSS);
        assert_eq!(burst(&mut sender, 0).len() as u64, RECEIVE_WINDOW);
    }
}
