//! Writes the list of the suite's files: `cargo run -p conformance --example index`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = conformance::listing(&crate_root.join("../../tests/cases"))?;
    std::fs::write(crate_root.join("src/index.rs"), text)
}
