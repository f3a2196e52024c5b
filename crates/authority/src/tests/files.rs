use super::artifacts::measured;
use super::{READY, World};
use crate::{AuthorityError, AuthorityFile, Imported, MeasureError, Measured, import};

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
