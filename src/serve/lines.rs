//! The form of the log: an event is one line, whatever a sender put into it.
//!
//! Line ends, escape sequences of terminals and characters that turn the order of writing round
//! are escaped in every form, so that nobody who writes letters can write log lines.

use crate::config::LogFormat;
use std::fmt::{Debug, Write as _};
use std::io::Write;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Writes events, with what the spans around them know.
#[derive(Debug)]
pub struct Lines<W> {
    format: LogFormat,
    /// Read by systemd's journal, which has the time itself and takes `<6>` for a priority
    /// (sd-daemon(3)).
    journal: bool,
    writer: W,
}

impl<W> Lines<W> {
    /// Lines of this form.
    pub fn new(format: LogFormat, journal: bool, writer: W) -> Lines<W> {
        Lines { format, journal, writer }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(around) = span.extensions().get::<Fields>() {
                fields.inherit(around);
            }
        }
        let mut line = self.line(*event.metadata().level(), &fields);
        line.push('\n');
        // In one piece, or lines of several threads mix. A log that nobody reads any more must not
        // end a session.
        let _ = self.writer.make_writer().write_all(line.as_bytes());
    }
}

impl<W> Lines<W> {
    fn line(&self, level: Level, fields: &Fields) -> String {
        let time = (!self.journal).then(|| jiff::Timestamp::now().to_string());
        let mut line = match self.journal {
            true => format!("<{}>", priority(level)),
            false => String::new(),
        };
        match self.format {
            LogFormat::Text => text(&mut line, time, level, fields),
            LogFormat::Logfmt => logfmt(&mut line, time, level, fields),
            LogFormat::Json => json(&mut line, time, level, fields),
        }
        line
    }
}

/// As syslog(3) counts them.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    }
}

fn text(line: &mut String, time: Option<String>, level: Level, fields: &Fields) {
    if let Some(time) = time {
        line.push_str(&time);
        line.push(' ');
    }
    let _ = write!(line, "{level:>5} ");
    escape(line, &fields.message, Escapes::Go);
    for (name, value) in &fields.values {
        let _ = write!(line, " {name}=");
        match value {
            Value::Bare(bare) => line.push_str(bare),
            Value::Shown(shown) if is_plain(shown) => line.push_str(shown),
            Value::Text(text) | Value::Shown(text) => quote(line, text, Escapes::Go),
        }
    }
}

fn logfmt(line: &mut String, time: Option<String>, level: Level, fields: &Fields) {
    if let Some(time) = time {
        let _ = write!(line, "ts={time} ");
    }
    let _ = write!(line, "level={} msg=", level.as_str().to_ascii_lowercase());
    quote(line, &fields.message, Escapes::Go);
    for (name, value) in &fields.values {
        let _ = write!(line, " {name}=");
        match value {
            Value::Bare(bare) => line.push_str(bare),
            Value::Text(text) | Value::Shown(text) if is_plain(text) => line.push_str(text),
            Value::Text(text) | Value::Shown(text) => quote(line, text, Escapes::Go),
        }
    }
}

fn json(line: &mut String, time: Option<String>, level: Level, fields: &Fields) {
    line.push('{');
    if let Some(time) = time {
        let _ = write!(line, "\"ts\":\"{time}\",");
    }
    let _ = write!(line, "\"level\":\"{}\",\"msg\":", level.as_str().to_ascii_lowercase());
    quote(line, &fields.message, Escapes::Json);
    for (name, value) in &fields.values {
        let _ = write!(line, ",\"{name}\":");
        match value {
            Value::Bare(bare) => line.push_str(bare),
            Value::Text(text) | Value::Shown(text) => quote(line, text, Escapes::Json),
        }
    }
    line.push('}');
}

/// What an event says, or a span.
#[derive(Debug, Default)]
struct Fields {
    message: String,
    values: Vec<(&'static str, Value)>,
}

#[derive(Clone, Debug)]
enum Value {
    /// A number or a truth value.
    Bare(String),
    Text(String),
    /// What shows itself.
    Shown(String),
}

impl Fields {
    /// What a span around says and the event does not.
    fn inherit(&mut self, around: &Fields) {
        for (name, value) in &around.values {
            if !self.values.iter().any(|(own, _)| own == name) {
                self.values.push((name, value.clone()));
            }
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.values.push((name, Value::Shown(format!("{value:?}")))),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            name => self.values.push((name, Value::Text(value.to_owned()))),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.values.push((field.name(), Value::Bare(value.to_string())));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.values.push((field.name(), Value::Bare(value.to_string())));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.values.push((field.name(), Value::Bare(value.to_string())));
    }
}

/// How characters beyond the first plane are named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// `\U000e0001`, as readers of logfmt take it.
    Go,
    /// Two halves (RFC 8259 §7).
    Json,
}

fn quote(line: &mut String, text: &str, escapes: Escapes) {
    line.push('"');
    escape(line, text, escapes);
    line.push('"');
}

fn escape(line: &mut String, text: &str, escapes: Escapes) {
    for c in text.chars() {
        match c {
            '"' | '\\' => line.extend(['\\', c]),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if !is_treacherous(c) => line.push(c),
            c if u32::from(c) > 0xffff && escapes == Escapes::Go => {
                let _ = write!(line, "\\U{:08x}", u32::from(c));
            }
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|half| {
                let _ = write!(line, "\\u{half:04x}");
            }),
        }
    }
}

/// Whether a value needs no quotes.
fn is_plain(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '=') || is_treacherous(c);
    !text.is_empty() && !text.chars().any(odd)
}

/// What ends a line for some reader, drives a terminal (C0, C1), turns text round (UAX 9), or is
/// not seen at all.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
