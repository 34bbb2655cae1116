//! What is known of file types: media type, names, what they do, how to call them.
//!
//! The first name of a row is the usual one. A name promises what the reader's
//! system would do with the file, so `.scr` stands with `.exe`.

use super::Family::{self, Archive, Executable, Script};
use super::FileType;
use super::documents::{ALIASES, DOCUMENTS, MEDIA, TEXTS};
use std::collections::HashMap;
use std::sync::LazyLock;

/// One type: media type, names (the usual one first), family, words for a log line.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) &'static [&'static str],
    pub(super) Family,
    pub(super) &'static str,
);

impl Row {
    /// The type that this row describes.
    fn kind(&self) -> FileType {
        FileType {
            mime: self.0,
            extension: self.1.first().copied().unwrap_or_default(),
            family: self.2,
        }
    }
}

/// The type that files of this extension promise to be.
pub(super) fn by_extension(extension: &str) -> Option<FileType> {
    // Asked for every part, often more than once: looking through all rows costs as much as half
    // of the other looks at a short text.
    static KINDS: LazyLock<HashMap<&str, FileType>> = LazyLock::new(|| {
        let pairs = rows().flat_map(|row| row.1.iter().map(|extension| (*extension, row.kind())));
        // The first row of an extension is meant.
        pairs.rev().collect()
    });
    KINDS.get(extension).copied()
}

/// The type of this media type, aliases resolved.
pub(super) fn by_mime(mime: &str) -> Option<FileType> {
    let mime = ALIASES.iter().find(|(alias, _)| *alias == mime).map_or(mime, |(_, mime)| mime);
    rows().find(|row| row.0 == mime).map(Row::kind)
}

/// The type of this media type and usual extension.
pub(super) fn recall(mime: &str, extension: &str) -> Option<FileType> {
    rows().map(Row::kind).find(|kind| (kind.mime, kind.extension) == (mime, extension))
}

/// Words for a log line: `Windows shortcut`.
pub(super) fn about(kind: FileType) -> Option<&'static str> {
    rows().find(|row| row.0 == kind.mime && row.1.first() == Some(&kind.extension)).map(|row| row.3)
}

fn rows() -> impl DoubleEndedIterator<Item = &'static Row> {
    [EXECUTABLES, SCRIPTS, ARCHIVES, DOCUMENTS, MEDIA, TEXTS].into_iter().flatten()
}

const PE: &str = "application/vnd.microsoft.portable-executable";
const ZIPPED: &str = "application/zip";

