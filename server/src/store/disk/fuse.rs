//! Cuts the power of a simulated machine before or after its n-th operation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// On which side of an operation the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The operation does not happen.
    Before,
    /// The operation happens, but its caller never hears of it.
    After,
}

/// The power is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blown;

/// Shared by the simulated disk and the simulated table of one machine: counts their operations, and stops
/// all of them once blown.
#[derive(Debug, Clone, Default)]
pub struct Fuse(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    operations: u64,
    armed: Option<(u64, Side)>,
    blown: bool,
}

impl Fuse {
    /// Blows at the operation with this index, counted from zero since the last [`Fuse::restore`].
    pub fn arm(&self, operation: u64, side: Side) {
        self.state().armed = Some((operation, side));
    }

    /// Blows now.
    pub fn blow(&self) {
        self.state().blown = true;
    }

    /// Power on again, not armed, counting from zero.
    pub fn restore(&self) {
        *self.state() = State::default();
    }

    /// Operations since the last [`Fuse::restore`].
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Whether the power is off.
    pub fn is_blown(&self) -> bool {
        self.state().blown
    }

    /// Does one operation, unless the power is off or goes off before it.
    pub fn around<T, E: From<Blown>>(&self, operation: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let side = self.enter()?;
        let result = operation();
        if side == Some(Side::After) {
            self.blow();
            return Err(Blown.into());
        }
        result
    }

    fn enter(&self) -> Result<Option<Side>, Blown> {
        let mut state = self.state();
        if state.blown {
            return Err(Blown);
        }
        let index = state.operations;
        state.operations += 1;
        match state.armed {
            Some((at, Side::Before)) if at == index => {
                state.blown = true;
                Err(Blown)
            }
            Some((at, Side::After)) if at == index => Ok(Some(Side::After)),
            _ => Ok(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is a few plain numbers, valid whatever its last holder was doing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
