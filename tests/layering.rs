//! Who may use whom: the one written source of the order of modules, held against every `crate::` path in `src`.

use std::path::{Path, PathBuf};

/// A module and the modules that it may use, in the order of `src/lib.rs`. What is missing from a row is what the
/// module must not know.
const LAYERS: &[(&str, &[&str])] = &[
    ("math", &[]),
    ("diagnostic", &[]),
    // What is kept between runs: bytes.
    ("kept", &[]),
    ("graph", &[]),
    ("grid", &["math", "graph"]),
    ("field", &["math", "graph", "grid"]),
    ("raster", &["math", "grid", "field"]),
    ("seed", &["diagnostic"]),
    // No spacing in equations, no step, no buffers: the grid's axes only.
    ("model", &["math", "diagnostic", "graph", "grid", "field", "seed"]),
    ("linear", &["math", "graph", "grid", "field", "seed", "model"]),
    // No source text, no equation, no back end.
    ("program", &["math", "graph", "grid", "field"]),
    ("discretize", &["math", "diagnostic", "graph", "grid", "field", "seed", "model", "linear", "program"]),
    // Text from a Program: no GPU.
    ("shader", &["math", "graph", "grid", "field", "program"]),
    // No seed, no equation, no discretisation.
    ("engine", &["math", "kept", "graph", "grid", "field", "program", "shader"]),
    // Plain data in and out: no engine, no model.
    ("soil", &["math", "kept", "graph", "grid", "field", "raster"]),
    ("topology", &["math", "graph", "grid", "field"]),
    ("output", &["math", "graph", "grid", "field", "topology"]),
    // What the notes say about themselves: no field, no engine.
    ("answers", &["math", "soil"]),
    ("error", &["diagnostic", "engine", "soil", "topology", "output"]),
    ("source", &["seed", "error"]),
    (
        "simulation",
        &[
            "math",
            "diagnostic",
            "graph",
            "grid",
            "field",
            "raster",
            "seed",
            "model",
            "linear",
            "program",
            "discretize",
            "engine",
            "soil",
            "topology",
            "error",
            "source",
        ],
    ),
    (
        "run",
        &[
            "math",
            "diagnostic",
            "graph",
            "grid",
            "field",
            "raster",
            "seed",
            "model",
            "linear",
            "program",
            "discretize",
            "shader",
            "engine",
            "soil",
            "topology",
            "output",
            "answers",
            "error",
            "simulation",
        ],
    ),
    (
        "experiment",
        &[
            "math",
            "diagnostic",
            "grid",
            "field",
            "seed",
            "model",
            "linear",
            "discretize",
            "engine",
            "soil",
            "topology",
            "output",
            "error",
            "source",
            "simulation",
            "run",
        ],
    ),
    (
        "verify",
        &[
            "math",
            "diagnostic",
            "graph",
            "grid",
            "field",
            "raster",
            "seed",
            "model",
            "linear",
            "program",
            "discretize",
            "shader",
            "engine",
            "soil",
            "topology",
            "output",
            "answers",
            "error",
            "simulation",
            "run",
        ],
    ),
    (
        "bench",
        &[
            "math",
            "diagnostic",
            "graph",
            "grid",
            "field",
            "raster",
            "seed",
            "model",
            "linear",
            "program",
            "discretize",
            "shader",
            "engine",
            "soil",
            "topology",
            "output",
            "error",
            "simulation",
            "run",
        ],
    ),
    (
        "app",
        &[
            "math",
            "diagnostic",
            "graph",
            "grid",
            "field",
            "raster",
            "seed",
            "model",
            "linear",
            "program",
            "discretize",
            "shader",
            "engine",
            "soil",
            "topology",
            "output",
            "error",
            "source",
            "simulation",
            "run",
            "verify",
        ],
    ),
];

/// Crates that only one part may use: the crate, and where.
const GUARDED: &[(&str, &[&str])] = &[
    ("wgpu", &["engine/gpu", "app"]),
    ("pollster", &["engine/gpu", "app"]),
    ("naga", &["shader", "engine/gpu"]),
    ("cranelift_", &["engine/cpu"]),
    ("gemm", &["soil"]),
    ("pulp", &["math", "soil", "topology", "answers"]),
    ("rustix", &["engine/cpu"]),
    ("anyhow", &["bin"]),
    ("clap", &["bin"]),
    ("indicatif", &["bin"]),
    ("toml", &["seed", "source", "bin"]),
    ("egui", &["app"]),
    ("winit", &["app"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Code without comments, of the part before the tests.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.contains("#[cfg(test)]") || line.contains("mod "));
    lines.map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The first names after each `prefix` in some code: `crate::a::B`, `crate::{a, b::C}`.
fn used(code: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut all = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            all.push(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if c.is_whitespace() => {}
                _ if start => {
                    all.push(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    all
}

/// The module that a file belongs to, and its path below `src`.
fn place(path: &Path) -> (String, String) {
    let inside = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let module = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
    (module, inside)
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut files = Vec::new();
    sources(&root(), &mut files);
    let mut offences = Vec::new();
    for path in files {
        let (module, inside) = place(&path);
        if module == "lib" || module == "bin" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            offences.push(format!("{inside}: the module `{module}` has no row in LAYERS"));
            continue;
        };
        for name in used(&code(&text), "crate::") {
            let known = LAYERS.iter().any(|(other, _)| *other == name);
            if known && name != module && !allowed.contains(&name.as_str()) {
                offences.push(format!("{inside}: `{module}` must not know `{name}`"));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn crates_stay_where_they_belong() {
    let mut files = Vec::new();
    sources(&root(), &mut files);
    let mut offences = Vec::new();
    for path in files {
        let (_, inside) = place(&path);
        let text = code(&std::fs::read_to_string(&path).unwrap());
        for (name, places) in GUARDED {
            let uses = text.match_indices(name).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = &text[at + name.len()..];
                let after = after.trim_start_matches(|c: char| name.ends_with('_') && c.is_alphanumeric());
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.' || c == '"')
                    && after.starts_with("::")
            });
            if uses && !places.iter().any(|place| inside.starts_with(place)) {
                offences.push(format!("{inside}: only {} may use {name}", places.join(", ")));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_table_and_the_crate_have_one_order() {
    let text = std::fs::read_to_string(root().join("lib.rs")).unwrap();
    let modules: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|rest| rest.trim_end_matches(';'))
        .collect();
    let table: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(modules, table);
    for (position, (name, allowed)) in LAYERS.iter().enumerate() {
        for used in *allowed {
            let below = table.iter().position(|other| other == used).unwrap();
            assert!(below < position, "`{name}` stands above `{used}`, which it uses");
        }
    }
}

#[test]
fn paths_are_found() {
    let code = "use crate::a::B; let x = crate::b::c(); use crate::{c::{D, e}, f, g::H}; $crate::h::i";
    assert_eq!(used(code, "crate::"), ["a", "b", "c", "f", "g"]);
}
