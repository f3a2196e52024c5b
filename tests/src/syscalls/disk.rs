//! What a machine finds on its disk after it lost its power.
//!
//! The model: what a sync that had ended covers is there; of everything else any part may be there,
//! in units of a sector, in any order. Names in a folder change in order, as a journalling file
//! system has it. A sync that says it is done is believed.

use super::random::Random;
use super::recording::{Call, File};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// The store's file and its log, if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The store.
    pub store: Vec<u8>,
    /// The log.
    pub log: Option<Vec<u8>>,
}

/// What becomes of that which no sync covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All of it is gone.
    Dropped,
    /// All of it is there: only the processes died.
    Kept,
    /// Any of the writes are there.
    Subset,
    /// Any sectors of any of the writes are there.
    Sectors,
    /// All of it is there but for some sectors of the last write.
    TornLast,
}

/// Every way of losing.
pub const LOSSES: [Loss; 5] = [
    Loss::Dropped,
    Loss::Kept,
    Loss::Subset,
    Loss::Sectors,
    Loss::TornLast,
];

/// Which syncs take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    /// Those that were recorded.
    AsRecorded,
    /// All but those of commits: what `synchronous=NORMAL` would have done.
    NotAtCommits,
}

/// A change and whether a sync covers it.
struct Change<'a> {
    call: &'a Call,
    /// The first log is number zero; each one that is made anew is the next.
    log: usize,
    place: usize,
    lasts: bool,
}

impl Image {
    /// What is found when the power goes after the first `cut` calls.
    #[must_use]
    pub fn after(&self, calls: &[Call], cut: usize, syncs: Syncs, fate: &mut Fate) -> Self {
        let changes = changes(calls.get(..cut).unwrap_or(calls), syncs);
        fate.last = changes
            .iter()
            .rposition(|change| !change.lasts && is_content(change.call));
        let names: Vec<&Change<'_>> = changes.iter().filter(|one| !is_content(one.call)).collect();
        let log = surviving_log(self.log.is_some(), &names, fate);
        let store = content(&self.store, &changes, fate, |change| {
            is_of(change.call, File::Store)
        });
        let log = log.map(|number| {
            let first = self.log.as_deref().filter(|_| number == 0);
            content(first.unwrap_or_default(), &changes, fate, |change| {
                is_of(change.call, File::Log) && change.log == number
            })
        });
        Self { store, log }
    }
}

/// How the losses fall.
pub struct Fate {
    loss: Loss,
    random: Random,
    last: Option<usize>,
}

impl Fate {
    /// The same for the same seed.
    pub const fn new(loss: Loss, seed: u64) -> Self {
        Self {
            loss,
            random: Random::new(seed),
            last: None,
        }
    }
}

fn is_content(call: &Call) -> bool {
    matches!(call, Call::Write(..) | Call::Resize(..))
}

fn is_of(call: &Call, file: File) -> bool {
    matches!(call, Call::Write(of, ..) | Call::Resize(of, _) if *of == file)
}

fn changes(calls: &[Call], syncs: Syncs) -> Vec<Change<'_>> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    let mut log = 0;
    for (place, call) in calls.iter().enumerate() {
        match call {
            Call::Create(_) => log += 1,
            Call::Sync {
                of_commit: true, ..
            } if syncs == Syncs::NotAtCommits => continue,
            Call::Sync { file, begun, .. } => {
                let of_log = |one: &Change<'_>| *file == File::Store || one.log == log;
                let covered = changes.iter_mut().filter(|one| one.place < *begun);
                for one in covered.filter(|one| is_of(one.call, *file) && of_log(one)) {
                    one.lasts = true;
                }
                continue;
            }
            Call::SyncFolder { begun } => {
                let covered = changes.iter_mut().filter(|one| one.place < *begun);
                for one in covered.filter(|one| !is_content(one.call)) {
                    one.lasts = true;
                }
                continue;
            }
            Call::Said(_) => continue,
            Call::Write(..) | Call::Resize(..) | Call::Unlink(_) => {}
        }
        changes.push(Change {
            call,
            log,
            place,
            lasts: false,
        });
    }
    changes
}

/// The number of the log that the folder names.
fn surviving_log(was_there: bool, names: &[&Change<'_>], fate: &mut Fate) -> Option<usize> {
    let lasting = names.iter().filter(|change| change.lasts).count();
    let open = names.len() - lasting;
    let survive = lasting
        + match fate.loss {
            Loss::Dropped => 0,
            Loss::Kept | Loss::TornLast => open,
            Loss::Subset | Loss::Sectors => fate.random.below(open + 1),
        };
    let mut found = was_there.then_some(0);
    for change in names.iter().take(survive) {
        found = matches!(change.call, Call::Create(_)).then_some(change.log);
    }
    found
}

fn content(
    first: &[u8],
    changes: &[Change<'_>],
    fate: &mut Fate,
    concerns: impl Fn(&Change<'_>) -> bool,
) -> Vec<u8> {
    let mut content = first.to_vec();
    for (place, change) in changes.iter().enumerate().filter(|(_, one)| concerns(one)) {
        let (whole, torn) = match fate.loss {
            _ if change.lasts => (true, false),
            Loss::Dropped => (false, false),
            Loss::Kept => (true, false),
            Loss::Subset => (fate.random.coin(), false),
            Loss::Sectors => (false, true),
            Loss::TornLast => (fate.last != Some(place), fate.last == Some(place)),
        };
        match change.call {
            Call::Write(_, offset, data) if whole => put(&mut content, *offset, data),
            Call::Write(_, offset, data) if torn => {
                for (offset, data) in sectors(*offset, data) {
                    if fate.random.coin() {
                        put(&mut content, offset, data);
                    }
                }
            }
            Call::Resize(_, length) if whole || (torn && fate.random.coin()) => {
                content.resize(*length, 0);
            }
            _ => {}
        }
    }
    content
}

/// The parts of a write by the sectors of the file.
fn sectors(offset: usize, data: &[u8]) -> Vec<(usize, &[u8])> {
    let mut parts = Vec::new();
    let (mut offset, mut rest) = (offset, data);
    while !rest.is_empty() {
        let room = SECTOR - offset % SECTOR;
        let (part, after) = rest.split_at(room.min(rest.len()));
        parts.push((offset, part));
        offset += part.len();
        rest = after;
    }
    parts
}

fn put(content: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    if let Some(place) = content.get_mut(offset..end) {
        place.copy_from_slice(data);
    }
}
