"""What a block lacks, asked for piece by piece."""

import pytest

from p2pchain.chain.rules import ContentMismatch
from p2pchain.node import content_search as module
from p2pchain.node.content_search import ContentSearch
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

BUILDER = ChainBuilder(simulated_network(), 1)
NETWORK = BUILDER.network
ENTRY, WHOLE = BUILDER.block(BUILDER.genesis, [BUILDER.record() for _ in range(4)])
BARE = WHOLE.with_contents(dict.fromkeys(range(4)))
TXIDS = [transaction.txid for transaction in WHOLE.transactions]
CONTENTS = [transaction.content for transaction in WHOLE.transactions]


def search() -> ContentSearch:
    return ContentSearch(ENTRY, BARE, {txid: index for index, txid in enumerate(TXIDS)})


def test_questions_are_of_bounded_length_and_go_on_where_the_last_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TXIDS_MAX", 3)
    it = search()
    assert it.question() == tuple(TXIDS[:3])
    assert it.take((CONTENTS[0], None), NETWORK) == {0: CONTENTS[0]}
    assert it.question() == tuple(TXIDS[2:])
    assert it.take((CONTENTS[2], CONTENTS[3]), NETWORK) == {2: CONTENTS[2], 3: CONTENTS[3]}
    assert it.question() == ()
    assert list(it.missing) == [TXIDS[1]]


def test_another_peer_is_asked_for_what_one_refused() -> None:
    it = search()
    it.turn_to(5)
    it.question()
    assert it.take((), NETWORK) == {}
    assert it.question() == ()
    it.turn_to(6)
    assert it.question() == tuple(TXIDS)
    assert (it.asked, it.connection, it.busy) == ({5, 6}, 6, True)


def test_what_was_given_up_meanwhile_is_passed_over() -> None:
    it = search()
    it.question()
    del it.missing[TXIDS[0]]
    assert it.take((CONTENTS[0],), NETWORK) == {}


@pytest.mark.parametrize("content", [b"another content, of another size", None])
def test_a_content_that_the_head_does_not_commit_to_is_refused(content: bytes | None) -> None:
    it = search()
    it.question()
    other = content if content is not None else bytes(len(CONTENTS[0] or b""))
    with pytest.raises(ContentMismatch):
        it.take((other,), NETWORK)
