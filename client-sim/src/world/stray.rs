//! Requests that go astray: one that is at the server long after its phone has given it up, with a reply that is late
//! too; one that somebody on the way sends a second time.

use super::{Due, World};
use crate::device::{Crossing, PhoneExchange};
use otor_protocol::ids::DeviceId;

/// A request on its way by itself.
pub(crate) struct Stray {
    device: String,
    way: Way,
}

enum Way {
    /// To the server. With the phone's side of it, if the phone is to get the reply, and how many requests that had
    /// sent by then.
    There(Vec<u8>, Option<Box<PhoneExchange>>, u64, u64),
    /// Back to the phone, from a server whose last commit was that.
    Back(Vec<u8>, Box<PhoneExchange>, u64),
}

impl World {
    /// A copy of a phone's request is at the server in `again_ms`.
    pub fn repeat(&mut self, device: &str, request: Vec<u8>, again_ms: u64) {
        let sent = self.sent(device);
        self.astray(device, Way::There(request, None, 0, sent), again_ms);
    }

    /// A phone's request is at the server in `late_ms`, and the reply at the phone as much later.
    pub fn be_late(&mut self, device: &str, exchange: PhoneExchange, late_ms: u64) {
        let request = exchange.frames().concat();
        let sent = self.sent(device);
        let way = Way::There(request, Some(Box::new(exchange)), late_ms, sent);
        self.astray(device, way, late_ms);
    }

    /// How far phones will have read, at most, by the replies that are on their way to them.
    pub fn late_reads(&self) -> impl Iterator<Item = (DeviceId, u64)> {
        self.strays.values().filter_map(|stray| match &stray.way {
            Way::There(..) => None,
            Way::Back(_, _, commit) => {
                let replica = self.stations.get(&stray.device)?.phone.replica()?;
                Some((replica.identity().certificate.device, *commit))
            }
        })
    }

    /// How many requests a phone has sent.
    fn sent(&self, device: &str) -> u64 {
        self.stations.get(device).map_or(0, |station| station.sent)
    }

    fn astray(&mut self, device: &str, way: Way, after_ms: u64) {
        let number = self.next_stray;
        self.next_stray += 1;
        let device = device.to_owned();
        self.strays.insert(number, Stray { device, way });
        let at_us = self.now_us.saturating_add(after_ms.saturating_mul(1_000));
        self.note(at_us, Due::Stray(number));
    }

    /// A request, or a reply, is there after all.
    pub fn on_stray(&mut self, number: u64) {
        let Some(Stray { device, way }) = self.strays.remove(&number) else {
            return;
        };
        match way {
            Way::There(request, exchange, late_ms, sent) => {
                let now_ms = self.now_ms();
                let reply = self.server.open_exchange().and_then(|mut session| {
                    let reply = self.server.receive(&mut session, &request, now_ms)?;
                    Ok(reply.unwrap_or_default())
                });
                let name = if exchange.is_some() {
                    "link.late_request"
                } else {
                    "link.repeated_request"
                };
                if reply.is_ok() {
                    self.coverage.hit(name);
                }
                // The last that the phone sent, and not here before, is no old one: whoever knows it is no copy.
                if exchange.is_none() || sent != self.sent(&device) {
                    self.is_repeated(&device);
                }
                self.tell(|| format!("{device} {name} answered {}", reply.as_ref().map_or(0, Vec::len)));
                match (exchange, reply) {
                    (Some(exchange), Ok(reply)) => {
                        let commit = self.server.reader().map_or(0, |reader| reader.published());
                        self.astray(&device, Way::Back(reply, exchange, commit), late_ms);
                    }
                    (Some(exchange), Err(_)) => self.end_stray(&device, *exchange),
                    (None, _) => {}
                }
            }
            Way::Back(reply, mut exchange, _) => {
                if let Some(station) = self.stations.get_mut(&device) {
                    let taken = exchange.handle_bytes(&mut station.phone, &reply);
                    let name = if taken.is_ok() {
                        "link.late_reply_taken"
                    } else {
                        "link.late_reply_dropped"
                    };
                    self.coverage.hit(name);
                    self.tell(|| format!("{device} {name}"));
                }
                self.look_at(&device);
                self.end_stray(&device, *exchange);
            }
        }
    }

    fn end_stray(&mut self, device: &str, exchange: PhoneExchange) {
        if let Some(station) = self.stations.get_mut(device) {
            // Storage that fails has restarted the phone; the next attempt goes on from there.
            let _ = exchange.finish(&mut station.phone, &Crossing::default());
        }
    }
}
