//! Statistics are what counting by hand gives: of several areas and periods, as known after several commits.

use crate::model::History;
use crate::model::figures::{Counted, Question, count};
use std::collections::BTreeSet;

/// One line for every figure that is otherwise. `told` are the server's answers.
pub fn statistics(history: &History, told: &[(Question, Counted)]) -> Vec<String> {
    let mut found = Vec::new();
    for (question, told) in told {
        let counted = count(history, question);
        let measures: BTreeSet<(&str, &str)> = counted
            .keys()
            .map(|(statistic, _, measure)| (statistic.as_str(), measure.as_str()))
            .collect();
        let names: BTreeSet<_> = told.keys().chain(counted.keys()).collect();
        for name in names {
            let (statistic, group, measure) = name;
            let divided = match group.split_once(':') {
                Some((by, _)) => matches!(by, "channel" | "category" | "level" | "activity"),
                None => true,
            };
            let is_counted = measures.contains(&(statistic.as_str(), measure.as_str()));
            // What is divided otherwise is not counted here, nor is what was solved by category.
            if !is_counted || !divided || (statistic == "by_type" && group.starts_with("category:")) {
                continue;
            }
            let (is, should) = (told.get(name), counted.get(name));
            if is.copied().unwrap_or(0) != should.copied().unwrap_or(0) {
                found.push(format!(
                    "{statistic} {group} {measure} is told as {is:?} and counted as {should:?}: {question:?}"
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_nothing_accounts_for_is_told() {
        let question = Question {
            area: String::new(),
            from_day: 0,
            to_day: 40_000,
            cut_off: 9,
        };
        let told = |statistic: &str, measure: &str| {
            let name = (statistic.to_string(), String::new(), measure.to_string());
            let told = [(question.clone(), Counted::from([(name, 1)]))];
            statistics(&History::default(), &told).len()
        };
        assert_eq!(told("matters", "received"), 1);
        assert_eq!(told("coverage", "visits"), 1);
        assert_eq!(
            told("property", "disputes_settled"),
            0,
            "the reference does not count it"
        );
    }
}
