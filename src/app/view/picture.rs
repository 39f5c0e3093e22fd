//! Pictures off the window, of any size: drawn tile by tile and handed on band by band.
//!
//! In: a scene and a size in pixels. Out: rows of RGBA bytes, top to bottom. Invariants: what is held in memory at once
//! does not grow with the picture's height; a picture of many tiles is that of one tile; the window's own format is drawn,
//! so that a picture is what was seen.

use std::sync::mpsc;

use image::RgbaImage;

use super::letters::{Letters, Sheet};
use super::theme::Theme;
use super::{Scene, View, Viewport, clear_color};

/// Pixels of a band.
const BAND: u32 = 1 << 23;
/// Most pixels of a picture that is held whole.
const WHOLE: u64 = 1 << 28;
/// Longest side of a picture.
pub const LONGEST: u32 = 1 << 17;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Nothing, or too much.
    #[error(
        "a picture of {0} x {1} pixels: each side must have 1 to {LONGEST} pixels, and a picture that is held in memory at most {WHOLE} in all; choose a smaller one"
    )]
    Size(u32, u32),
    /// The device refused.
    #[error("the graphics device could not draw the picture: {0}; choose a smaller one, or restart the window")]
    Device(String),
    /// What the rows were given to refused.
    #[error(transparent)]
    Taken(Box<dyn std::error::Error + Send + Sync>),
}

/// What takes the rows of a picture: called with whole rows, top to bottom.
pub type TakeRows<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The device and its queue.
#[derive(Clone, Copy)]
struct Place<'a> {
    device: &'a wgpu::Device,
    queue: &'a wgpu::Queue,
}

/// A texture to draw a tile on, and the buffer that it is read through.
struct Easel {
    texture: wgpu::Texture,
    staging: wgpu::Buffer,
    size: [u32; 2],
    /// Bytes of a row in the buffer.
    stride: u32,
}

impl View {
    /// A picture that is held whole.
    pub fn picture(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        scene: &Scene<'_>,
        size: [u32; 2],
        scale: f32,
    ) -> Result<RgbaImage, PictureError> {
        let refused = || PictureError::Size(size[0], size[1]);
        if u64::from(size[0]) * u64::from(size[1]) > WHOLE {
            return Err(refused());
        }
        let mut bytes = Vec::new();
        self.bands(device, queue, scene, size, scale, &mut |rows| {
            bytes.extend_from_slice(rows);
            Ok(())
        })?;
        RgbaImage::from_raw(size[0], size[1], bytes).ok_or_else(refused)
    }

    /// A picture of any size, as rows from the top.
    pub fn bands(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        scene: &Scene<'_>,
        size: [u32; 2],
        scale: f32,
        take: TakeRows<'_>,
    ) -> Result<(), PictureError> {
        let viewport = Viewport { origin: [0, 0], size, scale };
        let [width, height] = size;
        if size.iter().any(|side| !(1..=LONGEST).contains(side)) {
            return Err(PictureError::Size(width, height));
        }
        self.compose(device, queue, scene, viewport);
        let rows = (BAND / width).clamp(1, height).min(self.longest_tile);
        let columns = width.min(self.longest_tile);
        let easel = Easel::new(device, self.format, [columns, rows]);
        let mut letters = self.letters.take().unwrap_or_else(|| Letters::new(device, self.format));
        let drawn = self.draw_bands(Place { device, queue }, scene, viewport, &mut letters, &easel, take);
        self.letters = Some(letters);
        drawn
    }

    fn draw_bands(
        &mut self,
        at: Place<'_>,
        scene: &Scene<'_>,
        viewport: Viewport,
        letters: &mut Letters,
        easel: &Easel,
        take: TakeRows<'_>,
    ) -> Result<(), PictureError> {
        let Place { device, queue } = at;
        let [width, height] = viewport.size;
        let [columns, rows] = easel.size;
        let clear = clear_color(Theme::STAGE.background, self.format.is_srgb());
        let mut sheet = letters.write(device, queue, self, scene, viewport);
        let row_bytes = width as usize * 4;
        for top in (0..height).step_by(rows as usize) {
            let band_height = rows.min(height - top);
            let mut band = vec![0; row_bytes * band_height as usize];
            for left in (0..width).step_by(columns as usize) {
                let tile = [[left, top], [columns.min(width - left), band_height]];
                let mut encoder = device.create_command_encoder(&Default::default());
                self.turn_to(device, queue, &mut encoder, tile);
                sheet.turn_to(queue, tile);
                easel.draw(self, &sheet, &mut encoder, clear);
                let submission = queue.submit([encoder.finish()]);
                easel.read(device, submission, tile[1], &mut band[left as usize * 4..], row_bytes)?;
            }
            if matches!(self.format.remove_srgb_suffix(), wgpu::TextureFormat::Bgra8Unorm) {
                band.chunks_exact_mut(4).for_each(|pixel| pixel.swap(0, 2));
            }
            take(&band).map_err(PictureError::Taken)?;
        }
        Ok(())
    }
}

impl Easel {
    fn new(device: &wgpu::Device, format: wgpu::TextureFormat, size: [u32; 2]) -> Self {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let stride = (4 * size[0]).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let staging = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture"),
            size: u64::from(stride) * u64::from(size[1]),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { texture, staging, size, stride }
    }

    /// Draws a tile and copies it where it can be read.
    fn draw(&self, view: &View, sheet: &Sheet<'_>, encoder: &mut wgpu::CommandEncoder, clear: wgpu::Color) {
        let target = self.texture.create_view(&Default::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("picture"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        view.draw(&mut pass);
        sheet.draw(&mut pass);
        drop(pass);
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(self.stride), rows_per_image: None };
        let buffer = wgpu::TexelCopyBufferInfo { buffer: &self.staging, layout };
        encoder.copy_texture_to_buffer(self.texture.as_image_copy(), buffer, self.texture.size());
    }

    /// Waits for a tile and copies its rows into a band.
    fn read(
        &self,
        device: &wgpu::Device,
        submission: wgpu::SubmissionIndex,
        [width, height]: [u32; 2],
        band: &mut [u8],
        row_bytes: usize,
    ) -> Result<(), PictureError> {
        let refused = |why: &dyn std::fmt::Display| PictureError::Device(why.to_string());
        let (sender, receiver) = mpsc::channel();
        // The receiver outlives the wait below, so the message always arrives.
        self.staging.map_async(wgpu::MapMode::Read, .., move |outcome| drop(sender.send(outcome)));
        device
            .poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None })
            .map_err(|why| refused(&why))?;
        receiver.recv().map_err(|why| refused(&why))?.map_err(|why| refused(&why))?;
        {
            let mapped = self.staging.get_mapped_range(..).map_err(|why| refused(&why))?;
            let bytes = width as usize * 4;
            for row in 0..height as usize {
                let from = row * self.stride as usize;
                band[row * row_bytes..row * row_bytes + bytes].copy_from_slice(&mapped[from..from + bytes]);
            }
        }
        self.staging.unmap();
        Ok(())
    }
}
