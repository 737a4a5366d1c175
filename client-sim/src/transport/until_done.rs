//! Synchronising until nothing is left either way, by the phone's own retry rule.

use std::time::Duration;

use otor_protocol::wire::Refusal;

use super::pace::Pace;
use super::real::{Attempt, AttemptOptions, Ending, Route, SharedPhone, exchange, with_phone};
use crate::device::Phone;
use crate::device::{PhoneError, exchange::nothing_left};

/// The shortest rest, in real time, after a server was not there or turned the phone away: however fast the
/// run, the server it waits for needs real time.
const REST_FOR_THE_SERVER: Duration = Duration::from_millis(20);

/// What came of trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether nothing is left either way.
    pub done: bool,
    /// How many attempts were made.
    pub attempts: u32,
    /// How the last one ended.
    pub last: Ending,
}

/// Tries once; `options` say how.
///
/// # Errors
/// [`PhoneError`] if the phone cannot begin.
pub async fn sync_once(
    phone: &SharedPhone,
    route: &Route,
    options: AttemptOptions,
) -> Result<Attempt, PhoneError> {
    with_phone(phone, |phone| phone.statistics.syncs += 1);
    exchange(phone, route, options).await
}

/// Keeps trying until the phone has nothing unsent and an exchange ended well and brought nothing, or until
/// `deadline_us` of virtual time, or until the server declines for good. `first` says how the first attempt
/// goes; the later ones are not severed.
///
/// # Errors
/// [`PhoneError`] if the phone cannot begin.
pub async fn run_until_done(
    phone: &SharedPhone,
    route: &Route,
    first: AttemptOptions,
    deadline_us: Option<u64>,
) -> Result<Outcome, PhoneError> {
    with_phone(phone, |phone| phone.statistics.syncs += 1);
    let reply_budget_bytes = first.reply_budget_bytes;
    let mut options = first;
    let mut attempts = 0;
    loop {
        let attempt = exchange(phone, route, options).await?;
        attempts += 1;
        options = AttemptOptions {
            reply_budget_bytes,
            asks_first: attempt.ending.asks_next(),
            place: attempt.ending.place(),
            ..AttemptOptions::default()
        };
        let done = with_phone(phone, |phone| nothing_left(phone, &attempt.report));
        let wait = wait(phone, &attempt);
        let again_us = route.pace.now_us().saturating_add(wait.virtual_us);
        let late = deadline_us.is_some_and(|deadline_us| again_us > deadline_us);
        // A server that was restored may not know the phone until it is shown its certificate.
        let unknown = matches!(attempt.ending, Ending::Status { code: 401, .. });
        let shows_more = unknown && with_phone(phone, Phone::note_unknown);
        if done || (is_final(&attempt.ending) && !shows_more) || late {
            return Ok(Outcome {
                done,
                attempts,
                last: attempt.ending,
            });
        }
        tokio::time::sleep(wait.at_least).await;
        route.pace.sleep_until(again_us).await;
    }
}

/// A rest between two attempts.
pub(super) struct Wait {
    /// In microseconds of virtual time.
    virtual_us: u64,
    /// In real time, for the server's sake.
    at_least: Duration,
}

impl Wait {
    /// Lets it pass.
    pub async fn pass(self, pace: &Pace) {
        let again_us = pace.now_us().saturating_add(self.virtual_us);
        tokio::time::sleep(self.at_least).await;
        pace.sleep_until(again_us).await;
    }
}

pub(super) fn wait(phone: &SharedPhone, attempt: &Attempt) -> Wait {
    let progressed = attempt.report.progress();
    // Who only asked goes on to send; who was brought something looks whether there is more.
    let well = attempt.ending == Ending::Complete && (progressed || attempt.bare);
    if well || attempt.ending == Ending::GaveWay {
        with_phone(phone, |phone| phone.attempt_ended_well());
        return Wait {
            virtual_us: 0,
            at_least: Duration::ZERO,
        };
    }
    let retry_after_ms = match attempt.ending {
        Ending::Status { retry_after_ms, .. } => retry_after_ms,
        _ => None,
    };
    let wait_ms = with_phone(phone, |phone| {
        phone.wait_before_retry_ms(progressed, retry_after_ms)
    });
    let waits_for_server = matches!(attempt.ending, Ending::NoServer | Ending::Status { .. });
    let at_least = if waits_for_server {
        REST_FOR_THE_SERVER
    } else {
        Duration::ZERO
    };
    Wait {
        virtual_us: wait_ms.saturating_mul(1_000),
        at_least,
    }
}

/// Whether trying again would end the same way.
fn is_final(ending: &Ending) -> bool {
    match ending {
        Ending::Refused(refusal) => *refusal != Refusal::Superseded,
        Ending::Untrusted => true,
        // Too slow, too early, too many: all of these pass.
        Ending::Status { code, .. } => (400..500).contains(code) && ![408, 425, 429].contains(code),
        Ending::Complete
        | Ending::NoConnection
        | Ending::NoServer
        | Ending::Cut
        | Ending::Silent
        | Ending::Unusable(_)
        | Ending::GaveWay
        | Ending::Interrupted => false,
    }
}
