//! Objects of an LDAP server → entries: what Exchange, Zimbra and plain inetOrgPerson trees call things.

use super::ldif::{self, Object};
use super::{Asked, Column, Entry, Kind, State, field};
use crate::tomlfile::{Error, Source};
use jiff::civil::Date;

/// The attributes that are read; a search need not ask for more.
pub const ATTRIBUTES: [&str; 31] = [
    "objectClass",
    "cn",
    "displayName",
    "title",
    "department",
    "ou",
    "physicalDeliveryOfficeName",
    "telephoneNumber",
    "facsimileTelephoneNumber",
    "mail",
    "mailAlternateAddress",
    "proxyAddresses",
    "zimbraMailDeliveryAddress",
    "zimbraMailAlias",
    "zimbraAccountStatus",
    "zimbraMailStatus",
    "userAccountControl",
    "msExchRecipientTypeDetails",
    "nsAccountLock",
    "manager",
    "owner",
    "createTimestamp",
    "whenCreated",
    "zimbraCreateTimestamp",
    "lastLogonTimestamp",
    "zimbraLastLogonTimestamp",
    "zimbraIsSystemResource",
    "zimbraIsSystemAccount",
    "zimbraCalResType",
    "zimbraMailForwardingAddress",
    "employeeType",
];

/// The columns that such a server knows of.
pub const COLUMNS: [Column; 11] = [
    Column::Address,
    Column::State,
    Column::Kind,
    Column::Name,
    Column::Title,
    Column::Unit,
    Column::Phone,
    Column::Fax,
    Column::Target,
    Column::Issued,
    Column::LastAccess,
];

/// Exchange's mailboxes without a person: shared, room and equipment. Their accounts are
/// disabled on purpose, and they take letters.
const SHARED: [&str; 3] = ["4", "16", "32"];

/// Seconds between the epochs of Windows (1601) and Unix.
const WINDOWS_EPOCH: i64 = 11_644_473_600;

/// The entries of an LDIF text, and how many objects in it have no mailbox.
pub fn entries(source: &Source) -> Result<(Vec<Entry>, usize), Vec<Error>> {
    let objects = ldif::objects(source)?;
    let count = objects.len();
    let with: Vec<Vec<Entry>> =
        objects.iter().map(of_object).filter(|entries| !entries.is_empty()).collect();
    let without = count - with.len();
    Ok((with.into_iter().flatten().collect(), without))
}

/// A mailbox and its other names; nothing where the object has no address.
fn of_object(object: &Object) -> Vec<Entry> {
    let addresses = addresses(object);
    let Some((first, others)) = addresses.split_first() else { return Vec::new() };
    let mut entry = Entry {
        address: first.clone(),
        state: state(object),
        name: words(object, &["displayname", "cn"]),
        title: words(object, &["title"]),
        unit: words(object, &["department", "ou", "physicaldeliveryofficename"]),
        phone: words(object, &["telephonenumber"]),
        fax: words(object, &["facsimiletelephonenumber"]),
        issued: stamp(object, &["zimbracreatetimestamp", "whencreated", "createtimestamp"]),
        last_access: last_access(object),
        ..Entry::default()
    };
    entry.kind = kind(object, &entry.name);
    let alias = |other: &String| Entry {
        address: other.clone(),
        kind: Kind::Alias,
        state: State::Active,
        target: vec![first.clone()],
        ..Entry::default()
    };
    let aliases: Vec<Entry> = others.iter().map(alias).collect();
    std::iter::once(entry).chain(aliases).collect()
}

/// All addresses, each once, the one that stands in letters first.
fn addresses(object: &Object) -> Vec<String> {
    let proxies = all(object, "proxyaddresses");
    let proxy = |prefix: &'static str| {
        proxies.iter().filter_map(move |value| value.strip_prefix(prefix)).map(str::to_owned)
    };
    let plain = |name: &'static str| all(object, name).to_vec();
    let mut found: Vec<String> = Vec::new();
    let candidates = proxy("SMTP:")
        .chain(plain("zimbramaildeliveryaddress"))
        .chain(plain("mail"))
        .chain(proxy("smtp:"))
        .chain(plain("zimbramailalias"))
        .chain(plain("mailalternateaddress"));
    for candidate in candidates {
        let mut read = Entry::default();
        // What is no mail address (X.400, `.local` tricks with blanks) is no mailbox of ours.
        let fine = field::set(&mut read, Column::Address, &candidate).is_ok();
        if fine && !read.address.is_empty() && !found.contains(&read.address) {
            found.push(read.address);
        }
    }
    found
}

fn kind(object: &Object, name: &str) -> Kind {
    let group = |class: &String| {
        let class = class.to_lowercase();
        class.contains("group") || class.contains("distributionlist")
    };
    let resource = one(object, "zimbracalrestype").is_some()
        || one(object, "msexchrecipienttypedetails").is_some_and(|of| SHARED.contains(&of));
    match (all(object, "objectclass").iter().any(group), resource) {
        (true, _) => Kind::Group,
        (_, true) => Kind::Agency,
        _ => Asked::kind_of(name),
    }
}

/// Whether the server lets letters in. A password that is locked out for an hour does not count.
fn state(object: &Object) -> State {
    let zimbra = one(object, "zimbraaccountstatus").or_else(|| one(object, "zimbramailstatus"));
    let shared = one(object, "msexchrecipienttypedetails").is_some_and(|of| SHARED.contains(&of));
    let control = one(object, "useraccountcontrol").and_then(|value| value.parse::<u32>().ok());
    let disabled = control.is_some_and(|bits| bits & 2 != 0) && !shared;
    let locked =
        one(object, "nsaccountlock").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match zimbra.map(str::to_lowercase).as_deref() {
        Some("closed") => State::Deleted,
        Some("locked" | "maintenance" | "pending" | "disabled") => State::Locked,
        _ if disabled || locked => State::Locked,
        _ => State::Active,
    }
}

fn last_access(object: &Object) -> Option<Date> {
    let windows = one(object, "lastlogontimestamp").and_then(|value| value.parse::<i64>().ok());
    let windows = windows.filter(|ticks| *ticks > 0).and_then(|ticks| {
        let seconds = (ticks / 10_000_000).checked_sub(WINDOWS_EPOCH)?;
        let time = jiff::Timestamp::from_second(seconds).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).date())
    });
    windows.max(stamp(object, &["zimbralastlogontimestamp"]))
}

/// GeneralizedTime (RFC 4517 §3.3.13): the day is enough.
fn stamp(object: &Object, names: &[&str]) -> Option<Date> {
    let text = names.iter().find_map(|name| one(object, name))?;
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |value: i16| i8::try_from(value).ok();
    Date::new(part(0, 4)?, small(part(4, 6)?)?, small(part(6, 8)?)?).ok()
}

fn words(object: &Object, names: &[&str]) -> String {
    let text = names.iter().find_map(|name| one(object, name)).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn all<'a>(object: &'a Object, name: &str) -> &'a [String] {
    object.get(name).map_or(&[], Vec::as_slice)
}

fn one<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    all(object, name).first().map(String::as_str)
}
