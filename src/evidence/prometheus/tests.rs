use super::*;

fn ok(text: &str) -> Response {
    read(text.as_bytes()).expect(text)
}

fn error(text: &str) -> String {
    read(text.as_bytes()).expect_err(text).to_string()
}

fn matrix(series: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#)
}

fn points(series: &Series) -> Vec<(i64, f64)> {
    series.points.iter().map(|point| (point.at, point.value)).collect()
}

#[test]
fn a_matrix_has_its_gaps_where_values_are_no_numbers() {
    let text = matrix(
        r#"{"metric":{"__name__":"up","job":"b"},"values":[[1435781430.781,"1"],[1435781445,"NaN"],[1435781460,"+Inf"],[1435781475,"-Inf"]]},
           {"metric":{"__name__":"up","job":"a"},"values":[]}"#,
    );
    let Data::Matrix(series) = ok(&text).data else { panic!("a matrix") };
    assert_eq!(series[0].labels["job"], "a");
    assert_eq!(series[0].points, []);
    let wanted = [(1_435_781_430_781, 1.0), (1_435_781_460_000, f64::INFINITY), (1_435_781_475_000, f64::NEG_INFINITY)];
    assert_eq!(points(&series[1]), wanted);
}

#[test]
fn every_result_type_is_read_wherever_its_name_stands() {
    let vector = r#"{"data":{"result":[{"value":[1,"2.5"],"metric":{}}],"resultType":"vector"},"status":"success"}"#;
    let Data::Vector(series) = ok(vector).data else { panic!("a vector") };
    assert_eq!(points(&series[0]), [(1000, 2.5)]);
    let scalar =
        |value: &str| ok(&format!(r#"{{"status":"success","data":{{"resultType":"scalar","result":[1.5,"{value}"]}}}}"#));
    assert_eq!(scalar("4").data, Data::Scalar(Some(Point { at: 1500, value: 4.0 })));
    assert_eq!(scalar("NaN").data, Data::Scalar(None));
    let text = r#"{"status":"success","data":{"resultType":"string","result":[1,"a"]}}"#;
    assert_eq!(ok(text).data, Data::Text("a".to_owned()));
    assert_eq!(ok(&matrix("")).data, Data::Matrix(vec![]));
}

#[test]
fn warnings_and_partial_answers_are_kept() {
    let text = r#"{"status":"success","isPartial":true,"warnings":["store\n x is down"],"infos":["maybe no counter"],
        "stats":{"a":[1]},"data":{"resultType":"vector","result":[]}}"#;
    let response = ok(text);
    assert_eq!(response.warnings, ["store  x is down", "the answer is partial"]);
    assert_eq!(response.infos, ["maybe no counter"]);
}

#[test]
fn an_error_is_one_even_when_the_status_of_http_was_fine() {
    let text = r#"{"status":"error","errorType":"bad_data","error":"parse error at char 3"}"#;
    assert_eq!(error(text), "bad_data: parse error at char 3");
    assert_eq!(error(r#"{"status":"error","data":null}"#), "error: the server gave no reason");
}

#[test]
fn what_is_no_answer_is_named() {
    for (text, wanted) in [
        ("", "the answer is empty"),
        ("  \n", "the answer is empty"),
        ("<!DOCTYPE html><title>Login", "an HTML page instead of JSON"),
        (&matrix("")[..40], "the answer is cut off after 40 bytes"),
        ("{}", "not an answer of a Prometheus API: expected `status`"),
        ("[]", "not an answer of a Prometheus API"),
        ("404 page not found", "not an answer of a Prometheus API"),
        (r#"{"status":"success"}"#, "the answer says success, but has no `data`"),
        (r#"{"status":"success","data":{"resultType":"table","result":[]}}"#, "unknown resultType `table`"),
        (r#"{"status":"success","data":{"resultType":"vector","result":[1,"2"]}}"#, "expected a list of series"),
        (r#"{"status":"success","data":{"resultType":"scalar","result":[]}}"#, "expected a scalar"),
    ] {
        assert!(error(text).starts_with(wanted), "{text}: {}", error(text));
    }
}

#[test]
fn hostile_series_are_refused() {
    let one = r#"{"metric":{"a":"b"},"values":[[1,"1"]]}"#;
    let many = (0..=MAX_POINTS).map(|at| format!("[{at},\"NaN\"]")).collect::<Vec<_>>().join(",");
    for (series, wanted) in [
        (format!("{one},{one}"), "the series {a=\"b\"} stands there twice"),
        (r#"{"metric":{},"values":[[2,"1"],[1,"1"]]}"#.to_owned(), "the series {} has points out of order"),
        (r#"{"metric":{},"values":[[2,"1"],[2,"1"]]}"#.to_owned(), "the series {} has points out of order"),
        (r#"{"metric":{"__name__":"h"},"histograms":[[1,{"count":"1"}]]}"#.to_owned(), "the series h{} is a native histogram"),
        (r#"{"metric":{},"values":[[1,1]]}"#.to_owned(), "not an answer"),
        (r#"{"metric":{},"values":[[1,"one"]]}"#.to_owned(), "not an answer of a Prometheus API: `one` is not a value"),
        (r#"{"metric":{},"values":[[1e300,"1"]]}"#.to_owned(), "not an answer"),
        (r#"{"metric":{},"values":[[-1,"1"]]}"#.to_owned(), "not an answer"),
        (r#"{"metric":{}}"#.to_owned(), "not an answer of a Prometheus API: missing field `value`"),
        (r#"{"values":[]}"#.to_owned(), "not an answer of a Prometheus API: missing field `metric`"),
        (format!(r#"{{"metric":{{}},"values":[{many}]}}"#), "not an answer of a Prometheus API: more than 11001 points"),
        (
            vec![r#"{"metric":{},"values":[]}"#; MAX_SERIES + 1].join(","),
            "not an answer of a Prometheus API: more than 20000 series",
        ),
    ] {
        let error = error(&matrix(&series));
        assert!(error.starts_with(wanted), "{wanted}: {error}");
    }
    assert!(read("[".repeat(100_000).as_bytes()).is_err());
    assert!(read(b"\xff\xfe").is_err());
}

#[test]
fn every_cut_of_an_answer_is_an_error() {
    let text = matrix(r#"{"metric":{"a":"b"},"values":[[1,"1"]]}"#);
    for end in 0..text.len() {
        assert!(read(&text.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn consecutive_ranges_become_one_and_shared_points_count_once() {
    let series = |job: &str, times: &[i64]| Series {
        labels: [("job".to_owned(), job.to_owned())].into(),
        points: times.iter().map(|at| Point { at: *at, value: 1.0 }).collect(),
    };
    let parts = vec![vec![series("b", &[1, 2])], vec![series("a", &[2, 3]), series("b", &[2, 3])]];
    assert_eq!(joined(parts), [series("a", &[2, 3]), series("b", &[1, 2, 3])]);
    assert_eq!(joined(vec![]), []);
}
