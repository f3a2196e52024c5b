//! The embedded store and the operating system: power that goes between any two calls on its files,
//! and each of those calls failing, or being the last of its process.

use holdfast_tests::syscalls::disk::Syncs;
use holdfast_tests::syscalls::scene::{Beside, Scene};
use holdfast_tests::syscalls::survey::{MAY_BE_LOST, Survey};
use holdfast_tests::syscalls::sweep::{Swept, recoveries, registrations};

/// Points that are tried where there are more.
const REGISTRATIONS_MAX: usize = 60;
const RECOVERIES_MAX: usize = 30;

const NONE: [String; 0] = [];

fn told(syncs: &str, survey: &Survey) {
    println!(
        "{syncs}: {} disks, {} states; {} broken invariants, {} answers lost, {} other rows lost; \
         lost as allowed: {:?}",
        survey.images,
        survey.states(),
        survey.broken.len(),
        survey.answers_lost.len(),
        survey.rows_lost.len(),
        survey.lost_as_allowed,
    );
}

/// Nothing that is owed is lost, whatever the disk kept; what may be lost is lost somewhere, or the
/// list of it would be a guess.
fn keeps_what_it_answered(beside: Beside) {
    let scene = Scene::recorded(beside);
    let survey = Survey::of(&scene, Syncs::AsRecorded);
    told("as it is", &survey);
    assert!(survey.images >= 300, "{}", survey.images);
    assert!(survey.states() > 10, "{}", survey.states());
    assert_eq!(survey.broken, NONE);
    assert_eq!(survey.answers_lost, NONE);
    assert_eq!(survey.rows_lost, NONE);
    assert!(survey.lost_as_allowed.iter().eq(MAY_BE_LOST.iter()));
    assert_eq!(survey.retried(&scene), NONE);
}

#[test]
fn embedded_store_keeps_what_it_answered_when_power_goes() {
    keeps_what_it_answered(Beside::Nobody);
}

#[test]
fn embedded_store_keeps_what_it_answered_when_power_goes_under_a_reader() {
    keeps_what_it_answered(Beside::Reader);
}

#[test]
fn embedded_store_that_did_not_wait_at_commits_would_lose_answers() {
    for beside in [Beside::Nobody, Beside::Reader] {
        let scene = Scene::recorded(beside);
        let survey = Survey::of(&scene, Syncs::NotAtCommits);
        told("without the syncs of commits", &survey);
        assert!(!survey.answers_lost.is_empty());
        assert!(!survey.rows_lost.is_empty());
        // The log is ordered: what is lost is lost whole.
        assert_eq!(survey.broken, NONE);
    }
}

fn harmless(swept: &Swept) {
    println!(
        "{} of {} points, {} hit; {} runs answered, {} were killed; {} wrong",
        swept.tried,
        swept.points,
        swept.hit,
        swept.answered,
        swept.killed,
        swept.wrong.len(),
    );
    assert_eq!(swept.wrong, NONE);
    assert!(swept.hit * 10 >= swept.tried * 8, "{swept:?}");
    assert!(swept.killed > 0);
}

#[test]
fn embedded_registration_survives_a_fault_at_any_call() {
    let swept = registrations(REGISTRATIONS_MAX);
    harmless(&swept);
    assert!(swept.answered > 0);
    assert!(swept.answered < swept.tried);
}

#[test]
fn embedded_recovery_survives_a_fault_at_any_call() {
    harmless(&recoveries(RECOVERIES_MAX));
}
