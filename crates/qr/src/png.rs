//! PNG: one bit a pixel, whole pixels a module, no smoothing.

use crate::frame::Frame;
use crate::{Code, Error};
use png::{BitDepth, ColorType, Encoder, Filter};

/// An image of `code`, exactly `width_px` wide and high, quiet zone included. The pixels that whole modules
/// leave over widen the quiet zone.
///
/// # Errors
/// [`Error::Width`] if `width_px` is not one of [`WIDTHS`](crate::WIDTHS), and [`Error::TooNarrow`] if it
/// leaves less than a pixel a module.
pub fn render(code: &Code, width_px: u32) -> Result<Vec<u8>, Error> {
    let frame = Frame::fit(code, width_px)?;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, frame.width, frame.width);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    // Most rows are the row above once more, which this filter turns into zeros.
    encoder.set_filter(Filter::Up);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels(code, &frame)))
        .expect("an image of a right size is written to memory");
    Ok(file)
}

/// Rows of bits from the left, each row filled up to whole bytes; 1 is light.
fn pixels(code: &Code, frame: &Frame) -> Vec<u8> {
    let stride = frame.width.div_ceil(8) as usize;
    let mut pixels = vec![0xff; stride * frame.width as usize];
    for y in 0..code.modules() {
        let mut row = vec![0xff; stride];
        for x in (0..code.modules()).filter(|x| code.dark(*x, y)) {
            let left = frame.margin + x * frame.scale;
            for pixel in left..left + frame.scale {
                row[pixel as usize / 8] &= !(0x80 >> (pixel % 8));
            }
        }
        let top = (frame.margin + y * frame.scale) as usize;
        for line in pixels.chunks_exact_mut(stride).skip(top).take(frame.scale as usize) {
            line.copy_from_slice(&row);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, QUIET_ZONE};
    use png::{Decoder, Transformations};
    use std::io::Cursor;

    /// The side, and the luma of each pixel.
    fn decoded(file: &[u8]) -> (u32, Vec<u8>) {
        let mut decoder = Decoder::new(Cursor::new(file));
        decoder.set_transformations(Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.color_type), (info.height, ColorType::Grayscale));
        (info.width, pixels)
    }

    #[test]
    fn every_width_is_met_exactly_with_whole_modules_and_a_quiet_zone() {
        let code = Code::new("HTTPS://QR.EXAMPLE.COM/Q/AB12CD", Level::M).unwrap();
        let side = code.modules() + 2 * QUIET_ZONE;
        for width in (side..=4 * side).chain([1000, 1024]) {
            let (decoded_width, pixels) = decoded(&render(&code, width).unwrap());
            assert_eq!(decoded_width, width);
            let scale = width / side;
            let margin = (width - code.modules() * scale) / 2;
            assert!(margin >= QUIET_ZONE * scale);
            for y in 0..width {
                for x in 0..width {
                    let dark =
                        x >= margin && y >= margin && code.dark((x - margin) / scale, (y - margin) / scale);
                    let luma = pixels[(y * width + x) as usize];
                    assert_eq!(luma, if dark { 0 } else { 255 }, "{width}: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_width_that_cannot_show_each_module_is_refused_with_the_smallest_that_can() {
        let code = Code::new("HTTPS://QR.EXAMPLE.COM/Q/AB12CD", Level::M).unwrap();
        let error = render(&code, 32).unwrap_err();
        assert_eq!(error, Error::TooNarrow { width: 32, smallest: 33 });
        assert_eq!(
            error.to_string(),
            "32 pixels are too few for this code: it needs at least 33, one for each module and its quiet zone"
        );
        assert!(render(&code, 33).is_ok());
        for width in [0, 15, 8193, u32::MAX] {
            assert_eq!(render(&code, width), Err(Error::Width { width }));
        }
    }

    #[test]
    fn the_largest_image_of_the_largest_code_is_a_small_file() {
        let code = Code::new(&"a".repeat(2331), Level::M).unwrap();
        let file = render(&code, 8192).unwrap();
        assert_eq!(decoded(&file).0, 8192);
        assert!(file.len() < 200_000, "{} bytes", file.len());
    }
}
