//! Browsers inside apps, and browsers that phones come with. People scan codes with them, so no public list
//! of robots may take them for robots: a list's loose word in the name of a phone is likelier than a robot
//! that poses as LINE.

/// How an app shows itself: text in the user agent, and the name on the screen.
/// The version follows the text, after an optional slash or space. Order matters: the first found wins.
const IN_APP: &[(&str, &str)] = &[
    ("Instagram", "Instagram"),
    ("Barcelona ", "Threads"),
    ("FBAN/Messenger", "Messenger"),
    ("FB_IAB/MESSENGER", "Messenger"),
    ("FB_IAB/Orca", "Messenger"),
    ("MetaIAB Facebook", "Facebook"),
    ("FBAN/", "Facebook"),
    ("FB_IAB/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("WindowsWechat", "WeChat"),
    ("MicroMessenger/", "WeChat"),
    ("musical_ly", "TikTok"),
    ("trill_", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("TikTok", "TikTok"),
    ("KAKAOTALK", "KakaoTalk"),
    (" Line/", "LINE"),
    ("Snapchat/", "Snapchat"),
    ("[Pinterest/", "Pinterest"),
    ("Pinterest for", "Pinterest"),
    ("Viber/", "Viber"),
    ("Telegram-Android", "Telegram"),
    ("LinkedInApp", "LinkedIn"),
    ("Twitter for", "X"),
    ("TwitterAndroid", "X"),
    ("WhatsApp/", "WhatsApp"),
    ("Discord/", "Discord"),
    ("Reddit/", "Reddit"),
    ("Zalo ", "Zalo"),
    ("AlipayClient/", "Alipay"),
    ("__weibo__", "Weibo"),
    ("Weibo (", "Weibo"),
    ("baiduboxapp/", "Baidu"),
    ("NAVER(inapp", "NAVER"),
    ("DaumApps/", "Daum"),
    ("BingSapphire/", "Bing"),
    ("GSA/", "Google app"),
    ("DuckDuckGo/", "DuckDuckGo"),
    (" Ddg/", "DuckDuckGo"),
];

/// Browsers that uap-core names well already.
const PHONE_BROWSERS: &[&str] = &[
    "SamsungBrowser/",
    "OPR/",
    "OPT/",
    "OPX/",
    "Opera Mini/",
    "UCBrowser/",
    "MiuiBrowser/",
    "HuaweiBrowser/",
    "VivoBrowser/",
    "HeyTapBrowser/",
    "YaBrowser/",
    "Whale/",
    "MQQBrowser/",
    " QQ/",
    "EdgA/",
    "EdgiOS/",
    "CriOS/",
    "FxiOS/",
    "coc_coc_browser/",
];

/// Where the version of each app stands, if not right behind its text.
const VERSION_AFTER: &[(&str, &[&str])] = &[
    ("Facebook", &["FBAV/"]),
    ("Messenger", &["FBAV/"]),
    ("TikTok", &["app_version/", "AppVersion/"]),
    ("WeChat", &["MicroMessenger/"]),
];

/// A browser engine draws the page, so that a person can be behind it.
fn is_browser(user_agent: &str) -> bool {
    user_agent.starts_with("Mozilla/5.0 (") && user_agent.contains("AppleWebKit/")
}

/// Name of the app whose own browser this is.
pub(super) fn name(user_agent: &str) -> Option<&'static str> {
    let found = |(text, name): &(&str, &'static str)| user_agent.contains(text).then_some(*name);
    IN_APP.iter().filter(|_| is_browser(user_agent)).find_map(found)
}

/// The browser of an app, or one that phones come with.
pub(super) fn is_known(user_agent: &str) -> bool {
    is_browser(user_agent)
        && (name(user_agent).is_some() || PHONE_BROWSERS.iter().any(|text| user_agent.contains(text)))
}

/// Version of the app, two numbers at most (`302.0`); empty where the user agent does not tell.
pub(super) fn version<'a>(user_agent: &'a str, app: &str) -> [&'a str; 2] {
    let special =
        VERSION_AFTER.iter().filter(|(name, _)| *name == app).flat_map(|(_, texts)| texts.iter().copied());
    let own = IN_APP.iter().filter(|(_, name)| *name == app).map(|(text, _)| *text);
    let behind =
        |text: &str| user_agent.split_once(text).map(|(_, rest)| rest.trim_start_matches(['/', ' ']));
    let starts_with_digit = |rest: &&str| rest.starts_with(|first: char| first.is_ascii_digit());
    let Some(rest) = special.chain(own).filter_map(behind).find(starts_with_digit) else { return ["", ""] };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let mut numbers = rest[..end].split('.');
    [numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()]
}
