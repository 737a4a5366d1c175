//! What the demonstration came to, as a short table for people.

use super::{DemoOutcome, kinds};
use comfy_table::{LineStyle, Table, TableStyle};

/// The table, where the files are, and what to try next.
///
/// # Errors
/// If the pulled file cannot be read.
pub fn summary(outcome: &DemoOutcome) -> anyhow::Result<String> {
    let report = &outcome.report;
    let kinds: Vec<String> = kinds(&outcome.pulled)?
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    let totals = report.totals;
    let per_exchange = (totals.bytes_up + totals.bytes_down) / totals.round_trips.max(1);
    let rows = [
        ("phones", report.devices.len().to_string()),
        ("ops written on phones", report.ops.written.to_string()),
        ("of these acknowledged", report.ops.acked.to_string()),
        ("lost", report.ops.lost.to_string()),
        ("doubled", report.ops.duplicated.to_string()),
        (
            "merged records",
            format!("{} ({})", report.server.records, kinds.join(", ")),
        ),
        (
            "phones equal the server",
            if report.converged { "yes, all" } else { "no" }.to_string(),
        ),
        (
            "when the server was killed",
            format!(
                "{} phones were synchronising, {} ops had been acknowledged",
                outcome.syncing_when_killed, outcome.acked_when_killed
            ),
        ),
        (
            "exchanges",
            format!(
                "{} over {} connections, {per_exchange} bytes each on average, both ways",
                totals.round_trips, totals.connections
            ),
        ),
        (
            "bytes",
            format!(
                "{} up, {} down, {} of them in vain",
                totals.bytes_up, totals.bytes_down, totals.bytes_resent
            ),
        ),
        (
            "time on links",
            format!("{} s of virtual time", totals.virtual_ms / 1_000),
        ),
    ];
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header(["a county's day", ""]);
    for (what, value) in rows {
        table.add_row([what.to_string(), value]);
    }
    let (data, pulled, visits) = (
        outcome.data.display(),
        outcome.pulled.display(),
        outcome.visits.display(),
    );
    Ok(format!(
        "{table}\n\n\
         merged records   {pulled}\n\
         visits, a table  {visits}\n\
         server's data    {data}\n\n\
         What to try next:\n\
         \u{20}\u{20}cargo run --release -p otor-server -- verify --data {data}\n\
         \u{20}\u{20}cargo run --release -p otor-sim -- trace make --workers 100 --link gprs_rural --out day.jsonl\n\
         \u{20}\u{20}cargo run --release -p otor-sim -- replay day.jsonl"
    ))
}
