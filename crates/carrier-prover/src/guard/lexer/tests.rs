use super::{TokenKind, tokens};

fn kinds(text: &str) -> Vec<TokenKind> {
    tokens(text)
        .unwrap_or_default()
        .into_iter()
        .map(|it| it.kind)
        .collect()
}

fn words(text: &str) -> Vec<TokenKind> {
    text.split(' ')
        .map(|word| TokenKind::Word(word.to_owned()))
        .collect()
}

fn refused(text: &str) -> Option<&'static str> {
    tokens(text).err().map(|error| error.what)
}

#[test]
fn words_fold_ascii_only_and_keep_the_dollar_sign() {
    assert_eq!(kinds("Begin TG_op a$$b É"), words("begin tg_op a$$b É"));
}

#[test]
fn a_no_break_space_is_part_of_a_name_as_it_is_for_the_server() {
    assert_eq!(kinds("raise\u{a0}x"), words("raise\u{a0}x"));
}

#[test]
fn comments_hide_what_looks_like_statements() {
    assert_eq!(kinds("a -- begin ' $$\n b"), words("a b"));
    assert_eq!(kinds("a /* ' /* -- */ $x$ */ b"), words("a b"));
    assert_eq!(kinds("a --b\r c"), words("a c"));
    assert_eq!(refused("a /* /* */"), Some("a comment without end"));
}

#[test]
fn a_comment_starts_within_a_run_of_operator_characters() {
    let equals = [TokenKind::Operator("=".to_owned())];
    assert_eq!(kinds("=--x\n"), equals);
    assert_eq!(kinds("=/* x */"), equals);
}

#[test]
fn a_sign_after_an_operator_is_its_own_token_unless_the_operator_is_a_special_one() {
    let operators = |text: &str| -> Vec<TokenKind> {
        text.split(' ')
            .map(|it| TokenKind::Operator(it.to_owned()))
            .collect()
    };
    assert_eq!(kinds("=-"), operators("= -"));
    assert_eq!(kinds("@-"), operators("@-"));
    assert_eq!(kinds("<<"), operators("<<"));
    assert_eq!(kinds(":="), operators(":="));
    assert_eq!(kinds("::"), operators("::"));
}

#[test]
fn quotes_end_where_the_server_ends_them() {
    let text = |value: &str| TokenKind::Text(value.to_owned());
    assert_eq!(kinds("'it''s; --'"), [text("it's; --")]);
    assert_eq!(kinds(r"E'a\'b; ''c'"), [TokenKind::EscapeText]);
    assert_eq!(kinds(r"e'\\'"), [TokenKind::EscapeText]);
    assert_eq!(kinds("U&'x'"), [TokenKind::OtherLiteral]);
    assert_eq!(kinds(r#""a ""b""#), [TokenKind::Quoted("a \"b".to_owned())]);
    assert_eq!(refused("'open"), Some("a quotation without end"));
    assert_eq!(refused(r"E'open\'"), Some("an escape literal without end"));
}

#[test]
fn a_dollar_quote_ends_at_its_own_tag_only() {
    let text = |value: &str| TokenKind::Text(value.to_owned());
    assert_eq!(kinds("$$ ' $a$ $$"), [text(" ' $a$ ")]);
    assert_eq!(kinds("$a$ $$ $b$a$"), [text(" $$ $b")]);
    assert_eq!(kinds("$1"), [TokenKind::Parameter]);
    let neither = "a dollar sign that begins neither a parameter nor a literal";
    assert_eq!(refused("$a$ $A$"), Some(neither));
    assert_eq!(refused("$1a"), Some(neither));
}

#[test]
fn a_plain_literal_with_a_backslash_is_set_apart() {
    let value = r"a\".to_owned();
    assert_eq!(kinds(r"'a\'"), [TokenKind::BackslashText(value)]);
    assert!(refused(r#"U&"tg\005fop""#).is_some());
}

#[test]
fn literals_that_the_server_joins_are_refused() {
    let joined = "a literal right after a literal: the server may join the two";
    assert_eq!(refused("'a'\n'b'"), Some(joined));
    assert_eq!(refused("E'a' -- x\n '\\'b'"), Some(joined));
    assert_eq!(kinds("'a','b'").len(), 3);
}

#[test]
fn what_versions_read_differently_is_refused() {
    assert!(refused("1x").is_some());
    assert!(refused("1_000").is_some());
    assert!(refused("a \u{b} b").is_some());
    assert!(refused("{").is_some());
    assert_eq!(kinds("1..2").len(), 4);
    assert_eq!(kinds("1.5"), [TokenKind::Number("1.5".to_owned())]);
}

#[test]
fn a_literal_of_another_type_is_one_token() {
    for literal in ["N'it''s'", "b'01'", "X'1f'"] {
        assert_eq!(kinds(literal), [TokenKind::OtherLiteral], "{literal}");
    }
    let unsure = "a backslash in a literal whose end depends on a setting";
    assert_eq!(refused(r"n'\'"), Some(unsure));
    assert_eq!(kinds("n b x"), words("n b x"));
}
