//! Tiền Giang, Điều 4 QĐ 51/2016: initials for bodies with the one above first, four forms for persons.

use super::body::{Body, Class};
use super::words::{first, initials, joined, plain, words};
use super::{Asked, Forms, Places, Tail};

/// A person: the first of four forms that is free.
pub(super) fn person(asked: &Asked<'_>) -> Forms {
    let words: Vec<String> = words(asked.name).iter().map(|word| plain(word)).collect();
    let mut forms = Forms::default();
    let Some((given, before)) = words.split_last() else { return forms };
    let whole: String = words.concat();
    forms.push(whole.clone(), "form 1: all words together");
    if let Some((family, rest)) = words.split_first().filter(|(_, rest)| !rest.is_empty()) {
        forms.push(
            first(family) + &rest.concat(),
            "form 2: the initial of the family name, then the rest",
        );
        let letters: String = before.iter().map(|word| first(word)).collect();
        forms.push(letters + given, "form 3: initials of all words but the last, then the last");
    }
    let form = "form 4: all words together, then two digits of the year of birth";
    match asked.born {
        Some(born) => forms.push(format!("{whole}{:02}", born.rem_euclid(100)), form),
        None => {
            forms.tail = Tail::TwoDigits;
            forms.notes.push("form 4 needs the year of birth (--born)".to_owned());
        }
    }
    forms
}

/// A body: a district's name in full, else initials behind the body above.
pub(super) fn body(asked: &Asked<'_>, places: &Places) -> Forms {
    let mut forms = Forms::default();
    let (name, unit) = places.named(asked);
    let body = Body::new(&name);
    match body.class {
        Class::District => forms.push(places.district(&name), "the district's name in full"),
        Class::Commune => commune(&body, &unit, places, &mut forms),
        Class::Department if unit.is_empty() => {
            forms.push(initials(&body.words), "initials of the body");
        }
        Class::Department | Class::Unit => match unit.as_str() {
            "" => forms.push(initials(&body.words), "initials of the body"),
            unit => {
                let own = initials(&body.words);
                for (at, above) in above(unit, places, &mut forms).iter().enumerate() {
                    let local = format!("{above}.{own}");
                    match at {
                        0 => forms.push(local, "the body above, then initials of the unit"),
                        _ => forms.accepted.push(local),
                    }
                }
            }
        },
    }
    forms
}

/// `‹district›.‹commune›`. A number alone is no name: `phuong1`.
fn commune(body: &Body, unit: &str, places: &Places, forms: &mut Forms) {
    let name = joined(body.name());
    let numbered = name.bytes().all(|byte| byte.is_ascii_digit());
    let name = if numbered { joined(&body.words) } else { name };
    if unit.is_empty() {
        forms.notes.push("a commune's address begins with its district (--unit)".to_owned());
        return;
    }
    let above = above(unit, places, forms);
    let Some(first) = above.first() else { return };
    forms.push(format!("{first}.{name}"), "the district, then the commune's name in full");
    if !numbered {
        let kind: String =
            body.kind.split(' ').map(|word| super::words::first(&plain(word))).collect();
        let form = "the same with the kind in front (the regulation is silent on equal names)";
        forms.push(format!("{first}.{kind}{name}"), form);
    }
    forms.accepted.extend(above.iter().skip(1).map(|other| format!("{other}.{name}")));
    let whole = joined(Body::new(unit).name());
    if whole != *first {
        let why = "the district's own short name belongs there";
        forms.doubtful.push((format!("{whole}.{name}"), why));
    }
}

/// The local parts of the body above, the one to propose first.
fn above(unit: &str, places: &Places, forms: &mut Forms) -> Vec<String> {
    let districts = places.districts_called(unit);
    if let [first, others @ ..] = &districts[..] {
        if !others.is_empty() {
            let both: Vec<&str> = districts.iter().map(|name| name.as_str()).collect();
            forms.notes.push(format!("`{unit}` may be {}: name its kind", both.join(" or ")));
        }
        let mut all = vec![places.district(first)];
        all.extend(others.iter().map(|name| places.district(name)));
        return all;
    }
    match places.short(unit) {
        [] => {
            let body = Body::new(unit);
            let district = body.class == Class::District;
            vec![if district { joined(body.name()) } else { initials(&body.words) }]
        }
        short => short.to_vec(),
    }
}
