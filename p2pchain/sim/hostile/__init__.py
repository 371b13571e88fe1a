"""Nodes that wish the others ill, one file a kind: each speaks real frames, by chance that the world's seed decides."""
