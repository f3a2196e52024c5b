//! What a text falls into.

/// One token and where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Byte offset of its first character.
    pub(crate) at: usize,
}

/// The kinds of token that the recognisers tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An unquoted name or keyword, ASCII letters folded to lower case as the server folds them.
    Word(String),
    /// A name in double quotes, as written between them.
    Quoted(String),
    /// `'…'` or `$tag$…$tag$`: a literal whose value is certain.
    Text(String),
    /// `'…'` holding a backslash: its end depends on `standard_conforming_strings`.
    BackslashText(String),
    /// `E'…'`: its end is certain, its value is not looked at.
    EscapeText,
    /// `U&'…'`, `U&"…"`, `N'…'`, `B'…'`, `X'…'`: known extent, no meaning here.
    OtherLiteral,
    /// A number without sign.
    Number(String),
    /// `$1`
    Parameter,
    /// One of the server's operators, or several characters that it reads as one.
    Operator(String),
    /// `( ) [ ] , ; . :` alone.
    Mark(char),
}

/// Where and why a text has no certain tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LexError {
    /// Byte offset.
    pub(crate) at: usize,
    /// Lowercase fragment.
    pub(crate) what: &'static str,
}

impl Token {
    /// Whether this is the unquoted word `word` (given in lower case).
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    /// Whether this is the mark `mark`.
    pub(crate) fn is_mark(&self, mark: char) -> bool {
        self.kind == TokenKind::Mark(mark)
    }

    /// Whether this is the operator `operator`.
    pub(crate) fn is_operator(&self, operator: &str) -> bool {
        matches!(&self.kind, TokenKind::Operator(own) if own == operator)
    }

    /// The lower-case unquoted word, if it is one.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether this is any string literal.
    pub(crate) fn is_string(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::Text(_)
                | TokenKind::BackslashText(_)
                | TokenKind::EscapeText
                | TokenKind::OtherLiteral
        )
    }
}
