//! Notices of web sites: an official mailbox was registered there, or a code was asked for.
//!
//! The subject decides, or the first words of a letter that a program sent: a letter of a person
//! about registrations is none. Portals of the State (set `state-portals`) are exempt.

use super::{Check, Found, MessageCheck};
use crate::facts::Facts;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};

/// A mailbox was registered somewhere.
pub const REGISTRATION: Kind = Kind {
    name: "account.registration",
    class: Class::Policy,
    about: "a notice that the mailbox is registered with a web site; `what`: `registration` (sign-up, confirmation), `social` (a network of the set `social-networks`); senders of the set `state-portals` are exempt",
};

/// Somebody waits for it.
pub const CODE: Kind = Kind {
    name: "account.code",
    class: Class::Policy,
    about: "a one-time code; it may be tagged, never kept, deferred or refused by this finding, since somebody waits for it",
};

/// Not looked for.
pub const UNSCANNED: Kind = Kind {
    name: "account.unscanned",
    class: Class::Policy,
    about: "notices of registration were not looked for",
};

/// Looks for notices of registration and one-time codes.
pub struct Account;

impl Check for Account {
    fn name(&self) -> &'static str {
        "account"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        &[&REGISTRATION, &CODE, &UNSCANNED]
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl MessageCheck for Account {
    fn conclude(&self, facts: &Facts, _: &Found, policy: &Policy) -> Vec<Finding> {
        let domains = &policy.domains;
        let sent = facts.head();
        let is_in = |set: &str| sent.from.iter().any(|from| domains.has(set, from));
        let automatic = sent.automatic;
        let bodies = if automatic || about_codes(&sent.subject) {
            facts.words_of_bodies()
        } else {
            Vec::new()
        };
        if bodies.iter().any(|body| is_code(&sent.subject, body)) {
            return vec![Finding::whole(&CODE, "a one-time code")];
        }
        // All that it says it is from must be portals: one address is easily added.
        if !sent.from.is_empty() && sent.from.iter().all(|from| domains.has("state-portals", from))
        {
            return Vec::new();
        }
        let what = if is_in("social-networks") {
            "social"
        } else if is_registration(&sent.subject, automatic)
            || automatic && bodies.iter().any(|b| confirms(b))
        {
            "registration"
        } else {
            return Vec::new();
        };
        vec![Finding::whole(&REGISTRATION, detail(what)).what(what)]
    }
}

fn detail(what: &str) -> &'static str {
    if what == "social" {
        "a notice of a social network"
    } else {
        "a notice of registration with a web site"
    }
}

/// Subjects of nothing else, whoever sends them; folded.
const SUBJECTS: &[&str] = &[
    "xac nhan dang ky tai khoan",
    "xac nhan dia chi email",
    "xac nhan tai khoan",
    "xac minh dia chi email",
    "xac minh email",
    "xac minh tai khoan",
    "xac thuc email",
    "xac thuc tai khoan",
    "kich hoat tai khoan",
    "dang ky tai khoan thanh cong",
    "dang ky thanh vien thanh cong",
    "tao tai khoan thanh cong",
    "activate your account",
    "account activation",
    "complete your registration",
    "confirm your account",
    "confirm your e-mail",
    "confirm your email",
    "confirm your registration",
    "confirm your subscription",
    "email verification",
    "please confirm your",
    "registration confirmation",
    "verify your account",
    "verify your e-mail",
    "verify your email",
];

/// Subjects of programs.
const GREETINGS: &[&str] = &[
    "chao mung ban den",
    "chao mung den voi",
    "cam on ban da dang ky",
    "thank you for registering",
    "thank you for signing up",
    "thanks for registering",
    "thanks for signing up",
    "welcome to ",
    "your account has been created",
    "your new account",
    "your registration",
];

/// First words of such letters.
const WORDS: &[&str] = &[
    "ban da dang ky tai khoan",
    "cam on ban da dang ky tai khoan",
    "de kich hoat tai khoan",
    "de hoan tat dang ky",
    "de hoan tat viec dang ky",
    "de xac nhan dia chi email",
    "activate your account",
    "complete your registration",
    "confirm your email address",
    "confirm your e-mail address",
    "confirm your registration",
    "confirm your subscription",
    "thank you for creating an account",
    "thank you for registering",
    "thank you for signing up",
    "thanks for signing up",
    "verify your email address",
    "you have successfully registered",
    "your account has been created",
];

/// Bytes of a body in which its first words stand.
const FIRST: usize = 1500;

fn is_registration(subject: &str, automatic: bool) -> bool {
    // An answer quotes the subject of what it answers.
    let first = !subject.starts_with("re:") && !subject.starts_with("tra loi:");
    first
        && (SUBJECTS.iter().any(|words| subject.contains(words))
            || automatic && GREETINGS.iter().any(|words| subject.contains(words)))
}

fn confirms(body: &str) -> bool {
    let head = body.get(..body.len().min(FIRST)).unwrap_or_default();
    WORDS.iter().any(|words| head.contains(words))
}

/// How a one-time code is called.
const CODES: &[&str] = &[
    "ma xac nhan",
    "ma xac thuc",
    "ma xac minh",
    "ma otp",
    "otp",
    "ma dang nhap",
    "ma bao mat",
    "mat khau mot lan",
    "one-time",
    "one time",
    "passcode",
    "verification code",
    "security code",
    "login code",
    "sign-in code",
    "confirmation code",
    "authentication code",
    "access code",
];

fn about_codes(text: &str) -> bool {
    CODES.iter().any(|words| text.contains(words))
}

/// Bytes behind the words for a code in which it stands.
const NEAR: usize = 120;

/// Whether a letter tells a code: words for it and, near them, its digits.
fn is_code(subject: &str, body: &str) -> bool {
    let near = |text: &str| {
        CODES.iter().any(|words| {
            let places = text.match_indices(words).take(8);
            places.map(|(at, _)| at).any(|at| {
                let from = at.saturating_sub(NEAR / 2);
                text.get(from..text.len().min(at + NEAR)).is_some_and(has_code)
            })
        })
    };
    near(subject)
        || near(body)
        || about_codes(subject) && body.get(..body.len().min(FIRST)).is_some_and(has_code)
}

/// Four to eight digits in one word, or two halves of three.
fn has_code(text: &str) -> bool {
    let words = text.split(|c: char| c.is_whitespace() || ".,:;()[]<>*\"'".contains(c));
    words.filter(|word| !word.is_empty()).any(|word| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let others = word.chars().filter(|c| !c.is_ascii_digit()).count();
        (4..=8).contains(&digits)
            && (others == 0 || others == 1 && (word.contains('-')) && digits == 6)
            && !word.starts_with("19")
            && !(word.len() == 4 && word.starts_with("20"))
    })
}
