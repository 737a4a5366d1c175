//! The threads on which phones' exchanges are read, decided upon and answered, away from those that serve the network.
//!
//! An exchange changes threads as seldom as can be: network, here, the commits, here, network. Where processors are short,
//! each change is a wait.

use super::problem::{Problem, ProblemKind};
use crate::commit::thread::give_way;
use actix_web::web::{Bytes, Payload};
use futures_util::stream::{StreamExt, iter};
use std::pin::pin;
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, channel};

/// How far threads that read stand back: they are several, and all wait for the thread that commits. Where processors are short, that one
/// would otherwise get no more of them than each of these.
pub(super) const READERS_NICE: i32 = 4;
/// Threads for each processor: one that waits for the disk holds up no more than its own exchange.
const THREADS_PER_PROCESSOR: usize = 4;
/// Pieces of a body that may wait until they are taken.
const PIECES_WAITING: usize = 4;

/// A request's body, piece by piece as it arrives, until it has ended or whoever sends it is gone.
pub(super) type Pieces = Receiver<Result<Bytes, Problem>>;

/// Hands exchanges to the threads, which end with the last handle.
#[derive(Clone, Debug)]
pub struct Exchanges(Arc<Threads>);

#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Exchanges {
    /// Starts the threads.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn start() -> std::io::Result<Self> {
        let processors = available_parallelism().map_or(1, usize::from);
        let threads = Builder::new_multi_thread()
            .worker_threads(processors * THREADS_PER_PROCESSOR)
            .thread_name("exchanges")
            .on_thread_start(|| give_way(READERS_NICE))
            .build()?;
        Ok(Exchanges(Arc::new(Threads(Some(threads)))))
    }

    /// Has work done there. It goes on to its end if nobody waits for it any more.
    ///
    /// # Errors
    /// The work's own; a [`Problem`] if it panicked.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        let given_up = || Problem::new(ProblemKind::Internal, "the request was given up");
        let threads = self.0.0.as_ref().ok_or_else(given_up)?;
        threads.spawn(work).await.map_err(|_| given_up())?
    }

    /// Has a request taken there, whose body it gets as it arrives. Whatever of it has not been asked for by the end is
    /// left.
    ///
    /// # Errors
    /// As [`Exchanges::run`].
    pub(super) async fn take<T, F>(
        &self,
        mut body: Payload,
        take: impl FnOnce(Pieces) -> F,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let (sender, pieces) = channel(PIECES_WAITING);
        // Whoever takes it finds something there.
        let first = body.next().await;
        let feed = async move {
            let mut arriving = iter(first).chain(body);
            while let Some(piece) = arriving.next().await {
                let piece = piece.map_err(|error| Problem::invalid(error.to_string()));
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
        };
        let mut taken = pin!(self.run(take(pieces)));
        tokio::select! {
            biased;
            () = feed => taken.await,
            outcome = &mut taken => outcome,
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for what is still under way is not for whoever drops the last handle.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}
