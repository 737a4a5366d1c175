//! Statistics by counting: every record of a history looked at anew for each figure, by plain maps. Slow, and sharing
//! nothing with what the server counts by.

mod moments;

use super::history::History;
use super::merging::{Expected, predict};
use moments::{closing_ms, first_ms, hazard_removed_ms, level, mediation_end, whistle_solved_ms};
use otor_protocol::catalogue::built_in::{report, task};
use otor_protocol::ids::RecordId;
use otor_protocol::op::{Body, EventId, FieldId};
use otor_protocol::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The area's code; every area for an empty one.
    pub area: String,
    /// The first day, counted from 1970 in China Standard Time.
    pub from_day: i64,
    /// The last day.
    pub to_day: i64,
    /// The last commit that counts.
    pub cut_off: u64,
}

/// Figures by statistic, group (empty for the whole) and measure.
pub type Counted = BTreeMap<(String, String, String), i64>;

/// What is always counted, of the whole: nought where there is nothing.
const ALWAYS: [(&str, &[&str]); 13] = [
    ("appeals", &INTAKE),
    ("micro_governance", &INTAKE),
    ("disputes", &INTAKE),
    ("matters", &INTAKE),
    ("closure", &INTAKE),
    ("community_share", &["resolved", "resolved_in_community"]),
    ("same_day", &["received", "done_same_day"]),
    ("hazards", &["rectified", "found"]),
    ("whistles", &["solved", "blown"]),
    ("by_type", &["problems_solved", "conflicts_mediated", "wishes"]),
    ("refusals", &["tasks", "refused"]),
    ("coverage", &["visits", "visits_without_household", "patrols"]),
    ("coverage", &["segments_planned", "segments_touched"]),
];
const INTAKE: [&str; 4] = ["received", "closed", "withdrawn", "open"];

const CHINA_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// A record of the area, with when it was written.
struct Kept {
    id: RecordId,
    at_ms: i64,
    record: Expected,
}

/// Counts.
pub fn count(history: &History, question: &Question) -> Counted {
    let mut known = history.clone();
    known.commits.retain(|commit| commit.number <= question.cut_off);
    let mut written: BTreeMap<RecordId, i64> = BTreeMap::new();
    let mut order: Vec<RecordId> = Vec::new();
    for (_, op) in known.ops() {
        if let Some(Body::Create { .. }) = op.decoded().map(|op| op.body) {
            written
                .entry(RecordId(op.dot))
                .or_insert_with(|| op.facts.stamp.ms());
        }
    }
    for commit in &known.commits {
        order.extend(commit.ops.iter().map(|op| RecordId(op.dot)));
        order.extend(commit.again.iter().map(|(dot, _)| RecordId(*dot)));
    }
    let ended = ended(&known);
    let records = predict(&known);
    let first_of_codes = first_of_codes(&records, &order);
    let doubles = Doubles::of(&records);
    let kept: Vec<Kept> = records
        .into_iter()
        .filter(|(_, record)| lies_in(&ended, record.area.as_str(), &question.area))
        .filter_map(|(id, record)| {
            let at_ms = *written.get(&id)?;
            Some(Kept { id, at_ms, record })
        })
        .collect();
    let mut counter = Counter {
        question,
        kept: &kept,
        counted: BTreeMap::new(),
    };
    for (statistic, measures) in ALWAYS {
        measures
            .iter()
            .for_each(|measure| counter.put(statistic, "", measure, 0));
    }
    counter.reports(&doubles);
    counter.tasks();
    counter.places(&first_of_codes);
    counter.others();
    counter.counted
}

/// What ended by then, and what took its place.
fn ended(history: &History) -> BTreeMap<String, Vec<String>> {
    let ended = history.commits.iter().flat_map(|commit| &commit.ended);
    ended.cloned().collect()
}

/// Whether something filed under a code counts in an area: it lies there, or what it became does.
fn lies_in(ended: &BTreeMap<String, Vec<String>>, code: &str, area: &str) -> bool {
    if code.starts_with(area) {
        return true;
    }
    let above = (0..=code.len()).rev().map(|digits| &code[..digits]);
    let successors = above.filter_map(|code| ended.get(code)).next();
    successors.is_some_and(|codes| codes.iter().any(|code| lies_in(ended, code, area)))
}

/// Of the records with a household's code, that which came first.
fn first_of_codes(records: &BTreeMap<RecordId, Expected>, order: &[RecordId]) -> BTreeMap<String, RecordId> {
    let mut first = BTreeMap::new();
    for id in order {
        if let Some(record) = records.get(id).filter(|record| record.kind.0 == 1)
            && let Some(code) = text(record, 1)
        {
            first.entry(code).or_insert(*id);
        }
    }
    first
}

