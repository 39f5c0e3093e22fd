//! Every format that vectors and texts come in is read to the same notes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use semafield::grid::{Grid, Topology};
use semafield::soil::{Note, Silent, Soil, SoilOptions, Vectors};

use super::{clusters, grow, message, vector_column, write_npy, write_table};

const COUNT: usize = 24;

fn ids() -> Vec<String> {
    (0..COUNT).map(|note| format!("n{note}")).collect()
}

fn text(note: usize) -> String {
    format!("words of \"{}\", and\nword{}", ["sea", "hill", "town"][note % 3], note % 5)
}

fn chosen(source: &Path, columns: &[(&str, &str)]) -> Result<Soil, semafield::soil::SoilError> {
    let columns = columns.iter().map(|&(role, column)| (role.to_owned(), column.to_owned())).collect();
    Soil::grow(source, &SoilOptions { columns, ..SoilOptions::default() }, &Silent)
}

fn write(path: PathBuf, text: &str) -> PathBuf {
    std::fs::write(&path, text).unwrap();
    path
}

/// JSON Lines of the clusters, under some names.
fn lines(vector: &str, text_name: &str) -> String {
    let line = |(note, row): (usize, &Vec<f32>)| {
        let value = serde_json::json!({
            "id": format!("n{note}"), "title": format!("Note {note}"), "tags": ["a", "b"],
            "links": [format!("n{}", (note + 3) % COUNT)], vector: row, text_name: text(note), "rank": note,
        });
        format!("{value}\n\n")
    };
    clusters(COUNT).iter().enumerate().map(line).collect()
}

#[test]
fn tables_of_text_are_read_as_parquet_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let texts: Vec<String> = (0..COUNT).map(text).collect();
    let titles: Vec<String> = (0..COUNT).map(|note| format!("Note {note}")).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(StringArray::from(ids()))),
        ("title", Arc::new(StringArray::from(titles))),
        ("text", Arc::new(StringArray::from(texts))),
        ("vector", vector_column(&clusters(COUNT))),
    ];
    let parquet = grow(&write_table(&at("a.parquet"), columns)).unwrap();
    let jsonl = grow(&write(at("a.jsonl"), &lines("vector", "text"))).unwrap();
    assert_eq!(parquet.vectors, jsonl.vectors);
    assert_eq!(parquet.hash, jsonl.hash);
    assert_eq!(jsonl.notes[1].links, [4]);
    assert_eq!(jsonl.notes[1].tags, ["a", "b"]);
    for (name, separator) in [("a.csv", b','), ("a.tsv", b'\t')] {
        let mut writer = csv::WriterBuilder::new().delimiter(separator).from_path(at(name)).unwrap();
        writer.write_record(["id", "title", "tags", "links", "vector", "text", "rank"]).unwrap();
        for (note, row) in clusters(COUNT).iter().enumerate() {
            let row: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
            let vector = match note % 2 {
                0 => serde_json::to_string(&row).unwrap(),
                _ => format!("[{}]", row.iter().map(|x| format!(" {x}")).collect::<String>()),
            };
            let link = format!("n{}", (note + 3) % COUNT);
            let tags = ["[\"a\", \"b\"]", "a; b"][note % 2];
            let (id, title, rank) = (format!("n{note}"), format!("Note {note}"), note.to_string());
            writer.write_record([&id, &title, tags, &link, &vector, &text(note), &rank]).unwrap();
        }
        writer.flush().unwrap();
        let table = grow(&at(name)).unwrap();
        assert_eq!(table.vectors, jsonl.vectors, "{name}");
        assert_eq!(table.notes, jsonl.notes, "{name}");
        assert_eq!(table.hash, jsonl.hash);
    }
}

