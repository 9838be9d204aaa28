-- How far a chat's text may go: 0 public, 1 internal, 2 confidential, 3 restricted. Chats from before
-- are internal, as everything is that nobody classified.
ALTER TABLE chat ADD COLUMN class INTEGER NOT NULL DEFAULT 1;
