//! Reading: one statement per catalog; what fails is remembered as unknown.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::places::PlacesByObject;
use super::{Facts, ROWS_MAX};
use crate::catalog::Catalog;
use crate::error::ProverError;
use crate::port::CatalogSource;

impl Facts {
    /// Reads every catalog once.
    ///
    /// Fails only where the server does not even say what it is.
    pub fn read(source: &mut impl CatalogSource) -> Result<Self, ProverError> {
        let mut reading = Reading {
            source,
            unknown: BTreeMap::new(),
        };
        let server = reading.rows(Catalog::Server).pop().ok_or_else(|| {
            let why = reading.unknown.get(&Catalog::Server).cloned();
            ProverError::Unreadable(why.unwrap_or_else(|| "it says nothing of itself".to_owned()))
        })?;
        let mut facts = Self {
            server,
            roles: reading.rows(Catalog::Roles),
            memberships: reading.rows(Catalog::Memberships),
            settings: reading.rows(Catalog::Settings),
            parameter_acls: reading.rows(Catalog::ParameterAcls),
            schemas: reading.rows(Catalog::Schemas),
            relations: reading.rows(Catalog::Relations),
            attributes: reading.rows(Catalog::Attributes),
            constraints: reading.rows(Catalog::Constraints),
            indexes: reading.rows(Catalog::Indexes),
            triggers: reading.rows(Catalog::Triggers),
            functions: reading.rows(Catalog::Functions),
            rules: reading.rows(Catalog::Rules),
            dependencies: reading.rows(Catalog::Dependencies),
            inheritance: reading.rows(Catalog::Inheritance),
            types: reading.rows(Catalog::Types),
            subscriptions: reading.rows(Catalog::Subscriptions),
            publications: reading.rows(Catalog::Publications),
            policies: reading.rows(Catalog::Policies),
            event_triggers: reading.rows(Catalog::EventTriggers),
            counters: reading.rows(Catalog::Counters),
            unknown: reading.unknown,
            places: PlacesByObject::default(),
        };
        facts.places = PlacesByObject::of(&facts);
        Ok(facts)
    }
}

struct Reading<'source, S> {
    source: &'source mut S,
    unknown: BTreeMap<Catalog, String>,
}

impl<S: CatalogSource> Reading<'_, S> {
    // INVARIANT: a catalog is either complete or in `unknown` and empty; part of one would say
    // "nothing found" where nothing was looked at.
    fn rows<T: DeserializeOwned>(&mut self, catalog: Catalog) -> Vec<T> {
        let mut rows = Vec::new();
        let mut fault: Option<String> = None;
        let outcome = self.source.read(catalog, &mut |text| {
            if fault.is_some() {
                return;
            }
            if rows.len() >= ROWS_MAX {
                fault = Some(format!("has more than {ROWS_MAX} rows"));
                return;
            }
            match serde_json::from_str(text) {
                Ok(row) => rows.push(row),
                Err(error) => fault = Some(format!("has a row that is not understood: {error}")),
            }
        });
        let fault = outcome.err().map(|error| error.reason).or(fault);
        match fault {
            None => rows,
            Some(reason) => {
                self.unknown.insert(catalog, reason);
                Vec::new()
            }
        }
    }
}
