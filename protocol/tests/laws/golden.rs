//! Records kept as files: what an earlier version wrote is read for ever, and written the same. Files are
//! only ever added; `OTOR_WRITE_GOLDEN=1` writes the missing ones and overwrites none. Messages are kept as the
//! test vectors of the wire.

use crate::golden_values as values;
use otor_protocol::record::Record;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/golden")
        .join(name)
}

fn hex(bytes: &[u8]) -> String {
    let line = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    bytes.chunks(32).map(line).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
    digits
        .chunks(2)
        .map(|pair| byte(pair).expect("two hexadecimal digits"))
        .collect()
}

/// The bytes kept under this name; written first if they are missing and the environment asks for it.
fn kept(part: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = folder(part).join(format!("{name}.hex"));
    if !path.exists() && std::env::var_os("OTOR_WRITE_GOLDEN").is_some_and(|asked| asked == "1") {
        fs::create_dir_all(folder(part)).expect("the folder of golden files can be made");
        fs::write(&path, hex(bytes)).expect("a golden file can be written");
    }
    let text = fs::read_to_string(&path);
    unhex(&text.unwrap_or_else(|error| panic!("{}: {error}; OTOR_WRITE_GOLDEN=1 writes it", path.display())))
}

fn record(name: &str, value: &Record) {
    let kept = kept("records", name, &value.encode());
    assert_eq!(
        Record::decode(&kept).as_ref(),
        Ok(value),
        "{name} is read as it was"
    );
    assert_eq!(hex(&value.encode()), hex(&kept), "{name} is written as it was");
}

#[test]
fn records_are_read_and_written_as_ever() {
    record("created", &values::created());
    record("edited", &values::edited());
    record("erased", &values::erased());
}

#[test]
fn every_golden_file_is_checked() {
    for (part, names) in [("records", ["created", "edited", "erased"])] {
        let known: BTreeSet<String> = names.iter().map(|name| format!("{name}.hex")).collect();
        let Ok(listing) = fs::read_dir(folder(part)) else {
            continue;
        };
        for entry in listing {
            let name = entry.expect("a folder can be listed").file_name();
            let name = name.to_string_lossy();
            assert!(
                known.contains(name.as_ref()),
                "{part}/{name} is kept and no test reads it"
            );
        }
    }
}
