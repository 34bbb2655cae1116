//! Whether one condition holds wherever another does: then a rule behind it is never reached.

use super::condition::{Condition, Who};
use ipnet::IpNet;

impl Condition {
    /// Whether it holds wherever `other` does. Only what is certain counts.
    pub(super) fn covers(&self, other: &Condition) -> bool {
        all(&self.role, &other.role, |a, b| a == b)
            && all(&self.name, &other.name, |a, b| a == b)
            && all(&self.r#type, &other.r#type, |a, b| a == b)
            && all(&self.sender, &other.sender, Who::covers)
            && all(&self.recipient, &other.recipient, Who::covers)
            && all(&self.client, &other.client, |a: &IpNet, b| a.contains(b))
            && all(&self.helo, &other.helo, |a, b| a == b)
            && all(&self.direction, &other.direction, |a, b| a == b)
            && all(&self.hours, &other.hours, |a, b| a == b)
            && all(&self.weekday, &other.weekday, |a, b| a == b)
            && all(&self.with, &other.with, |a, b| a == b)
            && all(&self.cause, &other.cause, |a, b| a == b)
            && all(&self.grade, &other.grade, |a, b| a == b)
            && all(&self.what, &other.what, |a, b| a == b)
            && self.covers_measure(other)
    }

    fn covers_measure(&self, other: &Condition) -> bool {
        let beyond = |least: f64| {
            other.over.is_some_and(|over| over >= least)
                || other.at_least.is_some_and(|at_least| at_least > least)
        };
        let from = |least: f64| {
            other.over.is_some_and(|over| over >= least)
                || other.at_least.is_some_and(|at_least| at_least >= least)
        };
        self.over.is_none_or(beyond) && self.at_least.is_none_or(from)
    }
}

impl Who {
    /// Whether it means everybody that `other` means.
    pub(super) fn covers(&self, other: &Who) -> bool {
        match (self, other) {
            (Who::Domain(domain), Who::Domain(below)) => is_under(below, domain),
            (Who::Domain(domain), Who::Address(address)) => {
                address.rsplit_once('@').is_some_and(|(_, host)| is_under(host, domain))
            }
            _ => self == other,
        }
    }
}

fn is_under(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether of two lists the first fits wherever the second does; no list fits everything.
fn all<T>(list: &Option<Vec<T>>, other: &Option<Vec<T>>, covers: impl Fn(&T, &T) -> bool) -> bool {
    match (list, other) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(list), Some(other)) => {
            other.iter().all(|wanted| list.iter().any(|held| covers(held, wanted)))
        }
    }
}
