//! Images of a link's code, read again by a decoder.

use crate::app::TestApp;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg;
use serde_json::json;

pub fn decode(pixmap: &Pixmap) -> String {
    let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        pixmap.pixels()[y * width + x].green()
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

pub fn draw(svg: &[u8]) -> Pixmap {
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

#[test]
fn a_code_is_drawn_in_its_design_and_still_leads_to_its_link() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let path = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    let plain = app.get(&path);
    assert_eq!(plain["qrcodeDesign"]["errorCorrectionLevel"], "M");
    assert_eq!(plain["qrcodeDesign"]["dotsOptions"]["themeColor"]["colors"], json!(["#000000"]));
    let changed = app.patch(
        &path,
        &json!({
            "width": 600, "height": 600, "errorCorrectionLevel": "H",
            "outputFileFormat": "OUTPUT_FILE_FORMAT_SVG",
            "dotsOptions": { "type": "DOTS_TYPE_ROUNDED", "themeColor": {
                "type": "THEME_COLOR_TYPE_LINEAR", "colors": ["#0b6653", "#123a8c"], "direction": "135deg" } },
        }),
    );
    let design = &changed["qrcodeDesign"];
    assert_eq!(
        (&design["width"], &design["dotsOptions"]["type"]),
        (&json!(600), &json!("DOTS_TYPE_ROUNDED"))
    );
    assert!(design.get("xWarnings").is_none());
    let svg = app.api("GET", &format!("/v1/links/{}/qrcode.svg", link.id)).send();
    assert!(svg.text().contains("<linearGradient"));
    let png = app.api("GET", &format!("/v1/links/{}/qrcode.png?size=500", link.id)).send();
    let (svg, png) = (draw(&svg.body), Pixmap::decode_png(&png.body).unwrap());
    assert_eq!((svg.width(), png.width()), (600, 500));
    for image in [&svg, &png] {
        assert_eq!(decode(image), link.json["xQrEntrypoint"].as_str().unwrap());
    }
    // A change of one field leaves the others.
    app.patch(&path, &json!({ "dotsOptions": { "type": "DOTS_TYPE_DOTS" } }));
    let got = app.get(&format!("/v1/links/{}?include=qrcodeDesign", link.id));
    let dots = &got["link"]["qrcodeDesign"]["dotsOptions"];
    assert_eq!(
        (&dots["type"], &dots["themeColor"]["direction"]),
        (&json!("DOTS_TYPE_DOTS"), &json!("135deg"))
    );
}

#[test]
fn what_cannot_be_drawn_or_read_is_refused_and_changes_nothing() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    let path = format!("/v1/qrcode-designs/{}", link.json["qrcodeDesignId"].as_str().unwrap());
    let before = app.get(&path);
    let solid = |color: &str| json!({ "themeColor": { "colors": [color] } });
    for (body, field, words) in [
        (json!({ "shape": "SHAPE_CIRCLE" }), "/shape", "cannot be drawn yet"),
        (
            json!({ "outputFileFormat": "OUTPUT_FILE_FORMAT_WEBP" }),
            "/outputFileFormat",
            "cannot be drawn yet",
        ),
        (
            json!({ "dotsOptions": { "type": "DOTS_TYPE_HEXAGON" } }),
            "/dotsOptions/type",
            "cannot be drawn yet",
        ),
        (json!({ "dotsOptions": { "type": "ROUND" } }), "/dotsOptions/type", "is none of"),
        (json!({ "width": 300, "height": 400 }), "/height", "square"),
        (json!({ "width": 5 }), "/width", "16 to 8192"),
        (json!({ "errorCorrectionLevel": "X" }), "/errorCorrectionLevel", "L, M, Q, H"),
        (json!({ "dotsOptions": solid("#dddddd") }), "/dotsOptions/themeColor", "too little"),
        (json!({ "dotsOptions": solid("red;") }), "/dotsOptions/themeColor/colors/0", "no colour"),
        (json!({ "dotsOptions": solid("#00000080") }), "/dotsOptions/themeColor/colors/0", "opaque"),
        (
            json!({ "cornersDotOptions": solid("#ffffff"), "backgroundOptions": solid("#dddddd") }),
            "/cornersDotOptions/themeColor",
            "lighter than their ground",
        ),
        (json!({ "width": "wide" }), "/width", "send"),
    ] {
        let (message, at) = app.api("PATCH", &path).json(&body).send().refusal(400);
        assert!(at == field && message.contains(words), "{body}: {at} {message}");
    }
    assert_eq!(app.get(&path), before);
    let weak = app.patch(&path, &json!({ "dotsOptions": solid("#ff0000") }));
    assert_eq!(weak["qrcodeDesign"]["xWarnings"].as_array().unwrap().len(), 1);
}
