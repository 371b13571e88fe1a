"""A disk that crashes at every moment: what a store does to its files is recorded, and cut off anywhere afterwards."""
