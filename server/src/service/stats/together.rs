//! What is done together and for the public: hazards, whistles, mediations, activities, musters, campaigns, roles.

use super::figure::Figures;
use super::sheet::Sheet;
use crate::state::StateError;
use crate::state::fact::{ActivityFact, CallFact, CampaignFact, Matter, ReportFact};
use std::collections::BTreeMap;

/// F5: hazards removed in the period; and those found in it, which are others.
pub fn hazards(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("hazards");
    let (mut rectified, mut found, mut verified) = (0, 0, 0);
    sheet.matters(Matter::HazardRectified, |fact| {
        rectified += 1;
        verified += i64::from(fact.status == "verified");
    })?;
    sheet.matters(Matter::Hazard, |_| found += 1)?;
    figures.count("rectified", rectified);
    figures.count("verified", verified);
    figures.count("found", found);
    Ok(())
}

/// F6: whistles solved in the period; and those blown in it.
pub fn whistles(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("whistles");
    let (mut solved, mut blown) = (0, 0);
    sheet.matters(Matter::WhistleSolved, |_| solved += 1)?;
    sheet.matters(Matter::Whistle, |_| blown += 1)?;
    figures.count("solved", solved);
    figures.count("blown", blown);
    Ok(())
}

/// F7: disputes about property that were settled; compounds that nobody managed, before and after.
pub fn property(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("property");
    let mut settled = 0;
    sheet.matters(Matter::MediationEnded, |fact| {
        settled += i64::from(fact.code.as_deref() == Some("property") && is_settled(&fact.status));
    })?;
    figures.count("disputes_settled", settled);
    let before = sheet.supplied("unmanaged_compounds", sheet.period.from)?;
    let after = sheet.supplied("unmanaged_compounds", sheet.period.to)?;
    if let (Some(before), Some(after)) = (before, after) {
        let change = after.value.saturating_sub(before.value);
        figures.at_least("unmanaged_compounds_before", before.value, before.at_least);
        figures.at_least("unmanaged_compounds_after", after.value, after.at_least);
        figures.count("unmanaged_compounds_change", change);
        figures.percent("unmanaged_compounds_change_rate", change, before.value);
    }
    Ok(())
}

fn is_settled(status: &str) -> bool {
    matches!(status, "agreed" | "fulfilled")
}

/// F12: what was done, by type.
pub fn by_type(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("by_type");
    let (mut solved, mut mediated, mut wishes) = (BTreeMap::<String, i64>::new(), 0, 0);
    sheet
        .known
        .each::<ReportFact>(Matter::ReportClosed, sheet.period.days(), |seen| {
            *solved.entry(seen.fact.category.unwrap_or_default()).or_default() += 1;
        })?;
    sheet.matters(Matter::MediationEnded, |fact| {
        mediated += i64::from(is_settled(&fact.status));
    })?;
    sheet.matters(Matter::Wish, |_| wishes += 1)?;
    figures.count("problems_solved", solved.values().sum());
    figures.count("conflicts_mediated", mediated);
    figures.count("wishes", wishes);
    for (category, solved) in solved {
        figures.part("category", category);
        figures.count("problems_solved", solved);
    }
    let mut activities: BTreeMap<String, Held> = BTreeMap::new();
    sheet
        .known
        .each::<ActivityFact>(Matter::Activity, sheet.period.days(), |seen| {
            let code = seen.fact.code.clone().unwrap_or_default();
            activities.entry(code).or_default().add(&seen.fact);
        })?;
    for (code, held) in activities {
        figures.part("activity", code);
        held.tell(figures);
    }
    Ok(())
}

/// Activities held.
#[derive(Default)]
struct Held {
    activities: i64,
    sessions: u64,
    attendance: u64,
}

impl Held {
    fn add(&mut self, fact: &ActivityFact) {
        self.activities += 1;
        self.sessions = self.sessions.saturating_add(fact.sessions);
        self.attendance = self.attendance.saturating_add(fact.headcount);
    }

    fn tell(&self, figures: &mut Figures) {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        figures.count("activities", self.activities);
        figures.count("sessions", number(self.sessions));
        figures.count("attendance", number(self.attendance));
    }
}

