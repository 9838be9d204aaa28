-- From here on there may be documents (policies, concessions) and roles that an older Carrel does
-- not know: it is told that the file is newer, instead of finding it damaged.

-- What members ask of admins. Unsigned: a reason is a person's words, and can be erased.
CREATE TABLE request (
  id BLOB PRIMARY KEY,
  profile BLOB NOT NULL,
  -- JSON: access to a row, or more of a measure.
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  -- Keeps the reason from being guessed from its hash in the log.
  nonce BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  -- The place in the log of the event that says the same, signed by who asks.
  event INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'decided', 'withdrawn')),
  decided_by BLOB,
  decided_at INTEGER,
  -- What was given; none where it was declined.
  until INTEGER,
  amount INTEGER,
  seen INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX request_of ON request (profile, state);

-- Who looked at a member's access since they saw that last.
CREATE TABLE look (
  member BLOB NOT NULL,
  by BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (member, by)
) WITHOUT ROWID;

-- The record is read by person and by kind. A text that is no JSON is nobody's, and of no kind.
CREATE INDEX audit_actor ON audit (
  CASE WHEN json_valid(text) THEN text ->> '$.actor.profile' END, sequence
);
CREATE INDEX audit_kind ON audit (
  CASE WHEN json_valid(text) THEN text ->> '$.what.kind' END, sequence
);
