//! Just enough of the server's protocol to know what passes: messages, their kinds and their texts.

use std::io::{self, Read};

/// The longest message that a test may send.
const MESSAGE_MAX: usize = 64 * 1024 * 1024;

/// A message, whole, as it came.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// Its kind; none for the first message of a session.
    kind: Option<u8>,
    bytes: Vec<u8>,
}

impl Message {
    /// The first message, which has no kind: who comes, and to which database.
    pub(super) fn first(from: &mut impl Read) -> io::Result<Self> {
        Self::read(from, None)
    }

    /// The next message.
    pub(super) fn next(from: &mut impl Read) -> io::Result<Self> {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        Self::read(from, kind.first().copied())
    }

    /// A simple query.
    pub(super) fn query(text: &str) -> io::Result<Self> {
        let length = text.len().saturating_add(5);
        let length = u32::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut bytes = vec![b'Q'];
        bytes.extend(length.to_be_bytes());
        bytes.extend(text.as_bytes());
        bytes.push(0);
        Ok(Self {
            kind: Some(b'Q'),
            bytes,
        })
    }

    fn read(from: &mut impl Read, kind: Option<u8>) -> io::Result<Self> {
        let mut prefix = [0; 4];
        from.read_exact(&mut prefix)?;
        let length = usize::try_from(u32::from_be_bytes(prefix)).unwrap_or(usize::MAX);
        let Some(rest) = length.checked_sub(4).filter(|rest| *rest <= MESSAGE_MAX) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let mut bytes: Vec<u8> = kind.into_iter().chain(prefix).collect();
        let head = bytes.len();
        bytes.resize(head.saturating_add(rest), 0);
        if let Some(body) = bytes.get_mut(head..) {
            from.read_exact(body)?;
        }
        Ok(Self { kind, bytes })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is of this kind.
    pub(super) fn is(&self, kind: u8) -> bool {
        self.kind == Some(kind)
    }

    /// The text of a simple query.
    pub(super) fn query_text(&self) -> Option<&str> {
        self.is(b'Q').then(|| self.text(0)).flatten()
    }

    /// Name and text of a statement that is prepared.
    pub(super) fn prepared(&self) -> Option<(&str, &str)> {
        self.is(b'P')
            .then(|| Some((self.text(0)?, self.text(1)?)))?
    }

    /// The name of the statement whose execution begins.
    pub(super) fn bound(&self) -> Option<&str> {
        self.is(b'B').then(|| self.text(1)).flatten()
    }

    /// The values of a row, `None` for what is null.
    pub(super) fn values(&self) -> Option<Vec<Option<&[u8]>>> {
        let mut rest = self.is(b'D').then(|| self.bytes.get(7..))??;
        let mut values = Vec::new();
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk()?;
            let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
                values.push(None);
                rest = after;
                continue;
            };
            let (value, after) = after.split_at_checked(length)?;
            values.push(Some(value));
            rest = after;
        }
        Some(values)
    }

    /// A row of these values.
    pub(super) fn row(values: &[Option<&[u8]>]) -> io::Result<Self> {
        let invalid = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let mut body = Vec::new();
        body.extend(u16::try_from(values.len()).map_err(invalid)?.to_be_bytes());
        for value in values {
            match value {
                None => body.extend((-1_i32).to_be_bytes()),
                Some(value) => {
                    let length = i32::try_from(value.len()).map_err(invalid)?;
                    body.extend(length.to_be_bytes());
                    body.extend(*value);
                }
            }
        }
        let length = u32::try_from(body.len().saturating_add(4)).map_err(invalid)?;
        let mut bytes = vec![b'D'];
        bytes.extend(length.to_be_bytes());
        bytes.extend(body);
        Ok(Self {
            kind: Some(b'D'),
            bytes,
        })
    }

    /// The code of a refusal by the server.
    pub(super) fn refusal(&self) -> Option<&str> {
        let fields = self.is(b'E').then(|| self.bytes.get(5..))??;
        let mut fields = fields.split(|byte| *byte == 0);
        let code = fields.find_map(|field| field.strip_prefix(b"C"))?;
        std::str::from_utf8(code).ok()
    }

    /// Every text of a first message, in its order.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = self.bytes.split(|byte| *byte == 0);
        texts.filter_map(|text| std::str::from_utf8(text).ok())
    }

    /// One of the texts that the body begins with, each of which ends with a zero.
    fn text(&self, number: usize) -> Option<&str> {
        let body = self.bytes.get(5..)?;
        let text = body.split(|byte| *byte == 0).nth(number)?;
        std::str::from_utf8(text).ok()
    }
}
