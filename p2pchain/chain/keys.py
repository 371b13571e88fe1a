"""Ed25519 keys: who signed what. libsodium's predicate is a rule of consensus, for libraries disagree on edge cases."""

from collections.abc import Callable, Sequence
from functools import partial

from nacl import bindings
from nacl.exceptions import CryptoError

SEED_SIZE = 32
PUBLIC_SIZE = 32
SIGNATURE_SIZE = 64

# A public key, a message, and what is said to be its signature.
Check = tuple[bytes, bytes, bytes]

_OPEN_TYPE = (
    "int(*)(unsigned char *, unsigned long long *, unsigned char *, unsigned long long, unsigned char *)"
)


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


def verify_all(checks: Sequence[Check]) -> list[bool]:
    """Say of each whether its signature is valid, as `verify` does.

    Where the loop in C was built, it is one call that lets go of the interpreter once; else one call after another.
    """
    return verify_each(checks) if _native is None else _native(checks)


def verify_each(checks: Sequence[Check]) -> list[bool]:
    """Do the same one by one."""
    return [verify(*check) for check in checks]


def _load_native() -> Callable[[Sequence[Check]], list[bool]] | None:
    """Find the loop in C, and libsodium's function for it; there is none where no compiler was at hand.

    The function is the one that `verify` comes down to, so both judge alike. PyNaCl does not promise its place.
    """
    try:
        from nacl._sodium import ffi, lib  # noqa: PLC0415  # its private part, which may change

        from p2pchain.chain import _signatures  # noqa: PLC0415  # it may be missing, and everything still works

        function = ffi.addressof(lib, "crypto_sign_open")
        if ffi.typeof(function).cname != _OPEN_TYPE:
            return None
    except (ImportError, AttributeError):
        return None
    return partial(_signatures.verify_all, int(ffi.cast("uintptr_t", function)))


_native = _load_native()
