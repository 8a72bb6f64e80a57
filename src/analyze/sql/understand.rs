//! Runs the rules over the statements of a change, in the order in which they would run.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::earlier::{Earlier, Known};
use super::hit::{Hit, Hits, shown};
use super::routines::Routines;
use super::rule::Rule;
use super::rules::batch;
use super::scene::{Ahead, Scene, head};
use super::sizes::{Size, Sizes};
use super::state::{State, Step};
use super::{RULES, SqlOptions, SqlSource, UnderstoodSql, bookkeeping, words};
use crate::evidence::sql::{Action, Script, Span, Statement, Trouble, TroubleKind, Understood};
use crate::facts::{
    Direction, LineRange, SizeClass, SqlDialect, SqlPlace, SqlRisk, SqlStatement, SqlUnderstanding, TouchedTable,
};

/// What the statements of a change do to production.
///
/// The sources come in the order in which they would run. Going up is followed from script to script; each way down begins with what
/// going up has made, because nothing but the change's own work is known to stand there. The answer is in the order of files and
/// places. Without sources it is empty.
#[must_use]
pub fn understand(sources: &[SqlSource<'_>], options: &SqlOptions<'_>) -> UnderstoodSql {
    let sizes = Sizes::new(options);
    let unknown = SqlOptions { statistics: None, ..options.clone() };
    let no_sizes = Sizes::new(&unknown);
    let earlier = Bases::new(sources, options);
    let mut report = Report {
        options,
        earlier: &earlier,
        known_sizes: &sizes,
        no_sizes: &no_sizes,
        sizes: &sizes,
        routines: Routines::default(),
        by_dialect: by_dialect(),
        statements: Vec::new(),
        risks: Vec::new(),
        tables: BTreeMap::new(),
    };
    // What one folder makes is not in the database of another one, as far as anybody knows.
    let mut states: HashMap<(Family, &str), State> = HashMap::new();
    for source in sources.iter().filter(|source| source.direction == Direction::Up) {
        report.script(source, states.entry(database(source)).or_default());
    }
    let mut downs: HashMap<(Family, &str), State> = HashMap::new();
    for source in sources.iter().filter(|source| source.direction == Direction::Down) {
        let database = database(source);
        let down = downs.entry(database).or_insert_with(|| states.get(&database).map(State::for_down).unwrap_or_default());
        report.script(source, down);
    }
    report.finish()
}

/// What the migrations of the base say, by the database that stands behind them.
#[derive(Default)]
struct Bases<'a> {
    of: HashMap<Family, HashMap<&'a str, Earlier>>,
    /// The bare names of the tables in all folders.
    named: HashMap<Family, HashSet<String>>,
    nothing: Earlier,
    no_names: HashSet<String>,
}

impl<'a> Bases<'a> {
    fn new(sources: &[SqlSource<'a>], options: &SqlOptions<'a>) -> Bases<'a> {
        let mut scripts: HashMap<(Family, &str), Vec<Option<&Script>>> = HashMap::new();
        let families: BTreeSet<Family> = sources.iter().map(|source| family(source.script.dialect)).collect();
        for earlier in options.earlier {
            // Whose a file is that nobody can read is not known.
            let families = earlier.script.map_or_else(|| families.clone(), |script| BTreeSet::from([family(script.dialect)]));
            for family in families {
                scripts.entry((family, folder(earlier.path))).or_default().push(earlier.script);
            }
        }
        let mut bases = Bases::default();
        for (database, scripts) in scripts.into_iter().collect::<BTreeMap<_, _>>() {
            let earlier = Earlier::new(scripts);
            bases.named.entry(database.0).or_default().extend(earlier.names().cloned());
            bases.of.entry(database.0).or_default().insert(database.1, earlier);
        }
        bases
    }

    fn of(&self, source: &SqlSource<'_>) -> (&Earlier, &HashSet<String>) {
        let (family, folder) = database(source);
        let earlier = self.of.get(&family).and_then(|folders| folders.get(folder));
        (earlier.unwrap_or(&self.nothing), self.named.get(&family).unwrap_or(&self.no_names))
    }
}

/// Servers that read the same statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Family {
    Postgres,
    Mysql,
    Sqlite,
}

fn family(dialect: SqlDialect) -> Family {
    match dialect {
        SqlDialect::Postgres => Family::Postgres,
        SqlDialect::Mysql | SqlDialect::Mariadb => Family::Mysql,
        SqlDialect::Sqlite => Family::Sqlite,
    }
}

