//! What the statistics of a server in this process tell, of several areas, periods and commits.

use super::LocalServer;
use crate::model::History;
use crate::model::figures::{AT_LEAST, Counted, PART, Question, WHOLE};
use otor_server::service::stats::{Asked, Figure, Paged, Period, report};
use otor_server::state::cell::AreaCell;
use otor_server::state::{key, read};
use std::collections::BTreeSet;

/// Most areas asked for.
const AREAS_MAX: usize = 24;

const CHINA_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

impl LocalServer {
    /// Its answers to some questions.
    pub(super) fn statistics(&self, history: &History) -> anyhow::Result<Vec<(Question, Counted)>> {
        let paged = Paged(self.reader()?);
        let (Some(first), Some(last)) = (history.commits.first(), history.commits.last()) else {
            return Ok(Vec::new());
        };
        let day = |ms: i64| (ms + CHINA_MS).div_euclid(DAY_MS);
        let (from, to) = (day(first.at_ms) - 1, day(last.at_ms) + 1);
        let middle = from + (to - from) / 2;
        let mut answers = Vec::new();
        for (area, place) in self.areas_asked(&paged)?.into_iter().zip(0i64..) {
            // The whole of it, and a day of it as known after a commit in between.
            let between = last.number * (place as u64 % 4 + 1) / 5;
            for (from_day, to_day, cut_off) in [
                (from, to, last.number),
                (middle, middle, last.number),
                (from, to, between),
            ] {
                let question = Question {
                    area: area.clone(),
                    from_day,
                    to_day,
                    cut_off,
                };
                let asked = Asked {
                    area: area.parse().ok(),
                    period: Period {
                        from: u32::try_from(from_day)?,
                        to: u32::try_from(to_day)?,
                    },
                    cut_off,
                    statistics: Vec::new(),
                    by_grid: true,
                };
                let figures = report(&paged, &asked)?.figures;
                answers.push((question, counted(&figures)));
            }
        }
        Ok(answers)
    }

    /// The whole tree, and some areas of each level, ended ones among them.
    fn areas_asked(&self, paged: &Paged) -> anyhow::Result<Vec<String>> {
        let areas = read::under::<AreaCell>(paged, &key::areas_under(""))?;
        let mut asked: BTreeSet<String> = BTreeSet::from([String::new()]);
        let reshaped = areas
            .iter()
            .filter(|(_, cell)| cell.retired.is_some() || !cell.follows.is_empty());
        let every = areas.iter().step_by(areas.len().div_ceil(AREAS_MAX / 2).max(1));
        for (_, cell) in reshaped.take(AREAS_MAX / 3).chain(every) {
            let code = cell.code.as_str();
            asked.insert(code.to_string());
            asked.extend(cell.code.parent().map(|code| code.to_string()));
        }
        Ok(asked.into_iter().take(AREAS_MAX).collect())
    }
}

/// Each figure that has a value; and what it is of, and whether it may be more, as figures of their own.
fn counted(figures: &[Figure]) -> Counted {
    let told = figures.iter().filter(|figure| figure.value.is_some());
    let told = told.flat_map(|figure| {
        let group = match (figure.by, &figure.group) {
            (Some(by), Some(group)) => format!("{by}:{group}"),
            _ => String::new(),
        };
        let beside = [
            ("", figure.value.map(|value| value.to_string())),
            (PART, figure.part.map(|part| part.to_string())),
            (WHOLE, figure.whole.map(|whole| whole.to_string())),
            (AT_LEAST, figure.at_least.then(|| "1".to_string())),
        ];
        beside.into_iter().filter_map(move |(suffix, value)| {
            let measure = format!("{}{suffix}", figure.measure);
            Some(((figure.statistic.to_string(), group.clone(), measure), value?))
        })
    });
    told.collect()
}
