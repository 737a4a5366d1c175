//! Writing on the phone: an op is durable in the outbox before the worker is told it is saved.

use super::outbox::OwnOp;
use super::storage::{Batch, Storage, own_op};
use super::{RecordStage, Replica};
use crate::area::AreaCode;
use crate::catalogue::{Refusal, check_changes};
use crate::ids::{Dot, Lane, Level, RecordId};
use crate::limits;
use crate::mutation::{self, Mutation};
use crate::op::{Body, Change, Op};
use crate::patrol::{self, Point};
use crate::record::{BadEdit, Edit};
use crate::wire;
use serde_bytes::ByteBuf;

/// A phone's clocks at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceClock {
    /// Name of the present boot (random, or counted up).
    pub boot: u64,
    /// Milliseconds since that boot.
    pub uptime_ms: i64,
    /// The wall clock, milliseconds since the Unix epoch; may be wrong.
    pub wall_ms: i64,
}

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The phone's storage failed: it is not saved.
    #[error("not saved: {0}")]
    Storage(E),
    /// No such kind.
    #[error("there is no kind {0:?}")]
    Kind(String),
    /// The phone does not hold the record.
    #[error("the phone does not hold {0}")]
    NotHeld(RecordId),
    /// The record has left the phone's scopes and waits only for acknowledgements.
    #[error("{0} has left this phone's areas and can only be read")]
    ReadOnly(RecordId),
    /// The edit makes no sense.
    #[error(transparent)]
    Edit(#[from] BadEdit),
    /// The server would not take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too long.
    #[error("{0} bytes are more than one entry may have")]
    TooLarge(usize),
}

impl<S: Storage> Replica<S> {
    /// Writes a new record of the kind called `kind` in `area`.
    ///
    /// # Errors
    /// [`WriteError`]; nothing is written then.
    pub fn create(
        &mut self,
        clock: DeviceClock,
        kind: &str,
        area: AreaCode,
        edit: &Edit,
    ) -> Result<RecordId, WriteError<S::Error>> {
        let spec = self
            .catalogue
            .kind_named(kind)
            .ok_or_else(|| WriteError::Kind(kind.to_string()))?;
        let changes = edit.creating(spec)?;
        check_changes(spec, true, Level::WORKER, &changes)?;
        let lane = spec.lane_of(&changes);
        let body = Body::Create {
            kind: spec.id,
            area,
            changes,
        };
        self.write(clock, lane, body).map(RecordId)
    }

    /// Writes an edit of a record, against what the worker sees.
    ///
    /// # Errors
    /// [`WriteError`]; nothing is written then.
    pub fn edit(
        &mut self,
        clock: DeviceClock,
        record: RecordId,
        edit: &Edit,
    ) -> Result<Dot, WriteError<S::Error>> {
        let seen = self.view(record).ok_or(WriteError::NotHeld(record))?;
        if self.stage(record) == Some(RecordStage::Leaving) {
            return Err(WriteError::ReadOnly(record));
        }
        let kind = self
            .catalogue
            .kind(seen.kind)
            .ok_or_else(|| WriteError::Kind(seen.kind.0.to_string()))?;
        let changes: Vec<Change> = edit.editing(kind, &seen)?;
        check_changes(kind, false, Level::WORKER, &changes)?;
        self.write(clock, seen.lane, Body::Edit { record, changes })
    }

    /// Marks points on a planned segment of a patrol that has not ended. An app writes together what was marked on one
    /// segment, and nothing that the worker did not choose to mark.
    ///
    /// # Errors
    /// [`WriteError`]; nothing is written then.
    pub fn mark_points(
        &mut self,
        clock: DeviceClock,
        record: RecordId,
        segment: &str,
        points: &[Point],
    ) -> Result<Dot, WriteError<S::Error>> {
        let seen = self.view(record).ok_or(WriteError::NotHeld(record))?;
        let next = self.lanes[seen.lane.index()].last() + 1;
        let next = Dot::new(self.actor(seen.lane), next);
        let edit = patrol::marking(&seen, next, segment, points)?;
        self.edit(clock, record, &edit)
    }

    fn write(&mut self, clock: DeviceClock, lane: Lane, body: Body) -> Result<Dot, WriteError<S::Error>> {
        let author = self.identity().certificate.owner;
        let noted = self.note_time(clock);
        let op = Op {
            author,
            uptime_ms: noted.uptime_ms,
            body,
        };
        let bytes = wire::encode(&op);
        if bytes.len() > limits::OP_BYTES_MAX {
            return Err(WriteError::TooLarge(bytes.len()));
        }
        let log = &self.lanes[lane.index()];
        let own = OwnOp {
            boot: clock.boot,
            wall_minus_uptime_ms: noted.wall_minus_uptime_ms,
            floor: self.meta.seen,
            own_stamp: noted.own_stamp,
            before: log.chain_at(log.last()).unwrap_or_default(),
            chain: log.next_chain(&bytes),
            op: ByteBuf::from(bytes),
            told: None,
            formerly: None,
            origin: None,
            told_at_ms: None,
        };
        let seq = log.last() + 1;
        let mut batch = Batch::default();
        batch.put(own_op(lane, seq), &own);
        self.storage.apply(&batch).map_err(WriteError::Storage)?;
        if !mutation::active(Mutation::OutboxNotSynced) {
            self.storage.sync().map_err(WriteError::Storage)?;
        }
        self.lanes[lane.index()].push(own);
        let dot = Dot::new(self.identity().certificate.actors[lane.index()], seq);
        if let Some(record) = op.record(dot) {
            self.own_ops.entry(record).or_default().insert(dot);
            self.reindex(record);
        }
        Ok(dot)
    }
}