/// What stands for the database of a script: its family and its folder; the folder above where each migration has one of its own
/// (`1_x/up.sql`), or each direction.
fn database<'a>(source: &SqlSource<'a>) -> (Family, &'a str) {
    (family(source.script.dialect), folder(source.path))
}

fn folder(path: &str) -> &str {
    let (mut folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let own = ["up.sql", "down.sql", "migration.sql"].contains(&file);
    let of_direction = |folder: &str| ["up", "down", "deploy", "revert", "do", "undo"].contains(&folder);
    if own || of_direction(folder.rsplit('/').next().unwrap_or(folder)) {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
    folder
}

/// The rules of each dialect, in the order of the registry.
fn by_dialect() -> HashMap<SqlDialect, Vec<&'static Rule>> {
    let mut rules: HashMap<SqlDialect, Vec<&'static Rule>> = HashMap::new();
    for rule in RULES {
        for dialect in rule.dialects {
            rules.entry(*dialect).or_default().push(rule);
        }
    }
    rules
}

struct Report<'a> {
    options: &'a SqlOptions<'a>,
    earlier: &'a Bases<'a>,
    known_sizes: &'a Sizes<'a>,
    no_sizes: &'a Sizes<'a>,
    /// Those of the script: statistics of another kind of server say nothing of it.
    sizes: &'a Sizes<'a>,
    routines: Routines,
    by_dialect: HashMap<SqlDialect, Vec<&'static Rule>>,
    statements: Vec<SqlStatement>,
    risks: Vec<SqlRisk>,
    tables: BTreeMap<String, TouchedTable>,
}

