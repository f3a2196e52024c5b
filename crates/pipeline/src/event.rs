//! What the pipeline tells whoever watches: each phase as it begins, each envelope as it is made.

/// A phase of a registration (spec §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Open the envelope, look for a prior decision.
    Intake,
    /// HOLD or OPEN.
    Gate,
    /// 0: the artifact.
    Artifact,
    /// 1: the authority.
    Authority,
    /// 2: capture before, reread, validate, reserve.
    Validate,
    /// 3: consume and write, one transaction.
    Write,
    /// 4: capture after, validate again, verify.
    Verify,
    /// 5: failure audit.
    Audit,
}

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A phase begins.
    Begins(Phase),
    /// A block produced an envelope.
    Produced {
        /// In which phase.
        phase: Phase,
        /// Its slot name, for example `owner_attestation`.
        slot: &'static str,
        /// Its bytes.
        envelope: &'a [u8],
    },
}

/// Whoever watches.
pub trait Trace {
    /// Takes note; must not fail and decides nothing.
    fn event(&mut self, event: Event<'_>);
}
