//! What a phone has been told of an op stands, in a new history of the server too: its stamp is never another one.
//! Of what it has from the server only to show it, nothing stood before: that is as the server says.

use super::Checked;
use otor_protocol::ids::Dot;
use otor_protocol::replica::Storage;
use otor_protocol::stamp::Stamp;
use std::collections::BTreeMap;

/// The stamps that each phone was told, with the ops.
#[derive(Debug, Default)]
pub(super) struct Retold(BTreeMap<String, BTreeMap<Dot, (Stamp, Vec<u8>)>>);

impl Retold {
    /// Compares what a phone has been told with what it was told before.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>) -> Vec<String> {
        let told = self.0.entry(phone.name.to_owned()).or_default();
        let mut found = Vec::new();
        for (dot, own) in phone.replica.own_log().filter(|(_, own)| !own.is_only_shown()) {
            let Some(facts) = own.told.as_ref().map(|told| told.facts) else {
                continue;
            };
            let before = told.get(&dot);
            if before.is_some_and(|(stamp, _)| *stamp == facts.stamp) {
                continue;
            }
            // Another op under its number is none of which anything was told.
            if let Some((stamp, _)) = before.filter(|(_, op)| own.op == *op) {
                let (name, actor, seq) = (phone.name, dot.actor.0, dot.seq);
                let later_ms = facts.stamp.ms() - stamp.ms();
                found.push(format!(
                    "{name} was told another stamp of op {actor}-{seq} than before, later by {later_ms} ms"
                ));
            }
            told.insert(dot, (facts.stamp, own.op.to_vec()));
        }
        found
    }

    /// What a phone was told is not to be compared with what comes.
    pub fn forget(&mut self, phone: &str) {
        self.0.remove(phone);
    }
}
