//! Intake and closure: what was received, what became of it, how long it took, on time or not.

use super::cases::{Case, Closure};
use super::figure::Figures;
use super::sheet::Sheet;
use crate::state::StateError;
use crate::state::fact::{Matter, ReportFact, TaskFact, day_of};
use otor_protocol::ids::RecordId;
use std::collections::{BTreeMap, BTreeSet};

/// Digits of a banner's or county's code.
pub const COUNTY_DIGITS: usize = 6;
/// So few answers are not told apart: they could be traced to who gave them.
pub const ANSWERS_LEAST: i64 = 5;
/// How work is done for residents: directly, with help, by proxy (直办、帮办、代办).
const SERVICE_MODES: [&str; 3] = ["direct", "helped", "proxy"];

/// F1 to F4: reports of some channels, or all.
pub fn intake(
    sheet: &Sheet,
    figures: &mut Figures,
    statistic: &'static str,
    channels: &[&str],
) -> Result<(), StateError> {
    figures.of(statistic);
    let of_channel = |case: &&Case| {
        let channel = case.fact.channel.as_deref();
        channels.is_empty() || channel.is_some_and(|channel| channels.contains(&channel))
    };
    let cases: Vec<&Case> = sheet.cases()?.iter().filter(of_channel).collect();
    tell(figures, &cases);
    let roots: BTreeSet<RecordId> = cases.iter().map(|case| case.root).collect();
    figures.count("cases", roots.len() as i64);
    Ok(())
}

fn tell(figures: &mut Figures, cases: &[&Case]) {
    let sum = Closure::of(cases.iter().copied());
    figures.count("received", sum.received);
    figures.count("closed", sum.closed);
    figures.count("open", sum.open);
    figures.count("withdrawn", sum.withdrawn);
    figures.percent("closure_rate", sum.closed, sum.received);
}

/// Closure by category, level, channel, department, part of the area and, if it is asked for, grid.
pub fn closure(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("closure");
    let cases = sheet.cases()?;
    tell(figures, &cases.iter().collect::<Vec<_>>());
    type Named = fn(&Case) -> Option<&str>;
    let named: [(&'static str, Named); 4] = [
        ("category", |case| case.fact.category.as_deref()),
        ("level", |case| Some(&case.fact.level)),
        ("channel", |case| case.fact.channel.as_deref()),
        ("department", |case| case.fact.department.as_deref()),
    ];
    for (by, name) in named {
        let group = |case: &Case| name(case).unwrap_or("").to_string();
        divided(figures, by, cases, group);
    }
    divided(figures, "area", cases, |case| sheet.part(&case.area));
    if sheet.by_grid {
        divided(figures, "grid", cases, |case| sheet.grid(&case.area));
    }
    Ok(())
}

fn divided(figures: &mut Figures, by: &'static str, cases: &[Case], group: impl Fn(&Case) -> String) {
    let mut groups: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        groups.entry(group(case)).or_default().push(case);
    }
    for (group, cases) in groups {
        figures.part(by, group);
        tell(figures, &cases);
    }
}

/// F8: of what was closed in the period, how much did not leave the community.
pub fn community_share(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("community_share");
    let (mut resolved, mut there) = (0, 0);
    sheet
        .known
        .each::<ReportFact>(Matter::ReportClosed, sheet.period.days(), |seen| {
            resolved += 1;
            there += i64::from(matches!(seen.fact.level.as_str(), "grid" | "village"));
        })?;
    figures.count("resolved", resolved);
    figures.count("resolved_in_community", there);
    figures.percent("community_share", there, resolved);
    Ok(())
}

/// F9: service items, by how they are done.
pub fn service_items(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("service_items");
    let of_mode = |mode: &'static str| {
        let cases = sheet.cases()?.iter();
        Ok::<_, StateError>(cases.filter(move |case| case.fact.service_mode.as_deref() == Some(mode)))
    };
    let (mut items, mut done) = (0, 0);
    for mode in SERVICE_MODES {
        let sum = Closure::of(of_mode(mode)?);
        items += sum.received;
        done += sum.closed;
    }
    figures.count("items", items);
    figures.count("items_done", done);
    for mode in SERVICE_MODES {
        figures.part("service_mode", mode);
        let sum = Closure::of(of_mode(mode)?);
        figures.count("items", sum.received);
        figures.count("items_done", sum.closed);
    }
    Ok(())
}

