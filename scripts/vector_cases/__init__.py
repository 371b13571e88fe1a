"""The readable descriptions from which `make_vectors.py` makes the vectors: what is tried, and what comes of it."""
