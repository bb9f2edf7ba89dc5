//! Images of a link's code, read again by a decoder.

use crate::app::TestApp;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg;

fn decode(pixmap: &Pixmap) -> String {
    let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        pixmap.pixels()[y * width + x].green()
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

fn draw(svg: &[u8]) -> Pixmap {
    let tree = usvg::Tree::from_data(svg, &usvg::Options::default()).unwrap();
    let size = tree.size().to_int_size();
    let mut pixmap = Pixmap::new(size.width(), size.height()).unwrap();
    pixmap.fill(Color::WHITE);
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    pixmap
}

#[test]
fn a_code_holds_the_links_entrypoint_and_scanning_it_is_a_scan() {
    let app = TestApp::new();
    for slug in ["summer-26", "Menü"] {
        let link = app.link("https://example.com/").slug(slug).create();
        let svg = app.api("GET", &format!("/v1/links/{}/qrcode.svg", link.id)).send();
        assert_eq!((svg.status, svg.header("content-type")), (200, "image/svg+xml"));
        let png = app.api("GET", &format!("/v1/links/{}/qrcode.png?size=300", link.id)).send();
        assert_eq!((png.status, png.header("content-type")), (200, "image/png"));
        let (svg, png) = (draw(&svg.body), Pixmap::decode_png(&png.body).unwrap());
        assert_eq!((svg.width(), png.width(), png.height()), (400, 300, 300));
        for image in [&svg, &png] {
            assert_eq!(decode(image), link.json["xQrEntrypoint"].as_str().unwrap());
        }
        let held = decode(&png);
        let path = held.strip_prefix(&format!("HTTP://{}", app.address)).unwrap();
        assert_eq!(app.visit(path).send().status, 302);
        assert_eq!(app.only_event(&link)["action"], "ACTION_SCAN");
    }
}

#[test]
fn formats_to_come_are_501_and_others_400() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let get = |file: &str| app.api("GET", &format!("/v1/links/{}/{file}", link.id)).send();
    for format in ["pdf", "eps", "webp"] {
        get(&format!("qrcode.{format}")).refusal(501);
    }
    assert_eq!(get("qrcode.gif").refusal(400).1, "file");
    get("code.svg").refusal(404);
    for size in ["0", "-1", "1", "abc", "99999999999", "1000000000"] {
        for format in ["svg", "png"] {
            assert_eq!(get(&format!("qrcode.{format}?size={size}")).refusal(400).1, "size", "{size}");
        }
    }
    let saved = get("qrcode.png?download=true");
    assert_eq!(saved.header("content-disposition"), format!("attachment; filename=\"qr-{}.png\"", link.slug));
}
