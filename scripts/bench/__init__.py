"""How fast a node is, beside what this machine can do at all: one file a figure. `make bench` runs all of them."""
