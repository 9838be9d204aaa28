-- What is one person's alone and never disclosed: settings, pins, anchors.

CREATE TABLE setting (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    text TEXT NOT NULL
) STRICT;

CREATE TABLE pin (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The commit counters of the profile's other databases, as last seen.
CREATE TABLE anchor (
    name    TEXT PRIMARY KEY,
    commits INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
