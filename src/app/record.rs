//! Pictures and films on the disk.
//!
//! In: rows or whole pictures of RGBA bytes. Out: a PNG, numbered PNGs, an animated PNG, or an MP4 by ffmpeg. Invariants:
//! no file is ever overwritten; nothing is kept in memory but the picture at hand; a film that is cut short can be played
//! as far as it came (PNGs always, an animated PNG from its first picture on once it is ended).

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::app::state::RecordingKind;

/// Why a recording failed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system refused.
    #[error("cannot write {path}: {source}; check that the folder is writable and the disk is not full", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The encoder refused.
    #[error("cannot write {path} as PNG: {message}", path = path.display())]
    Png {
        /// Which file.
        path: PathBuf,
        /// What the encoder said.
        message: String,
    },
    /// There is no ffmpeg.
    #[error(
        "MP4 needs the program ffmpeg, which is not on the PATH; install it (for example `apt install ffmpeg`), or record an animated PNG or numbered pictures"
    )]
    NoFfmpeg,
    /// ffmpeg ended with an error.
    #[error("ffmpeg could not write {path}: {message}", path = path.display())]
    Ffmpeg {
        /// Which file.
        path: PathBuf,
        /// The last lines that it said.
        message: String,
    },
    /// A picture of another size than the first.
    #[error("a picture of {0} bytes in a recording of {1} x {2} pixels: all pictures of a recording have one size")]
    Size(usize, u32, u32),
}

/// The first of `name.ending`, `name-2.ending`, `name-3.ending`, ... that does not exist yet, made and opened.
fn create_new(folder: &Path, name: &str, ending: &str) -> Result<(PathBuf, File), RecordError> {
    let failed = |path: &Path, source| RecordError::File { path: path.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    for number in 1_u32.. {
        let path =
            folder.join(if number == 1 { format!("{name}.{ending}") } else { format!("{name}-{number}.{ending}") });
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(failed(&path, source)),
        }
    }
    Err(failed(folder, std::io::Error::other("every number is taken")))
}

/// A PNG that is written row by row; it has no transparency.
pub struct PngFile {
    path: PathBuf,
    writer: png::StreamWriter<'static, BufWriter<File>>,
    row: Vec<u8>,
}

impl PngFile {
    /// Begins a picture in a folder, under a name that is not taken.
    pub fn begin(folder: &Path, name: &str, size: [u32; 2]) -> Result<Self, RecordError> {
        let (path, file) = create_new(folder, name, "png")?;
        let refused = |why: png::EncodingError| RecordError::Png { path: path.clone(), message: why.to_string() };
        let writer = encoder(BufWriter::new(file), size).write_header().map_err(refused)?;
        let writer = writer.into_stream_writer().map_err(refused)?;
        Ok(Self { path, writer, row: vec![] })
    }

    /// Appends rows of RGBA bytes.
    pub fn append(&mut self, rows: &[u8]) -> Result<(), RecordError> {
        opaque(rows, &mut self.row);
        self.writer.write_all(&self.row).map_err(|source| RecordError::File { path: self.path.clone(), source })
    }

    /// Ends the picture; its path.
    pub fn finish(self) -> Result<PathBuf, RecordError> {
        let Self { path, writer, .. } = self;
        writer.finish().map_err(|why| RecordError::Png { path: path.clone(), message: why.to_string() })?;
        Ok(path)
    }
}

/// A film on its way to the disk.
pub struct Film {
    size: [u32; 2],
    pictures: u32,
    rgb: Vec<u8>,
    form: Form,
}

enum Form {
    Sequence { folder: PathBuf },
    Apng { path: PathBuf, writer: Box<png::Writer<BufWriter<File>>> },
    Mp4 { path: PathBuf, child: Child },
}

