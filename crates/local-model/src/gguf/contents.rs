//! A GGUF file's table of contents: what kind of model, and where it ends.
//!
//! Skips everything else. Every length is bounded before it is believed.

use std::io::{self, BufRead, ErrorKind, Seek};

/// Why a table of contents could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The system did not give it.
    Unreadable(ErrorKind),
    /// Something else than a GGUF file.
    OtherMagic,
    /// A version that this was not written for.
    OtherVersion,
    /// The file ends within it.
    CutShort,
    /// It contradicts itself, or its numbers are absurd.
    Nonsense,
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::CutShort,
            kind => Self::Unreadable(kind),
        }
    }
}

/// What the table says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contents {
    /// `general.architecture`; empty where it is not given.
    pub(super) architecture: String,
    /// Where the last tensor ends, in bytes from the file's beginning; none without tensors.
    pub(super) end: Option<u64>,
}

const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
/// More tensors or entries than any model has.
const MOST: u64 = 1 << 20;
/// Longer than any name, chat template or list of tokens.
const LONGEST: u64 = 1 << 28;
/// Where a file names no alignment.
const ALIGNMENT: u64 = 32;

const STRING: u32 = 8;
const LIST: u32 = 9;
const UINT32: u32 = 4;

/// Weights in a block, and bytes of a block, by the number of their type.
/// Source: `type_traits` in ggml.c, whose numbers are never used again.
const BLOCKS: [(u32, u64, u64); 32] = [
    (0, 1, 4),
    (1, 1, 2),
    (2, 32, 18),
    (3, 32, 20),
    (6, 32, 22),
    (7, 32, 24),
    (8, 32, 34),
    (9, 32, 36),
    (10, 256, 84),
    (11, 256, 110),
    (12, 256, 144),
    (13, 256, 176),
    (14, 256, 210),
    (15, 256, 292),
    (16, 256, 66),
    (17, 256, 74),
    (18, 256, 98),
    (19, 256, 50),
    (20, 32, 18),
    (21, 256, 110),
    (22, 256, 82),
    (23, 256, 136),
    (24, 1, 1),
    (25, 1, 2),
    (26, 1, 4),
    (27, 1, 8),
    (28, 1, 8),
    (29, 256, 56),
    (30, 1, 2),
    (34, 256, 54),
    (35, 256, 66),
    (39, 32, 17),
];

impl Contents {
    /// Reads the table at the beginning of `from`.
    pub(super) fn read(from: impl BufRead + Seek) -> Result<Self, Unread> {
        let mut table = Table { from, at: 0 };
        let mut magic = [0; 4];
        table.fill(&mut magic).map_err(|_| Unread::OtherMagic)?;
        if magic != *b"GGUF" {
            return Err(Unread::OtherMagic);
        }
        if !VERSIONS.contains(&table.u32()?) {
            return Err(Unread::OtherVersion);
        }
        let (tensors, entries) = (table.at_most(MOST)?, table.at_most(MOST)?);
        let (mut architecture, mut alignment) = (String::new(), ALIGNMENT);
        for _ in 0..entries {
            let key = table.text()?;
            let kind = table.u32()?;
            match (key.as_str(), kind) {
                ("general.architecture", STRING) => architecture = table.text()?,
                ("general.alignment", UINT32) => alignment = u64::from(table.u32()?).max(1),
                _ => table.skip_value(kind)?,
            }
        }
        let mut reach = None;
        for _ in 0..tensors {
            reach = reach.max(Some(table.tensor()?));
        }
        let begin = table.at.next_multiple_of(alignment);
        let end = reach.map(|reach: u64| begin.checked_add(reach).ok_or(Unread::Nonsense));
        Ok(Self { architecture, end: end.transpose()? })
    }
}

/// The table, and how far it was read.
struct Table<R> {
    from: R,
    at: u64,
}

impl<R: BufRead + Seek> Table<R> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Unread> {
        self.from.read_exact(bytes)?;
        self.at += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn u32(&mut self) -> Result<u32, Unread> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn u64(&mut self) -> Result<u64, Unread> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn at_most(&mut self, most: u64) -> Result<u64, Unread> {
        let value = self.u64()?;
        if value > most { Err(Unread::Nonsense) } else { Ok(value) }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Unread> {
        if bytes > LONGEST {
            return Err(Unread::Nonsense);
        }
        // What lies behind the end is noticed by the next number that is read, or by the size.
        self.from.seek_relative(i64::try_from(bytes).unwrap_or(0))?;
        self.at += bytes;
        Ok(())
    }

    /// Names and kinds are short; other texts are skipped.
    fn text(&mut self) -> Result<String, Unread> {
        let length = self.at_most(1 << 16)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        self.fill(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn skip_value(&mut self, kind: u32) -> Result<(), Unread> {
        match kind {
            0 | 1 | 7 => self.skip(1),
            2 | 3 => self.skip(2),
            4..=6 => self.skip(4),
            10..=12 => self.skip(8),
            STRING => {
                let length = self.u64()?;
                self.skip(length)
            }
            LIST => self.skip_list(),
            _ => Err(Unread::Nonsense),
        }
    }

    /// Lists of lists exist nowhere, and would let a file nest without end.
    fn skip_list(&mut self) -> Result<(), Unread> {
        let kind = self.u32()?;
        if kind == LIST {
            return Err(Unread::Nonsense);
        }
        for _ in 0..self.at_most(LONGEST)? {
            self.skip_value(kind)?;
        }
        Ok(())
    }

    /// Where a tensor ends, from the beginning of all tensors.
    fn tensor(&mut self) -> Result<u64, Unread> {
        self.text()?;
        let dimensions = self.u32()?;
        if dimensions > 4 {
            return Err(Unread::Nonsense);
        }
        let mut weights = 1_u64;
        for _ in 0..dimensions {
            weights = weights.checked_mul(self.u64()?).ok_or(Unread::Nonsense)?;
        }
        let kind = self.u32()?;
        let offset = self.u64()?;
        // A type of tomorrow counts as empty here; llama.cpp decides about it.
        let block = BLOCKS.iter().find(|(known, ..)| *known == kind);
        let bytes =
            block.map_or(Some(0), |(_, many, bytes)| weights.div_ceil(*many).checked_mul(*bytes));
        bytes.and_then(|bytes| offset.checked_add(bytes)).ok_or(Unread::Nonsense)
    }
}
