//! How a phone begins its attempts to synchronise, and when it tries again.

use otor_protocol::sync::device::{DeviceExchange, ExchangeOptions};
use rand::{Rng, RngExt};

use super::exchange::PhoneExchange;
use super::phone::{Phone, PhoneError};

/// What a phone wishes of an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Most bytes wanted in reply; 0 for no bound.
    pub reply_budget_bytes: u32,
    /// Most bytes to send; 0 for no bound but the one that the link's pace gives.
    pub request_budget_bytes: u32,
    /// Only ask, whether or not the last attempt was cut with much under way.
    pub is_bare: bool,
    /// How long the server may hold its reply until there is something to tell, in milliseconds; 0 for not at all.
    pub wait_ms: u16,
}

impl Phone {
    /// Begins an attempt to synchronise at the true time `now_ms`, asking for `reply_budget_bytes` at most
    /// (0: no bound). After an attempt cut with much under way it only asks ([`PhoneExchange::is_bare`]).
    ///
    /// # Errors
    /// [`PhoneError::NotRunning`]; [`PhoneError::Storage`] if the outbox cannot be made durable.
    pub fn begin_exchange(
        &mut self,
        now_ms: i64,
        reply_budget_bytes: u32,
    ) -> Result<PhoneExchange, PhoneError> {
        self.begin_wished(
            now_ms,
            Wish {
                reply_budget_bytes,
                ..Wish::default()
            },
        )
    }

    /// The same with everything a phone may wish of it.
    ///
    /// # Errors
    /// As [`Phone::begin_exchange`].
    pub fn begin_wished(&mut self, now_ms: i64, wish: Wish) -> Result<PhoneExchange, PhoneError> {
        let options = ExchangeOptions {
            reply_budget_bytes: wish.reply_budget_bytes,
            request_budget_bytes: wish.request_budget_bytes,
            wait_ms: wish.wait_ms,
            bare: wish.is_bare || self.asks_first,
            // Who waits asks for nothing else, or would be answered at once.
            fetch_dictionary: self.on_good_link && wish.wait_ms == 0,
            ..ExchangeOptions::new(self.rng.next_u32())
        };
        let (replica, clock) = self.desk(now_ms)?;
        match DeviceExchange::begin(replica, clock, options) {
            Ok(exchange) => Ok(PhoneExchange::new(exchange, self.life(), options.bare)),
            Err(fault) => Err(PhoneError::Storage {
                name: self.name.clone(),
                fault,
            }),
        }
    }

    /// How long the phone waits, in milliseconds, before it tries again after an attempt that did not end
    /// well; `progressed` says whether that brought anything, `retry_after_ms` what the server asked for.
    pub fn wait_before_retry_ms(&mut self, progressed: bool, retry_after_ms: Option<u64>) -> u64 {
        if progressed {
            self.retry.progressed();
        }
        let jitter = self.rng.random();
        self.retry.failed(jitter, retry_after_ms)
    }

    /// An attempt ended well: the next failure begins with short waits again.
    pub fn attempt_ended_well(&mut self) {
        self.retry.progressed();
    }
}
