-- Transactions whose contents the operator had forgotten: they are erased, not fetched again and not served.
CREATE TABLE tombstone (
    txid BLOB PRIMARY KEY
) WITHOUT ROWID, STRICT;
