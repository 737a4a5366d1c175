//! All that figures are named by: what is measured, by what it is divided. Whoever shows them has a word for each.

/// What is measured.
pub const MEASURES: [&str; 89] = [
    "activities",
    "answers",
    "assign_to_done_median",
    "assign_to_done_p90",
    "attendance",
    "banners",
    "blown",
    "called",
    "campaigns",
    "cases",
    "closed",
    "closure_rate",
    "communities",
    "community_share",
    "conflicts_mediated",
    "contacted",
    "declined",
    "departments",
    "disputes_settled",
    "done_same_day",
    "flagged",
    "flagged_share",
    "found",
    "grids",
    "hazards_overdue",
    "household_coverage",
    "households",
    "households_per_grid",
    "households_visited",
    "in_time",
    "in_time_rate",
    "items",
    "items_done",
    "late",
    "no_norm",
    "open",
    "overdue",
    "oversize",
    "patrol_coverage",
    "patrols",
    "problems_solved",
    "received",
    "rectified",
    "refused",
    "refused_off_list",
    "registered",
    "report_to_assign_median",
    "report_to_assign_p90",
    "report_to_close_median",
    "report_to_close_p90",
    "reports",
    "reports_open",
    "reports_overdue",
    "resolved",
    "resolved_in_community",
    "same_day_rate",
    "satisfied",
    "satisfied_share",
    "segments_planned",
    "segments_touched",
    "sessions",
    "solved",
    "tasks",
    "tasks_overdue",
    "threshold_met",
    "to_be_filed",
    "turnout",
    "undersize",
    "unhappy",
    "unmanaged_compounds_after",
    "unmanaged_compounds_before",
    "unmanaged_compounds_change",
    "unmanaged_compounds_change_rate",
    "unreachable",
    "unregistered_visited",
    "verified",
    "visits",
    "visits_without_household",
    "volunteer_beneficiaries",
    "volunteer_stations",
    "volunteer_teams",
    "volunteers",
    "whistles_overdue",
    "wishes",
    "withdrawn",
    "within_norm",
    "without_grid",
    "workers",
    "workers_per_grid",
];

/// Under which names figures that others gather are read.
pub const SUPPLIED: [&str; 6] = [
    "flagged_community",
    "unmanaged_compounds",
    "volunteer_stations",
    "volunteer_teams",
    "volunteers",
    "volunteer_beneficiaries",
];

/// By what figures are divided.
pub const DIVISIONS: [&str; 12] = [
    "activity",
    "area",
    "campaign",
    "category",
    "channel",
    "department",
    "department_banner",
    "grid",
    "level",
    "role_hat",
    "service_mode",
    "zone",
];

#[cfg(test)]
mod tests {
    use super::super::table::HEADER;
    use super::super::{STATISTICS, Unit};
    use super::*;
    use crate::state::fact::Matter;
    use crate::words::statistics;
    use otor_protocol::words::{Language, Words};
    use std::collections::BTreeSet;

    fn needed() -> BTreeSet<String> {
        let units = [
            Unit::Count,
            Unit::Percent,
            Unit::Ratio,
            Unit::Minutes,
            Unit::YesNo,
        ];
        let statistics = STATISTICS.iter().map(|one| ("statistic", one.id));
        let all = statistics
            .chain(MEASURES.iter().map(|name| ("measure", *name)))
            .chain(DIVISIONS.iter().map(|name| ("division", *name)))
            .chain(units.iter().map(|unit| ("unit", unit.name())))
            .chain(HEADER.iter().map(|name| ("figure", *name)))
            .chain(Matter::ALL.iter().map(|matter| ("matter", matter.name())))
            .chain(["late", "corrected"].map(|how| ("lateness", how)));
        all.map(|(sort, name)| format!("{sort}-{name}")).collect()
    }

    #[test]
    fn whatever_names_a_figure_has_a_word_in_every_language_and_no_word_is_without_a_use() {
        let needed = needed();
        for language in Language::ALL {
            let texts = statistics(language).iter().flat_map(|text| text.lines());
            let written: BTreeSet<String> = texts
                .filter_map(|line| Some(line.split_once(" = ")?.0.to_string()))
                .collect();
            let missing: Vec<_> = needed.difference(&written).collect();
            let unused: Vec<_> = written.difference(&needed).collect();
            assert!(missing.is_empty(), "{} lacks {missing:?}", language.tag());
            assert!(
                unused.is_empty(),
                "{} has, for nothing, {unused:?}",
                language.tag()
            );
            let drafts = statistics(language)
                .iter()
                .filter(|text| text.starts_with("### Draft:"));
            let words = Words::with(language, &[statistics]);
            assert_eq!(drafts.count() == 1, words.is_draft(), "{}", language.tag());
        }
    }

    #[test]
    fn the_english_words_for_statistics_are_their_titles() {
        let words = Words::with(Language::English, &[statistics]);
        for one in &STATISTICS {
            assert_eq!(
                words.find(&format!("statistic-{}", one.id)).as_deref(),
                Some(one.title)
            );
        }
    }
}
