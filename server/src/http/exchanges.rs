//! The threads on which phones' exchanges are read, decided upon and answered, away from those that serve the network.
//!
//! An exchange changes threads as seldom as can be: network, here, the commits, here, network. Where processors are short,
//! each change is a wait.

use super::admission::{Admission, Working};
use super::problem::{Problem, ProblemKind};
use crate::commit::thread::give_way;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Payload};
use futures_util::stream::StreamExt;
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
pub(super) type Pieces = Receiver<Result<Piece, PayloadError>>;

/// A piece of a body. Its exchange is worked on from its arrival until it is dropped: what waits for a thread counts too.
pub(super) struct Piece {
    pub bytes: Bytes,
    _working: Working,
}

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

    /// Has work done there, which begins now and goes on to its end if nobody waits for it any more.
    ///
    /// # Errors
    /// The work's own; a [`Problem`] if it panicked.
    pub(super) fn run<T, W>(&self, work: W) -> impl Future<Output = Result<T, Problem>> + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let begun = self.0.0.as_ref().map(|threads| threads.spawn(work));
        async move {
            let given_up = || Problem::new(ProblemKind::Internal, "the request was given up");
            begun.ok_or_else(given_up)?.await.map_err(|_| given_up())?
        }
    }

    /// Has a request taken there, whose body it gets as it arrives. Whatever of it has not been asked for by the end is
    /// left.
    ///
    /// # Errors
    /// As [`Exchanges::run`].
    pub(super) async fn take<T, W>(
        &self,
        (body, admission): (Payload, Arc<Admission>),
        take: impl FnOnce(Pieces) -> W,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let arrived = move |bytes: Result<Bytes, PayloadError>| {
            Ok(Piece {
                bytes: bytes?,
                _working: admission.work(),
            })
        };
        let (sender, pieces) = channel(PIECES_WAITING);
        let mut body = body.fuse();
        if let Some(piece) = body.next().await {
            // There is room, and whoever takes it finds something there.
            let _ = sender.send(arrived(piece)).await;
        }
        let mut taken = pin!(self.run(take(pieces)));
        let feed = async move {
            while let Some(piece) = body.next().await {
                if sender.send(arrived(piece)).await.is_err() {
                    break;
                }
            }
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::dev;
    use actix_web::test::TestRequest;
    use actix_web::{FromRequest, HttpRequest};
    use futures_util::stream::{Stream, iter, pending};

    async fn body(
        pieces: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
    ) -> (Payload, Arc<Admission>) {
        let request: HttpRequest = TestRequest::default().to_http_request();
        let mut payload: dev::Payload = dev::Payload::Stream {
            payload: Box::pin(pieces),
        };
        let body = Payload::from_request(&request, &mut payload).await;
        (body.unwrap(), Arc::default())
    }

    fn piece(text: &'static str) -> Result<Bytes, PayloadError> {
        Ok(Bytes::from_static(text.as_bytes()))
    }

    #[actix_web::test]
    async fn a_body_arrives_piece_by_piece_and_ends_as_it_did() {
        let exchanges = Exchanges::start().unwrap();
        let all = |mut pieces: Pieces| async move {
            let mut all = Vec::new();
            while let Some(piece) = pieces.recv().await {
                all.push(piece.map_err(|error| Problem::invalid(error.to_string()))?.bytes);
            }
            Ok(all)
        };
        let whole = exchanges
            .take(body(iter([piece("a"), piece("b")])).await, all)
            .await;
        assert_eq!(whole.unwrap(), ["a", "b"]);
        let cut = iter([piece("a"), Err(PayloadError::Incomplete(None))]);
        assert!(exchanges.take(body(cut).await, all).await.is_err());
    }

    #[actix_web::test]
    async fn who_has_enough_of_a_body_does_not_wait_for_its_end() {
        let exchanges = Exchanges::start().unwrap();
        let first = |mut pieces: Pieces| async move { Ok(pieces.recv().await) };
        let endless = body(iter([piece("a")]).chain(pending())).await;
        let taken = exchanges.take(endless, first).await.unwrap();
        assert_eq!(taken.unwrap().unwrap().bytes, "a");
    }

    #[actix_web::test]
    async fn one_that_panics_ends_alone() {
        let exchanges = Exchanges::start().unwrap();
        let panics = exchanges.run(async { if true { panic!("a bug") } else { Ok(()) } });
        assert!(panics.await.is_err());
        assert_eq!(exchanges.run(async { Ok(7) }).await.unwrap(), 7);
    }

    #[cfg(target_os = "linux")]
    #[actix_web::test]
    async fn they_stand_back_behind_the_commits() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let exchanges = Exchanges::start().unwrap();
        let nice = exchanges.run(async { Ok(rustix::process::getpriority_process(None)) });
        // Nobody comes forward again.
        assert!(nice.await.unwrap() == Ok(READERS_NICE) || own > READERS_NICE);
    }
}
