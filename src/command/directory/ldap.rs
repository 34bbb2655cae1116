//! `congthu directory import ldap://…`: OpenLDAP's own `ldapsearch` asks, and its LDIF is read.
//!
//! Its package knows TLS, SASL and the system's certificates; a second client with all that in
//! this binary would serve one command of an administrator.

use super::import::List;
use super::{Problem, SYSTEM, unreadable, usage};
use crate::directory::{self, ATTRIBUTES, COLUMNS, attributes};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How the server is asked.
#[derive(clap::Args)]
pub(super) struct Asking {
    /// LDAP: where the search begins, such as dc=x,dc=gov,dc=vn
    #[arg(long, value_name = "DN")]
    base: Option<String>,
    /// LDAP: which objects
    #[arg(
        long,
        value_name = "FILTER",
        default_value = "(|(mail=*)(zimbraMailDeliveryAddress=*)(proxyAddresses=*))"
    )]
    filter: String,
    /// LDAP: who asks; without it, anonymously
    #[arg(long, value_name = "DN", requires = "password_file")]
    bind: Option<String>,
    /// LDAP: file that holds the password, and nothing else, not even a line end
    #[arg(long, value_name = "FILE", requires = "bind")]
    password_file: Option<PathBuf>,
    /// LDAP: begin TLS on the plain port, and go no further without it
    #[arg(long)]
    starttls: bool,
}

/// Whether a source is a server.
pub(super) fn is_server(source: &str) -> bool {
    ["ldap://", "ldaps://", "ldapi://"].iter().any(|scheme| source.starts_with(scheme))
}

/// Asks a server for all its mailboxes.
pub(super) fn from_server(url: &str, asking: &Asking) -> Result<List, Problem> {
    if asking.bind.is_some() && url.starts_with("ldap://") && !asking.starttls && !is_local(url) {
        return Err(usage("a password would go in the clear: ldaps://, or --starttls"));
    }
    let output = search(url, asking).output().map_err(|error| Problem {
        code: SYSTEM,
        message: format!("cannot run ldapsearch ({error}): apt install ldap-utils"),
    })?;
    if !output.status.success() {
        // A part of the list would close the mailboxes of the other part.
        let said = String::from_utf8_lossy(&output.stderr);
        let message = format!("{url}: ldapsearch: {}", said.trim());
        return Err(Problem { code: SYSTEM, message });
    }
    read(url.to_owned(), output.stdout)
}

fn search(url: &str, asking: &Asking) -> Command {
    let mut command = Command::new("ldapsearch");
    command.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-E", "pr=500/noprompt", "-H", url]);
    if let Some(base) = &asking.base {
        command.args(["-b", base]);
    }
    if let (Some(bind), Some(file)) = (&asking.bind, &asking.password_file) {
        command.args(["-D", bind, "-y"]).arg(file);
    }
    if asking.starttls {
        command.arg("-ZZ");
    }
    command.arg("--").arg(&asking.filter).args(ATTRIBUTES).stdin(Stdio::null());
    command
}

fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("ldap://");
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|local| host.starts_with(local))
}

/// An LDIF file that another tool wrote (`ldifde` of Windows, a mail server's export).
pub(super) fn from_file(path: &Path) -> Result<List, Problem> {
    let source = super::read(path)?;
    listed(&source)
}

fn read(name: String, bytes: Vec<u8>) -> Result<List, Problem> {
    let source = directory::source(name, bytes).map_err(|error| unreadable(&[error]))?;
    listed(&source)
}

fn listed(source: &crate::tomlfile::Source) -> Result<List, Problem> {
    let (entries, without) = attributes::entries(source).map_err(|errors| unreadable(&errors))?;
    let notes = match without {
        0 => Vec::new(),
        objects => vec![format!("{objects} objects have no mail address and were passed over")],
    };
    Ok(List { entries, columns: COLUMNS.to_vec(), notes })
}
