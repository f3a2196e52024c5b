//! The local file system as block F sees it
