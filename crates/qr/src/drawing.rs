//! A code in its design: SVG, and PNG drawn from it.

use crate::design::{Design, Dots, Logo, Paint};
use crate::frame::{self, Frame, QUIET_ZONE};
use crate::svg::{escaped, write_data};
use crate::{Code, Error, shape};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use png::{BitDepth, ColorType, Encoder};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg;

/// The widest PNG of a design, in pixels: drawing it takes four bytes a pixel.
pub const WIDEST_PNG: u32 = 4096;

/// Modules of a finder, with the light ones around it.
const FINDER: u32 = 7;

/// An image of `code` as `design` has it, `width_px` wide and high, quiet zone included.
///
/// # Errors
/// [`Error::Width`] if `width_px` is not one of [`WIDTHS`](crate::WIDTHS).
pub fn svg(code: &Code, design: &Design, width_px: u32, title: Option<&str>) -> Result<String, Error> {
    if design.is_plain() {
        return crate::svg::render(code, width_px, title);
    }
    let side = frame::side(code) as f32;
    Ok(document(code, design, frame::check(width_px)?, &View { from: 0.0, side }, title))
}

/// The same as a PNG: whole pixels a module, the rest widens the quiet zone.
///
/// # Errors
/// [`Error::Width`], [`Error::TooNarrow`], and [`Error::TooWide`] past [`WIDEST_PNG`] unless the design is plain.
pub fn png(code: &Code, design: &Design, width_px: u32) -> Result<Vec<u8>, Error> {
    if design.is_plain() {
        return crate::png::render(code, width_px);
    }
    let pixmap = raster(code, design, width_px)?;
    let pixels: Vec<u8> =
        pixmap.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width_px, width_px);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels))
        .expect("an image of a right size is written to memory");
    Ok(file)
}

/// The pixels of an image of `code`; all are opaque, since the ground is.
pub(crate) fn raster(code: &Code, design: &Design, width_px: u32) -> Result<Pixmap, Error> {
    let Frame { width, scale, margin } = Frame::fit(code, width_px)?;
    if width > WIDEST_PNG {
        return Err(Error::TooWide { width, widest: WIDEST_PNG });
    }
    let scale = scale as f32;
    let view = View { from: QUIET_ZONE as f32 - margin as f32 / scale, side: width as f32 / scale };
    let text = document(code, design, width, &view, None);
    let tree = usvg::Tree::from_str(&text, &crate::logo::options()).expect("what we write is SVG");
    let mut pixmap = Pixmap::new(width, width).expect("a width above 0");
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    Ok(pixmap)
}

/// The square of the plane that an image shows, in modules from the quiet zone's top left corner.
struct View {
    from: f32,
    side: f32,
}

/// An area that a gradient runs over.
#[derive(Clone, Copy)]
struct Area {
    x: f32,
    y: f32,
    side: f32,
}

fn document(code: &Code, design: &Design, width: u32, view: &View, title: Option<&str>) -> String {
    let View { from, side } = *view;
    let mut paints = Paints::default();
    let (modules, quiet) = (code.modules(), QUIET_ZONE as f32);
    let hidden = design.logo.as_ref().map(|logo| hidden(code, logo));
    let is_hidden = |x: u32, y: u32| match (&design.logo, hidden) {
        (Some(logo), Some(hidden)) => logo.clear && hidden.covers(modules, x, y),
        _ => false,
    };
    let dark = |x: u32, y: u32| code.dark(x, y) && !is_finder(modules, x, y) && !is_hidden(x, y);
    let whole = Area { x: quiet, y: quiet, side: modules as f32 };
    let mut body = String::new();
    let ground = paints.fill(&design.ground, Area { x: from, y: from, side });
    write_data(
        &mut body,
        format_args!(
            "<rect x=\"{from}\" y=\"{from}\" width=\"{side}\" height=\"{side}\" fill=\"{ground}\"/>\n"
        ),
    );
    let dots = shape::dots(design.dots, modules, quiet, &dark);
    // Squares meet pixels exactly; what is round is smoothed.
    let crisp = if design.dots == Dots::Square { " shape-rendering=\"crispEdges\"" } else { "" };
    let fill = paints.fill(&design.dot_paint, whole);
    write_data(&mut body, format_args!("<path d=\"{dots}\" fill=\"{fill}\"{crisp}/>\n"));
    let last = (modules - FINDER) as f32;
    for (x, y) in [(0.0, 0.0), (last, 0.0), (0.0, last)] {
        let (x, y) = (x + quiet, y + quiet);
        let ring = paints.fill(&design.ring_paint, Area { x, y, side: 7.0 });
        let path = shape::ring(design.rings, x, y);
        write_data(&mut body, format_args!("<path d=\"{path}\" fill=\"{ring}\" fill-rule=\"evenodd\"/>\n"));
        let eye = paints.fill(&design.eye_paint, Area { x: x + 2.0, y: y + 2.0, side: 3.0 });
        let path = shape::eye(design.eyes, x, y);
        write_data(&mut body, format_args!("<path d=\"{path}\" fill=\"{eye}\"/>\n"));
    }
    if let (Some(logo), Some(hidden)) = (&design.logo, hidden) {
        draw_logo(&mut body, logo, hidden, quiet + modules as f32 / 2.0);
    }
    let title = title.map(|title| format!("<title>{}</title>", escaped(title))).unwrap_or_default();
    let defs = if paints.defs.is_empty() { String::new() } else { format!("<defs>{}</defs>\n", paints.defs) };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{width}\" viewBox=\"{from} {from} {side} \
         {side}\" stroke=\"none\" role=\"img\">{title}\n{defs}{body}</svg>\n"
    )
}

