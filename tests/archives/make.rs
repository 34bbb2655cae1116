//! Archives by their bytes, for formats that nothing here writes, and for zips that lie.

/// A header of a zip's member, local or in the directory.
#[derive(Clone)]
pub struct Head {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub packed: u32,
    pub size: u32,
    pub extra: Vec<u8>,
}

impl Head {
    /// A header that tells the truth about a stored member.
    pub fn stored(name: &[u8], content: &[u8]) -> Head {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let size = content.len() as u32;
        let extra = Vec::new();
        Head { name: name.to_vec(), flags: 0, method: 0, crc: crc.sum(), packed: size, size, extra }
    }

    fn fields(&self) -> Vec<u8> {
        [
            &self.flags.to_le_bytes()[..],
            &self.method.to_le_bytes(),
            &[0; 4],
            &self.crc.to_le_bytes(),
            &self.packed.to_le_bytes(),
            &self.size.to_le_bytes(),
            &(self.name.len() as u16).to_le_bytes(),
            &(self.extra.len() as u16).to_le_bytes(),
        ]
        .concat()
    }
}

/// A zip whose members say one thing in front and another one in the directory.
pub fn lying(members: &[(Head, Head, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (local, central, content) in members {
        let at = bytes.len() as u32;
        let head = [&b"PK\x03\x04\x14\0"[..], &local.fields(), &local.name, &local.extra].concat();
        bytes.extend([&head[..], content].concat());
        let entry = [&b"PK\x01\x02\x14\0\x14\0"[..], &central.fields(), &[0; 10]].concat();
        directory.extend([&entry[..], &at.to_le_bytes(), &central.name, &central.extra].concat());
    }
    let count = (members.len() as u16).to_le_bytes();
    let (size, start) = (directory.len() as u32, bytes.len() as u32);
    bytes.extend(&directory);
    bytes.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count].concat());
    bytes.extend([&size.to_le_bytes()[..], &start.to_le_bytes(), &[0, 0]].concat());
    bytes
}

/// compress, without ever using its table: at most 250 bytes, each a code of nine bits.
pub fn compressed(content: &[u8]) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    for &byte in content {
        bits.extend((0..9).map(|bit| u16::from(byte) >> bit & 1 == 1));
    }
    let packed = bits.chunks(8).map(|eight| {
        eight.iter().enumerate().fold(0u8, |byte, (at, &bit)| byte | u8::from(bit) << at)
    });
    [0x1f, 0x9d, 0x90].into_iter().chain(packed).collect()
}

/// cpio in the form that Linux packages use.
pub fn newc(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members.iter().chain(&[("TRAILER!!!", &b""[..])]) {
        let mode = if *name == "TRAILER!!!" { 0 } else { 0o100_644 };
        let mut fields = [0usize; 13];
        (fields[1], fields[6], fields[11]) = (mode, content.len(), name.len() + 1);
        bytes.extend(b"070701");
        bytes.extend(fields.iter().flat_map(|field| format!("{field:08x}").into_bytes()));
        bytes.extend([name.as_bytes(), b"\0"].concat());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// cpio as POSIX has it.
pub fn odc(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members.iter().chain(&[("TRAILER!!!", &b""[..])]) {
        let (length, size) = (name.len() + 1, content.len());
        bytes.extend(format!("070707{:06o}{:06o}{:06o}", 1, 1, 0o100_644).into_bytes());
        bytes.extend(format!("{:024o}{:011o}{length:06o}{size:011o}", 0, 0).into_bytes());
        bytes.extend([name.as_bytes(), b"\0", content].concat());
    }
    bytes
}

/// cpio as the PDP-11 had it, in either order of bytes.
pub fn binary(members: &[(&str, &[u8])], little: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members.iter().chain(&[("TRAILER!!!", &b""[..])]) {
        let size = content.len() as u32;
        let length = name.len() as u16 + 1;
        let (high, low) = ((size >> 16) as u16, size as u16);
        for word in [0o070_707, 1, 1, 0o100_644, 0, 0, 1, 0, 0, 0, length, high, low] {
            bytes.extend(if little { word.to_le_bytes() } else { word.to_be_bytes() });
        }
        bytes.extend([name.as_bytes(), b"\0"].concat());
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
    }
    bytes
}

/// ar; a name that does not fit is written as BSD does.
pub fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let (field, front) = match name.len() < 16 {
            true => (format!("{name}/"), &b""[..]),
            false => (format!("#1/{}", name.len()), name.as_bytes()),
        };
        let size = content.len() + front.len();
        bytes
            .extend(format!("{field:16}{:12}{:6}{:6}{:8}{size:<10}`\n", 0, 0, 0, 644).into_bytes());
        bytes.extend([front, content].concat());
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

/// An rpm around a payload.
pub fn rpm(payload: &[u8]) -> Vec<u8> {
    let header = |entries: u32, store: u32| {
        let head = [&b"\x8e\xad\xe8\x01\0\0\0\0"[..], &entries.to_be_bytes(), &store.to_be_bytes()];
        [head.concat(), vec![0; (entries * 16 + store) as usize]].concat()
    };
    let signature = [vec![0; 96 - 4], header(1, 5), vec![0; 3]].concat();
    [&b"\xed\xab\xee\xdb"[..], &signature, &header(2, 7), payload].concat()
}

/// lzh with stored members under headers of level 0.
pub fn lzh(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members {
        let size = (content.len() as u32).to_le_bytes();
        let head = [
            &b"-lh0-"[..],
            &size,
            &size,
            &[0, 0, 0, 0, 0x20, 0, name.len() as u8],
            name.as_bytes(),
            &crc16(content).to_le_bytes(),
        ]
        .concat();
        let sum = head.iter().fold(0u8, |sum, &byte| sum.wrapping_add(byte));
        bytes.extend([&[head.len() as u8, sum][..], &head, content].concat());
    }
    bytes.push(0);
    bytes
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8)
            .fold(crc ^ u16::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xa001 } else { 0 })
    })
}

