//! The verdict on one op: rights at its corrected time, the catalogue, what it refers to.

use crate::state::cell::{
    ActorCell, ActorOwner, AreaCell, DeviceCell, HeldCell, PersonCell, RecordCell, Role, ServerCell,
};
use crate::state::{Draft, StateError, key, lineage};
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::{Catalogue, KindSpec, Refusal, check_changes, check_vouched};
use otor_protocol::ids::{ActorId, Dot, Lane, Level, RecordId};
use otor_protocol::limits;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::op::{Body, Change, Facts, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::wire::{Reason, Verdict};

/// Who wrote an op.
pub(super) struct Author {
    /// The person.
    pub person: PersonCell,
    /// Their authority.
    pub level: Level,
    /// The lane of the phone's actor; none for accounts and rules, which write in all.
    pub lane: Option<Lane>,
    /// Whether an administrator vouches for the op (a release): rights, and what its texts are like, are then not
    /// asked again.
    pub trusted: bool,
}

/// Judges ops over a draft of the state.
pub(super) struct Judge<'a> {
    /// The state with everything decided so far.
    pub draft: Draft<'a>,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// Who wrote the ops.
    pub author: Author,
}

type Judgement = (Verdict, Option<Lane>);

fn quarantined(reason: Reason) -> Judgement {
    (Verdict::Quarantined(reason), None)
}

