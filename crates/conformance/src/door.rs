//! The doors of a block: as a library, and as a program over standard input and output.

mod lines;
mod once;
mod program;

use std::time::Duration;

pub use self::program::Program;
use crate::block::Block;

/// The longest answer that is read, in bytes: four times the largest envelope.
pub const ANSWER_MAX_BYTES: usize = 1_048_576;

/// Where a frame goes in and an answer comes out.
pub trait Door {
    /// Puts one frame, which is one line, and gives what came out.
    ///
    /// Fails when nothing usable came: the case has failed, never passed.
    fn ask(&mut self, frame: &[u8]) -> Result<Vec<u8>, Unanswered>;
}

/// No usable answer, and whatever came out nevertheless.
///
/// It is kept because it may let something through: that nobody waited for the end of it, or how it
/// ended, takes nothing back.
#[derive(Debug, thiserror::Error)]
#[error("{trouble}")]
pub struct Unanswered {
    /// Why it is no answer.
    pub trouble: Trouble,
    /// What came out.
    pub output: Vec<u8>,
}

impl From<Trouble> for Unanswered {
    fn from(trouble: Trouble) -> Self {
        let output = Vec::new();
        Self { trouble, output }
    }
}

/// Why a door gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The program cannot be started.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The block refused the frame itself.
    #[error("the frame was refused ({how}){said}")]
    Refused {
        /// The exit code or signal, or `library`.
        how: String,
        /// The first words of what it complained of.
        said: String,
    },
    /// No answer in time.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Late(Duration),
    /// More output than any answer has.
    #[error("more than {ANSWER_MAX_BYTES} bytes of answer")]
    Flood,
    /// The program ended without an answer.
    #[error("ended without an answer ({how}){said}")]
    Ended {
        /// The exit code or signal.
        how: String,
        /// The first words of what it complained of.
        said: String,
    },
}

/// The built-in block, in this process.
#[derive(Clone, Copy, Debug)]
pub struct Library(pub Block);

impl Door for Library {
    fn ask(&mut self, frame: &[u8]) -> Result<Vec<u8>, Unanswered> {
        let refused = |error| Trouble::Refused {
            how: "library".to_owned(),
            said: format!(": {error}"),
        };
        Ok(self.0.answer(frame).map_err(refused)?)
    }
}
