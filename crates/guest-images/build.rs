//! Builds the guest packages of the workspace with a nested `cargo build` and
//! writes `images.rs`, a table of all programs found, into `OUT_DIR`.
//!
//! A host that cannot build guests (no target, no network) still gets a crate
//! that compiles: the table is then empty or partial, and `PROBLEM` holds the
//! reason and the command to type. Who needs a guest fails with that text.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The guest packages: the name for cargo, and the folder in the workspace,
/// which is also the group that the images carry.
const PACKAGES: [(&str, &str); 5] = [
    ("pagewalk-riscv-test-programs", "riscv-tests/programs"),
    ("pagewalk-test-programs", "test-programs"),
    ("pagewalk-user-programs", "test-programs/user"),
    ("pagewalk-sbi", "firmware/sbi"),
    ("pagewalk-kernel", "firmware/kernel"),
];

/// The target triple of the guest programs.
const TARGET: &str = "riscv64gc-unknown-none-elf";

/// What the nested cargo must not inherit: flags and wrappers that are meant
/// for the host (coverage, sanitizers, clippy), and the outer job server.
const FOREIGN_ENVIRONMENT: [&str; 9] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "MAKEFLAGS",
    "CARGO_MAKEFLAGS",
];

fn main() {
    let workspace = workspace_root();
    let out_dir = PathBuf::from(required_env("OUT_DIR"));
    let flags = OuterFlags::detect();

    watch(&workspace);
    let build = match ensure_target(&flags) {
        Ok(()) => build_guests(&workspace, &target_dir(&out_dir), &flags),
        Err(problem) => Build {
            programs: Vec::new(),
            problem: Some(problem),
        },
    };
    if let Some(problem) = &build.problem {
        for line in problem.lines() {
            println!("cargo::warning={line}");
        }
        // A file that never exists: the next build tries again, for what was
        // missing may lie outside all that this script watches.
        println!(
            "cargo::rerun-if-changed={}",
            out_dir.join("try-again").display()
        );
    }
    write_table(&out_dir, &build);
}

/// Reads an environment variable that cargo always sets for a build script.
fn required_env(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

fn workspace_root() -> PathBuf {
    let here = PathBuf::from(required_env("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2);
    root.expect("this crate lives two levels below the root")
        .to_path_buf()
}

/// Says what this script depends on. The folders catch new, removed and broken
/// programs; the dep-info of the nested build adds what lies elsewhere.
fn watch(workspace: &Path) {
    println!("cargo::rerun-if-changed=build.rs");
    for (_, folder) in PACKAGES {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(folder).display()
        );
    }
    for file in ["Cargo.lock", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", workspace.join(file).display());
    }
    for name in ["PAGEWALK_NO_RUSTUP", "CARGO_NET_OFFLINE"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
}

// --- the outer cargo -------------------------------------------------------

/// What the user told the outer cargo about the lock file and the network.
struct OuterFlags {
    locked: bool,
    offline: bool,
}

impl OuterFlags {
    /// A build script is not told the options of its cargo; the command line
    /// of the parent process has them. Where it cannot be read, both are off,
    /// and `CARGO_NET_OFFLINE` still reaches the nested cargo by inheritance.
    fn detect() -> Self {
        let arguments = parent_arguments();
        let has = |flag: &str| {
            let mut own = arguments.iter().take_while(|a| *a != "--");
            own.any(|a| a == flag || a == "--frozen")
        };
        let offline_env = env::var("CARGO_NET_OFFLINE").is_ok_and(|v| v == "true" || v == "1");
        Self {
            locked: has("--locked"),
            offline: has("--offline") || offline_env,
        }
    }
}

#[cfg(unix)]
fn parent_arguments() -> Vec<String> {
    let parent = std::os::unix::process::parent_id();
    if let Ok(raw) = fs::read(format!("/proc/{parent}/cmdline")) {
        let words = raw.split(|byte| *byte == 0);
        return words
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect();
    }
    // macOS has no /proc. `ps` joins the words by blanks, which does for flags.
    let listing = Command::new("ps")
        .args(["-o", "args=", "-p", &parent.to_string()])
        .output();
    listing.map_or_else(
        |_| Vec::new(),
        |output| {
            let text = String::from_utf8_lossy(&output.stdout);
            text.split_whitespace().map(str::to_owned).collect()
        },
    )
}

#[cfg(not(unix))]
fn parent_arguments() -> Vec<String> {
    Vec::new()
}

// --- the target --------------------------------------------------------------

/// Makes sure that the guest target's standard library is installed; asks
/// rustup for it if it is not. The error names the command to type.
fn ensure_target(flags: &OuterFlags) -> Result<(), String> {
    if target_is_installed() {
        return Ok(());
    }
    let mut command = vec!["target".to_owned(), "add".to_owned(), TARGET.to_owned()];
    if let Ok(toolchain) = env::var("RUSTUP_TOOLCHAIN") {
        command.extend(["--toolchain".to_owned(), toolchain]);
    }
    let advice = format!("type: rustup {}", command.join(" "));
    let missing = format!("the target {TARGET} is not installed, guest programs are not built");
    if env::var("PAGEWALK_NO_RUSTUP").is_ok_and(|value| value == "1") {
        return Err(format!("{missing} (PAGEWALK_NO_RUSTUP=1); {advice}"));
    }
    if flags.offline {
        return Err(format!("{missing} (cargo is offline); {advice}"));
    }
    let added = Command::new("rustup")
        .args(&command)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .output();
    match added {
        Ok(output) if output.status.success() && target_is_installed() => {
            // Cargo shows this again at later builds, so it tells of the past.
            println!(
                "cargo::warning=the target {TARGET}, for the guest programs, was missing; rustup \
                 has added it"
            );
            Ok(())
        }
        Ok(output) => {
            let why = rustup_error(&output);
            Err(format!("{missing} (rustup: {why}); {advice}"))
        }
        Err(error) => Err(format!(
            "{missing} (cannot run rustup: {error}); install the target's standard library \
             with the tool that installed rustc"
        )),
    }
}

/// What rustup said was wrong, in one line; else how it ended.
fn rustup_error(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let mut errors = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("error: "));
    errors
        .next()
        .map_or_else(|| output.status.to_string(), str::to_owned)
}

fn target_is_installed() -> bool {
    let rustc = required_env("RUSTC");
    let listing = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    listing.is_ok_and(|output| {
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        output.status.success() && folder.is_dir()
    })
}

// --- the nested build ----------------------------------------------------------

/// One guest program that was built.
struct Program {
    name: String,
    group: &'static str,
    path: PathBuf,
}

/// The result of the nested build: what there is, and what went wrong.
struct Build {
    programs: Vec<Program>,
    problem: Option<String>,
}

/// The folder of the nested build, shared by all profiles of the outer one: a
/// folder in the outer target directory (cargo marks that with CACHEDIR.TAG).
fn target_dir(out_dir: &Path) -> PathBuf {
    let marked = out_dir
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.unwrap_or(out_dir).join("guest")
}

fn build_guests(workspace: &Path, target_dir: &Path, flags: &OuterFlags) -> Build {
    let mut arguments = vec!["build", "--release", "--keep-going", "--target", TARGET];
    for (package, _) in PACKAGES {
        arguments.extend(["--package", package]);
    }
    if flags.locked {
        arguments.push("--locked");
    }
    if flags.offline {
        arguments.push("--offline");
    }
    let advice = format!("type: cargo {}", arguments.join(" "));

    let mut cargo = Command::new(required_env("CARGO"));
    cargo
        .args(&arguments)
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--target-dir")
        .arg(target_dir)
        .current_dir(workspace)
        .stdin(Stdio::null());
    for name in FOREIGN_ENVIRONMENT {
        cargo.env_remove(name);
    }
    let output = match cargo.output() {
        Ok(output) => output,
        Err(error) => {
            let problem = format!("cannot run cargo for the guest programs: {error}; {advice}");
            return Build {
                programs: Vec::new(),
                problem: Some(problem),
            };
        }
    };
    let programs = built_programs(workspace, &String::from_utf8_lossy(&output.stdout));
    watch_dep_info(&programs);
    let problem = (!output.status.success()).then(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("guest programs did not build; {advice}\n{}", errors.trim())
    });
    Build { programs, problem }
}

/// Picks the executables out of cargo's JSON messages, sorted by name.
fn built_programs(workspace: &Path, messages: &str) -> Vec<Program> {
    let mut programs: Vec<Program> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| program_of(workspace, &message))
        .collect();
    programs.sort_by(|a, b| (a.group, &a.name).cmp(&(b.group, &b.name)));
    programs
}

