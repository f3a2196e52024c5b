//! Block F's source on real files: links, dot segments, pipes, devices, races.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use artifact_resolver_f::port::{
    ArtifactKind, ArtifactSource as _, Progress, SourceError, TreeKind, Unwatched,
};
use artifact_resolver_f::{ArtifactType, MeasureError, measure};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use crate::LocalFiles;

/// A directory whose own path is canonical.
fn place() -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(directory.path()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (directory, path)
}

fn pipe(path: &str) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// Runs what must not wait, and fails when it does.
fn promptly<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || done.send(work()));
    wait.recv_timeout(Duration::from_secs(10)).unwrap()
}

#[test]
fn links_and_dot_segments_are_resolved() {
    let (_keep, root) = place();
    fs::create_dir(format!("{root}/real")).unwrap();
    fs::write(format!("{root}/real/tool.sh"), "echo\n").unwrap();
    symlink(format!("{root}/real"), format!("{root}/link")).unwrap();
    for path in [
        "link/tool.sh",
        "real/../real/./tool.sh",
        "link/../real//tool.sh",
        "real/tool.sh",
    ] {
        let resolved = LocalFiles.resolve(&format!("{root}/{path}")).unwrap();
        assert_eq!(
            resolved.canonical_path,
            format!("{root}/real/tool.sh"),
            "{path}"
        );
        assert_eq!(
            (resolved.kind, resolved.size_bytes),
            (ArtifactKind::File, 5)
        );
    }
}

#[test]
fn relative_path_and_missing_file_have_no_place() {
    let (_keep, root) = place();
    let relative = LocalFiles.resolve("Cargo.toml");
    assert!(matches!(relative, Err(SourceError::NotCanonical { .. })));
    let missing = LocalFiles.resolve(&format!("{root}/none"));
    assert!(matches!(missing, Err(SourceError::Missing { .. })));
    let long = LocalFiles.resolve(&format!("{root}/{}", "x".repeat(4000)));
    assert!(matches!(long, Err(SourceError::Missing { .. })));
}

#[test]
fn link_that_leads_to_itself_is_refused() {
    let (_keep, root) = place();
    symlink(format!("{root}/loop"), format!("{root}/loop")).unwrap();
    let resolved = LocalFiles.resolve(&format!("{root}/loop"));
    assert!(matches!(resolved, Err(SourceError::NotCanonical { .. })));
}

#[test]
fn opened_file_gives_its_content_and_a_stamp_that_a_write_changes() {
    let (_keep, root) = place();
    let path = format!("{root}/tool.sh");
    fs::write(&path, "echo\n").unwrap();
    let mut source = LocalFiles;
    let mut file = source.open(&path, &root).unwrap();
    let before = file.stamp().unwrap();
    let mut content = String::new();
    file.read_to_string(&mut content).unwrap();
    assert_eq!(content, "echo\n");
    assert_eq!(file.stamp().unwrap(), before);
    fs::write(&path, "echo longer\n").unwrap();
    assert_ne!(file.stamp().unwrap(), before);
}

#[test]
fn handle_keeps_the_file_that_was_opened() {
    let (_keep, root) = place();
    let path = format!("{root}/tool.sh");
    fs::write(&path, "first").unwrap();
    let mut source = LocalFiles;
    let mut file = source.open(&path, &root).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "other").unwrap();
    let mut content = String::new();
    file.read_to_string(&mut content).unwrap();
    assert_eq!(content, "first");
}

#[test]
fn nothing_outside_the_origin_is_opened_or_listed() {
    let (_keep, root) = place();
    fs::create_dir_all(format!("{root}/in")).unwrap();
    fs::create_dir_all(format!("{root}/in-but-not")).unwrap();
    fs::write(format!("{root}/in-but-not/tool.sh"), "x").unwrap();
    fs::write(format!("{root}/in/tool.sh"), "x").unwrap();
    let origin = format!("{root}/in");
    let outside = LocalFiles
        .open(&format!("{root}/in-but-not/tool.sh"), &origin)
        .err();
    assert!(matches!(outside, Some(SourceError::OutsideOrigin { .. })));
    let dotted = LocalFiles
        .open(&format!("{root}/in/../in-but-not/tool.sh"), &origin)
        .err();
    assert!(matches!(dotted, Some(SourceError::NotCanonical { .. })));
    let listed = LocalFiles.list(&root, &origin, 10).err();
    assert!(matches!(listed, Some(SourceError::OutsideOrigin { .. })));
    assert!(
        LocalFiles
            .open(&format!("{root}/in/tool.sh"), &origin)
            .is_ok()
    );
}

