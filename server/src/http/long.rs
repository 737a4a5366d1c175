//! The threads that make what is long, each in the order of asking: one the pieces of long replies and pulls, one what takes
//! its time in one go (statistics, what is looked for seldom). They give way to all that is short.
//!
//! Giving way is not enough: what stands back still keeps its processor for milliseconds when something short becomes
//! ready, and makes it slower through the memory and the disk that they share. So after a piece there is a rest as long as
//! it took, if something short is under way.

use super::problem::{Problem, ProblemKind};
use crate::commit::thread::give_way;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, sleep};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How far they stand back: a tenth of a processor is left to each where everything else asks for more than there is.
const NICE: i32 = 10;
/// The longest rest after a piece. One that took longer had to wait for its processor, which was rest enough for others.
const REST_MAX: Duration = Duration::from_millis(10);

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

    /// Has one piece made, some milliseconds of work at most, after those asked for before. The thread rests after it as
    /// long as it took if something short is under way then. If nobody waits for it any more when its turn comes, it is not
    /// made.
    ///
    /// # Errors
    /// The piece's own; a [`Problem`] if it panicked.
    pub(super) async fn piece<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
        is_short_under_way: impl FnOnce() -> bool + Send + 'static,
    ) -> Result<T, Problem> {
        let rest = move |took| sleep(rest_after(took, is_short_under_way()));
        hand_over(&self.pieces, make, rest).await
    }

    /// Has something made that may take long, after what was asked for so before. Pieces do not wait for it.
    ///
    /// # Errors
    /// As [`LongWork::piece`].
    pub(super) async fn whole<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        hand_over(&self.wholes, make, |_| ()).await
    }
}

fn rest_after(took: Duration, is_short_under_way: bool) -> Duration {
    match is_short_under_way {
        true => took.min(REST_MAX),
        false => Duration::ZERO,
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
    after: impl FnOnce(Duration) + Send + 'static,
) -> Result<T, Problem> {
    let (done, made) = oneshot::channel();
    let given_up = || Problem::new(ProblemKind::Internal, "the request was given up");
    let work = Box::new(move || {
        // Links break while what is long stands in line.
        if done.is_closed() {
            return;
        }
        let begun = Instant::now();
        let made = make();
        let took = begun.elapsed();
        // Whoever asked may have gone away meanwhile.
        let _ = done.send(made);
        after(took);
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
    use futures_util::FutureExt;
    use std::sync::atomic::{AtomicBool, Ordering};
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
        let wait = move || gate.recv().map_err(|error| Problem::invalid(error.to_string()));
        let first = long.piece(wait, || false);
        let (second, third) = (long.piece(note(2), || false), long.piece(note(3), || false));
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
            assert_eq!(long.piece(|| Ok(7), || false).await.unwrap(), 7);
            open.send(()).unwrap();
        };
        let (whole, ()) = futures_util::future::join(whole, piece).await;
        assert!(whole.is_ok());
    }

    #[actix_web::test]
    async fn what_nobody_waits_for_any_more_is_not_made() {
        let long = LongWork::start().unwrap();
        let (open, gate) = channel::<()>();
        let wait = move || gate.recv().map_err(|error| Problem::invalid(error.to_string()));
        let first = long.piece(wait, || false);
        let gone_is_made = Arc::new(AtomicBool::new(false));
        let making = Arc::clone(&gone_is_made);
        let make = move || {
            making.store(true, Ordering::SeqCst);
            Ok(())
        };
        let second = async {
            // Asked for behind the first, and left at once, as by a request whose phone has gone.
            assert!(long.piece(make, || false).now_or_never().is_none());
            open.send(()).unwrap();
        };
        let (first, ()) = futures_util::future::join(first, second).await;
        assert!(first.is_ok());
        assert_eq!(long.piece(|| Ok(7), || false).await.unwrap(), 7);
        assert!(!gone_is_made.load(Ordering::SeqCst));
    }

    #[actix_web::test]
    async fn after_a_piece_there_is_a_rest_as_long_as_it_took_if_something_short_is_under_way() {
        let (short, most) = (Duration::from_micros(1_500), Duration::from_millis(10));
        assert_eq!(rest_after(short, true), short);
        assert_eq!(rest_after(Duration::from_secs(3), true), most);
        assert_eq!(rest_after(short, false), Duration::ZERO);

        // Asked when the piece has been made, by the thread that rests.
        let long = LongWork::start().unwrap();
        let made = Arc::new(AtomicBool::new(false));
        let (making, asking) = (Arc::clone(&made), Arc::clone(&made));
        let (asked, answer) = channel();
        let ask = move || {
            asked.send(asking.load(Ordering::SeqCst)).unwrap();
            true
        };
        let make = move || {
            making.store(true, Ordering::SeqCst);
            Ok(())
        };
        long.piece(make, ask).await.unwrap();
        assert!(answer.recv().unwrap());
    }

    #[actix_web::test]
    async fn a_piece_that_panics_ends_one_request_alone() {
        let long = LongWork::start().unwrap();
        let panics = || if true { panic!("a bug") } else { Ok(()) };
        let ended = long.piece(panics, || false).await;
        assert!(ended.is_err());
        assert_eq!(long.piece(|| Ok(7), || false).await.unwrap(), 7);
    }

    #[cfg(target_os = "linux")]
    #[actix_web::test]
    async fn both_threads_stand_back_behind_all_that_is_short() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let long = LongWork::start().unwrap();
        let nice = || Ok(rustix::process::getpriority_process(None));
        for told in [long.piece(nice, || false).await, long.whole(nice).await] {
            // Nobody comes forward again.
            assert!(told.unwrap() == Ok(NICE) || own > NICE);
        }
    }
}
