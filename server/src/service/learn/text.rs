//! The text of a dictionary: the common fragments that spare most, commonest last.

use super::fragments::Fragment;
use super::runs::MARKS;
use std::collections::{BTreeMap, HashSet};

/// Longest text of a dictionary, in characters: told by the models it takes less than a dictionary may.
pub const TEXT_CHARS_MAX: usize = 48 * 1024;
/// Shortest that is worth sending.
pub const TEXT_CHARS_MIN: usize = 200;
/// A fragment is left to a longer one that holds it if that stands this often, in percent, where it stands.
const SWALLOWED_PERCENT: u64 = 60;
/// Of a long fragment, what stands in pieces of this many characters elsewhere is told …
const GRAM_CHARS: usize = 6;
/// … unless the rest is so much of it, in percent: then it is told whole; …
const WHOLE_PERCENT: usize = 20;
/// … and of what surrounds the rest, so many characters are told again.
const AROUND_CHARS: usize = 3;

/// Chooses and orders fragments, at most so many characters of them, parted by marks; none if too little is common to
/// be worth a dictionary.
pub fn compose(fragments: &[Fragment], chars_max: usize) -> Option<String> {
    let longer = counts_of_longer(fragments);
    let swallowed = |one: &Fragment| {
        let count = longer.get(one.text.as_str()).copied().unwrap_or(0);
        u64::from(count) * 100 >= u64::from(one.count) * SWALLOWED_PERCENT
    };
    let mut chosen: Vec<&Fragment> = fragments.iter().filter(|one| !swallowed(one)).collect();
    chosen.sort_by(|one, other| {
        worth(other)
            .cmp(&worth(one))
            .then_with(|| one.text.cmp(&other.text))
    });
    let mut kept: Vec<String> = Vec::new();
    let mut told = Told::default();
    let chars_max = chars_max.min(TEXT_CHARS_MAX);
    let mut chars_left = chars_max;
    for fragment in chosen {
        let Some(new) = told.untold(&fragment.text) else {
            continue;
        };
        // With the mark that may have to part it from the next.
        if new.len() < chars_left {
            chars_left -= new.len() + 1;
            told.tell(&new);
            kept.push(new.into_iter().collect());
        }
    }
    if chars_max - chars_left < TEXT_CHARS_MIN {
        return None;
    }
    let mut text = String::new();
    for fragment in kept.iter().rev() {
        // As people write: what follows a comma is no worse a beginning than any.
        if text
            .chars()
            .next_back()
            .is_some_and(|last| !MARKS.contains(&last))
            && !fragment.starts_with(MARKS)
        {
            text.push('，');
        }
        text.push_str(fragment);
    }
    Some(text)
}

/// What is told already: all of it, and what it is made of.
#[derive(Default)]
struct Told {
    all: String,
    // Only ever asked whether it holds something.
    grams: HashSet<[char; GRAM_CHARS]>,
}

impl Told {
    fn tell(&mut self, text: &[char]) {
        self.all.extend(text);
        // A boundary that no fragment holds.
        self.all.push('\0');
        self.grams.extend(
            text.windows(GRAM_CHARS)
                .filter_map(|gram| <[char; GRAM_CHARS]>::try_from(gram).ok()),
        );
    }

    /// What of a fragment is not told yet; none if that is nothing. A short one is told whole, and one of which much is
    /// new. Of a long one only what is new, with a little of what is around it: a text that many copy would otherwise be told over and over,
    /// each time a character further.
    fn untold(&self, text: &str) -> Option<Vec<char>> {
        if self.all.contains(text) {
            return None;
        }
        let chars: Vec<char> = text.chars().collect();
        if chars.len() < 2 * GRAM_CHARS {
            return Some(chars);
        }
        let mut is_told = vec![false; chars.len()];
        for (place, gram) in chars.windows(GRAM_CHARS).enumerate() {
            if <[char; GRAM_CHARS]>::try_from(gram).is_ok_and(|gram| self.grams.contains(&gram)) {
                is_told[place..place + GRAM_CHARS].fill(true);
            }
        }
        let first = is_told.iter().position(|told| !told)?;
        let last = is_told.iter().rposition(|told| !told)?;
        if last + 1 - first < GRAM_CHARS {
            return None;
        }
        let new = is_told.iter().filter(|told| !**told).count();
        if new * 100 >= chars.len() * WHOLE_PERCENT {
            return Some(chars);
        }
        let (start, end) = (
            first.saturating_sub(AROUND_CHARS),
            (last + 1 + AROUND_CHARS).min(chars.len()),
        );
        Some(chars[start..end].to_vec())
    }
}

/// For each text that is a fragment less its first or its last character: how often the commonest such fragment stands.
fn counts_of_longer(fragments: &[Fragment]) -> BTreeMap<&str, u32> {
    let mut counts = BTreeMap::new();
    for fragment in fragments {
        let text = fragment.text.as_str();
        let head = text.char_indices().next_back().map(|(end, _)| &text[..end]);
        let tail = text.char_indices().nth(1).map(|(start, _)| &text[start..]);
        for part in head.into_iter().chain(tail) {
            let count = counts.entry(part).or_insert(0);
            *count = fragment.count.max(*count);
        }
    }
    counts
}

fn worth(fragment: &Fragment) -> u64 {
    u64::from(fragment.count) * (fragment.text.chars().count() as u64 - 1)
}
