//! Phones against a real server, step by step: what a replay, a demonstration and a load run are made of.

use super::ack_log::AckLog;
use super::api::Access;
use super::centre::HttpCentre;
use super::passing::Field;
use super::pull::HttpBody;
use super::station::{Station, Syncing, profile};
use super::timeline::Timeline;
use crate::check::Written;
use crate::in_process::child::{Launch, ServerChild};
use crate::replay::book::Book;
use crate::replay::pulls::Pulls;
use crate::transport::Target;
use anyhow::Context;
use otor_protocol::ids::RecordId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Least real time given to running synchronisations, however fast the run: the server works in real time.
const PATIENCE_MIN: Duration = Duration::from_secs(30);

/// How often it is looked whether a synchronisation is over, or kept from ending by its link.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Which server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerChoice {
    /// One that runs already, and is administered with this access. Nobody else may write to it meanwhile.
    Running(Access),
    /// One of our own, on a folder in which none has run, on a free port.
    Spawned {
        /// The folder, made if it is not there.
        data: PathBuf,
        /// The program.
        launch: Launch,
    },
}

/// How phones are run against a real server.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The server.
    pub server: ServerChoice,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// How many times as fast as real time the field's time runs.
    pub speed: f64,
    /// Whether time jumps ahead where nothing is under way.
    pub cuts_idleness: bool,
    /// Whether acts at the centre, of the server, and expectations wait until running synchronisations have
    /// ended, and other steps give those that began before them some real time, so that the order in which
    /// phones come to the server is that of the trace.
    pub waits_for_syncs: bool,
    /// When the field's day begins, milliseconds since the Unix epoch: our own server and the phones go by the trace's
    /// time then, and all that is due passes in it. Without it they go by the machine's.
    pub field_epoch_ms: Option<i64>,
}

impl Options {
    /// As a trace is replayed: 600 times as fast as real time.
    pub fn new(server: ServerChoice) -> Self {
        Options {
            server,
            seed: 1,
            speed: 600.0,
            cuts_idleness: true,
            waits_for_syncs: true,
            field_epoch_ms: None,
        }
    }
}

/// Phones against a real server.
pub struct Runner {
    pub(super) options: Options,
    pub(super) runtime: Runtime,
    pub(super) timeline: Timeline,
    pub(super) target: Target,
    pub(super) child: Option<ServerChild>,
    pub(super) centre: HttpCentre,
    pub(super) stations: BTreeMap<String, Station>,
    pub(super) book: Book,
    pub(super) written: Written,
    pub(super) others: BTreeSet<RecordId>,
    pub(super) failures: Vec<String>,
    pub(super) ack_log: Option<Arc<AckLog>>,
    pub(super) field: Option<Field>,
    pub(super) pulls: Pulls<HttpBody>,
}

impl Runner {
    /// Starts the server, if it is to be one of our own, and looks at what it holds.
    ///
    /// # Errors
    /// If the server does not start or answer.
    pub fn new(options: Options) -> anyhow::Result<Self> {
        let field = options.field_epoch_ms.map(Field::beginning_at);
        let (child, access) = match &options.server {
            ServerChoice::Running(access) => (None, access.clone()),
            ServerChoice::Spawned { data, launch } => {
                let token = format!("{:032x}", rand::random::<u128>());
                let mut child = ServerChild::new(launch.clone(), data, &token);
                if let Some(field) = &field {
                    child.go_by(field.clock.clone());
                }
                let url = child.start()?;
                (
                    Some(child),
                    Access {
                        url,
                        token,
                        ca_cert: None,
                    },
                )
            }
        };
        let mut runner = Runner {
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
            timeline: Timeline::new(
                options.speed,
                options.cuts_idleness,
                field.as_ref().map(|field| field.clock.clone()),
            ),
            target: Target::parse(access.url.trim_end_matches('/'))?,
            child,
            centre: HttpCentre::new(&access, rand::random())?,
            stations: BTreeMap::new(),
            book: Book::default(),
            written: Written::new(),
            others: BTreeSet::new(),
            failures: Vec::new(),
            ack_log: None,
            pulls: Pulls::default(),
            field,
            options,
        };
        runner.others.clone_from(runner.centre.rows_before());
        Ok(runner)
    }

    /// Notes in this file what is acknowledged to phones that are enrolled from now on.
    pub fn log_acks(&mut self, log: AckLog) {
        self.ack_log = Some(Arc::new(log));
    }

    /// The administrators' side.
    pub fn centre(&mut self) -> &mut HttpCentre {
        &mut self.centre
    }

    /// The server, if it is one of our own.
    pub fn child(&self) -> Option<&ServerChild> {
        self.child.as_ref()
    }

    /// Whether the server is up, as far as is known here.
    pub fn server_runs(&self) -> bool {
        self.child.as_ref().is_none_or(ServerChild::is_running)
    }

