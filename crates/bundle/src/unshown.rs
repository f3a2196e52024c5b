//! What no verification without the store can show.

/// What a consistent bundle leaves open, for people who rely on it.
pub const UNSHOWN: [&str; 8] = [
    "who made this bundle: nothing is signed, so another one may agree with itself as well",
    "that the store holds this decision, or that no other decision was made on the same key or target",
    "what the authority rows said: only their hashes are here; the store holds the rows",
    "that the rows were reread as stated, by that credential, and that the clocks were right",
    "that the carriers and the gate were as stated: the reports are here, their evidence is not",
    "what the verification report says of the store: that it fits the decision is shown, not that it is true",
    "times, state and transaction of the attempt: the store's word, which no envelope binds",
    "what lies at the artifact's path now: hash it and compare it with the subject's digest",
];
