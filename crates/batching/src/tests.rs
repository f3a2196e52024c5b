use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;

/// Doubles numbers, tells how large each batch was, and waits for leave before the first one.
struct Doubling {
    sizes: Sender<usize>,
    leave: Option<Receiver<()>>,
}

impl Work<u32, u32> for Doubling {
    fn run(&mut self, items: &[u32]) -> Vec<u32> {
        self.sizes.send(items.len()).unwrap();
        if let Some(leave) = self.leave.take() {
            leave.recv().unwrap();
        }
        items.iter().map(|item| item * 2).collect()
    }
}

fn started(options: BatchOptions) -> (Batcher<u32, u32>, Receiver<usize>, Sender<()>) {
    let (sizes, seen) = channel();
    let (go, leave) = channel();
    let worker = Doubling {
        sizes,
        leave: Some(leave),
    };
    let batcher = Batcher::start("doubling", options, vec![Box::new(worker)]).unwrap();
    (batcher, seen, go)
}

#[test]
fn what_waits_while_a_batch_runs_is_one_batch_and_each_call_gets_its_own_answers() {
    let (batcher, seen, go) = started(BatchOptions::default());
    let first = {
        let batcher = batcher.clone();
        thread::spawn(move || batcher.call(vec![1]).unwrap())
    };
    assert_eq!(seen.recv().unwrap(), 1);
    let jobs: Vec<_> = (0..8_u32)
        .map(|number| {
            let (reply, answers) = sync_channel(1);
            let items = vec![number, number + 100];
            batcher.jobs.send(Job { items, reply }).unwrap();
            (number, answers)
        })
        .collect();
    go.send(()).unwrap();
    assert_eq!(first.join().unwrap(), [2]);
    for (number, answers) in jobs {
        assert_eq!(answers.recv().unwrap(), [number * 2, number * 2 + 200]);
    }
    assert_eq!(seen.recv().unwrap(), 16);
}

#[test]
fn a_full_batch_leaves_the_rest_for_the_next() {
    let options = BatchOptions {
        items_max: 3,
        ..BatchOptions::default()
    };
    let (batcher, seen, go) = started(options);
    let jobs: Vec<_> = (0..5_u32)
        .map(|number| {
            let (reply, answers) = sync_channel(1);
            let items = vec![number];
            batcher.jobs.send(Job { items, reply }).unwrap();
            answers
        })
        .collect();
    go.send(()).unwrap();
    for answers in jobs {
        answers.recv().unwrap();
    }
    let sizes: Vec<usize> = seen.try_iter().collect();
    assert!(sizes.iter().all(|size| *size <= 3), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 5);
}

#[test]
fn a_lingering_batch_takes_what_arrives_meanwhile() {
    let options = BatchOptions {
        linger: Duration::from_mins(10),
        items_max: 2,
        ..BatchOptions::default()
    };
    let (batcher, seen, go) = started(options);
    go.send(()).unwrap();
    let other = batcher.clone();
    let first = thread::spawn(move || other.call(vec![1]).unwrap());
    assert_eq!(batcher.call(vec![2]).unwrap(), [4]);
    assert_eq!(first.join().unwrap(), [2]);
    assert_eq!(seen.recv().unwrap(), 2);
}

#[test]
fn nothing_to_do_is_done_at_once_and_a_dead_worker_says_so() {
    let (batcher, _seen, go) = started(BatchOptions::default());
    assert_eq!(batcher.call(Vec::new()).unwrap(), Vec::<u32>::new());
    drop(go);
    assert!(batcher.call(vec![1]).is_err(), "the worker panicked");
}
