//! HTML as text: fonts, entities, what is hidden, what is broken.

use congthu::text::{Encoding, Run, html_runs, is_capital_font};
use std::borrow::Cow;

fn read(page: &str) -> Vec<(Option<String>, String)> {
    let runs = html_runs(page.as_bytes()).into_iter();
    runs.map(|Run { text, font, .. }: Run<'_>| {
        (font, String::from_utf8_lossy(&Cow::into_owned(text)).into_owned())
    })
    .collect()
}

fn plain(page: &str) -> String {
    let text: String = read(page).into_iter().map(|(_, text)| text).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn fonts_of_runs() {
    let page = "a<font face='.VnTime, Arial'>b<font face=\"VNI-Times\">c</font>d</font>e\
        <span style=\"font-size:9pt; font-family: &quot;.VnTimeH&quot;, serif\">f<b>g</b></span>h<p style='font-family:Arial'>i";
    let got = read(page);
    let got: Vec<(Option<&str>, &str)> =
        got.iter().map(|(font, text)| (font.as_deref(), text.trim())).collect();
    let want = [
        (None, "a"),
        (Some(".VnTime"), "b"),
        (Some("VNI-Times"), "c"),
        (Some(".VnTime"), "d"),
        (None, "e"),
        (Some(".VnTimeH"), "fg"),
        (None, "h"),
        (Some("Arial"), "i"),
    ];
    assert_eq!(got, want);
}

#[test]
fn tags_comments_scripts_and_styles_are_no_text() {
    assert_eq!(
        plain("<!-- a > b --><style>p{}</style><script>if (a<b) x()</script>c<br>d<p>e"),
        "c d e"
    );
    assert_eq!(
        plain("1 < 2 & 3 > 2 &amp; &lt;b&gt; &nope; &#65;&#x42;&eacute;"),
        "1 < 2 & 3 > 2 & <b> &nope; ABé"
    );
    assert_eq!(plain("a<img alt='x>y'>b"), "a b");
    assert_eq!(plain("k<b>Ý</b>nh"), "kÝnh");
    assert_eq!(plain("a<b"), "a");
    assert_eq!(plain("<script>never closed"), "");
    assert_eq!(plain("<a href=\"never closed>text"), "text");
}

/// A page that is not UTF-8 gets entities as its own bytes, so that words stay whole.
#[test]
fn entities_join_the_bytes_of_the_page() {
    let runs = html_runs(b"k&Yacute;nh g\xf6i");
    assert_eq!(&*runs[0].text, b"k\xddnh g\xf6i");
}

#[test]
fn nesting_and_length_cost_nothing() {
    let deep = "<font face='.VnTime'>".repeat(50_000) + "x" + &"</font>".repeat(50_000) + "y";
    assert_eq!(plain(&deep), "xy");
    assert!(html_runs("<".repeat(200_000).as_bytes()).len() <= 1);
    assert!(html_runs("<a '".repeat(50_000).as_bytes()).len() <= 1);
    assert!(html_runs("&#".repeat(200_000).as_bytes()).len() <= 1);
}

#[test]
fn fonts_by_name() {
    for (font, encoding) in [
        (".VnTime", Some(Encoding::Tcvn3)),
        (".vnarialh", Some(Encoding::Tcvn3)),
        ("VNI-Times", Some(Encoding::Vni)),
        ("VPS Times", Some(Encoding::Vps)),
        ("UVN Bai Sau", None),
        ("UTM Avo", None),
        ("SVN-Times New Roman", None),
        ("Times New Roman", None),
    ] {
        assert_eq!(Encoding::of_font(font), encoding, "{font}");
    }
    assert!(
        is_capital_font(".VnTimeH") && !is_capital_font(".VnTime") && !is_capital_font("ARIALH")
    );
}
