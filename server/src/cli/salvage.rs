//! `otor salvage`: what is whole of a damaged journal, in a new data folder; what is not, by name.

use super::failure::Failure;
use super::print;
use super::store::{StoreArgs, tell};
use crate::run::{self, Salvaged};
use std::path::PathBuf;

pub(super) const SALVAGE_HELP: &str = "\
For a journal that is damaged, so that the server does not start and `otor verify` names the place. If there is a backup \
that is not older than you can bear, `otor restore` is simpler. This reads every entry that is whole, takes from a \
backup those that are not, if it has them, and writes them into a new folder. It says which entries are lost, and which \
ops with them as far as that can be told. Unless nothing was lost, a new history begins: phones bring again what they \
wrote and is missing, and pull their records anew. What follows a gap in a phone's ops is left out until the phone \
brings it; edits of a record whose creation is missing wait for it. Entries that are whole and had to be left out are kept \
as files in `left-out/`. The damaged folder stays as it is.

Example:
  otor salvage --from /var/lib/otor --data /var/lib/otor-new --backup /mnt/backup/otor";

/// What to salvage, and where to.
#[derive(clap::Args)]
pub(super) struct SalvageArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Data folder with the damaged journal, of a stopped server
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Folder of a backup, for the entries that are damaged
    #[arg(long, value_name = "DIR")]
    backup: Option<PathBuf>,
    /// File that says what was erased [env: OTOR_ERASURES, default: beside the new data folder]
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
}

pub(super) fn salvage(args: &SalvageArgs) -> Result<(), Failure> {
    let mut settings = args.store.settings()?;
    settings.erasures = args.erasures.clone().or(settings.erasures);
    let salvaged = run::salvage_into(&settings, &args.from, args.backup.as_deref(), &mut tell)?;
    for line in lines(&salvaged) {
        print::line(line)?;
    }
    print::line(format!("salvaged into {}", settings.data.display()))
}

fn lines(salvaged: &Salvaged) -> Vec<String> {
    let mut lines = Vec::new();
    for (hole, filled) in &salvaged.holes {
        let which = match hole.last {
            Some(last) => format!("entries {} to {last}", hole.first),
            None => format!("what came after entry {}, if anything did,", hole.first - 1),
        };
        lines.push(format!(
            "damaged: {} at byte {}, {} bytes: {which}; {filled} of them are in the backup",
            hole.path, hole.offset, hole.len
        ));
    }
    let ops = |(actor, first, last): &(otor_protocol::ids::ActorId, u64, u64)| match first == last {
        true => format!("{}-{first}", actor.0),
        false => format!("{0}-{first} to {0}-{last}", actor.0),
    };
    lines.extend(
        salvaged
            .missing
            .iter()
            .map(|number| format!("lost: entry {number}")),
    );
    let found = &salvaged.ops;
    lines.extend(found.lost.iter().map(|lost| format!("lost: ops {}", ops(lost))));
    lines.extend(
        salvaged
            .remains
            .iter()
            .map(|lost| format!("lost, by what remains of their bytes: ops {}", ops(lost))),
    );
    lines.extend(
        found
            .aside
            .iter()
            .map(|aside| format!("left out until their phone brings them again: ops {}", ops(aside))),
    );
    lines.extend(
        found
            .parked
            .iter()
            .map(|dot| format!("waits for its record: op {}-{}", dot.actor.0, dot.seq)),
    );
    lines.extend(
        salvaged
            .left_out
            .iter()
            .map(|number| format!("kept as a file in left-out/: entry {number}")),
    );
    lines.push(match salvaged.erased {
        Some(erased) => format!(
            "{} entries; a new history has begun, {erased} erasures were applied again",
            salvaged.entries
        ),
        None => format!(
            "{} entries; nothing was lost, the history goes on",
            salvaged.entries
        ),
    });
    lines
}
