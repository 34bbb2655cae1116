//! The guides: their links lead somewhere, and the Vietnamese edition has the commands of the English one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// All pages of the repository that people read.
const PAGES: [&str; 10] = [
    "README.md",
    "README.vi.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "benches/README.md",
    "deploy/README.md",
    "grafana/README.md",
    "rules/README.md",
    "src/ARCHITECTURE.md",
    "src/text/README.md",
];

/// What operators need in both languages.
const SECTIONS: [(&str, &str); 7] = [
    ("Two commands", "Hai lệnh"),
    ("Ten minutes before Postfix", "Mười phút đặt trước Postfix"),
    ("Judge a file", "Xem trước một lá thư"),
    ("Why was this letter refused?", "Vì sao thư này bị từ chối?"),
    ("Kept letters", "Thư giữ lại"),
    ("The directory (danh bạ)", "Danh bạ"),
    ("The first day of an administrator", "Ngày đầu của quản trị viên"),
];

fn section<'a>(page: &'a str, title: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("\n## {title}\n")).expect(title);
    after.split("\n## ").next().unwrap()
}

/// The first block of commands, without the remarks beside them.
fn commands(section: &str) -> Vec<&str> {
    let (_, block) = section.split_once("\n```\n").unwrap();
    let lines = block.split_once("\n```").unwrap().0.lines();
    lines.map(|line| line.split("  #").next().unwrap().trim_end()).collect()
}

/// Every second piece between backticks.
fn words(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// As GitHub makes them of titles.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut code = false;
    let titles = page.lines().filter(|line| {
        code ^= line.starts_with("```");
        !code && line.starts_with('#')
    });
    let anchor = |line: &str| -> String {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    titles.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    for page in PAGES {
        let text = fs::read_to_string(page).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => page.into(),
                file => Path::new(page).parent().unwrap().join(file),
            };
            assert!(path.exists(), "{page}: {target}");
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&path).unwrap());
                assert!(there.contains(anchor), "{page}: {target}: {there:#?}");
            }
        }
    }
}

#[test]
fn each_guide_is_one_document() {
    for page in PAGES {
        let text = fs::read_to_string(page).unwrap();
        let mut code = false;
        let titles = text.lines().filter(|line| {
            code ^= line.starts_with("```");
            !code && line.starts_with("# ")
        });
        assert_eq!(titles.count(), 1, "{page}");
    }
}

#[test]
fn both_languages_have_the_same_commands() {
    let [english, vietnamese] =
        ["README.md", "README.vi.md"].map(|page| fs::read_to_string(page).unwrap());
    for (title, titel) in SECTIONS {
        let (one, other) = (section(&english, title), section(&vietnamese, titel));
        assert_eq!(commands(one), commands(other), "{title}");
    }
    let (title, titel) = ("A letter did not come: where to look", "Thư không đến: xem ở đâu");
    let (one, other) = (section(&english, title), section(&vietnamese, titel));
    let rows = |text: &str| text.lines().filter(|line| line.starts_with('|')).count();
    assert_eq!(rows(one), rows(other));
    let missing: Vec<&str> = words(one).difference(&words(other)).copied().collect();
    assert!(missing.is_empty(), "{titel}: {missing:?}");
    let (one, other) = ("What a sender sees", "Kết quả mà người gửi thấy");
    let replies = |text| -> BTreeSet<String> {
        let codes = words(text).into_iter().filter(|word| word.starts_with(['2', '4', '5']));
        codes.filter(|word| word.len() < 12).map(str::to_owned).collect()
    };
    assert_eq!(replies(section(&english, one)), replies(section(&vietnamese, other)));
}

#[test]
fn the_vietnamese_edition_takes_the_gate_out_by_the_commands_that_are_run() {
    let (guide, text) = ("deploy/README.md", fs::read_to_string("README.vi.md").unwrap());
    for way in ["out proxy", "back proxy", "out milter", "back milter"] {
        let block = crate::support::block(guide, &format!("sh {way}"));
        let line = block.trim().replace('\n', " && ");
        assert!(text.contains(&line), "{line}");
    }
}
