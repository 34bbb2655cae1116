//! A policy: settings and rules of one rule file over the files that it extends.

use super::settings::Settings;

/// One policy, resolved: what it extends is already in it.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `id` of the file.
    pub id: String,
    /// What checks ask before they report.
    pub settings: Settings,
}
