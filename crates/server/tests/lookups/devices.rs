//! What is told of devices, platforms and browsers.

use crate::corpora;
use model::scan::DeviceType;
use server::agent::{Agent, Agents, Hints, KEPT, header_text, kept};
use std::sync::Arc;

fn told(agent: &Agent) -> String {
    let Agent { device_type, brand, model, platform, platform_version, browser, browser_version, .. } = agent;
    format!(
        "{} | {brand} {model} | {platform} {platform_version} | {browser} {browser_version}",
        device_type.as_str()
    )
}

#[test]
fn devices_platforms_and_browsers_are_named() {
    let agents = Agents::default();
    for (user_agent, expected) in [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "mobile | Apple iPhone | iOS 18.5 | Mobile Safari 18.5",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
            "mobile |   | Android  | Chrome Mobile 138",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.0.0 Mobile Safari/537.36",
            "mobile | Samsung SM-S911B | Android 14 | Chrome Mobile WebView 138",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
            "desktop |   | Windows 10 | Edge 138",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
            "desktop | Apple Mac | Mac OS X 10.15 | Firefox 140",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "tablet | Apple iPad | iOS 17.5 | Mobile Safari 17.5",
        ),
        (
            "Mozilla/5.0 (Linux; Android 9; SAMSUNG SM-T590) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/14.2 Chrome/87.0.4280.141 Safari/537.36",
            "tablet | Samsung SM-T590 | Android 9 | Samsung Internet 14.2",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; SO-52C Build/64.1.F.3.55; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.113 Mobile Safari/537.36 Line/14.8.1/IAB",
            "mobile | SonyEricsson SO-52C | Android 13 | LINE 14.8",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21E236 [FBAN/FBIOS;FBAV/465.0.1.41.103;FBDV/iPhone15,4;FBSV/17.4.1]",
            "mobile | Apple iPhone15,4 | iOS 17.4 | Facebook 465",
        ),
        ("okhttp/4.12.0", "native |   |   | okhttp 4.12"),
        ("", "unknown |   |   |  "),
    ] {
        assert_eq!(told(&agents.get(user_agent, Hints::default())), expected, "{user_agent}");
    }
}

#[test]
fn in_app_browsers_carry_the_apps_name() {
    let agents = Agents::default();
    let apps = [
        "Instagram",
        "Threads",
        "Facebook",
        "Messenger",
        "WeChat",
        "LINE",
        "TikTok",
        "Samsung Internet",
        "KakaoTalk",
        "Snapchat",
        "Pinterest",
        "LinkedIn",
        "X",
        "Viber",
        "Telegram",
        "Google app",
        "DuckDuckGo",
    ];
    for (app, user_agent) in corpora::in_app().into_iter().filter(|(app, _)| apps.contains(app)) {
        let agent = agents.get(user_agent, Hints::default());
        assert_eq!(&*agent.browser, app, "{user_agent}");
        assert!(
            matches!(agent.device_type, DeviceType::Mobile | DeviceType::Tablet)
                || user_agent.contains("Windows")
        );
    }
}

#[test]
fn client_hints_fill_in_what_chrome_leaves_out() {
    let agents = Agents::default();
    let reduced = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";
    let plain = agents.get(reduced, Hints::default());
    assert_eq!((plain.device_type, &*plain.model), (DeviceType::Tablet, ""));
    let hints = Hints { platform: Some("\"Android\""), mobile: Some("?1"), model: Some("\"Pixel 8\"") };
    let hinted = agents.get(reduced, hints);
    assert_eq!(
        (hinted.device_type, &*hinted.model, &*hinted.platform),
        (DeviceType::Mobile, "Pixel 8", "Android")
    );
}

#[test]
fn what_was_read_is_remembered() {
    let agents = Agents::default();
    let user_agent = corpora::in_app()[0].1;
    let first = agents.get(user_agent, Hints::default());
    assert!(Arc::ptr_eq(&first, &agents.get(user_agent, Hints::default())));
    assert_eq!(*first, agents.read(user_agent, Hints::default()));
    let endless = format!("{user_agent}{}", "x".repeat(10_000));
    let longer = format!("{endless}y");
    assert!(Arc::ptr_eq(&agents.get(&endless, Hints::default()), &agents.get(&longer, Hints::default())));
}

#[test]
fn user_agents_are_cut_between_characters() {
    let text = format!("{}ü", "a".repeat(KEPT - 1));
    assert_eq!(kept(&text), "a".repeat(KEPT - 1));
    assert_eq!(kept("short"), "short");
    assert_eq!(header_text(b"Mozilla/5.0 \xff\xfe rest"), "Mozilla/5.0 ");
    assert_eq!(header_text("ü".repeat(400).as_bytes()).len(), 512);
}

#[test]
fn most_visitors_devices_are_known() {
    let agents = Agents::default();
    let visits = corpora::visits();
    let drawn = corpora::sample(&visits, 2000, 2);
    let known = |test: fn(&Agent) -> bool| {
        drawn.iter().filter(|text| test(&agents.get(text, Hints::default()))).count() as f64
            / drawn.len() as f64
    };
    let platform = known(|agent| !agent.platform.is_empty());
    let browser = known(|agent| !agent.browser.is_empty());
    let device = known(|agent| agent.device_type != DeviceType::Unknown);
    println!(
        "user-agents (2,000, seed 2): platform known {platform:.4}, browser {browser:.4}, device type {device:.4}"
    );
    assert!(platform > 0.99 && browser > 0.99 && device > 0.99);
}