/// A cabinet, each member in a folder of its own but the last two.
pub fn cab(kind: cab::CompressionType, members: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut builder = cab::CabinetBuilder::new();
    let folder = builder.add_folder(kind);
    for (name, _) in members {
        folder.add_file(*name);
    }
    let mut writer = builder.build(std::io::Cursor::new(Vec::new())).unwrap();
    let mut contents = members.iter().map(|(_, content)| content);
    while let Some(mut file) = writer.next_file().unwrap() {
        file.write_all(contents.next().unwrap()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A disc image: `names` are those of ISO 9660, of Rock Ridge and of Joliet for one file, in a
/// folder that also leads to itself.
pub fn iso(names: [&str; 3], content: &[u8]) -> Vec<u8> {
    let both = |number: u32| [number.to_le_bytes(), number.to_be_bytes()].concat();
    let record = |place: u32, size: u32, flags: u8, name: &[u8], system: &[u8]| {
        let pad = vec![0; (name.len() + 1) % 2];
        let length = 33 + name.len() + pad.len() + system.len();
        let head = [&[length as u8, 0][..], &both(place), &both(size), &[0; 7], &[flags]].concat();
        [&head[..], &[0; 6], &[name.len() as u8], name, &pad, system].concat()
    };
    let sector = |content: &[u8]| {
        let mut sector = content.to_vec();
        sector.resize(2048, 0);
        sector
    };
    let volume = |kind: u8, escape: &[u8], root: u32| {
        let mut volume = sector(&[&[kind][..], b"CD001\x01"].concat());
        volume[88..88 + escape.len()].copy_from_slice(escape);
        volume[128..130].copy_from_slice(&2048u16.to_le_bytes());
        let root = record(root, 2048, 2, &[0], b"");
        volume[156..156 + root.len()].copy_from_slice(&root);
        volume
    };
    let size = content.len() as u32;
    let long = [&b"NM"[..], &[names[1].len() as u8 + 5, 1, 0], names[1].as_bytes()].concat();
    let wide: Vec<u8> = names[2].encode_utf16().flat_map(u16::to_be_bytes).collect();
    let root = [
        record(19, 2048, 2, &[0], b""),
        record(19, 2048, 2, &[1], b""),
        record(19, 2048, 2, b"LOOP", b""),
        record(21, size, 0, names[0].as_bytes(), &long),
    ];
    let joliet = [record(20, 2048, 2, &[0], b""), record(21, size, 0, &wide, b"")];
    [
        vec![0; 16 * 2048],
        volume(1, b"", 19),
        volume(2, b"%/E", 20),
        volume(255, b"", 0),
        sector(&root.concat()),
        sector(&joliet.concat()),
        sector(content),
    ]
    .concat()
}

/// One attribute of TNEF.
pub fn attribute(level: u8, tag: u32, content: &[u8]) -> Vec<u8> {
    let sum = content.iter().fold(0u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
    let length = (content.len() as u32).to_le_bytes();
    [&[level][..], &tag.to_le_bytes(), &length, content, &sum.to_le_bytes()].concat()
}

/// A TNEF stream of attributes.
pub fn tnef(attributes: &[Vec<u8>]) -> Vec<u8> {
    [&b"\x78\x9f\x3e\x22\x01\0"[..], &attributes.concat()].concat()
}

/// Properties: type, number, content.
pub fn properties(list: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = (list.len() as u32).to_le_bytes().to_vec();
    for (kind, id, content) in list {
        bytes.extend([kind.to_le_bytes(), id.to_le_bytes()].concat());
        if *id >= 0x8000 {
            bytes.extend(
                [&[7; 16][..], &1u32.to_le_bytes(), &4u32.to_le_bytes(), b"a\0\0\0"].concat(),
            );
        }
        if matches!(kind, 0x1e | 0x1f | 0x102 | 0x0d) {
            bytes.extend([1u32.to_le_bytes(), (content.len() as u32).to_le_bytes()].concat());
        }
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// One element of BER with a length that is stated.
pub fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&[tag, 0x84][..], &length, content].concat()
}

/// One element of BER that ends with two zeros.
pub fn open_ended(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80][..], content, &[0, 0]].concat()
}

/// S/MIME of a kind (`2` signed, `3` enveloped) around a content.
pub fn pkcs7(kind: u8, wrap: fn(u8, &[u8]) -> Vec<u8>, content: Option<&[u8]>) -> Vec<u8> {
    let id = |last: u8| der_short(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, last]);
    let held = content.map(|content| {
        let (a, b) = content.split_at(content.len() / 2);
        // Cut once, and the first half once more.
        let inner = wrap(0x24, &[der(4, a), der(4, &b[..b.len() / 2])].concat());
        wrap(0xa0, &wrap(0x24, &[inner, der(4, &b[b.len() / 2..])].concat()))
    });
    let encapsulated = wrap(0x30, &[id(1), held.unwrap_or_default()].concat());
    let algorithms = wrap(0x31, &wrap(0x30, &id(5)));
    let data = wrap(0x30, &[der_short(2, &[1]), algorithms, encapsulated, der(0x31, b"")].concat());
    wrap(0x30, &[id(kind), wrap(0xa0, &data)].concat())
}

fn der_short(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, content.len() as u8][..], content].concat()
}
