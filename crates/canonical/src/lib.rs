//! Canonical bytes, strict parse, tagged digests and the scalar newtypes; no I/O, knows no envelope
