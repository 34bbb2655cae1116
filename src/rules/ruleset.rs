//! A set of rules: all policies of one folder, and which of them a recipient has.

use super::directory::Directory;
use super::files::{self, Text};
use super::load::{self, BASE, Errors};
use super::policy::Policy;
use super::sets;
use crate::mail::Address;
use crate::tomlfile::{Error, Source, Word};
use crate::verdict::Catalogue;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The rule files that are compiled in: name and bytes.
const BUILTIN: [(&str, &str); 5] = [
    ("angiang-2016.toml", include_str!("../../rules/angiang-2016.toml")),
    ("base.toml", include_str!("../../rules/base.toml")),
    ("binhthuan-2012.toml", include_str!("../../rules/binhthuan-2012.toml")),
    ("tiengiang-2009.toml", include_str!("../../rules/tiengiang-2009.toml")),
    ("tiengiang-2016.toml", include_str!("../../rules/tiengiang-2016.toml")),
];

/// All policies, loaded together. Sharing one is cheap; a transaction keeps the one it began with.
#[derive(Clone, Debug)]
pub struct RuleSet {
    policies: Vec<Arc<Policy>>,
    base: Arc<Policy>,
    /// Single addresses and domains, lower case.
    recipients: HashMap<String, Arc<Policy>>,
    hash: String,
}

impl RuleSet {
    /// Loads the `.toml` files of a folder: all, or none and every mistake that was found.
    pub fn load(dir: &Path, catalogue: &Catalogue) -> Result<RuleSet, Errors> {
        load::build(files::read(dir)?, catalogue)
    }

    /// Loads the configured folder, else `./rules`, else `/etc/congthu/rules`, else what is compiled
    /// in; says where from.
    pub fn open(
        configured: Option<&Path>,
        catalogue: &Catalogue,
    ) -> Result<(RuleSet, String), Errors> {
        match RuleSet::folder(configured) {
            Some(dir) => Ok((RuleSet::load(dir, catalogue)?, dir.display().to_string())),
            None => Ok((RuleSet::builtin(catalogue)?, "built in".to_owned())),
        }
    }

    /// The folder that [`RuleSet::open`] loads; none where the rules are those compiled in.
    pub fn folder(configured: Option<&Path>) -> Option<&Path> {
        let usual = ["rules", "/etc/congthu/rules"].map(Path::new);
        configured.or_else(|| usual.into_iter().find(|dir| files::is_there(dir)))
    }

    /// The rules that are compiled in.
    pub fn builtin(catalogue: &Catalogue) -> Result<RuleSet, Errors> {
        let text = |(name, text): (&str, &str)| {
            Ok(Text { source: Source::new(name, text.into())?, local: false })
        };
        let texts: Result<Vec<Text>, Error> = BUILTIN.into_iter().map(text).collect();
        load::build(texts.map_err(|error| Errors(vec![error]))?, catalogue)
    }

