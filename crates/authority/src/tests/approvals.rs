use super::{World, entry, id, reason};
use crate::{ApprovalEntry, Draft, Reason, RetirementEntry, VoteEntry, retire};

const HASH: &str = "sha256:3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f";
const DAY_MS: u64 = 86_400_000;

fn approval(operation: &str, proposer: &str, more: &str) -> ApprovalEntry {
    entry(&format!(
        "operation = \"{operation}\"\nobject_type = \"dot\"\nobject_ref = \"DOT_DAILY_REPORT\"\n\
         artifact_hash = \"{HASH}\"\nproposer = \"{proposer}\"\n{more}"
    ))
}

/// A vote that comes in by the voter's own credential.
fn vote(approval_ref: &str, voter: &str, decision: &str, more: &str) -> VoteEntry {
    let uid = if voter == "principal/alice" {
        "4002"
    } else {
        "4001"
    };
    vote_by(
        &format!("os_uid:{uid}"),
        approval_ref,
        voter,
        decision,
        more,
    )
}

fn vote_by(
    channel: &str,
    approval_ref: &str,
    voter: &str,
    decision: &str,
    more: &str,
) -> VoteEntry {
    entry(&format!(
        "approval_ref = \"{approval_ref}\"\nvoter = \"{voter}\"\nvoter_channel = \"{channel}\"\n\
         decision = \"{decision}\"\n{more}"
    ))
}

#[test]
fn an_approval_is_of_a_known_action_by_a_known_proposer_until_a_date() {
    let mut world = World::ready();
    let mut refused =
        |entry: ApprovalEntry| reason(world.write(|draft| draft.add_approval(&entry)));
    let days = "valid_days = 7";
    let free_text = refused(approval("do_it", "principal/alice", days));
    assert!(matches!(free_text, Reason::NoActionType { .. }));
    let nobody = refused(approval("register_dot", "nobody", days));
    assert!(matches!(nobody, Reason::UnknownPrincipal { .. }));
    let endless = refused(approval("register_dot", "principal/alice", ""));
    assert_eq!(endless, Reason::NoEnd);
    let over = refused(approval(
        "register_dot",
        "principal/alice",
        "valid_days = 0",
    ));
    assert!(matches!(over, Reason::PeriodReversed { .. }));
    let opened = approval("register_dot", "olga", days);
    let key = world.write(|draft| draft.add_approval(&opened)).unwrap();
    assert_eq!(world.column("approval", &key, "proposer"), "principal/olga");
}

#[test]
fn an_approval_without_a_hash_is_of_the_admitted_artifact() {
    let mut world = World::ready();
    let mut open = approval("register_dot", "principal/alice", "valid_days = 7");
    open.artifact_hash = None;
    let refused = world.write(|draft| draft.add_approval(&open));
    assert!(matches!(reason(refused), Reason::NoAdmission { .. }));
    let measured = super::artifacts::measured("/srv/dots/a.sh");
    let dot = id("DOT_DAILY_REPORT");
    world.write(|draft| draft.admit(&dot, &measured)).unwrap();
    let key = world.write(|draft| draft.add_approval(&open)).unwrap();
    let expected = measured.artifact_hash.to_string();
    assert_eq!(world.column("approval", &key, "artifact_hash"), expected);
}

#[test]
fn an_approval_whose_time_is_over_gives_way_to_a_new_one() {
    let mut world = World::ready();
    let week = approval("register_dot", "principal/alice", "valid_days = 7");
    let first = world.write(|draft| draft.add_approval(&week)).unwrap();
    let again = world.write(|draft| draft.add_approval(&week));
    assert!(matches!(reason(again), Reason::AlreadyOnRecord { .. }));
    world.pass(7 * DAY_MS);
    let second = world.write(|draft| draft.add_approval(&week)).unwrap();
    assert_eq!(
        world.column("approval", &second, "supersedes"),
        first.as_str()
    );
}

#[test]
fn an_approval_that_was_rejected_or_used_gives_way_to_a_new_one() {
    let mut world = World::ready();
    let week = approval("retire_dot", "principal/alice", "valid_days = 7");
    let mut open = |decision: &str| {
        let key = world.write(|draft| draft.add_approval(&week)).unwrap();
        let again = world.write(|draft| draft.add_approval(&week));
        assert!(matches!(reason(again), Reason::AlreadyOnRecord { .. }));
        let vote = vote(&key, "olga", decision, "");
        world.write(|draft| draft.add_vote(&vote)).unwrap();
        if decision == "approve" {
            retire(&mut world, &retirement(&key)).unwrap();
        }
        (world.column("approval", &key, "supersedes"), key)
    };
    let (_, rejected) = open("reject");
    let (superseded, used) = open("approve");
    assert_eq!(superseded, rejected.as_str());
    assert_eq!(open("reject").0, used.as_str());
}

