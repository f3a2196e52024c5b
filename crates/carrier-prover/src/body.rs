//! What a function's body may do, read conservatively from its tokens.
//!
//! It looks for verbs and names; it does not follow control flow. What it does not understand it
//! says, so that the reader counts it as possible.

use std::collections::BTreeSet;

use crate::facts::rows::Function;
use crate::guard::lexer::{Token, TokenKind, tokens};
use crate::path::Operation;

/// A name in a body, as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

/// What a body may do.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent observations of one text"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Why the body could do anything: another language, tokens that are not certain, DDL.
    pub(crate) opaque: Option<String>,
    /// Whether it runs text that it makes itself.
    pub(crate) dynamic: bool,
    /// The writes it names.
    pub(crate) writes: Vec<(Operation, Name)>,
    /// What it may call.
    pub(crate) calls: Vec<Name>,
    /// Every name in it, in its arguments and in what it returns, whatever it is of; of a longer one
    /// each two parts that follow each other.
    pub(crate) mentions: BTreeSet<Name>,
    /// Whether every statement runs whenever the function is called.
    pub(crate) straight: bool,
    /// Whether it sends notifications.
    pub(crate) notifies: bool,
    /// The columns of the new row that it changes, `*` for all of them.
    pub(crate) normalises: Vec<String>,
    /// Whether it speaks of raising an exception.
    pub(crate) raises: bool,
    /// Whether it names the setting that silences ordinary triggers.
    pub(crate) names_replication_role: bool,
    /// Whether it names the setting by which names are looked up.
    pub(crate) names_search_path: bool,
    /// Whether it fetches from a cursor.
    pub(crate) fetches: bool,
}

const BRANCHING: [&str; 12] = [
    "if",
    "case",
    "loop",
    "while",
    "for",
    "foreach",
    "exception",
    "raise",
    "assert",
    "exit",
    "continue",
    "goto",
];

/// Functions of the server's that run a query they are given.
///
/// `…_to_xml` all read what they are named; the last two make a value of a type that they are named.
const RUNNING: [&str; 4] = [
    "ts_rewrite",
    "ts_stat",
    "pg_input_is_valid",
    "pg_input_error_info",
];

/// The bytes that the server keeps of a name.
const NAME_MAX: usize = 63;

const DEFINING: [&str; 6] = ["alter", "create", "drop", "grant", "revoke", "reassign"];

/// Reads the body of a function.
pub(crate) fn effects(function: &Function) -> Effects {
    // The server's own functions in C do what they are documented to do, and no more.
    if function.language == "internal" || function.schema == "pg_catalog" {
        let mut found = Effects::default();
        built_in(
            &mut found,
            function.source.as_deref().unwrap_or_default(),
            &[],
        );
        return found;
    }
    if !matches!(function.language.as_str(), "sql" | "plpgsql") {
        return Effects {
            opaque: Some(format!("its language is `{}`", function.language)),
            ..Effects::default()
        };
    }
    let text = function.sql_body.as_ref().or(function.source.as_ref());
    let Some(text) = text else {
        return Effects {
            opaque: Some("its body is not shown".to_owned()),
            ..Effects::default()
        };
    };
    let mut found = match tokens(text) {
        Ok(found) => of_tokens(&found),
        Err(error) => Effects {
            opaque: Some(format!(
                "its body is not read: {} at byte {}",
                error.what, error.at
            )),
            ..Effects::default()
        },
    };
    let declared = [&function.arguments, &function.returns].map(|text| of_text(text).mentions);
    found.mentions.extend(declared.into_iter().flatten());
    found
}

/// Reads the tokens of a statement, such as a rule's.
pub(crate) fn of_text(text: &str) -> Effects {
    match tokens(text) {
        Ok(found) => of_tokens(&found),
        Err(error) => Effects {
            opaque: Some(error.what.to_owned()),
            ..Effects::default()
        },
    }
}

fn of_tokens(found: &[Token]) -> Effects {
    let mut effects = Effects {
        straight: true,
        ..Effects::default()
    };
    for (at, token) in found.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|last| found.get(last));
        let after = found.get(at.saturating_add(1)..).unwrap_or_default();
        effects.names_replication_role |= names(token, "session_replication_role");
        effects.names_search_path |= names(token, "search_path");
        if let Some(word) = token.word().filter(|_| !is_part(before)) {
            verb(&mut effects, word, before, after);
        }
        if let Some(why) = unread(token) {
            effects.opaque = Some(why.to_owned());
        }
        if let Some(name) = call(found, at) {
            built_in(&mut effects, &name.name, after);
            effects.calls.push(name);
        }
        effects.mentions.extend(mention(found, at));
    }
    effects
}

