"""Real nodes on this machine, in a ring, with one line a node that stays current. `make cluster` runs it.

Node k listens on and dials from 127.0.0.k and keeps its data and its log in .cluster/k/. Only the nodes' own command
line and control sockets are used here, like a stranger would.
"""

import argparse
import asyncio
import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cluster_view import Row, View, open_view
from p2pchain.client.client import Client
from p2pchain.errors import P2PChainError
from p2pchain.node.events import PORT_MAX
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status

HOME = Path(".cluster")
NODES_MAX = 254  # as many as there are in 127.0.0.x
POLL_SECONDS = 0.5
STOP_SECONDS = 3.0
PORT_SECONDS = 3.0  # nodes of a cluster that was killed may need a moment to let go of their ports
PR_SET_PDEATHSIG = 1
KILO = 1000


class ClusterError(Exception):
    """Why there is no cluster, in one line that says what to do."""


def die_with_parent() -> None:
    """Ask the kernel, in a child, for SIGTERM when this script is gone, however it ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class LocalNode:
    """One node: its process, and what it last said about itself."""

    def __init__(self, number: int, count: int, port: int) -> None:
        self.number = number
        self.address = f"127.0.0.{number}:{port}"
        self.data = HOME / str(number)
        self.log = self.data / "log"
        self.status: Status | None = None
        self._next = f"127.0.0.{number % count + 1}:{port}"
        # The last link of a ring of two would be the first one again.
        self._dials = count > 2 or number < count
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What is typed to start it."""
        peer = ["--peer", self._next] if self._dials else []
        # Gossip would link every node to every other one: then nothing would have to travel.
        policy = ["--dial-from", f"127.0.0.{self.number}", "--outbound", "0", "--mine", "auto"]
        program = [sys.executable, "-m", "p2pchain", "run"]
        return [*program, "--data", str(self.data), "--listen", self.address, *peer, *policy]

    def start(self) -> None:
        """Start the process; the log of the time before is kept as log.old."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.data / "log.old")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C reaches this script alone, which then stops them in order
                preexec_fn=die_with_parent,  # noqa: PLW1509  no thread has been started yet
            )

    @property
    def exit_code(self) -> int | None:
        """The process's exit code; None while it runs."""
        return self._process.poll() if self._process else None

    @property
    def last_words(self) -> str:
        """The last line of the log, fit for a terminal."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        lines = [line.strip() for line in text.split("\n") if line.strip()] or ["its log is empty"]
        return "".join(char if char.isprintable() else "?" for char in lines[-1])

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if the process still runs."""
        if self._process and self.exit_code is None:
            self._process.send_signal(number)

    async def watch(self) -> None:
        """Keep `status` current, for ever: None while the node does not answer."""
        while True:
            with contextlib.suppress(P2PChainError, OSError):
                async with await Client.unix(self.data / "control.sock") as client:
                    while True:
                        self.status = await client.request(GetStatus(), Status)
                        await asyncio.sleep(POLL_SECONDS)
            self.status = None
            await asyncio.sleep(POLL_SECONDS)

    def row(self) -> Row:
        """What there is to say about the node now."""
        if self.status is None:
            code = self.exit_code
            state = "starting" if code is None else f"ended with {describe_exit(code)}: {self.last_words}"
            return Row(str(self.number), self.address, state=state)
        status = self.status
        return Row(
            str(self.number),
            self.address,
            height=str(status.height),
            tip=status.tip.hex()[:12],
            peers=str(status.peers),
            pending=str(status.pending),
            mining=status.mining,
            state="syncing" if status.best_header > status.height else "running",
            rate=f"{status.hash_rate / KILO:.0f} kH/s" if status.hash_rate else "-",
        )


