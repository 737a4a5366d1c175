//! The shape of a row: its MessagePack as a template, with the values taken out, and the column of each value.
//!
//! A template is MessagePack in which a value's place is held by a byte that begins no MessagePack of ours:
//! see the constants. Numbers that name a field stand in the template itself.

use crate::limits::DEPTH_MAX;

/// Holds the place of a number.
pub(super) const NUMBER: u8 = 0xcc;
/// Holds the place of a text.
pub(super) const TEXT: u8 = 0xd9;
/// Holds the place of bytes that are looked into no further.
pub(super) const BYTES: u8 = 0xc4;
/// The whole row is bytes that are looked into no further.
pub(super) const ROW: u8 = 0xc5;
/// Begins *bin* that holds MessagePack itself.
pub(super) const OPEN: u8 = 0xc6;
/// Ends it.
pub(super) const CLOSE: u8 = 0xc7;

/// A value taken out of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf<'a> {
    Number(i128),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// A row as its template and the values in their order, with room that serves for many rows.
pub(super) struct Parsed<'a> {
    pub(super) template: Vec<u8>,
    pub(super) leaves: Vec<Leaf<'a>>,
}

impl Default for Parsed<'_> {
    fn default() -> Self {
        Parsed {
            template: Vec::with_capacity(USUAL),
            leaves: Vec::with_capacity(USUAL / 4),
        }
    }
}

/// Most templates are no longer.
const USUAL: usize = 128;

impl<'a> Parsed<'a> {
    /// Takes a row apart. What is not MessagePack in the one form we write is one value, whole.
    pub(super) fn read(&mut self, row: &'a [u8]) {
        self.template.clear();
        self.leaves.clear();
        if self.sequence(row, 0).is_none() {
            self.template.clear();
            self.leaves.clear();
            self.template.push(ROW);
            self.leaves.push(Leaf::Bytes(row));
        }
    }

    /// Values, one after the other, to the end.
    fn sequence(&mut self, mut bytes: &'a [u8], depth: usize) -> Option<()> {
        while !bytes.is_empty() {
            self.value(&mut bytes, depth, false)?;
        }
        Some(())
    }

    fn value(&mut self, bytes: &mut &'a [u8], depth: usize, in_map: bool) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        let lead = *bytes.first()?;
        match lead {
            0x00..=0x7f | 0xe0..=0xff | 0xcc..=0xcf | 0xd0..=0xd3 => {
                self.leaves.push(Leaf::Number(number(bytes)?));
                self.template.push(NUMBER);
            }
            0x80..=0x8f => self.map(bytes, depth)?,
            0x90..=0x9f | 0xdc => self.array(bytes, depth, in_map)?,
            0xc0 | 0xc2 | 0xc3 => {
                self.template.push(lead);
                *bytes = &bytes[1..];
            }
            0xa0..=0xbf | 0xd9 | 0xda => {
                let text = std::str::from_utf8(sized(bytes, 0xa0, 31, 0xd9)?).ok()?;
                // The end of a text is marked by this character.
                if text.as_bytes().contains(&0) {
                    return None;
                }
                self.leaves.push(Leaf::Text(text));
                self.template.push(TEXT);
            }
            0xc4 | 0xc5 => {
                let content = sized(bytes, 0, 0, 0xc4)?;
                self.bin(content, depth);
            }
            _ => return None,
        }
        Some(())
    }

    fn map(&mut self, bytes: &mut &'a [u8], depth: usize) -> Option<()> {
        let (lead, rest) = bytes.split_first()?;
        *bytes = rest;
        self.template.push(*lead);
        for _ in 0..lead & 0x0f {
            let lead = *bytes.first()?;
            if !(0xa0..=0xbf).contains(&lead) {
                return None;
            }
            let (key, rest) = bytes.split_at_checked(1 + usize::from(lead & 0x1f))?;
            self.template.extend_from_slice(key);
            *bytes = rest;
            self.value(bytes, depth + 1, true)?;
        }
        Some(())
    }

    fn array(&mut self, bytes: &mut &'a [u8], depth: usize, in_map: bool) -> Option<()> {
        let header = if bytes[0] == 0xdc { 3 } else { 1 };
        let (head, rest) = bytes.split_at_checked(header)?;
        *bytes = rest;
        let len = match head {
            [lead] => usize::from(lead & 0x0f),
            [_, high, low] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return None,
        };
        if header == 3 && len < 16 {
            return None;
        }
        self.template.extend_from_slice(head);
        for at in 0..len {
            // The first of an array names what follows, if the array is all that a key stands for, or if it
            // stands before a variant.
            let names = at == 0
                && matches!(bytes.first(), Some(0..=0x7f))
                && (in_map || (len > 1 && matches!(bytes.get(1), Some(0x80..=0x8f))));
            if names {
                self.template.push(bytes[0]);
                *bytes = &bytes[1..];
            } else {
                self.value(bytes, depth + 1, false)?;
            }
        }
        Some(())
    }

