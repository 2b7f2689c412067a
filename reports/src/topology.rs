//! The topology as text for other tools (DOT and Mermaid), and its layers.

use crate::identity;
use scenarios::results::{Results, Topology, TopologyNode};
use std::fmt::Write;

/// The nodes by the longest way from one that nobody asks: clients first. Nodes are indices into
/// [`Topology::nodes`]; an edge to or from an unknown node is left out.
pub(crate) fn layers(topology: &Topology) -> Vec<Vec<usize>> {
    let edges = edges(topology);
    let mut depth = vec![0; topology.nodes.len()];
    // As many rounds as the longest way can have edges; more would only turn in a cycle.
    for _ in 1..topology.nodes.len() {
        for &(from, to, _) in &edges {
            if from != to {
                depth[to] = (depth[from] + 1)
                    .max(depth[to])
                    .min(topology.nodes.len() - 1);
            }
        }
    }
    let deepest = depth.iter().max().map_or(0, |deepest| deepest + 1);
    let mut layers = vec![Vec::new(); deepest];
    for (node, depth) in depth.into_iter().enumerate() {
        layers[depth].push(node);
    }
    layers.retain(|layer| !layer.is_empty());
    layers
}

/// The edges between known nodes as indices: from, to, and the edge's own.
pub(crate) fn edges(topology: &Topology) -> Vec<(usize, usize, usize)> {
    let index = |name: &str| topology.nodes.iter().position(|node| node.name == name);
    let edges = topology.edges.iter().enumerate();
    edges
        .filter_map(|(at, edge)| Some((index(&edge.from)?, index(&edge.to)?, at)))
        .collect()
}

/// The words in a node's box, a line each: its name, what it is, and its zones.
pub(crate) fn lines(node: &TopologyNode) -> Vec<String> {
    let mut lines = vec![node.name.clone()];
    lines.push(match (node.instances, node.detail.as_str()) {
        (0 | 1, "") => node.kind.clone(),
        (instances, "") => format!("{} × {instances}", node.kind),
        (_, detail) => format!("{}: {detail}", node.kind),
    });
    if !node.zones.is_empty() {
        lines.push(format!("zones {}", node.zones.join(", ")));
    }
    lines
}

/// The topology in the DOT language of Graphviz, after a comment that says where it comes from.
pub fn dot(results: &Results) -> String {
    format!(
        "// {}\n{}",
        identity::origin(&results.identity),
        digraph(&results.topology)
    )
}

fn digraph(topology: &Topology) -> String {
    let quoted = |lines: &[String]| {
        let lines = lines
            .iter()
            .map(|line| line.replace('\\', "\\\\").replace('"', "\\\""));
        format!("\"{}\"", lines.collect::<Vec<_>>().join("\\n"))
    };
    let mut text = String::from("digraph topology {\n    rankdir=LR;\n    node [shape=box];\n");
    for (index, node) in topology.nodes.iter().enumerate() {
        let shape = match node.kind.as_str() {
            "clients" => "ellipse",
            "cache" => "hexagon",
            "database" => "cylinder",
            _ => "box",
        };
        let label = quoted(&lines(node));
        let _ = writeln!(text, "    n{index} [label={label}, shape={shape}];");
    }
    for (from, to, edge) in edges(topology) {
        let label = quoted(std::slice::from_ref(&topology.edges[edge].label));
        let _ = writeln!(text, "    n{from} -> n{to} [label={label}];");
    }
    text.push_str("}\n");
    text
}

/// The topology as a Mermaid flowchart, which GitHub draws inside Markdown, after a comment that
/// says where it comes from. The command is not there: braces confuse Mermaid in comments too.
pub fn mermaid(results: &Results) -> String {
    format!(
        "%% {}\n{}",
        identity::run(&results.identity),
        flowchart(&results.topology)
    )
}

fn flowchart(topology: &Topology) -> String {
    let quoted = |lines: &[String]| {
        let entities = [
            ('&', "#amp;"),
            ('"', "#quot;"),
            ('<', "#lt;"),
            ('>', "#gt;"),
        ];
        let escape = |line: &String| {
            let line = line.replace('#', "#35;");
            entities.iter().fold(line, |line, (character, entity)| {
                line.replace(*character, entity)
            })
        };
        format!(
            "\"{}\"",
            lines.iter().map(escape).collect::<Vec<_>>().join("<br/>")
        )
    };
    let mut text = String::from("flowchart LR\n");
    for (index, node) in topology.nodes.iter().enumerate() {
        let (open, close) = match node.kind.as_str() {
            "clients" => ("([", "])"),
            "cache" => ("{{", "}}"),
            "database" => ("[(", ")]"),
            _ => ("[", "]"),
        };
        let _ = writeln!(text, "    n{index}{open}{}{close}", quoted(&lines(node)));
    }
    for (from, to, edge) in edges(topology) {
        let label = &topology.edges[edge].label;
        let label = match label.as_str() {
            "" => String::new(),
            _ => format!("|{}|", quoted(std::slice::from_ref(label))),
        };
        let _ = writeln!(text, "    n{from} -->{label} n{to}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::results::Edge;

    fn topology(nodes: &[(&str, &str)], edges: &[(&str, &str)]) -> Topology {
        let node = |(name, kind): &(&str, &str)| TopologyNode {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            instances: 2,
            detail: String::new(),
            zones: Vec::new(),
        };
        let edge = |(from, to): &(&str, &str)| Edge {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            label: "timeout 1 s, \"none\"".to_owned(),
        };
        Topology {
            nodes: nodes.iter().map(node).collect(),
            edges: edges.iter().map(edge).collect(),
        }
    }

    #[test]
    fn a_node_lies_behind_all_that_ask_it() {
        let nodes = [
            ("db", "database"),
            ("readers", "clients"),
            ("web", "service"),
        ];
        let edges = [("readers", "web"), ("web", "db"), ("readers", "db")];
        assert_eq!(
            layers(&topology(&nodes, &edges)),
            [vec![1], vec![2], vec![0]]
        );
    }

    #[test]
    fn cycles_and_unknown_nodes_are_survived() {
        let nodes = [("a", "service"), ("b", "service")];
        let edges = [("a", "b"), ("b", "a"), ("a", "a"), ("a", "nobody")];
        assert_eq!(layers(&topology(&nodes, &edges)).concat().len(), 2);
        assert!(layers(&Topology::default()).is_empty());
    }

    #[test]
    fn text_is_escaped_for_each_tool() {
        let drawn = topology(
            &[("a<\"b\">", "cache"), ("c\\d#1", "database")],
            &[("a<\"b\">", "c\\d#1")],
        );
        assert_eq!(
            digraph(&drawn),
            "digraph topology {\n    rankdir=LR;\n    node [shape=box];\n\
             \x20   n0 [label=\"a<\\\"b\\\">\\ncache × 2\", shape=hexagon];\n\
             \x20   n1 [label=\"c\\\\d#1\\ndatabase × 2\", shape=cylinder];\n\
             \x20   n0 -> n1 [label=\"timeout 1 s, \\\"none\\\"\"];\n}\n"
        );
        assert_eq!(
            flowchart(&drawn),
            "flowchart LR\n    n0{{\"a#lt;#quot;b#quot;#gt;<br/>cache × 2\"}}\n\
             \x20   n1[(\"c\\d#35;1<br/>database × 2\")]\n\
             \x20   n0 -->|\"timeout 1 s, #quot;none#quot;\"| n1\n"
        );
    }
}
