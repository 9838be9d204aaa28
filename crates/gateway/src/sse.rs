//! Server-sent events over bytes, as they arrive.
//!
//! Follows the WHATWG rules (HTML, section 9.2): LF, CRLF and CR, a leading
//! BOM, comments, data in several lines; `id` and `retry` are read over.
//! An event has a size limit, every byte is looked at once, and UTF-8 is left
//! to the reader of the data. At the end of a stream an unfinished event is
//! handed out too: servers that end with a missing blank line are common.

use memchr::memchr2;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its `event` field; empty where there was none.
    pub name: &'a [u8],
    /// Its `data` lines, joined with LF.
    pub data: &'a [u8],
}

/// A line or an event exceeds the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is larger than the limit")]
pub struct TooLong;

/// Cuts a byte stream into events.
#[derive(Debug)]
pub struct Framer {
    limit: usize,
    /// The start of a line whose end has not arrived.
    line: Vec<u8>,
    fields: Fields,
    /// A CR ended the last chunk: an LF that follows belongs to it.
    after_cr: bool,
    first_line: bool,
}

/// The event that is being collected.
#[derive(Debug, Default)]
struct Fields {
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
}

impl Framer {
    /// A framer that refuses events above `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            fields: Fields::default(),
            after_cr: false,
            first_line: true,
        }
    }

    /// Takes the next bytes and hands out the events they complete.
    ///
    /// # Errors
    /// `TooLong` where an event exceeds the limit; the framer is then of no
    /// further use.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), TooLong> {
        if !bytes.is_empty() && std::mem::take(&mut self.after_cr) {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr2(b'\n', b'\r', bytes) {
            let (head, tail) = bytes.split_at(end);
            let mut rest = tail.get(1..).unwrap_or_default();
            if tail.first() == Some(&b'\r') {
                match rest.first() {
                    Some(b'\n') => rest = rest.get(1..).unwrap_or_default(),
                    Some(_) => {}
                    None => self.after_cr = true,
                }
            }
            self.end_line(head, sink)?;
            bytes = rest;
        }
        self.within_limit(bytes.len())?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends the stream: hands out what is left as a last event.
    ///
    /// # Errors
    /// `TooLong` as in `push`.
    pub fn finish(mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<(), TooLong> {
        if !self.line.is_empty() {
            self.end_line(b"", sink)?;
        }
        self.fields.dispatch(sink);
        Ok(())
    }

    fn within_limit(&self, more: usize) -> Result<(), TooLong> {
        let size = self.line.len() + self.fields.data.len() + more;
        if size > self.limit { Err(TooLong) } else { Ok(()) }
    }

    fn end_line(&mut self, head: &[u8], sink: &mut dyn FnMut(Event<'_>)) -> Result<(), TooLong> {
        self.within_limit(head.len())?;
        if self.line.is_empty() {
            let line = self.without_bom(head);
            self.fields.take_line(line, sink);
            return Ok(());
        }
        let mut whole = std::mem::take(&mut self.line);
        whole.extend_from_slice(head);
        let line = self.without_bom(&whole);
        self.fields.take_line(line, sink);
        whole.clear();
        self.line = whole;
        Ok(())
    }

    fn without_bom<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        if std::mem::take(&mut self.first_line) {
            line.strip_prefix(BOM).unwrap_or(line)
        } else {
            line
        }
    }
}

impl Fields {
    fn take_line(&mut self, line: &[u8], sink: &mut dyn FnMut(Event<'_>)) {
        if line.is_empty() {
            self.dispatch(sink);
            return;
        }
        let (field, value) = split_field(line);
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            // A comment has an empty name; id, retry and unknown fields mean nothing here.
            _ => {}
        }
    }

    fn dispatch(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        if std::mem::take(&mut self.has_data) {
            sink(Event { name: &self.name, data: &self.data });
        }
        self.name.clear();
        self.data.clear();
    }
}

fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(colon) = memchr::memchr(b':', line) else {
        return (line, b"");
    };
    let (field, rest) = line.split_at(colon);
    let value = rest.get(1..).unwrap_or_default();
    (field, value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests;
