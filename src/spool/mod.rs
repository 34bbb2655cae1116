//! Bytes while we think: in memory first, then in an unlinked file.
