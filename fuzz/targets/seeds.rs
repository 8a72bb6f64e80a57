//! Writes what the fuzzer starts from, a folder for each reader: `seeds FOLDER`. Prints the names of the readers.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).expect("a folder to write into");
    for name in kadian_fuzz::names() {
        let into = Path::new(&folder).join(name);
        fs::create_dir_all(&into)?;
        for (number, seed) in kadian_fuzz::seeds::of(name).iter().enumerate() {
            fs::write(into.join(format!("seed-{number}")), seed)?;
        }
        println!("{name}");
    }
    Ok(())
}
