//! Opens the store as one role, and starts the pipeline with its observer process.

use std::path::Path;
use std::process::Command;

use embedded::{Deployment, EmbeddedError, EmbeddedPipeline, Keeping, Watcher, caller_uid};
use store_sqlite::{AuthorityConnection, Reader, Store, StoreError};

use crate::config::Config;
use crate::failure::Failure;

/// A store that is there.
pub(crate) fn store(config: &Config) -> Result<Store, Failure> {
    let path = config.store_path()?;
    Store::open(&path).map_err(|error| unusable(&path, &error))
}

/// A read side for people.
pub(crate) fn reader(config: &Config) -> Result<Reader, Failure> {
    let store = store(config)?;
    store
        .reader()
        .map_err(|error| unusable(store.path(), &error))
}

/// The authority writer's credential; rows record the user that the kernel says is writing.
pub(crate) fn authority(config: &Config) -> Result<AuthorityConnection, Failure> {
    authority_of(&store(config)?)
}

/// The authority writer's credential on this store.
pub(crate) fn authority_of(store: &Store) -> Result<AuthorityConnection, Failure> {
    let written_by = format!("os_uid:{}", caller_uid());
    let written_by = written_by
        .parse()
        .map_err(|error| Failure::internal("name the authority writer").because(&error))?;
    store
        .authority(written_by)
        .map_err(|error| unusable(store.path(), &error))
}

/// The pipeline of this process, with an observer process of its own.
pub(crate) fn pipeline(
    store: &Store,
    keeping: Keeping,
    watcher: Box<dyn Watcher>,
) -> Result<EmbeddedPipeline, Failure> {
    let failed = |error: EmbeddedError| match error {
        EmbeddedError::Store(error) => unusable(store.path(), &error),
        error => Failure::unavailable("start the observer process")
            .because(&error)
            .next("check that this program may start itself"),
    };
    let command = observer_command(store.path(), keeping)?;
    let deployment = Deployment::start(store.clone(), command).map_err(failed)?;
    deployment.pipeline(watcher).map_err(failed)
}

/// This program again, as the observer.
fn observer_command(store: &Path, keeping: Keeping) -> Result<Command, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::unavailable("find this program's own file").because(&error))?;
    let mut command = Command::new(program);
    command.arg("observe").arg(store);
    if keeping == Keeping::Nothing {
        command.arg("--keep-nothing");
    }
    Ok(command)
}

/// A store that cannot be used, with what to do about it.
pub(crate) fn unusable(path: &Path, error: &StoreError) -> Failure {
    let failure =
        Failure::unavailable(format!("use the store `{}`", path.display())).because(error);
    match error {
        StoreError::Missing { .. } => failure.next(format!(
            "make it with `holdfast init --store sqlite:{}`, or name another with --store",
            path.display()
        )),
        _ => failure,
    }
}
