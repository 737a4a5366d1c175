//! Every bound on what comes from outside, in one place.

/// Largest op, encoded, in bytes.
pub const OP_BYTES_MAX: usize = 16 * 1024;
/// Ops in one frame.
pub const FRAME_OPS_MAX: usize = 64;
/// Largest payload of one frame on the wire, in bytes.
pub const FRAME_BYTES_MAX: usize = 128 * 1024;
/// Changes in one op.
pub const OP_CHANGES_MAX: usize = 64;
/// Members of one set, and candidates of one `all` field.
pub const SET_MEMBERS_MAX: usize = 64;
/// Arguments of one event.
pub const EVENT_ARGS_MAX: usize = 8;
/// Dots named by one change.
pub const DOTS_MAX: usize = 64;
/// Entries of one log; later ones are quarantined.
pub const LOG_ENTRIES_MAX: usize = 2_000;
/// Canonical bytes of one record. Its whole state travels in one frame, so it is well below that bound.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;
/// Scopes of one phone, inbox included.
pub const SCOPES_MAX: usize = 65;
/// Frames in one request.
pub const REQUEST_FRAMES_MAX: usize = 4_096;
/// Nonces of unconfirmed attempts in one hello. A phone with more names the oldest of them.
pub const RECENT_NONCES_MAX: usize = 64;
/// Characters of an owner's name in a hello.
pub const OWNER_NAME_CHARS_MAX: usize = 200;
/// What a phone asks or says beside the rest in one hello.
pub const REQUESTS_MAX: usize = 32;
/// Checks of ranges in one hello.
pub const REQUEST_CHECKS_MAX: usize = 8;
/// Ranges in one check.
pub const CHECKED_RANGES_MAX: usize = 64;
/// Characters of a text field whose catalogue entry does not say otherwise.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Nesting of a MessagePack value; ours need 8.
pub const DEPTH_MAX: usize = 16;
/// Target size of one frame of ops or changes, in bytes before compression, where nothing is known of the link.
pub const FRAME_BYTES_AIM: usize = 2 * 1024;
/// Smallest and largest target.
pub const FRAME_BYTES_AIM_MIN: usize = 512;
/// See [`FRAME_BYTES_AIM_MIN`].
pub const FRAME_BYTES_AIM_MAX: usize = 16 * 1024;
/// Least and most bytes that a contact is taken to carry.
pub const CARRIED_BYTES_MIN: u32 = 1_024;
/// See [`CARRIED_BYTES_MIN`].
pub const CARRIED_BYTES_MAX: u32 = 64 * 1024;
/// Longest time for which the server holds a reply until there is something to tell, in milliseconds: less than
/// the half minute after which some networks forget a silent connection.
pub const WAIT_MS_MAX: u16 = 25_000;
/// Areas that have ended which a phone remembers.
pub const ENDED_AREAS_KEPT_MAX: usize = 64;
/// Days a phone keeps a merged op after it heard that the server has it, so that a restored server can be refilled.
pub const ACKED_OPS_KEPT_DAYS: i64 = 30;
/// Rows of one batch by column: ops of a frame, entries or states.
pub const BATCH_ROWS_MAX: usize = 4_096;
/// Templates of one batch.
pub const BATCH_TEMPLATES_MAX: usize = 1_024;
/// Columns of one batch.
pub const BATCH_COLUMNS_MAX: usize = 1_024;
/// Characters from which the model of text learns in one direction of an exchange.
pub const TEXT_LEARNT_MAX: usize = 65_536;
/// Different characters that the model notes to have followed one.
pub const TEXT_FOLLOWERS_MAX: usize = 1_024;
/// Bytes of a dictionary.
pub const DICTIONARY_BYTES_MAX: usize = 64 * 1024;
/// Bytes that a dictionary unpacks to.
pub const DICTIONARY_UNPACKED_MAX: usize = 1024 * 1024;
/// A packed payload without its text comes to at most this …
pub const UNPACKED_BYTES_FREE: usize = 1_024;
/// … and so many times as many bytes as it is packed in.
pub const PACKED_TIMES_MAX: usize = 64;
/// Boots before the present one that a hello declares; ops of later ones wait.
pub const PAST_BOOTS_MAX: usize = 128;
/// Points of a patrol in one text.
pub const PATROL_CHUNK_POINTS_MAX: usize = 240;
/// Points that one phone marks on one patrol.
pub const PATROL_TRACK_POINTS_MAX: u16 = 480;
/// Minutes from the start of a patrol to a point: a day.
pub const PATROL_MINUTES_MAX: u16 = 1_440;
/// Planned segments of a patrol on which points are marked.
pub const PATROL_SEGMENTS_MAX: usize = 1_000;

/// Most bytes of a deployment's own words in one language.
pub const OWN_WORDS_BYTES_MAX: usize = 256 * 1024;
