//! Soil: sources on disk to notes, vectors, neighbours, layout and maps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{FixedSizeListBuilder, Float32Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use semafield::grid::{Grid, Topology};
use semafield::soil::{LayoutKind, Silent, Soil, SoilError, SoilOptions};

mod formats;

fn grow(source: &Path) -> Result<Soil, SoilError> {
    Soil::grow(source, &SoilOptions::default(), &Silent)
}

fn message(source: &Path) -> String {
    grow(source).map(|_| ()).expect_err("the source is wrong").to_string()
}

/// Points of three clusters on a sphere in 12 dimensions.
fn clusters(count: usize) -> Vec<Vec<f32>> {
    let wave = |note: usize, axis: usize| ((note * 37 + axis * 101 + note * note * axis) % 97) as f32 / 97.0 - 0.5;
    (0..count)
        .map(|note| (0..12).map(|axis| wave(note, axis) + if axis == note % 3 { 2.0 } else { 0.0 }).collect())
        .collect()
}

fn vector_column(rows: &[Vec<f32>]) -> ArrayRef {
    let mut builder = ListBuilder::new(Float32Builder::new());
    for row in rows {
        builder.values().append_slice(row);
        builder.append(true);
    }
    Arc::new(builder.finish())
}

fn write_table(path: &Path, columns: Vec<(&str, ArrayRef)>) -> PathBuf {
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path.to_path_buf()
}

/// A version 1 `.npy` file with any claim about its contents.
fn write_npy(path: &Path, kind: &str, fortran: bool, shape: &str, bytes: &[u8]) -> PathBuf {
    let order = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    std::fs::write(path, [b"\x93NUMPY\x01\x00".as_slice(), &length, header.as_bytes(), bytes].concat()).unwrap();
    path.to_path_buf()
}

fn write_vault(folder: &Path, notes: &[(&str, &str)]) {
    for (name, text) in notes {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn a_vault_is_read_as_obsidian_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    write_vault(
        folder.path(),
        &[
            (
                "garden.md",
                "---\ntitle: The garden\ntags: [garden, spring]\n---\nSoil and roots. See [[Ритм]] and [[nowhere]].\n",
            ),
            ("Память/Ритм.md", "Ритм шагов и память. ![[Garden|сад]] #ритм/шаг\n"),
            ("東京.md", "東京の庭 #庭 [[память/ритм#x]]\n"),
            ("broken.md", "---\ntitle: [oops\n---\nRoots of the garden and the soil.\n"),
            ("empty.md", ""),
            (".obsidian/hidden.md", "hidden"),
            ("picture.png", "no note"),
        ],
    );
    std::fs::write(folder.path().join("latin1.md"), b"caf\xe9 garden").unwrap();
    let soil = grow(folder.path()).unwrap();
    let ids: Vec<&str> = soil.notes.iter().map(|note| note.id.as_str()).collect();
    assert_eq!(ids, ["broken", "empty", "garden", "latin1", "Память/Ритм", "東京"]);
    assert_eq!(soil.notes[2].title, "The garden");
    assert_eq!(soil.notes[2].tags, ["garden", "spring"]);
    assert_eq!(soil.notes[2].links, [4]);
    assert_eq!(soil.notes[4].links, [2]);
    assert_eq!(soil.notes[4].tags, ["ритм/шаг"]);
    assert_eq!(soil.notes[5].links, [4]);
    for word in ["front matter of `broken`", "`latin1` is not UTF-8", "1 link leads nowhere"] {
        assert!(soil.warnings.iter().any(|warning| warning.contains(word)), "{word}: {:?}", soil.warnings);
    }
    let near_garden: Vec<usize> = soil.neighbors.of(2).map(|(note, _)| note).collect();
    assert_eq!(near_garden[0], 0, "the broken note speaks of the same things");
}

#[test]
fn notes_on_one_theme_are_neighbours_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let themes = [
        ("garden", "The gardener waters roses and prunes apple trees", "gardens gardening rose apples"),
        ("music", "The drummer keeps rhythm while violins play melodies", "rhythms melody drums violin"),
        ("сад", "Садовник поливает розы и обрезает яблони весной", "сады садовников роза яблоня"),
        ("музыка", "Барабанщик держит ритм, скрипки играют мелодии", "ритмы мелодия барабаны скрипка"),
    ];
    for (name, first, second) in themes {
        write_vault(folder.path(), &[(&format!("{name} 1.md"), first), (&format!("{name} 2.md"), second)]);
        write_vault(folder.path(), &[(&format!("{name} 3.md"), &format!("{first} {second}"))]);
    }
    let soil = grow(folder.path()).unwrap();
    let theme = |note: usize| soil.notes[note].id.split(' ').next().unwrap().to_owned();
    for note in 0..soil.notes.len() {
        for (other, _) in soil.neighbors.of(note).take(2) {
            assert_eq!(theme(note), theme(other), "{} and {}", soil.notes[note].id, soil.notes[other].id);
        }
    }
}

