//! Private PostgreSQL servers for tests, benches and CI.
//!
//! A test that touches a database asks for one of its own and gets it on a real server:
//!
//! ```no_run
//! # fn main() -> Result<(), postgres_lab::Error> {
//! let database = postgres_lab::Server::shared()?.fresh_database("ledger")?;
//! let mut superuser = database.connect()?;
//! # let _ = &mut superuser;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Server::shared`] is the server that [`TEST_SERVER`] names, or else a private one of this
//!   process. Other tests use it at the same time: nothing may depend on being alone on it.
//! - [`Server::start`] makes a [`PrivateServer`] to stop, kill, start again, fill up, or copy as a
//!   standby, of any major version that [`Binaries::find`] finds.
//! - [`Server::fresh_database`] makes a [`Database`] that is dropped, with its roles, when the value
//!   is dropped.
//!
//! # Who may connect to a private server
//!
//! The superuser `postgres`, over its socket and over the loopback, without a password; everybody
//! else with `scram-sha-256`, so that a wrong password is really refused. Whoever has an account on
//! the machine may therefore do anything to a private server: nothing in it is worth keeping.
//!
//! # Who stops it
//!
//! A private server runs under a small shell that waits for the end of a pipe whose other end this
//! process holds. However this process ends, the kernel closes the pipe, and the shell stops the
//! server and removes its files.

#![forbid(unsafe_code)]

mod account;
mod binaries;
mod cluster;
mod database;
mod error;
mod home;
mod named;
mod options;
mod password;
mod private;
mod server;
mod sql;
mod supervisor;
mod tools;

pub use binaries::{Binaries, CACHE, cache_directory};
pub use database::Database;
pub use error::Error;
pub use named::TEST_SERVER;
pub use options::{ServerOptions, StopMode};
pub use postgres;
pub use private::PrivateServer;
pub use server::Server;
