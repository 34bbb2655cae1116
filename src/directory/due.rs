//! Lists that the regulations ask for: the public directory, agencies without holder, what nobody uses.

use super::{Entry, Kind, State};
use jiff::ToSpan;
use jiff::civil::Date;

/// Months without use after which a mailbox is due for locking, and for deletion (TG16 khoản 3
/// Điều 5). The Sở announces and people act; the gate locks nothing by itself.
const MONTHS: [(i32, &str); 2] = [(12, "xóa"), (6, "tạm khóa")];

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Name, title, body, telephone and fax, address of every active mailbox (TG16 khoản 3 Điều
    /// 15, TG09 Điều 8).
    Public,
    /// Agency mailboxes that nobody answers for (TG16 Điều 9).
    WithoutHolder,
    /// Mailboxes unused for six and twelve months (TG16 khoản 3 Điều 5).
    Unused,
    /// Entries that rest on no written request (TG16 khoản 1 Điều 5, khoản 3 Điều 14).
    WithoutRequest,
    /// Everything.
    All,
}

/// The rows of a list, heads first.
pub fn rows(list: List, entries: &[Entry], today: Date) -> Vec<Vec<String>> {
    let heads: &[&str] = match list {
        List::Public => {
            &["Họ và tên", "Chức vụ", "Đơn vị", "Điện thoại", "Fax", "Địa chỉ thư điện tử"]
        }
        List::WithoutHolder => &["Địa chỉ thư điện tử", "Cơ quan", "Đơn vị"],
        List::Unused => {
            &["Địa chỉ thư điện tử", "Họ và tên", "Đơn vị", "Trạng thái", "Dùng từ ngày", "Đến hạn"]
        }
        List::WithoutRequest => &["Địa chỉ thư điện tử", "Họ và tên", "Đơn vị", "Trạng thái"],
        List::All => &[],
    };
    let mut rows: Vec<Vec<String>> = entries.iter().filter_map(|e| row(list, e, today)).collect();
    rows.sort();
    rows.insert(0, heads.iter().map(|head| (*head).to_owned()).collect());
    rows
}

fn row(list: List, entry: &Entry, today: Date) -> Option<Vec<String>> {
    let Entry { address, name, title, unit, phone, fax, .. } = entry;
    let lives = entry.state == State::Active;
    let own = matches!(entry.kind, Kind::Personal | Kind::Agency);
    let state = entry.state.name().to_owned();
    let cells: Vec<String> = match list {
        List::Public if lives && own => {
            [name, title, unit, phone, fax, address].map(String::clone).to_vec()
        }
        List::WithoutHolder if entry.kind == Kind::Agency && lives && entry.holder.is_empty() => {
            [address, name, unit].map(String::clone).to_vec()
        }
        List::Unused if own && entry.state < State::Revoked => {
            let (since, due) = due(entry, today)?;
            vec![address.clone(), name.clone(), unit.clone(), state, since, due.to_owned()]
        }
        List::WithoutRequest if entry.request.is_empty() || entry.requested.is_none() => {
            vec![address.clone(), name.clone(), unit.clone(), state]
        }
        _ => return None,
    };
    Some(cells)
}

/// Since when a mailbox is unused, and what it is due for. One without any date is listed too:
/// nobody can say that it is used.
fn due(entry: &Entry, today: Date) -> Option<(String, &'static str)> {
    let Some(since) = entry.last_access.max(entry.issued) else {
        return Some((String::new(), "không có ngày"));
    };
    let passed = |months: i32| since.checked_add(months.months()).is_ok_and(|day| day <= today);
    let (_, due) = MONTHS.iter().find(|(months, _)| passed(*months))?;
    Some((since.to_string(), due))
}
