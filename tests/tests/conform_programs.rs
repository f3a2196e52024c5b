//! `holdfast conform` with programs in the place of the built-in block: honest ones at both ways of
//! asking, and every way of being none.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;
use std::time::Duration;

use conformance::{Block, Excuses, Program};
use holdfast_tests::program;
use holdfast_tests::second_validator;
use holdfast_tests::shell::{Said, holdfast, run};
use serde_json::Value;

const BLOCKS: [&str; 6] = [
    "owner-resolver",
    "artifact-resolver-f",
    "snapshot-provider",
    "validator-e",
    "registrar",
    "verifier",
];

/// `holdfast conform` with these arguments, in a folder of its own.
fn conform(folder: &Path, arguments: &[&str]) -> Said {
    run(&mut holdfast(folder, &[&["conform"], arguments].concat()))
}

fn folder() -> tempfile::TempDir {
    tempfile::TempDir::new().unwrap()
}

/// A shell script as a block.
fn script<'a>(text: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["verifier", "--exec", "sh"], more, &["--", "-c", text]].concat()
}

/// A list by which every case may fail.
fn excuse_all(suite: &conformance::Suite, file: &Path) {
    let lines = suite.cases().map(|case| format!("{}  # known", case.id));
    let lines: Vec<String> = lines.collect();
    std::fs::write(file, lines.join("\n")).unwrap();
}

fn results(said: &Said) -> Vec<(String, String)> {
    let report = said.json();
    let results = report["results"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pair = |one: &Value| (text(&one["result"]), text(&one["found"]));
    results.iter().map(pair).collect()
}

/// Each case at the filter's door: the program itself, one process for each frame.
#[test]
fn every_block_conforms_as_a_filter() {
    let folder = folder();
    let program = program::holdfast();
    let program = program.to_str().unwrap();
    for block in BLOCKS {
        let arguments = ["--json", block, "--exec", program, "--", "block", block];
        let report = conform(folder.path(), &arguments).exits(0).json();
        assert_eq!(report["conforms"], true, "{report:#}");
        assert_eq!(report["cases"], report["passed"], "{block}");
        assert!(report["took_ms"].as_u64().unwrap() > 0, "{block}");
    }
}

/// A folder with a report that passes in the file `good`, and the list `known` by which every case may
/// fail.
fn folder_with_a_pass() -> tempfile::TempDir {
    let folder = folder();
    let suite = conformance::Suite::load().unwrap();
    let case = suite.case("V-no-head").unwrap();
    let frame = suite.input(case, true).unwrap();
    let report = Block::Verifier.answer(frame.bytes()).unwrap();
    std::fs::write(folder.path().join("good"), [&report[..], b"\n"].concat()).unwrap();
    excuse_all(&suite, &folder.path().join("known"));
    folder
}

#[test]
fn a_block_that_says_the_same_to_everything_fails_open() {
    let folder = folder_with_a_pass();
    // Whatever is excused, a pass where a reject is due is not.
    let more = [
        "--json",
        "--junit",
        "junit.xml",
        "--expect-failures",
        "known",
    ];
    let script = script("cat > /dev/null; cat good", &more);
    let said = conform(folder.path(), &script).exits(3);
    // All but the case that has to pass.
    assert_eq!(open(&said), results(&said).len() - 1);
    let junit = std::fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    assert!(junit.contains("type=\"REJECT_FAIL_OPEN\""), "{junit}");
}

/// How many cases failed open.
fn open(said: &Said) -> usize {
    let results = results(said).into_iter();
    results
        .filter(|(word, _)| word == "REJECT_FAIL_OPEN")
        .count()
}

/// The program refuses every frame, and before or after that it passes once.
#[test]
fn a_pass_is_fail_open_whatever_else_the_program_says_and_however_it_ends() {
    let folder = folder_with_a_pass();
    for text in [
        "cat > /dev/null; echo '{}'; cat good",
        "cat > /dev/null; cat good; echo '{}'",
        "cat > /dev/null; tr -d '\\n' < good; echo 'so be it'",
        "cat > /dev/null; cat good; exit 2",
        "cat > /dev/null; cat good; exit 7",
        "cat > /dev/null; cat good; kill -9 $$",
        "cat > /dev/null; cat good; yes",
    ] {
        let said = conform(
            folder.path(),
            &script(text, &["--json", "--expect-failures", "known"]),
        );
        assert_eq!(open(&said), results(&said).len() - 1, "{text}");
        said.exits(3);
    }
}

/// The line that passes comes along with the one that refuses the frame, and only once.
#[test]
fn a_pass_is_fail_open_in_a_second_line_as_well() {
    let folder = folder_with_a_pass();
    let no = "'{\"error\":\"no\"}'";
    let good = "\"$(cat good)\"";
    for (lines, code) in [
        (format!("{no} {good}"), 3),
        (format!("{good} {no}"), 3),
        (format!("{no} {no}"), 0),
    ] {
        let text = format!(
            "while read -r line; do case $line in
               *'\"status\":\"active\"'*) printf '%s\\n' {lines};;
               *) echo {no};;
             esac; done"
        );
        let more = ["--json", "--lines", "--expect-failures", "known"];
        let said = conform(folder.path(), &script(&text, &more));
        let report = said.exits(code).json();
        let results = report["results"].as_array().unwrap();
        let mut open = results
            .iter()
            .filter(|one| one["result"] == "REJECT_FAIL_OPEN");
        // The case that it is the answer to, not the one after it.
        let found = open.next().map(|one| one["id"].as_str().unwrap());
        assert_eq!(found, (code == 3).then_some("V-active"), "{lines}");
        assert_eq!(open.next(), None);
    }
}

