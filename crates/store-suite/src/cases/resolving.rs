//! Authority rows as the blocks read them.

use artifact_resolver_f::port::AdmissionReader as _;
use owner_resolver::port::{AuthorityQuery, AuthorityReader as _, RowStatus};
use registrar::port::{RegistrarStore as _, RowRef};
use serde_json::{Value, json};

use super::writing_authority::{action_type, binding, principal};
use crate::material::{self, approval, at, manifest, ownership, superseding, verifier, vote};
use crate::setup::{Setup, only};
use crate::{StoreUnderTest, Tampering};

const OWNERSHIP: AuthorityQuery<'_> = AuthorityQuery::Ownership {
    object_type: "dot",
    object_ref: "DOT_A",
};

/// Every query finds the rows of its own carrier and question, and no others; what a caller writes
/// into a question is a value to be compared, and nothing else.
pub fn each_query_finds_its_rows<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    setup.authorise("DOT_B");
    for (carrier, row_key, columns) in [
        ("approval_vote", "vote/1", vote("app/DOT_A", "approve")),
        ("approval_vote", "vote/2", vote("app/DOT_B", "approve")),
        ("principal", "p/1", principal("principal/olga", "human")),
        ("principal", "p/2", principal("principal/paul", "human")),
        ("principal_binding", "b/1", binding("os_uid", "1000")),
        ("principal_binding", "b/2", binding("alias", "1000")),
        ("action_type", "a/1", action_type("register_dot")),
        ("action_type", "a/2", action_type("reregister_dot")),
        ("verifier", "v/1", verifier("verifier/head")),
        ("verifier", "v/2", verifier("verifier/other")),
    ] {
        setup.insert(carrier, row_key, columns);
    }
    let (object_type, object_ref) = ("dot", "DOT_A");
    let (channel, value) = ("os_uid", "1000");
    let mut owners = store.owners();
    let mut found = |query| -> Vec<String> {
        let rows = owners.rows(query).unwrap();
        rows.iter().map(|row| row.row.key().to_owned()).collect()
    };
    for (query, row_key) in [
        (
            AuthorityQuery::ActionType {
                operation: "register_dot",
            },
            "a/1",
        ),
        (
            AuthorityQuery::Principal {
                principal: "principal/olga",
            },
            "p/1",
        ),
        (AuthorityQuery::Binding { channel, value }, "b/1"),
        (OWNERSHIP, "own/DOT_A"),
        (
            AuthorityQuery::Approvals {
                object_type,
                object_ref,
            },
            "app/DOT_A",
        ),
        (
            AuthorityQuery::Votes {
                approval_ref: "app/DOT_A",
            },
            "vote/1",
        ),
        (
            AuthorityQuery::Verifier {
                verifier_ref: "verifier/head",
            },
            "v/1",
        ),
    ] {
        assert_eq!(found(query), [row_key], "{query:?}");
    }
    for hostile in [
        "' OR 1 = 1 --",
        "%",
        "register\u{1F980}",
        "",
        "principal/OLGA",
    ] {
        let nothing: [&str; 0] = [];
        let operation = hostile;
        assert_eq!(found(AuthorityQuery::ActionType { operation }), nothing);
        let principal = hostile;
        assert_eq!(found(AuthorityQuery::Principal { principal }), nothing);
    }
}

/// A resolver is shown the rows of every status, in the order of writing, because those that no
/// longer stand tell why there is no authority.
pub fn rows_of_every_status_are_shown_in_the_order_of_writing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.insert("ownership", "own/z", ownership("DOT_A"));
    let replacing = superseding(ownership("DOT_A"), "active", "own/z");
    let written = setup.insert("ownership", "own/a", replacing);
    let revoking = superseding(ownership("DOT_A"), "revoked", "own/a");
    setup.insert("ownership", "own/m", revoking);
    let rows = store.owners().rows(OWNERSHIP).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.row.key(), row.status)).collect();
    assert_eq!(
        told,
        [
            ("own/z", RowStatus::Superseded),
            ("own/a", RowStatus::Revoked),
            ("own/m", RowStatus::Revoked)
        ]
    );
    assert_eq!(rows[1].row, written);
}

/// An admission is found by its key alone, whatever its status.
pub fn admission_is_found_by_its_key<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let admission = material::admission("DOT_A");
    let written = setup.insert("admission", "admission/1", admission.clone());
    let mut admissions = store.admissions();
    let found = only(admissions.admissions("admission/1").unwrap());
    assert_eq!(found.row, written);
    let active = artifact_resolver_f::port::RowStatus::Active;
    assert_eq!(found.status, active);
    let revoking = superseding(admission, "revoked", "admission/1");
    setup.insert("admission", "admission/2", revoking);
    let found = only(admissions.admissions("admission/1").unwrap());
    let revoked = artifact_resolver_f::port::RowStatus::Revoked;
    assert_eq!(found.status, revoked);
    for unknown in ["admission", "none", "' OR 1 = 1 --"] {
        assert_eq!(admissions.admissions(unknown).unwrap(), []);
    }
}

