//! Changes a scenario's tree by path: what variants, `set` faults and `--set` do.

use crate::check::{Shape, Shapes, among, expectation, nearest};
use crate::problem::{Problem, Problems};
use crate::source::Span;
use crate::tree::{DEPTH, Entry, Tree, Value};
use indexmap::IndexMap;

/// A new value for a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit<'t> {
    /// Such as `nodes.web.service.steps.0.work`.
    pub(crate) path: &'t str,
    /// Where the path stands.
    pub(crate) at: &'t Span,
    /// The value; the word `none` removes what may be missing.
    pub(crate) value: &'t Tree,
}

/// Who changes the tree, which decides what may be changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Author {
    /// A variant, or a parameter that varies: the same study of another system.
    Variant,
    /// A `set` fault: while the system runs.
    Fault,
    /// An argument of the command line.
    Argument,
}

impl Author {
    fn may_change(self, field: &str) -> bool {
        match self {
            Author::Variant => matches!(field, "nodes" | "network" | "faults"),
            Author::Fault => matches!(field, "nodes" | "network"),
            Author::Argument => !matches!(field, "squall" | "variants" | "vary"),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Author::Variant => "a path that begins with `nodes.`, `network.` or `faults.`",
            Author::Fault => "a path that begins with `nodes.` or `network.`",
            Author::Argument => "a path to anything but `squall`, `variants` and `vary`",
        }
    }
}

/// Applies one edit.
pub(crate) fn apply(root: &mut Tree, edit: Edit<'_>, author: Author) -> Result<(), Problem> {
    let shapes = Shapes::scenario();
    let Some(mut step) = Step::first(edit) else {
        return Err(Problem::new(edit.at, "there is no path").expected(author.expected()));
    };
    if DEPTH < edit.path.split('.').count() {
        let problem = Problem::new(edit.at, format!("this path has more than {DEPTH} names"));
        return Err(problem.expected(author.expected()));
    }
    let mut node = root;
    let mut shape = &shapes.root;
    let mut top = true;
    loop {
        let child = step.child(node, &shapes.alternatives(shape))?;
        if top && !author.may_change(step.name) {
            let problem = step.problem(format!("`{}` cannot be changed here", step.name));
            return Err(problem.expected(author.expected()));
        }
        top = false;
        let Some(next) = step.next() else {
            let takes_none = shapes.alternatives(child.shape).iter().any(|shape| {
                matches!(shape, Shape::Choice { words, .. } if words.iter().any(|w| w == "none"))
            });
            if edit.value.text() == Some("none") && !takes_none && child.optional {
                remove(node, step.name);
            } else {
                put(node, step.name, edit);
            }
            return Ok(());
        };
        node = descend(node, &step)?;
        (shape, step) = (child.shape, next);
    }
}

/// What the schema says about a part of a value.
struct Child {
    shape: &'static Shape,
    /// Whether it may be missing.
    optional: bool,
}

/// One name of a path.
#[derive(Clone, Copy)]
struct Step<'t> {
    edit: Edit<'t>,
    name: &'t str,
    /// Where the name begins in the path.
    start: usize,
}

impl<'t> Step<'t> {
    fn first(edit: Edit<'t>) -> Option<Step<'t>> {
        let name = edit
            .path
            .split('.')
            .next()
            .filter(|name| !name.is_empty())?;
        Some(Step {
            edit,
            name,
            start: 0,
        })
    }

    fn next(&self) -> Option<Step<'t>> {
        let start = self.start + self.name.len() + 1;
        let name = self.edit.path.get(start..)?.split('.').next()?;
        Some(Step {
            name,
            start,
            ..*self
        })
    }

