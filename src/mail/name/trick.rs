//! Tricks that make a file name look like another one.
//!
//! People write blanks, dots, colons and accents as they like, so what is a trick
//! in front of `.exe` is mere sloppiness in front of `.docx`: the same construct
//! weighs by what the file would do.

use super::super::{Family, FileType, Weight};
use super::{bare, behind_drive, extension, is_invisible, main_stream, trimmed};
use unicode_normalization::UnicodeNormalization;

/// A trick in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trick {
    /// A stable word for it: `direction`, `double`.
    pub word: &'static str,
    /// What it is, in words for a log line.
    pub about: &'static str,
    /// How much it weighs: only [`Weight::Hiding`] serves no other end than to deceive.
    pub weight: Weight,
}

/// One name, as the looks at it need it.
struct Look<'a> {
    /// As written.
    name: &'a str,
    /// The last step of the path, as written.
    file: &'a str,
    /// Without what nobody sees.
    bare: String,
    /// Whether a double click runs it.
    runs: bool,
}

/// A trick, and the look that tells whether a name plays it.
type Rule = (&'static str, &'static str, fn(&Look) -> Option<Weight>);

/// All tricks; one name may play several.
const RULES: &[Rule] = &[
    ("direction", "characters that turn the direction of writing", direction),
    ("invisible", "characters that nobody sees", invisible),
    ("control", "control characters", control),
    ("trailing", "dots or blanks behind the extension", trailing),
    ("padding", "blanks that push the extension out of sight", padding),
    ("stream", "a stream of another file", stream),
    ("double", "two extensions, of which the last one runs", double),
    ("device", "the name of a device", device),
    ("path", "a path that leads out of its folder", path),
    ("look-alike", "an extension in letters that look like others", look_alike),
    ("dot", "a character that looks like a dot", fake_dot),
    ("long", "more than 255 characters", long),
    ("class", "a class identifier for an extension", class),
];

/// The tricks that a name plays; none for what ordinary people and their systems write,
/// accents in either form (NFC, NFD) and folders of archive members included.
pub fn tricks(name: &str) -> Vec<Trick> {
    if is_plain(name) {
        return Vec::new();
    }
    let file = name.rsplit(['/', '\\']).find(|piece| !trimmed(piece).is_empty()).unwrap_or(name);
    let extension = extension(name);
    let runs = extension.as_deref().is_some_and(runs);
    let look = Look { name, file, bare: bare(name), runs };
    let played = RULES
        .iter()
        .filter_map(|(word, about, play)| play(&look).map(|weight| Trick { word, about, weight }));
    played.collect()
}

/// Most names need no second look: letters, digits, single blanks, and one dot.
fn is_plain(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'(' | b')');
    let (stem, last) = name.rsplit_once('.').unwrap_or((name, "x"));
    let few = name.len() <= 200 && (1..=5).contains(&last.len());
    let device = stem.len() <= 7;
    few && !device && stem.bytes().all(plain) && last.bytes().all(|c| c.is_ascii_alphanumeric())
}

fn runs(extension: &str) -> bool {
    let family = FileType::by_extension(extension).map(|kind| kind.family);
    matches!(family, Some(Family::Executable | Family::Script))
}

/// What serves only to deceive where the file runs, and is sloppy where it does not.
fn if_runs(look: &Look) -> Weight {
    if look.runs { Weight::Hiding } else { Weight::Sloppy }
}

/// U+202E shows `gpj.exe` as `exe.jpg`. Marks and left-to-right pairs come along when a name is
/// copied from a dialogue of Windows or from an Arabic page, and turn nothing around.
fn direction(look: &Look) -> Option<Weight> {
    if look.name.contains(['\u{202b}', '\u{202e}', '\u{2067}', '\u{2068}']) {
        return Some(Weight::Hiding);
    }
    look.name.contains(is_direction).then(|| if_runs(look))
}

