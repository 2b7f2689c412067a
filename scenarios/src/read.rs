//! Reads a scenario: file, variant, arguments and `set` faults on one path, all mistakes at once.

use crate::check::{self, Files, meaning};
use crate::edit::{self, Author, Edit};
use crate::problem::{Problem, Problems};
use crate::schema::Scenario;
use crate::source::{Source, Span};
use crate::study::BASELINE;
use crate::tree::{self, Tree, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// A new value for one path of a scenario, from the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Such as `nodes.web.service.workers`.
    pub path: String,
    /// The value, as it would stand in a file; `none` removes an optional block.
    pub value: String,
    /// What messages call the argument: `--set`.
    pub origin: String,
}

/// A scenario as it was written, with its variants not yet applied.
#[derive(Clone, Debug)]
pub struct Document {
    tree: Tree,
}

impl Document {
    /// Reads the text as YAML, of which JSON is a part.
    ///
    /// # Errors
    /// Returns what is not YAML, what this format leaves out of it (aliases, tags, merge keys, a
    /// second document), and another version of the format. All else is found by [`Self::check`].
    pub fn parse(source: Source) -> Result<Document, Problems> {
        let tree = tree::parse(source)?;
        if !matches!(tree.value, Value::Map(_)) {
            let problem = Problem::new(&tree.span, "this is not a scenario");
            return Err(problem
                .expected("fields, the first of them `squall: 1`")
                .into());
        }
        if let Some(version) = tree.get("squall")
            && let Value::Integer(number) = version.value
            && number != 1
        {
            let message = format!("this file has version {number} of the format");
            let problem = Problem::new(&version.span, message).expected("`squall: 1`");
            return Err(problem.help("a newer Squall may read it").into());
        }
        Ok(Document { tree })
    }

    /// What it was read from.
    pub fn source(&self) -> &Source {
        &self.tree.span.source
    }

    /// The scenario as it stands, or with a variant, and then with `sets`.
    ///
    /// # Errors
    /// Returns all that is wrong with it.
    pub fn scenario(&self, variant: Option<&str>, sets: &[Setting]) -> Result<Scenario, Problems> {
        self.at_fault(variant, sets, &[])
    }

    /// The scenario with the values of these `set` faults, by their place in the list of faults.
    ///
    /// # Errors
    /// Returns all that is wrong with it.
    pub fn at_fault(
        &self,
        variant: Option<&str>,
        sets: &[Setting],
        faults: &[usize],
    ) -> Result<Scenario, Problems> {
        let mut tree = self.edited(variant, sets)?;
        let before = scenario(&tree, Files::Resolved)?;
        meaning::expected_metrics(&before, variant.unwrap_or(BASELINE), &tree).into_result()?;
        if faults.is_empty() {
            return Ok(before);
        }
        for index in faults {
            apply_fault(&mut tree, *index)?;
        }
        let after = scenario(&tree, Files::Resolved)?;
        match meaning::changed_topology(&before, &after, &tree) {
            Some(problem) => Err(problem.into()),
            None => Ok(after),
        }
    }

    /// Checks the scenario as it stands, with each variant, and with each `set` fault.
    ///
    /// # Errors
    /// Returns all that is wrong; of a variant what is not wrong without it.
    pub fn check(&self, sets: &[Setting]) -> Result<(), Problems> {
        let mut problems = Problems::default();
        self.check_one(None, sets, &mut problems);
        for (name, entry) in self
            .tree
            .get("variants")
            .into_iter()
            .flat_map(Tree::entries)
        {
            self.check_one(Some((name, &entry.value.span)), sets, &mut problems);
        }
        self.check_vary(sets, &mut problems);
        problems.into_result()
    }

    /// The scenario as it stands, or with a variant, and then with `sets`; names of files stand in it
    /// as they were written, so that it does not tell where it was read.
    ///
    /// # Errors
    /// Returns all that is wrong with it.
    pub(crate) fn as_written(
        &self,
        variant: Option<&str>,
        sets: &[Setting],
    ) -> Result<Scenario, Problems> {
        scenario(&self.edited(variant, sets)?, Files::AsWritten)
    }

