//! The pane: the window's surface, and the device that paints on it.
//!
//! In: a window, egui's shapes. Out: pictures on the screen. Invariants: what a surface asks for (another size, a new
//! configuration) is done before the next picture; a device or a surface that is lost says so, and is replaced by a new
//! pane.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use egui::{ClippedPrimitive, TexturesDelta};
use winit::window::Window;

use crate::app::view::ink::Ink;
use crate::app::view::{FILTER_VALUES, RenderDevice};

/// A surface, what it is painted with, and whether it is still there.
pub(super) struct Pane {
    surface: wgpu::Surface<'static>,
    configuration: wgpu::SurfaceConfiguration,
    device: RenderDevice,
    ink: Ink,
    lost: Arc<AtomicBool>,
}

/// Shapes to paint, and how.
pub(super) struct Sheet<'a> {
    pub(super) shapes: &'a [ClippedPrimitive],
    pub(super) textures: &'a TexturesDelta,
    pub(super) background: [f32; 4],
    /// Pixels per point.
    pub(super) scale: f32,
}

impl Pane {
    /// A pane for a window, or why there is none.
    pub(super) fn on(window: &Arc<Window>) -> Result<Self, String> {
        pollster::block_on(Self::try_on(window)).map_err(|why| why.to_string())
    }

    async fn try_on(window: &Arc<Window>) -> Result<Self, Box<dyn std::error::Error>> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let surface = instance.create_surface(Arc::clone(window))?;
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            compatible_surface: Some(&surface),
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await?;
        let wanted = wgpu::DeviceDescriptor {
            label: Some("window"),
            required_features: adapter.features() & FILTER_VALUES,
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let (device, queue) = adapter.request_device(&wanted).await?;
        let lost = watch(&device);
        let size = window.inner_size();
        let configuration = surface
            .get_default_config(&adapter, size.width.max(1), size.height.max(1))
            .ok_or("the graphics driver cannot draw on this window")?;
        let format = plain(&surface.get_capabilities(&adapter).formats).unwrap_or(configuration.format);
        let configuration = wgpu::SurfaceConfiguration {
            format,
            view_formats: vec![],
            present_mode: wgpu::PresentMode::AutoVsync,
            // A touch is to be seen in the next picture, not in the one after.
            desired_maximum_frame_latency: 1,
            ..configuration
        };
        surface.configure(&device, &configuration);
        let ink = Ink::new(&device, format);
        Ok(Self { surface, configuration, device: RenderDevice { device, queue, format }, ink, lost })
    }

    /// What to paint with.
    pub(super) const fn device(&self) -> &RenderDevice {
        &self.device
    }

    /// Whether device or surface have gone: a new pane is needed.
    pub(super) fn is_lost(&self) -> bool {
        // The device says so when it is asked for its work.
        let _ = self.device.device.poll(wgpu::PollType::Poll);
        self.lost.load(Ordering::Relaxed)
    }

    /// The window has another size.
    pub(super) fn resize(&mut self, [width, height]: [u32; 2]) {
        if width > 0 && height > 0 {
            (self.configuration.width, self.configuration.height) = (width, height);
            self.surface.configure(&self.device.device, &self.configuration);
        }
    }

    /// Paints and presents; false if it must be tried again.
    pub(super) fn paint(&mut self, sheet: &Sheet<'_>) -> bool {
        let RenderDevice { device, queue, .. } = &self.device;
        self.ink.write(device, queue, sheet.shapes, sheet.textures);
        let painted = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(target) => {
                self.present(target, sheet);
                true
            }
            wgpu::CurrentSurfaceTexture::Suboptimal(target) => {
                self.present(target, sheet);
                self.surface.configure(&self.device.device, &self.configuration);
                true
            }
            wgpu::CurrentSurfaceTexture::Outdated => {
                self.surface.configure(&self.device.device, &self.configuration);
                false
            }
            wgpu::CurrentSurfaceTexture::Lost | wgpu::CurrentSurfaceTexture::Validation => {
                self.lost.store(true, Ordering::Relaxed);
                false
            }
            // Nobody could see it.
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Occluded => {
                self.device.queue.submit([]);
                true
            }
        };
        self.ink.free(sheet.textures);
        painted
    }

    fn present(&mut self, target: wgpu::SurfaceTexture, sheet: &Sheet<'_>) {
        let RenderDevice { device, queue, .. } = &self.device;
        let size = [target.texture.width(), target.texture.height()];
        self.ink.aim(queue, [[0, 0], size], sheet.scale);
        let view = target.texture.create_view(&Default::default());
        let mut encoder = device.create_command_encoder(&Default::default());
        let [r, g, b, a] = sheet.background.map(f64::from);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("window"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        self.ink.draw(&mut pass, sheet.shapes);
        drop(pass);
        queue.submit([encoder.finish()]);
        queue.present(target);
    }
}

/// A flag that is set when the device is lost. What fails after that is no mistake of ours; what fails before is.
fn watch(device: &wgpu::Device) -> Arc<AtomicBool> {
    let lost = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&lost);
    device.set_device_lost_callback(move |_, _| flag.store(true, Ordering::Relaxed));
    let flag = Arc::clone(&lost);
    device.on_uncaptured_error(Arc::new(move |error| {
        assert!(flag.load(Ordering::Relaxed), "the graphics driver refuses: {error}");
    }));
    lost
}

/// A format that stores bytes as they are: egui blends them so.
fn plain(formats: &[wgpu::TextureFormat]) -> Option<wgpu::TextureFormat> {
    let is_plain = |format: &&wgpu::TextureFormat| {
        matches!(format, wgpu::TextureFormat::Rgba8Unorm | wgpu::TextureFormat::Bgra8Unorm)
    };
    formats.iter().find(is_plain).copied()
}
