-- Chats, their messages, the search index, drafts, turns and the streaming journal.
--
-- `message` is narrow: the shape of a chat and every search filter are read without
-- touching a text. `body` holds the texts under the same row number.
-- The indexes hold exactly one entry for each row of `body` and of `chat`, always with
-- the text that stands there: FTS5 removes an entry by being told what it was.
-- A message whose `chat` is NULL was deleted: it is nowhere to be found any more, and its
-- text and index entry are erased a few at a time, because that is slow.

CREATE TABLE chat (
    row        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    title      TEXT    NOT NULL,
    titled     INTEGER NOT NULL DEFAULT 0,  -- 1: the person chose the title
    created_at INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    pinned     INTEGER NOT NULL DEFAULT 0,
    archived   INTEGER NOT NULL DEFAULT 0,
    unread     INTEGER NOT NULL DEFAULT 0,
    provider   BLOB    CHECK (provider IS NULL OR length(provider) = 16),
    model      TEXT,
    leaf       BLOB                         -- the last message of the branch that is shown
) STRICT;
CREATE INDEX chat_order ON chat (archived, pinned, last_at);

CREATE TABLE message (
    row        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    chat       INTEGER REFERENCES chat (row),
    parent     BLOB    CHECK (parent IS NULL OR length(parent) = 16),
    author     TEXT    NOT NULL,
    finish     TEXT    NOT NULL,
    streaming  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    model      TEXT                         -- the model asked, for answers
) STRICT;
CREATE INDEX message_tree ON message (chat, id, parent);

CREATE TABLE body (
    row        INTEGER PRIMARY KEY REFERENCES message (row) ON DELETE CASCADE,
    text       TEXT NOT NULL,
    reasoning  TEXT NOT NULL,
    provenance TEXT                         -- JSON
) STRICT;

CREATE VIRTUAL TABLE message_index USING fts5 (
    text, content = 'body', content_rowid = 'row',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4'
);
INSERT INTO message_index (message_index, rank) VALUES ('secure-delete', 1);
-- Six leaves to a database page. SQLite's own 4050 leaves pages half empty and makes taking
-- words out walk long lists; measured at a million messages: 28 % smaller, deletion twice as
-- fast, search as before.
INSERT INTO message_index (message_index, rank) VALUES ('pgsz', 1300);

CREATE VIRTUAL TABLE title_index USING fts5 (
    title, content = 'chat', content_rowid = 'row',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4'
);
INSERT INTO title_index (title_index, rank) VALUES ('secure-delete', 1);

-- The first and last row of each day (UTC) that has messages: turns a filter by date into
-- a range of rows, which the index can seek.
CREATE TABLE day (
    day       INTEGER PRIMARY KEY,
    first_row INTEGER NOT NULL,
    last_row  INTEGER NOT NULL
) STRICT;

-- An empty `chat` is the draft of a chat that does not exist yet.
CREATE TABLE draft (
    chat BLOB PRIMARY KEY CHECK (length(chat) IN (0, 16)),
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE turn (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    chat       INTEGER NOT NULL REFERENCES chat (row) ON DELETE CASCADE,
    answer     INTEGER NOT NULL REFERENCES message (row) ON DELETE CASCADE,
    settled    INTEGER NOT NULL DEFAULT 0,
    finish     TEXT,                        -- the closing record, until settled
    provenance TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX turn_running ON turn (chat) WHERE settled = 0;
CREATE INDEX turn_chat ON turn (chat);
CREATE INDEX turn_answer ON turn (answer);

CREATE TABLE journal (
    turn      BLOB    NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
    seq       INTEGER NOT NULL,
    text      TEXT    NOT NULL,
    reasoning TEXT    NOT NULL,
    PRIMARY KEY (turn, seq)
) STRICT, WITHOUT ROWID;

-- How many deletions there were, and how many of them no backup contains any more.
CREATE TABLE erasure (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    done    INTEGER NOT NULL,
    covered INTEGER NOT NULL
) STRICT;
INSERT INTO erasure (id, done, covered) VALUES (1, 0, 0);
