//! Relative paths → paths from the folder of the configuration file.

use super::Config;
use std::path::{Path, PathBuf};

impl Config {
    /// Resolves every path in it.
    pub(super) fn resolve(&mut self, dir: &Path) {
        for path in [&mut self.spool.dir, &mut self.state.dir] {
            *path = dir.join(&path);
        }
        if let Some(path) = &mut self.rules.dir {
            *path = dir.join(&path);
        }
        let smtp = &mut self.smtp;
        for path in smtp.tls.cert.iter_mut().chain(&mut smtp.tls.key).chain(&mut smtp.tls.ca) {
            *path = dir.join(&path);
        }
        let routes = smtp.route.iter_mut().flat_map(|route| route.upstream.iter_mut());
        for hop in smtp.upstream.iter_mut().chain(routes) {
            prefixed(dir, hop, &["maildir:", "lmtp:unix:"]);
        }
        if let Some(milter) = &mut self.milter {
            milter.listen.all_mut().iter_mut().for_each(|at| prefixed(dir, at, &["unix:"]));
        }
        prefixed(dir, &mut self.quarantine.store, &["fs:"]);
        if let Some(clamav) = &mut self.engine.clamav {
            clamav.address.all_mut().iter_mut().for_each(|at| prefixed(dir, at, &["unix:"]));
        }
        if let Some(spamd) = &mut self.engine.spamassassin {
            prefixed(dir, &mut spamd.address, &["unix:"]);
        }
    }
}

/// Resolves the path behind one of these prefixes.
fn prefixed(dir: &Path, text: &mut String, prefixes: &[&str]) {
    for prefix in prefixes {
        if let Some(path) = text.strip_prefix(prefix) {
            let path: PathBuf = dir.join(path);
            // A folder whose name is not UTF-8 stays as it was written.
            if let Some(path) = path.to_str() {
                *text = format!("{prefix}{path}");
            }
            return;
        }
    }
}
