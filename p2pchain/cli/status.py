"""`p2pchain status`: how a node is."""

import click

from p2pchain.cli.output import counted, fields_of, json_option, print_json, print_pairs, time_text
from p2pchain.cli.target import ask, node_option
from p2pchain.client.client import Client
from p2pchain.node.progress import Pace
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status


@click.command("status", short_help="Show how a node is.")
@node_option
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show how a node is."""
    status = ask(ctx, get_status)
    if as_json:
        print_json(fields_of(status))
        return
    pace = Pace(status.height, status.goal, status.blocks_per_minute, status.time_left)
    print_pairs(
        [
            ("listen", status.listen),
            ("network", f"{status.name} ({status.network.hex()[:16]})"),
            ("height", f"{status.height:,}"),
            *([("syncing", pace)] if pace.goal > pace.height else []),
            *([("waiting", _waiting_text(status))] if status.lacking else []),
            ("tip", status.tip.hex()),
            ("work", f"{int.from_bytes(status.work, 'big'):,}"),
            ("peers", status.peers),
            ("clock", _clock_text(status)),
            ("pending", _pending_text(status)),
            ("mining", f"{status.mining}, {status.hash_rate:,} hashes/s"),
            ("store", status.store),
            ("since", time_text(status.started)),
            ("agent", status.agent),
        ]
    )


async def get_status(client: Client) -> Status:
    """Ask for the status."""
    return await client.request(GetStatus(), Status)


def _waiting_text(status: Status) -> str:
    blocks = counted(status.lacking, "block")
    return f"for contents of {blocks} in a better chain: nobody has shown them, see the log"


def _pending_text(status: Status) -> str:
    waiting = f", {status.pending_on_disk:,} more on disk" if status.pending_on_disk else ""
    return f"{status.pending - status.pending_on_disk:,} ({status.pending_bytes:,} bytes){waiting}"


def _clock_text(status: Status) -> str:
    """Say how far the peers' clocks are; less than a second may be the way of their greetings."""
    difference_ms = status.peers_time - status.time
    if abs(difference_ms) < 1_000:
        return "agrees with the peers'" if status.peers else "nobody's to compare with"
    side = "behind" if difference_ms > 0 else "ahead of"
    return f"{abs(difference_ms) // 1000:,} s {side} the median of the peers'"
