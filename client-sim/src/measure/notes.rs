//! Notes to measure with, one a line, a blank line between two workers; parted into those that are measured and those
//! that a dictionary may be learned from.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// The notes that come with the simulator: written by hand for this, and used for nothing else.
pub const OWN: &str = include_str!("../../data/measure/notes.txt");

/// Longest addition to something already written, and longest note of a visit, in characters.
const ADDITION_CHARS: usize = 30;
const VISIT_CHARS: usize = 95;
/// Workers whose days are measured.
pub const WORKERS: usize = 2;
/// What a measured day takes of each length: visits, reports, additions. Tasks take a visit's and an addition each.
const DAY: [usize; 3] = [20 + 3, 5, 6 + 3];
/// Of that, most visits and others that are in the worker's own hand: the rest is anybody's.
const OWN_VISITS: usize = 14;
const OWN_OTHERS: usize = 3;
/// Fewest lines there must be.
const LINES_MIN: usize = 8;

/// What is wrong with a file of notes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} notes are too few to measure with: give {LINES_MIN} or more, one a line")]
pub struct TooFewNotes(usize);

/// Lines by what they are used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// About 70 characters: notes of visits.
    pub visits: Vec<String>,
    /// About 120: reports.
    pub reports: Vec<String>,
    /// Short ones: additions to something already written.
    pub additions: Vec<String>,
}

impl Lines {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.visits, &self.reports, &self.additions];
        lists.into_iter().flatten().map(String::as_str)
    }

    /// About so many of them at most, of each list its share.
    pub fn share(&self, most: usize) -> Lines {
        let all = self.all().count().max(1);
        let mut shared = self.clone();
        if most < all {
            for list in shared.lists() {
                list.truncate(list.len() * most / all);
            }
        }
        shared
    }

    /// Their sentences: what ends with a full stop.
    pub fn sentences(&self) -> Vec<String> {
        let ends = ['。', '！', '？', '；'];
        let sentences = self.all().flat_map(|line| line.split_inclusive(ends));
        sentences
            .filter(|one| one.chars().count() > 2)
            .map(str::to_owned)
            .collect()
    }

    fn lists(&mut self) -> [&mut Vec<String>; 3] {
        [&mut self.visits, &mut self.reports, &mut self.additions]
    }

    fn add(&mut self, line: &str) {
        let chars = line.chars().count();
        let list = if chars <= ADDITION_CHARS {
            &mut self.additions
        } else if chars <= VISIT_CHARS {
            &mut self.visits
        } else {
            &mut self.reports
        };
        list.push(line.to_owned());
    }
}

/// The notes of some workers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Each worker's lines.
    pub workers: Vec<Lines>,
}

/// Two parts of the same notes that have no line in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// What each of the two measured workers writes on the measured day.
    pub days: [Lines; WORKERS],
    /// What is left: earlier notes of these and of all other workers.
    pub learned: Lines,
}

impl Notes {
    /// Reads lines and sorts them by their length. Repeats are passed over.
    pub fn read(text: &str) -> Notes {
        let mut notes = Notes::default();
        let mut seen = BTreeSet::new();
        let mut begins = true;
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.is_empty() {
                begins = true;
            } else if seen.insert(line) {
                if begins {
                    notes.workers.push(Lines::default());
                    begins = false;
                }
                if let Some(worker) = notes.workers.last_mut() {
                    worker.add(line);
                }
            }
        }
        notes
    }

    /// All lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.workers.iter().flat_map(Lines::all)
    }

    /// Parts the lines by `seed`: two workers' days, and the rest. A day is mostly in its worker's own hand.
    ///
    /// # Errors
    /// [`TooFewNotes`].
    pub fn part(&self, seed: u64) -> Result<Parted, TooFewNotes> {
        let count = self.lines().count();
        if count < LINES_MIN {
            return Err(TooFewNotes(count));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0e57);
        let mut workers = self.workers.clone();
        workers.shuffle(&mut rng);
        workers
            .iter_mut()
            .flat_map(Lines::lists)
            .for_each(|list| list.shuffle(&mut rng));
        let mut days: [Lines; WORKERS] = Default::default();
        for (number, day) in days.iter_mut().enumerate() {
            // Of a single worker's notes there are two days as well.
            let own = &mut workers[number.min(self.workers.len() - 1)];
            for ((from, to), most) in own
                .lists()
                .into_iter()
                .zip(day.lists())
                .zip([OWN_VISITS, OWN_OTHERS, OWN_OTHERS])
            {
                move_some(from, to, most);
            }
        }
        let mut rest = Lines::default();
        for mut worker in workers {
            for (from, to) in worker.lists().into_iter().zip(rest.lists()) {
                to.append(from);
            }
        }
        rest.lists().into_iter().for_each(|list| list.shuffle(&mut rng));
        for day in &mut days {
            for ((from, to), wanted) in rest.lists().into_iter().zip(day.lists()).zip(DAY) {
                let lacks = wanted.saturating_sub(to.len());
                move_some(from, to, lacks);
                to.shuffle(&mut rng);
            }
        }
        Ok(Parted { days, learned: rest })
    }
}

/// Moves lines, at most so many, and leaves a third.
fn move_some(from: &mut Vec<String>, to: &mut Vec<String>, most: usize) {
    let moved = most.min(from.len() - from.len() / 3);
    to.extend(from.drain(..moved));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean<'a>(lines: impl Iterator<Item = &'a String>) -> usize {
        let chars: Vec<usize> = lines.map(|line| line.chars().count()).collect();
        chars.iter().sum::<usize>() / chars.len()
    }

    #[test]
    fn the_notes_that_come_with_the_simulator_are_as_long_as_they_should_be() {
        let notes = Notes::read(OWN);
        assert!(notes.workers.len() >= 8 && notes.lines().count() >= 300);
        let visits = mean(notes.workers.iter().flat_map(|worker| &worker.visits));
        let reports = mean(notes.workers.iter().flat_map(|worker| &worker.reports));
        assert!((66..=77).contains(&visits), "{visits}");
        assert!((112..=130).contains(&reports), "{reports}");
        let written = OWN.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(notes.lines().count(), written, "a note stands there twice");
    }

    #[test]
    fn what_is_measured_is_never_learned_from() {
        let notes = Notes::read(OWN);
        for seed in 0..5 {
            let parted = notes.part(seed).unwrap();
            let measured: Vec<&str> = parted.days.iter().flat_map(Lines::all).collect();
            let different: BTreeSet<&str> = measured.iter().copied().collect();
            assert_eq!(different.len(), measured.len(), "no note is measured twice");
            assert!(parted.learned.all().all(|line| !different.contains(line)));
            assert_eq!(
                measured.len() + parted.learned.all().count(),
                notes.lines().count()
            );
            for day in &parted.days {
                assert!(day.visits.len() == 23 && day.reports.len() == 5 && day.additions.len() == 9);
            }
        }
        assert_ne!(notes.part(1).unwrap(), notes.part(2).unwrap());
    }

    #[test]
    fn a_file_without_workers_will_do_and_one_of_hardly_anything_not() {
        let lines: String = (0..60)
            .map(|number| format!("{}{number}\n", "入户走访".repeat(15)))
            .collect();
        let parted = Notes::read(&lines).part(1).unwrap();
        assert!(parted.days.iter().all(|day| day.visits.len() >= 14));
        assert!(!parted.learned.visits.is_empty());
        assert_eq!(Notes::read("一\n二\n").part(1), Err(TooFewNotes(2)));
    }
}
