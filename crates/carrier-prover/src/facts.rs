//! What the catalogs say, as typed rows: the one thing that every statement of a report rests on.

pub mod rows;

pub(crate) mod beneath;
mod called;
pub(crate) mod find;
mod places;
mod read;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use places::PlacesByObject;
use rows::{
    Attribute, Constraint, Counter, Dependency, EventTrigger, Function, Index, Inheritance,
    Membership, ParameterAcl, Policy, Publication, Relation, Role, Rule, Schema, Server, Setting,
    Subscription, Trigger, Type,
};

/// Objects below this identifier came with the server.
pub(crate) const FIRST_OWN: rows::Oid = 16_384;

/// Every row that was read, and which catalogs could not be.
///
/// One whole database; bounded by [`ROWS_MAX`] rows of a catalog, beyond which it is unknown.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The server and the database.
    pub server: Server,
    /// Roles.
    pub roles: Vec<Role>,
    /// Memberships.
    pub memberships: Vec<Membership>,
    /// Session settings.
    pub settings: Vec<Setting>,
    /// Parameter grants.
    pub parameter_acls: Vec<ParameterAcl>,
    /// Schemas.
    pub schemas: Vec<Schema>,
    /// Relations.
    pub relations: Vec<Relation>,
    /// Columns.
    pub attributes: Vec<Attribute>,
    /// Constraints.
    pub constraints: Vec<Constraint>,
    /// Indexes.
    pub indexes: Vec<Index>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Dependencies.
    pub dependencies: Vec<Dependency>,
    /// Partitions and children.
    pub inheritance: Vec<Inheritance>,
    /// Types.
    pub types: Vec<Type>,
    /// Subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// Publications.
    pub publications: Vec<Publication>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Event triggers.
    pub event_triggers: Vec<EventTrigger>,
    /// Counters.
    pub counters: Vec<Counter>,
    /// The catalogs that are unknown, each with why.
    pub unknown: BTreeMap<Catalog, String>,
    /// Where the rows of an object stand.
    places: PlacesByObject,
}

/// The most rows of one catalog that are held.
pub const ROWS_MAX: usize = 2_000_000;
