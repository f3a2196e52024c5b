//! A store's rows, read past its own code on a session that cannot write.
//!
//! Both kinds of store are asked the same questions. Where a server is asked, what has the shape of the
//! embedded store's tables is put before the question: identifiers as bytes, instants as microseconds,
//! and the status that follows from the epochs.

use postgres_lab::Server;
use postgres_lab::postgres::types::{ToSql, Type};
use postgres_lab::postgres::{Client, Row};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::fixture::must;

/// The embedded store's tables, as common table expressions of a question to a server.
const SHAPE: &str = include_str!("shape.sql");

/// What a session on a server needs for them; its own functions end with it.
const SESSION: &str = "\
    CREATE FUNCTION pg_temp.hex(bytes bytea) RETURNS text LANGUAGE sql IMMUTABLE \
      RETURN upper(encode(bytes, 'hex')); \
    CREATE FUNCTION pg_temp.micros(instant timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE \
      RETURN (extract(epoch FROM instant) * 1000000)::bigint; \
    SET search_path = pg_catalog; \
    SET default_transaction_read_only = on";

/// A value as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number, or whether something is so.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Cell {
    /// The number.
    pub fn integer(&self) -> i64 {
        match self {
            Self::Integer(number) => *number,
            other => must(Err(format!("no number: {other:?}"))),
        }
    }

    /// A number of things.
    pub fn count(&self) -> u64 {
        must(u64::try_from(self.integer()))
    }

    /// The text.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => must(Err(format!("no text: {other:?}"))),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            other => must(Err(format!("no bytes: {other:?}"))),
        }
    }
}

/// A session that reads.
pub enum Raw {
    /// On a file.
    File(Connection),
    /// On a server.
    Server(Box<Client>),
}

impl Raw {
    /// The rows that a question finds; its arguments are written `?1`, `?2`.
    pub fn rows(&mut self, question: &str, arguments: &[Cell]) -> Vec<Vec<Cell>> {
        self.named_rows(question, arguments).1
    }

    /// The same with the names of the columns.
    pub fn named_rows(
        &mut self,
        question: &str,
        arguments: &[Cell],
    ) -> (Vec<String>, Vec<Vec<Cell>>) {
        match self {
            Self::File(file) => from_file(file, question, arguments),
            Self::Server(server) => from_server(server, question, arguments),
        }
    }

    /// The one value that a question finds.
    pub fn one(&mut self, question: &str, arguments: &[Cell]) -> Cell {
        let found = self.rows(question, arguments).into_iter().flatten().next();
        must(found.ok_or_else(|| format!("nothing found: {question}")))
    }

    /// Whether it is a file.
    pub const fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

/// A session of the superuser that reads.
pub(crate) fn reader(server: &Server, database: &str) -> Client {
    let mut client = must(server.connect(database));
    must(client.batch_execute(SESSION));
    client
}

fn from_file(
    file: &Connection,
    question: &str,
    arguments: &[Cell],
) -> (Vec<String>, Vec<Vec<Cell>>) {
    let mut statement = must(file.prepare(question));
    let names: Vec<String> = statement
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let arguments = rusqlite::params_from_iter(arguments.iter().map(|argument| match argument {
        Cell::Null => rusqlite::types::Value::Null,
        Cell::Integer(number) => (*number).into(),
        Cell::Text(text) => text.clone().into(),
        Cell::Bytes(bytes) => bytes.clone().into(),
    }));
    let width = names.len();
    let rows = statement.query_map(arguments, |row| {
        (0..width)
            .map(|column| row.get_ref(column).map(cell_of_file))
            .collect()
    });
    let rows = must(must(rows).collect());
    (names, rows)
}

fn cell_of_file(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => must(Err(format!("a real number: {number}"))),
        ValueRef::Text(text) => Cell::Text(must(String::from_utf8(text.to_vec()))),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    }
}

fn from_server(
    server: &mut Client,
    question: &str,
    arguments: &[Cell],
) -> (Vec<String>, Vec<Vec<Cell>>) {
    // A function of the session's own schema is only found by its whole name.
    let question = question.replace('?', "$").replace("hex(", "pg_temp.hex(");
    let question = format!("{SHAPE}{question}");
    let arguments: Vec<Box<dyn ToSql + Sync>> = arguments
        .iter()
        .map(|argument| -> Box<dyn ToSql + Sync> {
            match argument {
                Cell::Null => Box::new(None::<String>),
                Cell::Integer(number) => Box::new(*number),
                Cell::Text(text) => Box::new(text.clone()),
                Cell::Bytes(bytes) => Box::new(bytes.clone()),
            }
        })
        .collect();
    let arguments: Vec<&(dyn ToSql + Sync)> = arguments.iter().map(AsRef::as_ref).collect();
    let statement = must(server.prepare(&question));
    let columns = statement.columns().iter();
    let names = columns.map(|column| column.name().to_owned()).collect();
    let rows = must(server.query(&statement, &arguments));
    let cells = |row: &Row| (0..row.len()).map(|place| cell(row, place)).collect();
    (names, rows.iter().map(cells).collect())
}

fn cell(row: &Row, place: usize) -> Cell {
    let column = must(row.columns().get(place).ok_or("no such column"));
    let integer = |found: Option<i64>| found.map_or(Cell::Null, Cell::Integer);
    match *column.type_() {
        Type::BOOL => integer(must(row.try_get::<_, Option<bool>>(place)).map(i64::from)),
        Type::INT4 => integer(must(row.try_get::<_, Option<i32>>(place)).map(i64::from)),
        Type::INT8 => integer(must(row.try_get(place))),
        Type::BYTEA => must(row.try_get::<_, Option<_>>(place)).map_or(Cell::Null, Cell::Bytes),
        _ => must(row.try_get::<_, Option<_>>(place)).map_or(Cell::Null, Cell::Text),
    }
}