impl Film {
    /// Begins a film in a folder, under a name that is not taken, at so many pictures per second.
    pub fn begin(
        kind: RecordingKind,
        folder: &Path,
        name: &str,
        size: [u32; 2],
        rate: u16,
    ) -> Result<Self, RecordError> {
        let form = match kind {
            RecordingKind::Sequence => Form::Sequence { folder: new_folder(folder, name)? },
            RecordingKind::Apng => {
                let (path, file) = create_new(folder, name, "png")?;
                let refused =
                    |why: png::EncodingError| RecordError::Png { path: path.clone(), message: why.to_string() };
                let mut encoder = encoder(BufWriter::new(file), size);
                // How many there will be is not known: it is written when the film ends.
                encoder.set_animated(u32::MAX, 0).map_err(refused)?;
                encoder.set_frame_delay(1, rate.max(1)).map_err(refused)?;
                let writer = Box::new(encoder.write_header().map_err(refused)?);
                Form::Apng { path, writer }
            }
            RecordingKind::Mp4 => {
                let (path, file) = create_new(folder, name, "mp4")?;
                drop(file);
                match ffmpeg(&path, size, rate) {
                    Ok(child) => Form::Mp4 { path, child },
                    Err(why) => {
                        // What was made to hold the name is empty: the person shall not find it.
                        let _ = std::fs::remove_file(&path);
                        return Err(why);
                    }
                }
            }
        };
        Ok(Self { size, pictures: 0, rgb: vec![], form })
    }

    /// Pictures so far.
    pub const fn pictures(&self) -> u32 {
        self.pictures
    }

    /// Pixels of each picture.
    pub const fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Appends a picture of RGBA bytes.
    pub fn append(&mut self, picture: &[u8]) -> Result<(), RecordError> {
        let [width, height] = self.size;
        if picture.len() as u64 != u64::from(width) * u64::from(height) * 4 {
            return Err(RecordError::Size(picture.len(), width, height));
        }
        match &mut self.form {
            Form::Sequence { folder } => {
                let mut file = PngFile::begin(folder, &format!("{:06}", self.pictures + 1), self.size)?;
                file.append(picture)?;
                file.finish()?;
            }
            Form::Apng { path, writer } => {
                opaque(picture, &mut self.rgb);
                let refused =
                    |why: png::EncodingError| RecordError::Png { path: path.clone(), message: why.to_string() };
                writer.write_image_data(&self.rgb).map_err(refused)?;
            }
            Form::Mp4 { path, child } => {
                opaque(picture, &mut self.rgb);
                let sent = child.stdin.as_mut().map_or(Ok(()), |pipe| pipe.write_all(&self.rgb));
                if sent.is_err() {
                    return Err(ended(path, child));
                }
            }
        }
        self.pictures += 1;
        Ok(())
    }

    /// Ends the film; where it is.
    pub fn finish(self) -> Result<PathBuf, RecordError> {
        match self.form {
            Form::Sequence { folder } => Ok(folder),
            Form::Apng { path, writer } if self.pictures == 0 => {
                drop(writer);
                std::fs::remove_file(&path).map_err(|source| RecordError::File { path: path.clone(), source })?;
                Ok(path.parent().map(Path::to_owned).unwrap_or_default())
            }
            Form::Apng { path, writer } => {
                writer.finish().map_err(|why| RecordError::Png { path: path.clone(), message: why.to_string() })?;
                count_pictures(&path, self.pictures)
                    .map_err(|source| RecordError::File { path: path.clone(), source })?;
                Ok(path)
            }
            Form::Mp4 { path, mut child } => {
                drop(child.stdin.take());
                let output =
                    child.wait_with_output().map_err(|source| RecordError::File { path: path.clone(), source })?;
                if output.status.success() {
                    return Ok(path);
                }
                Err(RecordError::Ffmpeg { path, message: last_lines(&output.stderr) })
            }
        }
    }
}

/// Writes the number of pictures into the `acTL` chunk, which follows the signature and the header: at byte 33 its
/// length, then its type, two numbers and the checksum of type and numbers.
fn count_pictures(path: &Path, pictures: u32) -> std::io::Result<()> {
    const CHUNK: u64 = 33 + 4;
    let mut chunk = *b"acTL\0\0\0\0\0\0\0\0";
    chunk[4..8].copy_from_slice(&pictures.to_be_bytes());
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(CHUNK))?;
    file.write_all(&chunk)?;
    file.write_all(&crc32(&chunk).to_be_bytes())
}

/// The checksum of PNG chunks: CRC-32 of ISO 3309, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

/// A folder `name`, `name-2`, ... that does not exist yet.
fn new_folder(parent: &Path, name: &str) -> Result<PathBuf, RecordError> {
    let failed = |path: &Path, source| RecordError::File { path: path.to_owned(), source };
    std::fs::create_dir_all(parent).map_err(|source| failed(parent, source))?;
    for number in 1_u32.. {
        let folder = parent.join(if number == 1 { name.to_owned() } else { format!("{name}-{number}") });
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(failed(&folder, source)),
        }
    }
    Err(failed(parent, std::io::Error::other("every number is taken")))
}

