//! Runs `fixtures/smtp/*.dialog`: what a client says, what next hop and pipeline answer,
//! what must go out. Each file runs line by line, byte by byte, and all at once.
//!
//! Lines: `c:` said by the client (CRLF is added), `C:` the same with `\r \n \0 \xNN`
//! escapes and nothing added, `s:` an exact reply line, `n:` the answer to the next
//! MAIL, RCPT, content or end, `m:` the message as it must have arrived, `=== title`
//! a new case, `! option` one of `trusted`, `tls`, `size=N`, `errors=N`, `recipients=N`,
//! `offer=EXT,EXT`, `lines` (not pipelined).

use bytes::BytesMut;
use congthu::smtp::{Answer, Dialogue, Extension, Extensions, Question, Reply, Step, Terms};
use std::collections::VecDeque;
use std::fs;

/// One case of a file.
#[derive(Debug, Default)]
struct Case {
    title: String,
    options: Vec<String>,
    said: Vec<Vec<u8>>,
    answers: Vec<Reply>,
    expect: Vec<String>,
    messages: Vec<String>,
}

#[test]
fn every_dialog_file() {
    let mut cases = 0;
    for entry in fs::read_dir("fixtures/smtp").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "dialog") {
            for case in read(&fs::read_to_string(&path).unwrap()) {
                let name = format!("{}: {}", path.display(), case.title);
                run(&name, &case, Pieces::Lines);
                run(&name, &case, Pieces::Bytes);
                if !case.options.iter().any(|option| option == "lines") {
                    run(&name, &case, Pieces::Whole);
                }
                cases += 1;
            }
        }
    }
    assert!(cases >= 40, "only {cases} cases");
}

/// How the client's bytes are cut.
#[derive(Clone, Copy, Debug)]
enum Pieces {
    Bytes,
    Lines,
    Whole,
}

fn run(name: &str, case: &Case, pieces: Pieces) {
    let mut driver = Driver::new(case);
    let whole = case.said.concat();
    let fed: Vec<&[u8]> = match pieces {
        Pieces::Bytes => whole.chunks(1).collect(),
        Pieces::Lines => case.said.iter().map(Vec::as_slice).collect(),
        Pieces::Whole => vec![&whole],
    };
    for piece in fed {
        driver.input.extend_from_slice(piece);
        driver.turn();
    }
    assert_eq!(driver.out(), case.expect, "{name} ({pieces:?})");
    let got: Vec<String> = driver.messages.iter().map(|m| escape(m)).collect();
    assert_eq!(got, case.messages, "{name} ({pieces:?}): messages");
}

/// Stands for socket, next hop and pipeline.
struct Driver {
    dialogue: Dialogue,
    offer: Extensions,
    input: BytesMut,
    output: Vec<u8>,
    answers: VecDeque<Reply>,
    content: Vec<u8>,
    messages: Vec<Vec<u8>>,
    closed: bool,
}

impl Driver {
    fn new(case: &Case) -> Driver {
        let has = |name: &str| case.options.iter().any(|option| option == name);
        let number = |name: &str, default: u64| {
            let mut options = case.options.iter().filter_map(|option| option.split_once('='));
            options.find(|(key, _)| *key == name).map_or(default, |(_, v)| v.parse().unwrap())
        };
        let terms = Terms {
            hostname: "mx.example".to_owned(),
            trusted: has("trusted"),
            tls: has("tls"),
            size: number("size", 1000),
            recipients: number("recipients", 100) as usize,
            errors: number("errors", 20) as usize,
        };
        let dialogue = Dialogue::new(terms);
        let mut output = Vec::new();
        dialogue.greeting().write(false, &mut output);
        Driver {
            dialogue,
            offer: offer(case),
            input: BytesMut::new(),
            output,
            answers: case.answers.clone().into(),
            content: Vec::new(),
            messages: Vec::new(),
            closed: false,
        }
    }

