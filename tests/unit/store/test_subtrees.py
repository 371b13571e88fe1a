"""Complete subtrees of the history tree follow the chain up and down."""

from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


def test_subtrees_are_taken_out_with_the_blocks_that_completed_them(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    staged = builder.chain(builder.genesis, [0] * 520)
    hashes = tuple(item.block.hash for item in staged)
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), hashes)
    whole = reader.frontier(521)
    with store.writer.group():
        store.writer.commit_chain((), tuple(reversed(hashes[500:])), ())
    assert reader.frontier(501).size == 501
    with store.writer.group():
        store.writer.commit_chain((), (), hashes[500:])
    assert reader.frontier(521) == whole
