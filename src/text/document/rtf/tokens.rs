//! RTF as tokens: groups, control words, signs, bytes.

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Open,
    Close,
    /// `\*`: a group that readers skip who do not know its first word.
    Star,
    /// A control word and its number.
    Word(&'t [u8], Option<i32>),
    /// A control sign other than these.
    Sign(u8),
    /// `\'hh`
    Hex(u8),
    /// Bytes as they stand.
    Text(&'t [u8]),
}

/// Cuts a document into tokens.
pub(super) struct Tokens<'t> {
    rest: &'t [u8],
}

impl<'t> Tokens<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Tokens<'t> {
        Tokens { rest: bytes }
    }

    fn take(&mut self, count: usize) -> &'t [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// What follows a backslash.
    fn control(&mut self) -> Option<Token<'t>> {
        // Word knows no control word beyond 32 letters and no number beyond ten digits.
        let letters = self.rest.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
        if letters == 0 {
            return self.sign();
        }
        let word = self.take(letters);
        let minus = usize::from(self.rest.first() == Some(&b'-'));
        let digits = self.rest.iter().skip(minus).take(10).take_while(|b| b.is_ascii_digit());
        let count = digits.count();
        let number = self.take(if count == 0 { 0 } else { minus + count });
        let number = std::str::from_utf8(number).ok().and_then(|digits| digits.parse().ok());
        if self.rest.first() == Some(&b' ') {
            self.take(1);
        }
        if word == b"bin" {
            self.take(usize::try_from(number.unwrap_or_default()).unwrap_or_default());
        }
        Some(Token::Word(word, number))
    }

    fn sign(&mut self) -> Option<Token<'t>> {
        let sign = *self.take(1).first()?;
        Some(match sign {
            b'*' => Token::Star,
            b'\'' => {
                let hex = self.rest.get(..2).and_then(|two| std::str::from_utf8(two).ok());
                match hex.and_then(|two| u8::from_str_radix(two, 16).ok()) {
                    Some(byte) => {
                        self.take(2);
                        Token::Hex(byte)
                    }
                    None => Token::Sign(sign),
                }
            }
            // A backslash before the end of a line is a paragraph's end.
            b'\r' | b'\n' => Token::Word(b"par", None),
            sign => Token::Sign(sign),
        })
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        while matches!(self.rest.first(), Some(b'\r' | b'\n' | 0)) {
            self.take(1);
        }
        match *self.rest.first()? {
            b'{' => {
                self.take(1);
                Some(Token::Open)
            }
            b'}' => {
                self.take(1);
                Some(Token::Close)
            }
            b'\\' => {
                self.take(1);
                self.control()
            }
            _ => {
                let special = |byte: &u8| matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0);
                let length = self.rest.iter().position(special).unwrap_or(self.rest.len());
                Some(Token::Text(self.take(length)))
            }
        }
    }
}
