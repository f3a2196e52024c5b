//! The governed end of a head, and what it makes room for.

use authority::port::AuthorityWriter as _;
use registrar::port::{REREGISTER, RegistrarStore as _, ReserveAnswer};
use serde_json::json;

use crate::StoreUnderTest;
use crate::material::{approval, at, new_row, retirement, superseding, vote};
use crate::setup::Setup;

/// A retirement ends the one draft or active head of its code, keeps its row, and is told with it;
/// it is written together with that end, and where there is no head to end, not at all.
pub fn retirement_ends_the_one_head_of_its_code<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.register("DOT_A");
    setup.register("DOT_B");
    setup.authorise("DOT_A");
    setup.authorise("DOT_C");
    let none = retirement("retire/0", "DOT_C", "app/DOT_C");
    let refused = setup.authority().retire_head("DOT_C", none);
    refused.unwrap_err();
    assert_eq!(setup.count("retirement"), 0);
    let before = setup.versions("DOT_A");
    let row = retirement("retire/1", "DOT_A", "app/DOT_A");
    setup.authority().retire_head("DOT_A", row).unwrap();
    assert_eq!(setup.versions("DOT_A"), [before[0] + 1, before[1]]);
    assert_eq!(setup.count("retirement"), 1);
    let heads = setup.heads("DOT_A");
    assert_eq!(heads.len(), 1);
    assert_eq!(heads[0].attempt_id, first.attempt_id);
    assert_eq!(heads[0].status, "retired");
    assert_eq!(heads[0].retirement_ref.as_deref(), Some("retire/1"));
    let mut registrar = setup.registrar();
    assert_eq!(registrar.current_head("DOT_A").unwrap(), None);
    assert!(registrar.retired_head("DOT_A").unwrap());
    assert!(registrar.current_head("DOT_B").unwrap().is_some());
    assert!(!registrar.retired_head("DOT_B").unwrap());
}

/// A row that is no retirement, or one of another code, retires no head.
pub fn row_that_is_no_retirement_of_the_code_retires_nothing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    setup.authorise("DOT_B");
    setup.register("DOT_A");
    let approving = new_row("approval_vote", "vote/1", vote("app/DOT_A", "approve"));
    let of_another = retirement("retire/1", "DOT_B", "app/DOT_B");
    for row in [approving, of_another] {
        let refused = setup.authority().retire_head("DOT_A", row);
        refused.unwrap_err();
    }
    assert_eq!(setup.count("retirement"), 0);
    assert_eq!(setup.count("approval_vote"), 0);
    assert_eq!(setup.heads("DOT_A")[0].status, "draft");
}

/// An approval carries one retirement, while it stands: not one that was rejected, replaced or has
/// ended by the store's clock, and none twice.
pub fn approval_that_does_not_stand_retires_no_head<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let codes = ["REJECTED", "REPLACED", "ENDED", "SOUND", "ANOTHER"];
    for code in codes {
        setup.register(code);
        let mut columns = approval(code);
        if code == "ENDED" {
            columns["expires_at"] = json!(at(1));
        }
        setup.insert("approval", &format!("app/{code}"), columns);
    }
    // As if it came after the approval was judged.
    setup.insert("approval_vote", "vote/1", vote("app/REJECTED", "reject"));
    let replacing = superseding(approval("REPLACED"), "active", "app/REPLACED");
    setup.insert("approval", "app/later", replacing);
    for code in ["REJECTED", "REPLACED", "ENDED"] {
        let row = retirement("retire/1", code, &format!("app/{code}"));
        let refused = setup.authority().retire_head(code, row);
        refused.unwrap_err();
    }
    let row = retirement("retire/1", "SOUND", "app/SOUND");
    setup.authority().retire_head("SOUND", row).unwrap();
    let row = retirement("retire/2", "ANOTHER", "app/SOUND");
    let refused = setup.authority().retire_head("ANOTHER", row);
    refused.unwrap_err();
    let has_head = codes.map(|code| {
        let head = setup.registrar().current_head(code).unwrap();
        head.is_some()
    });
    assert_eq!(has_head, [true, true, true, false, true]);
    assert_eq!(setup.count("retirement"), 1);
}

/// A retired head is never retired again, and its effect stays committed; another operation
/// registers the code anew, and its head stands beside the retired one.
pub fn retired_head_makes_room_for_another_operation<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.register("DOT_A");
    setup.authorise("DOT_A");
    let row = retirement("retire/1", "DOT_A", "app/DOT_A");
    setup.authority().retire_head("DOT_A", row).unwrap();
    let row = retirement("retire/2", "DOT_A", "app/DOT_A");
    let refused = setup.authority().retire_head("DOT_A", row);
    refused.unwrap_err();
    assert_eq!(
        setup.reserve(&setup.reservation("DOT_A")),
        ReserveAnswer::EffectCommitted(Box::new(first.clone()))
    );
    let again = setup.other_effect("DOT_A");
    setup.open(&again);
    let mut item = setup.item(&again);
    item.operation = REREGISTER.into();
    setup.written(item);
    let head = setup.registrar().current_head("DOT_A").unwrap();
    assert_eq!(head, Some(again.attempt_id.to_string()));
    let mut heads = setup.heads("DOT_A");
    heads.sort_by_key(|head| head.status.clone());
    let told: Vec<_> = heads
        .iter()
        .map(|head| (head.attempt_id, head.status.as_str()))
        .collect();
    assert_eq!(
        told,
        [(again.attempt_id, "draft"), (first.attempt_id, "retired")]
    );
    assert_eq!(setup.attempt(&first.attempt_id), first);
}
