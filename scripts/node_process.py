"""Real nodes as child processes, for tests and benchmarks: started, asked, killed, and always stopped."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.target import compact
from p2pchain.client.client import Client
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status

T = TypeVar("T")
PATIENCE_S = 60.0
LISTENING = re.compile(rb"listening on (\S+):(\d+),")
POLL_S = 0.02


def quick_network(hashes_per_block: int) -> Network:
    """Give a network like the built-in one, but for how many hashes make a block."""
    return replace(LOCAL, name="quick", bits=compact(2**256 // hashes_per_block))


class NodeProcess:
    """One `p2pchain run`, listening on a free port of a loopback address."""

    def __init__(
        self,
        directory: Path,
        host: str = "127.0.0.1",
        *arguments: str,
        port: int = 0,
        program: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`program` is a script in place of the package's command line; `environment` is added to this process's."""
        self.directory = directory
        self._program = ["-m", "p2pchain"] if program is None else [str(program)]
        self._environment = {**os.environ, **(environment or {})}
        self.host = host
        self.port = port
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self.log = directory / "log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def address(self) -> str:
        """Where it listens, as HOST:PORT."""
        return f"{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def start(self, *more: str) -> None:
        """Start it and wait until it listens; the port stays the same from then on."""
        listen = ["--listen", self.address, "--dial-from", self.host, "--data", str(self.directory)]
        command = [
            sys.executable,
            *self._program,
            "run",
            "--outbound",
            "0",
            *listen,
            *self._arguments,
            *more,
        ]
        with self.log.open("ab") as log:
            start = log.tell()
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment
            )
        self.port = int(wait_for(lambda: self._listening(start)))

    def kill(self) -> None:
        """Kill -9, unless it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to stop; its exit code, and the seconds that it took."""
        assert self._process is not None
        started = time.monotonic()
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE_S)
        return code, time.monotonic() - started

    def ended(self) -> int | None:
        """Give the exit code, or None while it runs."""
        assert self._process is not None
        return self._process.poll()

    def ask(self, talk: Callable[[Client], Awaitable[T]]) -> T:
        """Hold a conversation over the control socket."""

        async def converse() -> T:
            async with await Client.unix(self.directory / "control.sock") as client:
                return await talk(client)

        return asyncio.run(converse())

    def status(self) -> Status:
        """Ask how it is."""

        async def talk(client: Client) -> Status:
            return await client.request(GetStatus(), Status)

        return self.ask(talk)

    def command(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command line against it."""
        return run_command("--node", str(self.directory), *arguments, text=text, keys=self.directory / "keys")

    def _listening(self, start: int) -> bytes:
        """Find the port in what it has logged since it was started."""
        assert self._process is not None
        with self.log.open("rb") as log:
            log.seek(start)
            said = log.read()
        assert self._process.poll() is None, f"the node ended: {said.decode(errors='replace')}"
        found = LISTENING.search(said)
        return found[2] if found else b""


def run_command(
    *arguments: str, text: str | None = None, keys: Path | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the `p2pchain` command line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("P2PCHAIN_")}
    if keys is not None:
        environment["P2PCHAIN_KEYS"] = str(keys)
    return subprocess.run(
        [sys.executable, "-m", "p2pchain", *arguments],
        input=text,
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
        timeout=PATIENCE_S,
        check=False,
    )


def wait_for(condition: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Ask again and again until something true comes back."""
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"nothing after {patience_s:g} s"
        time.sleep(POLL_S)
    return found
