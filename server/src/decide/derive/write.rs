//! Ops of the server's rules as frames: judged like any other, and those that are not accepted left out.

use crate::decide::{Desk, FrameDecision, Writer, decide_frame};
use crate::state::cell::ActorCell;
use crate::state::entry::{Act, Entry, FrameAct};
use crate::state::{Draft, StateError, apply_entry, key, read};
use otor_protocol::ids::PersonId;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::op::{Body, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{self, Content, Verdict};
use serde_bytes::ByteBuf;

/// Has bodies decided as ops of the rules' actor, one frame after the other, over a draft of the state.
pub(in crate::decide) fn write_all(
    desk: &Desk,
    mut draft: Draft,
    bodies: Vec<Body>,
) -> Result<Vec<FrameAct>, StateError> {
    let mut frames = Vec::new();
    for some in bodies.chunks(FRAME_OPS_MAX) {
        let frame = {
            let writes = draft.clone().into_written()?;
            let view = writes.over(desk.view);
            let desk = Desk { view: &view, ..*desk };
            write_some(&desk, some.to_vec())?
        };
        if let Some(frame) = frame {
            let entry = Entry {
                at_ms: desk.now_ms,
                act: Act::Frame(frame.clone()),
                answer: None,
                derived: Vec::new(),
                by: None,
            };
            apply_entry(&mut draft, desk.commit, &entry)?;
            frames.push(frame);
        }
    }
    Ok(frames)
}

/// One frame. Whatever would not be accepted is left out, so that nothing of the rules' is ever kept aside.
fn write_some(desk: &Desk, mut bodies: Vec<Body>) -> Result<Option<FrameAct>, StateError> {
    loop {
        if bodies.is_empty() {
            return Ok(None);
        }
        let decision = decide_frame(desk, &Writer::Person(PersonId::SERVER), &content(desk, &bodies)?)?;
        let FrameDecision::Commit(frame) = decision else {
            return Ok(None);
        };
        let mut verdicts = frame
            .judged
            .iter()
            .map(|judged| judged.verdict == Verdict::Accepted);
        if frame
            .judged
            .iter()
            .all(|judged| judged.verdict == Verdict::Accepted)
        {
            return Ok(Some(*frame));
        }
        bodies.retain(|_| verdicts.next().unwrap_or(false));
    }
}

fn content(desk: &Desk, bodies: &[Body]) -> Result<Content, StateError> {
    let actor = read::server(desk.view)?.rules_actor;
    let place = key::actor(actor);
    let cell = read::get::<ActorCell>(desk.view, &place)?.ok_or(StateError::Damaged { key: place })?;
    let ops = bodies.iter().map(|body| {
        ByteBuf::from(wire::encode(&Op {
            author: PersonId::SERVER,
            uptime_ms: desk.now_ms,
            body: body.clone(),
        }))
    });
    Ok(Content {
        actor,
        first_seq: cell.through + 1,
        boot: 0,
        wall_minus_uptime_ms: 0,
        floors: vec![(0, Stamp::at_ms(desk.now_ms))],
        ops: ops.collect(),
        origins: Vec::new(),
    })
}
