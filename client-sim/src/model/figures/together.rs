//! Musters and campaigns, by counting.

use super::counter::Counter;
use super::{day, is_marked, number, text, told};
use otor_protocol::catalogue::built_in::together::alert;
use otor_protocol::op::FieldId;

impl Counter<'_> {
    /// Everybody called, of the whole and by zone.
    pub(super) fn musters(&mut self) {
        for kept in self.written(14) {
            let record = &kept.record;
            if !record.values.contains_key(&alert::MUSTER) {
                continue;
            }
            let zone = text(record, 7).unwrap_or_default();
            for group in [String::new(), format!("zone:{zone}")] {
                let said = |status: &str| i64::from(record.status() == Some(status));
                self.put("muster", &group, "called", 1);
                self.put(
                    "muster",
                    &group,
                    "in_time",
                    i64::from(is_marked(record, "in_time")),
                );
                self.put("muster", &group, "late", i64::from(is_marked(record, "late")));
                self.put("muster", &group, "unreachable", said("unreachable"));
                self.put("muster", &group, "declined", said("declined"));
            }
        }
    }

    /// Each campaign of the period, or older and not ended.
    pub(super) fn campaigns(&mut self) {
        for kept in self.of_kind(13) {
            let record = &kept.record;
            let goes_on = record.status() != Some("ended") && day(kept.at_ms) <= self.question.to_day;
            if !self.within(kept.at_ms) && !goes_on {
                continue;
            }
            let group = format!("campaign:{}", kept.id);
            let (households, registered) = (number(record, 5).unwrap_or(0), told(record, "registered"));
            self.put("turnout", "", "campaigns", 1);
            self.put("turnout", &group, "households", households);
            self.put("turnout", &group, "contacted", told(record, "contacted"));
            self.put("turnout", &group, "registered", registered);
            self.put("turnout", &group, "declined", told(record, "declined"));
            let share = |field: u16| record.values.get(&FieldId(field)).and_then(|one| one.as_int());
            if let (Some(of), Some(within)) = (share(6), share(7)) {
                let met =
                    i128::from(registered) * i128::from(within) >= i128::from(of) * i128::from(households);
                self.put("turnout", &group, "threshold_met", i64::from(met));
            }
        }
    }
}
