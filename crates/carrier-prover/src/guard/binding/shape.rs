//! `checksum = digest(payload)`, exactly.

use std::collections::BTreeSet;

use super::expression::Expression;
use super::payload::{Part, ambiguity, bytes};
use super::read::Reader;
use super::refusal::{BindingCode, BindingRefusal};
use super::{Binding, BindingColumn, BindingFacts, BindingSource};
use crate::guard::lexer::{Token, tokens};

pub(super) fn judge(facts: &BindingFacts) -> Result<Binding, BindingRefusal> {
    if !facts.enforced {
        let detail = "declared NOT ENFORCED";
        return Err(BindingRefusal::new(BindingCode::NotEnforced, detail));
    }
    if !facts.validated {
        let detail = "declared NOT VALID, and not validated since";
        return Err(BindingRefusal::new(BindingCode::NotValidated, detail));
    }
    match &facts.source {
        BindingSource::Check(definition) => {
            let (expression, no_inherit) = check(definition)?;
            let mut binding = one_of(&expression, facts)?;
            binding.no_inherit = no_inherit;
            Ok(binding)
        }
        BindingSource::Generated { column, expression } => {
            let tokens = lexed(expression)?;
            let mut reader = Reader::new(&tokens);
            let digest = reader.expression()?;
            if !reader.rest().is_empty() {
                return Err(not_the_shape("something after the expression"));
            }
            bound(column, &digest, facts)
        }
    }
}

fn lexed(text: &str) -> Result<Vec<Token>, BindingRefusal> {
    tokens(text).map_err(|error| {
        let detail = format!("{} at byte {}", error.what, error.at);
        BindingRefusal::new(BindingCode::Unreadable, detail)
    })
}

/// `CHECK (…)` and what the server prints after it.
fn check(definition: &str) -> Result<(Expression, bool), BindingRefusal> {
    let tokens = lexed(definition)?;
    let [first, rest @ ..] = tokens.as_slice() else {
        return Err(not_the_shape("an empty text"));
    };
    if !(first.is_word("check") && rest.first().is_some_and(|it| it.is_mark('('))) {
        return Err(not_the_shape("not a CHECK"));
    }
    let mut reader = Reader::new(rest);
    let expression = reader.expression()?;
    let suffix: Vec<Option<&str>> = reader.rest().iter().map(Token::word).collect();
    match suffix.as_slice() {
        [] => Ok((expression, false)),
        [Some("no"), Some("inherit")] => Ok((expression, true)),
        [.., Some("not"), Some("valid")] => Err(BindingRefusal::new(
            BindingCode::NotValidated,
            "printed as NOT VALID",
        )),
        [.., Some("not"), Some("enforced")] => Err(BindingRefusal::new(
            BindingCode::NotEnforced,
            "printed as NOT ENFORCED",
        )),
        _ => Err(not_the_shape("something after the condition")),
    }
}

/// The binding of the first conjunct that is one: a conjunction is no weaker than its parts.
fn one_of(expression: &Expression, facts: &BindingFacts) -> Result<Binding, BindingRefusal> {
    match expression {
        Expression::And(left, right) => one_of(left, facts).or_else(|first| {
            one_of(right, facts).map_err(|second| {
                if first.code == BindingCode::NotTheShape {
                    second
                } else {
                    first
                }
            })
        }),
        Expression::Or(..) => Err(BindingRefusal::new(
            BindingCode::Tautology,
            "an OR: the other side may be true by itself",
        )),
        Expression::Equal(left, right) if left == right => Err(BindingRefusal::new(
            BindingCode::Tautology,
            "both sides are the same",
        )),
        Expression::Equal(left, right) => match (left.as_ref(), right.as_ref()) {
            (Expression::Column(checksum), digest) | (digest, Expression::Column(checksum)) => {
                bound(checksum, digest, facts)
            }
            _ => Err(not_the_shape("neither side of `=` is a column alone")),
        },
        Expression::Else(what) => Err(not_the_shape(what)),
        _ => Err(not_the_shape("not an equation")),
    }
}

