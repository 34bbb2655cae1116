//! A look at a next hop as a client's session would have it, for `congthu doctor`; nothing is
//! delivered.

use super::failure::Failure;
use super::health::Hop;
use super::introduction::Introduction;
use super::line::Line;
use super::route::Relay;
use crate::mail::Client;
use crate::smtp::{Command, Extensions, Reply};

use std::sync::Arc;
use tokio::time::Instant;

/// What is asked of a next hop.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The client in whose name it is asked, as the gate asks in the name of its own.
    pub client: Client,
    /// A sender and a recipient that are no business of ours.
    pub outside: (String, String),
    /// Recipients that it should take.
    pub recipients: Vec<String>,
}

/// What a next hop is like.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// Its greeting; empty for a folder.
    pub greeting: String,
    /// What it offers, seen after TLS and XCLIENT.
    pub offers: Extensions,
    /// The session went under TLS.
    pub secured: bool,
    /// The word for the client's address that it offers, and whether it took it.
    pub introduced: Option<(&'static str, bool)>,
    /// What it answers to the outside recipient.
    pub outside: Option<Reply>,
    /// What it answers to each of ours.
    pub recipients: Vec<(String, Reply)>,
}

impl Relay {
    /// Opens a line to this next hop as for a client, and asks; every transaction is given up.
    pub async fn examine(&self, hop: &Arc<Hop>, look: &Look) -> Result<Examined, Failure> {
        let who = Introduction { client: look.client.clone() };
        let mut line = Line::open(&self.0, hop, Some(&who)).await?;
        let mut seen = Examined { offers: line.offers(), ..Examined::default() };
        if line.server().is_some() {
            let (sender, recipient) = &look.outside;
            seen.outside = Some(ask(&mut line, sender, recipient).await?);
            for recipient in &look.recipients {
                // A bounce: nobody may refuse that for its sender's sake.
                let reply = ask(&mut line, "", recipient).await?;
                seen.recipients.push((recipient.clone(), reply));
            }
        }
        if let Some(server) = line.server() {
            (seen.greeting, seen.secured) = (server.greeting.clone(), server.secured);
            seen.introduced = server.word.map(|word| (word, server.introduced));
        }
        line.quit(Instant::now() + self.times().command).await;
        Ok(seen)
    }
}

/// The answer to a recipient, or to the sender where that is refused already.
async fn ask(line: &mut Line, sender: &str, recipient: &str) -> Result<Reply, Failure> {
    let parse = |text: String| Command::parse(text.as_bytes());
    let mail = parse(format!("MAIL FROM:<{sender}>"));
    let rcpt = parse(format!("RCPT TO:<{recipient}>"));
    let (Ok(Command::Mail(mail)), Ok(Command::Rcpt(rcpt))) = (mail, rcpt) else {
        return Ok(Reply::new(501, format!("<{recipient}> cannot be said in SMTP")));
    };
    let mut reply = line.mail(&mail).await?;
    if reply.is_positive() {
        reply = line.rcpt(&rcpt).await?;
    }
    line.reset().await?;
    Ok(reply)
}
