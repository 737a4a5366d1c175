//! What is written is what is read: by property for every kind of line, and for the golden traces.

use super::admin::{
    AdminAct, Assign, Erase, MergeAreas, MoveArea, MoveWorker, Pull, Release, Relocate, RetireArea, Revoke,
    SplitArea, Successor,
};
use super::fault::{DieAt, DiskFault, Loss, Point, StorageFault, TableFault};
use super::line::{self, Line};
use super::step::{
    AreaStep, Clock, Create, DeviceAct, Edit, Enrol, Event, Fields, LinkChange, Lists, ServerAct, Sync, What,
    WorkerStep,
};
use super::{DeviceCheck, Expect, ListsCheck, ReceiptCheck, RecordCheck, RecordsCheck, Step, Trace};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

const LINKS: [&str; 9] = [
    "lte_ok",
    "lte_edge",
    "lte_flap",
    "hilltop",
    "umts_rural",
    "edge_lossy",
    "gprs_rural",
    "cut3",
    "geo_sat",
];

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9_]{1,6}|[\u{4e00}-\u{9fa5}\"\\\\ ]{1,8}"
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(|number| json!(number)),
        (-1_800_000_000i64..1_800_000_000).prop_map(|degrees| json!(degrees as f64 / 1e7)),
        any::<bool>().prop_map(|flag| json!(flag)),
        any::<String>().prop_map(|text| json!(text)),
        vec(name(), 0..3).prop_map(|list| json!(list)),
    ]
}

fn fields() -> impl Strategy<Value = Fields> {
    btree_map(name(), value(), 0..4)
}

fn lists() -> impl Strategy<Value = Lists> {
    btree_map(name(), vec(value(), 0..3), 0..3)
}

