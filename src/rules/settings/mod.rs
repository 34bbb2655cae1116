//! Typed settings of a policy, one file a section. The rule holds the limit, the check measures.

pub mod archives;
pub mod attachments;
pub mod limits;
pub mod spam;

/// All sections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// `[archives]`
    pub archives: archives::Archives,
    /// `[attachments]`
    pub attachments: attachments::Attachments,
    /// `[limits]`
    pub limits: limits::Limits,
    /// `[spam]`
    pub spam: spam::Spam,
}
