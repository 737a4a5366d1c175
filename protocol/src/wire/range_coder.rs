//! A range coder: each thing that happens is told as its part of all that could have happened.

/// What a bit's likelihood is told in.
pub(in crate::wire) const BIT_TOTAL: u32 = 1 << 12;

/// Below this the range is widened by a byte.
const RANGE_MIN: u32 = 1 << 24;

/// Writes.
pub(in crate::wire) struct Encoder {
    low: u32,
    range: u32,
    bytes: Vec<u8>,
}

/// A thing that happens: `size` of `total`, from `start` on.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Part {
    pub start: u32,
    pub size: u32,
    pub total: u32,
}

impl Encoder {
    pub fn new() -> Self {
        Encoder {
            low: 0,
            range: u32::MAX,
            bytes: Vec::new(),
        }
    }

    pub fn put(&mut self, part: Part) {
        let unit = self.range / part.total;
        self.take(unit, part.start, part.size);
    }

    #[inline]
    fn take(&mut self, unit: u32, start: u32, size: u32) {
        self.add(unit * start);
        self.range = unit * size;
        while self.range < RANGE_MIN {
            self.shift();
            self.range <<= 8;
        }
    }

    #[inline]
    fn add(&mut self, more: u32) {
        let (low, carried) = self.low.overflowing_add(more);
        self.low = low;
        if carried {
            for byte in self.bytes.iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
        }
    }

    fn shift(&mut self) {
        self.bytes.push((self.low >> 24) as u8);
        self.low <<= 8;
    }

    /// The bytes: as few as tell the last thing, if zeros follow them.
    pub fn finish(mut self) -> Vec<u8> {
        for kept in 0..=4u32 {
            let mask = u32::MAX.checked_shr(8 * kept).unwrap_or(0);
            let more = self.low.wrapping_neg() & mask;
            if more < self.range {
                self.add(more);
                (0..kept).for_each(|_| self.shift());
                break;
            }
        }
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }
}

/// Reads; zeros follow the bytes.
pub(in crate::wire) struct Decoder<'a> {
    range: u32,
    ahead: u32,
    unit: u32,
    bytes: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Decoder {
            range: u32::MAX,
            ahead: 0,
            unit: 0,
            bytes,
        };
        (0..4).for_each(|_| decoder.shift());
        decoder
    }

    fn shift(&mut self) {
        let byte = match self.bytes.split_first() {
            Some((byte, rest)) => {
                self.bytes = rest;
                *byte
            }
            None => 0,
        };
        self.ahead = self.ahead << 8 | u32::from(byte);
    }

    /// Where in `total` the next thing lies; [`Decoder::took`] has to follow.
    pub fn place(&mut self, total: u32) -> u32 {
        self.unit = self.range / total;
        (self.ahead / self.unit).min(total - 1)
    }

    /// The thing found there.
    pub fn took(&mut self, part: Part) {
        self.take(self.unit, part.start, part.size);
    }

    #[inline]
    fn take(&mut self, unit: u32, start: u32, size: u32) {
        self.ahead = self.ahead.wrapping_sub(unit * start);
        self.range = unit * size;
        while self.range < RANGE_MIN {
            self.shift();
            self.range <<= 8;
        }
    }

    /// Whether all bytes have been looked at but for zeros.
    pub fn is_at_end(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }
}

/// Where things are told: written, or read.
pub(in crate::wire) enum Line<'a> {
    Write(Encoder),
    Read(Decoder<'a>),
}

impl Line<'_> {
    /// Tells a part, or finds the one that was told. None if what was told makes no sense.
    #[inline]
    pub fn part<T>(
        &mut self,
        total: u32,
        own: impl FnOnce() -> Option<(Part, T)>,
        find: impl FnOnce(u32) -> Option<(Part, T)>,
    ) -> Option<T> {
        match self {
            Line::Write(encoder) => {
                let (part, told) = own()?;
                encoder.put(part);
                Some(told)
            }
            Line::Read(decoder) => {
                let (part, found) = find(decoder.place(total))?;
                decoder.took(part);
                Some(found)
            }
        }
    }

    /// Tells whether something is so, which happens `likely` times of [`BIT_TOTAL`].
    pub fn bit(&mut self, likely: u32, own: bool) -> bool {
        match self {
            Line::Write(encoder) => encoder.bit(likely, own),
            Line::Read(decoder) => decoder.bit(likely, own),
        }
    }
}

/// What bits are told to.
pub(in crate::wire) trait Bits {
    /// Tells whether something is so, which happens `likely` times of [`BIT_TOTAL`], or reads it.
    fn bit(&mut self, likely: u32, own: bool) -> bool;
}

impl Bits for Encoder {
    #[inline(always)]
    fn bit(&mut self, likely: u32, own: bool) -> bool {
        let unit = self.range / BIT_TOTAL;
        let (start, size) = bit_part(likely, own);
        self.take(unit, start, size);
        own
    }
}

impl Bits for Decoder<'_> {
    #[inline(always)]
    fn bit(&mut self, likely: u32, _: bool) -> bool {
        let unit = self.range / BIT_TOTAL;
        // Both sides of this comparison, divided by the unit, are the place and where the other part begins.
        let found = self.ahead < unit * likely;
        let (start, size) = bit_part(likely, found);
        self.take(unit, start, size);
        found
    }
}

#[inline(always)]
fn bit_part(likely: u32, so: bool) -> (u32, u32) {
    if so {
        (0, likely)
    } else {
        (likely, BIT_TOTAL - likely)
    }
}
