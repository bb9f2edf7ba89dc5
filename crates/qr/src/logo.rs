//! What a file must be to stand in the middle of a code, and how it is made fit for that.

use crate::design::LogoKind;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use png::{BitDepth, ColorType, Encoder};
use resvg::tiny_skia::{Pixmap, Transform};
use std::collections::HashMap;
use usvg::{ImageKind, roxmltree};

/// The most pixels a side of a logo has: a picture is unpacked to four bytes a pixel.
pub const WIDEST: u32 = 4096;

/// Why a file is no logo. The sentences are shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not what it begins like.
    #[error("this picture cannot be read; export it again as PNG, JPEG or SVG")]
    Unreadable,
    /// A side is longer than [`WIDEST`].
    #[error("this picture is {width} x {height} pixels; a logo has at most {WIDEST} a side")]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Nothing of it is to be seen.
    #[error("nothing of this picture would be seen (texts of an SVG must be turned into paths)")]
    Empty,
    /// An SVG whose parts show each other so often that drawing it takes too long.
    #[error("this SVG has too many parts to be a logo; simplify it, or export it as PNG")]
    TooComplex,
    /// An SVG with filters: how long one takes to draw is not to be told from its size.
    #[error(
        "this SVG has filters (blur, shadow, texture), which are not drawn in a code; take them out, or export it as PNG"
    )]
    Filters,
}

/// A picture made fit to stand in a code.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// Its format.
    pub kind: LogoKind,
    /// The file.
    pub bytes: Vec<u8>,
    /// Width divided by height.
    pub aspect: f32,
}

/// A PNG, JPEG, WebP or SVG made fit to stand in a code: of an SVG what is drawn of it is written anew, so that nothing
/// is left that could run or fetch; a WebP becomes a PNG, since not every printer's program reads one.
///
/// # Errors
/// [`Fault`]: what is wrong with it.
pub fn prepare(media_type: &str, bytes: &[u8]) -> Result<Prepared, Fault> {
    let (kind, bytes) = match media_type {
        "image/png" => (LogoKind::Png, bytes.to_vec()),
        "image/jpeg" => (LogoKind::Jpeg, bytes.to_vec()),
        "image/webp" => (LogoKind::Png, png_of("image/webp", bytes)?),
        "image/svg+xml" => (LogoKind::Svg, drawn_anew(bytes)?),
        _ => return Err(Fault::Unreadable),
    };
    let aspect = aspect(kind, &bytes)?;
    Ok(Prepared { kind, bytes, aspect })
}

/// Parts of an SVG, those that others show counted as often as they are shown, at most.
const MOST_PARTS: u64 = 50_000;

fn drawn_anew(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Unreadable)?;
    let document = roxmltree::Document::parse_with_options(
        text,
        // As the drawing program itself reads it: design programs write entities into their files.
        roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() },
    )
    .map_err(|_| Fault::Unreadable)?;
    if parts(&document) > MOST_PARTS {
        return Err(Fault::TooComplex);
    }
    let is_filter = |node: roxmltree::Node<'_, '_>| node.tag_name().name() == "filter";
    if document.descendants().any(is_filter) || text.contains("filter:") {
        return Err(Fault::Filters);
    }
    let mut options = options();
    // Pictures within it are pixels, and few enough; an SVG within could hold again what was counted here.
    let usual = usvg::ImageHrefResolver::default_data_resolver();
    options.image_href_resolver.resolve_data = Box::new(move |kind, data, options| {
        let is_small =
            |size: imagesize::ImageSize| size.width <= WIDEST as usize && size.height <= WIDEST as usize;
        if !imagesize::blob_size(&data).is_ok_and(is_small) {
            return None;
        }
        usual(kind, data, options).filter(|image| !matches!(image, ImageKind::SVG(_)))
    });
    let tree = usvg::Tree::from_xmltree(&document, &options).map_err(|_| Fault::Unreadable)?;
    Ok(tree.to_string(&usvg::WriteOptions::default()).into_bytes())
}

