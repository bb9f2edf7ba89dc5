//! The look of a code as the API speaks it (dossier 5), and what is drawn of it. What the renderer cannot draw yet is
//! refused with a sentence that names the field.

pub mod house;
pub mod picture;

use crate::catalog::logos;
use crate::error::{ApiError, ApiResult};
use pages::theme::{Color, ColorKind, ThemeColor};
use qr::check::{self, Part, Verdict};
use qr::design::{Design, Dots, Eyes, Logo, Paint, Rgb, Rings, Stop};
use qr::{Code, Level, QUIET_ZONE, WIDTHS};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Width where none is set: prints at 3.4 cm with 300 dpi.
pub const DEFAULT_WIDTH: u32 = 400;

/// What of a look is set; what is absent is as usual. The same fields change it, each for itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Pixels, quiet zone included; what `size` of the image is where it is not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    /// The same as the width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    /// `SHAPE_SQUARE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// `OUTPUT_FILE_FORMAT_SVG` or `OUTPUT_FILE_FORMAT_PNG`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_file_format: Option<String>,
    /// `L`, `M` (usual), `Q` or `H`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_correction_level: Option<String>,
    /// The modules: `DOTS_TYPE_SQUARE`, `_ROUNDED`, `_EXTRA_ROUNDED`, `_DOTS`, `_CLASSY`, `_CLASSY_ROUNDED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dots_options: Option<PartOptions>,
    /// The rings of the finders: `CORNERS_SQUARE_TYPE_SQUARE`, `_DOT`, `_EXTRA_ROUNDED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corners_square_options: Option<PartOptions>,
    /// The middles of the finders: `CORNERS_DOT_TYPE_SQUARE`, `_DOT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corners_dot_options: Option<PartOptions>,
    /// The ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_options: Option<GroundOptions>,
    /// Whether modules behind the central image are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_background_dots: Option<bool>,
    /// A picture for the middle, base64: PNG, JPEG, WebP or SVG, 3 MB at most. The look keeps it.
    #[serde(skip_serializing_if = "is_sent_alone")]
    central_image_data: Option<String>,
    /// The same from the library; the look keeps a copy.
    #[serde(skip_serializing_if = "is_sent_alone")]
    central_image_media_id: Option<String>,
    /// Takes the picture out.
    #[serde(skip_serializing_if = "is_sent_alone")]
    central_image_delete: Option<bool>,
    /// How much of what error correction can mend the central image may hide, above 0 to 1; 0.4 is usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub central_image_size: Option<f64>,
    /// Pixels around the central image, where the code has its `width`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub central_image_margin: Option<i64>,
}

/// Shape and paint of a part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PartOptions {
    /// Its shape.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `{type, colors, direction, stops}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub theme_color: Option<ThemeColor>,
}

/// Paint of the ground.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GroundOptions {
    /// `{type, colors, direction, stops}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub theme_color: Option<ThemeColor>,
}

const DOTS: &[(&str, Option<Dots>)] = &[
    ("DOTS_TYPE_SQUARE", Some(Dots::Square)),
    ("DOTS_TYPE_ROUNDED", Some(Dots::Rounded)),
    ("DOTS_TYPE_EXTRA_ROUNDED", Some(Dots::ExtraRounded)),
    ("DOTS_TYPE_DOTS", Some(Dots::Dots)),
    ("DOTS_TYPE_CLASSY", Some(Dots::Classy)),
    ("DOTS_TYPE_CLASSY_ROUNDED", Some(Dots::ClassyRounded)),
    ("DOTS_TYPE_BUBBLY_DOTS", None),
    ("DOTS_TYPE_CIRCUIT_CHIP", None),
    ("DOTS_TYPE_HEXAGON", None),
    ("DOTS_TYPE_OCTAGON", None),
];
const RINGS: &[(&str, Option<Rings>)] = &[
    ("CORNERS_SQUARE_TYPE_SQUARE", Some(Rings::Square)),
    ("CORNERS_SQUARE_TYPE_DOT", Some(Rings::Dot)),
    ("CORNERS_SQUARE_TYPE_EXTRA_ROUNDED", Some(Rings::ExtraRounded)),
    ("CORNERS_SQUARE_TYPE_HEXAGON", None),
    ("CORNERS_SQUARE_TYPE_OCTAGON", None),
    ("CORNERS_SQUARE_TYPE_LEAF", None),
];
const EYES: &[(&str, Option<Eyes>)] = &[
    ("CORNERS_DOT_TYPE_SQUARE", Some(Eyes::Square)),
    ("CORNERS_DOT_TYPE_DOT", Some(Eyes::Dot)),
    ("CORNERS_DOT_TYPE_HEXAGON", None),
    ("CORNERS_DOT_TYPE_OCTAGON", None),
    ("CORNERS_DOT_TYPE_TEARDROP", None),
    ("CORNERS_DOT_TYPE_STAR", None),
];
const SHAPES: &[(&str, Option<()>)] = &[("SHAPE_SQUARE", Some(())), ("SHAPE_CIRCLE", None)];
const FORMATS: &[(&str, Option<Format>)] = &[
    ("OUTPUT_FILE_FORMAT_PNG", Some(Format::Png)),
    ("OUTPUT_FILE_FORMAT_SVG", Some(Format::Svg)),
    ("OUTPUT_FILE_FORMAT_JPEG", None),
    ("OUTPUT_FILE_FORMAT_WEBP", None),
];

