//! From tokens to the statements of the grammar, or the first place outside it.

use super::Finding;
use super::condition::{Condition, alternatives, condition};
use super::statement::{Arm, Branch, Returned, Statement};
use crate::guard::lexer::{Token, TokenKind};
use crate::guard::reason::ReasonCode;

/// Blocks and branches nest no deeper in a body that is recognised.
const DEPTH_MAX: usize = 64;

/// The statements of a whole body: one block, then nothing.
pub(super) fn statements(tokens: &[Token]) -> Result<Vec<Statement>, Finding> {
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
    };
    let statements = parser.block()?;
    parser.mark(';');
    if parser.current().is_some() {
        return Err(parser.outside("something after the end of the body"));
    }
    Ok(statements)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// `[<<label>>] BEGIN … END [label]`, up to the semicolon.
    fn block(&mut self) -> Result<Vec<Statement>, Finding> {
        self.label()?;
        if self.is_word("declare") {
            return Err(self.finding(ReasonCode::FnDeclares, "a DECLARE section"));
        }
        self.expect_word("begin")?;
        let statements = self.sequence()?;
        if self.is_word("exception") {
            return Err(self.finding(ReasonCode::FnExceptionHandler, "an exception handler"));
        }
        self.expect_word("end")?;
        if self.current().and_then(Token::word).is_some() {
            self.skip();
        }
        Ok(statements)
    }

    fn label(&mut self) -> Result<(), Finding> {
        if !self.current().is_some_and(|it| it.is_operator("<<")) {
            return Ok(());
        }
        self.skip();
        if self.current().and_then(Token::word).is_none() {
            return Err(self.outside("a label that is no plain name"));
        }
        self.skip();
        if !self.current().is_some_and(|it| it.is_operator(">>")) {
            return Err(self.outside("a label without end"));
        }
        self.skip();
        Ok(())
    }

    /// Statements up to a word that ends a sequence.
    fn sequence(&mut self) -> Result<Vec<Statement>, Finding> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(self.outside("nested too deeply"));
        }
        let mut statements = Vec::new();
        while !self.ends_sequence() {
            statements.push(self.statement()?);
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(statements)
    }

    fn ends_sequence(&self) -> bool {
        let word = self.current().and_then(Token::word);
        matches!(
            word,
            Some("end" | "else" | "elsif" | "elseif" | "when" | "exception")
        )
    }

    fn statement(&mut self) -> Result<Statement, Finding> {
        let Some(first) = self.current() else {
            return Err(self.outside("the text ends within a block"));
        };
        let at = first.at;
        if first.is_operator("<<") {
            return self.nested();
        }
        match first.word() {
            Some("begin" | "declare") => self.nested(),
            Some("null") => {
                self.skip();
                self.expect_mark(';')?;
                Ok(Statement::Nothing)
            }
            Some("raise") => self.raise(at),
            Some("return") => self.returned(at),
            Some("if") => self.conditional(at),
            Some("case") => self.case(at),
            Some("assert") => Err(self.finding(
                ReasonCode::FnAssert,
                "ASSERT, which `plpgsql.check_asserts` turns off",
            )),
            Some("execute") => Err(self.finding(ReasonCode::FnDynamicExecute, "EXECUTE")),
            _ => Err(self.outside("a statement outside the recognised grammar")),
        }
    }

    fn nested(&mut self) -> Result<Statement, Finding> {
        let statements = self.block()?;
        self.expect_mark(';')?;
        Ok(Statement::Block(statements))
    }

    /// `RAISE [level] {'format' [, …] | name | SQLSTATE '…'} [USING …]`, or `RAISE [level] USING …`
    fn raise(&mut self, at: usize) -> Result<Statement, Finding> {
        self.skip();
        let mut arguments = self.until_semicolon()?;
        let level = arguments.first().and_then(Token::word).unwrap_or_default();
        let is_error = match level {
            "debug" | "log" | "info" | "notice" | "warning" => false,
            "exception" => true,
            _ => return raised(at, true, arguments),
        };
        arguments = arguments.get(1..).unwrap_or_default();
        raised(at, is_error, arguments)
    }

    fn returned(&mut self, at: usize) -> Result<Statement, Finding> {
        self.skip();
        let what = match self.until_semicolon()? {
            [] => return Err(outside(at, "RETURN without a value")),
            [only] if only.is_word("new") => Returned::New,
            [only] if only.is_word("old") => Returned::Old,
            [only] if only.is_word("null") => Returned::Null,
            _ => Returned::Other,
        };
        Ok(Statement::Return { at, what })
    }

    /// `IF … THEN … [ELSIF … THEN …] [ELSE …] END IF;`
    fn conditional(&mut self, at: usize) -> Result<Statement, Finding> {
        let mut arms = Vec::new();
        while self.is_word("if") || self.is_word("elsif") || self.is_word("elseif") {
            self.skip();
            let (tokens, start) = self.until_word("then")?;
            arms.push(self.arm(condition(tokens, start))?);
        }
        self.branch(at, "if", arms)
    }

    /// `CASE [operand] WHEN … THEN … [ELSE …] END CASE;`
    fn case(&mut self, at: usize) -> Result<Statement, Finding> {
        self.skip();
        let operand = if self.is_word("when") {
            None
        } else {
            let (operand, _) = self.until_word("when")?;
            self.at = self.at.saturating_sub(1);
            Some(operand)
        };
        let mut arms = Vec::new();
        while self.is_word("when") {
            self.skip();
            let (tokens, start) = self.until_word("then")?;
            let condition = match operand {
                None => condition(tokens, start),
                Some(operand) => alternatives(operand, tokens, start),
            };
            arms.push(self.arm(condition)?);
        }
        self.branch(at, "case", arms)
    }

    fn arm(&mut self, condition: Condition) -> Result<Arm, Finding> {
        Ok(Arm {
            condition,
            statements: self.sequence()?,
        })
    }

    fn branch(&mut self, at: usize, word: &str, arms: Vec<Arm>) -> Result<Statement, Finding> {
        let otherwise = if self.is_word("else") {
            self.skip();
            Some(self.sequence()?)
        } else {
            None
        };
        self.expect_word("end")?;
        self.expect_word(word)?;
        self.expect_mark(';')?;
        Ok(Statement::Branch(Branch {
            at,
            is_case: word == "case",
            arms,
            otherwise,
        }))
    }

    /// What stands before the next semicolon, which is passed. The server takes none within
    /// parentheses.
    fn until_semicolon(&mut self) -> Result<&'a [Token], Finding> {
        let (found, _) = self.until(|token| token.is_mark(';'))?;
        Ok(found)
    }

    /// What stands before the next `word` outside parentheses, which is passed, and where it starts.
    fn until_word(&mut self, word: &str) -> Result<(&'a [Token], usize), Finding> {
        self.until(|token| token.is_word(word))
    }

    fn until(&mut self, ends: impl Fn(&Token) -> bool) -> Result<(&'a [Token], usize), Finding> {
        let start = self.at;
        let offset = self.offset();
        let mut open: usize = 0;
        while let Some(token) = self.current() {
            if open == 0 && ends(token) {
                let found = self.tokens.get(start..self.at).unwrap_or_default();
                self.skip();
                return Ok((found, offset));
            }
            if token.is_mark(';') {
                break;
            }
            if token.is_mark('(') || token.is_mark('[') {
                open = open.saturating_add(1);
            } else if token.is_mark(')') || token.is_mark(']') {
                let Some(fewer) = open.checked_sub(1) else {
                    break;
                };
                open = fewer;
            }
            self.skip();
        }
        Err(outside(offset, "an expression without its end"))
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Finding> {
        if !self.is_word(word) {
            return Err(self.outside(&format!("`{}` was expected", word.to_uppercase())));
        }
        self.skip();
        Ok(())
    }

    fn expect_mark(&mut self, mark: char) -> Result<(), Finding> {
        if !self.mark(mark) {
            return Err(self.outside(&format!("`{mark}` was expected")));
        }
        Ok(())
    }

    fn mark(&mut self, mark: char) -> bool {
        let found = self.current().is_some_and(|it| it.is_mark(mark));
        if found {
            self.skip();
        }
        found
    }

    fn is_word(&self, word: &str) -> bool {
        self.current().is_some_and(|it| it.is_word(word))
    }

    fn current(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// Where the current token starts, or the last one if there is none left.
    fn offset(&self) -> usize {
        let token = self.current().or_else(|| self.tokens.last());
        token.map(|it| it.at).unwrap_or_default()
    }

    fn finding(&self, code: ReasonCode, detail: &str) -> Finding {
        Finding::new(code, self.offset(), detail)
    }

    fn outside(&self, detail: &str) -> Finding {
        outside(self.offset(), detail)
    }
}

fn outside(at: usize, detail: &str) -> Finding {
    Finding::new(ReasonCode::FnOutsideGrammar, at, detail)
}

/// A RAISE from what follows its level.
fn raised(at: usize, is_error: bool, arguments: &[Token]) -> Result<Statement, Finding> {
    let rest = match arguments {
        [format, rest @ ..]
            if matches!(format.kind, TokenKind::Text(_) | TokenKind::EscapeText) =>
        {
            rest
        }
        [state, code, rest @ ..]
            if state.is_word("sqlstate") && matches!(code.kind, TokenKind::Text(_)) =>
        {
            rest
        }
        [using, ..] if using.is_word("using") => arguments,
        [name, rest @ ..] if name.word().is_some() => rest,
        _ => return Err(outside(at, "a RAISE of a form outside the grammar")),
    };
    let follows = rest.first();
    if follows.is_some_and(|it| !(it.is_mark(',') || it.is_word("using"))) {
        return Err(outside(at, "a RAISE of a form outside the grammar"));
    }
    if is_error {
        return Ok(Statement::Raise { at });
    }
    let certain = match arguments {
        [only] => matches!(&only.kind, TokenKind::Text(text) if !text.contains('%')),
        _ => false,
    };
    Ok(Statement::Speak { at, certain })
}
