//! What a trigger function's body does when it runs for one operation.
//!
//! The grammar that is recognised: blocks with or without a label, `RAISE`, `RETURN`, `NULL`, `IF`
//! and `CASE`. A condition counts as known only if it compares `TG_OP` with literals, under a path
//! on which the comparison is the built-in one. A statement outside the grammar makes the whole body
//! unknown, wherever it stands.

mod condition;
mod evaluate;
mod hints;
mod parse;
mod statement;
#[cfg(test)]
mod tests;

use super::facts::{FunctionFacts, Level, Operation, Timing};
use super::lexer::{Token, TokenKind, tokens};
use super::path::pinned;
use super::reason::{Place, Reason, ReasonCode};
use evaluate::evaluate;
use statement::Statement;

/// What happens whenever the function is called for the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyOutcome {
    /// Every path ends in an error.
    AlwaysRaises,
    /// Every path skips the row without a word.
    AlwaysSuppresses,
    /// No path raises an error by itself.
    NeverRaises,
    /// It depends on something that the text does not settle.
    Conditional,
    /// The body is outside what is recognised.
    Unknown,
}

/// An outcome with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyVerdict {
    /// What happens.
    pub outcome: BodyOutcome,
    /// Whether the operation certainly goes through as it was asked for, as far as this function
    /// decides. Only this refutes a guard.
    pub lets_through: bool,
    /// Why, with places in the body; empty where every path raises.
    pub reasons: Vec<Reason>,
}

/// Says what `function` does when a trigger of this timing and level fires it for `operation`.
pub fn judge_body(
    function: &FunctionFacts,
    timing: Timing,
    level: Level,
    operation: Operation,
) -> BodyVerdict {
    let body = Body {
        function,
        skips_rows: timing == Timing::Before && level == Level::Row,
    };
    match body.statements() {
        Ok((tokens, statements)) => body.judge(&tokens, &statements, operation),
        Err(reasons) => BodyVerdict {
            outcome: BodyOutcome::Unknown,
            lets_through: false,
            reasons,
        },
    }
}

/// A finding in a body before it is shown to people: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    code: ReasonCode,
    /// Byte offset.
    at: usize,
    detail: String,
}

impl Finding {
    fn new(code: ReasonCode, at: usize, detail: impl Into<String>) -> Self {
        Self {
            code,
            at,
            detail: detail.into(),
        }
    }
}

struct Body<'a> {
    function: &'a FunctionFacts,
    /// Whether what the function returns decides about the row.
    skips_rows: bool,
}

impl Body<'_> {
    fn statements(&self) -> Result<(Vec<Token>, Vec<Statement>), Vec<Reason>> {
        if self.function.language != "plpgsql" {
            let language = format!("the language is `{}`", self.function.language);
            return Err(vec![self.reason(ReasonCode::FnLanguageOpaque, language)]);
        }
        if self.function.strict {
            let strict = "declared STRICT";
            return Err(vec![self.reason(ReasonCode::FnStrict, strict)]);
        }
        let tokens = tokens(&self.function.body).map_err(|error| {
            vec![self.place(Finding::new(ReasonCode::FnUnreadable, error.at, error.what))]
        })?;
        if let Some(unsure) = first_backslash(&tokens) {
            return Err(vec![self.place(unsure)]);
        }
        match parse::statements(&tokens) {
            Ok(statements) => Ok((tokens, statements)),
            Err(failure) => Err(self.with_hints(vec![failure], &tokens)),
        }
    }

    fn judge(
        &self,
        tokens: &[Token],
        statements: &[Statement],
        operation: Operation,
    ) -> BodyVerdict {
        let path = pinned(self.function.search_path.as_deref());
        let paths = evaluate(statements, operation, path);
        let (outcome, lets_through) = paths.outcome(operation, self.skips_rows);
        let reasons = if outcome == BodyOutcome::AlwaysRaises {
            Vec::new()
        } else {
            self.with_hints(paths.findings(statements), tokens)
        };
        BodyVerdict {
            outcome,
            lets_through,
            reasons,
        }
    }

    /// The findings and what else the text shows, each code once, in the order found.
    fn with_hints(&self, mut findings: Vec<Finding>, tokens: &[Token]) -> Vec<Reason> {
        findings.extend(hints::hints(tokens));
        let mut reasons: Vec<Reason> = Vec::new();
        for finding in findings {
            if reasons.iter().all(|known| known.code != finding.code) {
                reasons.push(self.place(finding));
            }
        }
        reasons
    }

    fn place(&self, finding: Finding) -> Reason {
        Reason {
            place: Some(Place::of(&self.function.body, finding.at)),
            ..self.reason(finding.code, finding.detail)
        }
    }

    fn reason(&self, code: ReasonCode, detail: impl Into<String>) -> Reason {
        Reason::on(code, &self.function.name, detail)
    }
}

fn first_backslash(tokens: &[Token]) -> Option<Finding> {
    let token = tokens
        .iter()
        .find(|token| matches!(token.kind, TokenKind::BackslashText(_)))?;
    Some(Finding::new(
        ReasonCode::FnUnreadable,
        token.at,
        "a backslash in a plain literal: its end depends on `standard_conforming_strings`",
    ))
}
