-- A provider may have several keys. The one of a provider that had one keeps the provider's id.
CREATE TABLE key_by_id (
    id BLOB PRIMARY KEY,
    provider BLOB NOT NULL,
    sealed BLOB NOT NULL,
    hint TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO key_by_id (id, provider, sealed, hint)
    SELECT provider, provider, sealed, hint FROM provider_key;
DROP TABLE provider_key;
ALTER TABLE key_by_id RENAME TO provider_key;
CREATE INDEX provider_key_of ON provider_key (provider);
