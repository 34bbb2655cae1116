//! What an operator says of his province: its domain, its districts, official short names.

use super::Asked;
use super::body::{Body, Class, is_place};
use super::words::{joined, plain_words};

/// The settings of a naming scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Behind the `@` of persons.
    pub domain: String,
    /// Districts, each with its kind in front: `huyện Chợ Gạo`.
    pub districts: Vec<String>,
    /// Official short names: a body, and the local parts that are its own, the first of them
    /// proposed. One with an `@` has a domain of its own.
    pub short: Vec<(String, Vec<String>)>,
    /// Names of communes that stand in more than one district.
    pub repeated: Vec<String>,
}

impl Places {
    /// The official short names of a body.
    pub(super) fn short(&self, name: &str) -> &[String] {
        let wanted = plain_words(name);
        let found = self.short.iter().find(|(body, _)| plain_words(body) == wanted);
        found.map_or(&[], |(_, names)| names)
    }

    /// The local part of a district: its official short name, else its name in full.
    pub(super) fn district(&self, name: &str) -> String {
        let body = Body::new(name);
        match self.short(&body.words.join(" ")).first() {
            Some(short) => short.clone(),
            None => joined(body.name()),
        }
    }

    /// The districts that are meant by a name with or without its kind.
    pub(super) fn districts_called(&self, name: &str) -> Vec<&String> {
        let body = Body::new(name);
        let asked = joined(body.name());
        let fits = |known: &&String| {
            let known = Body::new(known);
            let kind =
                body.kind.is_empty() || body.class != Class::District || body.kind == known.kind;
            kind && joined(known.name()) == asked
        };
        self.districts.iter().filter(fits).collect()
    }

    /// The body that is asked for, and the one above: told, or standing behind its name.
    pub(super) fn named(&self, asked: &Asked<'_>) -> (String, String) {
        let name = asked.name.to_owned();
        match asked.unit.trim() {
            "" => self.parted(&name).unwrap_or((name, String::new())),
            unit => (name, unit.to_owned()),
        }
    }

    /// A name that ends in a district's, parted: `Phòng Nội vụ` of `huyện Châu Phú`. Behind the
    /// name of a place only a district with its kind is one: `thị trấn An Phú` is whole.
    fn parted(&self, name: &str) -> Option<(String, String)> {
        let body = Body::new(name);
        (1..body.words.len()).filter(|at| body.is_named_before(*at)).find_map(|at| {
            let (unit, place) = body.words.split_at_checked(at)?;
            let place = place.join(" ");
            if is_place(body.class) && Body::new(&place).kind.is_empty() {
                return None;
            }
            let district = self.districts_called(&place).first().map(|name| (*name).clone())?;
            Some((unit.join(" "), district))
        })
    }

    /// Local parts that belong to districts and bodies, whether or not their mailbox is there.
    pub fn reserved(&self) -> impl Iterator<Item = String> {
        let districts = self.districts.iter().map(|name| self.district(name));
        districts.chain(self.short.iter().flat_map(|(_, names)| names.iter().cloned()))
    }
}