/// One case is enough to see it, so the program hangs for one alone.
#[test]
fn a_pass_is_fail_open_where_nobody_waits_for_the_end_of_it() {
    let folder = folder_with_a_pass();
    for (pass, code) in [("cat good", 3), ("cat good >&2", 0)] {
        let _ = std::fs::remove_file(folder.path().join("hung"));
        let text = format!(
            "cat > frame; [ ! -f hung ] && grep -q '\"status\":\"active\"' frame || exit 2
             touch hung; {pass}; sleep 600 & wait"
        );
        let more = ["--json", "--patience", "1", "--expect-failures", "known"];
        let said = conform(folder.path(), &script(&text, &more)).exits(code);
        assert_eq!(open(&said), usize::from(code == 3), "{pass}");
    }
}

#[test]
fn what_is_no_answer_is_a_failure_and_never_a_pass() {
    let folder = folder();
    for (text, more, found) in [
        (
            "cat > /dev/null; kill -9 $$",
            &[][..],
            "ended without an answer (signal 9)",
        ),
        (
            "echo why >&2; exit 7",
            &[],
            "ended without an answer (exit code 7): why",
        ),
        (
            "cat > /dev/null; exit 0",
            &[],
            "ended without an answer (exit code 0)",
        ),
        (
            "cat > /dev/null; exit 2",
            &[],
            "the frame was refused (exit code 2)",
        ),
        (
            "cat > /dev/null; echo 'no json'",
            &[],
            "the answer does not open",
        ),
        (
            "cat > /dev/null; echo '{}'; echo '{}'",
            &[],
            "the answer is not one line",
        ),
        ("cat", &[], "the answer does not open"),
        (
            "cat > /dev/null; yes",
            &[],
            "more than 1048576 bytes of answer",
        ),
        ("yes", &["--lines"], "the answer is not one line"),
        (
            "tr -d '\\n' < /dev/zero",
            &["--lines"],
            "more than 1048576 bytes of answer",
        ),
        (
            "exit 0",
            &["--lines"],
            "ended without an answer (exit code 0)",
        ),
        (
            "while read -r line; do echo '{\"error\":\"not now\"}'; done",
            &["--lines"],
            "the frame was refused (error line): not now",
        ),
    ] {
        let more = [&["--json"], more].concat();
        let said = conform(folder.path(), &script(text, &more)).exits(3);
        for (word, what) in results(&said) {
            assert_eq!(word, "failed", "{text}");
            assert!(what.contains(found), "{text}: {what}");
        }
    }
    let said = conform(
        folder.path(),
        &["verifier", "--json", "--exec", "./nothing"],
    )
    .exits(3);
    assert!(results(&said)[0].1.contains("cannot be started"));
}

/// One case is enough to see it, so all others are taken off by a program that hangs for one alone.
#[test]
fn a_program_that_hangs_costs_its_patience_and_no_more() {
    let folder = folder();
    let program = program::holdfast();
    let text = format!(
        "[ -f hung ] && exec {} block verifier; touch hung; sleep 600 & wait",
        program.display()
    );
    for more in [
        &["--json", "--patience", "1"][..],
        &["--json", "--patience", "1", "--lines"],
    ] {
        let _ = std::fs::remove_file(folder.path().join("hung"));
        let said = conform(folder.path(), &script(&text, more)).exits(3);
        let results = results(&said);
        assert_eq!(
            results[0],
            ("failed".to_owned(), "no answer within 1 s".to_owned())
        );
    }
}