/// F13: what volunteers did, and how many there are, as far as that was supplied.
pub fn volunteers(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("volunteers");
    let mut held = Held::default();
    sheet
        .known
        .each::<ActivityFact>(Matter::Activity, sheet.period.days(), |seen| {
            if seen.fact.code.as_deref() == Some("volunteer") {
                held.add(&seen.fact);
            }
        })?;
    held.tell(figures);
    for name in [
        "volunteer_stations",
        "volunteer_teams",
        "volunteers",
        "volunteer_beneficiaries",
    ] {
        if let Some(supplied) = sheet.supplied(name, sheet.period.to)? {
            figures.at_least(name, supplied.value, supplied.at_least);
        }
    }
    Ok(())
}

/// F15: who came to a muster in time, by zone. Who could not be reached has not refused.
pub fn muster(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("muster");
    let mut zones: BTreeMap<String, Vec<CallFact>> = BTreeMap::new();
    sheet
        .known
        .each::<CallFact>(Matter::Call, sheet.period.days(), |seen| {
            let zone = seen.fact.zone.clone().unwrap_or_default();
            zones.entry(zone).or_default().push(seen.fact);
        })?;
    let all: Vec<CallFact> = zones.values().flatten().cloned().collect();
    calls(figures, &all);
    for (zone, called) in zones {
        figures.part("zone", zone);
        calls(figures, &called);
    }
    Ok(())
}

fn calls(figures: &mut Figures, called: &[CallFact]) {
    let of = |so: fn(&CallFact) -> bool| called.iter().filter(|call| so(call)).count() as i64;
    let (all, in_time) = (called.len() as i64, of(|call| call.in_time == Some(true)));
    figures.count("called", all);
    figures.count("in_time", in_time);
    figures.count("late", of(|call| call.in_time == Some(false)));
    figures.count("unreachable", of(|call| call.status == "unreachable"));
    figures.count("declined", of(|call| call.status == "declined"));
    figures.percent("in_time_rate", in_time, all);
}

/// F17: whom campaigns reached that had begun by the end of the period and were not over before it, each by itself;
/// whether enough registered, in whole numbers.
pub fn turnout(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("turnout");
    let days = sheet.period.until_its_end();
    let mut campaigns = Vec::new();
    sheet.known.each::<CampaignFact>(Matter::Campaign, days, |seen| {
        let within = sheet.period.days().contains(&seen.day);
        if within || seen.fact.status != "ended" {
            campaigns.push((seen.record, seen.fact));
        }
    })?;
    figures.count("campaigns", campaigns.len() as i64);
    campaigns.sort_by_key(|(record, _)| *record);
    for (record, fact) in campaigns {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let households = fact.households.unwrap_or(0);
        figures.part("campaign", record.to_string());
        figures.count("households", households);
        figures.count("contacted", number(fact.contacted));
        figures.count("registered", number(fact.registered));
        figures.count("declined", number(fact.declined));
        figures.percent("turnout", number(fact.registered), households);
        if let Some((of, within)) = fact.threshold {
            figures.yes_no("threshold_met", reaches(fact.registered, households, of, within));
        }
    }
    Ok(())
}

/// Whether so many are at least the share asked for: without any rounding.
fn reaches(registered: u64, households: i64, of: i64, within: i64) -> bool {
    i128::from(registered) * i128::from(within) >= i128::from(of) * i128::from(households)
}

/// What was done in which of the six roles (六大员).
pub fn roles(sheet: &Sheet, figures: &mut Figures) -> Result<(), StateError> {
    figures.of("roles");
    let mut hats: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    let days = sheet.period.days();
    for (hat, visits) in &sheet.visits()?.hats {
        hats.entry(hat.clone()).or_default().0 += visits;
    }
    for case in sheet.cases()? {
        if let Some(hat) = &case.fact.hat {
            hats.entry(hat.clone()).or_default().1 += 1;
        }
    }
    sheet.known.each::<ActivityFact>(Matter::Activity, days, |seen| {
        if let Some(hat) = seen.fact.hat {
            hats.entry(hat).or_default().2 += 1;
        }
    })?;
    for (hat, (visits, reports, activities)) in hats {
        figures.part("role_hat", hat);
        figures.count("visits", visits);
        figures.count("reports", reports);
        figures.count("activities", activities);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thirds_are_two_thirds_without_rounding_seed_s3() {
        for (registered, households, met) in [(2, 3, true), (66, 100, false), (67, 100, true), (0, 0, true)] {
            assert_eq!(
                reaches(registered, households, 2, 3),
                met,
                "{registered} of {households}"
            );
        }
        assert!(!reaches(666_666, 1_000_000, 2, 3) && reaches(666_667, 1_000_000, 2, 3));
    }
}
