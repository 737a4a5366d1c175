//! Phones that wait in virtual time: what is committed wakes them, their time runs out, and they give way when there is
//! something to send.

use super::attempt::Attempt;
use super::{Due, World};

impl Attempt {
    /// Until when the server holds its reply, if it does, in microseconds since the trace's epoch.
    pub(super) fn held_until_us(&self, epoch_ms: i64) -> Option<u64> {
        let until_ms = self.server.as_ref()?.waits_until_ms()?;
        u64::try_from(until_ms - epoch_ms).ok()?.checked_mul(1_000)
    }

    fn is_held(&self) -> bool {
        let held = self.server.as_ref().and_then(|server| server.waits_until_ms());
        self.waits && held.is_some()
    }
}

impl World {
    /// The server looks again whether a reply that it holds is due.
    pub(super) fn look_again(&mut self, attempt: &mut Attempt) {
        let (now_us, now_ms) = (self.now_us, self.now_ms());
        let Some(server) = attempt
            .server
            .as_mut()
            .filter(|server| server.waits_until_ms().is_some())
        else {
            return;
        };
        let answered = self.server.look_again(server, now_ms);
        if matches!(answered, Ok(Some(_))) {
            self.coverage.hit("exchange.waited");
        }
        self.take_answer(attempt, answered, now_us);
    }

    /// After something has happened: if anything was committed, those who wait look again.
    pub fn wake_waiting(&mut self) {
        if !self.waits {
            return;
        }
        let Ok(published) = self.server.reader().map(|reader| reader.published()) else {
            return;
        };
        if std::mem::replace(&mut self.seen, published) == published {
            return;
        }
        let held = self.stations.iter().filter(|(_, station)| {
            let attempt = station.attempt.as_ref();
            attempt.is_some_and(Attempt::is_held)
        });
        let held: Vec<(String, u64)> = held
            .map(|(device, station)| (device.clone(), station.number))
            .collect();
        for (device, number) in held {
            self.note(self.now_us, Due::Connection(device, number));
        }
    }

    /// A phone that waits and has something to send, or is to ask anew, gives its wait up and begins again at once.
    pub fn give_way(&mut self, device: &str) {
        let now_us = self.now_us;
        let Some(station) = self.stations.get_mut(device) else {
            return;
        };
        let Some(attempt) = station.attempt.take_if(|attempt| attempt.is_held()) else {
            return;
        };
        station.number += 1;
        let crossing = attempt.crossing(now_us);
        // A storage that fails is found by the next attempt.
        let _ = attempt.exchange.give_up(&mut station.phone, &crossing);
        self.coverage.hit("phone.gave_way");
        self.tell(|| format!("{device} gives its wait up"));
        if self
            .stations
            .get(device)
            .is_some_and(|station| station.phone.unsent() != Some(0))
        {
            self.begin_sync(device, true, super::station::Fault::default());
        }
    }
}
