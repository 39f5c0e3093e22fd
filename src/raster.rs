//! Given arrays and pictures of a grid's shape: `.npy` and `.png`.
//!
//! In: a file's bytes. Out: one number per cell, x fastest and y up. Invariants: the shape is the grid's; nothing is
//! allocated before the file's own size vouches for it; a picture's values are its brightness in 0..=1.

use std::path::Path;

use crate::grid::Grid;

/// Reads an array (axes z, y, x; any real type) or a picture (the top row is the largest y).
pub fn read(path: &Path, bytes: &[u8], grid: &Grid) -> Result<Vec<f64>, String> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("npy") => array(bytes, grid),
        Some("png") if grid.graph().is_some() => {
            Err("a graph has no picture: use a .npy array, one number per node".into())
        }
        Some("png") => picture(bytes, grid),
        _ => Err("a map is a .npy array or a .png picture".into()),
    }
}

fn array(bytes: &[u8], grid: &Grid) -> Result<Vec<f64>, String> {
    let file = npyz::NpyFile::new(bytes).map_err(|why| format!("not a .npy array: {why}"))?;
    // The nodes of a graph are in one row.
    let due: Vec<u64> = grid.shape()[..grid.axes().max(1)].iter().rev().map(|&cells| cells as u64).collect();
    if file.shape() != due {
        return Err(format!("its shape is {:?}; the grid's is {due:?} (axes z, y, x)", file.shape()));
    }
    if file.order() != npyz::Order::C && due.len() > 1 {
        return Err("it is stored in Fortran order: save it with numpy.ascontiguousarray".into());
    }
    if (bytes.len() as u64) < file.len() {
        return Err("the file is cut off".into());
    }
    let cut = |why: std::io::Error| format!("the file is cut off: {why}");
    let kind = file.dtype().descr().trim_matches('\'').to_owned();
    match &kind[1..] {
        "f4" => Ok(file.into_vec::<f32>().map_err(cut)?.into_iter().map(f64::from).collect()),
        "f8" => file.into_vec::<f64>().map_err(cut),
        "u1" => Ok(file.into_vec::<u8>().map_err(cut)?.into_iter().map(f64::from).collect()),
        "b1" => Ok(file.into_vec::<bool>().map_err(cut)?.into_iter().map(f64::from).collect()),
        "i4" => Ok(file.into_vec::<i32>().map_err(cut)?.into_iter().map(f64::from).collect()),
        #[expect(clippy::cast_precision_loss, reason = "a map's integers are read as numbers")]
        "i8" => Ok(file.into_vec::<i64>().map_err(cut)?.into_iter().map(|value| value as f64).collect()),
        other => Err(format!("its type is {other}; save it as float32 or float64")),
    }
}

fn picture(bytes: &[u8], grid: &Grid) -> Result<Vec<f64>, String> {
    let [nx, ny, _] = grid.shape();
    if grid.axes() == 3 {
        return Err("a picture has two axes, the grid has three: use a .npy array".into());
    }
    let mut reader = image::ImageReader::new(std::io::Cursor::new(bytes));
    reader.set_format(image::ImageFormat::Png);
    let (width, height) = reader.into_dimensions().map_err(|why| format!("not a .png picture: {why}"))?;
    if (width as usize, height as usize) != (nx, ny) {
        return Err(format!("it is {width} x {height} pixels; the grid has {nx} x {ny} cells"));
    }
    let gray = image::load_from_memory_with_format(bytes, image::ImageFormat::Png)
        .map_err(|why| format!("not a .png picture: {why}"))?
        .to_luma16();
    let mut values = Vec::with_capacity(nx * ny);
    for row in (0..height).rev() {
        values.extend((0..width).map(|column| f64::from(gray.get_pixel(column, row).0[0]) / 65535.0));
    }
    Ok(values)
}
