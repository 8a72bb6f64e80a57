//! From bytes that someone else wrote to typed records. Pure; one file per format, one line each in [`FORMATS`].

pub mod alert_message;
mod alertmanager;
pub mod cache;
pub mod calendar;
pub mod capacity;
mod cargo_messages;
pub mod catalogue;
pub mod changes;
mod checkstyle;
mod clover;
mod cobertura;
mod code_quality;
mod commit;
mod coverage_py;
pub mod database_checklist;
pub mod document;
mod duration;
mod error;
mod eslint;
pub mod estimates;
pub mod finding_baseline;
pub mod generated_sql;
pub mod github;
pub mod github_event;
mod go_cover;
pub mod go_mod;
mod go_test;
mod golangci;
pub mod health;
mod incidents;
mod istanbul;
mod jacoco;
mod json;
mod junit;
pub mod known_failures;
mod lcov;
mod libtest;
pub(crate) mod limits;
mod lines;
mod llvm_cov;
pub mod lockfile;
pub mod logs;
pub mod loki;
pub mod openslo;
pub mod plan;
pub mod playbooks;
mod pmd;
mod pods;
pub mod prometheus;
mod pull_request;
mod rdjson;
mod records;
pub mod recovery;
mod review;
pub mod samples;
mod sarif;
mod semgrep;
pub mod slis;
pub mod slo;
mod spotbugs;
pub mod sql;
pub mod table_stats;
pub mod table_stats_file;
mod tap;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub mod trace;
mod trx;
pub(crate) mod uri;
pub mod waivers;
mod xml;
mod yaml;

use std::io::BufRead;

pub use alertmanager::{AlertRecord, AlertReport};
pub use capacity::{CapacityReport, Forecast, PoolRecord};
pub use error::ReadError;
pub use health::{HealthReport, InstanceRecord};
pub use incidents::{ActiveDegradation, IncidentsReport, OpenIncident};
pub use pull_request::{
    CheckRunRecord, CommentRecord, CommitPerson, CommitStatusRecord, DeploymentRecord, PullCommit, PullRequestRecord, PushRecord,
    UnansweredRecord,
};
pub use records::{
    ApprovalRecord, CaseId, CaseIds, CaseResult, Cases, Collector, CoverageReport, FileLines, LineBranches, Repeated,
    ReviewReport, SLOWEST, ScanPlace, ScanPosition, ScanReport, ScanResult, ScanResults, ScanView, SlowCase, TestCaseRecord,
    TestReport, TestSuiteRecord,
};
pub(crate) use records::{NO_ENTRY, OpenCases, Rare, Record, Room, TextId};
pub use slo::{Events, Seen, SloRecord, SloReport};

use crate::facts::Kind;
use database_checklist::ChecklistRecord;
use estimates::EstimatesReport;
use logs::LogRecord;
use samples::SamplesReport;
use table_stats::TableStatistics;

/// A report format that kadian reads.
#[derive(Debug)]
pub struct Format {
    /// The name in `--evidence KIND:FORMAT=GLOB`.
    pub name: &'static str,
    pub kind: Kind,
    /// Globs below the repository's root that are tried when nothing is configured. They name their directories, so that
    /// nothing has to be walked to find them.
    pub conventional: &'static [&'static str],
    /// Whether a file whose first bytes (at least 4 KiB, where it has them) are these is of the format.
    pub recognises: fn(path: &str, head: &[u8]) -> bool,
    pub read: Reader,
}

/// What a format's reader yields. A reader streams: what it holds is bounded by the facts it keeps, not by the report's size.
#[derive(Debug, Clone, Copy)]
pub enum Reader {
    Tests(fn(&mut dyn BufRead) -> Result<TestReport, ReadError>),
    Coverage(fn(&mut dyn BufRead) -> Result<CoverageReport, ReadError>),
    Scan(fn(&mut dyn BufRead) -> Result<ScanReport, ReadError>),
    Review(fn(&mut dyn BufRead) -> Result<ReviewReport, ReadError>),
    Canary(fn(&mut dyn BufRead) -> Result<SamplesReport, ReadError>),
    Alerts(fn(&mut dyn BufRead) -> Result<AlertReport, ReadError>),
    Health(fn(&mut dyn BufRead) -> Result<HealthReport, ReadError>),
    Slo(fn(&mut dyn BufRead) -> Result<SloReport, ReadError>),
    Capacity(fn(&mut dyn BufRead) -> Result<CapacityReport, ReadError>),
    Incidents(fn(&mut dyn BufRead) -> Result<IncidentsReport, ReadError>),
    Estimates(fn(&mut dyn BufRead) -> Result<EstimatesReport, ReadError>),
    TableStats(fn(&mut dyn BufRead) -> Result<TableStatistics, ReadError>),
    DatabaseChecklist(fn(&mut dyn BufRead) -> Result<ChecklistRecord, ReadError>),
    /// The text of a script.
    Sql(fn(&mut dyn BufRead) -> Result<String, ReadError>),
    LogRecord(fn(&mut dyn BufRead) -> Result<LogRecord, ReadError>),
    /// A log as it was written. Its entries outnumber what can be kept, so that whoever reads them digests them on the way.
    Log(logs::Side),
}

/// Every format, by kind and name.
pub static FORMATS: &[Format] = &[
    alertmanager::FORMAT,
    samples::CSV,
    samples::JSON,
    capacity::FORMAT,
    clover::FORMAT,
    cobertura::FORMAT,
    coverage_py::FORMAT,
    go_cover::FORMAT,
    istanbul::FORMAT,
    jacoco::FORMAT,
    lcov::FORMAT,
    llvm_cov::FORMAT,
    estimates::FORMAT,
    health::FORMAT,
    pods::FORMAT,
    incidents::FORMAT,
    logs::GRAY,
    logs::BASELINE,
    logs::RECORD,
    github::FORMAT,
    review::FORMAT,
    cargo_messages::FORMAT,
    checkstyle::FORMAT,
    code_quality::FORMAT,
    eslint::FORMAT,
    golangci::FORMAT,
    pmd::FORMAT,
    rdjson::FORMAT,
    sarif::FORMAT,
    semgrep::FORMAT,
    spotbugs::FORMAT,
    slo::FORMAT,
    table_stats_file::FORMAT,
    database_checklist::FORMAT,
    generated_sql::FORMAT,
    junit::FORMAT,
    go_test::FORMAT,
    libtest::TEXT,
    libtest::JSON,
    tap::FORMAT,
    trx::FORMAT,
];
