//! Block artifact-resolver-f