/// F14: departments against banners.
pub fn responsibility(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("responsibility");
    let known = &sheet.known;
    let area = known.area.as_ref();
    let rules = sheet.rules()?;
    let mut departments: BTreeSet<String> = rules.departments.into_iter().map(|one| one.code).collect();
    let mut banners: BTreeSet<String> = known
        .tree
        .living_of(area, COUNTY_DIGITS)
        .into_iter()
        .map(|cell| cell.code.to_string())
        .collect();
    let mut cells: BTreeMap<(String, String), Vec<&Case>> = BTreeMap::new();
    for case in sheet.cases()? {
        if let Some(department) = &case.fact.department {
            let banner = known.tree.at_depth(area, &case.area, COUNTY_DIGITS).to_string();
            departments.insert(department.clone());
            banners.insert(banner.clone());
            cells.entry((department.clone(), banner)).or_default().push(case);
        }
    }
    figures.count("departments", departments.len() as i64);
    figures.count("banners", banners.len() as i64);
    for department in &departments {
        for banner in &banners {
            let place = (department.clone(), banner.clone());
            let sum = Closure::of(cells.get(&place).into_iter().flatten().copied());
            figures.part("department_banner", format!("{department}/{banner}"));
            figures.count("received", sum.received);
            figures.count("closed", sum.closed);
            figures.count("open", sum.open);
            figures.count("overdue", sum.overdue);
        }
    }
    Ok(())
}

/// F16: what came by hotline and was done on the same day.
pub fn same_day(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("same_day");
    let (mut received, mut on_the_day) = (0, 0);
    for case in sheet.cases()? {
        if case.fact.channel.as_deref() == Some("hotline") {
            received += 1;
            let closed = case.fact.closed_ms.map(day_of);
            on_the_day += i64::from(closed == Some(day_of(case.fact.received_ms)));
        }
    }
    figures.count("received", received);
    figures.count("done_same_day", on_the_day);
    figures.percent("same_day_rate", on_the_day, received);
    Ok(())
}

/// How long things take: of reports received and tasks given in the period.
pub fn durations(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("durations");
    let since = |from: i64, to: Option<i64>| to.map(|to| to.saturating_sub(from).max(0));
    let cases = sheet.cases()?;
    let of = |moment: fn(&ReportFact) -> Option<i64>| {
        let times = cases
            .iter()
            .filter_map(|case| since(case.fact.received_ms, moment(&case.fact)));
        times.collect::<Vec<i64>>()
    };
    figures.durations(
        "report_to_assign_median",
        "report_to_assign_p90",
        of(|fact| fact.assigned_ms),
    );
    let tasks = sheet.tasks()?.iter();
    let done = tasks.filter_map(|task| since(task.issued_ms, task.done_ms));
    figures.durations("assign_to_done_median", "assign_to_done_p90", done.collect());
    figures.durations(
        "report_to_close_median",
        "report_to_close_p90",
        of(|fact| fact.closed_ms),
    );
    Ok(())
}

/// What was not in time, of what began in the period.
pub fn overdue(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("overdue");
    let sum = Closure::of(sheet.cases()?.iter());
    figures.count("reports_open", sum.open);
    figures.count("reports_overdue", sum.overdue);
    let tasks = sheet.tasks()?;
    let late = tasks.iter().filter(|task| task.overdue).count();
    figures.count("tasks", tasks.len() as i64);
    figures.count("tasks_overdue", late as i64);
    for (matter, measure) in [
        (Matter::Hazard, "hazards_overdue"),
        (Matter::Whistle, "whistles_overdue"),
    ] {
        let mut late = 0;
        sheet.matters(matter, |fact| late += i64::from(fact.overdue))?;
        figures.count(measure, late);
    }
    Ok(())
}

/// Tasks that their assignees refuse because they are not on the list of duties.
pub fn refusals(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("refusals");
    let tasks = sheet.tasks()?;
    let of = |refused: fn(&TaskFact) -> bool| tasks.iter().filter(|task| refused(task)).count() as i64;
    figures.count("tasks", tasks.len() as i64);
    figures.count("refused", of(|task| task.status == "refused"));
    figures.count("refused_off_list", of(|task| task.off_list));
    Ok(())
}

/// What callers said of the end of their cases, by part of the area: never of a few.
pub fn satisfaction(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("satisfaction");
    let mut groups: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    let mut all = (0, 0, 0);
    for case in sheet.cases()? {
        let (good, neutral, bad) = case.fact.said;
        for sum in [&mut all, groups.entry(sheet.part(&case.area)).or_default()] {
            sum.0 += i64::from(good);
            sum.1 += i64::from(neutral);
            sum.2 += i64::from(bad);
        }
    }
    tell_answers(figures, all);
    for (group, sums) in groups {
        figures.part("area", group);
        tell_answers(figures, sums);
    }
    Ok(())
}

fn tell_answers(figures: &mut Figures, (good, neutral, bad): (i64, i64, i64)) {
    let answers = good + neutral + bad;
    figures.count_of_enough("answers", answers, answers, ANSWERS_LEAST);
    figures.count_of_enough("satisfied", good, answers, ANSWERS_LEAST);
    figures.count_of_enough("unhappy", bad, answers, ANSWERS_LEAST);
    if answers >= ANSWERS_LEAST {
        figures.percent("satisfied_share", good, answers);
    }
}
