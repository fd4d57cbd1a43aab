//! Marks every page of a PDF with who downloads it.

use data_encoding::HEXLOWER;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream, dictionary};

/// What a file may unpack to, so that a small one can't take the machine's memory.
const LARGEST: usize = 256 << 20;
/// As deep as a tree of pages is followed.
const DEEPEST: usize = 64;

/// Why a file is not marked.
#[derive(Debug, thiserror::Error)]
pub enum NotMarked {
    #[error("it is encrypted")]
    Encrypted,
    #[error("it can’t be read as a PDF: {0}")]
    Unreadable(String),
    #[error("its {0}")]
    Broken(&'static str),
}

impl From<lopdf::Error> for NotMarked {
    fn from(error: lopdf::Error) -> Self {
        match error {
            lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) => Self::Encrypted,
            error => Self::Unreadable(error.to_string()),
        }
    }
}

/// What stands on each page: across its middle, and at its foot.
#[derive(Clone, Debug)]
pub struct Mark {
    pub across: Vec<String>,
    pub foot: String,
}

/// The file with the mark on every page. It takes a while: not for a thread that answers requests.
///
/// # Errors
/// Where any page could be left unmarked.
pub fn stamp(body: &[u8], mark: &Mark) -> Result<Vec<u8>, NotMarked> {
    let options = LoadOptions::with_max_decompressed_size(LARGEST);
    let mut document = Document::load_mem_with_options(body, options)?;
    // Opened with an empty password is encrypted all the same: its author said what may be done with it.
    if document.trailer.has(b"Encrypt") || document.was_encrypted() {
        return Err(NotMarked::Encrypted);
    }
    let mut pages = document.page_iter().collect::<Vec<_>>();
    let root = document.catalog()?.get_deref(b"Pages", &document)?.as_dict()?;
    let counted = root.get_deref(b"Count", &document)?.as_i64()?;
    if pages.is_empty() || usize::try_from(counted) != Ok(pages.len()) {
        return Err(NotMarked::Broken("pages can’t be counted"));
    }
    pages.sort_unstable();
    pages.dedup();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica-Bold", "Encoding" => "WinAnsiEncoding",
    });
    let pale = document.add_object(dictionary! { "Type" => "ExtGState", "ca" => 0.22, "CA" => 0.22, "BM" => "Normal" });
    let full = document.add_object(dictionary! { "Type" => "ExtGState", "ca" => 1, "CA" => 1, "BM" => "Normal" });
    for page in pages {
        stamp_page(&mut document, page, [font, pale, full], mark)?;
    }
    let mut stamped = Vec::with_capacity(body.len() + 16_384);
    document.save_to(&mut stamped).map_err(|error| NotMarked::Unreadable(error.to_string()))?;
    Ok(stamped)
}

fn stamp_page(document: &mut Document, page: ObjectId, means: [ObjectId; 3], mark: &Mark) -> Result<(), NotMarked> {
    let sheet = Sheet::of(document, page)?;
    let mut resources = match inherited(document, page, b"Resources")? {
        Some(found) => found.as_dict().map_err(|_| NotMarked::Broken("resources are none"))?.clone(),
        None => Dictionary::new(),
    };
    let [font, pale, full] = means;
    let font = name(document, &mut resources, b"Font", font)?;
    let pale = name(document, &mut resources, b"ExtGState", pale)?;
    let full = name(document, &mut resources, b"ExtGState", full)?;
    let contents = contents(document, page)?;
    let open = unbalanced(&document.get_page_content_with_limit(page, LARGEST)?);
    // What the page says itself must not move or hide the mark: it begins and ends with the state of an empty page.
    let opened = document.add_object(Stream::new(Dictionary::new(), "q\n".repeat(1 + open.before).into_bytes()));
    let mut last = "\nET".repeat(open.texts);
    last.push_str(&"\nEMC".repeat(open.marked));
    last.push_str(&"\nQ".repeat(1 + open.after));
    last.push_str(&sheet.draw(mark, &font, &pale, &full));
    let closed = document.add_object(Stream::new(Dictionary::new(), last.into_bytes()));
    let contents = std::iter::once(opened).chain(contents).chain([closed]).map(Object::Reference).collect::<Vec<_>>();
    let page = document.get_dictionary_mut(page)?;
    page.set("Contents", contents);
    page.set("Resources", resources);
    Ok(())
}