fn verb(effects: &mut Effects, word: &str, before: Option<&Token>, after: &[Token]) {
    let follows = |word: &str| before.is_some_and(|token| token.is_word(word));
    match word {
        "insert" => effects.write(Operation::Insert, target(after, &["into"])),
        "merge" => {
            let name = target(after, &["into"]);
            for operation in [Operation::Insert, Operation::Update, Operation::Delete] {
                effects.write(operation, name.clone());
            }
        }
        // `FOR UPDATE`, `FOR NO KEY UPDATE`, `ON CONFLICT DO UPDATE SET` name no table here.
        "update" if follows("for") || follows("key") => {}
        "update" if follows("do") => effects.upsert(),
        // MERGE has named its table before.
        "update" if after.first().is_some_and(|token| token.is_word("set")) => {}
        "update" => effects.write(Operation::Update, target(after, &[])),
        "delete" => effects.write(Operation::Delete, target(after, &["from"])),
        "truncate" => {
            for name in targets(after) {
                effects.write(Operation::Truncate, Some(name));
            }
        }
        "copy" => effects.write(Operation::Insert, target(after, &[])),
        "refresh" => effects.opaque = Some("it refreshes a materialized view".to_owned()),
        "execute" => effects.dynamic = true,
        "fetch" | "move" if begins(before) => effects.fetches = true,
        "constraints" if follows("set") => {
            effects.opaque = Some("it has deferred triggers run at once".to_owned());
        }
        "notify" => effects.notifies = true,
        "new" => effects.normalises.extend(assigned(before, after)),
        "raise" => {
            effects.raises = true;
            effects.straight = false;
        }
        "do" if !after.first().is_some_and(is_done) => effects.dynamic = true,
        "reset" | "discard" if begins(before) => {
            effects.opaque = Some("it takes settings back".to_owned());
        }
        "operator" => effects.calls.extend(operator(after)),
        _ if DEFINING.contains(&word) => effects.opaque = Some(format!("it says `{word}`")),
        _ if BRANCHING.contains(&word) => effects.straight = false,
        _ => {}
    }
}

/// What a function of the server's does beyond answering.
fn built_in(effects: &mut Effects, name: &str, after: &[Token]) {
    match name {
        "pg_notify" => effects.notifies = true,
        "set_config" if !is_literal_first(after) => {
            effects.opaque = Some("it makes a setting that it does not name".to_owned());
        }
        _ => effects.dynamic |= RUNNING.contains(&name) || name.contains("_to_xml"),
    }
}

/// Whether the first argument is a text as it stands.
fn is_literal_first(arguments: &[Token]) -> bool {
    let [_, first, second, ..] = arguments else {
        return false;
    };
    matches!(first.kind, TokenKind::Text(_)) && second.is_mark(',')
}

impl Effects {
    fn write(&mut self, operation: Operation, name: Option<Name>) {
        match name {
            Some(name) if name.name.starts_with("pg_") => {
                self.opaque = Some(format!("it writes `{}`", name.name));
            }
            Some(name) => self.writes.push((operation, name)),
            // A verb whose object is not found is not excused.
            None => self.opaque = Some(format!("`{}` of something unnamed", operation.as_str())),
        }
    }

    fn upsert(&mut self) {
        let inserted = self
            .writes
            .iter()
            .rev()
            .find(|(operation, _)| *operation == Operation::Insert)
            .map(|(_, name)| name.clone());
        self.write(Operation::Update, inserted);
    }

    /// Whether it could write anything at all.
    pub(crate) fn is_unbounded(&self) -> bool {
        self.opaque.is_some() || self.dynamic
    }
}

/// The column of the new row that is assigned, `*` for the row; `:=` anywhere, `=` where a statement
/// begins, because elsewhere it compares; and INTO.
fn assigned(before: Option<&Token>, after: &[Token]) -> Option<String> {
    let (column, rest) = match after {
        [dot, name, rest @ ..] if dot.is_mark('.') => (identifier(name)?.to_owned(), rest),
        rest => ("*".to_owned(), rest),
    };
    let into = before.is_some_and(|token| token.is_word("into") || token.is_word("strict"));
    let is_assignment = match rest {
        [first, ..] => first.is_operator(":=") || (begins(before) && first.is_operator("=")),
        [] => false,
    };
    (into || is_assignment).then_some(column)
}

/// Whether what follows `ON CONFLICT DO`, or `DO` of a rule.
fn is_done(token: &Token) -> bool {
    let done = ["update", "nothing", "also", "instead"];
    done.iter().any(|word| token.is_word(word))
}

/// Whether a token goes on a name that began before.
fn is_part(before: Option<&Token>) -> bool {
    before.is_some_and(|token| token.is_mark('.'))
}

