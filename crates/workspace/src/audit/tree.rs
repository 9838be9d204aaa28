//! The record as a Merkle tree (RFC 9162, section 2.1; the same as RFC 6962's).
//!
//! Pure. One hash, the root, stands for the whole record up to a size. A proof
//! of inclusion shows that an event is in it, a proof of consistency that a
//! later record begins with an earlier one; neither shows any other event.

use crate::Digest;

/// A tree that grows; keeps no more than one hash for each level.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    size: u64,
    /// Roots of whole subtrees, the largest first: one for each bit of the size.
    peaks: Vec<Digest>,
}

impl Tree {
    /// Takes the hash of the next leaf.
    pub(crate) fn push(&mut self, leaf: Digest) {
        let mut node = leaf;
        // Every trailing one of the size is a whole subtree that the new leaf completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = Digest::node(left, node);
            }
        }
        self.peaks.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The tree whose whole subtrees have these roots, 32 bytes each, the largest first; none
    /// where a tree of this size has another number of them.
    pub(crate) fn of_peaks(size: u64, peaks: &[u8]) -> Option<Self> {
        let (peaks, rest) = peaks.as_chunks::<32>();
        let fits = rest.is_empty() && peaks.len() == size.count_ones() as usize;
        fits.then(|| Self { size, peaks: peaks.iter().copied().map(Digest).collect() })
    }

    /// What [`Tree::of_peaks`] takes.
    pub(crate) fn peaks(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|peak| peak.0).collect()
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The hash of the whole tree; of an empty one that of nothing.
    pub(crate) fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev().copied();
        let smallest = peaks.next().unwrap_or_else(Digest::of_nothing);
        peaks.fold(smallest, |right, left| Digest::node(left, right))
    }
}

/// The root over these leaves.
pub(crate) fn root(leaves: &[Digest]) -> Digest {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

/// The largest power of two below `size`, which is more than one.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// The hashes that lead from the leaf at `index` to the root; none where it is not there.
pub(crate) fn inclusion(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut part, mut index, mut path) = (leaves, index, Vec::new());
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if index < left.len() {
            path.push(root(right));
            part = left;
        } else {
            path.push(root(left));
            index -= left.len();
            part = right;
        }
    }
    path.reverse();
    Some(path)
}

/// The hashes that show that the first `old` leaves are the beginning of all; none where there
/// are fewer.
pub(crate) fn consistency(leaves: &[Digest], old: usize) -> Option<Vec<Digest>> {
    if old > leaves.len() {
        return None;
    }
    if old == 0 || old == leaves.len() {
        return Some(Vec::new());
    }
    let (mut part, mut old, mut whole, mut path) = (leaves, old, true, Vec::new());
    while old < part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if old <= left.len() {
            path.push(root(right));
            part = left;
        } else {
            path.push(root(left));
            old -= left.len();
            part = right;
            whole = false;
        }
    }
    // Whoever checks knows the old root already where it is a subtree by itself.
    if !whole {
        path.push(root(part));
    }
    path.reverse();
    Some(path)
}

/// Whether `path` leads from the leaf at `index` to the root of a tree of this size
/// (RFC 9162, 2.1.3.2).
pub(crate) fn includes(root: Digest, size: u64, index: u64, leaf: Digest, path: &[Digest]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut node) = (index, size - 1, leaf);
    for other in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            node = Digest::node(*other, node);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            node = Digest::node(node, *other);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && node == root
}

/// Whether `path` shows that a tree of size `new` begins with one of size `old`
/// (RFC 9162, 2.1.4.2).
pub(crate) fn extends(
    (old, old_root): (u64, Digest),
    (new, new_root): (u64, Digest),
    path: &[Digest],
) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && old_root == Digest::of_nothing();
    }
    let whole = old.is_power_of_two().then_some(old_root);
    let mut path = whole.into_iter().chain(path.iter().copied());
    let Some(first) = path.next() else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut of_old, mut of_new) = (first, first);
    for other in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            of_old = Digest::node(other, of_old);
            of_new = Digest::node(other, of_new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            of_new = Digest::node(of_new, other);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && of_old == old_root && of_new == new_root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(size: usize) -> Vec<Digest> {
        (0..size).map(|number| Digest::leaf(&number.to_be_bytes())).collect()
    }

    /// The definition of RFC 9162, 2.1.1, word for word.
    fn defined(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of_nothing(),
            [only] => *only,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                Digest::node(defined(left), defined(right))
            }
        }
    }

    #[test]
    fn the_known_trees_have_the_known_roots() {
        // The test vectors of Certificate Transparency's reference implementation.
        let entries: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
                0x6e, 0x6f,
            ],
        ];
        let leaves: Vec<Digest> = entries.iter().map(|entry| Digest::leaf(entry)).collect();
        for (size, expected) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(root(&leaves[..size]).to_string(), expected, "of {size}");
        }
    }

    proptest! {
        #[test]
        fn a_tree_that_grows_has_the_root_that_is_defined(size in 0_usize..300) {
            let leaves = leaves(size);
            prop_assert_eq!(root(&leaves), defined(&leaves));
        }

        #[test]
        fn a_tree_goes_on_from_its_peaks(size in 0_usize..300, more in 0_usize..50) {
            let leaves = leaves(size + more);
            let mut begun = Tree::default();
            leaves.iter().take(size).for_each(|leaf| begun.push(*leaf));
            let mut tree = Tree::of_peaks(size as u64, &begun.peaks()).expect("its own");
            leaves.iter().skip(size).for_each(|leaf| tree.push(*leaf));
            prop_assert_eq!((tree.size(), tree.root()), ((size + more) as u64, root(&leaves)));
            prop_assert!(Tree::of_peaks(size as u64 + 1, &[begun.peaks(), vec![0; 64]].concat()).is_none());
        }

        #[test]
        fn every_event_can_be_shown_to_be_in_it_and_no_other(size in 1_usize..200, at in 0..200_usize, other in 0..200_usize) {
            let (leaves, at) = (leaves(size), at % size);
            let (root, whole) = (root(&leaves), size as u64);
            let path = inclusion(&leaves, at).expect("it is there");
            prop_assert!(includes(root, whole, at as u64, leaves[at], &path));
            let other = other % size;
            if other != at {
                prop_assert!(!includes(root, whole, other as u64, leaves[at], &path), "elsewhere");
                prop_assert!(!includes(root, whole, at as u64, leaves[other], &path), "another");
            }
            prop_assert!(!includes(root, whole, whole, leaves[at], &path), "beyond its end");
            let mut longer = path.clone();
            longer.push(root);
            prop_assert!(!includes(root, whole, at as u64, leaves[at], &longer), "with more");
        }

        #[test]
        fn a_record_is_shown_to_begin_with_an_earlier_one_and_with_no_other(
            size in 1_usize..200, old in 0..200_usize, changed in 0..200_usize,
        ) {
            let (leaves, old) = (leaves(size), old % (size + 1));
            let (earlier, now) = (root(&leaves[..old]), root(&leaves));
            let path = consistency(&leaves, old).expect("it is there");
            prop_assert!(extends((old as u64, earlier), (size as u64, now), &path));
            if old > 0 {
                let mut other = leaves.clone();
                other[changed % old] = Digest::leaf(b"changed");
                let forged = consistency(&other, old).expect("a path");
                let root = root(&other);
                prop_assert!(!extends((old as u64, earlier), (size as u64, root), &forged), "rewritten");
                prop_assert!(!extends((old as u64, earlier), (size as u64, root), &path), "rewritten");
            }
        }
    }
}
