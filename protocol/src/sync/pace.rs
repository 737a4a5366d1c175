//! How large frames and requests are, by what recent contacts carried: small where contacts are cut, so that
//! something is always achieved; large on good links, where fewer frames are fewer bytes. And how they are packed, by
//! how fast replies came: as short as can be where bytes are dear, lightly where they are cheap.
//!
//! A *contact* is one connection. The state is a number and two facts, kept with the phone's small facts.

use crate::limits::{CARRIED_BYTES_MAX, CARRIED_BYTES_MIN, FRAME_BYTES_AIM_MAX, FRAME_BYTES_AIM_MIN};
use serde::{Deserialize, Serialize};

/// How much of a contact's worth a request may take, in percent; the rest is for its acknowledgement.
const REQUEST_PERCENT: u32 = 50;

/// A reply shorter than this says nothing of its link's rate.
const TELLING_BYTES: u64 = 2_048;
/// Bytes a millisecond, 2 Mbit/s, from which the light packing is the better one: the thousand bytes or so that it
/// takes more each way cost less time then than unpacking the others costs a processor.
const QUICK_BYTES_PER_MS: u64 = 250;

/// How the beginning of a reply came, of [`Delivery::BYTES_MAX`] at most. Only what came is timed, and not what the
/// server took: a busy one must not pass for a slow link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Bytes that came.
    pub bytes: u64,
    /// Those among them that were there when the reply was first seen.
    pub first_bytes: u64,
    /// Milliseconds from then to the last of them.
    pub ms: u64,
}

impl Delivery {
    /// A server tells as much of a reply at once; what follows may wait for it.
    pub const BYTES_MAX: u64 = 16_384;

    fn is_quick(self) -> bool {
        self.bytes.saturating_sub(self.first_bytes) >= self.ms.saturating_mul(QUICK_BYTES_PER_MS)
    }
}

/// How a contact ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactEnd {
    /// It was cut, and had brought nothing that need not be done again.
    CutInVain,
    /// It was cut, and had brought something.
    Cut,
    /// Its last exchange was complete, but for what a bound left behind.
    WellWithMore,
    /// Its last exchange was complete.
    Well,
}

/// About how many bytes a contact carries, both ways together, and whether replies have to be bounded by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    carried_bytes: u32,
    is_reply_bounded: bool,
    /// The last reply that said something came quickly, and no contact was cut since.
    #[serde(default)]
    is_quick: bool,
}

impl Default for Pace {
    /// Before the first contact nothing is known: an eighth of the most.
    fn default() -> Self {
        Pace {
            carried_bytes: CARRIED_BYTES_MAX / 8,
            is_reply_bounded: false,
            is_quick: false,
        }
    }
}

impl Pace {
    /// A contact has ended that carried so many bytes, both ways together. If it was cut, that is what contacts
    /// carry: taken as it is, but for a change of at most four times. If it ended well, it would have carried
    /// more: eight times as much, though not less than was thought before, nor more than four times that. One that
    /// carried nothing says nothing.
    pub fn contact_ended(&mut self, carried_bytes: u64, end: ContactEnd) {
        if carried_bytes == 0 {
            return;
        }
        let ended_well = matches!(end, ContactEnd::Well | ContactEnd::WellWithMore);
        self.is_reply_bounded = match end {
            // Perhaps something between holds replies back until they are whole.
            ContactEnd::CutInVain => true,
            ContactEnd::WellWithMore => self.is_reply_bounded,
            ContactEnd::Cut | ContactEnd::Well => false,
        };
        self.is_quick &= ended_well;
        let before = u64::from(self.carried_bytes);
        let after = if ended_well {
            carried_bytes.saturating_mul(8).clamp(before, before * 4)
        } else {
            carried_bytes.clamp(before / 4, before * 4)
        };
        // Bounded by a u32.
        self.carried_bytes = after.clamp(CARRIED_BYTES_MIN.into(), CARRIED_BYTES_MAX.into()) as u32;
    }

