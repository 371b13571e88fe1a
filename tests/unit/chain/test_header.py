"""Headers are 92 bytes, hashed once with SHA-256."""

from hashlib import sha256

import pytest

from p2pchain.chain.header import HEADER_SIZE, Header, MalformedHeader

HEADER = Header(
    height=7,
    previous_hash=bytes(range(32)),
    merkle_root=bytes(range(32, 64)),
    timestamp=0x0102030405060708,
    bits=0x1D00FFFF,
    nonce=0x1112131415161718,
)
# One field a line, in the order of the layout.
ENCODED = bytes.fromhex(
    "00000001"
    "00000007"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
    "0102030405060708"
    "1d00ffff"
    "1112131415161718"
)


def test_the_layout_is_big_endian_and_of_92_bytes() -> None:
    assert HEADER.encode() == ENCODED
    assert len(ENCODED) == HEADER_SIZE == 92
    assert Header.decode(ENCODED) == HEADER


def test_the_hash_is_a_single_sha256() -> None:
    assert HEADER.hash == sha256(ENCODED).digest()
    assert Header.decode(ENCODED).hash == HEADER.hash


@pytest.mark.parametrize("raw", [b"", ENCODED[:-1], ENCODED + b"\0"], ids=len)
def test_another_length_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedHeader, match=f"{len(raw)} bytes") as caught:
        Header.decode(raw)
    assert not caught.value.condemns


def test_another_nonce_gives_another_hash_and_nothing_else() -> None:
    other = HEADER.with_nonce(3)
    assert other.nonce == 3
    assert other.hash == sha256(ENCODED[:-8] + bytes(7) + b"\x03").digest()
    assert other.with_nonce(HEADER.nonce) == HEADER


def test_another_version_is_read_back_for_a_rule_to_refuse() -> None:
    assert Header.decode(b"\0\0\0\x02" + ENCODED[4:]).version == 2


def test_target_and_work_follow_from_the_bits() -> None:
    assert HEADER.target == 0xFFFF << 208
    assert HEADER.work == 0x100010001


def test_a_hash_up_to_the_target_meets_it() -> None:
    met = [HEADER.with_nonce(nonce) for nonce in range(200)]
    easy = [Header(1, bytes(32), bytes(32), 1, 0x207FFFFF, nonce) for nonce in range(200)]
    assert not any(header.meets_target() for header in met)
    assert [header.meets_target() for header in easy] == [header.hash[0] < 0x80 for header in easy]
    assert len({header.meets_target() for header in easy}) == 2
