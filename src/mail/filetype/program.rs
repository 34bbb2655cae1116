//! Programs: PE, DOS, ELF, Mach-O, Java, Android.
//!
//! `CAFEBABE` begins a Java class and a fat Mach-O file alike; the number after
//! it tells them apart, since no class is older than version 45.

use super::{FileType, PE, at, known, u16_at, u32_at};

/// Programs by their signatures.
pub(super) fn detect(bytes: &[u8]) -> Option<FileType> {
    if at(bytes, 0, b"MZ") || at(bytes, 0, b"ZM") {
        return dos_or_windows(bytes);
    }
    let magic: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    match magic {
        [0x7f, b'E', b'L', b'F'] => known("elf"),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] | [0xce | 0xcf, 0xfa, 0xed, 0xfe] => known("mach"),
        [0xca, 0xfe, 0xba, 0xbe] => {
            let number = u32::from_be_bytes(bytes.get(4..8)?.try_into().ok()?);
            if number & 0xffff >= 45 { known("class") } else { known("mach") }
        }
        [0xca, 0xfe, 0xba, 0xbf] | [0xbf | 0xbe, 0xba, 0xfe, 0xca] => known("mach"),
        [0, b'a', b's', b'm'] => known("wasm"),
        [b'd', b'e', b'x' | b'y', b'\n'] => known("dex"),
        [b'P', b'E', 0, 0] => known("exe"),
        _ => None,
    }
}

/// A DOS header alone runs on DOS; where it points to says more.
fn dos_or_windows(bytes: &[u8]) -> Option<FileType> {
    let new = u32_at(bytes, 0x3c).and_then(|offset| usize::try_from(offset).ok());
    if let Some(new) = new {
        if at(bytes, new, b"PE\0\0") {
            return if is_library(bytes, new) { known("dll") } else { known("exe") };
        }
        if [b"NE", b"LE", b"LX"].iter().any(|magic| at(bytes, new, *magic)) {
            return known("exe");
        }
    }
    // Letters may begin with MZ too: a program has a byte that no text has.
    let head = bytes.get(..64).unwrap_or(bytes);
    head.contains(&0).then(|| known("dos")).flatten()
}

/// IMAGE_FILE_DLL in the characteristics of the file header.
fn is_library(bytes: &[u8], header: usize) -> bool {
    u16_at(bytes, header.saturating_add(22)).is_some_and(|flags| flags & 0x2000 != 0)
}

/// What kind of PE: 32 or 64 bits, program or library. `None` for anything else.
pub(super) fn describe(bytes: &[u8]) -> Option<&'static str> {
    let header = usize::try_from(u32_at(bytes, 0x3c)?).ok()?;
    if detect(bytes)?.mime != PE || !at(bytes, header, b"PE\0\0") {
        return None;
    }
    let wide = u16_at(bytes, header.saturating_add(24)) == Some(0x20b);
    Some(match (wide, is_library(bytes, header)) {
        (false, false) => "PE32 executable",
        (false, true) => "PE32 library (DLL)",
        (true, false) => "PE32+ executable",
        (true, true) => "PE32+ library (DLL)",
    })
}
