//! What callers ask for: a few requests that collide in every way that the keys have to tell apart.

/// A registrable thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The one that most requests are about.
    X,
    /// Another.
    Y,
}

/// A request's canonical bytes, and so its digest: equal requests are exact retries of each other.
///
/// Block E refuses a nonce that was not minted for the effect beside it. The model leaves that out:
/// what the store has to refuse, it has to refuse by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    /// The request that the others are compared with.
    Original,
    /// The same, with a raised retry counter.
    RaisedCounter,
    /// The same effect under another nonce.
    FreshNonce,
    /// The same target under another nonce, with another artifact.
    OtherArtifact,
    /// The same nonce for another target.
    OtherTarget,
}

/// The single-use key: `attempt_no` is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplayKey {
    nonce: u8,
    effect: Effect,
}

/// What is registered, whoever allowed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effect {
    target: Target,
    artifact: u8,
}

impl Request {
    /// Every request.
    pub const ALL: [Self; 5] = [
        Self::Original,
        Self::RaisedCounter,
        Self::FreshNonce,
        Self::OtherArtifact,
        Self::OtherTarget,
    ];

    /// The nonce.
    pub const fn nonce(self) -> u8 {
        match self {
            Self::Original | Self::RaisedCounter | Self::OtherTarget => 1,
            Self::FreshNonce => 2,
            Self::OtherArtifact => 3,
        }
    }

    /// The retry counter.
    pub const fn attempt_no(self) -> u8 {
        match self {
            Self::RaisedCounter => 2,
            Self::Original | Self::FreshNonce | Self::OtherArtifact | Self::OtherTarget => 1,
        }
    }

    /// The target.
    pub const fn target(self) -> Target {
        match self {
            Self::OtherTarget => Target::Y,
            Self::Original | Self::RaisedCounter | Self::FreshNonce | Self::OtherArtifact => {
                Target::X
            }
        }
    }

    /// The effect.
    pub const fn effect(self) -> Effect {
        let artifact = match self {
            Self::OtherArtifact => 2,
            Self::Original | Self::RaisedCounter | Self::FreshNonce | Self::OtherTarget => 1,
        };
        Effect {
            target: self.target(),
            artifact,
        }
    }

    /// The single-use key.
    pub const fn replay_key(self) -> ReplayKey {
        ReplayKey {
            nonce: self.nonce(),
            effect: self.effect(),
        }
    }

    /// Whether two requests are the same but for their retry counters.
    pub fn is_same_but_for_counter(self, other: Self) -> bool {
        self.replay_key() == other.replay_key()
    }
}
