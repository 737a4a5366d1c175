//! `otor quarantine`: ops that were set aside with a reason, and those that wait for their record.

use super::client::Client;
use super::connection::Group;
use super::failure::Failure;
use super::{print, say, tongue};
use serde_json::{Value, json};

/// Commands on what is quarantined.
#[derive(clap::Subcommand)]
pub(super) enum QuarantineCommand {
    /// List what is set aside, and why
    List {
        /// Only what is set aside for this reason, as the list names it
        #[arg(long)]
        reason: Option<String>,
        /// Instead, what waits by itself for a record that has not come yet
        #[arg(long, conflicts_with = "reason")]
        waiting: bool,
    },
    /// Let ops in after all, on your authority
    #[command(after_long_help = "\
An op is judged again as it is: its author's rights, and what its texts are like, are not asked again. With it \
come those of the same phone on the same record that waited behind it. After a mend (a kind or an area that was \
missing is there) let in all that were set aside for that reason.

Example:
  otor quarantine release 17-203
  otor quarantine release --reason unknown_area")]
    Release {
        /// The op, as the list names it: 17-203
        #[arg(required_unless_present = "reason")]
        op: Option<String>,
        /// All ops set aside for this reason, as the list names it
        #[arg(long, conflicts_with = "op")]
        reason: Option<String>,
    },
}

pub(super) fn run(group: Group<QuarantineCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        QuarantineCommand::List { reason, waiting } => {
            let list = if waiting { "waiting" } else { "quarantine" };
            let held = all(&client, list, reason.as_deref())?;
            let columns: [print::Column; 6] = [
                ("op", |held| print::text(held, "op")),
                ("reason", |held| print::text(held, "reason")),
                ("record", |held| print::text(held, "record")),
                ("behind", |held| print::text(held, "behind")),
                ("author", |held| print::text(held, "author")),
                ("received", |held| print::text(held, "received_at")),
            ];
            print::listing(&json!({ "held": held }), "held", &columns, as_json)
        }
        QuarantineCommand::Release { op: Some(op), .. } => {
            let answer = client.post(&["quarantine", &op, "release"], &json!({}))?;
            print::done(&answer, as_json, released(&op, &answer))
        }
        QuarantineCommand::Release { op: None, reason } => {
            let held = all(&client, "quarantine", reason.as_deref())?;
            let mut refused = 0;
            for entry in &held {
                let op = print::text(entry, "op");
                let one = client.for_part(&op);
                match one.post(&["quarantine", &op, "release"], &json!({})) {
                    Ok(answer) => print::done(&answer, as_json, released(&op, &answer))?,
                    Err(failure) => {
                        refused += 1;
                        print::note(&format!("op {op}: {failure}"));
                    }
                }
            }
            if refused == 0 {
                Ok(())
            } else {
                Err(Failure::Rows(refused))
            }
        }
    }
}

/// All entries of a list, page by page.
fn all(client: &Client, list: &str, reason: Option<&str>) -> Result<Vec<Value>, Failure> {
    let mut entries = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let query: Vec<(&str, &str)> = after.iter().map(|after| ("after", after.as_str())).collect();
        let page = client.get(&[list], &query)?;
        let held = page.get("held").and_then(Value::as_array);
        let chosen = held.into_iter().flatten();
        entries.extend(
            chosen
                .filter(|entry| reason.is_none_or(|asked| is_reason(&print::text(entry, "reason"), asked)))
                .cloned(),
        );
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(entries),
        }
    }
}

/// Whether a reason is the one asked for, by its name or by the word that the list shows for it.
fn is_reason(reason: &str, asked: &str) -> bool {
    reason == asked || tongue::reason(reason) == asked
}

fn released(op: &str, answer: &Value) -> String {
    let verdict = print::text(answer, "verdict");
    match verdict.as_str() {
        "quarantined" => say!(
            "say-op-stays",
            op = op,
            reason = tongue::reason(&print::text(answer, "reason"))
        ),
        "parked" => say!("say-op-waits", op = op),
        _ => say!("say-op-released", op = op),
    }
}
