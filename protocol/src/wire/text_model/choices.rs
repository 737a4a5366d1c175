//! Choosing whether a character is among those that are looked at: by what came of it in like cases.

use crate::wire::estimates::{ESTIMATES, Places, mix};
use crate::wire::range_coder::Line;

/// What is chosen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sort {
    /// Whether it is the guessed one.
    Guess = 0,
    /// Whether it is one of those that followed two characters.
    AfterTwo = 1,
    /// … that followed one, where none is left out.
    AfterOne = 2,
    /// … where some are.
    AfterOneLess = 3,
    /// Whether it is a known one.
    Known = 4,
    /// Whether a digit is the guessed one.
    Digit = 5,
}

/// What came of choosing so far.
pub(super) struct Choices(Places);

impl Choices {
    pub fn new() -> Choices {
        Choices(Places::new())
    }

    /// Goes on from these, which are [`Choices::settled`].
    pub fn begin(&self) -> Choices {
        Choices(self.0.begin())
    }

    /// Makes all they know what streams begin with.
    pub fn settled(self) -> Choices {
        Choices(self.0.settled())
    }

    /// Tells a choice, or reads it, in a case that is like others in what each number says.
    pub fn choose(&mut self, line: &mut Line, sort: Sort, alike: [u32; ESTIMATES], own: bool) -> bool {
        let alike = alike.map(|number| mix(number, sort as u32));
        self.0.bit(line, sort as usize, alike, own)
    }
}
