"""The little of msgpack that transactions and blocks are made of, read in its shortest form only.

By hand, for a general decoder accepts many forms of one value, and builds whatever a stranger's bytes claim: eight
megabytes of empty lists take it half a gigabyte and two seconds.
"""

from p2pchain.errors import RuleError

TIMESTAMP_END = 2**63  # times lie below, in ms: they fit into a signed integer of 64 bits

_NIL = 0xC0
# By marker: the bytes of the marker with its length, and the least length that is written so.
_BINS = {0xC4: (2, 0), 0xC5: (3, 2**8), 0xC6: (5, 2**16)}
_BIN_8_WIDTH = 2
_ARRAYS = {0xDC: (3, 2**4), 0xDD: (5, 2**16)}
_SHORT_ARRAY = 0x90
_SHORT_ARRAY_MAX = 15


class Reader:
    """Reads value after value, and raises `fault` where another one stands."""

    __slots__ = ("_at", "_fault", "_raw")

    def __init__(self, raw: bytes, fault: type[RuleError]) -> None:
        """Start at the first byte."""
        self._raw = raw
        self._at = 0
        self._fault = fault

    def read_bin(self) -> bytes:
        """Read a byte string."""
        raw, at = self._raw, self._at
        try:
            width, least = _BINS[raw[at]]
            start = at + width
            size = raw[at + 1] if width == _BIN_8_WIDTH else int.from_bytes(raw[at + 1 : start], "big")
        except LookupError:
            raise self._refusal("a byte string") from None
        end = start + size
        if size < least or end > len(raw):
            raise self._refusal("a whole byte string in the shortest form")
        self._at = end
        return raw[start:end]

    def read_optional_bin(self) -> bytes | None:
        """Read a byte string, or nil."""
        if self._at < len(self._raw) and self._raw[self._at] == _NIL:
            self._at += 1
            return None
        return self.read_bin()

    def read_array(self) -> int:
        """Read the beginning of an array: how many values follow. Their number is a claim, and nothing is allocated."""
        raw, at = self._raw, self._at
        marker = raw[at] if at < len(raw) else _NIL
        if 0 <= marker - _SHORT_ARRAY <= _SHORT_ARRAY_MAX:
            self._at += 1
            return marker - _SHORT_ARRAY
        width, least = _ARRAYS.get(marker, (0, 0))
        count = int.from_bytes(raw[at + 1 : at + width], "big")
        if not width or count < least or at + width > len(raw):
            raise self._refusal("an array in the shortest form")
        self._at += width
        return count

    def read_array_of(self, count: int) -> None:
        """Read the beginning of an array of a known number of values."""
        at = self._at
        if self.read_array() != count:
            self._at = at
            raise self._refusal(f"an array of {count}")

    def finish(self) -> None:
        """Make sure that nothing follows."""
        if self._at != len(self._raw):
            raise self._refusal("the end")

    def _refusal(self, expected: str) -> RuleError:
        found = self._raw[self._at : self._at + 5].hex() or "the end"
        return self._fault(f"{expected} at byte {self._at}", found)
