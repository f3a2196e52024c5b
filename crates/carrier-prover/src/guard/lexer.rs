//! The server's own lexical rules, by hand, because where a literal or a comment ends decides which
//! statements exist at all.
//!
//! What the server reads differently by setting or version is an error here, never a guess: the
//! meaning of a body must not depend on who compiles it.

mod quotation;
mod scan;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use token::{LexError, Token, TokenKind};

/// All tokens of `text`, comments and white space left out.
///
/// Fails at the first place whose meaning is unknown or depends on a setting. Time and memory are
/// linear in the text.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, LexError> {
    let mut scanner = scan::Scanner::new(text);
    let mut found = Vec::new();
    while let Some(token) = scanner.next_token()? {
        found.push(token);
    }
    Ok(found)
}
