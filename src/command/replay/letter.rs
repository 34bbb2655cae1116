//! One letter under other rules: what it would get, or why nobody can tell.

use super::recall::{self, Doubt};
use crate::mail::Envelope;
use crate::pipeline::Pipeline;
use crate::rules::{Context, PartView, Policy, RuleSet};
use crate::store::Store;
use crate::store::records::record::{Message, Part};
use crate::verdict::{Action, Finding, Verdict};
use bytes::Bytes;
use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// What would happen.
#[derive(Debug)]
pub(super) enum Fate {
    /// This verdict.
    Verdict(Box<Verdict>),
    /// Nobody can tell, for this reason.
    Unknown(String),
}

/// The rules to try, and what is at hand beside the records.
pub(super) struct Trial {
    pub(super) rules: RuleSet,
    pub(super) store: Option<Store>,
    pub(super) pipeline: Pipeline,
    pub(super) runtime: Runtime,
}

impl Trial {
    /// What this letter would get: the gravest of what its recipients' policies say.
    pub(super) fn fate(&self, message: &Message) -> Fate {
        let envelope = recall::envelope(message);
        let mut gravest: Option<Verdict> = None;
        let mut unknown = None;
        for policy in self.policies(&envelope) {
            match self.under(&policy, message, &envelope) {
                Fate::Unknown(why) => unknown = Some(why),
                Fate::Verdict(verdict) => {
                    if gravest.as_ref().is_none_or(|gravest| verdict.action > gravest.action) {
                        gravest = Some(*verdict);
                    }
                }
            }
        }
        match (gravest, unknown) {
            // Nothing is graver.
            (Some(verdict), _) if verdict.action == Action::Reject => {
                Fate::Verdict(Box::new(verdict))
            }
            (_, Some(why)) => Fate::Unknown(why),
            (verdict, None) => Fate::Verdict(Box::new(verdict.unwrap_or_default())),
        }
    }

    /// Recipients that shared a transaction may have several policies now.
    fn policies(&self, envelope: &Envelope) -> Vec<Arc<Policy>> {
        let picked = envelope.recipients.iter().map(|rcpt| self.rules.pick(rcpt).clone());
        let mut policies: Vec<Arc<Policy>> = picked.collect();
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        policies.dedup_by(|a, b| a.id == b.id);
        policies
    }

    fn under(&self, policy: &Arc<Policy>, message: &Message, envelope: &Envelope) -> Fate {
        let (mut findings, doubts) = recall::findings(message, policy);
        if doubts.iter().all(|doubt| *doubt == Doubt::None) {
            return Fate::Verdict(Box::new(judge(policy, findings, message, envelope)));
        }
        if let Some(verdict) = self.again(policy, message, envelope) {
            return Fate::Verdict(Box::new(verdict));
        }
        let doubted = |finding: &Finding| {
            doubts.iter().any(|doubt| match doubt {
                Doubt::None => false,
                Doubt::All(_) => !is_engines(finding),
                Doubt::Family(family, _) => finding.kind.name.starts_with(family),
            })
        };
        findings.retain(|finding| !doubted(finding));
        // What is certain may be enough: whatever else is found, nothing is graver than a refusal.
        let verdict = judge(policy, findings, message, envelope);
        if verdict.action == Action::Reject {
            return Fate::Verdict(Box::new(verdict));
        }
        let why = doubts.into_iter().find_map(|doubt| match doubt {
            Doubt::None => None,
            Doubt::Family(_, why) | Doubt::All(why) => Some(why),
        });
        Fate::Unknown(format!("{}, and no copy is kept", why.unwrap_or_default()))
    }

    /// A letter that is kept is examined again; what engines said of it then stands.
    fn again(
        &self,
        policy: &Arc<Policy>,
        message: &Message,
        envelope: &Envelope,
    ) -> Option<Verdict> {
        if message.secret || !message.copy {
            return None;
        }
        let dir = self.store.as_ref()?.letter(&message.id).ok()?;
        let bytes = Bytes::from(fs::read(dir.join("message.eml")).ok()?);
        let outcome = self.runtime.block_on(async {
            let begun = self.pipeline.begin(envelope.clone(), policy.clone(), "replay");
            let mut intake = begun.ok()?;
            intake.feed(bytes).await;
            Some(intake.finish().await)
        })?;
        let engines = recall::findings(message, policy).0;
        let engines = engines.into_iter().filter(is_engines);
        let fresh = outcome.verdict.findings.into_iter().map(|judged| judged.finding);
        let findings = fresh.filter(|finding| !is_engines(finding)).chain(engines).collect();
        let parts: HashMap<&str, PartView<'_>> = outcome
            .facts
            .parts
            .iter()
            .map(|part| {
                let (role, detected) = (part.role.name(), part.detected.mime);
                (part.path.as_str(), PartView { role, names: &part.names, detected })
            })
            .collect();
        let view = |path: &str| parts.get(path).copied();
        Some(policy.judge(findings, &Context { envelope, part: &view }))
    }
}

/// What a check outside found, or the built-in one in its place: it is not asked again.
fn is_engines(finding: &Finding) -> bool {
    ["virus.", "spam.", "auth."].iter().any(|family| finding.kind.name.starts_with(family))
}

fn judge(
    policy: &Policy,
    findings: Vec<Finding>,
    message: &Message,
    envelope: &Envelope,
) -> Verdict {
    let parts: HashMap<&str, &Part> =
        message.parts.iter().map(|part| (part.path.as_str(), part)).collect();
    let view = |path: &str| {
        let part = parts.get(path)?;
        let detected = part.types.first().map_or("", |(mime, _)| mime);
        Some(PartView { role: &part.role, names: &part.names, detected })
    };
    policy.judge(findings, &Context { envelope, part: &view })
}
