//! The defaults of each tier.

use serde_json::Map;

use super::{
    AlertsSettings, BatchSettings, BreakerSettings, CanarySettings, CapacitySettings, CautiousEffect, ChangeSettings,
    CoverageSettings, DeclarationField, DefaultObjectives, DependencySettings, DesignSettings, FailedSuite, FailureAnswers,
    FlowSettings, ForbiddenPath, HealthSettings, HistorySettings, IncidentsSettings, KayentaSettings, LogsSettings, ScanSettings,
    ScopeSettings, Sections, Settings, SeverityThreshold, SignalEffect, SignalEffects, SloSettings, StageSuites, TestsSettings,
    Tier, WaiversSettings, glob,
};
use crate::facts::{BURN_LIMITS, Judge, OnFailure};

impl Settings {
    /// What holds for a service of a tier when nobody configured anything.
    #[must_use]
    pub fn defaults(tier: Tier) -> Settings {
        let sections = Sections::defaults(tier);
        let Sections { review, change, coverage, database, design, .. } = &sections;
        let forbidden = change.forbidden_paths.iter().map(|entry| &entry.glob);
        let globs = forbidden
            .chain(&review.data_correction_paths)
            .chain(&coverage.exclude)
            .chain(&database.checklist_paths)
            .chain(&design.paths);
        // Every default pattern is well-formed: a test converts them all.
        let regexes = globs.filter_map(|pattern| Some((pattern.clone(), glob::to_regex(pattern).ok()?))).collect();
        Settings { sections, regexes }
    }
}

impl Sections {
    pub(super) fn defaults(tier: Tier) -> Sections {
        Sections {
            review: super::ReviewSettings::defaults(tier),
            checklist: super::ChecklistSettings::default(),
            change: change(tier),
            tests: TestsSettings {
                success_percent: 100.0,
                max_skipped_percent: by_tier(tier, [10.0, 20.0, 100.0, 100.0]),
                warn_skipped_percent: 10.0,
                max_flaky: 0,
                required_suites: Vec::new(),
                suites: StageSuites::default(),
                suites_may_skip: false,
                on_failed_suite: FailedSuite::Rollback,
                known_failure_days: by_tier(tier, [14, 30, 60, 90]),
            },
            coverage: CoverageSettings {
                patch_percent: by_tier(tier, [90.0, 80.0, 70.0, 60.0]),
                exclude: Vec::new(),
                paths: Vec::new(),
            },
            scan: ScanSettings {
                block_severity: SeverityThreshold::High,
                warn_severity: SeverityThreshold::Medium,
                block_rules: Vec::new(),
                require_suppression_reason: true,
                paths: Vec::new(),
                ratchet_severity: SeverityThreshold::Medium,
                clean_severity: SeverityThreshold::Never,
            },
            database: super::DatabaseSettings::defaults(tier),
            design: design(tier),
            dependency: dependency(tier),
            canary: canary(tier),
            batch: BatchSettings::default(),
            // The windows and factors are the same for every tier: they follow from the objective, which the tier already chose.
            slo: SloSettings {
                objectives: DefaultObjectives {
                    availability: by_tier(tier, [0.9999, 0.9999, 0.999, 0.99]),
                    latency: 0.99,
                    freshness_seconds: 300.0,
                },
                burn_rules: BURN_LIMITS.to_vec(),
                budget_warn: 0.2,
                block_on_exhausted: false,
            },
            scope: ScopeSettings::default(),
            health: HealthSettings { max_restarts: by_tier(tier, [0, 0, 1, 2]), max_oom_kills: 0, max_not_ready: 0 },
            logs: logs(tier),
            rollout: super::RolloutSettings::defaults(tier),
            alerts: AlertsSettings {
                severity_label: "severity".to_owned(),
                page_severities: owned(&["page", "critical", "crit", "emergency", "disaster", "p0", "p1", "sev0", "sev1"]),
                service_labels: owned(&["service"]),
                ignore: owned(&["Watchdog", "InfoInhibitor"]),
            },
            history: HistorySettings::default(),
            flow: FlowSettings::defaults(tier),
            breaker: BreakerSettings::defaults(tier),
            capacity: CapacitySettings::defaults(tier),
            recovery: super::RecoverySettings::default(),
            incidents: IncidentsSettings::default(),
            waivers: WaiversSettings::defaults(tier),
            custom: Map::new(),
        }
    }
}