fn bound(
    checksum: &str,
    digest: &Expression,
    facts: &BindingFacts,
) -> Result<Binding, BindingRefusal> {
    let column = known(checksum, &facts.columns)?;
    let (digest, payload) = digested(digest)?;
    let parts = bytes(payload, &facts.columns)?;
    let columns: BTreeSet<String> = parts.iter().filter_map(Part::column).collect();
    let reads = || parts.iter().filter_map(Part::reads);
    if reads().any(|name| name == checksum) {
        let detail = format!("`{checksum}` is part of what it is the digest of");
        return Err(BindingRefusal::new(BindingCode::SelfReference, detail));
    }
    if columns.is_empty() {
        let detail = "the digest of a constant";
        return Err(BindingRefusal::new(BindingCode::NothingBound, detail));
    }
    for name in reads() {
        if !known(name, &facts.columns)?.not_null {
            let detail = format!("`{name}` may be NULL");
            return Err(BindingRefusal::new(BindingCode::NullablePart, detail));
        }
    }
    let is_check = matches!(facts.source, BindingSource::Check(_));
    if is_check && !column.not_null {
        let detail = format!("`{checksum}` may be NULL");
        return Err(BindingRefusal::new(BindingCode::NullableChecksum, detail));
    }
    Ok(Binding {
        checksum: checksum.to_owned(),
        digest: digest.to_owned(),
        columns,
        ambiguous: ambiguity(&parts),
        no_inherit: false,
    })
}

/// The digest function and what it is taken of, `encode(…, 'hex')` taken off.
fn digested(expression: &Expression) -> Result<(&str, &Expression), BindingRefusal> {
    let Expression::Call(name, arguments) = expression else {
        return Err(not_the_shape("not a digest"));
    };
    match (name.as_str(), arguments.as_slice()) {
        ("encode", [inner, format]) if literal(format) == Some("hex") => match inner {
            Expression::Call(own, _) if own == "encode" => Err(not_the_shape("encoded twice")),
            _ => digested(inner),
        },
        ("sha224" | "sha256" | "sha384" | "sha512", [payload]) => Ok((name, payload)),
        ("md5" | "crc32" | "crc32c" | "hashtext" | "hashtextextended", _) => {
            let detail = format!("`{name}` does not bind");
            Err(BindingRefusal::new(BindingCode::WeakDigest, detail))
        }
        _ => Err(not_the_shape(&format!("`{name}` is no digest"))),
    }
}

/// The value of a literal, with or without the cast that the server prints.
pub(super) fn literal(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::Text(text) => Some(text),
        Expression::Cast(inner, name) if name == "text" || name == "name" => match inner.as_ref() {
            Expression::Text(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn known<'a>(
    name: &str,
    columns: &'a [BindingColumn],
) -> Result<&'a BindingColumn, BindingRefusal> {
    columns
        .iter()
        .find(|column| column.name == name)
        .ok_or_else(|| {
            let detail = format!("`{name}` is no column of the table");
            BindingRefusal::new(BindingCode::UnknownColumn, detail)
        })
}

pub(super) fn not_the_shape(what: &str) -> BindingRefusal {
    BindingRefusal::new(BindingCode::NotTheShape, what)
}

/// The column whose length in bytes a check fixes: `length(column) = n`, for a `bytea` column.
pub(super) fn fixed_length(definition: &str) -> Option<String> {
    let (expression, _) = check(definition).ok()?;
    let Expression::Equal(left, right) = expression else {
        return None;
    };
    let (Expression::Call(name, arguments), Expression::Number(_)) = (*left, *right) else {
        return None;
    };
    match arguments.as_slice() {
        [Expression::Column(column)] if name == "length" || name == "octet_length" => {
            Some(column.clone())
        }
        _ => None,
    }
}
