//! The facts that follow from a record as it is: from nothing else, so that they can be found again.

use super::cells::{
    ActivityFact, CallFact, CampaignFact, HouseholdFact, MatterFact, PatrolFact, ReportFact, TaskFact,
    VisitFact,
};
use super::{Fact, Matter, day_of};
use crate::state::rules::HouseholdCell;
use otor_protocol::catalogue::KindSpec;
use otor_protocol::catalogue::built_in::matters::{hazard, mediation, wish};
use otor_protocol::catalogue::built_in::together::{alert, campaign};
use otor_protocol::catalogue::built_in::{KINDS, field_work, report as of_report, task as of_task};
use otor_protocol::lifecycle::{self, Folded, Told};
use otor_protocol::op::FieldId;
use otor_protocol::record::Record;
use otor_protocol::value::Value;
use serde::Serialize;
use serde_bytes::ByteBuf;

/// The facts of a record, in the order of their matters; `household` is what is known of the household that it is, or
/// that it names.
pub fn facts_of(record: &Record, household: Option<&HouseholdCell>) -> Vec<Fact> {
    let Some(kind) = KINDS.iter().find(|kind| kind.id == record.kind) else {
        return Vec::new();
    };
    let written_ms = record.creation.facts.stamp.ms();
    let fact = |matter, at_ms, content| Fact {
        matter,
        day: day_of(at_ms),
        area: record.area.val.clone(),
        content,
    };
    let begun = |matter, content| vec![fact(matter, written_ms, content)];
    match kind.name {
        "visit" if !is_retracted(kind, record) => begun(
            Matter::Visit,
            encoded(&VisitFact {
                household: household.map_or(0, |cell| cell.number),
                hat: code(record, field_work::ROLE_HAT),
            }),
        ),
        "household" => household
            .filter(|cell| cell.record == Some(record.id))
            .map(|cell| {
                let household = cell.number;
                fact(
                    Matter::Household,
                    written_ms,
                    encoded(&HouseholdFact { household }),
                )
            })
            .into_iter()
            .collect(),
        "report" => {
            let said = report(kind, record);
            let content = encoded(&said);
            let received = fact(Matter::Report, written_ms, content.clone());
            let closed = said.closed_ms.map(|at| fact(Matter::ReportClosed, at, content));
            std::iter::once(received).chain(closed).collect()
        }
        "task" => begun(Matter::Task, encoded(&task(kind, record))),
        "activity" if !is_retracted(kind, record) => {
            let number = |field| {
                let number = record.register(field).and_then(Value::as_int);
                number.and_then(|number| u64::try_from(number).ok())
            };
            let activity = ActivityFact {
                code: code(record, field_work::ACTIVITY_TYPE),
                sessions: number(field_work::SESSIONS).unwrap_or(1),
                headcount: number(field_work::HEADCOUNT).unwrap_or(0),
                hat: code(record, field_work::ROLE_HAT),
            };
            begun(Matter::Activity, encoded(&activity))
        }
        "patrol" => begun(Matter::Patrol, encoded(&patrol(kind, record))),
        "alert" if record.register(alert::MUSTER).is_some() => {
            begun(Matter::Call, encoded(&call(kind, record)))
        }
        "campaign" => begun(Matter::Campaign, encoded(&of_campaign(kind, record))),
        "hazard" => matter(
            kind,
            record,
            hazard::CATEGORY,
            (Matter::Hazard, Matter::HazardRectified),
        ),
        "mediation" => matter(
            kind,
            record,
            mediation::TYPE,
            (Matter::Mediation, Matter::MediationEnded),
        ),
        // A whistle has no code of its own.
        "whistle" => matter(
            kind,
            record,
            FieldId(u16::MAX),
            (Matter::Whistle, Matter::WhistleSolved),
        ),
        "wish" => matter(kind, record, wish::CATEGORY, (Matter::Wish, Matter::Wish)),
        _ => Vec::new(),
    }
}

pub(crate) fn encoded<T: Serialize>(content: &T) -> ByteBuf {
    ByteBuf::from(otor_protocol::wire::encode(content))
}