fn text(record: &Expected, field: u16) -> Option<String> {
    record
        .values
        .get(&FieldId(field))
        .and_then(Value::as_text)
        .map(str::to_string)
}

fn number(record: &Expected, field: u16) -> Option<i64> {
    record.values.get(&FieldId(field)).and_then(Value::as_int)
}

fn day(ms: i64) -> i64 {
    (ms + CHINA_MS).div_euclid(DAY_MS)
}

fn has(record: &Expected, event: EventId) -> bool {
    record.events.iter().any(|one| one.event == event)
}

struct Counter<'a> {
    question: &'a Question,
    kept: &'a [Kept],
    counted: Counted,
}

impl<'a> Counter<'a> {
    fn put(&mut self, statistic: &str, group: &str, measure: &str, count: i64) {
        let name = (statistic.to_string(), group.to_string(), measure.to_string());
        *self.counted.entry(name).or_default() += count;
    }

    fn within(&self, ms: i64) -> bool {
        (self.question.from_day..=self.question.to_day).contains(&day(ms))
    }

    fn of_kind(&self, kind: u16) -> impl Iterator<Item = &'a Kept> + use<'a> {
        self.kept.iter().filter(move |kept| kept.record.kind.0 == kind)
    }

    fn reports(&mut self, doubles: &Doubles) {
        let reports: Vec<&Kept> = self.of_kind(3).collect();
        for kept in &reports {
            let closed = closing_ms(&kept.record);
            if closed.is_some_and(|at| self.within(at)) {
                let there = matches!(level(&kept.record), "grid" | "village");
                self.put("community_share", "", "resolved", 1);
                self.put("community_share", "", "resolved_in_community", i64::from(there));
                self.put("by_type", "", "problems_solved", 1);
            }
        }
        let mut assign = Vec::new();
        let mut close = Vec::new();
        for kept in reports {
            if !self.within(kept.at_ms) {
                continue;
            }
            let own = closing_ms(&kept.record);
            let closed = own.is_some() || doubles.root_closed(kept.id);
            let withdrawn = !closed && kept.record.status() == Some("withdrawn");
            let channel = text(&kept.record, 11).unwrap_or_default();
            let category = text(&kept.record, 7).unwrap_or_default();
            let statistic = match channel.as_str() {
                "appeal" => Some("appeals"),
                "four_micro" => Some("micro_governance"),
                "online_chain" => Some("disputes"),
                _ => None,
            };
            let groups = [
                statistic.map(|name| (name, String::new())),
                Some(("matters", String::new())),
                Some(("closure", String::new())),
                Some(("closure", format!("channel:{channel}"))),
                Some(("closure", format!("category:{category}"))),
                Some(("closure", format!("level:{}", level(&kept.record)))),
            ];
            for (name, group) in groups.into_iter().flatten() {
                self.put(name, &group, "received", 1);
                self.put(name, &group, "closed", i64::from(closed));
                self.put(name, &group, "withdrawn", i64::from(withdrawn));
                self.put(name, &group, "open", i64::from(!closed && !withdrawn));
            }
            if channel == "hotline" {
                let same = own.map(day) == Some(day(kept.at_ms));
                self.put("same_day", "", "received", 1);
                self.put("same_day", "", "done_same_day", i64::from(same));
            }
            assign.extend(first_ms(&kept.record, report::ASSIGN).map(|at| (at - kept.at_ms).max(0)));
            close.extend(own.map(|at| (at - kept.at_ms).max(0)));
        }
        self.times("report_to_assign", assign);
        self.times("report_to_close", close);
    }

    /// By definition: the least that half, or nine tenths, of all do not exceed, in minutes rounded half up.
    fn times(&mut self, name: &str, times: Vec<i64>) {
        for (suffix, tenths) in [("median", 5), ("p90", 9)] {
            let enough = |least: &&i64| {
                let reached = times.iter().filter(|time| *time <= *least).count();
                reached * 10 >= times.len() * tenths
            };
            if let Some(least) = times.iter().filter(enough).min() {
                let minutes = (2 * least + 60_000) / 120_000;
                self.put("durations", "", &format!("{name}_{suffix}"), minutes);
            }
        }
    }

    fn tasks(&mut self) {
        let mut done = Vec::new();
        for kept in self
            .of_kind(4)
            .filter(|kept| self.within(kept.at_ms))
            .collect::<Vec<_>>()
        {
            let refused = kept.record.status() == Some("refused");
            self.put("refusals", "", "tasks", 1);
            self.put("refusals", "", "refused", i64::from(refused));
            if matches!(kept.record.status(), Some("done" | "verified")) {
                let at = first_ms(&kept.record, task::COMPLETE);
                done.extend(at.map(|at| (at - kept.at_ms).max(0)));
            }
        }
        self.times("assign_to_done", done);
    }

