//! One attempt of a phone to synchronise, whatever carries it: what arrives goes to the replica, what crossed
//! is counted, and the phone learns from how it ended.

use otor_protocol::replica::AckError;
use otor_protocol::sync::device::{DeviceExchange, ExchangeError, ExchangeReport};
use otor_protocol::sync::pace::Delivery;
use otor_protocol::wire::{FrameReader, Refusal};

use super::acks::{self, acknowledged};
use super::phone::Phone;
use super::storage::StorageError;

/// With more than this of a request under way, in bytes, and no answer, the phone asks what arrived before it
/// sends it again.
const MUCH_UNDER_WAY_BYTES: u64 = 2 * 1024;

/// Why the rest of a reply is of no use. What was applied stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeFault {
    /// The phone's process ended or started anew meanwhile.
    #[error("the phone's process was interrupted")]
    Interrupted,
    /// The server declined.
    #[error("the server declined: {0:?}")]
    Refused(Refusal),
    /// The reply is not understood, not of this phone's server or not to this request.
    #[error("{0}")]
    Unusable(String),
    /// The phone's storage failed; its process has started again.
    #[error("{0}")]
    Storage(StorageError),
}

/// What crossed the link in one attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crossing {
    /// Bytes to the server, HTTP head included.
    pub bytes_up: u64,
    /// Bytes to the phone, HTTP head included.
    pub bytes_down: u64,
    /// Of the bytes to the server, those of the request's frames.
    pub body_bytes_up: u64,
    /// From asking for the connection to the end, in microseconds of virtual time.
    pub took_us: u64,
}

/// An attempt under way.
pub struct PhoneExchange {
    exchange: DeviceExchange,
    life: u64,
    bare: bool,
    /// Follows the reply to know how much of a frame had come when it was cut.
    reply: FrameReader,
    /// How the beginning of the reply has come so far, and when its first bytes did, in microseconds.
    delivery: Option<(Delivery, u64)>,
}

impl PhoneExchange {
    pub(super) fn new(exchange: DeviceExchange, life: u64, bare: bool) -> Self {
        Self {
            exchange,
            life,
            bare,
            reply: FrameReader::default(),
            delivery: None,
        }
    }

    /// The request's frames, in order.
    pub fn frames(&self) -> &[Vec<u8>] {
        self.exchange.frames()
    }

    /// Bytes of the request's frames.
    pub fn request_bytes(&self) -> usize {
        self.frames().iter().map(Vec::len).sum()
    }

    /// Whether it only asks and sends no ops.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// What has been brought so far.
    pub fn report(&self) -> &ExchangeReport {
        self.exchange.report()
    }

    /// So many bytes of the reply have come at this time, in microseconds.
    pub fn came(&mut self, bytes: usize, at_us: u64) {
        let bytes = bytes as u64;
        let first = Delivery {
            bytes,
            first_bytes: bytes,
            ms: 0,
        };
        match &mut self.delivery {
            None if bytes > 0 => self.delivery = Some((first, at_us)),
            Some((delivery, first_us)) if delivery.bytes < Delivery::BYTES_MAX => {
                delivery.bytes += bytes;
                delivery.ms = at_us.saturating_sub(*first_us).div_ceil(1_000);
            }
            _ => {}
        }
    }

    /// Takes bytes of the reply's frames and applies what is complete.
    ///
    /// # Errors
    /// [`ExchangeFault`]: no more of the reply is of use.
    pub fn handle_bytes(&mut self, phone: &mut Phone, bytes: &[u8]) -> Result<(), ExchangeFault> {
        self.reply.push(bytes);
        while let Ok(Some(_)) = self.reply.next_frame() {}
        let current = phone.life() == self.life;
        let replica = phone
            .replica_mut()
            .filter(|_| current)
            .ok_or(ExchangeFault::Interrupted)?;
        let before = acknowledged(replica);
        let taken = self.exchange.handle_bytes(replica, bytes);
        let now = acknowledged(replica);
        acks::tell(phone.ack_listener.as_ref(), &before, &now)?;
        taken.map_err(|error| fault(phone, error))
    }

