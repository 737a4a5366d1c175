//! `otor quarantine`: ops that were set aside with a reason.

use super::connection::Group;
use super::failure::Failure;
use super::print;
use serde_json::json;

/// Commands on what is quarantined.
#[derive(clap::Subcommand)]
pub(super) enum QuarantineCommand {
    /// List what is set aside, and why
    List,
    /// Let an op in after all, on your authority
    Release {
        /// The op, as the list names it: 17-203
        op: String,
    },
}

pub(super) fn run(group: Group<QuarantineCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        QuarantineCommand::List => {
            let columns: [print::Column; 5] = [
                ("op", |held| print::text(held, "op")),
                ("reason", |held| print::text(held, "reason")),
                ("record", |held| print::text(held, "record")),
                ("author", |held| print::text(held, "author")),
                ("received", |held| print::text(held, "received_at")),
            ];
            print::listing(&client.get(&["quarantine"], &[])?, "held", &columns, as_json)
        }
        QuarantineCommand::Release { op } => {
            let answer = client.post(&["quarantine", &op, "release"], &json!({}))?;
            print::done(&answer, as_json, format!("op {op} is released"))
        }
    }
}
