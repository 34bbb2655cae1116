//! Lists of mailboxes: how they are read, what is told of their mistakes, what RCPT learns.

use super::{list, shipped};
use congthu::directory::{Column, Kind, Rows, Rulebook, Snapshot, Standing, State, audit, source};
use congthu::mail::Address;
use std::fs;
use std::time::SystemTime;

/// What loading says.
fn mistakes(text: &str) -> String {
    match Snapshot::of(&list(text), SystemTime::UNIX_EPOCH) {
        Ok(_) => "was loaded".to_owned(),
        Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn what_spreadsheets_save_is_read() {
    let text = "sep=;\r\n\"Địa chỉ Email\";Trạng thái;Loại;\"Họ và tên\";Đơn vị;Ngày cấp;Năm sinh\r\n\
                \"AN.Van@X.gov.vn\";Tạm khóa;cá nhân;\"Trần  Văn \"\"An\"\"\nThư\";\"Sở; phòng\";5/1/2026;12/03/1980\r\n\
                ;;;;;;\r\n\
                b@x.gov.vn;;Nhóm;;;2026-02-28;1979\r\n";
    let source = source("a.csv".to_owned(), [b"\xef\xbb\xbf", text.as_bytes()].concat()).unwrap();
    let rows: Vec<_> = Rows::new(&source, false).unwrap().map(|row| row.unwrap()).collect();
    let [first, second] = &rows[..] else { panic!("{rows:?}") };
    let entry = &first.entry;
    assert_eq!((entry.address.as_str(), entry.state), ("an.van@x.gov.vn", State::Locked));
    assert_eq!((entry.name.as_str(), entry.unit.as_str()), ("Trần Văn \"An\" Thư", "Sở; phòng"));
    assert_eq!(
        (entry.issued.unwrap().to_string().as_str(), entry.born),
        ("2026-01-05", Some(1980))
    );
    assert_eq!((first.line, second.line), (3, 6));
    assert_eq!((second.entry.kind, second.entry.state), (Kind::Group, State::Active));
    assert_eq!(second.entry.issued.unwrap().to_string(), "2026-02-28");
}

#[test]
fn every_mistake_has_its_place() {
    for (text, told) in [
        ("", "danhba.csv: is empty: the first line names the columns, such as address,state,name"),
        ("name,state\n", "danhba.csv: has no column `address` (địa chỉ)"),
        (
            "address,stat\n",
            "danhba.csv:1:9: unknown column `stat`; did you mean `state`?\n  |\n1 | address,stat\n  |         ^^^^",
        ),
        (
            "address,mail\n",
            "danhba.csv:1:9: the column `address` stands here twice\n  |\n1 | address,mail\n  |         ^^^^",
        ),
        (
            "address;state\na@x.vn;lokced\n",
            "danhba.csv:2:8: unknown state `lokced`; did you mean `locked`?\n  |\n2 | a@x.vn;lokced\n  |        ^^^^^^",
        ),
        (
            "address\na@x.vn\nan văn@x.vn\n",
            "danhba.csv:3:1: `an văn@x.vn` is no address; write it as `vanthu@x.gov.vn`\n  |\n3 | an văn@x.vn\n  | ^^^^^^^^^^^",
        ),
        (
            "address,name\r\n\r\n,Lê Sen\r\n",
            "danhba.csv:3:1: this line has no address\n  |\n3 | ,Lê Sen\n  | ^",
        ),
        (
            "address\na@x.vn\nA@X.vn\n",
            "danhba.csv:3:1: `a@x.vn` stands in line 2 already\n  |\n3 | A@X.vn\n  | ^^^^^^",
        ),
        (
            "address,name\na@x.vn,Lê,Sen\n",
            "danhba.csv:2:11: more cells than columns: a cell that holds the separator stands in double quotes\n  |\n2 | a@x.vn,Lê,Sen\n  |           ^^^",
        ),
        (
            "address,issued\na@x.vn,30/02/2026\n",
            "danhba.csv:2:8: `30/02/2026` is no date; write it as 27/02/2026 or 2026-02-27\n  |\n2 | a@x.vn,30/02/2026\n  |        ^^^^^^^^^^",
        ),
        (
            "address,kind\na@x.vn,alias\n",
            "danhba.csv:2:1: an alias needs the column `target`: where its letters go\n  |\n2 | a@x.vn,alias\n  | ^^^^^^",
        ),
        (
            "address,kind,target\na@x.vn,alias,b@x.vn\n",
            "danhba.csv:2:14: `b@x.vn` is not in the directory\n  |\n2 | a@x.vn,alias,b@x.vn\n  |              ^^^^^^",
        ),
        (
            "address,kind,target\na@x.vn,alias,b@x.vn\nb@x.vn,alias,a@x.vn\n",
            "danhba.csv:2:14: `a@x.vn` leads through more than 8 aliases, or in a circle",
        ),
    ] {
        let mistakes = mistakes(text);
        assert!(mistakes.starts_with(told), "{text}\n-- told\n{mistakes}\n-- expected\n{told}");
    }
    let utf16: Vec<u8> = "address\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = source("a.csv".to_owned(), [b"\xff\xfe", &utf16[..]].concat()).unwrap_err();
    assert!(error.to_string().starts_with("a.csv: is UTF-16; save it as UTF-8"), "{error}");
    let tcvn3 = source("a.csv".to_owned(), b"address,name\na@x.vn,Tr\xc7n\n".to_vec()).unwrap_err();
    assert!(tcvn3.to_string().starts_with("a.csv:2:10: is not UTF-8 here"), "{tcvn3}");
}

#[test]
fn mistakes_are_told_up_to_fifty() {
    let text = format!("address\n{}", "no address\n".repeat(200_000));
    assert_eq!(Snapshot::of(&list(&text), SystemTime::UNIX_EPOCH).unwrap_err().len(), 50);
}

#[test]
fn a_recipient_stands_as_the_list_says() {
    let text = "address,state,kind,target\n\
                an@x.vn,,,\nbinh@x.vn,locked,,\nchi@x.vn,revoked,,\ndung@x.vn,deleted,,\n\
                vanthu@x.vn,,agency,\nban+tin@x.vn,locked,group,an@x.vn\n\
                a1@x.vn,,alias,an@x.vn\na2@x.vn,,alias,binh@x.vn\na3@x.vn,,alias,a2@x.vn chi@x.vn\n\
                a4@x.vn,,alias,a2@x.vn a1@x.vn\na5@x.vn,,alias,ai@elsewhere.vn\na6@x.vn,locked,alias,an@x.vn\n\
                a7@x.vn,,alias,a6@x.vn\npostmaster@y.vn,locked,,\n";
    let snapshot = Snapshot::of(&list(text), SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(snapshot.len(), 14);
    let listed = |state| Some(Standing::Listed(state));
    for (recipient, standing) in [
        ("an@x.vn", listed(State::Active)),
        ("AN@X.VN", listed(State::Active)),
        ("\"an\"@x.vn", listed(State::Active)),
        ("an+hop@x.vn", listed(State::Active)),
        ("binh@x.vn", listed(State::Locked)),
        ("binh+hop+so@x.vn", listed(State::Locked)),
        ("chi@x.vn", listed(State::Revoked)),
        ("dung@x.vn", listed(State::Deleted)),
        ("vanthu@x.vn", listed(State::Active)),
        ("ban+tin@x.vn", listed(State::Locked)),
        ("ban@x.vn", Some(Standing::Unknown)),
        ("ban+khac@x.vn", Some(Standing::Unknown)),
        ("a1@x.vn", listed(State::Active)),
        ("a2@x.vn", listed(State::Locked)),
        ("a3@x.vn", listed(State::Locked)),
        ("a4@x.vn", listed(State::Active)),
        ("a5@x.vn", listed(State::Active)),
        ("a6@x.vn", listed(State::Locked)),
        ("a7@x.vn", listed(State::Locked)),
        ("ai@x.vn", Some(Standing::Unknown)),
        // Never refused, listed or not.
        ("postmaster@x.vn", None),
        ("Abuse@x.vn", None),
        ("postmaster@y.vn", None),
        ("postmaster", None),
        // None of its mailboxes is listed: it is another server's.
        ("an@phong.x.vn", None),
        ("an@z.vn", None),
    ] {
        assert_eq!(snapshot.standing(&Address::new(recipient)), standing, "{recipient}");
    }
}

#[test]
fn a_list_is_held_against_its_scheme() {
    let text = fs::read_to_string("fixtures/directory/lists/tiengiang.csv").unwrap();
    let (source, rules) = (list(&text), shipped());
    let mut rows = Rows::new(&source, true).unwrap();
    assert_eq!(rows.passed_over(), 1);
    let all: Vec<_> = rows.by_ref().map(|row| row.unwrap()).collect();
    let directory = &rules.policy("tiengiang-2016").unwrap().directory;
    let found = audit(&rows, &all, |_| {
        Some(Rulebook { scheme: directory.scheme.unwrap(), places: &directory.places })
    });
    let told = |errors: &[congthu::tomlfile::Error]| -> Vec<String> {
        errors.iter().map(|e| format!("{}:{} {}", e.line, e.column, e.message)).collect()
    };
    let article = "(Điều 4 QĐ 51/2016/QĐ-UBND)";
    assert_eq!(
        told(&found.errors),
        [
            format!("4:3 it is not formed from the name; right is `lminhhieu@tiengiang.gov.vn` {article}"),
            "5:3 `leminhhieu@tiengiang.gov.vn` stands in line 2 already".to_owned(),
            "6:3 `chauthanh` is the address of a district or a body".to_owned(),
            "7:3 an address has the letters a to z, digits and single dots only, as `nguyenkhai@tiengiang.gov.vn`".to_owned(),
            "8:3 `@gmail.example` is not the domain of the regulation: `@tiengiang.gov.vn`".to_owned(),
            format!("11:4 it is not formed from the name; right is `tanphuoc.myphuoc@tiengiang.gov.vn` {article}"),
        ]
    );
    let form = "form 2: the initial of the family name, then the rest";
    assert_eq!(
        told(&found.warnings),
        [
            format!("3:3 `lminhhieu@tiengiang.gov.vn` is free and comes before it ({form})"),
            format!(
                "10:3 the district's own short name belongs there: `txgocong.phuong1@tiengiang.gov.vn` {article}"
            ),
        ]
    );
    assert_eq!((found.entries, found.unnamed, found.unrequested), (12, 0, 10));
}

#[test]
fn two_spellings_of_one_name_are_one_name() {
    let source = list("address\nhieu@tiengiang.gov.vn\nhiếu@tiengiang.gov.vn\n");
    let mut rows = Rows::new(&source, true).unwrap();
    let all: Vec<_> = rows.by_ref().map(|row| row.unwrap()).collect();
    let found = audit(&rows, &all, |_| None);
    let [error] = &found.errors[..] else { panic!("{found:?}") };
    assert!(error.message.contains("without diacritics"), "{error}");
    assert_eq!(rows.error(&all[1], Column::Address, "x").line, 3);
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_directory_or_a_list_of_mistakes(
        head in "[a-z,;\\t\" \n]{0,30}", text in "([a-z@.,;\"\n\r+ ]|\\PC){0,200}",
    ) {
        for text in [text.clone(), format!("address,state,kind,target\n{text}"), head + &text] {
            let Ok(source) = source("a.csv".to_owned(), text.into_bytes()) else { continue };
            if let Ok(snapshot) = Snapshot::of(&source, SystemTime::UNIX_EPOCH) {
                snapshot.standing(&Address::new("a+b@x.vn"));
            }
        }
    }
}
