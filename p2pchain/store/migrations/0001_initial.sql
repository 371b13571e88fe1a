-- What this file holds: one network's blocks, which of them are connected, what is pending, and what happened.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- Every block that was ever connected, or is kept for a branch under way. `work` is that of its chain, big-endian in as
-- few bytes as it takes; `chain_time` the retarget clock's, in ms; `body` what follows the header in the encoded block
-- (nothing for genesis). It stands last, so that headers are read without it.
CREATE TABLE block (
    id         INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    height     INTEGER NOT NULL,
    header     BLOB NOT NULL,
    work       BLOB NOT NULL,
    chain_time INTEGER NOT NULL,
    body       BLOB
) STRICT;

-- The connected blocks. Row 0 is genesis.
CREATE TABLE chain (
    height INTEGER PRIMARY KEY,
    block  INTEGER NOT NULL REFERENCES block (id)
) STRICT;

-- Where each transaction of the chain stands: the first 8 bytes of its txid as a signed number; its block's height * 2^23
-- + where in that block's body its head is. Two txids may share a key, so a hit is confirmed by the head.
CREATE TABLE place (
    key   INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (key, place)
) WITHOUT ROWID, STRICT;

-- Accepted, and not in the chain. `sequence` gives the order: a new one comes last, those that a reorganisation returns
-- come first.
CREATE TABLE pending (
    sequence INTEGER PRIMARY KEY,
    txid     BLOB NOT NULL UNIQUE,
    head     BLOB NOT NULL,
    content  BLOB NOT NULL
) STRICT;

-- What happened, numbered from 1 without gaps, entered with what made it true.
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