#[test]
fn a_table_brings_vectors_and_what_is_known_of_its_notes() {
    let folder = tempfile::tempdir().unwrap();
    let rows = clusters(30);
    let mut vectors = FixedSizeListBuilder::new(Float32Builder::new(), 12);
    let mut tags = ListBuilder::new(StringBuilder::new());
    for row in &rows {
        vectors.values().append_slice(row);
        vectors.append(true);
        tags.values().append_value("cluster");
        tags.append(true);
    }
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values((0..30).map(|row| 100 + row)));
    let links: ArrayRef = Arc::new(StringArray::from_iter((0..30).map(|row| (row == 3).then_some("104"))));
    let x: ArrayRef = Arc::new(Float64Array::from_iter_values((0..30).map(f64::from)));
    let path = write_table(
        &folder.path().join("t.parquet"),
        vec![
            ("id", ids),
            ("other", vector_column(&rows)),
            ("embedding", Arc::new(vectors.finish())),
            ("tags", Arc::new(tags.finish())),
            ("links", links),
            ("x", x.clone()),
            ("y", x),
        ],
    );
    let soil = grow(&path).unwrap();
    assert_eq!((soil.notes.len(), soil.vectors.dims(), soil.neighbors.k), (30, 12, 15));
    assert_eq!((soil.notes[3].id.as_str(), &soil.notes[3].links[..], soil.notes[3].tags.len()), ("103", &[4][..], 1));
    assert!(soil.neighbors.of(0).take(9).all(|(note, _)| note % 3 == 0));
    assert!(soil.quality.recall > 0.65 && soil.quality.trustworthiness > 0.65, "{:?}", soil.quality);
    let norm: f64 = soil.vectors.row(5).iter().map(|x| f64::from(*x).powi(2)).sum();
    assert!((norm - 1.0).abs() < 1e-6);

    let given =
        Soil::grow(&path, &SoilOptions { layout: LayoutKind::Given, ..SoilOptions::default() }, &Silent).unwrap();
    assert!(given.layout.windows(2).all(|pair| pair[1][0] > pair[0][0] && pair[0][0] == pair[0][1]));
    let pca = Soil::grow(&path, &SoilOptions { layout: LayoutKind::Pca, ..SoilOptions::default() }, &Silent).unwrap();
    assert!(pca.layout.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
    assert_ne!(pca.hash, given.hash);
}