    /// The canonical form of the baseline with its variants: parsed, defaults filled in, names
    /// sorted, as JSON. Names of files stand in it as they were written. Expectations are left out:
    /// no run depends on them.
    ///
    /// # Errors
    /// Returns all that is wrong with the scenario.
    pub fn canonical(&self, sets: &[Setting]) -> Result<String, Problems> {
        let scenario = self.as_written(None, sets)?;
        let value = serde_json::to_value(scenario).unwrap_or_default();
        Ok(sorted(value).to_string())
    }

    /// The hash of the canonical form: 16 hexadecimal digits.
    ///
    /// # Errors
    /// Returns all that is wrong with the scenario.
    pub fn hash(&self, sets: &[Setting]) -> Result<String, Problems> {
        Ok(format!("{:016x}", fnv1a(self.canonical(sets)?.bytes())))
    }

    /// The same scenario with its nodes declared in the opposite order, which changes nothing.
    #[must_use]
    pub fn reordered(&self) -> Document {
        let mut document = self.clone();
        if let Value::Map(fields) = &mut document.tree.value
            && let Some(nodes) = fields.get_mut("nodes")
            && let Value::Map(nodes) = &mut nodes.value.value
        {
            nodes.reverse();
        }
        document
    }

    /// The same scenario without its `vary`: as it stands, at one value of every parameter.
    #[must_use]
    pub fn as_it_stands(&self) -> Document {
        let mut document = self.clone();
        if let Value::Map(fields) = &mut document.tree.value {
            fields.shift_remove("vary");
        }
        document
    }

    /// The settings that the scenario's own `vary` asks for, one for each value.
    pub fn vary(&self) -> Vec<Setting> {
        let vary = self.tree.get("vary").into_iter().flat_map(Tree::entries);
        let setting = |path: &String, value: &Tree| Setting {
            path: path.clone(),
            value: check::as_text(value),
            origin: "vary".into(),
        };
        vary.flat_map(|(path, entry)| entry.value.items().iter().map(move |v| setting(path, v)))
            .collect()
    }

    pub(crate) fn edited(&self, variant: Option<&str>, sets: &[Setting]) -> Result<Tree, Problems> {
        let mut tree = self.tree.clone();
        if let Some(name) = variant.filter(|name| *name != BASELINE) {
            let edits = edit::edits_of(&self.tree, name)?;
            apply_all(&mut tree, edits, Author::Variant)?;
        }
        for setting in sets {
            setting.apply(&mut tree)?;
        }
        Ok(tree)
    }

    /// Adds what is wrong with the baseline or a variant, and is not known yet.
    fn check_one(&self, variant: Option<(&str, &Span)>, sets: &[Setting], known: &mut Problems) {
        let tree = match self.edited(variant.map(|(name, _)| name), sets) {
            Ok(tree) => tree,
            Err(problems) => return add_new(known, problems, variant),
        };
        let before = scenario(&tree, Files::AsWritten);
        for index in set_faults(&tree) {
            add_new(
                known,
                fault_problems(&tree, before.as_ref().ok(), index),
                variant,
            );
        }
        let name = variant.map_or(BASELINE, |(name, _)| name);
        let found = match before {
            Ok(scenario) => meaning::expected_metrics(&scenario, name, &tree),
            Err(problems) => problems,
        };
        add_new(known, found, variant);
    }

    /// Adds what is wrong with the baseline at the values of the file's own `vary`.
    fn check_vary(&self, sets: &[Setting], known: &mut Problems) {
        let Ok(tree) = self.edited(None, sets) else {
            return;
        };
        for (path, entry) in self.tree.get("vary").into_iter().flat_map(Tree::entries) {
            for value in entry.value.items() {
                let edit = Edit {
                    path,
                    at: &entry.key,
                    value,
                };
                let mut tree = tree.clone();
                let found = match edit::apply(&mut tree, edit, Author::Variant) {
                    Ok(()) => scenario(&tree, Files::AsWritten).err().unwrap_or_default(),
                    Err(problem) => problem.into(),
                };
                add_new(known, found, None);
            }
        }
    }
}

