//! Calls of many threads in few transactions of the one writer.

use registrar::port::RegistrarStore as _;

use super::{at_once, fixture, reservation};
use crate::GroupOptions;

#[test]
fn independent_attempts_take_no_more_transactions_than_there_are() {
    let fixture = fixture();
    at_once(64, |number| {
        fixture.register(&format!("DOT_{number}"));
    });
    assert_eq!(fixture.count("dot_catalogue"), 64);
    assert!(fixture.count("writer_transaction") <= 64);
}

#[test]
fn lingering_writer_puts_waiting_calls_into_one_transaction() {
    let fixture = fixture();
    let options = GroupOptions {
        linger: std::time::Duration::from_millis(400),
        ..GroupOptions::default()
    };
    let lingering = fixture.store.group_writer(options).unwrap();
    let open: Vec<_> = (0..4)
        .map(|number| reservation(&format!("DOT_{number}")))
        .collect();
    fixture.registrar().reserve(open.clone()).unwrap();
    at_once(4, |number| {
        let mut registrar = fixture.store.registrar(&lingering).unwrap();
        registrar
            .consume(vec![fixture.item(&open[number])])
            .unwrap();
    });
    assert_eq!(fixture.count("ledger"), 4);
    assert_eq!(fixture.count("writer_transaction"), 1);
}
