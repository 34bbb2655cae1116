//! Lists taken in from other programs, and lists that the regulations ask for.

use super::command::directory;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What Excel on a Vietnamese Windows saves: a mark, semicolons, CRLF, dates by day.
const EXCEL: &str = "\u{feff}STT;Địa chỉ thư điện tử;Họ và tên;Chức vụ;Đơn vị;Điện thoại;Trạng thái;Loại;Ngày cấp\r\n\
    1;An.Le@x.gov.vn;Lê Văn An;Chuyên viên;\"Phòng Một; tầng 2\";+84 270 100;hoạt động;cá nhân;05/01/2026\r\n\
    2;binh@x.gov.vn;Trần Bình;;Phòng Một;;khóa;cá nhân;\r\n\
    3;vanthu@x.gov.vn;Văn phòng;;;;;cơ quan;01/02/2025\r\n";

fn import(dir: &Path, list: &str, more: &[&str]) -> (i32, String, String) {
    fs::write(dir.join("list.csv"), list).unwrap();
    directory(dir, &[&["import", "list.csv", "-o", "danhba.csv"], more].concat())
}

fn written(dir: &Path) -> String {
    fs::read_to_string(dir.join("danhba.csv")).unwrap()
}

#[test]
fn a_spreadsheets_list_becomes_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let (code, out, err) = import(dir.path(), EXCEL, &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    let note = "  note: 1 columns say nothing to a directory and were passed over\n";
    assert_eq!(out, format!("danhba.csv: 3 entries, 3 new, 0 gone\n{note}"));
    let text = written(dir.path());
    let mut lines = text.lines();
    let heads = "address,state,kind,name,title,unit,phone,fax,born,holder,target,request,requested,\
                 issued,last_access,note";
    assert_eq!(lines.next(), Some(heads));
    let first = "an.le@x.gov.vn,active,personal,Lê Văn An,Chuyên viên,Phòng Một; tầng 2,\
                 +84 270 100,,,,,,,2026-01-05,,";
    assert_eq!(lines.next(), Some(first));
    // Taken in again it is the same.
    import(dir.path(), EXCEL, &[]);
    assert_eq!(written(dir.path()), text);
}

#[test]
fn what_a_person_did_and_what_the_source_does_not_know_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let old = "address,state,holder,request,note,name\n\
        an.le@x.gov.vn,revoked,,12/CV,lộ mật khẩu,An\nvanthu@x.gov.vn,active,Lý Thu,7/CV,,\n\
        cu@x.gov.vn,deleted,,,,\nmat@x.gov.vn,active,,,,\n";
    fs::write(dir.path().join("danhba.csv"), old).unwrap();
    let mode = fs::Permissions::from_mode(0o640);
    fs::set_permissions(dir.path().join("danhba.csv"), mode.clone()).unwrap();
    let (code, out, _) = import(dir.path(), EXCEL, &[]);
    assert_eq!(code, 0);
    assert!(out.starts_with("danhba.csv: 4 entries, 1 new, 1 gone\n  an.le@x.gov.vn stays revoked: lift that in danhba.csv itself\n"), "{out}");
    let text = written(dir.path());
    assert!(text.contains("an.le@x.gov.vn,revoked,personal,Lê Văn An,"), "{text}");
    assert!(text.contains(",12/CV,,2026-01-05,,lộ mật khẩu\n"), "{text}");
    assert!(text.contains(",Lý Thu,,7/CV,"), "{text}");
    assert!(text.contains("cu@x.gov.vn,deleted,"), "a deleted name stays taken: {text}");
    assert!(!text.contains("mat@"), "{text}");
    let now = fs::metadata(dir.path().join("danhba.csv")).unwrap().permissions();
    assert_eq!(now.mode() & 0o777, mode.mode());
}

#[test]
fn a_list_that_cannot_be_right_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let old = format!("address\n{}", (0..9).map(|at| format!("a{at}@x.vn\n")).collect::<String>());
    fs::write(dir.path().join("danhba.csv"), &old).unwrap();
    for (list, code, told) in [
        ("address\na1@x.vn\n", 1, "only 1 of 9 mailboxes would be left, so nothing was written"),
        ("address\na1@x.vn\nb\n", 66, "list.csv:3:1: `b` is no address"),
        ("address\n", 1, "only 0 of 9"),
        ("", 66, "list.csv: is empty"),
    ] {
        let (got, out, err) = import(dir.path(), list, &[]);
        assert_eq!((got, out.as_str()), (code, ""), "{err}");
        assert!(err.contains(told), "{err}");
        assert_eq!(written(dir.path()), old);
    }
    let (code, ..) = import(dir.path(), "address\na1@x.vn\n", &["--force"]);
    assert_eq!(code, 0);
    // No half of a file beside it either.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    let (code, _, err) = directory(dir.path(), &["import", "list.csv"]);
    assert_eq!(code, 64);
    assert!(err.contains("no policy has a directory"), "{err}");
}

#[test]
fn the_lists_that_the_regulation_asks_for() {
    let dir = tempfile::tempdir().unwrap();
    let list = "address,state,kind,name,title,unit,phone,holder,request,requested,issued,last_access\n\
        an@x.vn,active,personal,Lê An,Trưởng phòng,Sở Một,=1+2,,1/CV,2025-01-02,2025-01-05,2026-11-01\n\
        binh@x.vn,active,personal,Trần Bình,,Sở Một,,,,,2025-01-05,2026-05-22\n\
        chi@x.vn,locked,personal,Lý Chi,,Sở Một,,,,,2025-01-05,2025-11-22\n\
        dung@x.vn,active,personal,Ngô Dung,,Sở Một,,,,,,\n\
        em@x.vn,active,personal,Vũ Em,,Sở Một,,,,,2026-05-23,\n\
        phong@x.vn,active,agency,Phòng Hai,,Sở Một,,,2/CV,2025-01-02,2026-11-01,\n\
        to@x.vn,deleted,agency,Tổ Ba,,Sở Một,,,,,2020-01-01,\n\
        vanthu@x.vn,active,agency,Văn thư,,Sở Một,,Lý Thu,2/CV,2025-01-02,2026-11-01,\n";
    fs::write(dir.path().join("danhba.csv"), list).unwrap();
    let export = |list: &str| {
        let arguments = ["export", "danhba.csv", "--list", list, "--at", "2026-11-22"];
        let (code, out, err) = directory(dir.path(), &arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        out
    };
    let public = export("public");
    let heads = "\u{feff}Họ và tên,Chức vụ,Đơn vị,Điện thoại,Fax,Địa chỉ thư điện tử\n";
    assert!(public.starts_with(heads), "{public}");
    assert!(public.contains("Lê An,Trưởng phòng,Sở Một,'=1+2,,an@x.vn\n"), "{public}");
    assert!(!public.contains("chi@") && !public.contains("to@"), "{public}");
    let unused = export("unused");
    let rows: Vec<&str> = unused.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "binh@x.vn,Trần Bình,Sở Một,active,2026-05-22,tạm khóa",
            "chi@x.vn,Lý Chi,Sở Một,locked,2025-11-22,xóa",
            "dung@x.vn,Ngô Dung,Sở Một,active,,không có ngày",
        ]
    );
    assert_eq!(
        export("without-holder").lines().skip(1).collect::<Vec<_>>(),
        ["phong@x.vn,Phòng Hai,Sở Một"]
    );
    assert_eq!(export("without-request").lines().count(), 6);
}
