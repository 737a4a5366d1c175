//! Replaying a trace against a real server, over real HTTP.

use super::runner::{Options, Runner, ServerChoice};
use crate::replay::report::Report;
use crate::trace::{AdminAct, DeviceAct, Pull, ServerAct, Trace, What};

/// Virtual time after the last step in which running synchronisations may end, in milliseconds.
const GRACE_MS: u64 = 24 * 3_600_000;

/// How far a replay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps carried out.
    pub steps_done: usize,
    /// Steps in all.
    pub steps: usize,
    /// Where the trace is, in milliseconds since its epoch.
    pub trace_ms: i64,
    /// Phones that are synchronising.
    pub syncing: usize,
}

/// A trace that cannot be replayed against this server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Unsupported {
    /// The line.
    pub line: usize,
    /// Why not, and what to do.
    pub why: &'static str,
}

/// Whether a trace can be replayed against such a server at all.
///
/// # Errors
/// [`Unsupported`]: the first line that cannot be carried out.
pub fn check_support(trace: &Trace, server: &ServerChoice) -> Result<(), Unsupported> {
    for step in &trace.steps {
        let why = match (&step.what, server) {
            (What::Server(ServerAct::PowerCut), _) => {
                "power_cut needs a server in the simulator's process: leave out --server and --spawn"
            }
            (What::Server(ServerAct::RestoreUntold), _) => {
                "restore_untold needs a server in the simulator's process: leave out --server and --spawn"
            }
            (What::Server(act), _) if !is_done_to_processes(*act) => {
                "faults of the machine need a server in the simulator's process: leave out --server and --spawn"
            }
            (What::Admin(act), _) if act.is_of_an_office() => {
                "accounts and imports need a server in the simulator's process: leave out --server and --spawn"
            }
            (What::Admin(AdminAct::Pull(Pull { account: Some(_), .. })), _) => {
                "accounts beside the first one need a server in the simulator's process: leave out --server and --spawn"
            }
            (What::Device { act, .. }, _) if !is_real(act) => {
                "late and repeated requests, faults of a phone's storage and apps of other versions need a server in the simulator's \
                 process: leave out --server and --spawn"
            }
            (What::Server(_), ServerChoice::Running(_)) => {
                "server steps need a server that the simulator starts: use --spawn"
            }
            _ => continue,
        };
        return Err(Unsupported { line: step.line, why });
    }
    Ok(())
}

/// Whether it can be done to a process and its folder.
fn is_done_to_processes(act: ServerAct) -> bool {
    matches!(
        act,
        ServerAct::Kill | ServerAct::Start | ServerAct::Backup | ServerAct::Restore
    )
}

/// Whether it can happen to a phone in real time.
fn is_real(act: &DeviceAct) -> bool {
    match act {
        DeviceAct::Sync(sync) => sync.late_ms.is_none() && sync.again_ms.is_none() && sync.wait_ms.is_none(),
        DeviceAct::Storage(_) | DeviceAct::Catalogue(_) => false,
        _ => true,
    }
}

/// Replays a trace against a real server, telling now and then how far it is.
///
/// # Errors
/// [`Unsupported`], or if the server does not start or answer.
pub fn replay(trace: &Trace, options: Options, tell: &mut dyn FnMut(&Progress)) -> anyhow::Result<Report> {
    check_support(trace, &options.server)?;
    let mut runner = Runner::new(options)?;
    let mut left = trace.steps.as_slice();
    while !left.is_empty() {
        left = &left[runner.next_steps(left)..];
        tell(&Progress {
            steps_done: trace.steps.len() - left.len(),
            steps: trace.steps.len(),
            trace_ms: runner.trace_ms(),
            syncing: runner.syncing(),
        });
    }
    if runner.server_runs() {
        runner.wait_for_syncs(GRACE_MS);
    } else {
        runner.start_server()?;
    }
    let mut report = runner.report(&trace.name)?;
    if let Err(error) = runner.stop_server() {
        report.ok = false;
        report.failures.push(format!("{error:#}"));
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::in_process::child::Launch;
    use crate::remote::Access;

    fn trace(server: &str) -> Trace {
        let text = format!(
            "{{\"otor_trace\":1,\"name\":\"t\",\"epoch\":\"2026-03-02T08:00:00+08:00\"}}\n\
             {{\"at\":0,\"server\":\"{server}\"}}"
        );
        Trace::parse(&text, &[]).unwrap()
    }

    #[test]
    fn what_only_some_servers_can_undergo_is_told_before_anything_begins() {
        let access = Access {
            url: "http://127.0.0.1:1".into(),
            token: "t".into(),
            ca_cert: None,
        };
        let running = ServerChoice::Running(access);
        let launch = Launch {
            program: "nothing".into(),
            arguments: Vec::new(),
        };
        let spawned = ServerChoice::Spawned {
            data: "nowhere".into(),
            launch,
        };
        assert_eq!(check_support(&trace("kill"), &spawned), Ok(()));
        assert_eq!(check_support(&trace("kill"), &running).unwrap_err().line, 2);
        assert!(check_support(&trace("power_cut"), &spawned).is_err());
        let options = Options::new(running);
        let refused = replay(&trace("start"), options, &mut |_| {}).unwrap_err();
        assert!(refused.is::<Unsupported>());
    }
}
