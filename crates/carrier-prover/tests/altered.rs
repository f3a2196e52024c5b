//! Which words of a report are others where one row of the catalogs is not there, has one flag
//! turned, or another of the letters and bits that the server knows.
//!
//! `HOLDFAST_BLESS=1` writes what is said now, for a reviewed change of it.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "live/database.rs"]
#[expect(dead_code, reason = "others read the catalogs where they are")]
mod database;
#[path = "bypasses/differences.rs"]
mod differences;
#[path = "told/reviewed.rs"]
mod reviewed;
#[path = "bypasses/servers.rs"]
mod servers;
#[path = "bypasses/source.rs"]
mod source;
#[path = "bypasses/untold.rs"]
mod untold;

use carrier_prover::render;
use differences::beside_the_first;
use reviewed::{catalogs, compare, kept, rendered};
use serde_json::{Map, Value};
use source::Catalogs;

/// Of declarations the catalogs whose rows are altered, one by one.
const ALTERED: [(&str, &[&str]); 4] = [
    (
        "control",
        &[
            "pg_attribute",
            "pg_auth_members",
            "pg_class",
            "pg_constraint",
            "pg_depend",
            "pg_index",
            "pg_namespace",
            "pg_proc",
            "pg_roles",
            "pg_trigger",
        ],
    ),
    (
        "paths",
        &[
            "pg_auth_members",
            "pg_constraint",
            "pg_inherits",
            "pg_parameter_acl",
            "pg_rewrite",
            "pg_type",
        ],
    ),
    ("control-uses", &["pg_attribute", "pg_class", "pg_index"]),
    ("companions", &["pg_constraint", "pg_rewrite"]),
];

/// Members that hold one of the server's letters, by catalog, and which are of interest.
const LETTERS: [(&str, &str, &[&str]); 6] = [
    ("pg_class", "kind", &["r", "p", "v", "f"]),
    ("pg_class", "persistence", &["p", "u", "t"]),
    ("pg_constraint", "kind", &["c", "f", "u"]),
    ("pg_rewrite", "event", &["1", "2", "3", "4"]),
    ("pg_rewrite", "enabled", &["O", "D"]),
    ("pg_trigger", "enabled", &["A", "O", "R", "D"]),
];

/// The bits by which a trigger says when it fires.
const TYPE_BITS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The catalogs with each row of this one missing in turn, and each flag of each row turned.
fn altered<'all>(
    catalogs: &'all Catalogs,
    catalog: &'all str,
) -> impl Iterator<Item = (String, Catalogs)> + 'all {
    let rows = catalogs.0.get(catalog).unwrap().as_ref().unwrap();
    rows.iter().enumerate().flat_map(move |(number, row)| {
        let with = |row: Option<String>| {
            let mut altered = catalogs.clone();
            let rows = altered.0.get_mut(catalog).unwrap().as_mut().unwrap();
            rows.splice(number..=number, row);
            altered
        };
        let name = named(row);
        let gone = (format!("lacks {name}"), with(None));
        let turned =
            turned(catalog, row).map(|(flag, row)| (format!("{flag} of {name}"), with(Some(row))));
        std::iter::once(gone).chain(turned.collect::<Vec<_>>())
    })
}

/// The row with each of its members that are told from a few turned in turn, and to what.
fn turned(catalog: &str, row: &str) -> impl Iterator<Item = (String, String)> {
    let row: Map<String, Value> = serde_json::from_str(row).unwrap();
    let members = row.clone().into_iter();
    members.flat_map(move |(name, value)| {
        let row = row.clone();
        others(catalog, &name, &value)
            .into_iter()
            .map(move |other| {
                let mut turned = row.clone();
                let how = format!("{name} {other}");
                turned.insert(name.clone(), other);
                (how, Value::Object(turned).to_string())
            })
    })
}

/// What a member could hold as well.
fn others(catalog: &str, name: &str, value: &Value) -> Vec<Value> {
    if let Some(flag) = value.as_bool() {
        return vec![Value::from(!flag)];
    }
    if name == "type_bits" {
        let bits = value.as_u64().unwrap();
        return TYPE_BITS.map(|bit| Value::from(bits ^ bit)).into();
    }
    let mut known = LETTERS.iter();
    let letters = known.find(|(of, member, _)| *of == catalog && *member == name);
    let letters = letters.map_or([].as_slice(), |(_, _, letters)| letters);
    let others = letters.iter().map(|letter| Value::from(*letter));
    others.filter(|other| other != value).collect()
}

/// What tells a row from the others of its catalog, for whoever reads the text.
fn named(row: &str) -> String {
    let row: Value = serde_json::from_str(row).unwrap();
    let members = [
        "name", "oid", "number", "relation", "role", "member", "parent", "child",
    ];
    let members = members
        .iter()
        .filter_map(|name| Some((name, row.get(name)?)));
    let said: Vec<_> = members
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if said.is_empty() {
        row.to_string()
    } else {
        said.join(", ")
    }
}

#[test]
fn what_is_told_with_one_row_altered_is_what_was_reviewed() {
    let all = kept();
    for (name, altering) in ALTERED {
        let kept = all.iter().find(|kept| kept.name == name).unwrap();
        let catalogs = catalogs(kept);
        let whole = catalogs.prover().prove(&kept.declared).unwrap();
        let mut told = vec![("nothing".to_owned(), render(&whole))];
        for catalog in altering {
            for (how, altered) in altered(&catalogs, catalog) {
                told.push((
                    format!("{catalog}: {how}"),
                    rendered(&altered, &kept.declared),
                ));
            }
        }
        compare(&format!("{}-altered", kept.name), &beside_the_first(&told));
    }
}
