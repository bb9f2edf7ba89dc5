//! Whatever the design, what is drawn is read: random shapes, paints and logos, by two readers.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use proptest::prelude::*;
use qr::check::{self, Verdict};
use qr::design::{Design, Dots, Eyes, Logo, LogoKind, Paint, Rgb, Rings, Stop};
use qr::{Code, Level, QUIET_ZONE};
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8, Transform};
use resvg::usvg;
use rxing::common::HybridBinarizer;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader};
use std::sync::Arc;

/// What either reader makes of a picture: rqrr alone loses one in thousands at a given size.
fn read(pixmap: &Pixmap) -> Option<String> {
    let side = pixmap.width() as usize;
    let grey = |pixel: &PremultipliedColorU8| {
        let [red, green, blue] = [pixel.red(), pixel.green(), pixel.blue()].map(u32::from);
        ((299 * red + 587 * green + 114 * blue) / 1000) as u8
    };
    let luma: Vec<u8> = pixmap.pixels().iter().map(grey).collect();
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| luma[y * side + x]);
    let by_rqrr = image.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text);
    by_rqrr.or_else(|| {
        let source = Luma8LuminanceSource::new(luma, pixmap.width(), pixmap.height()).ok()?;
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
        let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
        Some(QrReader.decode_with_hints(&mut bitmap, &hints).ok()?.getText().to_owned())
    })
}

fn from_svg(svg: &str) -> Pixmap {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).unwrap();
    let size = tree.size().to_int_size();
    let mut pixmap = Pixmap::new(size.width(), size.height()).unwrap();
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    pixmap
}

fn colors() -> impl Strategy<Value = Rgb> {
    any::<[u8; 3]>().prop_map(Rgb)
}

fn paints() -> impl Strategy<Value = Paint> {
    let stops = || {
        proptest::collection::vec(colors(), 2..4).prop_map(|colors| {
            let last = (colors.len() - 1) as f32;
            colors
                .into_iter()
                .enumerate()
                .map(|(i, color)| Stop { at: i as f32 / last, color })
                .collect::<Vec<_>>()
        })
    };
    prop_oneof![
        colors().prop_map(Paint::Solid),
        (0_f32..360.0, stops()).prop_map(|(degrees, stops)| Paint::Linear { degrees, stops }),
        stops().prop_map(|stops| Paint::Radial { stops }),
    ]
}

/// Darker, or lighter, by so much that most pairs of paints have enough contrast.
fn moved(paint: Paint, to: Rgb) -> Paint {
    let mix =
        |color: Rgb| Rgb([0, 1, 2].map(|i| ((u32::from(color.0[i]) + 2 * u32::from(to.0[i])) / 3) as u8));
    let all =
        |stops: Vec<Stop>| stops.into_iter().map(|stop| Stop { color: mix(stop.color), ..stop }).collect();
    match paint {
        Paint::Solid(color) => Paint::Solid(mix(color)),
        Paint::Linear { degrees, stops } => Paint::Linear { degrees, stops: all(stops) },
        Paint::Radial { stops } => Paint::Radial { stops: all(stops) },
    }
}

fn logos() -> impl Strategy<Value = Option<Logo>> {
    let logo = (colors(), 0.3_f32..3.0, 0.1_f32..=0.5, 0_f32..1.0, any::<bool>()).prop_map(
        |(color, aspect, size, margin, clear)| {
            let (width, height) = (100.0 * aspect, 100.0);
            let svg = format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
                 height=\"{height}\"><rect width=\"{width}\" height=\"{height}\" fill=\"{color}\"/></svg>"
            );
            Logo { kind: LogoKind::Svg, bytes: Arc::from(svg.into_bytes()), aspect, size, margin, clear }
        },
    );
    proptest::option::of(logo)
}

