-- From here on there may be groups, and managers and auditors among the members.

-- The groups that a call counts for: those that its person was in when it left.
CREATE TABLE attempt_group (
  grp BLOB NOT NULL,
  attempt BLOB NOT NULL,
  PRIMARY KEY (grp, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_groups ON attempt_group (attempt);
CREATE INDEX attempt_person ON attempt (profile, counted_at);

-- A sum says when its window ends: that depends on the time zone it was made in. Sums are made
-- anew from the attempts.
DROP TABLE tally;
CREATE TABLE tally (
  scope TEXT NOT NULL,
  measure TEXT NOT NULL,
  span TEXT NOT NULL,
  begins INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  held INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  -- The highest level, in percent, at which it was said that the limit is nearly used.
  said INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, measure, span, begins)
) STRICT, WITHOUT ROWID;
