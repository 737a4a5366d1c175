//! What a phone is told that is not served: above all how a copy comes to numbers of its own.

use super::app::App;
use super::problem::{Problem, ProblemKind};
use crate::service::sync::{self, Declined, Known};
use otor_protocol::wire::{Hello, PROTOCOL_VERSION, Refusal};

/// The refusal of a hello, once whatever it promises is durable.
pub(super) async fn refusal(
    app: &App,
    known: &Known,
    hello: &Hello,
    declined: Declined,
) -> Result<Refusal, Problem> {
    match declined {
        Declined::Protocol => Ok(Refusal::Protocol(PROTOCOL_VERSION)),
        Declined::OtherHistory => Ok(Refusal::OtherHistory),
        Declined::Superseded => Ok(Refusal::Superseded),
        Declined::UnknownDictionary => Ok(Refusal::UnknownDictionary),
        Declined::Copy => forked(app, known, hello).await,
    }
}

async fn forked(app: &App, known: &Known, hello: &Hello) -> Result<Refusal, Problem> {
    let (device, attempts) = (known.device.id, app.attempts.clone());
    let branch = app
        .committer
        .submit(move |desk| sync::propose_branch(desk, device, &attempts));
    let (_, actors) = branch.await?;
    let missing = || Problem::new(ProblemKind::Internal, "the phone is gone");
    let actors = actors.ok_or_else(missing)?;
    let (identity, known, hello) = (app.identity.clone(), known.clone(), hello.clone());
    app.read(move |view| Ok(sync::forked(view, &identity, &known, &hello, actors)?))
        .await
}

/// Notes the old numbers that a hello tells, so that they are durable before the welcome says so.
pub(super) async fn note_aliases(app: &App, hello: &Hello) -> Result<(), Problem> {
    if sync::told_aliases(hello).is_empty() {
        return Ok(());
    }
    let hello = hello.clone();
    app.committer
        .submit(move |desk| sync::propose_aliases(desk, &hello))
        .await?;
    Ok(())
}
