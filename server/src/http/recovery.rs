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
        Declined::OtherHistory => other_history(app, known).await,
        Declined::Beyond(former) => {
            let (incarnation, attempts) = (rand::random(), app.attempts.clone());
            let begun = app
                .committer
                .submit(move |desk| sync::propose_history(desk, former, incarnation, &attempts));
            begun.await?;
            other_history(app, known).await
        }
        Declined::Superseded => Ok(Refusal::Superseded),
        Declined::UnknownDictionary => Ok(Refusal::UnknownDictionary),
        Declined::Copy => forked(app, known, hello).await,
    }
}

async fn forked(app: &App, known: &Known, hello: &Hello) -> Result<Refusal, Problem> {
    let (phone, attempts) = ((known.device.id, hello.first_actor), app.attempts.clone());
    let branch = app
        .committer
        .submit(move |desk| sync::propose_branch(desk, phone, &attempts));
    let (_, actors) = branch.await?;
    let missing = || Problem::new(ProblemKind::Internal, "the phone is gone");
    let actors = actors.ok_or_else(missing)?;
    let (identity, known, hello) = (app.identity.clone(), known.clone(), hello.clone());
    app.read(move |view| Ok(sync::forked(view, &identity, &known, &hello, actors)?))
        .await
}

async fn other_history(app: &App, known: &Known) -> Result<Refusal, Problem> {
    let known = known.clone();
    app.read(move |view| Ok(sync::other_history(view, &known)?)).await
}

/// Admits again what a restored backup does not know of a phone, by the certificates its authentic hello shows.
pub(super) async fn admit(app: &App, hello: &Hello) -> Result<(), Problem> {
    for shown in sync::shown(hello) {
        let (server, attempts) = (app.identity.public(), app.attempts.clone());
        let (incarnation, certificate) = (rand::random(), shown.0.clone());
        app.committer
            .submit(move |desk| {
                sync::propose_history_for(desk, &server, &certificate, incarnation, &attempts)
            })
            .await?;
        app.committer
            .submit(move |desk| sync::propose_readmission(desk, &server, &shown))
            .await?;
    }
    Ok(())
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
