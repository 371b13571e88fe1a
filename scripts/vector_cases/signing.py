"""Signatures that no honest program makes: a second one of a message, and those at the edges of the predicate."""

from hashlib import sha512

from nacl import bindings

from p2pchain.chain.keys import SigningKey

ORDER = 2**252 + 27742317777372353535851937790883648493
IDENTITY = (1).to_bytes(32, "little")  # the neutral point, the smallest of the small orders


def secret_of(key: SigningKey) -> bytes:
    """Give the secret number of a key (RFC 8032, 5.1.5), less whole orders."""
    raw = bytearray(sha512(key.seed).digest()[:32])
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return bindings.crypto_core_ed25519_scalar_reduce(bytes(raw) + bytes(32))


def sign_otherwise(key: SigningKey, message: bytes) -> bytes:
    """Sign a message with another secret point than the specification gives: as valid, and another signature."""
    number = bindings.crypto_core_ed25519_scalar_reduce(sha512(b"another" + message).digest())
    point = bindings.crypto_scalarmult_ed25519_base_noclamp(number)
    return point + _scalar(key, point, message, number)


def sign_with_small_point(key: SigningKey, message: bytes) -> bytes:
    """Sign with the neutral point as R: the equation holds, and the predicate refuses it."""
    return IDENTITY + _scalar(key, IDENTITY, message, bytes(32))


def sign_above_order(key: SigningKey, message: bytes) -> bytes:
    """Add the group's order to S: the equation holds, and the predicate refuses it."""
    good = key.sign(message)
    return good[:32] + (int.from_bytes(good[32:], "little") + ORDER).to_bytes(32, "little")


def _scalar(key: SigningKey, point: bytes, message: bytes, number: bytes) -> bytes:
    asked = bindings.crypto_core_ed25519_scalar_reduce(sha512(point + key.public + message).digest())
    product = bindings.crypto_core_ed25519_scalar_mul(asked, secret_of(key))
    return bindings.crypto_core_ed25519_scalar_add(number, product)
