//! The sums that are gathered for one question, and what every statistic asks of records and days.

use super::shares::shares;
use super::tree::Tree;
use super::{AT_LEAST, Counted, Kept, Known, Question, WHOLE, day};
use std::collections::BTreeMap;

/// Of the whole these are always told, be it as nought.
const ALWAYS: [(&str, &[&str]); 18] = [
    ("appeals", &INTAKE),
    ("micro_governance", &INTAKE),
    ("disputes", &INTAKE),
    ("matters", &INTAKE),
    ("closure", &INTAKE),
    ("community_share", &["resolved", "resolved_in_community"]),
    ("same_day", &["received", "done_same_day"]),
    ("service_items", &["items", "items_done"]),
    ("hazards", &["rectified", "verified", "found"]),
    ("whistles", &["solved", "blown"]),
    ("property", &["disputes_settled"]),
    ("by_type", &["problems_solved", "conflicts_mediated", "wishes"]),
    ("refusals", &["tasks", "refused", "refused_off_list"]),
    ("volunteers", &["activities", "sessions", "attendance"]),
    (
        "muster",
        &["called", "in_time", "late", "unreachable", "declined"],
    ),
    ("turnout", &["campaigns"]),
    ("coverage", &["visits", "visits_without_household", "patrols"]),
    ("coverage", &["segments_planned", "segments_touched"]),
];
const INTAKE: [&str; 4] = ["received", "closed", "withdrawn", "open"];

/// Sums so far, by statistic, group and measure.
pub(super) type Sums = BTreeMap<(String, String, String), i64>;

/// What is gathered for a question.
pub(super) struct Counter<'a> {
    pub(super) question: &'a Question,
    pub(super) known: &'a Known,
    /// The records of the area.
    kept: Vec<&'a Kept>,
    sums: Sums,
}

impl<'a> Counter<'a> {
    pub(super) fn new(known: &'a Known, question: &'a Question) -> Self {
        // Most records share their area with others.
        let mut lies_here: BTreeMap<&str, bool> = BTreeMap::new();
        let here = known.records.iter().filter(|kept| {
            let code = kept.record.area.as_str();
            let found = lies_here.entry(code);
            *found.or_insert_with(|| known.tree.counts_in(code, &question.area))
        });
        Counter {
            question,
            known,
            kept: here.collect(),
            sums: Sums::new(),
        }
    }

    pub(super) fn always(&mut self) {
        for (statistic, measures) in ALWAYS {
            for measure in measures {
                self.put(statistic, "", measure, 0);
            }
        }
    }

    /// Adds to a sum.
    pub(super) fn put(&mut self, statistic: &str, group: &str, measure: &str, count: i64) {
        let name = (statistic.to_string(), group.to_string(), measure.to_string());
        *self.sums.entry(name).or_default() += count;
    }

    /// A figure that others gathered.
    pub(super) fn put_supplied(&mut self, statistic: &str, measure: &str, (value, at_least): (i64, bool)) {
        self.put(statistic, "", measure, value);
        if at_least {
            self.put(statistic, "", &format!("{measure}{AT_LEAST}"), 1);
        }
    }

    /// Whether a moment lies in the period.
    pub(super) fn within(&self, ms: i64) -> bool {
        (self.question.from_day..=self.question.to_day).contains(&day(ms))
    }

    /// The records of a kind.
    pub(super) fn of_kind(&self, kind: u16) -> Vec<&'a Kept> {
        let of_kind = self.kept.iter().filter(|kept| kept.record.kind.0 == kind);
        of_kind.copied().collect()
    }

    /// The records of a kind that were written in the period.
    pub(super) fn written(&self, kind: u16) -> Vec<&'a Kept> {
        let of_kind = self.of_kind(kind).into_iter();
        of_kind.filter(|kept| self.within(kept.at_ms)).collect()
    }

    /// The part of the area that a record counts for.
    pub(super) fn part(&self, kept: &Kept) -> String {
        let area = &self.question.area;
        self.at_depth(kept, Tree::digits_below(area))
    }

    /// The area of so many digits that a record counts for.
    pub(super) fn at_depth(&self, kept: &Kept, digits: usize) -> String {
        let code = kept.record.area.as_str();
        self.known.tree.counts_for(code, &self.question.area, digits)
    }

    /// Times by definition: the least that half, or nine tenths, of all do not exceed, in minutes rounded half up.
    pub(super) fn times(&mut self, name: &str, times: &[i64]) {
        for (suffix, tenths) in [("median", 5), ("p90", 9)] {
            let enough = |least: &&i64| {
                let reached = times.iter().filter(|time| *time <= *least).count();
                reached * 10 >= times.len() * tenths
            };
            if let Some(least) = times.iter().filter(enough).min() {
                let minutes = (2 * least + 60_000) / 120_000;
                self.put("durations", "", &format!("{name}_{suffix}"), minutes);
                let of = format!("{name}_{suffix}{WHOLE}");
                self.put("durations", "", &of, times.len() as i64);
            }
        }
    }

    /// The sums, and the shares that follow from them.
    pub(super) fn told(self) -> Counted {
        let mut told = shares(&self.sums);
        told.extend(
            self.sums
                .into_iter()
                .map(|(name, count)| (name, count.to_string())),
        );
        told
    }
}
