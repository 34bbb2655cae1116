//! Images of discs and disks, most of which are known by what stands far inside or at the end.
//!
//! A mounted image carries no mark of the web, which is why malware is sent in
//! one; a file system needs no signature at offset 0 to be mounted.

use super::{FileType, at, known, tail, u16_at, u32_at};

/// The type of an image; `None` for anything else.
pub(super) fn detect(bytes: &[u8]) -> Option<FileType> {
    // ISO 9660 and UDF describe their volumes from sector 16 on.
    const VOLUMES: &[usize] = &[0x8000, 0x8800, 0x9000];
    let volume = |at_sector: &usize| {
        let identifier = bytes.get(at_sector + 1..at_sector + 6);
        matches!(identifier, Some(b"CD001" | b"BEA01" | b"NSR02" | b"NSR03" | b"CDROM"))
    };
    // Raw sectors of a disc begin with this mark (ECMA-130 14.2).
    let raw = at(bytes, 0, b"\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0");
    if raw || VOLUMES.iter().any(volume) {
        return known("iso");
    }
    trailer(bytes).or_else(|| is_file_system(bytes).then(|| known("img")).flatten())
}

/// Disks that end in the record which describes them.
fn trailer(bytes: &[u8]) -> Option<FileType> {
    if tail(bytes, 512).starts_with(b"koly") {
        return known("dmg");
    }
    let vhd = [512, 511].iter().any(|&length| tail(bytes, length).starts_with(b"conectix"));
    vhd.then(|| known("vhd")).flatten()
}

/// An image in a file that begins as another type: the whole identifier of a volume (ECMA-119
/// 8.4), or the record at the end.
pub(super) fn behind(bytes: &[u8]) -> Option<FileType> {
    if at(bytes, 0x8000, b"\x01CD001\x01") {
        return known("iso");
    }
    trailer(bytes)
}

/// A sector that boots, or the block that describes a file system of another kind.
fn is_file_system(bytes: &[u8]) -> bool {
    if at(bytes, 510, b"\x55\xaa") {
        let named = at(bytes, 54, b"FAT") || at(bytes, 82, b"FAT32");
        let windows = at(bytes, 3, b"NTFS    ") || at(bytes, 3, b"EXFAT   ");
        let table = at(bytes, 512, b"EFI PART") || is_partitioned(bytes);
        return named || windows || table || is_fat(bytes);
    }
    let mac =
        at(bytes, 1024, b"H+\0\x04") || at(bytes, 1024, b"HX\0\x05") || at(bytes, 32, b"NXSB");
    mac || is_ext(bytes)
}

/// A boot record: each of four entries is empty, or has a type, a start and a length.
fn is_partitioned(bytes: &[u8]) -> bool {
    let entry = |number: usize| {
        let at = 446 + number * 16;
        let status = bytes.get(at).copied().unwrap_or(1);
        let kind = bytes.get(at + 4).copied().unwrap_or(0);
        let sectors = u32_at(bytes, at + 8).zip(u32_at(bytes, at + 12));
        let used = kind != 0 && sectors.is_some_and(|(start, count)| start > 0 && count > 0);
        (matches!(status, 0 | 0x80) && (used || kind == 0), used)
    };
    let entries: Vec<(bool, bool)> = (0..4).map(entry).collect();
    entries.iter().all(|(valid, _)| *valid) && entries.iter().any(|(_, used)| *used)
}

/// FAT whose label does not say so: the block that Windows mounts it by.
fn is_fat(bytes: &[u8]) -> bool {
    let jumps = matches!(bytes.first(), Some(0xeb | 0xe9));
    let sector = matches!(u16_at(bytes, 11), Some(512 | 1024 | 2048 | 4096));
    let cluster = bytes.get(13).is_some_and(|count| count.is_power_of_two());
    let reserved = u16_at(bytes, 14).is_some_and(|count| count > 0);
    let tables = matches!(bytes.get(16), Some(1 | 2));
    let media = matches!(bytes.get(21), Some(0xf0 | 0xf8..=0xff));
    jumps && sector && cluster && reserved && tables && media
}

/// The superblock of ext2 to ext4: its mark, and four small numbers.
fn is_ext(bytes: &[u8]) -> bool {
    let small = |offset, most| u32_at(bytes, offset).is_some_and(|number| number <= most);
    at(bytes, 0x438, b"\x53\xef")
        && matches!(u16_at(bytes, 0x43c), Some(1..=3))
        && small(0x418, 6)
        && small(0x448, 4)
        && small(0x44c, 1)
}
