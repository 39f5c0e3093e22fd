//! The files that a run leaves: arrays, tables, pictures, the manifest and the report, read back as users read them.

use std::path::Path;
use std::sync::LazyLock;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array as _, RecordBatch};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use semafield::field::{Field, Kind, Values};
use semafield::grid::{Grid, Topology};
use semafield::output::colormap::Palette;
use semafield::output::image::{self, Limits, Plane, Range};
use semafield::output::labels::{Spot, Wanted, place, text_width};
use semafield::output::manifest::{Digest, LayoutQuality, Manifest};
use semafield::output::report::{Film, Group, Key, Measure, NoteRow, Panel, Picture, ReportInput, reading_of, render};
use semafield::output::tables::{self, DocumentsTable, Event, Ids, SeriesTable};
use semafield::output::{OutputError, npy};

fn grid(shape: &[usize]) -> Grid {
    let size = vec![1.0; shape.len()];
    Grid::new(shape, &size, &vec![Topology::Bounded; shape.len()])
}

fn field(kind: Kind, shape: &[usize], values: Values) -> Field {
    Field { name: "A".into(), kind, grid: grid(shape), values }
}

// Arrays

#[test]
fn a_real_field_is_read_back_with_axes_slowest_first() {
    let values: Vec<f32> = (0..24_u8).map(f32::from).collect();
    let bytes = npy::encode(&field(Kind::Real, &[4, 3, 2], Values::F32(values.clone())), None).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    assert_eq!((file.shape(), file.order(), file.dtype().descr()), (&[2, 3, 4][..], npyz::Order::C, "'<f4'".into()));
    assert_eq!(file.into_vec::<f32>().unwrap(), values);
}

#[test]
fn a_complex_field_interleaves_its_parts_and_inert_cells_are_nan() {
    let planar = Values::F64(vec![1.0, 2.0, 3.0, -1.0, -2.0, -3.0]);
    let bytes = npy::encode(&field(Kind::Complex, &[3], planar), Some(&[true, false, true])).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    assert_eq!((file.shape(), file.dtype().descr()), (&[3][..], "'<c16'".into()));
    let numbers: Vec<f64> =
        bytes[bytes.len() - 48..].chunks(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!([&numbers[..2], &numbers[4..]].concat(), [1.0, -1.0, 3.0, -3.0]);
    assert!(numbers[2].is_nan() && numbers[3].is_nan());
}

#[test]
fn links_and_faces_have_a_leading_axis() {
    for (kind, shape, expected) in [
        (Kind::Link, &[3, 2][..], &[2, 2, 3][..]),
        (Kind::Face, &[3, 2], &[1, 2, 3]),
        (Kind::Face, &[3, 2, 4], &[3, 4, 2, 3]),
        (Kind::Complex, &[3, 2], &[2, 3]),
    ] {
        let count = kind.components(&grid(shape)) * grid(shape).cells();
        let bytes = npy::encode(&field(kind, shape, Values::F32(vec![0.5; count])), None).unwrap();
        assert_eq!(npyz::NpyFile::new(&bytes[..]).unwrap().shape(), expected, "{kind:?}");
    }
}

#[test]
fn values_that_do_not_fill_the_grid_are_refused() {
    let wrong = npy::encode(&field(Kind::Real, &[3], Values::F32(vec![0.0; 2])), None);
    assert!(matches!(wrong, Err(OutputError::Shape { found: 2, expected: 3, .. })), "{wrong:?}");
    let mask = npy::encode(&field(Kind::Real, &[3], Values::F32(vec![0.0; 3])), Some(&[true]));
    assert!(matches!(mask, Err(OutputError::Shape { found: 1, expected: 3, .. })), "{mask:?}");
}

// Tables

fn read(path: &Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = reader.schema().clone();
    reader.build().unwrap().next().map_or_else(|| RecordBatch::new_empty(schema), Result::unwrap)
}

fn names(batch: &RecordBatch) -> Vec<String> {
    batch.schema().fields().iter().map(|f| f.name().clone()).collect()
}

#[test]
fn series_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/series.parquet");
    let columns = vec![("mean_abs2".to_owned(), vec![0.25, f64::NAN])];
    tables::write_series(&path, &SeriesTable { steps: vec![0, 50], times: vec![0.0, 1.0], columns }).unwrap();
    let batch = read(&path);
    assert_eq!(names(&batch), ["step", "time", "mean_abs2"]);
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[0, 50]);
    let series = batch.column(2).as_primitive::<Float64Type>();
    assert!(series.value(0) == 0.25 && series.value(1).is_nan() && series.null_count() == 0);
}

