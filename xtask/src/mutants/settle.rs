//! What survived against what is explained: neither may hold more than the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::explained::{Explained, LIST};
use super::record::{End, Judgement, Record};

const EXTENT: &str = "extent";

/// How much of a crate a run judged: an entry is stale only where all it could be said of was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Crate,
    /// Every mutant of some files.
    Files,
    /// Some mutants of some files.
    Mutants,
}

impl Extent {
    const ALL: [(Self, &str); 3] = [
        (Self::Crate, "crate"),
        (Self::Files, "files"),
        (Self::Mutants, "mutants"),
    ];

    /// Writes it beside the outcomes.
    pub(crate) fn write(self, folder: &Path) -> Result<()> {
        let name = Self::ALL.iter().find(|(extent, _)| *extent == self);
        let name = name.map_or("", |(_, name)| name);
        fs::write(folder.join(EXTENT), name).context("writing how much was judged")
    }

    /// Reads what [`Extent::write`] wrote, which is done when every round has ended.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(EXTENT);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("no whole run left {}", path.display()))?;
        match Self::ALL.iter().find(|(_, name)| *name == text.trim()) {
            Some((extent, _)) => Ok(*extent),
            None => bail!("{} holds `{text}`", path.display()),
        }
    }
}

/// What came of holding one against the other.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Survivors that the list explains.
    pub(crate) explained: usize,
    pub(crate) findings: Vec<String>,
}

/// Holds the survivors of a crate against the entries of that crate.
pub(crate) fn settle(package: &str, record: &Record, explained: &Explained) -> Settled {
    let mut settled = Settled::default();
    let sides = [
        (End::Missed, &explained.survivors, "no test notices"),
        (End::Endless, &explained.endless, "a test does not end with"),
    ];
    for (end, entries, said) in sides {
        let entries = entries.iter().filter(|entry| entry.package == package);
        let mut entries: BTreeMap<_, _> = entries
            .map(|entry| ((entry.path(), entry.mutant.clone()), entry))
            .collect();
        for (name, survivors) in survivors(record, end) {
            let listed = entries.remove(&name).map_or(0, |entry| entry.count);
            settled.compare(&name, &survivors, listed, said);
            if survivors.len() < listed && is_covered(record, &name.0) {
                settled.stale(&name, listed, survivors.len());
            }
        }
        for (name, entry) in entries {
            if is_covered(record, &entry.path()) {
                settled.stale(&name, entry.count, 0);
            }
        }
    }
    settled
}

/// A file and a mutant's name, which several places of the file may have.
type Name = (String, String);

fn survivors(record: &Record, end: End) -> BTreeMap<Name, Vec<&Judgement>> {
    let mut named: BTreeMap<Name, Vec<&Judgement>> = BTreeMap::new();
    for judgement in record.outcomes.iter().filter(|one| one.end == end) {
        let name = (judgement.file.clone(), judgement.mutant.clone());
        named.entry(name).or_default().push(judgement);
    }
    named
}

/// Whether the run judged everything that an entry of this file can be said of.
fn is_covered(record: &Record, file: &str) -> bool {
    match record.extent {
        Extent::Crate => true,
        Extent::Files => record.outcomes.iter().any(|one| one.file == file),
        Extent::Mutants => false,
    }
}

impl Settled {
    fn compare(&mut self, name: &Name, survivors: &[&Judgement], listed: usize, said: &str) {
        let (file, mutant) = name;
        let explained = survivors.len().min(listed);
        self.explained = self.explained.saturating_add(explained);
        if survivors.len() > listed {
            let places: Vec<_> = survivors.iter().map(|one| one.place.as_str()).collect();
            let places = places.join(", ");
            self.findings.push(format!(
                "{file}:{places}: {said} `{mutant}`, of which {listed} are explained in `{LIST}`"
            ));
        }
    }

    fn stale(&mut self, name: &Name, listed: usize, left: usize) {
        let (file, mutant) = name;
        self.findings.push(format!(
            "{LIST}: {file}: `{mutant}` is explained {listed} times and survives {left} times"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "crates/a/src/b.rs";

    fn judgement(place: &str, mutant: &str, end: End) -> Judgement {
        Judgement {
            file: FILE.to_owned(),
            mutant: mutant.to_owned(),
            place: place.to_owned(),
            end,
        }
    }

    fn list(text: &str) -> Explained {
        toml::from_str(text).unwrap()
    }

    fn entry(kind: &str, mutant: &str, count: usize) -> String {
        format!(
            "[[{kind}]]\ncrate = \"a\"\nfile = \"src/b.rs\"\nmutant = \"{mutant}\"\n\
             count = {count}\nreason = \"it is the same\"\n"
        )
    }

    fn settled(extent: Extent, ends: &[(&str, End)], text: &str) -> Settled {
        let outcomes = ends.iter().enumerate();
        let outcomes =
            outcomes.map(|(line, (mutant, end))| judgement(&format!("{line}:1"), mutant, *end));
        let record = Record::of(extent, vec![outcomes.collect()]);
        settle("a", &record, &list(text))
    }

    #[test]
    fn a_survivor_has_to_be_explained_as_often_as_it_survives() {
        let ends = [("m", End::Missed), ("m", End::Missed), ("n", End::Caught)];
        let whole = settled(Extent::Crate, &ends, &entry("survivor", "m", 2));
        assert!(whole.findings.is_empty() && whole.explained == 2);
        let once = settled(Extent::Crate, &ends, &entry("survivor", "m", 1));
        assert!(once.findings[0].contains("0:1, 1:1: no test notices `m`"));
        assert_eq!((once.findings.len(), once.explained), (1, 1));
        assert_eq!(settled(Extent::Crate, &ends, "").findings.len(), 1);
    }

    #[test]
    fn what_does_not_end_is_explained_as_such() {
        let ends = [("m", End::Endless)];
        let right = settled(Extent::Crate, &ends, &entry("endless", "m", 1));
        assert!(right.findings.is_empty());
        let wrong = settled(Extent::Crate, &ends, &entry("survivor", "m", 1));
        assert_eq!(wrong.findings.len(), 2);
    }

    #[test]
    fn an_entry_is_stale_where_its_file_was_judged_and_it_did_not_survive() {
        let ends = [("m", End::Caught)];
        let text = entry("survivor", "m", 1);
        assert_eq!(settled(Extent::Crate, &ends, &text).findings.len(), 1);
        assert_eq!(settled(Extent::Files, &ends, &text).findings.len(), 1);
        assert_eq!(settled(Extent::Crate, &[], &text).findings.len(), 1);
        assert!(settled(Extent::Files, &[], &text).findings.is_empty());
        assert!(settled(Extent::Mutants, &ends, &text).findings.is_empty());
    }
}
