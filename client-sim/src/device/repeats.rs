//! Counts the bytes of ops that cross the link more than once.

use std::collections::BTreeMap;

use otor_protocol::ids::ActorId;
use otor_protocol::sync::upload::SentOps;

/// How much of each op that is not acknowledged has crossed the link in some attempt, in bytes before packing.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    crossed: BTreeMap<(ActorId, u64), usize>,
}

impl Repeats {
    /// Notes that the first `crossed_bytes` of a request of these frames have crossed; how many bytes of them
    /// were of ops that had crossed in an earlier attempt. `sent_ops` says what each frame carries. The ops of
    /// a frame cross one after another, each with its share of the frame's bytes.
    pub fn request_crossed(
        &mut self,
        frames: &[Vec<u8>],
        sent_ops: &[Option<SentOps>],
        crossed_bytes: u64,
    ) -> u64 {
        let mut repeated = 0;
        let mut rest = usize::try_from(crossed_bytes).unwrap_or(usize::MAX);
        for (bytes, sent) in frames.iter().zip(sent_ops) {
            if let Some(sent) = sent {
                repeated += self.frame_crossed(sent, bytes.len(), rest.min(bytes.len()));
            }
            rest = rest.saturating_sub(bytes.len());
        }
        repeated
    }

    fn frame_crossed(&mut self, sent: &SentOps, frame_bytes: usize, crossed_bytes: usize) -> u64 {
        let op_bytes: usize = sent.op_bytes.iter().sum();
        let mut rest = crossed_bytes * op_bytes / frame_bytes.max(1);
        let mut repeated = 0;
        for (seq, op_bytes) in (sent.first_seq..).zip(&sent.op_bytes) {
            let now = rest.min(*op_bytes);
            rest -= now;
            if now == 0 {
                break;
            }
            let before = self.crossed.entry((sent.actor, seq)).or_default();
            repeated += now.min(*before);
            *before = now.max(*before);
        }
        (repeated * frame_bytes / op_bytes.max(1)) as u64
    }

    /// The phone knows that the server has this actor's ops up to `through`: they will not be sent again.
    pub fn acknowledged(&mut self, actor: ActorId, through: u64) {
        self.crossed.retain(|(of, seq), _| *of != actor || *seq > through);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::fixture;
    use otor_protocol::sync::device::{DeviceExchange, ExchangeOptions};

    /// The frames of a request with two visits, what they carry, the bytes of its op frame, and whose they are.
    fn request() -> (Vec<Vec<u8>>, Vec<Option<SentOps>>, u64, ActorId) {
        let mut phone = fixture::enrolled_phone();
        fixture::write_visit(&mut phone, 1_000);
        fixture::write_visit(&mut phone, 2_000);
        let actor = phone.replica().unwrap().identity().certificate.actors[2];
        let clock = phone.clock.reading(3_000);
        let replica = phone.replica_mut().unwrap();
        let exchange = DeviceExchange::begin(replica, clock, ExchangeOptions::new(1)).unwrap();
        let frames = exchange.frames().to_vec();
        assert_eq!(frames.len(), 3, "hello, ops, end");
        let op_bytes = frames[1].len() as u64;
        (frames, exchange.sent_ops().to_vec(), op_bytes, actor)
    }

    #[test]
    fn first_crossing_repeats_nothing_and_the_second_repeats_every_op() {
        let (frames, sent, op_bytes, _) = request();
        let all = frames.concat().len() as u64;
        let mut repeats = Repeats::default();
        assert_eq!(repeats.request_crossed(&frames, &sent, all), 0);
        assert_eq!(repeats.request_crossed(&frames, &sent, all), op_bytes);
    }

    #[test]
    fn only_what_crossed_before_the_cut_counts_as_repeated() {
        let (frames, sent, op_bytes, _) = request();
        // Ten bytes of the op frame did not cross.
        let cut = (frames[0].len() + frames[1].len() - 10) as u64;
        let mut repeats = Repeats::default();
        assert_eq!(repeats.request_crossed(&frames, &sent, cut), 0);
        let repeated = repeats.request_crossed(&frames, &sent, u64::MAX);
        // To the byte, but for rounding.
        assert!(
            (op_bytes - 12..op_bytes - 8).contains(&repeated),
            "{repeated} of {op_bytes}"
        );
        assert_eq!(repeats.request_crossed(&frames, &sent, u64::MAX), op_bytes);
    }

    #[test]
    fn acknowledged_ops_are_forgotten() {
        let (frames, sent, op_bytes, actor) = request();
        let mut repeats = Repeats::default();
        repeats.request_crossed(&frames, &sent, u64::MAX);
        repeats.acknowledged(actor, 1);
        let repeated = repeats.request_crossed(&frames, &sent, u64::MAX);
        assert!(0 < repeated && repeated < op_bytes, "{repeated} of {op_bytes}");
    }
}
