//! `semafield topology`

use std::fmt::Display;
use std::io::ErrorKind;
use std::path::Path;

use npyz::{Deserialize, NpyFile, Order};
use semafield::error::Error;
use semafield::topology::{
    ComplexGrid, Connectivity, Filtration, Ordered, ScalarGrid, TopologyReport, report, report_complex,
};
use serde::Serialize;

use crate::cli;

pub(crate) fn topology(arguments: &cli::Topology) -> anyhow::Result<()> {
    let path = &arguments.field;
    let bytes = std::fs::read(path).map_err(|why| problem(path, why))?;
    let file = NpyFile::new(&bytes[..]).map_err(|why| problem(path, format!("not a .npy array: {why}")))?;
    let array = Array::new(path, &file, bytes.len())?;
    let descr = file.dtype().descr();
    let kind = descr.trim_matches(['\'', '"', '<', '>', '|', '=']);
    let order = file.order();
    match kind {
        "f4" => array.scalar::<f32>(read(path, file, order, &array.shape)?, arguments),
        "f8" => array.scalar::<f64>(read(path, file, order, &array.shape)?, arguments),
        "i8" => array.scalar::<i64>(read(path, file, order, &array.shape)?, arguments),
        "u8" => array.scalar::<u64>(read(path, file, order, &array.shape)?, arguments),
        "i4" => array.scalar::<i64>(widened(read::<i32>(path, file, order, &array.shape)?), arguments),
        "i2" => array.scalar::<i64>(widened(read::<i16>(path, file, order, &array.shape)?), arguments),
        "i1" => array.scalar::<i64>(widened(read::<i8>(path, file, order, &array.shape)?), arguments),
        "u4" => array.scalar::<i64>(widened(read::<u32>(path, file, order, &array.shape)?), arguments),
        "u2" => array.scalar::<i64>(widened(read::<u16>(path, file, order, &array.shape)?), arguments),
        "b1" => array.scalar::<i64>(widened(read::<bool>(path, file, order, &array.shape)?), arguments),
        "u1" => array.scalar::<i64>(widened(read::<u8>(path, file, order, &array.shape)?), arguments),
        "c8" => {
            let values: Vec<npyz::num_complex::Complex<f32>> = read(path, file, order, &array.shape)?;
            let (re, im): (Vec<f32>, Vec<f32>) = values.iter().map(|z| (z.re, z.im)).unzip();
            array.complex(&re, &im, arguments)
        }
        "c16" => {
            let values: Vec<npyz::num_complex::Complex<f64>> = read(path, file, order, &array.shape)?;
            let (re, im): (Vec<f64>, Vec<f64>) = values.iter().map(|z| (z.re, z.im)).unzip();
            array.complex(&re, &im, arguments)
        }
        "f2" => Err(problem(path, "save float16 as float32: it holds the same numbers").into()),
        other => Err(problem(
            path,
            format!("type {other} is not read: give real numbers up to 64 bits, integers, or complex"),
        )
        .into()),
    }
}

fn problem(path: &Path, why: impl Display) -> Error {
    Error::Input(format!("{}: {why}", path.display()))
}

fn widened<T: Into<i64>>(values: Vec<T>) -> Vec<i64> {
    values.into_iter().map(Into::into).collect()
}

/// The values, x fastest.
fn read<T: Deserialize + Copy>(
    path: &Path,
    file: NpyFile<&[u8]>,
    order: Order,
    shape: &[usize; 2],
) -> Result<Vec<T>, Error> {
    let values: Vec<T> = file.into_vec().map_err(|why| match why.kind() {
        ErrorKind::UnexpectedEof => problem(path, "the file is cut off"),
        _ => problem(path, why),
    })?;
    let [nx, ny] = *shape;
    Ok(match order {
        Order::C => values,
        Order::Fortran => (0..nx * ny).map(|at| values[(at % nx) * ny + at / nx]).collect(),
    })
}

/// The extent of an array, x first.
struct Array<'a> {
    path: &'a Path,
    shape: [usize; 2],
}

impl<'a> Array<'a> {
    /// Checks the shape against the file's own size before anything is allocated for it.
    fn new(path: &'a Path, file: &NpyFile<&[u8]>, bytes: usize) -> Result<Self, Error> {
        let &[ny, nx] = file.shape() else {
            let found = file.shape().len();
            return Err(problem(path, format!("it has {found} axes; give an array of two, y then x")));
        };
        if nx == 0 || ny == 0 {
            return Err(problem(path, format!("it is empty: its shape is ({ny}, {nx})")));
        }
        let cells = nx.checked_mul(ny).filter(|&cells| cells <= bytes as u64);
        if cells.is_none() {
            return Err(problem(path, format!("its shape ({ny}, {nx}) does not fit its {bytes} bytes")));
        }
        let narrow = |cells: u64| usize::try_from(cells).map_err(|why| problem(path, why));
        Ok(Self { path, shape: [narrow(nx)?, narrow(ny)?] })
    }

    fn scalar<T: Ordered + Display + Serialize>(&self, values: Vec<T>, options: &cli::Topology) -> anyhow::Result<()> {
        let periodic = [options.boundary == cli::Boundary::Periodic; 2];
        let grid = ScalarGrid { shape: self.shape, periodic, values: &values };
        let (connectivity, filtration) = how(options);
        let found = report(&grid, connectivity, filtration).map_err(|why| problem(self.path, why))?;
        super::answer(options.form, &found, || lines(&found))
    }

    fn complex<T>(&self, re: &[T], im: &[T], options: &cli::Topology) -> anyhow::Result<()>
    where
        T: Ordered + Display + Serialize + semafield::topology::winding::Component,
    {
        let periodic = [options.boundary == cli::Boundary::Periodic; 2];
        let grid = ComplexGrid { shape: &self.shape, periodic: &periodic, re, im, theta: None, mask: None };
        let (connectivity, filtration) = how(options);
        let found = report_complex(&grid, connectivity, filtration).map_err(|why| problem(self.path, why))?;
        super::answer(options.form, &found, || lines(&found))
    }
}

fn how(options: &cli::Topology) -> (Connectivity, Filtration) {
    let connectivity = match options.connectivity.as_str() {
        "4" => Connectivity::Four,
        "8" => Connectivity::Eight,
        _ => Connectivity::Six,
    };
    (connectivity, if options.superlevel { Filtration::Superlevel } else { Filtration::Sublevel })
}

/// What was found, line by line.
fn lines<T: Display>(found: &TopologyReport<T>) -> String {
    let mut text = String::new();
    let dimensions = [("H0", &found.pairs.components), ("H1", &found.pairs.loops), ("H2", &found.pairs.voids)];
    for (name, pairs) in dimensions {
        let endless = pairs.iter().filter(|pair| pair.death.is_none()).count();
        text.push_str(&format!("{name}: {} pairs, {endless} of them never die\n", pairs.len()));
        for pair in pairs {
            let death = pair.death.as_ref().map_or_else(|| "never".to_owned(), ToString::to_string);
            text.push_str(&format!("  {} {death}\n", pair.birth));
        }
    }
    let of_kind = |index: i32| found.critical_points.iter().filter(|point| point.index.signum() == index).count();
    text.push_str(&format!(
        "critical points: {}, {} of them saddles\ndefects: {}\n",
        found.critical_points.len(),
        of_kind(-1),
        found.defects.len()
    ));
    for defect in &found.defects {
        let [x, y, _] = defect.position;
        text.push_str(&format!("  {:+} at x = {x}, y = {y}\n", defect.charge));
    }
    text
}
