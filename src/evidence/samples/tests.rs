use super::*;
use crate::evidence::{FORMATS, ReadError, Reader};
use crate::facts::{SeriesKind, Worse};

fn read(format: &str, text: &str) -> Result<SamplesReport, ReadError> {
    let format = FORMATS.iter().find(|known| known.name == format).unwrap();
    let Reader::Canary(read) = format.read else { panic!("{} reads no samples", format.name) };
    read(&mut text.as_bytes())
}

fn json(text: &str) -> Result<SamplesReport, ReadError> {
    read("kadian.samples", text)
}

fn error(text: &str) -> String {
    json(text).unwrap_err().to_string()
}

const CONTRACT: &str = r#"{"schema": "kadian.samples/v1", "service": "pay", "version": "1.4.2", "batch": 1, "start": "2026-01-01T00:00:00Z", "step_seconds": 60, "metrics": [
 {"name": "errors", "kind": "counts", "worse": "up", "margin": 0.1, "critical": true, "gray": {"good": [990], "bad": [1]}, "baseline": {"good": [9900], "bad": [9]}},
 {"name": "latency", "kind": "samples", "unit": "s", "worse": "up", "margin": 0.1, "gray": [0.11, null], "baseline": [0.1, 0.1]}]}"#;

#[test]
fn the_shape_of_the_contract_is_read() {
    let report = json(CONTRACT).unwrap();
    assert_eq!((report.service.as_deref(), report.batch, report.step_seconds), (Some("pay"), Some(1), 60));
    let [errors, latency] = report.metrics.as_slice() else { panic!("{report:?}") };
    assert!(errors.critical && !latency.critical);
    assert_eq!((errors.series.kind(), latency.series.kind()), (SeriesKind::Counts, SeriesKind::Samples));
    let Series::Counts { gray, baseline } = &errors.series else { panic!("{errors:?}") };
    assert_eq!((gray.good.as_slice(), baseline.bad.as_slice()), ([Some(990.0)].as_slice(), [Some(9.0)].as_slice()));
    assert_eq!(latency.series, Series::Samples { gray: vec![Some(0.11), None], baseline: vec![Some(0.1), Some(0.1)] });
}

