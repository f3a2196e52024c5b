//! CPU time of this thread, of this process and of its children, as the kernel counts it.

use std::fs;

use rustix::time::{ClockId, clock_gettime};

/// The kernel counts processes in hundredths of a second.
const TICK_NS: u64 = 10_000_000;

/// CPU time of the calling thread, nanoseconds.
pub(crate) fn thread_ns() -> u64 {
    nanoseconds(ClockId::ThreadCPUTime)
}

/// CPU time of all threads of this process, nanoseconds.
pub(crate) fn process_ns() -> u64 {
    nanoseconds(ClockId::ProcessCPUTime)
}

/// CPU time of the children that run, nanoseconds, to a hundredth of a second.
pub(crate) fn running_children_ns() -> u64 {
    let own = std::process::id().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let times = processes.filter_map(|process| {
        let fields = stat(&process.path().join("stat"))?;
        if *fields.get(1)? != own {
            return None;
        }
        ticks(&fields, [11, 12])
    });
    times.sum::<u64>().saturating_mul(TICK_NS)
}

/// CPU time of the children that ended and were waited for, with theirs, nanoseconds.
pub(crate) fn ended_children_ns() -> u64 {
    let fields = stat("/proc/self/stat".as_ref()).unwrap_or_default();
    ticks(&fields, [13, 14])
        .unwrap_or_default()
        .saturating_mul(TICK_NS)
}

fn ticks(fields: &[String], places: [usize; 2]) -> Option<u64> {
    let mut sum: u64 = 0;
    for place in places {
        sum = sum.saturating_add(fields.get(place)?.parse().ok()?);
    }
    Some(sum)
}

/// The fields after the command's name, which may itself hold spaces and parentheses.
fn stat(path: &std::path::Path) -> Option<Vec<String>> {
    let text = fs::read_to_string(path).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split_ascii_whitespace().map(str::to_owned).collect())
}

fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let rest = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}
