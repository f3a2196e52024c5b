//! The authority writer's commands: from an empty store to a registration and a retirement, each
//! with what it writes and what it refuses.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use holdfast_tests::shell::{Complaint, Said, codes, holdfast, run};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The user who votes; whoever runs the tests asks.
const OLGA: u32 = 4001;

/// A folder with a store that nobody is on record in yet.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let program = "#!/bin/sh\necho hello\n";
        std::fs::write(folder.path().join("hello.sh"), program).unwrap();
        let desk = Self { folder };
        desk.say(&["init"]).exits(0);
        desk
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn say(&self, arguments: &[&str]) -> Said {
        run(&mut holdfast(self.path(), arguments))
    }

    /// An authority command that writes these rows.
    fn writes(&self, arguments: &[&str], rows: &[&str]) {
        let said = self.say(&[&["authority"], arguments].concat()).exits(0);
        let written: Vec<String> = rows.iter().map(|row| format!("written {row}")).collect();
        assert!(
            said.text().starts_with(&written.join("\n")),
            "{arguments:?}: {}",
            said.text()
        );
    }

    fn refuses(&self, arguments: &[&str]) -> Complaint {
        self.say(&[&["authority"], arguments].concat())
            .exits(2)
            .error()
    }

    /// A vote by the user who is Olga; `None` where nobody may become another user.
    fn vote(&self, approval: &str) -> Said {
        assert_eq!(
            embedded::caller_uid(),
            0,
            "only root can vote as another user: run this test as root"
        );
        let open = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        open(self.path(), 0o777);
        for entry in std::fs::read_dir(self.path()).unwrap() {
            open(&entry.unwrap().path(), 0o666);
        }
        let vote = ["authority", "approval", "vote", approval, "--voter", "olga"];
        run(holdfast(self.path(), &vote).uid(OLGA))
    }

    /// Everybody and everything that an approval needs.
    fn furnished() -> Self {
        let desk = Self::new();
        let (asker, voter) = (embedded::caller_uid().to_string(), OLGA.to_string());
        let add = [
            "principal",
            "add",
            "principal/alice",
            "--alias",
            "alice",
            "--uid",
            &asker,
        ];
        desk.writes(&add, &["prin-1", "bind-1", "bind-2"]);
        let add = [
            "principal",
            "add",
            "principal/olga",
            "--side",
            "owner",
            "--alias",
            "olga",
        ];
        desk.writes(
            &[&add[..], &["--uid", &voter]].concat(),
            &["prin-2", "bind-3", "bind-4"],
        );
        desk.writes(&["verifier", "add", "verifier/one"], &["ver-1"]);
        desk.writes(
            &[
                "action",
                "add",
                "register_dot",
                "--verifier",
                "verifier/one",
            ],
            &["act-1"],
        );
        desk.writes(
            &["owner", "add", "DOT_HELLO", "--owner", "principal/olga"],
            &["own-1"],
        );
        desk.writes(
            &["manifest", "set", "--issuer", "principal/olga"],
            &["man-1"],
        );
        desk.writes(&["policy", "set", "--accept-single-principal"], &["pol-1"]);
        desk.writes(
            &["admit", "hello.sh", "--dot-code", "DOT_HELLO"],
            &["adm-1"],
        );
        desk
    }

    fn approval(&self, operation: &str, row: &str) {
        let add = [
            "approval",
            "add",
            "DOT_HELLO",
            "--operation",
            operation,
            "--admission",
            "adm-1",
        ];
        self.writes(
            &[&add[..], &["--proposer", "principal/alice"]].concat(),
            &[row],
        );
    }

    fn request(&self, name: &str) {
        let new = [
            "request",
            "new",
            "--dot-code",
            "DOT_HELLO",
            "--artifact",
            "hello.sh",
        ];
        let by = [
            "--actor",
            "alice",
            "--admission-ref",
            "adm-1",
            "--output",
            name,
        ];
        self.say(&[&new[..], &by].concat()).exits(0);
    }

    fn rows(&self, carrier: &str) -> Vec<Value> {
        let said = self.say(&["authority", "show", carrier, "--json"]).exits(0);
        let text = said.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[test]
fn commands_alone_lead_from_an_empty_store_to_a_registration_and_a_retirement() {
    let desk = Desk::furnished();
    desk.approval("register_dot", "apr-1");
    let pending = desk
        .say(&["authority", "approval", "list", "--pending"])
        .exits(0);
    assert!(pending.text().contains("apr-1"), "{}", pending.text());
    desk.request("early.json");
    let early = desk
        .say(&["register", "early.json", "--json"])
        .exits(3)
        .json();
    assert_eq!(codes(&early), ["QUORUM_NOT_REACHED"]);
    desk.vote("apr-1").exits(0);
    let pending = desk
        .say(&["authority", "approval", "list", "--pending"])
        .exits(0);
    assert_eq!(pending.text(), "nothing waits for votes\n");
    desk.say(&["gate"]).exits(0);
    desk.request("request.json");
    let decision = desk
        .say(&["register", "request.json", "--json"])
        .exits(0)
        .json();
    assert_eq!(decision.pointer("/outcome"), Some(&json!("registered")));

    desk.writes(
        &["action", "add", "retire_dot", "--verifier", "verifier/one"],
        &["act-2"],
    );
    desk.approval("retire_dot", "apr-2");
    let retire = [
        "retire",
        "DOT_HELLO",
        "--approval",
        "apr-2",
        "--reason",
        "done",
    ];
    let unvoted = desk.refuses(&retire);
    assert!(unvoted.cause.is_some(), "{unvoted:?}");
    desk.vote("apr-2").exits(0);
    let retired = desk.say(&[&["authority"], &retire[..]].concat()).exits(0);
    assert_eq!(retired.text(), "retired DOT_HELLO\n");
    let again = desk.refuses(&retire);
    assert_eq!(again.tried, "retire `DOT_HELLO`");
    let history = desk
        .say(&["history", "DOT_HELLO", "--json"])
        .exits(0)
        .json();
    assert_eq!(history.pointer("/heads/0/status"), Some(&json!("retired")));
    let replayed = desk
        .say(&["register", "request.json", "--json"])
        .exits(0)
        .json();
    assert_eq!(replayed, decision, "a retry is answered as before");
}

#[test]
fn owner_is_replaced_and_revoked_by_rows_that_name_the_one_before() {
    let desk = Desk::furnished();
    let by = ["--owner", "principal/alice"];
    desk.writes(
        &[&["owner", "supersede", "own-1"], &by[..]].concat(),
        &["own-2"],
    );
    desk.writes(&["owner", "revoke", "own-2"], &["own-3"]);
    let status = |row: &Value| (row["row_key"].clone(), row["status"].clone());
    let rows: Vec<_> = desk.rows("ownership").iter().map(status).collect();
    let expected = [
        ("own-1", "superseded"),
        ("own-2", "revoked"),
        ("own-3", "revoked"),
    ];
    assert_eq!(
        rows,
        expected.map(|(row, status)| (json!(row), json!(status)))
    );
    let gone = desk.refuses(&["owner", "revoke", "own-2"]);
    assert!(gone.cause.unwrap().contains("`own-2` is not active"));
    desk.refuses(&["owner", "revoke", "own-9"]);
    desk.refuses(&[&["owner", "supersede", "own-1"], &by[..]].concat());
    let delegated = [
        "owner",
        "add",
        "DOT_2",
        "--owner",
        "principal/olga",
        "--kind",
        "delegated",
    ];
    desk.refuses(&delegated);
    let until = ["--to", "2099-01-01T00:00:00.000000Z"];
    desk.writes(&[&delegated[..], &until].concat(), &["own-4"]);
}

/// Each is refused in words that name what stands in the way, and nothing of it is written.
fn refused_without_a_trace(desk: &Desk, commands: &[(&[&str], &str)]) {
    let everything = || desk.say(&["authority", "show", "--json"]).exits(0).stdout;
    let before = everything();
    for (arguments, cause) in commands {
        let error = desk.refuses(arguments);
        assert!(error.cause.is_some() || error.next.is_some(), "{error:?}");
        let told = format!("{:?} {:?}", error.cause, error.next);
        assert!(told.contains(cause), "{arguments:?}: {error:?}");
    }
    assert_eq!(everything(), before);
}

#[test]
fn principals_owners_and_actions_that_rest_on_nothing_are_refused() {
    let commands: Vec<(&[&str], &str)> = vec![
        (&["principal", "add", "Alice Smith"], "`Alice Smith`"),
        (
            &["principal", "add", "principal/eve", "--alias", "olga"],
            "alias",
        ),
        (
            &["owner", "add", "DOT_HELLO", "--owner", "principal/alice"],
            "own-1",
        ),
        (
            &["owner", "add", "DOT_2", "--owner", "principal/nobody"],
            "principal/nobody",
        ),
        (
            &[
                "owner",
                "add",
                "DOT_2",
                "--owner",
                "principal/olga",
                "--from",
                "soon",
            ],
            "",
        ),
        (
            &["action", "add", "retire_dot", "--verifier", "verifier/none"],
            "verifier/none",
        ),
    ];
    refused_without_a_trace(&Desk::furnished(), &commands);
}

#[test]
fn approvals_and_artifacts_that_rest_on_nothing_are_refused() {
    let desk = Desk::furnished();
    desk.approval("register_dot", "apr-1");
    let commands: Vec<(&[&str], &str)> = vec![
        (
            &["approval", "vote", "apr-1", "--voter", "olga"],
            "no credential of `principal/olga`",
        ),
        (&["approval", "vote", "apr-9", "--voter", "alice"], "apr-9"),
        (
            &[
                "approval",
                "add",
                "DOT_HELLO",
                "--admission",
                "adm-9",
                "--proposer",
                "principal/alice",
            ],
            "no such active admission",
        ),
        (
            &[
                "approval",
                "add",
                "DOT_HELLO",
                "--artifact-hash",
                "sha256:0",
                "--proposer",
                "principal/alice",
            ],
            "",
        ),
        (
            &[
                "approval",
                "add",
                "DOT_HELLO",
                "--admission",
                "adm-1",
                "--proposer",
                "principal/alice",
                "--days",
                "99999",
            ],
            "",
        ),
        (
            &["admit", "nowhere.sh", "--dot-code", "DOT_2"],
            "No such file",
        ),
        (
            &[
                "admit",
                "hello.sh",
                "--dot-code",
                "DOT_2",
                "--origin",
                "/usr",
            ],
            "",
        ),
        (
            &["manifest", "set", "--issuer", "principal/nobody"],
            "principal/nobody",
        ),
        (&["retire", "DOT_HELLO", "--approval", "apr-1"], ""),
        (&["release", "DOT_HELLO", "--reason", "none"], "no hold"),
        (&["show", "nothing"], ""),
        (&["import", "nowhere.toml"], "No such file"),
    ];
    refused_without_a_trace(&desk, &commands);
}
