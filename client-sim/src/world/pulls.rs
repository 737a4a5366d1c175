//! Pulls of accounts in virtual time.

use super::World;
use super::replay::Run;
use crate::in_process::LocalSource;
use crate::replay::centre::Row;
use crate::trace::Pull;

impl Run {
    /// An account pulls. As over the API its token says who it is.
    pub(super) fn pull(&mut self, asked: &Pull) -> anyhow::Result<()> {
        let World { server, coverage, .. } = &mut self.world;
        let tokens = self.office.tokens();
        let mut source = LocalSource::new(server, &tokens);
        self.pulls.pull(asked, &mut source, coverage)
    }

    /// Everybody who may pulls once more: what does not hold, a line each. `rows` are the merged records.
    pub(super) fn conclude_pulls(&mut self, rows: &[Row]) -> anyhow::Result<Vec<String>> {
        let tokens = self.office.tokens();
        let World { server, coverage, .. } = &mut self.world;
        let mut source = LocalSource::new(server, &tokens);
        self.pulls.conclude(rows, &mut source, coverage)
    }
}
