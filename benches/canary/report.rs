//! The figures as text, table and plot.

use std::fmt::Write as _;

use crate::rows::{Aim, Outcome};
use crate::scenario::STEPS;

const NAMES: [&str; 3] = ["kadian", "Kayenta", "threshold"];
const COLOURS: [&str; 3] = ["#1a6fb0", "#c2571a", "#6b7280"];

pub(crate) fn line(outcome: &Outcome) -> String {
    let cell = |index: usize| {
        let median = outcome.median(index).map_or_else(|| "  -".to_owned(), |median| format!("{median:3}"));
        format!("{:6.2}% @{median}", 100.0 * outcome.share(index))
    };
    format!("{:42} {}  {}  {}   eq {:6.2}%", outcome.row.name, cell(0), cell(1), cell(2), 100.0 * outcome.equivalent())
}

pub(crate) fn markdown(results: &[Outcome], speed: &[(&str, f64)]) -> String {
    let mut text = String::from(
        "# The canary judge, simulated\n\n\
        Written by `cargo bench --bench canary`; the same seed gives the same figures. Every run is a rollout of 50 steps with a look after \
        each. *kadian* is the judge `sequential` with its defaults, alpha 5 % and the plan of 50 steps. *Kayenta* is the judge `mann-whitney`, \
        looked at after every step from the eighth on. *threshold* is what a rollout tool's check usually says: a share of errors above \
        1 %, or a latency above 0.5 s, in three steps in a row. All three see the same data; nothing is accepted as \
        worse (margin 0), because Kayenta and a threshold know no margin.\n\n\
        Errors: 0.5 % of 5,000 requests a step, a tenth of them gray (sparse: of 200). Clustered: five errors a cause on average. Latency: \
        0.4 s, the standard deviation of its logarithm 0.1 (noisy: 0.2). Drifting traffic: the gray share goes from 2 % to 50 %, the rate from \
        0.2 % to 0.8 %. Daily: an amplitude of 80 % of the error rate, 30 % of the latency. Autocorrelated: 0.5 from step to step. \
        Gaps: 30 % of the steps of each side.\n\n![False alarms, and the look at which half of the runs had an alarm](canary.svg)\n\n\
        ## Nothing is wrong: false alarms\n\nThe bound is 5 %.\n\n| data | runs | kadian | Kayenta | threshold |\n|---|---:|---:|---:|---:|\n",
    );
    for outcome in of(results, Aim::Silence) {
        let [own, kayenta, threshold] = [0, 1, 2].map(|index| percent(outcome.share(index)));
        let _ = writeln!(text, "| {} | {} | {own} | {kayenta} | {threshold} |", outcome.row.name, outcome.runs);
    }
    text += "\n## Something is wrong: found within 50 looks, and the look by which half of the runs had found it\n\n\
        | data | runs | kadian | Kayenta | threshold |\n|---|---:|---:|---:|---:|\n";
    for outcome in of(results, Aim::Alarm) {
        let cell = |index: usize| {
            let median = outcome.median(index).map_or_else(|| "never".to_owned(), |median| median.to_string());
            format!("{} · {median}", percent(outcome.share(index)))
        };
        let _ = writeln!(text, "| {} | {} | {} | {} | {} |", outcome.row.name, outcome.runs, cell(0), cell(1), cell(2));
    }
    text += "\n### Where kadian is not ahead\n\n";
    text += &behind(results);
    text += "\n## With a margin: proven to be no worse\n\nOnly kadian answers this. A proof of what is just not acceptable would be false; the bound is 5 %.\n\n\
        | data | runs | equivalent | regressed |\n|---|---:|---:|---:|\n";
    for outcome in results.iter().filter(|outcome| matches!(outcome.row.aim, Aim::Proof | Aim::NoProof)) {
        let (proven, regressed) = (percent(outcome.equivalent()), percent(outcome.share(0)));
        let _ = writeln!(text, "| {} | {} | {proven} | {regressed} |", outcome.row.name, outcome.runs);
    }
    text += "\n## Time\n\n";
    for (what, seconds) in speed {
        let _ = writeln!(text, "- {what}: {seconds:.2} s");
    }
    text
}

