-- Checkpoints that Carrel makes by itself, each signed with a key that was used once. The peaks are
-- the tree's whole subtrees at that size, 32 bytes each, the largest first: so that the next
-- one reads only what came after. They are believed only where they lead to the root.
CREATE TABLE checkpoint (
    number INTEGER PRIMARY KEY,
    size INTEGER NOT NULL UNIQUE,
    note TEXT NOT NULL,
    peaks BLOB NOT NULL
) STRICT;
