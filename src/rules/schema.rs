//! The form of a rule file as JSON Schema, for editors that complete and underline.
//!
//! It says what a file may look like; what it may mean (sets, conditions that never hold, senders
//! that nobody vouches for) only `congthu rules check` knows. A test holds its keys against those
//! that the loader knows.

use super::compile::words_of;
use super::lists::Place;
use super::moment::DAYS;
use super::policy::ROLES;
use crate::mail::Direction;
use crate::verdict::{Action, Catalogue, Cause, Grade};
use serde_json::{Map, Value, json};

/// The schema (draft-07, which editors for TOML read).
pub fn schema(catalogue: &Catalogue) -> Value {
    let words = json!({ "$ref": "#/definitions/words" });
    let keys = [head(&words), settings(&words), lists(&words)].concat();
    let rule = json!({ "type": "array", "items": rule(&words, catalogue) });
    let mut schema = table(&[keys, vec![("rule", rule)]].concat());
    if let Some(top) = schema.as_object_mut() {
        top.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        top.insert("title".to_owned(), json!("congthu: rules/<id>.toml"));
        top.insert("definitions".to_owned(), definitions());
    }
    schema
}

/// Keys with what they may hold.
type Keys = Vec<(&'static str, Value)>;

/// What a policy is, and what it says.
fn head(words: &Value) -> Keys {
    let text = json!({ "type": "string" });
    let texts = json!({ "$ref": "#/definitions/texts" });
    let replies = ["policy", "size", "content", "tempfail"].map(|key| (key, texts.clone()));
    vec![
        ("id", text.clone()),
        ("title", text.clone()),
        ("source", text.clone()),
        ("status", json!({ "enum": ["in force", "replaced"] })),
        ("mode", json!({ "enum": ["enforce", "observe"] })),
        ("extends", text.clone()),
        ("recipients", words.clone()),
        ("contact", text),
        ("replies", table(&replies)),
    ]
}

/// Limits, formats, sets.
fn settings(words: &Value) -> Keys {
    let size = json!({ "$ref": "#/definitions/size" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let sizes = ["message", "attachments", "line", "unpacked"].map(|key| (key, size.clone()));
    let counts = ["ratio", "members", "depth", "parts"].map(|key| (key, count.clone()));
    let named = json!({ "type": "object", "additionalProperties": words });
    vec![
        ("limits", table(&[sizes, counts].concat())),
        ("archives", table(&[("passwords", words.clone())])),
        ("attachments", table(&[("allow", words.clone())])),
        ("spam", table(&[("report", json!({ "$ref": "#/definitions/amount" }))])),
        ("directory", json!({ "type": "object" })),
        ("formats", named.clone()),
        ("sets", table(&[("formats", named.clone()), ("domains", named)])),
    ]
}

/// The operators' own findings.
fn lists(words: &Value) -> Keys {
    let text = json!({ "type": "string" });
    let list = |keys: &[(&str, Value)]| {
        json!({ "type": "object", "additionalProperties": table(keys),
            "propertyNames": { "pattern": "^[a-z0-9-]{1,40}$" } })
    };
    let places = one_of(&Place::ALL.map(Place::name));
    let each =
        |keys: &[&'static str]| -> Keys { keys.iter().map(|key| (*key, words.clone())).collect() };
    let file = || vec![("file", text.clone())];
    let exact = vec![("exact", json!({ "type": "boolean" })), ("in", places)];
    let header = vec![("header", text.clone())];
    vec![
        ("words", list(&[each(&["phrases"]), file(), exact].concat())),
        ("sender", list(&[each(&["address", "client", "helo"]), file()].concat())),
        ("name", list(&[each(&["glob"]), file()].concat())),
        ("message", list(&[each(&["value", "recipient"]), header].concat())),
    ]
}

/// A table with these keys and no others.
fn table(keys: &[(&str, Value)]) -> Value {
    let keys: Map<String, Value> =
        keys.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    json!({ "type": "object", "properties": keys, "additionalProperties": false })
}

fn definitions() -> Value {
    let size = "^ *[0-9]+(\\.[0-9]+)? *([kKmMgGtT]?[iI]?[bB])?$";
    json!({
        "words": { "oneOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } } ] },
        "size": { "oneOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": size } ] },
        "amount": { "oneOf": [ { "type": "number" }, { "type": "string", "pattern": size } ] },
        "texts": {
            "type": "object",
            "properties": { "vi": { "type": "string" }, "en": { "type": "string" } },
            "required": ["vi", "en"],
            "additionalProperties": false },
    })
}

/// One of these words, or a list of them.
fn one_of(words: &[&str]) -> Value {
    json!({ "oneOf": [
        { "enum": words },
        { "type": "array", "minItems": 1, "items": { "enum": words } } ] })
}

/// A finding of the catalogue, or one of the operators' own.
fn findings(catalogue: &Catalogue) -> Value {
    let names: Vec<&str> = catalogue.iter().map(|kind| kind.name).collect();
    let one = json!({ "anyOf": [
        { "enum": names },
        { "type": "string", "pattern": "^(words|sender|name|message)\\.[a-z0-9-]{1,40}$" } ] });
    json!({ "oneOf": [ one, { "type": "array", "minItems": 1, "items": one } ] })
}

fn rule(words: &Value, catalogue: &Catalogue) -> Value {
    let text = json!({ "type": "string" });
    let actions = Action::ALL.map(Action::name);
    let conditions = conditions(words, catalogue);
    let mut rule = table(&[
        ("id", text.clone()),
        ("finding", findings(catalogue)),
        ("where", conditions.clone()),
        ("unless", conditions),
        ("action", json!({ "enum": actions })),
        ("mode", json!({ "enum": ["enforce", "shadow", "off"] })),
        ("until", json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })),
        ("note", text.clone()),
        ("keep", json!({ "type": "boolean" })),
        ("article", text.clone()),
        ("reply", json!({ "$ref": "#/definitions/texts" })),
        (
            "example",
            json!({ "type": "array", "items": {
            "type": "object",
            "properties": { "mail": text, "expect": { "enum": actions }, "from": text, "to": text },
            "required": ["mail", "expect"],
            "additionalProperties": false } }),
        ),
    ]);
    if let Some(rule) = rule.as_object_mut() {
        // One with an id may change a rule of the file below it.
        let whole = json!({ "required": ["finding", "action"] });
        rule.insert("anyOf".to_owned(), json!([whole, { "required": ["id"] }]));
    }
    rule
}

fn conditions(words: &Value, catalogue: &Catalogue) -> Value {
    let amount = json!({ "$ref": "#/definitions/amount" });
    table(&[
        ("role", one_of(&ROLES)),
        ("name", words.clone()),
        ("type", words.clone()),
        ("sender", words.clone()),
        ("recipient", words.clone()),
        ("client", words.clone()),
        ("helo", words.clone()),
        ("direction", one_of(&words_of::<Direction>())),
        ("hours", words.clone()),
        ("weekday", one_of(&DAYS)),
        ("with", findings(catalogue)),
        ("cause", one_of(&words_of::<Cause>())),
        ("grade", one_of(&words_of::<Grade>())),
        ("what", words.clone()),
        ("over", amount.clone()),
        ("at_least", amount),
    ])
}