/// Joiners and selectors belong to emoji, soft hyphens come from Word: in the stem they are
/// sloppy, in the extension they have no business.
fn invisible(look: &Look) -> Option<Weight> {
    let hidden = |c: char| is_invisible(c) && !c.is_control() && !is_direction(c);
    if !look.file.contains(hidden) {
        return None;
    }
    let extension = look.file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let within = extension.trim_end_matches(hidden).contains(hidden);
    Some(if within { Weight::Hiding } else { if_runs(look) })
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Mailers fold long names and leave the line end in them; VISCII and VPS have letters in the
/// upper control range, which stay where a charset was not declared. Nothing writes the others.
fn control(look: &Look) -> Option<Weight> {
    let folded = |c| matches!(c, '\t' | '\r' | '\n' | '\u{80}'..='\u{9f}');
    if look.name.contains(|c: char| c.is_control() && !folded(c)) {
        return Some(Weight::Hiding);
    }
    look.name.contains(folded).then(|| if_runs(look))
}

/// Windows drops dots and blanks at the end, so `a.exe. .` runs and a filter sees no `exe`.
fn trailing(look: &Look) -> Option<Weight> {
    let seen = look.file.trim_end_matches(is_invisible);
    let cut = trimmed(seen);
    let (_, last) = cut.rsplit_once('.')?;
    (cut.len() < seen.len() && FileType::by_extension(last).is_some()).then(|| if_runs(look))
}

/// Blanks enough that a column of names ends before the extension.
fn padding(look: &Look) -> Option<Weight> {
    const MANY: usize = 10;
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{2800}' | '\u{3164}' | '\u{ffa0}');
    let filler = |c: char| blank(c) || look.runs && matches!(c, '_' | '-' | '.');
    let (mut run, mut before) = (0, 0);
    for (at, c) in look.file.char_indices() {
        match (filler(c), run) {
            (true, 0) => (run, before) = (1, at),
            (true, _) => run += 1,
            (false, MANY..) => {
                let stem = look.file.get(..before).unwrap_or_default();
                let typed = stem.rsplit_once('.').is_some_and(|(_, e)| is_typed(e));
                let weight = if look.runs || typed { Weight::Hiding } else { Weight::Sloppy };
                return Some(weight);
            }
            (false, _) => run = 0,
        }
    }
    None
}

/// Whether a file of this extension is opened by a program that everybody has.
fn is_typed(extension: &str) -> bool {
    FileType::by_extension(trimmed(extension).trim_start()).is_some()
}

/// `a.exe::$DATA` and `a.exe:x` are `a.exe` to NTFS.
fn stream(look: &Look) -> Option<Weight> {
    let mut file = look.file;
    while let Some(rest) = behind_drive(file) {
        file = rest;
    }
    let main = main_stream(file)?;
    let data = file.get(main.len()..).is_some_and(|rest| rest.starts_with("::$"));
    Some(if data { Weight::Hiding } else { if_runs(look) })
}

/// Windows hides the extensions that it knows, so `baocao.pdf.exe` is shown as `baocao.pdf`.
fn double(look: &Look) -> Option<Weight> {
    let mut pieces = look.bare.rsplit('.');
    pieces.next().filter(|_| look.runs)?;
    let shown = pieces.next()?.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    pieces.next()?;
    let family = FileType::by_extension(&shown).map(|kind| kind.family)?;
    let harmless = !matches!(family, Family::Executable | Family::Script | Family::Unknown);
    harmless.then_some(Weight::Hiding)
}

/// Names that Windows opens as devices whatever their extension: such a file can be neither
/// scanned nor deleted. `con` also means child: such a picture is nobody's trick.
fn device(look: &Look) -> Option<Weight> {
    const NAMES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
    let stem = look.bare.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let mut rest = stem.chars().skip(3);
    let port = matches!(stem.get(..3), Some("com" | "lpt"))
        && rest.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'))
        && rest.next().is_none();
    (port || NAMES.contains(&&*stem)).then(|| if_runs(look))
}

/// Steps upward leave the folder that a reader extracts to; old browsers send whole paths.
/// `12/QĐ-UBND.pdf` is the number of a decision.
fn path(look: &Look) -> Option<Weight> {
    let upward = |step: &str| step.trim_matches(|c: char| c.is_whitespace()) == "..";
    if look.name.split(['/', '\\']).any(upward) {
        return Some(Weight::Hiding);
    }
    let shared = look.name.starts_with("\\\\");
    let absolute = look.name.starts_with(['/', '\\'])
        || behind_drive(look.name).is_some_and(|rest| rest.starts_with(['/', '\\']));
    if shared { Some(Weight::Hiding) } else { absolute.then_some(Weight::Sloppy) }
}

/// Letters that are drawn as an ASCII letter, and that one. Full-width, mathematical and circled
/// forms are folded apart.
const DRAWN: &[(char, &str)] = &[
    ('a', "аɑα"),
    ('b', "ьᏏƅ"),
    ('c', "сϲⅽ"),
    ('d', "ԁⅾ"),
    ('e', "еҽℯ"),
    ('h', "һℎ"),
    ('i', "іıιⅰ"),
    ('j', "јϳ"),
    ('l', "ӏⅼǀ"),
    ('m', "мⅿ"),
    ('n', "ո"),
    ('o', "оοօ"),
    ('p', "рρ"),
    ('q', "ԛ"),
    ('r', "гᴦ"),
    ('s', "ѕꜱ"),
    ('t', "т"),
    ('v', "ѵνⅴ"),
    ('w', "ԝѡ"),
    ('x', "хχⅹ×"),
    ('y', "уү"),
    ('z', "ᴢ"),
];

/// `.ехе` in Cyrillic letters is no program to Windows and one to a person who renames it.
fn look_alike(look: &Look) -> Option<Weight> {
    let (_, last) = look.bare.rsplit_once('.').filter(|(_, last)| !last.is_ascii())?;
    let kind = FileType::by_extension(&drawn(last))?;
    let harmful = matches!(kind.family, Family::Executable | Family::Script);
    Some(if harmful { Weight::Hiding } else { Weight::Odd })
}

/// Letters as the ASCII letters that they are drawn as.
fn drawn(text: &str) -> String {
    let plain = text.nfkc().flat_map(char::to_lowercase);
    let drawn =
        |c: char| DRAWN.iter().find(|(_, same)| same.contains(c)).map(|(letter, _)| *letter);
    plain.map(|c| drawn(c).unwrap_or(c)).collect()
}

/// Dots of other scripts, which some programs turn into dots: `a․exe`.
fn fake_dot(look: &Look) -> Option<Weight> {
    const DOTS: &[char] = &[
        '\u{2024}', '\u{ff0e}', '\u{fe52}', '\u{ff61}', '\u{3002}', '\u{a4f8}', '\u{6d4}',
        '\u{701}',
    ];
    let mut behind = look.bare.split(DOTS).skip(1);
    let family = behind.find_map(|piece| {
        let extension = drawn(piece.split('.').next()?.trim());
        FileType::by_extension(&extension).map(|kind| kind.family)
    })?;
    let harmful = look.runs || matches!(family, Family::Executable | Family::Script);
    Some(if harmful { Weight::Hiding } else { Weight::Odd })
}

/// Longer than any file system keeps: what is cut off is the extension.
fn long(look: &Look) -> Option<Weight> {
    const LONGEST: usize = 255;
    (look.file.encode_utf16().count() > LONGEST).then(|| if_runs(look))
}

/// `a.{3050F4D8-98B5-11CF-BB82-00AA00BDCE0B}` is opened by the class, and shown as `a`.
fn class(look: &Look) -> Option<Weight> {
    let (_, last) = look.bare.rsplit_once('.')?;
    let inside = last.strip_prefix('{')?.strip_suffix('}')?;
    let groups: Vec<usize> = inside.split('-').map(str::len).collect();
    let hex = inside.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    (hex && groups == [8, 4, 4, 4, 12]).then_some(Weight::Hiding)
}
