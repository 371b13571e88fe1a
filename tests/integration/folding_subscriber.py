"""An application on a node's events, as a process to be killed: folds them into the chain, and notes each on disk.

Arguments: the control socket, the file, a seed. Each line of the file is an event that was folded; started again, it
goes on from there.
"""

import asyncio
import json
import os
import random
import sys
from contextlib import aclosing
from pathlib import Path

import msgpack

from p2pchain.client.follow import follow


def fold(chain: list[str], event: dict[str, object]) -> None:
    """Take one event in: `chain` holds the hashes of the blocks above genesis."""
    if event["kind"] == "connected":
        chain.append(str(event["hash"]))
        assert event["height"] == len(chain), f"{event} on top of block {len(chain) - 1}"
    elif event["kind"] == "undone":
        assert event["height"] == len(chain), f"{event} where block {len(chain)} is the tip"
        assert chain.pop() == event["hash"]


def take_up(file: Path) -> tuple[list[str], int]:
    """Fold what the file holds, cut off a half written line, and give the number of the last event."""
    chain: list[str] = []
    last = 0
    if file.exists():
        whole = file.read_bytes().rpartition(b"\n")[0]
        os.truncate(file, len(whole) + bool(whole))
        for line in whole.splitlines():
            event = json.loads(line)
            fold(chain, event)
            last = event["number"]
    return chain, last


async def subscribe(path: Path, file: Path, seed: int) -> None:
    """Fold and note events, for ever."""
    chain, last = take_up(file)
    with file.open("ab", buffering=0) as out:
        async with aclosing(follow(path, last, random.Random(seed))) as events:
            async for each in events:
                event = {"number": each.number, "kind": each.kind, **msgpack.unpackb(each.data)}
                text = json.dumps(event, default=bytes.hex)
                fold(chain, json.loads(text))
                out.write(text.encode() + b"\n")
                os.fsync(out.fileno())


if __name__ == "__main__":
    asyncio.run(subscribe(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
