//! Each way a trace may be wrong, and the line that says so.

use crate::trace::{Expect, Trace, What};

const HEADER: &str = r#"{"otor_trace":1,"name":"t","epoch":"2026-03-02T08:00:00+08:00"}"#;
const FIELD: [&str; 4] = [
    r#"{"at":0,"area":{"code":"150821100201001","name":"第1网格","level":"grid"}}"#,
    r#"{"at":0,"worker":{"ref":"w1","name":"甲","areas":["150821100201001"]}}"#,
    r#"{"at":0,"device":{"ref":"d1","worker":"w1","link":"edge_lossy"}}"#,
    r#"{"at":5,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{"household":"h1","tags":["a"]}}}"#,
];

fn parse(lines: &[&str]) -> Result<Trace, String> {
    let text = [&[HEADER], &FIELD[..], lines].concat().join("\n");
    Trace::parse(&text, &["edge_lossy"]).map_err(|errors| errors.to_string())
}

#[track_caller]
fn refused(line: &str, message: &str) {
    let error = parse(&[line]).unwrap_err();
    assert!(error.starts_with("line 6: "), "{error}");
    assert!(error.contains(message), "{error} lacks {message}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn a_good_trace_keeps_its_lines_times_and_epoch() {
    let trace = parse(&[r#"{"at":9,"device":"d1","sync":{}}"#]).unwrap();
    assert_eq!(trace.epoch_ms, 1_772_409_600_000);
    let lines: Vec<(usize, i64)> = trace.steps.iter().map(|step| (step.line, step.at_ms)).collect();
    assert_eq!(lines, [(2, 0), (3, 0), (4, 0), (5, 5), (6, 9)]);
}

#[test]
fn byte_order_mark_carriage_returns_and_empty_lines_are_no_matter() {
    let text = format!("\u{feff}{HEADER}\r\n\r\n{}\r\n", FIELD[0]);
    let trace = Trace::parse(&text, &[]).unwrap();
    assert_eq!(trace.steps[0].line, 3);
}

#[test]
fn a_header_is_needed_and_must_be_of_version_1() {
    let error = |text: &str| Trace::parse(text, &[]).unwrap_err().to_string();
    assert!(error("").starts_with("line 1: "));
    assert!(error(FIELD[0]).contains("the first line must be the header"));
    assert!(error(&HEADER.replace(":1,", ":2,")).contains("trace version 2 is not known"));
    assert!(error(&HEADER.replace("+08:00", "")).contains("with its offset"));
    assert!(error(&HEADER.replace("}", r#","extra":1}"#)).contains("unknown field `extra`"));
}

#[test]
fn unknown_keys_and_acts_are_refused_at_every_depth() {
    refused(
        r#"{"at":9,"device":"d1","sync":{"until":true}}"#,
        "unknown field `until`",
    );
    refused(
        r#"{"at":9,"device":"d1","explode":{}}"#,
        "unknown field `explode`",
    );
    refused(
        r#"{"at":9,"device":"d1","restart":{"now":true}}"#,
        "unknown field `now`",
    );
    refused(
        r#"{"at":9,"device":{"ref":"d2","worker":"w1","color":"red"}}"#,
        "unknown field `color`",
    );
    refused(r#"{"at":9,"admin":{"promote":{}}}"#, "unknown variant `promote`");
    refused(
        r#"{"at":9,"admin":{"pull":{"cursor":"x"}}}"#,
        "unknown field `cursor`",
    );
    refused(r#"{"at":9,"server":"explode"}"#, "unknown variant `explode`");
    refused(r#"{"at":9,"expect":{"happy":true}}"#, "unknown field `happy`");
    refused(
        r#"{"at":9,"expect":{"records":{"kind":"visit","cuont":1}}}"#,
        "unknown field `cuont`",
    );
    refused(
        r#"{"at":9,"at":9,"device":"d1","sync":{}}"#,
        "duplicate field `at`",
    );
    refused("not json", "expected");
}

#[test]
fn a_line_does_exactly_one_thing() {
    refused(r#"{"at":9}"#, "nothing happens");
    refused(r#"{"at":9,"device":"d1"}"#, "nothing happens to d1");
    refused(
        r#"{"at":9,"device":"d1","sync":{},"restart":{}}"#,
        "2 things on one line",
    );
    refused(r#"{"at":9,"sync":{}}"#, "no phone is named");
    refused(r#"{"at":9,"expect":{}}"#, "checks nothing");
    refused(r#"{"at":9,"expect":{"outbox":0}}"#, "need the phone");
    refused(r#"{"at":9,"device":"d1","edit":{"ref":"v1"}}"#, "changes nothing");
}

#[test]
fn times_never_run_backwards() {
    refused(r#"{"at":4,"device":"d1","sync":{}}"#, "before line 5's 5");
    refused(r#"{"at":-1,"device":"d1","sync":{}}"#, "outside 0 to");
}

#[test]
fn levels_agree_with_the_length_of_the_code() {
    refused(
        r#"{"at":9,"area":{"code":"150821100202","name":"村","level":"grid"}}"#,
        "write village or community",
    );
    refused(
        r#"{"at":9,"area":{"code":"1508211","name":"村","level":"village"}}"#,
        "is not an area code",
    );
    assert!(
        parse(&[r#"{"at":9,"area":{"code":"150821100202","name":"居委会","level":"community"}}"#]).is_ok()
    );
}

#[test]
fn names_are_defined_before_use_and_once() {
    refused(r#"{"at":9,"device":"d9","sync":{}}"#, "no device d9 so far");
    refused(
        r#"{"at":9,"device":{"ref":"d2","worker":"w9"}}"#,
        "no worker w9 so far",
    );
    refused(
        r#"{"at":9,"device":{"ref":"d1","worker":"w1"}}"#,
        "enrolled twice",
    );
    refused(
        r#"{"at":9,"worker":{"ref":"w1","name":"乙","areas":["150821100201001"]}}"#,
        "defined twice",
    );
    refused(
        r#"{"at":9,"worker":{"ref":"w2","name":"乙","areas":["150821100201002"]}}"#,
        "no area 150821100201002",
    );
    refused(
        r#"{"at":9,"device":"d1","edit":{"ref":"v9","set":{"category":"a"}}}"#,
        "no record v9 so far",
    );
    refused(
        r#"{"at":9,"device":"d1","create":{"ref":"v1","kind":"visit","fields":{}}}"#,
        "created twice",
    );
    refused(
        r#"{"at":9,"device":"d1","restore":"s1"}"#,
        "no snapshot s1 so far",
    );
    refused(
        r#"{"at":9,"admin":{"assign":{"ref":"v1","to":"w1"}}}"#,
        "a visit is assigned to nobody",
    );
    refused(
        r#"{"at":9,"admin":{"revoke":{"device":"d9"}}}"#,
        "no device d9 so far",
    );
    refused(
        r#"{"at":9,"admin":{"pull":{"account":"a9"}}}"#,
        "no account a9 so far",
    );
    refused(
        r#"{"at":9,"admin":{"pull":{"kind":"ufo"}}}"#,
        "no kind ufo so far",
    );
    refused(
        r#"{"at":9,"admin":{"pull":{"area":"150822"}}}"#,
        "no area 150822 so far",
    );
    refused(r#"{"at":9,"admin":{"pull":{"rows":0}}}"#, "a pull of no rows");
    refused(
        r#"{"at":9,"expect":{"device":"d1","holds":["v9"]}}"#,
        "no record v9 so far",
    );
    refused(
        r#"{"at":9,"area":{"code":"150821100201001","name":"又","level":"grid"}}"#,
        "defined twice",
    );
}

#[test]
fn links_are_named_as_the_profiles_are() {
    refused(
        r#"{"at":9,"device":"d1","link":"pigeon"}"#,
        "there are down, up, edge_lossy",
    );
    refused(
        r#"{"at":9,"device":{"ref":"d2","worker":"w1","link":"up"}}"#,
        "leave link out",
    );
    assert!(
        parse(&[
            r#"{"at":9,"device":"d1","link":"down"}"#,
            r#"{"at":9,"device":"d1","link":"up"}"#
        ])
        .is_ok()
    );
}

#[test]
fn content_follows_the_catalogue() {
    refused(
        r#"{"at":9,"device":"d1","create":{"ref":"x","kind":"vist","fields":{}}}"#,
        "no kind vist",
    );
    refused(
        r#"{"at":9,"device":"d1","create":{"ref":"x","kind":"visit","fields":{"nota":"a"}}}"#,
        "no field nota",
    );
    refused(
        r#"{"at":9,"device":"d1","create":{"ref":"x","kind":"visit","fields":{"tags":"a"}}}"#,
        "takes a list",
    );
    refused(
        r#"{"at":9,"device":"d1","edit":{"ref":"v1","set":{"tags":"a"}}}"#,
        "use add and remove",
    );
    refused(
        r#"{"at":9,"device":"d1","edit":{"ref":"v1","add":{"notes":["a"]}}}"#,
        "notes is no set",
    );
    refused(
        r#"{"at":9,"device":"d1","edit":{"ref":"v1","append":{"note":["a"]}}}"#,
        "note is no log",
    );
    refused(
        r#"{"at":9,"device":"d1","event":{"ref":"v1","event":"close"}}"#,
        "a visit has no event close",
    );
    let task =
        r#"{"at":9,"admin":{"create":{"ref":"t","kind":"task","area":"150821","fields":{"assignee":"w9"}}}}"#;
    refused(task, "no worker w9 so far");
    let own = task.replace(r#""assignee":"w9""#, r#""report":"t""#);
    refused(&own, "no record t so far");
}

#[test]
fn a_record_needs_an_area_when_its_worker_has_not_just_one() {
    refused(
        r#"{"at":9,"admin":{"create":{"ref":"h","kind":"household","fields":{}}}}"#,
        "needs its \"area\"",
    );
    let two = [
        r#"{"at":9,"admin":{"move_worker":{"ref":"w1","areas":["150821100201001","150821100201"]}}}"#,
        r#"{"at":9,"device":"d1","create":{"ref":"v2","kind":"visit","fields":{}}}"#,
    ];
    assert!(
        parse(&two)
            .unwrap_err()
            .starts_with("line 7: worker w1 has 2 areas")
    );
}

#[test]
fn every_bad_line_is_told_and_none_twice() {
    let bad = r#"{"at":9,"device":"d1","create":{"ref":"x","kind":"visit","fields":{"nota":"a"}}}"#;
    let use_of_it = r#"{"at":9,"device":"d1","edit":{"ref":"x","set":{"category":"a"}}}"#;
    let error = parse(&[bad, use_of_it, "{}"]).unwrap_err();
    let lines: Vec<&str> = error.lines().map(|line| &line[..7]).collect();
    assert_eq!(lines, ["line 6:", "line 8:"]);
}

#[test]
fn a_line_with_several_checks_is_several_steps() {
    let trace =
        parse(&[r#"{"at":9,"expect":{"device":"d1","outbox":1,"holds":["v1"],"converged":true}}"#]).unwrap();
    let checks: Vec<&What> = trace
        .steps
        .iter()
        .filter(|step| step.line == 6)
        .map(|step| &step.what)
        .collect();
    assert_eq!(checks.len(), 3);
    assert_eq!(checks[2], &What::Expect(Expect::Converged(true)));
}
