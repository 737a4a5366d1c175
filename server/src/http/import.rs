//! Imports over HTTP: the rows of a file in as many commits as they need.

use super::app::App;
use super::problem::Problem;
use super::submission::Submission;
use crate::decide::Desk;
use crate::decide::admin::{Decides, IMPORT_ROWS_MAX, Imported, Outcome, RowError};
use crate::service::import::ImportFile;
use crate::state::StateError;
use crate::state::cell::PersonCell;
use serde::Serialize;

/// Most bytes of an imported file.
pub(super) const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most rows that are named in the answer as not taken.
const ERRORS_MAX: usize = 1_000;

/// The answer to an import.
#[derive(Debug, Serialize)]
pub(super) struct ImportAnswer {
    commit: u64,
    imported: u64,
    #[serde(skip_serializing_if = "none")]
    updated: u64,
    unchanged: u64,
    errors: Vec<RowError>,
    /// How many more rows were not taken than are named.
    #[serde(skip_serializing_if = "is_zero")]
    errors_left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn none(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Imports the rows of a file, part by part.
pub(super) async fn import<T: Clone + Send + 'static>(
    app: &App,
    submission: &Submission,
    file: ImportFile<T>,
    decide: fn(&Desk, &PersonCell, &[T]) -> Decides<Imported>,
) -> Result<ImportAnswer, Problem> {
    let mut answer = ImportAnswer {
        commit: 0,
        imported: 0,
        updated: 0,
        unchanged: 0,
        errors: file.errors,
        errors_left_out: 0,
    };
    let mut done = 0;
    loop {
        let part: Vec<T> = file
            .rows
            .iter()
            .skip(done)
            .take(IMPORT_ROWS_MAX)
            .cloned()
            .collect();
        let last = done + part.len() == file.rows.len();
        let part_len = part.len();
        let imported = app
            .write_part(submission, done, move |desk, account| {
                decide(desk, account, &part)
            })
            .await?;
        answer.commit = imported.commit;
        answer.imported += imported.imported;
        answer.updated += imported.updated;
        answer.unchanged += imported.unchanged;
        answer.errors.extend(imported.errors);
        done += imported.taken;
        if last && imported.taken == part_len {
            break;
        }
    }
    Ok(answer.bounded())
}

/// What becomes of rows.
type Weigh<T> = fn(&Desk, &PersonCell, &[T]) -> Result<Outcome<Imported>, StateError>;

/// What an import of a whole file would come to, with nothing written.
pub(super) async fn preview<T: Send + 'static>(
    app: &App,
    submission: &Submission,
    file: ImportFile<T>,
    weigh: Weigh<T>,
) -> Result<ImportAnswer, Problem> {
    let (rows, errors) = (file.rows, file.errors);
    let account = submission.account.clone();
    let weighed = app.preview(move |desk| weigh(desk, &account, &rows)).await?;
    let answer = ImportAnswer {
        commit: weighed.commit,
        imported: weighed.imported,
        updated: weighed.updated,
        unchanged: weighed.unchanged,
        errors: [errors, weighed.errors].concat(),
        errors_left_out: 0,
    };
    Ok(answer.bounded())
}

impl ImportAnswer {
    /// Errors by row, and no more than an answer names.
    fn bounded(mut self) -> Self {
        self.errors.sort_by_key(|error| error.row);
        self.errors_left_out = self.errors.len().saturating_sub(ERRORS_MAX);
        self.errors.truncate(ERRORS_MAX);
        self
    }
}
