//! Conditions that only `TG_OP` decides.

use crate::guard::facts::Operation;
use crate::guard::lexer::{Token, TokenKind};

/// A condition of an IF or a CASE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Comparisons of `TG_OP` with literals: the operations for which they hold, under the built-in
    /// operators.
    Operations(Vec<Operation>),
    /// Anything else, starting at this byte offset.
    Other { at: usize },
}

const ALL: [Operation; 4] = [
    Operation::Insert,
    Operation::Update,
    Operation::Delete,
    Operation::Truncate,
];

/// Recognises the condition of an IF or of a searched CASE.
pub(super) fn condition(tokens: &[Token], at: usize) -> Condition {
    decide(at, |operation| {
        let mut reader = reader(tokens, operation);
        let holds = reader.any_of()?;
        reader.rest.is_empty().then_some(holds)
    })
}

/// Recognises the alternatives of one arm of a CASE over `operand`.
pub(super) fn alternatives(operand: &[Token], literals: &[Token], at: usize) -> Condition {
    decide(at, |operation| {
        let mut operand = reader(operand, operation);
        operand.tg_op()?;
        let mut literals = reader(literals, operation);
        let holds = literals.literals()?;
        (operand.rest.is_empty() && literals.rest.is_empty()).then_some(holds)
    })
}

fn decide(at: usize, holds: impl Fn(Operation) -> Option<bool>) -> Condition {
    let mut operations = Vec::new();
    for operation in ALL {
        match holds(operation) {
            Some(true) => operations.push(operation),
            Some(false) => {}
            None => return Condition::Other { at },
        }
    }
    Condition::Operations(operations)
}

fn reader(rest: &[Token], operation: Operation) -> Reader<'_> {
    Reader {
        rest,
        operation,
        depth: 0,
    }
}

/// Parentheses and negations nest no deeper in a condition that is recognised.
const DEPTH_MAX: usize = 32;

/// Reads a condition and evaluates it for one operation. None: not recognised.
struct Reader<'a> {
    rest: &'a [Token],
    operation: Operation,
    depth: usize,
}

impl Reader<'_> {
    fn any_of(&mut self) -> Option<bool> {
        let mut holds = self.all_of()?;
        while self.word("or") {
            holds |= self.all_of()?;
        }
        Some(holds)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut holds = self.negatable()?;
        while self.word("and") {
            holds &= self.negatable()?;
        }
        Some(holds)
    }

    fn negatable(&mut self) -> Option<bool> {
        self.depth = self.depth.checked_add(1).filter(|it| *it <= DEPTH_MAX)?;
        let holds = if self.word("not") {
            !self.negatable()?
        } else if self.mark('(') {
            let inner = self.any_of()?;
            self.mark(')').then_some(inner)?
        } else {
            self.comparison()?
        };
        self.depth = self.depth.saturating_sub(1);
        Some(holds)
    }

    /// `TG_OP = 'X'`, `'X' = TG_OP`, `<>`, `!=`, `[NOT] IN ('X', …)`
    fn comparison(&mut self) -> Option<bool> {
        if let Some(equal) = self.literal() {
            let wanted = self.equality()?;
            self.tg_op()?;
            return Some(equal == wanted);
        }
        self.tg_op()?;
        if let Some(wanted) = self.equality() {
            return Some(self.literal()? == wanted);
        }
        let wanted = !self.word("not");
        if !(self.word("in") && self.mark('(')) {
            return None;
        }
        let found = self.literals()?;
        self.mark(')').then_some(found == wanted)
    }

    /// True for equality, false for inequality.
    fn equality(&mut self) -> Option<bool> {
        let first = self.rest.first()?;
        let wanted = first.is_operator("=");
        if !(wanted || first.is_operator("<>") || first.is_operator("!=")) {
            return None;
        }
        self.skip();
        Some(wanted)
    }

    /// Whether one of the literals, parted by commas, names the operation.
    fn literals(&mut self) -> Option<bool> {
        let mut found = self.literal()?;
        while self.mark(',') {
            found |= self.literal()?;
        }
        Some(found)
    }

    /// A literal, and whether it names the operation. Equality of text is equality of bytes.
    fn literal(&mut self) -> Option<bool> {
        let TokenKind::Text(value) = &self.rest.first()?.kind else {
            return None;
        };
        let named = value == self.operation.as_str();
        self.skip();
        self.cast_to_text()?;
        Some(named)
    }

    fn tg_op(&mut self) -> Option<()> {
        self.word("tg_op").then_some(())?;
        self.cast_to_text()
    }

    fn cast_to_text(&mut self) -> Option<()> {
        if self.rest.first().is_some_and(|it| it.is_operator("::")) {
            self.skip();
            return self.word("text").then_some(());
        }
        Some(())
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.rest.first().is_some_and(|it| it.is_word(word));
        if found {
            self.skip();
        }
        found
    }

    fn mark(&mut self, mark: char) -> bool {
        let found = self.rest.first().is_some_and(|it| it.is_mark(mark));
        if found {
            self.skip();
        }
        found
    }

    fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }
}
