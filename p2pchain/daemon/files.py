"""Small files in the data directory: written whole or not at all, and read with a word on what is wrong with them."""

import os
from pathlib import Path

from p2pchain.chain.keys import SEED_SIZE, SigningKey
from p2pchain.chain.network import LOCAL, Network
from p2pchain.errors import UsageError

NETWORK_FILE = "network.toml"
MINER_KEY_FILE = "miner.key"


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put a file in place of an older one such that a crash leaves one of the two: write aside, sync, rename, sync."""
    aside = path.with_name(f".{path.name}.new")
    file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        left = memoryview(data)
        while left:  # a disk that is nearly full takes a part, and says so at the next try only
            left = left[os.write(file, left) :]
        os.fsync(file)
    except OSError as error:  # which does not know the name
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(file)
    aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_network(directory: Path, given: Path | None) -> Network:
    """Read the network that a node is to join: the given file, else the one kept here, else the built-in `local`.

    Raises:
        UsageError: the file cannot be read, or is not a network's.
    """
    kept = directory / NETWORK_FILE
    return LOCAL if given is None and not kept.exists() else read_network(given or kept)


def read_network(path: Path) -> Network:
    """Read a network's file.

    Raises:
        UsageError: it cannot be read, or is not a network's.
    """
    try:
        return Network.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"a network file at {path}", "none", "make one with `p2pchain network new`"
        ) from error
    except OSError as error:
        found = str(error.strerror)
        raise UsageError(f"{path} to be readable", found, "check its owner and mode") from error
    except UnicodeDecodeError as error:
        remedy = "restore it: `p2pchain network show` prints it at any node of the network"
        raise UsageError(f"a network file at {path}", "what is not text in UTF-8", remedy) from error
    except UsageError as error:
        raise UsageError(f"{path}: {error.expected}", error.found, error.remedy) from error


def keep_network(directory: Path, network: Network) -> None:
    """Keep the network's file beside the chain, for later starts and for the curious."""
    path = directory / NETWORK_FILE
    if not path.exists():
        write_whole(path, network.to_toml().encode())


def miner_key(directory: Path, seed: bytes) -> SigningKey:
    """Read the miner's key, or make one from a seed of 32 random bytes, readable by its owner alone.

    Raises:
        UsageError: the file holds something else.
    """
    path = directory / MINER_KEY_FILE
    if not path.exists():
        write_whole(path, seed.hex().encode() + b"\n", 0o600)
    try:
        kept = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"a miner's key in {path} ({error})", "", "restore it, or delete it for a new one"
        ) from error
    if len(kept) != SEED_SIZE:
        raise UsageError(
            f"{SEED_SIZE} bytes in {path}", str(len(kept)), "restore it, or delete it for a new one"
        )
    return SigningKey(kept)
