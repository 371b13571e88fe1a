"""Each kind of field takes what lies within its bounds, and refuses the rest by name."""

import msgpack
import pytest

from p2pchain.wire.fields import (
    UINT_MAX,
    Bytes,
    Choice,
    Flag,
    Kind,
    ListOf,
    MissingField,
    Optional,
    OutOfBounds,
    Row,
    Text,
    Uint,
    WrongType,
    absent,
)


def read(kind: Kind, value: object) -> object:
    return read_raw(kind, msgpack.packb(value))


def read_raw(kind: Kind, raw: bytes) -> object:
    source = msgpack.Unpacker(max_buffer_size=len(raw), max_array_len=0, max_map_len=0, max_ext_len=0)
    source.feed(raw)
    return kind.read("field", source)


ROW = Row((Text(3), Uint(9)))
TAKEN: tuple[tuple[Kind, object, object], ...] = (
    (Uint(), 0, 0),
    (Uint(), UINT_MAX, UINT_MAX),
    (Uint(9), 9, 9),
    (Bytes(3), b"", b""),
    (Bytes(3, 3), b"abc", b"abc"),
    (Bytes(3, nil=True), b"abc", b"abc"),
    (Bytes(3, nil=True), None, None),
    (Text(4), "", ""),
    (Text(4), "üü", "üü"),
    (Text(4), "🌍", "🌍"),
    (Flag(), True, True),
    (Flag(), False, False),
    (Choice(("a", "b")), "b", "b"),
    (ListOf(Uint(9), 3), [], ()),
    (ListOf(Uint(9), 3), [1, 2, 3], (1, 2, 3)),
    (ListOf(Bytes(1), 70_000), [b"x"] * 70_000, (b"x",) * 70_000),
    (ROW, ["abc", 9], ("abc", 9)),
    (ListOf(ROW, 2), [["a", 1], ["b", 2]], (("a", 1), ("b", 2))),
    (Optional(Uint(9)), 9, 9),
)
OUT_OF_BOUNDS: tuple[tuple[Kind, object], ...] = (
    (Uint(), -1),
    (Uint(), UINT_MAX + 1),
    (Uint(9), 10),
    (Bytes(3), b"abcd"),
    (Bytes(3, 3), b"ab"),
    (Bytes(3, nil=True), b"abcd"),
    (Text(4), "abcde"),
    (Text(4), "üü."),
    (Choice(("a", "b")), "c"),
    (Choice(("a", "b")), ""),
    (ListOf(Uint(9), 3), [1, 2, 3, 4]),
    (ListOf(Uint(9), 3), [10]),
    (ROW, ["a"]),
    (ROW, ["a", 1, 2]),
    (ROW, ["abcd", 1]),
    (Optional(Uint(9)), 10),
)
PLAIN: tuple[Kind, ...] = (Uint(), Bytes(9), Text(9), Flag(), Choice(("a",)))
OTHERS: dict[str, tuple[bytes, tuple[type[Kind], ...]]] = {
    "a number": (b"\x01", (Uint,)),
    "bytes": (b"\xc4\1a", (Bytes,)),
    "text": (b"\xa1a", (Text, Choice)),
    "true": (b"\xc3", (Flag,)),
    "nil": (b"\xc0", ()),
    "a float": (msgpack.packb(1.0), ()),
    "a short float": (b"\xca\0\0\0\0", ()),
    "no number": (msgpack.packb(float("nan")), ()),
    "infinity": (msgpack.packb(float("inf")), ()),
    "an extension": (b"\xd4\1\1", ()),
    "an empty extension": (b"\xc7\0\1", ()),
    "a timestamp": (b"\xd6\xff\0\0\0\0", ()),
    "a list": (b"\x91\x01", ()),
    "an empty list": (b"\x90", ()),
    "a map": (b"\x81\x01\x01", ()),
    "an empty map": (b"\x80", ()),
    "text that is no UTF-8": (b"\xa1\xff", ()),
    "text with half a pair": (b"\xa3\xed\xa0\x80", ()),
    "a byte that is never used": (b"\xc1", ()),
    "arrays all the way down": (b"\x91" * 100_000, ()),
    "a list of 2^32 - 1": (b"\xdd\xff\xff\xff\xff", ()),
    "a map of 2^32 - 1": (b"\xdf\xff\xff\xff\xff", ()),
}


@pytest.mark.parametrize(("kind", "value", "held"), TAKEN, ids=lambda value: repr(value)[:40])
def test_what_is_within_bounds_is_taken(kind: Kind, value: object, held: object) -> None:
    found = read(kind, value)
    assert found == held
    assert type(found) is type(held)


@pytest.mark.parametrize(("kind", "value"), OUT_OF_BOUNDS)
def test_what_is_out_of_bounds_is_refused_by_name(kind: Kind, value: object) -> None:
    with pytest.raises(OutOfBounds, match="field"):
        read(kind, value)


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: type(kind).__name__)
@pytest.mark.parametrize(("raw", "fitting"), OTHERS.values(), ids=OTHERS)
def test_another_type_is_refused_by_name(kind: Kind, raw: bytes, fitting: tuple[type[Kind], ...]) -> None:
    for outer in (kind, Optional(kind)):
        if type(kind) in fitting:
            read_raw(outer, raw)
            continue
        with pytest.raises(WrongType, match="field"):
            read_raw(outer, raw)


@pytest.mark.parametrize("kind", [ListOf(Uint(), 9), ROW])
@pytest.mark.parametrize(
    "raw", [raw for raw, _ in OTHERS.values() if not 0x90 <= raw[0] <= 0x9F and raw[0] != 0xDD]
)
def test_no_list_is_refused_by_name(kind: Kind, raw: bytes) -> None:
    with pytest.raises(WrongType, match="field: a list"):
        read_raw(kind, raw)


@pytest.mark.parametrize("raw", [b"\xdd\xff\xff\xff\xff", b"\xdc\xff\xff", b"\x9f"])
@pytest.mark.parametrize("kind", [ListOf(Uint(), 9), ROW])
def test_a_list_that_claims_too_much_is_refused_at_its_claim(kind: Kind, raw: bytes) -> None:
    with pytest.raises(OutOfBounds):
        read_raw(kind, raw)


@pytest.mark.parametrize("inner", [[1], {}, {1: 2}, b""])
def test_items_of_lists_and_rows_are_checked(inner: object) -> None:
    for kind in (ListOf(Uint(), 9), Row((Uint(),))):
        with pytest.raises(WrongType, match="field"):
            read(kind, [inner])


def test_what_is_absent_has_a_value_or_is_missed() -> None:
    fields: dict[str, Kind] = {"a": Uint(), "b": Optional(Uint()), "c": Optional(Flag(), absent=False)}
    assert absent(fields, {"a"}) == {"b": None, "c": False}
    assert absent(fields, {"a", "b", "c", "d"}) == {}
    with pytest.raises(MissingField, match="field a"):
        absent(fields, {"b"})