fn designs() -> impl Strategy<Value = Design> {
    let dots = proptest::sample::select(vec![
        Dots::Square,
        Dots::Rounded,
        Dots::ExtraRounded,
        Dots::Dots,
        Dots::Classy,
        Dots::ClassyRounded,
    ]);
    let rings = proptest::sample::select(vec![Rings::Square, Rings::ExtraRounded, Rings::Dot]);
    let eyes = proptest::sample::select(vec![Eyes::Square, Eyes::Dot]);
    let dark = || paints().prop_map(|paint| moved(paint, Rgb::BLACK));
    let light = paints().prop_map(|paint| moved(paint, Rgb::WHITE));
    (dots, rings, eyes, dark(), dark(), dark(), light, logos())
        .prop_map(|(dots, rings, eyes, dot_paint, ring_paint, eye_paint, ground, logo)| Design {
            dots,
            rings,
            eyes,
            dot_paint,
            ring_paint,
            eye_paint,
            ground,
            logo,
        })
        .prop_filter("too little contrast: refused", |design| {
            check::contrasts(design).iter().all(|contrast| contrast.verdict() != Verdict::Unreadable)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// What is not refused is read, from the SVG, from the PNG, and by the check itself.
    #[test]
    fn whatever_the_design_it_is_read(
        design in designs(),
        slug in "[A-Z0-9]{4,24}",
        level in proptest::sample::select(vec![Level::L, Level::M, Level::Q, Level::H]),
        scale in 6_u32..=10,
        spare in prop_oneof![Just(0_u32), 1_u32..25],
    ) {
        let payload = format!("HTTPS://QR.EXAMPLE.COM/Q/{slug}");
        let code = Code::new(&payload, level).unwrap();
        prop_assert!(check::hidden_share(&code, &design) <= 0.5 * level.mends() + 1.0 / 441.0);
        let width = (code.modules() + 2 * QUIET_ZONE) * scale + spare;
        let png = qr::drawing::png(&code, &design, width).unwrap();
        let png = Pixmap::decode_png(&png).unwrap();
        prop_assert_eq!((png.width(), png.height()), (width, width));
        // A logo that no reader gets past is refused by the server.
        let read_by_check = check::is_read(&code, &payload, &design).unwrap();
        prop_assume!(read_by_check || design.logo.is_none());
        prop_assert!(read_by_check);
        // At a single size both readers may lose a finder whose ring is round; the check looks at three.
        let square = design.rings == Rings::Square && design.logo.is_none();
        if square {
            prop_assert_eq!(read(&png), Some(payload.clone()));
        }
        let svg = qr::drawing::svg(&code, &design, width, Some("<a & b>")).unwrap();
        if square && spare == 0 {
            prop_assert_eq!(read(&from_svg(&svg)), Some(payload.clone()));
        }
    }
}

#[test]
fn a_logo_that_hides_too_much_is_not_read() {
    let payload = "HTTPS://QR.EXAMPLE.COM/Q/AB12CD";
    let code = Code::new(payload, Level::L).unwrap();
    let svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><path d=\"M0 0h9v9h-9z\"/></svg>";
    let logo = |size| Logo {
        kind: LogoKind::Svg,
        bytes: Arc::from(svg.as_bytes()),
        aspect: 1.0,
        size,
        margin: 0.0,
        clear: true,
    };
    let read = |size| {
        let design = Design { logo: Some(logo(size)), ..Design::default() };
        check::is_read(&code, payload, &design).unwrap()
    };
    assert!(read(0.4) && !read(5.0));
}

#[test]
fn contrast_is_measured_at_the_worst_place() {
    let painted = |dots: Paint, ground: Paint| {
        let design = Design { dot_paint: dots, ground, ..Design::default() };
        check::contrasts(&design)[0]
    };
    let plain = check::contrasts(&Design::default());
    assert!(plain.iter().all(|contrast| contrast.ratio > 20.9 && contrast.verdict() == Verdict::Good));
    let fading = Paint::Linear {
        degrees: 90.0,
        stops: vec![Stop { at: 0.0, color: Rgb::BLACK }, Stop { at: 1.0, color: Rgb([0xdd; 3]) }],
    };
    assert_eq!(painted(fading, Paint::Solid(Rgb::WHITE)).verdict(), Verdict::Unreadable);
    let inverted = painted(Paint::Solid(Rgb::WHITE), Paint::Solid(Rgb::BLACK));
    assert!(inverted.is_inverted() && inverted.verdict() == Verdict::Unreadable);
    // Red on white: cameras see it, a bad print may not do.
    let red = painted(Paint::Solid(Rgb([255, 0, 0])), Paint::Solid(Rgb::WHITE));
    assert_eq!(red.verdict(), Verdict::Weak);
    // Yellow to cyan looks light at both ends and is a little darker between.
    let between = Paint::Radial {
        stops: vec![Stop { at: 0.0, color: Rgb([255, 0, 0]) }, Stop { at: 1.0, color: Rgb([0, 255, 0]) }],
    };
    let [darkest] = [between.colors().into_iter().map(Rgb::luminance).fold(1.0, f32::min)];
    assert!(darkest < Rgb([255, 0, 0]).luminance());
}
