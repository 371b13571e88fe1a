"""A peer-to-peer node that keeps one shared, ordered, tamper-evident log of signed records."""

__version__ = "0.1.0"
