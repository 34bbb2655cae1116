//! Excel workbooks before 2007, and the binary ones after: sheets of macros, names that run,
//! links to other programs.
//!
//! Excel 4.0 macros are cells of a sheet, not a project: a workbook without any VBA may run code.

use super::{Found, fields};
use crate::facts::Deed;
use crate::mail::Budget;
use encoding_rs::UTF_16LE;

/// What the records of a workbook say, before it is judged.
#[derive(Default)]
struct Seen {
    macro_sheets: u32,
    hidden_sheets: u32,
    auto: bool,
    calls: bool,
    locked: bool,
    /// Whether records are those of a macro sheet.
    in_macro: bool,
}

/// A workbook's stream, BIFF 2 to 8 (MS-XLS 2.1.4). Whether it is locked with a password.
pub(super) fn workbook(bytes: &[u8], found: &mut Found, budget: &Budget) -> bool {
    let mut seen = Seen::default();
    let mut rest = bytes;
    let mut count = 0u32;
    while let Some((&[a, b, c, d], behind)) = rest.split_first_chunk::<4>() {
        let (kind, length) = (u16::from_le_bytes([a, b]), usize::from(u16::from_le_bytes([c, d])));
        let body = behind.get(..length).unwrap_or(behind);
        record(kind, body, &mut seen, found);
        rest = behind.get(length..).unwrap_or_default();
        count = count.wrapping_add(1);
        if count.is_multiple_of(4096) && budget.check().is_err() {
            break;
        }
    }
    note(&seen, found);
    seen.locked
}

fn record(kind: u16, body: &[u8], seen: &mut Seen, found: &mut Found) {
    match (kind, body) {
        // BOF: 0x40 is a macro sheet.
        (0x0809 | 0x0409 | 0x0209 | 0x0009, [_, _, kind, 0, ..]) => {
            seen.in_macro = *kind == 0x40;
            seen.macro_sheets += u32::from(*kind == 0x40);
        }
        (0x002f, _) => seen.locked = true,
        // BOUNDSHEET: what follows FILEPASS is encrypted.
        (0x0085, [_, _, _, _, state, 1, ..]) if !seen.locked => {
            seen.macro_sheets += 1;
            seen.hidden_sheets += u32::from(state & 3 != 0);
        }
        // LBL: a built-in name is one byte, 1 and 2 are Auto_Open and Auto_Close.
        (0x0018, _) if !seen.locked => seen.auto |= runs_by_name(body),
        (0x01ae, _) if !seen.locked => supbook(body, found),
        (0x0006 | 0x0206 | 0x0406, _) if seen.in_macro => seen.calls |= calls(body),
        _ => {}
    }
}

/// Whether a defined name is one that Excel runs.
fn runs_by_name(body: &[u8]) -> bool {
    let builtin = body.first().is_some_and(|flags| flags & 0x20 != 0);
    // BIFF 8 has a flag byte for the text, BIFF 5 has not.
    let name = body.get(14..).unwrap_or_default();
    if builtin {
        return matches!(name, [0, 1 | 2 | 10 | 11, ..] | [1 | 2 | 10 | 11, ..]);
    }
    let head: Vec<u8> = name.iter().take(64).filter(|byte| **byte != 0).copied().collect();
    let head = head.to_ascii_lowercase();
    head.starts_with(b"auto_open")
        || head.starts_with(b"auto_close")
        || head.starts_with(b"auto_activate")
}

/// Functions of macro sheets that start programs or load code, as tokens of a formula
/// (MS-XLS 2.5.198.63, PtgFuncVar: class, count, function; 2.5.198.62, PtgFunc).
fn calls(formula: &[u8]) -> bool {
    // EXEC, REGISTER, CALL, FOPEN, FWRITE, RUN with text, INITIATE, EXECUTE, SEND.KEYS, FORMULA
    // and FORMULA.FILL write more formulas.
    const FUNCTIONS: &[u16] = &[0x6e, 0x95, 0x96, 0x84, 0x8a, 0x89, 0x59, 0x5d, 0xa8];
    const COMMANDS: &[u16] = &[0x8060];
    formula.windows(4).any(|token| match token {
        [0x22 | 0x42 | 0x62, 1..=30, low, high] => {
            let function = u16::from_le_bytes([*low, *high]);
            FUNCTIONS.contains(&function) || COMMANDS.contains(&function)
        }
        _ => false,
    })
}

