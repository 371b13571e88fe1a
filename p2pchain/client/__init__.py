"""The library for programs: talk to a node, sign records, read the log."""
