//! Counting by whom, and in how many grids, each fragment was written: length by length, since no fragment is more
//! common than what it is made of.

use super::passages::Passage;
use super::runs::{Names, runs};
use super::{AUTHORS_MIN, GRIDS_MIN};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::PersonId;
use std::collections::{BTreeMap, HashMap};

/// Longest fragment, in characters.
pub const CHARS_MAX: usize = 40;

/// A fragment that enough people in enough grids wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// It.
    pub text: String,
    /// How often it stands in the passages.
    pub count: u32,
}

/// Who wrote a fragment, and where, as far as it matters.
#[derive(Clone, Debug, Default)]
struct Tally {
    count: u32,
    authors: Vec<PersonId>,
    grids: Vec<u32>,
    chars: (usize, usize),
}

impl Tally {
    fn add(&mut self, author: PersonId, grid: u32) {
        self.count = self.count.saturating_add(1);
        if self.authors.len() < AUTHORS_MIN && !self.authors.contains(&author) {
            self.authors.push(author);
        }
        if self.grids.len() < GRIDS_MIN && !self.grids.contains(&grid) {
            self.grids.push(grid);
        }
    }

    fn is_common(&self) -> bool {
        self.authors.len() >= AUTHORS_MIN && self.grids.len() >= GRIDS_MIN
    }
}

/// A run with who wrote it and where.
struct Written {
    author: PersonId,
    grid: u32,
    chars: Vec<char>,
    /// For each place, the common fragment of the present length that begins there.
    here: Vec<Option<u32>>,
}

/// The fragments of two characters and more that are common, by length.
pub fn common(passages: &[Passage], names: &Names) -> Vec<Fragment> {
    let mut written = written(passages, names);
    // Single characters are what lengths begin with; they are numbered, not counted: pairs are.
    for run in &mut written {
        run.here = run.chars.iter().map(|one| Some(*one as u32)).collect();
    }
    let mut fragments = Vec::new();
    for length in 2..=CHARS_MAX {
        let found = lengthen(&mut written, length);
        if found.is_empty() {
            break;
        }
        fragments.extend(found);
    }
    fragments
}

fn written(passages: &[Passage], names: &Names) -> Vec<Written> {
    let mut grids: BTreeMap<&AreaCode, u32> = BTreeMap::new();
    let mut written = Vec::new();
    for passage in passages {
        let next = grids.len() as u32;
        let grid = *grids.entry(&passage.grid).or_insert(next);
        for chars in runs(&passage.text, names) {
            written.push(Written {
                author: passage.author,
                grid,
                chars,
                here: Vec::new(),
            });
        }
    }
    written
}

/// Goes from fragments of one character less to those of `length`: the common ones, numbered anew.
fn lengthen(written: &mut [Written], length: usize) -> Vec<Fragment> {
    // Numbers are given in the order of the passages; the map is only ever asked.
    let mut numbers: HashMap<(u32, u32), u32> = HashMap::new();
    let mut tallies: Vec<Tally> = Vec::new();
    let pair = |here: &[Option<u32>], place: usize| Some((here[place]?, (*here.get(place + 1)?)?));
    for (number, run) in written.iter().enumerate() {
        for place in 0..(run.chars.len() + 1).saturating_sub(length) {
            let Some(pair) = pair(&run.here, place) else {
                continue;
            };
            let index = *numbers.entry(pair).or_insert_with(|| {
                tallies.push(Tally {
                    chars: (number, place),
                    ..Tally::default()
                });
                tallies.len() as u32 - 1
            });
            tallies[index as usize].add(run.author, run.grid);
        }
    }
    let text = |tally: &Tally| -> String {
        let (run, place) = tally.chars;
        written[run].chars[place..place + length].iter().collect()
    };
    let common = tallies.iter().filter(|tally| tally.is_common());
    let fragments: Vec<Fragment> = common
        .map(|tally| Fragment {
            text: text(tally),
            count: tally.count,
        })
        .collect();
    for run in written {
        let here = (0..run.here.len()).map(|place| {
            let index = *numbers.get(&pair(&run.here, place)?)?;
            tallies[index as usize].is_common().then_some(index)
        });
        run.here = here.collect();
    }
    fragments
}
