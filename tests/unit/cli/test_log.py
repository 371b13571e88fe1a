"""A record of the chain, as people and programs see it."""

import msgpack

from p2pchain.cli.log import _fields, _line
from p2pchain.client.absences import Absence
from p2pchain.client.records import Record
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network


def test_one_whose_content_is_not_here_is_named_by_why() -> None:
    whole = ChainBuilder(simulated_network(), 1).record(msgpack.packb("words"))
    here = Record(whole, 1_234, 0)
    assert _line(here).startswith("  1,234  2")
    assert _line(here).endswith(f"  {whole.author.hex()[:8]}  words")
    assert (_fields(here)["here"], _fields(here)["absence"]) == (True, None)
    for why, word in zip(Absence, ("forgotten", "withheld", "not here"), strict=True):
        bare = Record(whole._replace(content=None), 1_234, 0, why)
        assert _line(bare) == _line(here).replace("words", f"({word})")
        assert (_fields(bare)["text"], _fields(bare)["here"], _fields(bare)["absence"]) == ("", False, word)
