//! How statements are weighed, by the settings.

use crate::analyze::sql::SqlOptions;
use crate::config::settings::{DatabaseSettings, ServerVersion};
use crate::evidence::table_stats::TableStatistics;
use crate::gate::reports::Search;

impl Search<'_> {
    pub(super) fn sql_options<'s>(&self, statistics: Option<&'s TableStatistics>) -> SqlOptions<'s> {
        of_settings(&self.judge.config.settings.database, statistics)
    }
}

/// The options that the settings mean.
pub(super) fn of_settings<'s>(settings: &DatabaseSettings, statistics: Option<&'s TableStatistics>) -> SqlOptions<'s> {
    SqlOptions {
        statistics,
        earlier: &[],
        small_rows: settings.small_rows,
        large_rows: settings.large_rows,
        postgres: settings.servers.postgres,
        mysql: version(&settings.servers.mysql),
        mariadb: version(&settings.servers.mariadb),
    }
}

fn version(of: &ServerVersion) -> (u32, u32) {
    (of.major, of.minor)
}
