//! Whole sessions with cuts.

use super::session::{GRID, OTHER_GRID, Session, edit};
use crate::replay::centre::Centre;
use anyhow::Context;
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use serde_json::{Map, json};

fn note(number: usize) -> Vec<(&'static str, Value)> {
    vec![
        ("household", Value::from(format!("{GRID}-{number:03}").as_str())),
        ("note", Value::from("老两口都在，水管夜里又漏了，要人来看看。")),
    ]
}

/// A request that is cut at every stage.
fn requests_cut() -> anyhow::Result<String> {
    let mut session = Session::begin(1)?;
    let visit = session.create("visit", GRID, &note(1))?;
    let severity = ("severity", Value::Int(4));
    session.create("report", GRID, &[("title", "塌方".into()), severity])?;
    let tags = Edit {
        add: vec![("tags".into(), vec!["elderly".into()])],
        ..Edit::default()
    };
    session.edit(visit, &tags)?;
    for up in [0, 100, 420, 600] {
        session.exchange(Some(up), None)?;
    }
    session.reboot();
    session.create("visit", GRID, &note(2))?;
    session.exchange(Some(700), None)?;
    session.exchange(None, Some(0))?;
    session.exchange(None, None)?;
    session.exchange(None, None)?;
    Ok(session.document())
}

/// A reply that is cut at every stage, of a first pass and of a feed.
fn replies_cut() -> anyhow::Result<String> {
    let mut session = Session::begin(2)?;
    session.beside(5)?;
    session.create("visit", GRID, &note(1))?;
    for down in [0, 50, 300, 700, 1_500] {
        session.exchange(None, Some(down))?;
    }
    session.exchange(None, None)?;
    session.beside(4)?;
    let mut task = Map::new();
    task.insert("title".into(), json!("看井"));
    task.insert("assignee".into(), json!("w-1"));
    session.centre().create("task", GRID, task)?;
    for down in [80, 250, 600] {
        session.exchange(None, Some(down))?;
    }
    session.exchange(None, None)?;
    Ok(session.document())
}

/// What is kept aside and released; a worker moved while holding unsent work; two who edit one thing.
fn verdicts_and_scopes() -> anyhow::Result<String> {
    let mut session = Session::begin(3)?;
    let mine = session.create("visit", GRID, &note(1))?;
    session.exchange(None, None)?;
    session.beside(2)?;
    session.exchange(None, None)?;
    let theirs = session.somebody_elses().context("a record of the other phone")?;
    session.centre().move_worker("w-1", &[OTHER_GRID.to_owned()])?;
    let category = [("category", Value::from("late"))];
    session.edit(theirs, &edit(&category))?;
    session.edit(mine, &edit(&category))?;
    session.create("visit", GRID, &note(2))?;
    session.exchange(None, None)?;
    session.centre().release(theirs)?;
    session.exchange(None, None)?;
    session.create("visit", OTHER_GRID, &note(3))?;
    session.exchange(None, None)?;
    Ok(session.document())
}

pub(super) fn documents() -> anyhow::Result<Vec<(String, String)>> {
    Ok(vec![
        ("session-requests-cut".into(), requests_cut()?),
        ("session-replies-cut".into(), replies_cut()?),
        ("session-verdicts-and-scopes".into(), verdicts_and_scopes()?),
    ])
}
