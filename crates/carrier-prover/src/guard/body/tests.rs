use super::*;

fn function(body: &str) -> FunctionFacts {
    FunctionFacts {
        name: "app.deny()".to_owned(),
        language: "plpgsql".to_owned(),
        owner: "custodian".to_owned(),
        body: body.to_owned(),
        search_path: Some("pg_catalog, pg_temp".to_owned()),
        security_definer: false,
        strict: false,
    }
}

fn judged(function: &FunctionFacts) -> BodyVerdict {
    judge_body(function, Timing::Before, Level::Row, Operation::Update)
}

const DISPATCH: &str =
    "BEGIN IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'no'; END IF; RETURN OLD; END";
const RAISES: &str = "BEGIN RAISE EXCEPTION 'no'; END";

#[test]
fn a_dispatch_counts_only_under_exactly_the_safe_path() {
    let under = |path: Option<&str>, body: &str| {
        let mut function = function(body);
        function.search_path = path.map(str::to_owned);
        judged(&function)
    };
    let safe = ["pg_catalog, pg_temp", "\"pg_catalog\", pg_temp"];
    for path in safe {
        assert_eq!(
            under(Some(path), DISPATCH).outcome,
            BodyOutcome::AlwaysRaises
        );
    }
    let unsafe_paths = [
        "pg_catalog",
        "pg_temp, pg_catalog",
        "pg_catalog, pg_temp, public",
        "public, pg_catalog, pg_temp",
        "\"pg_catalog, pg_temp\"",
        "\"$user\", public",
        "",
    ];
    for path in unsafe_paths {
        let verdict = under(Some(path), DISPATCH);
        assert_eq!(verdict.outcome, BodyOutcome::Conditional, "{path}");
        let code = verdict.reasons.first().unwrap().code;
        assert_eq!(code, ReasonCode::FnPathNotSafe, "{path}");
        let plain = under(Some(path), RAISES).outcome;
        assert_eq!(plain, BodyOutcome::AlwaysRaises, "{path}");
    }
    let unpinned = under(None, DISPATCH);
    let code = unpinned.reasons.first().unwrap().code;
    assert_eq!(code, ReasonCode::FnSearchPathUnpinned);
    assert_eq!(under(None, RAISES).outcome, BodyOutcome::AlwaysRaises);
}

#[test]
fn only_plpgsql_that_is_not_strict_is_looked_at() {
    let mut other = function(RAISES);
    other.language = "c".to_owned();
    let verdict = judged(&other);
    assert_eq!(verdict.outcome, BodyOutcome::Unknown);
    assert_eq!(
        verdict.reasons.first().unwrap().code,
        ReasonCode::FnLanguageOpaque
    );
    let mut strict = function(RAISES);
    strict.strict = true;
    let verdict = judged(&strict);
    assert_eq!(verdict.reasons.first().unwrap().code, ReasonCode::FnStrict);
    assert_eq!(judged(&function(RAISES)).outcome, BodyOutcome::AlwaysRaises);
}

#[test]
fn a_reason_names_its_place() {
    let body = "BEGIN\n  RAISE NOTICE 'é'; PERFORM f();\nEND";
    let verdict = judged(&function(body));
    let reason = verdict.reasons.first().unwrap();
    assert_eq!(reason.code, ReasonCode::FnOutsideGrammar);
    assert_eq!(
        reason.place,
        Some(Place {
            line: 2,
            column: 21
        })
    );
    let text = reason.to_string();
    assert!(
        text.starts_with("FN_OUTSIDE_GRAMMAR on `app.deny()` at 2:21: "),
        "{text}"
    );
}

#[test]
fn what_a_return_does_depends_on_the_trigger() {
    let returning = |what: &str, timing, level, operation| {
        let function = function(&format!("BEGIN RETURN {what}; END"));
        let verdict = judge_body(&function, timing, level, operation);
        (verdict.outcome, verdict.lets_through)
    };
    let before_row = |what, operation| returning(what, Timing::Before, Level::Row, operation);
    let passes = (BodyOutcome::NeverRaises, true);
    let skips = (BodyOutcome::AlwaysSuppresses, false);
    let kept = (BodyOutcome::NeverRaises, false);
    assert_eq!(before_row("NEW", Operation::Update), passes);
    assert_eq!(before_row("NEW", Operation::Delete), skips);
    assert_eq!(before_row("OLD", Operation::Update), kept);
    assert_eq!(before_row("OLD", Operation::Delete), passes);
    assert_eq!(before_row("OLD", Operation::Insert), skips);
    assert_eq!(before_row("NULL", Operation::Update), skips);
    let after = returning("NULL", Timing::After, Level::Row, Operation::Update);
    assert_eq!(after, passes);
    let statement = (Timing::Before, Level::Statement, Operation::Truncate);
    let truncate = returning("NULL", statement.0, statement.1, statement.2);
    assert_eq!(truncate, passes);
}

fn nested(depth: usize) -> BodyOutcome {
    let body = format!(
        "{}RAISE EXCEPTION 'no'; {}END",
        "BEGIN ".repeat(depth),
        "END; ".repeat(depth - 1)
    );
    judged(&function(&body)).outcome
}

fn in_parentheses(depth: usize) -> BodyOutcome {
    let condition = format!(
        "BEGIN IF {}TG_OP = 'UPDATE'{} THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END",
        "(".repeat(depth),
        ")".repeat(depth)
    );
    judged(&function(&condition)).outcome
}

#[test]
fn as_much_is_read_as_may_be_nested_and_no_more() {
    assert_eq!(nested(64), BodyOutcome::AlwaysRaises);
    assert_eq!(nested(65), BodyOutcome::Unknown);
    // The comparison within is one level itself.
    assert_eq!(in_parentheses(31), BodyOutcome::AlwaysRaises);
    assert_eq!(in_parentheses(32), BodyOutcome::Conditional);
}

#[test]
fn depth_is_bounded() {
    assert_eq!(nested(100_000), BodyOutcome::Unknown);
    assert_eq!(in_parentheses(100_000), BodyOutcome::Conditional);
}
