//! HTTPS with a certificate of one's own: a phone pins the key it met when it was enrolled, and no other will do.

use crate::harness::{Administration, FieldPhone, GRIDS, Merged, RealServer, found_county, otor, printed};
use otor_sim::transport::Ending;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// A certificate and its key, in files.
struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificate {
    /// Where they are in a folder.
    fn in_folder(folder: &Path) -> Self {
        Certificate {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        }
    }

    /// Makes new ones, as the command line does.
    fn make(&self) {
        let mut command = otor();
        command
            .args(["cert", "self-signed", "--force", "--cert"])
            .arg(&self.certificate);
        command.arg("--key").arg(&self.key);
        printed(&command.output().expect("otor can be run"));
    }

    fn read(&self) -> (Vec<u8>, Vec<u8>) {
        let read = |path| fs::read(path).expect("a file");
        (read(&self.certificate), read(&self.key))
    }

    fn write(&self, (certificate, key): &(Vec<u8>, Vec<u8>)) {
        fs::write(&self.certificate, certificate).expect("a file that can be written");
        fs::write(&self.key, key).expect("a file that can be written");
    }

    fn flags(&self) -> [&str; 4] {
        let [certificate, key] =
            [&self.certificate, &self.key].map(|path| path.to_str().expect("a path in UTF-8"));
        ["--tls-cert", certificate, "--tls-key", key]
    }
}

#[test]
fn a_phone_syncs_over_tls_with_the_key_it_pinned_and_with_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = Certificate::in_folder(folder.path());
    files.make();
    let first_certificate = files.read();
    let mut server = RealServer::new(&folder.path().join("data"), &files.flags());
    server.up();
    assert!(server.url().starts_with("https://"), "{}", server.url());
    let administration = Administration::trusting(server.url(), Some(&first_certificate.0));
    found_county(&administration);
    let runtime = Runtime::new().expect("a runtime");
    let phone = runtime.block_on(FieldPhone::invited(&administration, server.url(), "w0", "w0"));
    let pinned = phone.lock().server_pin.expect("a pinned key");
    phone.visit(GRIDS[0], GRIDS[0], "with the first key");
    runtime.block_on(phone.sync());
    assert_eq!(phone.lock().unsent(), Some(0));

    // Somebody else's key on the same address: nothing is sent, nothing is given up.
    server.terminate();
    files.make();
    server.up();
    phone.visit(GRIDS[0], GRIDS[0], "kept on the phone");
    let sent_before = phone.lock().statistics.bytes_up;
    let outcome = runtime.block_on(phone.try_to_sync());
    assert_eq!((outcome.last, outcome.attempts), (Ending::Untrusted, 1));
    assert_eq!(phone.lock().unsent(), Some(1));
    assert_eq!(phone.lock().statistics.bytes_up, sent_before);
    let second_certificate = files.read();
    let administration = Administration::trusting(server.url(), Some(&second_certificate.0));
    assert_eq!(Merged::of(&administration.text("pull")).0.len(), 1);
    // A phone that is enrolled now takes the new key for the server's.
    let later = runtime.block_on(FieldPhone::invited(&administration, server.url(), "w1", "w1"));
    assert_ne!(later.lock().server_pin, Some(pinned));

    // The first key is back, and the first phone goes on; the second does not.
    server.terminate();
    files.write(&first_certificate);
    server.up();
    runtime.block_on(phone.sync());
    assert_eq!(runtime.block_on(later.sync_once()).ending, Ending::Untrusted);
    let administration = Administration::trusting(server.url(), Some(&first_certificate.0));
    let merged = Merged::of(&administration.text("pull"));
    assert_eq!(merged.0.len(), 2);
    merged.assert_sound(&[phone], &administration, &BTreeSet::new());
}
