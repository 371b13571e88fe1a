"""Opens connections, from a given host where the operator wants that."""

import asyncio
import os
import socket
from collections.abc import Callable

from p2pchain.net.transport import Connection

DIAL_TIMEOUT_S = 3.0


async def dial(factory: Callable[[], Connection], host: str, port: int, local_host: str | None) -> str | None:
    """Open a connection, which its factory's object then tells of; returns why not, where it fails."""
    loop = asyncio.get_running_loop()
    local = (local_host, 0) if local_host is not None else None
    try:
        async with asyncio.timeout(DIAL_TIMEOUT_S):
            await loop.create_connection(factory, host, port, local_addr=local)
    except TimeoutError:
        return f"no answer in {DIAL_TIMEOUT_S:g} s"
    except UnicodeError:
        return "no name that a host can have"
    except socket.gaierror as error:  # whose numbers are none of the operating system's
        return error.strerror or str(error)
    except OSError as error:
        return os.strerror(error.errno) if error.errno else str(error)
    return None
