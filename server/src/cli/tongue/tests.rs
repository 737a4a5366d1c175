//! What the command line says in each language: whole, with nothing for nothing, and chosen as people expect.

use super::super::failure::Failure;
use super::super::print;
use super::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The sources of a folder of this crate, without tests.
fn sources(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut texts = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("tests.rs") {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// The literals that follow `before` in the sources of the command line.
fn literals_after(before: &str) -> BTreeSet<String> {
    let sources = sources("cli");
    let found = sources.iter().flat_map(|text| text.split(before).skip(1));
    // Only a macro's rule has none.
    let literals = found.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    literals.map(str::to_string).collect()
}

/// The headings of all tables.
fn headings() -> BTreeSet<String> {
    let mut headings = BTreeSet::new();
    for text in sources("cli") {
        let mut in_columns = false;
        for line in text.lines().map(str::trim) {
            in_columns = (in_columns || line.contains("print::Column; ")) && line != "];";
            let heading = line.strip_prefix("(\"").and_then(|rest| rest.split('"').next());
            headings.extend(
                heading
                    .filter(|_| in_columns)
                    .map(|heading| format!("heading-{}", slug(heading))),
            );
        }
    }
    for text in sources("cli") {
        let lists = text.split("].map(tongue::heading)").collect::<Vec<_>>();
        for before in &lists[..lists.len() - 1] {
            let list = before.rsplit('[').next().unwrap_or_default();
            headings.extend(
                list.split('"')
                    .skip(1)
                    .step_by(2)
                    .map(|name| format!("heading-{}", slug(name))),
            );
        }
    }
    headings
}

/// What the words are needed for.
fn needed() -> BTreeSet<String> {
    let mut needed = headings();
    needed.extend(literals_after("say!("));
    needed.extend(literals_after("words.say("));
    let problems =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/problem.rs")).unwrap();
    let table = problems
        .split("const TABLE")
        .nth(1)
        .unwrap()
        .split("];")
        .next()
        .unwrap();
    let names = table.split('"').skip(1).step_by(2);
    let names = names.filter(|text| text.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    needed.extend(names.map(|name| format!("problem-{name}")));
    let status =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service/status.rs")).unwrap();
    let status = status
        .split("pub struct Status")
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap();
    let members = status
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next());
    needed.extend(members.map(|member| format!("server-{member}")));
    let acts =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/state/fold/acts.rs")).unwrap();
    let names = acts.split('"').skip(1).step_by(2);
    let names = names.filter(|text| text.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    needed.extend(names.map(|name| format!("act-{name}")));
    needed
}

/// The words of one file by identifier, with what they are about.
fn written(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut written = BTreeMap::new();
    for line in words::commands(language).iter().flat_map(|text| text.lines()) {
        let Some((id, text)) = line.split_once(" = ") else {
            continue;
        };
        let about = text
            .split("{ $")
            .skip(1)
            .filter_map(|rest| rest.split(" }").next());
        let before = written.insert(id.to_string(), about.map(str::to_string).collect());
        assert!(before.is_none(), "{}: {id} twice", language.tag());
    }
    written
}

#[test]
fn everything_the_command_line_says_has_words_in_every_language_and_no_word_is_without_a_use() {
    let needed = needed();
    assert!(needed.len() > 100, "the sources were read: {needed:?}");
    let english = written(Language::English);
    for language in Language::ALL {
        let written = written(language);
        let missing: Vec<_> = needed.iter().filter(|id| !written.contains_key(*id)).collect();
        assert!(missing.is_empty(), "{} lacks {missing:?}", language.tag());
        let unused: Vec<_> = written.keys().filter(|id| !needed.contains(*id)).collect();
        assert!(
            unused.is_empty(),
            "{} has, for nothing, {unused:?}",
            language.tag()
        );
        assert_eq!(written, english, "{}: about something else", language.tag());
        for text in words::commands(language) {
            let words = Words::with(language, &FILES);
            assert_eq!(
                text.starts_with("### Draft:"),
                words.is_draft(),
                "{}",
                language.tag()
            );
        }
    }
}

#[test]
fn every_sentence_can_be_said_in_every_language() {
    for language in Language::ALL {
        let words = Words::with(language, &FILES);
        for (id, about) in written(language) {
            let about: Vec<(&str, Argument)> = about.iter().map(|name| (name.as_str(), "7".into())).collect();
            let said = words.say(&id, &about);
            assert!(
                said != id && !said.contains(['{', '\u{2068}']),
                "{}: {id}: {said}",
                language.tag()
            );
        }
    }
}

fn chosen(
    flag: Option<&str>,
    variable: Option<&str>,
    config: Option<&str>,
    system: Option<&str>,
) -> Result<(), Failure> {
    choose(&Wish {
        flag: flag.map(str::to_string),
        variable: variable.map(str::to_string),
        config: config.map(str::to_string),
        system: system.map(str::to_string),
        words: None,
    })
}

#[test]
fn the_flag_comes_before_the_variable_the_config_file_and_the_system() {
    for (flag, variable, config, system, language) in [
        (
            Some("zh"),
            Some("mn"),
            Some("en"),
            Some("en_GB.UTF-8"),
            Language::Chinese,
        ),
        (
            None,
            Some("mn-Mong"),
            Some("en"),
            Some("zh_CN.UTF-8"),
            Language::Mongolian,
        ),
        (
            None,
            None,
            Some("mn"),
            Some("zh_CN.UTF-8"),
            Language::MongolianCyrillic,
        ),
        (None, None, None, Some("zh_CN.UTF-8"), Language::Chinese),
        (None, None, None, Some("de_DE.UTF-8"), Language::English),
        (None, None, None, None, Language::English),
        (None, Some("none"), None, Some("zh_CN.UTF-8"), Language::English),
    ] {
        chosen(flag, variable, config, system).unwrap();
        assert_eq!(super::language(), language);
    }
}

#[test]
fn exports_are_in_words_only_where_the_flag_says_so() {
    chosen(None, Some("zh"), Some("zh"), Some("zh_CN.UTF-8")).unwrap();
    assert_eq!(of_exports(), None);
    chosen(Some("none"), None, None, None).unwrap();
    assert_eq!(of_exports(), None);
    chosen(Some("zh-CN"), None, None, None).unwrap();
    assert_eq!(of_exports(), Some("zh-Hans"));
}

#[test]
fn a_language_without_words_is_bad_input_and_told_with_those_there_are() {
    for (flag, variable) in [(Some("tlh"), None), (None, Some("tlh"))] {
        let failure = chosen(flag, variable, None, None).unwrap_err();
        let Failure::BadInput(words) = failure else {
            panic!("{failure}")
        };
        assert_eq!(
            words,
            "--lang tlh: no words in that language; there are zh-Hans, en, mn-Cyrl, mn-Mong, none"
        );
    }
}

#[test]
fn tables_tell_names_of_the_catalogue_in_words_and_none_keeps_them() {
    let columns: [print::Column; 3] = [
        ("kind", |row| print::text(row, "kind")),
        ("status", |row| print::field(row, "status")),
        ("created by", |row| print::text(row, "created_by")),
    ];
    let rows = [json!({"kind": "wish", "created_by": "closed", "fields": {"status": "delivered"}})];
    chosen(Some("zh-Hans"), None, None, None).unwrap();
    let table = print::table(&columns, &rows);
    for word in ["类别", "微心愿", "已实现", "填报人", "closed"] {
        assert!(table.contains(word), "{word}:\n{table}");
    }
    chosen(Some("none"), None, None, None).unwrap();
    let table = print::table(&columns, &rows);
    assert!(table.contains("wish") && table.contains("delivered"), "{table}");
}

#[test]
fn a_server_is_quoted_after_the_reason_in_the_language_of_the_command_line() {
    chosen(Some("zh-Hans"), None, None, None).unwrap();
    assert_eq!(problem("not-allowed").as_deref(), Some("该账户无权这样做"));
    chosen(None, None, None, None).unwrap();
    assert_eq!(problem("not-allowed"), None, "its own words are English");
}
