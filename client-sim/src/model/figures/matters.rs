//! Hazards, whistles, mediations and wishes, by counting.

use super::counter::Counter;
use super::moments::{hazard_removed_ms, mediation_end, whistle_solved_ms};
use super::{is_marked, text};

impl Counter<'_> {
    pub(super) fn matters(&mut self) {
        for kept in self.of_kind(7) {
            if hazard_removed_ms(&kept.record).is_some_and(|at| self.within(at)) {
                let verified = kept.record.status() == Some("verified");
                self.put("hazards", "", "rectified", 1);
                self.put("hazards", "", "verified", i64::from(verified));
            }
        }
        for kept in self.of_kind(9) {
            let solved = whistle_solved_ms(&kept.record).is_some_and(|at| self.within(at));
            self.put("whistles", "", "solved", i64::from(solved));
        }
        for (kind, statistic, begun, late) in [
            (7, "hazards", "found", "hazards_overdue"),
            (9, "whistles", "blown", "whistles_overdue"),
        ] {
            for kept in self.written(kind) {
                let overdue = is_marked(&kept.record, "overdue");
                self.put(statistic, "", begun, 1);
                self.put("overdue", "", late, i64::from(overdue));
            }
        }
        for kept in self.of_kind(8) {
            if mediation_end(&kept.record).is_some_and(|(at, agreed)| agreed && self.within(at)) {
                let property = text(&kept.record, 3).as_deref() == Some("property");
                self.put("by_type", "", "conflicts_mediated", 1);
                self.put("property", "", "disputes_settled", i64::from(property));
            }
        }
        let wishes = self.written(6).len() as i64;
        self.put("by_type", "", "wishes", wishes);
        self.compounds();
    }

    /// Compounds that nobody manages, on the first day and on the last, as others say.
    fn compounds(&mut self) {
        let on = |counter: &Self, day: i64| counter.supplied("unmanaged_compounds", day);
        let (first, last) = (self.question.from_day, self.question.to_day);
        if let (Some(before), Some(after)) = (on(self, first), on(self, last)) {
            self.put_supplied("property", "unmanaged_compounds_before", before);
            self.put_supplied("property", "unmanaged_compounds_after", after);
            self.put("property", "", "unmanaged_compounds_change", after.0 - before.0);
        }
    }
}
