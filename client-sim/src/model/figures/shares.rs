//! Shares and ratios, from the sums that they are of, rounded as people round.

use super::counter::Sums;
use super::{Counted, PART, WHOLE};

/// Every share: its name, its part, its whole, of how much, to how many places.
const SHARES: [(&str, &str, &str, i64, usize); 12] = [
    ("closure_rate", "closed", "received", 100, 1),
    ("community_share", "resolved_in_community", "resolved", 100, 1),
    ("same_day_rate", "done_same_day", "received", 100, 1),
    ("flagged_share", "flagged", "communities", 100, 1),
    ("workers_per_grid", "workers", "grids", 1, 2),
    ("households_per_grid", "households", "grids", 1, 1),
    ("household_coverage", "households_visited", "households", 100, 1),
    ("patrol_coverage", "segments_touched", "segments_planned", 100, 1),
    ("in_time_rate", "in_time", "called", 100, 1),
    ("turnout", "registered", "households", 100, 1),
    ("satisfied_share", "satisfied", "answers", 100, 1),
    (
        "unmanaged_compounds_change_rate",
        "unmanaged_compounds_change",
        "unmanaged_compounds_before",
        100,
        1,
    ),
];

/// In which statistics each share is told.
fn is_told(statistic: &str, share: &str) -> bool {
    match share {
        "closure_rate" => matches!(
            statistic,
            "appeals" | "micro_governance" | "disputes" | "matters" | "closure"
        ),
        "community_share" => statistic == "community_share",
        "same_day_rate" => statistic == "same_day",
        "flagged_share" => statistic == "flagged_communities",
        "workers_per_grid" | "households_per_grid" => statistic == "grid_norm",
        "household_coverage" | "patrol_coverage" => statistic == "coverage",
        "in_time_rate" => statistic == "muster",
        "turnout" => statistic == "turnout",
        "satisfied_share" => statistic == "satisfaction",
        _ => statistic == "property",
    }
}

/// All shares of some sums; none where there is nothing that they could be of.
pub(super) fn shares(sums: &Sums) -> Counted {
    let mut told = Counted::new();
    for ((statistic, group, measure), whole) in sums {
        for (share, part, of, times, places) in SHARES {
            if measure != of || *whole <= 0 || !is_told(statistic, share) {
                continue;
            }
            let part = (statistic.clone(), group.clone(), part.to_string());
            let part = sums.get(&part).copied().unwrap_or(0);
            for (suffix, value) in [
                ("", rounded(part * times, *whole, places)),
                (PART, part.to_string()),
                (WHOLE, whole.to_string()),
            ] {
                let name = (statistic.clone(), group.clone(), format!("{share}{suffix}"));
                told.insert(name, value);
            }
        }
    }
    told
}

/// A quotient to so many places, a half going away from nought.
fn rounded(part: i64, whole: i64, places: usize) -> String {
    let scale = 10i64.pow(places as u32);
    let mut units = part.abs() * scale / whole;
    if (part.abs() * scale % whole) * 2 >= whole {
        units += 1;
    }
    let sign = if part < 0 && units > 0 { "-" } else { "" };
    format!("{sign}{}.{:0places$}", units / scale, units % scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_nought() {
        assert_eq!(rounded(30_100, 1_005, 1), "30.0");
        assert_eq!(rounded(-7_200, 121, 1), "-59.5");
        assert_eq!(rounded(1_509, 1_402, 2), "1.08");
        assert_eq!(rounded(1, 2_000, 1), "0.0");
        assert_eq!(rounded(100, 2_000, 1), "0.1");
    }
}
