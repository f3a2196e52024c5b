//! The one table.

use std::fmt;

/// SHA-256 of 2 KB on the machine where the bars were set, microseconds.
const REFERENCE_US: f64 = 1.2;

/// Lines of the table, and how fast this machine is.
#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<[String; 5]>,
    /// SHA-256 of 2 KB here, microseconds; nothing is scaled before it was measured.
    reference_us: Option<f64>,
}

impl Table {
    /// Keeps how long the reference takes here.
    pub(crate) fn reference(&mut self, microseconds: f64) {
        self.reference_us = Some(microseconds);
        self.time("SHA-256 of 2 KB (reference)", microseconds, None);
    }

    /// A time in microseconds, held against its bar after scaling to the reference machine.
    pub(crate) fn time(&mut self, name: impl Into<String>, microseconds: f64, bar: Option<f64>) {
        let scale = self.reference_us.map_or(1.0, |here| REFERENCE_US / here);
        let scaled = microseconds * scale;
        self.lines.push([
            name.into(),
            format!("{microseconds:.1} µs"),
            format!("{scaled:.1} µs"),
            bar.map_or_else(String::new, |bar| format!("≤ {bar:.0} µs")),
            held(bar.map(|bar| scaled <= bar)),
        ]);
    }

    /// A share of a floor that was measured in the same run.
    pub(crate) fn share(&mut self, name: impl Into<String>, share: f64, bar: Option<f64>) {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        self.lines.push([
            name.into(),
            percent(share),
            String::new(),
            bar.map_or_else(String::new, |bar| format!("≥ {}", percent(bar))),
            held(bar.map(|bar| share >= bar)),
        ]);
    }

    /// How many times a floor that was measured in the same run.
    pub(crate) fn times(&mut self, name: impl Into<String>, times: f64, bar: Option<f64>) {
        let shown = |times: f64| format!("{times:.2} ×");
        self.lines.push([
            name.into(),
            shown(times),
            String::new(),
            bar.map_or_else(String::new, |bar| format!("≥ {}", shown(bar))),
            held(bar.map(|bar| times >= bar)),
        ]);
    }

    /// A measure that a bar bounds from above.
    pub(crate) fn at_most(&mut self, name: impl Into<String>, value: f64, unit: &str, bar: f64) {
        let shown = |value: f64| format!("{value:.2} {unit}");
        self.lines.push([
            name.into(),
            shown(value),
            String::new(),
            format!("≤ {}", shown(bar)),
            held(Some(value <= bar)),
        ]);
    }

    /// A number that is only told.
    pub(crate) fn note(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let empty = String::new;
        self.lines
            .push([name.into(), value.into(), empty(), empty(), empty()]);
    }
}

fn held(held: Option<bool>) -> String {
    match held {
        None => "",
        Some(true) => "yes",
        Some(false) => "NO",
    }
    .to_owned()
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["figure", "here", "scaled", "bar", "held"].map(str::to_owned);
        let lines = || std::iter::once(&head).chain(&self.lines);
        let mut widths = [0; 5];
        for line in lines() {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.chars().count().max(*width);
            }
        }
        for line in lines() {
            let cells = line.iter().zip(widths);
            let cells: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            writeln!(formatter, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}
