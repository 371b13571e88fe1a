"""`p2pchain network new`: a network's file, with bits that fit the hash rate of those who will mine."""

import time
from pathlib import Path

import click

from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.target import SPACE, compact
from p2pchain.cli.duration import SECONDS_MAX, Duration
from p2pchain.cli.output import json_option, print_json, print_pairs
from p2pchain.errors import UsageError
from p2pchain.mining.rate import measure_rate
from p2pchain.mining.search import METHOD

MEASURE_S = 0.5
HASHES_MIN = 2  # the easiest bits that there are
MINERS_MAX = 1_000_000
RATE_MAX = 10**15
# The retarget rule halves or doubles the target when blocks are so many spacings ahead or behind; see the protocol.
HALF_LIFE_SPACINGS = 60
NEVER = "none: the bits never change; idle time adds no work, so history rests on who is let in"
ALWAYS = "asert: the bits follow the hash rate, but never become easier; somebody has to mine always"


@click.command("new")
@click.argument("name")
@click.option("--spacing", "spacing_s", type=Duration(), default="10s", show_default=True,
              help="The time between blocks: 10s, 15m, 1h, 1d.")  # fmt: skip
@click.option("--miners", type=click.IntRange(1, MINERS_MAX), default=1, show_default=True,
              help="How many threads like one of this machine's will mine.")  # fmt: skip
@click.option(
    "--rate", type=click.IntRange(1, RATE_MAX), help="How many hashes a second all miners do, instead."
)
@click.option("--retarget", type=click.Choice(["none", "asert"]), default="none", show_default=True,
              help="Whether bits follow the hash rate; asert is for networks that mine always.")  # fmt: skip
@json_option
def new(name: str, spacing_s: int, miners: int, rate: int | None, retarget: str, as_json: bool) -> None:
    """Make the file NAME.toml of a new network, and say what was chosen. It asks no node.

    Without --rate it searches for half a second, to see how fast this machine is. What was chosen can be edited before
    the first start; after that, another rule is another network.
    """
    path = _path(name)
    measured = measure_rate(time.monotonic, MEASURE_S) if rate is None else None
    total = rate or miners * (measured or 1)
    network = propose(name, total, spacing_s, retarget, time.time_ns() // 1_000_000)
    _write_new(path, network.to_toml())
    if as_json:
        values = {"id": network.id, **network.values()}
        print_json({"file": str(path), "measured": measured, "rate": total, "network": values})
        return
    mining = " --mine always" if retarget == "asert" else ""
    measurement = f"{measured:,} hashes/s, one thread ({METHOD})" if measured else "nothing: --rate was given"
    print_pairs(
        [
            ("wrote", path),
            ("network", f"{name}, id {network.id.hex()}"),
            ("measured", measurement),
            ("blocks", f"one in {spacing_s:,} s where {total:,} hashes/s are done: {_bits(network)}"),
            ("retarget", ALWAYS if retarget == "asert" else NEVER),
            ("next", f"copy {path} to each machine, and there: p2pchain run --network {path}{mining}"),
        ]
    )


def propose(name: str, rate: int, spacing_s: int, retarget: str, genesis_time: int) -> Network:
    """Give a network whose blocks are so far apart at a rate, in hashes a second; all else as in the built-in one.

    Raises:
        UsageError: a rule is out of its range.
    """
    if retarget != "none" and spacing_s * HALF_LIFE_SPACINGS > SECONDS_MAX:
        longest = f"--spacing of at most {SECONDS_MAX // HALF_LIFE_SPACINGS}s where bits follow the hash rate"
        raise UsageError(longest, f"{spacing_s}s", "choose a shorter one, or --retarget none")
    spacing = spacing_s * 1_000
    clock = 0 if retarget == "none" else HALF_LIFE_SPACINGS * spacing
    return Network(
        name=name,
        genesis_time=genesis_time,
        bits=compact(SPACE // max(HASHES_MIN, rate * spacing_s) - 1),
        retarget=retarget,
        spacing=spacing,
        half_life=clock,
        clamp=clock,
        max_block_bytes=LOCAL.max_block_bytes,
        max_transaction_bytes=LOCAL.max_transaction_bytes,
        min_stamp_work=LOCAL.min_stamp_work,
        forget_depth=LOCAL.forget_depth,
    )


def _bits(network: Network) -> str:
    return f"{network.genesis.work:,} hashes each, bits {network.bits:#010x}"


def _path(name: str) -> Path:
    """Name the file after the network, here.

    Raises:
        UsageError: the name is none for a file, or there is such a file already.
    """
    path = Path(f"{name}.toml")
    if path.name != str(path) or name.startswith(("-", ".")):
        raise UsageError("a name without slashes, not beginning with a dot or dash", repr(name))
    if path.exists():
        raise _taken(path)
    return path


def _write_new(path: Path, text: str) -> None:
    """Write the file, unless there is one; where there is no room for it, leave none."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


def _taken(path: Path) -> UsageError:
    return UsageError(f"no file {path} yet", "one", "choose another name, or move it away")
