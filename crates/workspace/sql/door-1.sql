CREATE TABLE installation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    workspace_name TEXT,
    spool_recipient BLOB,
    guest_offer TEXT,
    appearance TEXT
) STRICT;
INSERT INTO installation (id) VALUES (1);

CREATE TABLE card (
    profile BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    avatar INTEGER NOT NULL CHECK (avatar BETWEEN 1 AND 8),
    created_at INTEGER NOT NULL,
    last_open INTEGER,
    has_passphrase INTEGER NOT NULL,
    disabled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tries (
    profile BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    since INTEGER NOT NULL,
    wait INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE spool (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE anchor (
    name TEXT PRIMARY KEY,
    counter INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
