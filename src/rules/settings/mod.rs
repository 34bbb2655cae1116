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

impl Settings {
    /// A short hash of each section, by its name. Records keep them: whoever tries other rules on
    /// a record must know whether the checks would have looked otherwise.
    pub(super) fn sections(&self) -> Vec<(&'static str, String)> {
        let Settings { archives, attachments, limits, spam } = self;
        let limits::Limits { message, attachments: together, line, unfolding } = limits;
        let hash = |text: String| super::ruleset::hash([text]).chars().take(12).collect();
        vec![
            ("archives", hash(format!("{archives:?}"))),
            ("attachments", hash(format!("{attachments:?}"))),
            ("limits", hash(format!("{:?}", (message, together)))),
            ("line", hash(format!("{line:?}"))),
            ("spam", hash(format!("{spam:?}"))),
            ("unfolding", hash(format!("{unfolding:?}"))),
        ]
    }
}
