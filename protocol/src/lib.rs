//! Otor's pure core: identifiers, records and their merging, life cycles, the wire and the sync sessions.
//!
//! Nothing here does I/O, reads a clock, draws randomness or starts a thread: time, keys and nonces come in
//! as arguments. The same code runs on the phone, in the server and in the simulator, which is what makes
//! a whole system run repeatable from one seed.
//!
//! | module | duty |
//! |---|---|
//! | [`ids`], [`area`], [`stamp`], [`value`] | the words everything else is said in |
//! | [`catalogue`] | which kinds, fields, merge rules and events exist: data |
//! | [`op`], [`record`] | one atomic edit, and the record it merges into |
//! | [`patrol`] | what a worker marks on a patrol |
//! | [`receipt`] | the number a resident is given for a report |
//! | [`renumber`] | other numbers for the later work of a copied phone |
//! | [`lifecycle`] | statuses folded from logs of events |
//! | [`digest`] | sums over records, by which both sides know that they agree |
//! | [`keys`] | message authentication, signatures, hash chains |
//! | [`limits`] | every bound on what comes from outside |
//! | [`mutation`] | deliberate faults for the simulator, which no ordinary build has |
//! | [`wire`] | frames and messages as bytes |
//! | [`sync`] | the two sides of one exchange, without I/O |
//! | [`replica`] | what a phone holds: outbox, mirror, tray, view |
//! | `words` (feature of that name) | what kinds, fields, statuses and reasons are called in four languages |

pub mod area;
pub mod catalogue;
pub mod digest;
pub mod ids;
pub mod keys;
pub mod lifecycle;
pub mod limits;
pub mod mutation;
pub mod op;
pub mod patrol;
pub mod receipt;
pub mod record;
pub mod renumber;
pub mod replica;
pub mod stamp;
pub mod sync;
pub mod value;
pub mod wire;
#[cfg(feature = "words")]
pub mod words;
