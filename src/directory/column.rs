//! The columns of a directory file, and the heads under which offices write them.

use super::scheme::plain_words;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// The mailbox.
    Address,
    /// `active`, `locked`, `revoked`, `deleted`.
    State,
    /// `personal`, `agency`, `group`, `alias`.
    Kind,
    /// Họ và tên, or a body's name.
    Name,
    /// Chức vụ.
    Title,
    /// Đơn vị.
    Unit,
    /// Điện thoại.
    Phone,
    /// Fax.
    Fax,
    /// Năm sinh.
    Born,
    /// Người giữ.
    Holder,
    /// Where an alias goes, a group's members.
    Target,
    /// Số văn bản.
    Request,
    /// Ngày văn bản.
    Requested,
    /// Ngày cấp.
    Issued,
    /// Lần truy cập cuối.
    LastAccess,
    /// Ghi chú.
    Note,
}

impl Column {
    /// All, in the order in which they are written, with their heads: the first is written, all
    /// are read, in any spelling of case and diacritics.
    pub(super) const HEADS: [(Column, &[&str]); 16] = [
        (
            Column::Address,
            &[
                "address",
                "email",
                "mail",
                "dia chi",
                "dia chi thu",
                "dia chi thu dien tu",
                "dia chi email",
                "hop thu",
                "thu dien tu",
            ],
        ),
        (Column::State, &["state", "trang thai", "tinh trang"]),
        (Column::Kind, &["kind", "loai", "loai hop thu"]),
        (Column::Name, &["name", "ho ten", "ho va ten", "ten", "ten co quan"]),
        (Column::Title, &["title", "chuc vu", "chuc danh"]),
        (Column::Unit, &["unit", "don vi", "co quan", "phong ban", "don vi cong tac"]),
        (Column::Phone, &["phone", "dien thoai", "so dien thoai", "dien thoai fax"]),
        (Column::Fax, &["fax", "so fax"]),
        (Column::Born, &["born", "nam sinh", "ngay sinh"]),
        (Column::Holder, &["holder", "nguoi giu", "nguoi quan ly", "nguoi phu trach"]),
        (Column::Target, &["target", "chuyen den", "thanh vien"]),
        (Column::Request, &["request", "so van ban", "van ban", "van ban de nghi"]),
        (Column::Requested, &["requested", "ngay van ban"]),
        (Column::Issued, &["issued", "ngay cap"]),
        (
            Column::LastAccess,
            &["last_access", "truy cap cuoi", "lan truy cap cuoi", "dang nhap cuoi"],
        ),
        (Column::Note, &["note", "ghi chu"]),
    ];

    /// The column of this head.
    pub(super) fn of(head: &str) -> Option<Column> {
        let head = head.trim().to_lowercase();
        let plain = plain_words(&head);
        let is = |word: &&&str| **word == head || **word == plain;
        let found = Column::HEADS.iter().find(|(_, heads)| heads.iter().any(|head| is(&head)));
        found.map(|(column, _)| *column)
    }

    /// The head under which it is written.
    pub fn head(self) -> &'static str {
        let found = Column::HEADS.iter().find(|(column, _)| *column == self);
        found.and_then(|(_, heads)| heads.first()).copied().unwrap_or_default()
    }
}
