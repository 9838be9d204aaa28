-- Money in nano-dollars: what an attempt costs at most, and what it cost. Without a cost, the
-- hold counts; without both, the price is not known.
ALTER TABLE attempt ADD COLUMN hold INTEGER;
ALTER TABLE attempt ADD COLUMN cost INTEGER;
ALTER TABLE attempt ADD COLUMN cache_write_long INTEGER;