fn create() -> impl Strategy<Value = Create> {
    (name(), name(), option::of(name()), fields()).prop_map(|(record, kind, area, fields)| Create {
        record,
        kind,
        area,
        fields,
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    (name(), fields(), lists(), lists(), lists(), any::<bool>()).prop_map(
        |(record, set, add, remove, append, if_held)| Edit {
            record,
            set,
            add,
            remove,
            append,
            if_held,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    (name(), name(), fields(), any::<bool>()).prop_map(|(record, event, fields, if_held)| Event {
        record,
        event,
        fields,
        if_held,
    })
}

fn device_act() -> impl Strategy<Value = DeviceAct> {
    let number = || option::of(any::<u64>());
    let sync = (any::<bool>(), number(), any::<bool>(), number(), number()).prop_map(
        |(until_done, cut_after_bytes, cut_reply, late_ms, again_ms)| Sync {
            wait_ms: again_ms.map(|ms| (ms % 25_000) as u16),
            until_done,
            cut_after_bytes,
            cut_reply,
            late_ms,
            again_ms,
        },
    );
    prop_oneof![
        create().prop_map(DeviceAct::Create),
        edit().prop_map(DeviceAct::Edit),
        event().prop_map(DeviceAct::Event),
        sync.prop_map(DeviceAct::Sync),
        name().prop_map(|link| DeviceAct::Link(LinkChange::from(link))),
        prop_oneof![Just(LinkChange::Up), Just(LinkChange::Down)].prop_map(DeviceAct::Link),
        any::<i64>().prop_map(|offset_ms| DeviceAct::Clock(Clock { offset_ms })),
        prop_oneof![
            Just(DeviceAct::Restart),
            Just(DeviceAct::Crash),
            Just(DeviceAct::Reboot)
        ],
        name().prop_map(DeviceAct::Snapshot),
        name().prop_map(DeviceAct::Restore),
        name().prop_map(DeviceAct::Clone),
        any::<u32>().prop_map(|nth| DeviceAct::Storage(StorageFault::WriteFails(nth))),
        any::<u32>().prop_map(|nth| DeviceAct::Storage(StorageFault::Damaged(nth))),
        (1u32..=2).prop_map(DeviceAct::Catalogue),
    ]
}

fn admin_act() -> impl Strategy<Value = AdminAct> {
    prop_oneof![
        create().prop_map(AdminAct::Create),
        edit().prop_map(AdminAct::Edit),
        event().prop_map(AdminAct::Event),
        (name(), name()).prop_map(|(record, to)| AdminAct::Assign(Assign { record, to })),
        (name(), vec(name(), 0..3))
            .prop_map(|(worker, areas)| AdminAct::MoveWorker(MoveWorker { worker, areas })),
        name().prop_map(|device| AdminAct::Revoke(Revoke { device })),
        name().prop_map(|record| AdminAct::Release(Release { record })),
        name().prop_map(|record| AdminAct::Erase(Erase { record })),
        (name(), name()).prop_map(|(record, area)| AdminAct::Relocate(Relocate { record, area })),
        (name(), vec(successor(), 0..3))
            .prop_map(|(area, into)| AdminAct::SplitArea(SplitArea { area, into })),
        (vec(name(), 0..3), successor())
            .prop_map(|(areas, into)| AdminAct::MergeAreas(MergeAreas { areas, into })),
        (name(), successor()).prop_map(|(area, to)| AdminAct::MoveArea(MoveArea { area, to })),
        name().prop_map(|area| AdminAct::RetireArea(RetireArea { area })),
        (
            option::of(name()),
            option::of(name()),
            option::of(name()),
            option::of(any::<u32>())
        )
            .prop_map(|(account, kind, area, rows)| AdminAct::Pull(Pull {
                account,
                kind,
                area,
                rows
            })),
    ]
}

fn successor() -> impl Strategy<Value = Successor> {
    (name(), option::of(name())).prop_map(|(code, name)| Successor { code, name })
}

fn expect() -> impl Strategy<Value = Expect> {
    let record = || {
        (name(), fields(), lists()).prop_map(|(record, fields, contains)| RecordCheck {
            record,
            fields,
            contains,
        })
    };
    let number = || option::of(any::<u64>());
    let records = (
        name(),
        option::of(name()),
        option::of(name()),
        number(),
        number(),
        number(),
    )
        .prop_map(|(kind, area, distinct, count, at_least, at_most)| RecordsCheck {
            kind,
            area,
            distinct,
            count,
            at_least,
            at_most,
        });
    let lists = || {
        let list = || option::of(vec(name(), 0..3));
        (list(), list(), btree_map(name(), name(), 0..2)).prop_map(|(my_tasks, care_due, states)| {
            ListsCheck {
                my_tasks,
                care_due,
                states,
                ..ListsCheck::default()
            }
        })
    };
    let on_device = prop_oneof![
        vec(name(), 0..3).prop_map(DeviceCheck::Holds),
        vec(name(), 0..3).prop_map(DeviceCheck::Lacks),
        any::<u64>().prop_map(DeviceCheck::Outbox),
        any::<u64>().prop_map(DeviceCheck::Tray),
        record().prop_map(DeviceCheck::View),
        lists().prop_map(DeviceCheck::Lists),
    ];
    prop_oneof![
        record().prop_map(Expect::Record),
        records.prop_map(Expect::Records),
        (name(), on_device).prop_map(|(device, check)| Expect::Device { device, check }),
        (name(), option::of(name())).prop_map(|(record, stage)| {
            let result = stage.clone();
            Expect::Receipt(ReceiptCheck {
                record,
                stage,
                result,
            })
        }),
        any::<u64>().prop_map(Expect::Quarantined),
        any::<u64>().prop_map(Expect::Parked),
        any::<bool>().prop_map(Expect::Converged),
    ]
}

fn server_fault() -> impl Strategy<Value = ServerAct> {
    let power = prop_oneof![Just(Loss::All), Just(Loss::Torn), Just(Loss::Reordered)];
    let die = (
        proptest::sample::select(&Point::ALL[..]),
        any::<u32>(),
        option::of(power),
    );
    prop_oneof![
        Just(ServerAct::Checkpoint),
        Just(ServerAct::TrimAtRandom),
        Just(ServerAct::Sound),
        die.prop_map(|(point, time, power)| ServerAct::DieAt(DieAt { point, time, power })),
        any::<u64>().prop_map(|bytes| ServerAct::Disk(DiskFault::FullAfter(bytes))),
        Just(ServerAct::Disk(DiskFault::Roomy)),
        any::<u32>().prop_map(|syncs| ServerAct::Disk(DiskFault::SyncsFail(syncs))),
        Just(ServerAct::Table(TableFault::Old)),
        any::<i64>().prop_map(ServerAct::Clock),
        (1u32..=2).prop_map(ServerAct::Catalogue),
    ]
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        (name(), name(), name()).prop_map(|(code, name, level)| What::Area(AreaStep { code, name, level })),
        (name(), name(), vec(name(), 0..3)).prop_map(|(worker, name, areas)| What::Worker(WorkerStep {
            worker,
            name,
            areas
        })),
        (name(), name(), option::of(name())).prop_map(|(device, worker, link)| {
            What::Enrol(Enrol {
                device,
                worker,
                link: link.map(LinkChange::from),
            })
        }),
        (name(), device_act()).prop_map(|(device, act)| What::Device { device, act }),
        admin_act().prop_map(What::Admin),
        prop_oneof![
            Just(ServerAct::Kill),
            Just(ServerAct::Start),
            Just(ServerAct::PowerCut),
            Just(ServerAct::Backup),
            Just(ServerAct::Restore),
            Just(ServerAct::RestoreUntold),
            server_fault(),
        ]
        .prop_map(What::Server),
        expect().prop_map(What::Expect),
    ]
}

proptest! {
    #[test]
    fn a_line_written_is_the_line_read(at_ms in any::<i64>(), if_possible in any::<bool>(), what in what()) {
        let step = Step { line: 2, at_ms, if_possible, what };
        let text = line::to_text(&Line::of(&step));
        prop_assert!(!text.contains('\n'));
        let read = line::parse(&text).map_err(TestCaseError::fail)?;
        prop_assert_eq!((read.at, read.if_possible), (at_ms, if_possible));
        prop_assert_eq!(read.whats(), Ok(vec![step.what]));
    }

    #[test]
    fn any_text_is_read_or_refused_with_its_line(text in "\\PC{0,80}", keys in vec(name(), 0..4)) {
        let header = r#"{"otor_trace":1,"name":"t","epoch":"2026-03-02T08:00:00+08:00"}"#;
        let object = json!({ "at": 0, "expect": keys });
        for second in [text, object.to_string()] {
            let lines = [header, second.as_str()].join("\n");
            if let Err(errors) = Trace::parse(&lines, &[]) {
                prop_assert!(errors.0.iter().all(|error| error.line == 2), "{}", errors);
            } else {
                prop_assert!(second.trim().is_empty(), "{}", second);
            }
        }
    }

    #[test]
    fn an_epoch_and_a_seed_written_are_those_read(
        epoch_ms in -60_000_000_000_000i64..200_000_000_000_000,
        seed in option::of(any::<u64>()),
    ) {
        let trace = Trace { name: "时".into(), epoch_ms, seed, steps: Vec::new() };
        prop_assert_eq!(Trace::parse(&trace.write(), &[]), Ok(trace));
    }
}

#[test]
fn every_golden_trace_is_read_written_and_ends_converged() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/traces");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 11, "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let trace =
            Trace::parse(&text, &LINKS).unwrap_or_else(|errors| panic!("{}: {errors}", path.display()));
        assert_eq!(
            path.file_stem().and_then(|stem| stem.to_str()),
            Some(trace.name.as_str())
        );
        let again = Trace::parse(&trace.write(), &LINKS).unwrap();
        let steps = |trace: &Trace| -> Vec<_> {
            trace
                .steps
                .iter()
                .map(|step| (step.at_ms, step.what.clone()))
                .collect()
        };
        assert_eq!(steps(&again), steps(&trace), "{}", path.display());
        let last = trace.steps.last().map(|step| &step.what);
        assert_eq!(
            last,
            Some(&What::Expect(Expect::Converged(true))),
            "{}",
            path.display()
        );
    }
}

#[test]
fn the_example_of_the_description_is_a_trace() {
    let description = include_str!("../../TRACE.md");
    let example = description.split("```").nth(1).unwrap().trim_start();
    let trace = Trace::parse(example, &LINKS).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(trace.steps.len(), 6);
}
