//! Which statuses and marks each life cycle can tell: whoever shows them has a word for each.

use crate::catalogue::LifeCycle;

/// The statuses of a life cycle, in the order in which they come about.
pub fn statuses(life_cycle: LifeCycle) -> &'static [&'static str] {
    match life_cycle {
        LifeCycle::None => &[],
        LifeCycle::Report => &[
            "reported",
            "assigned",
            "handling",
            "withdrawn",
            "closed",
            "called_back",
            "archived",
        ],
        LifeCycle::Task => &[
            "issued",
            "delivered",
            "accepted",
            "refused",
            "cancelled",
            "expired",
            "done",
            "verified",
        ],
        LifeCycle::Household => &["occupied", "away", "moved_out", "vacant", "check"],
        LifeCycle::Resident => &["current", "moved", "deceased", "removed", "erased"],
        LifeCycle::Retractable => &["submitted", "retracted"],
        LifeCycle::Patrol => &["open", "ended"],
        LifeCycle::Wish => &[
            "raised",
            "claimed",
            "lapsed",
            "withdrawn",
            "delivered",
            "confirmed",
        ],
        LifeCycle::Hazard => &["found", "ordered", "rectified", "verified"],
        LifeCycle::Mediation => &[
            "raised",
            "accepted",
            "in_session",
            "agreed",
            "failed",
            "transferred",
            "fulfilled",
        ],
        LifeCycle::Whistle => &["blown", "reported_in", "solving", "solved", "called_off"],
        LifeCycle::Alert => &[
            "called",
            "acknowledged",
            "arrived",
            "declined",
            "unreachable",
            "stood_down",
        ],
        LifeCycle::Announcement => &["draft", "approved", "published", "withdrawn"],
        LifeCycle::Campaign => &["planned", "open", "ended"],
    }
}

/// The marks of a life cycle.
pub fn marks(life_cycle: LifeCycle) -> &'static [&'static str] {
    match life_cycle {
        LifeCycle::Report => &[
            "after_closing",
            "late_event",
            "two_closings",
            "closed_before_whistle",
            "reopen_requested",
            "supervised",
            "supervision_overdue",
            "overdue",
            "whistled",
            "unhappy",
        ],
        LifeCycle::Task => &[
            "double_work",
            "done_by_former_assignee",
            "evidence_after_cancel",
            "overdue",
            "done_late",
            "assignee_silent",
            "refused_off_list",
        ],
        LifeCycle::Household => &["care_overdue", "care_late"],
        LifeCycle::Resident => &["removal_not_seen_by_all"],
        LifeCycle::Wish => &["claimed_after_lapse", "lead_gave_up"],
        LifeCycle::Hazard => &["verified_by_rectifier", "overdue"],
        LifeCycle::Mediation => &["two_endings"],
        LifeCycle::Whistle => &["overdue"],
        LifeCycle::Alert => &["in_time", "late", "time_up"],
        LifeCycle::Announcement => &["consent_missing", "newer_text"],
        LifeCycle::Campaign => &["threshold_met"],
        LifeCycle::None | LifeCycle::Retractable | LifeCycle::Patrol => &[],
    }
}
