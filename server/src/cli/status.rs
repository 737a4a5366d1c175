//! `otor status`: what a running server holds.

use super::connection::Connection;
use super::failure::Failure;
use super::{print, tongue};
use serde_json::{Value, json};

/// Arguments of `otor status`.
#[derive(clap::Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(args: &StatusArgs) -> Result<(), Failure> {
    let answer = args.connection.client()?.get(&["status"], &[])?;
    if args.connection.json {
        return print::json(&answer);
    }
    let rows: Vec<Value> = answer
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| json!({"name": tongue::of_server(name), "value": value}))
        .collect();
    let columns: [print::Column; 2] = [
        ("what", |row| print::text(row, "name")),
        ("value", |row| print::text(row, "value")),
    ];
    print::line(print::table(&columns, &rows))
}
