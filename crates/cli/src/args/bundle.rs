//! Arguments of `holdfast bundle` and `holdfast verify-bundle`.

use std::path::PathBuf;

use clap::Args;

const BUNDLE_HELP: &str = "\
The document is an in-toto Statement v1 whose subject is the artifact's digest. Nothing is signed.

Examples:
  holdfast bundle DOT_DAILY_REPORT --store sqlite:holdfast.db --output decision.json
  holdfast verify-bundle decision.json";

/// `holdfast bundle`
#[derive(Debug, Args)]
#[command(after_help = BUNDLE_HELP)]
pub(crate) struct BundleArgs {
    /// A replay_key, nonce, attempt id or dot_code
    pub(crate) key: String,
    /// Write it here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

const VERIFY_HELP: &str = "\
Needs no store, no network and no clock. Ends with 0 where the bundle is consistent, with 5 where it
is not.";

/// `holdfast verify-bundle`
#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct VerifyBundleArgs {
    /// The bundle, or `-`
    pub(crate) file: PathBuf,
}