    /// Ends the attempt: makes durable what it brought, counts what crossed, and settles whether the next
    /// attempt only asks. To be called however it ended.
    ///
    /// # Errors
    /// [`ExchangeFault::Storage`] if it could not be made durable.
    pub fn finish(self, phone: &mut Phone, crossing: &Crossing) -> Result<ExchangeReport, ExchangeFault> {
        self.count(phone, crossing);
        let report = self.exchange.report().clone();
        if report.welcome.is_some() {
            phone.asks_first = false;
        } else if crossing.body_bytes_up > MUCH_UNDER_WAY_BYTES {
            phone.asks_first = true;
        }
        let current = phone.life() == self.life;
        let Some(replica) = phone.replica_mut().filter(|_| current) else {
            return Ok(report);
        };
        let acknowledged = acknowledged(replica);
        let carried_bytes = crossing.bytes_up + crossing.bytes_down;
        let noted = match self.delivery {
            Some((delivery, _)) => replica.note_delivery(delivery),
            None => Ok(()),
        };
        let noted = noted.and_then(|()| replica.note_contact(carried_bytes, report.contact_end()));
        let finished = noted.and_then(|()| self.exchange.finish(replica));
        for (actor, through) in acknowledged {
            phone.repeats.acknowledged(actor, through);
        }
        finished.map_err(|error| storage_fault(phone, error))
    }

    /// Gives up a wait, because there is something to send: nothing is lost, and it says nothing of the link. The next
    /// attempt begins at once.
    ///
    /// # Errors
    /// As [`PhoneExchange::finish`].
    pub fn give_up(self, phone: &mut Phone, crossing: &Crossing) -> Result<ExchangeReport, ExchangeFault> {
        self.count(phone, crossing);
        let report = self.exchange.report().clone();
        let current = phone.life() == self.life;
        let Some(replica) = phone.replica_mut().filter(|_| current) else {
            return Ok(report);
        };
        let finished = self.exchange.finish(replica);
        finished.map_err(|error| storage_fault(phone, error))
    }

    fn count(&self, phone: &mut Phone, crossing: &Crossing) {
        let in_vain = if self.report().complete {
            0
        } else {
            self.reply.pending_bytes() as u64
        };
        let repeated =
            phone
                .repeats
                .request_crossed(self.frames(), self.exchange.sent_ops(), crossing.body_bytes_up);
        let statistics = &mut phone.statistics;
        statistics.round_trips += 1;
        statistics.connections += 1;
        statistics.bytes_up += crossing.bytes_up;
        statistics.bytes_down += crossing.bytes_down;
        statistics.bytes_resent += repeated + in_vain;
        statistics.virtual_ms += crossing.took_us / 1_000;
    }
}

/// Whether nothing is left either way after an attempt: it ended well, the server held nothing back, it
/// brought nothing, and the phone has nothing unsent.
pub fn nothing_left(phone: &Phone, report: &ExchangeReport) -> bool {
    report.complete && !report.more && !report.progress() && phone.unsent() == Some(0)
}

fn fault(phone: &mut Phone, error: ExchangeError<StorageError>) -> ExchangeFault {
    match error {
        ExchangeError::Refused(refusal) => ExchangeFault::Refused(refusal),
        // The next attempt asks what they have in common.
        ExchangeError::Ack(error @ AckError::Forked(_)) => ExchangeFault::Unusable(error.to_string()),
        ExchangeError::Ack(AckError::Storage(error)) | ExchangeError::Storage(error) => {
            storage_fault(phone, error)
        }
        error @ (ExchangeError::Frame(_)
        | ExchangeError::Malformed
        | ExchangeError::NotOurServer
        | ExchangeError::Ack(AckError::ClockMissing(_))
        | ExchangeError::Stale) => ExchangeFault::Unusable(error.to_string()),
    }
}

