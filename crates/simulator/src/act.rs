//! What others do while registrations are under way.

mod decree;

use fastrand::Rng;

use crate::coverage::CrashPoint;
use crate::kernel::Inner;
use crate::scene::{TARGETS, content, path};
use decree::decree;

/// One act; a number names the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Holds a target.
    Hold(usize),
    /// Holds every target.
    HoldAll,
    /// Releases everything that is held.
    Release,
    /// Withdraws the owner.
    RevokeOwner(usize),
    /// Withdraws the approval of a registration.
    RevokeApproval(usize),
    /// Rejects it.
    RejectApproval(usize),
    /// Puts another approval in its place.
    ChangeApproval(usize),
    /// Withdraws the admission.
    RevokeAdmission(usize),
    /// Admits, approves and deploys the second version of the artifact.
    NewArtifact(usize),
    /// Deploys the second version, and nobody admits it.
    SwapArtifact(usize),
    /// Deploys the first version again.
    RestoreArtifact(usize),
    /// Retires the head.
    Retire(usize),
    /// Opens the target's configuration.
    OpenConfig(usize),
    /// Closes it.
    CloseConfig(usize),
    /// Sets another policy.
    ChangePolicy,
    /// Adds a row that changes nothing for anybody.
    Bystander,
    /// Adds a trigger that nobody accounts for.
    ForeignTrigger,
    /// The audit sink goes, or comes back.
    ToggleSink,
    /// The verifier's connection goes, or comes back.
    ToggleVerifier,
    /// The store's clock and everybody's jump, by so many seconds.
    Jump(i32),
    /// One process's clock jumps, by so many seconds.
    Skew(i32),
    /// Power is lost.
    PowerLoss,
}

impl Act {
    /// Any act.
    pub(crate) fn any(rng: &mut Rng) -> Self {
        let target = rng.usize(..TARGETS.len());
        let seconds = rng.choice([-400, -30, -4, 3, 40, 90, 1_000]).unwrap_or(40);
        match rng.u8(..24) {
            0 => Self::Hold(target),
            1 => Self::HoldAll,
            2 => Self::Release,
            3 => Self::RevokeOwner(target),
            4 => Self::RevokeApproval(target),
            5 => Self::RejectApproval(target),
            6 => Self::ChangeApproval(target),
            7 => Self::RevokeAdmission(target),
            8 => Self::NewArtifact(target),
            9 => Self::SwapArtifact(target),
            10 => Self::RestoreArtifact(target),
            11 => Self::Retire(target),
            12 => Self::OpenConfig(target),
            13 => Self::CloseConfig(target),
            14 => Self::ChangePolicy,
            15 => Self::Bystander,
            16 => Self::ForeignTrigger,
            17 => Self::ToggleSink,
            18 => Self::ToggleVerifier,
            19 => Self::Jump(seconds),
            20 => Self::Skew(seconds),
            _ => Self::PowerLoss,
        }
    }

    /// Does it; what the rules of authority refuse is not done.
    pub(crate) fn perform(self, inner: &mut Inner) -> bool {
        let code = |target: usize| TARGETS.get(target).copied().unwrap_or("DOT_A");
        match self {
            Self::SwapArtifact(target) => deploy(inner, code(target), 2),
            Self::RestoreArtifact(target) => deploy(inner, code(target), 1),
            Self::ForeignTrigger => foreign_trigger(inner),
            Self::ToggleSink => toggle(&mut inner.sink_down),
            Self::ToggleVerifier => toggle(&mut inner.verifier_down),
            Self::Jump(seconds) => {
                inner.jump(i64::from(seconds).saturating_mul(1_000_000));
                true
            }
            Self::Skew(seconds) => {
                inner.skew(i64::from(seconds).saturating_mul(1_000_000));
                true
            }
            Self::PowerLoss => lose_power(inner),
            Self::NewArtifact(target) => {
                let done = decree(inner, self, code(target));
                done && deploy(inner, code(target), 2)
            }
            Self::Hold(target)
            | Self::RevokeOwner(target)
            | Self::RevokeApproval(target)
            | Self::RejectApproval(target)
            | Self::ChangeApproval(target)
            | Self::RevokeAdmission(target)
            | Self::Retire(target)
            | Self::OpenConfig(target)
            | Self::CloseConfig(target) => decree(inner, self, code(target)),
            Self::HoldAll | Self::Release | Self::ChangePolicy | Self::Bystander => {
                decree(inner, self, "*")
            }
        }
    }
}

fn toggle(switch: &mut bool) -> bool {
    *switch = !*switch;
    true
}

fn deploy(inner: &mut Inner, dot_code: &str, version: u32) -> bool {
    inner
        .files
        .put(&path(dot_code), &content(dot_code, version));
    true
}

fn foreign_trigger(inner: &mut Inner) -> bool {
    let now = inner.clock();
    let mut next = inner.store.take_lock(now);
    next.foreign_triggers = next.foreign_triggers.saturating_add(1);
    inner.store.commit(next, true, now);
    true
}

fn lose_power(inner: &mut Inner) -> bool {
    if inner.checker.has_answers() {
        inner.coverage.point(CrashPoint::PowerLossAfterAnswer);
    }
    let (now, luck) = (inner.clock(), inner.rng.usize(..1000));
    inner.store.lose_power(luck, now);
    inner.doom_all();
    true
}