/// Whether a module is one of the three finders'.
fn is_finder(modules: u32, x: u32, y: u32) -> bool {
    let (far_x, far_y) = (x >= modules - FINDER, y >= modules - FINDER);
    (x < FINDER || far_x) && (y < FINDER || far_y) && !(far_x && far_y)
}

/// Modules in the middle of a code that its logo hides: odd numbers, so that the middle is the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hidden {
    pub width: u32,
    pub height: u32,
}

impl Hidden {
    fn covers(self, modules: u32, x: u32, y: u32) -> bool {
        let within = |at: u32, size: u32| {
            let from = (modules - size) / 2;
            (from..from + size).contains(&at)
        };
        within(x, self.width) && within(y, self.height)
    }

    /// The share of the code that is hidden.
    pub fn share(self, code: &Code) -> f32 {
        let side = code.modules() as f32;
        (self.width * self.height) as f32 / (side * side)
    }
}

/// The largest box of the logo's proportions that hides no more than `size` of what the level can mend, and neither
/// finder nor timing pattern.
pub(crate) fn hidden(code: &Code, logo: &Logo) -> Hidden {
    let side = code.modules();
    let most = (logo.size * code.level().mends() * (side * side) as f32) as u32;
    let longest = side - 2 * FINDER;
    let odd = |size: f32| {
        let size = (size.ceil().max(1.0) as u32).min(side);
        if size.is_multiple_of(2) { size + 1 } else { size }
    };
    (1..=longest)
        .step_by(2)
        .map(|long| match logo.aspect >= 1.0 {
            true => Hidden { width: long, height: odd(long as f32 / logo.aspect) },
            false => Hidden { width: odd(long as f32 * logo.aspect), height: long },
        })
        .take_while(|hidden| hidden.width * hidden.height <= most.max(1))
        .last()
        .unwrap_or(Hidden { width: 1, height: 1 })
}

fn draw_logo(body: &mut String, logo: &Logo, hidden: Hidden, middle: f32) {
    // At least half a module of picture, however wide the margin.
    let inside = |size: u32| (size as f32 - 2.0 * logo.margin).max(0.5);
    let (width, height) = (inside(hidden.width), inside(hidden.height));
    let width = width.min(height * logo.aspect);
    let height = width / logo.aspect;
    let (x, y) = (middle - width / 2.0, middle - height / 2.0);
    let (kind, data) = (logo.kind.media_type(), STANDARD.encode(&logo.bytes));
    write_data(
        body,
        format_args!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" href=\"data:{kind};base64,{data}\"/>\n"
        ),
    );
}

/// The gradients of a document.
#[derive(Default)]
struct Paints {
    defs: String,
    count: u32,
}

impl Paints {
    /// What a shape's `fill` says.
    fn fill(&mut self, paint: &Paint, area: Area) -> String {
        let (middle_x, middle_y) = (area.x + area.side / 2.0, area.y + area.side / 2.0);
        let (tag, line, stops) = match paint {
            Paint::Solid(color) => return color.to_string(),
            Paint::Linear { degrees, stops } => {
                let (sin, cos) = degrees.to_radians().sin_cos();
                // CSS: so long that the corners have the colours of the ends.
                let reach = area.side * (sin.abs() + cos.abs()) / 2.0;
                let line = format!(
                    "x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"",
                    middle_x - sin * reach,
                    middle_y + cos * reach,
                    middle_x + sin * reach,
                    middle_y - cos * reach
                );
                ("linearGradient", line, stops)
            }
            Paint::Radial { stops } => {
                let reach = area.side * std::f32::consts::FRAC_1_SQRT_2;
                ("radialGradient", format!("cx=\"{middle_x}\" cy=\"{middle_y}\" r=\"{reach}\""), stops)
            }
        };
        self.count += 1;
        let id = format!("paint-{}", self.count);
        write_data(
            &mut self.defs,
            format_args!("<{tag} id=\"{id}\" gradientUnits=\"userSpaceOnUse\" {line}>"),
        );
        for stop in stops {
            write_data(
                &mut self.defs,
                format_args!("<stop offset=\"{}\" stop-color=\"{}\"/>", stop.at, stop.color),
            );
        }
        write_data(&mut self.defs, format_args!("</{tag}>"));
        format!("url(#{id})")
    }
}
