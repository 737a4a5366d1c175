//! What a server in this process does by itself: what is due, in time; trimming of feeds, at random and far sooner
//! than it ever should.

use super::LocalServer;
use otor_server::decide::{dispatch, schedule, trim};
use rand::RngExt;

/// How likely feeds are trimmed after a commit or a frame, where they are, and how many of the last commits may
/// be kept.
const TRIM_CHANCE: f64 = 0.05;
const COMMITS_KEPT: u64 = 40;

impl LocalServer {
    pub(super) fn trim_by_chance(&mut self, now_ms: i64) -> anyhow::Result<()> {
        if self.trims && self.rng.random_bool(TRIM_CHANCE) {
            let kept = self.rng.random_range(0..COMMITS_KEPT);
            self.trim(now_ms, kept)?;
        }
        Ok(())
    }

    /// The time of the next deadline, if the server runs, milliseconds since the Unix epoch.
    pub fn next_due_ms(&self) -> Option<i64> {
        let reader = self.reader().ok()?;
        schedule::next_due_ms(&reader.snapshot()).ok().flatten()
    }

    /// Writes down what has passed, as the real server does every second.
    ///
    /// # Errors
    /// If it does not run, or stops over it.
    pub fn pass_deadlines(&mut self, now_ms: i64) -> anyhow::Result<()> {
        if self.expect_right_clock(now_ms).is_err() {
            return Ok(());
        }
        let mut from = None;
        loop {
            from = self.decide(now_ms, move |desk| schedule::pass(desk, from))?;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// Tells of tasks whose assignees' phones are silent, as the real server does every hour, if its rules say so.
    ///
    /// # Errors
    /// If it does not run, or stops over it.
    pub fn look_for_silence(&mut self, now_ms: i64) -> anyhow::Result<()> {
        let rules = dispatch::rules(&self.reader()?.snapshot())?;
        if rules.silent_days == 0 {
            return Ok(());
        }
        let mut from = None;
        loop {
            from = self.decide(now_ms, move |desk| schedule::silent(desk, from))?;
            if from.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// From now on feeds are trimmed at random.
    pub fn trim_at_random(&mut self) {
        self.trims = true;
    }

    /// Trims every feed of all but the last commits.
    ///
    /// # Errors
    /// If it does not run, or stops over it.
    pub fn trim(&mut self, now_ms: i64, kept: u64) -> anyhow::Result<()> {
        let trims = std::mem::take(&mut self.trims);
        let mut from = None;
        loop {
            from = self.decide(now_ms, move |desk| {
                trim::trim(desk, desk.commit.saturating_sub(kept), from)
            })?;
            if from.is_none() {
                break;
            }
        }
        self.trims = trims;
        Ok(())
    }
}
