//! `holdfast block NAME`: one block as a filter, with no store behind it.

use std::error::Error;
use std::path::Path;

use artifact_source::LocalFiles;

use crate::args::{BlockArgs, BlockName};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::print::Out;
use crate::progress::HashBar;

/// The largest frame, in bytes: the same bound as the frame parser's.
const FRAME_MAX_BYTES: usize = 4 * 1024 * 1024;

pub(crate) fn run(args: &BlockArgs, out: &mut Out) -> Result<Exit, Failure> {
    let frame = input::read(Path::new("-"), FRAME_MAX_BYTES)?;
    let envelope = match args.name {
        BlockName::OwnerResolver => answer(owner_resolver::filter::filter(&frame)),
        BlockName::ArtifactResolverF => answer(artifact_resolver_f::filter::filter(
            &frame,
            &mut LocalFiles,
            &mut HashBar::new(),
        )),
        BlockName::SnapshotProvider => answer(snapshot_provider::filter(&frame)),
        BlockName::ValidatorE => answer(validator_e::filter(&frame)),
        BlockName::Registrar => answer(registrar::filter(&frame)),
        BlockName::Verifier => answer(verifier::filter(&frame)),
    }?;
    out.envelope(&envelope);
    Ok(Exit::Yes)
}

fn answer<E: Error + 'static>(result: Result<Vec<u8>, E>) -> Result<Vec<u8>, Failure> {
    result.map_err(|error| {
        Failure::usage("answer this frame")
            .because(&error)
            .next("a frame is one JSON object of slots; the block's documentation lists them")
    })
}
