//! The embedded store: implements the blocks' ports on SQLite
