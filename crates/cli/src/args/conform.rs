//! Arguments of `holdfast conform`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::BlockName;

const HELP: &str = "\
A program reads one frame on standard input and writes one envelope and a line feed on standard
output, as `holdfast block NAME` does; docs/conformance.md says all there is to know to write one.

Examples:
  # the built-in block
  holdfast conform validator-e
  # a program, started for each frame
  holdfast conform validator-e --exec python3 -- validator.py
  # a program that answers line by line, for a machine
  holdfast conform validator-e --exec ./validator --lines --json --junit results.xml

Ends with 0 where the block conforms and with 3 where it does not. A pass where a reject is due is
REJECT_FAIL_OPEN: it fails the run whatever else passed, and nothing excuses it.";

/// `holdfast conform`
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ConformArgs {
    /// Which block's suite
    #[arg(value_enum)]
    pub(crate) block: BlockName,
    /// Put the suite to this program instead of the built-in block
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) exec: Option<PathBuf>,
    /// Start the program once, and give it one frame a line
    #[arg(long, requires = "exec")]
    pub(crate) lines: bool,
    /// Seconds that the program has for one answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, requires = "exec",
        value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) patience: u64,
    /// Cases that may fail, one id a line, each with `# why`; no excuse covers REJECT_FAIL_OPEN
    #[arg(long, value_name = "FILE")]
    pub(crate) expect_failures: Option<PathBuf>,
    /// Write the results as JUnit's XML, too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Arguments of the program
    #[arg(last = true, value_name = "ARGUMENT", requires = "exec")]
    pub(crate) arguments: Vec<OsString>,
}
