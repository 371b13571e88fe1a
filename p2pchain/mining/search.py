"""The search for a nonce in Python: slow, everywhere, and the measure of any faster one."""

import struct
from hashlib import sha256

PREFIX_SIZE = 84
NONCE_END = 2**64
_NONCE = struct.Struct(">Q")


def search(header: bytes, start: int, count: int, target: int) -> int | None:
    """Try `count` nonces from `start` on a header of 92 bytes; the first that meets the target, or None.

    What precedes the nonce is hashed once, and its state copied for each try.
    """
    prefix = sha256(header[:PREFIX_SIZE])
    limit = target.to_bytes(32, "big")
    pack = _NONCE.pack
    for nonce in range(start, min(start + count, NONCE_END)):
        hasher = prefix.copy()
        hasher.update(pack(nonce))
        if hasher.digest() <= limit:
            return nonce
    return None
