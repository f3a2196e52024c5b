//! Documents as they lie in the tables: packed against a dictionary, and read back byte for byte.
//!
//! The envelopes of one registration hold little that those of another do not: ids, instants,
//! digests. Packed alone each is a quarter of its size; against what all of them say, a twentieth.
//! The log of the server holds what is stored, so this is most of what a registration writes.
//!
//! The first byte names the dictionary, the next four give the length, the rest is one Zstandard frame.
//! A dictionary is part of the format: it is never changed, and a new one gets a number of its own.

use std::sync::OnceLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::error::StoreError;

/// The number of the dictionary that new documents are packed against.
const FIRST: u8 = 1;

/// What the envelopes of any registration say.
const DICTIONARY: &[u8] = include_bytes!("packed/dictionary-1.txt");

/// More work buys almost nothing: what a dictionary knows is found at once.
const LEVEL: i32 = 3;

/// No document is longer; none is packed that would not be read again.
const LENGTH_MAX: usize = 16 * 1024 * 1024;

/// The stored form of a document.
pub(crate) fn pack(document: &[u8]) -> Result<Vec<u8>, StoreError> {
    static PREPARED: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    let dictionary = PREPARED.get_or_init(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
    let refused = |reason: String| StoreError::Unstorable {
        what: "pack a document",
        reason,
    };
    let length = Some(document.len()).filter(|length| *length <= LENGTH_MAX);
    let length = length.and_then(|length| u32::try_from(length).ok());
    let length = length.ok_or_else(|| refused("it is longer than any document is".to_owned()))?;
    let packed = Compressor::with_prepared_dictionary(dictionary)
        .and_then(|mut packer| packer.compress(document))
        .map_err(|error| refused(error.to_string()))?;
    let mut stored = Vec::with_capacity(packed.len().saturating_add(5));
    stored.push(FIRST);
    stored.extend_from_slice(&length.to_be_bytes());
    stored.extend_from_slice(&packed);
    Ok(stored)
}

/// The document, byte for byte.
pub(crate) fn unpack(stored: &[u8]) -> Result<Vec<u8>, StoreError> {
    static PREPARED: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    let dictionary = PREPARED.get_or_init(|| DecoderDictionary::copy(DICTIONARY));
    let damaged = |reason: &str| StoreError::Unstorable {
        what: "read a document",
        reason: format!("its stored form is damaged: {reason}"),
    };
    let Some((&FIRST, rest)) = stored.split_first() else {
        return Err(damaged("it names no dictionary of this program"));
    };
    let (length, packed) = rest
        .split_first_chunk::<4>()
        .ok_or_else(|| damaged("it has no length"))?;
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > LENGTH_MAX {
        return Err(damaged("its length is beyond any document's"));
    }
    let document = Decompressor::with_prepared_dictionary(dictionary)
        .and_then(|mut unpacker| unpacker.decompress(packed, length))
        .map_err(|error| damaged(&error.to_string()))?;
    if document.len() == length {
        Ok(document)
    } else {
        Err(damaged("it is not of its length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_byte_for_byte() {
        let long = vec![0xff; 70_000];
        for document in [&b""[..], b"{}", &long, DICTIONARY] {
            assert_eq!(unpack(&pack(document).unwrap()).unwrap(), document);
        }
    }

    #[test]
    fn the_dictionary_is_the_one_that_stores_were_written_with() {
        let mut hasher = canonical::ContentHasher::new();
        hasher.update(DICTIONARY);
        let first = "3eeb3b27ed0420db68b2c51b65445ba94985e6a62dd2fa414fa53b4112340ea0";
        assert_eq!(hasher.finish().to_hex(), first);
    }

    #[test]
    fn what_every_registration_says_costs_almost_nothing() {
        let stored = pack(DICTIONARY).unwrap();
        assert!(stored.len() < DICTIONARY.len() / 20, "{}", stored.len());
    }

    #[test]
    fn a_document_that_would_not_be_read_again_is_not_packed() {
        let longest = vec![0; LENGTH_MAX];
        assert_eq!(unpack(&pack(&longest).unwrap()).unwrap(), longest);
        let refused = pack(&vec![0; LENGTH_MAX + 1]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "cannot pack a document: it is longer than any document is"
        );
    }

    #[test]
    fn a_damaged_document_is_refused() {
        const DAMAGED: &str = "cannot read a document: its stored form is damaged: ";
        let document = b"{\"envelope_type\":\"snapshot\"}";
        let stored = pack(document).unwrap();
        assert_eq!(unpack(&stored).unwrap(), document);
        let why = |stored: &[u8]| {
            let refused = unpack(stored).unwrap_err().to_string();
            refused.strip_prefix(DAMAGED).unwrap().to_owned()
        };
        let with = |place: usize, byte: u8| {
            let mut other = stored.clone();
            *other.get_mut(place).unwrap() = byte;
            other
        };
        let no_dictionary = "it names no dictionary of this program";
        assert_eq!(why(&[]), no_dictionary);
        assert_eq!(why(&with(0, 9)), no_dictionary);
        assert_eq!(why(&[FIRST]), "it has no length");
        assert_eq!(why(&with(1, 0xff)), "its length is beyond any document's");
        assert_eq!(why(&with(3, 1)), "it is not of its length");
        // What is wrong inside the frame is said in the library's words.
        assert!(!why(stored.get(..stored.len() - 1).unwrap()).is_empty());
        assert!(!why(&with(4, 1)).is_empty());
    }
}
