//! The one path by which envelope bytes are opened at every boundary; knows no particular envelope
