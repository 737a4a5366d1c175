//! Phones that cannot be served as they come: new histories, phones that are admitted again, refusals.

use super::LocalServer;
use super::mortal::Gone;
use anyhow::Context;
use otor_protocol::keys::Certificate;
use otor_protocol::wire::{Hello, PROTOCOL_VERSION, Refusal};
use otor_server::service::sync::{self, Declined, Known};
use rand::RngExt;

impl LocalServer {
    /// A new history begins in place of `former`.
    pub(super) fn begin_anew(&mut self, former: u64, now_ms: i64) -> anyhow::Result<()> {
        let incarnation = self.rng.random::<u64>() | 1;
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let attempts = running.attempts.clone();
        if self.used_again.contains(&former) {
            // What came again meanwhile, by requests that were late, may have other stamps in this one, too.
            self.used_again.insert(incarnation);
        }
        self.decide(now_ms, move |desk| {
            sync::propose_history(desk, former, incarnation, &attempts)
        })
    }

    /// Admits a phone by a certificate that it shows, or begins a new history over it.
    pub(super) fn admit(&mut self, shown: (Certificate, String), now_ms: i64) -> anyhow::Result<()> {
        let (server, incarnation) = (self.secret.public(), self.rng.random::<u64>() | 1);
        let running = self.running.as_ref().ok_or(Gone::Down)?;
        let (attempts, certificate) = (running.attempts.clone(), shown.0.clone());
        self.decide(now_ms, move |desk| {
            sync::propose_history_for(desk, &server, &certificate, incarnation, &attempts)
        })?;
        self.decide(now_ms, move |desk| {
            sync::propose_readmission(desk, &server, &shown)
        })
    }

    /// What a phone is told in place of a welcome.
    pub(super) fn refusal(
        &mut self,
        known: &Known,
        hello: &Hello,
        declined: Declined,
        now_ms: i64,
    ) -> anyhow::Result<Refusal> {
        match declined {
            Declined::Protocol => Ok(Refusal::Protocol(PROTOCOL_VERSION)),
            Declined::OtherHistory => Ok(sync::other_history(&self.reader()?.snapshot(), known)?),
            Declined::Beyond(former) => {
                self.begin_anew(former, now_ms)?;
                Ok(sync::other_history(&self.reader()?.snapshot(), known)?)
            }
            Declined::Superseded => Ok(Refusal::Superseded),
            Declined::UnknownDictionary => Ok(Refusal::UnknownDictionary),
            Declined::Copy => {
                let running = self.running.as_ref().ok_or(Gone::Down)?;
                let phone = (known.device.id, hello.first_actor);
                let attempts = running.attempts.clone();
                let actors = self.decide(now_ms, move |desk| sync::propose_branch(desk, phone, &attempts))?;
                let actors = actors.context("the phone is gone")?;
                let reader = self.reader()?;
                let view = reader.snapshot();
                Ok(sync::forked(&view, &self.secret, known, hello, actors)?)
            }
        }
    }
}
