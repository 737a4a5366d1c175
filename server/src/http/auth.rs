//! Who asks: the account whose token the request bears.

use super::app::App;
use super::problem::{Problem, ProblemKind};
use crate::decide::admin::account::{is_desk, looks_on};
use crate::decide::admin::token_hash;
use crate::state::cell::{PersonCell, Role};
use crate::state::{key, read};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{FutureExt, LocalBoxFuture};
use otor_protocol::ids::PersonId;

/// The account that asks, as it was when the request came.
#[derive(Clone, Debug)]
pub struct Caller(
    /// The account.
    pub PersonCell,
);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move { authenticate(&request).await.map(Caller) }.boxed_local()
    }
}

/// An account that reads what an auditor may read too: figures, ledgers, what accounts did.
#[derive(Clone, Debug)]
pub(super) struct Onlooker(pub PersonCell);

impl FromRequest for Onlooker {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let account = authenticate_any(&request).await?;
            expect_no_desk(&account)?;
            Ok(Onlooker(account))
        }
        .boxed_local()
    }
}

/// An account that asks for a receipt: any may but an auditor's, a desk's too.
#[derive(Clone, Debug)]
pub(super) struct Asker(pub PersonCell);

impl FromRequest for Asker {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let account = authenticate_any(&request).await?;
            expect_no_auditor(&account)?;
            Ok(Asker(account))
        }
        .boxed_local()
    }
}

/// The account whose token the request bears, if it may do more than ask for receipts or look on.
pub(super) async fn authenticate(request: &HttpRequest) -> Result<PersonCell, Problem> {
    let account = authenticate_any(request).await?;
    expect_no_desk(&account)?;
    expect_no_auditor(&account)?;
    Ok(account)
}

fn expect_no_desk(account: &PersonCell) -> Result<(), Problem> {
    let why = "a desk's account can only ask for receipts";
    match is_desk(account) {
        true => Err(Problem::new(ProblemKind::NotAllowed, why)),
        false => Ok(()),
    }
}

fn expect_no_auditor(account: &PersonCell) -> Result<(), Problem> {
    let why = "an auditor's account reads statistics, ledgers and what accounts did, and nothing else";
    match looks_on(account) {
        true => Err(Problem::new(ProblemKind::NotAllowed, why)),
        false => Ok(()),
    }
}

/// The account whose token the request bears.
async fn authenticate_any(request: &HttpRequest) -> Result<PersonCell, Problem> {
    let unknown = || Problem::new(ProblemKind::NotAuthenticated, "the token is missing or not valid");
    let app = app_of(request)?;
    let hash = token_hash(bearer(request).ok_or_else(unknown)?);
    let account = app.read(move |view| {
        let Some(id) = read::get::<PersonId>(view, &key::token(&hash))? else {
            return Ok(None);
        };
        Ok(read::person(view, id)?)
    });
    account
        .await?
        .filter(|person| matches!(&person.role, Role::Account(cell) if !cell.revoked))
        .ok_or_else(unknown)
}

/// The application a request came to.
pub(super) fn app_of(request: &HttpRequest) -> Result<App, Problem> {
    request
        .app_data::<web::Data<App>>()
        .map(|app| App::clone(app))
        .ok_or_else(|| Problem::new(ProblemKind::Internal, "the application has no state"))
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