/// Formats of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// SVG.
    Svg,
    /// PNG.
    Png,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Look {
    /// Shapes and paints.
    pub design: Design,
    /// Error correction.
    pub level: Level,
    /// Pixels.
    pub width: u32,
    /// Pixels around the picture in the middle, where the code has that width.
    margin: f32,
}

/// How much of what can be mended a picture hides, where nothing is said.
const USUAL_SIZE: f64 = 0.4;

/// The value of a word; the first of the list is the usual one.
fn word<T: Copy>(field: &str, list: &[(&str, Option<T>)], text: Option<&str>) -> ApiResult<T> {
    let drawn = || {
        let words = list.iter().filter(|(_, value)| value.is_some()).map(|(word, _)| *word);
        words.collect::<Vec<_>>().join(", ")
    };
    let usual = list.iter().find_map(|(_, value)| *value);
    let found = match text {
        None | Some("") => usual,
        Some(text) if text.ends_with("_UNSPECIFIED") => usual,
        Some(text) => match list.iter().find(|(word, _)| *word == text) {
            Some((_, Some(value))) => Some(*value),
            Some((_, None)) => {
                let message = format!("{text} cannot be drawn yet; take one of {}", drawn());
                return Err(ApiError::field(field, message));
            }
            None => {
                return Err(ApiError::field(field, format!("\"{text}\" is none of {}", drawn())));
            }
        },
    };
    found.ok_or_else(|| ApiError::internal("a list of words without a usual one"))
}

/// Colours of a gradient, at most.
const MAX_COLORS: usize = 10;

fn paint(field: &str, theme: Option<&ThemeColor>, usual: Rgb) -> ApiResult<Paint> {
    let Some(theme) = theme else { return Ok(Paint::Solid(usual)) };
    let least = if theme.kind == ColorKind::Solid { 1 } else { 2 };
    if !(least..=MAX_COLORS).contains(&theme.colors.len()) {
        let message = format!("{least} to {MAX_COLORS} colours; these are {}", theme.colors.len());
        return Err(ApiError::field(format!("{field}/colors"), message));
    }
    let color = |(index, text): (usize, &String)| match Color::parse(text) {
        Some(color) if color.alpha >= 1.0 => Ok(Rgb(color.rgb)),
        Some(_) => Err(ApiError::field(
            format!("{field}/colors/{index}"),
            format!("\"{text}\" lets what is below shine through; colours of a code are opaque"),
        )),
        None => Err(ApiError::field(
            format!("{field}/colors/{index}"),
            format!("\"{text}\" is no colour; write #0b6653, rgb(…) or hsl(…)"),
        )),
    };
    let colors = theme.colors.iter().enumerate().map(color).collect::<ApiResult<Vec<Rgb>>>()?;
    if theme.kind == ColorKind::Solid {
        return Ok(Paint::Solid(colors[0]));
    }
    let stops = stops(field, theme, &colors)?;
    if theme.kind == ColorKind::Radial {
        return Ok(Paint::Radial { stops });
    }
    Ok(Paint::Linear { degrees: degrees(field, theme.direction.as_deref())?, stops })
}

