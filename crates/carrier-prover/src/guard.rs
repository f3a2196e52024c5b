//! Which trigger bodies refuse whatever happens, and which checks bind a payload: recognised
//! from their text, in a small grammar; everything outside it is unproven.
