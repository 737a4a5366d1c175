//! What people answered to surveys, grid by grid: satisfaction, whether a policy is known.

use super::place::Place;
use crate::decide::admin::reaches_place;
use crate::state::cell::PersonCell;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use serde::Serialize;
use std::collections::BTreeMap;

/// Answers that count as good.
const GOOD: [&str; 2] = ["satisfied", "aware"];

/// What was answered in one grid to one topic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tally {
    /// The code of the area in which was asked.
    pub area: String,
    /// The topic.
    pub topic: String,
    /// How many answered.
    pub answers: u64,
    /// How many gave each answer.
    pub results: BTreeMap<String, u64>,
    /// The share of good answers in percent, to one decimal.
    pub good_percent: f64,
}

/// A page of tallies.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Surveys {
    /// The tallies, by area and topic.
    pub tallies: Vec<Tally>,
    /// Where the next page begins; none at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The tallies of an area and of those that it took over, as far as an account may see them: up to `limit` after a place.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn tallies(
    view: &dyn View,
    account: &PersonCell,
    area: &AreaCode,
    after: Option<&str>,
    limit: usize,
) -> Result<Surveys, StateError> {
    let place = Place::of(view, area)?;
    let mut counted: BTreeMap<(String, String), BTreeMap<String, u64>> = BTreeMap::new();
    place.each_row(view, key::answers_under, |answer, value| {
        let (topic, result): (String, String) = read::value(answer, value)?;
        if let Some(area) = key::surveyed(answer) {
            let results = counted.entry((area.to_owned(), topic)).or_default();
            *results.entry(result).or_default() += 1;
        }
        Ok(())
    })?;
    let mut surveys = Surveys::default();
    for ((code, topic), results) in counted {
        let here = format!("{code} {topic}");
        let Ok(area) = code.parse::<AreaCode>() else {
            continue;
        };
        let is_before = after.is_some_and(|after| here.as_str() <= after);
        if is_before || !reaches_place(view, account, &area)? {
            continue;
        }
        if surveys.tallies.len() == limit {
            let last = surveys.tallies.last();
            surveys.next = last.map(|last| format!("{} {}", last.area, last.topic));
            break;
        }
        surveys.tallies.push(tally(code, topic, results));
    }
    Ok(surveys)
}

fn tally(area: String, topic: String, results: BTreeMap<String, u64>) -> Tally {
    let answers: u64 = results.values().sum();
    let good: u64 = GOOD.iter().filter_map(|result| results.get(*result)).sum();
    // Whoever is counted has answered: there is no division by nothing.
    let thousandths = (good * 1_000 + answers / 2) / answers.max(1);
    Tally {
        area,
        topic,
        answers,
        results,
        good_percent: thousandths as f64 / 10.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::admin::record::{self, NewRecord};
    use crate::test_server::{GRIDS, TestServer};
    use serde_json::json;

    #[test]
    fn each_person_asked_counts_once_in_their_grid_and_unhappy_wins() {
        let mut server = TestServer::new();
        let answers = [
            (GRIDS[0], "satisfaction", "a", "satisfied"),
            (GRIDS[0], "satisfaction", "b", "unhappy"),
            (GRIDS[0], "satisfaction", "b", "satisfied"),
            (GRIDS[0], "satisfaction", "c", "satisfied"),
            (GRIDS[0], "policy", "a", "aware"),
            (GRIDS[1], "satisfaction", "a", "neutral"),
        ];
        for (area, topic, caller, result) in answers {
            let fields = json!({"topic": topic, "caller": caller, "result": result});
            let request = NewRecord {
                kind: "evaluation".into(),
                area: area.into(),
                fields: fields.as_object().cloned().expect("fields"),
            };
            let created = server.county(move |desk, county| record::create(desk, county, &request));
            created.expect("created");
        }
        let reader = server.reader();
        let view = reader.snapshot();
        let county = read::person_by_code(&view, "county")
            .expect("readable")
            .expect("county");
        let village: AreaCode = GRIDS[0][..12].parse().expect("a village");
        let page =
            |after: Option<&str>, limit| tallies(&view, &county, &village, after, limit).expect("readable");
        let told: Vec<_> = page(None, 10)
            .tallies
            .iter()
            .map(|tally| (tally.topic.clone(), tally.answers, tally.good_percent))
            .collect();
        let expected = [
            ("policy", 1, 100.0),
            ("satisfaction", 3, 66.7),
            ("satisfaction", 1, 0.0),
        ];
        assert_eq!(
            told,
            expected.map(|(topic, answers, good)| (topic.to_owned(), answers, good))
        );
        let first = page(None, 2);
        let rest = page(first.next.as_deref(), 2);
        assert_eq!((first.tallies.len(), rest.tallies.len(), rest.next), (2, 1, None));
    }
}