#[test]
fn archives_are_read_as_arrays_are() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows = clusters(COUNT);
    let flat: Vec<f32> = rows.concat();
    let vectors = grow(&write_table(&at("a.parquet"), vec![("vector", vector_column(&rows))])).unwrap().vectors;

    let mut archive = zip::ZipWriter::new(std::fs::File::create(at("a.npz")).unwrap());
    for (name, shape, count) in [("labels", "(24,)", 24), ("vectors", "(24, 12)", 24 * 12), ("other", "(12, 2)", 24)] {
        let bytes: Vec<u8> = flat[..count].iter().flat_map(|x| x.to_le_bytes()).collect();
        let array = write_npy(&at("part.npy"), "<f4", false, shape, &bytes);
        // As numpy.savez and numpy.savez_compressed store them.
        let method = if name == "other" { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(&std::fs::read(array).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    let soil = grow(&at("a.npz")).unwrap();
    assert_eq!(soil.vectors, vectors);
    assert_eq!(soil.notes[3], Note { id: "3".into(), title: "3".into(), ..Note::default() });
    assert_eq!(chosen(&at("a.npz"), &[("vector", "other")]).unwrap().vectors.dims(), 2);

    let bytes: Vec<u8> = flat.iter().flat_map(|x| x.to_le_bytes()).collect();
    let upper: Vec<u8> = flat.iter().flat_map(|x| x.to_le_bytes()[2..].to_vec()).collect();
    let view = |kind, data| safetensors::tensor::TensorView::new(kind, vec![COUNT, 12], data).unwrap();
    let tensors =
        [("embeddings", view(safetensors::Dtype::F32, &bytes)), ("b", view(safetensors::Dtype::BF16, &upper))];
    std::fs::write(at("a.safetensors"), safetensors::serialize(tensors, None).unwrap()).unwrap();
    assert_eq!(grow(&at("a.safetensors")).unwrap().vectors, vectors);
    let coarse = chosen(&at("a.safetensors"), &[("vector", "b")]).unwrap().vectors;
    assert!((0..COUNT).all(|note| (vectors.row(note)[0] - coarse.row(note)[0]).abs() < 0.01));
    assert!(chosen(&at("a.npz"), &[("vector", "x")]).unwrap_err().to_string().contains("no column `x`"));
    for name in ["a.npz", "a.safetensors"] {
        let good = std::fs::read(at(name)).unwrap();
        for cut in (0..good.len()).step_by(97) {
            std::fs::write(at(name), &good[..cut]).unwrap();
            assert!(grow(&at(name)).is_err(), "{name} cut at {cut}");
        }
    }
}

#[test]
fn arrays_by_columns_are_read_from_archives_packed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows = clusters(COUNT);
    let vectors = grow(&write_table(&at("a.parquet"), vec![("vector", vector_column(&rows))])).unwrap().vectors;
    let by_columns = || (0..12).flat_map(|column| rows.iter().map(move |row| row[column]));
    let single: Vec<u8> = by_columns().flat_map(f32::to_le_bytes).collect();
    let double: Vec<u8> = by_columns().flat_map(|x| f64::from(x).to_le_bytes()).collect();
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        for (kind, numbers) in [("<f4", &single), ("<f8", &double)] {
            let array = write_npy(&at("part.npy"), kind, true, "(24, 12)", numbers);
            let mut archive = zip::ZipWriter::new(std::fs::File::create(at("a.npz")).unwrap());
            let options = zip::write::SimpleFileOptions::default().compression_method(method);
            for (name, bytes) in [("notes.txt", b"first".to_vec()), ("vector.npy", std::fs::read(array).unwrap())] {
                archive.start_file(name, options).unwrap();
                archive.write_all(&bytes).unwrap();
            }
            archive.finish().unwrap();
            assert_eq!(grow(&at("a.npz")).unwrap().vectors, vectors, "{method} {kind}");
        }
    }
}

