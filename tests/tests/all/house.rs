//! The rules of the house, checked: who may depend on whom, what a file looks like. ARCHITECTURE.md says why.

pub mod source;

use source::{Named, Source, code, named, root, sources, sources_without_tests};
use std::collections::BTreeSet;
use std::fs;

/// The crates, each with the other crates of the workspace that it may depend on.
const CRATES: [(&str, &[&str]); 5] = [
    ("protocol", &[]),
    ("server", &["otor-protocol"]),
    ("client-sim", &["otor-protocol", "otor-server"]),
    ("client-sim/baseline", &[]),
    ("tests", &["otor-protocol", "otor-server", "otor-sim"]),
];

/// The modules of the server, each with those of its siblings that it may name.
const SERVER_MODULES: [(&str, &[&str]); 9] = [
    ("store", &[]),
    ("state", &["store"]),
    ("decide", &["state", "store"]),
    ("commit", &["decide", "state", "store"]),
    ("service", &["commit", "decide", "state", "store"]),
    ("http", &["service", "commit", "decide", "state", "store"]),
    ("settings", &[]),
    (
        "run",
        &[
            "settings", "http", "service", "commit", "decide", "state", "store",
        ],
    ),
    ("cli", &["settings", "run", "store"]),
];

/// The server's modules below HTTP: no threads, no clock, no network.
const BELOW_HTTP: [&str; 5] = ["service", "commit", "decide", "state", "store"];

/// Where a rule does not hold, and why.
const THREADS_ALLOWED: [&str; 4] = [
    // The thread that drives the commit path, the one that checkpoints beside it, and how far it stands back.
    "server/src/commit/thread.rs",
    "server/src/commit/thread/beside.rs",
    "server/src/commit/thread/priority.rs",
    // It waits for sled's own threads to let go of a file.
    "server/src/store/table/sled/index.rs",
];

/// What a pure crate does not touch.
const IMPURE: [&[&str]; 20] = [
    &["std", "fs"],
    &["std", "net"],
    &["std", "thread"],
    &["std", "process"],
    &["std", "env"],
    &["std", "io"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["std", "sync", "Mutex"],
    &["std", "sync", "RwLock"],
    &["std", "sync", "Condvar"],
    &["std", "sync", "atomic"],
    &["std", "sync", "mpsc"],
    &["rand"],
    &["tokio"],
    &["getrandom"],
    &["actix_web"],
    &["sled"],
    &["otor_server"],
    &["otor_sim"],
];

const LINES_MAX: usize = 400;

/// Names that say nothing of what a module is for.
const EMPTY_NAMES: [&str; 8] = [
    "utils", "util", "common", "helpers", "helper", "types", "misc", "manager",
];

/// Fails with every violation on a line of its own.
fn demand_none(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n  {}\n", violations.join("\n  "));
}

/// What each file names, judged by `judge`; the violations with their places.
fn judged(files: &[Source], judge: impl Fn(&Source, &Named) -> Option<String>) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files {
        for one in named(&code(&file.text)) {
            if let Some(why) = judge(file, &one) {
                violations.push(format!("{}:{}: {why}", file.path, one.line));
            }
        }
    }
    violations
}

fn manifest(folder: &str) -> String {
    fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("each crate has a manifest")
}

/// The names of a manifest's dependencies of all sorts.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut among_them = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            among_them = section.trim_end_matches(']').ends_with("dependencies");
        } else if among_them && !line.is_empty() && !line.starts_with('#') {
            names.extend(line.split(['.', '=', ' ']).next());
        }
    }
    names
}

#[test]
fn crates_depend_one_way() {
    let own: BTreeSet<&str> = ["otor-protocol", "otor-server", "otor-sim", "otor-tests"].into();
    let mut violations = Vec::new();
    for (folder, allowed) in CRATES {
        let text = manifest(folder);
        let named = dependencies(&text);
        for other in named.intersection(&own).filter(|other| !allowed.contains(other)) {
            violations.push(format!("{folder}/Cargo.toml depends on {other}"));
        }
        assert!(
            !named.is_empty(),
            "no dependency was found in {folder}/Cargo.toml"
        );
    }
    demand_none("protocol ← server ← client-sim ← tests", &violations);
}