#[test]
fn a_program_answers_line_by_line_as_well() {
    let folder = folder();
    let program = program::holdfast();
    let text = format!(
        "while read -r line; do printf '%s' \"$line\" | {} block verifier; done",
        program.display()
    );
    let report = conform(folder.path(), &script(&text, &["--json", "--lines"]));
    assert_eq!(report.exits(0).json()["conforms"], true);
}

#[test]
fn an_expected_failure_has_a_reason_and_is_one() {
    let folder = folder();
    let write = |text: &str| std::fs::write(folder.path().join("known"), text).unwrap();
    let arguments = ["verifier", "--expect-failures", "known"];
    for (text, cause) in [
        ("NO-SUCH-CASE  # why\n", "`NO-SUCH-CASE` is no case"),
        ("V-no-head\n", "`V-no-head` has no reason"),
    ] {
        write(text);
        let error = conform(folder.path(), &arguments).exits(2).error();
        assert!(error.cause.unwrap().contains(cause));
    }
    // A block that does what was expected not to work conforms no less, but the list is wrong.
    write("# known gaps\n\nV-no-head  # not written yet\n");
    let said = conform(folder.path(), &arguments).exits(3);
    assert!(said.text().contains("FAILED  V-no-head"), "{}", said.text());
    let gone = script(
        "cat > /dev/null; exit 2",
        &["--json", "--expect-failures", "all"],
    );
    let suite = conformance::Suite::load().unwrap();
    excuse_all(&suite, &folder.path().join("all"));
    let report = conform(folder.path(), &gone).exits(0).json();
    assert_eq!(report["excused"], report["cases"]);
}

/// Block E as somebody else wrote it, in another language.
#[test]
fn the_validator_in_python_conforms() {
    let folder = folder();
    let program = second_validator::program(&second_validator::root());
    let program = program.to_str().unwrap();
    let arguments = ["--json", "validator-e", "--exec", "python3", "--", program];
    let report = conform(folder.path(), &arguments).exits(0).json();
    assert_eq!(report["conforms"], true, "{report:#}");
    let suite = conformance::Suite::load().unwrap();
    let of_block_e = |case: &&conformance::Case| {
        let at = case.block.as_ref();
        at.is_some_and(|at| at.baseline.starts_with("validator-e/"))
    };
    // Each input, and besides each alias of one.
    let put = report["results"].as_array().unwrap().len();
    assert!(put >= suite.cases().filter(of_block_e).count());
    assert_eq!(report["cases"], report["passed"]);
}

/// A rule less lets something through, another code does not.
#[test]
fn the_validator_in_python_does_not_conform_with_one_rule_changed() {
    let suite = conformance::Suite::load().unwrap();
    for (file, rule, instead, id, word) in [
        (
            "header.py",
            "\"key_id\"] is not None",
            "\"key_id\"] == \"\"",
            "E-artifact-key-id",
            "REJECT_FAIL_OPEN",
        ),
        (
            "header.py",
            "\"AUDIENCE_MISMATCH\"",
            "\"TRUST_DOMAIN_MISMATCH\"",
            "E-artifact-audience",
            "failed",
        ),
    ] {
        let copy = second_validator::with_a_defect(file, rule, instead);
        let arguments = vec![second_validator::program(copy.path()).into()];
        let mut program = Program::new("python3".into(), arguments, Duration::from_mins(1));
        let suite = suite.only(&[id.to_owned()].into());
        let excuses = Excuses::read(&suite, &format!("{id}  # known")).unwrap();
        for (excuses, excused) in [(Excuses::default(), false), (excuses, true)] {
            let report =
                conformance::run(&suite, Block::ValidatorE, &mut program, &excuses, |_, _| {});
            let report = report.unwrap();
            let open = word == "REJECT_FAIL_OPEN";
            let due = if excused && !open { "excused" } else { word };
            assert_eq!(report.count(due), 1, "{:#}", report.json());
            assert_eq!(report.conforms(), excused && !open, "{id}");
        }
    }
}

#[test]
fn people_read_how_many_cases_there_were() {
    let folder = folder();
    let said = conform(folder.path(), &["verifier"]).exits(0);
    assert!(
        said.text().starts_with("CONFORMS  verifier\n"),
        "{}",
        said.text()
    );
    assert!(
        said.text().contains("0 REJECT_FAIL_OPEN"),
        "{}",
        said.text()
    );
    // How long it took is whatever it is.
    let text = said.text();
    let (_, took) = text.rsplit_once("\n  took ").unwrap();
    let took = took.strip_suffix(" s\n").unwrap().parse::<f64>();
    assert!(took.unwrap() > 0.0);
    assert_eq!(said.stderr, "");
}
