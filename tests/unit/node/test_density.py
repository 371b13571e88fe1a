"""Who leaves first when room is short: the least work a byte, and of one step the newest."""

from p2pchain.chain.transaction import Transaction
from p2pchain.node.density import ByDensity, Pending, step_of
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network

BUILDER = ChainBuilder(simulated_network(), 1)
RECORD = BUILDER.record()


def with_work(bits: int) -> Transaction:
    """Give a record of 2 to the power of so many hashes, on average."""
    return RECORD._replace(txid=(2 ** (256 - bits) - 1).to_bytes(32, "big"))


def test_a_step_is_a_doubling_of_the_work_a_byte() -> None:
    steps = [step_of(with_work(bits)) for bits in range(60)]
    assert steps == list(range(steps[0], steps[0] + 60))
    double = BUILDER.record(bytes(2 * RECORD.size - RECORD.size + len(RECORD.payload or b"")))
    assert double.size == 2 * RECORD.size
    assert step_of(double._replace(txid=with_work(11).txid)) == step_of(with_work(10))


def test_luck_within_a_doubling_makes_no_difference() -> None:
    """Half of all records that nobody ground anything for carry the least work that there is."""
    records = [BUILDER.record() for _ in range(400)]
    lowest = min(step_of(each) for each in records)
    assert 150 < sum(step_of(each) == lowest for each in records) < 250


def pending(sequence: int, step: int, place: int | None = None) -> Pending:
    txid = sequence.to_bytes(32, "big")
    return Pending(sequence, RECORD._replace(txid=txid), None, step, place)


def test_the_lowest_step_leaves_first_and_of_it_the_newest_but_what_is_older_last() -> None:
    ranked = ByDensity()
    returned, first, high, second, third, low = (
        pending(1, 5, place=4),
        pending(2, 5),
        pending(3, 6),
        pending(4, 5),
        pending(5, 5),
        pending(6, 4),
    )
    for each in (returned, first, high, second, third, low):
        ranked.add(each)
    ranked.remove([third])
    assert ranked.least(7, 5, 0) == (low, second, first, returned, high)
    assert ranked.least(6, 2, 0) == (low, second)
    assert ranked.least(7, 1, 3 * RECORD.size) == (low, second, first)
    assert ranked.least(7, 0, 1) == (low,)


def test_too_few_are_none_at_all() -> None:
    ranked = ByDensity()
    for each in (pending(1, 5), pending(2, 6)):
        ranked.add(each)
    assert ranked.least(5, 1, 0) is None
    assert ranked.least(6, 2, 0) is None
    assert ranked.least(6, 1, RECORD.size + 1) is None
    assert ranked.least(7, 2, 2 * RECORD.size) == (pending(1, 5), pending(2, 6))
    ranked.remove([pending(1, 5)])
    assert ranked.least(6, 1, 0) is None
