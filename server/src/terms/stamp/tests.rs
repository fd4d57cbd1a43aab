use std::process::Command;

use lopdf::{EncryptionState, EncryptionVersion, Permissions};

use super::*;

fn mark() -> Mark {
    Mark {
        across: vec!["CONFIDENTIAL".to_owned(), "Zoë Łukasz, ACME".to_owned(), "1 March 2026".to_owned()],
        foot: "Confidential. Given to Zoë (zoe@acme.example).".to_owned(),
    }
}

/// A file with pages of these fields and contents, whose tree has these fields.
fn pdf(tree: Dictionary, pages: Vec<(Dictionary, Vec<&str>)>) -> Document {
    let mut document = Document::with_version("1.5");
    let root = document.new_object_id();
    let kids = pages.into_iter().map(|(fields, contents)| {
        let mut streams = contents.into_iter().map(|content| {
            let mut stream = Stream::new(Dictionary::new(), content.as_bytes().to_vec());
            stream.compress().unwrap();
            Object::Reference(document.add_object(stream))
        });
        let contents = streams.by_ref().collect::<Vec<_>>();
        drop(streams);
        let mut page = dictionary! { "Type" => "Page", "Parent" => root };
        if !contents.is_empty() {
            page.set("Contents", contents);
        }
        page.extend(&fields);
        Object::Reference(document.add_object(page))
    });
    let kids = kids.collect::<Vec<_>>();
    let mut node = dictionary! { "Type" => "Pages", "Count" => i64::try_from(kids.len()).unwrap(), "Kids" => kids };
    node.extend(&tree);
    document.objects.insert(root, Object::Dictionary(node));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => root });
    document.trailer.set("Root", catalog);
    document
}

fn saved(mut document: Document) -> Vec<u8> {
    let mut body = Vec::new();
    document.save_to(&mut body).unwrap();
    body
}

fn sized(values: [i64; 4]) -> Object {
    Object::Array(values.map(Object::Integer).to_vec())
}

fn a4() -> Dictionary {
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" };
    dictionary! {
        "MediaBox" => sized([0, 0, 595, 842]),
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
    }
}

const TEXT: &str = "BT /F1 12 Tf 72 700 Td (Findings: none.) Tj ET";

#[test]
fn every_page_says_who_downloaded_it_and_keeps_what_it_said() {
    let turned = |quarters: i64| dictionary! { "Rotate" => quarters };
    let own = dictionary! { "Resources" => dictionary! {}, "MediaBox" => sized([100, 900, -200, 100]) };
    let body = saved(pdf(
        a4(),
        vec![
            (Dictionary::new(), vec![TEXT]),
            (turned(90), vec!["q 0.5 0 0 0.5 0 0 cm q BT /F1", "12 Tf 72 700 Td (Findings: none.) Tj ET"]),
            (turned(-90), vec!["Q Q /OC /Layer BDC", TEXT, "BT"]),
            (own, Vec::new()),
        ],
    ));
    let stamped = stamp(&body, &mark()).unwrap();
    let document = Document::load_mem(&stamped).unwrap();
    for page in 1..=4 {
        let text = document.extract_text(&[page]).unwrap();
        for told in ["CONFIDENTIAL", "Zoë ?ukasz, ACME", "1 March 2026", "zoe@acme.example"] {
            assert!(text.contains(told), "{told} on page {page}: {text}");
        }
        assert_eq!(text.contains("Findings: none."), page != 4, "{text}");
        let open = unbalanced(&document.get_page_content(document.get_pages()[&page]));
        assert_eq!(open, Unbalanced::default(), "page {page}");
    }
    independently(&stamped);
}

/// The same by a program of somebody else, where there is one.
fn independently(stamped: &[u8]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), stamped).unwrap();
    match Command::new("pdftotext").arg(file.path()).arg("-").output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(text.matches("zoe@acme.example").count(), 4, "{text}");
            assert_eq!(text.matches("Findings: none.").count(), 3, "{text}");
        }
        Err(error) => eprintln!("pdftotext is not here ({error}): read back by lopdf alone"),
    }
}

#[test]
fn a_mark_stands_upright_on_the_page_as_it_is_shown() {
    let at = |fields: Dictionary| {
        let document = pdf(a4(), vec![(fields, Vec::new())]);
        let sheet = Sheet::of(&document, document.page_iter().next().unwrap()).unwrap();
        let [a, b, c, d, e, f] = sheet.matrix;
        // The corners as they are shown: lower left, lower right, upper left.
        let corner = |x: f32, y: f32| (a * x + c * y + e, b * x + d * y + f);
        (corner(0.0, 0.0), corner(sheet.width, 0.0), corner(0.0, sheet.height))
    };
    assert_eq!(at(dictionary! {}), ((0.0, 0.0), (595.0, 0.0), (0.0, 842.0)));
    // Turned clockwise by a quarter, what was the lower right corner is the lower left one.
    assert_eq!(at(dictionary! { "Rotate" => 90 }), ((595.0, 0.0), (595.0, 842.0), (0.0, 0.0)));
    assert_eq!(at(dictionary! { "Rotate" => 180 }), ((595.0, 842.0), (0.0, 842.0), (595.0, 0.0)));
    assert_eq!(at(dictionary! { "Rotate" => 270 }), ((0.0, 842.0), (0.0, 0.0), (595.0, 842.0)));
    let cropped = dictionary! { "CropBox" => sized([100, 100, 300, 9_000]) };
    assert_eq!(at(cropped), ((100.0, 100.0), (300.0, 100.0), (100.0, 842.0)));
    let outside = dictionary! { "CropBox" => sized([1_000, 1_000, 1_100, 1_100]) };
    assert_eq!(at(outside), ((0.0, 0.0), (595.0, 0.0), (0.0, 842.0)));
}

