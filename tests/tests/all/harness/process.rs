//! The real `otor` as a process: started on a folder, killed, started again on the same port, ended in order.

use super::administration::TOKEN;
use super::patience::wait_for;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

const LISTENING: &str = "listening on ";
/// How long a server may say nothing before it listens.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// How often it is started again on its port, should that be taken for a moment.
const PORT_TRIES: u32 = 5;

/// A command line of this program, free of settings from outside, in English.
fn free_of_settings(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OTOR_") {
            command.env_remove(name);
        }
    }
    command
}

/// A command line of `otor`.
pub fn otor() -> Command {
    free_of_settings(env!("CARGO_BIN_EXE_otor-under-test"))
}

/// A command line of `otor-sim`.
pub fn otor_sim() -> Command {
    free_of_settings(env!("CARGO_BIN_EXE_otor-sim-under-test"))
}

/// The standard output of a command that has to have succeeded.
pub fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{:?}: {}", output.status, stderr(output));
    String::from_utf8(output.stdout.clone()).expect("output in UTF-8")
}

/// The standard error of a command.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages in UTF-8")
}

/// A server on a folder, running or not. Killed when it is dropped.
pub struct RealServer {
    data: PathBuf,
    flags: Vec<String>,
    url: String,
    running: Option<Running>,
}

struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl RealServer {
    /// A server on the folder `data` that has not been started.
    pub fn new(data: &Path, flags: &[&str]) -> Self {
        RealServer {
            data: data.to_owned(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            url: String::new(),
            running: None,
        }
    }

    /// A server on the folder `data` and a free port, listening.
    pub fn start(data: &Path) -> Self {
        let mut server = Self::new(data, &[]);
        server.up();
        server
    }

    /// Its address; it stays the same from the first start on.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The number of its process.
    pub fn process_id(&self) -> u32 {
        self.running.as_ref().expect("a running server").child.id()
    }

    /// Its folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Starts it and waits until it listens. On a port that is taken for a moment it is tried again.
    pub fn up(&mut self) {
        for _ in 0..PORT_TRIES {
            self.launch();
            if let Some(url) = self.listening() {
                self.url = url;
                return;
            }
            self.kill();
            let said = self.said();
            assert!(
                said.contains("cannot listen"),
                "it did not come to listen: {said}"
            );
        }
        panic!("the port {} is not free any more", self.url);
    }

    /// Starts it and does not wait.
    pub fn launch(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let address = self.url.split_once("://").map(|(_, address)| address);
        let log = File::create(self.log_path()).expect("a log that can be written");
        let mut child = otor()
            .args(["serve", "--listen", address.unwrap_or("127.0.0.1:0"), "--data"])
            .arg(&self.data)
            .args(&self.flags)
            .env("OTOR_ADMIN_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the server's executable");
        let output = child.stdout.take().expect("its output is a pipe");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody listens any more after the start.
                let _ = sender.send(line);
            }
        });
        self.running = Some(Running { child, lines });
    }

    fn listening(&self) -> Option<String> {
        let lines = &self.running.as_ref()?.lines;
        while let Ok(line) = lines.recv_timeout(START_PATIENCE) {
            if let Some(url) = line.strip_prefix(LISTENING) {
                return Some(url.to_owned());
            }
        }
        None
    }

    fn log_path(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    /// What it has logged since it was last started.
    pub fn said(&self) -> String {
        fs::read_to_string(self.log_path()).expect("a server that was started has a log")
    }

    /// Kills it where it stands (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            // One that has ended by itself is as dead.
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }

    /// Tells it to end (SIGTERM).
    pub fn ask_to_end(&self) {
        let running = self.running.as_ref().expect("a running server");
        let id = running.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill can be run").success());
    }

    /// Tells it to end; it has to end in order.
    pub fn terminate(&mut self) {
        self.ask_to_end();
        let running = self.running.as_mut().expect("a running server");
        let status = wait_for("the server's end", || {
            running.child.try_wait().expect("its status")
        });
        assert!(status.success(), "{status}: {}", self.said());
        self.running = None;
    }

    /// Runs a command of `otor` on the folder of this server, which does not run: `verify`, `rebuild`.
    pub fn offline(&self, command: &str) -> Output {
        let output = otor().arg(command).arg("--data").arg(&self.data).output();
        output.expect("otor can be run")
    }

    /// A command line of `otor` that administers this server as its first account.
    pub fn command(&self, line: &str) -> Command {
        let mut command = otor();
        command.args(line.split_whitespace());
        command
            .env("OTOR_SERVER", &self.url)
            .env("OTOR_ADMIN_TOKEN", TOKEN);
        command
    }

    /// Everything it has, as `otor pull` prints it.
    pub fn full_pull(&self) -> String {
        printed(&self.command("pull").output().expect("otor can be run"))
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() && self.log_path().exists() {
            let said = self.said();
            let lines: Vec<&str> = said.lines().collect();
            let last = &lines[lines.len().saturating_sub(20)..];
            eprintln!("the server's last words:\n{}", last.join("\n"));
        }
    }
}
