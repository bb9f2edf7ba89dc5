//! Templates that come with the program: looks of our own making, dark enough on their ground for any print. A test has
//! each of them checked, and read by decoders.

use crate::catalog::designs::Looks;
use crate::catalog::qrcode_templates::{About, Template};
use model::Millis;
use serde_json::{Value, json};
use uuid::Uuid;

/// When they were made, as far as lists ask: before everything else, in this order.
const SINCE: i64 = 1_767_225_600_000;

struct House {
    slug: &'static str,
    name: &'static str,
    description: &'static str,
    tags: &'static str,
    look: fn() -> Value,
}

/// Shapes of modules, rings and eyes.
struct Shapes(&'static str, &'static str, &'static str);

fn solid(color: &str) -> Value {
    json!({ "type": "THEME_COLOR_TYPE_SOLID", "colors": [color] })
}

fn linear(degrees: u16, from: &str, to: &str) -> Value {
    json!({ "type": "THEME_COLOR_TYPE_LINEAR", "colors": [from, to], "direction": format!("{degrees}deg") })
}

fn radial(from: &str, to: &str) -> Value {
    json!({ "type": "THEME_COLOR_TYPE_RADIAL", "colors": [from, to] })
}

fn look(Shapes(dots, rings, eyes): Shapes, paints: [Value; 3], ground: &str) -> Value {
    let [dot, ring, eye] = paints;
    json!({
        "errorCorrectionLevel": "Q",
        "dotsOptions": { "type": format!("DOTS_TYPE_{dots}"), "themeColor": dot },
        "cornersSquareOptions": { "type": format!("CORNERS_SQUARE_TYPE_{rings}"), "themeColor": ring },
        "cornersDotOptions": { "type": format!("CORNERS_DOT_TYPE_{eyes}"), "themeColor": eye },
        "backgroundOptions": { "themeColor": solid(ground) },
    })
}

const HOUSE: [House; 10] = [
    House {
        slug: "classic",
        name: "Classic",
        description: "Black squares on white: what every scanner expects.",
        tags: "plain, print, black",
        look: || look(Shapes("SQUARE", "SQUARE", "SQUARE"), ["#000000"; 3].map(solid), "#ffffff"),
    },
    House {
        slug: "soft",
        name: "Soft",
        description: "Rounded modules in near-black; calm on any ground.",
        tags: "rounded, plain, print",
        look: || look(Shapes("ROUNDED", "EXTRA_ROUNDED", "DOT"), ["#1b1f24"; 3].map(solid), "#ffffff"),
    },
    House {
        slug: "polka",
        name: "Polka",
        description: "A disc for each module, corners to match, in deep teal.",
        tags: "dots, playful, teal, cafe",
        look: || {
            look(
                Shapes("DOTS", "EXTRA_ROUNDED", "DOT"),
                ["#0b5c4c", "#083f35", "#0b5c4c"].map(solid),
                "#ffffff",
            )
        },
    },
    House {
        slug: "ink",
        name: "Ink",
        description: "Flowing shapes from blue ink into green.",
        tags: "gradient, blue, green, studio",
        look: || {
            let flow = linear(135, "#12307c", "#0b5c4c");
            look(
                Shapes("CLASSY_ROUNDED", "EXTRA_ROUNDED", "DOT"),
                [flow, solid("#12307c"), solid("#0b5c4c")],
                "#ffffff",
            )
        },
    },
    House {
        slug: "sunset",
        name: "Sunset",
        description: "Red into violet on warm white.",
        tags: "gradient, red, violet, event",
        look: || {
            let glow = linear(160, "#a4201a", "#571b86");
            look(
                Shapes("EXTRA_ROUNDED", "EXTRA_ROUNDED", "DOT"),
                [glow, solid("#571b86"), solid("#a4201a")],
                "#fffaf5",
            )
        },
    },
    House {
        slug: "forest",
        name: "Forest",
        description: "Leaf-like modules in dark green on pale moss.",
        tags: "green, nature, garden",
        look: || {
            look(
                Shapes("CLASSY", "SQUARE", "SQUARE"),
                ["#1c4a29", "#12331c", "#1c4a29"].map(solid),
                "#f4f8ef",
            )
        },
    },
    House {
        slug: "paper",
        name: "Paper",
        description: "Brown squares on cream, as if stamped on a bag.",
        tags: "brown, craft, packaging, bakery",
        look: || look(Shapes("SQUARE", "SQUARE", "SQUARE"), ["#3f2c20"; 3].map(solid), "#fbf4e6"),
    },
    House {
        slug: "signal",
        name: "Signal",
        description: "Black with red corners that are seen from far.",
        tags: "red, black, poster",
        look: || {
            look(
                Shapes("SQUARE", "SQUARE", "SQUARE"),
                ["#101010", "#b80f1c", "#101010"].map(solid),
                "#ffffff",
            )
        },
    },
    House {
        slug: "ocean",
        name: "Ocean",
        description: "Deep blue in the middle, lighter towards the edge.",
        tags: "gradient, blue, travel",
        look: || {
            let deep = radial("#08235a", "#0b6380");
            look(
                Shapes("ROUNDED", "EXTRA_ROUNDED", "DOT"),
                [deep, solid("#08235a"), solid("#0b6380")],
                "#ffffff",
            )
        },
    },
    House {
        slug: "berry",
        name: "Berry",
        description: "Round and dark pink, with plum corners.",
        tags: "pink, playful, beauty",
        look: || {
            look(
                Shapes("EXTRA_ROUNDED", "EXTRA_ROUNDED", "SQUARE"),
                ["#a3154f", "#541440", "#a3154f"].map(solid),
                "#fffafc",
            )
        },
    },
];

/// Ids of no other kind: version 8, with the place in the list.
fn id(place: usize) -> Uuid {
    let mut bytes = *b"quietzone look \0";
    bytes[15] = place as u8 + 1;
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn template(place: usize, house: &House) -> Template {
    let since = Millis(SINCE + place as i64);
    Template {
        id: id(place),
        workspace: None,
        design: id(place),
        about: About {
            name: house.name.to_owned(),
            description: house.description.to_owned(),
            tags: house.tags.to_owned(),
            faq: String::new(),
            learn_more: String::new(),
            slug: Some(house.slug.to_owned()),
        },
        looks: Looks { settings: (house.look)().to_string(), logo: None },
        published_at: Some(since),
        duplicated_from: None,
        created_at: since,
        updated_at: since,
    }
}

/// All of them.
pub fn all() -> Vec<Template> {
    HOUSE.iter().enumerate().map(|(place, house)| template(place, house)).collect()
}

/// The one with this id.
pub fn by_id(wanted: Uuid) -> Option<Template> {
    let place = (0..HOUSE.len()).find(|place| id(*place) == wanted)?;
    Some(template(place, &HOUSE[place]))
}

/// The one of this name in addresses.
pub fn by_slug(slug: &str) -> Option<Template> {
    let place = HOUSE.iter().position(|house| house.slug == slug)?;
    Some(template(place, &HOUSE[place]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Settings;
    use qr::Code;
    use qr::check;

    #[test]
    fn each_look_of_the_house_is_read_small_and_has_nothing_to_warn_of() {
        for template in all() {
            let look = Settings::read(&template.looks.settings).look(None).unwrap();
            assert_ne!(template.looks.settings, "{}");
            for payload in
                ["HTTPS://QZ.EXAMPLE/Q/AB12CD3", "HTTPS://CODES.A-LONG-NAME.EXAMPLE/Q/SUMMER-MENU-2026"]
            {
                assert!(look.check(payload).unwrap().is_empty(), "{}", template.name);
                let (code, design) = look.on(payload).unwrap();
                let narrowest = check::narrowest_read(&code, payload, &design).unwrap().unwrap();
                let most = (Code::new(payload, look.level).unwrap().modules() + 2 * qr::QUIET_ZONE) * 4;
                assert!(narrowest <= most, "{} is read from {narrowest} pixels on", template.name);
            }
        }
    }

    #[test]
    fn ids_and_slugs_find_the_same() {
        for template in all() {
            assert_eq!(by_id(template.id).unwrap().name, template.name);
            assert_eq!(by_slug(template.slug.as_ref().unwrap()).unwrap().id, template.id);
        }
        assert!(by_id(Uuid::nil()).is_none() && by_slug("nothing").is_none());
    }
}
