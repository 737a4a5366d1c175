//! An app with faults: it writes ops into its log that the replica would have refused.

use super::phones::FieldPhone;
use otor_protocol::ids::{Dot, Lane, PersonId};
use otor_protocol::keys::Chain;
use otor_protocol::op::{Body, Op};
use otor_protocol::replica::{OwnOp, Storage};
use otor_protocol::wire::{decode, encode};

/// Key of an own op of the last lane in a phone's storage.
fn row_of(seq: u64) -> Vec<u8> {
    let mut key = vec![b'o', Lane::Rest.into()];
    key.extend(seq.to_be_bytes());
    key
}

impl FieldPhone {
    /// The dot that the phone's next op of the last lane has.
    pub fn next_dot(&self) -> Dot {
        let phone = self.lock();
        let replica = phone.replica().expect("a running phone");
        let lane = Lane::Rest.index();
        let actor = replica.identity().certificate.actors[lane];
        Dot::new(actor, replica.lanes()[lane].last() + 1)
    }

    /// Who writes on the phone.
    pub fn owner(&self) -> PersonId {
        let phone = self.lock();
        phone
            .replica()
            .expect("a running phone")
            .identity()
            .certificate
            .owner
    }

    /// The app writes an op into its last lane as bytes, past the replica. Its dot.
    pub fn write_raw(&self, grid: &str, bytes: &[u8]) -> Dot {
        let dot = self.next_dot();
        // A sound op gives the row all that goes with it.
        self.visit(grid, grid, "");
        let mut phone = self.lock();
        phone.stop();
        let storage = phone.storage_mut().expect("a phone that stands still");
        let rows = storage.load().expect("a storage without faults");
        let stored = |seq: u64| -> Option<OwnOp> {
            let row = rows.iter().find(|(key, _)| *key == row_of(seq))?;
            let (own, _) = row.1.split_last_chunk::<4>()?;
            Some(decode(own).expect("an op that the phone stored"))
        };
        let before = stored(dot.seq - 1).map_or(Chain::default(), |own| own.chain);
        let own = OwnOp {
            before,
            chain: before.after(bytes),
            op: bytes.to_vec().into(),
            ..stored(dot.seq).expect("the sound op")
        };
        let mut row = encode(&own);
        row.extend(crc32fast::hash(&row).to_le_bytes());
        storage.set_row(&row_of(dot.seq), Some(row));
        phone.start().expect("a storage without faults");
        dot
    }

    /// The same for an op that decodes.
    pub fn write_unchecked(&self, grid: &str, body: Body) -> Dot {
        let op = Op {
            author: self.owner(),
            uptime_ms: 5_000,
            body,
        };
        self.write_raw(grid, &encode(&op))
    }
}
