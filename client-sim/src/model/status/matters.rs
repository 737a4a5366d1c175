//! Wishes, hazards and mediations.

use super::{Life, round};
use crate::model::{Event, Expected};
use otor_protocol::catalogue::built_in::matters::{hazard, mediation, wish as of_wish};
use otor_protocol::ids::PersonId;
use otor_protocol::op::EventId;
use otor_protocol::stamp::Stamp;
use std::collections::BTreeSet;

/// Delivered beats everything; a lapse stands unless somebody had claimed the wish before it and still does.
pub(super) fn wish(record: &Expected) -> Life {
    let authors: BTreeSet<PersonId> = record.events.iter().map(|event| event.author).collect();
    let claims: Vec<(PersonId, Stamp)> = authors
        .into_iter()
        .filter_map(|person| Some((person, claimed_since(record, person)?)))
        .collect();
    let lapses = record.said(of_wish::LAPSE);
    let unclaimed_at = |lapse: &&&Event| claims.iter().all(|(_, since)| *since > lapse.stamp);
    let lapsed = lapses.iter().any(|lapse| unclaimed_at(&lapse));
    let delivered = record.happened(of_wish::DELIVER);
    let status = match () {
        () if delivered && record.happened(of_wish::CONFIRM) => "confirmed",
        () if delivered => "delivered",
        () if record.happened(of_wish::WITHDRAW) => "withdrawn",
        () if lapsed => "lapsed",
        () if !claims.is_empty() => "claimed",
        () => "raised",
    };
    let lead = record.person(of_wish::LEAD);
    let leads = |person: PersonId| claims.iter().any(|(claimant, _)| *claimant == person);
    Life::of(status)
        .marked("claimed_after_lapse", status == "lapsed" && !claims.is_empty())
        .marked("lead_gave_up", lead.is_some_and(|lead| !leads(lead)))
}

/// Since when a person has claimed a wish, if they have not given up since.
fn claimed_since(record: &Expected, person: PersonId) -> Option<Stamp> {
    let of = |id: EventId| {
        let said = record.said(id).into_iter();
        said.filter(move |event| event.author == person)
            .map(|event| (event.stamp, event.dot))
    };
    let given_up = of(of_wish::UNCLAIM).max();
    let claims = of(of_wish::CLAIM).filter(|claim| Some(*claim) > given_up);
    claims.min().map(|(stamp, _)| stamp)
}

/// In rounds; gone once somebody who did not remove it has seen that it is; as bad as anybody has said.
pub(super) fn hazard(record: &Expected) -> Life {
    let round = round(record, hazard::REOPEN);
    let of = |id: EventId| {
        let said = record.said(id).into_iter();
        said.filter(|event| event.round == round).collect::<Vec<_>>()
    };
    let removed = of(hazard::RECTIFY);
    let seen = of(hazard::VERIFY);
    let by_others = seen
        .iter()
        .filter(|seen| removed.iter().all(|removed| removed.author != seen.author))
        .count();
    let status = match () {
        () if !removed.is_empty() && by_others > 0 => "verified",
        () if !removed.is_empty() => "rectified",
        () if !of(hazard::ORDER).is_empty() => "ordered",
        () => "found",
    };
    let said = of(hazard::ASSESS);
    let said = said
        .iter()
        .filter_map(|event| event.number(hazard::SEVERITY))
        .max();
    let found = record.number(hazard::FOUND_SEVERITY);
    let worst = if round == 1 {
        found.max(said)
    } else {
        said.or(found)
    };
    let due = record.number(hazard::DUE);
    let passed = of(hazard::OVERDUE)
        .iter()
        .any(|event| event.number(hazard::DUE_AT) == due);
    let mut life = Life::of(status)
        .told("round", i64::from(round))
        .marked("verified_by_rectifier", !seen.is_empty() && by_others == 0)
        .marked(
            "overdue",
            due.is_some() && passed && (status == "found" || status == "ordered"),
        );
    if let Some(worst) = worst {
        life = life.told("severity", worst);
    }
    life
}

/// Of several endings the highest level's counts, else the earliest.
pub(super) fn mediation(record: &Expected) -> Life {
    let ends = [mediation::AGREE, mediation::FAIL, mediation::TRANSFER];
    let endings: Vec<&Event> = record
        .events
        .iter()
        .filter(|event| ends.contains(&event.event))
        .collect();
    let highest = endings.iter().map(|event| event.level).max();
    let first = endings
        .iter()
        .filter(|event| Some(event.level) == highest)
        .min_by_key(|event| (event.stamp, event.dot));
    let sessions = record.said(mediation::SESSION).len();
    let status = match first.map(|event| event.event) {
        Some(mediation::AGREE) if record.happened(mediation::FULFIL) => "fulfilled",
        Some(mediation::AGREE) => "agreed",
        Some(mediation::FAIL) => "failed",
        Some(_) => "transferred",
        None if sessions > 0 => "in_session",
        None if record.happened(mediation::ACCEPT) => "accepted",
        None => "raised",
    };
    let kinds: BTreeSet<EventId> = endings.iter().map(|event| event.event).collect();
    Life::of(status)
        .counted("sessions", sessions)
        .marked("two_endings", kinds.len() > 1)
}
