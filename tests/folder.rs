//! A folder of its own for a test, and the program run in it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A scenario that takes no time.
pub(crate) const TINY: &str = "\
squall: 1
name: tiny
summary: One server and its queue.
duration: 1s
runs: 2
nodes:
  users: { clients: { arrivals: { poisson: 200/s }, good_within: 1s, call: { to: web, timeout: 1s } } }
  web: { service: { workers: 1, steps: [ { work: { exponential: 4ms } } ] } }
variants:
  two-workers: { set: { nodes.web.service.workers: 2 } }
";

/// An empty folder.
pub(crate) struct Folder(PathBuf);

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    /// The folder of the test with this name.
    pub(crate) fn new(test: &str) -> Folder {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        if path.exists() {
            fs::remove_dir_all(&path).expect("an old folder can be removed");
        }
        fs::create_dir_all(&path).expect("a folder can be made");
        Folder(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        let folder = path.parent().expect("it lies in a folder");
        fs::create_dir_all(folder).expect("a folder can be made");
        fs::write(path, content).expect("a file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in a folder in order, hidden ones too.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("the folder is there");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name());
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).expect("it can be read"))
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The program in this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
        command.args(arguments).current_dir(&self.0);
        command.stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn squall(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output();
        output.expect("the program can be started").into()
    }

    /// Runs the program, which must end well, and returns what it printed.
    #[track_caller]
    pub(crate) fn fine(&self, arguments: &[&str]) -> String {
        let ended = self.squall(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
        ended.out
    }

    /// Runs the program, which must refuse and say this.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], why: &str) {
        let ended = self.squall(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        assert!(ended.err.contains(why), "{arguments:?}: {}", ended.err);
        assert_eq!(ended.out, "", "{arguments:?}");
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        let text = |bytes| String::from_utf8(bytes).expect("all output is text");
        Ended {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}
