//! The configuration of the package and its manual page: every setting that there is, and no other.

use congthu::config::Config;
use congthu::tomlfile::Source;
use std::collections::BTreeSet;
use std::fs;

/// The settings that the program reads, by name.
fn settings() -> BTreeSet<String> {
    let source = ["mod", "engine", "log", "milter"]
        .map(|file| fs::read_to_string(format!("src/config/{file}.rs")).unwrap());
    let fields = source.iter().flat_map(|text| text.lines());
    let fields = fields.filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "));
    let sections = [
        "smtp",
        "milter",
        "http",
        "rules",
        "engine",
        "spool",
        "quarantine",
        "limits",
        "state",
        "log",
    ];
    let inner = ["route", "tls", "clamav", "rspamd", "spamassassin"];
    let name = |(name, _): (&str, &str)| name.to_owned();
    fields
        .map(name)
        .filter(|name| {
            !name.starts_with("fn ") && !sections.contains(&&**name) && !inner.contains(&&**name)
        })
        .collect()
}

/// The file with every setting in it: what is commented out is no comment any more.
fn whole() -> String {
    let text = fs::read_to_string("deploy/congthu.toml").unwrap();
    let setting = |line: &str| {
        let word = line.trim_start_matches("# ");
        word.starts_with('[') || word.split(' ').nth(1) == Some("=")
    };
    let lines = text.lines().filter(|line| setting(line));
    lines.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect()
}

#[test]
fn the_packages_configuration_shows_every_setting_with_its_default() {
    let text = whole();
    let shown: BTreeSet<String> =
        text.lines().filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect();
    assert_eq!(shown, settings());
    // Without what names files of one's own, it is right as it stands.
    let mine = ["cert", "key", "ca"].map(|key| format!("{key} = "));
    let plain: String = text
        .lines()
        .filter(|line| !mine.iter().any(|key| line.starts_with(key)))
        .map(|line| format!("{line}\n"))
        .collect();
    let config = Config::parse(&Source::new("congthu.toml", plain.into_bytes()).unwrap()).unwrap();
    let default = Config::default();
    assert_eq!(format!("{:?}", config.limits), format!("{:?}", default.limits));
    assert_eq!(config.spool.budget, default.spool.budget);
    assert_eq!(config.spool.memory, default.spool.memory);
    assert_eq!(config.quarantine.days, default.quarantine.days);
    assert_eq!(config.state.records_days, default.state.records_days);
    assert_eq!(config.smtp.hostname, default.smtp.hostname);
    assert_eq!(config.http.listen, default.http.listen);
}

#[test]
fn the_containers_configuration_is_understood() {
    let compose = fs::read_to_string("deploy/compose.yaml").unwrap();
    let (_, block) = compose.split_once("  gate:\n    content: |\n").unwrap();
    let lines = block.lines().take_while(|line| line.starts_with("      "));
    let text: String = lines.map(|line| format!("{}\n", line.trim())).collect();
    let config = Config::parse(&Source::new("congthu.toml", text.into_bytes()).unwrap()).unwrap();
    assert_eq!(config.smtp.upstream, ["172.30.25.11:10026"]);
    assert!(config.engine.clamav.is_some() && config.engine.rspamd.is_some());
}

#[test]
fn the_manual_page_explains_every_setting() {
    let page = fs::read_to_string("deploy/congthu.toml.5").unwrap();
    let mut lines = page.lines();
    let mut explained = BTreeSet::new();
    while let Some(line) = lines.next() {
        if line == ".TP" {
            let name = lines.next().unwrap();
            explained.extend(name.strip_prefix(".B ").map(str::to_owned));
        }
    }
    assert_eq!(explained, settings());
    let mut man = std::process::Command::new("groff");
    man.args(["-man", "-Tascii", "-ww", "-z", "deploy/congthu.toml.5"]);
    let output = man.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