/// Why a token may mean something else than what stands there.
fn unread(token: &Token) -> Option<&'static str> {
    match &token.kind {
        TokenKind::OtherLiteral => Some("it holds a literal or name that is not looked at"),
        TokenKind::Word(name) | TokenKind::Quoted(name) if name.len() > NAME_MAX => {
            Some("it holds a name that the server cuts")
        }
        _ => None,
    }
}

/// The schema of `OPERATOR(schema.sign)`, as a call of something in it.
fn operator(after: &[Token]) -> Option<Name> {
    let [open, schema, dot, ..] = after else {
        return None;
    };
    if !open.is_mark('(') || !dot.is_mark('.') {
        return None;
    }
    Some(Name {
        schema: Some(identifier(schema)?.to_owned()),
        name: String::new(),
    })
}

/// Whether a statement begins after a token.
fn begins(before: Option<&Token>) -> bool {
    let opening = ["begin", "then", "else", "loop"];
    before.is_none_or(|token| token.is_mark(';') || opening.iter().any(|word| token.is_word(word)))
}

fn names(token: &Token, setting: &str) -> bool {
    match &token.kind {
        TokenKind::Word(text)
        | TokenKind::Quoted(text)
        | TokenKind::Text(text)
        | TokenKind::BackslashText(text) => text.to_ascii_lowercase().contains(setting),
        _ => false,
    }
}

fn identifier(token: &Token) -> Option<&str> {
    match &token.kind {
        TokenKind::Word(name) | TokenKind::Quoted(name) => Some(name),
        _ => None,
    }
}

/// The name after a verb, its connecting words skipped.
fn target(after: &[Token], connecting: &[&str]) -> Option<Name> {
    let mut rest = after;
    for word in connecting {
        match rest {
            [token, tail @ ..] if token.is_word(word) => rest = tail,
            _ => return None,
        }
    }
    while let [token, tail @ ..] = rest
        && (token.is_word("only") || token.is_word("table"))
    {
        rest = tail;
    }
    name(rest).map(|(name, _)| name)
}

fn targets(after: &[Token]) -> Vec<Name> {
    let mut rest = after;
    let mut found = Vec::new();
    loop {
        while let [token, tail @ ..] = rest
            && (token.is_word("only") || token.is_word("table"))
        {
            rest = tail;
        }
        let Some((one, tail)) = name(rest) else {
            return found;
        };
        found.push(one);
        match tail {
            [comma, more @ ..] if comma.is_mark(',') => rest = more,
            _ => return found,
        }
    }
}

fn name(from: &[Token]) -> Option<(Name, &[Token])> {
    let (first, mut rest) = from.split_first()?;
    let mut parts = vec![identifier(first)?.to_owned()];
    while let [dot, part, tail @ ..] = rest
        && dot.is_mark('.')
        && let Some(part) = identifier(part)
    {
        parts.push(part.to_owned());
        rest = tail;
    }
    let name = parts.pop()?;
    let schema = parts.pop();
    Some((Name { schema, name }, rest))
}

/// A name as far as this part of it, with the part before it; a first part is none by itself.
fn mention(found: &[Token], at: usize) -> Option<Name> {
    let name = identifier(found.get(at)?)?.to_owned();
    let schema = qualifier(found, at);
    let goes_on = found
        .get(at.saturating_add(1))
        .is_some_and(|token| token.is_mark('.'));
    (schema.is_some() || !goes_on).then_some(Name { schema, name })
}

/// What stands before a part of a name and the dot.
fn qualifier(found: &[Token], at: usize) -> Option<String> {
    let dot = found.get(at.checked_sub(1)?)?;
    let before = found.get(at.checked_sub(2)?)?;
    let name = dot.is_mark('.').then(|| identifier(before))?;
    name.map(str::to_owned)
}

/// A name that an opening parenthesis follows; keywords among them are no function of anybody.
fn call(found: &[Token], at: usize) -> Option<Name> {
    let opens = found.get(at.saturating_add(1))?.is_mark('(');
    if !opens || is_filled(found, at) {
        return None;
    }
    mention(found, at)
}

/// Whether a name is what INTO names, with its columns after it.
fn is_filled(found: &[Token], at: usize) -> bool {
    let mut first = at;
    while let Some(dot) = first.checked_sub(1)
        && found.get(dot).is_some_and(|token| token.is_mark('.'))
        && let Some(before) = dot.checked_sub(1)
    {
        first = before;
    }
    let before = first.checked_sub(1).and_then(|before| found.get(before));
    before.is_some_and(|token| token.is_word("into"))
}

#[cfg(test)]
mod tests;