def describe_exit(code: int) -> str:
    """An exit code of subprocess in words: a negative one is a signal."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@contextlib.contextmanager
def only_cluster() -> Iterator[None]:
    """Hold .cluster/ for this script alone.

    Raises:
        ClusterError: another one holds it, or it cannot be written.
    """
    try:
        HOME.mkdir(exist_ok=True)
        file = (HOME / "lock").open("a+")
    except OSError as error:
        text = f"{error.filename}: {error.strerror}; {HOME}/ has to be a folder that you can write to"
        raise ClusterError(text) from None
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            text = f"a cluster is already running here (process {lock.read().strip()}); Ctrl-C in its terminal stops it"
            raise ClusterError(text) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def check_port(host: str, port: int) -> None:
    """See that a node will be able to listen there, within the time that another may need to let go.

    Raises:
        ClusterError: it is taken.
    """
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise ClusterError(f"cannot listen on {host}:{port}: {error.strerror}") from None
            else:
                return
        if time.monotonic() > deadline:
            raise ClusterError(
                f"{host}:{port} is taken; stop what listens there, or: make cluster CLUSTER_PORT={port + 1}"
            )
        time.sleep(0.05)


async def run(nodes: list[LocalNode], view: View) -> int:
    """Show the nodes until a signal comes (0) or all of them have ended (1)."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    watchers = [asyncio.create_task(node.watch()) for node in nodes]
    try:
        while not stopping.is_set():
            view.show([node.row() for node in nodes])
            if all(node.exit_code is not None for node in nodes):
                return 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), POLL_SECONDS / 2)
        return 0
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)


def stop(nodes: list[LocalNode]) -> list[LocalNode]:
    """Stop all nodes; give back those that had to be killed."""
    for node in nodes:
        node.signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(node.exit_code is None for node in nodes) and time.monotonic() < deadline:
        time.sleep(0.02)
    late = [node for node in nodes if node.exit_code is None]
    for node in late:
        node.signal(signal.SIGKILL)
    return late


def banner(count: int, port: int) -> str:
    """What one sees first: what runs here, and what to type next."""
    hosts = "127.0.0.1" if count == 1 else f"127.0.0.1 to 127.0.0.{count}, in a ring"
    return f"""{count} node{"s" * (count > 1)} on {hosts}, port {port}; data and logs in {HOME}/. Ctrl-C stops all.

In another terminal:
  .venv/bin/p2pchain --node 1 send "Hello, neighbours"
  .venv/bin/p2pchain --node {count} log
  .venv/bin/p2pchain --node {count} status
"""


def cluster(count: int, port: int) -> int:
    """Run the cluster; the exit code.

    Raises:
        ClusterError: it cannot be started.
    """
    nodes = [LocalNode(number, count, port) for number in range(1, count + 1)]
    with only_cluster():
        for number in range(1, count + 1):
            check_port(f"127.0.0.{number}", port)
        print(banner(count, port), flush=True)
        try:
            for node in nodes:
                node.start()
            with open_view() as view:
                code = asyncio.run(run(nodes, view))
        finally:
            late = stop(nodes)
    for node in late:
        print(f"node {node.number} did not stop within {STOP_SECONDS:.0f} s and was killed", file=sys.stderr)
    print("all nodes have stopped" if code == 0 else "every node has ended by itself: see the lines above")
    return code


def main() -> int:
    """Read the arguments, run the cluster; the exit code."""
    parser = argparse.ArgumentParser(
        prog="cluster", description="Run a local cluster of real nodes until Ctrl-C."
    )
    parser.add_argument("count", nargs="?", type=int, default=4, help="how many nodes (4)")
    parser.add_argument("--port", type=int, default=4343, help="the port of all of them (4343)")
    options = parser.parse_args()
    if not 1 <= options.count <= NODES_MAX:
        parser.error(f"expected 1 to {NODES_MAX} nodes, found {options.count}; for example: make cluster N=4")
    if not 1 <= options.port <= PORT_MAX:
        parser.error(
            f"expected a port of 1 to {PORT_MAX}, found {options.port}; for example: make cluster CLUSTER_PORT=4343"
        )
    try:
        return cluster(options.count, options.port)
    except ClusterError as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
