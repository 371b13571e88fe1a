"""Which node a command means, and a conversation with it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from p2pchain.client.client import Client
from p2pchain.errors import UsageError

T = TypeVar("T")
CLUSTER_DIRECTORY = ".cluster"
CONTROL_SOCKET = "control.sock"


def _choose(ctx: click.Context, _: click.Parameter, named: str | None) -> None:
    if named is not None:
        ctx.find_root().obj = named


# As before the subcommand: people remember the node after they have typed the rest.
node_option = click.option(
    "--node",
    metavar="NODE",
    expose_value=False,
    callback=_choose,
    help="A number of the local cluster, a data directory, or a control socket.",
)


def ask(ctx: click.Context, talk: Callable[[Client], Awaitable[T]]) -> T:
    """Hold a conversation with the node that the command line names.

    Raises:
        NodeError: it does not answer, or refuses.
        UsageError: there is no such node.
    """
    path = socket_path(ctx.find_root().obj)

    async def converse() -> T:
        async with await Client.unix(path) as client:
            return await talk(client)

    return asyncio.run(converse())


def socket_path(named: str | None) -> Path:
    """Find the control socket of a node named by number, data directory or socket.

    Raises:
        UsageError: a number, but no local cluster here or in a folder above, or none of so many nodes.
    """
    name = named or os.environ.get("P2PCHAIN_NODE", "")
    if not name:
        return _default_directory() / CONTROL_SOCKET
    if name.isascii() and name.isdigit():
        return _member(_cluster(Path.cwd()), name) / CONTROL_SOCKET
    try:
        path = Path(name).expanduser()
    except RuntimeError as error:  # no such user
        raise UsageError(
            "a node's directory or socket", repr(name), "write ./ before a name that begins with ~"
        ) from error
    return path / CONTROL_SOCKET if path.is_dir() or (not path.exists() and path.suffix != ".sock") else path


def _cluster(here: Path) -> Path:
    for folder in (here, *here.parents):
        if (folder / CLUSTER_DIRECTORY).is_dir():
            return folder / CLUSTER_DIRECTORY
    raise UsageError(
        f"a local cluster in {here} or a folder above",
        "none",
        "start one with `make cluster`, or name a data directory",
    )


def _member(cluster: Path, number: str) -> Path:
    if not (cluster / number).is_dir():
        numbers = sorted(int(each.name) for each in cluster.iterdir() if each.name.isdigit())
        found = f"node{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers)) or 'none'}"
        raise UsageError(
            f"node {number} in {cluster}", found, f"start as many with `make cluster N={number}`"
        )
    return cluster / number


def _default_directory() -> Path:
    from p2pchain.daemon.options import default_directory

    return default_directory()
