//! How likely a bit is, by several estimates: in the domain where evidence adds up.

/// What an estimate is told in here.
const TOTAL: i32 = 1 << 12;
/// Greatest stretched likelihood.
const STRETCHED_MAX: i32 = 2_047;
/// How likely what is stretched to −2,048, −1,920, …, 2,048 is.
const SQUASHED: [i32; 33] = [
    1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1_101, 1_546, 2_047, 2_549, 2_994, 3_348, 3_607,
    3_785, 3_901, 3_975, 4_024, 4_050, 4_068, 4_079, 4_085, 4_089, 4_092, 4_093, 4_094,
];
/// Estimates that are weighed together.
pub(in crate::wire) const ESTIMATES: usize = 3;
/// An estimate's weight at first, of 65,536.
const WEIGHT_FIRST: i32 = 26_000;
/// Greatest weight.
const WEIGHT_MAX: i32 = 0x8_0000;
/// How fast weights move.
const STEP: i32 = 12;

static STRETCHED: [i16; TOTAL as usize] = stretched();
static SQUASHES: [u16; TOTAL as usize + 1] = squashes();

const fn squash(stretched: i32) -> i32 {
    if stretched > STRETCHED_MAX {
        return TOTAL - 1;
    }
    if stretched < -STRETCHED_MAX {
        return 1;
    }
    let (place, within) = (((stretched + 2_048) >> 7) as usize, (stretched + 2_048) & 127);
    (SQUASHED[place] * (128 - within) + SQUASHED[place + 1] * within + 64) >> 7
}

/// What −2,048, −2,047, …, 2,048 are squashed to; all beyond are as these.
const fn squashes() -> [u16; TOTAL as usize + 1] {
    let mut all = [0; TOTAL as usize + 1];
    let mut at = 0;
    while at <= TOTAL {
        all[at as usize] = squash(at - TOTAL / 2) as u16;
        at += 1;
    }
    all
}

/// For each likelihood the least that is squashed to it, or beyond it.
const fn stretched() -> [i16; TOTAL as usize] {
    let mut all = [STRETCHED_MAX as i16; TOTAL as usize];
    let (mut likely, mut at) = (0, -STRETCHED_MAX);
    while at <= STRETCHED_MAX {
        while likely <= squash(at) as usize {
            all[likely] = at as i16;
            likely += 1;
        }
        at += 1;
    }
    all
}

/// The weights of estimates.
#[derive(Clone, Copy)]
pub(super) struct Weights([i32; ESTIMATES]);

impl Default for Weights {
    fn default() -> Self {
        Weights([WEIGHT_FIRST; ESTIMATES])
    }
}

/// Estimates weighed together.
pub(super) struct Weighed {
    stretched: [i32; ESTIMATES],
    /// How likely a one is, of 4,096.
    pub likely: i32,
}

impl Weights {
    /// Weighs estimates of how likely a one is, each of 65,536.
    #[inline(always)]
    pub fn weigh(&self, estimates: [u32; ESTIMATES]) -> Weighed {
        let stretched = estimates.map(|estimate| i32::from(STRETCHED[(estimate >> 4 & 0xfff) as usize]));
        let sum: i32 = (0..ESTIMATES).map(|at| stretched[at] * self.0[at]).sum();
        let sum = ((sum >> 16) + TOTAL / 2).clamp(0, TOTAL);
        Weighed {
            stretched,
            likely: SQUASHES[sum as usize].into(),
        }
    }

    /// Learns from the bit that came.
    #[inline(always)]
    pub fn learn(&mut self, weighed: &Weighed, one: bool) {
        let missed = ((if one { TOTAL } else { 0 }) - weighed.likely) * STEP;
        for at in 0..ESTIMATES {
            let moved = (weighed.stretched[at] * missed + 0x8000) >> 16;
            self.0[at] = (self.0[at] + moved).clamp(-WEIGHT_MAX, WEIGHT_MAX);
        }
    }
}
