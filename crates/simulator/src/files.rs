//! The files that block F reads, which may change under its hands.

use std::collections::BTreeMap;

use artifact_resolver_f::port::FileStamp;

/// A file, and what tells its states apart.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) content: Vec<u8>,
    changes: u64,
}

impl File {
    pub(crate) fn stamp(&self) -> FileStamp {
        FileStamp {
            device: 1,
            inode: 7,
            size_bytes: self.size_bytes(),
            modified_ns: self.changes.into(),
            changed_ns: self.changes.into(),
        }
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        u64::try_from(self.content.len()).unwrap_or(u64::MAX)
    }
}

/// Files by canonical path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<String, File>);

impl Files {
    pub(crate) fn put(&mut self, path: &str, content: &str) {
        let changes = self.0.get(path).map_or(0, |file| file.changes);
        let file = File {
            content: content.as_bytes().to_vec(),
            changes: changes.saturating_add(1),
        };
        self.0.insert(path.to_owned(), file);
    }

    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }
}