/// What a page has, or whatever stands above it in the tree.
fn inherited<'a>(document: &'a Document, page: ObjectId, key: &[u8]) -> Result<Option<&'a Object>, NotMarked> {
    let mut node = document.get_dictionary(page)?;
    for _ in 0..DEEPEST {
        if let Ok(found) = node.get_deref(key, document)
            && !found.is_null()
        {
            return Ok(Some(found));
        }
        match node.get(b"Parent") {
            Ok(_) => node = node.get_deref(b"Parent", document)?.as_dict()?,
            Err(_) => return Ok(None),
        }
    }
    Err(NotMarked::Broken("tree of pages is too deep"))
}

/// Puts something among a page's resources, under a name that nothing there has.
fn name(
    document: &Document,
    resources: &mut Dictionary,
    category: &[u8],
    object: ObjectId,
) -> Result<String, NotMarked> {
    let mut named = match resources.get_deref(category, document) {
        Ok(Object::Dictionary(named)) => named.clone(),
        // A dangling reference is as good as none (ISO 32000-1, section 7.3.10).
        Ok(Object::Null) | Err(_) => Dictionary::new(),
        Ok(_) => return Err(NotMarked::Broken("resources are none")),
    };
    let mut number = 0_u32;
    let name = loop {
        let name = format!("Vitrine{number}");
        if !named.has(name.as_bytes()) {
            break name;
        }
        number += 1;
    };
    named.set(name.as_str(), Object::Reference(object));
    resources.set(category, named);
    Ok(name)
}

/// The streams that a page is written in.
fn contents(document: &Document, page: ObjectId) -> Result<Vec<ObjectId>, NotMarked> {
    let dictionary = document.get_dictionary(page)?;
    let streams = document.get_page_contents(page);
    let stated = match dictionary.get(b"Contents") {
        Err(_) => 0,
        Ok(_) => match dictionary.get_deref(b"Contents", document) {
            Ok(Object::Array(all)) => all.len(),
            Ok(Object::Null) => 0,
            Ok(_) => 1,
            Err(_) => return Err(NotMarked::Broken("pages lack their content")),
        },
    };
    let all_there = streams.iter().all(|id| document.get_object(*id).is_ok_and(|object| object.as_stream().is_ok()));
    if streams.len() != stated || !all_there {
        return Err(NotMarked::Broken("pages lack their content"));
    }
    Ok(streams)
}

/// What a page begins and never ends, or ends without having begun it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Unbalanced {
    /// States of graphics that it takes away and never kept.
    before: usize,
    /// States of graphics that it keeps and never takes away.
    after: usize,
    /// Marked content, which a layer that is off would hide.
    marked: usize,
    texts: usize,
}

fn unbalanced(content: &[u8]) -> Unbalanced {
    let mut open = Unbalanced::default();
    for operator in operators(content) {
        match operator {
            b"q" => open.after += 1,
            b"Q" if open.after == 0 => open.before += 1,
            b"Q" => open.after -= 1,
            b"BMC" | b"BDC" => open.marked += 1,
            b"EMC" => open.marked = open.marked.saturating_sub(1),
            b"BT" => open.texts = 1,
            b"ET" => open.texts = 0,
            _ => {}
        }
    }
    open
}

