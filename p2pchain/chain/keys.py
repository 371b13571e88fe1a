"""Ed25519 keys: who signed what. libsodium's predicate is a rule of consensus, for libraries disagree on edge cases."""

from nacl import bindings
from nacl.exceptions import CryptoError

SEED_SIZE = 32
PUBLIC_SIZE = 32
SIGNATURE_SIZE = 64

# A public key, a message, and what is said to be its signature.
Check = tuple[bytes, bytes, bytes]


class SigningKey:
    """A secret key, made from a seed of 32 bytes."""

    __slots__ = ("_secret", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        """Derive the key pair (RFC 8032, 5.1.5)."""
        self.seed = seed
        self.public, self._secret = bindings.crypto_sign_seed_keypair(seed)

    def sign(self, message: bytes) -> bytes:
        """Sign a message; the 64 bytes of the signature."""
        return bytes(bindings.crypto_sign(message, self._secret)[:SIGNATURE_SIZE])


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature is valid: S < L, key canonical, neither it nor R of small order, SB - hA = R."""
    if len(signature) != SIGNATURE_SIZE:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public)
    except (CryptoError, ValueError):
        return False
    return True
