//! Whatever stands where a request, a frame or an authority file should: a clear error, quickly, in
//! bounded memory, and nothing of it stored.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use holdfast_tests::fixture::Fixture;
use holdfast_tests::shell::{Said, codes, holdfast, limited, run, run_with};
use records::Records as _;
use registrar::contract::registration_decision;
use serde_json::json;
use tempfile::TempDir;

/// Address space, in KiB, that is enough for the program and its observer, and not for much more.
const MEMORY: &str = "-v 262144";
/// Far more than any of these takes; a reader that waits for ever takes longer.
const SOON: Duration = Duration::from_secs(20);

/// A request that would be accepted, as text that a case can spoil.
fn good(fixture: &Fixture) -> String {
    String::from_utf8(fixture.request(0)).unwrap()
}

fn register(fixture: &Fixture, path: &str, input: &[u8]) -> Said {
    let command = fixture.command(&["register", path]);
    let said = run_with(&mut limited(MEMORY, &command), input);
    assert!(said.took < SOON, "{path} took {:?}", said.took);
    said
}

/// What is stored after a request that never opened.
fn nothing_stored(fixture: &Fixture) {
    let reader = fixture.records();
    assert_eq!(reader.audit_count().unwrap(), 0);
    let history = reader.history("DOT_0", 10).unwrap();
    assert!(history.attempts.is_empty() && history.heads.is_empty());
}

#[test]
fn request_that_does_not_open_is_one_envelope_under_json_too() {
    let fixture = Fixture::new(1);
    let command = fixture.command(&["register", "-", "--json"]);
    let said = run_with(&mut limited(MEMORY, &command), b"{\"a\":1,\"a\":2}").exits(3);
    let decision = said.envelope(registration_decision());
    assert_eq!(decision["outcome"], "rejected");
    assert_eq!(codes(&decision), ["DUPLICATE_MEMBER"]);
    nothing_stored(&fixture);
}

#[test]
fn request_at_the_size_limit_is_read_and_one_byte_more_is_not() {
    let fixture = Fixture::new(1);
    let good = good(&fixture);
    let padded = |size: usize| [good.as_bytes(), &vec![b' '; size - good.len()]].concat();
    let error = register(&fixture, "-", &padded(canonical::SIZE_MAX_BYTES + 1))
        .exits(3)
        .error();
    assert_eq!(error.code.as_deref(), Some("ENVELOPE_MALFORMED"));
    assert!(error.cause.unwrap().contains("larger than"));
    register(&fixture, "-", &padded(canonical::SIZE_MAX_BYTES)).exits(0);
}

#[test]
fn path_that_is_no_request_is_refused_by_what_it_is() {
    let fixture = Fixture::new(1);
    let folder = fixture.dir.path();
    std::fs::write(folder.join("empty.json"), b"").unwrap();
    std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
    make_fifo(&folder.join("fifo"));
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
    for (path, exit, cause) in [
        ("empty.json", 3, "no document"),
        ("/dev/zero", 3, "larger than"),
        ("/dev/null", 3, "no document"),
        ("dots", 2, "it is a directory"),
        ("nowhere.json", 2, "No such file"),
        ("loop", 2, "symbolic link"),
        ("socket", 2, "No such device"),
        ("fifo", 2, "nothing was written to it within 2 s"),
    ] {
        let said = register(&fixture, path, b"");
        let error = said.exits(exit).error();
        assert_eq!(
            error.code.as_deref(),
            Some("ENVELOPE_MALFORMED"),
            "{path}: {error:?}"
        );
        let found = error.cause.clone().unwrap_or_default();
        assert!(found.contains(cause), "{path}: {error:?}");
        if exit == 2 {
            assert!(error.tried.contains(path), "{error:?}");
        }
    }
    nothing_stored(&fixture);
}

#[test]
fn fifo_whose_writer_comes_late_or_goes_early_is_read() {
    let fixture = Fixture::new(1);
    let request = fixture.dir.path().join("request.json");
    std::fs::write(&request, fixture.request(0)).unwrap();
    make_fifo(&fixture.dir.path().join("fifo"));
    let mut writer = writing(fixture.dir.path(), "sleep 0.3; cat request.json >fifo");
    register(&fixture, "fifo", b"").exits(0);
    writer.wait().unwrap();
    let mut writer = writing(fixture.dir.path(), ": >fifo");
    let error = register(&fixture, "fifo", b"").exits(3).error();
    assert!(error.cause.unwrap().contains("no document"));
    writer.wait().unwrap();
}

#[test]
fn endless_standard_input_is_read_no_further_than_the_limit() {
    let fixture = Fixture::new(1);
    let mut zeros = limited(MEMORY, &fixture.command(&["register", "-"]));
    zeros.stdin(Stdio::from(std::fs::File::open("/dev/zero").unwrap()));
    let output = zeros.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("larger than"));
}

#[test]
fn frame_that_is_no_frame_is_refused_by_every_block() {
    let folder = TempDir::new().unwrap();
    let deep = format!(
        "{{\"world\":{}1{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no object", b"[]".to_vec()),
        ("5 MB", vec![b' '; 5_000_000]),
        ("10 000 deep", deep.into_bytes()),
        ("a slot twice", br#"{"now":"x","now":"y"}"#.to_vec()),
        ("an unknown slot", br#"{"colour":1}"#.to_vec()),
        ("trailing bytes", b"{} {}".to_vec()),
        ("byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("NUL", b"{}\0".to_vec()),
        ("an empty frame", b"{}".to_vec()),
    ];
    for block in [
        "owner-resolver",
        "artifact-resolver-f",
        "snapshot-provider",
        "validator-e",
        "registrar",
        "verifier",
    ] {
        for (name, frame) in &cases {
            let command = holdfast(folder.path(), &["block", block]);
            let said = run_with(&mut limited(MEMORY, &command), frame);
            assert!(said.took < SOON);
            let error = said.exits(2).error();
            assert_eq!(error.tried, "answer this frame", "{block}, {name}");
            assert!(
                error.cause.is_some() && error.next.is_some(),
                "{block}, {name}: {error:?}"
            );
        }
    }
}

#[test]
fn authority_file_that_cannot_be_read_changes_nothing() {
    let fixture = Fixture::new(1);
    let rows = |fixture: &Fixture| {
        run(&mut fixture.command(&["authority", "show", "--json"]))
            .exits(0)
            .stdout
    };
    let before = rows(&fixture);
    let half = json!({
        "principals": [{"principal": "principal/zoe", "kind": "human", "display_name": "Zoe"}],
        "owners": [{"object_type": "dot", "object_ref": "DOT_9", "owner": "principal/nobody",
            "kind": "guessed", "scope": "catalogue"}],
    });
    for bytes in [
        b"principals = 7".to_vec(),
        b"[[strangers]]\nname = 'x'".to_vec(),
        b"{\"principals\": [".to_vec(),
        b"\xff\xfe".to_vec(),
        vec![b'#'; 5_000_000],
        half.to_string().into_bytes(),
    ] {
        let command = fixture.command(&["authority", "import", "-"]);
        let error = run_with(&mut limited(MEMORY, &command), &bytes)
            .exits(2)
            .error();
        assert_eq!(error.tried, "import the authority file");
        assert!(error.cause.is_some(), "{error:?}");
    }
    assert_eq!(rows(&fixture), before);
}

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

fn writing(folder: &Path, script: &str) -> Child {
    Command::new("sh")
        .current_dir(folder)
        .args(["-c", script])
        .spawn()
        .unwrap()
}
