//! Scenes with several people and one record: who wrote what, when, and upon which view of it.

use crate::delivery::deliver;
use crate::history::Written;
use otor_protocol::catalogue::{Catalogue, KindSpec, check_changes};
use otor_protocol::ids::{ActorId, Dot, Level, PersonId, RecordId};
use otor_protocol::lifecycle::{self, Folded, Told};
use otor_protocol::op::{Body, Change, Facts, Op};
use otor_protocol::record::{Edit, Record};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;

/// Somebody who writes, each on a stream of their own.
#[derive(Clone, Copy)]
pub struct Who(u32, Level);

/// Two grid workers, a third, and the offices above them.
pub const A: Who = Who(11, Level::WORKER);
pub const B: Who = Who(12, Level::WORKER);
pub const C: Who = Who(13, Level::WORKER);
pub const STATION: Who = Who(20, Level::VILLAGE);
pub const TOWN: Who = Who(30, Level::TOWNSHIP);
pub const COUNTY: Who = Who(40, Level::COUNTY);
/// The rules of the server.
pub const RULES: Who = Who(1, Level::RULES);

impl Who {
    pub fn person(self) -> PersonId {
        PersonId(self.0)
    }
}

/// One record's story.
pub struct Scene {
    kind: KindSpec,
    history: Vec<Written>,
}

impl Scene {
    /// A record of this kind, created in minute 0.
    pub fn begin(kind: &str, who: Who, edit: Edit) -> Scene {
        let kind = *Catalogue::built_in().kind_named(kind).expect("a built-in kind");
        let mut scene = Scene {
            kind,
            history: Vec::new(),
        };
        let changes = edit.creating(&kind).expect("the edit fits its kind");
        assert_eq!(check_changes(&kind, true, who.1, &changes), Ok(()));
        let area = "150821100201001".parse().expect("an area code");
        scene.push(
            who,
            0,
            Body::Create {
                kind: kind.id,
                area,
                changes,
            },
        );
        scene
    }

    /// What somebody who is online sees now.
    pub fn seen(&self) -> Record {
        deliver(&self.history, &[])
    }

    /// Somebody writes upon what is seen now.
    pub fn online(&mut self, who: Who, minute: i64, edit: Edit) {
        let seen = self.seen();
        self.offline(who, minute, &seen, edit);
    }

    /// Somebody writes upon what they had seen when they were last online.
    pub fn offline(&mut self, who: Who, minute: i64, seen: &Record, edit: Edit) {
        let changes = edit.editing(&self.kind, seen).expect("the edit fits its kind");
        self.raw(who, minute, changes);
    }

    /// Somebody writes exactly these changes.
    pub fn raw(&mut self, who: Who, minute: i64, changes: Vec<Change>) {
        assert_eq!(
            check_changes(&self.kind, false, who.1, &changes),
            Ok(()),
            "nobody writes what is refused"
        );
        let record = RecordId(self.history[0].dot);
        self.push(who, minute, Body::Edit { record, changes });
    }

    fn push(&mut self, who: Who, minute: i64, body: Body) {
        let actor = ActorId(who.0);
        let seq = 1 + self
            .history
            .iter()
            .filter(|written| written.dot.actor == actor)
            .count() as u64;
        let at_ms = minute * 60_000;
        self.history.push(Written {
            dot: Dot::new(actor, seq),
            op: Op {
                author: who.person(),
                uptime_ms: at_ms,
                body,
            },
            facts: Facts {
                stamp: Stamp::at_ms(at_ms),
                claimed_ms: at_ms,
                level: who.1,
                uncertain: false,
            },
        });
    }

    pub fn kind(&self) -> &KindSpec {
        &self.kind
    }

    /// The record when everything has arrived: the same in whatever order it did.
    pub fn outcome(&self) -> Record {
        let record = deliver(&self.history, &[]);
        // Four ways of choosing the next to arrive, from each place of the choice.
        for first in 0..16u16 {
            for step in [8, 24, 40, 7919] {
                let picks: Vec<u16> = (0..40u16)
                    .map(|turn| (first * 8 + 2).wrapping_add(turn.wrapping_mul(step)))
                    .collect();
                assert_eq!(
                    deliver(&self.history, &picks),
                    record,
                    "in the order of {first} and {step}"
                );
            }
        }
        record
    }
}

/// An edit that sets one field.
pub fn set(field: &str, value: impl Into<Value>) -> Edit {
    Edit {
        set: vec![(field.into(), value.into())],
        ..Edit::default()
    }
}

/// An edit that appends one note.
pub fn note(text: &str) -> Edit {
    Edit {
        append: vec![("notes".into(), vec![text.into()])],
        ..Edit::default()
    }
}

/// A life-cycle event without arguments.
pub fn event(name: &str) -> Edit {
    Edit {
        event: Some((name.into(), vec![])),
        ..Edit::default()
    }
}

/// A life-cycle event with one argument.
pub fn event_with(name: &str, argument: &str, value: impl Into<Value>) -> Edit {
    Edit {
        event: Some((name.into(), vec![(argument.into(), value.into())])),
        ..Edit::default()
    }
}

/// What a record of a scene comes to.
pub fn fold_of(scene: &Scene) -> Folded {
    lifecycle::fold(scene.kind(), &scene.outcome()).expect("the kind has a life cycle")
}

/// Something derived of it.
pub fn told(folded: &Folded, name: &str) -> Option<Told> {
    let found = folded.more.iter().find(|(known, _)| *known == name);
    found.map(|(_, told)| told.clone())
}

/// An edit that sets another field besides.
pub fn with(mut edit: Edit, field: &str, value: impl Into<Value>) -> Edit {
    edit.set.push((field.into(), value.into()));
    edit
}

/// A life-cycle event with several arguments.
pub fn event_of(name: &str, args: &[(&str, Value)]) -> Edit {
    let args = args
        .iter()
        .map(|(name, value)| ((*name).to_string(), value.clone()));
    Edit {
        event: Some((name.into(), args.collect())),
        ..Edit::default()
    }
}
