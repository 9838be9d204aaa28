//! A picture, known by its first bytes.
//!
//! Providers refuse a picture whose named type is not its real one, so the
//! type is read and never told. Nothing is decoded here.

use std::fmt;
use std::sync::Arc;

/// A picture of a kind that models read. Clones share the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    kind: ImageKind,
    bytes: Arc<[u8]>,
}

/// The kinds of pictures that models read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageKind {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// Graphics Interchange Format.
    Gif,
    /// WebP.
    Webp,
}

impl Image {
    /// The picture of these bytes; none where they are no picture of a known kind.
    #[must_use]
    pub fn read(bytes: impl Into<Arc<[u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        Some(Self { kind: ImageKind::of(&bytes)?, bytes })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ImageKind {
        self.kind
    }

    /// Its bytes, as in a file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

impl ImageKind {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// As HTTP names it.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }
}

impl fmt::Display for ImageKind {
    /// As people name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        for (bytes, mime) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0\0", Some("image/jpeg")),
            (b"GIF89a\x01\0", Some("image/gif")),
            (b"RIFF\x1a\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x1a\0\0\0WAVEfmt ", None),
            (b"<svg/>", None),
            (b"", None),
        ] {
            let kind = Image::read(bytes).map(|image| image.kind().mime());
            assert_eq!(kind, mime, "{bytes:?}");
        }
    }

    #[test]
    fn a_picture_is_not_printed_byte_by_byte() {
        let image = Image::read(&b"GIF89a secret"[..]).expect("a picture");
        assert_eq!(format!("{image:?}"), "Image(Gif, 13 bytes)", "logs are read by others");
    }
}
