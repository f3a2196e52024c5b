//! Opens the store as one role, and starts the pipeline with its observer process.

use std::process::Command;

use deployment::{
    AnyPipeline, AnyRecords, Authority, Credentials, Deployment, DeploymentError, Keeping, Store,
    StoreAddress, Watcher,
};

use crate::checkpoint;
use crate::config::{CREDENTIALS_VARIABLE, Config, Setting};
use crate::failure::Failure;

/// A store that is there, and how another process finds it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) store: Store,
    address: StoreAddress,
    credentials: Credentials,
    checkpoint: Option<Setting>,
}

/// The store that the configuration names.
pub(crate) fn place(config: &Config) -> Result<Place, Failure> {
    let place = at(config.store_address()?, config.credentials())?;
    Ok(Place {
        checkpoint: config.checkpoint.clone(),
        ..place
    })
}

/// The store at this address.
pub(crate) fn at(address: StoreAddress, credentials: Credentials) -> Result<Place, Failure> {
    let store = Store::open(&address, &credentials).map_err(|error| unusable(&address, &error))?;
    Ok(Place {
        store,
        address,
        credentials,
        checkpoint: None,
    })
}

/// A read side for people.
pub(crate) fn records(config: &Config) -> Result<AnyRecords, Failure> {
    place(config)?.records()
}

/// The authority writer's credential; rows record the principal that the store saw.
pub(crate) fn authority(config: &Config) -> Result<Authority, Failure> {
    place(config)?.authority()
}

impl Place {
    /// A read side for people.
    pub(crate) fn records(&self) -> Result<AnyRecords, Failure> {
        let records = self.store.records();
        records.map_err(|error| unusable(&self.address, &error))
    }

    /// The authority writer's credential.
    pub(crate) fn authority(&self) -> Result<Authority, Failure> {
        let authority = self.store.authority();
        authority.map_err(|error| unusable(&self.address, &error))
    }

    /// The pipeline of this process, with an observer process of its own.
    pub(crate) fn pipeline(
        &self,
        keeping: Keeping,
        watcher: Box<dyn Watcher>,
    ) -> Result<AnyPipeline, Failure> {
        let pipeline = self.deployment(keeping)?.pipeline(watcher);
        pipeline.map_err(|error| self.not_started(error))
    }

    /// What the pipelines of this process share, with an observer process of its own.
    pub(crate) fn deployment(&self, keeping: Keeping) -> Result<Deployment, Failure> {
        let noted = self
            .checkpoint
            .as_ref()
            .map(checkpoint::noted)
            .transpose()?;
        let command = self.observer_command(keeping)?;
        let deployment = Deployment::start(self.store.clone(), command);
        let deployment = deployment.map_err(|error| self.not_started(error))?;
        let deployment = deployment.held_to(noted);
        Ok(match keeping {
            Keeping::Stored => deployment,
            Keeping::Nothing => deployment.planning(),
        })
    }

    fn not_started(&self, error: DeploymentError) -> Failure {
        match error {
            error @ (DeploymentError::Sqlite(_) | DeploymentError::Postgres(_)) => {
                unusable(&self.address, &error)
            }
            error => Failure::unavailable("start the observer process")
                .because(&error)
                .next("check that this program may start itself"),
        }
    }

    /// This program again, as the observer.
    fn observer_command(&self, keeping: Keeping) -> Result<Command, Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::unavailable("find this program's own file").because(&error)
        })?;
        let mut command = Command::new(program);
        command
            .arg("observe")
            .arg("--store")
            .arg(self.address.to_string())
            .env(CREDENTIALS_VARIABLE, self.credentials.directory());
        if keeping == Keeping::Nothing {
            command.arg("--keep-nothing");
        }
        Ok(command)
    }
}

/// A store that cannot be used; its error says what to do about it.
pub(crate) fn unusable(address: &StoreAddress, error: &DeploymentError) -> Failure {
    let failure = |place: String| Failure::unavailable(format!("use the store `{place}`"));
    match (address, error) {
        (StoreAddress::Sqlite(path), DeploymentError::Sqlite(error)) => {
            let failure = failure(path.display().to_string()).because(error);
            match error {
                store_sqlite::StoreError::Missing { .. } => failure.next(format!(
                    "make it with `holdfast init --store {address}`, or name another with --store"
                )),
                _ => failure,
            }
        }
        (_, DeploymentError::Postgres(error)) => failure(address.to_string()).because(error),
        (_, error) => failure(address.to_string()).because(error),
    }
}
