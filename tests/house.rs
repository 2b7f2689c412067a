//! The rules of the house: what the repository says about itself is so.

use scenarios::{Document, Problems, Source, catalogue, study};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, in lines.
const LONGEST: usize = 600;

/// The crates in order: each imports only those before it that it names here.
const CRATES: [(&str, &[&str]); 6] = [
    ("sim-core", &[]),
    ("models", &["sim-core"]),
    ("scenarios", &["models", "sim-core"]),
    ("reports", &["scenarios"]),
    (".", &["reports", "scenarios"]),
    ("benches", &["scenarios", "sim-core"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    let text = fs::read_to_string(root().join(name));
    text.unwrap_or_else(|error| panic!("{name} cannot be read: {error}"))
}

/// The files of the repository with one of these endings: name and text, in order of name.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let mut folders = vec![root().to_path_buf()];
    let mut names = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            let name = path.strip_prefix(root()).expect("it lies below the root");
            let is_made = ["target", "squall-out", ".git"]
                .iter()
                .any(|made| name.ends_with(made));
            let text = name.to_string_lossy().replace('\\', "/");
            if path.is_dir() && !is_made {
                folders.push(path);
            } else if endings.iter().any(|end| text.ends_with(end)) {
                names.push(text);
            }
        }
    }
    names.sort();
    let with_text = |name: String| {
        let text = read(&name);
        (name, text)
    };
    names.into_iter().map(with_text).collect()
}

#[track_caller]
fn assert_none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let path = root().join("docs/schema.json");
    let mut schema =
        serde_json::to_string_pretty(&scenarios::json_schema()).expect("a schema is JSON");
    schema.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &schema).expect("the file can be written");
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == schema,
        "docs/schema.json is out of date: `UPDATE=1 cargo test --test suite schema` writes it anew"
    );
}

#[test]
fn the_guide_to_models_has_the_list_of_what_they_leave_out() {
    let (from, to) = ("<!-- left out -->\n", "<!-- end of left out -->");
    let guide = read("docs/MODELS.md");
    let (start, rest) = guide.split_once(from).expect("the list has a place");
    let (_, end) = rest.split_once(to).expect("the list has an end");
    let models = scenarios::ledger::MODELS.iter();
    let lines = models.map(|model| format!("- *{}*: {}\n", model.name, model.left_out.join(" ")));
    let right = format!("{start}{from}{}{to}{end}", lines.collect::<String>());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join("docs/MODELS.md"), &right).expect("the file can be written");
    } else {
        assert!(
            guide == right,
            "docs/MODELS.md is out of date: `UPDATE=1 cargo test --test suite models` writes it anew"
        );
    }
}

#[test]
fn crates_import_one_way() {
    let mut wrong = Vec::new();
    for (name, allowed) in CRATES {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let sections = manifest.split("\n[").filter_map(|section| {
            let (title, body) = section.split_once(']')?;
            (title == "dependencies").then_some(body)
        });
        let lines = sections.flat_map(str::lines);
        let imported = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
        for import in imported.filter(|import| CRATES.iter().any(|(name, _)| name == import)) {
            if !allowed.contains(&import) {
                wrong.push(format!("{name} imports {import}"));
            }
        }
    }
    assert_none(
        &wrong,
        "imports go from the command line down to the engine, never back",
    );
}

#[test]
fn reports_know_results_and_nothing_else_of_scenarios() {
    let mut wrong = Vec::new();
    for (name, text) in files(&[".rs"]) {
        if !name.starts_with("reports/src/") {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            let mut uses = line.match_indices("scenarios::");
            let beyond =
                |(at, path): (usize, &str)| !line[at + path.len()..].starts_with("results");
            if uses.any(beyond) || line.contains("use scenarios as") {
                wrong.push(format!("{name}:{number}: {line}"));
            }
        }
    }
    assert_none(
        &wrong,
        "reports import `scenarios::results`, the plain data of results.json, only",
    );
}

#[test]
fn every_source_file_says_what_it_is_and_is_one_idea_long() {
    let mut wrong = Vec::new();
    for (name, text) in files(&[".rs"]) {
        if !text.starts_with("//! ") {
            wrong.push(format!("{name} does not begin with `//!`"));
        }
        let lines = text.lines().count();
        if LONGEST < lines {
            wrong.push(format!("{name} has {lines} lines, more than {LONGEST}"));
        }
    }
    assert_none(&wrong, "a file is one idea and says which");
}

#[test]
fn nothing_depends_on_where_it_was_written() {
    // Put together, so that this file does not have them itself.
    let homes = ["root", "home", "Users", "work"].map(|folder| format!("/{folder}/"));
    let mut wrong = Vec::new();
    let text_files = [
        ".rs", ".toml", ".md", ".yaml", ".json", ".txt", ".snap", ".run",
    ];
    for (name, text) in files(&text_files) {
        for (number, line) in (1..).zip(text.lines()) {
            if homes.iter().any(|home| line.contains(home)) {
                wrong.push(format!("{name}:{number}: {line}"));
            }
        }
    }
    assert_none(&wrong, "no path of somebody's machine");
}

/// The lines between two marks of a document.
fn marked<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let (from, to) = (
        format!("<!-- {mark} -->"),
        format!("<!-- end of {mark} -->"),
    );
    let inside = text
        .split_once(&from)
        .and_then(|(_, rest)| rest.split_once(&to))
        .map_or("", |(inside, _)| inside);
    inside.lines().collect()
}