#[test]
fn columns_are_found_by_type_or_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let by_type = grow(&write(at("a.jsonl"), &lines("numbers", "text"))).unwrap();
    let by_name = grow(&write(at("a.jsonl"), &lines("vector", "text"))).unwrap();
    assert_eq!(by_type.vectors, by_name.vectors);
    let two = write(at("two.jsonl"), "{\"a\": [1.0, 2], \"b\": [0, 1]}\n{\"a\": [2.5, 0], \"b\": [1, 1]}\n");
    let found = message(&two);
    assert!(found.contains("`a`, `b`") && found.contains("--column"), "{found}");
    assert_eq!(chosen(&two, &[("vector", "b")]).unwrap().vectors.row(0), [0.0, 1.0]);
    assert!(chosen(&two, &[("title", "c")]).unwrap_err().to_string().contains("`c`"));

    let body = "id,body,when\n1,the sea and the tide,2020\n2,the hill and the snow,2021\n";
    let texts = grow(&write(at("texts.csv"), body)).unwrap();
    assert_eq!(texts.notes[0].text, "the sea and the tide");
    assert!(texts.numeric_ids);
    let both = write(at("both.csv"), "body,more\nsea,tide\nhill,snow\n");
    assert!(message(&both).contains("`body`, `more`"));
    assert_eq!(chosen(&both, &[("text", "more"), ("title", "body")]).unwrap().notes[1].title, "hill");
    let none = write(at("none.csv"), "n\n1\n2\n");
    assert!(message(&none).contains("no vector column and no texts"));

    let columns: Vec<(&str, ArrayRef)> =
        vec![("body", Arc::new(StringArray::from(vec!["the sea", "the hill", "the town"])))];
    assert_eq!(grow(&write_table(&at("t.parquet"), columns)).unwrap().notes[2].text, "the town");
}

#[test]
fn what_is_wrong_with_a_line_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, contents, expected) in [
        ("a.jsonl", "{\"vector\": [1, 2]}\n{\"vector\": [1, 2\n", "line 2: "),
        ("a.jsonl", "{\"vector\": [1, 2]}\n[1, 2]\n", "line 2: this is a list"),
        ("a.jsonl", "\"a\"\n", "line 1: this is no object"),
        ("a.jsonl", "{\"vector\": [NaN, 2]}\n", "JSON has no NaN"),
        ("a.jsonl", "{\"vector\": [1, 2]}\n{\"vector\": [1, 2, 3]}\n", "3 numbers where the first row has 2"),
        ("a.jsonl", "{\"vector\": [1, 2]}\n{\"vector\": null}\n", "row 1 of"),
        ("a.jsonl", "{\"vector\": [1, 2]}\n{\"vector\": \"x\"}\n", "row 1: `vector` should be a list of numbers"),
        ("a.jsonl", "{\"vector\": [[1, 2]]}\n", "row 0: `vector` should be a list of numbers"),
        ("a.jsonl", "{\"vector\": []}\n", "row 0 of"),
        ("a.jsonl", "{\"vector\": \"[1, 2]\"}\n", "column `vector`"),
        ("a.jsonl", "{\"vector\": [1, 2], \"title\": {}}\n", "`title` should be text"),
        ("a.jsonl", "", "holds no notes"),
        ("a.csv", "id,text\n1,a\n2\n", "line 3 has 1 fields and the header 2"),
        ("a.csv", "id,text\n", "holds no notes"),
        ("a.csv", "id,text\n1,a\n2,\"b\n3,c\n4,d\n", "row 1: its quotation marks"),
        ("a.csv", "text,text\na b,c d\n", "two columns named `text`"),
        ("a.csv", "id,v0,v1\na,1,2\nb,3,4\n", "`v0` (numbers)"),
        ("a.csv", "id,vector\n1,[1 2]\n2,[1 nan]\n", "must be finite"),
        ("a.csv", "id,vector\n1,\"[1, 2]\"\n2,\"[1, nan]\"\n", "row 1 of"),
        ("a.csv", "id,vector\n1,\"[1, 2]\"\n2,\"[1, two]\"\n", "row 1: `vector` should be a list of numbers"),
        ("a.csv", "id,text\n1,a b\n1,c d\n", "id `1` twice"),
    ] {
        let found = message(&write(at(name), contents));
        assert!(found.contains(expected), "{contents}: {found}");
    }
    for name in ["a.csv", "a.jsonl"] {
        std::fs::write(at(name), b"{\"text\": \"f\xfcr\"}\n{\"text\": \"f\xfcr\"}\n").unwrap();
        let found = message(&at(name));
        assert!(found.contains("line 1") && found.contains("not UTF-8"), "{found}");
    }
}

