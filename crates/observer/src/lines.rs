//! Lines of bounded length.

use std::io::{self, BufRead, Read};

/// The longest request: the largest frame and what is wrapped around it, in bytes.
pub(crate) const REQUEST_MAX_BYTES: usize = 4_194_304 + 4_096;

/// The longest reply: the largest envelope and what is wrapped around it, in bytes.
pub(crate) const REPLY_MAX_BYTES: usize = 262_144 + 4_096;

/// The next line without its end; `None` at the end of the input.
///
/// A line that is too long or does not end is an error: its rest would be read as another line.
pub(crate) fn next_line(input: &mut impl BufRead, max_bytes: usize) -> io::Result<Option<Vec<u8>>> {
    let bound = u64::try_from(max_bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut line = Vec::new();
    input.by_ref().take(bound).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() >= max_bytes => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("line is longer than {max_bytes} bytes"),
        )),
        Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_up_to_their_bound() {
        let mut input: &[u8] = b"ab\n\nabc\nabcd\n";
        assert_eq!(next_line(&mut input, 3).unwrap().unwrap(), b"ab");
        assert_eq!(next_line(&mut input, 3).unwrap().unwrap(), b"");
        assert_eq!(next_line(&mut input, 3).unwrap().unwrap(), b"abc");
        let error = next_line(&mut input, 3).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_line_without_an_end_is_no_line() {
        let mut input: &[u8] = b"ab";
        let error = next_line(&mut input, 3).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(next_line(&mut input, 3).unwrap().is_none());
    }
}
