//! The child's side: reads requests, lets a handler answer them in batches, writes replies.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use canonical::Uuid;

use crate::lines::{REQUEST_MAX_BYTES, next_line};
use crate::wire::{read_request, write_reply};

/// How many requests a handler is given at once, and how many wait meanwhile.
const BATCH_MAX: usize = 128;

/// One request of the parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObserverRequest {
    /// What the reply names.
    pub id: u64,
    /// What is asked.
    pub verb: ObserverVerb,
}

/// What the parent asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObserverVerb {
    /// Capture the surfaces.
    Capture {
        /// The slots that `snapshot_provider::CaptureFrame` reads.
        frame: Vec<u8>,
    },
    /// Store the verification of an attempt.
    Record {
        /// The attempt.
        attempt_id: Uuid,
        /// The verification report.
        report: Vec<u8>,
        /// The second verdict.
        verdict_after: Vec<u8>,
    },
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObserverReply {
    /// The request that it answers.
    pub id: u64,
    /// What came of it, or why nothing did.
    pub outcome: Result<ObserverAnswer, String>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObserverAnswer {
    /// The snapshot envelope.
    Captured(Vec<u8>),
    /// The report is stored.
    Recorded,
}

/// Answers requests; each batch holds what arrived while the one before was answered.
pub trait ObserverHandler {
    /// Answers every request of a batch, in any order.
    fn batch(&mut self, requests: Vec<ObserverRequest>) -> Vec<ObserverReply>;
}

/// Why the child stopped before its parent did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The input broke off or holds what is no line.
    #[error("cannot read requests")]
    Read(#[source] io::Error),
    /// A line is no request, so nothing after it can be trusted.
    #[error("line is no request")]
    NotARequest,
    /// The parent does not read its replies any more.
    #[error("cannot write replies")]
    Write(#[source] io::Error),
}

/// Serves until the parent closes the input.
///
/// Everything that has already arrived, up to 128 requests, is handed to the handler at once, so
/// that it can use one transaction for many. A handler that panics is not asked again: whatever else
/// arrives is answered with that, and nobody waits in vain. After an error the caller ends the process: a thread
/// may wait on `input` until its other end is closed, and this returns only then.
pub fn serve(
    input: impl BufRead + Send,
    mut output: impl Write,
    handler: &mut impl ObserverHandler,
) -> Result<(), ServeError> {
    let (arrived, waiting) = sync_channel(BATCH_MAX);
    thread::scope(|scope| {
        scope.spawn(move || read_all(input, &arrived));
        answer_all(&waiting, &mut output, handler)
    })
}

fn read_all(mut input: impl BufRead, arrived: &SyncSender<Result<ObserverRequest, ServeError>>) {
    loop {
        let request = match next_line(&mut input, REQUEST_MAX_BYTES) {
            Ok(None) => return,
            Ok(Some(line)) => read_request(&line).ok_or(ServeError::NotARequest),
            Err(error) => Err(ServeError::Read(error)),
        };
        let broken = request.is_err();
        if arrived.send(request).is_err() || broken {
            return;
        }
    }
}

/// Ends with the first error, when everything that arrived before it is answered.
fn answer_all(
    waiting: &Receiver<Result<ObserverRequest, ServeError>>,
    output: &mut impl Write,
    handler: &mut impl ObserverHandler,
) -> Result<(), ServeError> {
    let mut asked = Some(handler);
    while let Ok(first) = waiting.recv() {
        let mut batch = Vec::new();
        let mut broken = None;
        for request in std::iter::once(first).chain(waiting.try_iter().take(BATCH_MAX - 1)) {
            match request {
                Ok(request) => batch.push(request),
                Err(error) => broken = Some(error),
            }
        }
        let mut replies = Vec::new();
        for reply in answered(batch, &mut asked) {
            write_reply(&reply, &mut replies);
        }
        output.write_all(&replies).map_err(ServeError::Write)?;
        output.flush().map_err(ServeError::Write)?;
        if let Some(error) = broken {
            return Err(error);
        }
    }
    Ok(())
}

/// One reply per request, whatever the handler gave: who asks must not wait in vain.
///
/// A handler that panicked may have left its reader and sink in the middle of something, so it is
/// taken away.
fn answered(
    batch: Vec<ObserverRequest>,
    asked: &mut Option<&mut impl ObserverHandler>,
) -> Vec<ObserverReply> {
    let ids: Vec<u64> = batch.iter().map(|request| request.id).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let given = asked.as_mut().and_then(|handler| {
        let answering = AssertUnwindSafe(|| handler.batch(batch));
        catch_unwind(answering).ok()
    });
    let mut otherwise = "request was not answered";
    if given.is_none() {
        *asked = None;
        otherwise = "the observer broke down";
    }
    let replies = given.into_iter().flatten();
    let mut outcomes: BTreeMap<u64, _> = replies.map(|reply| (reply.id, reply.outcome)).collect();
    let reply = |id| ObserverReply {
        id,
        outcome: outcomes
            .remove(&id)
            .unwrap_or_else(|| Err(otherwise.to_owned())),
    };
    ids.into_iter().map(reply).collect()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// Answers captures with their own frame, forgets to answer records.
    #[derive(Default)]
    struct Echo {
        batches: Vec<usize>,
    }

    impl ObserverHandler for Echo {
        fn batch(&mut self, requests: Vec<ObserverRequest>) -> Vec<ObserverReply> {
            self.batches.push(requests.len());
            let reply = |request: ObserverRequest| match request.verb {
                ObserverVerb::Capture { frame } => Some(ObserverReply {
                    id: request.id,
                    outcome: Ok(ObserverAnswer::Captured(frame)),
                }),
                ObserverVerb::Record { .. } => None,
            };
            requests.into_iter().filter_map(reply).rev().collect()
        }
    }

    fn served(input: &str) -> (Result<(), ServeError>, String, Vec<usize>) {
        let (mut output, mut echo) = (Vec::new(), Echo::default());
        let served = serve(BufReader::new(input.as_bytes()), &mut output, &mut echo);
        (served, String::from_utf8(output).unwrap(), echo.batches)
    }

    fn capture(id: u64) -> String {
        format!("{{\"id\":{id},\"verb\":\"capture\",\"frame\":{{\"n\":{id}}}}}\n")
    }

    /// Panics when it is asked to record, and echoes captures.
    struct Fragile(Echo);

    impl ObserverHandler for Fragile {
        fn batch(&mut self, requests: Vec<ObserverRequest>) -> Vec<ObserverReply> {
            let records = |one: &ObserverRequest| matches!(one.verb, ObserverVerb::Record { .. });
            assert!(!requests.iter().any(records), "broke down");
            self.0.batch(requests)
        }
    }

    #[test]
    fn a_handler_that_panics_is_not_asked_again_and_nobody_waits() {
        let handed = |id: u64, verb: ObserverVerb| vec![ObserverRequest { id, verb }];
        let frame = || ObserverVerb::Capture {
            frame: b"{}".to_vec(),
        };
        let record = ObserverVerb::Record {
            attempt_id: Uuid::from_bytes([1; 16]),
            report: Vec::new(),
            verdict_after: Vec::new(),
        };
        let mut handler = Fragile(Echo::default());
        let mut asked = Some(&mut handler);
        let outcome = |asked: &mut Option<&mut Fragile>, batch| {
            let mut replies = answered(batch, asked);
            assert_eq!(replies.len(), 1);
            replies.remove(0).outcome
        };
        let captured = Ok(ObserverAnswer::Captured(b"{}".to_vec()));
        assert_eq!(outcome(&mut asked, handed(1, frame())), captured);
        let broke_down = Err("the observer broke down".to_owned());
        assert_eq!(outcome(&mut asked, handed(2, record)), broke_down);
        assert_eq!(outcome(&mut asked, handed(3, frame())), broke_down);
    }

    #[test]
    fn every_request_is_answered_until_the_input_ends() {
        let input: String = (0..1000).map(capture).collect();
        let (served, output, batches) = served(&input);
        served.unwrap();
        let replies: Vec<String> = output.lines().map(str::to_owned).collect();
        let due: Vec<String> = (0..1000)
            .map(|id| format!("{{\"id\":{id},\"ok\":{{\"n\":{id}}}}}"))
            .collect();
        assert_eq!(replies, due);
        assert_eq!(batches.iter().sum::<usize>(), 1000);
        assert!(batches.iter().all(|size| (1..=BATCH_MAX).contains(size)));
    }

    #[test]
    fn a_request_that_the_handler_forgot_gets_an_error() {
        let attempt = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
        let (served, output, _) = served(&format!(
            "{{\"id\":5,\"verb\":\"record\",\"attempt_id\":\"{attempt}\",\"report\":{{}},\"verdict_after\":{{}}}}\n"
        ));
        served.unwrap();
        assert_eq!(
            output,
            "{\"error\":\"request was not answered\",\"id\":5}\n"
        );
    }

    #[test]
    fn garbage_ends_the_service_after_what_came_before_it_is_answered() {
        let (served, output, _) = served(&format!("{}garbage\n{}", capture(1), capture(2)));
        assert!(matches!(served, Err(ServeError::NotARequest)));
        assert_eq!(output, "{\"id\":1,\"ok\":{\"n\":1}}\n");
    }

    #[test]
    fn an_input_that_breaks_off_in_a_line_is_an_error() {
        let (served, _, _) = served("{\"id\":1");
        assert!(matches!(served, Err(ServeError::Read(_))));
    }

    #[test]
    fn a_parent_that_does_not_read_ends_the_service() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let input = capture(1);
        let served = serve(input.as_bytes(), Closed, &mut Echo::default());
        assert!(matches!(served, Err(ServeError::Write(_))));
    }
}
