//! How often each fault and each verdict of a run really happened.

use serde::Serialize;
use std::collections::BTreeMap;

/// Counts by name; names are `what.which`, such as `phone.crash`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Coverage(BTreeMap<String, u64>);

impl Coverage {
    /// It happened once more.
    pub fn hit(&mut self, name: &str) {
        self.add(name, 1);
    }

    /// It happened so many times more.
    pub fn add(&mut self, name: &str, times: u64) {
        if times == 0 {
            return;
        }
        match self.0.get_mut(name) {
            Some(count) => *count += times,
            None => drop(self.0.insert(name.to_owned(), times)),
        }
    }

    /// All that another run met, too.
    pub fn absorb(&mut self, other: &Coverage) {
        for (name, times) in &other.0 {
            self.add(name, *times);
        }
    }

    /// Leaves out everything whose name begins with one of these.
    pub fn leave_out(&mut self, beginnings: &[&str]) {
        self.0
            .retain(|name, _| !beginnings.iter().any(|beginning| name.starts_with(beginning)));
    }

    /// How often it happened.
    pub fn count(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Everything that happened at least once, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, times)| (name.as_str(), *times))
    }
}
