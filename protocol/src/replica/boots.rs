//! The phone's boots: uptimes that rise with every op, the clocks that the server has told, and what the phone
//! has to say of earlier boots.

use super::{DeviceClock, LaneLog, OwnOp, Replica, Storage};
use crate::ids::Lane;
use crate::limits::PAST_BOOTS_MAX;
use crate::stamp::Stamp;
use crate::sync::clock::{next_uptime, told_stamp};
use crate::wire::{BootClock, Content, Hello, PastBoot, Request};
use std::collections::BTreeMap;

/// Clocks that are kept.
const CLOCKS_KEPT: usize = 4;
/// Differences between wall clock and uptime that are as good as equal, in milliseconds: the two are not read at
/// the same moment, and are put right in small steps.
const JITTER_MS: i64 = 1_000;

/// What a phone notes of the time when it writes an op.
pub(super) struct Noted {
    pub uptime_ms: i64,
    pub wall_minus_uptime_ms: i64,
    /// The stamp until the server tells.
    pub own_stamp: Stamp,
}

impl<S: Storage> Replica<S> {
    /// What is noted with an op written now.
    pub(super) fn note_time(&self, clock: DeviceClock) -> Noted {
        let told = self.clock_of(clock.boot);
        let shift_ms = told.map(|told| told.shift_ms);
        let (last_ms, last) = self.last_in(clock.boot).unzip();
        let uptime_ms = next_uptime(clock.uptime_ms, last_ms, self.meta.seen, shift_ms);
        let difference_ms = clock.wall_ms.saturating_sub(clock.uptime_ms);
        let before_ms = last.map(|own| own.wall_minus_uptime_ms);
        let as_good = |before_ms: &i64| difference_ms.saturating_sub(*before_ms).abs() <= JITTER_MS;
        let stamp = shift_ms.map_or(Stamp::at_ms(clock.wall_ms), |shift_ms| {
            told_stamp(uptime_ms, shift_ms)
        });
        let written = self.last_ops().map(|own| own.own_stamp).max();
        Noted {
            uptime_ms,
            wall_minus_uptime_ms: before_ms.filter(as_good).unwrap_or(difference_ms),
            own_stamp: stamp
                .max(self.meta.seen.next())
                .max(written.unwrap_or_default().next()),
        }
    }

    /// The uptime to tell in a hello.
    pub(crate) fn uptime_told(&self, clock: DeviceClock) -> i64 {
        let last = self.last_in(clock.boot);
        last.map_or(clock.uptime_ms, |(last_ms, _)| clock.uptime_ms.max(last_ms))
    }

    /// What a hello says of the clock, unless the server knows it all.
    pub(crate) fn clock_request(&self, clock: DeviceClock) -> Option<Request> {
        let past = self.past_boots(clock.boot);
        let known = past.is_empty() && self.clock_of(clock.boot).is_some();
        // In a boot that has met the server what was seen may have been seen since its beginning.
        let has_met = self.meta.boots_met.contains(&clock.boot);
        (!known).then_some(Request::Clock {
            wall_ms: clock.wall_ms,
            seen: if has_met {
                self.before_told(clock.boot, 0)
            } else {
                self.meta.seen
            },
            past,
        })
    }

    /// A stamp such that what is written in a boot that had met the server, from an uptime on, lies after what was
    /// told of its ops there, if it lies after this: what was told stands whatever the server makes of the boot now.
    fn before_told(&self, boot: u64, uptime_ms: i64) -> Stamp {
        let told = self.told_of(boot);
        told.map_or_else(Stamp::default, |shift_ms| just_before(uptime_ms, shift_ms))
    }

    /// Where the stamps that were told of a boot's ops put it, if any were: the greatest difference of stamp and uptime.
    fn told_of(&self, boot: u64) -> Option<i64> {
        let former = self.former_ops.values().map(|(_, own)| own);
        let own = self.lanes.iter().flat_map(LaneLog::ops).map(|(_, own)| own);
        let shifts = own
            .chain(former)
            .filter(|own| own.boot == boot)
            .filter_map(|own| {
                let told = own.formerly.as_ref().or(own.told.as_ref())?;
                Some(told.facts.stamp.ms().saturating_sub(own.decoded()?.uptime_ms))
            });
        shifts.max()
    }

