-- The route that a chat was last asked through; none where a model was asked by itself.
ALTER TABLE chat ADD COLUMN route BLOB;
