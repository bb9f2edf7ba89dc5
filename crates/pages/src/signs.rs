//! Drawn signs: one hand, a 24 px square, one weight of line. None is anybody's logo; a label stands beside each that
//! means something.

/// An SVG of line art; what follows the name is the drawing. One that is shown often is drawn once and used again.
macro_rules! signs {
    ($($name:ident = $drawing:literal;)*) => {$(
        pub(crate) const $name: &str = concat!(
            "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">", $drawing, "</svg>"
        );
    )*};
}

signs! {
    BACK = "<path class=\"turn\" d=\"M14.5 6 8.5 12l6 6\"/>";
    ONWARD = "<path class=\"turn\" d=\"m9.5 6 6 6-6 6\"/>";
    LOCK = "<rect x=\"5\" y=\"10.5\" width=\"14\" height=\"9.5\" rx=\"2.5\"/><path d=\"M8 10.5V8a4 4 0 0 1 8 0v2.5M12 14.5v2\"/>";
    CHECK = "<path d=\"m5.5 12.5 4.5 4.5 9-10\"/>";
    ALARM = "<g id=\"alarm\"><circle cx=\"12\" cy=\"12\" r=\"8.5\"/><path d=\"M12 7.5v5.5M12 16.4v.1\"/></g>";
    ALARM_AGAIN = "<use href=\"#alarm\"/>";
    STAR = "<path id=\"star\" d=\"m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8L12 16.9l-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z\"/>";
    STAR_AGAIN = "<use href=\"#star\"/>";
    CALL = "<path d=\"M6.2 4h2.6l1.6 4-2 1.6a12 12 0 0 0 6 6l1.6-2 4 1.6v2.6A2.2 2.2 0 0 1 17.8 20 13.8 13.8 0 0 1 4 6.2 2.2 2.2 0 0 1 6.2 4z\"/>";
    MAIL = "<rect x=\"3.5\" y=\"5.5\" width=\"17\" height=\"13\" rx=\"2.5\"/><path d=\"m4.5 7.5 7.5 6 7.5-6\"/>";
    CHAT = "<path d=\"M4 19.5 5.3 16a7.7 7.7 0 1 1 2.9 2.6z\"/>";
    TEXT = "<path d=\"M6 5h12a2.5 2.5 0 0 1 2.5 2.5v6A2.5 2.5 0 0 1 18 16h-6l-4.5 4v-4H6a2.5 2.5 0 0 1-2.5-2.5v-6A2.5 2.5 0 0 1 6 5zM8 9.2h8M8 12h5\"/>";
    GLOBE = "<circle cx=\"12\" cy=\"12\" r=\"8.5\"/><path d=\"M3.5 12h17M12 3.5c4.6 5 4.6 12 0 17-4.6-5-4.6-12 0-17z\"/>";
    PLACE = "<path d=\"M12 21c-4.3-4.6-6.5-8-6.5-11a6.5 6.5 0 0 1 13 0c0 3-2.2 6.4-6.5 11z\"/><circle cx=\"12\" cy=\"10\" r=\"2.3\"/>";
    SAVE = "<path d=\"M12 4v11M7 10.5l5 5 5-5M5 20h14\"/>";
    CAMERA = "<path d=\"M4 8.5A2 2 0 0 1 6 6.5h2L9.5 4.5h5L16 6.5h2a2 2 0 0 1 2 2v8.5a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z\"/><circle cx=\"12\" cy=\"12.7\" r=\"3.3\"/>";
    NOTE = "<circle cx=\"7.5\" cy=\"17.5\" r=\"2.5\"/><circle cx=\"16.5\" cy=\"15.5\" r=\"2.5\"/><path d=\"M10 17.5V6.5l9-2v11\"/>";
    PLAY = "<rect x=\"3.5\" y=\"5.5\" width=\"17\" height=\"13\" rx=\"3\"/><path d=\"M10.5 9.3v5.4l4.5-2.7z\"/>";
    SCREEN = "<rect x=\"3.5\" y=\"4.5\" width=\"17\" height=\"12\" rx=\"2\"/><path d=\"M9 20h6M10 8.5v4M14 8.5v4\"/>";
    PEOPLE = "<circle cx=\"9\" cy=\"8.5\" r=\"3.3\"/><path d=\"M3.5 19c.3-3.6 2.3-5.5 5.5-5.5s5.2 1.9 5.5 5.5M15.5 5.7a3.3 3.3 0 0 1 0 5.6M17 14c2 .6 3.2 2.3 3.5 5\"/>";
    CASE = "<rect x=\"3.5\" y=\"7.5\" width=\"17\" height=\"12\" rx=\"2.5\"/><path d=\"M9 7.5V6a1.5 1.5 0 0 1 1.5-1.5h3A1.5 1.5 0 0 1 15 6v1.5M3.5 12.5h17\"/>";
    CODE = "<path d=\"m8 7.5-4.5 4.5L8 16.5M16 7.5l4.5 4.5-4.5 4.5M13.5 5l-3 14\"/>";
    LINES = "<path d=\"M5 6.5h14M5 12h14M5 17.5h8\"/>";
    POST = "<path d=\"M5 19l1-4L16.5 4.5l3 3L9 18zM14 7l3 3\"/>";
    PLANE = "<path d=\"M20.5 4 3.5 11l6 2.5L12 20zM9.5 13.5 20.5 4\"/>";
    HEADSET = "<path d=\"M4.5 15v-3a7.5 7.5 0 0 1 15 0v3\"/><rect x=\"3.5\" y=\"13\" width=\"4\" height=\"6.5\" rx=\"1.5\"/><rect x=\"16.5\" y=\"13\" width=\"4\" height=\"6.5\" rx=\"1.5\"/>";
    HASH = "<path d=\"M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h15.5M4 15h15.5\"/>";
    APPS = "<rect x=\"4\" y=\"4\" width=\"6.5\" height=\"6.5\" rx=\"1.8\"/><rect x=\"13.5\" y=\"4\" width=\"6.5\" height=\"6.5\" rx=\"1.8\"/><rect x=\"4\" y=\"13.5\" width=\"6.5\" height=\"6.5\" rx=\"1.8\"/><rect x=\"13.5\" y=\"13.5\" width=\"6.5\" height=\"6.5\" rx=\"1.8\"/>";
    PIN = "<path d=\"M9 3.5h6l-.7 6 3.2 4h-11l3.2-4zM12 13.5V20.5\"/>";
    TALK = "<path d=\"M5.5 4h8A2.5 2.5 0 0 1 16 6.5v4a2.5 2.5 0 0 1-2.5 2.5H9l-4 3v-3.2A2.5 2.5 0 0 1 3 10.5v-4A2.5 2.5 0 0 1 5.5 4zM19 9a2.5 2.5 0 0 1 2 2.5v4a2.5 2.5 0 0 1-2 2.4V20.5l-3.5-2.5H12\"/>";
    DAY = "<rect x=\"4\" y=\"5.5\" width=\"16\" height=\"14.5\" rx=\"2.5\"/><path d=\"M4 10.5h16M8.5 3.5v4M15.5 3.5v4\"/>";
    GHOST = "<rect x=\"7\" y=\"3.5\" width=\"10\" height=\"17\" rx=\"2.5\"/><path d=\"M11 17.5h2\"/>";
}

