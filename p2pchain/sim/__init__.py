"""The other driver of a node: many in one process, with virtual clock, network and disk, decided by one seed."""
