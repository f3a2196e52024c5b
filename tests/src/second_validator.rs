//! Block E in Python (`examples/validator`), as it lies there and with a defect.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::fixture::must;

/// The workspace's own folder.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// The program under a root that has one.
pub fn program(root: &Path) -> PathBuf {
    root.join("examples/validator/validator.py")
}

/// A copy of the validator in which one rule says something else, under a root of its own.
///
/// # Panics
///
/// When the file has no such rule, or cannot be copied.
pub fn with_a_defect(file: &str, rule: &str, instead: &str) -> TempDir {
    let (root, copy) = (root(), must(tempfile::tempdir()));
    let to = copy.path().join("examples/validator/block_e");
    must(std::fs::create_dir_all(&to));
    must(std::os::unix::fs::symlink(
        root.join("schemas"),
        copy.path().join("schemas"),
    ));
    must(std::fs::copy(program(&root), program(copy.path())));
    for source in must(root.join("examples/validator/block_e").read_dir()) {
        let source = must(source);
        if must(source.file_type()).is_file() {
            must(std::fs::copy(source.path(), to.join(source.file_name())));
        }
    }
    let text = must(std::fs::read_to_string(to.join(file)));
    assert!(text.contains(rule), "{file} has no `{rule}`");
    must(std::fs::write(
        to.join(file),
        text.replacen(rule, instead, 1),
    ));
    copy
}
