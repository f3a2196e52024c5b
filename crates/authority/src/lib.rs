//! The authority writer's rows: what may be written, checked before it is