#[test]
fn known_principals_and_aliases_vote_on_open_approvals() {
    let mut world = World::ready();
    let week = approval("register_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    let mut refused = |vote: VoteEntry| reason(world.write(|draft| draft.add_vote(&vote)));
    let nobody = refused(vote(&key, "nobody", "approve", ""));
    assert!(matches!(nobody, Reason::UnknownPrincipal { .. }));
    let nowhere = refused(vote("apr-9", "olga", "approve", ""));
    assert!(matches!(nowhere, Reason::NoSuchRow { .. }));
    let unbound = refused(vote(&key, "olga", "approve", "is_signoff = true"));
    assert_eq!(unbound, Reason::SignoffChecksum);
    let signed = format!("is_signoff = true\nchecksum = \"{HASH}\"");
    world
        .write(|draft| draft.add_vote(&vote(&key, "olga", "approve", &signed)))
        .unwrap();
    world.pass(7 * DAY_MS);
    let late = world.write(|draft| draft.add_vote(&vote(&key, "olga", "approve", "")));
    assert!(matches!(reason(late), Reason::NotActive { .. }));
}

#[test]
fn a_vote_comes_in_by_a_credential_of_the_voter() {
    let mut world = World::ready();
    let week = approval("register_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    for channel in ["os_uid:4002", "os_uid:7", "alias:olga", "olga"] {
        let by = vote_by(channel, &key, "olga", "approve", "");
        let refused = world.write(|draft| draft.add_vote(&by));
        let voter = "principal/olga".to_owned();
        let channel = channel.to_owned();
        assert_eq!(reason(refused), Reason::NotTheVoter { voter, channel });
    }
    let own = vote_by("os_uid:4001", &key, "olga", "approve", "");
    world.write(|draft| draft.add_vote(&own)).unwrap();
}

#[test]
fn a_signoff_vouches_and_does_not_approve() {
    let mut world = World::ready();
    let week = approval("register_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    let signed = format!("is_signoff = true\nchecksum = \"{HASH}\"");
    let mut pending_after = |vote: VoteEntry| {
        world.write(|draft| draft.add_vote(&vote)).unwrap();
        let pending = Draft::begin(&mut world).unwrap().pending_approvals();
        pending
            .unwrap()
            .into_iter()
            .map(|one| one.lacking)
            .collect::<Vec<_>>()
    };
    let lacking = pending_after(vote(&key, "olga", "approve", &signed));
    assert_eq!(lacking, ["it has 0 of 1 approvals"]);
    assert!(pending_after(vote(&key, "olga", "approve", "")).is_empty());
}

#[test]
fn the_inbox_shows_what_an_approval_lacks() {
    let mut world = World::ready();
    let week = approval("register_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    world
        .write(|draft| draft.add_vote(&vote(&key, "principal/alice", "approve", "")))
        .unwrap();
    let pending = Draft::begin(&mut world)
        .unwrap()
        .pending_approvals()
        .unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].approval_ref, key);
    assert_eq!(pending[0].lacking, "it has 0 of 1 approvals");
    world
        .write(|draft| draft.add_vote(&vote(&key, "olga", "approve", "")))
        .unwrap();
    let pending = Draft::begin(&mut world)
        .unwrap()
        .pending_approvals()
        .unwrap();
    assert_eq!(pending, []);
}

fn retirement(approval_ref: &str) -> RetirementEntry {
    RetirementEntry {
        dot_code: id("DOT_DAILY_REPORT"),
        approval_ref: id(approval_ref),
        reason: "a bad draft".parse().unwrap(),
    }
}

/// What a retirement is refused for.
fn lacking(world: &mut World, approval_ref: &str) -> String {
    let retired = retire(world, &retirement(approval_ref)).map(|()| String::new());
    match reason(retired) {
        Reason::NotApproved { lacking, .. } => lacking,
        other => panic!("another reason: {other}"),
    }
}

#[test]
fn a_retirement_needs_an_approval_of_its_own() {
    let mut world = World::ready();
    let week = approval("register_dot", "principal/alice", "valid_days = 7");
    let other = world.write(|draft| draft.add_approval(&week)).unwrap();
    assert_eq!(
        lacking(&mut world, &other),
        "it is for register_dot of dot:DOT_DAILY_REPORT"
    );

    let week = approval("retire_dot", "principal/alice", "valid_days = 7");
    let own = world.write(|draft| draft.add_approval(&week)).unwrap();
    assert_eq!(lacking(&mut world, &own), "it has 0 of 1 approvals");
    for voter in ["olga", "principal/olga"] {
        world
            .write(|draft| draft.add_vote(&vote(&own, voter, "approve", "")))
            .unwrap();
    }
    retire(&mut world, &retirement(&own)).unwrap();
    assert_eq!(
        world.column("retirement", "ret-1", "approval_ref"),
        own.as_str()
    );
    assert_eq!(lacking(&mut world, &own), "it was used before");
}

