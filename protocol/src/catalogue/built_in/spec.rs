//! Short ways to write down fields and events.

use super::super::{ArgSpec, EventSpec, FieldSpec, KindSpec, LifeCycle, Rule, ValueType};
use crate::ids::{Lane, Level};
use crate::limits::TEXT_CHARS_MAX;
use crate::op::{EventId, FieldId, KindId};

pub(super) const fn field(id: u16, name: &'static str, rule: Rule, value_type: ValueType) -> FieldSpec {
    FieldSpec {
        id: FieldId(id),
        name,
        rule,
        value_type,
        chars_max: TEXT_CHARS_MAX,
        personal: false,
    }
}

pub(super) const fn code(id: u16, name: &'static str, rule: Rule) -> FieldSpec {
    FieldSpec {
        id: FieldId(id),
        name,
        rule,
        value_type: ValueType::Code,
        chars_max: 64,
        personal: false,
    }
}

pub(super) const fn personal(id: u16, name: &'static str, rule: Rule, chars_max: usize) -> FieldSpec {
    FieldSpec {
        id: FieldId(id),
        name,
        rule,
        value_type: ValueType::Text,
        chars_max,
        personal: true,
    }
}

/// Text that names nobody: for the public, or about a matter.
pub(super) const fn text(id: u16, name: &'static str, rule: Rule, chars_max: usize) -> FieldSpec {
    FieldSpec {
        id: FieldId(id),
        name,
        rule,
        value_type: ValueType::Text,
        chars_max,
        personal: false,
    }
}

pub(super) const fn event(
    id: u16,
    name: &'static str,
    level_min: Level,
    args: &'static [ArgSpec],
) -> EventSpec {
    EventSpec {
        id: EventId(id),
        name,
        level_min,
        args,
    }
}

pub(super) const fn arg(id: u8, name: &'static str, value_type: ValueType) -> ArgSpec {
    ArgSpec { id, name, value_type }
}

/// An event of anybody who has the record.
pub(super) const fn said(id: u16, name: &'static str, args: &'static [ArgSpec]) -> EventSpec {
    event(id, name, Level::WORKER, args)
}

/// An event of a station or a centre.
pub(super) const fn ruled(id: u16, name: &'static str, args: &'static [ArgSpec]) -> EventSpec {
    event(id, name, Level::VILLAGE, args)
}

/// An event that only the server's rules write.
pub(super) const fn derived(id: u16, name: &'static str, args: &'static [ArgSpec]) -> EventSpec {
    event(id, name, Level::RULES, args)
}

pub(super) const NOTES: FieldSpec = personal(60, "notes", Rule::Log, TEXT_CHARS_MAX);
pub(super) const TAGS: FieldSpec = code(61, "tags", Rule::Set);
/// Photographs by the hash of their bytes.
pub(super) const PHOTOS: FieldSpec = code(62, "photos", Rule::Set);
/// In which of the six roles (六大员) the work was done.
pub(super) const HAT: FieldSpec = code(63, "role_hat", Rule::Latest);
pub(super) const CAMPAIGN: FieldSpec = field(64, "campaign", Rule::Latest, ValueType::Record);
/// What the row of another system's file was when this record was last brought from it: a code that tells whether the row
/// has changed since.
pub(super) const SOURCE_ROW: FieldSpec = code(66, "source_row", Rule::Latest);
/// Who besides author and assignee has the record in their inbox.
pub(super) const PARTICIPANTS: FieldSpec = field(65, "participants", Rule::Set, ValueType::Person);

pub(super) const REASON: ArgSpec = arg(2, "reason", ValueType::Code);
pub(super) const WHY: ArgSpec = arg(1, "reason", ValueType::Text);
/// The deadline that an event is about: what makes it happen once.
pub(super) const DUE: ArgSpec = arg(5, "due", ValueType::Plain);

/// A kind without a life of its own; what differs is said where it is defined.
pub(super) const fn plain(id: u16, name: &'static str, fields: &'static [FieldSpec]) -> KindSpec {
    KindSpec {
        id: KindId(id),
        name,
        life_cycle: LifeCycle::None,
        lane: Lane::Rest,
        severity: None,
        assignee: None,
        presence: None,
        fields,
        events: &[],
    }
}
