//! Running the program, and a place for files.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory of one test, empty at its start.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if path.exists() {
            fs::remove_dir_all(&path).expect("what an earlier run has left can be removed");
        }
        fs::create_dir_all(&path).expect("the directory can be made");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it is in the directory"))
            .expect("directories can be made");
        fs::write(&path, contents).expect("the file can be written");
        path
    }
}

/// The program with the environment of a test: no logging, no colours,
/// lines of one width.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pagewalk"));
    command
        .env_remove("RUST_LOG")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100");
    command
}

/// Compares a text with a golden file, which is rewritten instead by running
/// the tests with UPDATE_GOLDEN=1.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).expect("the golden file can be written");
    }
    let expected = fs::read_to_string(&path).expect("the golden file can be read");
    assert_eq!(text, expected, "see `golden` in tests/cli/support.rs");
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("all output is UTF-8");
        Self {
            status: output.status.code().expect("no signal ended it"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// Runs `pagewalk` with these arguments.
#[track_caller]
pub(crate) fn pagewalk<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Run {
    let run: Run = command()
        .args(arguments)
        .output()
        .expect("it starts")
        .into();
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

impl Run {
    #[track_caller]
    pub(crate) fn exits_with(&self, status: i32) -> &Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(
            self.stderr.contains(text),
            "`{text}` is not in:\n{}",
            self.stderr
        );
        self
    }

    #[track_caller]
    pub(crate) fn prints(&self, text: &str) -> &Self {
        assert!(
            self.stdout.contains(text),
            "`{text}` is not in:\n{}",
            self.stdout
        );
        self
    }

    #[track_caller]
    pub(crate) fn says_nothing(&self) -> &Self {
        assert_eq!(self.stderr, "");
        self
    }
}
