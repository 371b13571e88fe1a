"""One direction of a connection: bytes in order, in the line's time, and no more under way than fits."""

from p2pchain.net.transport import WRITE_HIGH_BYTES, WRITE_LOW_BYTES
from p2pchain.sim.pipe import WINDOW_BYTES, Line, Pipe
from p2pchain.sim.world import World

LONG_MS = 1_000_000


class Way:
    """A pipe, what came out of it and when, and what its sender was told of its queue."""

    def __init__(self, latency_ms: int = 10, jitter_ms: int = 0, bytes_per_ms: float = 1e9) -> None:
        self.world = World(1)
        self.came: list[tuple[int, bytes]] = []
        self.marks: list[bool] = []
        line = Line(latency_ms, jitter_ms, bytes_per_ms)
        self.pipe = Pipe(self.world, line, self._deliver, self.marks.append)

    @property
    def received(self) -> bytes:
        return b"".join(data for _, data in self.came)

    def _deliver(self, data: bytes) -> None:
        self.came.append((self.world.ticks_ms, data))


def told_apart(count: int) -> list[bytes]:
    """Give pieces whose order can be seen, also where one is cut in two."""
    return [number.to_bytes(4, "big") for number in range(count)]


def test_bytes_come_in_order_at_times_in_two_parts() -> None:
    way = Way(jitter_ms=20)
    sent = told_apart(300)
    for data in sent:
        way.pipe.send(data)
        way.world.run_for(1)
    way.world.run_for(LONG_MS)
    assert way.received == b"".join(sent)
    whole = sum(data in sent for _, data in way.came)
    assert 0.7 * len(sent) < whole < len(sent)


def test_they_take_the_line_s_time_and_more_by_chance() -> None:
    way = Way(latency_ms=50, jitter_ms=8)
    times = []
    for start_ms in range(0, 20_000, 100):
        way.world.run_until(start_ms)
        way.pipe.send(b"x")
        way.world.run_for(99)
        times.append(way.came[-1][0] - start_ms)
    assert 50 <= min(times) <= 51
    assert 57 <= max(times) <= 60


def test_many_bytes_take_as_long_as_the_rate_says() -> None:
    way = Way(bytes_per_ms=1_000)
    for _ in range(10):
        way.pipe.send(bytes(50_000))
    way.pipe.send(bytes(500_000))
    way.world.run_for(LONG_MS)
    assert len(way.received) == 1_000_000
    assert 1_000 <= way.came[-1][0] <= 1_050
    half_ms = next(ms for ms, _ in way.came if ms > 500)
    assert 400_000 < sum(len(data) for ms, data in way.came if ms <= half_ms) < 650_000


def test_its_sender_is_told_once_that_the_queue_is_long_and_once_that_it_is_short() -> None:
    way = Way(bytes_per_ms=1_000)
    way.pipe.send(bytes(WINDOW_BYTES))
    for _ in range(3):
        way.pipe.send(bytes(WRITE_HIGH_BYTES))
    assert way.marks == []
    way.world.run_for(0)
    assert way.marks == [True]
    assert way.world.run_until_true(lambda: way.pipe.queued < WRITE_LOW_BYTES, LONG_MS, 1)
    way.world.run_for(LONG_MS)
    assert way.marks == [True, False]
    assert way.pipe.queued == 0
    way.pipe.send(bytes(WRITE_HIGH_BYTES // 2))
    way.world.run_for(LONG_MS)
    assert way.marks == [True, False]


def test_what_is_clogged_waits_and_flows_again() -> None:
    way = Way()
    way.pipe.send(b"under way ")
    way.pipe.clog()
    way.pipe.send(b"waiting")
    way.world.run_for(LONG_MS)
    assert way.received == b"under way "
    assert way.pipe.queued == len(b"waiting")
    way.pipe.unclog()
    way.pipe.unclog()
    way.world.run_for(LONG_MS)
    assert way.received == b"under way waiting"


def test_a_reader_who_rests_holds_up_what_does_not_fit_on_the_way() -> None:
    way = Way()
    way.pipe.pause_reading()
    sent = [bytes([number]) * 50_000 for number in range(20)]
    for data in sent:
        way.pipe.send(data)
    way.world.run_for(LONG_MS)
    assert way.received == b""
    assert 1_000_000 - 2 * WINDOW_BYTES < way.pipe.queued < 1_000_000
    way.pipe.resume_reading()
    way.world.run_for(LONG_MS)
    assert way.received == b"".join(sent)
    assert way.pipe.queued == 0


def test_an_end_comes_after_everything_that_was_sent() -> None:
    way = Way(bytes_per_ms=1_000)
    ends: list[tuple[int, int]] = []
    way.pipe.send(bytes(300_000))
    way.pipe.finish(lambda: ends.append((way.world.ticks_ms, len(way.received))))
    way.world.run_for(LONG_MS)
    assert len(ends) == 1
    assert ends[0][0] >= way.came[-1][0]
    assert ends[0][1] == 300_000
    way.pipe.finish(lambda: ends.append((0, 0)))
    way.world.run_for(LONG_MS)
    assert len(ends) == 2


def test_nothing_comes_out_of_a_pipe_that_was_closed() -> None:
    way = Way(bytes_per_ms=10)
    way.pipe.send(bytes(WRITE_HIGH_BYTES * 2))
    way.pipe.open = False
    way.pipe.resume_reading()
    way.world.run_for(LONG_MS)
    assert way.came == []
    assert way.marks == []
