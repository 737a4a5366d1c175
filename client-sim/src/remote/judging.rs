//! Phones and server brought to agree, compared, and reported.

use super::runner::Runner;
use super::station::Station;
use crate::check::{self, Checked};
use crate::device::{Phone, PhoneStorage};
use crate::replay::centre::Centre;
use crate::replay::conclusion::{Notes, conclude};
use crate::replay::expect::by_id;
use crate::replay::report::Report;
use crate::trace::{LinkChange, Sync};
use std::collections::BTreeMap;
use std::sync::MutexGuard;

impl Runner {
    /// Lets every phone have its usual link and synchronise until all agree with the server, at most `ms`
    /// milliseconds of virtual time; round by round, since what one brings another may have to fetch. Whether
    /// that came about.
    ///
    /// # Errors
    /// If the centre does not answer.
    pub fn settle(&mut self, ms: u64) -> anyhow::Result<bool> {
        let end_us = self
            .timeline
            .pace()
            .now_us()
            .saturating_add(ms.saturating_mul(1_000));
        let runtime = self.runtime.handle().clone();
        for station in self.stations.values_mut().filter(|station| station.is_dark()) {
            station.set_link(&LinkChange::Up)?;
        }
        loop {
            for station in self.stations.values_mut() {
                station.begin_sync(
                    &runtime,
                    Sync {
                        until_done: true,
                        ..Default::default()
                    },
                );
            }
            let left_ms = end_us.saturating_sub(self.timeline.pace().now_us()) / 1_000;
            let ended = self.wait_for_syncs(left_ms);
            if ended && self.differences()?.is_empty() {
                return Ok(true);
            }
            if !ended || left_ms == 0 {
                return Ok(false);
            }
        }
    }

    /// Where phones and server differ, a line each.
    ///
    /// # Errors
    /// If the centre does not answer.
    pub fn differences(&mut self) -> anyhow::Result<Vec<String>> {
        let rows = by_id(self.centre.rows()?);
        let phones = held(&self.stations);
        Ok(check::differences(&checked(&phones), &rows, &self.book))
    }

    /// Checks everything and reports, as it stands now.
    ///
    /// # Errors
    /// If the centre does not answer.
    pub fn report(&mut self, name: &str) -> anyhow::Result<Report> {
        let pulled = self.conclude_pulls()?;
        let notes = Notes {
            trace: name,
            seed: self.options.seed,
            failures: &self.failures,
            written: &self.written,
            others: &self.others,
            book: &self.book,
            watch: None,
            pulled: &pulled,
        };
        let phones = held(&self.stations);
        let traffic = phones
            .iter()
            .map(|phone| (phone.name.clone(), phone.statistics))
            .collect::<Vec<_>>();
        let mut report = conclude(&notes, &mut self.centre, &checked(&phones), traffic)?;
        drop(phones);
        if !report.converged {
            report
                .differences
                .extend(self.stations.iter().filter_map(|(name, station)| {
                    Some(format!(
                        "{name}: the last attempt ended so: {}",
                        station.last_ending()?
                    ))
                }));
        }
        Ok(report)
    }
}

/// All phones, none of which does anything meanwhile.
pub(super) fn held(stations: &BTreeMap<String, Station>) -> Vec<MutexGuard<'_, Phone>> {
    stations.values().map(Station::phone).collect()
}

/// Phones under check: those whose process runs.
pub(super) fn checked<'a>(phones: &'a [MutexGuard<'_, Phone>]) -> Vec<Checked<'a, PhoneStorage>> {
    let running = phones.iter().filter_map(|phone| {
        Some(Checked {
            name: &phone.name,
            worker: &phone.worker,
            replica: phone.replica()?,
        })
    });
    running.collect()
}