#[test]
fn the_protocol_is_pure() {
    let violations = judged(&sources_without_tests("protocol/src"), |_, path| {
        let impure = IMPURE.iter().find(|impure| path.begins_with(impure))?;
        Some(format!("names {}", impure.join("::")))
    });
    demand_none(
        "the protocol does no I/O, reads no clock, draws nothing at random",
        &violations,
    );
    let text = manifest("protocol");
    for impure in ["tokio", "rand", "actix-web", "hyper", "sled", "ureq", "tracing"] {
        assert!(
            !dependencies(&text).contains(impure),
            "protocol/Cargo.toml depends on {impure}"
        );
    }
}

#[test]
fn the_server_does_not_know_the_simulator() {
    let violations = judged(&sources("server"), |_, path| {
        path.begins_with(&["otor_sim"])
            .then(|| "names otor_sim".to_string())
    });
    demand_none("the server knows nothing of the simulator", &violations);
}

#[test]
fn one_module_of_the_simulator_knows_the_server() {
    let violations = judged(&sources("client-sim"), |file, path| {
        let inside = file.path.starts_with("client-sim/src/in_process");
        (!inside && path.begins_with(&["otor_server"])).then(|| "names otor_server".to_string())
    });
    demand_none(
        "only client-sim/src/in_process knows the server's library",
        &violations,
    );
}

#[test]
fn the_modules_of_the_server_depend_one_way() {
    let files = sources_without_tests("server/src");
    let mut violations = Vec::new();
    for folder in fs::read_dir(root().join("server/src")).expect("the server's sources can be listed") {
        let folder = folder.expect("a folder can be listed");
        let name = folder.file_name().to_string_lossy().into_owned();
        if folder.path().is_dir() && !SERVER_MODULES.iter().any(|(module, _)| *module == name) {
            violations.push(format!("server/src/{name} has no place in the order of modules"));
        }
    }
    violations.extend(judged(&files, |file, path| {
        let below = file.path.strip_prefix("server/src/")?;
        let (own, _) = below.split_once('/')?;
        let other = sibling(below, path)?;
        let (_, allowed) = SERVER_MODULES.iter().find(|(module, _)| *module == own)?;
        let is_module = SERVER_MODULES.iter().any(|(module, _)| *module == other);
        let violates = is_module && other != own && !allowed.contains(&other.as_str());
        violates.then(|| format!("{own} names {other}"))
    }));
    demand_none(
        "inside the server: cli → run → http → service → commit → decide → state → store",
        &violations,
    );
}

/// The server's module that a path leads to, from a file at `below` the server's sources.
fn sibling(below: &str, path: &Named) -> Option<String> {
    if path.begins_with(&["crate"]) {
        return path.parts.get(1).cloned();
    }
    let depth = below
        .trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .split('/')
        .count();
    let supers = path.parts.iter().take_while(|part| *part == "super").count();
    (supers == depth)
        .then(|| path.parts.get(supers).cloned())
        .flatten()
}

#[test]
fn below_http_there_are_no_threads_and_no_clock() {
    let mut files = sources_without_tests("server/src");
    files.retain(|file| {
        let below = |module: &str| file.path.starts_with(&format!("server/src/{module}/"));
        BELOW_HTTP.iter().any(|module| below(module)) && !THREADS_ALLOWED.contains(&file.path.as_str())
    });
    let outside: [&[&str]; 8] = [
        &["tokio"],
        &["actix_web"],
        &["futures_util"],
        &["std", "thread"],
        &["std", "net"],
        &["std", "process"],
        &["std", "time", "Instant"],
        &["std", "time", "SystemTime"],
    ];
    let violations = judged(&files, |_, path| {
        let found = outside.iter().find(|outside| path.begins_with(outside))?;
        Some(format!("names {}", found.join("::")))
    });
    demand_none(
        "below http/ nothing knows an executor, threads, a clock or the network",
        &violations,
    );
}