    /// Kills our own server where it stands.
    ///
    /// # Errors
    /// If it is not our own.
    pub fn kill_server(&mut self) -> anyhow::Result<()> {
        self.own_server()?.kill();
        Ok(())
    }

    /// Starts our own server again, on the same port.
    ///
    /// # Errors
    /// If it is not our own, or does not start.
    pub fn start_server(&mut self) -> anyhow::Result<()> {
        self.own_server()?.start().map(drop)
    }

    pub(super) fn own_server(&mut self) -> anyhow::Result<&mut ServerChild> {
        self.child
            .as_mut()
            .context("the server is not one that the simulator started")
    }

    /// Where the trace is now, in milliseconds since its epoch.
    pub fn trace_ms(&self) -> i64 {
        self.timeline.trace_ms()
    }

    /// Names of the phones.
    pub fn phones(&self) -> impl Iterator<Item = &str> {
        self.stations.keys().map(String::as_str)
    }

    /// How many phones are synchronising, or trying to over a link that they have.
    pub fn syncing(&self) -> usize {
        self.stations
            .values()
            .filter(|station| station.is_busy() && !station.is_dark())
            .count()
    }

    /// Ops written on the phones so far, and those of them not acknowledged.
    pub fn ops(&self) -> (usize, usize) {
        let unsent = self
            .stations
            .values()
            .filter_map(|station| station.phone().unsent())
            .sum();
        (self.written.count() as usize, unsent)
    }

    /// Failed steps so far, a line each.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// Notes a failure that the report is to tell.
    pub fn note_failure(&mut self, line: String) {
        self.failures.push(line);
    }

    /// Lets `ms` milliseconds of virtual time pass.
    pub fn pass(&self, ms: u64) {
        let pace = self.timeline.pace();
        let until_us = pace.now_us().saturating_add(ms.saturating_mul(1_000));
        self.runtime.block_on(pace.sleep_until(until_us));
    }

    /// Waits until no phone that has a link is synchronising, at most `ms` milliseconds of virtual time.
    /// Whether that came about.
    pub fn wait_for_syncs(&self, ms: u64) -> bool {
        let busy = self.busy();
        let patience = self
            .timeline
            .pace()
            .real(ms.saturating_mul(1_000))
            .max(PATIENCE_MIN);
        self.runtime
            .block_on(async { tokio::time::timeout(patience, all_idle(busy)).await.is_ok() })
    }

    /// Waits until `due_us` of virtual time; while nothing is under way it comes sooner.
    pub(super) fn come_to(&self, due_us: u64) {
        let pace = self.timeline.pace();
        self.runtime.block_on(async {
            tokio::select! {
                () = pace.sleep_until(due_us) => return,
                () = all_idle(self.busy()) => self.timeline.jump_towards(due_us),
            }
            pace.sleep_until(due_us).await;
        });
    }

    /// Gives every synchronisation that began before `due_us` its share of real time, or until it is over.
    pub(super) fn keep_order(&self, due_us: u64) {
        for station in self.stations.values() {
            while let Some(grace) = station.grace() {
                let until_us = self.timeline.grace_us(station.began_us(), due_us, grace);
                if self.timeline.pace().now_us() >= until_us {
                    break;
                }
                std::thread::sleep(LOOK_EVERY);
            }
        }
    }

    fn busy(&self) -> Vec<watch::Receiver<Syncing>> {
        let busy = self
            .stations
            .values()
            .filter(|station| station.is_busy() && !station.is_dark());
        busy.map(Station::syncing).collect()
    }

    /// Ends our own server in order; does nothing to another's.
    ///
    /// # Errors
    /// If it does not end, or not with status 0.
    pub fn stop_server(&mut self) -> anyhow::Result<()> {
        self.child.as_mut().map_or(Ok(()), ServerChild::terminate)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let runtime = self.runtime.handle().clone();
        for station in self.stations.values_mut() {
            station.drop_sync(&runtime);
        }
    }
}

async fn all_idle(phones: Vec<watch::Receiver<Syncing>>) {
    for mut phone in phones {
        // A phone that is gone is not busy either.
        let _ = phone.wait_for(|syncing| !syncing.is_busy()).await;
    }
}

/// The profile a phone's link has at first when it is up, and whether it is down.
pub(super) fn first_link(
    link: Option<&crate::trace::LinkChange>,
) -> anyhow::Result<(crate::link::Profile, bool)> {
    use crate::trace::LinkChange;
    match link {
        None | Some(LinkChange::Up) => Ok((profile("ideal")?, false)),
        Some(LinkChange::Down) => Ok((profile("ideal")?, true)),
        Some(LinkChange::Profile(name)) => Ok((profile(name)?, false)),
    }
}
