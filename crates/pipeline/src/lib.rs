//! Carries envelopes from block to block; holds no rules of its own
