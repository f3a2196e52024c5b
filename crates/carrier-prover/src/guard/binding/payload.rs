//! What a payload is joined from, and whether the joints show.

use super::BindingColumn;
use super::expression::Expression;
use super::refusal::{BindingCode, BindingRefusal};
use super::shape::{known, literal, not_the_shape};

/// How much of the payload a part takes, as one reads it from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// Always the same length.
    Fixed,
    /// Its end shows by itself.
    SelfDelimiting,
    /// Digits and a sign: it ends where something else begins.
    Digits,
    /// Any length, any content.
    Variable,
}

/// One piece of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The same for every row; `first` is its first character where one is known.
    Constant { first: Option<char> },
    /// The value of a column.
    Column { name: String, extent: Extents },
    /// The length of a column's value in decimal digits, which tells where that value ends.
    Length { name: String },
    /// Some bytes of a column, which do not bind the rest of it.
    Piece { name: String, extent: Extents },
}

/// Opaque to other modules: see [`ambiguity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extents(Extent);

impl Extents {
    fn encoded(self) -> Self {
        Self(match self.0 {
            Extent::Fixed => Extent::Fixed,
            Extent::SelfDelimiting | Extent::Digits | Extent::Variable => Extent::Variable,
        })
    }
}

impl Part {
    /// The column whose whole value this is.
    pub(super) fn column(&self) -> Option<String> {
        match self {
            Self::Column { name, .. } => Some(name.clone()),
            Self::Constant { .. } | Self::Length { .. } | Self::Piece { .. } => None,
        }
    }

    /// The column that makes this part NULL when it is.
    pub(super) fn reads(&self) -> Option<&str> {
        match self {
            Self::Column { name, .. } | Self::Length { name } | Self::Piece { name, .. } => {
                Some(name)
            }
            Self::Constant { .. } => None,
        }
    }
}

type Parts = Result<Vec<Part>, BindingRefusal>;

/// The parts of an expression of type `bytea`.
pub(super) fn bytes(expression: &Expression, columns: &[BindingColumn]) -> Parts {
    match expression {
        Expression::Concat(left, right) => {
            let mut parts = bytes(left, columns)?;
            parts.extend(bytes(right, columns)?);
            Ok(parts)
        }
        Expression::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
            ("convert_to", [inner, encoding]) if is_utf8(encoding) => text(inner, columns),
            ("int2send" | "int4send" | "int8send" | "uuid_send", [Expression::Column(name)]) => {
                known(name, columns)?;
                Ok(vec![part(name, Extent::Fixed)])
            }
            ("substr" | "substring", [Expression::Column(name), bounds @ ..]) => {
                piece(name, bounds, columns)
            }
            _ => Err(not_the_shape(&format!("`{name}` in the payload"))),
        },
        Expression::Column(name) => {
            let column = known(name, columns)?;
            match (column.type_name.as_str(), column.fixed_length) {
                ("bytea", true) => Ok(vec![part(name, Extent::Fixed)]),
                ("bytea", false) => Ok(vec![part(name, Extent::Variable)]),
                _ => Err(not_the_shape(&format!("`{name}` as bytes"))),
            }
        }
        Expression::Cast(inner, name) if name == "bytea" => match inner.as_ref() {
            Expression::Text(_) => Ok(vec![Part::Constant { first: None }]),
            _ => Err(not_the_shape("a cast to bytea of something not constant")),
        },
        _ => Err(not_the_shape("bytes of another kind in the payload")),
    }
}

/// `substr(column, from[, length])` of bytes, with constant bounds.
fn piece(name: &str, bounds: &[Expression], columns: &[BindingColumn]) -> Parts {
    let constant = bounds.iter().all(|it| matches!(it, Expression::Number(_)));
    let column = known(name, columns)?;
    if !constant || column.type_name != "bytea" {
        return Err(not_the_shape("a piece of another kind in the payload"));
    }
    let extent = if column.fixed_length {
        Extent::Fixed
    } else {
        Extent::Variable
    };
    Ok(vec![Part::Piece {
        name: name.to_owned(),
        extent: Extents(extent),
    }])
}

/// The parts of an expression of type `text`.
fn text(expression: &Expression, columns: &[BindingColumn]) -> Parts {
    if let Some(literal) = literal(expression) {
        let first = literal.chars().next();
        return Ok(vec![Part::Constant { first }]);
    }
    match expression {
        Expression::Concat(left, right) => {
            let mut parts = text(left, columns)?;
            parts.extend(text(right, columns)?);
            Ok(parts)
        }
        Expression::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
            ("chr", [Expression::Number(code)]) => {
                let code = code.parse().ok().and_then(char::from_u32);
                Ok(vec![Part::Constant { first: code }])
            }
            ("encode", [inner, format]) if literal(format) == Some("hex") => {
                Ok(bytes(inner, columns)?.into_iter().map(encoded).collect())
            }
            _ => Err(not_the_shape(&format!("`{name}` in the payload"))),
        },
        Expression::Column(name) => textual(name, columns),
        Expression::Cast(inner, to) if to == "text" => match inner.as_ref() {
            Expression::Column(name) => as_text(name, columns),
            Expression::Call(call, arguments) if call == "to_json" => match arguments.as_slice() {
                [Expression::Column(name)] => as_json(name, columns),
                [Expression::Cast(inner, _)] => match inner.as_ref() {
                    Expression::Column(name) => as_json(name, columns),
                    _ => Err(not_the_shape("to_json of something not a column")),
                },
                _ => Err(not_the_shape("to_json of something not a column")),
            },
            Expression::Call(call, arguments) if call == "octet_length" || call == "length" => {
                match arguments.as_slice() {
                    [Expression::Column(name)] => {
                        known(name, columns)?;
                        Ok(vec![Part::Length { name: name.clone() }])
                    }
                    _ => Err(not_the_shape("the length of something not a column")),
                }
            }
            _ => Err(not_the_shape("a cast to text of something not a column")),
        },
        _ => Err(not_the_shape("text of another kind in the payload")),
    }
}