    fn turn(&mut self) {
        while !self.closed {
            match self.dialogue.next(&mut self.input) {
                Step::Read => return,
                Step::Say(reply) => self.say(&reply),
                Step::Close(reply) => {
                    self.say(&reply);
                    self.closed = true;
                }
                Step::Content(bytes) => self.content.extend_from_slice(&bytes),
                Step::Secure(reply) => {
                    self.say(&reply);
                    self.dialogue.secured();
                }
                Step::Ask(question) => {
                    let answer = self.answer(question);
                    self.dialogue.answer(answer);
                }
            }
        }
    }

    fn say(&mut self, reply: &Reply) {
        reply.write(self.dialogue.utf8(), &mut self.output);
    }

    fn answer(&mut self, question: Question) -> Answer {
        match question {
            Question::Hello(_) => return Answer::Offer(self.offer.clone()),
            Question::Reset => {
                self.content.clear();
                return Answer::Reply(Reply::new(250, "2.0.0 Ok"));
            }
            Question::Xclient(_) => return Answer::Reply(Reply::new(220, "mx.example ESMTP")),
            Question::Xforward(_) => return Answer::Reply(Reply::new(250, "2.0.0 Ok")),
            Question::End { bare: true } => {
                self.content.clear();
                return Answer::Reply(Reply::new(550, "5.6.0 bare"));
            }
            Question::End { bare: false } => {
                self.messages.push(std::mem::take(&mut self.content));
            }
            Question::Content { .. } | Question::Mail(_) | Question::Rcpt(_) => {}
        }
        match self.answers.pop_front() {
            Some(reply) if reply.code == 354 => Answer::Go,
            Some(reply) => Answer::Reply(reply),
            None if matches!(question, Question::Content { .. }) => Answer::Go,
            None => Answer::Reply(Reply::new(250, "2.0.0 Ok")),
        }
    }

    fn out(&self) -> Vec<String> {
        let text = String::from_utf8(self.output.clone()).unwrap();
        assert!(text.is_empty() || text.ends_with("\r\n"));
        text.split_terminator("\r\n").map(str::to_owned).collect()
    }
}

fn offer(case: &Case) -> Extensions {
    let named = case.options.iter().find_map(|option| option.strip_prefix("offer="));
    let Some(named) = named else {
        let all = Extension::ALL.into_iter().filter(|e| *e != Extension::StartTls);
        return Extensions::of(&all.collect::<Vec<_>>());
    };
    let find = |word: &str| Extension::ALL.into_iter().find(|e| e.keyword() == word);
    Extensions::of(&named.split(',').filter_map(find).collect::<Vec<_>>())
}

fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(title) = line.strip_prefix("=== ") {
            cases.push(Case { title: title.to_owned(), ..Case::default() });
            continue;
        }
        let case = cases.last_mut().expect("a case begins with ===");
        if let Some(option) = line.strip_prefix("! ") {
            case.options.push(option.to_owned());
            continue;
        }
        let (mark, rest) = line.split_at(2);
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match mark {
            "c:" => case.said.push(format!("{rest}\r\n").into_bytes()),
            "C:" => case.said.push(unescape(rest)),
            "s:" => case.expect.push(rest.to_owned()),
            "n:" => {
                let (code, text) = rest.split_once(' ').unwrap();
                case.answers.push(Reply::new(code.parse().unwrap(), text));
            }
            "m:" => case.messages.push(rest.to_owned()),
            _ => panic!("{line}"),
        }
    }
    cases
}

/// `\r \n \0 \xNN \\`, and `\*N{text}` for `text` N times.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend_from_slice(before.as_bytes());
        let (kind, tail) = after.split_at(1);
        rest = tail;
        match kind {
            "r" => out.push(b'\r'),
            "n" => out.push(b'\n'),
            "0" => out.push(0),
            "x" => {
                let (hex, tail) = tail.split_at(2);
                out.push(u8::from_str_radix(hex, 16).unwrap());
                rest = tail;
            }
            "*" => {
                let (count, tail) = tail.split_once('{').unwrap();
                let (text, tail) = tail.split_once('}').unwrap();
                out.extend_from_slice(text.repeat(count.parse().unwrap()).as_bytes());
                rest = tail;
            }
            _ => out.push(b'\\'),
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn escape(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes.iter().flat_map(|b| b.escape_ascii()).collect::<Vec<_>>())
        .replace("\\\\", "\\")
}
