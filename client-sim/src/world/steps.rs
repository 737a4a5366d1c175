//! The steps of a trace on their way through a replay: looked at, or used up as they are carried out.

use crate::trace::{Step, Trace, What};
use std::borrow::Cow;

/// The steps.
pub(super) enum Steps<'a> {
    /// They stay as they are.
    Kept(&'a [Step]),
    /// Each is taken away when its time comes, so that a month does not lie in memory while it is replayed.
    UsedUp(Vec<Option<Step>>),
}

impl<'a> Steps<'a> {
    pub fn kept(trace: &'a Trace) -> Self {
        Steps::Kept(&trace.steps)
    }

    pub fn used_up(steps: Vec<Step>) -> Self {
        Steps::UsedUp(steps.into_iter().map(Some).collect())
    }

    /// When each step is to be carried out, in milliseconds.
    pub fn times(&self) -> Vec<i64> {
        match self {
            Steps::Kept(steps) => steps.iter().map(|step| step.at_ms).collect(),
            Steps::UsedUp(steps) => steps.iter().flatten().map(|step| step.at_ms).collect(),
        }
    }

    /// A step whose time has come; each comes once.
    pub fn take(&mut self, index: usize) -> Option<Cow<'a, Step>> {
        match self {
            Steps::Kept(steps) => steps.get(index).map(Cow::Borrowed),
            Steps::UsedUp(steps) => steps.get_mut(index)?.take().map(Cow::Owned),
        }
    }
}

/// How many records of each kind the phones of a trace create.
pub(super) fn created_on_phones(trace: &Trace) -> std::collections::BTreeMap<String, u64> {
    let mut created = std::collections::BTreeMap::new();
    for step in &trace.steps {
        if let What::Device {
            act: crate::trace::DeviceAct::Create(create),
            ..
        } = &step.what
        {
            *created.entry(create.kind.clone()).or_default() += 1;
        }
    }
    created
}
