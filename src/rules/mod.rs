//! What the operators decide: rule files, read and checked before use.

mod policy;
pub mod settings;

pub use policy::Policy;
