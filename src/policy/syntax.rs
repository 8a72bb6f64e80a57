//! The syntax tree that the checks over policies work on: what the engine's tree holds, without the engine.

/// Where a piece of text stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Span {
    /// Counted from 1.
    pub(super) line: u32,
    /// Counted from 1, in bytes.
    pub(super) column: u32,
    /// Byte offset of the first byte.
    pub(super) start: usize,
    /// Byte offset after the last byte.
    pub(super) end: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Module {
    /// The path components of the package, without `data`.
    pub(super) package: Vec<String>,
    pub(super) package_span: Span,
    pub(super) imports: Vec<Import>,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) span: Span,
    /// `input` or `data` and what follows it; `rego` and `future` are left in so that they can be told apart.
    pub(super) path: Vec<String>,
    /// The name in this file.
    pub(super) alias: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RuleKind {
    /// `name contains x`.
    Set,
    /// `name := value`, `name if ..`, `name[key] := value`.
    Value,
    Function,
    /// `default name := value`.
    Default,
}

/// One definition: a head with its bodies.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) span: Span,
    /// The first name in the head.
    pub(super) name: String,
    /// Where that name stands.
    pub(super) name_span: Span,
    /// What follows the name in the head, as in `name.part[key]`.
    pub(super) head_parts: Vec<Part>,
    pub(super) kind: RuleKind,
    /// The parameters of a function.
    pub(super) args: Vec<Expr>,
    /// The element of a set.
    pub(super) key: Option<Expr>,
    /// The value in the head.
    pub(super) value: Option<Expr>,
    pub(super) bodies: Vec<Body>,
}

/// A body, or an `else` branch, which may have a value of its own.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) value: Option<Expr>,
    pub(super) stmts: Vec<Stmt>,
}

#[derive(Debug, Clone)]
pub(super) struct Stmt {
    pub(super) kind: StmtKind,
    /// Target and replacement of each `with`.
    pub(super) with: Vec<(Expr, Expr)>,
}

#[derive(Debug, Clone)]
pub(super) enum StmtKind {
    Some(Vec<String>),
    SomeIn { key: Option<Expr>, value: Expr, collection: Expr },
    Expr(Expr),
    Not(Expr),
    Every { key: Option<String>, value: String, domain: Expr, body: Vec<Stmt> },
}

#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub(super) span: Span,
    pub(super) node: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Order,
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    String(String),
    Null,
    /// A number or a boolean.
    Scalar,
    Var(String),
    /// `head.part[part]`.
    Ref {
        head: Box<Expr>,
        parts: Vec<Part>,
    },
    Call {
        /// The function as it is written, for example `time.now_ns`; none when it is not a plain name.
        name: Option<String>,
        args: Vec<Expr>,
    },
    /// An array or a set.
    List(Vec<Expr>),
    Object(Vec<(Expr, Expr)>),
    /// A comprehension; one term, or key and value.
    Comprehension {
        terms: Vec<Expr>,
        body: Vec<Stmt>,
    },
    Compare {
        op: Comparison,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    /// Arithmetic, `|`, `&`, and the sign.
    Compute(Vec<Expr>),
    /// `:=` (declares) or `=`.
    Assign {
        declares: bool,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    In {
        key: Option<Box<Expr>>,
        value: Box<Expr>,
        collection: Box<Expr>,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) key: Key,
}

#[derive(Debug, Clone)]
pub(super) enum Key {
    Name(String),
    Computed(Expr),
}
