//! What else the text of a body shows: never a proof, only words for why it is none.

use super::Finding;
use crate::guard::lexer::{Token, TokenKind};
use crate::guard::reason::ReasonCode;

/// Words before a parenthesis that call nothing.
const NOT_CALLS: [&str; 23] = [
    "and", "any", "all", "as", "between", "by", "case", "coalesce", "else", "exists", "from", "if",
    "in", "like", "not", "on", "or", "select", "then", "using", "values", "when", "where",
];

/// Everything worth naming, in the order of the text.
pub(super) fn hints(tokens: &[Token]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|it| tokens.get(it));
        let after = index.checked_add(1).and_then(|it| tokens.get(it));
        if shadows(token, before, after) {
            found.push(Finding::new(
                ReasonCode::FnTgOpShadowed,
                token.at,
                "something else is called TG_OP here",
            ));
        }
        if let Some(word) = token.word() {
            found.extend(word_hint(word, token.at, before, after));
        }
    }
    found
}

fn word_hint(
    word: &str,
    at: usize,
    before: Option<&Token>,
    after: Option<&Token>,
) -> Option<Finding> {
    let after_word = after.and_then(Token::word).unwrap_or_default();
    let (code, detail) = match word {
        "exception" if after_word == "when" => {
            (ReasonCode::FnExceptionHandler, "an exception handler")
        }
        "assert" => (
            ReasonCode::FnAssert,
            "ASSERT, which `plpgsql.check_asserts` turns off",
        ),
        "execute" => (ReasonCode::FnDynamicExecute, "EXECUTE"),
        "declare" => (ReasonCode::FnDeclares, "a DECLARE section"),
        "raise" if matches!(after_word, "debug" | "log" | "info" | "notice" | "warning") => (
            ReasonCode::FnRaiseNotError,
            "a RAISE below EXCEPTION goes on",
        ),
        "current_setting" | "set_config" => (ReasonCode::FnReadsSetting, "reads a setting"),
        "current_user" | "session_user" | "current_role" | "user" | "pg_has_role"
        | "pg_trigger_depth" | "inet_client_addr" | "pg_backend_pid" => (
            ReasonCode::FnReadsIdentity,
            "reads who or where the session is",
        ),
        "select" | "perform" | "insert" | "update" | "delete" => {
            (ReasonCode::FnReadsTables, "reads or writes a table")
        }
        _ => {
            let qualified = before.is_some_and(|it| it.is_mark('.'));
            let calls = after.is_some_and(|it| it.is_mark('('));
            if qualified || !calls || NOT_CALLS.contains(&word) {
                return None;
            }
            (
                ReasonCode::FnCallsUnqualified,
                "calls a function by an unqualified name",
            )
        }
    };
    Some(Finding::new(code, at, detail))
}

/// Whether `token` declares TG_OP or writes into it.
fn shadows(token: &Token, before: Option<&Token>, after: Option<&Token>) -> bool {
    let named = match &token.kind {
        TokenKind::Word(name) | TokenKind::Quoted(name) => name == "tg_op",
        _ => false,
    };
    let starts = before.is_none_or(|it| {
        it.is_mark(';')
            || matches!(
                it.word(),
                Some("begin" | "then" | "else" | "declare" | "into" | "strict" | "diagnostics")
            )
    });
    named && (starts || after.is_some_and(|it| it.is_operator(":=")))
}