    /// A reply has come, whole or cut.
    pub fn reply_came(&mut self, delivery: Delivery) {
        if delivery.bytes >= TELLING_BYTES {
            self.is_quick = delivery.is_quick();
        }
    }

    /// Whether the link is so good that the light packing is the better one.
    pub fn packs_lightly(self) -> bool {
        self.is_quick
    }

    /// Size of frames to aim at, before packing, as its binary logarithm: half of what a contact carries, rounded
    /// down to a power of two. Packed that is about a quarter or less.
    pub fn frame_aim(self) -> u8 {
        let aim = (self.carried_bytes / 2).clamp(FRAME_BYTES_AIM_MIN as u32, FRAME_BYTES_AIM_MAX as u32);
        // Far below 256.
        aim.ilog2() as u8
    }

    /// The same in bytes.
    pub fn frame_bytes_aim(self) -> usize {
        1 << self.frame_aim()
    }

    /// Most bytes of a request, as it crosses, so that its acknowledgement comes within the same contact; none on
    /// a link where that needs no care.
    pub fn request_bytes_max(self) -> Option<u32> {
        let most = self.carried_bytes / 100 * REQUEST_PERCENT;
        (self.carried_bytes < CARRIED_BYTES_MAX / 2).then_some(most)
    }
}

impl Pace {
    /// Most bytes to ask for in reply; none as long as replies come in pieces.
    pub fn reply_bytes_max(self) -> Option<u32> {
        self.is_reply_bounded.then_some(self.carried_bytes / 2)
    }
}

/// The aim for the next frame of a direction in which so many bytes have gone before, in the same contact: an
/// eighth of them, packed, is no great loss.
pub fn frame_bytes_after(sent_bytes: u64, aim: usize) -> usize {
    let grown = usize::try_from(sent_bytes / 4).unwrap_or(usize::MAX);
    grown.clamp(aim, FRAME_BYTES_AIM_MAX.max(aim))
}

