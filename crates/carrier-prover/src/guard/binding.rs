//! Which columns a digest binds: a CHECK, or a generated column, of the one shape that is recognised.
//!
//! `checksum = digest(payload)`, where the digest is one of the SHA-2 functions of the server,
//! plain or through `encode(…, 'hex')`, and the payload joins literals and columns. Everything else
//! binds nothing here.

mod expression;
mod payload;
mod read;
mod refusal;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use refusal::{BindingCode, BindingRefusal};

/// Where the shape is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingSource {
    /// The text of `pg_get_constraintdef`.
    Check(String),
    /// A stored generated column and the text of `pg_get_expr` for it.
    Generated {
        /// Its name.
        column: String,
        /// What it is generated from.
        expression: String,
    },
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingColumn {
    /// Its name, unquoted.
    pub name: String,
    /// Its type as `format_type` prints it, without a length.
    pub type_name: String,
    /// `attnotnull`, by a constraint that is validated and enforced.
    pub not_null: bool,
    /// For `bytea`: another validated and enforced check fixes its length, see [`fixed_length`].
    pub fixed_length: bool,
}

/// What is known of a constraint or a generated column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingFacts {
    /// The text.
    pub source: BindingSource,
    /// `convalidated`; true for a generated column.
    pub validated: bool,
    /// `conenforced` (true before version 18); true for a generated column.
    pub enforced: bool,
    /// All columns of the table.
    pub columns: Vec<BindingColumn>,
}

/// What a digest binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The column that holds the digest.
    pub checksum: String,
    /// The digest function: `sha224`, `sha256`, `sha384` or `sha512`.
    pub digest: String,
    /// The columns that it binds.
    pub columns: BTreeSet<String>,
    /// Two neighbours whose border the payload does not show, so that text may move from one to the
    /// other under the same digest.
    pub ambiguous: Option<(String, String)>,
    /// Declared NO INHERIT: children are not bound.
    pub no_inherit: bool,
}

/// Recognises the shape, or says the first thing that speaks against it.
pub fn judge_binding(facts: &BindingFacts) -> Result<Binding, BindingRefusal> {
    shape::judge(facts)
}

/// The column whose length a check fixes, as in `CHECK ((length(nonce) = 48))`, from the text of
/// `pg_get_constraintdef`; the length is in bytes for a column of type `bytea` only.
pub fn fixed_length(definition: &str) -> Option<String> {
    shape::fixed_length(definition)
}