#[test]
fn events_keep_their_columns_when_nothing_happened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.parquet");
    tables::write_events(&path, &[]).unwrap();
    let empty = read(&path);
    assert_eq!(names(&empty), ["step", "time", "kind", "ids", "charge", "x", "y", "notes"]);
    assert_eq!(empty.num_rows(), 0);

    let event = Event { step: 7, kind: "birth".into(), ids: vec![3, 4], x: Some(0.5), ..Event::default() };
    tables::write_events(&path, &[event]).unwrap();
    let batch = read(&path);
    assert_eq!(batch.schema().fields(), empty.schema().fields(), "types do not depend on what happened");
    assert_eq!(batch.column(3).as_list::<i32>().value(0).as_primitive::<Int64Type>().values(), &[3, 4]);
    assert!(batch.column(4).is_null(0) && !batch.column(5).is_null(0));
}

#[test]
fn documents_keep_the_type_of_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.parquet");
    let mut table = DocumentsTable {
        ids: Ids::Integers(vec![42, 7]),
        titles: vec!["Сад".into(), "Map".into()],
        x: vec![0.0, 1.0],
        y: vec![2.0, 3.0],
        tags: Some(vec![vec!["a".into()], vec![]]),
        groups: None,
        columns: vec![("coherence".into(), vec![0.5, f64::NAN])],
        whole: vec![("region".into(), vec![None, Some(3)])],
    };
    tables::write_documents(&path, &table).unwrap();
    let batch = read(&path);
    assert_eq!(names(&batch), ["id", "title", "x", "y", "tags", "coherence", "region"]);
    assert!(batch.column(5).is_null(1) && batch.column(6).is_null(0) && !batch.column(6).is_null(1));
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[42, 7]);
    assert_eq!(batch.column(1).as_string::<i32>().value(0), "Сад");

    table.ids = Ids::Texts(vec!["notes/a".into(), "notes/b".into()]);
    tables::write_documents(&path, &table).unwrap();
    assert_eq!(read(&path).column(0).data_type(), &DataType::Utf8);

    table.columns.push(("title".into(), vec![0.0, 0.0]));
    let twice = tables::write_documents(&path, &table).unwrap_err().to_string();
    assert!(twice.contains("`title`"), "{twice}");
}

// Pictures

#[test]
fn row_zero_is_at_the_bottom_and_inert_cells_are_transparent() {
    let values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    let active = [true, true, true, true, true, false];
    let (picture, limits) =
        image::picture(&grid(&[3, 2]), &values, Some(&active), Palette::Tide, Range::Fixed(0.0, 5.0)).unwrap();
    assert_eq!((picture.width() % 3, picture.height() % 2), (0, 0));
    assert!(picture.width() >= 512);
    assert_eq!(limits, Limits { low: 0.0, high: 5.0, clipped: false });
    let [r, g, b] = Palette::Tide.color(0.0);
    assert_eq!(picture.get_pixel(0, picture.height() - 1).0, [r, g, b, 255], "the first value is below, on the left");
    assert_eq!(picture.get_pixel(picture.width() - 1, 0).0[3], 0, "the last cell is inert");
    let decoded = ::image::load_from_memory(&image::png(&picture).unwrap()).unwrap().to_rgba8();
    assert_eq!(decoded, picture);
}

#[test]
fn ranges_are_robust_and_honest() {
    let mut values: Vec<f64> = (0..1000_u32).map(|i| 0.1 + f64::from(i) / 1000.0).collect();
    assert_eq!(Limits::of(&values, Palette::Tide, Range::Auto), Limits { low: 0.0, high: 1.099, clipped: false });
    values[500] = 1e6;
    let limits = Limits::of(&values, Palette::Ember, Range::Auto);
    assert!(limits.clipped && limits.high < 1.2, "{limits:?}");
    let signed = Limits::of(&[-1.0, 3.0], Palette::Balance, Range::Auto);
    assert_eq!((signed.low, signed.high), (-3.0, 3.0));
    for odd in [vec![], vec![f64::NAN; 3], vec![2.0; 5], vec![0.0]] {
        let limits = Limits::of(&odd, Palette::Tide, Range::Auto);
        assert!(limits.low < limits.high, "{odd:?} {limits:?}");
    }
}