/// Every detection in which another judge found more or found it sooner, with that judge's false alarms on the same kind of data.
fn behind(results: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in of(results, Aim::Alarm) {
        for index in [1, 2] {
            let more = outcome.share(index) > outcome.share(0) + 0.005;
            let sooner = outcome.median(index).unwrap_or(STEPS + 1) < outcome.median(0).unwrap_or(STEPS + 1);
            if more || sooner {
                let what = if more && sooner {
                    "more and sooner"
                } else if more {
                    "more"
                } else {
                    "sooner"
                };
                let kind = outcome.row.name.split(':').next().unwrap_or_default();
                let calm = of(results, Aim::Silence).find(|calm| calm.row.name == format!("{kind}: no change"));
                let price = calm.map(|calm| format!(" ({} false alarms there)", percent(calm.share(index)))).unwrap_or_default();
                let _ = writeln!(text, "- {}: {} finds {what}{price}.", outcome.row.name, NAMES[index]);
            }
        }
    }
    for outcome in of(results, Aim::Silence).filter(|outcome| outcome.share(0) > 0.05) {
        let _ = writeln!(text, "- {}: {} false alarms, above the nominal 5 %.", outcome.row.name, percent(outcome.share(0)));
    }
    if text.is_empty() { "On no row.\n".to_owned() } else { text }
}

fn of(results: &[Outcome], aim: Aim) -> impl Iterator<Item = &Outcome> {
    results.iter().filter(move |outcome| outcome.row.aim == aim)
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// Two panels: false alarms in percent, and the median look of detections.
pub(crate) fn svg(results: &[Outcome]) -> String {
    let calm: Vec<&Outcome> = of(results, Aim::Silence).collect();
    let wrong: Vec<&Outcome> = of(results, Aim::Alarm).collect();
    let row = 20.0;
    let (left, width) = (270.0, 520.0);
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    let top_of = |index: usize| 20.0 * index as f64;
    let second = 110.0 + top_of(calm.len());
    let height = second + top_of(wrong.len()) + 30.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 820 {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
        <rect width=\"820\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (index, name) in NAMES.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "three names")]
        let x = left + 110.0 * index as f64;
        let _ = writeln!(
            text,
            "<circle cx=\"{x}\" cy=\"16\" r=\"5\" fill=\"{}\"/><text x=\"{}\" y=\"20\">{name}</text>",
            COLOURS[index],
            x + 9.0
        );
    }
    let mut panel = |title: &str,
                     top: f64,
                     rows: &[&Outcome],
                     marks: &[(f64, &str)],
                     place: &dyn Fn(&Outcome, usize) -> Option<f64>| {
        let _ = writeln!(text, "<text x=\"10\" y=\"{}\" font-weight=\"bold\">{title}</text>", top - 16.0);
        let bottom = top + top_of(rows.len());
        for (at, label) in marks {
            let x = left + width * at;
            let _ = writeln!(
                text,
                "<line x1=\"{x}\" y1=\"{top}\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"#d1d5db\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#4b5563\">{label}</text>",
                top - 4.0
            );
        }
        for (index, outcome) in rows.iter().enumerate() {
            let y = top + top_of(index) + 0.5 * row;
            let _ =
                writeln!(text, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", left - 8.0, y + 4.0, outcome.row.name);
            for contestant in (0..3).rev() {
                // A judge that never gets there has an open circle at the end.
                let (at, fill) = place(outcome, contestant).map_or((1.0, "none"), |at| (at, COLOURS[contestant]));
                #[expect(clippy::cast_precision_loss, reason = "three rows of points")]
                let shifted = y + 3.0 * (contestant as f64 - 1.0);
                let _ = writeln!(
                    text,
                    "<circle cx=\"{:.1}\" cy=\"{shifted}\" r=\"4\" fill=\"{fill}\" stroke=\"{}\"/>",
                    left + width * at,
                    COLOURS[contestant]
                );
            }
        }
    };
    let alarms = [(0.0, "0 %"), (0.2, "5 %"), (0.4, "10 %"), (0.6, "15 %"), (0.8, "20 %"), (1.0, "25 % or more")];
    panel("False alarms", 66.0, &calm, &alarms, &|outcome, index| Some((4.0 * outcome.share(index)).min(1.0)));
    let looks = [(0.0, "0"), (0.2, "10"), (0.4, "20"), (0.6, "30"), (0.8, "40"), (1.0, "50 looks or never")];
    #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
    let median = |outcome: &Outcome, index: usize| outcome.median(index).map(|median| median as f64 / STEPS as f64);
    panel("Look by which half of the runs had found it", second, &wrong, &looks, &median);
    text + "</svg>\n"
}
