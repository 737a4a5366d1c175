//! Encodings kept as files: what an earlier version wrote is read for ever, and written the same. Files are
//! only ever added; `OTOR_WRITE_GOLDEN=1` writes the missing ones and overwrites none.

use crate::golden_states as states;
use crate::golden_values as values;
use otor_protocol::op::Op;
use otor_protocol::record::Record;
use otor_protocol::wire::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt::Debug;
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

fn message<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    message_by(name, value, encode, decode);
}

fn message_by<T: PartialEq + Debug>(
    name: &str,
    value: &T,
    encode: impl Fn(&T) -> Vec<u8>,
    decode: impl Fn(&[u8]) -> Result<T, Malformed>,
) {
    let kept = kept("wire", name, &encode(value));
    assert_eq!(decode(&kept).as_ref(), Ok(value), "{name} is read as it was");
    assert_eq!(hex(&encode(value)), hex(&kept), "{name} is written as it was");
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
fn messages_are_read_and_written_as_ever() {
    message("hello", &values::hello());
    message("welcome", &values::welcome());
    message_by(
        "changes",
        &values::changes(),
        ChangeFrame::encode,
        ChangeFrame::decode,
    );
    message_by(
        "states",
        &states::states(),
        StateFrame::encode,
        StateFrame::decode,
    );
    for (number, repair) in states::repairs().iter().enumerate() {
        message(&format!("repair_{}", number + 1), repair);
    }
    message(
        "end",
        &End {
            frames: 3,
            more: true,
        },
    );
    for (number, refusal) in values::refusals().iter().enumerate() {
        message(&format!("refusal_{}", number + 1), refusal);
    }
    message("enrol_request", &values::enrol_request());
    message("enrol_reply", &values::enrol_reply());
    message_by("content", &values::content(), Content::encode, Content::decode);
    message::<Op>("op_create", &values::create());
    message::<Op>("op_edit", &values::edit());
    message::<Op>("op_release", &values::release());
}

#[test]
fn a_frame_is_written_as_ever() {
    let mut bytes = Vec::new();
    write_frame(
        &mut bytes,
        FrameType::End,
        &encode(&End {
            frames: 3,
            more: true,
        }),
    );
    assert_eq!(hex(&kept("wire", "frame_end", &bytes)), hex(&bytes));
}

#[test]
fn records_are_read_and_written_as_ever() {
    record("created", &values::created());
    record("edited", &values::edited());
    record("erased", &values::erased());
}

#[test]
fn every_golden_file_is_checked() {
    let wire = [
        "hello",
        "welcome",
        "changes",
        "states",
        "repair_1",
        "repair_2",
        "end",
        "refusal_1",
        "refusal_2",
        "refusal_3",
        "refusal_4",
        "refusal_5",
        "enrol_request",
        "enrol_reply",
        "content",
        "op_create",
        "op_edit",
        "op_release",
        "frame_end",
    ];
    for (part, names) in [
        ("wire", wire.as_slice()),
        ("records", &["created", "edited", "erased"]),
    ] {
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
