use super::listed;

fn values(expression: &str) -> Option<Vec<String>> {
    listed(expression, "status").map(|found| found.into_iter().collect())
}

#[test]
fn a_list_says_its_values() {
    let list = "(status = ANY (ARRAY['draft'::text, 'active'::text]))";
    assert_eq!(values(list).unwrap(), ["active", "draft"]);
    let varying = "((status)::text = ANY ((ARRAY['draft'::character varying, 'x'::character varying])::text[]))";
    assert_eq!(values(varying).unwrap(), ["draft", "x"]);
    let cast = "(((status)::character varying)::text = 'x'::text)";
    assert_eq!(values(cast).unwrap(), ["x"]);
}

#[test]
fn the_values_of_another_column_are_not_its_own() {
    let both = "((kind = 'accountable'::text) AND ((status)::text = 'active'::text))";
    assert_eq!(values(both).unwrap(), ["active"]);
    let other = "(kind = 'active'::text)";
    assert_eq!(values(other).unwrap(), Vec::<String>::new());
}

#[test]
fn what_does_more_than_compare_lists_nothing() {
    for text in [
        "(status <> 'retired'::text)",
        "(lower(status) = 'active'::text)",
        "((status = 'active'::text) OR (kind = 'x'::text))",
        "(status IS NULL)",
    ] {
        assert_eq!(values(text), None, "{text}");
    }
}
