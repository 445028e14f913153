//! The root, the swap disk, and more programs.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::program;
use crate::support::{Dir, command, pagewalk};

/// A root with a program in it, and another way to it.
fn root(test: &str) -> Dir {
    let dir = Dir::new(test);
    program(&dir, "root/usr/bin/hello-process");
    symlink("usr/bin", dir.path().join("root/bin")).expect("links can be made");
    symlink("hello-process", dir.path().join("root/bin/hi")).expect("links can be made");
    dir
}

#[test]
fn programs_of_a_root_are_run_from_there() {
    let dir = root("process-root");
    let folder = dir.path().join("root");
    let tar = dir.path().join("root.tar");
    let made = Command::new("tar")
        .args(["-cf".as_ref(), tar.as_os_str(), "-C".as_ref()])
        .args([folder.as_os_str(), ".".as_ref()])
        .status();
    assert!(made.expect("there is tar").success());
    for place in [&folder, &tar] {
        let place = place.to_str().expect("UTF-8");
        for name in ["/usr/bin/hello-process", "bin/hi", "hi", "/bin/../bin/./hi"] {
            pagewalk(["run", "--root", place, name])
                .exits_with(0)
                .prints(&format!("argv[0] = {name}\n"));
        }
        pagewalk(["run", "--root", place, "/bin/nothing"])
            .exits_with(2)
            .says("/bin/nothing: no such file");
        // What is not in there is added.
        pagewalk(["run", "--root", place, "--builtin", "fork-cow"]).exits_with(0);
    }
    // The path on the host is understood, too.
    let inside = folder.join("bin/hi");
    pagewalk([
        "run".as_ref(),
        "--root".as_ref(),
        folder.as_os_str(),
        inside.as_os_str(),
    ])
    .exits_with(0);
}

#[test]
fn sockets_are_left_out_with_a_note() {
    let dir = root("process-sock");
    let _socket = UnixListener::bind(dir.path().join("root/s")).expect("a socket");
    let output = command()
        .current_dir(dir.path())
        .args(["run", "--root", "root", "hi"])
        .output();
    let run: crate::support::Run = output.expect("it starts").into();
    run.exits_with(0)
        .says("note: root/s is a socket, and left out of the root\n");
}

#[test]
fn a_swap_file_is_made_as_asked_for_and_kept() {
    let dir = Dir::new("process-swap");
    let run = |swap: &str| {
        let output = command()
            .current_dir(dir.path())
            .args(["run", "--swap", swap, "--builtin", "hello-process"])
            .output();
        crate::support::Run::from(output.expect("it starts"))
    };
    let file = dir.path().join("s.img");
    run("s.img")
        .exits_with(2)
        .says("s.img: no such file")
        .says("--swap s.img,64M");
    run("64K").exits_with(0);
    assert_eq!(fs::read_dir(dir.path()).expect("it is there").count(), 0);
    run("s.img,64K").exits_with(0);
    assert_eq!(fs::metadata(&file).expect("it is there").len(), 64 << 10);
    run("s.img").exits_with(0);
    run("s.img,64K").exits_with(0);
    run("s.img,128K")
        .exits_with(2)
        .says("is there already, and has 65536 bytes instead of 131072");
    dir.file("small", [0; 512]);
    run("small")
        .exits_with(2)
        .says("small: is too small for a swap disk");
    let others = fs::File::open(&file).expect("it is there");
    others.lock().expect("nobody has it");
    run("s.img").exits_with(2).says("s.img: is in use");
    drop(others);
    run("no/dir,64K")
        .exits_with(2)
        .says("cannot create the swap file no/dir");
    run("0").exits_with(2).says("at least one page");
    // As much as no disk has: nothing is left behind.
    run("huge,1000000T").exits_with(2);
    assert!(!dir.path().join("huge").exists());
}

#[test]
fn more_programs_run_at_the_same_time() {
    let dir = Dir::new("process-also");
    let also = program(&dir, "hello-process");
    let also = also.to_str().expect("UTF-8");
    let run = pagewalk([
        "run",
        "--also",
        also,
        "--also",
        also,
        "--builtin",
        "fork-tree",
    ]);
    run.exits_with(0);
    run.prints("Hello from process 2!")
        .prints("Hello from process 3!");
    run.prints("argv[0] = /bin/hello-process\n");
}
