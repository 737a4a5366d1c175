//! When an op was written, in server time: what the server fixes about the boots of a phone, and the stamps
//! that follow. Both sides compute them with the same functions.
//!
//! A phone's uptimes rise with every op it writes, whatever the lane ([`next_uptime`]). Everything here rises
//! with the uptime, and each boot ends before the next begins: so the order in which a phone wrote is the order
//! of its stamps, across lanes, frames and boots, in whatever order they arrive.

use crate::mutation::{self, Mutation};
use crate::stamp::Stamp;
pub use crate::wire::PastBoot;
use serde::{Deserialize, Serialize};

/// Most ceilings that are kept of one boot.
const CEILINGS_MAX: usize = 8;

/// One boot of a phone against the server's time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootLine {
    /// Server time minus uptime, in milliseconds.
    pub shift_ms: i64,
    /// The boot never met the server: the shift is a guess from the phone's wall clock.
    pub uncertain: bool,
    /// What holds stamps down, oldest first.
    pub ceilings: Vec<Ceiling>,
}

/// Ops written up to an uptime have stamps up to one: a phone's clock may run fast, and nobody writes after the
/// receipt, nor in a boot after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    /// The uptime, in milliseconds.
    pub uptime_ms: i64,
    /// The greatest stamp there.
    pub stamp: Stamp,
}

impl Ceiling {
    /// The greatest stamp of an op written at an uptime: one less for each millisecond before, so that the
    /// order stays.
    fn over(self, uptime_ms: i64) -> Stamp {
        let before_ms = u64::try_from(self.uptime_ms.saturating_sub(uptime_ms)).unwrap_or(0);
        Stamp(self.stamp.0.saturating_sub(before_ms))
    }
}

/// The greatest stamp of what is received at a moment that is known to the millisecond: the end of the next, so
/// that what follows something seen in the same millisecond has room above it.
fn latest_at(receipt_ms: i64) -> Stamp {
    Stamp::end_of_ms(receipt_ms.saturating_add(1))
}

impl BootLine {
    /// The ceiling over what a phone in this boot hands over now: at uptime `uptime_ms` by its hello, which came
    /// at `met_ms`. It rises from one exchange to the next at least as the uptime does.
    pub fn ceiling_now(&self, uptime_ms: i64, met_ms: i64) -> Ceiling {
        let begun = Ceiling {
            uptime_ms: 0,
            stamp: Stamp::at_ms(self.shift_ms),
        };
        let earlier = self.ceilings.last().copied().unwrap_or(begun);
        let since_ms = u64::try_from(uptime_ms.saturating_sub(earlier.uptime_ms)).unwrap_or(0);
        // A hello whose uptime makes no sense lifts it by a second at most.
        let lifted = Stamp(earlier.stamp.0.saturating_add(since_ms))
            .min(Stamp::end_of_ms(met_ms.saturating_add(1_000)));
        Ceiling {
            uptime_ms,
            stamp: latest_at(met_ms).max(lifted),
        }
    }

    /// The stamp of an op written at `uptime_ms` and handed over under the ceiling `now`; and whether that
    /// ceiling made a difference: then it has to be kept.
    pub fn stamp(&self, uptime_ms: i64, now: Ceiling) -> (Stamp, bool) {
        let (held, _) = self.held(uptime_ms);
        let now = now.over(uptime_ms);
        if mutation::active(Mutation::ReceiptCeilingIgnored) {
            return (held, false);
        }
        (held.min(now), now < held)
    }

    /// The same in a boot that is over. Its end holds the stamp down, and the receipt where a phone says to have
    /// written after the end.
    pub fn past_stamp(&self, uptime_ms: i64, receipt_ms: i64) -> Stamp {
        match self.held(uptime_ms) {
            (stamp, true) => stamp,
            (stamp, false) => stamp.min(latest_at(receipt_ms)),
        }
    }

    /// The stamp under the ceilings that are kept, and whether there is one.
    fn held(&self, uptime_ms: i64) -> (Stamp, bool) {
        let over = self
            .ceilings
            .iter()
            .filter(|ceiling| uptime_ms <= ceiling.uptime_ms);
        let lowest = over.map(|ceiling| ceiling.over(uptime_ms)).min();
        let stamp = told_stamp(uptime_ms, self.shift_ms);
        (lowest.map_or(stamp, |lowest| stamp.min(lowest)), lowest.is_some())
    }

    /// Keeps a ceiling that made a difference.
    pub fn keep(&mut self, ceiling: Ceiling) {
        if self.ceilings.last() != Some(&ceiling) {
            self.ceilings.push(ceiling);
        }
        let surplus = self.ceilings.len().saturating_sub(CEILINGS_MAX);
        self.ceilings.drain(..surplus);
    }

    /// The end of a boot that is over, if it is known.
    fn end(&self, last_uptime_ms: i64) -> Option<Stamp> {
        let over = |ceiling: &&Ceiling| ceiling.uptime_ms >= last_uptime_ms;
        self.ceilings
            .iter()
            .find(over)
            .map(|ceiling| ceiling.over(last_uptime_ms))
    }
}

/// The stamp of an op unless the server tells another.
pub fn told_stamp(uptime_ms: i64, shift_ms: i64) -> Stamp {
    Stamp::at_ms(uptime_ms.saturating_add(shift_ms))
}

