//! Whether an expectation names only what the trace has defined.

use super::Checker;
use crate::trace::expect::{DeviceCheck, Expect, RecordCheck, RecordsCheck};
use otor_protocol::lifecycle::derived_names;

impl Checker<'_> {
    /// Checks an expectation.
    pub(super) fn expect(&self, expect: &Expect) -> Result<(), String> {
        match expect {
            Expect::Record(check) => self.record_check(check),
            Expect::Records(check) => self.records_check(check),
            Expect::Device { device, check } => {
                self.known_device(device)?;
                match check {
                    DeviceCheck::Holds(records) | DeviceCheck::Lacks(records) => records
                        .iter()
                        .try_for_each(|record| self.kind_of(record).map(|_| ())),
                    DeviceCheck::View(check) => self.record_check(check),
                    DeviceCheck::Lists(check) => check
                        .records()
                        .try_for_each(|record| self.kind_of(record).map(|_| ())),
                    DeviceCheck::Outbox(_) | DeviceCheck::Tray(_) => Ok(()),
                }
            }
            Expect::Receipt(check) => self.kind_of(&check.record).map(|_| ()),
            Expect::Quarantined(_) | Expect::Parked(_) | Expect::Converged(_) => Ok(()),
        }
    }

    fn record_check(&self, check: &RecordCheck) -> Result<(), String> {
        self.kind_of(&check.record)?;
        if check.fields.is_empty() && check.contains.is_empty() {
            return Err(format!(
                "nothing is expected of {}: add fields or contains",
                check.record
            ));
        }
        Ok(())
    }

    fn records_check(&self, check: &RecordsCheck) -> Result<(), String> {
        let content = self.content(&check.kind)?;
        check
            .distinct
            .as_deref()
            .filter(|field| !derived_names(content.kind.life_cycle).contains(field))
            .map_or(Ok(()), |field| content.field(field).map(|_| ()))?;
        check
            .area
            .as_deref()
            .map_or(Ok(()), |code| self.known_area(code))?;
        if check.count.is_none() && check.at_least.is_none() && check.at_most.is_none() {
            return Err("no number of records is expected: add count, at_least or at_most".into());
        }
        Ok(())
    }
}