#[test]
fn grids_of_one_and_three_axes_have_pictures() {
    let (strip, _) =
        image::picture(&grid(&[50]), &[0.5; 50], None, Palette::Tide, Range::Auto).expect("a curve of one axis");
    assert!(strip.width() >= 512 && strip.pixels().any(|p| p.0[3] == 255));
    let volume: Vec<f64> = (0..27_u8).map(f64::from).collect();
    let middle = Plane::of_grid(&grid(&[3, 3, 3]), &volume, None).unwrap();
    assert_eq!(middle.values, &volume[9..18]);
    let history = Plane::space_time(&[vec![0.0, 1.0], vec![2.0, 3.0]]);
    assert_eq!((history.width, history.height, history.values), (2, 2, vec![0.0, 1.0, 2.0, 3.0]));
}

#[test]
fn a_sliver_of_a_grid_has_a_picture_of_bearable_size() {
    let (picture, _) = image::picture(&grid(&[1, 3000]), &[0.0; 3000], None, Palette::Tide, Range::Auto).unwrap();
    assert!(picture.width() <= 4096 && picture.height() <= 4096);
}

// Manifest

#[test]
fn the_manifest_has_the_keys_that_scripts_rely_on() {
    let json: serde_json::Value = serde_json::from_str(&example().manifest.to_json()).unwrap();
    for key in [
        "seed_hash",
        "soil_hash",
        "version",
        "backend",
        "adapter",
        "driver",
        "precision",
        "threads",
        "cells",
        "steps",
        "wall_seconds",
        "cell_updates_per_second",
        "bytes_per_cell_step",
        "digests",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    let read: Manifest = serde_json::from_value(json).unwrap();
    assert_eq!(read, example().manifest);
}

// Report

#[test]
fn titles_from_strangers_can_not_leave_their_place() {
    let evil = "<script>alert(1)</script>\"' onload=x <img src=//e>";
    let mut input = example();
    input.manifest.title = evil.into();
    input.manifest.warnings = vec![evil.into()];
    input.seed_text = evil.into();
    input.pictures[0].caption = evil.into();
    input.pictures[1].name = evil.into();
    input.films[0].caption = evil.into();
    input.groups[0].name = evil.into();
    input.groups[0].examples = vec![evil.into()];
    input.panels[0].title = evil.into();
    input.measures[0].title = evil.into();
    for note in &mut input.notes {
        note.title = evil.into();
    }
    let page = render(&input);
    assert_eq!(page.matches("<script>").count(), 1, "only the page's own");
    assert!(!page.contains("<img src=//") && page.contains("&lt;script&gt;"));
}

#[test]
fn the_page_refers_to_nothing_outside_it() {
    let page = render(&example());
    for outside in ["http://", "https://", "url(", "@import", "<link", " src=\"/"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.len() < 8_000_000, "{} bytes", page.len());
}

#[test]
fn a_page_of_many_large_pictures_stays_light() {
    let mut state = 1_u32;
    let noise = ::image::RgbaImage::from_fn(900, 900, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [r, g, b, _] = state.to_be_bytes();
        ::image::Rgba([r, g, b, 255])
    });
    let picture = Picture { image: noise, ..example().pictures[0].clone() };
    let page = render(&ReportInput { pictures: vec![picture; 6], ..ReportInput::default() });
    assert!(page.len() < 8_000_000, "{} bytes", page.len());
}

#[test]
fn seeds_without_notes_series_or_pictures_have_a_page() {
    let full = example();
    let bare = ReportInput::default();
    let fields_only = ReportInput { pictures: full.pictures.clone(), ..ReportInput::default() };
    let notes_only = ReportInput { notes: full.notes.clone(), ..ReportInput::default() };
    for (input, wanted, absent) in [
        (&bare, "<h1", "<section id=\"map\""),
        (&fields_only, "The field", "<circle"),
        (&notes_only, "class=\"blank\"", "id=\"pictures\""),
    ] {
        let page = render(input);
        assert!(page.contains(wanted) && !page.contains(absent), "{wanted} / {absent}");
        // Not in the packed bytes of pictures, which may spell anything.
        let words = |part: &str| part.split_once('"').map_or(part.to_owned(), |(_, rest)| rest.to_owned());
        let mut parts = page.split("base64,");
        let start = parts.next().map(str::to_owned);
        assert!(start.into_iter().chain(parts.map(words)).all(|text| !text.contains("NaN")));
    }
}

