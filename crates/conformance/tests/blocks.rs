//! Each block conforms to the built-in suite, put to it as a library.
//!
//! The lightest place where the cases judge the blocks: no store and no program is built for it.

use conformance::{Block, Excuses, Library, Suite, run};

#[test]
fn each_block_conforms_as_a_library() {
    let suite = Suite::load().unwrap();
    for block in Block::ALL {
        let report = run(
            &suite,
            block,
            &mut Library(block),
            &Excuses::default(),
            |_, _| {},
        );
        let report = report.unwrap();
        assert!(report.conforms(), "{:#}", report.json());
        assert!(report.results.len() > 20, "{}", block.name());
    }
}
