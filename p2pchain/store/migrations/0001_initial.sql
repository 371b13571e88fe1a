-- What this file holds: one network's blocks, which of them are connected, what is pending, and what happened.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- Every block that was ever connected, or is kept for a branch under way. `work` is its chain's, 32 bytes big-endian;
-- `chain_time` the retarget clock's, in ms; `body` the encoded block (none for genesis). Headers are read without bodies.
CREATE TABLE block (
    id         INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    height     INTEGER NOT NULL,
    header     BLOB NOT NULL,
    work       BLOB NOT NULL,
    chain_time INTEGER NOT NULL,
    body       BLOB
) STRICT;

CREATE TABLE chain (
    height INTEGER PRIMARY KEY,
    block  INTEGER NOT NULL REFERENCES block (id)
) STRICT;

-- Where a transaction stands: the first 8 bytes of its txid as a signed number, and height * 2^20 + position in the block.
-- Two txids may share a key, so a hit is confirmed in the block.
CREATE TABLE place (
    key   INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (key, place)
) WITHOUT ROWID, STRICT;

CREATE TABLE pending (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    txid     BLOB NOT NULL UNIQUE,
    head     BLOB NOT NULL,
    content  BLOB NOT NULL
) STRICT;

CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    kind   TEXT NOT NULL,
    data   BLOB NOT NULL
) STRICT;

-- Complete subtrees of the history tree, of 2^8 leaves and more; smaller ones are recomputed from headers.
CREATE TABLE subtree (
    level    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    PRIMARY KEY (level, position)
) WITHOUT ROWID, STRICT;
