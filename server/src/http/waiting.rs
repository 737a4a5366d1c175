//! Replies that are held until there is something to tell: who listens to what, and the wait itself. No lock is
//! held and nothing is looked at while a phone waits; a commit rings only those who listen to what it touched.

use super::app::App;
use super::problem::Problem;
use crate::service::sync::{self, Known};
use crate::state::Topic;
use otor_protocol::limits::WAIT_MS_MAX;
use otor_protocol::wire::Hello;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Everyone who waits.
#[derive(Debug, Default)]
pub struct Waiters(Mutex<Listening>);

#[derive(Debug, Default)]
struct Listening {
    bells: BTreeMap<(Topic, u64), Arc<Notify>>,
    next_number: u64,
    is_closed: bool,
}

impl Waiters {
    /// Listens to topics from now on. What happens after this call is heard, whenever it is waited for.
    fn listen(self: &Arc<Self>, topics: Vec<Topic>) -> Listener {
        let mut listening = self.lock();
        listening.next_number += 1;
        let listener = Listener {
            waiters: Arc::clone(self),
            number: listening.next_number,
            topics,
            bell: Arc::default(),
        };
        for topic in &listener.topics {
            let bell = Arc::clone(&listener.bell);
            listening.bells.insert((*topic, listener.number), bell);
        }
        listener
    }

    /// Wakes those who listen to something that was touched.
    pub fn wake(&self, touched: &BTreeSet<Topic>) {
        let listening = self.lock();
        for topic in touched {
            let ringing = listening.bells.range((*topic, 0)..=(*topic, u64::MAX));
            ringing.for_each(|(_, bell)| bell.notify_one());
        }
    }

    /// The server is about to end: everyone is answered now, and nobody waits any more.
    pub fn close(&self) {
        let mut listening = self.lock();
        listening.is_closed = true;
        listening.bells.values().for_each(|bell| bell.notify_one());
    }

    fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    fn lock(&self) -> MutexGuard<'_, Listening> {
        // Single insertions and removals: nothing is ever half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who listens, as long as it lives.
struct Listener {
    waiters: Arc<Waiters>,
    number: u64,
    topics: Vec<Topic>,
    bell: Arc<Notify>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listening = self.waiters.lock();
        for topic in &self.topics {
            listening.bells.remove(&(*topic, self.number));
        }
    }
}

/// Whether a phone would rather be told something than soon.
pub(super) fn wants_to_wait(hello: &Hello) -> bool {
    hello.wait_ms > 0
}

/// Holds the reply to request `number` of a phone until there is something to tell, the phone's time is up, it
/// has asked anew, or the server is about to end.
pub(super) async fn hold(app: &App, number: u64, known: &Known, hello: &Hello) -> Result<(), Problem> {
    let most_ms = hello.wait_ms.min(WAIT_MS_MAX);
    let listener = app.waiters.listen(sync::topics(known, hello));
    let look = async || {
        if app.waiters.is_closed() || !app.attempts.is_newest(hello.first_actor, number) {
            return Ok(true);
        }
        let (known, hello) = (known.clone(), hello.clone());
        // Boxed: nothing of it is kept while the phone waits.
        Box::pin(app.read(move |view| Ok(sync::has_news(view, &known, &hello)?))).await
    };
    until(&listener, look, Duration::from_millis(most_ms.into())).await
}

/// Looks, and again whenever the bell has rung, until there is something or the time is up. The listener is
/// there before the first look, so that what happens after a look is heard.
async fn until(
    listener: &Listener,
    look: impl AsyncFn() -> Result<bool, Problem>,
    most: Duration,
) -> Result<(), Problem> {
    let mut time_is_up = pin!(tokio::time::sleep(most));
    while !look().await? {
        tokio::select! {
            () = listener.bell.notified() => {}
            () = &mut time_is_up => break,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use otor_protocol::ids::{DeviceId, ScopeId};
    use std::cell::Cell;

    fn scope(number: u32) -> Topic {
        Topic::Scope(ScopeId(number))
    }

    fn is_rung(listener: &Listener) -> bool {
        listener.bell.notified().now_or_never().is_some()
    }

    #[test]
    fn a_commit_wakes_only_those_who_listen_to_what_it_touched() {
        let waiters = Arc::new(Waiters::default());
        let first = waiters.listen(vec![scope(1), scope(2), Topic::Device(DeviceId(1))]);
        let second = waiters.listen(vec![scope(2), scope(3)]);
        waiters.wake(&[scope(1)].into());
        assert_eq!((is_rung(&first), is_rung(&second)), (true, false));
        waiters.wake(&[scope(2)].into());
        assert_eq!((is_rung(&first), is_rung(&second)), (true, true));
        waiters.wake(&[scope(4), Topic::Device(DeviceId(2))].into());
        assert_eq!((is_rung(&first), is_rung(&second)), (false, false));
    }

    #[test]
    fn what_happens_between_listening_and_waiting_is_heard() {
        let waiters = Arc::new(Waiters::default());
        let listener = waiters.listen(vec![scope(1)]);
        waiters.wake(&[scope(1)].into());
        assert!(is_rung(&listener));
        assert!(!is_rung(&listener), "once");
    }

    #[actix_web::test]
    async fn a_commit_between_looking_and_waiting_ends_the_wait() {
        let waiters = Arc::new(Waiters::default());
        let listener = waiters.listen(vec![scope(1)]);
        let looks = Cell::new(0);
        let look = async || {
            looks.set(looks.get() + 1);
            let seen = looks.get() > 1;
            // Published when this look has read already and the wait has not begun.
            waiters.wake(&[scope(1)].into());
            Ok(seen)
        };
        let long = Duration::from_secs(3_600);
        let waited = tokio::time::timeout(Duration::from_secs(60), until(&listener, look, long)).await;
        assert!(matches!(waited, Ok(Ok(()))));
        assert_eq!(looks.get(), 2);
    }

    #[actix_web::test]
    async fn nobody_looks_again_before_something_has_happened() {
        let waiters = Arc::new(Waiters::default());
        let listener = waiters.listen(vec![scope(1)]);
        let looks = Cell::new(0);
        let look = async || {
            looks.set(looks.get() + 1);
            waiters.wake(&[scope(2)].into());
            Ok(false)
        };
        let waited = until(&listener, look, Duration::from_millis(50)).await;
        assert!(waited.is_ok());
        assert_eq!(looks.get(), 1);
    }

    #[test]
    fn who_is_gone_is_forgotten_and_the_end_wakes_everyone() {
        let waiters = Arc::new(Waiters::default());
        let gone = waiters.listen(vec![scope(1)]);
        drop(gone);
        assert!(waiters.lock().bells.is_empty());
        let listener = waiters.listen(vec![scope(1)]);
        waiters.close();
        assert!(is_rung(&listener) && waiters.is_closed());
    }
}
