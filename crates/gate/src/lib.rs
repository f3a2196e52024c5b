//! HOLD or OPEN, derived from what was proven
