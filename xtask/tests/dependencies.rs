//! Dependencies between the rooms of the workspace point one way. What a room
//! may use is written down here; ARCHITECTURE.md says why.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// What a package may depend on, besides what comes from elsewhere.
enum May {
    /// These packages, and each of them is used.
    Use(&'static [&'static str]),
    /// Everything: it stands at the top, and nothing depends on it.
    UseAll,
}
use May::{Use, UseAll};

/// Each package of the workspace, from the bottom to the top. Tests may use
/// more (`[dev-dependencies]`).
const ROOMS: &[(&str, May)] = &[
    ("pagewalk-isa", Use(&[])),
    ("pagewalk-softfloat", Use(&[])),
    ("pagewalk-bus", Use(&[])),
    ("pagewalk-guest-abi", Use(&[])),
    (
        "pagewalk-loader",
        Use(&["pagewalk-guest-abi", "pagewalk-isa"]),
    ),
    ("pagewalk-devices", Use(&["pagewalk-bus"])),
    ("pagewalk-mmu", Use(&["pagewalk-bus", "pagewalk-isa"])),
    (
        "pagewalk-hart",
        Use(&[
            "pagewalk-bus",
            "pagewalk-isa",
            "pagewalk-mmu",
            "pagewalk-softfloat",
        ]),
    ),
    (
        "pagewalk-machine",
        Use(&[
            "pagewalk-bus",
            "pagewalk-devices",
            "pagewalk-hart",
            "pagewalk-isa",
            "pagewalk-loader",
            "pagewalk-mmu",
        ]),
    ),
    ("pagewalk-device-tree", Use(&[])),
    ("pagewalk-sbi", Use(&["pagewalk-device-tree"])),
    ("pagewalk-riscv-test-programs", Use(&[])),
    ("pagewalk-workloads", Use(&[])),
    ("pagewalk-test-programs", Use(&["pagewalk-workloads"])),
    (
        "pagewalk-user-programs",
        Use(&["pagewalk-guest-abi", "pagewalk-workloads"]),
    ),
    (
        "pagewalk-kernel",
        Use(&["pagewalk-device-tree", "pagewalk-guest-abi"]),
    ),
    ("pagewalk-guest-images", Use(&[])),
    ("pagewalk-riscv-tests", Use(&["pagewalk-machine"])),
    ("pagewalk", UseAll),
    ("xtask", UseAll),
];

/// The packages of the workspace, as cargo sees them.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages.clone()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The packages of the workspace that `package` is built from.
fn uses(package: &Value) -> BTreeSet<&str> {
    let dependencies = package["dependencies"].as_array().expect("a list");
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"] != "dev" && dependency.get("path").is_some())
        .map(|dependency| text(&dependency["name"]))
        .collect()
}

#[test]
fn every_room_uses_what_it_may_and_nothing_else() {
    for package in packages() {
        let name = text(&package["name"]);
        let room = ROOMS.iter().find(|(room, _)| *room == name);
        let (_, may) = room.unwrap_or_else(|| panic!("{name} has no line in this test"));
        if let Use(allowed) = may {
            let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
            assert_eq!(uses(&package), allowed, "what {name} uses, and what it may");
        }
    }
}

#[test]
fn every_line_is_about_a_package() {
    let packages = packages();
    let names: BTreeSet<&str> = packages.iter().map(|p| text(&p["name"])).collect();
    for (room, _) in ROOMS {
        assert!(names.contains(room), "there is no package {room}");
    }
}

#[test]
fn lines_only_point_upwards() {
    for (index, (room, may)) in ROOMS.iter().enumerate() {
        let Use(allowed) = may else { continue };
        for used in *allowed {
            let below = ROOMS[..index].iter().find(|(name, _)| name == used);
            let (_, may) = below.unwrap_or_else(|| panic!("{used} does not stand below {room}"));
            assert!(matches!(may, Use(_)), "{room} uses {used}, the top");
        }
    }
}
