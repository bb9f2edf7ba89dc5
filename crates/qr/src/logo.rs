//! What a file must be to stand in the middle of a code.

use crate::design::LogoKind;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg;

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
}

/// The proportions of a picture, width divided by height, once it is certain that something of it is drawn.
///
/// # Errors
/// [`Fault`]: what is wrong with it.
pub fn aspect(kind: LogoKind, bytes: &[u8]) -> Result<f32, Fault> {
    let aspect = match kind {
        LogoKind::Png | LogoKind::Jpeg => {
            let size = imagesize::blob_size(bytes).map_err(|_| Fault::Unreadable)?;
            let [width, height] =
                [size.width, size.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
            if width > WIDEST || height > WIDEST {
                return Err(Fault::TooLarge { width, height });
            }
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
