//! An Giang, QĐ 63/2016: kind and name for bodies, the unit before the body above, initials and tên for persons.

use super::body::{Body, Class};
use super::words::{first, initials, joined, plain, words};
use super::{Asked, Forms, Places};

/// A person: initials of họ and lót, then tên; the next of one name gets its number.
pub(super) fn person(asked: &Asked<'_>) -> Forms {
    let words: Vec<String> = words(asked.name).iter().map(|word| plain(word)).collect();
    let mut forms = Forms::default();
    let Some((given, before)) = words.split_last() else { return forms };
    let letters: String = before.iter().map(|word| first(word)).collect();
    let base = letters + given;
    forms.push(base.clone(), "initials of the family and middle names, then the given name");
    for number in 2..100 {
        forms.push(
            format!("{base}{number:02}"),
            "the same with its number in order of registration",
        );
    }
    forms.accepted.push(format!("{base}01"));
    forms
}

/// A body.
pub(super) fn body(asked: &Asked<'_>, places: &Places) -> Forms {
    let mut forms = Forms::default();
    let (name, unit) = places.named(asked);
    let body = Body::new(&name);
    match body.class {
        Class::District => forms.push(places.district(&name), "the district's name in full"),
        Class::Commune => commune(&body, &unit, places, &mut forms),
        Class::Department if unit.is_empty() => {
            forms.push(department(&body), "the kind of body, then its name")
        }
        Class::Unit if unit.is_empty() => {
            forms.push(short_or_full(&body.words), "the body's name");
        }
        Class::Department | Class::Unit => {
            let above = above(&unit, places);
            let own = &body.words;
            forms.push(
                format!("{}.{above}", initials(own)),
                "initials of the unit, then the body above",
            );
            let without = own.get(1..).unwrap_or_default();
            forms.accepted.push(format!("{}.{above}", joined(own)));
            forms.accepted.push(format!("{}.{above}", joined(without)));
        }
    }
    forms
}

/// `so`, `ban`, `hoi`, `nganh`, then the name.
fn department(body: &Body) -> String {
    plain(body.kind) + &short_or_full(body.name())
}

/// Three words or more: initials; fewer: in full.
fn short_or_full(words: &[String]) -> String {
    let counted = words.iter().filter(|word| word.to_lowercase() != "và").count();
    if counted >= 3 { initials(words) } else { joined(words) }
}

/// A commune's name; with its kind where a district is called so too, with its district where
/// another commune is.
fn commune(body: &Body, unit: &str, places: &Places, forms: &mut Forms) {
    let name = joined(body.name());
    if places.districts.iter().any(|district| joined(Body::new(district).name()) == name) {
        let kind = match body.kind {
            "xã" => "xa",
            "phường" => "p",
            _ => "tt",
        };
        forms.push(format!("{kind}{name}"), "the kind, since a district is called so too");
        return;
    }
    let above = above(unit, places);
    let repeated = places.repeated.iter().any(|other| joined(&words(other)) == name);
    if !repeated {
        forms.push(name.clone(), "the commune's name");
    }
    match (above.is_empty(), repeated) {
        (true, true) => {
            forms.notes.push("a commune of this name is in several districts (--unit)".to_owned());
        }
        (true, false) => {}
        (false, _) => forms.push(
            format!("{name}.{above}"),
            "the commune, then its district, since another is called so too",
        ),
    }
}

/// The local part of the body above.
fn above(unit: &str, places: &Places) -> String {
    if let Some(short) = places.short(unit).first() {
        return short.clone();
    }
    if let Some(district) = places.districts_called(unit).first() {
        return places.district(district);
    }
    let body = Body::new(unit);
    match body.class {
        Class::Department => department(&body),
        Class::District | Class::Commune => joined(body.name()),
        Class::Unit => short_or_full(&body.words),
    }
}