/// A finder pattern whose heart says what has become of the code. Drawn on 11 modules, quiet zone included.
macro_rules! marks {
    ($($name:ident = $heart:literal;)*) => {$(
        pub(crate) const $name: &str = concat!(
            "<svg class=\"mark\" viewBox=\"0 0 11 11\" aria-hidden=\"true\"><path d=\"M2 2h7v7H2zM3 3v5h5V3z\"/><path class=\"heart\" d=\"",
            $heart,
            "\"/></svg>"
        );
    )*};
}

marks! {
    MARK = "M4 4h3v3H4z";
    MARK_UNKNOWN = "M4 4h1v1H4zM6 4h1v1H6zM5 5h1v1H5zM4 6h1v1H4zM6 6h1v1H6z";
    MARK_ENDED = "M4 5h3v1H4z";
    MARK_PAUSED = "M4 4h1v3H4zM6 4h1v3H6z";
    MARK_LATER = "M5 4h1v2h1v1H5z";
    MARK_FULL = "M4 4h1v1H4zM5 5h1v1H5zM6 4h1v1H6zM4 6h3v1H4z";
    MARK_EMPTY = "M5 5h1v1H5z";
}

/// The sign and name of a network, by the name the API has for it.
pub(crate) fn platform(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "appstore" => (APPS, "App Store"),
        "playstore" => (APPS, "Google Play"),
        "instagram" => (CAMERA, "Instagram"),
        "tiktok" => (NOTE, "TikTok"),
        "twitter" => (POST, "X (Twitter)"),
        "facebook" => (PEOPLE, "Facebook"),
        "youtube" => (PLAY, "YouTube"),
        "linkedin" => (CASE, "LinkedIn"),
        "github" => (CODE, "GitHub"),
        "medium" => (LINES, "Medium"),
        "whatsapp" => (CHAT, "WhatsApp"),
        "telegram" => (PLANE, "Telegram"),
        "discord" => (HEADSET, "Discord"),
        "slack" => (HASH, "Slack"),
        "spotify" => (NOTE, "Spotify"),
        "applemusic" => (NOTE, "Apple Music"),
        "twitch" => (SCREEN, "Twitch"),
        "snapchat" => (GHOST, "Snapchat"),
        "pinterest" => (PIN, "Pinterest"),
        "reddit" => (TALK, "Reddit"),
        "calendly" => (DAY, "Calendly"),
        "website" => (GLOBE, ""),
        _ => return None,
    })
}
