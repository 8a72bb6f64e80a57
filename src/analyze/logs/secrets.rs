//! Taking secrets out of what logs say, before anything of it is kept.
//!
//! The forms are those that gitleaks and trufflehog publish rules for: this is a second line of defence, for decisions, comments and
//! artifacts that more people read than the log. It rather masks too much.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What stands in a secret's place.
pub(super) const MASK: &str = "***";

/// Every alternative names what is kept in front of the secret as one of the groups `k…`; groups `t…` are checked again.
const PATTERN: &str = r#"(?x)
    # A private key to its end, or to the end of what there is.
    (?s:-----BEGIN [A-Z0-9\x20]*(?:PRIVATE\x20KEY|CERTIFICATE)[A-Z\x20]*-----.*?(?:-----END [A-Z0-9\x20]*-----|\z))
    # Scheme and user information of an address, with the password as greedy as it may be.
  | (?P<k1>\b[A-Za-z][A-Za-z0-9+.-]*://)[^\s/?\#"'<>]*@
  | (?P<k2>\b[A-Za-z][A-Za-z0-9+.-]*://)[^\s:/@"'<>]*:[^\s@"'<>]+@
    # Headers, whatever their scheme, to the end of the value.
  | (?P<k3>(?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-[a-z-]*(?:key|token|auth|secret)[a-z-]*)\\?["']?\s*(?:[:=]|=>|,)\s*\\?["'\[]{0,2})
      [^"'\\\r\n\],}]+
    # Schemes of authorization without their header.
  | (?P<k4>(?i:\b(?:bearer|basic|digest|negotiate)\s+))[A-Za-z0-9._~+/=-]{6,}
    # A word that names a secret, and its value: quoted, in brackets, or up to the next separator.
  | (?P<k5>(?i:[\w.-]*(?:pass(?:wor[dt]|wd|phrase|code)?|pwd|secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|account[_.-]?key
        |encryption[_.-]?key|signing[_.-]?key|credentials?|session[_.-]?id|auth|jwt|signature|cvv|cvc|pin|otp|ssn)(?:[_.-]?(?:id|key|value|hash))?)
      (?:\\*["'])?\s*(?:=>|:=|%3[dD]|[:=])\s*)
      (?:\\+"(?:[^"\\]|\\[^"])*(?:\\+")?|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|\[[^\]]*\]?|[^\s,;&|<>()\[\]{}"'`\\]+)
  | (?P<k6>(?i:\b(?:password|passwd|passphrase|secret|token)\s+(?:is|was|for\s+\S+\s+is)\s+))\S+
    # An option of a command line.
  | (?P<k7>(?i:--?(?:password|passwd|pass|token|secret|api-key|apikey)\s+))\S+
    # Tokens that say what they are.
  | \beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}
  | \b(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}
  | \b(?:gh[pousr]_|github_pat_|glpat-|glrt-|xox[abeoprs]-|xapp-|[srp]k_(?:live|test)_|whsec_|rk_live_|npm_|pypi-|dop_v1_|hf_|sk-|SG\.|ya29\.|AIza|shpat_|hvs\.|dckr_pat_|lin_api_|EAAC)[A-Za-z0-9._-]{10,}
    # An address of electronic mail.
  | [A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}
    # Digits in the length of a card's number, with the blanks that people write.
  | \b[0-9](?:[\x20-]?[0-9]){12,18}\b
    # What looks like chance.
  | (?P<t1>[A-Za-z0-9+/_=-]{32,})
"#;

static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PATTERN).ok());

/// What stands in every text with a secret that [`PATTERN`] finds, apart from what [`may_hide`] counts itself. It is written for speed:
/// no groups, no counted repetitions, bytes only, so that its automaton stays small.
const HINT: &str = r#"(?x-u)
    -----BEGIN
  | ://
  | (?i:authorization|cookie|\bx-[a-z-]*(?:key|token|auth|secret))
  | (?i:\b(?:bearer|basic|digest|negotiate)\s)
  | (?i:(?:pass(?:wor[dt]|wd|phrase|code)?|pwd|secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|account[_.-]?key
        |encryption[_.-]?key|signing[_.-]?key|credentials?|session[_.-]?id|auth|jwt|signature|cvv|cvc|pin|otp|ssn)(?:[_.-]?(?:id|key|value|hash))?)
      (?:\\*["'])?\s*(?:%3[dD]|[:=])
  | (?i:\b(?:password|passwd|passphrase|secret|token)\s+(?:is|was|for)\s)
  | -(?i:password|passwd|pass|token|secret|api-key|apikey)\s
  | \beyJ
  | \b(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]
  | \b(?:gh[pousr]_|github_pat_|glpat-|glrt-|xox[abeoprs]-|xapp-|[srp]k_|whsec_|npm_|pypi-|dop_v1_|hf_|sk-|SG\.|ya29\.|AIza|shpat_|hvs\.|dckr_pat_|lin_api_|EAAC)
"#;

static HINTED: LazyLock<Option<regex::bytes::Regex>> = LazyLock::new(|| regex::bytes::Regex::new(HINT).ok());

/// Whether [`masked`] might change the text. False is certain, and found in a fraction of the time that masking takes; true is not.
pub(super) fn may_hide(text: &[u8]) -> bool {
    /// One less than the shortest run that `PATTERN` takes for chance.
    const LONGEST_RUN: u32 = 31;
    /// One less than the digits of the shortest card number.
    const MOST_DIGITS: u32 = 12;
    let (mut run, mut digits, mut before) = (0, 0, 0);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                run += 1;
            }
            b' ' | b'-' => {
                // One separator joins digits.
                digits = if matches!(before, b' ' | b'-') { 0 } else { digits };
                run = if *byte == b'-' { run + 1 } else { 0 };
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'+' | b'/' | b'_' | b'=' => {
                digits = 0;
                run += 1;
            }
            b'@' | 0x80.. | 0..=0x09 | 0x0b..=0x1f | 0x7f => return true,
            _ => (digits, run) = (0, 0),
        }
        if run > LONGEST_RUN || digits > MOST_DIGITS {
            return true;
        }
        before = *byte;
    }
    HINTED.as_ref().is_none_or(|hinted| hinted.is_match(text))
}

/// The text with every secret replaced by `***`, without terminal escapes and without characters that nobody sees. Line ends stay.
///
/// What cannot be told from a secret is masked too; a password of several words without quotes loses only its first word, and a
/// secret that nothing announces and that looks like a word is not seen.
pub(super) fn masked(text: &[u8]) -> String {
    if may_hide(text) { thoroughly_masked(text) } else { String::from_utf8_lossy(text).into_owned() }
}

fn thoroughly_masked(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let visible = visible(&text);
    let Some(secret) = SECRET.as_ref() else { return MASK.to_owned() };
    // The groups in their order: the whole, `k1` to `k7`, `t1`.
    let mut groups = secret.capture_locations();
    let (mut out, mut at) = (String::with_capacity(visible.len()), 0);
    while let Some(found) = secret.captures_read_at(&mut groups, &visible, at) {
        out.push_str(&visible[at..found.start()]);
        let kept = (1..=7).find_map(|group| groups.get(group)).map(|(from, to)| &visible[from..to]);
        match (kept, groups.get(8)) {
            (None, Some(_)) if !is_random(found.as_str()) => out.push_str(found.as_str()),
            (kept, _) => {
                out.push_str(kept.unwrap_or_default());
                out.push_str(MASK);
                if kept.is_some() && found.as_str().ends_with('@') {
                    out.push('@');
                }
            }
        }
        at = found.end();
    }
    out.push_str(&visible[at..]);
    out
}

/// Whether a long run of letters and digits looks like chance and not like a path or a name.
fn is_random(text: &str) -> bool {
    let count = |of: fn(&u8) -> bool| text.bytes().filter(of).count();
    let (digits, upper, lower) = (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    // The words of a path are long; chance has a sign, a digit or a capital every few letters.
    let longest = text.split(|c: char| !c.is_ascii_lowercase()).map(str::len).max().unwrap_or(0);
    let mixed = digits > 0 && upper > 1 && lower > 1 && longest < if digits > 1 { 8 } else { 6 };
    (hexadecimal && digits > 3) || mixed || (longest > 30 && !text.contains(['/', '_', '-']))
}

/// Without terminal escapes, control characters (line ends excepted) and characters that only change how others look.
fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let plain = crate::evidence::logs::without_escapes(text.as_bytes());
    let plain = String::from_utf8_lossy(&plain);
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '\t' => out.push(' '),
            c if hidden(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mask(text: &str) -> String {
        masked(text.as_bytes())
    }

    #[test]
    fn the_usual_hiding_places_are_masked_and_the_rest_stays() {
        for (text, wanted) in [
            ("login failed password=hunter2 for bob", "login failed password=*** for bob"),
            ("db_password : 'hunter 2', next", "db_password : ***, next"),
            (r#"{"client_secret":"hunter2","a":1}"#, r#"{"client_secret":***,"a":1}"#),
            (r#"body {\"password\":\"hunter2\",\"a\":1}"#, r#"body {\"password\":***,\"a\":1}"#),
            ("PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"),
            ("?api_key=hunter2&x=1", "?api_key=***&x=1"),
            ("token%3Dhunter2", "token%3D***"),
            ("Authorization: Bearer hunter2.hunter2", "Authorization: ***"),
            ("\"Authorization\": \"Basic aHVudGVyMg==\", x", "\"Authorization\": \"***\", x"),
            ("Cookie: a=hunter2; b=hunter2", "Cookie: ***"),
            ("x-api-key: hunter2", "x-api-key: ***"),
            ("sent Bearer hunter2hunter2 off", "sent Bearer *** off"),
            ("postgres://pay:hunter2@db/pay", "postgres://***@db/pay"),
            ("redis://:hun/ter2@db", "redis://***@db"),
            ("amqp://pay:hun@ter2@db/x", "amqp://***@db/x"),
            ("the password is hunter2", "the password is ***"),
            ("mysql --password hunter2 -h db", "mysql --password *** -h db"),
            ("mail to jane.doe+x@pay.example.com now", "mail to *** now"),
            ("card 4111 1111 1111 1111 and 4111111111111111", "card *** and ***"),
            ("key AKIAIOSFODNN7EXAMPLE used", "key *** used"),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "***"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF-123 x", "jwt *** x"),
            ("ghp_abcdefghij0123456789 xoxb-1234567890-abc sk_live_abcdefghij", "*** *** ***"),
            ("a -----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY----- b", "a *** b"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2", "***"),
            ("pass\u{200b}word=hunter2 pass\u{1b}[0mword=hunter2", "password=*** password=***"),
        ] {
            assert_eq!(mask(text), wanted, "{text}");
            assert!(may_hide(text.as_bytes()), "{text}");
        }
        for text in [
            "passed 3 of 4 in /usr/local/lib/python3/site-packages/pay/handlers/refund.py",
            "Unexpected token } in JSON",
            "com.example.payment.service.internal.PaymentServiceImpl failed",
            "at com.pay.Foo.bar(Foo.java:42)",
            "2026-01-02T03:04:05.678Z took 17 ms",
            "https://pay.example.com/a?b=c",
            "some_very_long_snake_case_identifier_of_a_metric",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn what_hides_nothing_is_seen_at_once() {
        for text in [
            "payment of account 4711 failed: no money left after 17 ms",
            "connection to db-3.internal:5432 refused (attempt 2 of 5)",
            "pages of the passport are missing, author unknown, 2026-01-02 03:04:05",
            "at com.pay.Foo.bar(Foo.java:42)",
        ] {
            assert!(!may_hide(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_planted_secret_never_shows(
            before in "[a-z ]{0,20}",
            name in prop::sample::select(vec!["password", "DB_PASSWORD", "api-key", "apiKey", "client_secret", "access_token", "Passwd", "private_key"]),
            join in prop::sample::select(vec!["=", ": ", "\":\"", "\\\":\\\"", " = '", ":=", "=\"", "%3D", "\": \"", " => '"]),
            secret in "[A-Za-z0-9!$%^*+/_-]{6,40}",
            after in prop::sample::select(vec!["", " then", "\" then", "' x", ", x", "&y=1", "\n next"]),
        ) {
            let secret = format!("Q{secret}7");
            let text = format!("{before} {name}{join}{secret}{after}");
            let shown = mask(&text);
            prop_assert!(!shown.contains(&secret), "{text} gives {shown}");
        }

        #[test]
        fn a_quick_look_overlooks_nothing(parts in prop::collection::vec(
            prop_oneof![
                4 => prop::sample::select(vec![
                    "password", "Token", "SECRET", "api-key", "private.key", "x-my-auth", "Cookie", "authorization", "bearer", "is", "for",
                    "was", "--pass", "-token", "http://", "a:b@c", "eyJ", "AKIA", "ghp_", "sk-", "SG.", "pk_live_", "rk_live_", "me@pay.example",
                    "-----BEGIN", "PRIVATE KEY-----", "CERTIFICATE", "session_id", "jwt", "pin", "_id", "hash", "Value", "%3D", "\u{17f}",
                ]),
                3 => prop::sample::select(vec![" ", "  ", "=", ":", ": ", " = ", "=>", ":=", "\"", "'", "\\\"", "-", ".", "_", "\n", ",", "(", "["]),
            ].prop_map(str::to_owned),
            0..8,
        ), random in "[A-Za-z0-9+/_=-]{0,40}|[0-9 -]{0,24}|[ -~\n]{0,30}") {
            let text = parts.concat() + &random;
            prop_assert_eq!(masked(text.as_bytes()), thoroughly_masked(text.as_bytes()));
            let text = random + &parts.concat();
            prop_assert_eq!(masked(text.as_bytes()), thoroughly_masked(text.as_bytes()));
        }

        #[test]
        fn nothing_hidden_is_left(text in "\\PC{0,60}|[\u{0}-\u{20}\u{7f}-\u{a0}\u{200b}-\u{206f}a-z\\[;]{0,60}") {
            let shown = mask(&text);
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
        }
    }
}