/// Whatever a double click starts: programs, their libraries, installers, shortcuts, images of
/// disks (a mounted image carries no mark of the web, which is why senders of malware use them).
const EXECUTABLES: &[Row] = &[
    Row(
        PE,
        &["exe", "scr", "pif", "com", "sfx", "efi", "mui", "vxd", "bpl"],
        Executable,
        "PE executable",
    ),
    Row(PE, &["dll", "cpl", "ocx", "sys", "drv", "xll", "ax", "wll"], Executable, "PE library"),
    Row("application/x-dosexec", &["dos"], Executable, "DOS executable"),
    Row(
        "application/x-executable",
        &["elf", "so", "ko", "axf", "run", "appimage"],
        Executable,
        "ELF file",
    ),
    Row("application/x-mach-binary", &["mach", "dylib", "app"], Executable, "Mach-O file"),
    Row("application/java-vm", &["class"], Executable, "Java class"),
    Row("application/java-archive", &["jar", "war", "ear"], Executable, "Java archive"),
    Row("application/vnd.android.dex", &["dex", "odex"], Executable, "Android program (dex)"),
    Row(
        "application/vnd.android.package-archive",
        &["apk", "aab", "apks", "xapk"],
        Executable,
        "Android package",
    ),
    Row("application/x-ios-app", &["ipa"], Executable, "iOS package"),
    Row("application/vnd.symbian.install", &["sis", "sisx"], Executable, "Symbian package"),
    Row("application/wasm", &["wasm"], Executable, "WebAssembly module"),
    Row("application/x-msi", &["msi", "msp", "mst", "msu"], Executable, "Windows installer"),
    Row(
        "application/msix",
        &["msix", "appx", "msixbundle", "appxbundle", "appinstaller"],
        Executable,
        "Windows app package",
    ),
    Row("application/x-ms-shortcut", &["lnk"], Executable, "Windows shortcut"),
    Row(
        "application/x-mswinurl",
        &["url", "website", "webloc", "inetloc", "fileloc", "appref-ms", "mcf", "xnk", "webpnp"],
        Executable,
        "Internet shortcut",
    ),
    Row("application/x-desktop", &["desktop"], Executable, "desktop shortcut"),
    Row("application/x-windows-sandbox", &["wsb"], Executable, "Windows Sandbox with a command"),
    Row("application/x-openvpn-profile", &["ovpn"], Executable, "VPN profile with scripts"),
    Row(
        "application/vnd.flatpak.ref",
        &["flatpakref", "flatpakrepo", "snap"],
        Executable,
        "Linux app",
    ),
    Row("application/x-rdp", &["rdp", "ica"], Executable, "remote desktop link"),
    Row(
        "application/x-apple-aspen-config",
        &["mobileconfig", "mobileprovision"],
        Executable,
        "Apple configuration profile",
    ),
    Row(
        "application/x-msaccess-program",
        &[
            "mde", "accde", "ade", "adp", "mda", "accda", "mad", "maf", "mag", "mam", "maq", "mar",
            "mas", "mat", "mau", "mav", "maw", "mdt", "mdw", "mdz",
        ],
        Executable,
        "Access program or shortcut",
    ),
    Row(
        "application/x-windows-library",
        &["library-ms", "searchconnector-ms", "search-ms"],
        Executable,
        "Windows library",
    ),
    Row(
        "application/x-windows-settings",
        &[
            "settingcontent-ms",
            "appcontent-ms",
            "diagcab",
            "diagcfg",
            "diagpkg",
            "theme",
            "themepack",
            "deskthemepack",
            "printerexport",
            "ppkg",
            "prf",
        ],
        Executable,
        "Windows settings link",
    ),
    Row(
        "application/x-ms-application",
        &["application", "gadget", "vsix", "xbap", "vsto", "xap"],
        Executable,
        "ClickOnce manifest",
    ),
    Row("application/vnd.ms-htmlhelp", &["chm", "its"], Executable, "compiled help file"),
    Row("application/winhlp", &["hlp", "hpj"], Executable, "Windows help file"),
    Row("application/x-iso9660-image", &["iso", "udf", "nrg", "toast"], Executable, "disc image"),
    Row("application/x-disk-image", &["img", "ima", "vfd"], Executable, "disk image"),
    Row("application/x-vhd", &["vhd"], Executable, "virtual disk (VHD)"),
    Row("application/x-vhdx", &["vhdx"], Executable, "virtual disk (VHDX)"),
    Row(
        "application/x-virtual-disk",
        &["vmdk", "qcow2", "vdi", "ova", "avhd", "avhdx"],
        Executable,
        "virtual disk",
    ),
    Row("application/x-ms-wim", &["wim", "esd", "swm"], Executable, "Windows image"),
    Row("application/x-apple-diskimage", &["dmg"], Executable, "Apple disk image"),
    Row("application/x-xar", &["pkg", "mpkg", "xar", "xip"], Executable, "macOS installer"),
    Row("application/vnd.debian.binary-package", &["deb", "udeb"], Executable, "Debian package"),
    Row("application/x-rpm", &["rpm"], Executable, "RPM package"),
    Row("application/x-chrome-extension", &["crx"], Executable, "browser extension"),
    Row("application/x-xpinstall", &["xpi"], Executable, "browser extension"),
    Row(
        "application/vnd.ms-officeaddin",
        &["xlam", "xla", "ppam", "ppa"],
        Executable,
        "Office add-in",
    ),
];

