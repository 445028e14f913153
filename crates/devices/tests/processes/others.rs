//! Other processes that hold a lock, or the other end of a pipe.

use std::process::Command;

use pagewalk_devices::disk::{Access, FileDisk, Problem};

use crate::alone;
use crate::support::{Dir, SECTOR, pattern};

/// Locks of `flock(1)` are the same, which also shows that another process is
/// told apart from nobody.
#[test]
fn another_process_counts() {
    let _alone = alone();
    let dir = Dir::new("locks-process");
    let path = dir.file("a.img", pattern(SECTOR));
    let try_lock = |kind: &str| {
        let mut command = Command::new("flock");
        command.args(["--nonblock", kind]).arg(&path).arg("true");
        command.status().map(|status| status.success())
    };
    if try_lock("--exclusive").is_err() {
        eprintln!("SKIPPED: needs flock(1)");
        return;
    }
    let can_lock = |kind| try_lock(kind).expect("it could be run just now");
    let writer = FileDisk::open(&path, Access::ReadWrite).expect("nobody has it");
    assert!(!can_lock("--shared"));
    drop(writer);
    let reader = FileDisk::open(&path, Access::ReadOnly).expect("nobody has it");
    assert!(can_lock("--shared"));
    assert!(!can_lock("--exclusive"));
    drop(reader);
    assert!(can_lock("--exclusive"));
}

#[test]
fn a_pipe_is_refused_at_once() {
    let _alone = alone();
    let dir = Dir::new("pipe");
    let path = dir.path("pipe");
    let status = Command::new("mkfifo").arg(&path).status();
    assert!(status.expect("mkfifo can be run").success());
    for access in [Access::ReadOnly, Access::ReadWrite] {
        let error = FileDisk::open(&path, access).expect_err("it is no disk");
        assert!(matches!(error.problem, Problem::NotStorage), "{error:?}");
        assert!(error.to_string().contains("copy its contents"), "{error}");
    }
}
