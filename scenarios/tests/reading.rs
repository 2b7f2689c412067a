//! Reading scenarios from text.

use scenarios::{Document, Problems, Setting, Source};

const EXAMPLE: &str = include_str!("cache-stampede.yaml");

fn parse(text: &str) -> Result<Document, Problems> {
    let (name, text) = ("test.yaml".to_owned(), text.to_owned());
    Document::parse(Source {
        name,
        text,
        folder: None,
    })
}

#[track_caller]
fn read(text: &str) -> Document {
    parse(text).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn a_whole_scenario_is_read() {
    let document = read(EXAMPLE);
    document
        .check(&[])
        .unwrap_or_else(|problems| panic!("{problems}"));
    let scenario = document
        .scenario(Some("both"), &[])
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(scenario.nodes.len(), 4);
    assert_eq!(scenario.variants.len(), 5);
    println!("{}", document.canonical(&[]).unwrap());
}

#[test]
fn a_setting_changes_one_value() {
    let setting = Setting {
        path: "nodes.web.service.workers".into(),
        value: "8".into(),
        origin: "--set".into(),
    };
    let scenario = read(EXAMPLE)
        .scenario(None, &[setting])
        .unwrap_or_else(|problems| panic!("{problems}"));
    println!("{:?}", scenario.nodes["web"]);
    let setting = Setting {
        path: "nodes.wbe.service.workers".into(),
        value: "8".into(),
        origin: "--set".into(),
    };
    println!("{}", read(EXAMPLE).scenario(None, &[setting]).unwrap_err());
    let setting = Setting {
        path: "nodes.web.service.workers".into(),
        value: "8ms".into(),
        origin: "--set".into(),
    };
    println!("{}", read(EXAMPLE).scenario(None, &[setting]).unwrap_err());
}
