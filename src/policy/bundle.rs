//! Policy bundles: `.tar.gz` as OPA builds them.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use super::{Origin, SourceFile};
use crate::error::{Error, Result};

/// All policies of a bundle together; far above any real one, far below what a bomb unpacks to.
const LIMIT: u64 = 64 << 20;

/// Whether the name is that of a bundle.
#[must_use]
pub fn is_bundle(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tgz"))
        || name.to_lowercase().ends_with(".tar.gz")
}

/// Reads the `.rego` files of a bundle in memory: nothing is unpacked to disk, so a path in it cannot lead anywhere.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<SourceFile>> {
    let failed = |error: std::io::Error| {
        Error::new(format!("{name}: not a readable bundle: {error}")).hint("a bundle is a .tar.gz of .rego files")
    };
    // All of it first: only the end of the stream holds the checksum, and only there does a cut file show.
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).take(LIMIT + 1).read_to_end(&mut unpacked).map_err(failed)?;
    if unpacked.len() as u64 > LIMIT {
        return Err(Error::new(format!("{name}: unpacks to more than {} MiB", LIMIT >> 20)).hint("a bundle holds policies only"));
    }
    let mut archive = tar::Archive::new(unpacked.as_slice());
    let mut files = Vec::new();
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let path = entry.path().map_err(failed)?.to_string_lossy().trim_start_matches(['/', '.']).to_owned();
        if !entry.header().entry_type().is_file() || Path::new(&path).extension().is_none_or(|ending| ending != "rego") {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).map_err(failed)?;
        files.push(SourceFile { path: format!("{name}:{path}"), text, origin: Origin::User });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