#[test]
fn link_put_in_place_of_a_file_or_directory_is_not_followed() {
    let (_keep, root) = place();
    let secret = format!("{root}/secret");
    fs::create_dir_all(&secret).unwrap();
    fs::write(format!("{secret}/tool.sh"), "secret").unwrap();
    let origin = format!("{root}/origin");
    fs::create_dir(&origin).unwrap();
    symlink(format!("{secret}/tool.sh"), format!("{origin}/tool.sh")).unwrap();
    symlink(&secret, format!("{origin}/dir")).unwrap();
    for path in ["tool.sh", "dir/tool.sh"] {
        let opened = LocalFiles.open(&format!("{origin}/{path}"), &origin).err();
        assert!(
            matches!(opened, Some(SourceError::NotCanonical { .. })),
            "{path}"
        );
    }
    let listed = LocalFiles.list(&format!("{origin}/dir"), &origin, 10);
    assert!(matches!(listed, Err(SourceError::NotCanonical { .. })));
}

#[test]
fn origin_that_is_a_link_is_not_followed() {
    let (_keep, root) = place();
    fs::create_dir(format!("{root}/real")).unwrap();
    fs::write(format!("{root}/real/tool.sh"), "x").unwrap();
    symlink(format!("{root}/real"), format!("{root}/origin")).unwrap();
    let opened = LocalFiles
        .open(&format!("{root}/origin/tool.sh"), &format!("{root}/origin"))
        .err();
    assert!(matches!(opened, Some(SourceError::NotCanonical { .. })));
}

#[test]
fn pipe_is_never_waited_for() {
    let (_keep, root) = place();
    let path = format!("{root}/pipe");
    pipe(&path);
    let resolved = LocalFiles.resolve(&path).unwrap();
    assert_eq!(resolved.kind, ArtifactKind::Other);
    let opened = promptly(move || LocalFiles.open(&path, &root).err().map(|e| e.to_string()));
    assert!(opened.unwrap().contains("is not a regular file"));
}

#[test]
fn devices_sockets_and_directories_are_not_opened() {
    let (_keep, root) = place();
    let socket = format!("{root}/socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    for (path, origin) in [
        ("/dev/zero", "/dev"),
        (socket.as_str(), root.as_str()),
        (root.as_str(), root.as_str()),
    ] {
        let opened = LocalFiles.open(path, origin).err();
        assert!(
            matches!(opened, Some(SourceError::WrongKind { .. })),
            "{path}"
        );
    }
    assert_eq!(
        LocalFiles.resolve("/dev/zero").unwrap().kind,
        ArtifactKind::Other
    );
}