#[test]
fn labels_do_not_lie_on_one_another() {
    let input = example();
    let frame = [720.0, 720.0];
    let spot = |note: &NoteRow| Spot { x: note.x * frame[0], y: (1.0 - note.y) * frame[1], radius: 3.0 };
    let spots: Vec<Spot> = input.notes.iter().map(spot).collect();
    let wanted = input.notes.iter().enumerate().map(|(spot, note)| Wanted {
        spot,
        text: note.title.clone(),
        width: text_width(&note.title, 12.0),
        before: None,
    });
    let labels = place(&spots, wanted, frame, &[], 12.0, 40);
    assert!(labels.len() >= 20, "{} labels", labels.len());
    assert_eq!(labels[0].spot, 0, "the most important one has its label");
    for (i, a) in labels.iter().enumerate() {
        assert!(a.rect.x >= 0.0 && a.rect.x + a.rect.width <= frame[0], "{a:?}");
        for b in &labels[i + 1..] {
            assert!(!a.rect.overlaps(&b.rect), "{a:?} {b:?}");
        }
    }
}

/// Writes the page of [`example`] where `SEMAFIELD_EXAMPLE_REPORT` says, to be looked at.
#[test]
fn the_example_page_can_be_written() {
    let page = render(&example());
    assert_eq!(page, render(&example()), "the same input gives the same page");
    if let Some(path) = std::env::var_os("SEMAFIELD_EXAMPLE_REPORT") {
        std::fs::write(path, page).unwrap();
    }
}

// An example: spirals over 120 notes

const SIDE: usize = 256;

/// A field of four phase vortices, at a share `growth` of its final magnitude.
fn spirals(growth: f64) -> (Vec<f64>, Vec<f64>) {
    let vortices = [(0.27, 0.31, 1.0), (0.72, 0.24, -1.0), (0.35, 0.75, -1.0), (0.78, 0.7, 1.0)];
    let place = |i: usize| (f64::from(u16::try_from(i).unwrap()) + 0.5) / 256.0;
    let (mut re, mut im) = (Vec::new(), Vec::new());
    for cell in 0..SIDE * SIDE {
        let (x, y) = (place(cell % SIDE), place(cell / SIDE));
        let (mut phase, mut magnitude) = (0.4 * (7.0 * x).sin() * growth, growth);
        for (vx, vy, charge) in vortices {
            let (dx, dy) = (x - vx, y - vy);
            let distance = dx.hypot(dy);
            phase += charge * dy.atan2(dx) - 22.0 * distance * growth * (-6.0 * distance).exp();
            magnitude *= (distance / 0.035).tanh();
        }
        magnitude *= 0.75 + 0.25 * (9.0 * x * y + 4.0 * y).sin();
        re.push(magnitude * phase.cos());
        im.push(magnitude * phase.sin());
    }
    (re, im)
}

fn magnitude_and_phase(re: &[f64], im: &[f64]) -> (Vec<f64>, Vec<f64>) {
    re.iter().zip(im).map(|(a, b)| (a.hypot(*b), b.atan2(*a))).unzip()
}

/// Half the summed squared differences to the neighbours to the right and above.
fn strain(re: &[f64], im: &[f64]) -> Vec<f64> {
    let other = |cell: usize| {
        let right = if cell % SIDE + 1 < SIDE { cell + 1 } else { cell };
        [right, if cell + SIDE < SIDE * SIDE { cell + SIDE } else { cell }]
    };
    let energy = |a: usize, b: usize| (re[a] - re[b]).powi(2) + (im[a] - im[b]).powi(2);
    (0..SIDE * SIDE).map(|cell| 800.0 * other(cell).iter().map(|&b| energy(cell, b)).sum::<f64>()).collect()
}

