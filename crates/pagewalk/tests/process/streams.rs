//! Standard streams: three of them, of bytes, with an end.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Dir, command};

/// A program for Linux that copies standard input to standard output, by read and
/// write alone.
fn copier(dir: &Dir) -> PathBuf {
    let code: [u32; 23] = [
        0x0000_12b7, // lui t0,1
        0x4051_0133, // sub sp,sp,t0
        0x0000_0513, // li a0,0
        0x0001_0593, // mv a1,sp
        0x0000_1637, // lui a2,1
        0x03f0_0893, // li a7,63: read
        0x0000_0073, // ecall
        0x02a0_5a63, // blez a0,.+52
        0x0005_0413, // mv s0,a0
        0x0001_0493, // mv s1,sp
        0x0010_0513, // li a0,1
        0x0004_8593, // mv a1,s1
        0x0004_0613, // mv a2,s0
        0x0400_0893, // li a7,64: write
        0x0000_0073, // ecall
        0x00a0_5a63, // blez a0,.+20
        0x40a4_0433, // sub s0,s0,a0
        0x00a4_84b3, // add s1,s1,a0
        0xfe04_10e3, // bnez s0,.-32
        0xfbdf_f06f, // j .-68
        0x40a0_0533, // neg a0,a0
        0x05e0_0893, // li a7,94: exit_group
        0x0000_0073, // ecall
    ];
    dir.file("copier", elf(&code))
}

/// A static executable for Linux: one segment, which holds the headers, too.
fn elf(code: &[u32]) -> Vec<u8> {
    const BASE: u64 = 0x1_0000;
    const HEADERS: u64 = 64 + 56;
    let size = HEADERS + 4 * code.len() as u64;
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // ET_EXEC, EM_RISCV, version 1.
    elf.extend([2, 0, 243, 0, 1, 0, 0, 0]);
    for value in [BASE + HEADERS, 64, 0] {
        elf.extend(u64::to_le_bytes(value));
    }
    elf.extend([0; 4]);
    for value in [64, 56, 1, 64, 0, 0] {
        elf.extend(u16::to_le_bytes(value));
    }
    // PT_LOAD, r-x.
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for value in [0, BASE, BASE, size, size, 4096] {
        elf.extend(u64::to_le_bytes(value));
    }
    elf.extend(code.iter().flat_map(|word| word.to_le_bytes()));
    elf
}

/// Bytes of all kinds, without a pattern of a power of two.
fn bytes(count: u32) -> Vec<u8> {
    (0..count)
        .map(|index| (index.wrapping_mul(7919) >> 3) as u8)
        .collect()
}

fn run(dir: &Dir, stdin: Stdio) -> Output {
    let mut command = command();
    command.args(["run", "--stats=json"]).arg(copier(dir));
    let output = command.stdin(stdin).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?} {errors}", output.status);
    output
}

fn instructions(output: &Output) -> u64 {
    let report: Value = serde_json::from_slice(&output.stderr).expect("a report");
    report["instructions"].as_u64().expect("a count")
}

#[test]
fn every_byte_of_a_file_comes_through_each_time_alike() {
    let dir = Dir::new("streams-file");
    for count in [0, 1, 4096, 100_000] {
        let file = dir.file("input", bytes(count));
        let runs = [(); 2].map(|()| run(&dir, File::open(&file).expect("it is there").into()));
        assert!(runs[0].stdout == bytes(count), "{count}");
        assert!(runs[1].stdout == runs[0].stdout);
        assert_eq!(instructions(&runs[0]), instructions(&runs[1]));
    }
    assert_eq!(run(&dir, Stdio::null()).stdout, b"");
}

#[test]
fn a_pipe_is_read_to_its_end() {
    let dir = Dir::new("streams-pipe");
    let (reader, mut writer) = io::pipe().expect("a pipe");
    let writing = thread::spawn(move || {
        for piece in bytes(200_000).chunks(7001) {
            writer.write_all(piece).expect("somebody reads");
        }
    });
    let output = run(&dir, reader.into());
    writing.join().expect("no panic");
    assert!(output.stdout == bytes(200_000));
}

#[test]
fn an_answer_may_be_waited_for() {
    let dir = Dir::new("streams-talk");
    let mut command = command();
    command.arg("run").arg(copier(&dir));
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = child.stdout.take().expect("a pipe");
    for line in ["one\n", "two\n"] {
        // Longer than the guest's time stands still.
        thread::sleep(Duration::from_millis(150));
        stdin.write_all(line.as_bytes()).expect("somebody reads");
        let mut answer = vec![0; line.len()];
        stdout.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer, line.as_bytes());
    }
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn who_only_prints_leaves_the_input_alone() {
    let dir = Dir::new("streams-alone");
    let path = dir.file("input", "for the next one\n");
    let mut file = File::open(path).expect("it is there");
    let output = command()
        .args(["run", "--builtin", "hello-process"])
        .stdin(file.try_clone().expect("a copy"))
        .output();
    assert!(output.expect("it starts").status.success());
    assert_eq!(file.stream_position().expect("a file has one"), 0);
}

#[test]
fn output_and_errors_are_two_streams() {
    let dir = Dir::new("streams-two");
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    let create = |path| File::create(path).expect("it can be made");
    let status = command()
        .args(["run", "--builtin", "segv-unmapped"])
        .stdout(create(&out))
        .stderr(create(&err))
        .status();
    assert_eq!(status.expect("it starts").code(), Some(139));
    let text = |path| fs::read_to_string(path).expect("text");
    assert!(text(&out).contains("I load a byte from there.") && !text(&out).contains("pc 0x"));
    assert!(text(&err).contains("segmentation fault"));
}

#[test]
fn nobody_reads_the_output() {
    let dir = Dir::new("streams-closed");
    let file = dir.file("input", bytes(1_000_000));
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    let mut command = command();
    command.arg("run").arg(copier(&dir));
    let input = File::open(file).expect("it is there");
    let status = command.stdin(input).stdout(writer).status();
    assert_eq!(status.expect("it starts").code(), Some(141));
}

#[test]
fn a_slow_reader_gets_everything() {
    let dir = Dir::new("streams-slow");
    let file = dir.file("input", bytes(300_000));
    let mut command = command();
    command.arg("run").arg(copier(&dir));
    let input = File::open(file).expect("it is there");
    let child = command.stdin(input).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("it starts");
    // The pipe is full by then.
    thread::sleep(Duration::from_millis(300));
    let mut output = Vec::new();
    let stdout = child.stdout.as_mut().expect("a pipe");
    stdout.read_to_end(&mut output).expect("it can be read");
    assert!(output == bytes(300_000));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