#[test]
fn every_mistake_in_a_table_has_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let rows = clusters(6);
    let with = |change: &dyn Fn(&mut Vec<Vec<f32>>)| {
        let mut rows = rows.clone();
        change(&mut rows);
        message(&write_table(&path, vec![("vector", vector_column(&rows))]))
    };
    assert!(with(&|rows| rows[4].truncate(11)).contains("row 4 of"));
    assert!(with(&|rows| rows[2][7] = f32::NAN).contains("row 2 of"));
    assert!(with(&|rows| rows[2][7] = f32::INFINITY).contains("inf at position 7"));
    assert!(with(&|rows| rows[5].fill(0.0)).contains("note `5` (row 5)"));
    assert!(with(&|rows| rows.clear()).contains("holds no notes"));
    assert!(with(&|rows| rows.iter_mut().for_each(Vec::clear)).contains("row 0 of"));

    let words: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d", "b", "e"]));
    let twice = write_table(&path, vec![("id", words.clone()), ("v", vector_column(&rows))]);
    assert!(message(&twice).contains("id `b` twice, in rows 1 and 4"));
    let none = write_table(&path, vec![("id", words), ("n", Arc::new(Int64Array::from(vec![1; 6])))]);
    assert!(message(&none).contains("`id` (Utf8), `n` (Int64)"));
    let many = write_table(&path, vec![("a", vector_column(&rows)), ("b", vector_column(&rows))]);
    assert!(message(&many).contains("`a`, `b`"));
    let mut nulls = ListBuilder::new(Float32Builder::new());
    nulls.append(false);
    let null = write_table(&path, vec![("vector", Arc::new(nulls.finish()))]);
    assert!(message(&null).contains("row 0 of") && message(&null).contains("null"));

    let good = std::fs::read(write_table(&path, vec![("vector", vector_column(&rows))])).unwrap();
    let given = SoilOptions { layout: LayoutKind::Given, ..SoilOptions::default() };
    assert!(matches!(Soil::grow(&path, &given, &Silent), Err(SoilError::NoGivenLayout { .. })));
    for cut in (0..good.len()).step_by(7) {
        std::fs::write(&path, &good[..cut]).unwrap();
        assert!(grow(&path).is_err(), "cut at {cut}");
    }
    for at in 0..good.len() {
        let mut damaged = good.clone();
        damaged[at] ^= 0x55;
        std::fs::write(&path, &damaged).unwrap();
        drop(grow(&path));
    }
}

