-- Which key generation this file is, and the one that took its place.
CREATE TABLE generation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    successor INTEGER
) STRICT;
INSERT INTO generation (id, number) VALUES (1, 1);

CREATE TABLE document (
    position INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- Unsigned, so that a person's name can be erased.
CREATE TABLE name (
    profile BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    avatar INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_key (
    provider BLOB PRIMARY KEY,
    sealed BLOB NOT NULL,
    hint TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE spool_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    private BLOB NOT NULL
) STRICT;

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    event BLOB NOT NULL UNIQUE,
    text TEXT NOT NULL,
    hash BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE attempt (
    attempt BLOB PRIMARY KEY,
    profile BLOB NOT NULL,
    turn BLOB NOT NULL,
    provider BLOB NOT NULL,
    model TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    settled_at INTEGER,
    outcome TEXT,
    input INTEGER,
    cached_input INTEGER,
    cache_write INTEGER,
    output INTEGER,
    reasoning INTEGER,
    estimated INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_unsettled ON attempt (profile) WHERE settled_at IS NULL;
