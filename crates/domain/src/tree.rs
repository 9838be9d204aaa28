//! A chat as a tree of messages, and the one path a person reads.
//!
//! Editing a question or regenerating an answer adds a sibling; nothing is
//! overwritten. The tree is built from `(id, parent)` pairs, so the store
//! need not load any text to answer which branch is shown.

use std::collections::HashMap;

use crate::MessageId;

/// A message's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The message.
    pub id: MessageId,
    /// What it follows; none for a first message.
    pub parent: Option<MessageId>,
}

/// A message's position among the versions at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Siblings {
    /// All versions, oldest first, the message itself included.
    pub all: Vec<MessageId>,
    /// Index of the message in `all`.
    pub index: usize,
}

/// The shape of one chat.
#[derive(Debug, Default)]
pub struct ChatTree {
    parent: HashMap<MessageId, Option<MessageId>>,
    children: HashMap<Option<MessageId>, Vec<MessageId>>,
}

impl ChatTree {
    /// Builds the tree. Nodes may come in any order; a node whose parent is
    /// missing counts as a first message, so a damaged link hides nothing.
    #[must_use]
    pub fn new(nodes: &[Node]) -> Self {
        let known: std::collections::HashSet<_> = nodes.iter().map(|node| node.id).collect();
        let mut tree = Self::default();
        for node in nodes {
            let parent = node.parent.filter(|id| known.contains(id) && *id != node.id);
            tree.parent.insert(node.id, parent);
            tree.children.entry(parent).or_default().push(node.id);
        }
        for siblings in tree.children.values_mut() {
            siblings.sort_unstable();
        }
        tree
    }

    /// From the first message down to `leaf`, both included.
    #[must_use]
    pub fn path_to(&self, leaf: MessageId) -> Vec<MessageId> {
        let mut path = Vec::new();
        let mut at = self.parent.contains_key(&leaf).then_some(leaf);
        while let Some(id) = at {
            if path.len() > self.parent.len() {
                break;
            }
            path.push(id);
            at = self.parent.get(&id).copied().flatten();
        }
        path.reverse();
        path
    }

    /// The newest leaf below `start`, following the newest child at each fork;
    /// with `None`, the newest leaf of the whole chat.
    #[must_use]
    pub fn newest_leaf(&self, start: Option<MessageId>) -> Option<MessageId> {
        let mut at = start;
        for _ in 0..=self.parent.len() {
            match self.children.get(&at).and_then(|children| children.last()) {
                Some(&child) => at = Some(child),
                None => break,
            }
        }
        at
    }

    /// The versions at the place of `id`.
    #[must_use]
    pub fn siblings(&self, id: MessageId) -> Siblings {
        let parent = self.parent.get(&id).copied().flatten();
        let all = self.children.get(&parent).cloned().unwrap_or_else(|| vec![id]);
        let index = all.iter().position(|&other| other == id).unwrap_or(0);
        Siblings { all, index }
    }

    /// `id` and everything below it.
    #[must_use]
    pub fn subtree(&self, id: MessageId) -> Vec<MessageId> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            if let Some(children) = self.children.get(&Some(at)) {
                found.extend(children.iter().filter(|child| **child != id));
            }
            next += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixMs;

    fn id(n: u8) -> MessageId {
        MessageId::new(UnixMs(i64::from(n)), [n; 10])
    }

    fn forked() -> ChatTree {
        // 1 ─ 2 ─ 3
        //   └ 4 ─ 5
        ChatTree::new(&[
            Node { id: id(3), parent: Some(id(2)) },
            Node { id: id(1), parent: None },
            Node { id: id(2), parent: Some(id(1)) },
            Node { id: id(4), parent: Some(id(1)) },
            Node { id: id(5), parent: Some(id(4)) },
        ])
    }

    #[test]
    fn a_path_runs_from_the_first_message_to_the_leaf() {
        assert_eq!(forked().path_to(id(3)), vec![id(1), id(2), id(3)], "only one branch is read");
    }

    #[test]
    fn the_newest_leaf_follows_the_newest_branch() {
        assert_eq!(forked().newest_leaf(None), Some(id(5)), "an edited question shows its answer");
        assert_eq!(forked().newest_leaf(Some(id(2))), Some(id(3)), "paging stays in its branch");
    }

    #[test]
    fn siblings_are_the_versions_at_one_place() {
        let siblings = forked().siblings(id(4));
        assert_eq!(
            siblings,
            Siblings { all: vec![id(2), id(4)], index: 1 },
            "the pager counts versions of the same place"
        );
    }

    #[test]
    fn deleting_a_message_takes_what_follows_it() {
        let mut gone = forked().subtree(id(4));
        gone.sort_unstable();
        assert_eq!(gone, vec![id(4), id(5)], "the other branch stays");
    }

    #[test]
    fn a_message_without_its_parent_stays_readable() {
        let tree = ChatTree::new(&[Node { id: id(9), parent: Some(id(8)) }]);
        assert_eq!(tree.path_to(id(9)), vec![id(9)], "a damaged link must hide nothing");
    }

    #[test]
    fn a_cycle_in_a_damaged_file_ends() {
        let tree = ChatTree::new(&[
            Node { id: id(1), parent: Some(id(2)) },
            Node { id: id(2), parent: Some(id(1)) },
        ]);
        assert!(tree.path_to(id(1)).len() <= 3, "a loop in the links must not hang");
        assert!(tree.subtree(id(1)).len() <= 3, "nor in the subtree");
    }
}
