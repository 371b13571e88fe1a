-- When each pending transaction was accepted, or returned by a reorganisation, in ms since 1970: what is too old leaves.
-- Those that are here already begin to grow old now.
ALTER TABLE pending ADD COLUMN accepted_ms INTEGER NOT NULL DEFAULT 0;
UPDATE pending SET accepted_ms = unixepoch() * 1000;
CREATE INDEX pending_age ON pending (accepted_ms);
