//! Help in each language: a word for every command and argument, none for what is not there, and nothing English around it.

use super::super::Cli;
use super::*;
use crate::words;
use clap::CommandFactory;
use otor_protocol::words::Language;
use std::collections::BTreeSet;

const SPOKEN: [Language; 3] = [
    Language::Chinese,
    Language::MongolianCyrillic,
    Language::Mongolian,
];

/// The identifiers of a language's own file.
fn own(language: Language) -> BTreeSet<String> {
    let lines = words::help(language).iter().flat_map(|text| text.lines());
    lines
        .filter_map(|line| Some(line.split_once(" = ")?.0.to_string()))
        .collect()
}

/// The identifiers of all commands, and for each argument those that may say what it is for.
fn needed(command: &Command, path: &str, commands: &mut BTreeSet<String>, arguments: &mut Vec<[String; 2]>) {
    let own = if path.is_empty() {
        "otor"
    } else {
        path.trim_end_matches('-')
    };
    commands.insert(format!("help-{own}"));
    for arg in command.get_arguments() {
        let id = arg.get_id();
        arguments.push([format!("argument-{path}{id}"), format!("argument-{id}")]);
    }
    for below in command.get_subcommands() {
        needed(
            below,
            &format!("{path}{}-", below.get_name()),
            commands,
            arguments,
        );
    }
}

#[test]
fn every_command_and_argument_has_its_word_in_each_language_and_no_word_is_for_nothing() {
    let (mut commands, mut arguments) = (BTreeSet::new(), Vec::new());
    needed(&Cli::command(), "", &mut commands, &mut arguments);
    let general = |id: &String| id.starts_with("usage-") || id.starts_with("help-heading-");
    for language in SPOKEN {
        let own = own(language);
        let silent: Vec<&String> = commands.iter().filter(|id| !own.contains(*id)).collect();
        assert!(silent.is_empty(), "{language:?}: {silent:#?}");
        // For arguments the Chinese words stand in where Mongolian is written in its own script.
        let silent: Vec<&[String; 2]> = arguments
            .iter()
            .filter(|ids| language != Language::Mongolian && !ids.iter().any(|id| own.contains(id)))
            .collect();
        assert!(silent.is_empty(), "{language:?}: {silent:#?}");
        let for_nothing: Vec<&String> = own
            .iter()
            .filter(|id| !general(id) && !["help-help", "help-version", "help-more"].contains(&id.as_str()))
            .filter(|id| !commands.contains(*id) && !arguments.iter().flatten().any(|one| one == *id))
            .collect();
        assert!(for_nothing.is_empty(), "{language:?}: {for_nothing:#?}");
    }
    let general_of = |language| own(language).into_iter().filter(general).collect::<BTreeSet<_>>();
    for language in &SPOKEN[1..] {
        assert_eq!(general_of(*language), general_of(Language::Chinese));
    }
}

/// What a command line that is not carried out says in Chinese.
fn said(line: &str) -> String {
    let words = Words::with(Language::Chinese, &[words::help]);
    let command = in_words(Cli::command(), &words);
    let error = command.try_get_matches_from(line.split_whitespace()).unwrap_err();
    refusal(&error, &words).unwrap_or_else(|| error.to_string())
}

#[test]
fn help_is_in_the_language_from_its_first_line_to_its_headings() {
    in_words(Cli::command(), &Words::with(Language::Chinese, &[words::help])).debug_assert();
    for line in [
        "otor --help",
        "otor records list -h",
        "otor serve --help",
        "otor stats ledger publish -h",
    ] {
        let help = said(line);
        assert!(help.contains("用法：") && help.contains("选项"), "{help}");
        for english in ["Usage:", "Options:", "Commands:", "Arguments:", "Connection:"] {
            assert!(!help.contains(english), "{english} in {help}");
        }
    }
    let help = said("otor records list -h");
    assert!(
        help.contains("列出记录") && help.contains("服务器地址") && help.contains("连接"),
        "{help}"
    );
}

#[test]
fn what_is_not_understood_is_told_in_the_language_with_how_it_is_written() {
    for (line, word) in [
        ("otor records lst", "没有这个命令：lst"),
        ("otor serve --listne x", "没有这个参数：--listne"),
        ("otor device revoke one", "one"),
        ("otor receipt", "还缺少"),
        ("otor task cancel 1-2 --reason x", "可用的值：plain"),
    ] {
        let said = said(line);
        assert!(said.contains(word) && !said.contains("Usage"), "{said}");
    }
    assert!(said("otor serve --listne x").contains("用法： otor serve"));
}

#[test]
fn a_flag_is_found_wherever_it_stands_before_two_dashes() {
    let given = |line: &str| {
        let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        flag(&args, "--lang")
    };
    assert_eq!(given("otor --lang zh help").as_deref(), Some("zh"));
    assert_eq!(given("otor help --lang=mn-Cyrl").as_deref(), Some("mn-Cyrl"));
    assert_eq!(given("otor --language zh"), None);
    assert_eq!(given("otor x -- --lang zh"), None);
    assert_eq!(given("otor --lang"), None);
}