#[test]
fn samples_are_recognised_wherever_the_schema_stands() {
    let format = FORMATS.iter().find(|known| known.name == "kadian.samples").unwrap();
    assert!((format.recognises)("x.json", br#"{"degraded": [], "metrics": [{"baseline": [1, 2], "gray": [1,"#));
    assert!(!(format.recognises)("x.json", br#"{"metrics": [{"name": "x"}]}"#));
    let report = json(CONTRACT).unwrap();
    let text = crate::evidence::document::text(&document(&report));
    assert!(text.starts_with("{\n  \"schema\": \"kadian.samples/v1\",\n"), "{text}");
    assert_eq!(json(&text).unwrap(), report);
}

#[test]
fn yaml_says_the_same() {
    let yaml = "schema: kadian.samples/v1\nstart: 2026-01-01T00:00:00Z\nstep_seconds: 30\nmetrics:\n\
        - {name: a, kind: samples, gray: [1, null], baseline: [2.5]}\n";
    let report = json(yaml).unwrap();
    assert_eq!(report.metrics[0].series, Series::Samples { gray: vec![Some(1.0), None], baseline: vec![Some(2.5)] });
    assert!(error(&yaml.replace("null", ".nan")).contains("not finite"));
}

#[test]
fn what_is_not_the_schema_is_refused() {
    let with = |from: &str, to: &str| {
        let changed = CONTRACT.replace(from, to);
        assert_ne!(changed, CONTRACT, "{from}");
        error(&changed)
    };
    assert!(with("samples/v1", "samples/v2").contains("expected `kadian.samples/v1`"));
    assert!(with("\"critical\"", "\"critcal\"").contains("critcal"));
    assert!(with("\"step_seconds\": 60", "\"step_seconds\": 0").contains("step_seconds is 0"));
    assert!(with("T00:00:00Z", "T00:00:00").contains("line 1"));
    assert!(with("\"bad\": [9]", "\"bad\": [9, 9]").contains("1 values of good and 2 of bad"));
    assert!(with("\"good\": [9900], \"bad\": [9]", "\"good\": [9900, 1], \"bad\": [9, 0]").contains("1 steps and baseline 2"));
    assert!(with("\"bad\": [1]", "\"bad\": [-1]").contains("negative"));
    assert!(with("[0.11, null]", "{\"good\": [], \"bad\": []}").contains("wants `gray` and `baseline` as lists"));
    assert!(with("{\"good\": [990], \"bad\": [1]}", "[1]").contains("wants `gray` and `baseline` as {"));
    assert!(with("\"latency\"", "\"\"").contains("`name` is empty"));
    assert!(with("\"margin\": 0.1, \"critical\"", "\"margin\": -0.1, \"critical\"").contains("`margin`"));
    assert!(with("2026-01-01T00:00:00Z", "9999-12-30T21:59:59Z").contains("beyond the calendar"));
    let none = r#"{"schema": "kadian.samples/v1", "start": "2026-01-01T00:00:00Z", "step_seconds": 60, "metrics": []}"#;
    assert!(error(none).contains("holds no metric"));
    for cut in [10, 200, CONTRACT.len() - 1] {
        assert!(json(&CONTRACT[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn the_same_indicator_may_stand_once_a_channel() {
    let twice = CONTRACT
        .replace("\"name\": \"latency\", \"kind\": \"samples\", \"unit\": \"s\"", "\"name\": \"errors\", \"kind\": \"samples\"");
    assert!(error(&twice).contains("stand twice"));
    let channel =
        twice.replace("\"kind\": \"samples\"", "\"kind\": \"samples\", \"channel\": \"probe\", \"required_channels\": 2");
    assert_eq!(json(&channel).unwrap().metrics[1].required_channels, Some(2));
}

#[test]
fn a_table_gives_the_same_series() {
    let table = "time,metric,side,good,bad,value,worse,critical\n\
        2026-01-01T00:00:00Z,errors,gray,99,1,,up,true\n\
        2026-01-01T00:00:00Z,errors,baseline,990,9,,,\n\
        2026-01-01T00:02:00Z,errors,baseline,990,,,,\n"
        .replace("990,,,,", "990,NaN,,,");
    let table = format!("{table}2026-01-01T00:01:00Z,lag,gray,,,0.5,down,\n2026-01-01T00:01:00Z,lag,baseline,,,0.25,,\n");
    let report = read("csv", &table).unwrap();
    assert_eq!((report.step_seconds, report.metrics.len()), (60, 2));
    let Series::Counts { gray, baseline } = &report.metrics[0].series else { panic!("{report:?}") };
    assert_eq!(gray.good, [Some(99.0), None, None]);
    assert_eq!(baseline.bad, [Some(9.0), None, None]);
    assert!(report.metrics[0].critical);
    assert_eq!(report.metrics[1].worse, Worse::Down);
    assert_eq!(
        report.metrics[1].series,
        Series::Samples { gray: vec![None, Some(0.5), None], baseline: vec![None, Some(0.25), None] }
    );
}

#[test]
fn a_table_says_what_it_is_of_in_any_row_and_the_same_in_all() {
    let table = |second: &str| {
        let head = "time,metric,side,value,service,version,batch";
        let row = |side: &str, of: &str| format!("2026-01-01T00:00:00Z,p99,{side},0.1,{of}");
        format!("{head}\n{}\n{}\n", row("gray", "pay,1.4.2,3"), row("baseline", second))
    };
    for second in ["pay,1.4.2,3", ",,"] {
        let report = read("csv", &table(second)).unwrap();
        assert_eq!((report.service.as_deref(), report.version.as_deref(), report.batch), (Some("pay"), Some("1.4.2"), Some(3)));
    }
    for second in ["cart,1.4.2,3", "pay,1.4.1,3", "pay,1.4.2,2"] {
        let error = read("csv", &table(second)).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("another service, version or batch"), "{error}");
    }
    let silent = read("csv", "time,metric,side,value\n2026-01-01T00:00:00Z,p99,gray,0.1\n").unwrap();
    assert_eq!((silent.service, silent.version, silent.batch), (None, None, None));
}

#[test]
fn a_faulty_table_is_refused_with_its_line() {
    let head = "time,metric,side,value\n";
    let row = "2026-01-01T00:00:00Z,a,gray,1\n";
    let error = |text: &str| read("csv", text).unwrap_err().to_string();
    assert!(error(head).contains("holds no row"));
    assert!(error(&format!("{head}{row}{row}")).starts_with("line 3: a second row"));
    assert!(error(&format!("{head}2026-01-01T00:00:00,a,gray,1\n")).starts_with("line 2"));
    assert!(error(&format!("{head}2026-01-01T00:00:00Z,a,grey,1\n")).contains("grey"));
    assert!(error(&format!("{head}2026-01-01T00:00:00Z,a,gray,inf\n")).contains("expected a number"));
    assert!(error(&format!("{head}2026-01-01T00:00:00Z,a,gray\n")).starts_with("line 2"));
    assert!(error(&format!("time,metric,side,valeu\n{row}")).contains("valeu"));
    assert!(error(&format!("{head}{}", row.trim_end())).contains("was the table cut?"));
    let wide = (0..30).map(|at| format!("2026-01-01T00:00:00Z,m{at},gray,1\n")).collect::<Vec<_>>().concat();
    let bomb = format!("{head}{row}2026-01-01T00:00:01Z,a,gray,1\n2026-01-12T00:00:00Z,a,gray,1\n{wide}");
    assert!(error(&bomb).contains("values are read"));
    let far = format!("{head}{row}2026-01-01T00:00:01Z,a,gray,1\n2036-01-01T00:00:00Z,a,gray,1\n");
    assert!(error(&far).contains("at most 1000000 are read"));
}
