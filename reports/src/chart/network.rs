//! The topology as a drawing: boxes in layers from left to right, and who asks whom.

use super::canvas::{Canvas, Font, Point, Rect, Stroke};
use super::labels::spread;
use super::page::{MARGIN, Page, WIDTH};
use super::palette::{Colour, INK, PAPER, QUIET};
use super::{Drawing, words};
use crate::topology::{edges, layers, lines};
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;
use scenarios::results::{Results, Topology};

const BOX_LINE: f64 = 16.0;
const BOX_PADDING: f64 = 10.0;
const BOX_MOST: f64 = 190.0;
const BOX_LEAST: f64 = 84.0;
/// Between boxes above each other.
const BETWEEN: f64 = 40.0;
/// Between layers, for lines and their labels.
const GAP_LEAST: f64 = 140.0;
const GAP_MOST: f64 = 190.0;
const LABEL_LINE: f64 = 13.0;
const LABEL_LINES: usize = 4;
/// Between edges that leave or enter the same box.
const PORTS_APART: f64 = 22.0;

/// A box, or the place where an edge passes through a layer.
struct Slot {
    layer: usize,
    /// Nothing for a place of passage.
    node: Option<usize>,
    lines: Vec<String>,
    height: f64,
    /// The middle of its height.
    y: f64,
}

/// From where an edge leaves a slot to where it enters the next.
type Stretch = (Point, Point);

/// The way of an edge over slots.
struct Way {
    slots: Vec<usize>,
    label: String,
}

/// Draws the topology; nothing when there are no nodes.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let topology = &results.topology;
    if topology.nodes.is_empty() {
        return None;
    }
    let (mut slots, ways, layers) = slots(topology);
    let heights = stack(&mut slots, &ways, layers);
    let widths = widths(&slots, layers);
    let boxes: f64 = widths.iter().sum();
    let gaps = layers.saturating_sub(1) as f64;
    let gap = ((WIDTH - 2.0 * MARGIN - boxes) / gaps.max(1.0)).clamp(GAP_LEAST, GAP_MOST);
    let width = (2.0 * MARGIN + boxes + gaps * gap).max(WIDTH);
    let summary = &results.identity.summary;
    let title = if summary.is_empty() {
        &results.identity.scenario
    } else {
        summary
    };
    let subtitle = "Who asks whom; at the arrows how each call is made";
    let page = Page::sized(
        results,
        &[title.trim_end_matches('.').to_owned()],
        subtitle,
        (width, heights + 24.0),
    );
    let indent = (width - 2.0 * MARGIN - boxes - gaps * gap) / 2.0;
    let mut left = page.content.left + indent;
    let columns: Vec<(f64, f64)> = widths
        .iter()
        .map(|width| {
            let column = (left, left + width);
            left += width + gap;
            column
        })
        .collect();
    let top = page.content.top + 12.0;
    Some(page.draw("topology", |canvas| {
        let stretches = ports(&ways, &slots, &columns, top);
        for stretches in &stretches {
            edge(canvas, stretches);
        }
        for layer in 0..layers {
            let leaving = ways.iter().zip(&stretches);
            let labelled: Vec<(Stretch, &str)> = leaving
                .filter(|(way, _)| slots[way.slots[0]].layer == layer && !way.label.is_empty())
                .map(|(way, stretches)| (stretches[0], way.label.as_str()))
                .collect();
            labels(canvas, &labelled, (top, top + heights));
        }
        for slot in slots.iter().filter(|slot| slot.node.is_some()) {
            let kind = slot
                .node
                .map_or("", |node| topology.nodes[node].kind.as_str());
            node(canvas, slot, columns[slot.layer], top, kind);
        }
    }))
}

/// The boxes, the places of passage, and the ways of the edges over them.
fn slots(topology: &Topology) -> (Vec<Slot>, Vec<Way>, usize) {
    let layers = layers(topology);
    let fits = |text: &str| box_font(0).width(text) <= BOX_MOST - 2.0 * BOX_PADDING;
    let mut slots: Vec<Slot> = Vec::new();
    let mut of_node = vec![0; topology.nodes.len()];
    for (layer, nodes) in layers.iter().enumerate() {
        for &node in nodes {
            of_node[node] = slots.len();
            let lines = lines(&topology.nodes[node]);
            let lines = lines.iter().flat_map(|line| words::wrapped(line, fits));
            let lines: Vec<String> = lines.collect();
            let height = lines.len() as f64 * BOX_LINE + 2.0 * BOX_PADDING;
            slots.push(Slot {
                layer,
                node: Some(node),
                lines,
                height,
                y: 0.0,
            });
        }
    }
    let mut ways = Vec::new();
    for (from, to, edge) in edges(topology) {
        let (from, to) = (of_node[from], of_node[to]);
        let mut way = vec![from];
        for layer in slots[from].layer + 1..slots[to].layer {
            way.push(slots.len());
            slots.push(Slot {
                layer,
                node: None,
                lines: Vec::new(),
                height: 8.0,
                y: 0.0,
            });
        }
        way.push(to);
        // What asks itself, or its own layer, has no way to draw.
        if slots[from].layer < slots[to].layer {
            ways.push(Way {
                slots: way,
                label: topology.edges[edge].label.clone(),
            });
        }
    }
    (slots, ways, layers.len())
}

