//! The order in which a phone wrote is the order of its stamps: across lanes, frames, boots and cut exchanges,
//! whatever its clocks show and however fast they run.

use otor_protocol::stamp::Stamp;
use otor_protocol::sync::clock::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

const MORNING_MS: i64 = 1_770_000_000_000;
/// How far the server's own clock is put right now and then, at most.
const SLEW_MS: i64 = 5_000;
const LATENCY_MS: i64 = 3_000;

#[derive(Clone, Debug)]
enum Step {
    Write {
        lane: usize,
    },
    Wait {
        ms: i64,
    },
    Wall {
        offset_ms: i64,
    },
    Reboot {
        off_ms: i64,
    },
    Slew {
        ms: i64,
    },
    /// Hands over so many ops; the welcome comes back or not.
    Exchange {
        latency_ms: i64,
        ops: usize,
        welcome: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![Just(0), 1i64..50, 1_000i64..100_000, 1i64..40 * 86_400_000];
    let offset = prop_oneof![
        Just(0),
        Just(-MORNING_MS),
        Just(377_000_000_000),
        Just(86_400_000),
        -100_000i64..100_000
    ];
    let ops = prop_oneof![0usize..6, Just(usize::MAX)];
    prop_oneof![
        6 => (0usize..3).prop_map(|lane| Step::Write { lane }),
        3 => wait.prop_map(|ms| Step::Wait { ms }),
        1 => offset.prop_map(|offset_ms| Step::Wall { offset_ms }),
        1 => (1i64..100_000).prop_map(|off_ms| Step::Reboot { off_ms }),
        1 => (-SLEW_MS..SLEW_MS).prop_map(|ms| Step::Slew { ms }),
        3 => (0..LATENCY_MS, ops, any::<bool>())
            .prop_map(|(latency_ms, ops, welcome)| Step::Exchange { latency_ms, ops, welcome }),
    ]
}

#[derive(Clone, Debug)]
struct Written {
    order: usize,
    boot: u64,
    uptime_ms: i64,
    wall_minus_uptime_ms: i64,
    floor: Stamp,
    true_ms: i64,
}

struct Scene {
    true_ms: i64,
    /// How much faster than true time the phone counts, in millionths.
    fast_ppm: i64,
    boot: u64,
    booted_ms: i64,
    wall_offset_ms: i64,
    lanes: [Vec<Written>; 3],
    acked: [usize; 3],
    seen: Stamp,
    shift_ms: Option<i64>,
    slew_ms: i64,
    slewed: bool,
    server_ms: i64,
    lines: BTreeMap<u64, BootLine>,
    through: [usize; 3],
    previous: [Stamp; 3],
    stamps: BTreeMap<usize, (Written, Stamp)>,
    /// First server time at which a boot or a later one was met.
    met: Vec<(u64, i64)>,
}

impl Scene {
    fn new(fast_ppm: i64) -> Self {
        Scene {
            true_ms: MORNING_MS,
            fast_ppm,
            boot: 1,
            booted_ms: MORNING_MS - 1_000,
            wall_offset_ms: 0,
            lanes: Default::default(),
            acked: [0; 3],
            seen: Stamp::default(),
            shift_ms: None,
            slew_ms: 0,
            slewed: false,
            server_ms: 0,
            lines: BTreeMap::new(),
            through: [0; 3],
            previous: [Stamp::default(); 3],
            stamps: BTreeMap::new(),
            met: Vec::new(),
        }
    }

    fn uptime_ms(&self) -> i64 {
        let up_ms = self.true_ms - self.booted_ms;
        up_ms + up_ms * self.fast_ppm / 1_000_000
    }

    fn last_uptime_ms(&self) -> Option<i64> {
        let last = self.lanes.iter().filter_map(|lane| lane.last());
        last.filter(|op| op.boot == self.boot)
            .map(|op| op.uptime_ms)
            .max()
    }

