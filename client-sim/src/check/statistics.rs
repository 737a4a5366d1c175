//! Statistics are what counting by hand gives: every figure of several areas and periods, as known after several commits.

use crate::model::History;
use crate::model::figures::{Counted, Known, Question};
use std::collections::{BTreeMap, BTreeSet};

/// One line for every figure that is otherwise. `told` are the server's answers.
pub fn statistics(history: &History, told: &[(Question, Counted)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut by_cut_off: BTreeMap<u64, Vec<&(Question, Counted)>> = BTreeMap::new();
    for answer in told {
        by_cut_off.entry(answer.0.cut_off).or_default().push(answer);
    }
    for (cut_off, answers) in by_cut_off {
        let known = Known::after(history, cut_off);
        for (question, told) in answers {
            let counted = known.count(question);
            let names: BTreeSet<_> = told.keys().chain(counted.keys()).collect();
            for name in names {
                let (is, should) = (value(told, name), value(&counted, name));
                if is != should {
                    let (statistic, group, measure) = name;
                    found.push(format!(
                        "{statistic} {group} {measure} is told as {is} and counted as {should}: {question:?}"
                    ));
                }
            }
        }
    }
    found
}

/// What is not told of a part is nought.
fn value<'a>(figures: &'a Counted, name: &(String, String, String)) -> &'a str {
    figures.get(name).map_or("0", String::as_str)
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
            let told = [(question.clone(), Counted::from([(name, "1".into())]))];
            statistics(&History::default(), &told).len()
        };
        assert_eq!(told("matters", "received"), 1);
        assert_eq!(told("coverage", "visits"), 1);
        assert_eq!(told("property", "disputes_settled"), 1);
        assert_eq!(told("a statistic that nobody knows", "anything"), 1);
    }
}
