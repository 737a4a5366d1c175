//! `otor clock`: the server's own clock.

use super::connection::Group;
use super::failure::Failure;
use super::{print, say};
use serde_json::json;

/// Commands on the server's clock.
#[derive(clap::Subcommand)]
pub(super) enum ClockCommand {
    /// Take the clock for right after it has jumped; look at it first
    #[command(after_long_help = "\
A server whose clock jumped, or stands behind its journal, takes nothing from phones: /readyz and otor status say \
why. Put the clock right, and the server goes on by itself. Where the clock is right as it is (it was wrong before, \
or the machine was suspended), say so with this command.")]
    Accept,
}

pub(super) fn run(group: Group<ClockCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        ClockCommand::Accept => {
            let answer = client.post(&["clock", "accept"], &json!({}))?;
            let sentence = match answer.get("accepted").and_then(|why| why.as_str()) {
                Some(why) => say!("say-clock-accepted", why = why),
                None => say!("say-clock-trusted"),
            };
            print::done(&answer, as_json, sentence)
        }
    }
}
