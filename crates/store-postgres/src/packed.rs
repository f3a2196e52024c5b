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

/// No document is larger; a length beyond it is damage.
const LENGTH_MAX: usize = 16 * 1024 * 1024;

/// The stored form of a document.
pub(crate) fn pack(document: &[u8]) -> Result<Vec<u8>, StoreError> {
    static PREPARED: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    let dictionary = PREPARED.get_or_init(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
    let refused = |reason: String| StoreError::Unstorable {
        what: "pack a document",
        reason,
    };
    let length = u32::try_from(document.len()).map_err(|error| refused(error.to_string()))?;
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
    fn a_damaged_document_is_refused() {
        let stored = pack(b"{\"envelope_type\":\"snapshot\"}").unwrap();
        unpack(&stored).unwrap();
        let other_dictionary = [&[9], stored.get(1..).unwrap()].concat();
        let cut = stored.get(..stored.len() - 1).unwrap();
        let longer = [&[FIRST, 0xff], stored.get(2..).unwrap()].concat();
        let other_length = [&[FIRST, 0, 0, 1], stored.get(4..).unwrap()].concat();
        for damaged in [
            &other_dictionary[..],
            cut,
            &longer,
            &other_length,
            &[],
            &[FIRST],
        ] {
            unpack(damaged).unwrap_err();
        }
    }
}
