//! Journal entries: every act that changes state, with the decisions taken. Folding applies them and judges
//! nothing.

use super::cell::{DictionaryMark, Ending, PersonCell};
use super::ledger::{LedgerCell, SuppliedAct};
use super::packed;
use super::rules::Rules;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, DeviceId, Dot, Lane, PersonId, RecordId, ScopeId};
use otor_protocol::keys::{Chain, PublicKeys};
use otor_protocol::op::{Facts, FieldId};
use otor_protocol::renumber::AliasRun;
use otor_protocol::sync::clock::BootLine;
use otor_protocol::wire::Verdict;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// First byte of an entry that stands as it is.
pub const FORMAT_VERSION: u8 = 1;
/// First byte of one that is packed.
pub const PACKED_VERSION: u8 = 2;

/// One journal entry = one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Server time, milliseconds since the Unix epoch; never decreases.
    pub at_ms: i64,
    /// What happened.
    pub act: Act,
    /// The answer to keep under an account's idempotency key.
    pub answer: Option<KeptAnswer>,
    /// What the server's rules wrote because of it: frames of the rules' own actor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<FrameAct>,
    /// The account that did it; none for what phones and the server do, and in entries of before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
}

/// An entry with all its parts: one that says who did it leaves nothing out before that.
#[derive(Serialize)]
struct Whole<'a> {
    at_ms: i64,
    act: &'a Act,
    answer: &'a Option<KeptAnswer>,
    derived: &'a [FrameAct],
    by: PersonId,
}

fn is_nought(number: &u32) -> bool {
    *number == 0
}

/// The answer to a request that carried an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// Whose key.
    pub account: PersonId,
    /// The key.
    pub key: String,
    /// Hash of the request.
    pub request_hash: u64,
    /// The answer.
    pub answer: ByteBuf,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// The history begins.
    Genesis {
        /// Its random name.
        incarnation: u64,
    },
    /// A frame of ops was accepted.
    Frame(FrameAct),
    /// Areas were added or renamed; ancestors come before descendants.
    Areas(Vec<AreaAct>),
    /// Areas were retired in favour of others.
    Reshape(ReshapeAct),
    /// Persons were added or changed (workers and their areas, accounts).
    Persons(Vec<PersonCell>),
    /// A phone was invited.
    Invite {
        /// SHA-256 of the one-time code.
        code_hash: [u8; 32],
        /// Whose phone.
        owner: PersonId,
        /// Until when, milliseconds since the Unix epoch.
        expires_ms: i64,
    },
    /// A phone was enrolled.
    Enrol {
        /// SHA-256 of the code it used.
        code_hash: [u8; 32],
        /// Its number.
        device: DeviceId,
        /// Whose it is.
        owner: PersonId,
        /// Its actors, by lane.
        actors: [ActorId; 3],
        /// Its keys.
        keys: PublicKeys,
    },
    /// A phone's frame came whose content does not decode: kept as it came, once.
    Unreadable {
        /// Whose frame.
        device: DeviceId,
        /// Its content.
        content: ByteBuf,
    },
    /// A phone has lost ops before they were sent: its actors go on after them.
    Lost {
        /// Which.
        device: DeviceId,
        /// What.
        ranges: Vec<LostRange>,
        /// Ops of others that waited for records which will never come.
        released: Vec<Released>,
    },
    /// A phone met the server in a new boot: what that makes known of this boot and of earlier ones.
    Clocks(Vec<LearntClock>),
    /// Tasks have reached their assignees' phones, each in this assignment.
    Delivered(Vec<(RecordId, u32)>),
    /// Phones of these persons, who hold tasks, were heard of; or nothing was known of that, and their silence counts from
    /// now on.
    Heard(Vec<PersonId>),
    /// Feeds are kept no longer back than from here: what was before is removed.
    Trim(Vec<TrimmedFeed>),
    /// Answers under idempotency keys of accounts are kept no longer.
    ForgetAnswers(Vec<(PersonId, String)>),
    /// The table had damaged what stands under this key, and it was folded again: nothing changes by it.
    Mended {
        /// The key.
        key: ByteBuf,
    },
    /// A phone was revoked.
    RevokeDevice {
        /// Which.
        device: DeviceId,
    },
    /// A dictionary was learned from the deployment's records.
    Dictionary {
        /// What is told of it.
        mark: DictionaryMark,
        /// Its bytes.
        content: ByteBuf,
        /// Numbers of older ones that are not kept any longer.
        dropped: Vec<u32>,
    },
    /// A new history begins with the data of a backup.
    NewHistory {
        /// Its random name.
        incarnation: u64,
        /// How much further its numbers begin than any lost history can have come without restorings of its own.
        #[serde(default, skip_serializing_if = "is_nought")]
        further: u32,
    },
    /// A phone, or a branch of one, that the backup does not know is admitted again.
    Readmit {
        /// Its number.
        device: DeviceId,
        /// Whose it is.
        owner: PersonId,
        /// What its owner is called, if they were lost too.
        owner_name: Option<String>,
        /// The actors of the branch, by lane.
        actors: [ActorId; 3],
        /// Its keys.
        keys: PublicKeys,
    },
    /// Erasures of which the backup knows nothing: records, each with the fields.
    Erased(Vec<(RecordId, Vec<FieldId>)>),
    /// The rules by which the server acts are these from now on.
    Rules(Box<Rules>),
    /// Figures that others gather, for statistics.
    Supplied(Vec<SuppliedAct>),
    /// A ledger was published.
    Ledger(Box<LedgerCell>),
    /// A copy of a phone got actors of its own.
    Branch {
        /// The phone that was copied.
        device: DeviceId,
        /// The actors of the copy, by lane.
        actors: [ActorId; 3],
    },
    /// The entry that stood here was damaged and could not be salvaged: nothing comes of it.
    Missing,
    /// A copy told which numbers it had given its work before it got actors of its own.
    Aliases {
        /// The phone.
        device: DeviceId,
        /// The old numbers, and what they became.
        runs: Vec<AliasRun>,
    },
}

