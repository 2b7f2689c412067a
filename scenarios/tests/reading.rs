//! Reading scenarios from text.

use proptest::prelude::*;
use scenarios::schema::{Arrivals, Backoff, Node, OrUnlimited, Scenario};
use scenarios::{Document, Problems, Setting, Source, json_schema};
use std::path::PathBuf;

const STAMPEDE: &str = include_str!("files/stampede.yaml");

fn parse(text: &str) -> Result<Document, Problems> {
    let folder = Some(PathBuf::from("folder"));
    Document::parse(Source {
        name: "test.yaml".into(),
        text: text.into(),
        folder,
    })
}

#[track_caller]
fn read(text: &str) -> Document {
    parse(text).unwrap_or_else(|problems| panic!("{problems}"))
}

#[track_caller]
fn scenario(document: &Document, variant: Option<&str>, sets: &[Setting]) -> Scenario {
    document
        .scenario(variant, sets)
        .unwrap_or_else(|problems| panic!("{problems}"))
}

fn set(path: &str, value: &str) -> Setting {
    Setting {
        path: path.into(),
        value: value.into(),
        origin: "--set".into(),
    }
}

/// The first problem of a scenario with a setting: message, line and column.
#[track_caller]
fn refused(path: &str, value: &str) -> (String, usize, usize) {
    let problems = read(STAMPEDE)
        .scenario(None, &[set(path, value)])
        .unwrap_err();
    let first = problems.iter().next().unwrap();
    assert_eq!(first.span.source(), "--set");
    (
        first.message.clone(),
        first.span.line(),
        first.span.column(),
    )
}

#[test]
fn a_whole_scenario_is_read() {
    let document = read(STAMPEDE);
    document
        .check(&[])
        .unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = scenario(&document, None, &[]);
    assert_eq!(
        (scenario.name.as_str(), scenario.runs, scenario.seed),
        ("stampede", 20, 1)
    );
    assert_eq!((scenario.nodes.len(), scenario.variants.len()), (4, 6));
    let Node::Clients(readers) = &scenario.nodes["readers"] else {
        panic!("readers are clients")
    };
    assert_eq!(
        readers.arrivals,
        Arrivals::Poisson("2000/s".parse().unwrap())
    );
}

#[test]
fn json_and_yaml_of_one_scenario_are_equal() {
    let yaml = read(STAMPEDE);
    let json = read(&serde_json::to_string(&tree_as_json()).unwrap());
    assert_eq!(yaml.canonical(&[]).unwrap(), json.canonical(&[]).unwrap());
    let nodes = |document| format!("{:?}", scenario(document, Some("both"), &[]).nodes);
    assert_eq!(nodes(&yaml), nodes(&json));
}

/// The canonical form is itself a scenario file.
fn tree_as_json() -> serde_json::Value {
    serde_json::from_str(&read(STAMPEDE).canonical(&[]).unwrap()).unwrap()
}

#[test]
fn order_comments_written_defaults_and_expectations_do_not_change_the_hash() {
    let hash = |text: &str| read(text).hash(&[]).unwrap();
    let other = STAMPEDE
        .replace("runs: 20\n", "# as many as usual\n")
        .replace(
            "instances: 4, store: shared, capacity: 2000",
            "capacity: 2000, store: shared, instances: 4",
        );
    assert_eq!(hash(STAMPEDE), hash(&other));
    let expecting = format!("{STAMPEDE}\nexpect: [ {{ that: baseline never recovers }} ]\n");
    assert_eq!(hash(STAMPEDE), hash(&expecting), "no run depends on them");
    assert_eq!(hash(STAMPEDE).len(), 16);
    assert_ne!(
        hash(STAMPEDE),
        hash(&STAMPEDE.replace("runs: 20", "runs: 21"))
    );
}

#[test]
fn variants_build_on_each_other() {
    let scenario = scenario(&read(STAMPEDE), Some("both"), &[]);
    let Node::Cache(catalog) = &scenario.nodes["catalog"] else {
        panic!("catalog is a cache")
    };
    assert_eq!(catalog.ttl_jitter.to_string(), "20%");
    assert_eq!(format!("{:?}", catalog.single_flight), "Fleet");
}

#[test]
fn none_removes_an_optional_block_and_is_a_value_where_the_format_has_it() {
    let document = read(STAMPEDE);
    let call = |sets: &[Setting]| {
        let Node::Clients(readers) = scenario(&document, None, sets).nodes["readers"].clone()
        else {
            panic!("readers are clients")
        };
        readers.call
    };
    assert!(
        call(&[set("nodes.readers.clients.call.retry", "none")])
            .policy
            .retry
            .is_none()
    );
    let patient = call(&[set("nodes.readers.clients.call.timeout", "none")]);
    assert_eq!(patient.policy.timeout.get(), None);
    let hasty = call(&[set("nodes.readers.clients.call.retry.backoff", "none")]);
    assert_eq!(
        hasty.policy.retry.map(|retry| retry.backoff),
        Some(Backoff::None)
    );
}

#[test]
fn a_setting_reaches_into_lists_and_missing_blocks() {
    let sets = [
        set("nodes.web.service.steps.0.work", "{ exponential: 2ms }"),
        set("nodes.web.service.queue.order", "lifo"),
        set("nodes.catalog.cache.early_refresh.xfetch.beta", "2"),
    ];
    let scenario = scenario(&read(STAMPEDE), None, &sets);
    let web = format!("{:?}", scenario.nodes["web"]);
    assert!(
        web.contains("Exponential(Duration(Span(2000000)))") && web.contains("Lifo"),
        "{web}"
    );
    assert!(format!("{:?}", scenario.nodes["catalog"]).contains("XFetch { beta: 2.0 }"));
}

