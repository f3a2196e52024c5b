//! The hash of a directory tree, streamed entry by entry (the format stands in the crate's docs).

use canonical::{ContentHasher, Digest, tags, write};
use serde_json::{Value, json};

use crate::content::{self, Watch};
use crate::measure::MeasureError;
use crate::port::{ArtifactSource, Progress, TreeEntry, TreeKind};

/// The most entries that a tree may have.
const ENTRIES_MAX: usize = 100_000;
/// The deepest that a tree may be.
const DEPTH_MAX: usize = 64;

/// Hashes everything below a directory; gives the hash and the sum of the sizes of its files.
pub(crate) fn hash<S: ArtifactSource, P: Progress>(
    source: &mut S,
    progress: &mut P,
    root: &str,
    origin: &str,
) -> Result<(Digest, u64), MeasureError> {
    let mut hasher = ContentHasher::new();
    hasher.update(tags::TREE.as_bytes());
    hasher.update(b"\n{\"entries\":[");
    let mut walk = Walk {
        source,
        watch: Watch::of_tree(progress),
        root,
        origin,
        hasher,
        entries: 0,
        written: 0,
    };
    walk.level("", 1)?;
    walk.hasher.update(b"]}");
    Ok((walk.hasher.finish(), walk.watch.hashed()))
}

struct Walk<'a, S, P> {
    source: &'a mut S,
    watch: Watch<'a, P>,
    root: &'a str,
    origin: &'a str,
    hasher: ContentHasher,
    entries: usize,
    written: usize,
}

/// What is done at one place of a level's order.
enum Step {
    Entry(TreeEntry),
    Descent,
}

impl<S: ArtifactSource, P: Progress> Walk<'_, S, P> {
    /// Hashes one directory, whose path relative to the root ends in `/` or is empty.
    fn level(&mut self, prefix: &str, depth: usize) -> Result<(), MeasureError> {
        if depth > DEPTH_MAX {
            return Err(MeasureError::TooLarge {
                what: "levels",
                limit: DEPTH_MAX,
            });
        }
        let path = self.absolute(prefix);
        let listed = self.list(&path)?;
        self.entries = self.entries.saturating_add(listed.len());
        if self.entries > ENTRIES_MAX {
            return Err(MeasureError::TooLarge {
                what: "entries",
                limit: ENTRIES_MAX,
            });
        }
        for (key, step) in steps(prefix, &listed) {
            match step {
                Step::Entry(entry) => self.entry(key, &entry, depth)?,
                Step::Descent => self.level(&key, depth.saturating_add(1))?,
            }
        }
        if self.list(&path)? != listed {
            return Err(MeasureError::Changed { path });
        }
        Ok(())
    }

    fn list(&mut self, path: &str) -> Result<Vec<TreeEntry>, MeasureError> {
        let mut entries = self.source.list(path, self.origin, ENTRIES_MAX)?;
        entries.sort_by(|left, right| left.name.as_bytes().cmp(right.name.as_bytes()));
        Ok(entries)
    }

    fn entry(&mut self, path: String, entry: &TreeEntry, depth: usize) -> Result<(), MeasureError> {
        match &entry.kind {
            TreeKind::File { executable } => {
                let absolute = self.absolute(&path);
                let file = content::hash(self.source, &mut self.watch, &absolute, self.origin)?;
                self.write(&json!({
                    "path": path, "kind": "file", "mode_exec": executable,
                    "hash": file.hash, "size": file.size_bytes, "target": null}))
            }
            TreeKind::Directory => self.write(&json!({
                "path": path, "kind": "directory", "mode_exec": false,
                "hash": null, "size": 0, "target": null})),
            TreeKind::Link { target } if stays_inside(target, depth) => self.write(&json!({
                "path": path, "kind": "link", "mode_exec": false,
                "hash": null, "size": 0, "target": target})),
            TreeKind::Link { .. } => Err(MeasureError::LinkLeaves { path }),
            TreeKind::Other => Err(MeasureError::SpecialEntry { path }),
        }
    }

    fn write(&mut self, entry: &Value) -> Result<(), MeasureError> {
        if self.written > 0 {
            self.hasher.update(b",");
        }
        self.hasher.update(&write(entry)?);
        self.written = self.written.saturating_add(1);
        Ok(())
    }

    fn absolute(&self, relative: &str) -> String {
        let root = self.root.strip_suffix('/').unwrap_or(self.root);
        let path = format!("{root}/{relative}");
        match path.strip_suffix('/') {
            Some(trimmed) if !trimmed.is_empty() => trimmed.to_owned(),
            _ => path,
        }
    }
}

/// The entries of a level and the descents into its directories, in the order of whole paths.
///
/// A directory's own entry stands at `a`, what is below it at `a/`: between the two comes `a-b`,
/// because `-` is before `/`.
fn steps(prefix: &str, entries: &[TreeEntry]) -> Vec<(String, Step)> {
    let mut steps = Vec::with_capacity(entries.len());
    for entry in entries {
        let path = format!("{prefix}{}", entry.name);
        if entry.kind == TreeKind::Directory {
            steps.push((format!("{path}/"), Step::Descent));
        }
        steps.push((path, Step::Entry(entry.clone())));
    }
    steps.sort_by(|left, right| left.0.as_bytes().cmp(right.0.as_bytes()));
    steps
}

/// Whether a link at a depth (1 is directly under the root) stays inside by its own text.
///
/// `..` after a name is refused: the name may be a link, and `..` behind it leads anywhere.
fn stays_inside(target: &str, depth: usize) -> bool {
    if target.is_empty() || target.starts_with('/') {
        return false;
    }
    let mut climbed = 0_usize;
    let mut named = false;
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." if named => return false,
            ".." => climbed = climbed.saturating_add(1),
            _ => named = true,
        }
    }
    climbed < depth
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn link_may_climb_as_far_as_it_lies_deep() {
        for (target, depth) in [
            ("a", 1),
            ("./a/b", 1),
            ("../a", 2),
            ("../../a", 3),
            ("..", 2),
        ] {
            assert!(stays_inside(target, depth), "{target} at {depth}");
        }
    }

    #[test]
    fn link_that_can_lead_out_is_told_by_its_text() {
        for (target, depth) in [
            ("", 1),
            ("/a", 3),
            ("..", 1),
            ("../a", 1),
            ("../../a", 2),
            ("a/../b", 5),
        ] {
            assert!(!stays_inside(target, depth), "{target} at {depth}");
        }
    }
}