    /// The clocks told so far are those of other actors, or of another history: they are asked for anew.
    pub(super) fn forget_clocks(&mut self) {
        let clocks = std::mem::take(&mut self.meta.clocks);
        let before = std::mem::take(&mut self.meta.boots_met);
        let boots = clocks.iter().map(|clock| clock.boot).chain(before);
        self.meta.boots_met = boots.take(CLOCKS_KEPT).collect();
    }

    /// What a lane hands over after a hello: of a boot that it does not name the server would know nothing.
    pub(crate) fn unsent_contents(&self, lane: Lane, hello: &Hello, bytes_aim: usize) -> Vec<Content> {
        let mut contents = self.lanes[lane.index()].contents(self.actor(lane), bytes_aim);
        let named = contents
            .iter()
            .take_while(|content| hello.names_boot(content.boot));
        contents.truncate(named.count());
        contents
    }

    /// The clock of a boot, if the server has told it.
    pub(super) fn clock_of(&self, boot: u64) -> Option<BootClock> {
        self.meta.clocks.iter().find(|told| told.boot == boot).copied()
    }

    /// Notes the clocks of a welcome.
    pub(super) fn note_clocks(&mut self, clocks: &[BootClock]) {
        let news = clocks.iter().copied();
        let kept = self.meta.clocks.iter().copied();
        let kept = kept.filter(|old| clocks.iter().all(|told| told.boot != old.boot));
        self.meta.clocks = news.chain(kept).take(CLOCKS_KEPT).collect();
    }

    fn last_ops(&self) -> impl Iterator<Item = &OwnOp> {
        self.lanes.iter().filter_map(|lane| lane.op(lane.last()))
    }

    /// The last op of a boot, with its uptime.
    fn last_in(&self, boot: u64) -> Option<(i64, &OwnOp)> {
        let own = self.last_ops().filter(|own| own.boot == boot);
        own.filter_map(|own| Some((own.decoded()?.uptime_ms, own)))
            .max_by_key(|(uptime_ms, _)| *uptime_ms)
    }

    /// The boots before the present one of which ops are not acknowledged, oldest first.
    fn past_boots(&self, present: u64) -> Vec<PastBoot> {
        let mut boots: BTreeMap<u64, Vec<(i64, &OwnOp)>> = BTreeMap::new();
        for (_, own) in self.lanes.iter().flat_map(|lane| lane.outbox()) {
            if let Some(op) = own.decoded().filter(|_| own.boot != present) {
                boots.entry(own.boot).or_default().push((op.uptime_ms, own));
            }
        }
        let past = boots.iter().filter_map(|(boot, ops)| self.past_boot(*boot, ops));
        let mut past: Vec<_> = past.collect();
        past.sort_by_key(|(first, _)| *first);
        let oldest = past.into_iter().take(PAST_BOOTS_MAX);
        oldest.map(|(_, boot)| boot).collect()
    }

    /// An earlier boot with these ops, each with its uptime; and the first of their stamps.
    fn past_boot(&self, boot: u64, ops: &[(i64, &OwnOp)]) -> Option<(Stamp, PastBoot)> {
        let uptimes = ops.iter().map(|(uptime_ms, _)| *uptime_ms);
        let (first_uptime_ms, last_uptime_ms) = (uptimes.clone().min()?, uptimes.max()?);
        // What is seen in the middle of a boot says nothing of what was written in it before.
        let floors = ops
            .iter()
            .map(|(uptime_ms, own)| own.floor.ms_before(uptime_ms.saturating_sub(first_uptime_ms)));
        let (_, last) = ops.iter().max_by_key(|(_, own)| own.own_stamp)?;
        let first = ops.iter().map(|(_, own)| own.own_stamp).min()?;
        let mut past = PastBoot {
            boot,
            wall_minus_uptime_ms: last.wall_minus_uptime_ms,
            first_uptime_ms,
            last_uptime_ms,
            floor: floors.max()?,
        };
        let has_met = self.meta.boots_met.contains(&boot);
        if let Some(shift_ms) = self.told_of(boot).filter(|_| has_met) {
            // What else was written in it belongs between what was told, wherever a wall clock would put it.
            past.wall_minus_uptime_ms = i64::MIN;
            past.floor = past.floor.max(just_before(first_uptime_ms, shift_ms));
        }
        Some((first, past))
    }
}

/// The stamp just before what is written at an uptime in a boot with this shift.
fn just_before(uptime_ms: i64, shift_ms: i64) -> Stamp {
    Stamp::at_ms(uptime_ms.saturating_add(shift_ms).saturating_sub(1))
}
