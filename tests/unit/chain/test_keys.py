"""Signatures are valid exactly where libsodium's strict predicate says so, on every published edge case."""

import json
from pathlib import Path

import pytest

from p2pchain.chain.keys import (
    PUBLIC_SIZE,
    SEED_SIZE,
    SIGNATURE_SIZE,
    Check,
    SigningKey,
    verify,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "ed25519_edge_cases.json"

# RFC 8032, 7.1: seed, public key, message, signature.
RFC_8032 = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
)


def edge_cases() -> tuple[list[Check], list[bool]]:
    cases = json.loads(VECTORS.read_text("utf-8"))
    checks = [
        (bytes.fromhex(case["key"]), case["message"].encode(), bytes.fromhex(case["signature"]))
        for case in cases
    ]
    return checks, [case["valid"] for case in cases]


def test_every_published_edge_case_is_judged_as_libsodium_does() -> None:
    checks, valid = edge_cases()
    assert len(checks) == 914
    assert sum(valid) == 43
    assert [verify(*check) for check in checks] == valid


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_keys_and_signatures_are_those_of_rfc_8032(
    seed: str, public: str, message: str, signature: str
) -> None:
    key = SigningKey(bytes.fromhex(seed))
    assert key.seed.hex() == seed
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify(key.public, bytes.fromhex(message), bytes.fromhex(signature))


def test_a_signature_is_of_one_message_by_one_key() -> None:
    key, other = SigningKey(bytes(SEED_SIZE)), SigningKey(b"\x01" * SEED_SIZE)
    signature = key.sign(b"message")
    assert len(key.public) == PUBLIC_SIZE
    assert len(signature) == SIGNATURE_SIZE
    assert verify(key.public, b"message", signature)
    assert not verify(other.public, b"message", signature)
    assert not verify(key.public, b"messagf", signature)
    assert not verify(key.public, b"message", signature[:-1] + bytes([signature[-1] ^ 1]))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_length_verifies_nothing(size: int) -> None:
    signature = SigningKey(bytes(SEED_SIZE)).sign(b"message")
    assert verify(bytes(size), b"message", signature) is False


@pytest.mark.parametrize("cut", [0, 1, 63, 65])
def test_the_border_between_signature_and_message_cannot_be_moved(cut: int) -> None:
    key = SigningKey(bytes(SEED_SIZE))
    signed = key.sign(b"message") + b"message"
    assert verify(key.public, signed[SIGNATURE_SIZE:], signed[:SIGNATURE_SIZE])
    assert verify(key.public, signed[cut:], signed[:cut]) is False
