//! HTTPS with a certificate of our own making.

use crate::process::{Server, otor, printed, serve};

#[test]
fn a_self_signed_server_is_trusted_by_who_has_its_certificate_and_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (in_folder("cert.pem"), in_folder("key.pem"));
    let made = otor()
        .args(["cert", "self-signed", "--cert", &certificate, "--key", &key])
        .output();
    let made = printed(&made.unwrap());
    let fingerprint = made
        .lines()
        .find_map(|line| line.strip_prefix("SHA-256:"))
        .unwrap()
        .trim();
    assert_eq!(fingerprint.split(':').count(), 32, "{made}");
    let mut command = serve(&folder.path().join("data"));
    command.args(["--tls-cert", &certificate, "--tls-key", &key]);
    let server = Server::of(command);
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let status = |extra: &[&str]| {
        let mut command = server.command("status --json");
        command.args(extra).output().unwrap().status.code()
    };
    assert_eq!(status(&["--ca-cert", &certificate]), Some(0));
    assert_eq!(status(&[]), Some(3));
    let plain = server.url.replace("https://", "http://");
    assert_eq!(status(&["--server", &plain]), Some(3));
}

#[test]
fn a_key_that_is_not_the_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["one", "two"] {
        let (certificate, key) = (
            in_folder(&format!("{name}.pem")),
            in_folder(&format!("{name}.key")),
        );
        let made = otor()
            .args(["cert", "self-signed", "--cert", &certificate, "--key", &key])
            .output();
        printed(&made.unwrap());
    }
    let mut command = serve(&folder.path().join("data"));
    command.args([
        "--tls-cert",
        &in_folder("one.pem"),
        "--tls-key",
        &in_folder("two.key"),
    ]);
    assert_eq!(command.output().unwrap().status.code(), Some(2));
}
