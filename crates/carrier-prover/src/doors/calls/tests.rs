use super::{fetches_from_anywhere, is_brought};
use crate::body::of_text;

#[test]
fn only_a_cursor_that_is_declared_and_opened_is_ones_own() {
    let anywhere = |text: &str| fetches_from_anywhere(&of_text(text));
    assert!(!anywhere(
        "DECLARE c CURSOR FOR SELECT 1; BEGIN OPEN c; FETCH c INTO d; END"
    ));
    for text in [
        "DECLARE c CURSOR FOR SELECT 1; BEGIN FETCH c INTO d; END",
        "BEGIN OPEN c; FETCH c INTO d; END",
        "DECLARE e refcursor; c CURSOR FOR SELECT 1; BEGIN OPEN c; FETCH e INTO d; END",
    ] {
        assert!(anywhere(text), "{text}");
    }
}

#[test]
fn an_argument_of_whatever_type_is_brought() {
    for of in ["record", "anyelement", "anycompatiblearray", "\"any\""] {
        assert!(is_brought(of), "{of}");
    }
    for of in ["text", "made.record", "app.anything"] {
        assert!(!is_brought(of), "{of}");
    }
}
