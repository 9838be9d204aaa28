ALTER TABLE installation ADD COLUMN without_passphrase INTEGER NOT NULL DEFAULT 0;
