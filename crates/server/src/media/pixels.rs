//! Whether the bytes of a picture are one: they are unpacked once, as a browser will.

use image_webp::WebPDecoder;
use std::io::Cursor;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Pixels of a side, at most.
const WIDEST: usize = 16_384;
/// Pixels in all, at most: browsers unpack them to four bytes each.
const MOST: usize = 64_000_000;
/// The same of JPEG and WebP, which are unpacked as a whole here as well.
const MOST_AT_ONCE: usize = 40_000_000;

/// Why a picture is not kept. The sentences are shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not what it begins like, or breaks off.
    #[error(
        "this picture cannot be read: it is damaged, or breaks off; export it again as PNG, JPEG, WebP or SVG"
    )]
    Unreadable,
    /// It has more pixels than are unpacked.
    #[error(
        "this picture is {width} x {height} pixels; at most {} a side and {} million in all are shown",
        WIDEST, most / 1_000_000
    )]
    TooLarge {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
        /// Pixels in all, at most.
        most: usize,
    },
}

/// Unpacks a PNG, JPEG or WebP and lets the pixels go. Takes up to about 300 MB of memory, so one at a time.
pub fn unpack(media_type: &str, bytes: &[u8]) -> Result<(), Fault> {
    match media_type {
        "image/png" => png(bytes),
        "image/jpeg" => jpeg(bytes),
        "image/webp" => webp(bytes),
        _ => Err(Fault::Unreadable),
    }
}

const fn fits(width: usize, height: usize, most: usize) -> Result<(), Fault> {
    if width > WIDEST || height > WIDEST || width * height > most {
        return Err(Fault::TooLarge { width, height, most });
    }
    Ok(())
}

/// Row by row.
fn png(bytes: &[u8]) -> Result<(), Fault> {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().map_err(|_| Fault::Unreadable)?;
    let info = reader.info();
    fits(info.width as usize, info.height as usize, MOST)?;
    while reader.next_row().map_err(|_| Fault::Unreadable)?.is_some() {}
    Ok(())
}

fn jpeg(bytes: &[u8]) -> Result<(), Fault> {
    // Brightness alone: the bytes are not looked at, and there are fewest of them.
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| Fault::Unreadable)?;
    let (width, height) = decoder.dimensions().ok_or(Fault::Unreadable)?;
    fits(width, height, MOST_AT_ONCE)?;
    // Not every JPEG has its brightness apart.
    if decoder.input_colorspace() != Some(ColorSpace::YCbCr) {
        decoder = JpegDecoder::new(ZCursor::new(bytes));
    }
    decoder.decode().map(drop).map_err(|_| Fault::Unreadable)
}

fn webp(bytes: &[u8]) -> Result<(), Fault> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|_| Fault::Unreadable)?;
    let (width, height) = decoder.dimensions();
    fits(width as usize, height as usize, MOST_AT_ONCE)?;
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or(Fault::Unreadable)?];
    decoder.read_image(&mut pixels).map_err(|_| Fault::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = include_bytes!("../../tests/it/pictures/logo.png");
    const JPEG: &[u8] = include_bytes!("../../tests/it/pictures/logo.jpg");
    const WEBP: &[u8] = include_bytes!("../../tests/it/pictures/logo.webp");

    #[test]
    fn a_picture_is_unpacked_and_what_breaks_off_is_none() {
        for (media_type, bytes) in [("image/png", PNG), ("image/jpeg", JPEG), ("image/webp", WEBP)] {
            assert_eq!(unpack(media_type, bytes), Ok(()), "{media_type}");
            for kept in [4, 12, 20, bytes.len() / 4] {
                assert_eq!(unpack(media_type, &bytes[..kept]), Err(Fault::Unreadable), "{media_type} {kept}");
            }
            let mut noise = bytes[..16].to_vec();
            noise.extend((0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
            assert_eq!(unpack(media_type, &noise), Err(Fault::Unreadable), "{media_type}");
        }
    }

    #[test]
    fn what_is_too_large_is_told_by_its_head() {
        let mut png = PNG.to_vec();
        png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        let sum = crc32fast::hash(&png[12..29]).to_be_bytes();
        png[29..33].copy_from_slice(&sum);
        let told = unpack("image/png", &png).unwrap_err();
        assert!(matches!(told, Fault::TooLarge { width: 30_000, height: 30_000, .. }), "{told}");
        assert!(told.to_string().contains("64 million"), "{told}");
    }
}