#[test]
fn tables_are_read_as_programs_write_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rows = [("1", "the sea, the tide"), ("2", "the hill"), ("3", "the sea")];
    let table = |separator: &str, header: &str| -> String {
        let row = |(id, text): &(&str, &str)| format!("{id}{separator}\"{text}\"\r\n");
        format!("\u{feff}{}\r\n{}", header.replace(',', separator), rows.iter().map(row).collect::<String>())
    };
    let plain = grow(&write(at("plain.csv"), &table(",", "id,text"))).unwrap();
    assert_eq!(plain.notes[0].text, "the sea, the tide");
    for (name, contents) in [
        ("semicolons.csv", table(";", "id,text")),
        ("tabs.csv", table("\t", "id,text")),
        ("named.csv", table(",", "ID,Text")),
        ("quoted.csv", table(";", "\"id\",\"text\"")),
    ] {
        assert_eq!(grow(&write(at(name), &contents)).unwrap().notes, plain.notes, "{name}");
    }
    let lines: String =
        rows.iter().map(|(id, text)| format!("{}\r\n", serde_json::json!({"id": id, "text": text}))).collect();
    assert_eq!(grow(&write(at("bom.jsonl"), &format!("\u{feff}{lines}"))).unwrap().notes, plain.notes);
    let whole: ArrayRef = {
        let mut lists = arrow_array::builder::ListBuilder::new(arrow_array::builder::Int64Builder::new());
        (0..3).for_each(|row| lists.append_value([Some(row), Some(2), Some(-1)]));
        Arc::new(lists.finish())
    };
    assert_eq!(grow(&write_table(&at("t.parquet"), vec![("vector", whole)])).unwrap().vectors.dims(), 3);
}

#[test]
fn plain_texts_are_notes_too() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| write(folder.path().join(name), text);
    put("a.md", "# Sea\nThe sea, see [[b]].");
    put("a.txt", "# no title: the hill");
    put("b.TXT", "The sea and the hill, not a [[link]]");
    let soil = grow(folder.path()).unwrap();
    let ids: Vec<&str> = soil.notes.iter().map(|note| note.id.as_str()).collect();
    assert_eq!(ids, ["a", "a.txt", "b"]);
    assert_eq!(soil.notes[0].links, [2]);
    assert_eq!(soil.notes[1].text, "# no title: the hill");
    assert!(soil.notes[2].targets.is_empty());
}

#[test]
fn a_kept_soil_is_the_same_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.jsonl");
    let lines: String =
        (0..60).map(|n| format!("{}\n", serde_json::json!({ "text": text(n), "title": n % 7 }))).collect();
    write(notes.clone(), &lines);
    let cache = folder.path().join("cache");
    let options = SoilOptions { cache: Some(cache.clone()), ..SoilOptions::default() };
    let bits = |soil: &Soil| {
        let layout: Vec<u64> = soil.layout.iter().flatten().map(|x| x.to_bits()).collect();
        (soil.hash.clone(), soil.vectors.clone(), soil.neighbors.clone(), soil.quality, layout, soil.warnings.clone())
    };
    let fresh = bits(&grow(&notes).unwrap());
    let again = || bits(&Soil::grow(&notes, &options, &Silent).unwrap());
    assert_eq!(again(), fresh);
    let files = || -> Vec<PathBuf> { std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let [kept] = files().try_into().expect("one file");
    assert_eq!(again(), fresh);

    // What is damaged in any way is made anew and kept again.
    let good = std::fs::read(&kept).unwrap();
    for damage in [&good[..40], &good[..good.len() - 1], b"", &[good.as_slice(), b"x"].concat()] {
        std::fs::write(&kept, damage).unwrap();
        assert_eq!(again(), fresh);
        assert_eq!(std::fs::read(&kept).unwrap(), good);
    }
    // It is the kept file that is read: one that is whole but says something else is believed.
    let mut other = good[64..].to_vec();
    let end = other.len() - 40;
    other[end] ^= 1;
    std::fs::write(&kept, [&good[..32], blake3::hash(&other).as_bytes(), &other].concat()).unwrap();
    assert_ne!(again(), fresh);

    write(notes.clone(), &lines.replace("sea", "bay"));
    assert_ne!(again().0, fresh.0);
    assert_eq!(files().len(), 2);
}

