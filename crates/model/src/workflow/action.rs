//! The table of actions: how each is spelled, what kind of step it makes, and whether it shows a page (dossier 3.2).

words! {
    /// What kind of step it is.
    Kind {
        /// Where every walk begins.
        Entry = "ENTRY",
        /// Where a walk ends.
        Exit = "EXIT",
        /// A page that asks for something and goes on.
        Interaction = "INTERACTION",
        /// A fork that no visitor sees.
        Condition = "CONDITION",
    }
}

/// One line of the table for each action: variant, word, key of its payload, kind.
macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $key:literal, $kind:ident;)*) => {
        /// What a step does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $variant,)* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its word, without the prefix of the wire: `FORM_SUBMIT`, `X_SPLIT`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The action with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// The key its payload stands under: `form`, `xSplit`.
            pub const fn payload_key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// The action whose payload stands under this key.
            pub fn from_payload_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }

            /// What kind of step it makes.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }

            /// Its value of the contract's `eventAction`. Our own are unspecified there, for the enum is closed.
            pub const fn event_action(self) -> &'static str {
                if self.is_ours() {
                    return "EVENT_ACTION_UNSPECIFIED";
                }
                match self { $(Self::$variant => concat!("EVENT_ACTION_", $word),)* }
            }
        }
    };
}

actions! {
    /// The link was visited.
    LinkVisit = "LINK_VISIT", "linkVisit", Entry;
    /// Leaves for a destination.
    ClientRedirect = "CLIENT_REDIRECT", "clientRedirect", Exit;
    /// Asks for a password.
    PasswordVerify = "PASSWORD_VERIFY", "password", Interaction;
    /// Asks with a form.
    FormSubmit = "FORM_SUBMIT", "form", Interaction;
    /// Shows a contact card.
    ContactCard = "CONTACT_CARD", "vcard", Exit;
    /// Shows buttons, each with a way of its own.
    MultiLink = "MULTI_LINK", "multiLink", Interaction;
    /// Shows links to social networks.
    SocialLinksPage = "SOCIAL_LINKS_PAGE", "socialLinks", Exit;
    /// Shows a message and goes on by button or timer.
    MessagePage = "MESSAGE_PAGE", "messagePage", Interaction;
    /// Says thank you.
    ThankYouPage = "THANK_YOU_PAGE", "thankYouPage", Exit;
    /// Leaves for a file of the library.
    OpenMedia = "OPEN_MEDIA", "openMedia", Exit;
    /// First time or again.
    VisitTypeCondition = "VISIT_TYPE_CONDITION", "visitTypeCondition", Condition;
    /// Country of the place.
    CountryCondition = "COUNTRY_CONDITION", "countryCondition", Condition;
    /// Day of the week.
    DayOfWeekCondition = "DAY_OF_WEEK_CONDITION", "dayOfWeekCondition", Condition;
    /// Time of day.
    TimeOfDayCondition = "TIME_OF_DAY_CONDITION", "timeOfDayCondition", Condition;
    /// Day of the month.
    DayOfMonthCondition = "DAY_OF_MONTH_CONDITION", "dayOfMonthCondition", Condition;
    /// A date, of one year or of every year.
    SpecificDateCondition = "SPECIFIC_DATE_CONDITION", "specificDateCondition", Condition;
    /// Phone, tablet, computer.
    DeviceTypeCondition = "DEVICE_TYPE_CONDITION", "deviceTypeCondition", Condition;
    /// Operating system.
    DevicePlatformCondition = "DEVICE_PLATFORM_CONDITION", "devicePlatformCondition", Condition;
    /// Browser.
    DeviceBrowserCondition = "DEVICE_BROWSER_CONDITION", "deviceBrowserCondition", Condition;
    /// Maker of the device.
    DeviceBrandCondition = "DEVICE_BRAND_CONDITION", "deviceBrandCondition", Condition;
    /// Person or program.
    DeviceActorCondition = "DEVICE_ACTOR_CONDITION", "deviceActorCondition", Condition;
    /// An attribute of the visitor.
    VisitorDataCondition = "VISITOR_DATA_CONDITION", "visitorDataCondition", Condition;
    /// Rules of several tests each, over every fact there is (ours).
    XRulesCondition = "X_RULES_CONDITION", "xRulesCondition", Condition;
    /// Shares out by weight (ours).
    XSplit = "X_SPLIT", "xSplit", Condition;
}

impl Action {
    /// The action that a step's `eventAction` and `xEventAction` name; the prefix may be missing.
    pub fn from_event_action(event_action: &str, x_event_action: Option<&str>) -> Option<Self> {
        x_event_action
            .and_then(Self::from_word)
            .or_else(|| Self::from_word(event_action.strip_prefix("EVENT_ACTION_").unwrap_or(event_action)))
    }

    /// Whether the contract has no word for it.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::XRulesCondition | Self::XSplit)
    }

    /// Its value of `xEventAction`: only where the contract has no word for it.
    pub fn x_event_action(self) -> Option<&'static str> {
        self.is_ours().then(|| self.as_str())
    }

    /// Its value of the contract's `kind`.
    pub const fn wire_kind(self) -> &'static str {
        match self.kind() {
            Kind::Entry => "KIND_ENTRY",
            Kind::Exit => "KIND_EXIT",
            Kind::Interaction => "KIND_INTERACTION",
            Kind::Condition => "KIND_CONDITION",
        }
    }

    /// Whether it has a branch for each of its options, besides or instead of `next`.
    pub const fn is_composite(self) -> bool {
        matches!(self, Self::MultiLink) || matches!(self.kind(), Kind::Condition)
    }

    /// Its value of the contract's `nodeType`.
    pub const fn node_type(self) -> &'static str {
        if self.is_composite() { "NODE_TYPE_COMPOSITE" } else { "NODE_TYPE_ATOMIC" }
    }

    /// Whether the visitor sees a page of ours.
    pub const fn renders_page(self) -> bool {
        match self {
            Self::ContactCard | Self::SocialLinksPage | Self::ThankYouPage => true,
            _ => matches!(self.kind(), Kind::Interaction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_action_leads_back_to_it() {
        assert_eq!(Action::ALL.len(), 24);
        for action in Action::ALL.iter().copied() {
            assert_eq!(Action::from_word(action.as_str()), Some(action));
            assert_eq!(Action::from_payload_key(action.payload_key()), Some(action));
            assert_eq!(
                Action::from_event_action(action.event_action(), action.x_event_action()),
                Some(action)
            );
        }
        assert_eq!(Action::from_event_action("EVENT_ACTION_UNSPECIFIED", None), None);
        assert_eq!(Action::MultiLink.node_type(), "NODE_TYPE_COMPOSITE");
        assert!(!Action::OpenMedia.renders_page() && Action::ThankYouPage.renders_page());
    }
}
