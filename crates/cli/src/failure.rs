//! Errors as people meet them: what was tried, on what, why it failed, what to do next.

use std::error::Error;
use std::fmt::{self, Write as _};

use crate::advice;
use crate::exit::Exit;

/// A command that could not answer.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    tried: String,
    code: Option<String>,
    cause: Option<String>,
    next: Option<String>,
}

impl Failure {
    /// `tried` completes the sentence "could not …".
    pub(crate) fn new(exit: Exit, tried: impl Into<String>) -> Self {
        Self {
            exit,
            tried: tried.into(),
            code: None,
            cause: None,
            next: None,
        }
    }

    /// A failure that only the person at the keyboard can mend.
    pub(crate) fn usage(tried: impl Into<String>) -> Self {
        Self::new(Exit::Usage, tried)
    }

    /// The store cannot be used as it is.
    pub(crate) fn unavailable(tried: impl Into<String>) -> Self {
        Self::new(Exit::Unavailable, tried)
    }

    /// A defect of this program.
    pub(crate) fn internal(tried: impl Into<String>) -> Self {
        Self::new(Exit::Internal, tried)
    }

    /// Names the reject code.
    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Keeps the whole chain of causes, outermost first; a store among them says what to do.
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        if self.next.is_none() {
            self.next = advice::of(error).map(str::to_owned);
        }
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let more = cause.to_string();
            // The engine says the same thing again under its number.
            let last = more.rsplit(": ").next().unwrap_or(&more);
            if !text.ends_with(last) {
                let _ = write!(text, ": {more}");
            }
            source = cause.source();
        }
        self.cause = Some(text);
        self
    }

    /// Keeps a cause that is only words.
    pub(crate) fn cause(mut self, text: impl Into<String>) -> Self {
        self.cause = Some(text.into());
        self
    }

    /// Says what to do next.
    pub(crate) fn next(mut self, text: impl Into<String>) -> Self {
        self.next = Some(text.into());
        self
    }

    /// Says what to do after that.
    pub(crate) fn then(mut self, text: &str) -> Self {
        self.next = Some(match self.next {
            Some(next) => format!("{next}; {text}"),
            None => text.to_owned(),
        });
        self
    }

    /// The exit code this failure ends the program with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: could not {}", self.tried)?;
        if let Some(code) = &self.code {
            write!(formatter, "\n  code:  {code}")?;
        }
        if let Some(cause) = &self.cause {
            write!(formatter, "\n  cause: {cause}")?;
        }
        if let Some(next) = &self.next {
            write!(formatter, "\n  next:  {next}")?;
        }
        Ok(())
    }
}
