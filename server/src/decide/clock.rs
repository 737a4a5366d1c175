//! What is fixed of a phone's boots: at its first hello in a boot, and with frames that need more.

use super::{Decision, Desk};
use crate::state::cell::ActorCell;
use crate::state::entry::{Act, LearntClock};
use crate::state::{StateError, key, read};
use otor_protocol::ids::{ActorId, DeviceId};
use otor_protocol::stamp::Stamp;
use otor_protocol::sync::clock::{self, BootLine, Meeting, PastBoot, told_stamp};
use otor_protocol::wire::{Content, Hello, Request};

/// The moment of a phone's hello, by its boot and by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The phone.
    pub device: DeviceId,
    /// The first actor of the branch in which it writes.
    pub branch: ActorId,
    /// Its present boot.
    pub boot: u64,
    /// Milliseconds since that boot, when the hello was written.
    pub uptime_ms: i64,
    /// Server time when the hello came, milliseconds since the Unix epoch.
    pub met_ms: i64,
}

/// Whether a hello says what the server may need for its clocks.
pub fn asks_clock(hello: &Hello) -> bool {
    hello
        .requests
        .iter()
        .any(|request| matches!(request, Request::Clock { .. }))
}

/// Fixes what a hello that says so makes known of the phone's boots: a small entry once a boot.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn decide_clocks(desk: &Desk, moment: Moment, hello: &Hello) -> Decision {
    let asked = hello.requests.iter().find_map(|request| match request {
        Request::Clock { wall_ms, seen, past } => Some((*wall_ms, *seen, past)),
        _ => None,
    });
    let Some((wall_ms, seen, past)) = asked else {
        return Ok(None);
    };
    let device = read::device(desk.view, moment.device)?;
    let Some(actors) = device.and_then(|device| device.branch(moment.branch)) else {
        return Ok(None);
    };
    let known = line(desk, moment.branch, moment.boot)?;
    let mut lines = Vec::new();
    for boot in past.iter().filter(|boot| boot.boot != moment.boot) {
        lines.push((*boot, line(desk, moment.branch, boot.boot)?));
    }
    let meeting = Meeting {
        uptime_ms: moment.uptime_ms,
        wall_ms,
        met_ms: moment.met_ms,
        seen,
    };
    let (present, fixed) = clock::fix(meeting, known.as_ref(), &lines, last_given(desk, actors)?);
    let before = lines
        .into_iter()
        .map(|(boot, known): (PastBoot, _)| (boot.boot, known));
    let learnt: Vec<LearntClock> = before
        .zip(fixed)
        .chain([((moment.boot, known), present)])
        .filter(|((_, known), line)| known.as_ref() != Some(line))
        .map(|((boot, _), line)| (moment.branch, boot, line))
        .collect();
    Ok((!learnt.is_empty()).then(|| Act::Clocks(learnt).into()))
}

fn line(desk: &Desk, branch: ActorId, boot: u64) -> Result<Option<BootLine>, StateError> {
    read::get(desk.view, &key::clock(branch, boot))
}

/// The greatest stamp any op of a phone's branch has.
fn last_given(desk: &Desk, actors: [ActorId; 3]) -> Result<Stamp, StateError> {
    let mut last = Stamp::default();
    for actor in actors {
        let cell = read::get::<ActorCell>(desk.view, &key::actor(actor))?;
        last = last.max(cell.map_or(last, |cell| cell.last_stamp));
    }
    Ok(last)
}

/// The stamps of a frame's ops.
pub(super) struct FrameClock {
    /// Server time minus uptime.
    pub shift_ms: i64,
    /// Whether that is a guess.
    pub uncertain: bool,
    writer: Option<(Moment, BootLine)>,
    boot: u64,
    changed: bool,
}

impl FrameClock {
    /// For a frame of a phone; none for an account, whose uptime is server time.
    pub fn of(desk: &Desk, moment: Option<Moment>, content: &Content) -> Result<Self, StateError> {
        let mut clock = FrameClock {
            shift_ms: 0,
            uncertain: false,
            writer: None,
            boot: content.boot,
            changed: false,
        };
        if let Some(moment) = moment {
            let known = line(desk, moment.branch, content.boot)?;
            clock.changed = known.is_none();
            let line = known.unwrap_or_else(|| undeclared(moment, content));
            clock.shift_ms = line.shift_ms;
            clock.uncertain = line.uncertain;
            clock.writer = Some((moment, line));
        }
        Ok(clock)
    }

    /// The stamp of an op, before anything else is looked at.
    pub fn stamp(&mut self, uptime_ms: i64) -> Stamp {
        let Some((moment, line)) = &mut self.writer else {
            return told_stamp(uptime_ms, 0);
        };
        if self.boot != moment.boot {
            return line.past_stamp(uptime_ms, moment.met_ms);
        }
        let now = line.ceiling_now(moment.uptime_ms, moment.met_ms);
        let (stamp, held_down) = line.stamp(uptime_ms, now);
        if held_down {
            line.keep(now);
            self.changed = true;
        }
        stamp
    }

    /// Up to when a phone can have seen anything; accounts see everything.
    pub fn seen_until_ms(&self, now_ms: i64) -> i64 {
        if self.writer.is_some() { now_ms } else { i64::MAX }
    }

    /// What is to be journaled of the boot.
    pub fn learnt(self) -> Option<LearntClock> {
        let (moment, line) = self.writer.filter(|_| self.changed)?;
        Some((moment.branch, self.boot, line))
    }
}

/// A boot of which the phone did not say that it has ops: the present one counts from this hello; another, as if
/// its last op had just been written.
fn undeclared(moment: Moment, content: &Content) -> BootLine {
    let uptimes = (0..content.ops.len()).filter_map(|index| Some(content.op(index).ok()?.uptime_ms));
    let present = moment.boot == content.boot;
    let uptime_ms = match present {
        true => moment.uptime_ms,
        false => uptimes.max().unwrap_or_default(),
    };
    BootLine {
        shift_ms: moment.met_ms.saturating_sub(uptime_ms),
        uncertain: !present,
        ceilings: Vec::new(),
    }
}
