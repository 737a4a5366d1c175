//! `otor-sim measure`: what exchanges weigh, against the least they could.

use super::failure::{Failure, print_line};
use super::links::expect_known;
use super::progress::Teller;
use crate::link::profile;
use crate::measure::{self, Notes, Options, Which, notes, table};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Everything is real but the wires: phones, sessions, server and HTTP heads. The floor is computed in the same run: all \
content of a direction as one batch, zstd at its strongest with the same dictionary, no framing. Where a target is \
missed, the exit status is 1.

Examples:
  otor-sim measure                                        everything, on every link
  otor-sim measure --no-links --json                      bytes alone; the last line is the result as JSON
  otor-sim measure --no-links --learn 57                  with a dictionary learned from a quarter as much
  otor-sim measure --notes notes.txt --link gprs_rural    with notes of your own, one a line";

/// What `measure` is given.
#[derive(clap::Args)]
pub(super) struct MeasureArgs {
    /// Notes to measure with, one a line; hand-written ones that come with the simulator without it
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,

    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Learn a dictionary from so many of the other lines only, as a young deployment would
    #[arg(long, value_name = "LINES")]
    learn: Option<usize>,

    /// Time the exchanges on these links only
    #[arg(long, value_name = "PROFILE")]
    link: Vec<String>,

    /// Time nothing
    #[arg(long, conflicts_with = "link")]
    no_links: bool,

    /// Print the whole result as JSON in the last line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &MeasureArgs) -> Result<(), Failure> {
    args.link.iter().try_for_each(|name| expect_known(Some(name)))?;
    let (notes_name, text) = match &args.notes {
        None => (
            "those that come with the simulator".to_owned(),
            notes::OWN.to_owned(),
        ),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
            (path.display().to_string(), text)
        }
    };
    let wanted = |name: &str| args.link.is_empty() || args.link.iter().any(|one| one == name);
    // On a link that is never up nothing ends.
    let links = profile::all()
        .into_iter()
        .filter(|link| link.name != "down" && wanted(link.name));
    let options = Options {
        notes_name,
        notes: Notes::read(&text),
        seed: args.seed,
        learn: args.learn,
        which: Which::ALL.to_vec(),
        links: if args.no_links {
            Vec::new()
        } else {
            links.collect()
        },
    };
    let mut teller = Teller::new();
    let measured = measure::measure(&options, &mut |what| teller.tell(|| what.to_owned()));
    teller.end();
    let measurement = measured.map_err(|error| match error.downcast_ref::<measure::TooFewNotes>() {
        Some(too_few) => Failure::Wrong(too_few.to_string()),
        None => Failure::Broken(error),
    })?;
    print_line(table::tables(&measurement).trim_end())?;
    if args.json {
        let json = serde_json::to_string(&measurement).map_err(|error| Failure::Broken(error.into()))?;
        print_line(&json)?;
    }
    if measurement.ok {
        Ok(())
    } else {
        Err(Failure::NotOk)
    }
}
