//! A real server as a child process: started on a folder, killed, started again on the same port, ended in order.

use super::field_clock::FieldClock;
use anyhow::{Context, bail, ensure};
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// What the simulator's executable is called with to be a server; what follows is the server's own command line.
pub const SERVE_CHILD: &str = "serve-child";

/// Before the server's own arguments: what time it is when it starts, milliseconds since the Unix epoch.
const TIME_FLAG: &str = "--time";
/// What a server that was told the time prints.
const TIME_TAKEN: &str = "time taken";
/// What a server prints before the address it listens on.
const LISTENING: &str = "listening on ";
/// How long a server may say nothing before it listens: folding a long journal again takes its time.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// How often a server is started again when it ended at once: the port may not be free yet.
const PORT_TRIES: u32 = 20;
const PORT_WAIT: Duration = Duration::from_millis(250);
/// How long a server may take to end in order.
const END_PATIENCE: Duration = Duration::from_secs(30);
const END_LOOK: Duration = Duration::from_millis(10);
/// Most bytes of the log's end that are told when a server does not start.
const TOLD_BYTES: usize = 600;

/// Which program is the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The executable.
    pub program: PathBuf,
    /// What comes before the server's own arguments.
    pub arguments: Vec<OsString>,
}

impl Launch {
    /// The executable that runs now, which has to be the simulator's.
    ///
    /// # Errors
    /// If the system does not say which it is.
    pub fn own_executable() -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("which executable this is")?;
        Ok(Launch {
            program,
            arguments: vec![SERVE_CHILD.into()],
        })
    }
}

/// A server in a process of its own. Killed when dropped.
#[derive(Debug)]
pub struct ServerChild {
    launch: Launch,
    data: PathBuf,
    token: String,
    url: Option<String>,
    process: Option<Child>,
    /// What it prints.
    lines: Option<Receiver<String>>,
    /// Where its time comes from, if not from the machine.
    clock: Option<FieldClock>,
}

impl ServerChild {
    /// A server on the folder `data`, whose first account has `token` (16 characters or more); not yet started.
    pub fn new(launch: Launch, data: &Path, token: &str) -> Self {
        ServerChild {
            launch,
            data: data.to_owned(),
            token: token.to_owned(),
            url: None,
            process: None,
            lines: None,
            clock: None,
        }
    }

    /// Has it go by this clock, from its next start on.
    pub fn go_by(&mut self, clock: FieldClock) {
        self.clock = Some(clock);
    }

    /// Tells a running server what time it is by its clock; when this returns, it goes by it.
    ///
    /// # Errors
    /// If it does not take it.
    pub fn tell_time(&mut self) -> anyhow::Result<()> {
        let (Some(clock), Some(process), Some(lines)) = (&self.clock, &mut self.process, &self.lines) else {
            return Ok(());
        };
        let input = process.stdin.as_mut().context("the server has no input")?;
        writeln!(input, "{}", clock.now_ms()).context("the server takes no time")?;
        loop {
            let line = lines
                .recv_timeout(END_PATIENCE)
                .context("the server takes no time")?;
            if line.trim_end() == TIME_TAKEN {
                return Ok(());
            }
        }
    }

