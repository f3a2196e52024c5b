//! What the program asks of the operating system for the store's files: made to fail, or written
//! down so that a disk can be rebuilt that lost its power.

pub mod disk;
pub mod random;
pub mod recording;
pub mod scene;
pub mod strace;
pub mod survey;
pub mod sweep;
