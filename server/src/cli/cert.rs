//! `otor cert`: a TLS certificate for a server that has none from an authority.

use super::failure::Failure;
use super::print;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Commands on certificates.
#[derive(clap::Subcommand)]
pub(super) enum CertCommand {
    /// Make a self-signed certificate and its key, and print the certificate's fingerprint
    #[command(after_long_help = "\
Example:
  otor cert self-signed --host otor.example.org --host 10.0.0.5 --cert cert.pem --key key.pem
  otor serve --listen 0.0.0.0:8340 --tls-cert cert.pem --tls-key key.pem
  otor status --server https://otor.example.org:8340 --ca-cert cert.pem")]
    SelfSigned(SelfSignedArgs),
}

/// Arguments of `otor cert self-signed`.
#[derive(clap::Args)]
pub(super) struct SelfSignedArgs {
    /// A host name or address that the server is reached by; may be given several times
    #[arg(long = "host", value_name = "NAME", default_values_t = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])]
    hosts: Vec<String>,
    /// Where to write the certificate (PEM)
    #[arg(long, value_name = "FILE", default_value = "otor-cert.pem")]
    cert: PathBuf,
    /// Where to write the private key (PEM)
    #[arg(long, value_name = "FILE", default_value = "otor-key.pem")]
    key: PathBuf,
    /// How long it is valid, in years
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(i16).range(1..=100))]
    years: i16,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(command: &CertCommand) -> Result<(), Failure> {
    let CertCommand::SelfSigned(args) = command;
    let (certificate, key) = make(args)?;
    write_new(&args.key, key.serialize_pem().as_bytes(), 0o600, args.force)?;
    write_new(&args.cert, certificate.pem().as_bytes(), 0o644, args.force)?;
    print::line(format!(
        "certificate:  {}\nkey:          {}\nhosts:        {}\nSHA-256:      {}",
        args.cert.display(),
        args.key.display(),
        args.hosts.join(", "),
        fingerprint(certificate.der())
    ))
}

fn make(args: &SelfSignedArgs) -> Result<(rcgen::Certificate, KeyPair), Failure> {
    let failed = |error: rcgen::Error| Failure::BadInput(format!("no certificate can be made: {error}"));
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut params = CertificateParams::new(args.hosts.clone()).map_err(failed)?;
    let mut name = DistinguishedName::new();
    let first = args.hosts.first().map_or("otor", String::as_str);
    name.push(DnType::CommonName, first);
    params.distinguished_name = name;
    params
        .extended_key_usages
        .push(ExtendedKeyUsagePurpose::ServerAuth);
    // It begins long ago, as the library has it: a phone whose clock is years behind can still connect.
    let last_year = i32::from(today.year()) + i32::from(args.years);
    params.not_after = rcgen::date_time_ymd(last_year, today.month().unsigned_abs(), 1);
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok((certificate, key))
}

/// The fingerprint in the form that browsers and openssl show.
fn fingerprint(der: &[u8]) -> String {
    let pairs: Vec<String> = Sha256::digest(der)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    pairs.join(":")
}

fn write_new(path: &Path, content: &[u8], mode: u32, force: bool) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        if force && path.exists() {
            std::fs::remove_file(path)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        let mut file = options.open(path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::BadInput(format!(
            "{} is there already: add --force to replace it",
            path.display()
        )),
        _ => Failure::file("write", path, &error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path, hosts: &[&str]) -> SelfSignedArgs {
        SelfSignedArgs {
            hosts: hosts.iter().map(|host| host.to_string()).collect(),
            cert: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            years: 10,
            force: false,
        }
    }

    #[test]
    fn a_key_is_readable_by_its_owner_only_and_never_replaced_unasked() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let args = args(folder.path(), &["localhost", "10.0.0.5"]);
        run(&CertCommand::SelfSigned(args)).unwrap();
        let mode = std::fs::metadata(folder.path().join("key.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let before = std::fs::read(folder.path().join("key.pem")).unwrap();
        let again = self::args(folder.path(), &["localhost"]);
        assert!(matches!(
            run(&CertCommand::SelfSigned(again)),
            Err(Failure::BadInput(_))
        ));
        assert_eq!(std::fs::read(folder.path().join("key.pem")).unwrap(), before);
    }

    #[test]
    fn a_host_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(run(&CertCommand::SelfSigned(args(folder.path(), &["网格"]))).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
