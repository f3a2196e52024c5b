//! Faults of an envelope's text that no value can have.

use canonical::{DEPTH_MAX, SIZE_MAX_BYTES};
use serde::{Deserialize, Serialize};

/// What is wrong with the text; every one is still JSON that a frame can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A space between two tokens.
    Space,
    /// A member stands twice.
    Duplicate,
    /// A number with a fraction.
    Fraction,
    /// A number with an exponent.
    Exponent,
    /// Minus zero.
    MinusZero,
    /// An integer beyond 2^53−1.
    Unsafe,
    /// Half of a surrogate pair.
    Surrogate,
    /// An escaped NUL.
    Nul,
    /// An escape that the canonical form does not have.
    Escape,
    /// A member whose name is not ASCII.
    Name,
    /// Nested as deep as is allowed.
    Deep,
    /// Nested deeper than is allowed.
    TooDeep,
    /// Larger than is ever looked at.
    Large,
    /// No object.
    Number,
}

impl Fault {
    /// All of them.
    pub(crate) const ALL: [Self; 14] = [
        Self::Space,
        Self::Duplicate,
        Self::Fraction,
        Self::Exponent,
        Self::MinusZero,
        Self::Unsafe,
        Self::Surrogate,
        Self::Nul,
        Self::Escape,
        Self::Name,
        Self::Deep,
        Self::TooDeep,
        Self::Large,
        Self::Number,
    ];

    /// The text with this fault: a member is put before all others, so that nothing else is met first.
    pub(crate) fn put(self, text: &str) -> String {
        let Some(rest) = text.strip_prefix('{') else {
            return text.to_owned();
        };
        match self {
            Self::Space => format!("{{ {rest}"),
            Self::Duplicate => format!(r#"{{"0":0,"0":0,{rest}"#),
            Self::Fraction => format!(r#"{{"0":1.5,{rest}"#),
            Self::Exponent => format!(r#"{{"0":1e2,{rest}"#),
            Self::MinusZero => format!(r#"{{"0":-0,{rest}"#),
            Self::Unsafe => format!(r#"{{"0":9007199254740992,{rest}"#),
            Self::Surrogate => format!(r#"{{"0":"\ud800",{rest}"#),
            Self::Nul => format!(r#"{{"0":"\u0000",{rest}"#),
            Self::Escape => format!(r#"{{"0":"\u0041",{rest}"#),
            Self::Name => format!(r#"{{"ä":0,{rest}"#),
            Self::Deep => nested(DEPTH_MAX.saturating_sub(1), rest),
            Self::TooDeep => nested(DEPTH_MAX, rest),
            Self::Large => format!(r#"{{"0":"{}",{rest}"#, "x".repeat(SIZE_MAX_BYTES)),
            Self::Number => "7".to_owned(),
        }
    }
}

fn nested(depth: usize, rest: &str) -> String {
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    format!(r#"{{"0":{open}{close},{rest}"#)
}