    /// Runs another command of the same program on its folder, to its end: `backup` with `--to`, and so on.
    ///
    /// # Errors
    /// If it cannot be run, or fails.
    pub fn run_beside(&self, command: &str, arguments: &[&OsStr]) -> anyhow::Result<()> {
        let mut process = self.bare_command();
        self.lead_in(&mut process);
        process.arg(command).arg("--data").arg(&self.data);
        process
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = process.spawn().with_context(|| format!("cannot run {command}"))?;
        // It ends when its input does.
        let input = process.stdin.take();
        let output = process.wait_with_output();
        drop(input);
        let output = output.with_context(|| format!("cannot run {command}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{command} failed: {said}");
        Ok(())
    }

    /// The token of its first account.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The file its log lines go to, beside its folder.
    pub fn log_path(&self) -> PathBuf {
        let mut name = self.data.file_name().unwrap_or_default().to_owned();
        name.push(".log");
        self.data.with_file_name(name)
    }

    /// Whether it was started and has not been ended since.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Starts it and waits until it listens; its address, which stays the same from the first start on. Does
    /// nothing if it runs.
    ///
    /// # Errors
    /// If it does not come to listen.
    pub fn start(&mut self) -> anyhow::Result<String> {
        if let (Some(_), Some(url)) = (&self.process, &self.url) {
            return Ok(url.clone());
        }
        let mut tries = if self.url.is_some() { PORT_TRIES } else { 1 };
        loop {
            tries -= 1;
            match self.try_start() {
                Ok(url) => {
                    self.url = Some(url.clone());
                    return Ok(url);
                }
                Err(error) if tries == 0 => return Err(error),
                Err(_) => std::thread::sleep(PORT_WAIT),
            }
        }
    }

    fn try_start(&mut self) -> anyhow::Result<String> {
        let mut process = self
            .command()?
            .spawn()
            .with_context(|| format!("cannot start {}", self.launch.program.display()))?;
        let lines = process
            .stdout
            .take()
            .map(lines_of)
            .context("the server has no output")?;
        self.process = Some(process);
        match listening(&lines) {
            Some(url) => {
                self.lines = Some(lines);
                Ok(url)
            }
            None => {
                self.kill();
                bail!("the server did not start: {}", self.last_words());
            }
        }
    }

    /// Its command line, free of settings from outside.
    fn command(&self) -> anyhow::Result<Command> {
        if let Some(parent) = self.data.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        let path = self.log_path();
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let log = log.with_context(|| format!("cannot write {}", path.display()))?;
        let address = self.url.as_deref().and_then(|url| url.split_once("://"));
        let listen = address.map_or("127.0.0.1:0", |(_, address)| address);
        let mut command = self.bare_command();
        self.lead_in(&mut command);
        command
            .args(["serve", "--listen", listen, "--data"])
            .arg(&self.data);
        command.env("OTOR_ADMIN_TOKEN", &self.token);
        // As long as it is open, whoever started the server lives.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        Ok(command)
    }

    fn lead_in(&self, command: &mut Command) {
        command.args(&self.launch.arguments);
        if let Some(clock) = &self.clock {
            command.arg(TIME_FLAG).arg(clock.now_ms().to_string());
        }
    }

    fn bare_command(&self) -> Command {
        let mut command = Command::new(&self.launch.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("OTOR_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Kills it where it stands. Does nothing if it does not run.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself, which is as good.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Asks it to end (SIGTERM) and waits until it has, in order.
    ///
    /// # Errors
    /// If it does not end, or not with status 0; it is killed then.
    pub fn terminate(&mut self) -> anyhow::Result<()> {
        let Some(process) = &mut self.process else {
            return Ok(());
        };
        let ended = ask_to_end(process).and_then(|()| wait(process));
        self.kill();
        let status = ended?;
        ensure!(
            status.success(),
            "the server ended with {status}: {}",
            self.last_words()
        );
        Ok(())
    }

    /// Folds the table of its folder again, while it does not run.
    ///
    /// # Errors
    /// If it runs, or the table is not folded.
    pub fn rebuild(&self) -> anyhow::Result<()> {
        ensure!(self.process.is_none(), "the server runs");
        let mut process = Command::new(&self.launch.program)
            .args(&self.launch.arguments)
            .args(["rebuild", "--data"])
            .arg(&self.data)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        // Waiting would close it, and the process end then.
        let _open = process.stdin.take();
        let status = process.wait()?;
        ensure!(status.success(), "rebuilding ended with {status}");
        Ok(())
    }

    /// The end of its log, in one line.
    fn last_words(&self) -> String {
        let mut bytes = Vec::new();
        let read = File::open(self.log_path()).and_then(|mut log| log.read_to_end(&mut bytes));
        if read.is_err() || bytes.is_empty() {
            return "it said nothing".into();
        }
        let end = &bytes[bytes.len().saturating_sub(TOLD_BYTES)..];
        String::from_utf8_lossy(end)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Drop for ServerChild {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Lines as they come, read on until the end so that the writer never waits.
fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens any more after the start.
            let _ = sender.send(line);
        }
    });
    lines
}

fn listening(lines: &Receiver<String>) -> Option<String> {
    loop {
        match lines.recv_timeout(START_PATIENCE) {
            Ok(line) => {
                if let Some(url) = line.trim_end().strip_prefix(LISTENING) {
                    return Some(url.to_owned());
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn ask_to_end(process: &Child) -> anyhow::Result<()> {
    let asked = Command::new("kill")
        .arg("-TERM")
        .arg(process.id().to_string())
        .status();
    let asked = asked.context("cannot send SIGTERM")?;
    ensure!(asked.success(), "cannot send SIGTERM: {asked}");
    Ok(())
}

fn wait(process: &mut Child) -> anyhow::Result<ExitStatus> {
    let mut left = END_PATIENCE;
    while !left.is_zero() {
        if let Some(status) = process.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(END_LOOK);
        left = left.saturating_sub(END_LOOK);
    }
    bail!("the server has not ended within {} s", END_PATIENCE.as_secs())
}

/// Is a server: runs the server's command line with these arguments, until its standard input ends, so that no
/// server outlives whoever started it. It begins at this time (milliseconds since the Unix epoch), if one is given;
/// and each line of its input tells it another.
pub fn serve_child(time_ms: Option<i64>, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    if let Some(time_ms) = time_ms {
        otor_server::run::be_at(time_ms);
    }
    std::thread::spawn(|| {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if let Ok(time_ms) = line.trim().parse() {
                otor_server::run::be_at(time_ms);
                // Whoever told it has gone, if nobody reads this.
                let _ = writeln!(std::io::stdout(), "{TIME_TAKEN}");
            }
        }
        // Whoever is interested is gone; what was acknowledged is on the disk.
        std::process::exit(1);
    });
    otor_server::cli::run_command_line(std::iter::once("otor".into()).chain(arguments))
}
