//! What the reports are made of.

use std::fmt::Write as _;

/// What stands before the elements, the element of a number, and what stands behind so many of them.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) format: &'static str,
    pub(crate) before: &'static str,
    pub(crate) element: fn(usize, &mut String),
    pub(crate) after: fn(usize, &mut String),
}

const SUITE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"all\">\n";

/// Those that need more memory stand behind those that need less, because an allocator gives little back.
pub(crate) const SHAPES: &[Shape] = &[
    Shape { name: "JUnit, output with references", format: "junit", before: SUITE, element: output, after: end },
    Shape { name: "JUnit, output in CDATA", format: "junit", before: SUITE, element: cdata, after: end },
    Shape { name: "JUnit, 1 % fails with a stack", format: "junit", before: SUITE, element: failing, after: end },
    Shape { name: "JUnit, small passing cases", format: "junit", before: SUITE, element: small, after: end },
    Shape { name: "JUnit, 1 % tried twice", format: "junit", before: SUITE, element: tries, after: end },
    Shape { name: "JUnit, suites of 50 cases", format: "junit", before: SUITE, element: suites, after: end },
];

fn end(_: usize, into: &mut String) {
    into.push_str("</testsuite>\n</testsuites>\n");
}

fn small(number: usize, into: &mut String) {
    let _ = writeln!(
        into,
        r#"<testcase classname="shop.pay.RefundTest" name="refunds_a_paid_order_{number}" time="0.{:03}"/>"#,
        number % 1000
    );
}

fn suites(number: usize, into: &mut String) {
    if number.is_multiple_of(50) && number > 0 {
        let _ = writeln!(
            into,
            "</testsuite>\n<testsuite name=\"shop.pay.Refund{}Test\" tests=\"1\" time=\"1.5\">",
            number / 50 % 2000
        );
    }
    small(number, into);
}

fn tries(number: usize, into: &mut String) {
    if number.is_multiple_of(100) {
        let _ = writeln!(
            into,
            r#"<testcase classname="shop.pay.RefundTest" name="refunds_a_paid_order_{number}" time="0.1"><failure message="no answer"/></testcase>"#
        );
    }
    small(number, into);
}

fn failing(number: usize, into: &mut String) {
    small(number, into);
    if number.is_multiple_of(100) {
        let _ = writeln!(
            into,
            r#"<testcase classname="shop.pay.RefundTest" name="takes_a_late_refund_{number}" time="0.1"><failure message="expected 1 but was 2" type="AssertionError">"#
        );
        for line in 0..20 {
            let _ = writeln!(into, "at shop.pay.RefundTest.takes_a_late_refund(RefundTest.java:{line})");
        }
        into.push_str("</failure></testcase>\n");
    }
}

fn output(number: usize, into: &mut String) {
    let _ = write!(into, r#"<testcase classname="shop.pay.RefundTest" name="pays_{number}" time="0.1"><system-out>"#);
    for line in 0..2000 {
        let _ = writeln!(into, "2026-01-01 12:00:00 INFO pay &lt;order {line}&gt; &amp; its answer &quot;done&quot;");
    }
    into.push_str("</system-out></testcase>\n");
}

fn cdata(number: usize, into: &mut String) {
    let _ = write!(into, r#"<testcase classname="shop.pay.RefundTest" name="pays_{number}" time="0.1"><system-out><![CDATA["#);
    for line in 0..2000 {
        let _ = writeln!(into, "2026-01-01 12:00:00 INFO pay <order {line}> & its answer \"done\"");
    }
    into.push_str("]]></system-out></testcase>\n");
}
