//! Looking for words in everything that another process can read of itself.
//!
//! Reads `/proc/PID/mem` region by region. Pages that were never touched are
//! left out, since reserved address space can be larger than any machine. The
//! process that looks holds the words itself, so it must not be the one looked at.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::canary::forms;

const PAGE: u64 = 4096;
/// Read at once, in bytes.
const CHUNK: u64 = 8 * 1024 * 1024;
/// Shown of what lies before and after a word, in bytes.
const AROUND: usize = 64;
/// No word that is looked for is longer, in bytes.
const LONGEST: u64 = 512;

/// A word that was found.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Whose word it is.
    pub name: String,
    /// How it was written.
    pub form: &'static str,
    /// Where it lies.
    pub address: u64,
    /// The mapping it lies in, as the system names it.
    pub region: String,
    /// What lies around it, for people.
    pub around: String,
}

impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, form, address, region, around } = self;
        write!(f, "{name} as {form} at {address:x} in {region}: {around}")
    }
}

/// What a scan saw.
#[derive(Debug, Default)]
pub struct Scan {
    /// Every place of every word.
    pub sightings: Vec<Sighting>,
    /// How much was looked through, in bytes.
    pub bytes: u64,
}

impl Scan {
    /// The sightings, one on each line.
    #[must_use]
    pub fn told(&self) -> String {
        self.sightings.iter().map(|seen| format!("{seen}\n")).collect()
    }
}

struct Region {
    from: u64,
    to: u64,
    name: String,
}

/// Looks for `words` in the memory of the process `pid`.
///
/// # Errors
/// When the process is gone or belongs to someone else.
pub fn scan(pid: u32, words: &[(String, Vec<u8>)]) -> io::Result<Scan> {
    let looked_for: Vec<_> = words
        .iter()
        .flat_map(|(name, word)| forms(word).map(|(form, bytes)| (name, form, bytes)))
        .collect();
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let pages = File::open(format!("/proc/{pid}/pagemap"))?;
    let mut scan = Scan::default();
    for region in regions(pid)? {
        for (from, to) in touched(&pages, &region)? {
            let mut at = from;
            while at < to {
                // Pieces overlap, so that no word is cut by their border.
                let end = to.min(at + CHUNK);
                let reach = to.min(end + LONGEST);
                let mut bytes = vec![0; usize::try_from(reach - at).unwrap_or(0)];
                // A page can go away between looking and reading.
                let read = memory.read_at(&mut bytes, at).unwrap_or(0);
                bytes.truncate(read);
                let own = usize::try_from(end - at).unwrap_or(usize::MAX);
                scan.bytes += u64::try_from(read.min(own)).unwrap_or(0);
                for (name, form, word) in &looked_for {
                    for place in memchr::memmem::find_iter(&bytes, word).filter(|at| *at < own) {
                        scan.sightings.push(Sighting {
                            name: (*name).clone(),
                            form,
                            address: at + u64::try_from(place).unwrap_or(0),
                            region: region.name.clone(),
                            around: around(&bytes, place, word.len()),
                        });
                    }
                }
                at = end;
            }
        }
    }
    Ok(scan)
}

fn regions(pid: u32) -> io::Result<Vec<Region>> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mut regions = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else { continue };
        let name = fields.nth(3).unwrap_or("anonymous memory");
        let Some((from, to)) = range.split_once('-') else { continue };
        let parse = |text| u64::from_str_radix(text, 16).map_err(io::Error::other);
        if rights.starts_with('r') && !name.starts_with("[v") {
            let (from, to) = (parse(from)?, parse(to)?);
            regions.push(Region { from, to, name: format!("{name} ({rights} {range})") });
        }
    }
    Ok(regions)
}

/// The stretches of a region that are in memory or in swap.
fn touched(pages: &File, region: &Region) -> io::Result<Vec<(u64, u64)>> {
    const STEP: u64 = 1 << 16;
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    let mut page = region.from / PAGE;
    let last = region.to / PAGE;
    while page < last {
        let count = STEP.min(last - page);
        let mut entries = vec![0; usize::try_from(count * 8).unwrap_or(0)];
        let read = pages.read_at(&mut entries, page * 8)?;
        for (number, entry) in (page..).zip(entries.get(..read).unwrap_or(&[]).chunks_exact(8)) {
            // Source: proc_pid_pagemap(5): bit 63 present, bit 62 swapped; the last byte here.
            if entry.last().is_some_and(|byte| byte & 0xc0 != 0) {
                let from = number * PAGE;
                match stretches.last_mut() {
                    Some(stretch) if stretch.1 == from => stretch.1 = from + PAGE,
                    _ => stretches.push((from, from + PAGE)),
                }
            }
        }
        page += count;
    }
    Ok(stretches)
}

fn around(bytes: &[u8], place: usize, length: usize) -> String {
    let (from, to) = (place.saturating_sub(AROUND), bytes.len().min(place + length + AROUND));
    String::from_utf8_lossy(bytes.get(from..to).unwrap_or(&[])).escape_debug().to_string()
}

/// The process and everything below it, each as id and name.
#[must_use]
pub fn family(ancestor: u32) -> Vec<(u32, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The name stands in brackets and may hold any character.
        let (Some(open), Some(close)) = (stat.find('('), stat.rfind(')')) else { continue };
        let name = stat.get(open + 1..close).unwrap_or_default().to_owned();
        let mut rest = stat.get(close + 1..).unwrap_or_default().split_whitespace();
        let (state, parent) = (rest.next().unwrap_or_default(), rest.next());
        if let Some(parent) = parent.and_then(|id| id.parse::<u32>().ok()).filter(|_| state != "Z")
        {
            all.push((pid, parent, name));
        }
    }
    let mut family: Vec<(u32, String)> = Vec::new();
    let mut wanted = vec![ancestor];
    while let Some(pid) = wanted.pop() {
        family.extend(all.iter().filter(|one| one.0 == pid).map(|one| (pid, one.2.clone())));
        wanted.extend(all.iter().filter(|one| one.1 == pid).map(|one| one.0));
    }
    family
}