/// Another workbook, a DDE server or an OLE object that cells refer to (MS-XLS 2.4.271): server
/// and topic stand with 3 between them.
fn supbook(body: &[u8], found: &mut Found) {
    let text: String = match body.get(4..) {
        Some([1, units @ ..]) => {
            UTF_16LE.decode_without_bom_handling(units).0.chars().take(500).collect()
        }
        Some([_, text @ ..]) => text.iter().take(500).map(|&byte| char::from(byte)).collect(),
        _ => return,
    };
    // A path to another workbook is marked by a control in front, and 3 stands for its slashes.
    let path = text.starts_with(|c: char| c < ' ');
    if let Some((server, topic)) = text.split_once('\u{3}')
        && !path
    {
        found.dde(server, topic);
    }
}

fn note(seen: &Seen, found: &mut Found) {
    if seen.macro_sheets == 0 {
        return;
    }
    let deed = match (seen.auto, seen.hidden_sheets > 0) {
        (true, _) if seen.calls => Deed::MacroCalls,
        (true, true) => Deed::MacroHidden,
        (true, false) => Deed::MacroAuto,
        (false, _) => Deed::Macro,
    };
    let hidden = if seen.hidden_sheets > 0 { ", hidden" } else { "" };
    let auto = if seen.auto { ", run by name" } else { "" };
    found.note(deed, &format!("Excel 4.0 macro sheet{hidden}{auto}"));
}

/// A sheet of macros in a binary workbook.
pub(super) fn binary_macros(bytes: &[u8], found: &mut Found) {
    match calls(bytes) {
        true => {
            found.note(Deed::MacroCalls, "Excel 4.0 macro sheet that starts or loads something")
        }
        false => found.note(Deed::Macro, "Excel 4.0 macro sheet"),
    }
}

/// Links of a binary workbook (MS-XLSB 2.4.183, BrtBeginSupBook): 1 is DDE.
pub(super) fn external(bytes: &[u8], found: &mut Found) {
    let mut rest = bytes;
    while let Some((kind, behind)) = number(rest, 2) {
        let Some((length, behind)) = number(behind, 4) else { return };
        let body = behind.get(..length).unwrap_or(behind);
        if kind == 360
            && let Some((&[sort, 0], texts)) = body.split_first_chunk::<2>()
        {
            let (server, behind) = wide(texts);
            let (topic, _) = wide(behind);
            if sort == 1 {
                found.dde(&server, &topic);
            }
        }
        rest = behind.get(length..).unwrap_or_default();
    }
}

/// A number in pieces of seven bits, lowest first, of at most `most` bytes.
fn number(bytes: &[u8], most: usize) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, &byte) in bytes.iter().take(most).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

/// A text with its count of UTF-16 units in front.
fn wide(bytes: &[u8]) -> (String, &[u8]) {
    let Some((&[a, b, c, d], rest)) = bytes.split_first_chunk::<4>() else {
        return (String::new(), &[]);
    };
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    let end = length.saturating_mul(2).min(rest.len());
    let (text, rest) = rest.split_at(end);
    (UTF_16LE.decode_without_bom_handling(text).0.chars().take(500).collect(), rest)
}

/// A symbolic link file: an Excel 4.0 macro sheet in text where its options say so.
pub(super) fn symbolic(text: &[u8], found: &mut Found) {
    if !text.starts_with(b"ID;") {
        return;
    }
    let has = |line: &[u8]| memchr::memmem::find(text, line).is_some();
    let sheet = text.split(|byte| *byte == b'\n').take(100).any(|line| {
        line.starts_with(b"O;")
            && line.split(|byte| *byte == b';').any(|option| option.trim_ascii() == b"E")
    });
    if sheet {
        let calls = ["EEXEC(", "ECALL(", "EREGISTER("].iter().any(|call| has(call.as_bytes()));
        let auto = has(b"auto_open") || has(b"Auto_open") || has(b"Auto_Open") || has(b"AUTO_OPEN");
        let deed = match (auto, calls) {
            (true, true) => Deed::MacroCalls,
            (true, false) => Deed::MacroAuto,
            _ => Deed::Macro,
        };
        found.note(deed, "Excel 4.0 macro sheet in a symbolic link file");
    }
}

impl Found {
    /// Notes DDE with a server and a topic.
    pub(super) fn dde(&mut self, server: &str, topic: &str) {
        let whole = format!("{server}|{topic}").to_ascii_lowercase();
        self.note(fields::dde(server, &whole), &format!("DDE {server}|{topic}"));
    }
}
