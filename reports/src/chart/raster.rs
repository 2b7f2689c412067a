//! SVG to PNG, with the embedded fonts only, so that every machine draws the same letters.

use super::Drawing;
use super::canvas::{REGULAR, SEMI_BOLD};
use resvg::{tiny_skia, usvg};

/// Pixels of the PNG per pixel of the SVG: sharp on dense screens and in print.
const SCALE: f32 = 2.0;

/// Rasterises a drawing of [`draw`](super::draw) at twice its size, with its title and where it
/// comes from as text chunks.
///
/// # Panics
///
/// When the drawing is not an SVG; what `draw` gives always is one.
pub fn png(drawing: &Drawing) -> Vec<u8> {
    let mut options = usvg::Options::default();
    for font in [REGULAR, SEMI_BOLD] {
        options.fontdb_mut().load_font_data(font.to_vec());
    }
    options.fontdb_mut().set_sans_serif_family("Inter");
    let tree = usvg::Tree::from_str(&drawing.svg, &options).expect("a drawing is sound SVG");
    let size = tree
        .size()
        .to_int_size()
        .scale_by(SCALE)
        .expect("a drawing has a size");
    let mut pixels =
        tiny_skia::Pixmap::new(size.width(), size.height()).expect("a drawing has a size");
    let transform = tiny_skia::Transform::from_scale(SCALE, SCALE);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    encoded(&pixels, drawing).expect("encoding into memory cannot fail")
}

/// Drawings are on paper, so nothing is transparent.
fn encoded(pixels: &tiny_skia::Pixmap, drawing: &Drawing) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, text) in [("Title", &drawing.title), ("Source", &drawing.origin)] {
        encoder.add_itxt_chunk(keyword.to_owned(), text.clone())?;
    }
    let colours = pixels.pixels().iter();
    let colours = colours.flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colours.collect::<Vec<u8>>())?;
    writer.finish()?;
    Ok(bytes)
}
