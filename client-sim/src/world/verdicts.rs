//! Which verdicts a run's journal holds, and what has stopped its server: for the coverage.

use super::World;

impl World {
    /// Counts what the journal says at the end, and what befell the server.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn count_verdicts(&mut self) -> anyhow::Result<()> {
        for (name, times) in self.server.decided()? {
            self.coverage.add(&name, times);
        }
        for (point, times) in self.server.deaths() {
            self.coverage.add(&format!("die.{}", point.name()), times);
        }
        for (cause, times) in self.server.stops() {
            self.coverage.add(&format!("stop.{cause}"), *times);
        }
        self.coverage.add("table.rows_mended", self.server.mended());
        self.coverage
            .add("server.clock_refused", self.server.refused_for_clock());
        Ok(())
    }
}
