//! Which column each value of a template goes to.

use super::shape::{OPEN, ROW, Token, token};
use crate::limits::DEPTH_MAX;

/// What tells a value's column from others: see [`column_keys`].
pub(super) type Key = Vec<u8>;

/// Where values of a template go: for each, the keys of all maps around it, the numbers that name something in
/// all arrays around it and [`OPEN`] for each *bin* around it, from the outside; then length and place in the array it stands in directly; then its
/// sort. None if the template is not well formed.
pub(super) fn column_keys(template: &[u8]) -> Option<Vec<Key>> {
    let mut rest = template;
    let mut walk = Walk::default();
    while !rest.is_empty() {
        let marker = rest[0];
        match token(&mut rest)? {
            Token::Literal(bytes) => walk.literal(bytes)?,
            Token::Number | Token::Text | Token::Bytes => walk.leaf(marker)?,
            Token::Row => return (template.len() == 1).then(|| vec![vec![ROW]]),
            Token::Open => walk.open(Around::Bin)?,
            Token::Close => walk.close_bin()?,
        }
    }
    walk.around.is_empty().then_some(walk.keys)
}

#[derive(Default)]
struct Walk {
    /// What is open around the present place, and how long the path was before it.
    around: Vec<(Around, usize)>,
    path: Vec<u8>,
    keys: Vec<Key>,
}

enum Around {
    Bin,
    /// Values still to come, and whether a key comes next.
    Map(u8, bool),
    /// Length and place.
    Array(usize, usize),
}

impl Walk {
    fn literal(&mut self, bytes: &[u8]) -> Option<()> {
        let lead = bytes[0];
        if let Some((Around::Map(_, key_next @ true), _)) = self.around.last_mut() {
            *key_next = false;
            self.path.extend_from_slice(bytes);
            return (0xa0..=0xbf).contains(&lead).then_some(());
        }
        match lead {
            0x00..=0x7f => {
                let Some((Around::Array(_, 0), _)) = self.around.last() else {
                    return None;
                };
                self.path.push(lead);
            }
            0x80 | 0x90 | 0xc0 | 0xc2 | 0xc3 => {}
            0x81..=0x8f => return self.open(Around::Map(lead & 0x0f, true)),
            0x91..=0x9f => return self.open(Around::Array(usize::from(lead & 0x0f), 0)),
            0xdc if bytes[1..] != [0, 0] => {
                let len = usize::from(u16::from_be_bytes([bytes[1], bytes[2]]));
                return self.open(Around::Array(len, 0));
            }
            _ => return None,
        }
        self.ended();
        Some(())
    }

    fn leaf(&mut self, marker: u8) -> Option<()> {
        let (len, at) = match self.around.last() {
            Some((Around::Map(_, true), _)) => return None,
            Some((Around::Array(len, at), _)) => (*len as u8, *at as u8),
            _ => (0, 0),
        };
        let mut key = self.path.clone();
        key.extend([len, at, marker]);
        self.keys.push(key);
        self.ended();
        Some(())
    }

    fn open(&mut self, around: Around) -> Option<()> {
        if matches!(self.around.last(), Some((Around::Map(_, true), _))) || self.around.len() > 2 * DEPTH_MAX
        {
            return None;
        }
        let bin = matches!(around, Around::Bin);
        self.around.push((around, self.path.len()));
        if bin {
            self.path.push(OPEN);
        }
        Some(())
    }

    fn close_bin(&mut self) -> Option<()> {
        let (Around::Bin, path_len) = self.around.pop()? else {
            return None;
        };
        self.path.truncate(path_len);
        self.ended();
        Some(())
    }

    /// A value has ended, and with it what it was the last of.
    fn ended(&mut self) {
        while let Some((around, path_len)) = self.around.last_mut() {
            let whole = match around {
                Around::Bin => return,
                Around::Map(left, key_next) => {
                    *left -= 1;
                    *key_next = true;
                    self.path.truncate(*path_len);
                    *left == 0
                }
                Around::Array(len, at) => {
                    *at += 1;
                    at == len
                }
            };
            if !whole {
                return;
            }
            self.path.truncate(*path_len);
            self.around.pop();
        }
    }
}
