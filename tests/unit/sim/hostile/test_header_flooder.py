"""A header flooder grows side branches that never have more work than the honest tip."""

from p2pchain.chain.header import Header
from p2pchain.sim.hostile.header_flooder import BATCH, EVERY_MS, HeaderFlooder
from p2pchain.wire.messages.new_block import NewBlock

from .den import Den


def told(den: Den) -> list[Header]:
    return [Header.decode(each.header or b"") for each in den.second.told(NewBlock)]


def test_it_says_nothing_while_there_is_nothing_to_branch_from(den: Den) -> None:
    den.bring(HeaderFlooder)
    den.first.wait(20 * EVERY_MS)
    assert told(den) == []


def test_it_tells_of_many_headers_that_lead_nowhere(den: Den) -> None:
    flooder = den.bring(HeaderFlooder)
    staged = den.chain(*[0] * 8)
    den.tell_headers(staged)
    den.first.wait(20 * EVERY_MS)
    headers = told(den)
    assert len(headers) > 10 * BATCH
    assert len(set(headers)) == len(headers)
    honest = {den.stage.network.genesis.hash, *(item.block.hash for item in staged)}
    known = honest | {header.hash for header in headers}
    for header in headers:
        assert header.meets_target()
        assert header.previous_hash in known
        assert header.hash not in honest
        assert header.height <= 8
    assert flooder.tip.hash == staged[-1].block.hash
