//! `otor areas`: the area tree.

use super::connection::{Group, read_file_or_stdin};
use super::failure::Failure;
use super::print;
use std::path::PathBuf;

/// Commands on the area tree.
#[derive(clap::Subcommand)]
pub(super) enum AreasCommand {
    /// Add or rename areas from a CSV file with the columns code, name, level
    #[command(after_long_help = "\
The first line names the columns. A byte order mark and Windows line ends are fine. Areas above a row's that are \
missing are made. Rows that are wrong are printed as `row 17: …`; the others are imported, and the exit status \
is 1.

Example:
  otor areas import areas.csv
  printf 'code,name,level\\n150821100201001,first grid,grid\\n' | otor areas import -")]
    Import {
        /// The CSV file, or - for standard input
        file: PathBuf,
    },
    /// List areas
    List {
        /// Only this area and those in it
        #[arg(long, value_name = "CODE")]
        under: Option<String>,
    },
}

pub(super) fn run(group: Group<AreasCommand>) -> Result<(), Failure> {
    let (client, json) = (group.connection.client()?, group.connection.json);
    match group.command {
        AreasCommand::Import { file } => {
            let csv = read_file_or_stdin(&file)?;
            print::import(&client.upload(&["areas", "import"], &csv)?, json)
        }
        AreasCommand::List { under } => {
            let query: Vec<(&str, &str)> = under.iter().map(|code| ("under", code.as_str())).collect();
            let answer = client.get(&["areas"], &query)?;
            let columns: [print::Column; 3] = [
                ("code", |area| print::text(area, "code")),
                ("name", |area| print::text(area, "name")),
                ("level", |area| print::text(area, "level")),
            ];
            print::listing(&answer, "areas", &columns, json)
        }
    }
}
