//! Other languages in every charset they are written in, and real mail: no legacy Vietnamese, no
//! lost diacritics, however short the piece.

use congthu::text::{Sample, is_undiacritical, judge};
use encoding_rs::Encoding;
use std::path::{Path, PathBuf};

/// The first article of the Universal Declaration of Human Rights, in the public domain.
const ARTICLE: &[(&str, &str)] = &[
    (
        "French",
        "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité. Où sont passés l'été, la fête et la forêt ? Là-bas, dès la rentrée, à côté du marché.",
    ),
    (
        "German",
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen. Grüße für die schöne Straße, natürlich über Köln.",
    ),
    (
        "Spanish",
        "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros. ¿Qué día vendrá él? Mañana, después del café, sí, quizás más allá.",
    ),
    (
        "Portuguese",
        "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade. Não são só dois irmãos; há três, mas já não há avós. Amanhã é o último mês, então até lá.",
    ),
    (
        "Italian",
        "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza. Perché è così? Più tardi, lunedì, già là in città.",
    ),
    (
        "Catalan",
        "Tots els éssers humans neixen lliures i iguals en dignitat i en drets. Són dotats de raó i de consciència, i han de comportar-se fraternalment els uns amb els altres. Això és més difícil, però també bó.",
    ),
    (
        "Danish",
        "Alle mennesker er født frie og lige i værdighed og rettigheder. De er udstyret med fornuft og samvittighed, og de bør handle mod hverandre i en broderskabets ånd. På gården må du så få to får når du går på gulvet.",
    ),
    (
        "Swedish",
        "Alla människor är födda fria och lika i värde och rättigheter. De har utrustats med förnuft och samvete och bör handla gentemot varandra i en anda av gemenskap. Då får jag gå på två små gånger så här, må så vara.",
    ),
    (
        "Norwegian",
        "Alle mennesker er født frie og med samme menneskeverd og menneskerettigheter. De er utstyrt med fornuft og samvittighet og bør handle mot hverandre i brorskapets ånd. Så må vi gå på nå, få se på båt.",
    ),
    (
        "Finnish",
        "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä. Hän nyt näkee tämän päivän työn.",
    ),
    (
        "Hungarian",
        "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és lelkiismerettel bírván, egymással szemben testvéri szellemben kell hogy viseltessenek. Hát így ő is jó, mert két nő és hű fiú.",
    ),
    (
        "Czech",
        "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím a mají spolu jednat v duchu bratrství. Má dvě tři děti, až půjde dál, může být.",
    ),
    (
        "Slovak",
        "Všetci ľudia sa rodia slobodní a sebe rovní, čo sa týka ich dôstojnosti a práv. Sú obdarení rozumom a majú navzájom jednať v bratskom duchu. Tá má dve tri deti, už aj dá.",
    ),
    (
        "Polish",
        "Wszyscy ludzie rodzą się wolni i równi pod względem swojej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa. Tą dróżką idą, są już tuż, tuż.",
    ),
    (
        "Romanian",
        "Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sunt înzestrate cu rațiune și conștiință și trebuie să se comporte unele față de altele în spiritul fraternității. Că să fă lă nă.",
    ),
    (
        "Turkish",
        "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler. Dün gün çok güç, üç yüz kişi için.",
    ),
    (
        "Icelandic",
        "Hver maður er borinn frjáls og jafn öðrum að virðingu og réttindum. Menn eru gæddir vitsmunum og samvisku, og ber þeim að breyta bróðurlega hverjum við annan. Þá má sjá á þá ný lög, sú nú þó.",
    ),
    (
        "Irish",
        "Saolaítear gach duine den chine daonna saor agus comhionann i ndínit agus i gcearta. Tá bua an réasúin agus an choinsiasa acu agus ba cheart dóibh gníomhú i dtreo a chéile i spiorad an bhráithreachais. Tá sé, níl sí, bhí mé, cá bhfuil tú.",
    ),
    (
        "Welsh",
        "Genir pawb yn rhydd ac yn gydradd â'i gilydd mewn urddas a hawliau. Fe'u cynysgaeddir â rheswm a chydwybod, a dylai pawb ymddwyn y naill at y llall mewn ysbryd cymodlon. Tŷ, môr, tân, tŵr, bûm, gwên.",
    ),
    (
        "Estonian",
        "Kõik inimesed sünnivad vabadena ja võrdsetena oma väärikuselt ja õigustelt. Neile on antud mõistus ja südametunnistus ja nende suhtumist üksteisesse peab kandma vendluse vaim. Nõu, põhi, sõna, mõni, öö, töö.",
    ),
    (
        "Lithuanian",
        "Visi žmonės gimsta laisvi ir lygūs savo orumu ir teisėmis. Jiems suteiktas protas ir sąžinė ir jie turi elgtis vienas kito atžvilgiu kaip broliai. Tą mūsų jų šį.",
    ),
    (
        "Latvian",
        "Visi cilvēki piedzimst brīvi un vienlīdzīgi savā pašcieņā un tiesībās. Viņi ir apveltīti ar saprātu un sirdsapziņu, un viņiem jāizturas citam pret citu brālības garā. Kā tā nē jā.",
    ),
    (
        "Russian",
        "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    ),
    (
        "Ukrainian",
        "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства.",
    ),
    (
        "Greek",
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση.",
    ),
    ("Hebrew", "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון."),
    ("Arabic", "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا."),
    ("Thai", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม"),
    (
        "Chinese",
        "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
    ),
    (
        "Japanese",
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    ),
    ("Korean", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."),
    (
        "Indonesian",
        "Semua orang dilahirkan merdeka dan mempunyai martabat dan hak-hak yang sama. Mereka dikaruniai akal dan hati nurani dan hendaknya bergaul satu sama lain dalam semangat persaudaraan.",
    ),
    (
        "Tagalog",
        "Ang lahat ng tao'y isinilang na malaya at pantay-pantay sa karangalan at mga karapatan. Sila'y pinagkalooban ng katwiran at budhi at dapat magpalagayan ang isa't isa sa diwa ng pagkakapatiran.",
    ),
    (
        "Pinyin",
        "Rén rén shēng ér zì yóu, zài zūn yán hé quán lì shàng yī lǜ píng děng. Tā men fù yǒu lǐ xìng hé liáng xīn, bìng yīng yǐ xiōng dì guān xì de jīng shén xiāng duì dài. Nǐ hǎo ma, bù kě.",
    ),
    (
        "Hmong",
        "Txhua tus neeg yug los muaj kev ywj pheej thiab sib npaug zos hauv txoj cai. Lawv xyaum paub qhov laj thawj.",
    ),
    (
        "Yoruba",
        "Gbogbo ènìyàn ni a bí ní òmìnira; iyì àti ẹ̀tọ́ kọ̀ọ̀kan sì dọ́gba. Wọ́n ní ẹ̀bùn ti làákàyè àti ti ẹ̀rí-ọkàn, ó sì yẹ kí wọn ó máa hùwà sí ara wọn gẹ́gẹ́ bí ọmọ ìyá.",
    ),
    (
        "English",
        "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood. I'm sure it's naïve; the café's résumé (a+b^2) isn't.",
    ),
];

const CHARSETS: &[&str] = &[
    "utf-8",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-874",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "ibm866",
    "macintosh",
    "x-mac-cyrillic",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "euc-kr",
];

/// A text in every charset that has all its letters, and as what became of that where it was
/// taken for windows-1252.
fn forms(name: &str, text: &str) -> Vec<(String, Vec<u8>)> {
    let mut forms = Vec::new();
    for charset in CHARSETS {
        let (bytes, _, lossy) = Encoding::for_label(charset.as_bytes()).unwrap().encode(text);
        if !lossy {
            forms.push((format!("{name}, {charset}"), bytes.to_vec()));
            forms.push((format!("{name}, {charset}, misread"), super::misread(&bytes)));
        }
    }
    forms
}

/// Pieces of so many words, overlapping by half.
fn pieces(text: &[u8], words: usize) -> Vec<Vec<u8>> {
    let all: Vec<&[u8]> =
        text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let step = (words / 2).max(1);
    (0..all.len())
        .step_by(step)
        .map(|at| all[at..(at + words).min(all.len())].join(&b' '))
        .collect()
}

/// False alarms in pieces of every length.
fn alarms(texts: &[(String, Vec<u8>)]) -> (usize, Vec<String>) {
    let mut count = 0;
    let mut alarms = Vec::new();
    for (name, text) in texts {
        for words in [4, 8, 16, 32, 1_000_000] {
            for piece in pieces(text, words) {
                count += 1;
                if let Some(reading) = judge(&Sample::of(&piece)) {
                    alarms.push(format!("{name}, {words} words: {reading:?}"));
                }
                if std::str::from_utf8(&piece).is_ok_and(is_undiacritical) {
                    alarms.push(format!("{name}, {words} words: undiacritical"));
                }
            }
        }
    }
    (count, alarms)
}

#[test]
fn no_other_language_is_taken_for_vietnamese() {
    let texts: Vec<_> = ARTICLE.iter().flat_map(|(name, text)| forms(name, text)).collect();
    let (count, alarms) = alarms(&texts);
    println!(
        "{} languages, {} texts, {count} pieces, {} false",
        ARTICLE.len(),
        texts.len(),
        alarms.len()
    );
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

/// The declaration of human rights in the corpus's other languages.
fn declarations(corpus: &Path) -> Vec<(String, String)> {
    let other = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        (!name.contains("ietnam") && !name.starts_with("vie")).then_some((name, text))
    };
    files(&corpus.join("nltk-udhr")).iter().filter_map(other).collect()
}

/// All texts in other languages.
pub fn texts(corpus: &Path) -> Vec<(String, String)> {
    let article = ARTICLE.iter().map(|(name, text)| (name.to_string(), text.to_string()));
    article.chain(declarations(corpus)).collect()
}

#[test]
fn no_other_text_of_the_corpus_is_taken_for_vietnamese() {
    let Some(corpus) = super::corpus() else { return };
    let mut texts: Vec<_> =
        declarations(&corpus).iter().flat_map(|(name, text)| forms(name, text)).collect();
    for path in files(&corpus.join("uchardet")) {
        if path.parent().is_some_and(|folder| !folder.ends_with("vi")) {
            texts.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    let (count, alarms) = alarms(&texts);
    println!("{} texts, {count} pieces, {} false", texts.len(), alarms.len());
    assert!(texts.len() > 60 && alarms.is_empty(), "{}", alarms.join("\n"));
}

/// Right Vietnamese in pieces of every length, in both forms of Unicode.
#[test]
fn right_unicode_is_never_legacy() {
    use unicode_normalization::UnicodeNormalization;
    let Some(corpus) = super::corpus() else { return };
    let text = super::vietnamese(&corpus).join(" ");
    let nfd = text.nfd().collect::<String>();
    let texts = [("NFC".to_owned(), text.into_bytes()), ("NFD".to_owned(), nfd.into_bytes())];
    let (count, alarms) = alarms(&texts);
    println!("{count} pieces, {} false", alarms.len());
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

/// All mails of the corpus that are not made to be in a legacy encoding, as raw bytes.
#[test]
fn no_real_mail_is_taken_for_vietnamese() {
    let Some(corpus) = super::corpus() else { return };
    let manifest = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let (mut mails, mut alarms) = (0, Vec::new());
    for row in manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        if row[3] != "message" || row[0].starts_with("derived-vn") {
            continue;
        }
        let bytes = std::fs::read(corpus.join(row[0])).unwrap();
        // Binary files that stand among the mails are judged by their parts' types.
        if memchr::memchr(0, &bytes).is_some() {
            continue;
        }
        mails += 1;
        if let Some(reading) = judge(&Sample::of(&bytes)) {
            alarms.push(format!("{}: {reading:?}", row[0]));
        }
        if is_undiacritical(&String::from_utf8_lossy(&bytes)) {
            alarms.push(format!("{}: undiacritical", row[0]));
        }
    }
    println!("{mails} mails, {} false", alarms.len());
    assert!(mails > 2000 && alarms.is_empty(), "{}", alarms.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