/// What is wrong with the scenario once this `set` fault has begun.
fn fault_problems(tree: &Tree, before: Option<&Scenario>, index: usize) -> Problems {
    let mut tree = tree.clone();
    if let Err(problems) = apply_fault(&mut tree, index) {
        return problems;
    }
    match scenario(&tree, Files::AsWritten) {
        Ok(after) => {
            let changed = |before| meaning::changed_topology(before, &after, &tree);
            before.and_then(changed).into_iter().collect()
        }
        Err(problems) => problems,
    }
}

impl Setting {
    fn apply(&self, tree: &mut Tree) -> Result<(), Problems> {
        let source = Arc::new(Source {
            name: self.origin.clone(),
            text: format!("{}={}", self.path, self.value),
            folder: None,
        });
        let start = self.path.len() + 1;
        let value = tree::read(&source, start..source.text.len(), "a value")?;
        let at = Span {
            source,
            range: 0..self.path.len(),
        };
        let edit = Edit {
            path: &self.path,
            at: &at,
            value: &value,
        };
        Ok(edit::apply(tree, edit, Author::Argument)?)
    }
}

fn apply_all<'t>(
    tree: &mut Tree,
    edits: impl IntoIterator<Item = Edit<'t>>,
    author: Author,
) -> Result<(), Problems> {
    let wrong = edits
        .into_iter()
        .filter_map(|edit| edit::apply(tree, edit, author).err());
    wrong.collect::<Problems>().into_result()
}

fn apply_fault(tree: &mut Tree, index: usize) -> Result<(), Problems> {
    let Some(set) = tree.at(&format!("faults.{index}.set")).cloned() else {
        return Ok(());
    };
    let edits = set.entries().map(|(path, entry)| Edit {
        path,
        at: &entry.key,
        value: &entry.value,
    });
    apply_all(tree, edits, Author::Fault)
}

/// The places of the `set` faults in the list of faults.
fn set_faults(tree: &Tree) -> Vec<usize> {
    let faults = tree.get("faults").map(Tree::items).unwrap_or_default();
    (0..faults.len().min(meaning::FAULTS))
        .filter(|index| faults[*index].get("set").is_some())
        .collect()
}

/// Adds what is new, and says with which variant, where that is not to be seen from the place.
fn add_new(known: &mut Problems, found: Problems, variant: Option<(&str, &Span)>) {
    let is_new = |problem: &Problem| {
        let same = |other: &Problem| {
            other.span == problem.span && other.message.ends_with(&problem.message)
        };
        !known.iter().any(same)
    };
    let mut new: Vec<Problem> = found.into_iter().filter(is_new).collect();
    if let Some((name, place)) = variant {
        for problem in new
            .iter_mut()
            .filter(|problem| !place.contains(&problem.span))
        {
            problem.message = format!("with variant `{name}`: {}", problem.message);
        }
    }
    known.extend(new);
}

/// Checks a tree by the schema, reads it, and checks what it means.
fn scenario(tree: &Tree, files: Files) -> Result<Scenario, Problems> {
    let (clean, problems) = check::check(tree, files);
    problems.into_iter().collect::<Problems>().into_result()?;
    let scenario: Scenario = serde_json::from_value(clean).map_err(|error| {
        let message = format!("the schema allows what the reader does not: {error}");
        Problem::new(&tree.span, message).help("this is a mistake in Squall: please report it")
    })?;
    meaning::check(&scenario, tree).into_result()?;
    Ok(scenario)
}

/// Sorts names, and leaves out what is missing, so that a later format hashes alike.
fn sorted(value: Json) -> Json {
    match value {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().filter(|(_, v)| !v.is_null()).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(
                entries
                    .into_iter()
                    .map(|(name, v)| (name, sorted(v)))
                    .collect(),
            )
        }
        Json::Array(items) => items.into_iter().map(sorted).collect(),
        value => value,
    }
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo, 1991).
pub(crate) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let bytes = bytes.into_iter();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