/// The words of a content stream that are no names, strings or data of pictures: operators, and numbers.
fn operators(content: &[u8]) -> Vec<&[u8]> {
    const ENDS: &[u8] = b"()<>[]{}/%";
    let is_space = |byte: u8| byte.is_ascii_whitespace() || byte == 0;
    let word = |from: usize| {
        let end = content[from..].iter().position(|byte| is_space(*byte) || ENDS.contains(byte));
        end.map_or(content.len(), |end| from + end)
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < content.len() {
        match content[at] {
            b'(' => {
                let mut depth = 0_usize;
                while at < content.len() {
                    match content[at] {
                        b'\\' => at += 1,
                        b'(' => depth += 1,
                        b')' => depth -= 1,
                        _ => {}
                    }
                    at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            b'<' if content.get(at + 1) == Some(&b'<') => at += 2,
            b'<' => {
                at = content[at..].iter().position(|byte| *byte == b'>').map_or(content.len(), |end| at + end + 1);
            }
            b'%' => {
                let line = content[at..].iter().position(|byte| [b'\n', b'\r'].contains(byte));
                at = line.map_or(content.len(), |end| at + end);
            }
            b'/' => at = word(at + 1),
            byte if is_space(byte) || ENDS.contains(&byte) => at += 1,
            _ => {
                let end = word(at);
                let operator = &content[at..end];
                at = end;
                // A picture's data ends where a word `EI` stands alone.
                if operator == b"ID" {
                    let alone = |place: &usize| {
                        is_space(content[*place])
                            && content.get(place + 1..place + 3) == Some(b"EI")
                            && content.get(place + 3).is_none_or(|byte| is_space(*byte))
                    };
                    at = (end..content.len()).find(alone).map_or(content.len(), |place| place + 3);
                } else {
                    found.push(operator);
                }
            }
        }
    }
    found
}

/// A page as it is shown.
struct Sheet {
    /// Leads from the lower left corner as it is shown to the page's own coordinates.
    matrix: [f32; 6],
    width: f32,
    height: f32,
}

impl Sheet {
    fn of(document: &Document, page: ObjectId) -> Result<Self, NotMarked> {
        let whole = rectangle(document, page, b"MediaBox")?.ok_or(NotMarked::Broken("pages have no size"))?;
        // What is shown is never more than the medium.
        let shown = match rectangle(document, page, b"CropBox")? {
            Some([left, bottom, right, top]) => {
                [left.max(whole[0]), bottom.max(whole[1]), right.min(whole[2]), top.min(whole[3])]
            }
            None => whole,
        };
        let [left, bottom, right, top] = if shown[0] < shown[2] && shown[1] < shown[3] { shown } else { whole };
        let (across, up) = (right - left, top - bottom);
        if !(across >= 1.0 && up >= 1.0) {
            return Err(NotMarked::Broken("pages have no size"));
        }
        let turned = match inherited(document, page, b"Rotate")? {
            Some(turned) => turned.as_float().map_err(|_| NotMarked::Broken("pages are turned by no number"))?,
            None => 0.0,
        };
        // Clockwise, by quarters (ISO 32000-1, table 30).
        let quarters = (turned / 90.0).round().rem_euclid(4.0);
        let (matrix, width, height) = if quarters == 1.0 {
            ([0.0, 1.0, -1.0, 0.0, right, bottom], up, across)
        } else if quarters == 2.0 {
            ([-1.0, 0.0, 0.0, -1.0, right, top], across, up)
        } else if quarters == 3.0 {
            ([0.0, -1.0, 1.0, 0.0, left, top], up, across)
        } else {
            ([1.0, 0.0, 0.0, 1.0, left, bottom], across, up)
        };
        Ok(Self { matrix, width, height })
    }

    /// The mark in the language of pages.
    fn draw(&self, mark: &Mark, font: &str, pale: &str, full: &str) -> String {
        let [a, b, c, d, e, f] = self.matrix;
        let Self { width, height, .. } = *self;
        let mut drawn = format!("\nq {a} {b} {c} {d} {e:.2} {f:.2} cm\n");
        // Along the diagonal, line below line, as large as the longest leaves room for.
        let diagonal = width.hypot(height);
        let longest = mark.across.iter().map(|line| wide(line)).fold(1.0, f32::max);
        let size = (0.66 * diagonal / longest).min(0.07 * diagonal);
        let (cosine, sine) = (width / diagonal, height / diagonal);
        drawn.push_str(&format!("/{pale} gs 0.45 g\nBT /{font} {size:.2} Tf\n"));
        for (place, line) in mark.across.iter().enumerate() {
            // From the middle: back by half the line, and down by the lines before it.
            let back = -wide(line) * size / 2.0;
            let middle = (f32::from(u16::try_from(mark.across.len()).unwrap_or(1)) - 1.0) / 2.0;
            let down = 1.3 * size * (middle - f32::from(u16::try_from(place).unwrap_or_default())) - 0.3 * size;
            let x = width / 2.0 + back * cosine - down * sine;
            let y = height / 2.0 + back * sine + down * cosine;
            drawn.push_str(&format!(
                "{cosine:.4} {sine:.4} {:.4} {cosine:.4} {x:.2} {y:.2} Tm <{}> Tj\n",
                -sine,
                encoded(line)
            ));
        }
        // At the foot in plain black on white, so that it is read whatever lies below.
        let size = (0.9 * width / wide(&mark.foot)).min(8.0);
        let (left, low) = ((width - wide(&mark.foot) * size) / 2.0, 0.012 * height + 2.0);
        drawn.push_str(&format!(
            "ET\n/{full} gs 1 g {:.2} {:.2} {:.2} {:.2} re f\n0 g BT /{font} {size:.2} Tf {left:.2} {low:.2} Td <{}> Tj ET\nQ\n",
            left - 2.0,
            low - 0.35 * size,
            wide(&mark.foot) * size + 4.0,
            1.4 * size,
            encoded(&mark.foot)
        ));
        drawn
    }
}

fn rectangle(document: &Document, page: ObjectId, key: &[u8]) -> Result<Option<[f32; 4]>, NotMarked> {
    const NONE: NotMarked = NotMarked::Broken("pages have no size");
    let Some(found) = inherited(document, page, key)? else { return Ok(None) };
    let numbers = found.as_array().map_err(|_| NONE)?.iter();
    let numbers = numbers.map(|number| document.dereference(number).and_then(|(_, number)| number.as_float()));
    let numbers = numbers.collect::<Result<Vec<_>, _>>().map_err(|_| NONE)?;
    // Any two opposite corners (ISO 32000-1, section 7.9.5).
    match numbers.as_slice() {
        [a, b, c, d] if numbers.iter().all(|number| number.is_finite()) => {
            Ok(Some([a.min(*c), b.min(*d), a.max(*c), b.max(*d)]))
        }
        _ => Err(NONE),
    }
}

/// How wide the letters from a blank to `~` are in Helvetica Bold, in thousandths of its size (Adobe's metrics of the
/// font).
const WIDTHS: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];

/// How wide a line is, in its size; of letters outside of ASCII it takes the most that is usual.
fn wide(line: &str) -> f32 {
    const OTHER: u16 = 722;
    let width = |letter: char| {
        let place = usize::try_from(u32::from(letter)).ok().and_then(|code| code.checked_sub(0x20));
        f32::from(place.and_then(|place| WIDTHS.get(place)).copied().unwrap_or(OTHER)) / 1_000.0
    };
    line.chars().map(width).sum::<f32>().max(1.0)
}

/// A line in WinAnsiEncoding, in hexadecimal. Letters that it lacks are question marks: the address of whoever
/// downloads stands there too, and has none of them.
fn encoded(line: &str) -> String {
    HEXLOWER.encode(&line.chars().map(win_ansi).collect::<Vec<_>>())
}

fn win_ansi(letter: char) -> u8 {
    // What Windows-1252 has between 0x80 and 0x9F.
    const OTHERS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    match u32::from(letter) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => u8::try_from(code).unwrap_or(b'?'),
        _ => {
            let place = OTHERS.chars().position(|other| other == letter && !other.is_control());
            place.and_then(|place| u8::try_from(0x80 + place).ok()).unwrap_or(b'?')
        }
    }
}

#[cfg(test)]
mod tests;
