//! What measured workers write: visits, reports and edits with notes that are drawn once each, and once they are
//! used up, with their sentences in another order.

use super::notes::{Lines, WORKERS};
use otor_protocol::area::AreaCode;
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Categories and tags as the app offers them.
const CATEGORIES: [&str; 10] = [
    "elder",
    "fire",
    "livestock",
    "road",
    "well",
    "dispute",
    "heating",
    "policy",
    "house",
    "snow",
];
/// Where the grid lies, in degrees × 10,000,000, and how far its households lie from there.
const MIDDLE: (i64, i64) = (410_920_000, 1_082_680_000);
const SPREAD: i64 = 9_000;
/// Phones tell their place to about a metre: five decimals.
const METRE: i64 = 100;
const MINUTE_MS: i64 = 60_000;

/// Draws texts, and writes with them.
pub(crate) struct Writer {
    days: [Lines; WORKERS],
    others: Lines,
    sentences: Vec<String>,
    rng: ChaCha8Rng,
}

impl Writer {
    /// Draws the notes of `days`, and where they are used up, of `others`, by `seed`.
    pub fn new(days: &[Lines; WORKERS], others: &Lines, seed: u64) -> Self {
        Writer {
            days: days.clone(),
            others: others.clone(),
            sentences: days.iter().chain([others]).flat_map(Lines::sentences).collect(),
            rng: ChaCha8Rng::seed_from_u64(seed ^ 1),
        }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: i64) -> i64 {
        self.rng.random_range(0..end)
    }

    /// Sentences of any of the notes, up to about so many characters.
    fn of_sentences(&mut self, chars_aim: usize) -> String {
        let mut text = String::new();
        while text.chars().count() < chars_aim {
            text.push_str(&self.sentences[self.rng.random_range(0..self.sentences.len())]);
        }
        text
    }

    /// A note of a visit on no measured day: one of the others while there are any, then sentences joined anew.
    pub fn earlier_note(&mut self) -> String {
        let next = self.others.visits.pop();
        next.unwrap_or_else(|| self.of_sentences(60))
    }

    /// What was reported on no measured day.
    pub fn earlier_description(&mut self) -> String {
        let next = self.others.reports.pop();
        next.unwrap_or_else(|| self.of_sentences(108))
    }

    /// A worker's note of a visit: about 70 characters.
    pub fn visit_note(&mut self, worker: usize) -> String {
        let next = self.days[worker].visits.pop();
        next.unwrap_or_else(|| self.earlier_note())
    }

    /// What a worker reports: about 120 characters.
    pub fn description(&mut self, worker: usize) -> String {
        let next = self.days[worker].reports.pop();
        next.unwrap_or_else(|| self.earlier_description())
    }

    /// A few words.
    pub fn addition(&mut self, worker: usize) -> String {
        let next = self.days[worker]
            .additions
            .pop()
            .or_else(|| self.others.additions.pop());
        next.unwrap_or_else(|| self.of_sentences(1))
    }

    /// What a centre asks a worker for: about 40 characters, the sentences that a note begins with.
    pub fn request(&mut self, worker: usize) -> String {
        let note = self.visit_note(worker);
        let mut request = String::new();
        for sentence in note.split_inclusive('。') {
            if request.chars().count() < 30 {
                request.push_str(sentence);
            }
        }
        request
    }

    /// When and where something was found, at `now_ms`.
    fn found(&mut self, time: &str, now_ms: i64) -> Vec<(String, Value)> {
        let mut near =
            |middle: i64| Value::DegreesE7(middle + self.rng.random_range(-SPREAD..SPREAD) * METRE);
        let (lat, lon) = (near(MIDDLE.0), near(MIDDLE.1));
        // The worker was there some minutes before it is written down; the app asks for minutes.
        let found_ms = now_ms - self.rng.random_range(2..25) * MINUTE_MS;
        vec![
            (time.to_owned(), Value::Int(found_ms - found_ms % MINUTE_MS)),
            ("lat".to_owned(), lat),
            ("lon".to_owned(), lon),
        ]
    }

    fn category(&mut self) -> Value {
        Value::from(CATEGORIES[self.rng.random_range(0..CATEGORIES.len())])
    }

    fn household(&mut self, grid: &AreaCode) -> Value {
        let number = self.rng.random_range(1..=45);
        Value::from(format!("{grid}-{number:03}").as_str())
    }

    /// A household's card.
    pub fn household_card(&mut self, grid: &AreaCode, number: usize) -> Edit {
        let (row, door) = (self.rng.random_range(1..=9), self.rng.random_range(1..=30));
        Edit {
            set: vec![
                (
                    "code".to_owned(),
                    Value::from(format!("{grid}-{number:03}").as_str()),
                ),
                (
                    "place".to_owned(),
                    Value::from(format!("第{row}排{door}号").as_str()),
                ),
                ("phone".to_owned(), self.phone()),
            ],
            ..Edit::default()
        }
    }

    /// A telephone number.
    pub fn phone(&mut self) -> Value {
        let number = self.rng.random_range(3_000_000_000i64..9_999_999_999);
        Value::from(format!("1{number}").as_str())
    }

    /// A visit.
    pub fn visit(&mut self, grid: &AreaCode, now_ms: i64, note: &str) -> Edit {
        let mut edit = Edit {
            set: self.found("visited_at", now_ms),
            ..Edit::default()
        };
        edit.set.push(("household".to_owned(), self.household(grid)));
        edit.set.push(("note".to_owned(), Value::from(note)));
        edit.set.push(("category".to_owned(), self.category()));
        edit.set.push((
            "resident_count".to_owned(),
            Value::Int(self.rng.random_range(1..=6)),
        ));
        if self.rng.random_bool(0.3) {
            edit.add.push(("tags".to_owned(), vec![self.category()]));
        }
        edit
    }

    /// A report: in the lane of reports.
    pub fn report(&mut self, grid: &AreaCode, now_ms: i64, description: &str) -> Edit {
        let mut edit = Edit {
            set: self.found("reported_at", now_ms),
            ..Edit::default()
        };
        edit.set.push(("household".to_owned(), self.household(grid)));
        edit.set
            .push(("title".to_owned(), Value::from(title(description))));
        edit.set
            .push(("description".to_owned(), Value::from(description)));
        edit.set.push(("category".to_owned(), self.category()));
        edit.set
            .push(("severity".to_owned(), Value::Int(self.rng.random_range(1..=3))));
        edit
    }
}

/// A report's title is how its text begins, as the app proposes it.
fn title(description: &str) -> &str {
    let end = description
        .char_indices()
        .nth(12)
        .map_or(description.len(), |(place, _)| place);
    let first = &description[..end];
    first.split(['，', '。', '：']).next().unwrap_or(first)
}