/// What the replica has in memory may be ahead of a storage that failed: the process starts again from what
/// is stored. If even that fails, it does not run.
fn storage_fault(phone: &mut Phone, error: StorageError) -> ExchangeFault {
    if phone.restart().is_err() {
        phone.stop();
    }
    ExchangeFault::Storage(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::fixture;

    fn crossed(exchange: &PhoneExchange, body_bytes_up: u64) -> Crossing {
        Crossing {
            bytes_up: 60 + body_bytes_up,
            bytes_down: 10,
            body_bytes_up: body_bytes_up.min(exchange.request_bytes() as u64),
            took_us: 2_500_000,
        }
    }

    #[test]
    fn after_a_large_upload_without_an_answer_the_next_attempt_only_asks() {
        let mut phone = fixture::enrolled_phone();
        (0..60).for_each(|visit| {
            fixture::write_visit(&mut phone, visit);
        });
        let exchange = phone.begin_exchange(1_000, 0).unwrap();
        assert!(!exchange.is_bare() && exchange.request_bytes() > 4_000);
        let crossing = crossed(&exchange, 3_000);
        assert!(!exchange.finish(&mut phone, &crossing).unwrap().complete);

        let mut asking = phone.begin_exchange(2_000, 0).unwrap();
        assert!(asking.is_bare() && asking.request_bytes() < 1_000);
        let reply = fixture::reply(&asking, phone.replica().unwrap());
        asking.handle_bytes(&mut phone, &reply).unwrap();
        assert!(asking.finish(&mut phone, &Crossing::default()).unwrap().complete);
        assert!(!phone.begin_exchange(3_000, 0).unwrap().is_bare());
    }

    #[test]
    fn after_a_small_upload_without_an_answer_it_is_sent_again_and_counted_as_resent() {
        let mut phone = fixture::enrolled_phone();
        fixture::write_visit(&mut phone, 500);
        let mut op_frame_bytes = 0;
        for _ in 0..2 {
            let exchange = phone.begin_exchange(1_000, 0).unwrap();
            assert!(!exchange.is_bare());
            op_frame_bytes = exchange.frames()[1].len() as u64;
            let crossing = crossed(&exchange, exchange.request_bytes() as u64);
            exchange.finish(&mut phone, &crossing).unwrap();
        }
        let statistics = phone.statistics;
        assert_eq!(statistics.bytes_resent, op_frame_bytes);
        assert_eq!((statistics.round_trips, statistics.connections), (2, 2));
        assert_eq!((statistics.bytes_down, statistics.virtual_ms), (20, 5_000));
    }

    #[test]
    fn frame_cut_on_its_way_down_counts_as_bytes_that_come_again() {
        let mut phone = fixture::enrolled_phone();
        let mut exchange = phone.begin_exchange(1_000, 0).unwrap();
        let reply = fixture::reply(&exchange, phone.replica().unwrap());
        exchange.handle_bytes(&mut phone, &reply[..25]).unwrap();
        exchange.finish(&mut phone, &Crossing::default()).unwrap();
        assert_eq!(phone.statistics.bytes_resent, 25);
    }

    #[test]
    fn complete_reply_with_nothing_new_leaves_nothing_unless_the_phone_has_work() {
        let mut phone = fixture::enrolled_phone();
        let mut exchange = phone.begin_exchange(1_000, 0).unwrap();
        let reply = fixture::reply(&exchange, phone.replica().unwrap());
        exchange.handle_bytes(&mut phone, &reply).unwrap();
        let report = exchange.finish(&mut phone, &Crossing::default()).unwrap();
        assert!(nothing_left(&phone, &report));
        fixture::write_visit(&mut phone, 2_000);
        assert!(!nothing_left(&phone, &report));
    }

    #[test]
    fn reply_to_a_process_that_has_ended_is_dropped() {
        let mut phone = fixture::enrolled_phone();
        let mut exchange = phone.begin_exchange(1_000, 0).unwrap();
        let reply = fixture::reply(&exchange, phone.replica().unwrap());
        phone.restart().unwrap();
        assert_eq!(
            exchange.handle_bytes(&mut phone, &reply),
            Err(ExchangeFault::Interrupted)
        );
        assert!(
            !exchange
                .finish(&mut phone, &Crossing::default())
                .unwrap()
                .complete
        );
        assert_eq!(phone.replica().unwrap().confirmed_nonce(), 0);
    }

    #[test]
    fn storage_that_fails_in_a_reply_restarts_the_process_with_what_is_stored() {
        let mut phone = fixture::enrolled_phone();
        fixture::write_visit(&mut phone, 500);
        let mut exchange = phone.begin_exchange(1_000, 0).unwrap();
        let reply = fixture::reply(&exchange, phone.replica().unwrap());
        phone.storage_mut().unwrap().fail_apply(1);
        let fault = exchange.handle_bytes(&mut phone, &reply);
        assert_eq!(fault, Err(ExchangeFault::Storage(StorageError::Apply)));
        assert_eq!((phone.life(), phone.unsent()), (2, Some(1)));
    }

    #[test]
    fn reply_of_another_server_is_of_no_use() {
        let mut phone = fixture::enrolled_phone();
        let mut exchange = phone.begin_exchange(1_000, 0).unwrap();
        let stale = phone.begin_exchange(1_000, 0).unwrap();
        let reply = fixture::reply(&stale, phone.replica().unwrap());
        assert!(matches!(
            exchange.handle_bytes(&mut phone, &reply),
            Err(ExchangeFault::Unusable(_))
        ));
    }
}
