//! `otor admin`: administrators' accounts.

use super::client::Client;
use super::connection::Group;
use super::failure::Failure;
use super::{print, say};
use serde_json::{Map, Value, json};

/// Commands on accounts.
#[derive(clap::Subcommand)]
pub(super) enum AdminCommand {
    /// Add an account; its token is shown once
    #[command(after_long_help = "\
Example:
  otor admin add longxingchang-centre --level township --area 150821100")]
    Add {
        /// The account's name
        name: String,
        /// Its authority
        #[arg(long, value_enum)]
        level: AccountLevel,
        /// The area it acts in; the whole tree without it
        #[arg(long, value_name = "CODE")]
        area: Option<String>,
    },
    /// List accounts
    List,
    /// What accounts did, oldest first: when, who, what sort of act, on what; nothing of what records say
    #[command(after_long_help = "\
For whoever looks into the administration: an account of level auditor reads this, statistics and ledgers, and nothing \
else.

Example:
  otor admin acts --after 4711")]
    Acts {
        /// Only what came after this commit
        #[arg(long, value_name = "COMMIT", default_value_t = 0)]
        after: u64,
    },
    /// Take an account's rights away
    Revoke {
        /// The account's name
        name: String,
    },
}

/// Authority of an account.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum AccountLevel {
    /// A desk where residents ask what became of their reports: it can ask for receipts, and nothing else
    Desk,
    /// Somebody who looks into the work (督查): reads statistics, ledgers and what accounts did; sees no record, writes
    /// nothing
    Auditor,
    /// A village or community station
    Village,
    /// A township or street centre
    Township,
    /// A county or banner centre
    County,
    /// A league or city centre
    League,
}

impl AccountLevel {
    fn name(self) -> &'static str {
        match self {
            AccountLevel::Desk => "desk",
            AccountLevel::Auditor => "auditor",
            AccountLevel::Village => "village",
            AccountLevel::Township => "township",
            AccountLevel::County => "county",
            AccountLevel::League => "league",
        }
    }
}

/// All acts after a commit, page by page.
fn all_acts(client: &Client, after: u64) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    let mut after = after;
    loop {
        let page = client.get(&["acts"], &[("after", after.to_string().as_str())])?;
        all.extend(
            page.get("acts")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .cloned(),
        );
        match page.get("next").and_then(Value::as_u64) {
            Some(next) => after = next,
            None => return Ok(all),
        }
    }
}

pub(super) fn run(group: Group<AdminCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        AdminCommand::Add { name, level, area } => {
            let mut body = Map::new();
            body.insert("name".into(), json!(name));
            body.insert("level".into(), json!(level.name()));
            if let Some(area) = area {
                body.insert("area".into(), json!(area));
            }
            let answer = client.post(&["accounts"], &Value::Object(body))?;
            let told = say!("say-account-token", name = name);
            let sentence = format!("{told}\n{}", print::text(&answer, "token"));
            print::done(&answer, as_json, sentence)
        }
        AdminCommand::List => {
            let columns: [print::Column; 4] = [
                ("name", |account| print::text(account, "name")),
                ("level", |account| print::text(account, "level")),
                ("area", |account| print::text(account, "area")),
                ("revoked", |account| print::text(account, "revoked")),
            ];
            print::listing(&client.get(&["accounts"], &[])?, "accounts", &columns, as_json)
        }
        AdminCommand::Acts { after } => {
            let columns: [print::Column; 6] = [
                ("commit", |act| print::text(act, "commit")),
                ("at", |act| print::text(act, "at")),
                ("account", |act| print::text(act, "by")),
                ("act", |act| print::text(act, "act")),
                ("count", |act| print::text(act, "count")),
                ("subjects", |act| print::text(act, "on")),
            ];
            let acts = all_acts(&client, after)?;
            print::listing(&json!({ "acts": acts }), "acts", &columns, as_json)
        }
        AdminCommand::Revoke { name } => {
            let answer = client.post(&["accounts", &name, "revoke"], &json!({}))?;
            print::done(&answer, as_json, say!("say-account-revoked", name = name))
        }
    }
}
