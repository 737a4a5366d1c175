//! What a server in this process has journaled, as the reference model takes it, and whether folding it again gives the
//! state that it serves.

use super::LocalServer;
use crate::model::figures::{Counted, Question};
use crate::model::{Commit, History, Issued, JournaledOp, Supplied};
use crate::replay::centre::Inside;
use anyhow::Context;
use otor_protocol::ids::{ActorId, Dot};
use otor_protocol::wire::Content;
use otor_server::state::cell::{ActorCell, ActorOwner, HeldCell, PersonCell, Role};
use otor_server::state::entry::{Act, AreaAct, Entry, FrameAct, Released};
use otor_server::state::ledger::SuppliedAct;
use otor_server::state::{StateFold, key, read};
use otor_server::store::disk::Fuse;
use otor_server::store::engine;
use std::collections::BTreeSet;
use std::sync::Arc;

impl LocalServer {
    /// Everything it shows of itself.
    ///
    /// # Errors
    /// If it does not run, or its journal cannot be read.
    pub fn inside(&mut self) -> anyhow::Result<Inside> {
        let history = self.history()?;
        let held = self.held_dots()?;
        self.checkpoint()?;
        let disk = Arc::new(self.disk.duplicate(Fuse::default()));
        let tables = self.tables.duplicate(Fuse::default());
        let report = engine::verify(disk, &tables, &StateFold, &mut |_| {})?;
        let unlike = match report.is_sound() {
            true => Vec::new(),
            false => vec![format!(
                "folding the journal again gives another state: {} rows differ, first {:02x?}; {:?}",
                report.differences,
                report.named.first().map(|row| &row.key),
                report.unreadable
            )],
        };
        let statistics = match self.tells_statistics {
            true => self.statistics(&history)?,
            false => Vec::new(),
        };
        Ok(Inside {
            history,
            held,
            unlike,
            statistics,
        })
    }

    /// The entries of its journal before they are packed.
    ///
    /// # Errors
    /// If it does not run, or its journal cannot be read.
    pub fn plain_entries(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let running = self.running.as_ref().context("the server is not running")?;
        let entries = running.path.engine().entries_from(1)?;
        let plain = entries.map(|entry| {
            let decoded = Entry::decode(&entry?.payload).context("a journal entry that does not decode")?;
            Ok(decoded.plain())
        });
        plain.collect()
    }

    /// What it has journaled, and what its statistics tell.
    ///
    /// # Errors
    /// If it does not run, or its journal cannot be read.
    pub fn told(&self) -> anyhow::Result<(History, Vec<(Question, Counted)>)> {
        let history = self.history()?;
        let told = self.statistics(&history)?;
        Ok((history, told))
    }

    /// What it has journaled.
    ///
    /// # Errors
    /// If it does not run, or its journal cannot be read.
    pub fn history(&self) -> anyhow::Result<History> {
        let running = self.running.as_ref().context("the server is not running")?;
        let reader = self.reader()?;
        let by_phone = |actor: ActorId| -> anyhow::Result<bool> {
            let cell = read::get::<ActorCell>(&reader.snapshot(), &key::actor(actor))?;
            Ok(cell.is_some_and(|cell| matches!(cell.owner, ActorOwner::Device(..))))
        };
        let mut history = History::default();
        for entry in running.path.engine().entries_from(1)? {
            let entry = entry?;
            let decoded = Entry::decode(&entry.payload).context("a journal entry that does not decode")?;
            let mut commit = Commit {
                number: entry.number,
                at_ms: decoded.at_ms,
                ..Commit::default()
            };
            match &decoded.act {
                Act::Frame(frame) => take_frame(&mut commit, frame, by_phone)?,
                Act::Lost { ranges, released, .. } => {
                    commit.again = again(released);
                    commit.lost = ranges
                        .iter()
                        .map(|lost| (lost.actor, lost.first, lost.last))
                        .collect();
                }
                Act::Delivered(tasks) => commit.delivered.clone_from(tasks),
                Act::Erased(erased) => commit.erased.clone_from(erased),
                Act::Areas(areas) => commit.grown = codes(areas),
                Act::Rules(rules) => commit.rules = Some(serde_json::to_value(rules)?),
                Act::Supplied(figures) => commit.supplied = figures.iter().map(supplied).collect(),
                Act::Reshape(reshape) => {
                    commit.grown = codes(&reshape.added);
                    commit.answering = answering(&reshape.persons);
                    let retired = reshape.retired.iter();
                    let ended = retired.map(|one| {
                        let successors = one.successors.iter().map(ToString::to_string);
                        (one.code.to_string(), successors.collect())
                    });
                    commit.ended = ended.collect();
                }
                Act::NewHistory { .. } => commit.begins_anew = true,
                Act::Enrol { device, actors, .. }
                | Act::Readmit { device, actors, .. }
                | Act::Branch { device, actors } => {
                    commit.issued = actors.map(|actor| (actor, Issued::Phone(device.0))).to_vec();
                }
                Act::Persons(persons) => {
                    commit.answering = answering(persons);
                    for person in persons {
                        if let Role::Account(account) = &person.role {
                            commit.issued.push((account.actor, Issued::Person(person.id.0)));
                        }
                    }
                }
                _ => {}
            }
            for frame in &decoded.derived {
                take_frame(&mut commit, frame, by_phone)?;
            }
            history.commits.push(commit);
        }
        Ok(history)
    }

    fn held_dots(&self) -> anyhow::Result<BTreeSet<Dot>> {
        let reader = self.reader()?;
        let view = reader.snapshot();
        let quarantined = read::under::<HeldCell>(&view, &key::all_quarantined())?;
        let parked = read::under::<HeldCell>(&view, &key::all_parked())?;
        let places = quarantined.iter().chain(&parked).map(|(place, _)| place);
        Ok(places.filter_map(|place| key::held_dot(place)).collect())
    }
}

fn codes(areas: &[AreaAct]) -> Vec<String> {
    areas.iter().map(|area| area.code.to_string()).collect()
}

fn answering(persons: &[PersonCell]) -> Vec<(u32, Vec<String>)> {
    let workers = persons
        .iter()
        .filter(|person| matches!(person.role, Role::Worker(_)));
    workers
        .map(|person| {
            let areas = person.areas().iter().map(ToString::to_string).collect();
            (person.id.0, areas)
        })
        .collect()
}

fn supplied(figure: &SuppliedAct) -> Supplied {
    Supplied {
        name: figure.name.clone(),
        area: figure.area.to_string(),
        day: i64::from(figure.day),
        value: figure.value,
        at_least: figure.at_least,
    }
}

fn take_frame(
    commit: &mut Commit,
    frame: &FrameAct,
    by_phone: impl Fn(ActorId) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let content = Content::decode(&frame.content)
        .ok()
        .context("a content that does not decode")?;
    let by_phone = by_phone(content.actor)?;
    for (index, judged) in (frame.skip as usize..).zip(&frame.judged) {
        let op = content.ops.get(index).context("a decision on no op")?;
        commit.ops.push(JournaledOp {
            dot: Dot::new(content.actor, content.first_seq + index as u64),
            op: op.to_vec(),
            facts: judged.facts,
            verdict: judged.verdict.clone(),
            by_phone,
            conflict: judged.conflict,
        });
    }
    commit.again.extend(again(&frame.released));
    Ok(())
}

fn again(released: &[Released]) -> Vec<(Dot, otor_protocol::wire::Verdict)> {
    released
        .iter()
        .map(|one| (one.dot, one.verdict.clone()))
        .collect()
}
