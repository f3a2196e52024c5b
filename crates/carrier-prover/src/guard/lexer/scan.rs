//! One token at a time.

use super::token::{LexError, Token, TokenKind};

/// Characters that the server joins into operators.
const OPERATOR_CHARACTERS: &str = "~!@#^&|`?+-*/%<>=";

/// Only an operator holding one of these may end in `+` or `-`.
const KEEPS_SIGN: &str = "~!@#^&|`?%";

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Whether the last token was a string literal: a following one would be joined to it.
    after_string: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            after_string: false,
        }
    }

    /// The next token, or none at the end.
    pub(super) fn next_token(&mut self) -> Result<Option<Token>, LexError> {
        self.skip_blank()?;
        let at = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok(None);
        };
        let kind = self.kind_from(first)?;
        let token = Token { kind, at };
        let is_string = token.is_string();
        if is_string && self.after_string {
            return Err(LexError {
                at,
                what: "a literal right after a literal: the server may join the two",
            });
        }
        self.after_string = is_string;
        Ok(Some(token))
    }

    fn kind_from(&mut self, first: char) -> Result<TokenKind, LexError> {
        if let Some(kind) = self.quotation(first)? {
            return Ok(kind);
        }
        if is_name_start(first) {
            return Ok(TokenKind::Word(
                self.take(is_name_part).to_ascii_lowercase(),
            ));
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if self.rest().starts_with("::") || self.rest().starts_with(":=") {
            return Ok(TokenKind::Operator(self.advance(2).to_owned()));
        }
        if "()[],;.:".contains(first) {
            self.advance(1);
            return Ok(TokenKind::Mark(first));
        }
        if OPERATOR_CHARACTERS.contains(first) {
            return Ok(TokenKind::Operator(self.operator()));
        }
        Err(self.error("a character that begins no token"))
    }

    fn number(&mut self) -> Result<TokenKind, LexError> {
        let start = self.at;
        self.take(|c| c.is_ascii_digit());
        if self.rest().starts_with('.') && !self.rest().starts_with("..") {
            self.advance(1);
            self.take(|c| c.is_ascii_digit());
        }
        if self.rest().starts_with(is_name_part) {
            return Err(self.error("a number that runs into a word: versions read it differently"));
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        Ok(TokenKind::Number(digits.to_owned()))
    }

    /// The longest run of operator characters that holds no start of a comment, without the signs
    /// that the server would read as separate tokens.
    fn operator(&mut self) -> String {
        let rest = self.rest();
        let run = rest
            .find(|c| !OPERATOR_CHARACTERS.contains(c))
            .unwrap_or(rest.len());
        let run = rest.get(..run).unwrap_or_default();
        let comment = [run.find("--"), run.find("/*")].into_iter().flatten().min();
        let mut operator = comment.and_then(|end| run.get(..end)).unwrap_or(run);
        while operator.len() > 1 {
            let Some(shorter) = operator.strip_suffix(['+', '-']) else {
                break;
            };
            if shorter.contains(|c| KEEPS_SIGN.contains(c)) {
                break;
            }
            operator = shorter;
        }
        self.advance(operator.len()).to_owned()
    }

    /// Passes white space and comments; block comments nest.
    fn skip_blank(&mut self) -> Result<(), LexError> {
        loop {
            self.take(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c'));
            if self.rest().starts_with("--") {
                self.take(|c| c != '\n' && c != '\r');
            } else if self.rest().starts_with("/*") {
                self.block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn block_comment(&mut self) -> Result<(), LexError> {
        let unended = self.error("a comment without end");
        let mut depth: usize = 0;
        loop {
            if self.rest().starts_with("/*") {
                depth = depth.saturating_add(1);
                self.advance(2);
            } else if self.rest().starts_with("*/") {
                depth = depth.saturating_sub(1);
                self.advance(2);
                if depth == 0 {
                    return Ok(());
                }
            } else if let Some(c) = self.rest().chars().next() {
                self.advance(c.len_utf8());
            } else {
                return Err(unended);
            }
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Moves past `length` bytes and gives them.
    pub(super) fn advance(&mut self, length: usize) -> &'a str {
        let start = self.at;
        self.at = start.saturating_add(length).min(self.text.len());
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Moves past every leading character that satisfies `accepted`, and gives them.
    pub(super) fn take(&mut self, accepted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !accepted(c)).unwrap_or(rest.len());
        self.advance(length)
    }

    pub(super) fn error(&self, what: &'static str) -> LexError {
        LexError { at: self.at, what }
    }
}

/// Letters, underscore, and everything outside ASCII.
pub(super) fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// What may follow in a name: also digits and the dollar sign.
pub(super) fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '$'
}
