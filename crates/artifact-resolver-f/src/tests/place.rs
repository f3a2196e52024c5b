use serde_json::json;

use super::fixture::{Case, PATH, TREE, accepted, refused};
use super::memory::{Memory, Node};
use crate::contract::RejectCode::{
    ArtifactNotAdmitted, ArtifactTypeMismatch, MassRegistrationAttempted, OriginMismatch,
    PathNotCanonical, SourceNotDeployed,
};
use crate::error::ResolveError;
use crate::filter::FilterError;

fn put(case: &mut Case, path: &str, node: Node) {
    case.files.nodes.insert(path.to_owned(), node);
}

#[test]
fn admitted_path_with_nothing_there_is_not_deployed() {
    refused(|case| case.files = Memory::default(), &[SourceNotDeployed]);
}

#[test]
fn glob_list_and_directory_are_mass_registration() {
    for path in [
        "/srv/dots/*.sh",
        "/srv/dots/daily-repor?.sh",
        "/srv/dots/{a,b}.sh",
        "/srv/dots/a.sh,/srv/dots/b.sh",
        "/srv/dots/a.sh;/srv/dots/b.sh",
        "/srv/dots/a.sh\n/srv/dots/b.sh",
        "/srv/dots/a.sh /srv/dots/b.sh",
        "/srv/dots/a.sh:/srv/dots/b.sh",
    ] {
        refused(
            |case| case.propose(json!({"artifact_path": path})),
            &[MassRegistrationAttempted],
        );
    }
    refused(
        |case| {
            put(case, "/srv/dots", Node::Directory);
            case.propose(json!({"artifact_path": "/srv/dots"}));
        },
        &[MassRegistrationAttempted],
    );
}

#[test]
fn signs_of_a_pattern_are_no_pattern_in_the_admitted_path_itself() {
    let path = "/srv/dots/report [v2], final.sh";
    let attested = accepted(|case| {
        case.files = Memory::default().file(path, "echo report\n");
        case.admit(json!({"canonical_path": path}));
        case.propose(json!({"artifact_path": path}));
    });
    assert_eq!(attested.canonical_path, path);
}

#[test]
fn another_path_to_the_admitted_file_is_not_canonical() {
    refused(
        |case| {
            put(case, "/srv/dots/link.sh", Node::Link(PATH.to_owned()));
            case.propose(json!({"artifact_path": "/srv/dots/link.sh"}));
        },
        &[PathNotCanonical],
    );
    refused(
        |case| case.propose(json!({"artifact_path": "daily-report.sh"})),
        &[PathNotCanonical],
    );
}

#[test]
fn admitted_path_that_became_a_link_is_not_canonical() {
    refused(
        |case| {
            put(case, "/srv/dots/moved.sh", Node::Pipe);
            put(case, PATH, Node::Link("/srv/dots/moved.sh".to_owned()));
        },
        &[PathNotCanonical],
    );
}

#[test]
fn path_that_leads_out_of_the_origin_is_refused_and_not_opened() {
    let mut case = Case::file();
    case.files = std::mem::take(&mut case.files).file("/etc/shadow", "echo report\n");
    put(&mut case, PATH, Node::Link("/etc/shadow".to_owned()));
    assert_eq!(case.codes(), [OriginMismatch]);
    case.propose(json!({"artifact_path": "/etc/shadow"}));
    assert_eq!(case.codes(), [OriginMismatch]);
    assert!(case.files.opened.is_empty());
}

#[test]
fn another_file_is_not_admitted_by_this_admission() {
    for (path, exists) in [
        ("/srv/dots/other.sh", true),
        ("/srv/dots/nothing.sh", false),
    ] {
        refused(
            |case| {
                if exists {
                    put(
                        case,
                        path,
                        Node::File {
                            content: vec![],
                            executable: false,
                        },
                    );
                }
                case.propose(json!({"artifact_path": path}));
            },
            &[ArtifactNotAdmitted],
        );
    }
}

#[test]
fn type_in_the_request_must_be_the_admitted_one() {
    refused(
        |case| case.propose(json!({"artifact_type": "script"})),
        &[ArtifactTypeMismatch],
    );
    refused(
        |case| case.propose(json!({"artifact_type": "tree"})),
        &[ArtifactTypeMismatch],
    );
    let files = Memory::default().with(TREE, Node::Directory);
    let mut case = Case::tree(files);
    case.propose(json!({"artifact_type": "file"}));
    assert_eq!(case.codes(), [ArtifactTypeMismatch]);
}

#[test]
fn directory_where_a_file_was_admitted_is_no_such_file_and_as_a_tree_a_scan() {
    refused(
        |case| put(case, PATH, Node::Directory),
        &[ArtifactTypeMismatch],
    );
    refused(
        |case| {
            put(case, PATH, Node::Directory);
            case.propose(json!({"artifact_type": "tree"}));
        },
        &[MassRegistrationAttempted],
    );
}

#[test]
fn pipe_is_told_by_its_kind_and_never_opened() {
    let mut case = Case::file();
    put(&mut case, PATH, Node::Pipe);
    assert_eq!(case.codes(), [ArtifactTypeMismatch]);
    assert!(case.files.opened.is_empty());
}

#[test]
fn file_system_that_fails_gives_no_answer() {
    let mut case = Case::file();
    case.files.broken = Some(PATH.to_owned());
    let error = case.run();
    assert!(matches!(
        error,
        Err(FilterError::Resolve(ResolveError::Measure(_)))
    ));
}