/// A column that is text by itself.
fn textual(name: &str, columns: &[BindingColumn]) -> Parts {
    match known(name, columns)?.type_name.as_str() {
        "text" | "character varying" => Ok(vec![part(name, Extent::Variable)]),
        other => Err(not_the_shape(&format!("`{name}` of type {other} as text"))),
    }
}

/// A column of a type whose text is the same under every setting.
fn as_text(name: &str, columns: &[BindingColumn]) -> Parts {
    let extent = match known(name, columns)?.type_name.as_str() {
        "text" | "character varying" | "numeric" | "json" | "jsonb" => Extent::Variable,
        "smallint" | "integer" | "bigint" => Extent::Digits,
        "boolean" => Extent::SelfDelimiting,
        "uuid" => Extent::Fixed,
        other => return Err(unstable(name, other)),
    };
    Ok(vec![part(name, extent)])
}

/// A column as JSON: a string in quotes shows its own end.
fn as_json(name: &str, columns: &[BindingColumn]) -> Parts {
    let extent = match known(name, columns)?.type_name.as_str() {
        "text" | "character varying" | "uuid" | "boolean" => Extent::SelfDelimiting,
        "smallint" | "integer" | "bigint" => Extent::Digits,
        "numeric" | "json" | "jsonb" => Extent::Variable,
        other => return Err(unstable(name, other)),
    };
    Ok(vec![part(name, extent)])
}

/// Text of dates, floats, enums and the like follows settings or can be renamed.
fn unstable(name: &str, type_name: &str) -> BindingRefusal {
    let detail = format!("the text of `{name}` of type {type_name} can change by itself");
    BindingRefusal::new(BindingCode::UnstablePart, detail)
}

/// A part in hexadecimal digits: only a fixed length still shows.
fn encoded(plain: Part) -> Part {
    match plain {
        Part::Constant { .. } => Part::Constant { first: None },
        Part::Column { name, extent } => Part::Column {
            name,
            extent: extent.encoded(),
        },
        Part::Piece { name, extent } => Part::Piece {
            name,
            extent: extent.encoded(),
        },
        Part::Length { name } => Part::Piece {
            name,
            extent: Extents(Extent::Variable),
        },
    }
}

fn part(name: &str, extent: Extent) -> Part {
    Part::Column {
        name: name.to_owned(),
        extent: Extents(extent),
    }
}

fn is_utf8(expression: &Expression) -> bool {
    literal(expression)
        .is_some_and(|name| name.eq_ignore_ascii_case("utf8") || name.eq_ignore_ascii_case("utf-8"))
}

/// Two columns between which content may move under the same payload, if there are such.
///
/// Read from the left, every part must show its end, until at most one that does not; what follows
/// that one must be of fixed length, so that it can be read from the right.
pub(super) fn ambiguity(parts: &[Part]) -> Option<(String, String)> {
    let mut open: Option<&str> = None;
    let mut before: [Option<&Part>; 2] = [None, None];
    for (index, part) in parts.iter().enumerate() {
        let next = index.checked_add(1).and_then(|it| parts.get(it));
        let (name, extent) = match part {
            Part::Constant { .. } => ("", Extent::Fixed),
            Part::Column { name, extent } | Part::Piece { name, extent } => {
                (name.as_str(), extent.0)
            }
            Part::Length { name } => (name.as_str(), Extent::Digits),
        };
        let shows_its_end = match extent {
            Extent::Fixed | Extent::SelfDelimiting => true,
            Extent::Digits => ends_digits(next),
            Extent::Variable => matches!(part, Part::Column { .. }) && announced(name, before),
        };
        match open {
            Some(first) if extent != Extent::Fixed => {
                return Some((first.to_owned(), name.to_owned()));
            }
            None if !shows_its_end => open = Some(name),
            _ => {}
        }
        before = [before[1], Some(part)];
    }
    None
}

fn ends_digits(next: Option<&Part>) -> bool {
    match next {
        None => true,
        Some(Part::Constant { first: Some(first) }) => !first.is_ascii_digit(),
        Some(_) => false,
    }
}

/// Whether the two parts before a column were its own length and a border.
fn announced(name: &str, before: [Option<&Part>; 2]) -> bool {
    match before {
        [
            Some(Part::Length { name: told }),
            border @ Some(Part::Constant { .. }),
        ] => told == name && ends_digits(border),
        _ => false,
    }
}