    fn now_at_server_ms(&mut self) -> i64 {
        self.server_ms = self.server_ms.max(self.true_ms + self.slew_ms);
        self.server_ms
    }

    fn act(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Write { lane } => self.write(*lane),
            Step::Wait { ms } => self.true_ms += ms,
            Step::Wall { offset_ms } => self.wall_offset_ms = *offset_ms,
            Step::Reboot { off_ms } => {
                self.true_ms += off_ms;
                self.boot += 1;
                self.booted_ms = self.true_ms;
                self.shift_ms = None;
            }
            Step::Slew { ms } => {
                self.slew_ms = *ms;
                self.slewed = true;
            }
            Step::Exchange {
                latency_ms,
                ops,
                welcome,
            } => self.exchange(*latency_ms, *ops, *welcome)?,
        }
        Ok(())
    }

    fn write(&mut self, lane: usize) {
        let clock_ms = self.uptime_ms();
        let op = Written {
            order: self.lanes.iter().map(Vec::len).sum(),
            boot: self.boot,
            uptime_ms: next_uptime(clock_ms, self.last_uptime_ms(), self.seen, self.shift_ms),
            wall_minus_uptime_ms: self.true_ms + self.wall_offset_ms - clock_ms,
            floor: self.seen,
            true_ms: self.true_ms,
        };
        self.lanes[lane].push(op);
    }

    fn past(&self) -> Vec<(PastBoot, Option<BootLine>)> {
        let mut past: BTreeMap<u64, Vec<&Written>> = BTreeMap::new();
        for (lane, acked) in self.lanes.iter().zip(self.acked) {
            for op in lane[acked..].iter().filter(|op| op.boot != self.boot) {
                past.entry(op.boot).or_default().push(op);
            }
        }
        let declared = past.into_iter().map(|(boot, mut ops)| {
            ops.sort_by_key(|op| op.order);
            let (first, last) = (ops[0], ops[ops.len() - 1]);
            let declared = PastBoot {
                boot,
                wall_minus_uptime_ms: last.wall_minus_uptime_ms,
                first_uptime_ms: first.uptime_ms,
                last_uptime_ms: last.uptime_ms,
                floor: last.floor,
            };
            (declared, self.lines.get(&boot).cloned())
        });
        declared.collect()
    }

    fn exchange(&mut self, latency_ms: i64, ops: usize, welcome: bool) -> Result<(), TestCaseError> {
        let uptime_ms = self.uptime_ms().max(self.last_uptime_ms().unwrap_or(i64::MIN));
        let (wall_ms, seen, past) = (self.true_ms + self.wall_offset_ms, self.seen, self.past());
        let offered: Vec<usize> = self.lanes.iter().map(Vec::len).collect();
        self.true_ms += latency_ms;
        let meeting = Meeting {
            uptime_ms,
            wall_ms,
            met_ms: self.now_at_server_ms(),
            seen,
        };
        self.met.push((self.boot, meeting.met_ms));
        let given = self.previous.into_iter().max().unwrap_or_default();
        let (present, lines) = fix(meeting, self.lines.get(&self.boot), &past, given);
        self.lines.insert(self.boot, present);
        self.lines
            .extend(past.iter().map(|(boot, _)| boot.boot).zip(lines));
        let mut left = ops;
        for (lane, offered) in offered.into_iter().enumerate() {
            for index in self.acked[lane]..offered {
                if left == 0 {
                    break;
                }
                left -= 1;
                if index >= self.through[lane] {
                    self.receive(lane, index, meeting)?;
                }
            }
        }
        self.true_ms += latency_ms;
        if welcome {
            self.seen = self.seen.max(Stamp::end_of_ms(self.now_at_server_ms()));
            self.shift_ms = Some(self.lines[&self.boot].shift_ms);
            self.acked = self.through;
        }
        Ok(())
    }