/// Orders each layer by the middle of what asks it, and gives the height of all.
fn stack(slots: &mut [Slot], ways: &[Way], layers: usize) -> f64 {
    let column = |slots: &[Slot], layer: usize| -> Vec<usize> {
        (0..slots.len())
            .filter(|&slot| slots[slot].layer == layer)
            .collect()
    };
    let height = |slots: &[Slot], members: &[usize]| {
        let boxes: f64 = members.iter().map(|&slot| slots[slot].height).sum();
        boxes + BETWEEN * (members.len().max(1) - 1) as f64
    };
    let most = (0..layers)
        .map(|layer| height(slots, &column(slots, layer)))
        .fold(0.0, f64::max);
    for layer in 0..layers {
        let mut members = column(slots, layer);
        let wish = |slot: usize| {
            let before = ways.iter().filter_map(|way| {
                let at = way.slots.iter().position(|&other| other == slot)?;
                Some(slots[way.slots[at.checked_sub(1)?]].y)
            });
            let (sum, count) = before.fold((0.0, 0.0), |(sum, count), y| (sum + y, count + 1.0));
            if 0.0 < count { sum / count } else { 0.0 }
        };
        let mut wishes: Vec<(f64, usize)> =
            members.iter().map(|&slot| (wish(slot), slot)).collect();
        wishes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        members = wishes.into_iter().map(|(_, slot)| slot).collect();
        let mut y = (most - height(slots, &members)) / 2.0;
        for slot in members {
            slots[slot].y = y + slots[slot].height / 2.0;
            y += slots[slot].height + BETWEEN;
        }
    }
    most
}

fn widths(slots: &[Slot], layers: usize) -> Vec<f64> {
    let width = |slot: &Slot| {
        let lines = slot.lines.iter().enumerate();
        let widest = lines
            .map(|(index, line)| box_font(index).width(line))
            .fold(0.0, f64::max);
        (widest + 2.0 * BOX_PADDING).max(BOX_LEAST)
    };
    let layer = |layer| slots.iter().filter(move |slot| slot.layer == layer);
    (0..layers)
        .map(|at| layer(at).map(width).fold(BOX_LEAST, f64::max))
        .collect()
}

fn box_font(line: usize) -> Font {
    match line {
        0 => Font::new(13.0).bold().colour(INK),
        _ => Font::new(11.0).colour(QUIET),
    }
}

fn node(canvas: &Canvas, slot: &Slot, (left, right): (f64, f64), top: f64, kind: &str) {
    let rect = Rect {
        left,
        right,
        top: top + slot.y - slot.height / 2.0,
        bottom: top + slot.y + slot.height / 2.0,
    };
    let colour = kind_colour(kind);
    canvas.fill(rect, PAPER, 1.0);
    canvas.fill(rect, colour, 0.1);
    canvas.fill(
        Rect {
            right: left + 4.0,
            ..rect
        },
        colour,
        1.0,
    );
    let corners = [
        (rect.left, rect.top),
        (rect.right, rect.top),
        (rect.right, rect.bottom),
        (rect.left, rect.bottom),
        (rect.left, rect.top),
    ];
    canvas.line(&corners, Stroke::new(colour, 1.2));
    for (index, line) in slot.lines.iter().enumerate() {
        let y = rect.top + BOX_PADDING + (index as f64 + 0.5) * BOX_LINE;
        canvas.text((left + BOX_PADDING + 2.0, y), line, box_font(index));
    }
}

fn kind_colour(kind: &str) -> Colour {
    match kind {
        "clients" => RGBColor(0x5f, 0x6b, 0x7a),
        "service" => RGBColor(0x00, 0x72, 0xb2),
        "cache" => RGBColor(0xd5, 0x8a, 0x00),
        "database" => RGBColor(0x00, 0x9e, 0x73),
        _ => QUIET,
    }
}

