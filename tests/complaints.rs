//! What the built binary says when a result can't be had or kept: once, in words to act on, with its exit code.

use std::process::{Command, Stdio};

use crate::cli::{Folder, SEED, said};

#[test]
#[cfg(target_os = "linux")]
fn a_result_lost_to_a_full_disk_is_an_error_and_a_closed_pipe_is_not() {
    let folder = Folder::new();
    folder.write("seed.toml", SEED);
    let commands: [&[&str]; 4] =
        [&["check", "seed.toml"], &["check", "seed.toml", "--json"], &["emit", "seed.toml"], &["devices", "--json"]];
    for arguments in commands {
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_semafield"));
            command.args(arguments).current_dir(folder.path("")).stderr(Stdio::piped());
            command
        };
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a disk without room");
        let output = command().stdout(full).output().expect("the binary starts");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains("standard output: No space left on device"), "{arguments:?}: {}", said(&output));
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command().stdout(writer).output().expect("the binary starts");
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        assert!(!said(&output).contains("standard output"), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn a_trace_is_lived_as_it_was_with_no_more_said() {
    let folder = Folder::new();
    folder.write("seed.toml", SEED);
    let first = ["run", "seed.toml", "--backend", "cpu", "--precision", "f64", "--until", "0.3", "--out", "a", "-q"];
    assert!(folder.run(&first).status.success());
    let again = folder.run(&["run", "--trace", "a/trace.jsonl", "--out", "b", "-q"]);
    assert!(again.status.success(), "{}", said(&again));
    let lines = |name: &str| {
        let text = std::fs::read_to_string(folder.path(name)).expect("a trace");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines("a/trace.jsonl"), lines("b/trace.jsonl"));
    assert!(lines("b/trace.jsonl").last().expect("a digest").contains("\"step\":15,"));
    // What is asked for comes first.
    let later = folder.run(&["run", "--trace", "a/trace.jsonl", "--until", "0.4", "--out", "c", "-q"]);
    assert!(later.status.success(), "{}", said(&later));
    assert!(lines("c/trace.jsonl").last().expect("a digest").contains("\"step\":20,"));
    let other = folder.run(&["run", "--trace", "a/trace.jsonl", "--precision", "f32", "--out", "d", "-q"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(said(&other).contains("--precision f64 lives it as it was"), "{}", said(&other));
}

#[test]
fn bad_input_is_said_once_with_advice() {
    let folder = Folder::new();
    folder.write("seed.toml", SEED);
    folder.write("file", "");
    let header = |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    for (name, shape) in [("cut.npy", "(4, 5)"), ("empty.npy", "(0, 5)")] {
        let text = format!("{:<117}\n", header(shape));
        folder.write(name, &format!("\u{1}NUMPY\u{1}\0v\0{text}{}", "\0".repeat(24)));
        let bytes = std::fs::read(folder.path(name)).expect("an array");
        std::fs::write(folder.path(name), [&[0x93], &bytes[1..]].concat()).expect("an array");
    }
    folder.write("nowhere.toml", &format!("{SEED}\n[soil]\nsource = \"table.csv\"\nplaces = \"\"\n"));
    folder.write("table.csv", "id,text\na,one\nb,two\nc,three\n");
    let cases: [(&[&str], &str, &str); 8] = [
        (&["run", "seed.toml", "--backend", "cpu", "--out", "file"], "Not a directory", "--out"),
        (&["run", "seed.toml", "--set", "beta=1", "--set", "beta=2"], "`beta` is set twice", "one value"),
        (&["sweep", "seed.toml", "--set", "beta=1", "--set", "beta=2"], "`beta` is set twice", "beta=1,2"),
        (&["sweep", "seed.toml", "--repeats", "1000000000"], "1 combinations with 1000000000 runs", "fewer repeats"),
        (&["run", "seed.toml", "--backend", "cpu", "--adapter", "foo"], "no adapter `foo`", "--backend gpu"),
        (&["topology", "cut.npy"], "the file is cut off", ""),
        (&["topology", "empty.npy"], "it is empty", "(0, 5)"),
        (&["run", "nowhere.toml", "--backend", "cpu"], "", ""),
    ];
    for (arguments, what, advice) in cases {
        let output = folder.run(arguments);
        let message = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(what) && message.contains(advice), "{arguments:?}: {message}");
        assert!(message.matches("os error").count() <= 1, "{arguments:?}: {message}");
    }
}

#[test]
fn a_wall_that_nothing_can_meet_is_named() {
    let folder = Folder::new();
    let wall = |robin: &str| {
        let walls = format!("boundary = {{x = {{A = {{left = {{robin = {robin}}}}}}}, y = \"periodic\"}}");
        SEED.replace("size = [18.0, 15.0]", &format!("size = [18.0, 15.0]\n{walls}"))
    };
    // Cells are 0.75 long: the second is the same as 0 = 1, half a cell beyond the last centre.
    for (robin, code) in [(r#"["0", "0", "1"]"#, 2), (r#"["2", "-0.75", "1"]"#, 2), (r#"["2", "0.75", "1"]"#, 0)] {
        folder.write("seed.toml", &wall(robin));
        let output = folder.run(&["check", "seed.toml", "--backend", "cpu"]);
        assert_eq!(output.status.code(), Some(code), "{robin}: {}", said(&output));
        let named = said(&output).contains("beyond the wall") && said(&output).contains("left");
        assert_eq!(named, code == 2, "{robin}: {}", said(&output));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_seed_without_end_is_refused() {
    let output = Folder::new().run(&["check", "/dev/zero"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("too long for a seed"), "{}", said(&output));
}
