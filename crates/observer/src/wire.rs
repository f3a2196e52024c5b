//! The lines between parent and child; envelopes inside are carried as the bytes that they are.

use canonical::Uuid;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ObserverError;
use crate::lines::REQUEST_MAX_BYTES;
use crate::serve::{ObserverAnswer, ObserverReply, ObserverRequest, ObserverVerb};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestLine<'a> {
    id: u64,
    verb: &'a str,
    #[serde(borrow, default)]
    frame: Option<&'a RawValue>,
    #[serde(default)]
    attempt_id: Option<Uuid>,
    #[serde(borrow, default)]
    report: Option<&'a RawValue>,
    #[serde(borrow, default)]
    verdict_after: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyLine<'a> {
    id: u64,
    #[serde(borrow, default, deserialize_with = "present")]
    ok: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<String>,
}

/// A member that is there, even when it holds null.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A reply as the parent reads it: the bytes of `ok`, or the child's words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) id: u64,
    pub(crate) outcome: Result<Vec<u8>, String>,
}

/// The line that asks for a capture.
pub(crate) fn capture_line(id: u64, frame: &[u8]) -> Result<Vec<u8>, ObserverError> {
    let head = format!("{{\"id\":{id},\"verb\":\"capture\",\"frame\":");
    line(&[head.as_bytes(), object(frame)?, b"}\n"])
}

/// The line that asks for a report to be stored.
pub(crate) fn record_line(
    id: u64,
    attempt_id: &Uuid,
    report: &[u8],
    verdict_after: &[u8],
) -> Result<Vec<u8>, ObserverError> {
    let head =
        format!("{{\"id\":{id},\"verb\":\"record\",\"attempt_id\":\"{attempt_id}\",\"report\":");
    line(&[
        head.as_bytes(),
        object(report)?,
        b",\"verdict_after\":",
        object(verdict_after)?,
        b"}\n",
    ])
}

/// Reads a request; `None` when it is none, after which nothing on this input can be trusted.
pub(crate) fn read_request(line: &[u8]) -> Option<ObserverRequest> {
    let request: RequestLine<'_> = serde_json::from_slice(line).ok()?;
    let bytes = |raw: &RawValue| raw.get().as_bytes().to_vec();
    let verb = match request {
        RequestLine {
            verb: "capture",
            frame: Some(frame),
            attempt_id: None,
            report: None,
            verdict_after: None,
            ..
        } => ObserverVerb::Capture {
            frame: bytes(frame),
        },
        RequestLine {
            verb: "record",
            frame: None,
            attempt_id: Some(attempt_id),
            report: Some(report),
            verdict_after: Some(verdict_after),
            ..
        } => ObserverVerb::Record {
            attempt_id,
            report: bytes(report),
            verdict_after: bytes(verdict_after),
        },
        _ => return None,
    };
    Some(ObserverRequest {
        id: request.id,
        verb,
    })
}

/// Appends the line of a reply.
pub(crate) fn write_reply(reply: &ObserverReply, output: &mut Vec<u8>) {
    let id = reply.id;
    match &reply.outcome {
        Ok(ObserverAnswer::Captured(envelope)) => {
            output.extend_from_slice(format!("{{\"id\":{id},\"ok\":").as_bytes());
            output.extend_from_slice(envelope);
            output.extend_from_slice(b"}\n");
        }
        Ok(ObserverAnswer::Recorded) => {
            output.extend_from_slice(format!("{{\"id\":{id},\"ok\":null}}\n").as_bytes());
        }
        Err(reason) => {
            let line = serde_json::json!({ "id": id, "error": reason });
            output.extend_from_slice(format!("{line}\n").as_bytes());
        }
    }
}