#[test]
fn arrays_in_either_order_and_of_any_number_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let c_order: Vec<u8> = [1.0_f64, 2.0, 3.0, -4.0, 5.0, 6.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let fortran: Vec<u8> = [1.0_f64, -4.0, 2.0, 5.0, 3.0, 6.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let a = grow(&write_npy(&path, "<f8", false, "(2, 3)", &c_order)).unwrap();
    let b = grow(&write_npy(&path, "<f8", true, "(2, 3)", &fortran)).unwrap();
    assert_eq!((a.vectors.clone(), a.hash), (b.vectors, b.hash));
    let bytes = grow(&write_npy(&path, "|i1", false, "(2, 3)", &[1, 2, 3, 252, 5, 6])).unwrap();
    assert_eq!(a.vectors, bytes.vectors);
    let halves: Vec<u8> =
        [0x3c00_u16, 0x4000, 0x4200, 0xc400, 0x4500, 0x4600].iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(a.vectors, grow(&write_npy(&path, "<f2", false, "(2, 3)", &halves)).unwrap().vectors);
    assert_eq!((a.neighbors.k, a.layout.len()), (1, 2));
    let numbers = [1.0_f64, 2.0, 3.0, -4.0, 5.0, 6.0];
    macro_rules! check {
        ($($kind:ty: $little:literal $big:literal),*) => {$(
            #[allow(clippy::cast_possible_truncation, reason = "small whole numbers")]
            let as_kind = numbers.map(|x| x as $kind);
            let little: Vec<u8> = as_kind.iter().flat_map(|x| x.to_le_bytes()).collect();
            let big: Vec<u8> = as_kind.iter().flat_map(|x| x.to_be_bytes()).collect();
            for (kind, bytes) in [($little, little), ($big, big)] {
                assert_eq!(a.vectors, grow(&write_npy(&path, kind, false, "(2, 3)", &bytes)).unwrap().vectors, "{kind}");
            }
        )*};
    }
    check!(f32: "<f4" ">f4", f64: "<f8" ">f8", i16: "<i2" ">i2", i32: "<i4" ">i4", i64: "<i8" ">i8");

    for (kind, shape, expected) in [
        ("<f8", "(6,)", "one axis"),
        ("<f8", "(4000000000, 4000000000)", "was cut off"),
        ("<f8", "(3, 3)", "needs 72 bytes"),
        ("<f8", "(0, 3)", "holds no notes"),
        ("<c16", "(1, 3)", "floats or integers"),
        ("|O", "(2, 3)", "a NumPy array"),
    ] {
        let found = message(&write_npy(&path, kind, false, shape, &c_order));
        assert!(found.contains(expected), "{kind} {shape}: {found}");
    }
    let brackets = format!("({}", "(".repeat(900));
    assert!(message(&write_npy(&path, "<f8", false, &brackets, &c_order)).contains("a NumPy array"));
    std::fs::write(&path, b"\x93NUMPY\x02\x00\xff\xff\xff\xff").unwrap();
    assert!(message(&path).contains("claims"));
    std::fs::write(&path, b"hello, I am no array").unwrap();
    assert!(message(&path).contains("numpy.save"));
}

#[test]
fn sources_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(message(folder.path()).contains("holds no notes"));
    assert!(message(&folder.path().join("nothing")).contains("there is no soil source at"));
    std::fs::write(folder.path().join("x.doc"), "x").unwrap();
    assert!(message(&folder.path().join("x.doc")).contains("not a soil source"));
    write_vault(folder.path(), &[("a.md", "a")]);
    let options = SoilOptions { encoder: "models/x".into(), ..SoilOptions::default() };
    assert!(Soil::grow(folder.path(), &options, &Silent).unwrap_err().to_string().contains("`models/x`"));
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_between_folders_ends() {
    let folder = tempfile::tempdir().unwrap();
    write_vault(folder.path(), &[("a/b.md", "words")]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
    assert_eq!(grow(folder.path()).unwrap().notes.len(), 1);
}

#[test]
fn few_notes_make_a_soil() {
    for count in 1..6 {
        let folder = tempfile::tempdir().unwrap();
        for note in 0..count {
            write_vault(folder.path(), &[(&format!("{note}.md"), "the same words in each")]);
        }
        let soil = grow(folder.path()).unwrap();
        let expected = if count == 1 { "only one note" } else { "notes, so each is a neighbour" };
        assert!(soil.warnings.iter().any(|warning| warning.contains(expected)), "{:?}", soil.warnings);
        assert!(soil.layout.iter().flatten().all(|x| (0.0..=1.0).contains(x)), "{count}: {:?}", soil.layout);
        let maps = soil.maps(&Grid::new(&[16, 12], &[4.0, 3.0], &[Topology::Periodic, Topology::Bounded])).unwrap();
        let all = [&maps.density, &maps.gain, &maps.coupling, &maps.frame];
        assert!(all.iter().all(|map| map.iter().all(|x| x.is_finite())), "{count}");
        assert!(maps.gain.iter().any(|gain| *gain > 0.0), "{count}");
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for note in 0..320 {
        let words: Vec<String> = (0..20).map(|word| format!("word{}", (note * 31 + word * word * 17) % 90)).collect();
        write_vault(folder.path(), &[(&format!("{note}.md"), &words.join(" "))]);
    }
    let grid = Grid::new(&[40, 32], &[20.0, 16.0], &[Topology::Periodic; 2]);
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let soil = grow(folder.path()).unwrap();
            (soil.hash.clone(), soil.maps(&grid).unwrap(), soil.layout, soil.neighbors, soil.quality)
        })
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(2));
    assert_eq!(one, with_threads(7));
}

#[test]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positions within the grid")]
fn maps_keep_their_ranges_and_walls_have_no_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_table(&folder.path().join("t.parquet"), vec![("vector", vector_column(&clusters(90)))]);
    let soil = grow(&path).unwrap();
    let grid = Grid::new(&[48, 32], &[24.0, 16.0], &[Topology::Bounded, Topology::Periodic]);
    let maps = soil.maps(&grid).unwrap();
    let cells = grid.cells();
    assert!((maps.density.iter().sum::<f64>() / cells as f64 - 1.0).abs() < 1e-12);
    assert!(maps.gain.iter().all(|gain| (-1.0..=1.3).contains(gain)));
    assert!(maps.coupling.iter().all(|coupling| (0.05..=1.0).contains(coupling)));
    assert_eq!(maps.frame.len(), 2 * cells);
    assert!(maps.frame.iter().all(|angle| *angle > -std::f64::consts::PI && *angle <= std::f64::consts::PI));
    assert!((0..32).all(|y| maps.frame[grid.index([47, y, 0])] == 0.0), "no frame leads through a wall");
    assert!(maps.frame.iter().filter(|angle| **angle != 0.0).count() > cells / 4);
    // Coherence lives where notes are.
    let positions = soil.positions(&grid);
    let cell = |[x, y]: [f64; 2]| grid.index([(x * 2.0) as usize, (y * 2.0) as usize, 0]);
    let at_notes = positions.iter().map(|&at| maps.gain[cell(at)]).sum::<f64>() / positions.len() as f64;
    assert!(at_notes > 0.4, "{at_notes}");

    let line = soil.maps(&Grid::new(&[64], &[10.0], &[Topology::Periodic])).unwrap();
    assert_eq!((line.density.len(), line.frame.len()), (64, 64));
    let cube = Grid::new(&[4; 3], &[1.0; 3], &[Topology::Periodic; 3]);
    assert!(matches!(soil.maps(&cube), Err(SoilError::ThreeAxes)));
}