fn program_of(workspace: &Path, message: &Value) -> Option<Program> {
    let path = message.get("executable")?.as_str()?;
    let manifest = Path::new(message.get("manifest_path")?.as_str()?);
    let (_, group) = PACKAGES
        .into_iter()
        .find(|(_, folder)| manifest.parent() == Some(&workspace.join(folder)))?;
    Some(Program {
        name: message.get("target")?.get("name")?.as_str()?.to_owned(),
        group,
        path: PathBuf::from(path),
    })
}

/// Watches every file that a program was made of. Cargo leaves beside each
/// executable a `.d` file of one make rule, blanks in paths escaped.
fn watch_dep_info(programs: &[Program]) {
    let mut files = BTreeSet::new();
    for program in programs {
        let rule = fs::read_to_string(program.path.with_extension("d")).unwrap_or_default();
        let Some((_, sources)) = rule.split_once(": ") else {
            continue;
        };
        let sources = sources.replace("\\ ", "\0");
        files.extend(
            sources
                .split_whitespace()
                .map(|file| file.replace('\0', " ")),
        );
    }
    for file in files {
        println!("cargo::rerun-if-changed={file}");
    }
}

// --- the result ------------------------------------------------------------------

/// Copies the programs into `OUT_DIR`, where no other build replaces them, and
/// writes the table that `lib.rs` includes.
fn write_table(out_dir: &Path, build: &Build) {
    let mut rows = String::new();
    for Program { name, group, path } in &build.programs {
        let copy = out_dir.join("images").join(group).join(name);
        let folder = copy.parent().expect("the path was joined from parts");
        fs::create_dir_all(folder).expect("OUT_DIR is writable");
        fs::copy(path, &copy)
            .unwrap_or_else(|error| panic!("cannot copy {}: {error}", path.display()));
        writeln!(
            rows,
            "    Image {{ name: {name:?}, group: {group:?}, bytes: include_bytes!({copy:?}) }},"
        )
        .expect("writing to a string");
    }
    let table = format!(
        "static IMAGES: &[Image] = &[\n{rows}];\nconst PROBLEM: Option<&str> = {:?};\n",
        build.problem
    );
    fs::write(out_dir.join("images.rs"), table).expect("OUT_DIR is writable");
}