/// A node of the area tree as it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaAct {
    /// Its short number.
    pub handle: u32,
    /// Its code.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
}

/// A change of the area tree's shape, with what it means for workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReshapeAct {
    /// Areas added for it; ancestors come before descendants.
    pub added: Vec<AreaAct>,
    /// The areas that end.
    pub retired: Vec<RetiredAct>,
    /// The workers who answer for more from now on, as they are to be.
    pub persons: Vec<PersonCell>,
}

/// The end of an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetiredAct {
    /// Which.
    pub code: AreaCode,
    /// How.
    pub ending: Ending,
    /// What took its place.
    pub successors: Vec<AreaCode>,
    /// Whether its records enter the log of changes anew, because somebody may have pulled a successor already.
    pub retell: bool,
    /// The areas whose place it had taken, directly or not: their records do, too, then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<AreaCode>,
}

/// A feed whose entries up to a commit are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrimmedFeed {
    /// The scope.
    pub scope: ScopeId,
    /// The lane.
    pub lane: Lane,
    /// The last commit of which nothing is kept.
    pub through: u64,
}

/// A frame of ops with the decisions on each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameAct {
    /// The content exactly as it came.
    pub content: ByteBuf,
    /// How many of its first ops the server already had.
    pub skip: u32,
    /// The boot of which this frame made something known: its clock, or what holds its stamps down.
    pub clock: Option<LearntClock>,
    /// Corrected time minus uptime, in milliseconds, of these ops.
    pub uptime_shift_ms: i64,
    /// The decisions, one for each op not skipped.
    pub judged: Vec<Judged>,
    /// Ops kept aside earlier whose time has come, in order.
    pub released: Vec<Released>,
    /// Ed25519 signature of the phone that covers these ops, where it came with them.
    pub signature: Option<(DeviceId, u32, ByteBuf)>,
}

/// The first actor of a phone's branch, a boot, and that boot against the server's time. (Two phones that are one
/// another's copy have boots of their own.)
pub type LearntClock = (ActorId, u64, BootLine);

/// Seqs of an actor of which there are no ops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostRange {
    /// Whose.
    pub actor: ActorId,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The actor's chain goes on from this one.
    pub chain: Chain,
}

/// The decision on one op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// Facts.
    pub facts: Facts,
    /// The lane of the record it creates.
    pub lane: Option<Lane>,
    /// It is merged though its author had not seen what it competes with.
    pub conflict: bool,
}

/// The decision on an op that was kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which op.
    pub dot: Dot,
    /// The record it was parked for; none if it was quarantined.
    pub parked_for: Option<RecordId>,
    /// Its new verdict.
    pub verdict: Verdict,
    /// The lane of the record it creates.
    pub lane: Option<Lane>,
    /// It is merged though its author had not seen what it competes with.
    pub conflict: bool,
}

impl Entry {
    /// The bytes of the journal entry.
    pub fn encode(&self) -> Vec<u8> {
        let body = self.plain();
        packed::pack(PACKED_VERSION, &body).unwrap_or_else(|| [&[FORMAT_VERSION], body.as_slice()].concat())
    }

    /// What is packed of it.
    pub fn plain(&self) -> Vec<u8> {
        let whole = self.by.map(|by| Whole {
            at_ms: self.at_ms,
            act: &self.act,
            answer: &self.answer,
            derived: &self.derived,
            by,
        });
        match whole {
            Some(whole) => otor_protocol::wire::encode(&whole),
            None => otor_protocol::wire::encode(self),
        }
    }

    /// Reads a journal entry; none if it is of another version or damaged.
    pub fn decode(bytes: &[u8]) -> Option<Entry> {
        let (version, body) = bytes.split_first()?;
        match *version {
            FORMAT_VERSION => otor_protocol::wire::decode(body).ok(),
            PACKED_VERSION => otor_protocol::wire::decode(&packed::unpack(body)?).ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::wire;
    use std::collections::BTreeMap;

    #[test]
    fn end_of_an_area_that_had_taken_nothing_over_is_read_and_written_as_before_that_was_told() {
        let code: AreaCode = "150821100201001".parse().unwrap();
        let alone = RetiredAct {
            code: code.clone(),
            ending: Ending::Merged,
            successors: vec![code.clone()],
            retell: true,
            before: Vec::new(),
        };
        let before = wire::encode(&(&code, Ending::Merged, [&code], true));
        assert_eq!(wire::encode(&alone), before);
        let with_more = RetiredAct {
            before: vec![code],
            ..alone.clone()
        };
        for act in [alone, with_more] {
            assert_eq!(wire::decode(&wire::encode(&act)), Ok(act));
        }
    }

    #[test]
    fn new_history_of_before_its_numbers_began_further_is_read_and_written_as_it_was() {
        let acts = [0, 5].map(|further| Act::NewHistory {
            incarnation: 7,
            further,
        });
        let before = wire::encode(&[("NewHistory", [7])].into_iter().collect::<BTreeMap<_, _>>());
        assert_eq!(wire::encode(&acts[0]), before);
        for act in acts {
            assert_eq!(wire::decode(&wire::encode(&act)), Ok(act));
        }
    }
}
