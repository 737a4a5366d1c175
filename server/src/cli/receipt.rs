//! `otor receipt`: what became of a resident's report, and nothing else.

use super::connection::Connection;
use super::failure::Failure;
use super::{print, say, tongue};

pub(super) const EXAMPLES: &str = "\
The number is read however it is grouped, in full-width digits or Chinese numerals too (幺 is one).

Examples:
  otor receipt 3203-1708-1245
  otor receipt 三二零三幺七零八幺二四五

For a desk in a service hall, an account that can do nothing else:
  otor admin add hall --level desk --area 150821";

/// Arguments of `otor receipt`.
#[derive(clap::Args)]
pub(super) struct ReceiptArgs {
    /// The receipt number
    number: String,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(args: &ReceiptArgs) -> Result<(), Failure> {
    let answer = args.connection.client()?.get(&["receipts", &args.number], &[])?;
    if args.connection.json {
        return print::json(&answer);
    }
    let result = match print::text(&answer, "result") {
        none if none.is_empty() => say!("say-receipt-not-public"),
        result => result,
    };
    let stage = answer.get("stage").cloned().unwrap_or_default();
    print::line(say!(
        "say-receipt",
        number = print::text(&answer, "number"),
        day = print::text(&answer, "received_on"),
        stage = print::plain(&tongue::field("report", "status", &stage).1),
        result = result,
    ))
}
