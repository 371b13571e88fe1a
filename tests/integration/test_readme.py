"""Every command of the README does what the README says, typed to the letter in a fresh checkout."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = "4343"
PATIENCE_SECONDS = 30.0
CHANGES = re.compile(
    r"\b(make|send|mine|add|ban|unban|new)\b"
)  # what is typed once; anything else may be asked again


@dataclass(frozen=True)
class Block:
    """Commands of the README and what it shows as their output, if it shows any."""

    commands: str
    shown: str


def blocks(text: str) -> list[Block]:
    """Pair each block of commands with the output that directly follows it."""
    fences = list(FENCE.finditer(text))
    found = []
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence[1] == "sh":
            near = following and following[1] == "text" and following.start() - fence.end() < 200
            found.append(Block(fence[2], following[2] if near and following else ""))
    return found


def pattern(shown: str) -> re.Pattern[str]:
    """What output has to look like: as shown, but for numbers, hashes and the width of columns."""
    escaped = re.escape(" ".join(shown.split()))
    hashes = re.sub(r"(?<![0-9a-z])(?=[a-f]*[0-9])[0-9a-f]{8,}(\\…|…)?", "[0-9a-f]+…?", escaped)
    numbers = re.sub(r"(?<![\[\w.-])\d+(?![\w.-])", r"\\d+", hashes)
    return re.compile(numbers.replace(r"\ ", r"\s+"))


def free_port(hosts: int) -> str:
    """Find a port that is free on 127.0.0.1, 127.0.0.2, ..."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        for number in range(2, hosts + 1):
            socket.create_server((f"127.0.0.{number}", port)).close()
    return str(port)


@dataclass
class Typist:
    """Types commands in a checkout, in a shell that stops at the first error."""

    folder: Path
    environment: dict[str, str]

    def arguments(self, commands: str) -> list[str]:
        return [
            "bash",
            "-euo",
            "pipefail",
            "-c",
            commands.replace(f":{PORT}", f":{self.environment['CLUSTER_PORT']}"),
        ]

    def type(self, block: Block) -> None:
        """Run a block; one that only asks may be typed again until it succeeds and shows what it should."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            done = subprocess.run(
                self.arguments(block.commands),
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            if done.returncode == 0 and pattern(block.shown).search(done.stdout):
                return
            again = time.monotonic() < deadline and not CHANGES.search(block.commands)
            assert again, f"{block.commands}\nshown:\n{block.shown}\nfound:\n{done.stdout}{done.stderr}"

    @contextmanager
    def cluster(self, block: Block) -> Iterator[Path]:
        """Run a block that goes on until Ctrl-C, once all of its nodes have found each other; its output in a file."""
        output = self.folder / "cluster.out"
        with output.open("wb") as file:
            process = subprocess.Popen(
                self.arguments(block.commands),
                cwd=self.folder,
                env=self.environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        try:
            wait_for(
                lambda: (
                    set(re.findall(r"^node (\d) .* peers 2 .* running$", output.read_text(), re.MULTILINE))
                    == set("1234")
                ),
                output,
            )
            yield output
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=20)


def wait_for(condition: Callable[[], bool], output: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.05)


@pytest.fixture
def typist(installed: Path, tmp_path: Path) -> Typist:
    """In a checkout with its own home, keys and port; the tests that the README runs are only collected."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("P2PCHAIN_", "PYTEST_", "MAKE"))
    }
    environment |= {
        "HOME": str(tmp_path),
        "CLUSTER_PORT": free_port(4),
        "PYTEST_ADDOPTS": "--collect-only -q",
    }
    return Typist(installed, environment)


def test_every_block_says_what_it_is() -> None:
    text = README.read_text("utf-8")
    assert {fence[1] for fence in FENCE.finditer(text)} == {"sh", "text"}
    assert not re.search(r"^(    |\t)\S", FENCE.sub("", text), re.MULTILINE), "an indented block is not tried"


def test_output_is_compared_letter_for_letter_but_for_what_varies() -> None:
    assert pattern("height 12   tip 00ab34ffee…").search("x\nheight 7 tip 12345678aa…\n")
    assert not pattern("height 12   tip 00ab34ffee…").search("high 7 tip 12345678aa")
    assert not pattern("Hello, neighbours").search("Hello,")


def test_each_command_does_what_is_shown(typist: Typist) -> None:
    first, *others = blocks(README.read_text("utf-8"))
    assert first.commands == "make cluster\n"
    with typist.cluster(first) as output:
        for block in others:
            typist.type(block)
    assert "all nodes have stopped" in output.read_text()
