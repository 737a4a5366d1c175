//! Strategies for ids, values, changes and ops: anything their types can hold.

use otor_protocol::area::{AreaCode, DEPTHS};
use otor_protocol::ids::{ActorId, DeviceId, Dot, Lane, Level, PersonId, Position, RecordId, ScopeId};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire::PastBoot;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_bytes::ByteBuf;

pub fn actor() -> impl Strategy<Value = ActorId> {
    any::<u32>().prop_map(ActorId)
}

pub fn person() -> impl Strategy<Value = PersonId> {
    any::<u32>().prop_map(PersonId)
}

pub fn device() -> impl Strategy<Value = DeviceId> {
    any::<u32>().prop_map(DeviceId)
}

pub fn scope() -> impl Strategy<Value = ScopeId> {
    any::<u32>().prop_map(ScopeId)
}

pub fn field() -> impl Strategy<Value = FieldId> {
    any::<u16>().prop_map(FieldId)
}

pub fn dot() -> impl Strategy<Value = Dot> {
    (actor(), any::<u64>()).prop_map(|(actor, seq)| Dot { actor, seq })
}

pub fn record() -> impl Strategy<Value = RecordId> {
    dot().prop_map(RecordId)
}

pub fn stamp() -> impl Strategy<Value = Stamp> {
    any::<u64>().prop_map(Stamp)
}

pub fn level() -> impl Strategy<Value = Level> {
    any::<u8>().prop_map(Level)
}

pub fn lane() -> impl Strategy<Value = Lane> {
    select(&Lane::ALL[..])
}

pub fn position() -> impl Strategy<Value = Position> {
    (any::<u64>(), any::<u32>()).prop_map(|(commit, index)| Position { commit, index })
}

pub fn bytes(most: usize) -> impl Strategy<Value = ByteBuf> {
    vec(any::<u8>(), 0..most).prop_map(ByteBuf::from)
}

pub fn area() -> impl Strategy<Value = AreaCode> {
    (select(&DEPTHS[..]), "[1-9][0-9]{17}")
        .prop_map(|((length, _), digits)| digits[..length].parse().expect("digits of a known length"))
}

pub fn past_boot() -> impl Strategy<Value = PastBoot> {
    (any::<(u64, i64, i64, i64)>(), stamp()).prop_map(|(times, floor)| PastBoot {
        boot: times.0,
        wall_minus_uptime_ms: times.1,
        first_uptime_ms: times.2,
        last_uptime_ms: times.3,
        floor,
    })
}

pub fn facts() -> impl Strategy<Value = Facts> {
    (stamp(), any::<i64>(), level(), any::<bool>()).prop_map(|(stamp, claimed_ms, level, uncertain)| Facts {
        stamp,
        claimed_ms,
        level,
        uncertain,
    })
}

pub fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,20}".prop_map(Value::Text),
        any::<i64>().prop_map(Value::Int),
        any::<i64>().prop_map(Value::DegreesE7),
        any::<bool>().prop_map(Value::Bool),
        record().prop_map(Value::Record),
        person().prop_map(Value::Person),
    ]
}

pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (field(), value()).prop_map(|(field, value)| Change::Once(field, value)),
        (field(), value()).prop_map(|(field, value)| Change::Latest(field, value)),
        (field(), value(), any::<bool>()).prop_map(|(field, value, by_value)| Change::Highest {
            field,
            value,
            by_value
        }),
        (field(), value(), any::<u64>()).prop_map(|(field, value, epoch)| Change::Centre {
            field,
            value,
            epoch
        }),
        (field(), value(), vec(dot(), 0..3)).prop_map(|(field, value, replaces)| Change::Keep {
            field,
            value,
            replaces
        }),
        (field(), vec(value(), 0..3)).prop_map(|(field, members)| Change::Add { field, members }),
        (field(), vec((value(), vec(dot(), 0..3)), 0..3))
            .prop_map(|(field, members)| Change::Remove { field, members }),
        (field(), value()).prop_map(|(field, value)| Change::Append(field, value)),
        (any::<u16>(), any::<u32>(), vec((any::<u8>(), value()), 0..3)).prop_map(|(event, round, args)| {
            Change::Event {
                event: EventId(event),
                round,
                args,
            }
        }),
        (area(), any::<u64>()).prop_map(|(area, epoch)| Change::Relocate { area, epoch }),
        vec(field(), 0..3).prop_map(Change::Erase),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        (any::<u16>(), area(), vec(change(), 0..4)).prop_map(|(kind, area, changes)| Body::Create {
            kind: KindId(kind),
            area,
            changes
        }),
        (record(), vec(change(), 0..4)).prop_map(|(record, changes)| Body::Edit { record, changes }),
        dot().prop_map(|dot| Body::Release { dot }),
    ]
}

pub fn op() -> impl Strategy<Value = Op> {
    (person(), any::<i64>(), body()).prop_map(|(author, uptime_ms, body)| Op {
        author,
        uptime_ms,
        body,
    })
}
