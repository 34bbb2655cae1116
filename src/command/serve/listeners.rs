//! The doors' listeners: those that the service manager holds, else those of the configuration.

use crate::config::Config;
use crate::serve::{Held, Milter, Proxy};
use std::io;
use tokio::net::TcpListener;

/// All of them, bound.
pub(super) async fn listeners(
    config: &Config,
    held: Held,
) -> Result<(Proxy, Milter, TcpListener), String> {
    let Held { smtp, milter, milter_unix, http } = held;
    let proxy = if smtp.is_empty() {
        Proxy::bind(&config.smtp.listen).await
    } else {
        wanted("smtp", !config.smtp.listen.is_empty())?;
        Proxy::around(smtp)
    };
    let milter = if milter.is_empty() && milter_unix.is_empty() {
        Milter::bind(config.milter.as_ref()).await
    } else {
        wanted("milter", config.milter.is_some())?;
        Milter::around(milter, milter_unix)
    };
    let proxy = proxy.map_err(|error| format!("[smtp] listen: {error}"))?;
    let milter = milter.map_err(|error| format!("[milter] listen: {error}"))?;
    let pages = pages(config, http).await.map_err(|error| format!("[http] listen: {error}"))?;
    // Somebody who changes the configuration alone wonders why nothing happens.
    let smtp: Vec<String> = proxy.addresses().iter().map(ToString::to_string).collect();
    differ("smtp", &config.smtp.listen, &smtp);
    let asked = config.milter.as_ref().map_or(&[][..], |milter| milter.listen.all());
    differ("milter", asked, &milter.names());
    let page: Vec<String> =
        pages.local_addr().map(|address| address.to_string()).into_iter().collect();
    differ("http", std::slice::from_ref(&config.http.listen), &page);
    Ok((proxy, milter, pages))
}

async fn pages(config: &Config, held: Vec<std::net::TcpListener>) -> io::Result<TcpListener> {
    let several =
        || io::Error::other("the service manager hands over several sockets; one is right");
    let mut held = held.into_iter();
    match (held.next(), held.next()) {
        (None, _) => {
            let address = &config.http.listen;
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
            };
            TcpListener::bind(address).await.map_err(named)
        }
        (Some(listener), None) => TcpListener::from_std(listener),
        (Some(_), Some(_)) => Err(several()),
    }
}

/// A door that the configuration has not is not opened by a socket alone: nobody has said where its
/// mail goes.
fn wanted(door: &str, configured: bool) -> Result<(), String> {
    match configured {
        true => Ok(()),
        false => Err(format!(
            "the service manager hands over a socket `{door}`, and the configuration has no \
             [{door}] listen: name an address there, or disable that socket unit"
        )),
    }
}

/// Tells where a door is elsewhere than the configuration says.
fn differ(door: &str, configured: &[String], bound: &[String]) {
    let any_port = |address: &str| address.ends_with(":0");
    if configured.iter().any(|address| any_port(address)) || same(configured, bound) {
        return;
    }
    let (configured, listens) = (configured.join(","), bound.join(","));
    tracing::warn!(
        door,
        configured,
        listens,
        "The sockets of the service manager count, not `listen`; change the address there."
    );
}

/// Whether these are the same addresses, in whatever order.
fn same(some: &[String], others: &[String]) -> bool {
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words
    };
    sorted(some) == sorted(others)
}