/// A row whose columns do not hash to what was stored with it is an error to whoever resolves by it,
/// and has no hash for whoever rereads it; other rows are read as before.
pub fn tampered_row_is_an_error_to_resolvers_and_hashless_to_the_registrar<S: StoreUnderTest>(
    store: &S,
) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    setup.authorise("DOT_B");
    let mut owners = store.owners();
    assert_eq!(owners.rows(OWNERSHIP).unwrap().len(), 1);
    store.tamper(Tampering::AuthorityRow {
        carrier: "ownership",
        row_key: "own/DOT_A",
        column: "owner",
        text: "principal/me",
    });
    owners.rows(OWNERSHIP).unwrap_err();
    let row = setup.reread("ownership", "own/DOT_A");
    assert_eq!(row.row_hash, None);
    assert!(row.status.is_some());
    let untouched = AuthorityQuery::Ownership {
        object_type: "dot",
        object_ref: "DOT_B",
    };
    assert_eq!(owners.rows(untouched).unwrap().len(), 1);
    assert!(setup.reread("ownership", "own/DOT_B").row_hash.is_some());
}

/// An approval that somebody rejects is as good as revoked from that vote on, until the vote is
/// taken back; a vote that approves changes nothing.
pub fn rejecting_vote_makes_an_approval_revoked_until_it_is_taken_back<S: StoreUnderTest>(
    store: &S,
) {
    use registrar::port::RowStatus::{Active, Revoked};

    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    let status = || {
        let row = setup.reread("approval", "app/DOT_A");
        (row.status, row.status_changed_at)
    };
    let dated = |decision: &str, seconds| {
        let mut columns = vote("app/DOT_A", decision);
        columns["issued_at"] = json!(at(seconds));
        columns
    };
    setup.insert("approval_vote", "vote/1", dated("approve", 3));
    assert_eq!(status(), (Some(Active), None));
    setup.insert("approval_vote", "vote/2", dated("reject", 7));
    assert_eq!(status(), (Some(Revoked), Some(at(7))));
    setup.insert("approval_vote", "vote/3", dated("reject", 9));
    assert_eq!(status(), (Some(Revoked), Some(at(7))));
    for (number, taken_back) in [(4, "vote/2"), (5, "vote/3")] {
        let columns = superseding(dated("approve", 11), "active", taken_back);
        setup.insert("approval_vote", &format!("vote/{number}"), columns);
    }
    assert_eq!(status(), (Some(Active), None));
}

/// Rows that are not there, and carriers that are none, are reread as absent: no hash, no status, no
/// head. Every reference has its own answer at its own place.
pub fn unknown_rows_and_carriers_are_reread_as_absent<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    let asked = [
        ("ownership", "none"),
        ("approval", "app/DOT_A"),
        ("ledger", "none"),
        ("attempt", "app/DOT_A"),
        ("x; DROP", "'"),
        ("ownership", "own/DOT_A"),
    ];
    let refs = asked.map(|(carrier, row_key)| RowRef {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
    });
    let rows = setup.registrar().reread(&refs).unwrap();
    assert_eq!(rows.len(), asked.len());
    for ((carrier, row_key), row) in asked.into_iter().zip(rows) {
        assert_eq!(
            (row.carrier.as_str(), row.row_key.as_str()),
            (carrier, row_key)
        );
        let is_there = row_key != "none" && matches!(carrier, "ownership" | "approval");
        assert_eq!(row.row_hash.is_some(), is_there, "{row:?}");
        assert_eq!(row.status.is_some(), is_there);
        assert_eq!(row.issued_at.is_some(), is_there);
        assert_eq!(row.status_changed_at, None);
        assert_eq!(row.active_heads, u64::from(is_there));
    }
    assert_eq!(setup.registrar().reread(&[]).unwrap(), []);
}

/// How many active rows answer the question that a row answers: every active manifest answers the
/// one question of which is in force, an approval that of its operation, object and artifact.
pub fn active_rows_of_one_question_are_counted<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let heads = |carrier: &str, row_key: &str| setup.reread(carrier, row_key).active_heads;
    setup.insert("manifest", "m/1", manifest("one"));
    assert_eq!(heads("manifest", "m/1"), 1);
    setup.insert("manifest", "m/2", manifest("two"));
    assert_eq!(heads("manifest", "m/1"), 2);
    let end = superseding(manifest("one"), "revoked", "m/1");
    setup.insert("manifest", "m/3", end);
    assert_eq!(heads("manifest", "m/1"), 1);
    setup.authorise("DOT_A");
    assert_eq!(heads("approval", "app/DOT_A"), 1);
    let mut elsewhere: Value = approval("DOT_A");
    elsewhere["operation"] = json!("reregister_dot");
    setup.insert("approval", "app/again", elsewhere);
    assert_eq!(heads("approval", "app/DOT_A"), 1);
    setup.insert("approval", "app/rival", approval("DOT_A"));
    assert_eq!(heads("approval", "app/DOT_A"), 2);
    // An owner of a wider scope, and one whose time has not come.
    let mut wider = ownership("DOT_A");
    wider["scope"] = json!("catalogue/daily");
    setup.insert("ownership", "own/narrow", wider);
    let mut coming = ownership("DOT_A");
    coming["scope"] = json!("catalogue/daily/early");
    coming["effective_from"] = json!(at(i64::from(u32::MAX)));
    setup.insert("ownership", "own/coming", coming);
    assert_eq!(heads("ownership", "own/DOT_A"), 1);
    assert_eq!(heads("ownership", "own/narrow"), 2);
    assert_eq!(heads("ownership", "own/coming"), 2);
}
