//! The end of a day: everything is sound again, each phone synchronises in turn, and all must agree.

use super::Day;
use crate::soak::plan::Fault;
use crate::trace::{AdminAct, DeviceAct, Expect, LinkChange, Pull, ServerAct, Sync, What};

/// Quiet before it: what was under way ends.
const QUIET_MS: i64 = 3 * 3_600_000;
/// How often each phone synchronises: what one brings late another must still fetch.
const ROUNDS: usize = 2;
/// The same where a phone may first find out that it is a copy or that the server is another one, or where something
/// comes due by rules because of what came last.
const ROUNDS_WITH_NEWS: usize = 3;
/// From one phone to the next.
const TURN_MS: i64 = 120_000;
/// From the last phone's turn to the end.
const REST_MS: i64 = 3_600_000;

impl Day {
    pub(super) fn heal(&mut self) {
        self.all_come_due();
        self.at_ms += QUIET_MS;
        self.push(What::Server(ServerAct::Sound));
        self.push(What::Server(ServerAct::Kill));
        self.push(What::Server(ServerAct::Start));
        let phones: Vec<String> = self.phones.iter().map(|phone| phone.name.clone()).collect();
        for device in &phones {
            let device = device.clone();
            let act = DeviceAct::Link(LinkChange::Profile("ideal".into()));
            self.try_to(What::Device { device, act });
        }
        // What became due by rules because of what came last has passed before phones ask again.
        let has_dues = self.plan.has(Fault::Rules) || self.plan.has(Fault::Muster);
        let rounds = match has_dues || self.plan.has_copies() {
            true => ROUNDS_WITH_NEWS,
            false => ROUNDS,
        };
        for round in 0..rounds {
            if has_dues && round > 0 {
                self.at_ms += QUIET_MS;
            }
            for device in &phones {
                self.at_ms += TURN_MS;
                // One that finds its table damaged only now stops, and whoever watches over it starts it again.
                self.push(What::Server(ServerAct::Start));
                let sync = Sync {
                    until_done: true,
                    ..Sync::default()
                };
                self.try_to(What::Device {
                    device: device.clone(),
                    act: DeviceAct::Sync(sync),
                });
            }
        }
        self.at_ms += REST_MS;
        self.push(What::Server(ServerAct::Start));
        // Whoever has never pulled does.
        self.try_to(What::Admin(AdminAct::Pull(Pull::default())));
        self.push(What::Expect(Expect::Converged(true)));
    }
}
