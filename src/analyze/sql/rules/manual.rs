//! Sections of the vendors' manuals.

pub(super) const PG_ALTER_TABLE: &str =
    "PostgreSQL manual, ALTER TABLE: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESCRIPTION";
pub(super) const PG_ALTER_NOTES: &str =
    "PostgreSQL manual, ALTER TABLE, Notes: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES";
pub(super) const PG_LOCKING: &str =
    "PostgreSQL manual, 13.3.1 Table-Level Locks: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES";
pub(super) const PG_CREATE_INDEX: &str = "PostgreSQL manual, CREATE INDEX, Building Indexes Concurrently: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY";
pub(super) const PG_DROP_INDEX: &str =
    "PostgreSQL manual, DROP INDEX: https://www.postgresql.org/docs/current/sql-dropindex.html";
pub(super) const PG_REINDEX: &str = "PostgreSQL manual, REINDEX, Rebuilding Indexes Concurrently: https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY";
pub(super) const PG_DEPENDENCIES: &str =
    "PostgreSQL manual, 5.15 Dependency Tracking: https://www.postgresql.org/docs/current/ddl-depend.html";
pub(super) const MYSQL_ONLINE_DDL: &str = "MySQL 8.0 Reference Manual, 17.12.1 Online DDL Operations: https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html";
pub(super) const MARIADB_ONLINE_DDL: &str = "MariaDB documentation, InnoDB Online DDL Overview: https://mariadb.com/docs/server/server-usage/storage-engines/innodb/innodb-online-ddl/innodb-online-ddl-overview";
pub(super) const MARIADB_INPLACE: &str = "MariaDB documentation, InnoDB Online DDL Operations with the INPLACE Alter Algorithm: https://mariadb.com/docs/server/server-usage/storage-engines/innodb/innodb-online-ddl/innodb-online-ddl-operations-with-the-inplace-alter-algorithm";
pub(super) const MARIADB_INSTANT: &str = "MariaDB documentation, InnoDB Online DDL Operations with the INSTANT Alter Algorithm: https://mariadb.com/docs/server/server-usage/storage-engines/innodb/innodb-online-ddl/innodb-online-ddl-operations-with-the-instant-alter-algorithm";
pub(super) const SQLITE_ALTER: &str = "SQLite, ALTER TABLE: https://www.sqlite.org/lang_altertable.html";