/// After some notes have moved, maps made from those of before are those made anew, bit for bit.
#[test]
fn maps_follow_notes_that_move() {
    let folder = tempfile::tempdir().unwrap();
    let path = write_table(&folder.path().join("t.parquet"), vec![("vector", vector_column(&clusters(300)))]);
    let planted = grow(&path).unwrap();
    let sides = [Topology::Periodic, Topology::Bounded];
    let plane = |x: usize, y: usize| Grid::new(&[70, 45], &[35.0, 30.0], &[sides[x], sides[y]]);
    for grid in [plane(0, 0), plane(1, 1), plane(0, 1), Grid::new(&[200], &[50.0], &[Topology::Periodic])] {
        let mut soil = planted.clone();
        let mut maps = soil.maps(&grid).unwrap();
        let moves = [vec![(7, [0.99, 0.01])], vec![(7, [0.98, 0.99]), (120, [0.5, 0.5]), (121, [0.0, 1.0])], vec![]];
        for moved in moves {
            let before = soil.layout.clone();
            moved.iter().for_each(|&(note, place)| soil.layout[note] = place);
            maps = soil.maps_after(&grid, &before, &maps).unwrap();
            assert!(maps == soil.maps(&grid).unwrap(), "{grid:?}, {moved:?}");
        }
    }
}

/// Notes on a cap of the unit sphere: the frames' curvature is the cap's, by Gauss and Bonnet.
#[test]
#[expect(clippy::cast_possible_truncation, reason = "vectors of a table are f32")]
fn frames_of_a_sphere_carry_its_curvature() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for i in 0..41 {
        for j in 0..41 {
            let [u, v] = [f64::from(i - 20) / 25.0, f64::from(j - 20) / 25.0];
            let norm = (1.0 + u * u + v * v).sqrt();
            rows.push(vec![(u / norm) as f32, (v / norm) as f32, (1.0 / norm) as f32]);
            x.push(u);
            y.push(v);
        }
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("vector", vector_column(&rows)),
        ("x", Arc::new(Float64Array::from(x))),
        ("y", Arc::new(Float64Array::from(y))),
    ];
    let path = write_table(&folder.path().join("s.parquet"), columns);
    let options = SoilOptions { layout: LayoutKind::Given, ..SoilOptions::default() };
    let soil = Soil::grow(&path, &options, &Silent).unwrap();
    let grid = Grid::new(&[50, 50], &[1.0, 1.0], &[Topology::Bounded; 2]);
    let frame = soil.maps(&grid).unwrap().frame;
    let [low, high] = [15, 34];
    let link = |axis: usize, x: usize, y: usize| frame[axis * 2500 + y * 50 + x];
    let holonomy: f64 =
        (low..high).map(|s| link(0, s, low) + link(1, high, s) - link(0, s, high) - link(1, low, s)).sum();
    // Cells in the gnomonic chart: the unit square is 1.6/0.88 wide, so the loop has this half side,
    let half = 0.5 * (high - low) as f64 / 50.0 * (1.6 / 0.88);
    // and the solid angle of a gnomonic square of half side a is 4 asin(a^2 / (1 + a^2)).
    let solid_angle = 4.0 * (half * half / (1.0 + half * half)).asin();
    assert!((holonomy.abs() / solid_angle - 1.0).abs() < 0.03, "{holonomy} and {solid_angle}");
}
