"""Faulty hosts by the ten thousand: what is kept of them stays within its bounds, through the whole node."""

from p2pchain.node.actions import SaveBans
from p2pchain.node.events import Address, BytesReceived, ConnectionClosed, ConnectionOpened, Direction, Now
from p2pchain.node.limits import BANS_MAX, BANS_SAVE_MS, DISCOURAGED_MAX
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.frame import encode_frame
from p2pchain.wire.message import encode
from p2pchain.wire.messages.bans import BansMessage
from p2pchain.wire.messages.get_bans import GetBans

HOSTS = BANS_MAX + 1_000
NONSENSE = encode_frame(bytes(8))


def test_a_flood_of_faulty_hosts_fills_no_list_and_no_disk() -> None:
    host = Stage().host()
    node, start = host.node, host.now()
    saves = 0
    for number in range(HOSTS):
        now = Now(start.wall_ms + number, start.ticks_ms + number)
        address = Address(f"20.{number >> 16}.{number >> 8 & 255}.{number & 255}", 50_000)
        for event in (
            ConnectionOpened(1_000 + number, address, Direction.INBOUND),
            BytesReceived(1_000 + number, NONSENSE),
            ConnectionClosed(1_000 + number, "closed"),
        ):
            node.handle(event, now)
        saves += sum(isinstance(action, SaveBans) for action in node.drain())

    assert saves == HOSTS // BANS_SAVE_MS
    assert node._parts.bans.discouraged_count == DISCOURAGED_MAX
    now = Now(start.wall_ms + HOSTS, start.ticks_ms + HOSTS)
    node.handle(BytesReceived(1, encode(GetBans(), 7)), now)
    (answer,) = Connection(Role.CONTROL).receive(
        b"".join(getattr(each, "data", b"") for each in node.drain())
    )
    assert isinstance(answer.message, BansMessage)
    assert len(answer.message.bans) == BANS_MAX
    assert answer.message.bans[-1][0] == f"20.0.{HOSTS - 1 >> 8}.{HOSTS - 1 & 255}"
    assert answer.message.bans[-1][2] == "malformed_envelope"
