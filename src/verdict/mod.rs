//! What is concluded about a message, and why: findings, actions, the verdict, the reply.
//!
//! Checks report findings; policy maps each to an action; the verdict is the
//! gravest of them. Taking the gravest is commutative, associative and
//! idempotent, so the order in which parallel checks finish cannot change it.

mod action;
mod facet;
mod finding;
mod judged;
mod kind;
mod reply;

pub use action::Action;
pub use facet::Facet;
pub use finding::{Cause, Finding, Grade};
pub use judged::{Judged, Mode, Verdict};
pub use kind::{Catalogue, Class, Kind};
pub use reply::{Code, Reply};