fn stops(field: &str, theme: &ThemeColor, colors: &[Rgb]) -> ApiResult<Vec<Stop>> {
    let last = (colors.len() - 1) as f32;
    if theme.stops.is_empty() {
        let even = colors.iter().enumerate();
        return Ok(even.map(|(i, color)| Stop { at: i as f32 / last, color: *color }).collect());
    }
    if theme.stops.len() != colors.len() {
        let message = format!("{} colours have {} stops, or none", colors.len(), colors.len());
        return Err(ApiError::field(format!("{field}/stops"), message));
    }
    let mut before = 0.0;
    let stop = |(index, (text, color)): (usize, (&String, &Rgb))| {
        let at = text.trim().strip_suffix('%').and_then(|number| number.parse::<f32>().ok());
        match at.map(|at| at / 100.0).filter(|at| (before..=1.0).contains(at)) {
            Some(at) => {
                before = at;
                Ok(Stop { at, color: *color })
            }
            None => Err(ApiError::field(
                format!("{field}/stops/{index}"),
                format!("\"{text}\" is no place from 0% to 100% behind the one before"),
            )),
        }
    };
    theme.stops.iter().zip(colors).enumerate().map(stop).collect()
}

fn degrees(field: &str, direction: Option<&str>) -> ApiResult<f32> {
    let text = direction.unwrap_or_default().trim();
    let degrees = match text {
        "" | "to bottom" => Some(180.0),
        "to top" => Some(0.0),
        "to right" => Some(90.0),
        "to left" => Some(270.0),
        _ => text.strip_suffix("deg").and_then(|number| number.parse::<f32>().ok()),
    };
    degrees.filter(|degrees| degrees.is_finite() && degrees.abs() <= 3600.0).ok_or_else(|| {
        let message = format!("\"{text}\" is no direction; write 135deg, or to right");
        ApiError::field(format!("{field}/direction"), message)
    })
}

/// What a request brings and no answer has. (`skip_serializing` would take it out of openapi.json as well.)
fn is_sent_alone<T>(_: &Option<T>) -> bool {
    true
}

impl Settings {
    /// As it is stored. What cannot be read is the usual look: a code always has an image.
    pub fn read(stored: &str) -> Self {
        serde_json::from_str(stored).unwrap_or_default()
    }

    /// With what a change sets.
    #[must_use]
    pub fn changed(self, change: Self) -> Self {
        let part = |old: Option<PartOptions>, new: Option<PartOptions>| {
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            let both =
                PartOptions { kind: new.kind.or(old.kind), theme_color: new.theme_color.or(old.theme_color) };
            Some(both).filter(|both| *both != PartOptions::default())
        };
        Self {
            // A new width alone is a new height as well: a code is square.
            height: change.height.or(change.width).or(self.height),
            width: change.width.or(change.height).or(self.width),
            shape: change.shape.or(self.shape),
            output_file_format: change.output_file_format.or(self.output_file_format),
            error_correction_level: change.error_correction_level.or(self.error_correction_level),
            dots_options: part(self.dots_options, change.dots_options),
            corners_square_options: part(self.corners_square_options, change.corners_square_options),
            corners_dot_options: part(self.corners_dot_options, change.corners_dot_options),
            background_options: change.background_options.or(self.background_options),
            hide_background_dots: change.hide_background_dots.or(self.hide_background_dots),
            central_image_size: change.central_image_size.or(self.central_image_size),
            central_image_margin: change.central_image_margin.or(self.central_image_margin),
            // What becomes of the picture is no setting: it is done once.
            central_image_data: None,
            central_image_media_id: None,
            central_image_delete: None,
        }
    }

    /// The image format that is asked for where none is named.
    pub fn format(&self) -> ApiResult<Format> {
        word("/outputFileFormat", FORMATS, self.output_file_format.as_deref())
    }

