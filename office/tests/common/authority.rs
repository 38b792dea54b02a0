//! A certificate authority of a test, and what it issues, as PEM files.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::path::{Path, PathBuf};

/// Writes a new authority's certificate and one that it issues for `localhost`: `NAME-root.pem`, `NAME.pem`, `NAME.key`. Gives their paths.
pub(crate) fn issue(folder: &Path, name: &str) -> [PathBuf; 3] {
    let params = |called: &str, names: &[&str]| {
        let mut p = CertificateParams::new(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).unwrap();
        p.distinguished_name.push(DnType::CommonName, called);
        p
    };
    let (mut root, key) = (params(&format!("{name} root"), &[]), KeyPair::generate().unwrap());
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_pem = root.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(root, key);
    let key = KeyPair::generate().unwrap();
    let issued = params(name, &["localhost"]).signed_by(&key, &issuer).unwrap();
    let files = [format!("{name}-root.pem"), format!("{name}.pem"), format!("{name}.key")].map(|f| folder.join(f));
    for (file, text) in files.iter().zip([root_pem, issued.pem(), key.serialize_pem()]) {
        std::fs::write(file, text).unwrap();
    }
    files
}
