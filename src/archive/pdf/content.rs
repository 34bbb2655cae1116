//! Content streams of PDF (ISO 32000-2 §7.8.2) as operators with their operands.
//!
//! The library reads them too, but into a tree of objects forty times their size; text needs
//! strings, numbers and names.

/// Operands that are kept of one operator: a line of text set letter by letter has some hundreds.
const OPERANDS: usize = 20_000;

/// An operand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    /// The begin of an array.
    Open,
    /// The end of an array.
    Close,
}

impl Operand {
    /// Bytes of text.
    pub(super) fn length(&self) -> usize {
        if let Operand::Text(text) = self { text.len() } else { 0 }
    }
}

/// Hands out each operator with its operands, until `take` says no.
pub(super) fn walk(content: &[u8], mut take: impl FnMut(&[u8], &[Operand]) -> bool) {
    let mut lexer = Lexer { rest: content };
    let mut operands = Vec::new();
    while let Some(token) = lexer.token() {
        match token {
            Token::Operand(operand) if operands.len() < OPERANDS => operands.push(operand),
            Token::Operand(_) | Token::Sign => {}
            Token::Operator(b"ID") => {
                lexer.skip_image();
                operands.clear();
            }
            Token::Operator(operator) => {
                if !take(operator, &operands) {
                    return;
                }
                operands.clear();
            }
        }
    }
}

enum Token<'c> {
    Operand(Operand),
    Operator(&'c [u8]),
    /// Brackets of dictionaries.
    Sign,
}

struct Lexer<'c> {
    rest: &'c [u8],
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'c> Lexer<'c> {
    fn skip(&mut self, count: usize) -> &'c [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) -> &'c [u8] {
        let count = self.rest.iter().take_while(|byte| test(**byte)).count();
        self.skip(count)
    }

    fn token(&mut self) -> Option<Token<'c>> {
        loop {
            self.skip_while(is_blank);
            match *self.rest.first()? {
                b'%' => {
                    self.skip_while(|byte| !matches!(byte, b'\r' | b'\n'));
                }
                b'(' => return Some(Token::Operand(Operand::Text(self.literal()))),
                b'<' if self.rest.get(1) != Some(&b'<') => {
                    return Some(Token::Operand(Operand::Text(self.hexadecimal())));
                }
                b'/' => {
                    self.skip(1);
                    let name = self.skip_while(|byte| !is_blank(byte) && !is_delimiter(byte));
                    return Some(Token::Operand(Operand::Name(unescaped(name))));
                }
                b'[' | b']' => {
                    let open = self.skip(1) == b"[";
                    return Some(Token::Operand(if open { Operand::Open } else { Operand::Close }));
                }
                byte if is_delimiter(byte) => {
                    self.skip(1);
                    return Some(Token::Sign);
                }
                _ => return Some(self.word()),
            }
        }
    }

    /// A number or an operator.
    fn word(&mut self) -> Token<'c> {
        let word = self.skip_while(|byte| !is_blank(byte) && !is_delimiter(byte));
        let number = matches!(word.first(), Some(b'0'..=b'9' | b'-' | b'+' | b'.'));
        let number = std::str::from_utf8(word).ok().filter(|_| number);
        match number.and_then(|number| number.parse::<f64>().ok()) {
            Some(number) => Token::Operand(Operand::Number(number)),
            None => Token::Operator(word),
        }
    }

    /// `(text)`, with brackets in pairs and escapes (§7.3.4.2).
    fn literal(&mut self) -> Vec<u8> {
        self.skip(1);
        let (mut text, mut depth) = (Vec::new(), 1u32);
        while let Some(&byte) = self.skip(1).first() {
            match byte {
                b'(' => depth = depth.saturating_add(1),
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    text.extend(self.escape());
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escape(&mut self) -> Option<u8> {
        let byte = *self.skip(1).first()?;
        Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'0'..=b'7' => {
                let digits = self.rest.iter().take(2).take_while(|b| matches!(b, b'0'..=b'7'));
                let digits = digits.count();
                let digits = self.skip(digits);
                let number = |sum: u32, digit: &u8| sum * 8 + u32::from(digit - b'0');
                (digits.iter().fold(u32::from(byte - b'0'), number) & 0xff) as u8
            }
            // An escaped end of line is none.
            b'\r' => {
                if self.rest.first() == Some(&b'\n') {
                    self.skip(1);
                }
                return None;
            }
            b'\n' => return None,
            byte => byte,
        })
    }

    /// `<48656c>`; a missing last digit is 0.
    fn hexadecimal(&mut self) -> Vec<u8> {
        self.skip(1);
        let digits = self.skip_while(|byte| byte != b'>');
        self.skip(1);
        let digits: Vec<u8> = digits
            .iter()
            .filter_map(|byte| char::from(*byte).to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        let pair = |pair: &[u8]| match pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        };
        digits.chunks(2).map(pair).collect()
    }

    /// The bytes of an image among operators: up to `EI` between blanks.
    fn skip_image(&mut self) {
        let mut at = 0;
        while let Some(found) = self.rest.get(at..).and_then(|r| memchr::memmem::find(r, b"EI")) {
            let (before, behind) = (at + found, at + found + 2);
            let blank = |at: usize| self.rest.get(at).is_none_or(|byte| is_blank(*byte));
            if before.checked_sub(1).is_none_or(blank) && blank(behind) {
                self.skip(behind);
                return;
            }
            at = behind;
        }
        self.rest = &[];
    }
}

/// A name with its `#xx` resolved.
fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut at = 0;
    while let Some(&byte) = name.get(at) {
        let hex = name.get(at + 1..at + 3).filter(|_| byte == b'#');
        let hex = hex.and_then(|two| std::str::from_utf8(two).ok());
        match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