/// A stamp that is, whatever a phone says, above what the author had seen (`floor`) and above the same actor's
/// op before it. Nobody has seen what is after the receipt: a floor beyond it is held to it, or one faulty phone
/// could pin a field for ever.
pub fn guarded(stamp: Stamp, floor: Stamp, previous: Stamp, receipt_ms: i64) -> Stamp {
    let seen = floor.min(Stamp::end_of_ms(receipt_ms));
    stamp.max(seen.max(previous).next())
}

/// The uptime that a phone notes for its next op: that of its clock, but above the last op of the same boot in
/// any lane, and such that the stamp comes above all it has seen (`seen`), as soon as it knows the boot's shift.
pub fn next_uptime(clock_ms: i64, last_ms: Option<i64>, seen: Stamp, shift_ms: Option<i64>) -> i64 {
    let after_last = last_ms.map_or(i64::MIN, |last_ms| last_ms.saturating_add(1));
    let after_seen = shift_ms.map_or(i64::MIN, |shift_ms| (seen.ms() + 1).saturating_sub(shift_ms));
    if mutation::active(Mutation::OrderWithinPhoneLost) {
        return clock_ms.max(after_seen);
    }
    clock_ms.max(after_last).max(after_seen)
}

impl PastBoot {
    /// The least stamp of its last op such that those of its ops that come after `below` fit between, apart by
    /// one for each millisecond of uptime.
    fn least_end(&self, below: Stamp, shift_ms: i64) -> Stamp {
        let from_ms = below.ms().saturating_sub(shift_ms).max(self.first_uptime_ms);
        let room = u64::try_from(self.last_uptime_ms.saturating_sub(from_ms)).unwrap_or(0);
        Stamp(below.next().0.saturating_add(room))
    }
}

/// A phone's clocks at a hello, and the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Uptime in the present boot, in milliseconds.
    pub uptime_ms: i64,
    /// The phone's wall clock, milliseconds since the Unix epoch; however wrong.
    pub wall_ms: i64,
    /// The server's time when the hello came.
    pub met_ms: i64,
    /// The greatest stamp the phone had seen.
    pub seen: Stamp,
}

/// Fixes what is not known yet of a phone's boots, at a meeting: `present`, and the `past` ones with ops to
/// come, oldest first. `given` is the greatest stamp any op of this phone has.
///
/// The present boot's shift is server time minus uptime. That of a past boot which never met the server follows
/// from its wall clock, as if that had not been touched since; but its ops lie after what the phone had seen
/// then and after everything before, and before the next boot. A past boot that is known gets its end.
pub fn fix(
    meeting: Meeting,
    present: Option<&BootLine>,
    past: &[(PastBoot, Option<BootLine>)],
    given: Stamp,
) -> (BootLine, Vec<BootLine>) {
    let Meeting {
        uptime_ms,
        wall_ms,
        met_ms,
        seen,
    } = meeting;
    let mut shift_ms = present.map_or(met_ms.saturating_sub(uptime_ms), |line| line.shift_ms);
    let wall_error_ms = met_ms.saturating_sub(wall_ms);
    let latest = latest_ends(past, shift_ms);
    let mut lines = Vec::new();
    // What a boot looked at lies after, or ends after: once a later boot has met the server, every earlier end
    // is fixed.
    let mut ended = given;
    for ((boot, known), latest_ms) in past.iter().zip(latest) {
        let below = ended.max(boot.floor);
        let mut line = known.clone().unwrap_or_else(|| {
            let by_wall = boot.wall_minus_uptime_ms.saturating_add(wall_error_ms);
            let latest = latest_ms.saturating_sub(boot.last_uptime_ms);
            let earliest = (below.ms() + 1).saturating_sub(boot.first_uptime_ms);
            BootLine {
                shift_ms: by_wall.min(latest).max(earliest),
                uncertain: true,
                ceilings: Vec::new(),
            }
        });
        let end = line.end(boot.last_uptime_ms).unwrap_or_else(|| {
            let stamp = told_stamp(boot.last_uptime_ms, line.shift_ms)
                .min(Stamp::end_of_ms(latest_ms))
                .max(boot.least_end(below, line.shift_ms));
            let uptime_ms = boot.last_uptime_ms;
            line.keep(Ceiling { uptime_ms, stamp });
            stamp
        });
        ended = ended.max(end);
        lines.push(line);
    }
    if present.is_none() {
        shift_ms = shift_ms.max(ended.max(seen.min(Stamp::end_of_ms(met_ms))).ms() + 1);
    }
    let present = present.cloned().unwrap_or(BootLine {
        shift_ms,
        uncertain: false,
        ceilings: Vec::new(),
    });
    (present, lines)
}

/// When each past boot has ended at the latest, in milliseconds, so that the later ones have their time before
/// the first of them whose shift is known, and before the present.
fn latest_ends(past: &[(PastBoot, Option<BootLine>)], present_shift_ms: i64) -> Vec<i64> {
    let mut next_ms = present_shift_ms;
    let mut latest: Vec<i64> = past
        .iter()
        .rev()
        .map(|(boot, known)| {
            let end_ms = next_ms.saturating_sub(1);
            next_ms = match known {
                Some(line) => line.shift_ms.saturating_add(boot.first_uptime_ms),
                None => end_ms.saturating_sub(boot.last_uptime_ms.saturating_sub(boot.first_uptime_ms)),
            };
            end_ms
        })
        .collect();
    latest.reverse();
    latest
}
