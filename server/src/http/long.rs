//! The threads that make what is long, each in the order of asking: one the pieces of long replies and pulls, one what takes
//! its time in one go (statistics, what is looked for seldom). They give way to all that is short.

use super::problem::{Problem, ProblemKind};
use crate::commit::thread::give_way;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;
use tokio::sync::oneshot;

/// How far they stand back: a tenth of a processor is left to each where everything else asks for more than there is.
const NICE: i32 = 10;

type Work = Box<dyn FnOnce() + Send>;

/// Hands work to the threads, which end with the last handle.
#[derive(Clone, Debug)]
pub struct LongWork {
    pieces: Sender<Work>,
    wholes: Sender<Work>,
}

impl LongWork {
    /// Starts the threads.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn start() -> std::io::Result<Self> {
        Ok(LongWork {
            pieces: start("long work")?,
            wholes: start("longest work")?,
        })
    }

    /// Has one piece made, some milliseconds of work at most, after those asked for before.
    ///
    /// # Errors
    /// The piece's own; a [`Problem`] if it panicked.
    pub(super) async fn piece<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        hand_over(&self.pieces, make).await
    }

    /// Has something made that may take long, after what was asked for so before. Pieces do not wait for it.
    ///
    /// # Errors
    /// As [`LongWork::piece`].
    pub(super) async fn whole<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        hand_over(&self.wholes, make).await
    }
}

fn start(name: &str) -> std::io::Result<Sender<Work>> {
    let (work, waiting) = channel();
    Builder::new().name(name.into()).spawn(move || {
        give_way(NICE);
        make(&waiting);
    })?;
    Ok(work)
}

async fn hand_over<T: Send + 'static>(
    to: &Sender<Work>,
    make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let (done, made) = oneshot::channel();
    let given_up = || Problem::new(ProblemKind::Internal, "the request was given up");
    let work = Box::new(move || {
        // Whoever asked may have gone away.
        let _ = done.send(make());
    });
    to.send(work).map_err(|_| given_up())?;
    made.await.map_err(|_| given_up())?
}

fn make(waiting: &Receiver<Work>) {
    for work in waiting {
        // As on the other threads that read: a panic ends one request, not the thread.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
            tracing::error!("a long reply panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[actix_web::test]
    async fn pieces_are_made_one_at_a_time_in_the_order_of_asking() {
        let long = LongWork::start().unwrap();
        let (open, gate) = channel::<()>();
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |number: u32| {
            let order = Arc::clone(&order);
            move || {
                order.lock().unwrap().push(number);
                Ok(number)
            }
        };
        let first = long.piece(move || gate.recv().map_err(|error| Problem::invalid(error.to_string())));
        let (second, third) = (long.piece(note(2)), long.piece(note(3)));
        let opened = async {
            assert!(order.lock().unwrap().is_empty(), "they wait for the first");
            open.send(()).unwrap();
        };
        let (first, second, third, ()) = futures_util::future::join4(first, second, third, opened).await;
        assert!(first.is_ok());
        assert_eq!((second.unwrap(), third.unwrap()), (2, 3));
        assert_eq!(*order.lock().unwrap(), [2, 3]);
    }

    #[actix_web::test]
    async fn what_takes_its_time_holds_no_piece_up() {
        let long = LongWork::start().unwrap();
        let (open, gate) = channel::<()>();
        let whole = long.whole(move || gate.recv().map_err(|error| Problem::invalid(error.to_string())));
        let piece = async {
            assert_eq!(long.piece(|| Ok(7)).await.unwrap(), 7);
            open.send(()).unwrap();
        };
        let (whole, ()) = futures_util::future::join(whole, piece).await;
        assert!(whole.is_ok());
    }

    #[actix_web::test]
    async fn a_piece_that_panics_ends_one_request_alone() {
        let long = LongWork::start().unwrap();
        let ended = long.piece(|| -> Result<(), Problem> { panic!("a bug") }).await;
        assert!(ended.is_err());
        assert_eq!(long.piece(|| Ok(7)).await.unwrap(), 7);
    }

    #[cfg(target_os = "linux")]
    #[actix_web::test]
    async fn both_threads_stand_back_behind_all_that_is_short() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let long = LongWork::start().unwrap();
        let nice = || Ok(rustix::process::getpriority_process(None));
        for told in [long.piece(nice).await, long.whole(nice).await] {
            // Nobody comes forward again.
            assert!(told.unwrap() == Ok(NICE) || own > NICE);
        }
    }
}
