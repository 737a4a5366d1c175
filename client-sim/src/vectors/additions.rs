//! Messages in forms that came after the first vectors: what copies of a phone hand over and are told, what is kept
//! aside, areas that end.

use super::document::document as vectors_of;
use super::messages::{by_column, changes, plain};
use super::{values, variants};
use anyhow::ensure;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, Dot, Lane, Level, Position, ScopeId};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{
    AreaEnding, AsideFrame, AsideOp, ChangeFrame, Content, EndedArea, FeedItem, Forked, Hello, Moved, News,
    Notice, Reason, Refusal, Request, Verdict, Welcome, encode,
};
use serde::Serialize;

const ABOUT: &str = "Messages, as in messages.json, in forms that came later. A content with `origins` has them in \
its head; plain, they stand after the ops.";

#[derive(Serialize)]
struct ContentHead<'a, O> {
    actor: ActorId,
    first_seq: u64,
    boot: u64,
    wall_minus_uptime_ms: i64,
    floors: &'a [(u32, Stamp)],
    origins: &'a [O],
}

#[derive(Serialize)]
struct PlainContent<'a, P, O> {
    actor: ActorId,
    first_seq: u64,
    boot: u64,
    wall_minus_uptime_ms: i64,
    floors: &'a [(u32, Stamp)],
    ops: &'a [P],
    origins: &'a [O],
}

/// Two ops, of which the second had another number once.
fn content() -> Content {
    Content {
        origins: vec![(1, Dot::new(ActorId(12), 7), vec![0xab; 8].into())],
        ..values::content()
    }
}

fn by_columns() -> anyhow::Result<String> {
    let content = content();
    let bytes = content.encode();
    ensure!(
        Content::decode(&bytes)? == content,
        "content is not read as it was written"
    );
    let head = ContentHead {
        actor: content.actor,
        first_seq: content.first_seq,
        boot: content.boot,
        wall_minus_uptime_ms: content.wall_minus_uptime_ms,
        floors: &content.floors,
        origins: &content.origins,
    };
    Ok(by_column("Content", bytes, head, &content.ops))
}

fn plainly() -> anyhow::Result<String> {
    let content = content();
    let bytes = content.encode_plain();
    ensure!(
        Content::decode(&bytes)? == content,
        "plain content is not read as it was written"
    );
    let meaning = PlainContent {
        actor: content.actor,
        first_seq: content.first_seq,
        boot: content.boot,
        wall_minus_uptime_ms: content.wall_minus_uptime_ms,
        floors: &content.floors,
        ops: &content.ops,
        origins: &content.origins,
    };
    ensure!(encode(&meaning) == bytes, "plain content means something else");
    Ok(super::messages::told("Content", bytes, &meaning))
}

/// A copy, of which another has handed over two ops.
fn fork() -> Forked {
    let mut fork = variants::fork();
    let run = values::welcome().acks.remove(0).runs.remove(0);
    fork.lanes[0].moved = vec![Moved {
        first: 5,
        to: Dot::new(ActorId(90), 1),
        hashes: [[0xab; 8], [0xcd; 8]].concat().into(),
        clock: values::welcome().clocks[0],
        run,
    }];
    fork
}

fn area_of(code: &str) -> AreaCode {
    // Written here.
    code.parse().expect("an area code")
}

/// The verdict on an own op that was let in, and is in conflict.
fn let_in() -> ChangeFrame {
    let at = |commit| Position { commit, index: 0 };
    ChangeFrame {
        scope: ScopeId(25),
        lane: Lane::Rest,
        from: at(8_000),
        to: at(8_001),
        items: vec![FeedItem {
            position: at(8_001),
            news: News::Verdict {
                dot: Dot::new(ActorId(42), 7),
                verdict: Verdict::Accepted,
                facts: values::facts(60, Level::WORKER),
                in_inbox: false,
                conflict: true,
            },
        }],
        digest: None,
    }
}

fn welcome() -> Welcome {
    let ended = |area: &str, ending, successors: &[(&str, &str)]| {
        Notice::Ended(EndedArea {
            area: area_of(area),
            ending,
            successors: successors
                .iter()
                .map(|(code, name)| (area_of(code), (*name).to_owned()))
                .collect(),
        })
    };
    Welcome {
        notices: vec![
            ended(
                "150821100201012",
                AreaEnding::Split,
                &[("150821100201013", "东片"), ("150821100201014", "西片")],
            ),
            ended("150821100201015", AreaEnding::Closed, &[]),
        ],
        ..values::welcome()
    }
}

fn hello(after: Option<Dot>) -> Hello {
    Hello {
        requests: vec![Request::Aside { after }],
        ..values::hello()
    }
}

fn aside() -> AsideFrame {
    let one = |seq, verdict| AsideOp {
        dot: Dot::new(ActorId(41), seq),
        lane: Lane::Reports,
        op: encode(&values::edit()).into(),
        verdict,
        facts: values::facts(60, Level::WORKER),
    };
    AsideFrame {
        ops: vec![
            one(7, Verdict::Parked),
            one(9, Verdict::Quarantined(Reason::OutOfArea)),
        ],
    }
}

const ABOUT_CHAINS: &str = "Messages, as in messages.json: a welcome as it crosses packed, without a chain that the \
hello told.";

/// A welcome without a chain.
pub(super) fn chains() -> anyhow::Result<String> {
    let mut welcome = values::welcome();
    welcome.acks.iter_mut().for_each(|ack| ack.chain = None);
    Ok(vectors_of(ABOUT_CHAINS, &[plain("Welcome", &welcome)?]))
}

pub(super) fn document() -> anyhow::Result<String> {
    let vectors = [
        by_columns()?,
        plainly()?,
        plain("Refusal", &Refusal::Forked(Box::new(fork())))?,
        changes(&let_in())?,
        plain("Welcome", &welcome())?,
        plain("Hello", &hello(None))?,
        plain("Hello", &hello(Some(Dot::new(ActorId(41), 7))))?,
        plain("AsideFrame", &aside())?,
    ];
    Ok(vectors_of(ABOUT, &vectors))
}
