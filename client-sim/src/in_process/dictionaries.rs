//! What a server in this process learns from its deployment.

use super::LocalServer;
use anyhow::Context;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::PersonId;
use otor_server::decide::admin::dictionary::{self, Learned};
use otor_server::service::dictionaries;
use otor_server::service::learn::passages::Passage;
use otor_server::service::learn::runs::Names;

impl LocalServer {
    /// Learns a dictionary from its records, as on its schedule; its number, if there is one.
    ///
    /// # Errors
    /// If it does not run.
    pub fn learn(&mut self, now_ms: i64) -> anyhow::Result<Option<u32>> {
        let learned = dictionaries::learn(&self.reader()?, &Catalogue::built_in())?;
        self.keep(now_ms, learned)
    }

    /// Learns a dictionary as if its records held these texts, each of an author in a grid; its number.
    ///
    /// # Errors
    /// If it does not run, or too little is common.
    pub fn learn_from(
        &mut self,
        now_ms: i64,
        texts: impl IntoIterator<Item = (u32, AreaCode, String)>,
    ) -> anyhow::Result<u32> {
        let taught = taught_by(texts).context("too little is common")?;
        self.teach(now_ms, taught)
    }

    /// Keeps a dictionary that was learned elsewhere; its number.
    ///
    /// # Errors
    /// If it does not run.
    pub fn teach(&mut self, now_ms: i64, content: Vec<u8>) -> anyhow::Result<u32> {
        let learned = Learned { content, passages: 0 };
        self.keep(now_ms, Some(learned))?.context("it is kept")
    }

    /// The newest dictionary it has learned: its number and its bytes.
    ///
    /// # Errors
    /// If it does not run.
    pub fn dictionary(&self) -> anyhow::Result<Option<(u32, Vec<u8>)>> {
        let reader = self.reader()?;
        let view = reader.snapshot();
        let Some(newest) = dictionaries::marks(&view)?.0.pop() else {
            return Ok(None);
        };
        let content = dictionaries::content(&view, newest.number)?;
        Ok(content.map(|content| (newest.number, content)))
    }

    fn keep(&mut self, now_ms: i64, learned: Option<Learned>) -> anyhow::Result<Option<u32>> {
        let kept = self.decide(now_ms, move |desk| dictionary::keep(desk, learned))?;
        Ok(kept.number)
    }
}

/// The bytes of the dictionary that these texts give, each of an author in a grid; none if too little is common.
pub fn taught_by(texts: impl IntoIterator<Item = (u32, AreaCode, String)>) -> Option<Vec<u8>> {
    let passages: Vec<Passage> = texts
        .into_iter()
        .map(|(author, grid, text)| Passage {
            author: PersonId(author),
            grid,
            text,
        })
        .collect();
    dictionaries::compose(&passages, &Names::default()).map(|learned| learned.content)
}
