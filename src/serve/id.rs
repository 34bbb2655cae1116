//! Transaction ids: in every reply, log line and record of a message.
//!
//! An id is the microsecond in which the transaction began, so that ids sort by
//! time and none comes twice, also after a restart.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Crockford's base 32: no letter that is mistaken for a digit when an id is read out.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The next id: eleven characters.
pub(super) fn next() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX >> 1);
    let step = |last: u64| Some(now.max(last + 1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or(now);
    text(now.max(last + 1))
}

fn text(number: u64) -> String {
    let digit = |shift: u32| {
        let at = (number >> (5 * shift)) & 31;
        DIGITS.get(usize::try_from(at).unwrap_or(0)).copied().unwrap_or(b'0')
    };
    (0..11).rev().map(|shift| char::from(digit(shift))).collect()
}
