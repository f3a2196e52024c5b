use std::path::PathBuf;

use crate::Server;

/// What a private server is to be. The default: any version, `fsync` off, room for 400 sessions.
///
/// `fsync` off loses nothing when processes die, only when the machine does; a test about disks
/// asks for [`ServerOptions::durable`].
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ServerOptions {
    pub(crate) major: Option<u16>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) access_lines: Vec<String>,
    pub(crate) data_in: Option<PathBuf>,
    pub(crate) primary: Option<Server>,
}

impl ServerOptions {
    /// The default server.
    pub fn new() -> Self {
        Self::default()
    }

    /// A server of this major version, as in `16`, and no other.
    pub fn major(mut self, major: u16) -> Self {
        self.major = Some(major);
        self
    }

    /// A line of `postgresql.conf`. The last one for a name wins, also over this crate's own.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Every flush really waits for the disk, as in production.
    pub fn durable(self) -> Self {
        self.setting("fsync", "on")
    }

    /// A line of `pg_hba.conf`, before this crate's own: the first line that matches decides.
    pub fn access_line(mut self, line: impl Into<String>) -> Self {
        self.access_lines.push(line.into());
        self
    }

    /// Where the data directory is made, as on a small file system that the test fills. The log
    /// and the socket stay outside it. The directory must be there and let other users through.
    pub fn data_in(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data_in = Some(directory.into());
        self
    }

    /// A streaming standby of this server, copied with `pg_basebackup`, of the same major version.
    pub fn standby_of(mut self, primary: &Server) -> Self {
        self.primary = Some(primary.clone());
        self
    }
}

/// How a server is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// It waits for every session to end.
    Smart,
    /// It ends every session and writes a checkpoint.
    Fast,
    /// It ends at once, without a checkpoint: the next start recovers as after a crash.
    Immediate,
}

impl StopMode {
    pub(crate) const fn signal(self) -> &'static str {
        match self {
            Self::Smart => "TERM",
            Self::Fast => "INT",
            Self::Immediate => "QUIT",
        }
    }
}