/// Size of frames to aim at, by what a hello asks for: its logarithm, or 0 for what is usual.
pub fn frame_bytes_asked(frame_aim: u8) -> usize {
    match frame_aim {
        0 => crate::limits::FRAME_BYTES_AIM,
        aim => 1usize
            .checked_shl(aim.into())
            .unwrap_or(FRAME_BYTES_AIM_MAX)
            .clamp(FRAME_BYTES_AIM_MIN, FRAME_BYTES_AIM_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn end(well: bool) -> ContactEnd {
        if well { ContactEnd::Well } else { ContactEnd::Cut }
    }

    fn after(contacts: &[(u64, bool)]) -> Pace {
        let mut pace = Pace::default();
        for (bytes, well) in contacts {
            pace.contact_ended(*bytes, end(*well));
        }
        pace
    }

    #[test]
    fn replies_are_bounded_from_a_contact_in_vain_until_pieces_come_or_all_is_told() {
        for (last, bounded) in [
            (ContactEnd::CutInVain, true),
            (ContactEnd::WellWithMore, true),
            (ContactEnd::Cut, false),
            (ContactEnd::Well, false),
        ] {
            let mut pace = Pace::default();
            assert_eq!(pace.reply_bytes_max(), None);
            pace.contact_ended(3_000, ContactEnd::CutInVain);
            assert_eq!(pace.reply_bytes_max(), Some(1_500));
            pace.contact_ended(1_000, last);
            assert_eq!(pace.reply_bytes_max().is_some(), bounded, "{last:?}");
        }
    }

    #[test]
    fn contacts_that_end_well_soon_lead_to_the_largest_frames() {
        assert_eq!(Pace::default().frame_bytes_aim(), 4_096);
        assert_eq!(after(&[(5_000, true)]).frame_bytes_aim(), 16_384);
        let slow = after(&[(1_000, false); 5]);
        assert_eq!(slow.frame_bytes_aim(), 512);
        let mut pace = slow;
        for _ in 0..4 {
            pace.contact_ended(5_000, ContactEnd::Well);
        }
        assert_eq!(pace.frame_bytes_aim(), 16_384);
        assert_eq!(pace.request_bytes_max(), None);
    }

    #[test]
    fn short_contacts_lead_to_small_frames_of_which_several_fit() {
        for carried in [1_500, 4_000, 9_000, 20_000] {
            let pace = after(&[(carried, false); 6]);
            let aim = pace.frame_bytes_aim() as u64;
            assert!(
                aim <= (carried / 2).max(512) && aim > carried / 5,
                "{carried}: {aim}"
            );
            let request = u64::from(pace.request_bytes_max().expect("a bound"));
            assert!(
                request <= carried / 2 && request * 2 + 200 > carried,
                "{carried}: {request}"
            );
        }
    }

    #[test]
    fn one_short_contact_on_a_good_link_is_soon_forgotten() {
        let mut pace = after(&[(40_000, true), (40_000, true), (200, false)]);
        assert!(pace.frame_bytes_aim() >= 4_096);
        pace.contact_ended(5_500, ContactEnd::Well);
        assert_eq!(pace.frame_bytes_aim(), 16_384);
    }

    #[test]
    fn empty_exchanges_prove_little() {
        let mut pace = after(&[(2_000, false); 6]);
        let before = pace.frame_bytes_aim();
        for _ in 0..20 {
            pace.contact_ended(300, ContactEnd::Well);
        }
        assert!(pace.frame_bytes_aim() <= before * 2);
    }

    fn came(pace: &mut Pace, bytes: u64, first_bytes: u64, ms: u64) -> bool {
        pace.reply_came(Delivery {
            bytes,
            first_bytes,
            ms,
        });
        pace.packs_lightly()
    }

    #[test]
    fn a_link_is_good_once_a_reply_came_at_2_mbit_a_second() {
        let mut pace = Pace::default();
        assert!(!pace.packs_lightly());
        // Too short to say anything; 2 KB behind the first piece in 8 ms; in 9 ms; all at once.
        for (bytes, first, ms, quick) in [
            (2_000, 2_000, 0, false),
            (3_448, 1_448, 8, true),
            (1_000, 100, 900, true),
            (3_448, 1_448, 9, false),
            (2_400, 2_400, 0, true),
        ] {
            assert_eq!(came(&mut pace, bytes, first, ms), quick, "{bytes} {first} {ms}");
        }
    }

    #[test]
    fn after_a_cut_a_link_is_good_no_longer() {
        for (end, quick) in [
            (ContactEnd::Well, true),
            (ContactEnd::WellWithMore, true),
            (ContactEnd::Cut, false),
            (ContactEnd::CutInVain, false),
        ] {
            let mut pace = Pace::default();
            assert!(came(&mut pace, 9_000, 1_448, 3));
            pace.contact_ended(9_900, end);
            assert_eq!(pace.packs_lightly(), quick, "{end:?}");
        }
    }

    #[test]
    fn frames_grow_with_what_has_gone_before_them() {
        let grown: Vec<usize> = [0, 8_000, 20_000, 1_000_000]
            .map(|sent| frame_bytes_after(sent, 2_048))
            .to_vec();
        assert_eq!(grown, [2_048, 2_048, 5_000, 16_384]);
    }

    #[test]
    fn what_a_hello_asks_for_is_kept_within_bounds() {
        let asked: Vec<usize> = [0, 1, 9, 11, 14, 15, 64, 255].map(frame_bytes_asked).to_vec();
        assert_eq!(asked, [2_048, 512, 512, 2_048, 16_384, 16_384, 16_384, 16_384]);
    }

    proptest! {
        #[test]
        fn whatever_contacts_carry_frames_stay_within_bounds(
            contacts in proptest::collection::vec((any::<u64>(), any::<bool>()), 0..40),
        ) {
            let pace = after(&contacts);
            prop_assert!((512..=16_384).contains(&pace.frame_bytes_aim()));
            prop_assert_eq!(frame_bytes_asked(pace.frame_aim()), pace.frame_bytes_aim());
            prop_assert!(pace.request_bytes_max().is_none_or(|most| most >= 500));
        }
    }
}
