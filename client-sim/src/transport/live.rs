//! A phone whose app is in the foreground: it synchronises until nothing is left, then waits for news, and begins
//! anew at once when its worker writes.

use std::convert::Infallible;

use super::real::{AttemptOptions, Ending, Route, SharedPhone, exchange};
use super::until_done::{run_until_done, wait};
use crate::device::PhoneError;
use otor_protocol::limits::WAIT_MS_MAX;

/// Keeps a phone up to date as long as it is polled.
///
/// # Errors
/// [`PhoneError`] if the phone cannot begin.
pub async fn stay_live(phone: &SharedPhone, route: &Route) -> Result<Infallible, PhoneError> {
    loop {
        run_until_done(phone, route, AttemptOptions::default(), None).await?;
        let waiting = AttemptOptions {
            wait_ms: WAIT_MS_MAX,
            ..AttemptOptions::default()
        };
        let attempt = exchange(phone, route, waiting).await?;
        // What it brought may not be all, and what the worker wrote is sent by what comes next; after a failure it
        // rests like any other attempt. A wait that ended well and brought nothing is followed by the next at once.
        if attempt.ending != Ending::Complete {
            wait(phone, &attempt).pass(&route.pace).await;
        }
    }
}
