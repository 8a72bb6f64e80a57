//! A repository with everything that git can store, made from a fixed seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The numbers of a fixed sequence (xorshift64*).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % end
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

type Tree = BTreeMap<Vec<u8>, (u32, Vec<u8>)>;

/// Lines that repeat, so that there is more than one way to tell what has changed.
const LINES: [&str; 24] = [
    "fn main() {",
    "}",
    "",
    "    let a = 1;",
    "    let b = 2;",
    "    if a > b {",
    "        return;",
    "    }",
    "\tindented()",
    "    // why",
    "    for i in 0..10 {",
    "        call(i);",
    "@@ -1 +1 @@",
    "--- a/x",
    "+++ b/x",
    "diff --git a/x b/x",
    "\\ No newline at end of file",
    "    end",
    "def f(x):",
    "    return x",
    "#",
    "Binary files a and b differ",
    "Subproject commit 1",
    "    }  ",
];

const NAMES: [&[u8]; 16] = [
    b"mod.rs",
    b"main.rs",
    b"a b.txt",
    b"x b/y.c",
    b"q\"uote",
    b"tab\there",
    b"\xff\xfe.bin",
    b"back\\slash",
    "卡点.md".as_bytes(),
    b"b/b b/b",
    b"new\nline",
    b" lead",
    b"trail ",
    b"lib.rs",
    b"-dash",
    b"a-b",
];

const DIRECTORIES: [&[u8]; 7] = [b"", b"src/", b"src/deep/", b"lib/", b"a b/", b"d\xe9/", b"lib/src/"];

/// A stream for `git fast-import`: a linear history on `refs/heads/main`.
pub(super) fn history(seed: u64, commits: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let (mut tree, mut stream) = (Tree::new(), Vec::new());
    for number in 0..commits {
        let before = tree.clone();
        for _ in 0..2 + random.below(7) {
            step(&mut random, &mut tree, number);
        }
        write(&mut stream, &before, &tree, number);
    }
    stream
}

fn write(stream: &mut Vec<u8>, before: &Tree, after: &Tree, number: usize) {
    let mut header = String::new();
    let _ = write!(header, "commit refs/heads/main\ncommitter C <c@d> {} +0100\ndata 2\nm\n", 1_700_000_000 + number);
    stream.extend_from_slice(header.as_bytes());
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        stream.extend_from_slice(format!("D {}\n", quoted(path)).as_bytes());
    }
    for (path, (mode, content)) in after.iter().filter(|(path, entry)| before.get(*path) != Some(entry)) {
        if *mode == 0o160_000 {
            let id = String::from_utf8_lossy(content);
            stream.extend_from_slice(format!("M 160000 {id} {}\n", quoted(path)).as_bytes());
        } else {
            stream.extend_from_slice(format!("M {mode:o} inline {}\ndata {}\n", quoted(path), content.len()).as_bytes());
            stream.extend_from_slice(content);
            stream.push(b'\n');
        }
    }
    stream.push(b'\n');
}

/// Every byte escaped: fast-import reads git's quotes.
fn quoted(path: &[u8]) -> String {
    path.iter().fold("\"".to_owned(), |text, byte| text + &format!("\\{byte:03o}")) + "\""
}

/// A path that is free: neither taken, nor a directory, nor below a file.
fn free_path(random: &mut Random, tree: &Tree) -> Vec<u8> {
    loop {
        let mut path = random.pick(&DIRECTORIES).to_vec();
        if random.below(2) == 0 {
            path.extend_from_slice(random.pick(&NAMES));
        } else {
            path.extend_from_slice(format!("f{}.rs", random.below(400)).as_bytes());
        }
        let below = [path.as_slice(), b"/"].concat();
        let parents = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').any(|(at, _)| tree.contains_key(&path[..at]));
        if !tree.contains_key(&path) && !tree.keys().any(|other| other.starts_with(&below)) && !parents {
            return path;
        }
    }
}

fn text(random: &mut Random, lines: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..lines {
        if random.below(3) == 0 {
            text.extend_from_slice(format!("    value_{} = {}", random.below(60), random.below(10)).as_bytes());
        } else {
            text.extend_from_slice(random.pick(&LINES).as_bytes());
        }
        text.push(b'\n');
    }
    text
}

