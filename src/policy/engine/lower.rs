//! The engine's syntax tree, turned into ours.

use regorus::unstable as ast;

use crate::policy::error::PolicyError;
use crate::policy::syntax::{Body, Comparison, Expr, Import, Key, Module, Node, Part, Rule, RuleKind, Span, Stmt, StmtKind};

/// How deep an expression may be nested. Deeper ones come from long chains of operators; every later step recurses over them.
const MAX_DEPTH: usize = 200;

/// Turns a parsed file into our tree.
pub(in crate::policy) fn module(path: &str, text: &str, source: &ast::Module) -> Result<Module, PolicyError> {
    let lower = Lower { path, text };
    let package_span = lower.span(&source.package.span);
    let package = lower.path_of(&source.package.refr)?;
    let mut imports = Vec::new();
    for import in &source.imports {
        let path = lower.path_of(&import.refr)?;
        let alias = match (&import.r#as, path.last()) {
            (Some(alias), _) => alias.text().to_owned(),
            (None, Some(last)) => last.clone(),
            (None, None) => String::new(),
        };
        imports.push(Import { span: lower.span(&import.span), path, alias });
    }
    let rules = source.policy.iter().map(|rule| lower.rule(rule)).collect::<Result<_, _>>()?;
    Ok(Module { package, package_span, imports, rules })
}

struct Lower<'a> {
    path: &'a str,
    text: &'a str,
}

type Lowered<T> = Result<T, PolicyError>;

