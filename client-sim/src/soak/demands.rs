//! What a soak of enough days must have met: a fault that never happened has not been tested.

use crate::replay::coverage::Coverage;
use crate::trace::Point;

/// So many days are enough for every fault to have happened.
pub const SEEDS_ENOUGH: u64 = 400;

/// Faults, acts and verdicts, besides the points at which the server dies.
const NAMES: &[&str] = &[
    "link.no_connection",
    "link.outage",
    "link.half_open",
    "link.cut_at_byte",
    "link.reply_lost",
    "link.late_request",
    "link.late_reply_dropped",
    "link.repeated_request",
    "link.reset_by_server",
    "link.buffering_proxy",
    "link.recorded",
    "exchange.waited",
    "phone.crash",
    "phone.crash_with_loss",
    "phone.restart",
    "phone.reboot",
    "phone.clock",
    "phone.snapshot",
    "phone.restore",
    "phone.clone",
    "phone.storage_fault",
    "phone.write_failed",
    "phone.op_damaged",
    "phone.other_catalogue",
    "server.kill",
    "server.power_cut",
    "server.restored",
    "server.restored_untold",
    "server.clock",
    "server.clock_refused",
    "server.other_catalogue",
    "server.deadline",
    "stop.disk_full",
    "stop.sync_failed",
    "stop.read_failed",
    "table.kept",
    "table.empty",
    "table.old",
    "table.damaged",
    "table.rows_mended",
    "centre.create",
    "centre.edit",
    "centre.event",
    "centre.assign",
    "centre.move_worker",
    "centre.relocate",
    "centre.split_area",
    "centre.merge_areas",
    "centre.move_area",
    "centre.retire_area",
    "centre.revoke",
    "centre.release",
    "centre.erase",
    "centre.rules",
    "centre.muster",
    "centre.account",
    "centre.close_account",
    "centre.by_account",
    "centre.import",
    "centre.pull",
    "centre.supply",
    "centre.find",
    "found.centre_acted",
    "found.phone_acted",
    "pull.stopped",
    "pull.went_on",
    "pull.broken_off",
    "pull.stale",
    "pull.left",
    "pull.erased",
    "statistics.compared",
    "account.closed",
    "account.outside",
    "import.changed",
    "import.unchanged",
    "import.declined",
    "dictionary.learned",
    "dictionary.fetched",
    "refused.unknown_dictionary",
    "entry.trim",
    "entry.reshape",
    "entry.branch",
    "entry.newhistory",
    "entry.lost",
    "verdict.accepted",
    "verdict.parked",
    "verdict.with_conflict",
    "verdict.quarantined_outofarea",
    "verdict.quarantined_behindanother",
    "verdict.quarantined_unknownkind",
    "verdict.quarantined_devicerevoked",
    "released.verdict.accepted",
];

/// What never happened.
pub fn missing(coverage: &Coverage) -> Vec<String> {
    let points = Point::ALL.iter().map(|point| format!("die.{}", point.name()));
    NAMES
        .iter()
        .map(ToString::to_string)
        .chain(points)
        .filter(|name| coverage.count(name) == 0)
        .collect()
}
