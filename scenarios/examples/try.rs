//! try
use scenarios::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&a[1]).unwrap();
    let folder = std::path::Path::new(&a[1])
        .parent()
        .map(|p| p.to_path_buf());
    let document = Document::parse(Source {
        name: a[1].clone(),
        text,
        folder,
    })
    .unwrap_or_else(|e| {
        println!("{}", e.render(false));
        std::process::exit(2)
    });
    let mut sets = vec![];
    let mut variants = None;
    for s in &a[2..] {
        let (p, v) = s.split_once('=').unwrap();
        if p == "variants" {
            variants = Some(v.split(',').map(String::from).collect());
        } else {
            sets.push(Setting {
                path: p.into(),
                value: v.into(),
                origin: "--set".into(),
            });
        }
    }
    let study = study::Study {
        variants,
        sets,
        vary: None,
        metric: None,
        threads: 2,
        command: String::new(),
    };
    let r = study::run(
        &document,
        &study,
        &|_| {},
        &std::sync::atomic::AtomicBool::new(false),
    );
    match r {
        Err(study::StudyError::Problems(p)) => println!("{}", p.render(false)),
        Err(e) => println!("{e}"),
        Ok(r) => {
            for v in &r.variants {
                println!(
                    "== {} {:?} {:?} {}",
                    v.name, v.value, v.recovery, v.runs[0].fingerprint
                );
                for (c, cell) in r.columns.iter().zip(&v.cells) {
                    println!("   {} {:?} {:?}", c.label, cell.value, cell.difference);
                }
                println!("   {:?}", v.ends);
                if std::env::var("FULL").is_ok() {
                    for (k, x) in &v.runs[0].metrics {
                        println!("      {k} = {x}");
                    }
                }
            }
            println!("{:?}", r.warnings);
        }
    }
}
