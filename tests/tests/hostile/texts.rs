//! What people hand in: CSV imports, traces, settings.

use super::try_hard;
use otor_server::service::import;
use otor_server::settings::{ServeFlags, Settings};
use otor_sim::trace::Trace;
use std::fs;
use std::path::Path;

#[test]
fn imports_of_areas_and_workers() {
    let seeds = [
        "code,name,level\n150821100201001,第一网格,grid\n",
        "\u{feff}level,code,name,more\r\n,150821,\"五原县, \"\"x\"\"\",1\r\n",
        "code,name,areas\nw-017,Li Hua,150821100201001;150821100201002\n",
    ];
    let seeds = seeds.map(|seed| seed.as_bytes().to_vec());
    try_hard("imports", &seeds, |bytes| {
        let _ = import::areas(bytes);
        let _ = import::workers(bytes);
    });
}

#[test]
fn traces() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/traces");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut paths: Vec<_> = files.filter(|path| path.is_file()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| fs::read(path).unwrap();
    let mut seeds: Vec<Vec<u8>> = paths.iter().map(read).filter(|text| text.len() < 6_000).collect();
    seeds.truncate(8);
    try_hard("traces", &seeds, |bytes| {
        let _ = Trace::parse(&String::from_utf8_lossy(bytes), &["ideal", "lte_edge"]);
    });
}

#[test]
fn config_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("otor.toml");
    let seed =
        b"data = \"/var/lib/otor\"\nlisten = \"0.0.0.0:8340\"\ncache_mib = 7\nreserve_mib = 0\n".to_vec();
    try_hard("settings", &[seed], |bytes| {
        fs::write(&path, bytes).unwrap();
        let flags = ServeFlags {
            config: Some(path.clone()),
            ..ServeFlags::default()
        };
        let _ = Settings::load(&flags, []);
    });
}
