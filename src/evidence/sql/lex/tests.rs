use super::*;

/// The items of a text, each as its kind's first letter and its text.
fn items(text: &str, dialect: SqlDialect) -> Vec<String> {
    let mut lexer = Lexer::new(text, dialect);
    let mut found = Vec::new();
    loop {
        let (mark, start, end) = match lexer.next() {
            Item::Token(token) => {
                let mark = match token.kind {
                    Kind::Word => 'w',
                    Kind::Quoted => 'q',
                    Kind::Text => 't',
                    Kind::Number => 'n',
                    Kind::Param => 'p',
                    Kind::Template => 'm',
                    Kind::Op => 'o',
                };
                (mark, token.start, token.end)
            }
            Item::Comment { start, end } => ('c', start, end),
            Item::VersionStart { start, end } => ('v', start, end),
            Item::VersionEnd { start, end } => ('V', start, end),
            Item::TemplateCode { start, end } => ('T', start, end),
            Item::Delimiter { start, end } => ('d', start, end),
            Item::Command { start } => ('\\', start, start + 1),
            Item::Control { start } => ('x', start, start + 1),
            Item::Unclosed { start, end, .. } => ('!', start, end),
            Item::End => return found,
        };
        found.push(format!("{mark} {}", &text[start..end]));
    }
}

use SqlDialect::{Mysql, Postgres, Sqlite};

#[test]
fn dollar_quotes_and_escapes_of_postgres() {
    assert_eq!(items("a $x$ it's $$ $x$ b", Postgres), ["w a", "t $x$ it's $$ $x$", "w b"]);
    assert_eq!(items(r"E'a\'b' 'c\' d", Postgres), [r"t E'a\'b'", r"t 'c\'", "w d"]);
    assert_eq!(items("U&'\\0041' U&\"x\" a$b$c", Postgres), ["t U&'\\0041'", "q U&\"x\"", "w a$b$c"]);
    assert_eq!(items("$1::int", Postgres), ["p $1", "o ::", "w int"]);
}

#[test]
fn comments_nest_in_postgres_only() {
    assert_eq!(items("/* a /* b */ c */ d", Postgres), ["c /* a /* b */ c */", "w d"]);
    assert_eq!(items("/* a /* b */ c", Mysql), ["c /* a /* b */", "w c"]);
}

#[test]
fn mysql_has_comments_and_strings_of_its_own() {
    assert_eq!(items("a # b\n'c\\'d' \"e\" `f``g`", Mysql), ["w a", "c # b", "t 'c\\'d'", "t \"e\"", "q `f``g`"]);
    assert_eq!(items("5--1 -- c\n--\n--x", Mysql), ["n 5", "o -", "o -", "n 1", "c -- c", "c --", "o -", "o -", "w x"]);
    assert_eq!(items("1st_x 1e5 0xff 2fa", Mysql), ["w 1st_x", "n 1e5", "n 0xff", "w 2fa"]);
}

#[test]
fn version_comments_are_code() {
    assert_eq!(items("/*!50100 a */ b", Mysql), ["v /*!50100", "w a", "V */", "w b"]);
    assert_eq!(items("/*M!100100 a*/", Mysql), ["v /*M!100100", "w a", "V */"]);
    assert_eq!(items("/*M!999999\\- enable the sandbox mode */ a", Mysql), ["c /*M!999999\\- enable the sandbox mode */", "w a"]);
    assert_eq!(items("/*! a */ b", Postgres), ["c /*! a */", "w b"]);
}

#[test]
fn placeholders_are_told_from_operators() {
    assert_eq!(
        items("a = :x AND b::int = :'y'", Postgres),
        ["w a", "o =", "p :x", "w AND", "w b", "o ::", "w int", "o =", "p :'y'"]
    );
    assert_eq!(
        items("a ? 'k' and b = ? limit ?", Postgres),
        ["w a", "o ?", "t 'k'", "w and", "w b", "o =", "p ?", "w limit", "p ?"]
    );
    assert_eq!(
        items("a[1:n] %s b % c = %s, %(d)s", Postgres),
        ["w a", "o [", "n 1", "o :", "w n", "o ]", "o %", "w s", "w b", "o %", "w c", "o =", "p %s", "o ,", "p %(d)s"]
    );
    assert_eq!(
        items("@x := 1, @@global.y, 'u'@'h', l1:BEGIN", Mysql),
        ["p @x", "o :=", "n 1", "o ,", "p @@global.y", "o ,", "t 'u'", "p @'h'", "o ,", "w l1", "o :", "w BEGIN"]
    );
    assert_eq!(items("=@id <@ b", Postgres), ["o =", "p @id", "o <@", "w b"]);
}

#[test]
fn templates_are_part_of_a_word() {
    assert_eq!(
        items("${s}.users {{ t }} p_${x}_y {% if a %}", Postgres),
        ["m ${s}", "o .", "w users", "m {{ t }}", "m p_${x}_y", "T {% if a %}"]
    );
    assert_eq!(items("'{1,2}' {1}", Postgres), ["t '{1,2}'", "o {", "n 1", "o }"]);
}

#[test]
fn operators_follow_the_rules_of_their_dialect() {
    assert_eq!(
        items("a<=-1 b@-c *-- d\n->>", Postgres),
        ["w a", "o <=", "o -", "n 1", "w b", "o @-", "w c", "o *", "c -- d", "o ->>"]
    );
    assert_eq!(items("a<=>-1 [b c] `d`", Sqlite), ["w a", "o <=>", "o -", "n 1", "q [b c]", "q `d`"]);
    assert_eq!(
        items("a.5 .5 1.5 1..2 b.c", Postgres),
        ["w a", "o .", "n 5", "n .5", "n 1.5", "n 1", "o .", "o .", "n 2", "w b", "o .", "w c"]
    );
}

#[test]
fn what_is_not_closed_is_an_item() {
    assert_eq!(items("a 'b", Postgres), ["w a", "! 'b"]);
    assert_eq!(items("a /* b", Postgres), ["w a", "! /* b"]);
    assert_eq!(items("a $x$ b", Postgres), ["w a", "! $x$ b"]);
    assert_eq!(items("a 'b;\nSELECT 1", Postgres), ["w a", "! 'b;\n", "w SELECT", "n 1"]);
}

#[test]
fn a_delimiter_may_look_like_a_word() {
    let mut lexer = Lexer::new("END$$ x", Mysql);
    lexer.delimiter = "$$";
    assert!(matches!(lexer.next(), Item::Token(Token { kind: Kind::Word, start: 0, end: 3 })));
    assert_eq!(lexer.next(), Item::Delimiter { start: 3, end: 5 });
}

#[test]
fn control_characters_are_told() {
    assert_eq!(items("a\0b", Postgres), ["w a", "x \0", "w b"]);
}
