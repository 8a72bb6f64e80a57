//! What the XML reader promises.

use std::io::{BufReader, Read};

use super::{Event, Xml};
use crate::evidence::trace;

/// Every event as a word, or the message of the first error.
fn events(bytes: &[u8]) -> Result<Vec<String>, String> {
    // One byte at a time: every boundary between two buffers is tried.
    let mut input = BufReader::with_capacity(1, bytes);
    let mut xml = Xml::new(&mut input).map_err(|error| error.to_string())?;
    let mut seen = Vec::new();
    loop {
        match xml.next().map_err(|error| error.to_string())? {
            Event::Start => seen.push(format!("<{} {:?}", xml.name(), xml.attribute("a"))),
            Event::End => seen.push(format!(">{} {}", xml.name(), xml.text())),
            Event::Eof => return Ok(seen),
        }
    }
}

#[test]
fn tags_texts_and_references_are_read_whatever_the_buffer() {
    let text = "\u{feff}<?xml version=\"1.0\"?><!-- x > y --><r a='&lt;&#65;>'>t&amp;u<![CDATA[<&]]>!<e/></r>\n";
    let seen = events(text.as_bytes()).unwrap();
    assert_eq!(seen, ["<r Some(\"<A>\")", "<e None", ">e ", ">r "]);
    assert_eq!(events(b"<r>a&amp;<![CDATA[<&]]]]>!</r>").unwrap(), ["<r None", ">r a&<&]]!"]);
}

#[test]
fn an_entity_of_the_documents_own_is_refused_and_nothing_is_fetched() {
    let bomb = b"<!DOCTYPE r [<!ENTITY a \"ha>ha]\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>";
    assert_eq!(events(bomb).unwrap_err(), "line 1: a document type with declarations of its own: expected a report without them");
    assert!(events(b"<!DOCTYPE r [<!-- ' -->]><r a='x'/>").is_err());
    assert_eq!(events(b"<r>a & b; &c; d</r>").unwrap_err(), "line 1: the entity &c; is not declared: expected XML");
    assert!(events(b"<r>a & b, c&d e; &#65; &lt;</r>").is_ok());
    assert_eq!(events(b"<!DOCTYPE r SYSTEM \"r.dtd\"[ ]><r/>").unwrap(), ["<r None", ">r "]);
    let external = b"<!DOCTYPE r SYSTEM \"file:///etc/[passwd]>\"><r/>";
    assert_eq!(events(external).unwrap(), ["<r None", ">r "]);
}

#[test]
fn who_watches_sees_where_the_element_starts_at_its_start_and_at_its_end() {
    let text = "<r>\n<a>é</a><b/>x</r>";
    let mut input = BufReader::with_capacity(1, text.as_bytes());
    let (spots, _) = trace::watched(trace::Watch::Line(1), || {
        let mut xml = Xml::new(&mut input).unwrap();
        let mut spots = Vec::new();
        while xml.next().unwrap() != Event::Eof {
            spots.push(trace::spot());
        }
        spots
    });
    let start = |tag: &str| text.find(tag).unwrap() as u64;
    let offsets: Vec<u64> = spots.iter().map(|spot| spot.offset).collect();
    assert_eq!(offsets, ["<r>", "<a>", "<a>", "<b/>", "<b/>", "<r>"].map(start));
    assert_eq!(spots.iter().map(|spot| spot.line).collect::<Vec<_>>(), [1, 2, 2, 2, 2, 1]);
}

#[test]
fn an_end_tag_is_as_long_as_a_name_at_most() {
    let long = "</".to_owned() + &"x".repeat(5_000_000) + ">";
    assert!(events(("<x>".to_owned() + &long).as_bytes()).unwrap_err().starts_with("line 1: </xxxx"));
    assert_eq!(events(b"<n:r></n:r >").unwrap(), ["<r None", ">r "]);
}

#[test]
fn a_tag_ends_behind_its_quotes() {
    assert_eq!(events(b"<r a='>' b=\">>'>\" ><e a = \">\"/></r>").unwrap(), ["<r Some(\">\")", "<e Some(\">\")", ">e ", ">r "]);
    for damaged in ["<r '=\"x\"></r>", "<r a='1'b></r>", "<r a='></r>", "<r \"></r>"] {
        assert!(events(damaged.as_bytes()).is_err(), "{damaged}");
    }
}

#[test]
fn an_attribute_that_stands_twice_is_refused() {
    let error = events(b"<r>\n<line hits='1' hits='0'/></r>").unwrap_err();
    assert_eq!(error, "line 2: the attribute `hits` stands twice in one element: expected XML");
}

#[test]
fn every_cut_of_a_document_is_an_error() {
    let whole = b"<?xml version='1.0'?><!DOCTYPE r><r a='1'><b><![CDATA[x]]></b><!-- c --><d/></r>";
    assert!(events(whole).is_ok());
    for end in 0..whole.len() {
        assert!(events(&whole[..end]).is_err(), "{}", String::from_utf8_lossy(&whole[..end]));
    }
}

#[test]
fn damage_is_named_with_its_line() {
    for (text, expected) in [
        ("<a>\n</b>", "line 2: </b> closes <a>"),
        ("<a/>\nx", "line 2: text outside of the root element: expected XML"),
        ("<a/><b/>", "line 1: a second root element: expected one XML document"),
        ("", "line 1: no element: expected XML"),
        ("plain", "line 1: text outside of the root element: expected XML"),
        ("<?xml version='1.0' encoding='utf-16'?><a/>", "line 1: encoding `utf-16`: expected UTF-8"),
    ] {
        assert_eq!(events(text.as_bytes()).unwrap_err(), expected);
    }
}

#[test]
fn depth_and_size_of_a_tag_are_bounded() {
    let deep = "<a>".repeat(100_000);
    assert!(events(deep.as_bytes()).unwrap_err().contains("256 deep"));
    let mut endless = BufReader::new(b"<a b='".chain(std::io::repeat(b'x')));
    let mut xml = Xml::new(&mut endless).unwrap();
    assert!(xml.next().unwrap_err().to_string().contains("longer than"));
    let many = format!("<a {}/>", "b='' ".repeat(1_000_000));
    assert!(events(many.as_bytes()).unwrap_err().contains("256 attributes"));
}

#[test]
fn text_of_any_size_is_stepped_over() {
    let text = b"<a>".chain(std::io::repeat(b'x').take(50_000_000)).chain(&b"</a>"[..]);
    let mut input = BufReader::new(text);
    let mut xml = Xml::new(&mut input).unwrap();
    assert_eq!(xml.next().unwrap(), Event::Start);
    assert_eq!(xml.next().unwrap(), Event::End);
    assert_eq!(xml.text().len(), 4096);
    assert_eq!(xml.next().unwrap(), Event::Eof);
}

#[test]
fn latin_1_is_read_where_it_is_declared_and_bad_utf_8_never_stops_a_report() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
    assert_eq!(events(latin).unwrap(), ["<a None", ">a é"]);
    assert_eq!(events(b"<a>\xff</a>").unwrap(), ["<a None", ">a \u{fffd}"]);
}
