//! Notes to measure with, one a line, parted into those that are measured and those that a dictionary may be
//! learnt from.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The notes that come with the simulator: written by hand for this, and used for nothing else.
pub const OWN: &str = include_str!("../../data/measure/notes.txt");

/// Longest addition to something already written, and longest note of a visit, in characters.
const ADDITION_CHARS: usize = 30;
const VISIT_CHARS: usize = 95;
/// Most lines of each length that are measured; the rest may be learnt from.
const MEASURED_MAX: [usize; 3] = [20, 60, 16];
/// Fewest lines there must be.
const LINES_MIN: usize = 8;

/// What is wrong with a file of notes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} notes are too few to measure with: give {LINES_MIN} or more, one a line")]
pub struct TooFewNotes(usize);

/// Lines by what they are used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Short ones: additions to something already written.
    pub additions: Vec<String>,
    /// About 70 characters: notes of visits.
    pub visits: Vec<String>,
    /// About 120: reports.
    pub reports: Vec<String>,
}

/// Two parts of the same notes that have no line in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// What phones send when they are measured.
    pub measured: Notes,
    /// What the rest of the deployment wrote.
    pub learnt: Notes,
}

impl Notes {
    /// Sorts lines by their length. Empty ones and repeats are passed over.
    pub fn read(text: &str) -> Notes {
        let mut notes = Notes::default();
        let mut seen = std::collections::BTreeSet::new();
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.is_empty() || !seen.insert(line) {
                continue;
            }
            let chars = line.chars().count();
            let list = if chars <= ADDITION_CHARS {
                &mut notes.additions
            } else if chars <= VISIT_CHARS {
                &mut notes.visits
            } else {
                &mut notes.reports
            };
            list.push(line.to_owned());
        }
        notes
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.additions.len() + self.visits.len() + self.reports.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let parts = [&self.additions, &self.visits, &self.reports];
        parts.into_iter().flatten().map(String::as_str)
    }

    /// Their clauses: what stands between full stops, with the stop; long ones are cut at commas.
    pub fn clauses(&self) -> Vec<String> {
        let mut clauses = Vec::new();
        for line in self.lines() {
            for sentence in line.split_inclusive(['。', '！', '？', '；']) {
                if sentence.chars().count() > 2 {
                    clauses.push(sentence.to_owned());
                }
            }
        }
        clauses
    }

    /// Parts the lines by `seed`.
    ///
    /// # Errors
    /// [`TooFewNotes`].
    pub fn part(&self, seed: u64) -> Result<Parted, TooFewNotes> {
        if self.len() < LINES_MIN {
            return Err(TooFewNotes(self.len()));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0e57);
        let mut parted = Parted {
            measured: Notes::default(),
            learnt: Notes::default(),
        };
        let Parted { measured, learnt } = &mut parted;
        let lists = [
            (&self.additions, &mut measured.additions, &mut learnt.additions),
            (&self.visits, &mut measured.visits, &mut learnt.visits),
            (&self.reports, &mut measured.reports, &mut learnt.reports),
        ];
        for ((all, measured, learnt), most) in lists.into_iter().zip(MEASURED_MAX) {
            let mut all = all.clone();
            all.shuffle(&mut rng);
            *learnt = all.split_off(all.len().div_ceil(2).min(most));
            *measured = all;
        }
        Ok(parted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_notes_that_come_with_the_simulator_are_as_long_as_they_should_be() {
        let notes = Notes::read(OWN);
        let mean = |list: &[String]| list.iter().map(|one| one.chars().count()).sum::<usize>() / list.len();
        assert!(notes.visits.len() >= 200 && notes.reports.len() >= 30 && notes.additions.len() >= 30);
        assert!(
            (66..=76).contains(&mean(&notes.visits)),
            "{}",
            mean(&notes.visits)
        );
        assert!((112..=130).contains(&mean(&notes.reports)));
        assert_eq!(notes.len(), OWN.lines().count(), "a note stands there twice");
    }

    #[test]
    fn what_is_measured_is_never_learnt_from() {
        let notes = Notes::read(OWN);
        for seed in 0..5 {
            let parted = notes.part(seed).unwrap();
            let measured: BTreeSet<&str> = parted.measured.lines().collect();
            assert!(parted.learnt.lines().all(|line| !measured.contains(line)));
            assert_eq!(parted.measured.len() + parted.learnt.len(), notes.len());
        }
        assert_ne!(notes.part(1).unwrap(), notes.part(2).unwrap());
    }

    #[test]
    fn too_few_notes_are_refused() {
        assert_eq!(Notes::read("一\n二\n").part(1), Err(TooFewNotes(2)));
    }
}
