//! Names and credentials of principals, through the real program.

use holdfast_tests::fixture::Fixture;

#[test]
fn a_principal_on_record_gets_further_credentials() {
    let fixture = Fixture::new(1);
    let add = |more: &[&str]| {
        let known = ["authority", "principal", "add", "principal/new"];
        let output = fixture.command(&[&known, more].concat()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, written, _) = add(&["--alias", "newcomer"]);
    assert_eq!((code, written.lines().count()), (Some(0), 2));
    let (code, written, _) = add(&["--uid", "4003"]);
    assert_eq!((code, written.lines().count()), (Some(0), 1));
    for (again, why) in [
        (&[][..], "already says so"),
        (&["--uid", "4003"], "already says so"),
        (&["--side", "council", "--uid", "4004"], "says otherwise"),
    ] {
        let (code, written, refused) = add(again);
        assert_eq!((code, written.as_str()), (Some(2), ""));
        assert!(refused.contains(why), "{refused}");
    }
}
