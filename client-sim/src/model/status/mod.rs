//! What a history of events comes to, by the tables of what is recorded: for every kind with a life, its status, what is
//! reckoned beside it, and what somebody should look at.
//!
//! Each kind is looked at by questions about its events, in whatever order they came; nothing is folded.

mod cases;
mod field_work;
mod matters;
mod people;
mod together;

use super::merging::{Event, Expected};
use otor_protocol::ids::{Level, PersonId};
use otor_protocol::op::{EventId, FieldId, KindId};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use std::collections::BTreeMap;

/// What a record's history comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Its status.
    pub status: &'static str,
    /// What is reckoned besides, by name: numbers and codes.
    pub told: BTreeMap<&'static str, Value>,
    /// What somebody should look at, and whether they should: marks that are not named here the model does not know.
    pub marks: BTreeMap<&'static str, bool>,
}

impl Life {
    fn of(status: &'static str) -> Life {
        Life {
            status,
            ..Life::default()
        }
    }

    fn told(mut self, name: &'static str, value: impl Into<Value>) -> Life {
        self.told.insert(name, value.into());
        self
    }

    fn counted(self, name: &'static str, count: usize) -> Life {
        self.told(name, i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn marked(mut self, name: &'static str, so: bool) -> Life {
        self.marks.insert(name, so);
        self
    }
}

/// What a record comes to; nothing if its kind has no life.
pub(super) fn of(record: &Expected) -> Option<Life> {
    Some(match record.kind {
        KindId(1) => people::household(record),
        KindId(2 | 10 | 16..=19) => field_work::retractable(record),
        KindId(3) => cases::report(record),
        KindId(4) => cases::task(record),
        KindId(5) => field_work::patrol(record),
        KindId(6) => matters::wish(record),
        KindId(7) => matters::hazard(record),
        KindId(8) => matters::mediation(record),
        KindId(9) => together::whistle(record),
        KindId(11) => together::announcement(record),
        KindId(13) => together::campaign(record),
        KindId(14) => together::alert(record),
        KindId(15) => people::resident(record),
        _ => return None,
    })
}

impl Event {
    fn arg(&self, number: u8) -> Option<&Value> {
        let named = self.args.iter().find(|(id, _)| *id == number);
        named.map(|(_, value)| value)
    }

    fn text(&self, number: u8) -> Option<&str> {
        self.arg(number)?.as_text()
    }

    fn number(&self, number: u8) -> Option<i64> {
        self.arg(number)?.as_int()
    }

    fn is_of_a_centre(&self) -> bool {
        self.level > Level::WORKER
    }
}

impl Expected {
    fn said(&self, id: EventId) -> Vec<&Event> {
        self.events.iter().filter(|event| event.event == id).collect()
    }

    fn happened(&self, id: EventId) -> bool {
        !self.said(id).is_empty()
    }

    fn number(&self, field: FieldId) -> Option<i64> {
        self.values.get(&field)?.as_int()
    }

    fn text(&self, field: FieldId) -> Option<&str> {
        self.values.get(&field)?.as_text()
    }

    fn person(&self, field: FieldId) -> Option<PersonId> {
        match self.values.get(&field) {
            Some(Value::Person(person)) => Some(*person),
            _ => None,
        }
    }

    /// Whether the server has said of the day in this field that it has passed.
    fn day_passed(&self, field: FieldId, overdue: EventId) -> bool {
        let due = self.number(field);
        let told = self.said(overdue).iter().any(|event| event.number(DUE_AT) == due);
        due.is_some() && told
    }
}

/// All events about deadlines have their day under this number.
const DUE_AT: u8 = 5;

/// The round: each reopening of one that was reached opens the next.
fn round(record: &Expected, reopening: EventId) -> u32 {
    let reopened = |round: u32| record.said(reopening).iter().any(|event| event.round == round);
    let mut round = 1;
    while reopened(round) {
        round += 1;
    }
    round
}

/// The latest of some events; none if there are none.
fn latest(events: &[&Event]) -> Option<Stamp> {
    events.iter().map(|event| event.stamp).max()
}