#[test]
fn the_risk_tier_says_who_has_to_agree() {
    let mut world = World::ready();
    let council = entry(
        "principal = \"principal/carl\"\nkind = \"human\"\nside = \"council\"\ndisplay_name = \"\"",
    );
    let credential =
        entry("channel = \"os_uid\"\nvalue = \"4003\"\nprincipal = \"principal/carl\"");
    world.write(|draft| draft.add_principal(&council)).unwrap();
    world.write(|draft| draft.add_binding(&credential)).unwrap();
    let week = approval("retire_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    let by_council = vote_by("os_uid:4003", &key, "principal/carl", "approve", "");
    world.write(|draft| draft.add_vote(&by_council)).unwrap();
    assert_eq!(lacking(&mut world, &key), "it has 0 of 1 owner-side humans");
    world
        .write(|draft| draft.add_vote(&vote(&key, "olga", "approve", "")))
        .unwrap();
    retire(&mut world, &retirement(&key)).unwrap();
}

#[test]
fn a_policy_that_asks_for_less_than_the_system_does_counts_for_no_less() {
    let mut world = World::ready();
    let mut settings = crate::PolicySettings::default();
    for rule in &mut settings.quorum {
        rule.approvals_min = 0_u32.into();
        rule.owner_humans_min = 0_u32.into();
        rule.council_min = 0_u32.into();
    }
    world.write(|draft| draft.set_policy(&settings)).unwrap();
    let week = approval("retire_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    assert_eq!(lacking(&mut world, &key), "it has 0 of 1 approvals");
    world
        .write(|draft| draft.add_vote(&vote(&key, "olga", "approve", "")))
        .unwrap();
    retire(&mut world, &retirement(&key)).unwrap();
}

#[test]
fn a_vote_counts_only_while_the_credential_that_recorded_it_is_the_voters() {
    let mut world = World::ready();
    let week = approval("retire_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    world
        .write(|draft| draft.add_vote(&vote(&key, "olga", "approve", "")))
        .unwrap();
    world
        .write(|draft| draft.revoke("principal_binding", "bind-2"))
        .unwrap();
    assert_eq!(lacking(&mut world, &key), "it has 0 of 1 approvals");
    let again = entry("channel = \"os_uid\"\nvalue = \"4001\"\nprincipal = \"principal/olga\"");
    world.write(|draft| draft.add_binding(&again)).unwrap();
    retire(&mut world, &retirement(&key)).unwrap();
}

#[test]
fn a_rejection_that_was_withdrawn_still_closes_the_approval() {
    let mut world = World::ready();
    let week = approval("retire_dot", "principal/alice", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    let no = world
        .write(|draft| draft.add_vote(&vote(&key, "olga", "reject", "")))
        .unwrap();
    world
        .write(|draft| draft.revoke("approval_vote", &no))
        .unwrap();
    world
        .write(|draft| draft.add_vote(&vote(&key, "olga", "approve", "")))
        .unwrap();
    assert_eq!(lacking(&mut world, &key), "it was rejected");
    let next = world.write(|draft| draft.add_approval(&week)).unwrap();
    assert_eq!(world.column("approval", &next, "supersedes"), key.as_str());
}

#[test]
fn one_rejection_is_enough_and_who_stands_on_no_side_does_not_count() {
    let mut world = World::ready();
    let week = approval("retire_dot", "principal/olga", "valid_days = 7");
    let key = world.write(|draft| draft.add_approval(&week)).unwrap();
    world
        .write(|draft| draft.add_vote(&vote(&key, "principal/alice", "approve", "")))
        .unwrap();
    assert_eq!(lacking(&mut world, &key), "it has 0 of 1 approvals");
    world
        .write(|draft| draft.add_vote(&vote(&key, "principal/alice", "reject", "")))
        .unwrap();
    assert_eq!(lacking(&mut world, &key), "it was rejected");
}

#[test]
fn a_hold_is_released_once() {
    let mut world = World::ready();
    let hold = crate::HoldEntry {
        dot_code: Some(id("DOT_DAILY_REPORT")),
        reason: "look first".parse().unwrap(),
    };
    let refused = world.write(|draft| draft.release(&hold));
    assert_eq!(reason(refused), Reason::NoHold);
    world.write(|draft| draft.hold(&hold)).unwrap();
    let key = world.write(|draft| draft.release(&hold)).unwrap();
    assert_eq!(world.column("hold_event", &key, "kind"), "release");
    let again = world.write(|draft| draft.release(&hold));
    assert_eq!(reason(again), Reason::NoHold);
}
