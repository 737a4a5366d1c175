//! However a server ends, what it has acknowledged is there when it starts again.

use crate::process::{Server, TOKEN, limited, otor, printed, serve, stderr};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Sender, channel};

const AREAS: &str = "code,name,level\n150821100201001,first,grid\n";

/// Writes tasks one after another until the server is gone, and tells the title of each acknowledged one.
fn write_tasks(url: &str, writer: usize, acknowledged: &Sender<String>) {
    for count in 0.. {
        let title = format!("{writer}-{count}");
        let body = json!({"title": title, "area": "150821100201001"}).to_string();
        let answer = ureq::post(format!("{url}/api/v1/tasks"))
            .header("Authorization", format!("Bearer {TOKEN}"))
            .header("Content-Type", "application/json")
            .send(body);
        match answer {
            Ok(answer) if answer.status() == 201 => acknowledged.send(title).unwrap(),
            _ => return,
        }
    }
}

/// The titles of all tasks, by pulling everything.
fn titles(server: &Server) -> Vec<String> {
    let rows = server.run("pull --kind task");
    rows.lines()
        .map(|row| {
            let row: Value = serde_json::from_str(row).unwrap();
            row["fields"]["title"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn verify(data: &Path) -> String {
    printed(&otor().arg("verify").arg("--data").arg(data).output().unwrap())
}

#[test]
fn killed_while_it_writes_it_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut known = BTreeSet::new();
    for round in 0..3 {
        let server = Server::start(&data);
        printed(&server.run_with("areas import -", AREAS));
        let (sender, receiver) = channel();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (url, sender) = (server.url.clone(), sender.clone());
                std::thread::spawn(move || write_tasks(&url, round * 4 + writer, &sender))
            })
            .collect();
        drop(sender);
        known.extend(receiver.iter().take(40));
        server.kill();
        for writer in writers {
            writer.join().unwrap();
        }
        known.extend(receiver.iter());
    }
    let server = Server::start(&data);
    let found = titles(&server);
    let distinct: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(distinct.len(), found.len(), "a task is there twice");
    let lost: Vec<_> = known.difference(&distinct).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(known.len() >= 120);
    server.kill();
    assert!(verify(&data).contains("what the journal says"));
}

#[test]
fn told_to_end_it_writes_a_checkpoint_and_exits_with_zero() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut server = Server::start(&data);
        printed(&server.run_with("areas import -", AREAS));
        server.signal(signal);
        assert!(server.rest().is_empty());
        assert_eq!(server.wait(), Some(0), "{signal}");
        // Genesis, the first account, the areas: all in the table.
        assert!(verify(&data).contains("as of entry 3,"));
        let again = Server::start(&data);
        assert!(again.run("areas list").contains("150821100201001"));
    }
}

/// A connection on which a request has begun and does not end.
fn unfinished_request(server: &Server) -> TcpStream {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /api/v1/areas/import HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    // The server asks for the body: it has begun to serve the request.
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    stream
}

#[test]
fn a_request_that_does_not_end_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut patient = serve(&data);
    patient.args(["--drain-seconds", "0"]);
    let server = Server::of(patient);
    let _open = unfinished_request(&server);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    assert!(verify(&data).contains("as of entry 2,"));
}

#[test]
fn a_second_signal_cuts_the_waiting_short() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut patient = serve(&data);
    patient.args(["--drain-seconds", "86400", "--log-level", "info"]);
    patient.stderr(Stdio::piped());
    let mut server = Server::of(patient);
    let _open = unfinished_request(&server);
    server.signal("TERM");
    server.wait_until_it_says("stopping");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    assert!(verify(&data).contains("as of entry 2,"));
}

#[test]
fn a_journal_that_cannot_be_written_ends_the_server_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Server::start(&data).kill();
    // No file may grow beyond 2 MiB (in blocks of 512 bytes, or of 1,024 where the shell counts so); the
    // signal that tells of it is ignored, so that writing fails as on a full disk.
    let mut small = limited("trap '' XFSZ; ulimit -f 4096", &serve(&data));
    small.stderr(Stdio::piped());
    let server = Server::of(small);
    let mut refused = None;
    for township in 100..200 {
        let mut csv = "code,name,level\n".to_owned();
        for grid in 0..900 {
            let name = name_that_does_not_pack(township * 1_000 + grid);
            csv.push_str(&format!("150821{township}201{:03},{name},grid\n", grid + 1));
        }
        let output = server.run_with("areas import -", &csv);
        if !output.status.success() {
            refused = Some(output);
            break;
        }
    }
    let output = refused.expect("the limit was never reached");
    assert!(matches!(output.status.code(), Some(1 | 3)), "{}", stderr(&output));
    let (status, said) = server.wait_with_errors();
    assert_eq!(status, Some(1));
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("otor: ") && last.contains("journal"), "{said}");
    let again = Server::start(&data);
    let first = name_that_does_not_pack(100_000);
    assert!(again.run("areas list --under 150821100").contains(&first));
}

/// Two hundred characters without order, so that the journal grows by them however entries are packed.
fn name_that_does_not_pack(seed: u32) -> String {
    let characters = std::iter::successors(Some(seed), |last| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    let characters = characters.skip(1).map(|number| 0x4e00 + (number >> 8) % 0x5000);
    characters.filter_map(char::from_u32).take(200).collect()
}

#[test]
fn the_first_token_is_made_up_and_printed_once_where_none_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let without = || {
        let mut command = serve(&data);
        command.env_remove("OTOR_ADMIN_TOKEN");
        command
    };
    let first = Server::of(without());
    let [greeting] = first.greeting.as_slice() else {
        panic!("{:?}", first.greeting);
    };
    let token = greeting.rsplit(' ').next().unwrap().to_owned();
    let status = |server: &Server, token: &str| {
        let mut command = server.command("status");
        command.args(["--token", token]).output().unwrap().status.code()
    };
    assert_eq!(status(&first, &token), Some(0));
    assert_eq!(status(&first, TOKEN), Some(1));
    first.kill();
    let second = Server::of(without());
    assert!(second.greeting.is_empty());
    assert_eq!(status(&second, &token), Some(0));
    second.kill();
    let reset = printed(
        &otor()
            .arg("reset-token")
            .arg("--data")
            .arg(&data)
            .output()
            .unwrap(),
    );
    let renewed = reset.trim().rsplit(' ').next().unwrap();
    let third = Server::of(without());
    assert_eq!(
        (status(&third, &token), status(&third, renewed)),
        (Some(1), Some(0))
    );
}

#[test]
fn a_table_that_is_gone_is_made_again_from_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    printed(&server.run_with("areas import -", AREAS));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    std::fs::remove_dir_all(data.join("sled")).unwrap();
    let mut broken = otor();
    let output = broken.arg("verify").arg("--data").arg(&data).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let rebuilt = printed(&otor().arg("rebuild").arg("--data").arg(&data).output().unwrap());
    assert!(rebuilt.contains("folded 3 entries"), "{rebuilt}");
    assert!(verify(&data).contains("what the journal says"));
    std::fs::remove_dir_all(data.join("sled")).unwrap();
    let again = Server::start(&data);
    assert!(again.run("areas list").contains("150821100201001"));
}
