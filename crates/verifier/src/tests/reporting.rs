//! What a condition says of the values that it compared.

use serde_json::json;

use super::bench::*;

/// The pairs of a condition: name, left, right.
fn compared(bench: &Bench, id: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let report = bench.report();
    let condition = report.conditions.iter().find(|check| &*check.id == id);
    let pairs = condition.unwrap().compared.iter();
    let shown = |text: &Option<canonical::Text>| text.as_ref().map(ToString::to_string);
    pairs
        .map(|pair| (pair.name.to_string(), shown(&pair.left), shown(&pair.right)))
        .collect()
}

fn pair(name: &str, left: &str, right: &str) -> (String, Option<String>, Option<String>) {
    (
        name.to_owned(),
        Some(left.to_owned()),
        Some(right.to_owned()),
    )
}

#[test]
fn condition_reports_what_it_compared_whether_it_holds_or_fails() {
    let mut bench = Bench::new();
    let heads = "head written / current heads";
    assert_eq!(
        compared(&bench, "verify.one_head"),
        [pair(heads, ATTEMPT, ATTEMPT)]
    );
    bench.world.catalogue.push(head("another-row"));
    let both = format!("{ATTEMPT}, another-row");
    assert_eq!(
        compared(&bench, "verify.one_head"),
        [pair(heads, ATTEMPT, &both)]
    );
    check(&bench, "HEAD_COUNT_NOT_ONE", "verify.one_head");
}

#[test]
fn what_a_store_holds_is_quoted_without_nul_and_cut() {
    let mut bench = Bench::new();
    let long = "x".repeat(500);
    bench.world.activation_triggers[0].evidence = format!("when\0 new {long}");
    let expected = pair(
        "notify_active",
        "no",
        &format!("when new {}", "x".repeat(391)),
    );
    assert_eq!(compared(&bench, "verify.no_notify"), [expected]);
    passes(&bench);
}

#[test]
fn retired_head_has_one_successor_at_most_and_is_itself_none() {
    let mut bench = Bench::new();
    bench.set_column("status", json!("retired"));
    bench.world.catalogue.push(head("a-later-head"));
    passes(&bench);
    bench.world.catalogue.push(head("one-more"));
    check(&bench, "HEAD_COUNT_NOT_ONE", "verify.one_head");
    bench.world.catalogue.truncate(1);
    passes(&bench);
    bench.world.catalogue.push(head(ATTEMPT));
    check(&bench, "HEAD_COUNT_NOT_ONE", "verify.one_head");
}
