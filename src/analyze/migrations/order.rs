//! In which order files run.

/// The version in a path, as numbers that compare: `V1.10__a.sql` is after `V1.9__b.sql`. A file without one runs after those with
/// one, as Flyway's repeatable migrations do; equal versions run by path.
#[must_use]
pub fn version(path: &str) -> (Vec<u64>, String) {
    // Where the folder has the version (Diesel, Prisma), its file has none.
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let numbers = [Some(name), parts.next()].into_iter().flatten().map(leading).find(|numbers| !numbers.is_empty());
    (numbers.unwrap_or_else(|| vec![u64::MAX]), path.to_owned())
}

/// The numbers that a name begins with, after Flyway's letter.
fn leading(name: &str) -> Vec<u64> {
    let rest =
        name.strip_prefix(['V', 'U', 'B', 'v']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(name);
    let end =
        rest.find("__").or_else(|| rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))).unwrap_or(rest.len());
    let number = |text: &str| text.parse().ok();
    rest[..end].split(['.', '_']).take_while(|text| !text.is_empty()).map_while(number).collect()
}
