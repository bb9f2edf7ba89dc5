//! What is printed leads back to its slug: two readers that know nothing of us read what we rendered.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use model::slug::{Slug, fold};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use qr::{Code, Level, QUIET_ZONE};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg;
use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader};
use std::io::Cursor;

const ENTRYPOINT: &str = "HTTPS://QR.EXAMPLE.COM/Q/";

/// A square grey image.
struct Image {
    side: usize,
    luma: Vec<u8>,
}

impl Image {
    fn of_png(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut luma = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut luma).unwrap();
        assert_eq!((info.width, info.color_type), (info.height, png::ColorType::Grayscale));
        Self { side: info.width as usize, luma }
    }

    fn of_svg(file: &str) -> Self {
        let tree = usvg::Tree::from_str(file, &usvg::Options::default()).unwrap();
        let size = tree.size().to_int_size();
        assert_eq!(size.width(), size.height());
        let mut pixmap = Pixmap::new(size.width(), size.height()).unwrap();
        resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
        let luma = pixmap.pixels().iter().map(|pixel| {
            assert_eq!(pixel.alpha(), 255, "the background is part of the file");
            pixel.green()
        });
        Self { side: size.width() as usize, luma: luma.collect() }
    }

    fn read_by_rqrr(&self) -> Result<String, String> {
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.side, self.side, |x, y| {
            self.luma[y * self.side + x]
        });
        let grids = image.detect_grids();
        match grids.as_slice() {
            [grid] => grid.decode().map(|(_, text)| text).map_err(|error| format!("rqrr: {error}")),
            _ => Err(format!("rqrr: {} codes found", grids.len())),
        }
    }

    /// Told that the image is nothing but an upright code, which it is: without that, rxing's detector misses
    /// about one in a hundred valid codes at three or more pixels a module (see the README).
    fn read_by_rxing(&self) -> Result<String, String> {
        let side = u32::try_from(self.side).unwrap();
        let source = Luma8LuminanceSource::new(self.luma.clone(), side, side).unwrap();
        let hints = DecodeHints { PureBarcode: Some(true), ..DecodeHints::default() };
        QRCodeReader::new()
            .decode_with_hints(&mut BinaryBitmap::new(HybridBinarizer::new(source)), &hints)
            .map(|result| result.getText().to_owned())
            .map_err(|error| format!("rxing: {error}"))
    }
}

/// The side of the smallest image, in pixels.
fn side(code: &Code) -> u32 {
    code.modules() + 2 * QUIET_ZONE
}

/// What the server does with a scan of `payload`.
fn folded_slug(payload: &str) -> String {
    let path = payload.strip_prefix(ENTRYPOINT).expect("the entry point is ours");
    fold(&percent_decode_str(path).decode_utf8().unwrap())
}

fn slugs() -> impl Strategy<Value = Slug> {
    let texts = prop_oneof![
        4 => "[a-zA-Z0-9_~-]{1,24}",
        2 => "[a-z0-9]{7}",
        3 => "\\PC{1,12}",
        1 => "[a-zA-Z0-9_.~-]{100,128}",
    ];
    texts.prop_filter_map("not a slug", |text| Slug::parse(&text).ok())
}

fn levels() -> impl Strategy<Value = Level> {
    proptest::sample::select(vec![Level::L, Level::M, Level::Q, Level::H])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(250) })]

    #[test]
    fn both_readers_find_the_slug_in_a_png(
        slug in slugs(), level in levels(), scale in 2_u32..=8, spare in 0_u32..37,
    ) {
        let payload = format!("{ENTRYPOINT}{}", slug.for_code());
        let code = Code::new(&payload, level).unwrap();
        let width = side(&code) * scale + spare.min(side(&code) - 1);
        let image = Image::of_png(&qr::png::render(&code, width).unwrap());
        prop_assert_eq!(image.side as u32, width);
        for text in [image.read_by_rqrr(), image.read_by_rxing()] {
            let text = text.map_err(TestCaseError::fail)?;
            prop_assert_eq!(&text, &payload);
            prop_assert_eq!(folded_slug(&text), slug.folded());
        }
    }

    #[test]
    fn both_readers_find_the_slug_in_an_svg(slug in slugs(), level in levels(), scale in 2_u32..=8) {
        let payload = format!("{ENTRYPOINT}{}", slug.for_code());
        let code = Code::new(&payload, level).unwrap();
        let width = side(&code) * scale;
        let image = Image::of_svg(&qr::svg::render(&code, width, Some(slug.as_str())).unwrap());
        prop_assert_eq!(image.side as u32, width);
        for text in [image.read_by_rqrr(), image.read_by_rxing()] {
            let text = text.map_err(TestCaseError::fail)?;
            prop_assert_eq!(&text, &payload);
            prop_assert_eq!(folded_slug(&text), slug.folded());
        }
    }

    #[test]
    fn png_and_svg_of_a_whole_scale_are_the_same_picture(
        slug in slugs(), level in levels(), scale in 2_u32..=8,
    ) {
        let code = Code::new(&format!("{ENTRYPOINT}{}", slug.for_code()), level).unwrap();
        let width = side(&code) * scale;
        let png = Image::of_png(&qr::png::render(&code, width).unwrap());
        let svg = Image::of_svg(&qr::svg::render(&code, width, None).unwrap());
        prop_assert!(png.luma == svg.luma);
    }

    /// Several modes in one code, and text outside ASCII.
    #[test]
    fn both_readers_read_any_cut(
        text in "([0-9]{1,12}|[A-Z/:]{1,12}|[a-zäπ메🍕?=&]{1,8}){1,6}", level in levels(),
    ) {
        let code = Code::new(&text, level).unwrap();
        let image = Image::of_png(&qr::png::render(&code, side(&code) * 3).unwrap());
        prop_assert_eq!(image.read_by_rqrr(), Ok(text.clone()));
        prop_assert_eq!(image.read_by_rxing(), Ok(text.clone()));
    }
}