#[test]
fn kept_maps_are_those_of_their_soil_and_grid_alone() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.jsonl");
    let lines: String = (0..40).map(|n| format!("{}\n", serde_json::json!({ "text": text(n), "title": n }))).collect();
    write(notes.clone(), &lines);
    let cache = folder.path().join("cache");
    let (wrapped, walled) = (Topology::Periodic, Topology::Bounded);
    let plane = Grid::new(&[12, 10], &[4.0, 3.0], &[wrapped, walled]);
    let soil = grow(&notes).unwrap();
    let files = || -> Vec<PathBuf> { std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect() };

    let fresh = soil.maps(&plane).unwrap();
    for _ in 0..2 {
        assert_eq!(soil.kept_maps(&plane, Some(&cache)).unwrap(), fresh);
    }
    let [kept] = files().try_into().expect("one file");
    let good = std::fs::read(&kept).unwrap();
    for damage in [&good[..40], &good[..good.len() - 8], b""] {
        std::fs::write(&kept, damage).unwrap();
        assert_eq!(soil.kept_maps(&plane, Some(&cache)).unwrap(), fresh);
        assert_eq!(std::fs::read(&kept).unwrap(), good);
    }
    // It is the kept file that is read: one that is whole but says something else is believed.
    let mut other = good[64..].to_vec();
    other[0] ^= 1;
    std::fs::write(&kept, [&good[..32], blake3::hash(&other).as_bytes(), &other].concat()).unwrap();
    assert_ne!(soil.kept_maps(&plane, Some(&cache)).unwrap(), fresh);

    // Whatever the maps depend on has files of its own.
    let mut pulled = soil.clone();
    pulled.layout[7][1] += 1e-9;
    let mut turned = soil.clone();
    let rows: Vec<f64> = (0..40).rev().flat_map(|note| soil.vectors.row(note).iter().map(|&x| f64::from(x))).collect();
    turned.vectors = Vectors::normalized(soil.vectors.dims(), rows).unwrap();
    let mut nearer = soil.clone();
    nearer.neighbors.distances[3] /= 2.0;
    let grids = [
        Grid::new(&[10, 12], &[4.0, 3.0], &[wrapped, walled]),
        Grid::new(&[12, 10], &[4.0, 3.5], &[wrapped, walled]),
        Grid::new(&[12, 10], &[4.0, 3.0], &[walled, wrapped]),
        Grid::new(&[120], &[4.0], &[wrapped]),
    ];
    let cases = [(&pulled, &plane), (&turned, &plane), (&nearer, &plane)];
    let cases = cases.into_iter().chain(grids.iter().map(|grid| (&soil, grid)));
    for (at, (soil, grid)) in cases.enumerate() {
        assert_eq!(soil.kept_maps(grid, Some(&cache)).unwrap(), soil.maps(grid).unwrap(), "{at}");
        assert_eq!(files().len(), at + 2, "{at}");
    }
    assert_eq!(soil.kept_maps(&plane, None).unwrap(), fresh);
}