impl Judge<'_> {
    /// The verdict on a new op, and the lane of the record it creates.
    pub fn op(
        &self,
        dot: Dot,
        op: Option<&Op>,
        facts: Facts,
        device: Option<&DeviceCell>,
    ) -> Result<Judgement, StateError> {
        if device.is_some_and(|device| device.revoked_ms.is_some()) {
            return Ok(quarantined(Reason::DeviceRevoked));
        }
        self.weigh(&self.author, dot, op, facts)
    }

    /// The verdict on an op that a former history had accepted: rights are not asked again.
    pub fn again(
        &self,
        dot: Dot,
        op: Option<&Op>,
        facts: Facts,
        device: Option<&DeviceCell>,
    ) -> Result<Judgement, StateError> {
        let revoked_ms = device.and_then(|device| device.revoked_ms);
        if revoked_ms.is_some_and(|revoked_ms| facts.stamp.ms() >= revoked_ms) {
            return Ok(quarantined(Reason::DeviceRevoked));
        }
        let author = Author {
            person: self.author.person.clone(),
            trusted: true,
            ..self.author
        };
        self.weigh(&author, dot, op, facts)
    }

    fn weigh(
        &self,
        author: &Author,
        dot: Dot,
        op: Option<&Op>,
        facts: Facts,
    ) -> Result<Judgement, StateError> {
        let Some(op) = op else {
            return Ok(quarantined(Reason::Unreadable));
        };
        if op.author != author.person.id {
            return Ok(quarantined(Reason::WrongAuthor));
        }
        if let Some(record) = op.record(dot).filter(|record| record.0 != dot)
            && !mutation::active(Mutation::BehindIgnored)
            && let Some(waits_for) = self
                .draft
                .get::<Option<Reason>>(&key::waiting(dot.actor, record))?
        {
            return Ok(match waits_for {
                Some(_) => quarantined(Reason::BehindAnother),
                None => (Verdict::Parked, None),
            });
        }
        self.content(author, dot, op, facts)
    }

    /// The verdict on an op that was kept aside; none if it is not to be judged now.
    pub fn held(&self, dot: Dot, held: &HeldCell, trusted: bool) -> Result<Option<Judgement>, StateError> {
        let Ok(op) = otor_protocol::wire::decode::<Op>(&held.op) else {
            return Ok(None);
        };
        let Some(person) = self.draft.get::<PersonCell>(&key::person(op.author))? else {
            return Ok(None);
        };
        let Some(actor) = self.draft.get::<ActorCell>(&key::actor(dot.actor))? else {
            return Ok(None);
        };
        let lane = match actor.owner {
            ActorOwner::Device(_, lane) => Some(lane),
            ActorOwner::Person(_) => None,
        };
        let author = Author {
            person,
            level: held.facts.level,
            lane,
            trusted,
        };
        self.content(&author, dot, &op, held.facts).map(Some)
    }

    fn content(&self, author: &Author, dot: Dot, op: &Op, facts: Facts) -> Result<Judgement, StateError> {
        match &op.body {
            Body::Create { kind, area, changes } => self.creation(author, *kind, area, changes, facts),
            Body::Edit { record, .. } => self.edit(author, dot, *record, op, facts),
            Body::Release { dot } => self.release(*dot),
        }
    }

    fn creation(
        &self,
        author: &Author,
        kind: KindId,
        area: &AreaCode,
        changes: &[Change],
        facts: Facts,
    ) -> Result<Judgement, StateError> {
        let Some(kind) = self.catalogue.kind(kind) else {
            return Ok(quarantined(Reason::UnknownKind));
        };
        let lane = kind.lane_of(changes);
        if author.lane.is_some_and(|own| own != lane) {
            return Ok(quarantined(Reason::WrongLane));
        }
        if self
            .draft
            .look::<AreaCell>(&key::area(&area.scope_area()))?
            .is_none()
        {
            return Ok(quarantined(Reason::UnknownArea));
        }
        if !author.trusted && !self.answers_for(&author.person, area, facts)? {
            return Ok(quarantined(Reason::OutOfArea));
        }
        Ok(match check(author, kind, true, changes) {
            Err(refusal) => quarantined(reason_of(&refusal)),
            Ok(()) => (Verdict::Accepted, Some(lane)),
        })
    }

    fn edit(
        &self,
        author: &Author,
        dot: Dot,
        id: RecordId,
        op: &Op,
        facts: Facts,
    ) -> Result<Judgement, StateError> {
        let Some(cell) = self.draft.look::<RecordCell>(&key::record(id))? else {
            return self.absent(dot, id);
        };
        let record = self.draft.record(id, &cell)?;
        if author.lane.is_some_and(|own| own != record.lane) {
            return Ok(quarantined(Reason::WrongLane));
        }
        let rights = author.trusted
            || self.answers_for(&author.person, &record.area.val, facts)?
            || self.concerned(&author.person, id)?;
        if !rights {
            return Ok(quarantined(Reason::OutOfArea));
        }
        let Some(kind) = self.catalogue.kind(record.kind) else {
            return Ok(quarantined(Reason::UnknownKind));
        };
        if let Err(refusal) = check(author, kind, false, op.changes()) {
            return Ok(quarantined(reason_of(&refusal)));
        }
        for change in op.changes() {
            if let Change::Relocate { area, .. } = change {
                if self
                    .draft
                    .look::<AreaCell>(&key::area(&area.scope_area()))?
                    .is_none()
                {
                    return Ok(quarantined(Reason::UnknownArea));
                }
                if !author.trusted && !self.answers_for(&author.person, area, facts)? {
                    return Ok(quarantined(Reason::OutOfArea));
                }
            }
        }
        for missing in record.missing(op) {
            if self.may_come(missing, dot, id)? {
                return Ok((Verdict::Parked, None));
            }
        }
        let mut record = Record::clone(&record);
        record.apply(dot, op, facts);
        let full = record.longest_log() > limits::LOG_ENTRIES_MAX
            || record.largest_set() > limits::SET_MEMBERS_MAX
            || record.encode().len() > limits::RECORD_BYTES_MAX;
        Ok(if full {
            quarantined(Reason::RecordFull)
        } else {
            (Verdict::Accepted, None)
        })
    }

    /// Whether an op that `dot` names, and that its record has not seen, may still be merged into that: it has not come
    /// yet, or is kept aside. What a phone has lost, or what stands elsewhere, never is.
    fn may_come(&self, missing: Dot, dot: Dot, record: RecordId) -> Result<bool, StateError> {
        let Some(actor) = self.draft.look::<ActorCell>(&key::actor(missing.actor))? else {
            return self.may_have_issued(missing.actor);
        };
        // An actor's ops are judged in order: what is before this one has been.
        let is_to_come = actor.through < missing.seq && missing.actor != dot.actor;
        if is_to_come || mutation::active(Mutation::LostAwaited) {
            return Ok(true);
        }
        let quarantined = self.draft.get::<HeldCell>(&key::quarantined(missing))?;
        let is_of_it = quarantined.is_some_and(|held| held.record == Some(record));
        Ok(is_of_it || self.draft.has(&key::parked(record, missing))?)
    }

    /// Whether a restored server may have lost the knowledge of an actor.
    fn may_have_issued(&self, actor: ActorId) -> Result<bool, StateError> {
        let server: ServerCell = self.draft.get(&key::server())?.unwrap_or_default();
        Ok(server.may_have_issued(actor))
    }

    /// Whether a person answers for an area at an op's corrected time. An account answers for what led into its
    /// subtree too; for a worker this stands in their tenures.
    fn answers_for(&self, person: &PersonCell, area: &AreaCode, facts: Facts) -> Result<bool, StateError> {
        match &person.role {
            Role::Worker(_) if mutation::active(Mutation::RightsAtReceipt) => {
                Ok(person.areas().iter().any(|own| own.contains(area)))
            }
            Role::Worker(_) => Ok(person.answered_for(area, facts.stamp)),
            Role::Account(account) => account.area.as_ref().map_or(Ok(true), |own| {
                lineage::leads_into(own, area, |code| self.draft.get(&key::area(code)))
            }),
            Role::Rules => Ok(true),
        }
    }

    /// Authors go on with what they wrote, assignees, former ones too, with what they were given.
    fn concerned(&self, person: &PersonCell, record: RecordId) -> Result<bool, StateError> {
        let worker = matches!(person.role, Role::Worker(_));
        Ok(worker && self.draft.has(&key::concerns(person.id, record))?)
    }

    /// The record is not there: it may still come, or it never will.
    fn absent(&self, dot: Dot, record: RecordId) -> Result<Judgement, StateError> {
        let Some(creator) = self.draft.get::<ActorCell>(&key::actor(record.0.actor))? else {
            // Whoever wrote it may still come with it: the backup does not know everybody.
            return Ok(match self.may_have_issued(record.0.actor)? {
                true => (Verdict::Parked, None),
                false => quarantined(Reason::NoSuchRecord),
            });
        };
        if creator.through < record.0.seq && record.0.actor != dot.actor {
            return Ok((Verdict::Parked, None));
        }
        Ok(match self.draft.get::<HeldCell>(&key::quarantined(record.0))? {
            Some(_) if record.0.actor == dot.actor => quarantined(Reason::BehindAnother),
            Some(_) => (Verdict::Parked, None),
            None => quarantined(Reason::NoSuchRecord),
        })
    }

    /// A release names a quarantined op with no earlier one of the same actor on the same record before it.
    fn release(&self, dot: Dot) -> Result<Judgement, StateError> {
        if self.author.level <= Level::VILLAGE {
            return Ok(quarantined(Reason::NotAuthorised));
        }
        let held = self.draft.get::<HeldCell>(&key::quarantined(dot))?;
        let first = held.is_some_and(|held| held.reason != Some(Reason::BehindAnother));
        Ok(if first {
            (Verdict::Accepted, None)
        } else {
            quarantined(Reason::NothingToRelease)
        })
    }
}

/// Checks changes against the catalogue; texts that an administrator vouches for are taken as they are.
fn check(author: &Author, kind: &KindSpec, creating: bool, changes: &[Change]) -> Result<(), Refusal> {
    if author.trusted {
        check_vouched(kind, creating, author.level, changes)
    } else {
        check_changes(kind, creating, author.level, changes)
    }
}

fn reason_of(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::TooMany => Reason::TooMany,
        Refusal::Twice(field) => Reason::Twice(*field),
        Refusal::WrongRule(field) => Reason::WrongRule(*field),
        Refusal::BadValue(field) => Reason::BadValue(*field),
        Refusal::Unprintable(field) => Reason::Unprintable(*field),
        Refusal::SetOnce(field) => Reason::SetOnce(*field),
        Refusal::NotAuthorised => Reason::NotAuthorised,
    }
}
