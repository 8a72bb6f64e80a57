use std::io::BufReader;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    level: LogLevel,
    time: Option<String>,
    message: String,
    details: Vec<String>,
    frame: String,
}

fn read(text: &[u8], buffer: usize) -> Result<(LogSide, Vec<Kept>), ReadError> {
    let mut kept = Vec::new();
    let owned = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let side = read_entries(&mut BufReader::with_capacity(buffer, text), &mut |entry| {
        kept.push(Kept {
            level: entry.level,
            time: entry.time.map(|time| time.to_string()),
            message: owned(entry.message),
            details: entry.details.iter().map(|detail| owned(detail)).collect(),
            frame: owned(entry.frame),
        });
    })?;
    Ok((side, kept))
}

fn entries(text: &str) -> Vec<Kept> {
    read(text.as_bytes(), 8192).unwrap().1
}

fn kept(message: &str, details: &[&str], frame: &str) -> Kept {
    Kept {
        level: LogLevel::Error,
        time: None,
        message: message.to_owned(),
        details: details.iter().map(|detail| (*detail).to_owned()).collect(),
        frame: frame.to_owned(),
    }
}

#[test]
fn a_java_trace_belongs_to_its_entry() {
    let found = entries(
        "10:00:00.000 INFO fine\n10:00:00.001 ERROR c.p.Pay - no money\njava.lang.IllegalStateException: broke\n\tat com.pay.Foo.bar(Foo.java:42)\n\
         \tat com.pay.Main.main(Main.java:1)\nCaused by: java.io.IOException: closed\n\tat x.Y.z(Y.java:1)\n\t... 3 more\n10:00:00.002 INFO fine\n",
    );
    let details = ["java.lang.IllegalStateException: broke", "java.io.IOException: closed"];
    assert_eq!(found, [kept("c.p.Pay - no money", &details, "at com.pay.Foo.bar(Foo.java:42)")]);
}

#[test]
fn a_python_trace_ends_with_its_frame_and_its_exception() {
    let trace = "Traceback (most recent call last):\n  File \"a.py\", line 1, in main\n    pay()\n  File \"b.py\", line 2, in pay\n    raise X\nValueError: broke\n";
    let (side, found) = read(format!("ERROR:root:no money\n{trace}INFO:root:x\n{trace}started\n").as_bytes(), 8192).unwrap();
    let frame = "File \"b.py\", line 2, in pay";
    assert_eq!(
        found,
        [
            kept("root:no money", &["ValueError: broke"], frame),
            kept("Traceback (most recent call last):", &["ValueError: broke"], frame)
        ]
    );
    assert_eq!((side.lines, side.errors, side.quiet, side.unlevelled), (15, 2, 1, 1));
}

#[test]
fn panics_of_go_and_rust_stand_alone_and_end_what_came_before() {
    let found = entries(
        "2026-01-02T03:04:05Z INFO x\npanic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.pay(0xc000)\n\t/src/a.go:12 +0x1d\nexit status 2\n\
         2026-01-02T03:04:05Z ERROR y\nthread 'main' panicked at src/a.rs:10:5:\nno money\nnote: run with `RUST_BACKTRACE=1`\n2026-01-02T03:04:05Z INFO x\n",
    );
    assert_eq!(
        found[0],
        Kept { level: LogLevel::Fatal, ..kept("panic: runtime error: index out of range [3]", &[], "main.pay") }
    );
    assert_eq!((found[1].message.as_str(), found[1].time.as_deref()), ("y", Some("2026-01-02T03:04:05Z")));
    assert_eq!(found[2], kept("thread 'main' panicked at src/a.rs:10:5:", &["no money"], ""));
    assert_eq!(found.len(), 3);
}

#[test]
fn node_and_dotnet_write_in_their_own_ways() {
    let found = entries(
        "TypeError: x is not a function\n    at pay (src/a.js:10:5)\n    at main (src/b.js:1:1)\nlistening\nfail: Pay.Service[0]\n      no money\n",
    );
    assert_eq!(
        found,
        [kept("TypeError: x is not a function", &[], "at pay (src/a.js:10:5)"), kept("Pay.Service[0]", &["no money"], "")]
    );
}

