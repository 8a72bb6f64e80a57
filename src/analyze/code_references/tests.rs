use super::*;
use crate::analyze::sql::SqlSource;
use crate::evidence::sql::read;
use crate::facts::{Direction, SqlDialect, SqlPlace, SqlStatement, SqlUnderstanding};

fn column(table: &str, column: &str) -> Target {
    Target { statement: 0, table: table.to_owned(), column: Some(column.to_owned()), how: TakenAway::Dropped }
}

fn table(name: &str) -> Target {
    Target { statement: 0, table: name.to_owned(), column: None, how: TakenAway::Dropped }
}

/// Lines that are found, those that are not certain with a minus.
fn lines(target: Target, text: &str) -> Vec<i64> {
    let found = Finder::new(&[target]).look("src/a.x", text.as_bytes());
    found.into_iter().map(|it| if it.certain { i64::from(it.line) } else { -i64::from(it.line) }).collect()
}

#[test]
fn orms_of_every_kind_name_a_column() {
    let entities = [
        (
            "java",
            "@Entity\n@Table(name = \"orders\")\npublic class Order {\n  @Column(name = \"ship_to\")\n  private String shipTo;\n",
            vec![4, 5],
        ),
        ("kotlin", "@Entity(tableName = \"orders\")\ndata class OrderRow(\n  val shipTo: String,\n)\n", vec![3]),
        ("typescript", "@Entity('orders')\nexport class Order {\n  @Column()\n  shipTo: string;\n", vec![4]),
        ("drizzle", "export const orders = pgTable('orders', {\n  shipTo: text('ship_to'),\n});\n", vec![2]),
        ("go", "type Order struct {\n\tShipTo string `gorm:\"column:ship_to\"`\n}\n", vec![2]),
        ("csharp", "public class Order\n{\n    public string ShipTo { get; set; }\n}\n", vec![3]),
        ("ruby", "class Order < ApplicationRecord\n  validates :ship_to, presence: true\nend\n", vec![2]),
        ("python", "class Order(Base):\n    __tablename__ = \"orders\"\n    ship_to = Column(String)\n", vec![3]),
        (
            "django",
            "class Order(models.Model):\n    ship_to = models.TextField()\n    class Meta:\n        db_table = 'orders'\n",
            vec![2],
        ),
        ("diesel", "diesel::table! {\n    orders (id) {\n        ship_to -> Text,\n    }\n}\n", vec![3]),
        (
            "rust",
            "#[diesel(table_name = orders)]\nstruct Order {\n    #[diesel(column_name = ship_to)]\n    target: String,\n}\n",
            vec![3],
        ),
        ("prisma", "model Order {\n  shipTo String @map(\"ship_to\")\n  @@map(\"orders\")\n}\n", vec![2]),
        ("mybatis", "<select id=\"x\">\n  SELECT ship_to FROM orders\n</select>\n", vec![2]),
        ("php", "class Order extends Model {\n  protected $fillable = ['ship_to'];\n}\n", vec![2]),
        ("sql", "SELECT o.ship_to\nFROM orders o\n", vec![1]),
        ("spring", "interface OrderRepository {\n  List<Order> findByShipToAndState(String s, String t);\n}\n", vec![2]),
        ("getter", "Order order = load();\nprint(order.getShipTo());\n", vec![2]),
    ];
    for (what, text, wanted) in entities {
        assert_eq!(lines(column("orders", "ship_to"), text), wanted, "{what}");
    }
}

#[test]
fn a_column_without_its_table_is_not_certain() {
    let far = format!("orders()\n{}ship_to = 1\n", "x\n".repeat(20));
    assert_eq!(lines(column("orders", "ship_to"), &far), [-22]);
    assert_eq!(lines(column("orders", "status"), &far.replace("ship_to", "status")), [0; 0], "every second table has one");
    assert_eq!(lines(column("orders", "status"), "UPDATE orders SET status = 1"), [1]);
    assert_eq!(lines(column("orders", "state"), "SELECT state FROM carts ORDER BY state"), [0; 0], "ORDER BY names no table");
}

#[test]
fn parts_of_other_words_are_none() {
    for text in [
        "orders.ship_town",
        "orders.reship_to",
        "orders shipToken",
        "orders.unship_to",
        "orders worshipTo",
        "orders ship-to",
        "orders shipto2",
    ] {
        assert_eq!(lines(column("orders", "ship_to"), text), [0; 0], "{text}");
    }
    for text in ["orders.ship_to", "orders SHIP_TO", "orders shipTo", "orders ShipTo", "orders isShipTo", "orders \"ship_to\""] {
        assert_eq!(lines(column("orders", "ship_to"), text), [1], "{text}");
    }
    assert_eq!(lines(column("orders", "name"), "order.userName()"), [0; 0], "of another column");
}

