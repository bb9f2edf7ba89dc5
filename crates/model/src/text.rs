//! Signs in texts.

/// Whether a character shows nothing and changes what stands around it: control characters (line breaks too), and the
/// overrides and isolates of writing direction (Unicode Standard Annex 9), with which "gnp.exe" looks like "exe.png".
pub fn is_hidden(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