#[test]
fn only_running_a_server_names_a_concrete_store() {
    let places = [
        "server/src/run/",
        "server/src/main.rs",
        "server/src/store/table/",
        "server/src/store/disk/",
        // What each can do by itself is measured there.
        "client-sim/src/in_process/cost/limits.rs",
    ];
    let mut violations = Vec::new();
    for folder in ["protocol/src", "server/src", "client-sim/src"] {
        for file in sources_without_tests(folder) {
            if places.iter().any(|place| file.path.starts_with(place)) {
                continue;
            }
            for (number, line) in code(&file.text).lines().enumerate() {
                let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
                for word in words.filter(|word| ["SledTable", "SledTables", "RealDisk"].contains(word)) {
                    violations.push(format!("{}:{}: names {word}", file.path, number + 1));
                }
            }
        }
    }
    demand_none(
        "only server/src/run (and tests) names a concrete store",
        &violations,
    );
}

#[test]
fn files_are_short_and_say_their_duty_first() {
    let mut violations = Vec::new();
    for (folder, _) in CRATES {
        for file in sources(folder) {
            let lines = file.text.lines().count();
            if lines > LINES_MAX {
                violations.push(format!("{} has {lines} lines, more than {LINES_MAX}", file.path));
            }
            if !file.text.starts_with("//! ") {
                violations.push(format!(
                    "{} does not begin with a //! line that says its duty",
                    file.path
                ));
            }
        }
    }
    demand_none(
        "a file has one duty, says it in its first line and stays below 400 lines",
        &violations,
    );
}

#[test]
fn modules_are_named_for_what_they_do() {
    let mut violations = Vec::new();
    for (folder, _) in CRATES {
        for file in sources(folder) {
            let empty = file
                .path
                .trim_end_matches(".rs")
                .split('/')
                .find(|part| EMPTY_NAMES.contains(part));
            violations.extend(empty.map(|name| format!("{}: {name:?} says nothing", file.path)));
        }
    }
    demand_none(
        "no module is called utils, common, helpers, types, misc or manager",
        &violations,
    );
}

#[test]
fn every_crate_keeps_the_workspace_lints() {
    for (folder, _) in CRATES {
        assert!(
            manifest(folder).contains("[lints]\nworkspace = true"),
            "{folder}/Cargo.toml"
        );
    }
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    assert!(
        workspace.contains("unsafe_code = \"forbid\""),
        "unsafe code is forbidden in the whole workspace"
    );
}

#[test]
fn no_build_that_is_shipped_has_mutations() {
    let mut violations = Vec::new();
    for (folder, _) in CRATES {
        for line in manifest(folder).lines().filter(|line| line.contains("mutations")) {
            // Only as a feature of its own, or a comment on it: nothing turns it on.
            if !line.starts_with("mutations = [") && !line.starts_with('#') {
                violations.push(format!("{folder}/Cargo.toml: {line}"));
            }
        }
    }
    demand_none("deliberate faults are compiled only when asked for", &violations);
    assert_eq!(
        otor_protocol::mutation::COMPILED,
        cfg!(any(feature = "mutations", debug_assertions))
    );
}

#[test]
fn the_reader_of_sources_sees_code_and_nothing_else() {
    let text = "use std::{fs, time::{Instant, Duration}};\n// use rand::random;\n/* tokio::spawn */\n\
                fn f<'a>(x: &'a str) -> char { let _ = \"sled::open\"; let _ = r#\"a::b\"#; '\"' }\n\
                #[cfg(test)]\nmod tests { use actix_web::web; }\nfn g() { crate::state::read::<u8>(1); }\n";
    let seen: Vec<String> = named(&code(text))
        .iter()
        .map(|one| one.parts.join("::"))
        .collect();
    let expected = [
        "std::fs",
        "std::time::Instant",
        "std::time::Duration",
        "actix_web::web",
        "crate::state::read",
    ];
    assert_eq!(seen, expected);
    let last = named(&code(text)).pop().map(|one| one.line);
    assert_eq!(last, Some(7));
}
