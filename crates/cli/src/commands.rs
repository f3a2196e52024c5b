//! One file per command.

pub(crate) mod audit;
pub(crate) mod authority;
pub(crate) mod block;
pub(crate) mod bundle;
pub(crate) mod config;
pub(crate) mod conform;
pub(crate) mod explain;
pub(crate) mod explain_decision;
pub(crate) mod gate;
pub(crate) mod init;
pub(crate) mod observe;
pub(crate) mod prove;
pub(crate) mod quickstart;
pub(crate) mod recover;
pub(crate) mod register;
pub(crate) mod request;
pub(crate) mod schema;
pub(crate) mod shell;
pub(crate) mod status;
pub(crate) mod verify_bundle;
