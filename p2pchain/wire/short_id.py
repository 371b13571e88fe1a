"""Short ids: six bytes that stand for a transaction in one block's compact form.

Keyed by the block's hash, which nobody knows before the block is found: no two heads can be made to share one ahead.
"""

from collections.abc import Iterable
from hashlib import blake2b

SHORT_ID_SIZE = 6
KEY_SIZE = 16


def short_ids(leaves: Iterable[bytes], block_hash: bytes) -> list[bytes]:
    """Give the short id of each head by its leaf in the Merkle tree: a keyed BLAKE2b of that hash."""
    keyed = blake2b(digest_size=SHORT_ID_SIZE, key=block_hash[:KEY_SIZE])
    found: list[bytes] = []
    for leaf in leaves:
        hasher = keyed.copy()
        hasher.update(leaf)
        found.append(hasher.digest())
    return found
