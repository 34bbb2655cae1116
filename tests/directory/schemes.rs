//! Each row of the naming schemes' worked examples.

use super::{list, shipped};
use congthu::directory::{Asked, Fit, Kind, Places, Row, Rows, Scheme, Taken, propose};

/// The cells of a table, `-` for an empty one.
fn cells<const N: usize>(line: &str) -> [String; N] {
    let cells: Vec<String> = line
        .split('|')
        .map(str::trim)
        .map(|cell| if cell == "-" { String::new() } else { cell.to_owned() })
        .collect();
    cells.try_into().unwrap_or_else(|cells| panic!("{line}: {cells:?}"))
}

fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The scheme of a policy; `policy+Name` adds a commune that several districts have.
fn settings(spelled: &str) -> (Scheme, Places) {
    let (id, repeated) = spelled.split_once('+').unwrap_or((spelled, ""));
    let rules = shipped();
    let directory = rules.policy(id).unwrap().directory.clone();
    let mut places = directory.places;
    places.repeated.extend(Some(repeated.to_owned()).filter(|name| !name.is_empty()));
    (directory.scheme.unwrap(), places)
}

fn rows(addresses: &str) -> Vec<Row> {
    let text = format!("address\n{}\n", addresses.replace(' ', "\n"));
    Rows::new(&list(&text), false).unwrap().map(|row| row.unwrap()).collect()
}

#[test]
fn the_first_free_name_is_the_one_that_the_table_says() {
    let table = include_str!("../../fixtures/directory/names.table");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for line in lines(table) {
        let [policy, name, unit, born, taken, expected] = cells(line);
        let (scheme, places) = settings(&policy);
        let kind = Asked::kind_of(&name);
        let asked = Asked { name: &name, unit: &unit, born: born.parse().ok(), kind };
        let rows = rows(&taken);
        let free = propose(scheme, &asked, &places, &Taken::of(&rows)).free;
        let free = free.map(|(address, _)| address).unwrap_or_default();
        if free != expected {
            wrong.push(format!("{line}\n  got {free}"));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 60, "{seen}");
}

#[test]
fn a_name_that_is_held_fits_as_the_table_says() {
    let table = include_str!("../../fixtures/directory/held.table");
    let mut wrong = Vec::new();
    for line in lines(table) {
        let [policy, kind, name, unit, born, held, expected] = cells(line);
        let (scheme, places) = settings(&policy);
        let kind = if kind == "agency" { Kind::Agency } else { Kind::Personal };
        let asked = Asked { name: &name, unit: &unit, born: born.parse().ok(), kind };
        let local = held.split('@').next().unwrap();
        let fit = match scheme.forms(&asked, &places).fit(local, &held) {
            Fit::Form(at) => format!("form {}", at + 1),
            Fit::Accepted => "accepted".to_owned(),
            Fit::Doubtful(_) => "doubtful".to_owned(),
            Fit::Wrong(_) => "wrong".to_owned(),
        };
        if fit != expected {
            wrong.push(format!("{line}\n  got {fit}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_taken_apart_into_letter_and_mark_are_the_same_names() {
    use unicode_normalization::UnicodeNormalization;
    let (scheme, places) = settings("tiengiang-2016");
    for name in ["Nguyễn Thị Minh Khai", "Đỗ Ưng", "K'Brít", "Phòng Tài chính - Kế hoạch"]
    {
        let decomposed: String = name.nfd().collect();
        let forms = |name: &str| {
            let asked = Asked { name, unit: "", born: None, kind: Asked::kind_of(name) };
            scheme.forms(&asked, &places)
        };
        assert_eq!(forms(name), forms(&decomposed), "{name}");
    }
}

proptest::proptest! {
    #[test]
    fn any_name_gives_addresses_or_none(name in "\\PC{0,60}", unit in "\\PC{0,20}") {
        let places = Places { districts: vec!["huyện Châu Phú".to_owned()], ..Places::default() };
        for scheme in [Scheme::Tiengiang2016, Scheme::Binhthuan2012, Scheme::Angiang2016] {
            for kind in [Kind::Personal, Kind::Agency] {
                let asked = Asked { name: &name, unit: &unit, born: Some(1977), kind };
                for candidate in scheme.forms(&asked, &places).proposed {
                    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
                    proptest::prop_assert!(candidate.local.chars().all(fits), "{}", candidate.local);
                }
            }
        }
    }
}
