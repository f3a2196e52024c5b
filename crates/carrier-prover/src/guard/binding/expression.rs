//! The expressions that a check is read as.

/// An expression of the small language that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// A column, or what looks like one.
    Column(String),
    /// A string literal.
    Text(String),
    /// A number.
    Number(String),
    /// A built-in function.
    Call(String, Vec<Expression>),
    /// `inner::type`
    Cast(Box<Expression>, String),
    /// `left || right`
    Concat(Box<Expression>, Box<Expression>),
    /// `left = right`
    Equal(Box<Expression>, Box<Expression>),
    /// `left AND right`
    And(Box<Expression>, Box<Expression>),
    /// `left OR right`
    Or(Box<Expression>, Box<Expression>),
    /// Something that is read but never binds, said in words.
    Else(&'static str),
}
