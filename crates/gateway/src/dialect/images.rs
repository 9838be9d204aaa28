//! Pictures on their way out: encoded, and within what a provider takes.
//!
//! A provider answers a picture that is too large with an error in its own
//! words, after megabytes were sent; here it is known before a byte leaves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Image, ImageKind, Prompt};

use super::Unsendable;

const MEGABYTE: usize = 1 << 20;

/// What a provider takes. Sizes are those of the encoded pictures.
pub(super) struct ImageRules {
    pub(super) kinds: &'static [ImageKind],
    /// The most pictures in one request.
    pub(super) most: usize,
    /// The largest picture; none where only the request is limited.
    pub(super) each_megabytes: Option<usize>,
    /// The largest request.
    pub(super) request_megabytes: usize,
}

impl ImageRules {
    /// Looks at the pictures of `messages` one by one.
    pub(super) fn check(&self, messages: &[Prompt]) -> Result<(), Unsendable> {
        let mut count = 0_usize;
        for image in messages.iter().flat_map(Prompt::images) {
            count += 1;
            if count > self.most {
                return Err(Unsendable::ManyImages { most: self.most });
            }
            if !self.kinds.contains(&image.kind()) {
                return Err(Unsendable::ImageKind(image.kind()));
            }
            let megabytes = self.each_megabytes.unwrap_or(self.request_megabytes);
            if encoded_size(image) > megabytes * MEGABYTE {
                // Told as the size of the file: people do not see the encoding.
                return Err(Unsendable::LargeImage { megabytes: megabytes * 3 / 4 });
            }
        }
        let together: usize = messages.iter().flat_map(Prompt::images).map(encoded_size).sum();
        if together > self.request_megabytes * MEGABYTE {
            return Err(Unsendable::LargeImages { megabytes: self.request_megabytes * 3 / 4 });
        }
        Ok(())
    }
}

pub(super) fn encoded(image: &Image) -> String {
    STANDARD.encode(image.bytes())
}

/// As a URL that holds the picture itself (RFC 2397).
pub(super) fn data_url(image: &Image) -> String {
    let start = format!("data:{};base64,", image.kind().mime());
    let mut url = String::with_capacity(start.len() + encoded_size(image));
    url.push_str(&start);
    STANDARD.encode_string(image.bytes(), &mut url);
    url
}

fn encoded_size(image: &Image) -> usize {
    image.bytes().len().div_ceil(3) * 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Author, Part};

    const RULES: ImageRules = ImageRules {
        kinds: &[ImageKind::Png, ImageKind::Gif],
        most: 3,
        each_megabytes: Some(4),
        request_megabytes: 8,
    };

    fn image(start: &[u8], size: usize) -> Part {
        let mut bytes = start.to_vec();
        bytes.resize(size, 0);
        Part::Image(Image::read(bytes).expect("a picture"))
    }

    fn checked(parts: Vec<Part>) -> Result<(), Unsendable> {
        RULES.check(&[Prompt { author: Author::User, parts }])
    }

    #[test]
    fn pictures_are_measured_as_they_are_sent() {
        let gif = |size| image(b"GIF89a", size);
        let three = 3 * MEGABYTE;
        assert_eq!(checked(vec![gif(three), gif(three)]), Ok(()), "to the last byte");
        assert_eq!(
            checked(vec![gif(three + 1)]),
            Err(Unsendable::LargeImage { megabytes: 3 }),
            "a byte more is four when encoded"
        );
        assert_eq!(
            checked(vec![gif(three), gif(three), gif(6)]),
            Err(Unsendable::LargeImages { megabytes: 6 }),
            "together"
        );
        assert_eq!(
            checked(vec![gif(6), gif(6), gif(6), gif(6)]),
            Err(Unsendable::ManyImages { most: 3 }),
            "and counted"
        );
        assert_eq!(
            checked(vec![image(b"\xff\xd8\xff", 6)]),
            Err(Unsendable::ImageKind(ImageKind::Jpeg)),
            "and known"
        );
    }

    #[test]
    fn a_picture_becomes_a_url() {
        let picture = Image::read(&b"GIF89a"[..]).expect("a picture");
        assert_eq!(data_url(&picture), "data:image/gif;base64,R0lGODlh", "RFC 2397");
        assert_eq!(data_url(&picture).len(), 22 + encoded_size(&picture), "of the size foreseen");
    }
}
