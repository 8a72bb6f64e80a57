//! Fuzzes one reader, which `KADIAN_FUZZ` names. One binary for all of them: a new format is fuzzed without another word, and nothing
//! is linked forty times.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static NAME: LazyLock<String> = LazyLock::new(|| {
    let name = std::env::var("KADIAN_FUZZ").unwrap_or_default();
    assert!(kadian_fuzz::names().contains(&name.as_str()), "KADIAN_FUZZ names no reader: expected one of {:?}", kadian_fuzz::names());
    name
});

fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = kadian_fuzz::check(&NAME, bytes) {
        panic!("{}: {broken}", *NAME);
    }
});
