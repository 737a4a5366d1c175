//! A league's month of statistics: facts by the ten thousand on a real folder, and what it takes to reckon from them.

use super::MORNING_MS;
use super::bench::Bench;
use anyhow::ensure;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, Dot, PersonId, RecordId};
use otor_server::commit::CHECKPOINT_BYTES;
use otor_server::decide::admin::area::AreaRow;
use otor_server::service::stats::{Asked, Figure, Paged, Period, STATISTICS, report};
use otor_server::state::entry::{Act, Entry};
use otor_server::state::fact::{Fact, HouseholdFact, Matter, ReportFact, VisitFact, day_of};
use otor_server::state::{Draft, StateError, add_facts};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const DAY_MS: i64 = 86_400_000;
/// Rows of one import of areas.
const AREAS_AT_ONCE: usize = 500;
/// Commits that share one fdatasync.
const COMMITS_AT_ONCE: u64 = 4_096;

/// How large a league is. The numbers are those of the requirement: 12,000 grids, of whose workers three in ten are out
/// on a day and visit eight households each; 112 cases a day.
#[derive(Clone, Copy, Debug)]
pub struct LeagueSize {
    /// Grids, each with a worker and 40 households.
    pub grids: usize,
    /// Days.
    pub days: usize,
}

impl LeagueSize {
    /// The largest league of the requirement, for a month.
    pub const MONTH: LeagueSize = LeagueSize {
        grids: 12_000,
        days: 30,
    };

    /// Visits of the period.
    pub fn visits(self) -> usize {
        self.out() * VISITS * self.days
    }

    /// Workers who are out on a day.
    fn out(self) -> usize {
        self.grids * 3 / 10
    }

    /// Cases of a day.
    fn cases(self) -> usize {
        (112 * self.grids).div_ceil(12_000)
    }
}

/// The statistics, by name.
pub fn statistics() -> impl Iterator<Item = &'static str> {
    STATISTICS.iter().map(|statistic| statistic.id)
}

/// Digits of a banner's code.
const BANNER_DIGITS: usize = 6;
const HOUSEHOLDS: usize = 40;
const VISITS: usize = 8;

/// A league whose facts are in a table on a disk.
pub struct League {
    bench: Bench,
    size: LeagueSize,
    written: Written,
}

/// What was written, counted while it was: figures by statistic, part and measure; and who was visited.
#[derive(Default)]
struct Written {
    counts: BTreeMap<(&'static str, String, &'static str), i64>,
    visited: BTreeSet<u32>,
}

impl Written {
    fn count(&mut self, statistic: &'static str, part: &str, measure: &'static str) {
        *self
            .counts
            .entry((statistic, part.to_string(), measure))
            .or_default() += 1;
    }
}

