//! Keys: which member is part of which.

use super::bench::*;
use crate::Keys;

fn keys(submission: &Submission) -> Keys {
    let world = world();
    *Trial::of(&world, submission).open(&world).keys()
}

#[test]
fn retry_counter_and_attempt_identity_change_no_key() {
    let one = keys(&Submission::new(1));
    let other = Submission {
        seed: 2,
        attempt_no: 7,
        ..Submission::new(1)
    };
    assert_eq!(keys(&other), one);
}

#[test]
fn nonce_and_run_change_the_replay_key_and_not_the_effect() {
    let one = keys(&Submission::new(1));
    for other in [
        Submission {
            nonce_seed: 2,
            ..Submission::new(1)
        },
        Submission {
            run: "run-2",
            ..Submission::new(1)
        },
    ] {
        let other = keys(&other);
        assert_ne!(other.replay_key, one.replay_key);
        assert_eq!(other.effect_identity, one.effect_identity);
    }
}

#[test]
fn approval_changes_replay_key_and_authorization_and_not_the_effect() {
    let one = keys(&Submission::new(1));
    let other = keys(&Submission {
        approval: "apr-2",
        ..Submission::new(1)
    });
    assert_ne!(other.replay_key, one.replay_key);
    assert_ne!(
        other.authorization_binding_digest,
        one.authorization_binding_digest
    );
    assert_ne!(other.owner_binding_digest, one.owner_binding_digest);
    assert_eq!(other.effect_identity, one.effect_identity);
}

#[test]
fn target_path_and_artifact_change_the_effect() {
    let one = keys(&Submission::new(1));
    for other in [
        Submission {
            dot: "DOT_B",
            ..Submission::new(1)
        },
        Submission {
            path: "/srv/dots/b.sh",
            ..Submission::new(1)
        },
        Submission {
            artifact: "other",
            ..Submission::new(1)
        },
    ] {
        assert_ne!(keys(&other).effect_identity, one.effect_identity);
    }
}
