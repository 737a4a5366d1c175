//! Copies of a server in this process, for what has to begin again and again from the same state.

use super::clock::Clock;
use super::mortal::Troubles;
use super::server::LocalServer;
use super::watch::Watch;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

impl LocalServer {
    /// A second server with the same keys and the same data, just started: as if this one had been killed and
    /// had come back. What happens to one does not happen to the other.
    ///
    /// # Errors
    /// If its data does not open.
    pub fn copied(&self, now_ms: i64) -> anyhow::Result<LocalServer> {
        let watch = Watch::default();
        let mut copy = LocalServer {
            disk: self.disk.duplicate(watch.fuse().clone()),
            tables: self.tables.duplicate(watch.fuse().clone()),
            watch,
            troubles: Troubles::default(),
            kept_table: None,
            secret: self.secret.clone(),
            rng: ChaCha8Rng::seed_from_u64(self.starts),
            pipeline: self.pipeline.clone(),
            running: None,
            starts: self.starts,
            backup: None,
            erasures: self.erasures.clone(),
            checks_asked: 0,
            used_again: self.used_again.clone(),
            dictionaries: Arc::clone(&self.dictionaries),
            tells_statistics: self.tells_statistics,
            acting: None,
            batches: None,
            trims: false,
            catalogue: self.catalogue.clone(),
            clock: Clock::default(),
        };
        copy.kill();
        copy.start(now_ms)?;
        Ok(copy)
    }
}
