//! Printing: aligned text with colour only on a terminal; with `--json` one envelope and no more.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

/// Bold.
pub(crate) const BOLD: Style = Style::new().bold();
/// Held, registered, open.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Failed, rejected, hold.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Waiting, not reached.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Paints text; the colour is dropped where the stream is no terminal (`NO_COLOR` honoured).
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// One line on standard error; where nobody can read it, the exit code still says what became of it.
pub(crate) fn note(words: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{words}");
}

/// Standard output that drops colour where nobody sees it and ignores a closed pipe.
#[derive(Debug)]
pub(crate) struct Out {
    stream: anstream::AutoStream<io::Stdout>,
}

impl Out {
    /// Opens standard output.
    pub(crate) fn new() -> Self {
        Self {
            stream: anstream::stdout(),
        }
    }

    /// One line; a reader that went away is no error of ours.
    pub(crate) fn line(&mut self, text: impl std::fmt::Display) {
        let _ = writeln!(self.stream, "{text}");
    }

    /// Shows what was printed to whoever reads it as it comes.
    pub(crate) fn flush(&mut self) {
        let _ = self.stream.flush();
    }

    /// Exactly these bytes and a newline: an envelope.
    pub(crate) fn envelope(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
        let _ = self.stream.write_all(b"\n");
        let _ = self.stream.flush();
    }
}

/// Wraps prose to the width people read easily, with an indent.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    const WIDTH: usize = 96;
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let width = indent
            .saturating_add(line.chars().count())
            .saturating_add(word.chars().count());
        if !line.is_empty() && width >= WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    let prefix = " ".repeat(indent);
    lines
        .iter()
        .map(|line| format!("{prefix}{line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Rows as a table whose columns line up and that stays readable when it is piped.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}
