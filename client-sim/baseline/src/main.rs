//! What Otor is measured against: the exchange of a phone as it is usually built. Gzipped JSON over HTTP, a token a
//! phone, one SQLite transaction a request (WAL, `synchronous=FULL`), the latest write of a field wins.

mod exchange;
mod store;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer, error, http::header};
use clap::Parser;
use exchange::{Request, packed, unpacked};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use store::Store;

/// Most bytes of a request.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What Otor is measured against: gzipped JSON into SQLite
#[derive(Parser)]
enum Args {
    /// Run the server, called as Otor's is
    Serve {
        /// The folder of the database
        #[arg(long, value_name = "FOLDER")]
        data: PathBuf,

        /// Address and port; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
        listen: String,
    },
}

type Shared = Arc<Mutex<Store>>;

fn main() -> anyhow::Result<()> {
    let Args::Serve { data, listen } = Args::parse();
    std::fs::create_dir_all(&data)?;
    let store = Store::open(&data.join("baseline.db"))?;
    actix_web::rt::System::new().block_on(serve(store, &listen))
}

async fn serve(store: Store, listen: &str) -> anyhow::Result<()> {
    let store: Shared = Arc::new(Mutex::new(store));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::new(Arc::clone(&store)))
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .route("/phones", web::post().to(phones))
            .route("/sync", web::post().to(sync))
            .route("/counts", web::get().to(counts))
    })
    .bind(listen)?;
    let mut out = std::io::stdout().lock();
    for address in server.addrs() {
        writeln!(out, "listening on http://{address}")?;
    }
    out.flush()?;
    drop(out);
    Ok(server.run().await?)
}

/// Does something with the store, away from the threads that serve the network.
async fn with<T: Send + 'static>(
    store: Data<Shared>,
    act: impl FnOnce(&mut Store) -> anyhow::Result<T> + Send + 'static,
) -> actix_web::Result<T> {
    let done = web::block(move || {
        // A transaction that panics is rolled back.
        act(&mut store.lock().unwrap_or_else(PoisonError::into_inner))
    });
    done.await?.map_err(error::ErrorInternalServerError)
}

/// Adds phones: a list of tokens and grids.
async fn phones(
    store: Data<Shared>,
    body: web::Json<Vec<(String, String)>>,
) -> actix_web::Result<HttpResponse> {
    let phones = body.into_inner();
    with(store, move |store| store.add_phones(&phones)).await?;
    Ok(HttpResponse::Ok().finish())
}

/// One exchange: what the phone wrote in, what others wrote in its grid out.
async fn sync(store: Data<Shared>, body: Bytes) -> actix_web::Result<HttpResponse> {
    let reply = with(store, move |store| {
        let request: Request = serde_json::from_slice(&unpacked(&body)?)?;
        let reply = store.exchange(&request)?;
        packed(&serde_json::to_vec(&reply)?)
    });
    let reply = reply.await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_ENCODING, "gzip"))
        .body(reply))
}

async fn counts(store: Data<Shared>) -> actix_web::Result<HttpResponse> {
    let records = with(store, |store| store.records()).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "records": records })))
}