fn encoder<W: Write>(writer: W, [width, height]: [u32; 2]) -> png::Encoder<'static, W> {
    let mut encoder = png::Encoder::new(writer, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder
}

/// ffmpeg, fed with RGB pictures on its input. Sides that are odd grow by one, as the common format wants.
fn ffmpeg(path: &Path, [width, height]: [u32; 2], rate: u16) -> Result<Child, RecordError> {
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]);
    command.args(["-s", &format!("{width}x{height}"), "-r", &rate.max(1).to_string(), "-i", "-"]);
    command.args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]);
    // The name is ours: the file of no bytes was made to hold it.
    command.args(["-f", "mp4", "-y"]).arg(path);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().map_err(|why| match why.kind() {
        std::io::ErrorKind::NotFound => RecordError::NoFfmpeg,
        _ => RecordError::Ffmpeg { path: path.to_owned(), message: why.to_string() },
    })
}

/// Why ffmpeg takes no more.
fn ended(path: &Path, child: &mut Child) -> RecordError {
    use std::io::Read as _;
    drop(child.stdin.take());
    let mut said = Vec::new();
    if let Some(errors) = child.stderr.as_mut() {
        let _ = errors.take(1 << 16).read_to_end(&mut said);
    }
    let _ = child.wait();
    RecordError::Ffmpeg { path: path.to_owned(), message: last_lines(&said) }
}

fn last_lines(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        "it ended without saying why".into()
    } else {
        lines[lines.len().saturating_sub(3)..].join("; ")
    }
}

/// The colours without opacity.
fn opaque(rgba: &[u8], rgb: &mut Vec<u8>) {
    rgb.clear();
    rgb.extend(rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(value: u8) -> Vec<u8> {
        [value, 20, 30, 255].repeat(6 * 4)
    }

    fn film(kind: RecordingKind, folder: &Path) -> PathBuf {
        let mut film = Film::begin(kind, folder, "film", [6, 4], 30).unwrap();
        for value in [10, 90, 170] {
            film.append(&picture(value)).unwrap();
        }
        assert!(matches!(film.append(&[0; 5]), Err(RecordError::Size(5, 6, 4))));
        film.finish().unwrap()
    }

    #[test]
    fn checksums_meet_the_known_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_sequence_is_numbered_and_never_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let first = film(RecordingKind::Sequence, folder.path());
        let second = film(RecordingKind::Sequence, folder.path());
        assert_ne!(first, second);
        for (number, value) in [(1, 10), (3, 170)] {
            let picture = image::open(second.join(format!("{number:06}.png"))).unwrap().to_rgb8();
            assert_eq!(picture.get_pixel(2, 2).0, [value, 20, 30]);
        }
    }

    #[test]
    fn an_animated_png_has_all_its_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let path = film(RecordingKind::Apng, folder.path());
        assert_ne!(path, film(RecordingKind::Apng, folder.path()));
        let file = std::io::BufReader::new(File::open(path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        assert_eq!(reader.info().animation_control().unwrap().num_frames, 3);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        for value in [10, 90, 170] {
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!(pixels[..3], [value, 20, 30]);
            assert_eq!(reader.info().frame_control().unwrap().delay_den, 30);
        }
        assert!(reader.next_frame(&mut pixels).is_err());
    }

    #[test]
    fn a_picture_is_written_row_by_row() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = PngFile::begin(folder.path(), "view", [6, 4]).unwrap();
        for rows in picture(77).chunks(6 * 4 * 2) {
            file.append(rows).unwrap();
        }
        let path = file.finish().unwrap();
        assert_eq!(image::open(path).unwrap().to_rgb8().get_pixel(5, 3).0, [77, 20, 30]);
    }

    #[test]
    fn mp4_is_written_or_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        match Film::begin(RecordingKind::Mp4, folder.path(), "film", [6, 5], 30) {
            Err(why) => {
                assert!(matches!(why, RecordError::NoFfmpeg) && why.to_string().contains("install"), "{why}");
                assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            }
            Ok(mut film) => {
                (0..4).for_each(|_| film.append(&[9, 9, 9, 255].repeat(30)).unwrap());
                assert!(std::fs::metadata(film.finish().unwrap()).unwrap().len() > 100);
            }
        }
    }
}