pub(super) fn by_tier<T>(tier: Tier, values: [T; 4]) -> T {
    tier.choose(values)
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn canary(tier: Tier) -> CanarySettings {
    CanarySettings {
        judge: Judge::Sequential,
        kayenta: KayentaSettings {
            tolerance: 0.25,
            confidence: 0.98,
            gaps_are_zero: false,
            remove_outliers: false,
            pass: 75.0,
            marginal: 50.0,
            group_weights: std::collections::BTreeMap::new(),
        },
        alpha: 0.05,
        counts_margin: by_tier(tier, [0.25, 0.5, 0.5, 1.0]),
        samples_margin: by_tier(tier, [0.05, 0.1, 0.1, 0.2]),
        minimum_events: 3,
        minimum_samples: 8,
        on_regressed: SignalEffects {
            availability: SignalEffect::Rollback,
            latency: SignalEffect::Hold,
            freshness: SignalEffect::Rollback,
            throughput: SignalEffect::Rollback,
            saturation: SignalEffect::Hold,
            custom: SignalEffect::Deny,
        },
        on_undecided: CautiousEffect::Hold,
        on_undecided_segment: CautiousEffect::Warn,
        on_degraded: CautiousEffect::Hold,
    }
}

fn logs(tier: Tier) -> LogsSettings {
    LogsSettings {
        min_new: 1,
        max_new: 0,
        max_variants: 0,
        max_unlevelled_percent: 90.0,
        rise_margin: by_tier(tier, [0.25, 0.5, 0.5, 1.0]),
        min_risen: 10,
        alpha: 0.05,
        max_new_warnings: 0,
        max_listed: 200,
    }
}

fn change(tier: Tier) -> ChangeSettings {
    // Files whose very names say that they hold secrets. Removing one must stay possible.
    let secret = |glob: &str| ForbiddenPath {
        glob: glob.to_owned(),
        reason: "secrets and private keys do not belong in a repository".to_owned(),
        allow_deletion: true,
    };
    ChangeSettings {
        max_lines: by_tier(tier, [600, 800, 1200, 2000]),
        max_files: by_tier(tier, [30, 50, 80, 150]),
        forbidden_paths: ["**/.env", "**/id_rsa", "**/id_ecdsa", "**/id_ed25519", "**/*.p12", "**/*.pfx"].map(secret).to_vec(),
        allow_mixed_schema_and_code: false,
        require_conventional: true,
        commit_types: owned(&[
            "feat", "fix", "hotfix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert",
        ]),
        max_subject_length: 72,
    }
}

/// Each required section with the other headings that count as it.
const SECTIONS: [(&str, &[&str]); 8] = [
    ("user story", &["user stories", "problem statement", "用户故事", "需求背景"]),
    ("use cases", &["use case", "scenarios", "用例", "使用场景"]),
    ("constraints", &["constraint", "limitations", "约束", "限制"]),
    ("trade-offs", &["trade off", "tradeoffs", "tradeoff", "alternatives", "权衡", "取舍", "方案对比"]),
    (
        "design for failure",
        &["designing for failure", "failure modes", "failure handling", "fault tolerance", "失败设计", "容错", "故障处理"],
    ),
    ("grayscale plan", &["grayscale", "greyscale", "gray release", "canary", "rollout", "release plan", "灰度"]),
    ("monitoring", &["observability", "alerting", "alerts", "监控", "可观测"]),
    ("rollback", &["roll back", "rolling back", "backout", "back out", "回滚", "回退"]),
];

fn design(tier: Tier) -> DesignSettings {
    DesignSettings {
        paths: owned(&["docs/design/**/*.md", "docs/adr/**/*.md"]),
        required_above_lines: by_tier(tier, [200, 300, 500, 1000]),
        risky_paths: Vec::new(),
        required_sections: SECTIONS.iter().map(|(section, _)| (*section).to_owned()).collect(),
        synonyms: SECTIONS.iter().map(|(section, others)| ((*section).to_owned(), owned(others))).collect(),
        min_words: 3,
    }
}

/// Well-known clients of services, databases, caches and queues. A team adds its own.
const CLIENTS: [&str; 7] = [
    r"^npm:(stripe|twilio|@sendgrid/mail|aws-sdk|@aws-sdk/client-.+|@google-cloud/.+|pg|mysql2|mongodb|redis|ioredis|kafkajs|amqplib)$",
    r"^pypi:(stripe|twilio|sendgrid|boto3|google-cloud-.+|psycopg2?(-binary)?|pymysql|pymongo|redis|kafka-python|confluent-kafka|pika)$",
    r"^cargo:(async-stripe|aws-sdk-.+|tokio-postgres|mysql_async|mongodb|redis|rdkafka|lapin)$",
    r"^go:github\.com/(stripe/stripe-go|twilio/twilio-go|aws/aws-sdk-go|jackc/pgx|lib/pq|go-sql-driver/mysql|redis/go-redis|segmentio/kafka-go|rabbitmq/amqp091-go)(-v2)?(/.+)?$",
    r"^maven:(com\.stripe:stripe-java|com\.twilio\.sdk:twilio|software\.amazon\.awssdk:.+|org\.postgresql:postgresql|com\.mysql:mysql-connector-j|redis\.clients:jedis|io\.lettuce:lettuce-core|org\.apache\.kafka:kafka-clients|com\.rabbitmq:amqp-client)$",
    r"^gem:(stripe|twilio-ruby|aws-sdk-.+|pg|mysql2|mongo|redis|ruby-kafka|bunny)$",
    r"^composer:(stripe/stripe-php|twilio/sdk|aws/aws-sdk-php|predis/predis|php-amqplib/php-amqplib)$",
];

fn dependency(tier: Tier) -> DependencySettings {
    use DeclarationField as Field;
    DependencySettings {
        patterns: owned(&CLIENTS),
        require_declaration: tier < Tier::L3,
        required_fields: vec![Field::Strength, Field::Objectives, Field::TimeoutMs, Field::OnFailure],
        on_failure: FailureAnswers {
            weak: vec![OnFailure::Degrade, OnFailure::Mock],
            strong: vec![OnFailure::Isolate, OnFailure::CircuitBreak, OnFailure::FailFast],
        },
    }
}
