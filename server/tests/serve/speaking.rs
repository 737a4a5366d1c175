//! The languages of the command line, against a running server.

use crate::process::{Server, otor, printed, stderr};
use std::fs;

fn with_a_report(folder: &std::path::Path) -> Server {
    let server = Server::start(&folder.join("data"));
    let areas = "code,name,level\n150821100201001,first grid,grid\n";
    printed(&server.run_with("areas import -", areas));
    server.run("records create report --area 150821100201001 --set title=closed --set service_mode=proxy");
    server
}

#[test]
fn tables_come_in_the_language_of_the_flag_the_variable_or_the_system() {
    let folder = tempfile::tempdir().unwrap();
    let server = with_a_report(folder.path());
    let english = server.run("records list");
    assert!(
        english.contains("created by") && english.contains("reported"),
        "{english}"
    );
    let flagged = server.run("--lang zh-Hans records list");
    for word in ["填报人", "上报事项", "已上报"] {
        assert!(flagged.contains(word), "{flagged}");
    }
    assert_eq!(server.run("records list --lang zh"), flagged);
    let set = |name: &str, value: &str| server.command("records list").env(name, value).output().unwrap();
    assert_eq!(printed(&set("OTOR_LANG", "zh-Hans")), flagged);
    assert_eq!(printed(&set("LC_ALL", "zh_CN.UTF-8")), flagged);
    let config = folder.path().join("otor.toml");
    fs::write(&config, "lang = \"zh-Hans\"\nreserve_mib = 0\n").unwrap();
    assert_eq!(printed(&set("OTOR_CONFIG", config.to_str().unwrap())), flagged);
    let draft = set("OTOR_LANG", "mn-Cyrl");
    assert_eq!(stderr(&draft).lines().count(), 1, "{}", stderr(&draft));
    assert!(stderr(&draft).contains("ноорог"), "{}", stderr(&draft));
    assert!(printed(&draft).contains("мэдэгдсэн"));
}

#[test]
fn what_programs_read_keeps_its_names_unless_the_command_asks_for_words() {
    let folder = tempfile::tempdir().unwrap();
    let server = with_a_report(folder.path());
    let pull = "pull --kind report --format csv";
    let stable = server.run(pull);
    assert!(
        stable.starts_with("\u{feff}id,receipt,kind,") && stable.contains(",reported,"),
        "{stable}"
    );
    let speaking = server
        .command(pull)
        .env("OTOR_LANG", "zh")
        .env("LC_ALL", "zh_CN.UTF-8")
        .output();
    assert_eq!(printed(&speaking.unwrap()), stable);
    assert_eq!(server.run(&format!("{pull} --lang none")), stable);
    let words = server.run(&format!("{pull} --lang zh-Hans"));
    assert!(words.starts_with("\u{feff}编号,回执号,类别,"), "{words}");
    assert!(
        words.contains(",已上报,") && words.contains(",代办,") && words.contains(",closed,"),
        "{words}"
    );
    let lines = server.run("pull --lang zh-Hans");
    assert!(
        lines.contains("\"状态\":\"已上报\"") && lines.contains("\"id\":"),
        "{lines}"
    );
    let list = server.run("records list --json --lang zh-Hans");
    assert!(list.contains("\"status\": \"reported\""), "{list}");
}

#[test]
fn an_unknown_language_is_refused_in_one_line_with_those_there_are() {
    let output = otor().args(["words", "list", "--lang", "tlh"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("zh-Hans, en, mn-Cyrl, mn-Mong, none"), "{said}");
    let system = otor()
        .args(["words", "list"])
        .env("LC_ALL", "tlh_XX.UTF-8")
        .output()
        .unwrap();
    assert!(
        printed(&system).contains("mn-Mong"),
        "a system may speak any language"
    );
}

#[test]
fn all_words_of_a_language_are_shown_to_whoever_checks_them() {
    let show = |line: &str| printed(&otor().args(line.split_whitespace()).output().unwrap());
    let shown = show("words show status-closed --lang zh-Hans");
    assert!(shown.contains("closed") && shown.contains("已结案"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&show("words show --json --lang mn-Mong")).unwrap();
    assert_eq!(
        (json["lang"].as_str(), json["draft"].as_bool()),
        (Some("mn-Mong"), Some(true))
    );
    assert!(json["words"].as_object().unwrap().len() > 400);
}