impl League {
    /// Writes its facts, through what folding writes them by.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn load(folder: &Path, size: LeagueSize) -> anyhow::Result<League> {
        let mut bench = Bench::new(folder, MORNING_MS)?;
        let rows: Vec<AreaRow> = (0..size.grids)
            .map(|number| AreaRow {
                row: 1,
                code: grid_code(number),
                name: grid_code(number),
                level: String::new(),
            })
            .collect();
        for some in rows.chunks(AREAS_AT_ONCE) {
            bench.import(MORNING_MS, some, &[])?;
        }
        let mut league = League {
            bench,
            size,
            written: Written::default(),
        };
        for number in 0..size.grids {
            let banner = grid_code(number)[..BANNER_DIGITS].to_string();
            for _ in 0..HOUSEHOLDS {
                league.written.count("coverage", "", "households");
                league.written.count("coverage", &banner, "households");
            }
            let households = (0..HOUSEHOLDS).map(|at| league.household(number, at));
            let facts = households.collect::<anyhow::Result<Vec<_>>>()?;
            league.commit(&facts, &[])?;
        }
        for day in 0..size.days {
            league.day(day)?;
        }
        league.bench.persist()?;
        league.bench.checkpoint()?;
        Ok(league)
    }

    fn day(&mut self, day: usize) -> anyhow::Result<()> {
        let size = self.size;
        let at_ms = MORNING_MS + day as i64 * DAY_MS;
        for place in 0..size.out() {
            let number = (place * 10 / 3 + day) % size.grids;
            let banner = grid_code(number)[..BANNER_DIGITS].to_string();
            let visits = (0..VISITS).map(|visit| {
                let household = (day * VISITS + visit) % HOUSEHOLDS;
                self.written.visited.insert(household_number(number, household));
                self.written.count("coverage", "", "visits");
                self.written.count("coverage", &banner, "visits");
                let said = VisitFact {
                    household: household_number(number, household),
                    hat: None,
                };
                let seq = (1_000 + day * VISITS + visit) as u64;
                fact(Matter::Visit, at_ms, number, seq, &said)
            });
            let visits = visits.collect::<anyhow::Result<Vec<_>>>()?;
            self.commit(&visits, &[])?;
        }
        for case in 0..size.cases() {
            self.case(day, case, at_ms)?;
        }
        Ok(())
    }

    /// A case, from its finding to its closing two days later, a commit a step.
    fn case(&mut self, day: usize, case: usize, at_ms: i64) -> anyhow::Result<()> {
        let number = (case * 97 + day * 31) % self.size.grids;
        let seq = (100_000 + day) as u64;
        let mut said = ReportFact {
            received_ms: at_ms,
            status: "reported".into(),
            category: Some(["pipe", "road", "noise", "waste"][case % 4].into()),
            channel: Some(["appeal", "four_micro", "online_chain", "hotline"][case % 4].into()),
            level: "grid".into(),
            round: 1,
            ..ReportFact::default()
        };
        let statistic = ["appeals", "micro_governance", "disputes", "same_day"][case % 4];
        let channel = said.channel.clone().unwrap_or_default();
        let is_closed = !case.is_multiple_of(10);
        for (statistic, part) in [(statistic, ""), ("matters", ""), ("closure", channel.as_str())] {
            self.written.count(statistic, part, "received");
            if is_closed && statistic != "same_day" {
                self.written.count(statistic, part, "closed");
            }
        }
        let received = fact(Matter::Report, at_ms, number, seq, &said)?;
        self.commit(std::slice::from_ref(&received), &[])?;
        (said.status, said.assigned_ms) = ("assigned".into(), Some(at_ms + DAY_MS / 24));
        let assigned = fact(Matter::Report, at_ms, number, seq, &said)?;
        self.commit(std::slice::from_ref(&assigned), std::slice::from_ref(&received))?;
        if is_closed {
            let closed_ms = at_ms + 2 * DAY_MS;
            (said.status, said.closed_ms) = ("closed".into(), Some(closed_ms));
            let closed = fact(Matter::Report, at_ms, number, seq, &said)?;
            let ended = fact(Matter::ReportClosed, closed_ms, number, seq, &said)?;
            self.commit(&[closed, ended], std::slice::from_ref(&assigned))?;
        }
        Ok(())
    }

    fn household(&self, number: usize, at: usize) -> anyhow::Result<(RecordId, Fact)> {
        let said = HouseholdFact {
            household: household_number(number, at),
        };
        fact(
            Matter::Household,
            MORNING_MS - DAY_MS,
            number,
            at as u64 + 1,
            &said,
        )
    }

    /// A commit that makes facts known, in place of others about the same records.
    fn commit(&mut self, new: &[(RecordId, Fact)], old: &[(RecordId, Fact)]) -> anyhow::Result<()> {
        let engine = &mut self.bench.engine;
        let commit = engine.next_commit();
        let mut draft = Draft::new(engine.pending_view());
        let mut rest = new;
        while let Some((id, _)) = rest.first() {
            let own = rest.iter().take_while(|(other, _)| other == id).count();
            let facts: Vec<Fact> = rest[..own].iter().map(|(_, fact)| fact.clone()).collect();
            let before: Vec<Fact> = old
                .iter()
                .filter(|(other, _)| other == id)
                .map(|(_, fact)| fact.clone())
                .collect();
            let before = (!before.is_empty()).then_some(before.as_slice());
            add_facts(&mut draft, commit, *id, before, &facts)?;
            rest = &rest[own..];
        }
        let writes = draft.into_written()?;
        let entry = Entry {
            at_ms: MORNING_MS,
            act: Act::Persons(Vec::new()),
            answer: None,
            derived: Vec::new(),
            by: None,
        };
        engine.stage_mended(entry.encode(), writes)?;
        if commit.is_multiple_of(COMMITS_AT_ONCE) {
            engine.persist()?;
            if engine.dirty_bytes() > CHECKPOINT_BYTES {
                engine.checkpoint()?;
            }
        }
        Ok(())
    }

    /// Reckons statistics of an area, or of the league, over the whole period.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn reckon(&self, area: Option<&str>, statistics: &[&str]) -> Result<Vec<Figure>, StateError> {
        let first = day_of(MORNING_MS);
        let asked = Asked {
            area: area.and_then(|area| area.parse().ok()),
            period: Period {
                from: first,
                to: first + self.size.days as u32 - 1,
            },
            cut_off: self.bench.reader.published(),
            statistics: statistics.iter().map(|name| (*name).to_string()).collect(),
            by_grid: false,
        };
        Ok(report(&Paged(self.bench.reader.clone()), &asked)?.figures)
    }

    /// Fails unless the figures are what was written, of the league and of each banner.
    ///
    /// # Errors
    /// If one is not.
    pub fn check(&self) -> anyhow::Result<()> {
        let figures = self.reckon(Some("1522"), &[])?;
        let told: BTreeMap<_, _> = figures
            .iter()
            .map(|figure| {
                let part = figure.group.clone().unwrap_or_default();
                let value = figure.value.map(|value| value.to_string());
                ((figure.statistic, part, figure.measure), value)
            })
            .collect();
        let mut written = self.written.counts.clone();
        let visited = self.written.visited.len() as i64;
        written.insert(("coverage", String::new(), "households_visited"), visited);
        for (name, count) in &written {
            let told = told.get(name).cloned().flatten();
            ensure!(
                told == Some(count.to_string()),
                "{name:?} is told as {told:?}, and {count} were written"
            );
        }
        ensure!(
            written.get(&("coverage", String::new(), "visits")) == Some(&(self.size.visits() as i64)),
            "not all visits were written"
        );
        Ok(())
    }
}

fn fact<T: Serialize>(
    matter: Matter,
    at_ms: i64,
    number: usize,
    seq: u64,
    said: &T,
) -> anyhow::Result<(RecordId, Fact)> {
    let area: AreaCode = grid_code(number).parse()?;
    let actor = ActorId(PersonId(number as u32 + 10).0);
    let fact = Fact::new(matter, at_ms, area, said);
    Ok((RecordId(Dot::new(actor, seq)), fact))
}

fn household_number(number: usize, at: usize) -> u32 {
    // A league has fewer households than numbers.
    (number * HOUSEHOLDS + at + 1) as u32
}

/// Twelve grids a village, 170 villages a banner: six banners of a league.
fn grid_code(number: usize) -> String {
    let (village, grid) = (number / 12, number % 12);
    let (banner, village) = (village / 170, village % 170);
    format!(
        "1522{:02}{:03}{:03}{:03}",
        banner + 1,
        village / 17 + 1,
        village % 17 + 1,
        grid + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_league_s_figures_are_what_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let size = LeagueSize { grids: 40, days: 3 };
        let league = League::load(folder.path(), size).expect("loaded");
        league.check().expect("as written");
    }
}