impl Lower<'_> {
    fn error(&self, at: &ast::Span, message: &str) -> PolicyError {
        let at = self.span(at);
        PolicyError::at(self.path, at.line, at.column, message)
    }

    /// The engine counts a tab as four columns; the column in bytes follows from the offset.
    fn span(&self, span: &ast::Span) -> Span {
        let (start, end) = (span.start as usize, span.end as usize);
        let line_start = self.text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let column = u32::try_from(start - line_start + 1).unwrap_or(u32::MAX);
        Span { line: span.line, column, start, end }
    }

    /// From the first character of an expression; the engine's own span of a call or reference starts at its last part.
    fn whole(&self, expr: &ast::Expr) -> Span {
        let mut first = expr;
        loop {
            first = match first {
                ast::Expr::Call { fcn: inner, .. }
                | ast::Expr::RefDot { refr: inner, .. }
                | ast::Expr::RefBrack { refr: inner, .. }
                | ast::Expr::BinExpr { lhs: inner, .. }
                | ast::Expr::ArithExpr { lhs: inner, .. }
                | ast::Expr::BoolExpr { lhs: inner, .. }
                | ast::Expr::AssignExpr { lhs: inner, .. } => inner,
                _ => break,
            };
        }
        let (start, end) = (self.span(first.span()), self.span(expr.span()).end);
        Span { end: end.max(start.end), ..start }
    }

    /// The constant path of a package or an import.
    fn path_of(&self, expr: &ast::Expr) -> Lowered<Vec<String>> {
        let lowered = self.expr(expr, 0)?;
        let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let path = match lowered.node {
            Node::Var(name) => vec![name],
            Node::Ref { head, parts } => {
                let mut path = match head.node {
                    Node::Var(name) => vec![name],
                    _ => Vec::new(),
                };
                path.extend(parts.into_iter().map(|part| match part.key {
                    Key::Name(name) => name,
                    Key::Computed(_) => String::new(),
                }));
                path
            }
            _ => Vec::new(),
        };
        if path.is_empty() || !path.iter().all(|name| plain(name)) {
            return Err(self
                .error(expr.span(), "expected a path of plain names")
                .hint("Use letters, digits and `_` between dots, as in `package kadian.coverage`."));
        }
        Ok(path)
    }

    fn rule(&self, rule: &ast::Rule) -> Lowered<Rule> {
        match rule {
            ast::Rule::Default { span: at, refr, args, value, .. } => {
                let (name, name_span, head_parts) = self.head(refr)?;
                let kind = if args.is_empty() { RuleKind::Default } else { RuleKind::Function };
                let value = Some(self.expr(value, 0)?);
                let bodies = Vec::new();
                Ok(Rule {
                    span: self.span(at),
                    name,
                    name_span,
                    head_parts,
                    kind,
                    args: self.exprs(args, 0)?,
                    key: None,
                    value,
                    bodies,
                })
            }
            ast::Rule::Spec { span: at, head, bodies } => {
                let (refr, kind, args, key, assign) = match head {
                    ast::RuleHead::Compr { refr, assign, .. } => (refr, RuleKind::Value, Vec::new(), None, assign.as_ref()),
                    ast::RuleHead::Set { refr, key, .. } => (refr, RuleKind::Set, Vec::new(), key.as_ref(), None),
                    ast::RuleHead::Func { refr, args, assign, .. } => {
                        (refr, RuleKind::Function, self.exprs(args, 0)?, None, assign.as_ref())
                    }
                };
                let (name, name_span, head_parts) = self.head(refr)?;
                let key = key.map(|key| self.expr(key, 0)).transpose()?;
                let value = assign.map(|assign| self.expr(&assign.value, 0)).transpose()?;
                let mut lowered = Vec::new();
                for body in bodies {
                    let value = body.assign.as_ref().map(|assign| self.expr(&assign.value, 0)).transpose()?;
                    lowered.push(Body { value, stmts: self.stmts(&body.query, 0)? });
                }
                Ok(Rule { span: self.span(at), name, name_span, head_parts, kind, args, key, value, bodies: lowered })
            }
        }
    }

    fn head(&self, refr: &ast::Expr) -> Lowered<(String, Span, Vec<Part>)> {
        let lowered = self.expr(refr, 0)?;
        match lowered.node {
            Node::Var(name) => Ok((name, lowered.span, Vec::new())),
            Node::Ref { head, parts } => match head.node {
                Node::Var(name) => Ok((name, head.span, parts)),
                _ => Err(self.error(refr.span(), "expected a rule name")),
            },
            _ => Err(self.error(refr.span(), "expected a rule name")),
        }
    }

    fn stmts(&self, query: &ast::Query, depth: usize) -> Lowered<Vec<Stmt>> {
        query.stmts.iter().map(|stmt| self.stmt(stmt, depth)).collect()
    }

    fn stmt(&self, stmt: &ast::LiteralStmt, depth: usize) -> Lowered<Stmt> {
        let kind = match &stmt.literal {
            ast::Literal::SomeVars { vars, .. } => StmtKind::Some(vars.iter().map(|var| var.text().to_owned()).collect()),
            ast::Literal::SomeIn { key, value, collection, .. } => StmtKind::SomeIn {
                key: key.as_ref().map(|key| self.expr(key, depth)).transpose()?,
                value: self.expr(value, depth)?,
                collection: self.expr(collection, depth)?,
            },
            ast::Literal::Expr { expr, .. } => StmtKind::Expr(self.expr(expr, depth)?),
            ast::Literal::NotExpr { expr, .. } => StmtKind::Not(self.expr(expr, depth)?),
            ast::Literal::Every { key, value, domain, query, .. } => StmtKind::Every {
                key: key.as_ref().map(|key| key.text().to_owned()),
                value: value.text().to_owned(),
                domain: self.expr(domain, depth)?,
                body: self.stmts(query, depth + 1)?,
            },
        };
        let mut with = Vec::new();
        for modifier in &stmt.with_mods {
            with.push((self.expr(&modifier.refr, depth)?, self.expr(&modifier.r#as, depth)?));
        }
        Ok(Stmt { kind, with })
    }

    fn exprs(&self, exprs: &[ast::Ref<ast::Expr>], depth: usize) -> Lowered<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr, depth)).collect()
    }

    fn boxed(&self, expr: &ast::Expr, depth: usize) -> Lowered<Box<Expr>> {
        Ok(Box::new(self.expr(expr, depth)?))
    }

    fn expr(&self, expr: &ast::Expr, depth: usize) -> Lowered<Expr> {
        use ast::Expr as E;
        if depth > MAX_DEPTH {
            return Err(self
                .error(expr.span(), &format!("the expression is nested deeper than {MAX_DEPTH} levels"))
                .hint("Split it over several rules."));
        }
        let deeper = depth + 1;
        let node = match expr {
            E::String { value, .. } | E::RawString { value, .. } => {
                Node::String(value.as_string().map(ToString::to_string).unwrap_or_default())
            }
            E::Number { .. } | E::Bool { .. } => Node::Scalar,
            E::Null { .. } => Node::Null,
            E::Var { span, .. } => Node::Var(span.text().to_owned()),
            E::Array { items, .. } | E::Set { items, .. } => Node::List(self.exprs(items, deeper)?),
            E::Object { fields, .. } => {
                let mut lowered = Vec::new();
                for (_, key, value) in fields {
                    lowered.push((self.expr(key, deeper)?, self.expr(value, deeper)?));
                }
                Node::Object(lowered)
            }
            E::ArrayCompr { term, query, .. } | E::SetCompr { term, query, .. } => {
                Node::Comprehension { terms: vec![self.expr(term, deeper)?], body: self.stmts(query, deeper)? }
            }
            E::ObjectCompr { key, value, query, .. } => Node::Comprehension {
                terms: vec![self.expr(key, deeper)?, self.expr(value, deeper)?],
                body: self.stmts(query, deeper)?,
            },
            E::Call { fcn, params, .. } => Node::Call { name: dotted(fcn), args: self.exprs(params, deeper)? },
            E::UnaryExpr { expr, .. } => Node::Compute(vec![self.expr(expr, deeper)?]),
            E::RefDot { .. } | E::RefBrack { .. } => return self.reference(expr, depth),
            E::BinExpr { lhs, rhs, .. } | E::ArithExpr { lhs, rhs, .. } => {
                Node::Compute(vec![self.expr(lhs, deeper)?, self.expr(rhs, deeper)?])
            }
            E::BoolExpr { op, lhs, rhs, .. } => {
                let op = match op {
                    ast::BoolOp::Eq => Comparison::Equal,
                    ast::BoolOp::Ne => Comparison::NotEqual,
                    _ => Comparison::Order,
                };
                Node::Compare { op, lhs: self.boxed(lhs, deeper)?, rhs: self.boxed(rhs, deeper)? }
            }
            E::AssignExpr { op, lhs, rhs, .. } => Node::Assign {
                declares: *op == ast::AssignOp::ColEq,
                lhs: self.boxed(lhs, deeper)?,
                rhs: self.boxed(rhs, deeper)?,
            },
            E::Membership { key, value, collection, .. } => Node::In {
                key: key.as_ref().map(|key| self.boxed(key, deeper)).transpose()?,
                value: self.boxed(value, deeper)?,
                collection: self.boxed(collection, deeper)?,
            },
        };
        Ok(Expr { span: self.whole(expr), node })
    }

    /// Unrolls `a.b[c].d`, whose tree nests to the left, into a head and its parts.
    fn reference(&self, expr: &ast::Expr, depth: usize) -> Lowered<Expr> {
        let mut parts = Vec::new();
        let mut current = expr;
        loop {
            current = match current {
                ast::Expr::RefDot { refr, field, .. } => {
                    parts.push(Part { key: Key::Name(field.0.text().to_owned()) });
                    refr
                }
                ast::Expr::RefBrack { refr, index, .. } => {
                    let index = self.expr(index, depth + 1)?;
                    let key = match index.node {
                        Node::String(name) => Key::Name(name),
                        _ => Key::Computed(index),
                    };
                    parts.push(Part { key });
                    refr
                }
                _ => break,
            };
        }
        parts.reverse();
        Ok(Expr { span: self.whole(expr), node: Node::Ref { head: self.boxed(current, depth + 1)?, parts } })
    }
}

/// The name of a function as it is written; none when it is not plain names between dots.
fn dotted(mut expr: &ast::Expr) -> Option<String> {
    let mut names = Vec::new();
    loop {
        match expr {
            ast::Expr::Var { span, .. } => {
                names.push(span.text().to_owned());
                names.reverse();
                return Some(names.join("."));
            }
            ast::Expr::RefDot { refr, field, .. } => {
                names.push(field.0.text().to_owned());
                expr = refr;
            }
            ast::Expr::RefBrack { refr, index, .. } => match index.as_ref() {
                ast::Expr::String { value, .. } => {
                    names.push(value.as_string().ok()?.to_string());
                    expr = refr;
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}
