//! When the state file moves and when it stays, against answers that end in every way.

use super::{Format, PullArgs, run};
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;
use tempfile::TempDir;

/// Answers one request on each connection with the bytes given, closes it, and tells the request lines.
fn server(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let request = lines.next().unwrap().unwrap();
                while !lines.next().unwrap().unwrap().is_empty() {}
                stream.write_all(answer.as_bytes()).unwrap();
                request
            })
            .collect()
    });
    (address, thread)
}

fn chunked(cursor: &str, chunks: &[&str], is_whole: bool) -> String {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\notor-next-cursor: {cursor}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    for chunk in chunks {
        answer.push_str(&format!("{:x}\r\n{chunk}\r\n", chunk.len()));
    }
    if is_whole {
        answer.push_str("0\r\n\r\n");
    }
    answer
}

fn args(server: &str, folder: &Path) -> PullArgs {
    PullArgs {
        connection: Connection {
            server: server.to_owned(),
            token: Some("token".into()),
            token_file: None,
            ca_cert: None,
            idempotency_key: None,
            json: false,
        },
        state: Some(folder.join("state")),
        format: Format::Ndjson,
        kind: None,
        area: None,
        since: None,
        until: None,
        output: Some(folder.join("rows")),
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn output(folder: &TempDir) -> Option<String> {
    fs::read_to_string(folder.path().join("rows")).ok()
}

fn state(folder: &TempDir) -> Option<String> {
    fs::read_to_string(folder.path().join("state")).ok()
}

#[test]
fn each_run_goes_on_where_the_last_whole_one_ended() {
    let folder = folder();
    let answers = vec![
        chunked("one", &["a\n", "b\n"], true),
        chunked("two", &["c\n"], true),
    ];
    let (address, requests) = server(answers);
    run(&args(&address, folder.path())).unwrap();
    assert_eq!(output(&folder).unwrap(), "a\nb\n");
    run(&args(&address, folder.path())).unwrap();
    assert_eq!(output(&folder).unwrap(), "c\n");
    let requests = requests.join().unwrap();
    assert!(!requests[0].contains("cursor="), "{}", requests[0]);
    assert!(requests[1].contains("cursor=one"), "{}", requests[1]);
    assert!(state(&folder).unwrap().contains("two"));
}

#[test]
fn a_stream_that_breaks_off_moves_neither_the_state_nor_the_output() {
    let folder = folder();
    let whole_answer = chunked("two", &["c\n", "d\n"], true);
    // Cut in the last chunk's end, in the middle of a chunk, and between chunks.
    let answers = vec![
        chunked("one", &["a\n"], true),
        chunked("two", &["c\n"], false),
        whole_answer[..whole_answer.len() - 3].to_owned(),
        whole_answer[..whole_answer.len() - 8].to_owned(),
        "HTTP/1.1 200 OK\r\notor-next-cursor: two\r\ncontent-length: 100\r\n\r\nc\n".into(),
    ];
    let cuts = answers.len() - 1;
    let (address, requests) = server(answers);
    run(&args(&address, folder.path())).unwrap();
    let before = state(&folder);
    for cut in 0..cuts {
        let failure = run(&args(&address, folder.path())).unwrap_err();
        assert!(matches!(failure, Failure::Unreachable(_)), "{cut}: {failure}");
        assert_eq!(state(&folder), before, "{cut}");
        assert_eq!(output(&folder).unwrap(), "a\n", "{cut}");
    }
    let requests = requests.join().unwrap();
    assert!(requests[1..].iter().all(|request| request.contains("cursor=one")));
}

#[test]
fn an_answer_whose_end_cannot_be_seen_is_not_trusted() {
    let folder = folder();
    let (address, _requests) = server(vec!["HTTP/1.1 200 OK\r\notor-next-cursor: one\r\n\r\na\n".into()]);
    assert!(matches!(
        run(&args(&address, folder.path())),
        Err(Failure::Failed(_))
    ));
    assert_eq!((state(&folder), output(&folder)), (None, None));
}

#[test]
fn an_output_that_cannot_be_written_leaves_the_state() {
    let folder = folder();
    let (address, _requests) = server(vec![chunked("one", &["a\n"], true)]);
    let mut args = args(&address, folder.path());
    // The folder itself stands where the file should go, so that it cannot be given its name.
    fs::create_dir(folder.path().join("taken")).unwrap();
    args.output = Some(folder.path().join("taken"));
    assert!(matches!(run(&args), Err(Failure::Failed(_))));
    assert_eq!(state(&folder), None);
}

#[test]
fn a_state_file_is_refused_for_other_filters_before_anything_is_asked() {
    let folder = folder();
    let (address, requests) = server(vec![chunked("one", &["a\n"], true)]);
    run(&args(&address, folder.path())).unwrap();
    requests.join().unwrap();
    let mut other = args(&address, folder.path());
    other.kind = Some("visit".into());
    assert!(matches!(run(&other), Err(Failure::BadInput(_))));
    fs::write(folder.path().join("state"), "{\"cursor\": 3}").unwrap();
    assert!(matches!(
        run(&args(&address, folder.path())),
        Err(Failure::BadInput(_))
    ));
}

#[test]
fn a_refused_cursor_is_told_in_the_servers_words_and_kept() {
    let folder = folder();
    let problem = "{\"title\":\"Conflict\",\"detail\":\"another history\"}";
    let refusal = format!(
        "HTTP/1.1 409 Conflict\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: \
         close\r\n\r\n{problem}",
        problem.len()
    );
    let (address, _requests) = server(vec![chunked("one", &["a\n"], true), refusal]);
    run(&args(&address, folder.path())).unwrap();
    let before = state(&folder);
    assert_eq!(
        run(&args(&address, folder.path())),
        Err(Failure::Failed("another history".into()))
    );
    assert_eq!((state(&folder), output(&folder)), (before, Some("a\n".into())));
}

#[test]
fn csv_without_a_kind_is_bad_input() {
    let folder = folder();
    let mut args = args("http://127.0.0.1:1", folder.path());
    args.format = Format::Csv;
    assert!(matches!(run(&args), Err(Failure::BadInput(_))));
}

#[test]
fn two_pulls_do_not_write_one_output() {
    let folder = folder();
    let path = folder.path().join("rows");
    let first = super::output::Output::begin(Some(&path)).unwrap();
    assert!(super::output::Output::begin(Some(&path)).is_err());
    first.finish().unwrap();
    assert!(super::output::Output::begin(Some(&path)).is_ok());
}
