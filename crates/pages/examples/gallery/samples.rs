//! Steps as owners write them, on every kind of page.

use model::language::PageLanguage;
use model::workflow::payload::{self, Payload};
use pages::{
    Back, Closed, Contact, Form, Frame, Information, Look, Maps, Message, MultiLink, Page, Password, Plain,
    Problem, Refusal, SocialLinks, ThankYou,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where answers are posted to.
const ACTION: &str = "answer";

/// Every page, by name.
pub fn pages(language: PageLanguage, look: &Look) -> Vec<(String, Page)> {
    let frame = Frame { language, look, back: None, app_schemes: &[] };
    let with_back = Frame { back: Some(Back { url: "back", label: "" }), ..frame };
    let mut pages = forms(&frame, &with_back);
    let mut add = |name: &str, page: Page| pages.push((name.to_owned(), page));

    let Payload::Password(lock) = read(json!({ "password": {
        "title": "Backstage", "description": "For the crew of tonight’s show. The word is on your lanyard.", "password": "x"
    }})) else {
        unreachable!()
    };
    let none = payload::Password::default();
    add("password", Password { payload: &lock, action: ACTION, refusal: None }.page(&frame));
    add(
        "password-wrong",
        Password { payload: &none, action: ACTION, refusal: Some(Refusal::Wrong) }.page(&with_back),
    );
    let busy = Some(Refusal::Busy { seconds: 24 });
    add("password-busy", Password { payload: &lock, action: ACTION, refusal: busy }.page(&frame));

    let Payload::MessagePage(message) = read(json!({ "messagePage": {
        "title": "Before you go in", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON",
        "description": "The gallery is open until eight tonight. Bags larger than a sheet of paper stay in the cloakroom, which is free.",
        "buttonLabel": "Show me the map"
    }})) else {
        unreachable!()
    };
    add("message", Message { payload: &message, action: ACTION, next: "next" }.page(&frame));
    let Payload::MessagePage(timer) = read(json!({ "messagePage": {
        "title": "Your table is being laid", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER", "timerSeconds": 30,
        "description": "Tonight’s menu follows."
    }})) else {
        unreachable!()
    };
    add("message-timer", Message { payload: &timer, action: ACTION, next: "next" }.page(&with_back));

    let Payload::MultiLink(choice) = read(json!({ "multiLink": {
        "title": "What brings you here?", "description": "Choose one, and we will take you there.",
        "buttons": [
            { "id": "a", "label": "See tonight’s menu", "order": 1 },
            { "id": "b", "label": "Book a table", "order": 2 },
            { "id": "c", "label": "Tell us about an allergy, a birthday, or anything else we should know", "order": 3 },
            { "id": "d", "label": "Opening hours", "order": 4 }
        ]
    }})) else {
        unreachable!()
    };
    add("multi-link", MultiLink { payload: &choice, action: ACTION }.page(&with_back));

    let way = format!("{ACTION}/link/");
    let Payload::SocialLinks(mut social) = read(json!({ "socialLinks": {
        "title": "Find us", "description": "New work every Thursday.",
        "links": [
            { "id": "1", "order": 1, "platform": "instagram", "url": "https://www.instagram.com/lumen.gallery" },
            { "id": "2", "order": 2, "url": "https://www.youtube.com/@lumengallery" },
            { "id": "3", "order": 3, "platform": "spotify", "url": "https://open.spotify.com/playlist/37i9dQZF1DX0kbJZpiYdZl" },
            { "id": "4", "order": 4, "platform": "website", "url": "https://lumen.example/visit" },
            { "id": "5", "order": 5, "platform": "Mastodon", "url": "https://art.example/@lumen" }
        ]
    }})) else {
        unreachable!()
    };
    add("social", SocialLinks { payload: &social, by_way_of: Some(&way) }.page(&frame));
    social.display_style = payload::DisplayStyle::Compact;
    social.links = PLATFORMS.iter().enumerate().map(|(order, platform)| link(order, platform)).collect();
    add("social-compact", SocialLinks { payload: &social, by_way_of: Some(&way) }.page(&frame));

    let Payload::Vcard(card) = read(json!({ "vcard": {
        "firstName": "Ada", "lastName": "Moreau-Lindqvist", "organization": "Atelier Nord", "title": "Structural engineer",
        "email": "ada@atelier-nord.example", "phone": "+46 8 123 456 78", "phoneIsWhatsapp": true, "phoneSmsEnabled": true,
        "website": "https://www.atelier-nord.example", "streetAddress": "Hornsgatan 12", "city": "Stockholm",
        "postalCode": "118 20", "country": "Sweden",
        "socialLinks": [
            { "platform": "linkedin", "url": "https://linkedin.com/in/ada" }, { "platform": "github", "url": "https://github.com/ada" },
            { "platform": "calendly", "url": "https://calendly.com/ada" }
        ]
    }})) else {
        unreachable!()
    };
    add("contact", Contact { payload: &card, file: "card.vcf", maps: Maps::Web }.page(&frame));
    let Payload::Vcard(sparse) =
        read(json!({ "vcard": { "organization": "Bakery Sunrise", "phone": "030 1234567" } }))
    else {
        unreachable!()
    };
    add("contact-sparse", Contact { payload: &sparse, file: "card.vcf", maps: Maps::Geo }.page(&with_back));

    let Payload::ThankYouPage(thanks) = read(json!({ "thankYouPage": {
        "title": "Thank you, that is everything", "description": "We will write to you within two days.\nNothing else will be sent."
    }})) else {
        unreachable!()
    };
    add("thank-you", ThankYou { payload: &thanks }.page(&frame));

    for closed in Closed::ALL {
        add(&format!("closed-{}", format!("{closed:?}").to_lowercase()), closed.page(&frame));
    }
    let target = Some("https://lumen.example/exhibitions/2026/light-and-line?lang=en");
    add("information", Information { host: "go.lumen.example", slug: "Summer-26", target }.page(&frame));
    add(
        "information-depends",
        Information { host: "go.lumen.example", slug: "Summer-26", target: None }.page(&frame),
    );
    let body = "<p>A text of the server’s own.</p><form method=\"post\"><button class=\"button\">Do it</button></form>".to_owned();
    add("plain", Plain { title: "Do not count me", body, is_long: false, posts: true }.page(&frame));
    pages
}

fn forms(frame: &Frame<'_>, with_back: &Frame<'_>) -> Vec<(String, Page)> {
    let none = BTreeMap::new();
    let no_problems = BTreeMap::new();
    let Payload::Form(short) = read(json!({ "form": {
        "formTitle": "Stay in touch", "formDescription": "One letter a month: new dishes, seasonal evenings, nothing else.",
        "submitButtonText": "Sign me up", "skipForm": true, "skipButtonText": "No thanks, show the menu",
        "formFields": [
            { "id": "n", "key": "$firstName", "label": "First name", "type": "FORM_FIELD_TYPE_TEXT", "order": 1 },
            { "id": "m", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true, "order": 2,
              "placeholder": "name@example.com" },
            { "id": "c", "key": "newsletter", "type": "FORM_FIELD_TYPE_CHECKBOX", "xType": "CONSENT", "required": true, "order": 3,
              "xConsentText": "I agree to receive the monthly letter. I can leave at any time.", "xConsentVersion": "2" },
            { "id": "h", "key": "source", "type": "FORM_FIELD_TYPE_TEXT", "xType": "HIDDEN", "xFrom": "query:source", "order": 4 }
        ]
    }})) else {
        unreachable!()
    };
    let Payload::Form(long) = read(json!({ "form": {
        "formTitle": "How was your visit?", "formDescription": "It takes about a minute.",
        "formFields": [
            { "id": "r", "key": "rating", "label": "All in all", "type": "FORM_FIELD_TYPE_RATING", "required": true, "order": 1 },
            { "id": "o", "key": "with", "label": "Who were you with?", "type": "FORM_FIELD_TYPE_RADIO", "required": true, "order": 2,
              "options": [{ "label": "On my own", "value": "alone" }, { "label": "Friends", "value": "friends" }, { "label": "Family", "value": "family" }] },
            { "id": "x", "key": "saw", "label": "What did you see?", "type": "FORM_FIELD_TYPE_CHECKBOX", "order": 3,
              "options": [{ "label": "Light and line", "value": "light" }, { "label": "The print room", "value": "prints" }] },
            { "id": "d", "key": "heard", "label": "Where did you hear of us?", "type": "FORM_FIELD_TYPE_DROPDOWN", "required": true, "order": 4,
              "options": [{ "label": "A poster", "value": "poster" }, { "label": "A friend", "value": "friend" }, { "label": "The press", "value": "press" }] },
            { "id": "t", "key": "note", "label": "Anything you would change?", "type": "FORM_FIELD_TYPE_TEXTAREA", "order": 5, "helpText": "We read every one." },
            { "id": "u", "key": "people", "label": "How many people?", "type": "FORM_FIELD_TYPE_NUMBER", "order": 6 },
            { "id": "w", "key": "next", "label": "When will you be back?", "type": "FORM_FIELD_TYPE_DATE", "order": 7 },
            { "id": "p", "key": "$phone", "label": "Phone", "type": "FORM_FIELD_TYPE_PHONE", "order": 8, "helpText": "Only if you would like a call back." },
            { "id": "z", "key": "zip", "label": "Postal code", "type": "FORM_FIELD_TYPE_TEXT", "validationPattern": "[0-9]{5}", "helpText": "Five digits.", "order": 9 },
            { "id": "e", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true, "order": 10 },
            { "id": "y", "key": "member", "label": "I am a member", "type": "FORM_FIELD_TYPE_CHECKBOX", "order": 11 },
            { "id": "c", "key": "terms", "label": "Privacy", "type": "FORM_FIELD_TYPE_CHECKBOX", "xType": "CONSENT", "required": true, "order": 12,
              "xConsentText": "My answers may be kept for a year." }
        ]
    }})) else {
        unreachable!()
    };
    let typed = [
        ("r", vec!["4"]),
        ("x", vec!["light", "prints"]),
        ("o", vec!["friends"]),
        ("u", vec!["two"]),
        ("e", vec!["ada@example"]),
        ("t", vec!["\nMore benches, <b>please</b> & longer evenings."]),
        ("z", vec!["11"]),
        ("y", vec!["true"]),
        ("p", vec!["call me"]),
    ];
    let typed: BTreeMap<String, Vec<String>> = typed
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()))
        .collect();
    let problems = [
        ("d", Problem::Missing),
        ("u", Problem::Number),
        ("e", Problem::Email),
        ("c", Problem::Missing),
        ("z", Problem::Pattern),
        ("p", Problem::Phone),
    ];
    let problems: BTreeMap<String, Problem> =
        problems.into_iter().map(|(name, it)| (name.to_owned(), it)).collect();
    let bare = payload::Form { form_fields: short.form_fields.clone(), ..payload::Form::default() };
    let form = |payload, values, problems| Form {
        payload,
        action: ACTION,
        values,
        problems,
        trap: "shown-at",
        is_once_more: false,
    };
    vec![
        ("form".to_owned(), form(&short, &none, &no_problems).page(frame)),
        ("form-bare".to_owned(), form(&bare, &none, &no_problems).page(with_back)),
        ("form-all".to_owned(), form(&long, &none, &no_problems).page(frame)),
        ("form-faults".to_owned(), form(&long, &typed, &problems).page(with_back)),
    ]
}

const PLATFORMS: [&str; 22] = [
    "appstore",
    "playstore",
    "instagram",
    "tiktok",
    "twitter",
    "facebook",
    "youtube",
    "linkedin",
    "github",
    "medium",
    "whatsapp",
    "telegram",
    "discord",
    "slack",
    "spotify",
    "applemusic",
    "twitch",
    "snapchat",
    "pinterest",
    "reddit",
    "calendly",
    "website",
];

fn link(order: usize, platform: &str) -> payload::SocialLink {
    payload::SocialLink {
        id: platform.to_owned(),
        order: order as i32,
        platform: platform.to_owned(),
        url: format!("https://{platform}.example/lumen"),
    }
}

fn read(wire: Value) -> Payload {
    Payload::from_wire(wire).expect("a payload").0
}
