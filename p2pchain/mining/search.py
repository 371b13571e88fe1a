"""The search for a nonce: in C where it was built at installation, else the same in Python, slower."""

import struct
from hashlib import sha256
from importlib import import_module
from types import ModuleType


def _load_native() -> ModuleType | None:
    """Find the search in C; there is none where no compiler was at hand."""
    try:
        return import_module("p2pchain.mining._search")
    except ImportError:
        return None


_native = _load_native()
PREFIX_SIZE = 84
NONCE_END = 2**64
_NONCE = struct.Struct(">Q")

# How hashes are computed: SHA-NI, portable C, or Python.
METHOD: str = "Python" if _native is None else _native.METHOD

# As many hashes as take about 5 ms: whoever searches looks after so many whether the job still stands.
SLICE_HASHES = {"SHA-NI": 200_000, "portable C": 20_000, "Python": 4_000}[METHOD]


def search(header: bytes, start: int, count: int, target: int) -> int | None:
    """Try `count` nonces from `start` on a header of 92 bytes; the first that meets the target, or None.

    The interpreter is let go meanwhile, where the search is in C.
    """
    if _native is None:
        return search_python(header, start, count, target)
    found: int | None = _native.search(
        header, start, min(count, NONCE_END - start), target.to_bytes(32, "big")
    )
    return found


def search_python(header: bytes, start: int, count: int, target: int) -> int | None:
    """Do the same in Python: what precedes the nonce is hashed once, and its state copied for each try."""
    prefix = sha256(header[:PREFIX_SIZE])
    limit = target.to_bytes(32, "big")
    pack = _NONCE.pack
    for nonce in range(start, min(start + count, NONCE_END)):
        hasher = prefix.copy()
        hasher.update(pack(nonce))
        if hasher.digest() <= limit:
            return nonce
    return None
