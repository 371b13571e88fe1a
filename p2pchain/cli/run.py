"""`p2pchain run`: run a node in the foreground."""

from pathlib import Path

import click

from p2pchain.daemon.options import Options, default_directory
from p2pchain.daemon.report import LEVELS
from p2pchain.daemon.service import run
from p2pchain.errors import UsageError
from p2pchain.node.config import MiningMode
from p2pchain.node.events import Address
from p2pchain.node.hosts import is_host
from p2pchain.node.limits import OUTBOUND_DEFAULT


@click.command("run", short_help="Run a node.")
@click.option("--data", type=click.Path(path_type=Path), help="The data directory.")
@click.option(
    "--listen", default="0.0.0.0:4343", show_default=True, metavar="HOST:PORT", help="Where peers reach it."
)
@click.option(
    "--peer", "peers", multiple=True, metavar="HOST:PORT", help="A peer to dial for ever; may be repeated."
)
@click.option("--dial-from", metavar="HOST", help="The local address that connections are dialled from.")
@click.option("--mine", type=click.Choice([mode.value for mode in MiningMode]), default="auto", show_default=True,
              help="Never, while something is pending, or always.")  # fmt: skip
@click.option(
    "--threads", default=1, show_default=True, type=click.IntRange(1, 256), help="How many threads mine."
)
@click.option(
    "--network", "network_file", type=click.Path(path_type=Path), help="The network's file, at first start."
)
@click.option("--outbound", default=OUTBOUND_DEFAULT, show_default=True, type=click.IntRange(0, 64),
              help="How many peers to find by gossip.")  # fmt: skip
@click.option("--log-level", type=click.Choice(list(LEVELS)), default="info", show_default=True)
@click.pass_context
def command(
    ctx: click.Context,
    data: Path | None,
    listen: str,
    peers: tuple[str, ...],
    dial_from: str | None,
    mine: str,
    threads: int,
    network_file: Path | None,
    outbound: int,
    log_level: str,
) -> None:
    """Run a node in the foreground, until Ctrl-C or SIGTERM."""
    named = ctx.find_root().obj
    if named is not None:  # it says which running node is asked
        raise UsageError("a data directory with --data", f"--node {named}", "write `run --data DIRECTORY`")
    if dial_from is not None and not is_host(dial_from):
        raise UsageError(
            "--dial-from an IP address of this machine", repr(dial_from), "give for example 192.0.2.1"
        )
    run(
        Options(
            data=data or default_directory(),
            listen=Address.parse(listen),
            peers=tuple(Address.parse(peer) for peer in peers),
            dial_from=dial_from,
            mining=MiningMode(mine),
            mining_threads=threads,
            network_file=network_file,
            outbound_max=outbound,
            log_level=log_level,
        )
    )
