//! Payloads of the entry, of the exits and of the pages.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The payload of the entry: nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkVisit {}

/// Leaves for a destination.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientRedirect {
    /// Absolute URL.
    pub destination: String,
    /// Whether the destination is told the scan's id (`lbid`).
    pub conversion_tracking: bool,
}

/// Asks for a password. On its way in it may carry the password itself, which is never written out again.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Password {
    /// A new password in the clear; empty keeps the one that is set. Only ever read.
    #[serde(skip_serializing)]
    pub password: String,
    /// PHC string of the password that is set; empty when there is none. Stored, never on the wire.
    #[serde(rename = "xPasswordHash")]
    pub hash: String,
    /// Heading.
    pub title: String,
    /// What it is for.
    pub description: String,
}

impl Password {
    /// Whether visitors can get past: a password is set, or about to be.
    pub fn is_set(&self) -> bool {
        !self.hash.is_empty() || !self.password.is_empty()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password").field("title", &self.title).field("is_set", &self.is_set()).finish()
    }
}

/// Asks with a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Form {
    /// Heading.
    pub form_title: String,
    /// What it is for.
    pub form_description: String,
    /// Its fields; shown by `order`.
    pub form_fields: Vec<FormField>,
    /// Text of the button that sends it.
    pub submit_button_text: String,
    /// Whether it can be skipped.
    pub skip_form: bool,
    /// Text of the button that skips it.
    pub skip_button_text: String,
    /// Whether a visitor whose answers are known never sees it.
    pub auto_skip_if_known: bool,
}

impl Form {
    /// The fields in the order they are shown.
    pub fn fields_in_order(&self) -> Vec<&FormField> {
        let mut fields: Vec<_> = self.form_fields.iter().collect();
        fields.sort_by_key(|field| field.order);
        fields
    }
}

wire_words! {
    /// Kind of a form's field.
    FieldType {
        /// Not said: a line of text.
        Unspecified = "FORM_FIELD_TYPE_UNSPECIFIED",
        /// A line of text.
        Text = "FORM_FIELD_TYPE_TEXT",
        /// E-mail address.
        Email = "FORM_FIELD_TYPE_EMAIL",
        /// Telephone number.
        Phone = "FORM_FIELD_TYPE_PHONE",
        /// Several lines.
        Textarea = "FORM_FIELD_TYPE_TEXTAREA",
        /// One of several, all visible.
        Radio = "FORM_FIELD_TYPE_RADIO",
        /// Yes or no; with options, any number of them.
        Checkbox = "FORM_FIELD_TYPE_CHECKBOX",
        /// One of several, in a list.
        Dropdown = "FORM_FIELD_TYPE_DROPDOWN",
        /// A number.
        Number = "FORM_FIELD_TYPE_NUMBER",
        /// A calendar day.
        Date = "FORM_FIELD_TYPE_DATE",
        /// One to five.
        Rating = "FORM_FIELD_TYPE_RATING",
    }

    /// Kinds of field that the contract has no word for (`xType`).
    ExtraType {
        /// An agreement to a text.
        Consent = "CONSENT",
        /// Filled by us, not by the visitor.
        Hidden = "HIDDEN",
    }

    /// How a message page goes on.
    Navigation {
        /// Not said: by button.
        Unspecified = "MESSAGE_PAGE_NAVIGATION_TYPE_UNSPECIFIED",
        /// By button.
        Button = "MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON",
        /// By itself, after some seconds.
        Timer = "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER",
    }

    /// How social links look.
    DisplayStyle {
        /// Not said: detailed.
        Unspecified = "SOCIAL_LINKS_DISPLAY_STYLE_UNSPECIFIED",
        /// With name and address.
        Detailed = "SOCIAL_LINKS_DISPLAY_STYLE_DETAILED",
        /// Signs only.
        Compact = "SOCIAL_LINKS_DISPLAY_STYLE_COMPACT",
    }
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FormField {
    /// Its id within the form.
    pub id: String,
    /// Attribute that the answer becomes: `company`, `$email`.
    pub key: String,
    /// What it asks.
    pub label: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether it must be answered.
    pub required: bool,
    /// Its place among the others.
    pub order: i32,
    /// Example inside the empty field.
    pub placeholder: String,
    /// Help below it.
    pub help_text: String,
    /// What stands in it at first.
    pub default_value: String,
    /// What the whole answer must look like, as a regular expression.
    pub validation_pattern: String,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// Ours: its kind where the contract has no word for it.
    pub x_type: Option<ExtraType>,
    /// Ours: what is agreed to.
    pub x_consent_text: String,
    /// Ours: version of that text.
    pub x_consent_version: String,
    /// Ours: where a hidden field's answer comes from: `query:NAME`, `utm_source` and its sisters, `slug`, `placement`.
    pub x_from: String,
}

/// What can be chosen in a field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Choice {
    /// What is shown.
    pub label: String,
    /// What is kept; the label where it is empty.
    pub value: String,
}

impl Choice {
    /// What is kept when it is chosen.
    pub fn value(&self) -> &str {
        if self.value.is_empty() { &self.label } else { &self.value }
    }
}

