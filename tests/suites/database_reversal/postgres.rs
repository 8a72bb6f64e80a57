//! On PostgreSQL.

use kadian::facts::SqlDialect;
use libtest_mimic::Trial;

use super::{Seen, cases};
use crate::suites::trial;
use crate::support::migrations::{Flavor, Made};
use crate::support::postgres::Postgres;

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("database_reversal::postgres-agrees", agrees)]
}

/// So many cases in one call of `psql`.
const AT_ONCE: usize = 10;

/// Plays one case in a schema of its own. Columns are compared without their order, and backup tables are left out, as the product does.
const PLAY: &str = r"
CREATE FUNCTION shape() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(line, E'\n' ORDER BY line) FROM (
    SELECT format('column %s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  pg_get_expr(d.adbin, d.adrelid), a.attidentity) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'k') AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relname !~ '^b[0-9]+$'
    UNION ALL SELECT format('relation %s %s', relkind, relname) FROM pg_class
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'k') AND relname !~ '^b[0-9]+$'
    UNION ALL SELECT 'index ' || pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
      WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'k')
    UNION ALL SELECT format('constraint %s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
      FROM pg_constraint WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'k')
    UNION ALL SELECT 'type ' || typname || ' ' || coalesce((SELECT string_agg(enumlabel, ',') FROM pg_enum WHERE enumtypid = t.oid), '')
      FROM pg_type t WHERE typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'k') AND typtype IN ('e', 'd')
    UNION ALL SELECT 'view ' || pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'k') AND relkind = 'v'
  ) lines
$$;
CREATE FUNCTION content(OUT result jsonb) LANGUAGE plpgsql AS $$
  DECLARE t text; one jsonb;
  BEGIN
    result := '{}';
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'k') AND relkind = 'r' AND relname !~ '^b[0-9]+$' LOOP
      EXECUTE format('SELECT jsonb_agg(to_jsonb(x) ORDER BY to_jsonb(x)::text) FROM k.%I x', t) INTO one;
      result := result || jsonb_build_object(t, one);
    END LOOP;
  END
$$;
CREATE FUNCTION play(base text[], up text[], down text[]) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE s text; shape1 text; content1 jsonb; content2 jsonb;
  BEGIN
    SET client_min_messages = error;
    DROP SCHEMA IF EXISTS k CASCADE;
    CREATE SCHEMA k;
    SET search_path = k, public;
    FOREACH s IN ARRAY base LOOP EXECUTE s; END LOOP;
    shape1 := shape(); content1 := content();
    BEGIN
      FOREACH s IN ARRAY up LOOP EXECUTE s; END LOOP;
    EXCEPTION WHEN OTHERS THEN RETURN 'up ' || s || ': ' || SQLERRM;
    END;
    BEGIN
      FOREACH s IN ARRAY down LOOP EXECUTE s; END LOOP;
    EXCEPTION WHEN OTHERS THEN RETURN 'down ' || s || ': ' || SQLERRM;
    END;
    IF shape() <> shape1 THEN RETURN 'schema'; END IF;
    content2 := content();
    IF content1 <> content2 THEN RETURN 'data'; END IF;
    RETURN 'same';
  END
$$;";

fn agrees() {
    let server = Postgres::start();
    server.sql(PLAY);
    let mut seen = Seen::default();
    for chunk in cases(Flavor::Postgres, 5_000..5_100).chunks(AT_ONCE) {
        let calls: String = chunk.iter().map(|case| call(&case.made)).collect();
        let truths = server.sql(&calls);
        let truths: Vec<&str> = truths.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(truths.len(), chunk.len(), "{truths:?}");
        for (case, truth) in chunk.iter().zip(truths) {
            seen.take(case, SqlDialect::Postgres, truth);
        }
    }
    seen.show_at_least(100, 50, 5);
}

fn call(made: &Made) -> String {
    let list = |texts: Vec<&str>| {
        let texts: Vec<String> = texts.into_iter().map(|text| format!("$q${text}$q$")).collect();
        format!("ARRAY[{}]::text[]", texts.join(", "))
    };
    let down = made.down.iter().map(|undo| undo.sql.as_str()).collect();
    let of = |texts: &[String]| list(texts.iter().map(String::as_str).collect());
    format!("SELECT replace(public.play({}, {}, {}), E'\\n', ' ');\n", of(&made.base), of(&made.up), list(down))
}
