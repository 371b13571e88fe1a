"""The reader takes what msgpack writes, in that form alone, and allocates nothing on a stranger's word."""

import tracemalloc

import msgpack
import pytest

from p2pchain.chain.encoding import Reader
from p2pchain.errors import RuleError


class Malformed(RuleError):
    """The caller's own error."""


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_535, 65_536])
def test_byte_strings_are_read_in_msgpacks_own_form(size: int) -> None:
    reader = Reader(msgpack.packb(bytes(size)) * 2, Malformed)
    assert reader.read_bin() == reader.read_optional_bin() == bytes(size)
    reader.finish()


@pytest.mark.parametrize("count", [0, 1, 15, 16, 65_535, 65_536])
def test_arrays_begin_in_msgpacks_own_form(count: int) -> None:
    raw = msgpack.packb([None] * count)
    reader = Reader(raw, Malformed)
    assert reader.read_array() == count
    assert [reader.read_optional_bin() for _ in range(count)] == [None] * count
    reader.finish()
    Reader(raw, Malformed).read_array_of(count)


NO_BINS = {
    "nothing": "",
    "nil": "c0",
    "text": "a161",
    "no length": "c4",
    "half a length": "c501",
    "shorter than it says": "c40200",
    "a longer form": "c5000100",
    "the longest form": "c60000ffff" + "00" * 0xFFFF,
    "a claim of 4 GiB": "c6ffffffff00",
}


@pytest.mark.parametrize("raw", NO_BINS.values(), ids=NO_BINS)
def test_what_is_no_byte_string_in_the_shortest_form_is_refused(raw: str) -> None:
    reader = Reader(b"\xc0" + bytes.fromhex(raw), Malformed)
    assert reader.read_optional_bin() is None
    with pytest.raises(Malformed, match="at byte 1"):
        reader.read_bin()


NO_ARRAYS = {
    "nothing": "",
    "nil": "c0",
    "a map": "80",
    "no length": "dc",
    "half a length": "dd000100",
    "a longer form": "dc000f",
    "the longest form": "dd0000ffff",
}


@pytest.mark.parametrize("raw", NO_ARRAYS.values(), ids=NO_ARRAYS)
def test_what_is_no_array_in_the_shortest_form_is_refused(raw: str) -> None:
    with pytest.raises(Malformed, match="an array in the shortest form at byte 0"):
        Reader(bytes.fromhex(raw), Malformed).read_array()


def test_an_array_of_another_length_is_refused_where_it_begins() -> None:
    with pytest.raises(Malformed, match="an array of 2 at byte 0, found 93c0"):
        Reader(b"\x93\xc0", Malformed).read_array_of(2)


def test_bytes_behind_the_end_are_refused() -> None:
    reader = Reader(b"\x90\x01\x02", Malformed)
    reader.read_array()
    with pytest.raises(Malformed, match="the end at byte 1, found 0102"):
        reader.finish()


def test_a_claim_costs_no_memory() -> None:
    raw = b"\xdd\xff\xff\xff\xff" + b"\x90" * 1_000_000
    tracemalloc.start()
    try:
        reader = Reader(raw, Malformed)
        with pytest.raises(Malformed):
            [reader.read_bin() for _ in range(reader.read_array())]
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
