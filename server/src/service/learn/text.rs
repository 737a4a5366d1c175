//! The text of a dictionary: the common fragments that spare most, commonest last.

use super::fragments::Fragment;
use std::collections::BTreeMap;

/// Longest text of a dictionary, in characters.
pub const TEXT_CHARS_MAX: usize = 16 * 1024;
/// Shortest that is worth sending.
pub const TEXT_CHARS_MIN: usize = 200;
/// A fragment is left to a longer one that holds it if that stands this often, in percent, where it stands.
const SWALLOWED_PERCENT: u64 = 60;

/// Chooses and orders fragments; none if too little is common to be worth a dictionary.
pub fn compose(fragments: &[Fragment]) -> Option<String> {
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
    let mut kept: Vec<&str> = Vec::new();
    let mut all = String::new();
    let mut chars_left = TEXT_CHARS_MAX;
    for fragment in chosen {
        let chars = fragment.text.chars().count();
        if chars > chars_left || all.contains(&fragment.text) {
            continue;
        }
        chars_left -= chars;
        kept.push(&fragment.text);
        all.push_str(&fragment.text);
        // A boundary that no fragment holds.
        all.push('\0');
    }
    if TEXT_CHARS_MAX - chars_left < TEXT_CHARS_MIN {
        return None;
    }
    kept.reverse();
    Some(kept.join("\0"))
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