    fn receive(&mut self, lane: usize, index: usize, meeting: Meeting) -> Result<(), TestCaseError> {
        let op = self.lanes[lane][index].clone();
        let receipt_ms = self.now_at_server_ms();
        let line = self.lines.get_mut(&op.boot).expect("every boot was declared");
        let stamp = if op.boot == self.boot {
            let now = line.ceiling_now(meeting.uptime_ms, meeting.met_ms);
            let (stamp, held_down) = line.stamp(op.uptime_ms, now);
            if held_down {
                line.keep(now);
            }
            stamp
        } else {
            line.past_stamp(op.uptime_ms, receipt_ms)
        };
        let over_ms = self.over_ms(&op);
        let guarded = guarded(stamp, op.floor, self.previous[lane], receipt_ms);
        prop_assert_eq!(guarded, stamp, "an honest phone needs no guard: {:?}", op);
        prop_assert!(
            stamp.ms() <= receipt_ms + over_ms,
            "{} after {receipt_ms}: {op:?}",
            stamp.ms()
        );
        self.previous[lane] = stamp;
        self.through[lane] = index + 1;
        self.stamps.insert(op.order, (op, stamp));
        Ok(())
    }

    /// How far a stamp may be beyond the receipt. Where the server's clock was put back, its time stands still for
    /// a while, and the phone's does not.
    fn over_ms(&self, op: &Written) -> i64 {
        if self.slewed { 2 + op.boot as i64 } else { 1 }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let stamps: Vec<&(Written, Stamp)> = self.stamps.values().collect();
        for pair in stamps.windows(2) {
            prop_assert!(pair[0].1 < pair[1].1, "{:?}", pair);
        }
        for (op, stamp) in stamps {
            let line = &self.lines[&op.boot];
            if line.uncertain {
                let over_ms = if self.slewed { self.over_ms(op) } else { 0 };
                let next = self.met.iter().find(|(boot, _)| *boot > op.boot);
                prop_assert!(
                    next.is_none_or(|(_, met_ms)| stamp.ms() <= *met_ms + over_ms),
                    "{op:?} {stamp:?}"
                );
            } else {
                let drift_ms = (self.true_ms - MORNING_MS) * self.fast_ppm.abs() / 1_000_000;
                let off_ms = (stamp.ms() - op.true_ms).abs();
                prop_assert!(
                    off_ms <= drift_ms + LATENCY_MS + 2 * SLEW_MS + 1_000,
                    "{off_ms} off: {op:?}"
                );
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn order_within_a_phone_holds_across_lanes_frames_boots_and_cuts(
        fast_ppm in prop_oneof![Just(0i64), -100i64..100],
        steps in vec(step(), 1..60),
    ) {
        let mut scene = Scene::new(fast_ppm);
        for step in &steps {
            scene.act(step)?;
        }
        for _ in 0..2 {
            scene.act(&Step::Exchange { latency_ms: 10, ops: usize::MAX, welcome: true })?;
        }
        let written: usize = scene.lanes.iter().map(Vec::len).sum();
        prop_assert_eq!(scene.stamps.len(), written);
        scene.check()?;
    }

    #[test]
    fn whatever_a_phone_says_no_stamp_is_after_its_receipt_or_behind_the_op_before(
        shift_ms: i64, hello_ms: i64, ops in vec((any::<i64>(), any::<u64>()), 1..64), met_ms in 0i64..(1 << 46),
    ) {
        let mut line = BootLine { shift_ms, uncertain: false, ceilings: vec![] };
        let mut previous = Stamp::default();
        for (uptime_ms, floor) in ops {
            let now = line.ceiling_now(hello_ms, met_ms);
            let (stamp, held_down) = line.stamp(uptime_ms, now);
            if held_down {
                line.keep(now);
            }
            let stamp = guarded(stamp, Stamp(floor), previous, met_ms);
            prop_assert!(stamp > previous);
            prop_assert!(stamp.ms() <= met_ms + 1_001, "{} after {met_ms}", stamp.ms());
            previous = stamp;
        }
    }
}