    fn places(&mut self, first_of_codes: &BTreeMap<String, RecordId>) {
        let mut registered: BTreeSet<String> = BTreeSet::new();
        for kept in self.of_kind(1).collect::<Vec<_>>() {
            if let Some(code) = text(&kept.record, 1)
                && first_of_codes.get(&code) == Some(&kept.id)
                && day(kept.at_ms) <= self.question.to_day
            {
                registered.insert(code);
            }
        }
        let mut visited: BTreeSet<String> = BTreeSet::new();
        for kept in self.of_kind(2).collect::<Vec<_>>() {
            let author = kept.record.author;
            let taken_back = kept
                .record
                .events
                .iter()
                .any(|event| event.event == EventId(1) && (event.author == author || event.level.0 > 1));
            if taken_back || !self.within(kept.at_ms) {
                continue;
            }
            self.put("coverage", "", "visits", 1);
            match text(&kept.record, 1) {
                Some(code) => drop(visited.insert(code)),
                None => self.put("coverage", "", "visits_without_household", 1),
            }
        }
        let both = visited.intersection(&registered).count() as i64;
        self.put("coverage", "", "households", registered.len() as i64);
        self.put("coverage", "", "households_visited", both);
        self.put(
            "coverage",
            "",
            "unregistered_visited",
            visited.len() as i64 - both,
        );
        for kept in self
            .of_kind(5)
            .filter(|kept| self.within(kept.at_ms))
            .collect::<Vec<_>>()
        {
            let planned = text(&kept.record, 3).unwrap_or_default();
            let planned: BTreeSet<&str> = planned.split_whitespace().collect();
            let notes = kept.record.notes.get(&FieldId(4));
            let touched: BTreeSet<&str> = notes
                .into_iter()
                .flatten()
                .filter_map(|(_, _, _, value)| value.as_text())
                .filter(|segment| planned.contains(segment))
                .collect();
            self.put("coverage", "", "patrols", 1);
            self.put("coverage", "", "segments_planned", planned.len() as i64);
            self.put("coverage", "", "segments_touched", touched.len() as i64);
        }
    }

    fn others(&mut self) {
        for kept in self.kept {
            let record = &kept.record;
            let written = self.within(kept.at_ms);
            match record.kind.0 {
                7 => {
                    self.put("hazards", "", "found", i64::from(written));
                    let removed = hazard_removed_ms(record).is_some_and(|at| self.within(at));
                    self.put("hazards", "", "rectified", i64::from(removed));
                }
                9 => {
                    self.put("whistles", "", "blown", i64::from(written));
                    let solved = whistle_solved_ms(record).is_some_and(|at| self.within(at));
                    self.put("whistles", "", "solved", i64::from(solved));
                }
                8 => {
                    let settled = mediation_end(record).is_some_and(|(at, agreed)| agreed && self.within(at));
                    self.put("by_type", "", "conflicts_mediated", i64::from(settled));
                }
                6 => self.put("by_type", "", "wishes", i64::from(written)),
                10 if written && !has(record, EventId(1)) => {
                    let group = format!("activity:{}", text(record, 1).unwrap_or_default());
                    self.put("by_type", &group, "activities", 1);
                    self.put("by_type", &group, "sessions", number(record, 6).unwrap_or(1));
                    self.put("by_type", &group, "attendance", number(record, 7).unwrap_or(0));
                }
                _ => {}
            }
        }
    }
}

/// Which reports hang together by marks that stand.
struct Doubles {
    closed: BTreeMap<RecordId, bool>,
    marks: BTreeSet<(RecordId, RecordId)>,
}

impl Doubles {
    fn of(records: &BTreeMap<RecordId, Expected>) -> Self {
        let reports = records.iter().filter(|(_, record)| record.kind.0 == 3);
        let closed = reports
            .clone()
            .map(|(id, record)| (*id, closing_ms(record).is_some()));
        let marks = reports.filter_map(|(id, record)| {
            let marked = moments::duplicate_of(record)?;
            (marked != *id).then_some((*id, marked))
        });
        Doubles {
            closed: closed.collect(),
            marks: marks.collect(),
        }
    }

    fn root_closed(&self, id: RecordId) -> bool {
        let mut group = BTreeSet::from([id]);
        loop {
            let size = group.len();
            for (one, other) in &self.marks {
                if group.contains(one) || group.contains(other) {
                    group.extend([*one, *other]);
                }
            }
            if group.len() == size {
                break;
            }
        }
        let root = group.first().copied().unwrap_or(id);
        self.closed.get(&root) == Some(&true)
    }
}