/// A contact card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Vcard {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Organisation.
    pub organization: String,
    /// Title in it.
    pub title: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// Whether the number is on WhatsApp.
    pub phone_is_whatsapp: bool,
    /// Whether the number takes text messages.
    pub phone_sms_enabled: bool,
    /// Website.
    pub website: String,
    /// Street and number.
    pub street_address: String,
    /// City.
    pub city: String,
    /// State or region.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// Country.
    pub country: String,
    /// Text of the button that saves the card.
    pub button_label: String,
    /// Whether there is such a button; see [`Vcard::has_save_button`].
    pub save_button_enabled: Option<bool>,
    /// Links to social networks.
    pub social_links: Vec<SocialLink>,
}

impl Vcard {
    /// Whether the page offers the card as a file: unless its owner said no.
    pub fn has_save_button(&self) -> bool {
        self.save_button_enabled.unwrap_or(true)
    }
}

/// Shows buttons, each with a way of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MultiLink {
    /// Heading.
    pub title: String,
    /// Text below it.
    pub description: String,
    /// The buttons; shown by `order`.
    pub buttons: Vec<LinkButton>,
}

impl MultiLink {
    /// The buttons in the order they are shown.
    pub fn buttons_in_order(&self) -> Vec<&LinkButton> {
        let mut buttons: Vec<_> = self.buttons.iter().collect();
        buttons.sort_by_key(|button| button.order);
        buttons
    }
}

/// A button of a multi-link page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkButton {
    /// Its id: the branch it takes.
    pub id: String,
    /// Its text.
    pub label: String,
    /// Its place among the others.
    pub order: i32,
}

/// Shows links to social networks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SocialLinks {
    /// Heading.
    pub title: String,
    /// Text below it.
    pub description: String,
    /// How the links look.
    pub display_style: DisplayStyle,
    /// The links; shown by `order`.
    pub links: Vec<SocialLink>,
}

impl SocialLinks {
    /// The links in the order they are shown.
    pub fn links_in_order(&self) -> Vec<&SocialLink> {
        let mut links: Vec<_> = self.links.iter().collect();
        links.sort_by_key(|link| link.order);
        links
    }
}

/// A link to a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SocialLink {
    /// Its id.
    pub id: String,
    /// Its place among the others.
    pub order: i32,
    /// The network as its owner wrote it; see [`SocialLink::platform`].
    pub platform: String,
    /// Where it leads.
    pub url: String,
}

/// Hosts of the networks known by name; a host below one of them counts too.
const PLATFORMS: &[(&str, &[&str])] = &[
    ("appstore", &["apps.apple.com", "itunes.apple.com"]),
    ("applemusic", &["music.apple.com"]),
    ("playstore", &["play.google.com"]),
    ("instagram", &["instagram.com"]),
    ("tiktok", &["tiktok.com"]),
    ("twitter", &["twitter.com", "x.com"]),
    ("facebook", &["facebook.com", "fb.com", "fb.me"]),
    ("youtube", &["youtube.com", "youtu.be"]),
    ("linkedin", &["linkedin.com"]),
    ("github", &["github.com"]),
    ("medium", &["medium.com"]),
    ("whatsapp", &["whatsapp.com", "wa.me"]),
    ("telegram", &["telegram.org", "telegram.me", "t.me"]),
    ("discord", &["discord.com", "discord.gg"]),
    ("slack", &["slack.com"]),
    ("spotify", &["spotify.com"]),
    ("twitch", &["twitch.tv"]),
    ("snapchat", &["snapchat.com"]),
    ("pinterest", &["pinterest.com"]),
    ("reddit", &["reddit.com"]),
    ("calendly", &["calendly.com"]),
];

impl SocialLink {
    /// The network: the owner's word, else by the host of the address, else `website`.
    pub fn platform(&self) -> &str {
        if !self.platform.is_empty() {
            return &self.platform;
        }
        let url = url::Url::parse(&self.url).ok();
        let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        let is_at = |known: &&str| {
            host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        PLATFORMS.iter().find(|(_, hosts)| hosts.iter().any(is_at)).map_or("website", |(name, _)| name)
    }
}

/// Shows a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MessagePage {
    /// Heading.
    pub title: String,
    /// Text below it.
    pub description: String,
    /// How it goes on.
    pub navigation_type: Navigation,
    /// Text of the button.
    pub button_label: String,
    /// Seconds of the timer.
    pub timer_seconds: Option<i32>,
}

/// Says thank you.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ThankYouPage {
    /// Heading.
    pub title: String,
    /// Text below it.
    pub description: String,
}

/// Leaves for a file of the library.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenMedia {
    /// Id of the file.
    pub media_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_without_a_network_is_known_by_its_host() {
        let of = |platform: &str, url: &str| {
            SocialLink { platform: platform.into(), url: url.into(), ..SocialLink::default() }
                .platform()
                .to_owned()
        };
        assert_eq!(of("", "https://www.instagram.com/quietzone"), "instagram");
        assert_eq!(of("", "https://music.apple.com/de/album/1"), "applemusic");
        assert_eq!(of("", "https://notinstagram.com/"), "website");
        assert_eq!(of("", "no address"), "website");
        assert_eq!(of("mastodon", "https://x.com/a"), "mastodon");
    }
}
