//! Colours that stay apart for the colour-blind (Okabe and Ito, 2008, "Color Universal Design").

use super::canvas::Stroke;
use plotters::style::RGBColor;

/// A colour.
pub(super) type Colour = RGBColor;

pub(super) const INK: Colour = RGBColor(0x1f, 0x29, 0x33);
/// For what is read second: tick labels, subtitles.
pub(super) const QUIET: Colour = RGBColor(0x5f, 0x6b, 0x7a);
pub(super) const GRID: Colour = RGBColor(0xe3, 0xe7, 0xec);
pub(super) const FAINT: Colour = RGBColor(0xf1, 0xf3, 0xf6);
pub(super) const PAPER: Colour = RGBColor(0xff, 0xff, 0xff);
/// For faults and limits.
pub(super) const ALARM: Colour = RGBColor(0xcc, 0x33, 0x33);
/// For what is as it should be.
pub(super) const GOOD: Colour = RGBColor(0x00, 0x9e, 0x73);
/// For what there is more of than in the baseline, and for what there is less of.
pub(super) const COST: Colour = RGBColor(0xd5, 0x5e, 0x00);
pub(super) const SAVING: Colour = RGBColor(0x00, 0x72, 0xb2);

/// The baseline's vermilion first. Yellow is darkened, for lines on white.
const VARIANTS: [Colour; 8] = [
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x4a, 0x4f, 0x57),
    RGBColor(0x8c, 0x83, 0x0b),
];

const DASHES: [Option<(f64, f64)>; 3] = [None, Some((6.0, 4.0)), Some((2.0, 4.0))];

/// The colour of a variant: the baseline is 0.
pub(super) fn colour(variant: usize) -> Colour {
    VARIANTS[variant % VARIANTS.len()]
}

/// The line of a variant. The baseline is wider and drawn first, so that a line that hides it
/// leaves its edges to be seen; colours that come back are dashed.
pub(super) fn stroke(variant: usize) -> Stroke {
    let width = if variant == 0 { 2.8 } else { 1.6 };
    let dash = DASHES[variant / VARIANTS.len() % DASHES.len()];
    Stroke::new(colour(variant), width).dash(dash)
}

/// The colour of a variant as text: dark enough to read on white.
pub(super) fn text_colour(variant: usize) -> Colour {
    let RGBColor(red, green, blue) = colour(variant);
    let brightness = u32::from(red) * 3 + u32::from(green) * 6 + u32::from(blue);
    // Up to about 4.5:1 against white no darkening is needed.
    let keep = if brightness < 1250 { 100 } else { 74 };
    let darker = |part: u8| (u32::from(part) * keep / 100) as u8;
    RGBColor(darker(red), darker(green), darker(blue))
}

/// The colour of a cause of load: first tries are pale, because the others are the news.
pub(super) fn cause(name: &str) -> Colour {
    match name {
        "first" => RGBColor(0xb8, 0xc1, 0xcc),
        "retry" => RGBColor(0xd5, 0x5e, 0x00),
        "hedge" => RGBColor(0x00, 0x72, 0xb2),
        "refresh" => RGBColor(0x00, 0x9e, 0x73),
        "replication" => RGBColor(0xcc, 0x79, 0xa7),
        "probe" => RGBColor(0xe6, 0x9f, 0x00),
        _ => RGBColor(0x4a, 0x4f, 0x57),
    }
}

/// The colour of a kind of wait: what must be is calm, waiting is loud.
pub(super) fn wait(kind: &str) -> Colour {
    match kind {
        "work" => RGBColor(0x00, 0x72, 0xb2),
        "network" => RGBColor(0xb8, 0xc1, 0xcc),
        "queue" => RGBColor(0xd5, 0x5e, 0x00),
        "flight" => RGBColor(0x00, 0x9e, 0x73),
        "lock" => RGBColor(0xcc, 0x79, 0xa7),
        "backoff" => RGBColor(0xe6, 0x9f, 0x00),
        _ => RGBColor(0x4a, 0x4f, 0x57),
    }
}

/// The colour of text on the colour of a kind of wait.
pub(super) fn on_wait(kind: &str) -> Colour {
    match kind {
        "network" | "lock" | "backoff" => INK,
        _ => PAPER,
    }
}
