//! A server that cannot start says why in one line, and its exit status is not zero.

use crate::process::{Server, otor, serve, stderr};
use std::fs;
use std::process::{Command, Output};

/// Runs a command that has to fail: its exit status and its one line.
fn refused(mut command: Command) -> (i32, String) {
    let output: Output = command.output().unwrap();
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty());
    assert!(said.starts_with("otor: "), "{said}");
    (output.status.code().unwrap(), said)
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Server::start(&data);
    let (status, said) = refused(serve(&data));
    assert_eq!(status, 1);
    assert!(
        said.contains("another server") && said.contains(data.to_str().unwrap()),
        "{said}"
    );
    first.run("status");
    for command in ["verify", "rebuild", "reset-token"] {
        let mut command_line = otor();
        command_line.arg(command).arg("--data").arg(&data);
        assert_eq!(refused(command_line).0, 1, "{command}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let (status, said) = refused(serve(&file.join("data")));
    assert_eq!(status, 1);
    assert!(said.contains(file.to_str().unwrap()), "{said}");
}

#[test]
fn a_taken_port_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = serve(&folder.path().join("data"));
    command.args(["--listen", &address]);
    let (status, said) = refused(command);
    assert_eq!(status, 1);
    assert!(said.contains(&address), "{said}");
}

#[test]
fn an_unknown_key_in_the_config_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("otor.toml");
    fs::write(&config, "lisen = \"127.0.0.1:0\"\n").unwrap();
    let mut command = serve(&folder.path().join("data"));
    command.arg("--config").arg(&config);
    let (status, said) = refused(command);
    assert_eq!(status, 2);
    assert!(said.contains("lisen") && said.contains("otor.toml"), "{said}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn plain_http_beyond_this_machine_is_refused_unless_it_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let open = || {
        let mut command = serve(&data);
        command.args(["--listen", "0.0.0.0:0"]);
        command
    };
    let (status, said) = refused(open());
    assert_eq!(status, 2);
    assert!(said.contains("allow_plain_http"), "{said}");
    let mut allowed = open();
    allowed.arg("--allow-plain-http");
    let _running = Server::of(allowed);
}

#[test]
fn a_weak_first_token_is_refused_and_a_later_start_is_not_held_up_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut weak = serve(&data);
    weak.env("OTOR_ADMIN_TOKEN", "short");
    let (status, said) = refused(weak);
    assert_eq!(status, 2);
    assert!(said.contains("OTOR_ADMIN_TOKEN"), "{said}");
    Server::start(&data).run("status");
}

#[test]
fn a_server_without_its_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Server::start(&data).kill();
    fs::remove_file(data.join("server.key")).unwrap();
    let (status, said) = refused(serve(&data));
    assert_eq!(status, 1);
    assert!(said.contains("server.key"), "{said}");
    assert!(!data.join("server.key").exists());
}

#[test]
fn checking_a_folder_without_data_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for command in ["verify", "rebuild", "reset-token"] {
        let mut command_line = otor();
        command_line.arg(command).arg("--data").arg(&data);
        let (status, said) = refused(command_line);
        assert_eq!(status, 2, "{said}");
    }
    assert!(!data.exists());
}
