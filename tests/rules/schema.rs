//! The schema for editors: right about the shipped files, and with the keys that the loader knows.

use super::{catalogue, load};
use serde_json::Value;
use std::fs;

/// Holds a value against the words of JSON Schema that the schema uses, most patterns left out.
fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        return fits(value, &root["definitions"][name.rsplit('/').next().unwrap()], root);
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(options) = schema[several].as_array() {
            let right = options.iter().filter(|option| fits(value, option, root).is_ok()).count();
            if right == 0 || several == "oneOf" && right > 1 {
                return Err(format!("{value} fits {right} of {several}"));
            }
        }
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    let right = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    if !right {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    // Of patterns only that of the operators' own findings: `^(words|…)\.…`.
    let families =
        schema["pattern"].as_str().and_then(|text| text.strip_prefix("^(")?.split_once(')'));
    if let (Some((families, _)), Some(text)) = (families, value.as_str()) {
        let family = text.split('.').next().unwrap();
        if !families.split('|').any(|known| known == family) {
            return Err(format!("{text}: unknown family"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        fits(item, &schema["items"], root)?;
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        value.get(key.as_str().unwrap()).ok_or(format!("{key} is missing"))?;
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(schema), _) => fits(inner, schema, root).map_err(|e| format!("{key}: {e}"))?,
            (None, Value::Bool(false)) => return Err(format!("unknown key {key}")),
            (None, schema) => fits(inner, schema, root).map_err(|e| format!("{key}: {e}"))?,
        }
    }
    Ok(())
}

fn schema() -> Value {
    congthu::rules::schema(&catalogue())
}

fn read(text: &str) -> Option<Value> {
    serde_json::to_value(toml::from_str::<toml::Table>(text).ok()?).ok()
}

#[test]
fn shipped_files_fit_the_schema() {
    let schema = schema();
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let value = read(&fs::read_to_string(&path).unwrap()).unwrap();
            fits(&value, &schema, &schema)
                .unwrap_or_else(|told| panic!("{}: {told}", path.display()));
        }
    }
}

#[test]
fn mistakes_of_form_do_not_fit_the_schema() {
    let schema = schema();
    for name in [
        "unknown-action",
        "unknown-cause",
        "unknown-condition",
        "unknown-finding",
        "unknown-grade",
        "unknown-key",
        "unknown-mode",
        "unknown-role",
        "unknown-section",
        "unknown-setting",
        "unknown-status",
        "wrong-type",
        "wrong-type-number",
        "reply-in-one-language",
    ] {
        let text = fs::read_to_string(format!("fixtures/rules/bad/{name}/local.toml")).unwrap();
        let value = read(&text).unwrap_or_else(|| panic!("{name}"));
        assert!(fits(&value, &schema, &schema).is_err(), "{name}");
    }
}

#[test]
fn the_schema_has_the_keys_that_the_loader_knows() {
    let schema = schema();
    let rule = &schema["properties"]["rule"]["items"];
    let of = |table: &str| schema["properties"][table].clone();
    let list = |table: &str| schema["properties"][table]["additionalProperties"].clone();
    for (head, known) in [
        ("", schema.clone()),
        ("[limits]\n", of("limits")),
        ("[replies]\n", of("replies")),
        ("[sets]\n", of("sets")),
        ("[archives]\n", of("archives")),
        ("[attachments]\n", of("attachments")),
        ("[spam]\n", of("spam")),
        ("[words.a]\n", list("words")),
        ("[sender.a]\n", list("sender")),
        ("[name.a]\n", list("name")),
        ("[message.a]\n", list("message")),
        ("[[rule]]\n", rule.clone()),
        ("[[rule]]\n[rule.where]\n", rule["properties"]["where"].clone()),
        ("[[rule]]\n[[rule.example]]\n", rule["properties"]["example"]["items"].clone()),
    ] {
        // No key is near this one, so all are told, unless they are too many.
        let told =
            load(&[("local/base.toml", &format!("{head}qqqqqqqqqqqqqqqqqqqqqqqqqqq = 1\n"))])
                .map(drop)
                .unwrap_err();
        let Some((_, keys)) = told.lines().next().unwrap().split_once("known here: ") else {
            assert!(known["properties"].as_object().unwrap().len() > 20, "{head}: {told}");
            continue;
        };
        let mut keys: Vec<&str> = keys.split(", ").map(|key| key.trim_matches('`')).collect();
        keys.sort_unstable();
        let mut ours: Vec<&str> =
            known["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        ours.sort_unstable();
        assert_eq!(keys, ours, "{head}");
    }
}
