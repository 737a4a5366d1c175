//! `otor dictionary`: compression dictionaries learned from the records.

use super::connection::Group;
use super::failure::Failure;
use super::{print, say};
use serde_json::{Value, json};

/// Commands on learned dictionaries.
#[derive(clap::Subcommand)]
pub(super) enum DictionaryCommand {
    /// Learn one now from the records as they are; nothing changes if it would be the same as the newest
    #[command(after_long_help = "\
Learned is only what at least 20 persons in at least 10 grids have written: no names of persons or areas, and for every digit a 0. \
Phones fetch it piece by piece when their link is good. The server does this by itself as well: see dictionary_days in \
the settings.")]
    Train,
    /// List those that are kept
    List,
    /// Show all that was learned of one, commonest last
    Show {
        /// Its number
        number: u32,
    },
}

pub(super) fn run(group: Group<DictionaryCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        DictionaryCommand::Train => {
            let answer = client.post(&["dictionaries", "learn"], &json!({}))?;
            let sentence = told(&answer);
            print::done(&answer, as_json, sentence)
        }
        DictionaryCommand::List => {
            let columns: [print::Column; 4] = [
                ("number", |one| print::text(one, "number")),
                ("bytes", |one| print::text(one, "bytes")),
                ("learned", |one| print::text(one, "learned_at")),
                ("from texts", |one| print::text(one, "passages")),
            ];
            print::listing(
                &client.get(&["dictionaries"], &[])?,
                "dictionaries",
                &columns,
                as_json,
            )
        }
        DictionaryCommand::Show { number } => {
            let answer = client.get(&["dictionaries", &number.to_string()], &[])?;
            let text = print::text(&answer, "text");
            print::done(&answer, as_json, text)
        }
    }
}

fn told(answer: &Value) -> String {
    let number = print::text(answer, "number");
    let is_new = answer.get("is_new").and_then(Value::as_bool).unwrap_or(false);
    match (is_new, number.is_empty()) {
        (true, _) => say!("say-dictionary-learned", number = number),
        (false, false) => say!("say-dictionary-nothing-new", number = number),
        (false, true) => say!("say-dictionary-too-little"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_learning_is_told_in_words() {
        assert_eq!(
            told(&json!({"number": 300, "is_new": true})),
            "dictionary 300 is learned"
        );
        assert!(told(&json!({"number": 300, "is_new": false})).starts_with("nothing new: dictionary 300"));
        assert!(told(&json!({"number": null, "is_new": false})).starts_with("too little"));
    }
}
