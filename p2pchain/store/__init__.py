"""What must survive: blocks, the chain, what is pending, numbered events. One SQLite file, one writer."""