#[test]
fn level_tells_what_each_entry_is() {
    let (_keep, root) = place();
    fs::write(format!("{root}/plain"), "x").unwrap();
    fs::write(format!("{root}/tool"), "x").unwrap();
    fs::set_permissions(format!("{root}/tool"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(format!("{root}/sub")).unwrap();
    symlink("sub/x", format!("{root}/link")).unwrap();
    pipe(&format!("{root}/pipe"));
    let mut listed = LocalFiles.list(&root, &root, 5).unwrap();
    listed.sort_by(|left, right| left.name.cmp(&right.name));
    let kinds: Vec<_> = listed
        .into_iter()
        .map(|entry| (entry.name, entry.kind))
        .collect();
    let expected = [
        (
            "link",
            TreeKind::Link {
                target: "sub/x".to_owned(),
            },
        ),
        ("pipe", TreeKind::Other),
        ("plain", TreeKind::File { executable: false }),
        ("sub", TreeKind::Directory),
        ("tool", TreeKind::File { executable: true }),
    ];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
    let fewer = LocalFiles.list(&root, &root, 4);
    assert!(matches!(
        fewer,
        Err(SourceError::TooManyEntries { limit: 4, .. })
    ));
}

#[test]
fn name_that_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let (_keep, root) = place();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff");
    if fs::write(Path::new(&root).join(name), "x").is_err() {
        // Some file systems keep no such name, and then none can be met.
        return;
    }
    assert!(matches!(
        LocalFiles.list(&root, &root, 9),
        Err(SourceError::NotUtf8 { .. })
    ));
}

#[test]
fn measured_tree_changes_with_its_content_and_not_with_its_place() {
    let (_keep, root) = place();
    for name in ["one", "two"] {
        fs::create_dir_all(format!("{root}/{name}/lib")).unwrap();
        fs::write(format!("{root}/{name}/lib/a.sh"), "a").unwrap();
        fs::write(format!("{root}/{name}/main.sh"), "main").unwrap();
        symlink("lib/a.sh", format!("{root}/{name}/latest")).unwrap();
    }
    let hash = |name: &str| {
        let path = format!("{root}/{name}");
        measure(&mut LocalFiles, &mut Unwatched, &path, &root).unwrap()
    };
    assert_eq!(hash("one").artifact_hash, hash("two").artifact_hash);
    assert_eq!(
        (hash("one").artifact_type, hash("one").size_bytes),
        (ArtifactType::Tree, 5)
    );
    fs::write(format!("{root}/two/lib/a.sh"), "b").unwrap();
    assert_ne!(hash("one").artifact_hash, hash("two").artifact_hash);
}

#[test]
fn large_file_is_measured_with_progress_to_its_end() {
    struct Seen(Vec<(u64, u64)>);
    impl Progress for Seen {
        fn advanced(&mut self, bytes: u64, total: u64) {
            self.0.push((bytes, total));
        }
    }
    let (_keep, root) = place();
    let path = format!("{root}/large");
    let size = 300_000_u64;
    fs::write(&path, vec![7; 300_000]).unwrap();
    let mut seen = Seen(Vec::new());
    let measured = measure(&mut LocalFiles, &mut seen, &path, &root).unwrap();
    assert_eq!(measured.size_bytes, size);
    assert_eq!(seen.0.last(), Some(&(size, size)));
    assert!(seen.0.len() > 2);
}

#[test]
fn file_that_grows_while_it_is_hashed_is_refused() {
    struct Growing(String);
    impl Progress for Growing {
        fn advanced(&mut self, _bytes: u64, _total: u64) {
            let mut file = fs::OpenOptions::new().append(true).open(&self.0).unwrap();
            std::io::Write::write_all(&mut file, b"more").unwrap();
        }
    }
    let (_keep, root) = place();
    let path = format!("{root}/growing");
    fs::write(&path, vec![7; 100_000]).unwrap();
    let grown = measure(&mut LocalFiles, &mut Growing(path.clone()), &path, &root);
    assert!(matches!(grown, Err(MeasureError::Changed { .. })));
    assert!(measure(&mut LocalFiles, &mut Unwatched, &path, &root).is_ok());
}

#[test]
fn file_rewritten_in_place_with_its_old_times_is_still_noticed() {
    struct Rewriting(String);
    impl Progress for Rewriting {
        fn advanced(&mut self, _bytes: u64, _total: u64) {
            let modified = fs::metadata(&self.0).unwrap().modified().unwrap();
            // Longer than the clock of any file system needs for its next tick.
            std::thread::sleep(Duration::from_millis(30));
            let file = fs::OpenOptions::new().write(true).open(&self.0).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, b"changed", 0).unwrap();
            file.set_modified(modified).unwrap();
        }
    }
    let (_keep, root) = place();
    let path = format!("{root}/rewritten");
    fs::write(&path, vec![7; 1000]).unwrap();
    let rewritten = measure(&mut LocalFiles, &mut Rewriting(path.clone()), &path, &root);
    assert!(matches!(rewritten, Err(MeasureError::Changed { .. })));
}
