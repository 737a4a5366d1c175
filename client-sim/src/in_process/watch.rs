//! Watches the server's way through its disk and its table, and stops the machine at a point of it.

use crate::trace::Point;
use otor_server::store::disk::Fuse;
use otor_server::store::table::TableError;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by the disk and the table of one machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    fuse: Fuse,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<(Point, u32)>,
    /// Where the machine has stopped and nobody has seen to it yet.
    fired: Option<Point>,
    /// How often each point stopped it so far.
    deaths: BTreeMap<Point, u64>,
    /// Reads of the table fail.
    failing_reads: bool,
    /// Rows of the table that cannot be read.
    spoilt: Vec<Vec<u8>>,
}

impl Watch {
    /// The fuse that it blows.
    pub fn fuse(&self) -> &Fuse {
        &self.fuse
    }

    /// Stops the machine when it is at a point for the `time`-th time from now.
    pub fn arm(&self, point: Point, time: u32) {
        self.state().armed = Some((point, time.max(1)));
    }

    /// Lets it be.
    pub fn disarm(&self) {
        self.state().armed = None;
    }

    /// Where it has stopped since this was last asked.
    pub fn take_fired(&self) -> Option<Point> {
        self.state().fired.take()
    }

    /// How often each point has stopped it.
    pub fn deaths(&self) -> BTreeMap<Point, u64> {
        self.state().deaths.clone()
    }

    /// The machine is at a point of its work. Blows the fuse if that is where it is to stop; whether it does.
    pub fn pass(&self, point: Point) -> bool {
        let mut state = self.state();
        let Some((at, left)) = &mut state.armed else {
            return false;
        };
        if *at != point {
            return false;
        }
        *left -= 1;
        if *left > 0 {
            return false;
        }
        state.armed = None;
        state.fired = Some(point);
        *state.deaths.entry(point).or_default() += 1;
        self.fuse.blow();
        true
    }

    /// Does something between two points.
    pub fn between<T, E>(
        &self,
        points: Option<(Point, Point)>,
        down: impl Fn() -> E,
        operation: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if self.pass(Point::Any) || points.is_some_and(|(before, _)| self.pass(before)) {
            return Err(down());
        }
        let done = operation()?;
        if points.is_some_and(|(_, after)| self.pass(after)) {
            return Err(down());
        }
        Ok(done)
    }

    /// Makes every read of the table fail, or work again.
    pub fn fail_reads(&self, failing: bool) {
        self.state().failing_reads = failing;
    }

    /// Makes a row of the table unreadable.
    pub fn spoil(&self, key: Vec<u8>) {
        self.state().spoilt.push(key);
    }

    /// The table is another one.
    pub fn nothing_spoilt(&self) {
        self.state().spoilt.clear();
    }

    /// Whether the rows from one key up to another can be read.
    pub fn read(&self, from: &[u8], to: &[u8]) -> Result<(), TableError> {
        let state = self.state();
        if state.failing_reads {
            let what = "cannot read it: simulated fault of the medium".to_owned();
            return Err(TableError::Unusable { what });
        }
        let spoilt = |key: &Vec<u8>| from <= key.as_slice() && key.as_slice() <= to;
        if state.spoilt.iter().any(spoilt) {
            let what = "a page does not have its checksum".to_owned();
            return Err(TableError::Damaged { what });
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is a few plain values, valid whatever its last holder was doing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