#[test]
fn continuous_integration_runs_the_command_of_the_readme() {
    let readme = read("README.md");
    let commands: Vec<&str> = marked(&readme, "tests")
        .into_iter()
        .filter(|line| line.starts_with("cargo "))
        .collect();
    assert_eq!(commands, ["cargo test --workspace"]);
    let script = read(".ci/run");
    assert!(script.contains("<!-- tests -->") && script.contains("<!-- end of tests -->"));
    assert!(
        !script.contains("cargo test"),
        "the command stands in the README only"
    );
}

#[test]
fn the_readme_names_the_whole_catalogue() {
    let readme = read("README.md");
    let missing: Vec<String> = catalogue::ENTRIES
        .iter()
        .filter(|entry| !readme.contains(&format!("`{}`", entry.id)))
        .map(|entry| entry.id.to_owned())
        .collect();
    assert_none(&missing, "scenarios that the README does not name");
}

/// The YAML blocks of a document, each with the line on which it begins.
fn yaml_blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match &mut open {
            None if line.trim() == "```yaml" => open = Some((number + 1, String::new())),
            Some(_) if line.trim() == "```" => blocks.extend(open.take()),
            Some((_, block)) => *block += &format!("{line}\n"),
            None => {}
        }
    }
    blocks
}

/// The parts of a block that stand at this indentation, by name, each with its text.
fn parts(block: &str, indentation: usize) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        let is_name = line.len() - line.trim_start().len() == indentation
            && line
                .trim_start()
                .starts_with(|c: char| c.is_ascii_alphanumeric());
        if is_name {
            let name = line.trim_start().split(':').next().unwrap_or_default();
            parts.push((name.to_owned(), String::new()));
        }
        if let Some((_, text)) = parts.last_mut() {
            *text += &format!("{line}\n");
        }
    }
    parts
}

/// A snippet laid over the scenario that the guide begins with: its parts take the place of those
/// with the same names, node by node. Faults and what refers to nodes stay out where the snippet
/// has none.
fn laid_over(base: &str, snippet: &str) -> String {
    let mut whole: BTreeMap<String, String> = parts(base, 0).into_iter().collect();
    for optional in ["faults", "variants", "vary", "columns", "expect"] {
        whole.remove(optional);
    }
    for (name, text) in parts(snippet, 0) {
        if name != "nodes" {
            whole.insert(name, text);
            continue;
        }
        let nodes = |text: &str| parts(text, 2);
        let mut all: BTreeMap<String, String> = nodes(&whole["nodes"]).into_iter().collect();
        all.extend(nodes(&text));
        let all: String = all.into_values().collect();
        whole.insert(name, format!("nodes:\n{all}"));
    }
    whole.into_values().collect()
}

fn check(name: &str, text: String) -> Result<(), Problems> {
    let has_files = text.contains("file:");
    let document = Document::parse(Source {
        name: name.to_owned(),
        text,
        folder: None,
    })?;
    document.check(&[])?;
    let variants = document.scenario(None, &[])?.variants;
    let names = variants.keys().map(|name| Some(name.as_str()));
    for variant in names.chain([None]).filter(|_| !has_files) {
        if let Err(error) = study::overview(&document, variant, &[]) {
            panic!("{name}: {error}");
        }
    }
    Ok(())
}

#[test]
fn every_snippet_of_the_guide_is_a_scenario() {
    for guide in ["docs/SCENARIOS.md", "README.md"] {
        let text = read(guide);
        let blocks = yaml_blocks(&text);
        let base = blocks.first().map_or("", |(_, base)| base).to_owned();
        assert!(
            base.starts_with("squall: 1"),
            "{guide} begins with a whole scenario"
        );
        for (line, block) in blocks {
            let name = format!("{guide}:{line}");
            let whole = if block.starts_with("squall: 1") {
                block
            } else {
                laid_over(&base, &block)
            };
            if let Err(problems) = check(&name, whole.clone()) {
                panic!("{name}:\n{problems}\nin\n{whole}");
            }
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for (name, text) in files(&[".md"]) {
        let folder: PathBuf = Path::new(&name)
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or_default();
            let is_local = !target.is_empty() && !target.contains("://");
            if is_local && !root().join(&folder).join(target).exists() {
                wrong.push(format!("{name}: {link}"));
            }
        }
    }
    assert_none(&wrong, "links that lead nowhere");
}

/// Blocks of code in the recipes begin with the file that they are from.
#[test]
fn the_recipes_show_the_code_as_it_is() {
    let page = read("docs/ARCHITECTURE.md");
    let blocks: Vec<&str> = page.split("```rust\n").skip(1).collect();
    assert!(2 <= blocks.len(), "there are no recipes");
    for block in blocks {
        let block = block.split("```").next().unwrap_or_default();
        let (path, shown) = block.split_once('\n').unwrap_or_default();
        let code = read(path.trim_start_matches("// "));
        let lines = |text: &str| -> Vec<String> {
            let trimmed = text.lines().map(|line| line.trim().to_owned());
            trimmed.filter(|line| !line.is_empty()).collect()
        };
        let (shown, code) = (lines(shown), lines(&code));
        let is_there = code.windows(shown.len()).any(|part| part == shown);
        assert!(is_there, "{path} does not say\n{}", shown.join("\n"));
    }
}
