"""Listens on TCP, and on a Unix socket that only its owner can open."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

from p2pchain.errors import UsageError
from p2pchain.net.transport import Connection

BACKLOG = 128

# What sockaddr_un holds on Linux, less the final zero.
UNIX_PATH_MAX = 107


def bind_tcp(host: str, port: int) -> socket.socket:
    """Take a host and port (0: any free one), at once: an event loop may find only when it serves that they are taken.

    Raises:
        UsageError: the address cannot be had.
    """
    try:
        return _bind(host, port)
    except (OSError, UnicodeError) as error:
        remedy = "stop what listens there, or choose another address with --listen"
        why = error.strerror if isinstance(error, OSError) else "no name that a host can have"
        found = f"that {host}:{port} cannot be had ({why})"
        raise UsageError("an address to listen on", found, remedy) from error


async def listen_tcp(
    factory: Callable[[], Connection], listener: socket.socket
) -> tuple[asyncio.Server, int]:
    """Listen on a bound socket, to be served once `start_serving` is called; returns that and the port."""
    server = await asyncio.get_running_loop().create_server(
        factory, sock=listener, backlog=BACKLOG, start_serving=False
    )
    return server, int(listener.getsockname()[1])


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


async def listen_unix(factory: Callable[[], Connection], path: Path) -> asyncio.Server:
    """Take a Unix socket of mode 0600, in place of one that a dead process left, to be served like the other.

    Raises:
        UsageError: the path is too long, or cannot be written.
    """
    if len(os.fsencode(path)) > UNIX_PATH_MAX:
        found = f"{len(os.fsencode(path))} in {path}"
        raise UsageError(
            f"a socket path of at most {UNIX_PATH_MAX} bytes", found, "choose a shorter data directory"
        )
    path.unlink(missing_ok=True)  # noqa: ASYNC240  # once, before anything is served
    mask = os.umask(0o177)
    try:
        return await asyncio.get_running_loop().create_unix_server(
            factory, str(path), backlog=BACKLOG, start_serving=False
        )
    except OSError as error:
        raise UsageError(
            f"a control socket at {path} ({error.strerror})", "", "check the directory's owner"
        ) from error
    finally:
        os.umask(mask)
