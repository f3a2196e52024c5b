//! Who can really write a table, and whether append-only is really enforced (spec 4).
//!
//! It reads system catalogs through a port and knows no driver, no clock and no configuration.

pub mod guard;
