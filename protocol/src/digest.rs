//! Digests: what a phone and the server compare to know that they hold the same records of a scope and lane.

use crate::ids::RecordId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::ops::{AddAssign, SubAssign};

/// What the hash of a record begins with.
const LABEL: &[u8] = b"otor v1 digest";

/// The hash of one record's canonical bytes.
pub fn record_hash(canonical: &[u8]) -> u64 {
    let hash = Sha256::new()
        .chain_update(LABEL)
        .chain_update(canonical)
        .finalize();
    let (first, _) = hash.split_at(8);
    first.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The wrapping sum of the hashes of a set of records: equal sets have equal digests in whatever order their
/// records came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(pub u64);

impl AddAssign<u64> for Digest {
    fn add_assign(&mut self, hash: u64) {
        self.0 = self.0.wrapping_add(hash);
    }
}

impl SubAssign<u64> for Digest {
    fn sub_assign(&mut self, hash: u64) {
        self.0 = self.0.wrapping_sub(hash);
    }
}

impl FromIterator<u64> for Digest {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Self {
        Digest(hashes.into_iter().fold(0, u64::wrapping_add))
    }
}

/// Consecutive record ids: those above `after` up to and including `through`; without a bound where it is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdRange {
    /// Below the first.
    pub after: Option<RecordId>,
    /// The last.
    pub through: Option<RecordId>,
}

impl IdRange {
    /// Every record.
    pub const ALL: IdRange = IdRange {
        after: None,
        through: None,
    };

    /// Whether it holds a record.
    pub fn contains(&self, id: RecordId) -> bool {
        self.after.is_none_or(|after| id > after) && self.through.is_none_or(|through| id <= through)
    }
}

/// Parts into which a range that differs is split.
const SPLIT: usize = 16;
/// A range with at most this many records is split into single ones.
const SINGLES: usize = 32;

/// Splits a range by the records in it (ascending, with their hashes) into parts that follow one another, each
/// with its sum: 16 of equal count, or one a record where there are few. The parts cover the whole range.
pub fn split(range: IdRange, records: &[(RecordId, u64)]) -> Vec<(IdRange, Digest)> {
    let each = if records.len() <= SINGLES {
        1
    } else {
        records.len().div_ceil(SPLIT)
    };
    let mut parts: Vec<(IdRange, Digest)> = Vec::new();
    let mut after = range.after;
    for part in records.chunks(each) {
        let through = part.last().map(|(id, _)| *id);
        let sum = part.iter().map(|(_, hash)| *hash).collect();
        parts.push((IdRange { after, through }, sum));
        after = through;
    }
    match parts.last_mut() {
        // What may come after the last record belongs to the last part.
        Some((last, _)) => last.through = range.through,
        None => parts.push((range, Digest::default())),
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ActorId, Dot};

    fn id(seq: u64) -> RecordId {
        RecordId(Dot::new(ActorId(7), seq))
    }

    fn records(count: u64) -> Vec<(RecordId, u64)> {
        (1..=count)
            .map(|seq| (id(seq * 10), seq.wrapping_mul(u64::MAX / 3)))
            .collect()
    }

    #[test]
    fn hash_is_the_beginning_of_a_labelled_sha256() {
        let whole = Sha256::digest(b"otor v1 digestabc");
        let first: [u8; 8] = whole[..8].try_into().unwrap();
        assert_eq!(record_hash(b"abc"), u64::from_be_bytes(first));
    }

    #[test]
    fn digest_forgets_what_went_and_the_order_of_what_came() {
        let mut digest = Digest::default();
        for hash in [5, u64::MAX, 77] {
            digest += hash;
        }
        digest -= u64::MAX;
        assert_eq!(digest, [77, 5].into_iter().collect());
    }

    #[test]
    fn parts_of_a_range_cover_it_once_and_add_up_to_it() {
        for count in [0, 1, 16, 32, 33, 500, 5_000] {
            let records = records(count);
            let range = IdRange {
                after: Some(id(3)),
                through: Some(id(1_000_000)),
            };
            let parts = split(range, &records);
            assert!(parts.len() <= SINGLES, "{count}: {}", parts.len());
            assert_eq!(parts[0].0.after, range.after);
            assert_eq!(parts.last().unwrap().0.through, range.through);
            for pair in parts.windows(2) {
                assert_eq!(pair[0].0.through, pair[1].0.after);
            }
            let mut total = Digest::default();
            for (part, sum) in &parts {
                let inside = records.iter().filter(|(id, _)| part.contains(*id));
                assert_eq!(*sum, inside.map(|(_, hash)| *hash).collect());
                total += sum.0;
            }
            assert_eq!(total, records.iter().map(|(_, hash)| *hash).collect());
        }
    }

    #[test]
    fn five_thousand_records_are_split_to_single_ones_in_three_rounds() {
        let records = records(5_000);
        let mut range = IdRange::ALL;
        let mut sent = 0;
        for _ in 0..3 {
            let inside: Vec<_> = records
                .iter()
                .filter(|(id, _)| range.contains(*id))
                .copied()
                .collect();
            let parts = split(range, &inside);
            sent += parts.len();
            range = parts
                .iter()
                .find(|(part, _)| part.contains(id(24_680)))
                .unwrap()
                .0;
        }
        let inside = records.iter().filter(|(id, _)| range.contains(*id)).count();
        assert_eq!(inside, 1);
        assert!(sent <= 16 + 16 + 32, "{sent} sums");
    }
}
