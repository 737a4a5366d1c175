//! A range coder: each thing that happens is told as its part of all that could have happened.

/// Below this the range is widened by a byte.
const RANGE_MIN: u32 = 1 << 24;

/// Writes.
pub(super) struct Encoder {
    low: u32,
    range: u32,
    bytes: Vec<u8>,
}

/// A thing that happens: `size` of `total`, from `start` on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
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
        self.add(unit * part.start);
        self.range = unit * part.size;
        while self.range < RANGE_MIN {
            self.shift();
            self.range <<= 8;
        }
    }

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
pub(super) struct Decoder<'a> {
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
        self.ahead = self.ahead.wrapping_sub(self.unit * part.start);
        self.range = self.unit * part.size;
        while self.range < RANGE_MIN {
            self.shift();
            self.range <<= 8;
        }
    }

    /// Whether all bytes have been looked at.
    pub fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }
}
