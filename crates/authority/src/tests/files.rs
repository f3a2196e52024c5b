use super::artifacts::measured;
use super::{READY, World, entry, id};
use crate::{
    ApprovalEntry, AuthorityError, AuthorityFile, Draft, Imported, MeasureError, Measured, Reason,
    RetirementEntry, import, retire,
};

const REST: &str = r#"
[[owners]]
object_type = "dot"
object_ref = "DOT_DAILY_REPORT"
scope = "dot"
owner = "principal/olga"
kind = "accountable"

[[admissions]]
dot_code = "DOT_DAILY_REPORT"
path = "daily-report.sh"

[[approvals]]
operation = "register_dot"
object_type = "dot"
object_ref = "DOT_DAILY_REPORT"
proposer = "principal/alice"
valid_days = 30

[[approvals.votes]]
voter = "olga"
voter_channel = "os_uid:4001"
decision = "approve"

[manifest]
issuer = "principal/olga"
"#;

fn measure(path: &str) -> Result<Measured, MeasureError> {
    if path != "daily-report.sh" {
        return Err("no such file".into());
    }
    Ok(measured("/srv/dots/daily-report.sh"))
}

fn whole() -> AuthorityFile {
    AuthorityFile::from_toml(&format!("{READY}{REST}")).unwrap()
}

#[test]
fn an_import_writes_everything_once() {
    let mut world = World::new();
    let file = whole();
    let first = import(&mut world, &file, &mut measure).unwrap();
    let entries = file.len();
    assert_eq!(
        first,
        Imported {
            written: entries,
            unchanged: 0
        }
    );
    assert_eq!(
        world.column("approval_vote", "vote-1", "approval_ref"),
        "apr-1"
    );
    world.pass(1000);
    let again = import(&mut world, &file, &mut measure).unwrap();
    assert_eq!(
        again,
        Imported {
            written: 0,
            unchanged: entries
        }
    );
}

#[test]
fn one_bad_entry_keeps_the_whole_file_out() {
    let mut world = World::new();
    let mut file = whole();
    file.admissions[0].path = "missing.sh".parse().unwrap();
    let error = import(&mut world, &file, &mut measure).unwrap_err();
    assert!(matches!(error, AuthorityError::Measure { .. }));
    assert_eq!(world.count(), 0);
}

#[test]
fn json_says_the_same_as_toml() {
    let json =
        serde_json::to_string(&toml::from_str::<toml::Value>(&format!("{READY}{REST}")).unwrap());
    assert_eq!(AuthorityFile::from_json(&json.unwrap()).unwrap(), whole());
}

#[test]
fn what_a_file_says_and_nobody_knows_is_refused() {
    for unknown in [
        "[[priests]]",
        "[policy]\nskew = 1",
        "[[bindings]]\nvalue = \"x\"",
    ] {
        let error = AuthorityFile::from_toml(unknown).unwrap_err();
        assert!(matches!(error, AuthorityError::File { .. }), "{unknown}");
    }
    let twice = r#"{"principals": [], "principals": []}"#;
    assert!(AuthorityFile::from_json(twice).is_err());
    assert!(
        AuthorityFile::from_json(r#"{"principals": []}"#)
            .unwrap()
            .is_empty()
    );
}

/// Writes one row of a file's world by itself.
fn alone(
    world: &mut World,
    make: impl FnOnce(&mut Draft<'_, World>) -> Result<String, AuthorityError>,
) -> String {
    world.write(make).unwrap()
}

#[test]
fn a_second_import_keeps_a_rejected_approval_rejected() {
    let mut world = World::new();
    let file = whole();
    import(&mut world, &file, &mut measure).unwrap();
    let reject = entry(
        "approval_ref = \"apr-1\"\nvoter = \"olga\"\nvoter_channel = \"os_uid:4001\"\n\
         decision = \"reject\"",
    );
    alone(&mut world, |draft| draft.add_vote(&reject));
    let rows = world.count();
    let again = import(&mut world, &file, &mut measure).unwrap();
    assert_eq!((again.written, again.unchanged), (0, file.len()));
    assert_eq!(world.count(), rows);
    // Somebody opens another one, and it has no votes yet.
    let open: ApprovalEntry = entry(
        "operation = \"register_dot\"\nobject_type = \"dot\"\nobject_ref = \"DOT_DAILY_REPORT\"\n\
         proposer = \"principal/alice\"\nvalid_days = 30",
    );
    assert_eq!(
        alone(&mut world, |draft| draft.add_approval(&open)),
        "apr-2"
    );
    assert_eq!(
        Draft::begin(&mut world)
            .unwrap()
            .pending_approvals()
            .unwrap()[0]
            .lacking,
        "it has 0 of 1 approvals"
    );
}

#[test]
fn a_second_import_approves_no_second_retirement() {
    let mut world = World::new();
    let file = AuthorityFile::from_toml(&format!("{READY}{REST}").replace(
        "operation = \"register_dot\"\nobject_type = \"dot\"\nobject_ref",
        "operation = \"retire_dot\"\nobject_type = \"dot\"\nobject_ref",
    ))
    .unwrap();
    import(&mut world, &file, &mut measure).unwrap();
    let retirement = RetirementEntry {
        dot_code: id("DOT_DAILY_REPORT"),
        approval_ref: id("apr-1"),
        reason: "a bad draft".parse().unwrap(),
    };
    retire(&mut world, &retirement).unwrap();
    let again = import(&mut world, &file, &mut measure).unwrap();
    assert_eq!((again.written, again.unchanged), (0, file.len()));
    world.pass(31 * 86_400_000);
    let later = import(&mut world, &file, &mut measure).unwrap();
    assert_eq!(later.written, 0);
}

#[test]
fn a_second_import_brings_back_nothing_that_was_withdrawn() {
    for (carrier, row_key) in [
        ("principal", "prin-2"),
        ("principal_binding", "bind-3"),
        ("verifier", "ver-1"),
        ("action_type", "act-2"),
        ("ownership", "own-1"),
        ("admission", "adm-1"),
        ("approval", "apr-1"),
        ("approval_vote", "vote-1"),
        ("manifest", "man-1"),
        ("policy", "pol-1"),
    ] {
        let mut world = World::new();
        import(&mut world, &whole(), &mut measure).unwrap();
        let withdrawal = alone(&mut world, |draft| draft.revoke(carrier, row_key));
        let rows = world.count();
        let again = import(&mut world, &whole(), &mut measure);
        let found = match again {
            Err(AuthorityError::Refused { reason, .. }) => *reason,
            other => panic!("{carrier}: {other:?}"),
        };
        let row_key = withdrawal;
        assert_eq!(found, Reason::Withdrawn { row_key }, "{carrier}");
        assert_eq!(world.count(), rows);
    }
}

#[test]
fn what_was_withdrawn_is_added_again_on_its_own() {
    let mut world = World::new();
    let file = whole();
    import(&mut world, &file, &mut measure).unwrap();
    alone(&mut world, |draft| draft.revoke("ownership", "own-1"));
    let owner = file.owners[0].clone();
    alone(&mut world, |draft| draft.add_owner(&owner));
    let again = import(&mut world, &file, &mut measure).unwrap();
    assert_eq!((again.written, again.unchanged), (0, file.len()));
}
