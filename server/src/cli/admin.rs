//! `otor admin`: administrators' accounts.

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
            AccountLevel::Village => "village",
            AccountLevel::Township => "township",
            AccountLevel::County => "county",
            AccountLevel::League => "league",
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
        AdminCommand::Revoke { name } => {
            let answer = client.post(&["accounts", &name, "revoke"], &json!({}))?;
            print::done(&answer, as_json, say!("say-account-revoked", name = name))
        }
    }
}
