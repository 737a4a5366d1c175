//! Deliberate faults, each a rule taken away, to see whether the simulator's checks notice. They are compiled with the
//! feature `mutations`, and with debug assertions, so that ordinary tests can look. In what is shipped there is none:
//! [`active`] is a constant then.
//!
//! A rule that others guard as well is taken away together with them, or nothing could be noticed.

macro_rules! mutations {
    ($($name:ident: $rule:literal,)*) => {
        /// A rule that can be taken away. Each says the rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $(#[doc = $rule] $name,)*
        }

        impl Mutation {
            /// All of them.
            pub const ALL: &[Mutation] = &[$(Mutation::$name,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Mutation::$name => stringify!($name),)*
                }
            }

            /// The rule it takes away.
            pub fn rule(self) -> &'static str {
                match self {
                    $(Mutation::$name => $rule,)*
                }
            }
        }
    };
}

mutations! {
    AckBeforeSync: "an acknowledgement waits for the journal's fdatasync",
    VisibleBeforeDurable: "a commit is visible once it is in the journal, and not before",
    CutSkipsRestOfCommit: "a position may stop inside a commit, and goes on from there",
    OthersOpsTakenForOwn: "of a feed only the ops of the phone's own branch are left out",
    OwnMembershipUntold: "where a record belongs that a phone created is told with its verdict",
    EnterUntold: "a scope that a record comes to is told its whole state",
    LeaveUntold: "a scope that a record leaves is told so",
    RemoveWithoutDots: "a remove names exactly the dots its author saw",
    KeepDropsUnseen: "a new candidate takes the place of those its author saw, and of no other",
    PullOverOutbox: "what is pulled never covers the phone's own unsent work",
    StatePutInPlace: "a whole state is merged into what the phone has, or comes at its own position and in the latest reply",
    OwnNotAppliedAgain: "own acknowledged ops are applied again to a state that came without them",
    PurgeBeforePush: "a lost scope goes only after its ops are acknowledged",
    SweepTakesUnsent: "a record with unsent work stays, whatever belongs",
    SweepTakesLater: "a sweep drops only memberships older than its pass",
    NoSweep: "after a first pass what it did not name is gone",
    TieBreakRemoved: "equal stamps are ordered by their dots",
    LaterStampLoses: "of two writes of one field the later stands",
    FloorIgnored: "an op's stamp is above all its author had seen",
    OrderWithinPhoneLost: "a phone's uptimes rise with every op",
    ReceiptCeilingIgnored: "no stamp is ahead of the receipt",
    LateReplyApplied: "a reply to any but the latest request is dropped whole",
    AnyPositionTaken: "a change frame applies only at its own from-position, whichever reply brought it",
    PositionBeforeEffects: "a position and its effects are stored as one",
    OutboxNotSynced: "an op is durable before the worker is told it is saved",
    AttemptNotNoted: "an attempt is noted durably before it is sent",
    ForkNonceReused: "every attempt has a fresh nonce, and a copy does not know the last",
    WorkNotCompared: "a copy is known by what it has written, wherever it hands that over and is told of it",
    CommonBySeqs: "what a copy has in common with the server is found by content, not by seqs",
    TakenBehindACopy: "of a request nothing is taken behind a frame that shows its phone to be a copy",
    TwinsNotCompared: "work that copies of a phone both held comes once, whoever hands it over first",
    ActorReissued: "a number that may have been issued is never issued again",
    RefillJudgedAnew: "what a former history had said of an op stands",
    VerdictNotRetold: "verdicts are told until the phone has shown that it knows them",
    ReleaseUntold: "a change of verdict after the acknowledgement is told in the inbox",
    ParkedForgotten: "a parked op is released when its record comes",
    LostAwaited: "what a phone has lost is waited for by nothing",
    QuarantinedDropped: "nothing quarantined is dropped",
    RightsAtReceipt: "rights are those at the corrected time of writing",
    BehindIgnored: "later ops on a record wait behind one that was kept aside",
    HorizonIgnored: "a phone that stands below a feed's horizon takes a first pass",
    ScopesByHello: "the server says which scopes a phone is served",
    RevokedServed: "a revoked phone is told nothing more",
    RefilingOmitted: "when a worker is moved, the records that concern them are filed anew",
    WakeupLost: "a phone that waits is told what comes meanwhile",
    DeliveryAssumed: "a task is delivered once its assignee's phone shows a cursor past it",
    CancelLosesToWork: "a cancel for safety or a wrong target beats work that was done",
    LateEventCounts: "a lower rank that comes late changes no status",
    RedoNotApplied: "the table's writes of a checkpoint are all done",
    PullSkipsRestOfCommit: "a page of a pull may end inside a commit, and the next goes on from there",
    PullDepartureUntold: "of a record that left what is pulled whoever had it is told so",
    PullTellsOfAnother: "a row of a pull tells nothing of a record but that one's own",
    PullOfAnotherHistory: "a cursor of a pull is refused in any history but its own",
}

#[cfg(any(feature = "mutations", debug_assertions))]
mod switch {
    use super::Mutation;
    use std::cell::Cell;

    thread_local! {
        static ACTIVE: Cell<Option<Mutation>> = const { Cell::new(None) };
    }

    /// Whether a rule is taken away on this thread.
    pub fn active(mutation: Mutation) -> bool {
        ACTIVE.get() == Some(mutation)
    }

    /// Runs something on this thread with a rule taken away, if one is named.
    pub fn with<T>(mutation: Option<Mutation>, run: impl FnOnce() -> T) -> T {
        let before = ACTIVE.replace(mutation);
        let result = run();
        ACTIVE.set(before);
        result
    }
}

#[cfg(any(feature = "mutations", debug_assertions))]
pub use switch::{active, with};

/// Whether a rule is taken away: never.
#[cfg(not(any(feature = "mutations", debug_assertions)))]
pub const fn active(_: Mutation) -> bool {
    false
}

/// Whether mutations are compiled in.
pub const COMPILED: bool = cfg!(any(feature = "mutations", debug_assertions));
