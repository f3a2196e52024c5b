//! The gate on a database that holds no store, as far as carriers are declared in it.

use carrier_prover::Declarations;
use gate::GateEvaluation;
use store_postgres::{Address, Credentials, is_elsewhere};

use crate::OPERATION;
use crate::edge;
use crate::error::DeploymentError;

/// A database on a server that `holdfast init` never made anything in.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    address: Address,
    credentials: Credentials,
}

impl Elsewhere {
    /// The database that a text names, whatever its name; none where the text names no database on a
    /// server, where nobody may look at it, or where a store is in it, be it a broken one.
    pub fn find(address: &str, credentials: &Credentials) -> Option<Self> {
        if !(address.starts_with("postgres://") || address.starts_with("postgresql://")) {
            return None;
        }
        let address = Address::of_any_database(address).ok()?;
        let is_elsewhere = is_elsewhere(&address, credentials).unwrap_or(false);
        is_elsewhere.then(|| Self {
            address,
            credentials: credentials.clone(),
        })
    }

    /// What the gate says now: HOLD, for whatever is missing of a store, and for whatever the
    /// declared carriers are not proven to be.
    pub fn ask_gate(&self, declared: &Declarations) -> Result<GateEvaluation, DeploymentError> {
        let mut facts = store_postgres::Elsewhere::new(
            self.address.clone(),
            self.credentials.clone(),
            declared.clone(),
        );
        Ok(gate::evaluate(&mut facts, edge::now(), OPERATION)?)
    }
}
