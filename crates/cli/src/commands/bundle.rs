//! `holdfast bundle`: everything behind a decision, as one document.

use bundle::{BundleError, Found};
use deployment::DeploymentError;

use crate::args::BundleArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{Out, note};
use crate::wiring;

pub(crate) fn run(args: &BundleArgs, config: &Config, out: &mut Out) -> Result<Exit, Failure> {
    let bytes = of(&args.key, config)?;
    let Some(file) = &args.output else {
        out.envelope(&bytes);
        return Ok(Exit::Yes);
    };
    std::fs::write(file, &bytes).map_err(|error| {
        Failure::usage(format!("write the bundle to `{}`", file.display()))
            .because(&error)
            .next("name another file with --output, or none for standard output")
    })?;
    note(format_args!(
        "wrote {} ({} bytes)",
        file.display(),
        bytes.len()
    ));
    Ok(Exit::Yes)
}

/// The bundle of what a key names, from the configured store.
pub(crate) fn of(key: &str, config: &Config) -> Result<Vec<u8>, Failure> {
    let reader = wiring::records(config)?;
    let found = bundle::find(&reader, key);
    let found =
        found.map_err(|error| Failure::unavailable(format!("look up `{key}`")).because(&error))?;
    let found: Found = found.ok_or_else(|| {
        Failure::usage(format!("find a decision for `{key}`"))
            .cause("nothing has this replay key, nonce, attempt id or DOT code")
            .next("`holdfast history DOT` and `holdfast audit list` show what there is")
    })?;
    let gathered = bundle::gather(&reader, &found).map_err(|error| ungathered(key, &error))?;
    gathered
        .write()
        .map_err(|error| Failure::internal(format!("write the bundle of `{key}`")).because(&error))
}

fn ungathered(key: &str, error: &BundleError<DeploymentError>) -> Failure {
    let failure = Failure::unavailable(format!("gather what is behind `{key}`")).because(error);
    match error {
        BundleError::Undecided(_) => failure
            .next("wait until it is answered; `holdfast recover` settles what a crash left open"),
        _ => failure,
    }
}