#[test]
fn resources_that_pages_share_are_left_to_each() {
    let mut document = pdf(a4(), vec![(Dictionary::new(), vec![TEXT]), (Dictionary::new(), vec![TEXT])]);
    let named = dictionary! { "Vitrine0" => dictionary! { "Type" => "Font", "BaseFont" => "Courier" } };
    let shared = document.add_object(dictionary! { "Font" => named });
    let pages = document.page_iter().collect::<Vec<_>>();
    for page in &pages {
        document.get_dictionary_mut(*page).unwrap().set("Resources", shared);
    }
    let stamped = Document::load_mem(&stamp(&saved(document), &mark()).unwrap()).unwrap();
    for page in stamped.page_iter() {
        let fonts = stamped.get_page_fonts(page).unwrap();
        assert_eq!(fonts.len(), 2);
        assert_eq!(fonts[&b"Vitrine0".to_vec()].get(b"BaseFont").unwrap().as_name().unwrap(), b"Courier");
        assert_eq!(fonts[&b"Vitrine1".to_vec()].get(b"BaseFont").unwrap().as_name().unwrap(), b"Helvetica-Bold");
    }
}

#[test]
fn states_are_counted_outside_of_strings_names_and_pictures() {
    for (content, expected) in [
        ("q Q q", (0, 1)),
        ("Q q", (1, 1)),
        ("(q \\) (q) Q) Tj <71> Tj /q gs % q q\nq", (0, 1)),
        ("/Span <</MCID 0 /q (Q)>> BDC q EMC", (0, 1)),
        ("BI /W 1 ID q Q q EIx q EI Q", (1, 0)),
        ("[(q) 1 <0051>] TJ q\0Q", (0, 0)),
        ("(q", (0, 0)),
        ("<q", (0, 0)),
        ("BI ID q", (0, 0)),
    ] {
        let open = unbalanced(content.as_bytes());
        assert_eq!((open.before, open.after), expected, "{content}");
    }
    let open = unbalanced(b"/OC /Layer BDC /a BMC EMC BT (ET) Tj");
    assert_eq!(open, Unbalanced { marked: 1, texts: 1, ..Unbalanced::default() });
}

#[test]
fn what_cannot_be_marked_whole_is_refused() {
    let one = || pdf(a4(), vec![(Dictionary::new(), vec![TEXT])]);
    let refused = |body: &[u8]| stamp(body, &mark()).map(|_| ()).unwrap_err();
    assert!(matches!(refused(b""), NotMarked::Unreadable(_)));
    assert!(matches!(refused(b"%PDF-1.7 a report"), NotMarked::Unreadable(_)));
    let body = saved(one());
    assert!(stamp(&body[..body.len() / 3], &mark()).is_err(), "half a file");

    for (owner, user) in [("o", "u"), ("o", "")] {
        let mut document = one();
        let id = Object::string_literal("0123456789abcdef");
        document.trailer.set("ID", vec![id.clone(), id]);
        let version = EncryptionVersion::V2 {
            document: &document,
            owner_password: owner,
            user_password: user,
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).unwrap();
        document.encrypt(&state).unwrap();
        let refused = refused(&saved(document));
        assert!(matches!(refused, NotMarked::Encrypted), "{refused:?}");
    }

    let mut miscounted = one();
    let root = miscounted.catalog().unwrap().get(b"Pages").unwrap().as_reference().unwrap();
    miscounted.get_dictionary_mut(root).unwrap().set("Count", 2);
    assert!(matches!(refused(&saved(miscounted)), NotMarked::Broken(_)));

    let mut unsized_ = one();
    let root = unsized_.catalog().unwrap().get(b"Pages").unwrap().as_reference().unwrap();
    unsized_.get_dictionary_mut(root).unwrap().remove(b"MediaBox");
    assert!(matches!(refused(&saved(unsized_)), NotMarked::Broken(_)));

    let mut hollow = one();
    let page = hollow.page_iter().next().unwrap();
    hollow.get_dictionary_mut(page).unwrap().set("Contents", Object::Reference((999, 0)));
    assert!(matches!(refused(&saved(hollow)), NotMarked::Broken(_)));
}
