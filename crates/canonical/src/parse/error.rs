//! Why a document was refused, and where.

use crate::{DEPTH_MAX, INTEGER_MAX, MALFORMED, SIZE_MAX_BYTES, UNSUPPORTED};

/// The first thing in a document that the profile refuses; `at` is its byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// There is nothing to parse.
    #[error("no document at byte {at}")]
    Empty {
        /// Byte offset.
        at: usize,
    },
    /// The document is larger than is ever looked at.
    #[error("larger than {SIZE_MAX_BYTES} bytes, reached at byte {at}")]
    TooLarge {
        /// Byte offset.
        at: usize,
    },
    /// The document begins with a byte order mark.
    #[error("byte order mark at byte {at}")]
    ByteOrderMark {
        /// Byte offset.
        at: usize,
    },
    /// The bytes are not UTF-8.
    #[error("invalid UTF-8 at byte {at}")]
    InvalidUtf8 {
        /// Byte offset.
        at: usize,
    },
    /// A NUL, raw or escaped: stores and languages disagree about it.
    #[error("NUL at byte {at}")]
    Nul {
        /// Byte offset.
        at: usize,
    },
    /// A byte that cannot stand here.
    #[error("unexpected byte at byte {at}")]
    UnexpectedByte {
        /// Byte offset.
        at: usize,
    },
    /// The document ends in the middle of a value.
    #[error("unexpected end at byte {at}")]
    UnexpectedEnd {
        /// Byte offset.
        at: usize,
    },
    /// An escape that JSON does not know.
    #[error("invalid escape at byte {at}")]
    InvalidEscape {
        /// Byte offset.
        at: usize,
    },
    /// A control character that is not escaped.
    #[error("unescaped control character at byte {at}")]
    ControlCharacter {
        /// Byte offset.
        at: usize,
    },
    /// Arrays and objects are nested too deeply.
    #[error("nested deeper than {DEPTH_MAX} at byte {at}")]
    TooDeep {
        /// Byte offset.
        at: usize,
    },
    /// A member name with a character outside ASCII.
    #[error("member name outside ASCII at byte {at}")]
    NonAsciiName {
        /// Byte offset.
        at: usize,
    },
    /// Something follows the document.
    #[error("trailing bytes at byte {at}")]
    TrailingBytes {
        /// Byte offset.
        at: usize,
    },
    /// An object names a member twice.
    #[error("duplicate member at byte {at}")]
    DuplicateMember {
        /// Byte offset.
        at: usize,
    },
    /// A number with a fraction or an exponent.
    #[error("number with fraction or exponent at byte {at}")]
    Float {
        /// Byte offset.
        at: usize,
    },
    /// Minus zero, which some parsers keep and some do not.
    #[error("minus zero at byte {at}")]
    NegativeZero {
        /// Byte offset.
        at: usize,
    },
    /// An integer that parsers with doubles would round.
    #[error("integer beyond {INTEGER_MAX} at byte {at}")]
    UnsafeInteger {
        /// Byte offset.
        at: usize,
    },
    /// Half of a surrogate pair.
    #[error("lone surrogate at byte {at}")]
    LoneSurrogate {
        /// Byte offset.
        at: usize,
    },
    /// Valid JSON, but not the canonical spelling of it.
    #[error("not in canonical form at byte {at}")]
    NotCanonical {
        /// Byte offset.
        at: usize,
    },
}

impl ParseError {
    /// The reject code that answers a document with this fault.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DuplicateMember { .. } => "DUPLICATE_MEMBER",
            Self::Float { .. }
            | Self::NegativeZero { .. }
            | Self::UnsafeInteger { .. }
            | Self::LoneSurrogate { .. }
            | Self::NotCanonical { .. } => UNSUPPORTED,
            Self::Empty { .. }
            | Self::TooLarge { .. }
            | Self::ByteOrderMark { .. }
            | Self::InvalidUtf8 { .. }
            | Self::Nul { .. }
            | Self::UnexpectedByte { .. }
            | Self::UnexpectedEnd { .. }
            | Self::InvalidEscape { .. }
            | Self::ControlCharacter { .. }
            | Self::TooDeep { .. }
            | Self::NonAsciiName { .. }
            | Self::TrailingBytes { .. } => MALFORMED,
        }
    }
}
