-- The ledger. An attempt is held until it settles, then booked, unknown or released; what it
-- counts for is in its row. `counted_at` is the ledger's own time, which never runs back.
ALTER TABLE attempt ADD COLUMN role TEXT;
ALTER TABLE attempt ADD COLUMN key BLOB;
ALTER TABLE attempt ADD COLUMN route TEXT;
ALTER TABLE attempt ADD COLUMN number INTEGER NOT NULL DEFAULT 1;
ALTER TABLE attempt ADD COLUMN retry_of BLOB;
ALTER TABLE attempt ADD COLUMN state TEXT NOT NULL DEFAULT 'held'
    CHECK (state IN ('held', 'booked', 'unknown', 'released'));
ALTER TABLE attempt ADD COLUMN hold_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN counted_at INTEGER NOT NULL DEFAULT 0;
-- What was billed beyond the hold, in nano-dollars.
ALTER TABLE attempt ADD COLUMN overrun INTEGER;
UPDATE attempt SET counted_at = opened_at, state = CASE
    WHEN settled_at IS NULL THEN 'held' WHEN cost IS NULL THEN 'unknown' ELSE 'booked' END;
CREATE INDEX attempt_counted ON attempt (counted_at);

-- Sums over attempts, kept beside them: each row can be made anew from the rows it sums up.
CREATE TABLE tally (
    scope TEXT NOT NULL,
    measure TEXT NOT NULL,
    span TEXT NOT NULL,
    begins INTEGER NOT NULL,
    held INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (scope, measure, span, begins)
) STRICT, WITHOUT ROWID;

-- The ledger's time, and what the computer's clock said then.
CREATE TABLE pace (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    ledger INTEGER NOT NULL,
    wall INTEGER NOT NULL
) STRICT;
