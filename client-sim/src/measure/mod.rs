//! Measuring exchanges: what crosses, against the floor that the same content has, and how long it takes on each
//! kind of link. Real replicas, sessions, server and HTTP heads, in this process and in virtual time.
//!
//! - [`notes`]: the texts, parted into those measured and those a dictionary may be learnt from; `writer`: what
//!   workers write with them; `scene`: a grid brought to where an exchange is measured.
//! - `deployment`: what the rest of the county wrote, for a dictionary to be learned from.
//! - `crossing`: an exchange carried over; `content`: what it is about; [`floor`], `json`, `lightly`: what that weighs
//!   otherwise; [`parts`]: where its bytes go.
//! - [`exchanges`]: those that are measured; [`targets`]: what must hold; [`result`], [`table`]: what is told.

mod content;
mod crossing;
mod deployment;
pub mod exchanges;
pub mod floor;
mod json;
mod lightly;
pub mod notes;
pub mod parts;
pub mod result;
mod scene;
pub mod table;
pub mod targets;
#[cfg(test)]
mod tests;
mod writer;

pub use exchanges::Which;
pub use notes::{Notes, TooFewNotes};
pub use result::{Measured, Measurement};
pub(crate) use writer::Writer;

use crate::link::Profile;

/// What to measure, and with what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the notes come from, to be told.
    pub notes_name: String,
    /// The notes.
    pub notes: Notes,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// From how many of the lines that are not measured a dictionary is learned; from all without it.
    pub learn: Option<usize>,
    /// The exchanges.
    pub which: Vec<Which>,
    /// The links on which they are timed.
    pub links: Vec<Profile>,
}

impl Options {
    /// The lines that a dictionary is learned from.
    fn learned(&self, parted: &notes::Parted) -> notes::Lines {
        parted.learned.share(self.learn.unwrap_or(usize::MAX))
    }
}

/// Measures.
///
/// # Errors
/// [`TooFewNotes`], or if an exchange does not end well.
pub fn measure(options: &Options, progress: &mut dyn FnMut(&str)) -> anyhow::Result<Measurement> {
    let parted = options.notes.part(options.seed)?;
    let mut exchanges = Vec::new();
    for which in &options.which {
        progress(which.name());
        exchanges.push(exchanges::measured(*which, &parted, options)?);
    }
    let targets = targets::judge(&exchanges);
    Ok(Measurement {
        notes: options.notes_name.clone(),
        lines_measured: parted.days.iter().flat_map(notes::Lines::all).count(),
        lines_learned: options.learned(&parted).all().count(),
        seed: options.seed,
        ok: targets.iter().all(|target| target.holds),
        exchanges,
        targets,
    })
}