    /// The path up to and with this name.
    fn path(&self) -> &'t str {
        &self.edit.path[..self.start + self.name.len()]
    }

    /// The path before this name.
    fn parent(&self) -> &'t str {
        self.edit.path[..self.start].trim_end_matches('.')
    }

    fn problem(&self, message: String) -> Problem {
        let part = self.start..self.start + self.name.len();
        Problem::new(&self.edit.at.part(self.edit.path, part), message)
    }

    fn unknown<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> Problem {
        let message = match self.parent() {
            "" => format!("a scenario has no `{}`", self.name),
            parent => format!("`{parent}` has no `{}`", self.name),
        };
        let problem = self.problem(message).expected(among(names.clone()));
        problem.maybe_help(nearest(self.name, names))
    }

    /// Finds the part of `node` that the step names.
    fn child(&self, node: &Tree, shapes: &[&'static Shape]) -> Result<Child, Problem> {
        for shape in shapes {
            match shape {
                Shape::Record(fields) => {
                    let Some(field) = fields.get(self.name) else {
                        return Err(self.unknown(fields.keys().map(String::as_str)));
                    };
                    return Ok(Child {
                        shape: &field.shape,
                        optional: !field.required,
                    });
                }
                Shape::Table(of) => {
                    let known = self.next().is_none() || node.get(self.name).is_some();
                    let names: Vec<&str> = node.entries().map(|(name, _)| name.as_str()).collect();
                    return if known {
                        Ok(Child {
                            shape: of,
                            optional: true,
                        })
                    } else {
                        Err(self.unknown(names.into_iter()))
                    };
                }
                Shape::List(of) => return self.entry(node, of),
                Shape::Choice { tags, .. } if !tags.is_empty() => {
                    let Some(shape) = tags.get(self.name) else {
                        return Err(self.unknown(tags.keys().map(String::as_str)));
                    };
                    self.refuse_another_tag(node)?;
                    return Ok(Child {
                        shape,
                        optional: false,
                    });
                }
                _ => {}
            }
        }
        let message = format!(
            "`{}` has no parts, and so no `{}`",
            self.parent(),
            self.name
        );
        let expected = format!("the path `{}`, with {}", self.parent(), expectation(shapes));
        Err(self.problem(message).expected(expected))
    }

    fn entry(&self, node: &Tree, of: &'static Shape) -> Result<Child, Problem> {
        let count = node.items().len();
        if self.name.parse::<usize>().is_ok_and(|index| index < count) {
            return Ok(Child {
                shape: of,
                optional: false,
            });
        }
        let problem = self.problem(format!("`{}` has no entry `{}`", self.parent(), self.name));
        Err(problem.expected(match count {
            0 => format!(
                "the path `{}`, with the whole list, which is empty",
                self.parent()
            ),
            1 => "`0`, for the only entry".into(),
            _ => format!("a number from `0` to `{}`", count - 1),
        }))
    }

    fn refuse_another_tag(&self, node: &Tree) -> Result<(), Problem> {
        let found = match &node.value {
            Value::Map(map) if map.is_empty() || map.contains_key(self.name) => return Ok(()),
            Value::Map(map) => map.keys().next().cloned().unwrap_or_default(),
            _ => node.written(),
        };
        let (parent, name) = (self.parent(), self.name);
        let problem = self.problem(format!("`{parent}` is `{found}` here, not `{name}`"));
        Err(problem.help(format!(
            "to replace it, set the whole: `{parent}: {{ {name}: ... }}`"
        )))
    }
}

/// The part of `node` that the step names; an empty block where there was none.
fn descend<'n>(node: &'n mut Tree, step: &Step<'_>) -> Result<&'n mut Tree, Problem> {
    let at = step.edit.at;
    match &mut node.value {
        Value::Map(map) => {
            let entry = map.entry(step.name.to_owned()).or_insert_with(|| Entry {
                key: at.clone(),
                value: Tree {
                    value: Value::Map(IndexMap::new()),
                    span: at.clone(),
                },
            });
            Ok(&mut entry.value)
        }
        Value::List(items) => {
            let item = step
                .name
                .parse()
                .ok()
                .and_then(|index: usize| items.get_mut(index));
            item.ok_or_else(|| step.problem(format!("there is no `{}`", step.path())))
        }
        _ => Err(step.problem(format!("`{}` is not a block", step.parent()))),
    }
}

