//! SVG to PNG, with the embedded fonts only, so that every machine draws the same letters.

use super::canvas::{REGULAR, SEMI_BOLD};
use resvg::{tiny_skia, usvg};

/// Pixels of the PNG per pixel of the SVG: sharp on dense screens and in print.
const SCALE: f32 = 2.0;

/// Rasterises a drawing of [`draw`](super::draw) at twice its size.
///
/// # Panics
///
/// When `svg` is not an SVG; what `draw` gives always is one.
pub fn png(svg: &str) -> Vec<u8> {
    let mut options = usvg::Options::default();
    for font in [REGULAR, SEMI_BOLD] {
        options.fontdb_mut().load_font_data(font.to_vec());
    }
    options.fontdb_mut().set_sans_serif_family("Inter");
    let tree = usvg::Tree::from_str(svg, &options).expect("a drawing is sound SVG");
    let size = tree
        .size()
        .to_int_size()
        .scale_by(SCALE)
        .expect("a drawing has a size");
    let mut pixels =
        tiny_skia::Pixmap::new(size.width(), size.height()).expect("a drawing has a size");
    let transform = tiny_skia::Transform::from_scale(SCALE, SCALE);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels
        .encode_png()
        .expect("encoding into memory cannot fail")
}
