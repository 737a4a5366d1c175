//! Starts `otor` as a process, and waits for what it prints rather than for time to pass.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// The token of the first account of every server here.
pub const TOKEN: &str = "first-token-of-the-tests";

/// A command line of `otor`, free of settings from outside, in English.
pub fn otor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otor"));
    command.env("LC_ALL", "C");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTOR_") {
            command.env_remove(name);
        }
    }
    command
}

/// `otor serve` on a folder and a free port, saying nothing but errors.
pub fn serve(data: &Path) -> Command {
    let mut command = otor();
    command
        .arg("serve")
        .env("OTOR_LOG_LEVEL", "error")
        .env("OTOR_LISTEN", "127.0.0.1:0")
        .arg("--data")
        .arg(data)
        .env("OTOR_ADMIN_TOKEN", TOKEN);
    command
}

/// The same command in a shell that has limited itself before.
pub fn limited(limits: &str, inner: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(format!("{limits}; exec \"$@\""))
        .arg("sh")
        .arg(inner.get_program())
        .args(inner.get_args())
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited
}

/// A running server; killed when it is dropped.
pub struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Its address.
    pub url: String,
    /// What it printed before it listened.
    pub greeting: Vec<String>,
}

impl Server {
    /// Starts a server on a folder.
    pub fn start(data: &Path) -> Server {
        Server::of(serve(data))
    }

    /// Starts a server and waits until it listens.
    pub fn of(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut server = Server {
            child,
            stdout,
            url: String::new(),
            greeting: Vec::new(),
        };
        while server.url.is_empty() {
            let mut line = String::new();
            let count = server.stdout.read_line(&mut line).unwrap();
            assert!(count > 0, "it ended without listening");
            match line.trim_end().strip_prefix("listening on ") {
                Some(url) => server.url = url.to_owned(),
                None => server.greeting.push(line.trim_end().to_owned()),
            }
        }
        server
    }

    /// A command line that administers this server as the first account.
    pub fn command(&self, line: &str) -> Command {
        let mut command = otor();
        command
            .args(line.split_whitespace())
            .env("OTOR_SERVER", &self.url)
            .env("OTOR_ADMIN_TOKEN", TOKEN);
        command
    }

    /// Runs such a command line, which has to succeed; what it printed.
    pub fn run(&self, line: &str) -> String {
        printed(&self.command(line).output().unwrap())
    }

    /// Runs such a command line with this on its standard input.
    pub fn run_with(&self, line: &str, input: &str) -> Output {
        let mut child = self
            .command(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end: the exit status.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Waits for the end of a server whose standard error is a pipe: exit status, and what it said there.
    pub fn wait_with_errors(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (self.wait(), said)
    }

    /// Waits until its standard error, which is a pipe, has a line with these words.
    pub fn wait_until_it_says(&mut self, words: &str) {
        let said = BufReader::new(self.child.stderr.as_mut().unwrap());
        let found = said.lines().map(Result::unwrap).any(|line| line.contains(words));
        assert!(found, "it never said {words:?}");
    }

    /// Kills it where it stands.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it still prints until it ends.
    pub fn rest(&mut self) -> Vec<String> {
        self.stdout.by_ref().lines().map(Result::unwrap).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The standard output of a command that has to have succeeded.
pub fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{:?}: {}", output.status, stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The standard error of a command.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
