//! What the journal of a server in this process has decided: how often each verdict, and each kind of entry.

use super::LocalServer;
use super::mortal::Gone;
use otor_protocol::wire::Verdict;
use otor_server::state::entry::{Act, Entry};
use std::collections::BTreeMap;

impl LocalServer {
    /// Counts by name.
    ///
    /// # Errors
    /// If it does not run, or its journal cannot be read.
    pub fn decided(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let mut counts = BTreeMap::new();
        let mut count = |name: String| *counts.entry(name).or_default() += 1;
        for entry in running.path.engine().entries_from(1)? {
            let Some(entry) = Entry::decode(&entry?.payload) else {
                continue;
            };
            match entry.act {
                Act::Frame(frame) => {
                    for judged in &frame.judged {
                        count(verdict(&judged.verdict));
                        if judged.conflict {
                            count("verdict.with_conflict".into());
                        }
                    }
                    for released in &frame.released {
                        count(format!("released.{}", verdict(&released.verdict)));
                    }
                    if frame.skip > 0 {
                        count("entry.frame_partly_known".into());
                    }
                }
                other => count(format!("entry.{}", name_of(&other))),
            }
        }
        Ok(counts)
    }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accepted => "verdict.accepted".into(),
        Verdict::Parked => "verdict.parked".into(),
        Verdict::Quarantined(reason) => format!("verdict.quarantined_{reason:?}").to_lowercase(),
    }
}

fn name_of(act: &Act) -> String {
    let text = format!("{act:?}");
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    text[..end].to_lowercase()
}