/// How many parts are drawn: elements that name others (`use`, `fill`, `mask`, …) count with what they name. A circle is
/// endless.
fn parts(document: &roxmltree::Document<'_>) -> u64 {
    fn count<'d>(
        node: roxmltree::Node<'d, 'd>,
        named: &HashMap<&str, roxmltree::Node<'d, 'd>>,
        known: &mut HashMap<roxmltree::NodeId, Option<u64>>,
    ) -> u64 {
        match known.get(&node.id()) {
            Some(Some(count)) => return *count,
            Some(None) => return u64::MAX,
            None => known.insert(node.id(), None),
        };
        let mut all = 1_u64;
        for attribute in node.attributes() {
            for name in attribute.value().split('#').skip(1) {
                let name = name.split([')', '"', '\'', ' ']).next().unwrap_or_default();
                if let Some(other) = named.get(name) {
                    all = all.saturating_add(count(*other, named, known));
                }
            }
        }
        for child in node.children().filter(roxmltree::Node::is_element) {
            all = all.saturating_add(count(child, named, known));
        }
        known.insert(node.id(), Some(all));
        all
    }
    // What lies deeper than that no program has drawn, and this walk goes down with it.
    const DEEPEST: usize = 200;
    if document.descendants().any(|node| node.ancestors().nth(DEEPEST).is_some()) {
        return u64::MAX;
    }
    let named: HashMap<&str, roxmltree::Node<'_, '_>> =
        document.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
    count(document.root_element(), &named, &mut HashMap::new())
}

fn png_of(media_type: &str, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let (width, height) = measured(bytes)?;
    let data = STANDARD.encode(bytes);
    let page = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\"><image width=\"{width}\" \
         height=\"{height}\" href=\"data:{media_type};base64,{data}\"/></svg>"
    );
    let tree = usvg::Tree::from_str(&page, &options()).map_err(|_| Fault::Unreadable)?;
    let mut pixmap = Pixmap::new(width, height).ok_or(Fault::Unreadable)?;
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    let pixels: Vec<u8> = pixmap
        .pixels()
        .iter()
        .map(|pixel| pixel.demultiply())
        .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()])
        .collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels))
        .map_err(|_| Fault::Unreadable)?;
    Ok(file)
}

/// Pixels of a picture, by its head.
fn measured(bytes: &[u8]) -> Result<(u32, u32), Fault> {
    let size = imagesize::blob_size(bytes).map_err(|_| Fault::Unreadable)?;
    let [width, height] = [size.width, size.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    if width > WIDEST || height > WIDEST {
        return Err(Fault::TooLarge { width, height });
    }
    Ok((width, height))
}

/// The proportions of a picture, width divided by height, once it is certain that something of it is drawn.
///
/// # Errors
/// [`Fault`]: what is wrong with it.
fn aspect(kind: LogoKind, bytes: &[u8]) -> Result<f32, Fault> {
    let aspect = match kind {
        LogoKind::Png | LogoKind::Jpeg => {
            let (width, height) = measured(bytes)?;
            width as f32 / height as f32
        }
        LogoKind::Svg => {
            let tree = usvg::Tree::from_data(bytes, &options()).map_err(|_| Fault::Unreadable)?;
            tree.size().width() / tree.size().height()
        }
    };
    // A strip of this shape is nothing to look at, and has no box in a code.
    if !(1.0 / 20.0..=20.0).contains(&aspect) {
        return Err(Fault::Unreadable);
    }
    let (kind, data) = (kind.media_type(), STANDARD.encode(bytes));
    let page = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\"><image width=\"64\" height=\"64\" \
         href=\"data:{kind};base64,{data}\"/></svg>"
    );
    let tree = usvg::Tree::from_str(&page, &options()).map_err(|_| Fault::Unreadable)?;
    let mut pixmap = Pixmap::new(64, 64).expect("a width above 0");
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    if pixmap.pixels().iter().all(|pixel| pixel.alpha() == 0) {
        return Err(Fault::Empty);
    }
    Ok(aspect)
}

/// How pictures are read: none makes this program open a file.
pub(crate) fn options() -> usvg::Options<'static> {
    let mut options = usvg::Options::default();
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    options
}
