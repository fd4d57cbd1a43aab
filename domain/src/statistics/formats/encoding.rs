//! MacRoman, in which spreadsheets of old Macintosh computers save, and names that went through it by mistake.

/// The characters of the bytes from 0x80.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

pub(super) fn from_mac_roman(bytes: &[u8]) -> String {
    let upper = MAC_ROMAN.chars().collect::<Vec<_>>();
    let character = |byte: &u8| match byte {
        0..0x80 => char::from(*byte),
        _ => upper.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(character).collect()
}

/// The text whose UTF-8 was once read as MacRoman: `Türkiye` for `T√ºrkiye`.
pub(super) fn ungarbled(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let byte = |character: char| match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => Some(byte),
        _ => MAC_ROMAN.chars().position(|of| of == character).and_then(|place| u8::try_from(place + 0x80).ok()),
    };
    String::from_utf8(text.chars().map(byte).collect::<Option<Vec<_>>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_character_for_each_byte() {
        assert_eq!(MAC_ROMAN.chars().count(), 128);
        assert_eq!(from_mac_roman(b"C\x99te d\xd5Ivoire"), "Côte d’Ivoire");
        assert_eq!(ungarbled("T√ºrkiye").as_deref(), Some("Türkiye"));
        assert_eq!(ungarbled("C√¥te d‚ÄôIvoire").as_deref(), Some("Côte d’Ivoire"));
        assert_eq!(ungarbled("Türkiye"), None);
    }
}