    /// What is drawn, with this picture in its middle, or the first field that is wrong or that nothing draws yet.
    pub fn look(&self, logo: Option<&logos::Logo>) -> ApiResult<Look> {
        if self.central_image_size.is_some_and(|size| !(size > 0.0 && size <= 1.0)) {
            return Err(ApiError::field("/centralImageSize", "a size above 0 and at most 1, such as 0.4"));
        }
        if self.central_image_margin.is_some_and(|margin| !(0..=1000).contains(&margin)) {
            return Err(ApiError::field("/centralImageMargin", "0 to 1000 pixels"));
        }
        word("/shape", SHAPES, self.shape.as_deref())?;
        self.format()?;
        let width = self.width.unwrap_or(i64::from(DEFAULT_WIDTH));
        let width = u32::try_from(width).ok().filter(|width| WIDTHS.contains(width)).ok_or_else(|| {
            let message = format!("{} to {} pixels, not {width}", WIDTHS.start(), WIDTHS.end());
            ApiError::field("/width", message)
        })?;
        if self.height.is_some_and(|height| height != i64::from(width)) {
            return Err(ApiError::field("/height", "a code is square: height and width are the same"));
        }
        let level = match self.error_correction_level.as_deref().unwrap_or_default() {
            "" | "M" => Level::M,
            "L" => Level::L,
            "Q" => Level::Q,
            "H" => Level::H,
            other => {
                let message = format!("\"{other}\" is none of L, M, Q, H");
                return Err(ApiError::field("/errorCorrectionLevel", message));
            }
        };
        let kind = |part: &Option<PartOptions>| part.as_ref().and_then(|part| part.kind.clone());
        let paint = |field: &str, part: &Option<PartOptions>| {
            let theme = part.as_ref().and_then(|part| part.theme_color.as_ref());
            paint(&format!("/{field}/themeColor"), theme, Rgb::BLACK)
        };
        let ground = self.background_options.as_ref().and_then(|ground| ground.theme_color.as_ref());
        let design = Design {
            dots: word("/dotsOptions/type", DOTS, kind(&self.dots_options).as_deref())?,
            rings: word("/cornersSquareOptions/type", RINGS, kind(&self.corners_square_options).as_deref())?,
            eyes: word("/cornersDotOptions/type", EYES, kind(&self.corners_dot_options).as_deref())?,
            dot_paint: paint("dotsOptions", &self.dots_options)?,
            ring_paint: paint("cornersSquareOptions", &self.corners_square_options)?,
            eye_paint: paint("cornersDotOptions", &self.corners_dot_options)?,
            ground: self::paint("/backgroundOptions/themeColor", ground, Rgb::WHITE)?,
            logo: logo.map(|logo| Logo {
                kind: logo.kind,
                bytes: logo.bytes.clone(),
                aspect: logo.aspect,
                size: self.central_image_size.unwrap_or(USUAL_SIZE) as f32,
                margin: 0.0,
                clear: self.hide_background_dots.unwrap_or(true),
            }),
        };
        Ok(Look { design, level, width, margin: self.central_image_margin.unwrap_or(0) as f32 })
    }
}

impl Look {
    /// The code of a payload, and the design as it is drawn on that.
    pub fn on(&self, payload: &str) -> Result<(Code, Design), qr::Error> {
        let code = Code::new(payload, self.level)?;
        let mut design = self.design.clone();
        if let Some(logo) = &mut design.logo {
            let modules = (code.modules() + 2 * QUIET_ZONE) as f32;
            logo.margin = self.margin / self.width as f32 * modules;
        }
        Ok((code, design))
    }

    /// Refuses a look that scanners would not read; else what its owner should know.
    pub fn check(&self, payload: &str) -> ApiResult<Vec<String>> {
        let mut warnings = Vec::new();
        for contrast in check::contrasts(&self.design) {
            let (field, name) = match contrast.part {
                Part::Dots => ("/dotsOptions/themeColor", "the modules"),
                Part::Rings => ("/cornersSquareOptions/themeColor", "the rings of the corners"),
                Part::Eyes => ("/cornersDotOptions/themeColor", "the middles of the corners"),
            };
            let ratio = contrast.ratio.max(1.0);
            match contrast.verdict() {
                Verdict::Good => {}
                Verdict::Weak => warnings.push(format!(
                    "{name} stand out {ratio:.1} to 1 from their ground: in bad light or on a bad print that may not do; \
                     {} to 1 is safe",
                    check::GOOD_RATIO
                )),
                Verdict::Unreadable if contrast.is_inverted() => {
                    let message = format!(
                        "{name} are lighter than their ground, and many scanners read no such code; take darker ones, or a \
                         lighter ground"
                    );
                    return Err(ApiError::field(field, message));
                }
                Verdict::Unreadable => {
                    let message = format!(
                        "{name} stand out {ratio:.1} to 1 from their ground, too little to be scanned; take darker ones, or a \
                         lighter ground (at least {} to 1)",
                        check::LOWEST_RATIO
                    );
                    return Err(ApiError::field(field, message));
                }
            }
        }
        let (code, design) = self.on(payload).map_err(|why| ApiError::field("/errorCorrectionLevel", why))?;
        // A code too large for this reading has modules enough; only its contrast is judged.
        if !check::is_read(&code, payload, &design).unwrap_or(true) {
            return Err(match design.logo {
                Some(_) => ApiError::field(
                    "/centralImageSize",
                    "no reader gets past the picture in the middle; make it smaller, or raise errorCorrectionLevel",
                ),
                None => ApiError::field(
                    "/dotsOptions",
                    "no reader finds this code; take squarer corners, or more contrast",
                ),
            });
        }
        Ok(warnings)
    }
}