fn shown(name: &str, caption: &str, values: &[f64], palette: Palette) -> Picture {
    let plane = Plane { width: SIDE, height: SIDE, values: values.to_vec(), spacing: [1.0; 2] };
    let limits = Limits::of(values, palette, Range::Auto);
    let key = if palette == Palette::Wheel { Key::Phase } else { Key::Scale(palette, limits) };
    let (name, caption, reading) = (name.to_owned(), caption.to_owned(), reading_of(name, &key).to_owned());
    Picture { name, caption, reading, image: image::scalar(&plane, palette, limits), aspect: 1.0, key, time: 50.0 }
}

fn example_notes(magnitude: &[f64], strain: &[f64]) -> Vec<NoteRow> {
    let titles = [
        "Memory as a garden",
        "Дневник наблюдений",
        "What an error wants to say",
        "Карта и территория",
        "Rhythm",
        "Разговор, который нельзя закончить",
        "The long title of a note that its author never meant to shorten at all",
        "Ритм и дыхание",
        "Dialogue",
        "Ошибка как учитель",
        "Pruning",
        "Память места",
        "Maps that lie on purpose",
        "Тишина между нотами",
        "Borders",
        "О границах и соседях",
        "A compost of drafts",
        "Сорняки",
        "Listening",
        "Почему мы забываем имена",
    ];
    let centers = [(0.2, 0.2), (0.55, 0.3), (0.8, 0.5), (0.3, 0.65), (0.6, 0.8), (0.85, 0.85)];
    let mut state = 7_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1_u32 << 24)
    };
    (0..120_usize)
        .map(|i| {
            let (cx, cy) = centers[i % centers.len()];
            let mut around = || 0.22 * (random() + random() - 1.0);
            let (x, y) = ((cx + around()).clamp(0.02, 0.98), (cy + around()).clamp(0.02, 0.98));
            let nearest =
                |share: f64| (0..=255_u8).find(|&k| f64::from(k) + 0.5 >= 255.0 * share).map_or(0, usize::from);
            let cell = nearest(y) * SIDE + nearest(x);
            let title =
                format!("{}{}", titles[i % titles.len()], ["", " II", " III", " IV", " V", " VI"][i / titles.len()]);
            NoteRow { id: format!("notes/{i}"), title, x, y, values: vec![magnitude[cell], strain[cell]], text: None }
        })
        .collect()
}

fn example_manifest() -> Manifest {
    let hash = digits_of;
    Manifest {
        title: "A garden of conversations".into(),
        seed_hash: hash("seed"),
        soil_hash: Some(hash("soil")),
        version: "0.1.0".into(),
        backend: "cpu".into(),
        adapter: "x86-64, AVX2".into(),
        precision: "f32".into(),
        threads: 2,
        shape: vec![512, 512],
        cells: 262_144,
        steps: 2500,
        dt: 0.02,
        time: 50.0,
        completed: true,
        wall_seconds: 21.4,
        seconds: [("soil", 3.1), ("compile", 0.08), ("step", 16.9), ("output", 1.2)].map(|(k, v)| (k.into(), v)).into(),
        cell_updates_per_second: 3.88e7,
        bytes_per_cell_step: 96.0,
        parameters: [("alpha", 2.0), ("beta", -1.2), ("kappa", 0.1), ("phi", 0.3), ("sigma", 0.0), ("tau_M", 20.0)]
            .map(|(k, v)| (k.into(), v))
            .into(),
        digests: vec![Digest { step: 2500, fields: ["A", "M", "T", "theta"].map(|f| (f.into(), hash(f))).into() }],
        layout: Some(LayoutQuality { trustworthiness: 0.912, neighbor_recall: 0.347, neighbors: 15, notes: 120 }),
        warnings: vec!["dt = 0.02 is 0.9 of the stability bound 0.0222 at the initial state".into()],
        notices: vec!["3 links lead nowhere: [[Сад камней]], [[drafts/old]], [[Untitled 4]]".into()],
        ..Manifest::default()
    }
}

/// 64 hexadecimal digits that depend on a name.
fn digits_of(name: &str) -> String {
    name.bytes().cycle().take(32).enumerate().map(|(i, b)| format!("{:02x}", usize::from(b) * (37 + i) % 256)).collect()
}

fn example() -> ReportInput {
    static EXAMPLE: LazyLock<ReportInput> = LazyLock::new(grow_example);
    EXAMPLE.clone()
}

