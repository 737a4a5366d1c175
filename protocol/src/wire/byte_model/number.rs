//! Numbers as symbols of a byte: small ones as they are, large ones by how many bits they have.

use crate::wire::estimates::{ESTIMATES, mix};

/// Below it, a number is its own symbol.
const LARGE: u8 = 191;
/// The symbol of what was the last large number here.
const AGAIN: u8 = LARGE;
/// A large number's symbol is this and the count of its bits.
const LONG_BASE: u8 = 184;
/// Bits of the longest.
const BITS_MAX: u8 = 64;
/// What is no number, or a longer one.
const NONE: u8 = u8::MAX;
const _: () = assert!(LONG_BASE + 8 > AGAIN && LONG_BASE + BITS_MAX < NONE);
/// Beyond it, numbers before are as good as one another.
const BEFORE_MAX: u64 = 0xffff;

/// How a number is told.
pub(super) enum Symbol {
    /// By itself.
    Itself(u64),
    /// It is the last large one again.
    Again,
    /// It has so many bits, which follow.
    Long(u32),
}

impl Symbol {
    /// The symbol of a number, if there is one.
    pub fn of(number: Option<u64>, last: u64) -> u8 {
        match number {
            None => NONE,
            // It is below LARGE.
            Some(number) if number < u64::from(LARGE) => number as u8,
            Some(number) if number == last => AGAIN,
            Some(number) => long(number),
        }
    }

    /// What a symbol says; none if there is no number.
    pub fn read(symbol: u8) -> Option<Symbol> {
        match symbol {
            0..LARGE => Some(Symbol::Itself(symbol.into())),
            AGAIN => Some(Symbol::Again),
            _ => {
                let bits = symbol - LONG_BASE;
                (8..=BITS_MAX)
                    .contains(&bits)
                    .then_some(Symbol::Long(bits.into()))
            }
        }
    }
}

fn long(number: u64) -> u8 {
    // At most 64 bits.
    LONG_BASE + (u64::BITS - number.leading_zeros()) as u8
}

/// What came before a number in the same place.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    number: u32,
    /// Its symbol, as if it had not come again.
    pub symbol: u32,
}

impl Before {
    /// Something else than a number of the same column.
    pub fn one(number: u32) -> Before {
        Before { number, symbol: 0 }
    }

    /// A number.
    pub fn number(number: u64) -> Before {
        let symbol = if number < u64::from(LARGE) {
            number as u8
        } else {
            long(number)
        };
        Before {
            // It is at most BEFORE_MAX.
            number: number.min(BEFORE_MAX) as u32,
            symbol: symbol.into(),
        }
    }

    /// What a number's place is like.
    pub fn alike(self, key: u32) -> [u32; ESTIMATES] {
        [
            key,
            mix(key, self.number.wrapping_add(0x1_0000)),
            mix(mix(key, self.symbol + 7), 5),
        ]
    }
}
