//! The catalogue: which kinds of record exist, their fields, merge rules, limits and events. Data, versioned.
//!
//! A field's number and rule never change; a changed rule is a new field. A deployment's own category and
//! tag codes are not listed here and never refused.

pub mod built_in;
mod check;
mod codes;

pub use built_in::{PARTICIPANTS, TASK_ASSIGNEE};
pub use check::{Refusal, check_changes, check_vouched, is_printable, value_fits};
pub use codes::CODES;

use crate::ids::{Lane, Level};
use crate::op::{Change, EventId, FieldId, KindId};
use crate::value::Value;

/// How concurrent writes of a field merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Set by the creating op.
    Once,
    /// Latest stamp wins.
    Latest,
    /// All concurrent values are kept until someone who saw them settles it.
    All,
    /// Add-wins set.
    Set,
    /// Append-only.
    Log,
    /// Highest author's level wins, then the number if `by_value`, then the stamp.
    Highest {
        /// Whether a greater number wins over a later one.
        by_value: bool,
    },
    /// Written above worker level only; highest epoch wins.
    Centre,
}

/// What a value of a field may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Free text.
    Text,
    /// A short code; unknown codes are kept.
    Code,
    /// Text or a whole number, kept as given (times).
    Plain,
    /// A whole number within bounds.
    Int {
        /// Smallest.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// Degrees of latitude or longitude.
    Degrees,
    /// Another record.
    Record,
    /// A worker.
    Person,
    /// Points marked on a patrol, packed into a text.
    Points,
}

/// One field of a kind.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Its number within the kind.
    pub id: FieldId,
    /// Its name in traces and in the administrators' API.
    pub name: &'static str,
    /// How it merges.
    pub rule: Rule,
    /// What it may hold.
    pub value_type: ValueType,
    /// Most characters of a text.
    pub chars_max: usize,
    /// Whether it may hold personal data, so that an erasure removes it.
    pub personal: bool,
}

/// One argument of an event.
#[derive(Clone, Copy, Debug)]
pub struct ArgSpec {
    /// Its number within the event.
    pub id: u8,
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub value_type: ValueType,
}

/// One life-cycle event of a kind.
#[derive(Clone, Copy, Debug)]
pub struct EventSpec {
    /// Its number within the kind.
    pub id: EventId,
    /// Its name in traces and in the administrators' API.
    pub name: &'static str,
    /// Lowest level that may write it; below, the op is quarantined.
    pub level_min: Level,
    /// Its arguments, all optional.
    pub args: &'static [ArgSpec],
}

/// Which fold gives the status of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifeCycle {
    /// No status.
    None,
    /// The case loop (found … archived).
    Report,
    /// A task (issued … verified).
    Task,
    /// A household: who lives there, and whether somebody should have come.
    Household,
    /// A resident.
    Resident,
    /// What its author may take back: a visit, an activity.
    Retractable,
    /// A patrol.
    Patrol,
    /// A wish.
    Wish,
    /// A hazard.
    Hazard,
    /// A mediation.
    Mediation,
    /// A whistle for departments.
    Whistle,
    /// A call to a muster.
    Alert,
    /// An announcement.
    Announcement,
    /// A campaign.
    Campaign,
}

/// One kind of record.
#[derive(Clone, Copy, Debug)]
pub struct KindSpec {
    /// Its number.
    pub id: KindId,
    /// Its name.
    pub name: &'static str,
    /// Its life cycle.
    pub life_cycle: LifeCycle,
    /// Its lane, where its severity does not raise it.
    pub lane: Lane,
    /// A number field whose value 4 at creation makes the record urgent.
    pub severity: Option<FieldId>,
    /// The field that names the assignee, whose inbox the record then belongs to.
    pub assignee: Option<FieldId>,
    /// A set that every edit renews and a removal empties as far as its author saw it: so a removal stands only
    /// against what it had seen.
    pub presence: Option<FieldId>,
    /// Its fields.
    pub fields: &'static [FieldSpec],
    /// Its events.
    pub events: &'static [EventSpec],
}

/// The log that holds a record's life-cycle events; every kind has it.
pub const EVENTS: FieldId = FieldId(0);

/// A version of the catalogue.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Greater is newer.
    pub version: u32,
    /// The kinds, by number.
    pub kinds: Vec<KindSpec>,
}

impl Catalogue {
    /// The catalogue this version of Otor ships.
    pub fn built_in() -> Self {
        Catalogue {
            version: built_in::VERSION,
            kinds: built_in::KINDS.to_vec(),
        }
    }

    /// The catalogue of an earlier version, as an older app has it; none if there was no such version.
    pub fn of_version(version: u32) -> Option<Self> {
        built_in::earlier(version)
    }

    /// A kind by number.
    pub fn kind(&self, id: KindId) -> Option<&KindSpec> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// A kind by name.
    pub fn kind_named(&self, name: &str) -> Option<&KindSpec> {
        self.kinds.iter().find(|kind| kind.name == name)
    }
}

impl KindSpec {
    /// A field by number.
    pub fn field(&self, id: FieldId) -> Option<&FieldSpec> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// A field by name.
    pub fn field_named(&self, name: &str) -> Option<&FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// An event by number.
    pub fn event(&self, id: EventId) -> Option<&EventSpec> {
        self.events.iter().find(|event| event.id == id)
    }

    /// An event by name.
    pub fn event_named(&self, name: &str) -> Option<&EventSpec> {
        self.events.iter().find(|event| event.name == name)
    }

    /// The lane of a record created with these changes; kept for ever.
    pub fn lane_of(&self, changes: &[Change]) -> Lane {
        let urgent = self.severity.is_some_and(|severity| {
            changes.iter().any(|change| {
                matches!(change, Change::Highest { field, value: Value::Int(4), .. } if *field == severity)
            })
        });
        if urgent { Lane::Urgent } else { self.lane }
    }

    /// The fields an erasure of personal data removes.
    pub fn personal_fields(&self) -> Vec<FieldId> {
        self.fields
            .iter()
            .filter(|field| field.personal)
            .map(|field| field.id)
            .collect()
    }
}

impl ArgSpec {
    /// Finds an argument by name.
    pub fn named<'a>(args: &'a [ArgSpec], name: &str) -> Option<&'a ArgSpec> {
        args.iter().find(|arg| arg.name == name)
    }
}
