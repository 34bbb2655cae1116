//! The binary: hands over to `command`.

fn main() {}
