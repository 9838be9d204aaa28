//! A virtual display, for machines without one.
//!
//! Xvfb keeps its screen in a file (`-fbdir`), in the format of xwd: pictures
//! are taken by reading that file, without a further tool. Format:
//! <https://gitlab.freedesktop.org/xorg/proto/xorgproto/-/blob/master/include/X11/XWDFile.h>.

use std::collections::HashSet;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Attendant;
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;

/// Screens are drawn at this size; one text pixel takes four bytes.
const SCREEN: &str = "1280x800x24";
/// The same for `xvfb-run -s`. Without `-noreset` the server begins anew when its last window goes,
/// and refuses one that comes in that moment.
pub(crate) const SERVER: &str = "-screen 0 1280x800x24 -noreset";

/// Text and icons are drawn in more shades than an empty window has.
const SHADES_OF_A_PAINTED_WINDOW: usize = 24;

/// Whether windows can be opened here.
pub(crate) fn present() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// A running Xvfb and a message bus for those who show their windows on it.
pub(crate) struct VirtualDisplay {
    _server: Attendant,
    _bus: Attendant,
    screen: PathBuf,
    display: String,
    bus_address: String,
}

impl VirtualDisplay {
    /// Starts a display that nobody else uses.
    ///
    /// # Errors
    /// When Xvfb or the bus is not there or does not come up.
    pub(crate) fn start(place: &Place) -> Result<Self, Trouble> {
        let folder = place.notes().join("display");
        ensure_dir(&folder)?;
        let mut xvfb = Command::new("Xvfb");
        xvfb.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
            "-noreset",
            "-fbdir",
        ]);
        let (server, number) = Attendant::ready(xvfb.arg(&folder))?;
        // Not dbus-run-session: killed, it would leave its bus behind.
        let mut bus = Command::new("dbus-daemon");
        let (bus, bus_address) =
            Attendant::ready(bus.args(["--session", "--nofork", "--print-address=1"]))?;
        let (screen, display) = (folder.join("Xvfb_screen0"), format!(":{number}"));
        Ok(Self { _server: server, _bus: bus, screen, display, bus_address })
    }

    /// Opens a program's window here.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(crate) fn open(&self, program: &Path) -> Result<Attendant, Trouble> {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY");
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address).env("NO_AT_BRIDGE", "1");
        Attendant::start(&mut command)
    }

    /// What the screen shows now.
    ///
    /// # Errors
    /// When the server's file cannot be read.
    pub(crate) fn picture(&self) -> Result<Picture, Trouble> {
        let bytes = std::fs::read(&self.screen).map_err(Trouble::file(&self.screen))?;
        let unknown = || Trouble::Mend("the virtual display's picture cannot be read".to_owned());
        Picture::from_xwd(&bytes).ok_or_else(unknown)
    }
}

/// A picture, three bytes for each pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    /// Reads 32-bit pixels of a little-endian xwd file, as Xvfb writes on every
    /// machine that Carrel runs on.
    fn from_xwd(bytes: &[u8]) -> Option<Self> {
        let field = |index: usize| {
            let bytes = bytes.get(index * 4..index * 4 + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?))
        };
        let (header, width, height) = (field(0)?, field(4)?, field(5)?);
        let (bits, stride, colours) = (field(11)?, field(12)?, field(19)?);
        if bits != 32 || field(7)? != 0 {
            return None;
        }
        // Colour map entries take twelve bytes each.
        let pixels =
            bytes.get(usize::try_from(header.checked_add(colours.checked_mul(12)?)?).ok()?..)?;
        let stride = usize::try_from(stride).ok().filter(|&stride| stride > 0)?;
        let (columns, rows) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let mut rgb = Vec::with_capacity(columns * rows * 3);
        for row in pixels.chunks(stride).take(rows) {
            for pixel in row.chunks_exact(4).take(columns) {
                if let [blue, green, red, _] = pixel {
                    rgb.extend([red, green, blue]);
                }
            }
        }
        (rgb.len() == columns * rows * 3).then_some(Self { width, height, rgb })
    }

    /// Whether a window with text stands on it.
    pub(crate) fn painted(&self) -> bool {
        let mut shades = HashSet::new();
        self.rgb.chunks_exact(3).any(|pixel| {
            shades.insert(pixel);
            shades.len() >= SHADES_OF_A_PAINTED_WINDOW
        })
    }

    /// Writes a PNG file.
    pub(crate) fn save(&self, to: &Path) -> Result<(), Trouble> {
        let file = std::fs::File::create(to).map_err(Trouble::file(to))?;
        let mut png = png::Encoder::new(BufWriter::new(file), self.width, self.height);
        png.set_color(png::ColorType::Rgb);
        let written = png.write_header().and_then(|mut png| png.write_image_data(&self.rgb));
        written.map_err(|error| Trouble::file(to)(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of 2 × 1 pixels with one colour map entry and a padded row.
    fn xwd(pixels: [[u8; 4]; 2]) -> Vec<u8> {
        let mut fields = [0_u32; 25];
        for (index, value) in [(0, 100), (4, 2), (5, 1), (11, 32), (12, 12), (19, 1)] {
            fields[index] = value;
        }
        let mut bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_be_bytes()).collect();
        bytes.extend([0; 12]);
        bytes.extend(pixels.concat());
        bytes.extend([0; 4]);
        bytes
    }

    #[test]
    fn the_screen_is_read_from_the_servers_file() {
        let picture = Picture::from_xwd(&xwd([[1, 2, 3, 0], [4, 5, 6, 0]]));
        let expected = Picture { width: 2, height: 1, rgb: vec![3, 2, 1, 6, 5, 4] };
        assert_eq!(picture, Some(expected), "blue comes first in the file, red in a picture");
        let whole = xwd([[0; 4]; 2]);
        assert_eq!(Picture::from_xwd(&whole[..115]), None, "a cut file is no picture");
    }

    #[test]
    fn an_empty_window_is_not_taken_for_a_painted_one() {
        let blank = Picture { width: 100, height: 1, rgb: vec![250; 300] };
        assert!(!blank.painted(), "one shade is an empty window");
        let text = Picture { width: 100, height: 1, rgb: (0..=255).chain(0..44).collect() };
        assert!(text.painted(), "the edges of letters have many");
    }
}