/// Reads a reply; `None` when it is none, after which the child cannot be trusted.
pub(crate) fn read_reply(line: &[u8]) -> Option<Reply> {
    let reply: ReplyLine<'_> = serde_json::from_slice(line).ok()?;
    let outcome = match (reply.ok, reply.error) {
        (Some(ok), None) => Ok(ok.get().as_bytes().to_vec()),
        (None, Some(error)) => Err(error),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    Some(Reply {
        id: reply.id,
        outcome,
    })
}

/// The bytes, when they are one JSON object on one line: anything else could end the line early.
fn object(bytes: &[u8]) -> Result<&[u8], ObserverError> {
    if bytes.contains(&b'\n') {
        return Err(ObserverError::Request("it spans more than one line"));
    }
    let raw: Result<&RawValue, _> = serde_json::from_slice(bytes);
    match raw {
        Ok(raw) if raw.get().starts_with('{') => Ok(raw.get().as_bytes()),
        Ok(_) | Err(_) => Err(ObserverError::Request("it is not a JSON object")),
    }
}

fn line(pieces: &[&[u8]]) -> Result<Vec<u8>, ObserverError> {
    let line = pieces.concat();
    if line.len() > REQUEST_MAX_BYTES {
        return Err(ObserverError::Request("it is too long"));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";

    fn trimmed(line: &[u8]) -> &[u8] {
        line.strip_suffix(b"\n").unwrap()
    }

    #[test]
    fn a_capture_passes_its_frame_byte_for_byte() {
        let frame = br#"{"b": 1 ,"a":"\u00e9"}"#;
        let line = capture_line(7, frame).unwrap();
        let request = read_request(trimmed(&line)).unwrap();
        assert_eq!(request.id, 7);
        let ObserverVerb::Capture { frame: read } = request.verb else {
            panic!("asked for a capture");
        };
        assert_eq!(read, frame);
    }

    #[test]
    fn a_record_passes_its_envelopes_byte_for_byte() {
        let line = record_line(8, &ATTEMPT.parse().unwrap(), b"{\"r\":1}", b"{\"v\":2}").unwrap();
        let ObserverVerb::Record {
            attempt_id,
            report,
            verdict_after,
        } = read_request(trimmed(&line)).unwrap().verb
        else {
            panic!("asked to record");
        };
        assert_eq!(attempt_id.to_string(), ATTEMPT);
        assert_eq!(
            (&report[..], &verdict_after[..]),
            (&b"{\"r\":1}"[..], &b"{\"v\":2}"[..])
        );
    }

    #[test]
    fn what_could_end_a_line_early_is_not_sent() {
        for frame in [&b"{\n}"[..], b"{}}", b"{} {}", b"[]", b"{", b""] {
            assert!(matches!(
                capture_line(1, frame),
                Err(ObserverError::Request(_))
            ));
        }
        assert!(capture_line(1, b"{}").is_ok());
    }

    #[test]
    fn a_request_that_is_too_long_is_not_sent() {
        let frame = format!("{{\"a\":\"{}\"}}", "x".repeat(REQUEST_MAX_BYTES));
        assert!(matches!(
            capture_line(1, frame.as_bytes()),
            Err(ObserverError::Request(_))
        ));
    }

    #[test]
    fn requests_of_another_shape_are_refused() {
        for line in [
            r#"{"id":1,"verb":"capture"}"#,
            r#"{"id":1,"verb":"erase","frame":{}}"#,
            r#"{"id":1,"verb":"capture","frame":{},"report":{}}"#,
            r#"{"id":1,"verb":"record","report":{},"verdict_after":{}}"#,
            r#"{"id":-1,"verb":"capture","frame":{}}"#,
            r#"{"id":1,"verb":"capture","frame":{},"more":1}"#,
            "",
        ] {
            assert!(read_request(line.as_bytes()).is_none(), "{line}");
        }
    }

    #[test]
    fn replies_are_read_as_they_were_written() {
        let written = |outcome| {
            let mut line = Vec::new();
            write_reply(&ObserverReply { id: 3, outcome }, &mut line);
            read_reply(trimmed(&line)).unwrap()
        };
        let captured = written(Ok(ObserverAnswer::Captured(b"{\"a\": 1}".to_vec())));
        assert_eq!(
            (captured.id, captured.outcome),
            (3, Ok(b"{\"a\": 1}".to_vec()))
        );
        assert_eq!(
            written(Ok(ObserverAnswer::Recorded)).outcome,
            Ok(b"null".to_vec())
        );
        let words = "no \"luck\"\nat all".to_owned();
        assert_eq!(written(Err(words.clone())).outcome, Err(words));
    }

    #[test]
    fn replies_of_another_shape_are_refused() {
        for line in [
            r#"{"id":1}"#,
            r#"{"id":1,"ok":null,"error":"x"}"#,
            r#"{"ok":null}"#,
            r#"{"id":1,"ok":null,"more":1}"#,
            "garbage",
        ] {
            assert!(read_reply(line.as_bytes()).is_none(), "{line}");
        }
    }
}
