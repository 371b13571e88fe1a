"""What `p2pchain watch` prints of an event."""

import msgpack
import pytest

from p2pchain.cli.watch import _show
from p2pchain.wire.messages.event import EventMessage


@pytest.mark.parametrize(
    ("kind", "data", "lines"),
    [
        ("connected", {"height": 1_234, "hash": b"\xaa" * 32}, ["block 1,234 " + "aa" * 32]),
        ("undone", {"height": 7, "hash": b"\xbb" * 32}, ["block 7 " + "bb" * 32]),
        ("evicted", {"txid": b"\xcc" * 32, "reason": "expired"}, ["cc" * 32 + ": expired"]),
        ("accepted", {"txids": [b"\x01" * 32, b"\x02" * 32]}, ["01" * 32, "02" * 32]),
    ],
)
def test_every_line_has_the_number_and_one_record_or_block(
    kind: str, data: dict[str, object], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _show(EventMessage(number=5_678, kind=kind, data=msgpack.packb(data)), as_json=False)
    assert capsys.readouterr().out.splitlines() == [f"  5,678  {kind:<9}  {line}" for line in lines]
