//! A store and the checkpoint that its gate is held to, which is kept outside it.

use std::path::PathBuf;
use std::process::Command;

use records::Records as _;

use crate::answered::texts;
use crate::fixture::{Fixture, dot_code, must};
use crate::shell::{Said, run, run_with};

/// What the gate says of a store that is behind its checkpoint.
pub const BEHIND: [&str; 2] = ["REGISTRATION_HOLD", "RESTORED_STORE_BEHIND_CHECKPOINT"];

/// A store whose gate is held to a file beside it.
pub struct Checkpointed {
    /// The store.
    pub fixture: Fixture,
    /// The checkpoint.
    pub kept: PathBuf,
}

impl Checkpointed {
    /// A store; its checkpoint is taken by [`Self::keep`].
    pub fn new(fixture: Fixture) -> Self {
        let kept = fixture.dir.path().join("head.json");
        Self { fixture, kept }
    }

    /// The program, held to the checkpoint.
    pub fn held(&self, arguments: &[&str]) -> Command {
        let mut command = self.fixture.command(arguments);
        command.arg("--checkpoint").arg(&self.kept);
        command
    }

    /// Registers with a gate that is held to nothing.
    pub fn register(&self, number: usize) -> Said {
        let mut command = self.fixture.command(&["register", "-"]);
        run_with(&mut command, &self.fixture.request(number))
    }

    /// Registers, or plans to, with a gate that is held to the checkpoint.
    pub fn register_held(&self, number: usize, plan: bool) -> Said {
        let mut command = self.held(&["register", "-", "--json"]);
        if plan {
            command.arg("--plan");
        }
        run_with(&mut command, &self.fixture.request(number))
    }

    /// Takes a checkpoint now.
    pub fn keep(&self) {
        let head = run(&mut self.fixture.command(&["audit", "head"])).exits(0);
        must(std::fs::write(&self.kept, head.stdout));
    }

    /// How many heads the history of a code has.
    pub fn heads(&self, number: usize) -> usize {
        let history = self.fixture.records().history(&dot_code(number), 9);
        must(history).heads.len()
    }

    /// Everything that asks the gate holds, for this code and no other, and nothing is written.
    ///
    /// # Panics
    ///
    /// When anything is answered otherwise.
    pub fn holds(&self, number: usize, lacks: &str) {
        let gate = run(&mut self.held(&["gate", "--json"])).exits(4).json();
        assert_eq!(texts(&gate, "/reject_codes"), BEHIND);
        assert!(gate.to_string().contains(lacks), "{gate}");
        for plan in [true, false] {
            let said = self.register_held(number, plan).exits(4).json();
            assert_eq!(texts(&said, "/reject_codes"), BEHIND);
        }
        assert_eq!(self.heads(number), 0);
    }

    /// Everything that asks the gate is answered as without a checkpoint.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub fn goes_on(&self, number: usize) {
        run(&mut self.held(&["gate"])).exits(0);
        self.register_held(number, true).exits(0);
        self.register_held(number, false).exits(0);
        assert_eq!(self.heads(number), 1);
    }
}