fn is_retracted(kind: &KindSpec, record: &Record) -> bool {
    lifecycle::status(kind, record) == Some("retracted")
}

fn code(record: &Record, field: FieldId) -> Option<String> {
    let value = record.register(field)?;
    value.as_text().map(str::to_string)
}

/// What begins on one day and may end on another.
fn matter(
    kind: &KindSpec,
    record: &Record,
    code_field: FieldId,
    (begins, ends): (Matter, Matter),
) -> Vec<Fact> {
    let folded = lifecycle::fold(kind, record).unwrap_or_default();
    let begun_ms = record.creation.facts.stamp.ms();
    let ended_ms = lifecycle::moments(kind, record).ended_ms;
    let content = encoded(&MatterFact {
        begun_ms,
        status: folded.status.to_string(),
        code: code(record, code_field),
        ended_ms,
        overdue: folded.marks.contains(&"overdue"),
    });
    let fact = |matter, at_ms, content| Fact {
        matter,
        day: day_of(at_ms),
        area: record.area.val.clone(),
        content,
    };
    let end = ended_ms
        .filter(|_| ends != begins)
        .map(|at| fact(ends, at, content.clone()));
    let begin = fact(begins, begun_ms, content);
    std::iter::once(begin).chain(end).collect()
}

fn report(kind: &KindSpec, record: &Record) -> ReportFact {
    let fold = lifecycle::report(record);
    let marked = |mark| fold.marks.contains(&mark);
    let said = fold.overlay.evaluations;
    ReportFact {
        received_ms: record.creation.facts.stamp.ms(),
        status: fold.status.name().to_string(),
        category: code(record, of_report::CATEGORY),
        channel: code(record, of_report::CHANNEL),
        service_mode: code(record, of_report::SERVICE_MODE),
        department: code(record, of_report::DEPARTMENT),
        hat: code(record, of_report::ROLE_HAT),
        level: fold.overlay.level.to_string(),
        round: fold.round,
        assigned_ms: lifecycle::moments(kind, record).assigned_ms,
        closed_ms: fold.closed_ms,
        overdue: marked("overdue"),
        supervised: marked("supervised"),
        said: (said.satisfied, said.neutral, said.unhappy),
    }
}

fn task(kind: &KindSpec, record: &Record) -> TaskFact {
    let fold = lifecycle::task(record);
    TaskFact {
        issued_ms: record.creation.facts.stamp.ms(),
        status: fold.status.name().to_string(),
        department: code(record, of_task::DEPARTMENT),
        done_ms: lifecycle::moments(kind, record).ended_ms,
        overdue: fold.marks.contains(&"overdue"),
        off_list: fold.marks.contains(&"refused_off_list"),
    }
}

/// A number that a fold tells.
fn told(folded: &Folded, name: &str) -> u64 {
    let found = folded.more.iter().find(|(known, _)| *known == name);
    match found {
        Some((_, Told::Number(number))) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

fn patrol(kind: &KindSpec, record: &Record) -> PatrolFact {
    let folded = lifecycle::fold(kind, record).unwrap_or_default();
    PatrolFact {
        planned: told(&folded, "segments_planned"),
        touched: told(&folded, "segments_touched"),
    }
}

fn call(kind: &KindSpec, record: &Record) -> CallFact {
    let folded = lifecycle::fold(kind, record).unwrap_or_default();
    let marked = |mark| folded.marks.contains(&mark);
    CallFact {
        zone: code(record, alert::ZONE),
        status: folded.status.to_string(),
        in_time: (marked("in_time") || marked("late")).then(|| marked("in_time")),
    }
}

fn of_campaign(kind: &KindSpec, record: &Record) -> CampaignFact {
    let folded = lifecycle::fold(kind, record).unwrap_or_default();
    let number = |field| record.register(field).and_then(Value::as_int);
    CampaignFact {
        status: folded.status.to_string(),
        code: code(record, campaign::TYPE),
        households: number(campaign::HOUSEHOLDS),
        threshold: number(campaign::THRESHOLD_OF).zip(number(campaign::THRESHOLD_IN)),
        contacted: told(&folded, "contacted"),
        registered: told(&folded, "registered"),
        declined: told(&folded, "declined"),
    }
}