#[test]
fn structured_entries_give_message_error_and_stack() {
    let (side, found) = read(
        br#"{"level":"info","time":"2026-01-02T03:04:05Z","msg":"x"}
{"level":"error","time":"2026-01-02T03:04:06Z","msg":"no money","error":"EOF","stack":"a.B: c\n\tat d.E.f(E.java:1)"}
{"message":"TypeError: x"}
{"log":"E0102 03:04:05.678901 7 a.go:1] wrapped\n","stream":"stderr","time":"2026-01-02T03:04:07Z"}
{"broken
level=error ts=2026-01-02T03:04:08Z msg="no money"
"#,
        8192,
    )
    .unwrap();
    let messages: Vec<_> = found.iter().map(|entry| entry.message.as_str()).collect();
    assert_eq!(messages, ["no money", "TypeError: x", "wrapped", "level=error ts=2026-01-02T03:04:08Z msg=\"no money\""]);
    assert_eq!(found[0].details, ["EOF", "a.B: c"]);
    assert_eq!(found[0].frame, "at d.E.f(E.java:1)");
    assert_eq!(found[2].time.as_deref(), Some("2026-01-02T03:04:07Z"));
    assert_eq!((side.first.as_deref(), side.quiet), (Some("2026-01-02T03:04:05Z"), 1));
}

#[test]
fn what_container_runtimes_write_in_front_is_stepped_over() {
    let (side, found) = read(
        b"2026-01-02T03:04:05.123456789Z stderr F {\"level\":\"error\",\"msg\":\"no money\"}\n\
          2026-01-02T03:04:06.1Z stdout F 2026-01-02T01:00:00Z ERROR no change\n\
          2026-01-02T03:04:06.1Z stdout F \tat a.B.c(B.java:1)\n2026-01-02T03:04:07Z stdout F INFO fine\n",
        8192,
    )
    .unwrap();
    let told: Vec<_> = found.iter().map(|entry| (entry.message.as_str(), entry.frame.as_str(), entry.time.as_deref())).collect();
    let own = Some("2026-01-02T01:00:00Z");
    assert_eq!(told, [("no money", "", Some("2026-01-02T03:04:05.123456789Z")), ("no change", "at a.B.c(B.java:1)", own)]);
    assert_eq!((side.last.as_deref(), side.quiet), (Some("2026-01-02T03:04:07Z"), 1));
}

#[test]
fn colours_and_a_mark_in_front_do_not_hide_a_level() {
    let found = entries("\u{feff}\u{1b}[31mERROR\u{1b}[0m no money\n\u{1b}]0;title\u{7}\u{1b}[1;33mWARN\u{1b}[m low\n");
    assert_eq!(found[0], kept("no money", &[], ""));
    assert_eq!((found[1].level, found[1].message.as_str()), (LogLevel::Warning, "low"));
}

#[test]
fn nothing_and_compressed_bytes_are_errors() {
    for text in [&b""[..], b"\n \n", b"\x1f\x8b\x08\x00abc\n", b"\x1f\x8b"] {
        assert!(read(text, 8192).is_err(), "{text:?}");
    }
}

#[test]
fn endless_lines_and_traces_are_cut_and_counted() {
    let long = format!("ERROR {}\n", "x".repeat(1 << 20));
    let (side, found) = read(long.as_bytes(), 8192).unwrap();
    assert_eq!((side.cut, found[0].message.len()), (1, MAX_TEXT));
    let deep = format!("ERROR x\n{}ValueError: last\n", "  File \"a.py\", line 1, in f\n".repeat(10_000));
    let (side, found) = read(deep.as_bytes(), 8192).unwrap();
    assert_eq!((side.cut, side.errors), (1, 1));
    assert_eq!(found[0].details, ["ValueError: last"]);
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("2026-01-02T03:04:05Z ERROR no money for 17".to_owned()),
        Just("2026-01-02T03:04:05Z INFO fine".to_owned()),
        Just("\tat com.pay.Foo.bar(Foo.java:42)".to_owned()),
        Just("Caused by: a.BException: c".to_owned()),
        Just("Traceback (most recent call last):".to_owned()),
        Just("panic: x".to_owned()),
        Just(r#"{"level":"error","msg":"a\nb","stack":"E\n\tat f"}"#.to_owned()),
        Just("\u{1b}[31mERROR\u{1b}[0m x".to_owned()),
        "\\PC{0,40}",
        "[\\[\\]<>{}\":=,. A-Za-z0-9\\\\]{0,40}",
    ];
    prop::collection::vec(line, 0..30).prop_map(|lines| lines.join("\n").into_bytes())
}

proptest! {
    #[test]
    fn how_the_bytes_arrive_does_not_matter(text in lines(), buffer in 1_usize..64) {
        prop_assert_eq!(read(&text, buffer), read(&text, 1 << 16));
    }

    #[test]
    fn every_entry_is_counted_once(text in lines()) {
        if let Ok((side, found)) = read(&text, 64) {
            prop_assert_eq!(side.errors + side.warnings, found.len() as u64);
            prop_assert_eq!(side.bytes, text.len() as u64);
            prop_assert!(side.errors + side.warnings + side.quiet + side.unlevelled <= side.lines + 1000);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(text in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&text, 7);
    }
}