#[test]
fn comments_are_told_and_are_not_certain() {
    for text in ["// orders.ship_to", "# orders.ship_to", "  * orders.ship_to", "-- orders.ship_to", "x = 1 // orders.ship_to"] {
        assert_eq!(lines(column("orders", "ship_to"), text), [-1], "{text}");
    }
    assert_eq!(lines(column("orders", "ship_to"), "get(\"http://x/orders?ship_to=1\")"), [1]);
}

#[test]
fn a_table_is_named_in_sql_or_by_its_entity() {
    assert_eq!(lines(table("orders"), "db.query(\"SELECT 1 FROM orders\")\norders = []\nclass Order:\n"), [1, -2, 3]);
    assert_eq!(lines(table("order_items"), "items = order_items.all()"), [1]);
    assert_eq!(lines(table("orders"), "x.table(\"orders\")"), [1]);
    assert_eq!(lines(table("orders"), "SELECT 1 ORDER BY 2\nreorders\nborders"), [0; 0]);
}

#[test]
fn the_next_class_is_another_entity() {
    let text = "class Order(Base):\n    a = 1\n\n\n\n\n\n\n\n\n\n\nclass Cart(Base):\n    status = Column()\n    ship_to = 1\n";
    assert_eq!(lines(column("orders", "status"), text), [0; 0]);
    assert_eq!(lines(column("carts", "status"), text), [14]);
    assert_eq!(lines(column("orders", "ship_to"), text), [-15]);
}

#[test]
fn several_targets_are_found_in_one_pass() {
    let targets = [column("orders", "ship_to"), column("users", "nick"), table("carts")];
    let text = "SELECT ship_to FROM orders;\nSELECT nick FROM users;\nSELECT 1 FROM carts;\n";
    let found = Finder::new(&targets).look("src/q.sql", text.as_bytes());
    let places: Vec<_> = found.iter().map(|it| (it.line, it.target, it.certain)).collect();
    assert_eq!(places, [(1, 0, true), (2, 1, true), (3, 2, true)]);
    let base = named(&found[..1]);
    let facts = references(found, &targets, &base);
    assert_eq!(facts.iter().map(|it| it.at_base).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(facts[1].column.as_deref(), Some("nick"));
}

#[test]
fn hostile_files_are_survived() {
    let finder = Finder::new(&[column("orders", "ship_to"), column("", ""), column("é", "ü_ñ")]);
    let long = format!("{}ship_to orders", "x".repeat(1 << 20));
    for text in [
        &b""[..],
        b"\0ship_to orders",
        b"\xff ship_to orders \xfe",
        b"ship_to",
        long.as_bytes(),
        "ship_to\u{1b}[31m orders".as_bytes(),
    ] {
        for place in finder.look("a.rs", text) {
            assert!(place.text.chars().count() <= 120 && !place.text.contains('\u{1b}'), "{place:?}");
        }
    }
    let many = "orders.ship_to\n".repeat(100_000);
    assert!(finder.look("a.rs", many.as_bytes()).len() <= 20);
    let found = Finder::new(&[column("orders", "ship_to")]).look("a.rs", b"x(\"pg://me:hunter2@h/orders\", ship_to)");
    assert!(!found[0].text.contains("hunter2"), "{found:?}");
    assert!(Finder::new(&[]).look("a.rs", b"a").is_empty());
}

fn of_sql(text: &str) -> Vec<(String, Option<String>)> {
    let script = read(text, SqlDialect::Postgres);
    let source =
        SqlSource { path: "a.sql", direction: Direction::Up, script: &script, in_transaction: false, edited: false, added: None };
    let facts: Vec<SqlStatement> = script
        .statements
        .iter()
        .map(|statement| SqlStatement {
            place: SqlPlace {
                file: "a.sql".to_owned(),
                line: statement.span.line,
                column: statement.span.column,
                end_line: statement.span.end_line,
                end_column: statement.span.end_column,
            },
            kind: String::new(),
            tables: Vec::new(),
            direction: Direction::Up,
            understood: SqlUnderstanding::Parsed,
            reason: None,
            text: String::new(),
            correction: false,
            estimated_rows: None,
            full_scans: None,
            most_rows: None,
            estimate_failed: None,
        })
        .collect();
    targets(&[source], &facts).into_iter().map(|target| (target.table, target.column)).collect()
}

#[test]
fn what_goes_for_good_is_a_target() {
    let named = |table: &str, column: Option<&str>| (table.to_owned(), column.map(str::to_owned));
    assert_eq!(of_sql("ALTER TABLE a DROP COLUMN b, RENAME COLUMN c TO d"), [named("a", Some("b")), named("a", Some("c"))]);
    assert_eq!(of_sql("DROP TABLE app.a, b; ALTER TABLE c RENAME TO d"), [named("a", None), named("b", None), named("c", None)]);
    assert_eq!(of_sql("ALTER TABLE a DROP b; ALTER TABLE a ADD b int"), [], "it is there again");
    assert_eq!(of_sql("CREATE TABLE a (b int); ALTER TABLE a DROP b; DROP TABLE a"), [], "the change made it");
    assert_eq!(of_sql("ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a"), [named("b", None)], "another one has its name");
}