impl Report<'_> {
    fn script(&mut self, source: &SqlSource<'_>, state: &mut State) {
        let dialect = source.script.dialect;
        state.begin_script(source.in_transaction && !dialect.is_mysql(), dialect);
        let rules = self.by_dialect.get(&dialect).cloned().unwrap_or_default();
        let same = self.options.statistics.is_some_and(|statistics| family(statistics.dialect) == family(dialect));
        self.sizes = if same { self.known_sizes } else { self.no_sizes };
        let sizes = self.sizes;
        let bases = self.earlier;
        let (earlier, named) = bases.of(source);
        let known = Known { sizes, earlier, named };
        let added = Added::new(source.added);
        let ahead = Ahead::new(source.script);
        let mut numbers = Vec::with_capacity(source.script.statements.len());
        for (number, statement) in source.script.statements.iter().enumerate() {
            let judged = added.touch(statement.span);
            numbers.push(judged.then_some(self.statements.len()));
            // What a block or a function of the change may run counts as run, in its place.
            let inside = self.routines.inside(statement, dialect);
            let alone = inside.is_empty();
            if judged {
                let index = self.statement(source, statement, &inside, state);
                self.touched(statement, state);
                self.judge(source, statement, number, &ahead, state, &rules, index, earlier);
            }
            for inner in inside {
                if let Some(index) = numbers[number] {
                    self.touched(&inner, state);
                    self.judge(source, &inner, number, &ahead, state, &rules, index, earlier);
                }
                state.follow(&inner, Step { dialect, judged, maybe: true, beside: &known });
            }
            // What a block runs it may run again and again.
            if let Some(index) = numbers[number].filter(|_| !alone) {
                self.statements[index].most_rows = None;
            }
            state.follow(statement, Step { dialect, judged, maybe: false, beside: &known });
            self.routines.follow(statement, dialect);
        }
        for trouble in source.script.troubles.iter().filter(|trouble| added.touch(trouble.span)) {
            self.trouble(source, trouble, &numbers);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a scene is made of")]
    fn judge(
        &mut self,
        source: &SqlSource<'_>,
        statement: &Statement,
        number: usize,
        ahead: &Ahead,
        state: &State,
        rules: &[&'static Rule],
        index: usize,
        earlier: &Earlier,
    ) {
        if let Some(parts) = words::too_many_parts(statement) {
            let message = format!("the statement has {parts} parts, which are too many to be judged");
            self.unread(source, place(source, statement.span), index, TroubleKind::Limit, message);
            return;
        }
        let head = head(&statement.text);
        let (sizes, options, routines) = (self.sizes, self.options, &self.routines);
        let scene = Scene { source, statement, head: &head, number, ahead, state, routines, sizes, earlier, options };
        self.statements[index].most_rows = batch::most_rows(&scene);
        let mut hits = Hits::default();
        let note = bookkeeping::is_bookkeeping(statement, state);
        for rule in rules.iter().filter(|rule| !note || bookkeeping::judges(rule)) {
            hits.found.clear();
            (rule.find)(&scene, &mut hits);
            for hit in &hits.found {
                let risk = self.risk(rule, hit, &scene, index);
                self.risks.push(risk);
            }
        }
    }

    fn statement(&mut self, source: &SqlSource<'_>, statement: &Statement, inside: &[Statement], state: &State) -> usize {
        let corrects = |statement: &Statement| words::is_correction(statement) && !bookkeeping::is_bookkeeping(statement, state);
        let (understood, reason) = match &statement.understood {
            Understood::Parsed => (SqlUnderstanding::Parsed, None),
            Understood::Classified => (SqlUnderstanding::Classified, None),
            Understood::No(reason) => (SqlUnderstanding::Unparsed, Some(reason.clone())),
        };
        let mut tables = words::tables(statement);
        tables.extend(inside.iter().flat_map(words::tables));
        self.statements.push(SqlStatement {
            place: place(source, statement.span),
            kind: words::kind(statement),
            tables: tables.iter().map(|name| shown(&name.to_string())).collect(),
            direction: source.direction,
            understood,
            reason,
            text: words::one_line(statement, source.script.dialect),
            correction: corrects(statement) || inside.iter().any(corrects),
            estimated_rows: None,
            most_rows: None,
            full_scans: None,
            estimate_failed: None,
        });
        self.statements.len() - 1
    }

    fn touched(&mut self, statement: &Statement, state: &State) {
        for name in words::tables(statement) {
            let shown = shown(&name.to_string());
            let creates = statement.actions.iter().any(|action| match action {
                Action::CreateTable(create) => create.name.as_ref() == Some(&name),
                _ => false,
            });
            let record = (!state.has_rows_of_others(&name)).then(|| self.sizes.record(&state.original(&name))).flatten();
            let created_here = creates && record.is_none() || state.is_new(&name);
            let size = if created_here {
                Size { rows: None, bytes: None, class: SizeClass::Small }
            } else {
                self.sizes.of_record(record)
            };
            let table = TouchedTable {
                name: shown.clone(),
                created_here,
                rows: size.rows,
                bytes: size.bytes,
                size: size.class,
                slow_ms: self.sizes.slow(&name),
                replicated: self.sizes.replicas().map(|replicas| replicas > 0),
            };
            // One name may mean several tables in a change: the one that was there before counts.
            let counts = self.tables.get(&shown).is_none_or(|known| known.created_here && !table.created_here);
            if counts {
                self.tables.insert(shown, table);
            }
        }
    }

    fn risk(&self, rule: &Rule, hit: &Hit, scene: &Scene<'_>, index: usize) -> SqlRisk {
        let dialect = scene.dialect();
        let (lock, safe, source) = rule.words(dialect);
        let new = hit.table.as_ref().and_then(|table| scene.state.why_new(table));
        let size = match &hit.table {
            Some(_) if new.is_some() => Size { rows: None, bytes: None, class: SizeClass::Small },
            Some(table) => self.sizes.of_record(scene.record(table)),
            None => Size { rows: None, bytes: None, class: SizeClass::Unknown },
        };
        let weighed = rule.weighed_by_size && !hit.unweighed;
        let spared = new.filter(|_| rule.spares_new && !hit.also_new);
        let small = (weighed && size.class == SizeClass::Small).then(|| {
            size.rows
                .map(|rows| format!("the table is small: about {rows} rows, and up to {} are small", self.sizes.small_rows()))
        });
        let message = hit.text(hit.message.unwrap_or(rule.says), dialect, false);
        SqlRisk {
            rule: rule.id.to_owned(),
            class: rule.class,
            severity: hit.severity.unwrap_or(rule.severity),
            place: place(scene.source, scene.statement.span),
            statement: index,
            direction: scene.source.direction,
            table: hit.table.as_ref().map(|name| shown(&name.to_string())),
            column: hit.column.as_deref().map(shown),
            message,
            lock: hit.lock.or(lock).map(str::to_owned),
            blocks: hit.blocks.unwrap_or(rule.blocks),
            rewrites: rule.rewrites,
            scans: rule.scans,
            weighed_by_size: weighed,
            rows: size.rows,
            bytes: size.bytes,
            size: size.class,
            harmless: hit.harmless.clone().or(spared).or(small.flatten()),
            safe: hit.text(hit.safe.unwrap_or(safe), dialect, true),
            source: source.to_owned(),
        }
    }

    /// What is wrong with the text itself is a risk of the statement in which it stands, or of one of its own.
    fn trouble(&mut self, source: &SqlSource<'_>, trouble: &Trouble, numbers: &[Option<usize>]) {
        let span = trouble.span;
        let after = source.script.statements.partition_point(|statement| statement.span.start <= span.start);
        let inside = after.checked_sub(1).filter(|before| span.start < source.script.statements[*before].span.end);
        let at = place(source, span);
        let index = inside.and_then(|number| numbers[number]).unwrap_or_else(|| {
            self.statements.push(SqlStatement {
                place: at.clone(),
                kind: "text".to_owned(),
                tables: Vec::new(),
                direction: source.direction,
                understood: SqlUnderstanding::Unparsed,
                reason: Some(trouble.message.clone()),
                text: String::new(),
                correction: false,
                estimated_rows: None,
                most_rows: None,
                full_scans: None,
                estimate_failed: None,
            });
            self.statements.len() - 1
        });
        self.unread(source, at, index, trouble.kind, trouble.message.clone());
    }

    /// A risk of what cannot be read.
    fn unread(&mut self, source: &SqlSource<'_>, at: SqlPlace, index: usize, kind: TroubleKind, message: String) {
        let rule = super::rules::unparsed::for_trouble(kind);
        let (lock, safe, manual) = rule.words(source.script.dialect);
        self.risks.push(SqlRisk {
            rule: rule.id.to_owned(),
            class: rule.class,
            severity: rule.severity,
            place: at,
            statement: index,
            direction: source.direction,
            table: None,
            column: None,
            message,
            lock: lock.map(str::to_owned),
            blocks: rule.blocks,
            rewrites: false,
            scans: false,
            weighed_by_size: false,
            rows: None,
            bytes: None,
            size: SizeClass::Unknown,
            harmless: None,
            safe: safe.to_owned(),
            source: manual.to_owned(),
        });
    }

    /// Sorts by file and place, the worst of a statement first; the numbers of statements in risks follow.
    fn finish(self) -> UnderstoodSql {
        let mut order: Vec<usize> = (0..self.statements.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.statements[*a], &self.statements[*b]);
            (&a.place, a.direction).cmp(&(&b.place, b.direction))
        });
        let mut new_number = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            new_number[*old] = new;
        }
        let mut slots: Vec<Option<SqlStatement>> = self.statements.into_iter().map(Some).collect();
        let statements = order.iter().filter_map(|old| slots[*old].take()).collect();
        let mut risks = self.risks;
        for risk in &mut risks {
            risk.statement = new_number[risk.statement];
        }
        risks.sort_by(|a, b| {
            let key = |risk: &SqlRisk| (risk.place.clone(), risk.statement, Reverse(risk.severity));
            key(a)
                .cmp(&key(b))
                .then_with(|| (&a.rule, &a.table, &a.column, &a.message).cmp(&(&b.rule, &b.table, &b.column, &b.message)))
        });
        risks.dedup();
        UnderstoodSql { statements, risks, tables: self.tables.into_values().collect() }
    }
}

/// The lines that the change adds, in their order.
struct Added(Option<Vec<LineRange>>);

impl Added {
    fn new(ranges: Option<&[LineRange]>) -> Added {
        Added(ranges.map(|ranges| {
            let mut ranges = ranges.to_vec();
            ranges.sort_by_key(|range| (range.first, range.last));
            ranges
        }))
    }

    /// Whether any line of the place is among them. Ranges do not overlap, so that the first one that ends late enough decides.
    fn touch(&self, span: Span) -> bool {
        let Some(ranges) = &self.0 else { return true };
        let first = ranges.partition_point(|range| range.last < span.line);
        ranges.get(first).is_some_and(|range| range.first <= span.end_line)
    }
}

fn place(source: &SqlSource<'_>, span: Span) -> SqlPlace {
    SqlPlace {
        file: source.path.to_owned(),
        line: span.line,
        column: span.column,
        end_line: span.end_line,
        end_column: span.end_column,
    }
}