    fn bin(&mut self, content: &'a [u8], depth: usize) {
        let before = (self.template.len(), self.leaves.len());
        self.template.push(OPEN);
        if !content.is_empty() && self.sequence(content, depth + 1).is_some() {
            self.template.push(CLOSE);
            return;
        }
        self.template.truncate(before.0);
        self.leaves.truncate(before.1);
        self.template.push(BYTES);
        self.leaves.push(Leaf::Bytes(content));
    }
}

/// Takes a number in its shortest form off the front.
fn number(bytes: &mut &[u8]) -> Option<i128> {
    let (&lead, rest) = bytes.split_first()?;
    let size = match lead {
        // Most are short.
        0x00..=0x7f | 0xe0..=0xff => {
            *bytes = rest;
            return Some((lead as i8).into());
        }
        0xcc | 0xd0 => 1,
        0xcd | 0xd1 => 2,
        0xce | 0xd2 => 4,
        _ => 8,
    };
    let (digits, after) = rest.split_at_checked(size)?;
    let raw = digits.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let number = match lead {
        0xd0..=0xd3 => {
            let shift = 64 - 8 * size as u32;
            i128::from(((raw << shift) as i64) >> shift)
        }
        _ => i128::from(raw),
    };
    if lead != form(number).0 {
        return None;
    }
    *bytes = after;
    Some(number)
}

/// How a number begins in its shortest form, and how many bytes follow.
fn form(number: i128) -> (u8, usize) {
    match number {
        -32..=0x7f => (number as u8, 0),
        0x80..=0xff => (0xcc, 1),
        0x100..=0xffff => (0xcd, 2),
        0x1_0000..=0xffff_ffff => (0xce, 4),
        0x1_0000_0000.. => (0xcf, 8),
        -0x80..=-33 => (0xd0, 1),
        -0x8000..=-0x81 => (0xd1, 2),
        -0x8000_0000..=-0x8001 => (0xd2, 4),
        _ => (0xd3, 8),
    }
}

/// Writes a number in its shortest form.
pub(super) fn put_number(out: &mut Vec<u8>, number: i128) {
    let (lead, size) = form(number);
    out.push(lead);
    out.extend_from_slice(&(number as u64).to_be_bytes()[8 - size..]);
}

/// Takes text or *bin* in its shortest form off the front: `short` is the lead of those of up to `short_max`
/// bytes, if there are such; `long` that of those with a length of one byte, the next that of two.
fn sized<'a>(bytes: &mut &'a [u8], short: u8, short_max: usize, long: u8) -> Option<&'a [u8]> {
    let (&lead, rest) = bytes.split_first()?;
    let (len, rest) = if lead == long {
        let (&len, rest) = rest.split_first()?;
        (
            usize::from(len)
                .checked_sub(0)
                .filter(|len| short_max == 0 || *len > short_max)?,
            rest,
        )
    } else if lead == long + 1 {
        let (len, rest) = rest.split_at_checked(2)?;
        let len = usize::from(u16::from_be_bytes([len[0], len[1]]));
        (Some(len).filter(|len| *len > 0xff)?, rest)
    } else {
        (usize::from(lead - short), rest)
    };
    let (taken, rest) = rest.split_at_checked(len)?;
    *bytes = rest;
    Some(taken)
}

/// Writes text in its shortest form; it is shorter than 65,536 bytes.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        len @ 0..=31 => out.push(0xa0 | len as u8),
        len => put_size(out, 0xd9, len),
    }
    out.extend_from_slice(text.as_bytes());
}

/// Writes the beginning of *bin* of this length, below 65,536.
pub(super) fn put_bin_head(out: &mut Vec<u8>, len: usize) {
    put_size(out, 0xc4, len);
}

fn put_size(out: &mut Vec<u8>, lead: u8, len: usize) {
    if len <= 0xff {
        out.extend_from_slice(&[lead, len as u8]);
    } else {
        out.push(lead + 1);
        out.extend_from_slice(&(len as u16).to_be_bytes());
    }
}

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Bytes of the row itself.
    Literal(&'a [u8]),
    Number,
    Text,
    Bytes,
    Row,
    Open,
    Close,
}

/// Takes the next piece off the front of a template; none if there is none that makes sense.
pub(super) fn token<'a>(template: &mut &'a [u8]) -> Option<Token<'a>> {
    let lead = *template.first()?;
    let len = match lead {
        0xa0..=0xbf => 1 + usize::from(lead & 0x1f),
        0xdc => 3,
        _ => 1,
    };
    let (taken, rest) = template.split_at_checked(len)?;
    *template = rest;
    Some(match lead {
        0x00..=0xbf | 0xc0 | 0xc2 | 0xc3 | 0xdc => Token::Literal(taken),
        NUMBER => Token::Number,
        TEXT => Token::Text,
        BYTES => Token::Bytes,
        ROW => Token::Row,
        OPEN => Token::Open,
        CLOSE => Token::Close,
        _ => return None,
    })
}
