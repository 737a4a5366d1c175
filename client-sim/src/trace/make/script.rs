//! A trace as it is thought of, step by step, before it is put in order.

use super::{EPOCH_MS, device_ref};
use crate::trace::expect::{Expect, RecordsCheck};
use crate::trace::step::{DeviceAct, What};
use crate::trace::{AdminAct, Step, Trace};

/// Steps in the order in which they are thought of.
#[derive(Default)]
pub(super) struct Script {
    pub(super) steps: Vec<(i64, What)>,
}

impl Script {
    pub(super) fn push(&mut self, at_ms: i64, what: What) {
        self.steps.push((at_ms, what));
    }

    pub(super) fn device(&mut self, at_ms: i64, worker: usize, act: DeviceAct) {
        self.push(
            at_ms,
            What::Device {
                device: device_ref(worker),
                act,
            },
        );
    }

    pub(super) fn expect(&mut self, at_ms: i64, expect: Expect) {
        self.push(at_ms, What::Expect(expect));
    }

    /// How many records of a kind the steps create.
    pub(super) fn created(&self, kind: &str) -> u64 {
        let creates = self.steps.iter().filter(|(_, what)| match what {
            What::Device {
                act: DeviceAct::Create(create),
                ..
            }
            | What::Admin(AdminAct::Create(create)) => create.kind == kind,
            _ => false,
        });
        creates.count() as u64
    }

    /// The trace: sorted by time, equal times as thought of, and numbered as its lines will be.
    pub(super) fn into_trace(mut self, name: String) -> Trace {
        self.steps.sort_by_key(|(at_ms, _)| *at_ms);
        let steps = self
            .steps
            .into_iter()
            .enumerate()
            .map(|(index, (at_ms, what))| Step {
                if_possible: false,
                line: index + 2,
                at_ms,
                what,
            })
            .collect();
        Trace {
            seed: None,
            name,
            epoch_ms: EPOCH_MS,
            steps,
        }
    }
}

/// So many records of a kind.
pub(super) fn count_of(kind: &str, count: u64) -> Expect {
    let (area, distinct, at_least, at_most) = (None, None, None, None);
    Expect::Records(RecordsCheck {
        kind: kind.into(),
        area,
        distinct,
        count: Some(count),
        at_least,
        at_most,
    })
}

/// No fewer records of a kind.
pub(super) fn at_least(kind: &str, count: u64) -> Expect {
    let (area, distinct, at_most) = (None, None, None);
    Expect::Records(RecordsCheck {
        kind: kind.into(),
        area,
        distinct,
        count: None,
        at_least: Some(count),
        at_most,
    })
}