/// Runs with what the reader's system brings.
const SCRIPTS: &[Row] = &[
    Row("application/x-bat", &["bat", "cmd", "btm"], Script, "Windows batch file"),
    Row(
        "application/x-powershell",
        &[
            "ps1", "psm1", "psd1", "ps1xml", "ps2", "ps2xml", "pssc", "psc1", "psc2", "cdxml",
            "msh", "msh1", "msh2",
        ],
        Script,
        "PowerShell script",
    ),
    Row("text/vbscript", &["vbs", "vb", "bas", "vbp", "vsmacros", "vsw"], Script, "VBScript"),
    Row("text/vbscript.encode", &["vbe", "jse"], Script, "encoded script"),
    Row("text/javascript", &["js", "mjs"], Script, "JavaScript"),
    Row("application/x-wsf", &["wsf", "wsh", "ws", "wsc"], Script, "Windows script file"),
    Row("application/x-xslt-script", &["xslt-script"], Script, "XSL style sheet with script"),
    Row("application/x-scriptlet", &["sct", "htc"], Script, "Windows scriptlet"),
    Row("application/hta", &["hta"], Script, "HTML application"),
    Row("text/x-registry", &["reg"], Script, "registry file"),
    Row("application/x-setupscript", &["inf", "ins", "isp"], Script, "setup information"),
    Row("application/x-shell-command", &["scf"], Script, "Explorer command"),
    Row("application/x-msc", &["msc"], Script, "management console file"),
    Row(
        "application/x-sh",
        &["sh", "bash", "zsh", "ksh", "csh", "fish", "command", "tool", "terminal", "workflow"],
        Script,
        "shell script",
    ),
    Row("text/x-python", &["py", "pyw", "pyc", "pyz", "pyzw", "pyo"], Script, "Python script"),
    Row("text/x-perl", &["pl"], Script, "Perl script"),
    Row("application/x-ruby", &["rb"], Script, "Ruby script"),
    Row("application/x-php", &["php", "phtml"], Script, "PHP script"),
    Row(
        "application/x-applescript",
        &["scpt", "scptd", "applescript", "osa"],
        Script,
        "AppleScript",
    ),
    Row("application/x-autoit", &["au3", "a3x", "ahk"], Script, "AutoIt script"),
    Row(
        "application/x-script",
        &[
            "jnlp", "iqy", "slk", "rqy", "oqy", "dqy", "udl", "shb", "shs", "fxp", "prg", "plg",
            "osd", "grp", "ops", "pcd",
        ],
        Script,
        "active link file",
    ),
];

/// Members inside.
const ARCHIVES: &[Row] = &[
    Row(ZIPPED, &["zip", "zipx", "z01", "cbz"], Archive, "zip archive"),
    Row("application/gzip", &["gz", "tgz"], Archive, "gzip file"),
    Row("application/x-tar", &["tar"], Archive, "tar archive"),
    Row("application/x-7z-compressed", &["7z", "cb7"], Archive, "7z archive"),
    Row("application/vnd.rar", &["rar", "r00", "r01", "cbr", "rev"], Archive, "RAR archive"),
    Row("application/x-bzip2", &["bz2", "tbz", "tbz2", "bz"], Archive, "bzip2 file"),
    Row("application/vnd.bzip3", &["bz3"], Archive, "bzip3 file"),
    Row("application/x-xz", &["xz", "txz"], Archive, "xz file"),
    Row("application/x-lzma", &["lzma", "tlz"], Archive, "lzma file"),
    Row("application/zstd", &["zst", "tzst"], Archive, "zstd file"),
    Row("application/x-lz4", &["lz4"], Archive, "lz4 file"),
    Row("application/x-lzip", &["lz"], Archive, "lzip file"),
    Row("application/x-lzop", &["lzo"], Archive, "lzop file"),
    Row("application/x-compress", &["z", "taz"], Archive, "compress file"),
    Row("application/x-lzh-compressed", &["lzh", "lha"], Archive, "lzh archive"),
    Row("application/x-arj", &["arj"], Archive, "arj archive"),
    Row("application/x-ace-compressed", &["ace"], Archive, "ace archive"),
    Row("application/x-arc", &["arc"], Archive, "arc archive"),
    Row("application/x-zoo", &["zoo"], Archive, "zoo archive"),
    Row("application/x-alz", &["alz", "egg"], Archive, "alz archive"),
    Row("application/x-stuffit", &["sit", "sitx"], Archive, "StuffIt archive"),
    Row("application/mac-binhex40", &["hqx"], Archive, "BinHex file"),
    Row("application/vnd.ms-cab-compressed", &["cab"], Archive, "cabinet"),
    Row("application/x-ms-compress", &["szdd"], Archive, "file of MS-DOS compress"),
    Row("application/x-cpio", &["cpio"], Archive, "cpio archive"),
    Row("application/x-archive", &["ar"], Archive, "ar archive"),
    Row("application/ms-tnef", &["tnef"], Archive, "TNEF (winmail.dat)"),
    Row("application/x-uuencode", &["uu", "uue"], Archive, "uuencoded file"),
];