fn grow_example() -> ReportInput {
    let (re, im) = spirals(1.0);
    let (magnitude, phase) = magnitude_and_phase(&re, &im);
    let tension = strain(&re, &im);
    let notes = example_notes(&magnitude, &tension);
    let frame = |k: u8| {
        let growth = f64::from(k) / 10.0;
        let (re, im) = spirals(growth.max(0.05));
        let plane = |values| Plane { width: SIDE, height: SIDE, values, spacing: [1.0; 2] };
        (50.0 * growth, image::shrink(&image::complex(&plane(re), &plane(im), 1.0), 128))
    };
    let times: Vec<f64> = (0..=100_u8).map(|k| f64::from(k) / 2.0).collect();
    let column = |name: &str, f: &dyn Fn(f64) -> f64| (name.to_owned(), times.iter().map(|&t| f(t)).collect());
    let series = SeriesTable {
        steps: (0..=100).map(|k| 25 * k).collect(),
        columns: vec![
            column("mean_abs2", &|t| 0.62 * (1.0 - (-t / 6.0).exp()) + 0.01),
            column("defects", &|t| (4.0 + 180.0 * (-t / 5.0).exp()).round()),
            column("mean_tension", &|t| 0.3 * (-t / 9.0).exp() + 0.04 + 0.012 * (t * 1.3).sin()),
            column("ground", &|_| 1.0),
        ],
        times: times.clone(),
    };
    let mut panels = Panel::of_series(&series);
    let lines = vec![column("order of A", &|t| (t / 20.0).tanh()), column("order of M", &|t| (t / 34.0).tanh())];
    panels.push(Panel { title: "Order".into(), reading: String::new(), times, lines });
    let complex = {
        let plane = |values: &[f64]| Plane { width: SIDE, height: SIDE, values: values.to_vec(), spacing: [1.0; 2] };
        Picture {
            image: image::complex(&plane(&re), &plane(&im), 1.0),
            key: Key::Complex(1.0),
            reading: reading_of("A", &Key::Complex(1.0)).to_owned(),
            ..shown("A", "Coherence and phase", &magnitude, Palette::Tide)
        }
    };
    let signed: Vec<f64> = re.iter().map(|v| v - 0.1).collect();
    ReportInput {
        frames: None,
        manifest: example_manifest(),
        pictures: vec![
            shown("abs(A)", "Coherence", &magnitude, Palette::Tide),
            shown("arg(A)", "Phase", &phase, Palette::Wheel),
            shown("strain", "Tension", &tension, Palette::Ember),
            complex,
            shown("re(A) - 0.1", "Real part", &signed, Palette::Balance),
        ],
        films: vec![Film { name: "A".into(), caption: "Coherence and phase".into(), frames: (0..=10).map(frame).collect(), aspect: 1.0 }],
        panels,
        measures: vec![
            Measure { title: "Coherence".into(), reading: "How firmly the field holds at a note: high where its neighbours agree with it, low at the edge of a theme or between two of them.".into() },
            Measure { title: "Tension".into(), reading: "How much a note is pulled apart by what lies around it: high where themes meet and do not agree.".into() },
        ],
        links: (0..notes.len()).filter(|i| i % 3 == 0).map(|i| [i, (i * 7 + 6) % notes.len()]).collect(),
        life: None,
        groups: (0..4_u8)
            .map(|g| Group {
                name: ["memory, gardens", "ошибка, учитель", "maps", "ритм"][usize::from(g)].into(),
                notes: 40 - 7 * usize::from(g),
                values: vec![0.8 - 0.1 * f64::from(g), 0.05 + 0.02 * f64::from(g)],
                examples: notes.iter().skip(usize::from(g)).step_by(6).take(3).map(|n| n.title.clone()).collect(),
            })
            .collect(),
        notes,
        parameter_docs: [("alpha", "linear dispersion"), ("beta", "nonlinear detuning"), ("phi", "how much felt tension dims the gain")]
            .map(|(k, v)| (k.into(), v.into()))
            .into(),
        seed_text: "semafield = 1\ntitle = \"A garden of conversations\"\nrng_seed = 7\n\n[domain]\nkind = \"grid\"\nshape = [512, 512]\n".into(),
        summary: String::new(),
    }
}
