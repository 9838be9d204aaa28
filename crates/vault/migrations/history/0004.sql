-- The keys of what the workspace's record says of a call's question and answer. They lie nowhere else:
-- they go with the turn, and the turn goes with its answer and its chat.
CREATE TABLE commitment (
    attempt      BLOB    PRIMARY KEY CHECK (length(attempt) = 16),
    turn         BLOB    NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
    input_key    BLOB    NOT NULL CHECK (length(input_key) = 32),
    output_key   BLOB    NOT NULL CHECK (length(output_key) = 32),
    output_bytes INTEGER NOT NULL           -- the answer by then: it may be gone on with
) STRICT, WITHOUT ROWID;
CREATE INDEX commitment_turn ON commitment (turn);