/// The points at which a way leaves and enters its slots: edges of one box start and end apart, in
/// the order of where they come from and go to.
fn ports(ways: &[Way], slots: &[Slot], columns: &[(f64, f64)], top: f64) -> Vec<Vec<Stretch>> {
    let stretches = || ways.iter().flat_map(|way| way.slots.windows(2));
    let port = |slot: usize, other: usize, mut others: Vec<usize>| {
        others.sort_by(|&a, &b| slots[a].y.total_cmp(&slots[b].y).then(a.cmp(&b)));
        let rank = others.iter().position(|&at| at == other).unwrap_or(0) as f64;
        let apart = (slots[slot].height / (others.len() + 1) as f64).min(PORTS_APART);
        top + slots[slot].y + (rank - (others.len() as f64 - 1.0) / 2.0) * apart
    };
    let stretch = |pair: &[usize]| {
        let (from, to) = (pair[0], pair[1]);
        let after = stretches()
            .filter(|pair| pair[0] == from)
            .map(|pair| pair[1])
            .collect();
        let before = stretches()
            .filter(|pair| pair[1] == to)
            .map(|pair| pair[0])
            .collect();
        let start = (columns[slots[from].layer].1, port(from, to, after));
        (start, (columns[slots[to].layer].0, port(to, from, before)))
    };
    ways.iter()
        .map(|way| way.slots.windows(2).map(stretch).collect())
        .collect()
}

/// Smooth curves from slot to slot, and an arrow head.
fn edge(canvas: &Canvas, stretches: &[Stretch]) {
    let mut line: Vec<Point> = Vec::new();
    for (start, end) in stretches {
        // A place of passage is as wide as its layer.
        line.extend(line.last().map(|_| *start));
        for step in 0..=24 {
            let share = f64::from(step) / 24.0;
            // Level at both ends: 3t^2 - 2t^3.
            let bend = share * share * (3.0 - 2.0 * share);
            line.push((
                start.0 + (end.0 - start.0) * share,
                start.1 + (end.1 - start.1) * bend,
            ));
        }
    }
    let Some(&(x, y)) = line.last() else { return };
    canvas.line(&line, Stroke::new(QUIET, 1.4));
    canvas.polygon(
        &[(x, y), (x - 9.0, y - 4.5), (x - 9.0, y + 4.5)],
        QUIET,
        1.0,
    );
}

/// Writes the labels of the edges that leave one layer, near the middle of their first stretch
/// and below each other.
fn labels(canvas: &Canvas, labels: &[(Stretch, &str)], (low, high): (f64, f64)) {
    let font = Font::new(10.5).colour(INK).across(HPos::Center);
    let block = |((start, end), text): &(Stretch, &str)| block(text, end.0 - start.0 - 34.0, font);
    let blocks: Vec<Vec<String>> = labels.iter().map(block).collect();
    let tallest = blocks.iter().map(Vec::len).max().unwrap_or(0) as f64 * LABEL_LINE;
    let wanted = labels
        .iter()
        .zip(&blocks)
        .map(|(((start, end), _), block)| {
            let middle = (start.1 + end.1) / 2.0;
            let is_level = (start.1 - end.1).abs() < 6.0;
            // On the line of an edge that bends, above one that is level.
            if is_level {
                middle - block.len() as f64 * LABEL_LINE / 2.0 - 4.0
            } else {
                middle
            }
        });
    let wanted: Vec<f64> = wanted.collect();
    let placed = spread(&wanted, tallest + 4.0, low, high);
    for ((((start, end), _), block), middle) in labels.iter().zip(&blocks).zip(placed) {
        let x = (start.0 + end.0) / 2.0 - 4.0;
        let half = block
            .iter()
            .map(|line| font.width(line))
            .fold(0.0, f64::max)
            / 2.0
            + 2.0;
        let height = block.len() as f64 * LABEL_LINE;
        let top = middle - height / 2.0;
        let behind = Rect {
            left: x - half,
            right: x + half,
            top,
            bottom: top + height,
        };
        canvas.fill(behind, PAPER, 0.85);
        for (index, line) in block.iter().enumerate() {
            canvas.text((x, top + (index as f64 + 0.5) * LABEL_LINE), line, font);
        }
    }
}

/// A label in lines of this width, four at most.
fn block(text: &str, width: f64, font: Font) -> Vec<String> {
    let fits = |text: &str| font.width(text) <= width;
    let mut lines = words::wrapped(&words::unbroken(text), fits);
    if LABEL_LINES < lines.len() {
        let rest = lines.split_off(LABEL_LINES - 1).join(" ");
        lines.push(words::shortened(&format!("{rest} …"), fits));
    }
    lines
}