#[test]
fn a_wrong_setting_points_into_the_argument() {
    for (path, value, message, column) in [
        ("nodes.wbe.service.workers", "8", "`nodes` has no `wbe`", 7),
        (
            "nodes.web.service.workers",
            "8ms",
            "`workers` cannot be `8ms`",
            27,
        ),
        (
            "nodes.web.service.workers",
            "0",
            "`workers` cannot be 0",
            27,
        ),
        ("nodes.web.service.workers", "", "there is nothing here", 27),
        (
            "nodes.web.service.queue",
            "{ order: fifi }",
            "`order` cannot be `fifi`",
            34,
        ),
        ("squall", "2", "`squall` cannot be changed here", 1),
        ("", "2", "there is no path", 1),
        ("nodes..workers", "2", "`nodes` has no ``", 7),
    ] {
        assert_eq!(refused(path, value), (message.to_owned(), 1, column));
    }
}

#[test]
fn a_path_cannot_nest_values_without_end() {
    let path = format!(
        "nodes.products.database.write{}",
        ".shifted.of".repeat(10_000)
    );
    assert_eq!(refused(&path, "5ms").0, "this path has more than 64 names");
}

#[test]
fn set_faults_change_the_parameters_and_nothing_before_they_begin() {
    let document = read(STAMPEDE);
    let workers = |scenario: &Scenario| match &scenario.nodes["web"] {
        Node::Service(web) => web.workers,
        _ => panic!("web is a service"),
    };
    assert_eq!(
        workers(&scenario(&document, None, &[])),
        OrUnlimited::Count(64)
    );
    let later = document
        .at_fault(None, &[], &[1])
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(workers(&later), OrUnlimited::Count(128));
}

#[test]
fn files_are_relative_to_where_they_are_named() {
    let document = read(include_str!("files/replay.yaml"));
    let file = |sets: &[Setting]| {
        let Node::Clients(reader) = scenario(&document, None, sets).nodes["reader"].clone() else {
            panic!("reader is a clients node")
        };
        match reader.arrivals {
            Arrivals::Replay(replay) => replay.file,
            _ => panic!("reader replays a trace"),
        }
    };
    let joined = PathBuf::from("folder").join("trace.csv");
    assert_eq!(file(&[]), joined.to_string_lossy());
    assert_eq!(
        file(&[set("nodes.reader.clients.arrivals.replay.file", "here.csv")]),
        "here.csv"
    );
    assert!(document.canonical(&[]).unwrap().contains("\"trace.csv\""));
}

#[test]
fn the_parameter_that_varies_is_told_as_settings() {
    let document = read(include_str!("files/replay.yaml"));
    let values: Vec<_> = document
        .vary()
        .into_iter()
        .map(|setting| setting.value)
        .collect();
    assert_eq!(values, ["10", "100"]);
}

#[test]
fn the_schema_allows_no_null_and_no_unknown_field() {
    let schema = json_schema();
    assert!(!schema.to_string().contains("\"null\""));
    assert_eq!(schema["additionalProperties"], false);
    let records = schema["$defs"].as_object().unwrap().values();
    let open: Vec<_> = records
        .filter(|record| record["type"] == "object" && record["additionalProperties"] != false)
        .collect();
    assert!(open.is_empty(), "{open:?}");
}

/// Reads and checks; what comes out does not matter, only that something does.
fn survive(text: &str) {
    if let Ok(document) = parse(text) {
        if let Err(problems) = document.check(&[]) {
            assert!(!problems.is_empty());
            problems.render(true);
        }
        document.vary();
    }
}

#[derive(Clone, Debug)]
enum Slip {
    Delete(usize),
    Insert(usize, String),
    Repeat(usize, usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let place = 0..STAMPEDE.len();
    let piece = prop_oneof![
        "[-:,{}\\[\\]&*!|>'\"%@`#~? \n\t]{1,3}",
        "[0-9.eE+-]{1,5}",
        "(\n )?\\PC{1,3}",
        "(none|~|null|true|\\.nan|<<|---|5ms|20%|web|zone/a|\u{feff}|\r)",
    ];
    prop_oneof![
        place.clone().prop_map(Slip::Delete),
        (place.clone(), piece).prop_map(|(at, text)| Slip::Insert(at, text)),
        (place, 0..200_usize).prop_map(|(at, length)| Slip::Repeat(at, length)),
    ]
}

fn apply(text: &mut String, slip: Slip) {
    let place = |at: usize, text: &str| text.floor_char_boundary(at.min(text.len()));
    match slip {
        Slip::Delete(at) => {
            let start = place(at, text);
            let end = text.ceil_char_boundary((start + 3).min(text.len()));
            text.replace_range(start..end, "");
        }
        Slip::Insert(at, piece) => text.insert_str(place(at, text), &piece),
        Slip::Repeat(at, length) => {
            let (start, end) = (place(at, text), place(at + length, text));
            let piece = text[start..end].to_owned();
            text.insert_str(end, &piece);
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\PC|[-:,{}\\[\\]&*!|>'\"\n\t ]){0,60}") {
        survive(&text);
    }

    #[test]
    fn no_slip_makes_the_reader_panic(slips in proptest::collection::vec(slip(), 1..5)) {
        let mut text = STAMPEDE.to_owned();
        for slip in slips {
            apply(&mut text, slip);
        }
        survive(&text);
    }

    #[test]
    fn no_setting_makes_the_reader_panic(path in "[a-z0-9.]{0,20}|nodes\\.(web\\.service|catalog\\.cache|readers\\.clients)\\.[a-z0-9._]{0,20}", value in "\\PC{0,12}|[{}\\[\\]:,a-z0-9 ]{0,12}") {
        if let Err(problems) = read(STAMPEDE).scenario(None, &[set(&path, &value)]) {
            problems.render(false);
        }
    }
}
