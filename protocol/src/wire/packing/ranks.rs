//! Characters by how often a dictionary has them: a usual one takes one or two bytes in place of its UTF-8.
//!
//! ```text
//! rank below 192: one byte | rank below 16,320: 192 + (rank - 192) / 256, then (rank - 192) % 256
//! any character: 255, then its UTF-8
//! ```

use hashbrown::HashMap;
use std::cmp::Reverse;

/// Ranks that take one byte.
const ONE_BYTE: usize = 192;
/// Before a character as UTF-8.
const AS_IT_IS: u8 = 255;
/// Characters that have a rank: what is beyond would begin with [`AS_IT_IS`].
const MOST: usize = ONE_BYTE + (AS_IT_IS as usize - ONE_BYTE) * 256;
/// A character that has no rank.
const NONE: u16 = u16::MAX;

/// The characters of a dictionary, by rank and by number.
pub(super) struct Ranks {
    characters: Vec<char>,
    /// The rank of each of the characters that take 16 bits.
    ranks: Vec<u16>,
}

impl Ranks {
    /// The most frequent character of a text first; of equally frequent ones the one that comes first.
    pub fn of(text: &str) -> Ranks {
        let mut counts: HashMap<char, (usize, usize)> = HashMap::new();
        for (place, character) in text.chars().enumerate() {
            let (count, _) = counts.entry(character).or_insert((0, place));
            *count += 1;
        }
        let mut by_count: Vec<(char, (usize, usize))> = counts.into_iter().collect();
        by_count.sort_unstable_by_key(|(_, (count, place))| (Reverse(*count), *place));
        let mut characters: Vec<char> = by_count.into_iter().map(|(character, _)| character).collect();
        characters.truncate(MOST);
        let mut ranks = vec![NONE; usize::from(u16::MAX) + 1];
        for (rank, character) in characters.iter().enumerate() {
            if let Some(place) = ranks.get_mut(*character as usize) {
                // Bounded by MOST.
                *place = rank as u16;
            }
        }
        Ranks { characters, ranks }
    }

    /// Appends a text.
    pub fn write(&self, out: &mut Vec<u8>, text: &str) {
        for character in text.chars() {
            match self.ranks.get(character as usize) {
                Some(&rank) if rank != NONE => write_rank(out, rank.into()),
                _ => {
                    out.push(AS_IT_IS);
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }

    /// The text that was written as these bytes; none if they are none, or it has more than `bytes_max`.
    pub fn read(&self, mut bytes: &[u8], bytes_max: usize) -> Option<String> {
        let mut text = String::with_capacity(bytes.len().saturating_mul(2).min(bytes_max));
        while !bytes.is_empty() {
            text.push(self.take(&mut bytes)?);
            if text.len() > bytes_max {
                return None;
            }
        }
        Some(text)
    }

    fn take(&self, bytes: &mut &[u8]) -> Option<char> {
        let (&first, rest) = bytes.split_first()?;
        *bytes = rest;
        let rank = match first {
            AS_IT_IS => return take_utf8(bytes),
            first if usize::from(first) < ONE_BYTE => first.into(),
            first => {
                let (&second, rest) = bytes.split_first()?;
                *bytes = rest;
                ONE_BYTE + (usize::from(first) - ONE_BYTE) * 256 + usize::from(second)
            }
        };
        self.characters.get(rank).copied()
    }
}

fn write_rank(out: &mut Vec<u8>, rank: usize) {
    match rank.checked_sub(ONE_BYTE) {
        // Below ONE_BYTE.
        None => out.push(rank as u8),
        // Bounded by MOST.
        Some(beyond) => out.extend_from_slice(&[(ONE_BYTE + beyond / 256) as u8, (beyond % 256) as u8]),
    }
}

fn take_utf8(bytes: &mut &[u8]) -> Option<char> {
    let len = match bytes.first()? {
        ..0x80 => 1,
        ..0xe0 => 2,
        ..0xf0 => 3,
        _ => 4,
    };
    let (taken, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    std::str::from_utf8(taken).ok()?.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(ranks: &Ranks, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        ranks.write(&mut bytes, text);
        bytes
    }

    #[test]
    fn the_most_frequent_character_is_the_first_and_others_go_as_utf8() {
        let ranks = Ranks::of("人老人在");
        assert_eq!(
            written(&ranks, "人老在a𠀀"),
            [0, 1, 2, 255, b'a', 255, 0xf0, 0xa0, 0x80, 0x80]
        );
    }

    #[test]
    fn less_frequent_ones_take_two_bytes() {
        let many: String = ('一'..).take(500).collect();
        let ranks = Ranks::of(&many);
        let [first, last] = [191, 192].map(|place| many.chars().nth(place).unwrap().to_string());
        assert_eq!(written(&ranks, &first), [191]);
        assert_eq!(written(&ranks, &last), [192, 0]);
        assert_eq!(ranks.read(&written(&ranks, &many), many.len()).unwrap(), many);
        assert_eq!(ranks.read(&written(&ranks, &many), many.len() - 1), None);
    }

    proptest! {
        #[test]
        fn texts_come_back(known in ".{0,80}", text in ".{0,80}") {
            let ranks = Ranks::of(&known);
            for text in [&known, &text] {
                let read = ranks.read(&written(&ranks, text), text.len());
                prop_assert_eq!(read.as_ref(), Some(text));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Ranks::of("人老人在").read(&bytes, 1_000);
        }
    }
}
