"""The other driver of a node: many nodes in one process, with a virtual clock, network and disk, all decided by one seed."""
