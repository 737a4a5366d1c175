//! The command line's help and refusals in its language: those that clap has by itself are English.

#[cfg(test)]
mod tests;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use otor_protocol::words::{Argument, Words};
use std::ffi::OsString;

/// What a command line gives under a flag, before it is read as a whole: help needs its language even where there is
/// nothing else to understand.
pub(super) fn flag(args: &[OsString], name: &str) -> Option<String> {
    let mut args = args
        .iter()
        .filter_map(|arg| arg.to_str())
        .take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        match arg.strip_prefix(name) {
            Some("") => return args.next().map(str::to_string),
            Some(rest) if rest.starts_with('=') => return Some(rest[1..].to_string()),
            _ => {}
        }
    }
    None
}

/// How a command's help is laid out; the heading of the usage stands before it.
const TEMPLATE: &str = "{before-help}{about-with-newline}\n@ {usage}\n\n{all-args}{after-help}";

/// A command, and all below it, with help in words. What has no word keeps its English.
pub(super) fn in_words(command: Command, words: &Words) -> Command {
    let version = words.find("help-version").map(|text| {
        let flag = Arg::new("version").short('V').long("version");
        flag.action(ArgAction::Version).help(text)
    });
    let command = match version {
        Some(flag) => command.disable_version_flag(true).arg(flag),
        None => command,
    };
    speaking(command, words, "")
}

/// `path` has the names of the commands above and of this one, parted and ended by dashes; nothing of the program itself.
fn speaking(command: Command, words: &Words, path: &str) -> Command {
    let own = match path {
        "" => "otor",
        path => path.trim_end_matches('-'),
    };
    let mut command = match words.find(&format!("help-{own}")) {
        Some(about) => command.about(about),
        None => command,
    };
    if let Some(usage) = words.find("help-heading-usage") {
        command = command.help_template(TEMPLATE.replace('@', &usage));
    }
    if let Some(commands) = words.find("help-heading-commands") {
        command = command.subcommand_help_heading(commands);
    }
    if let Some(help) = words.find("help-help") {
        let flag = Arg::new("help").short('h').long("help");
        let flag = flag.action(ArgAction::Help).help(help);
        command = command.disable_help_flag(true).arg(flag);
    }
    command = command.mut_args(|arg| {
        let arg = under_heading(arg, words);
        match of_argument(words, path, arg.get_id().as_str()) {
            Some(text) => arg.help(text.clone()).long_help(text),
            None => arg,
        }
    });
    command.mut_subcommands(|below| {
        let path = format!("{path}{}-", below.get_name());
        speaking(below, words, &path)
    })
}

fn under_heading(arg: Arg, words: &Words) -> Arg {
    let id = match arg.get_help_heading() {
        Some("Connection") => "help-heading-connection",
        Some(_) => return arg,
        None if arg.is_positional() => "help-heading-arguments",
        None => "help-heading-options",
    };
    match words.find(id) {
        Some(heading) => arg.help_heading(heading),
        None => arg,
    }
}

/// What an argument is for: the command's own word, or that of all commands that have it.
pub(super) fn of_argument(words: &Words, path: &str, id: &str) -> Option<String> {
    let own = words.find(&format!("argument-{path}{id}"));
    own.or_else(|| words.find(&format!("argument-{id}")))
}

/// What is wrong with a command line, and how it is written; none where clap's own words must do, or where it is no
/// refusal.
pub(super) fn refusal(error: &clap::Error, words: &Words) -> Option<String> {
    let id = match error.kind() {
        ErrorKind::UnknownArgument => "usage-unknown-argument",
        ErrorKind::InvalidSubcommand => "usage-unknown-command",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage-invalid-value",
        ErrorKind::ArgumentConflict => "usage-conflict",
        ErrorKind::MissingRequiredArgument => "usage-missing-argument",
        ErrorKind::MissingSubcommand => "usage-missing-command",
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            "usage-how-many-values"
        }
        ErrorKind::NoEquals => "usage-no-equals",
        ErrorKind::InvalidUtf8 => "usage-not-text",
        _ => return None,
    };
    let named = |kind| error.get(kind).map(told).unwrap_or_default();
    let argument = match error.kind() {
        ErrorKind::InvalidSubcommand => named(ContextKind::InvalidSubcommand),
        _ => named(ContextKind::InvalidArg),
    };
    let mut lines = vec![words.say(
        id,
        &[
            ("argument", Argument::from(argument)),
            ("value", Argument::from(named(ContextKind::InvalidValue))),
            ("other", Argument::from(named(ContextKind::PriorArg))),
        ],
    )];
    if lines[0] == id {
        return None;
    }
    let beside = [
        (ContextKind::ValidValue, "usage-possible", "values"),
        (ContextKind::SuggestedArg, "usage-did-you-mean", "suggestion"),
        (
            ContextKind::SuggestedSubcommand,
            "usage-did-you-mean",
            "suggestion",
        ),
        (ContextKind::SuggestedValue, "usage-did-you-mean", "suggestion"),
    ];
    for (kind, id, name) in beside {
        if let Some(value) = error.get(kind).map(told).filter(|value| !value.is_empty()) {
            lines.push(words.say(id, &[(name, Argument::from(value))]));
        }
    }
    let usage = named(ContextKind::Usage);
    let usage = usage.trim_start_matches("Usage:").trim();
    if !usage.is_empty() {
        lines.push(format!(
            "\n{} {usage}",
            words.find("help-heading-usage").unwrap_or_default()
        ));
    }
    lines.extend(words.find("help-more").map(|more| format!("\n{more}")));
    Some(lines.join("\n"))
}

fn told(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(" "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => {
            let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
            texts.join(" ")
        }
        ContextValue::Number(number) => number.to_string(),
        ContextValue::Bool(so) => so.to_string(),
        _ => String::new(),
    }
}
