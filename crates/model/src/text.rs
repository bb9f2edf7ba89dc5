//! Signs in texts.

/// Whether a character shows nothing and changes what stands around it: control characters (line breaks too), and the
/// overrides and isolates of writing direction (Unicode Standard Annex 9), with which "gnp.exe" looks like "exe.png".
pub fn is_hidden(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes of a file's name, at most: what file systems take.
const MOST_NAME: usize = 255;
/// Bytes of its ending that are kept when it is shortened.
const MOST_ENDING: usize = 16;

/// The name of a file as somebody's program sent it: without the folders before it and what nobody sees, short enough for any
/// disk; nothing where no name is left. It is shown and offered, never part of a path here, but who saves the file has it.
pub fn file_name(sent: &str) -> Option<String> {
    let parts = sent.rsplit(['/', '\\']).map(|part| {
        let seen: String = part.chars().filter(|c| !is_hidden(*c)).collect();
        seen.trim().to_owned()
    });
    let mut name = parts.into_iter().find(|part| !matches!(part.as_str(), "" | "." | ".."))?;
    if name.len() > MOST_NAME {
        let ending = name.rfind('.').map_or("", |dot| &name[dot..]);
        let ending = if ending.len() <= MOST_ENDING { ending.to_owned() } else { String::new() };
        let most = MOST_NAME - ending.len();
        let cut = (0..=most).rev().find(|at| name.is_char_boundary(*at)).unwrap_or_default();
        name.truncate(cut);
        name = name.trim_end().to_owned() + &ending;
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_the_name_is_left() {
        for (sent, name) in [
            ("menu.pdf", Some("menu.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\me\\logo.svg", Some("logo.svg")),
            ("folder/", Some("folder")),
            (" a\r\nb\t\u{202e}.png ", Some("ab.png")),
            ("Speisekarte für Ärzte.pdf", Some("Speisekarte für Ärzte.pdf")),
            ("", None),
            ("..", None),
            ("/../", None),
            ("\0", None),
        ] {
            assert_eq!(file_name(sent).as_deref(), name, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = file_name(&format!("{}.pdf", "ü".repeat(200))).unwrap();
        assert!(long.len() <= 255 && long.len() > 250 && long.ends_with("ü.pdf"), "{long}");
        assert_eq!(file_name(&format!("x.{}", "y".repeat(300))).unwrap().len(), 255);
        assert_eq!(file_name(&"x".repeat(255)).unwrap().len(), 255);
    }
}