fn content(random: &mut Random) -> Vec<u8> {
    match random.below(12) {
        0 => Vec::new(),
        1 => (0..random.below(400)).map(|_| u8::try_from(random.below(256)).unwrap()).chain([0, 1]).collect(),
        2 => {
            let lines = random.below(30);
            let mut text = text(random, lines);
            text.pop();
            text
        }
        3 => {
            let lines = random.below(30);
            String::from_utf8(text(random, lines)).unwrap().replace('\n', "\r\n").into_bytes()
        }
        4 => vec![b'x'; random.below(300)],
        _ => {
            let lines = 1 + random.below(120);
            text(random, lines)
        }
    }
}

/// Inserts, removes, replaces or moves some lines.
fn edit(random: &mut Random, content: &[u8], times: usize) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = content.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..times {
        let at = random.below(lines.len() + 1);
        let end = (at + random.below(5)).min(lines.len());
        let count = 1 + random.below(4);
        let fresh = text(random, count).split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
        match random.below(4) {
            0 => drop(lines.splice(at..at, fresh)),
            1 => drop(lines.drain(at..end)),
            2 => drop(lines.splice(at..end, fresh)),
            _ => {
                let moved: Vec<_> = lines.drain(at..end).collect();
                let to = random.below(lines.len() + 1);
                lines.splice(to..to, moved);
            }
        }
    }
    lines.concat()
}

fn step(random: &mut Random, tree: &mut Tree, number: usize) {
    let paths: Vec<Vec<u8>> = tree.keys().cloned().collect();
    if paths.len() < 12 {
        let path = free_path(random, tree);
        tree.insert(path, (0o100_644, content(random)));
        return;
    }
    let path = paths[random.below(paths.len())].clone();
    let (mode, old) = tree[&path].clone();
    let regular = mode & 0o170_000 == 0o100_000;
    match random.below(24) {
        0..=7 if regular => {
            let times = 1 + random.below(6);
            tree.insert(path, (mode, edit(random, &old, times)));
        }
        8 | 9 => {
            let fresh = free_path(random, tree);
            tree.insert(fresh, (0o100_644, content(random)));
        }
        10 => drop(tree.remove(&path)),
        11 | 12 => {
            tree.remove(&path);
            let fresh = free_path(random, tree);
            tree.insert(fresh, (mode, old));
        }
        13 | 14 if regular => {
            tree.remove(&path);
            let times = 1 + random.below(10);
            let edited = edit(random, &old, times);
            // Half of them keep their name and move to another directory.
            let name = path.rsplit(|&byte| byte == b'/').next().unwrap().to_vec();
            let moved = [random.pick(&DIRECTORIES), name.as_slice()].concat();
            let free = !tree.contains_key(&moved) && !tree.keys().any(|other| other.starts_with(&[&moved[..], b"/"].concat()));
            let target = if free && random.below(2) == 0 && !name.is_empty() { moved } else { free_path(random, tree) };
            tree.insert(target, (mode, edited));
        }
        15 if regular => {
            let fresh = free_path(random, tree);
            tree.insert(fresh, (mode, edit(random, &old, 1)));
        }
        16 if regular => drop(tree.insert(path, (mode ^ 0o111, old))),
        17 if regular => {
            let joined =
                old.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect::<Vec<_>>();
            let end: &[u8] = if random.below(2) == 0 { b"\r\n" } else { b"\n" };
            tree.insert(path, (mode, joined.join(end)));
        }
        18 if regular => {
            let cut = old.strip_suffix(b"\n").map_or_else(|| [old.as_slice(), b"\n"].concat(), <[u8]>::to_vec);
            tree.insert(path, (mode, cut));
        }
        19 => drop(tree.insert(path, (0o120_000, format!("target {}", random.below(3)).into_bytes()))),
        20 => {
            let id = format!("{:040x}", 1 + number * 7 + random.below(3));
            tree.insert(path, (0o160_000, id.into_bytes()));
        }
        21 => drop(tree.insert(path, (0o100_644, content(random)))),
        22 => {
            // A file becomes a directory.
            tree.remove(&path);
            let below = [path.as_slice(), b"/inside"].concat();
            tree.insert(below, (0o100_644, if regular { old } else { content(random) }));
        }
        _ => {
            // A directory moves.
            let (from, to) = (random.pick(&DIRECTORIES[1..]), format!("moved{number}/"));
            let inside: Vec<_> = tree.keys().filter(|path| path.starts_with(from)).cloned().collect();
            for path in inside {
                if let Some(entry) = tree.remove(&path) {
                    tree.insert([to.as_bytes(), &path[from.len()..]].concat(), entry);
                }
            }
        }
    }
}
