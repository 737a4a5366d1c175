//! Strategies for contents of op frames.

use crate::values::*;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::wire::Content;
use proptest::collection::vec;
use proptest::prelude::*;

/// Contents within the bounds.
pub fn content() -> impl Strategy<Value = Content> {
    (
        (
            actor(),
            1..u64::MAX - FRAME_OPS_MAX as u64,
            any::<u64>(),
            any::<i64>(),
            vec(stamp(), 1..4),
        ),
        vec(bytes(40), 4..7),
    )
        .prop_map(
            |((actor, first_seq, boot, wall_minus_uptime_ms, floors), ops)| Content {
                actor,
                first_seq,
                boot,
                wall_minus_uptime_ms,
                floors: (0..).zip(floors).collect(),
                ops,
                origins: vec![],
            },
        )
        .prop_flat_map(|content| {
            let count = content.ops.len();
            let hashes = vec(any::<u64>(), 0..=count);
            (Just(content), dot(), hashes, 0..=count)
        })
        .prop_map(|(mut content, first, hashes, at)| {
            // A stretch of ops from `at` on that were renumbered.
            let told: Vec<u8> = hashes
                .iter()
                .take(content.ops.len() - at)
                .flat_map(|hash| hash.to_be_bytes())
                .collect();
            if !told.is_empty() && first.seq < u64::MAX - 100 {
                content.origins = vec![(at as u32, first, told.into())];
            }
            content
        })
}
