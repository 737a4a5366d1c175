//! `otor device`: the workers' phones.

use super::connection::Group;
use super::failure::Failure;
use super::{print, say};
use serde_json::{Value, json};

/// Commands on phones.
#[derive(clap::Subcommand)]
pub(super) enum DeviceCommand {
    /// Make a one-time code with which a worker's phone is enrolled
    #[command(after_long_help = "\
The code is shown once. The phone's user types it in together with the server's address, and compares the \
server's fingerprint with the one shown here.

Example:
  otor device invite w-017 --hours 48")]
    Invite {
        /// The worker's code
        worker: String,
        /// How long the code holds, in hours
        #[arg(long, default_value_t = 24)]
        hours: u32,
    },
    /// List phones, with the number of the last op acknowledged from each of their streams of writing
    List,
    /// Shut a phone out; what it has sent stays
    Revoke {
        /// The phone's number
        id: u32,
    },
}

pub(super) fn run(group: Group<DeviceCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        DeviceCommand::Invite { worker, hours } => {
            let body = json!({"worker": worker, "hours": hours});
            invited(&client.post(&["devices", "invite"], &body)?, as_json)
        }
        DeviceCommand::List => {
            let columns: [print::Column; 9] = [
                ("device", |device| print::text(device, "id")),
                ("worker", |device| print::text(device, "worker")),
                ("enrolled", |device| print::text(device, "enrolled_at")),
                ("last seen", |device| print::text(device, "last_seen")),
                ("unsent then", |device| print::text(device, "unsent")),
                ("differed", |device| print::text(device, "differences")),
                ("revoked", |device| print::text(device, "revoked_at")),
                ("acknowledged (lane: actor-seq)", acknowledged),
                ("copies", copies),
            ];
            print::listing(&client.get(&["devices"], &[])?, "devices", &columns, as_json)
        }
        DeviceCommand::Revoke { id } => {
            let answer = client.post(&["devices", &id.to_string(), "revoke"], &json!({}))?;
            print::done(&answer, as_json, say!("say-device-revoked", id = id))
        }
    }
}

fn invited(answer: &Value, as_json: bool) -> Result<(), Failure> {
    let parts = [
        (say!("say-invited-code"), "code"),
        (say!("say-invited-worker"), "worker"),
        (say!("say-invited-expires"), "expires_at"),
        (say!("say-invited-server"), "server"),
    ];
    let lines = parts.map(|(told, name)| format!("{:<9} {}", format!("{told}:"), print::text(answer, name)));
    print::done(answer, as_json, lines.join("\n"))
}

fn acknowledged(device: &Value) -> String {
    let actors = device.get("actors").and_then(Value::as_array);
    let shown: Vec<String> = actors
        .into_iter()
        .flatten()
        .map(|actor| {
            format!(
                "{}: {}-{}{}",
                print::text(actor, "lane"),
                print::text(actor, "actor"),
                print::text(actor, "acked"),
                lost(actor)
            )
        })
        .collect();
    shown.join("  ")
}

/// Each copy of a phone that was found, with when that was.
fn copies(device: &Value) -> String {
    let copies = device.get("copies").and_then(Value::as_array);
    let shown: Vec<String> = copies
        .into_iter()
        .flatten()
        .map(|copy| format!("{} ({})", acknowledged(copy), print::text(copy, "found_at")))
        .collect();
    shown.join("; ")
}

/// What the phone has lost before it was sent.
fn lost(actor: &Value) -> String {
    let ranges = actor.get("lost").and_then(Value::as_array);
    let shown: Vec<String> = ranges
        .into_iter()
        .flatten()
        .map(|range| format!("{}–{}", print::plain(&range[0]), print::plain(&range[1])))
        .collect();
    if shown.is_empty() {
        String::new()
    } else {
        format!(" (lost {})", shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_acknowledged_op_of_each_stream_is_shown_with_its_lane() {
        let device = json!({"actors": [
            {"actor": 17, "lane": 0, "acked": 0},
            {"actor": 19, "lane": 2, "acked": 203, "lost": [[7, 9], [12, 12]]},
        ]});
        assert_eq!(acknowledged(&device), "0: 17-0  2: 19-203 (lost 7–9, 12–12)");
        assert_eq!(acknowledged(&json!({})), "");
    }

    #[test]
    fn a_copy_that_was_found_is_shown_with_its_streams_and_when() {
        let device = json!({"copies": [
            {"found_at": "2026-03-02T08:00:00+08:00", "actors": [{"actor": 20, "lane": 0, "acked": 3}]},
        ]});
        assert_eq!(copies(&device), "0: 20-3 (2026-03-02T08:00:00+08:00)");
        assert_eq!(copies(&json!({})), "");
    }
}