    /// The policies, resolved, of these files.
    pub(super) fn new<'a>(
        policies: Vec<Policy>,
        sources: impl Iterator<Item = &'a Source>,
    ) -> RuleSet {
        let texts = sources.flat_map(|source| [source.file().to_owned(), source.text().to_owned()]);
        let hash = hash(texts);
        let named = |policy| Arc::new(Policy { set_hash: hash.clone(), ..policy });
        let policies: Vec<Arc<Policy>> = policies.into_iter().map(named).collect();
        let base = policies.iter().find(|policy| policy.id == BASE).cloned().unwrap_or_default();
        let mut set = RuleSet { policies, base, recipients: HashMap::new(), hash };
        set.index();
        set
    }

    /// As `[rules] mode = "observe"` has it: only `virus.*` and `executable.*` act, all else is
    /// counted and shown.
    pub fn observing(self) -> RuleSet {
        self.each(|policy| {
            policy.observe.get_or_insert(true);
        })
    }

    /// As if `observe` were over.
    pub fn acting(self) -> RuleSet {
        self.each(|policy| policy.observe = Some(false))
    }

    /// As if every rule in shadow acted and `observe` were over: what `rules replay` shows before
    /// that is so.
    pub fn enforcing(self) -> RuleSet {
        self.acting().each(Policy::enforce)
    }

    /// The same policies, each changed.
    fn each(mut self, change: impl Fn(&mut Policy)) -> RuleSet {
        let changed = |policy: &Arc<Policy>| {
            let mut policy = Policy::clone(policy);
            change(&mut policy);
            policy.seal();
            Arc::new(policy)
        };
        self.policies = self.policies.iter().map(changed).collect();
        self.base = changed(&self.base);
        self.index();
        self
    }

    fn index(&mut self) {
        let pairs = self.policies.iter().flat_map(|policy| {
            policy.recipients.iter().map(move |recipient| (recipient.clone(), policy.clone()))
        });
        self.recipients = pairs.collect();
    }

    /// The policy of a recipient: by its address, else by the longest domain that holds it, else
    /// `base`.
    pub fn pick(&self, recipient: &Address) -> &Arc<Policy> {
        let single = self.recipients.get(&recipient.mailbox());
        single.or_else(|| self.of_domain(&recipient.domain)).unwrap_or(&self.base)
    }

    /// The policy of this name.
    pub fn policy(&self, id: &str) -> Option<&Arc<Policy>> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    /// All policies, in the order of their names.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies.iter()
    }

    /// Whether a policy lists this domain or one above it. A single address that a policy lists
    /// does not open its domain: see [`RuleSet::relays`].
    pub fn is_relay_domain(&self, domain: &str) -> bool {
        self.of_domain(&domain.to_lowercase()).is_some()
    }

    /// Whether a policy claims this recipient, by its address or by its domain.
    pub fn relays(&self, recipient: &Address) -> bool {
        self.recipients.contains_key(&recipient.mailbox())
            || self.is_relay_domain(&recipient.domain)
    }

    /// The directories that policies name, each file once.
    pub fn directories(&self) -> impl Iterator<Item = (&Path, &Directory)> {
        let all = self.policies.iter().map(|policy| &policy.directory);
        let mut named: Vec<(&Path, &Directory)> =
            all.filter_map(|of| of.file.as_deref().map(|file| (file, of))).collect();
        named.sort_by_key(|(file, _)| *file);
        named.dedup_by_key(|(file, _)| *file);
        named.into_iter()
    }

    /// Of the files as they are: verdict records name it beside file and line.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    fn of_domain(&self, domain: &str) -> Option<&Arc<Policy>> {
        let mut rest = Some(domain);
        while let Some(domain) = rest {
            if let Some(policy) = self.recipients.get(domain) {
                return Some(policy);
            }
            rest = domain.split_once('.').map(|(_, above)| above);
        }
        None
    }
}

/// A recipient as a file lists it: `x.gov.vn`, `@x.gov.vn` or `so@x.gov.vn`, lower case.
pub(super) fn recipient(source: &Source, word: &Word, errors: &mut Vec<Error>) -> Option<String> {
    let (local, host) = word.text.rsplit_once('@').unwrap_or(("", &word.text));
    let host = Word { text: host.to_owned(), span: word.span.clone() };
    let domain = sets::domain(source, &host, errors)?;
    match local {
        "" => Some(domain),
        local => Some(format!("{}@{domain}", local.to_lowercase())),
    }
}

/// SHA-256 of the bytes of a file; why it cannot be read where that is so.
pub(super) fn hash_of(path: &Path) -> String {
    std::fs::read(path).map_or_else(|error| error.to_string(), |bytes| hex(Sha256::digest(bytes)))
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of texts, each with its length before it, in hexadecimal.
pub(super) fn hash(texts: impl IntoIterator<Item = String>) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    }
    hex(digest.finalize())
}
