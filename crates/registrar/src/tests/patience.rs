//! Trouble of a store, and what a port answers where a store says nothing else.

use super::bench::world;
use super::faults::Faulty;
use crate::patience::patiently;
use crate::port::{PortError, RegistrarStore};

#[test]
fn transient_trouble_is_tried_again_three_times_and_other_trouble_never() {
    let called = |failures: u32, error: fn() -> PortError| {
        let mut count = 0;
        let answer = patiently(|| {
            count += 1;
            if count > failures {
                Ok(())
            } else {
                Err(error())
            }
        });
        (answer.is_ok(), count)
    };
    let busy = || PortError::transient("busy", "busy");
    assert_eq!(called(0, busy), (true, 1));
    assert_eq!(called(3, busy), (true, 4));
    assert_eq!(called(4, busy), (false, 4));
    let broken = || PortError::new("disk full", "full");
    assert_eq!(called(1, broken), (false, 1));
}

#[test]
fn store_without_credentials_calls_its_own_registrar() {
    assert_eq!(Faulty::new(&world(), &[]).credential(), "registrar");
}
