//! A file system in memory that can change under the hands of whoever reads it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::measure::within;
use crate::port::{
    ArtifactFile, ArtifactKind, ArtifactSource, FileStamp, Resolved, SourceError, TreeEntry,
    TreeKind,
};

/// What stands at a path.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    File { content: Vec<u8>, executable: bool },
    Link(String),
    Directory,
    Pipe,
}

/// Files by absolute path; links are absolute in `resolve` and recorded as they are in `list`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) nodes: BTreeMap<String, Node>,
    /// What is put in place after a path was listed for the first time.
    pub(crate) appears: Option<String>,
    /// The path whose stamp is another one each time it is asked for.
    pub(crate) restless: Option<String>,
    /// The path that fails to be read, for a reason that says nothing of it.
    pub(crate) broken: Option<String>,
    pub(crate) opened: Vec<String>,
}

impl Memory {
    pub(crate) fn with(mut self, path: &str, node: Node) -> Self {
        self.nodes.insert(path.to_owned(), node);
        self
    }

    pub(crate) fn file(self, path: &str, content: &str) -> Self {
        let content = content.as_bytes().to_vec();
        self.with(
            path,
            Node::File {
                content,
                executable: false,
            },
        )
    }

    fn node(&self, path: &str) -> Result<&Node, SourceError> {
        if self.broken.as_deref() == Some(path) {
            let source = io::Error::other("the disk is gone");
            return Err(SourceError::Unreadable {
                path: path.to_owned(),
                source,
            });
        }
        let missing = || SourceError::Missing {
            path: path.to_owned(),
        };
        self.nodes.get(path).ok_or_else(missing)
    }
}

struct MemoryFile<'a> {
    rest: &'a [u8],
    stamp: FileStamp,
    restless: bool,
    asked: Cell<i128>,
}

impl Read for MemoryFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let few = buffer.len().min(3);
        self.rest.read(&mut buffer[..few])
    }
}

impl ArtifactFile for MemoryFile<'_> {
    fn stamp(&self) -> Result<FileStamp, SourceError> {
        self.asked.set(self.asked.get() + 1);
        let mut stamp = self.stamp;
        if self.restless {
            stamp.changed_ns = self.asked.get();
        }
        Ok(stamp)
    }
}

impl ArtifactSource for Memory {
    fn resolve(&mut self, path: &str) -> Result<Resolved, SourceError> {
        if !path.starts_with('/') {
            return Err(SourceError::NotCanonical {
                path: path.to_owned(),
            });
        }
        let mut path = path.to_owned();
        while let Node::Link(target) = self.node(&path)? {
            path.clone_from(target);
        }
        let (kind, size_bytes) = match self.node(&path)? {
            Node::File { content, .. } => (ArtifactKind::File, content.len() as u64),
            Node::Directory => (ArtifactKind::Directory, 0),
            Node::Link(_) | Node::Pipe => (ArtifactKind::Other, 0),
        };
        Ok(Resolved {
            canonical_path: path,
            kind,
            size_bytes,
        })
    }

    fn open(
        &mut self,
        canonical_path: &str,
        origin: &str,
    ) -> Result<Box<dyn ArtifactFile + '_>, SourceError> {
        assert!(within(canonical_path, origin));
        self.opened.push(canonical_path.to_owned());
        let restless = self.restless.as_deref() == Some(canonical_path);
        let Node::File { content, .. } = self.node(canonical_path)? else {
            let path = canonical_path.to_owned();
            return Err(SourceError::WrongKind {
                path,
                expected: "regular file",
            });
        };
        let size_bytes = content.len() as u64;
        let stamp = FileStamp {
            device: 1,
            inode: 1,
            size_bytes,
            modified_ns: 1,
            changed_ns: 1,
        };
        Ok(Box::new(MemoryFile {
            rest: content,
            stamp,
            restless,
            asked: Cell::new(0),
        }))
    }

    fn list(
        &mut self,
        canonical_path: &str,
        _origin: &str,
        limit: usize,
    ) -> Result<Vec<TreeEntry>, SourceError> {
        let prefix = format!("{}/", canonical_path.trim_end_matches('/'));
        let mut found = Vec::new();
        for (path, node) in &self.nodes {
            let Some(name) = path
                .strip_prefix(&prefix)
                .filter(|name| !name.contains('/'))
            else {
                continue;
            };
            let kind = match node {
                Node::File { executable, .. } => TreeKind::File {
                    executable: *executable,
                },
                Node::Link(target) => TreeKind::Link {
                    target: target.clone(),
                },
                Node::Directory => TreeKind::Directory,
                Node::Pipe => TreeKind::Other,
            };
            found.push(TreeEntry {
                name: name.to_owned(),
                kind,
            });
        }
        // In no order that anyone may rely on.
        found.reverse();
        if found.len() > limit {
            let path = canonical_path.to_owned();
            return Err(SourceError::TooManyEntries { path, limit });
        }
        if let Some(path) = self.appears.take() {
            self.nodes.insert(path, Node::Pipe);
        }
        Ok(found)
    }
}
