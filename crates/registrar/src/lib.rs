//! Block registrar