fn put(node: &mut Tree, name: &str, edit: Edit<'_>) {
    let value = edit.value.clone();
    match &mut node.value {
        Value::Map(map) => {
            map.insert(
                name.to_owned(),
                Entry {
                    key: edit.at.clone(),
                    value,
                },
            );
        }
        Value::List(items) => {
            if let Some(item) = name
                .parse()
                .ok()
                .and_then(|index: usize| items.get_mut(index))
            {
                *item = value;
            }
        }
        _ => {}
    }
}

fn remove(node: &mut Tree, name: &str) {
    if let Value::Map(map) = &mut node.value {
        map.shift_remove(name);
    }
}

/// The edits of a variant: first those of the variants it uses, in order, then its own.
pub(crate) fn edits_of<'t>(root: &'t Tree, variant: &'t str) -> Result<Vec<Edit<'t>>, Problems> {
    let mut uses = Uses {
        root,
        open: Vec::new(),
        done: Vec::new(),
        edits: Vec::new(),
    };
    let mut problems = Problems::default();
    uses.add(variant, &root.span, &mut problems);
    problems.into_result()?;
    Ok(uses.edits.into_iter().map(|(_, edit)| edit).collect())
}

/// A variant and those it uses, on the way to a list of edits.
struct Uses<'t> {
    root: &'t Tree,
    /// The variants that are being applied, each used by the one before.
    open: Vec<&'t str>,
    done: Vec<&'t str>,
    /// Who makes each edit.
    edits: Vec<(&'t str, Edit<'t>)>,
}

impl<'t> Uses<'t> {
    fn add(&mut self, name: &'t str, at: &Span, problems: &mut Problems) {
        if self.done.contains(&name) {
            return;
        }
        if self.open.contains(&name) {
            let chain = self
                .open
                .iter()
                .chain([&name])
                .map(|name| format!("`{name}`"));
            let chain: Vec<String> = chain.collect();
            let message = format!(
                "variants use each other in a circle: {}",
                chain.join(" -> ")
            );
            problems.push(Problem::new(at, message).help("remove one of these uses"));
            return;
        }
        let all = self.root.get("variants");
        let Some(variant) = all.and_then(|all| all.get(name)) else {
            let names = all
                .into_iter()
                .flat_map(Tree::entries)
                .map(|(name, _)| name.as_str());
            let problem = Problem::new(at, format!("there is no variant `{name}`"));
            problems.push(
                problem
                    .expected(among(names.clone()))
                    .maybe_help(nearest(name, names)),
            );
            return;
        };
        self.open.push(name);
        for used in variant.get("use").map(Tree::items).unwrap_or_default() {
            if let Some(text) = used.text() {
                self.add(text, &used.span, problems);
            }
        }
        self.open.pop();
        self.done.push(name);
        self.add_edits(name, variant, problems);
    }

    /// Adds the variant's own edits, which may refine those of the variants it uses, not undo them.
    fn add_edits(&mut self, name: &'t str, variant: &'t Tree, problems: &mut Problems) {
        for (path, entry) in variant.get("set").into_iter().flat_map(Tree::entries) {
            let edit = Edit {
                path,
                at: &entry.key,
                value: &entry.value,
            };
            match self
                .edits
                .iter()
                .find(|(other, before)| overrides(name, edit, other, *before))
            {
                Some((other, before)) => problems.push(conflict(name, edit, other, before)),
                None => self.edits.push((name, edit)),
            }
        }
    }
}

/// Whether an edit of variant `name` undoes one that variant `other` made before it.
fn overrides(name: &str, edit: Edit<'_>, other: &str, before: Edit<'_>) -> bool {
    let below = before.path.strip_prefix(edit.path);
    match below {
        Some("") => !before.value.says_the_same(edit.value),
        Some(rest) => rest.starts_with('.') && name != other,
        None => false,
    }
}

fn conflict(name: &str, edit: Edit<'_>, other: &str, before: &Edit<'_>) -> Problem {
    let (path, here, there) = (before.path, edit.value.written(), before.value.written());
    let message =
        format!("`{other}` sets `{path}` to `{there}`, and `{name}` undoes that: `{here}`");
    Problem::new(edit.at, message).help("let only one of the two variants change this value")
}
