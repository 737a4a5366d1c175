//! Phones that wait in a replay in virtual time: news reach them at once, what their worker writes goes at once, on good
//! links and through power cuts.

use otor_sim::trace::Trace;
use otor_sim::world::{Options, replay};

const FIELD: &str = r#"{"otor_trace":1,"name":"waiting","epoch":"2026-03-02T08:00:00+08:00"}
{"at":0,"area":{"code":"150821100201012","name":"浩丰村第12网格","level":"grid"}}
{"at":0,"worker":{"ref":"w1","name":"网格员甲","areas":["150821100201012"]}}
{"at":0,"device":{"ref":"d1","worker":"w1"}}
{"at":1000,"device":"d1","sync":{"until_done":true}}
{"at":30000,"device":"d1","sync":{"until_done":true}}
"#;

fn ends_well(steps: &str) -> u64 {
    let links: Vec<&str> = otor_sim::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect();
    let trace = Trace::parse(&format!("{FIELD}{steps}"), &links).expect("a good trace");
    let report = replay(&trace, &Options::default()).expect("it can be replayed");
    assert!(report.ok, "{:#?}", report.failures);
    report.devices[0].traffic.round_trips
}

#[test]
fn a_task_ends_the_wait_and_is_there_long_before_its_time_would_be_over() {
    ends_well(
        r#"{"at":60000,"device":"d1","sync":{"wait_ms":25000}}
{"at":65000,"admin":{"create":{"ref":"t1","kind":"task","area":"150821100201012","fields":{"title":"查看水井","assignee":"w1"}}}}
{"at":65200,"expect":{"device":"d1","holds":["t1"]}}
"#,
    );
}

#[test]
fn what_the_worker_writes_meanwhile_goes_at_once() {
    ends_well(
        r#"{"at":60000,"device":"d1","sync":{"wait_ms":25000}}
{"at":65000,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{"note":"水井正常"}}}
{"at":65500,"expect":{"records":{"kind":"visit","count":1}}}
"#,
    );
}

#[test]
fn a_wait_in_which_nothing_happens_ends_at_its_time_and_the_phone_opens_nothing_more() {
    let waited = ends_well(
        r#"{"at":60000,"device":"d1","sync":{"wait_ms":10000}}
{"at":69000,"device":"d1","clock":{"offset_ms":0}}
{"at":80000,"device":"d1","clock":{"offset_ms":0}}
"#,
    );
    let asked = ends_well(
        r#"{"at":60000,"device":"d1","sync":{}}
"#,
    );
    assert_eq!(waited, asked);
}

#[test]
fn a_server_that_dies_under_a_wait_costs_nothing() {
    ends_well(
        r#"{"at":60000,"device":"d1","sync":{"wait_ms":25000,"until_done":true}}
{"at":65000,"server":"power_cut"}
{"at":65500,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{"note":"水井正常"}}}
{"at":70000,"server":"start"}
{"at":71000,"device":"d1","sync":{"until_done":true}}
{"at":200000,"expect":{"records":{"kind":"visit","count":1}}}
"#,
    );
}
