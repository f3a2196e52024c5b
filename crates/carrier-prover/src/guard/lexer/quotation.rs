//! Literals, quoted names and parameters: everything that has an end of its own.

use super::scan::{Scanner, is_name_part, is_name_start};
use super::token::{LexError, TokenKind};

impl Scanner<'_> {
    /// The literal, quoted name or parameter that starts here, if one does.
    pub(super) fn quotation(&mut self, first: char) -> Result<Option<TokenKind>, LexError> {
        let mut following = self.rest().chars().skip(1);
        let (second, third) = (following.next(), following.next());
        let kind = match (first.to_ascii_lowercase(), second, third) {
            ('\'', _, _) => self.plain()?,
            ('"', _, _) => TokenKind::Quoted(self.quoted_name()?),
            ('$', _, _) => self.dollar()?,
            ('e', Some('\''), _) => {
                self.escaped()?;
                TokenKind::EscapeText
            }
            ('n' | 'b' | 'x', Some('\''), _) => self.other(1, '\'')?,
            ('u', Some('&'), Some(quote @ ('\'' | '"'))) => self.other(2, quote)?,
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    fn plain(&mut self) -> Result<TokenKind, LexError> {
        let value = self.until_quote('\'')?;
        Ok(if value.contains('\\') {
            TokenKind::BackslashText(value)
        } else {
            TokenKind::Text(value)
        })
    }

    /// A quotation after `prefix` bytes. One with a backslash may end elsewhere under another
    /// setting, so it is refused where no recogniser needs it.
    fn other(&mut self, prefix: usize, quote: char) -> Result<TokenKind, LexError> {
        let unsure = self.error("a backslash in a literal whose end depends on a setting");
        self.advance(prefix);
        if self.until_quote(quote)?.contains('\\') {
            return Err(unsure);
        }
        Ok(TokenKind::OtherLiteral)
    }

    /// `E'…'`: a backslash takes the next character with it, whatever it is.
    fn escaped(&mut self) -> Result<(), LexError> {
        let unended = self.error("an escape literal without end");
        self.advance(2);
        loop {
            let mut following = self.rest().chars();
            match (following.next(), following.next()) {
                (Some('\''), Some('\'')) => {
                    self.advance(2);
                }
                (Some('\''), _) => {
                    self.advance(1);
                    return Ok(());
                }
                (Some('\\'), Some(taken)) => {
                    self.advance(1);
                    self.advance(taken.len_utf8());
                }
                (Some(plain), Some(_)) => {
                    self.advance(plain.len_utf8());
                }
                (_, None) | (None, _) => return Err(unended),
            }
        }
    }

    fn quoted_name(&mut self) -> Result<String, LexError> {
        let empty = self.error("an empty quoted name");
        let name = self.until_quote('"')?;
        if name.is_empty() {
            Err(empty)
        } else {
            Ok(name)
        }
    }

    /// What stands between here and the next single `quote`, doubled ones undone.
    fn until_quote(&mut self, quote: char) -> Result<String, LexError> {
        let unended = self.error("a quotation without end");
        let mut value = String::new();
        self.advance(1);
        loop {
            value.push_str(self.take(|c| c != quote));
            let mut following = self.rest().chars();
            match (following.next(), following.next()) {
                (Some(_), Some(second)) if second == quote => {
                    value.push(quote);
                    self.advance(2);
                }
                (Some(_), _) => {
                    self.advance(1);
                    return Ok(value);
                }
                (None, _) => return Err(unended),
            }
        }
    }

    /// `$1`, `$$…$$` or `$tag$…$tag$`. A tag holds no dollar sign and starts with no digit.
    fn dollar(&mut self) -> Result<TokenKind, LexError> {
        let neither = self.error("a dollar sign that begins neither a parameter nor a literal");
        self.advance(1);
        if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
            self.take(|c| c.is_ascii_digit());
            if self.rest().starts_with(is_name_part) {
                return Err(neither);
            }
            return Ok(TokenKind::Parameter);
        }
        let tag = self.take(|c| is_name_start(c) || c.is_ascii_digit());
        if !self.rest().starts_with('$') {
            return Err(neither);
        }
        self.advance(1);
        let close = format!("${tag}$");
        let Some(length) = self.rest().find(&close) else {
            return Err(neither);
        };
        let value = self.advance(length).to_owned();
        self.advance(close.len());
        Ok(TokenKind::Text(value))
    }
}
