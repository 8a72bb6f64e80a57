//! SQL as migrations and dumps hold it.

use std::fmt::Write as _;

use kadian::facts::SqlDialect;

/// Kinds of statements of a migration, with `{n}` for a number.
const POSTGRES: &[&str] = &[
    "CREATE TABLE orders_{n} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE, \
     state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'paid', 'sent')), total numeric(12, 2) DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now())",
    "ALTER TABLE orders_{n} ADD COLUMN note_{n} text, ALTER COLUMN total SET NOT NULL",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_{n}_state ON orders_{n} (state, created_at DESC) WHERE state <> 'sent'",
    "ALTER TABLE orders_{n} ADD CONSTRAINT total_{n} CHECK (total >= 0) NOT VALID",
    "UPDATE orders_{n} SET state = 'paid', total = total * 1.1 WHERE id BETWEEN {n} AND 99999 AND lower(state) = 'new'",
    "DELETE FROM orders_{n} WHERE customer_id IN (SELECT id FROM customers WHERE gone_at < now() - interval '1 year')",
    "INSERT INTO settings (name, value) VALUES ('a{n}', '1'), ('b{n}', '2') ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    "COMMENT ON COLUMN orders_{n}.state IS 'what became of it'",
    "CREATE OR REPLACE FUNCTION touch_{n}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN NEW.created_at := now(); RETURN NEW; END; $body$",
    "DROP TABLE IF EXISTS old_orders_{n} CASCADE",
];

const MYSQL: &[&str] = &[
    "CREATE TABLE `orders_{n}` (`id` bigint unsigned NOT NULL AUTO_INCREMENT, `customer_id` int NOT NULL, `state` enum('new','paid') DEFAULT 'new', \
     `total` decimal(12,2) DEFAULT '0.00', PRIMARY KEY (`id`), KEY `customer` (`customer_id`,`state`), CONSTRAINT `c_{n}` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`)) \
     ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci",
    "ALTER TABLE `orders_{n}` ADD COLUMN `note` varchar(200) DEFAULT NULL AFTER `state`, ADD INDEX `note_{n}` (`note`(20)), ALGORITHM=INPLACE, LOCK=NONE",
    "ALTER TABLE `orders_{n}` MODIFY COLUMN `total` decimal(14,2) NOT NULL DEFAULT '0.00'",
    "CREATE UNIQUE INDEX `u_{n}` ON `orders_{n}` (`customer_id`, `total`)",
    "UPDATE `orders_{n}` o JOIN `customers` c ON c.id = o.customer_id SET o.state = 'paid' WHERE c.gone = 1 AND o.id > {n}",
    "DELETE FROM `orders_{n}` WHERE `state` = 'new' AND `total` < 5 ORDER BY `id` LIMIT 1000",
    "INSERT INTO `settings` (`name`, `value`) VALUES ('a{n}', '1'), ('b{n}', '2') ON DUPLICATE KEY UPDATE `value` = VALUES(`value`)",
    "ALTER TABLE `orders_{n}` CONVERT TO CHARACTER SET utf8mb4",
    "CREATE TRIGGER `t_{n}` BEFORE INSERT ON `orders_{n}` FOR EACH ROW BEGIN IF NEW.total < 0 THEN SET NEW.total = 0; END IF; END",
    "DROP TABLE IF EXISTS `old_orders_{n}`",
];

pub(crate) fn migrations(dialect: SqlDialect, statements: usize) -> String {
    let kinds = if dialect == SqlDialect::Postgres { POSTGRES } else { MYSQL };
    let mut text = String::new();
    for number in 0..statements {
        let statement = kinds[number % kinds.len()].replace("{n}", &(number / kinds.len()).to_string());
        let _ = writeln!(text, "-- step {number}\n{statement};\n");
    }
    text
}

pub(crate) fn inserts(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1_000);
    while text.len() < bytes {
        text.push_str("INSERT INTO `orders` VALUES (0,'it\\'s; here',NULL)");
        for number in 1..5_000 {
            let _ = write!(text, ",({number},'it\\'s; here',NULL)");
        }
        text.push_str(";\n");
    }
    text
}

pub(crate) fn copy(bytes: usize) -> String {
    let mut text = "COPY orders FROM stdin;\n".to_owned();
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        let _ = writeln!(text, "{number}\tit's; here\t\\N");
    }
    text.push_str("\\.\n");
    text
}
