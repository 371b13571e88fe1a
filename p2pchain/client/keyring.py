"""Authors' keys on disk, readable by their owner alone, and the rising timestamps that each has signed with."""

import fcntl
import os
import tempfile
from pathlib import Path

from p2pchain.chain.encoding import TIMESTAMP_END
from p2pchain.chain.keys import SEED_SIZE, SigningKey
from p2pchain.errors import UsageError

KEY_SUFFIX = ".key"
CLOCK_SUFFIX = ".clock"
CLOCK_SIZE_MAX = 32
OTHERS = 0o077
DEFAULT_NAME = "default"


class Keyring:
    """A directory of keys."""

    def __init__(self, directory: Path) -> None:
        """Take the directory; it is made when the first key is."""
        self.directory = directory

    @classmethod
    def default(cls) -> "Keyring":
        """Give the user's own: $P2PCHAIN_KEYS, or p2pchain/keys under the user's data home.

        Raises:
            UsageError: the user has none.
        """
        if chosen := os.environ.get("P2PCHAIN_KEYS"):
            return cls(Path(chosen))
        home = os.environ.get("XDG_DATA_HOME")
        try:
            return cls((Path(home) if home else Path.home() / ".local" / "share") / "p2pchain" / "keys")
        except RuntimeError as error:
            raise UsageError("a home directory of this user", "none", "set HOME or P2PCHAIN_KEYS") from error

    def names(self) -> list[str]:
        """List the keys."""
        return sorted(path.name.removesuffix(KEY_SUFFIX) for path in self.directory.glob(f"*{KEY_SUFFIX}"))

    def has(self, name: str) -> bool:
        """Whether there is a key of a name."""
        return self._path(name, KEY_SUFFIX).exists()

    def create(self, name: str, seed: bytes) -> SigningKey:
        """Keep a new key, made from 32 random bytes, in a file of mode 0600 that is there whole or not at all.

        Raises:
            UsageError: there is one of that name, or the directory cannot be written.
        """
        path = self._path(name, KEY_SUFFIX)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(path, seed.hex().encode() + b"\n")
        except FileExistsError as error:
            raise UsageError(f"no key named {name}", f"one in {path}", "choose another name") from error
        except OSError as error:
            raise UsageError(
                f"a directory for keys at {self.directory} ({error.strerror})", "", "set P2PCHAIN_KEYS"
            ) from error
        return SigningKey(seed)

    def load(self, name: str) -> SigningKey:
        """Read a key.

        Raises:
            UsageError: there is none, others can read it, or it holds something else.
        """
        path = self._path(name, KEY_SUFFIX)
        try:
            if path.stat().st_mode & OTHERS:
                raise UsageError(f"{path} readable by its owner alone", "more", f"chmod 600 {path}")
            seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except FileNotFoundError as error:
            raise UsageError(
                f"a key named {name} in {self.directory}", "none", f"p2pchain key new {name}"
            ) from error
        except (OSError, ValueError) as error:
            raise UsageError(
                f"a key of {SEED_SIZE} bytes in hex in {path} ({error})", "", "restore the file"
            ) from error
        if len(seed) != SEED_SIZE:
            raise UsageError(f"a key of {SEED_SIZE} bytes in {path}", str(len(seed)), "restore the file")
        return SigningKey(seed)

    def reserve_timestamps(self, name: str, count: int, wall_ms: int) -> int:
        """Reserve rising timestamps for records to be signed; returns the first, in ms, above all given out before.

        Under a lock, so that two programs never sign with the same one.

        Raises:
            UsageError: the file that remembers the last one cannot be used, or holds something else.
        """
        path = self._path(name, CLOCK_SUFFIX)
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                return _reserve(path, file, count, wall_ms)
            finally:
                os.close(file)
        except OSError as error:
            raise UsageError(
                f"{path} to be writable", str(error.strerror), "check its owner and mode, and the disk"
            ) from error

    def _path(self, name: str, suffix: str) -> Path:
        if not name or name != Path(name).name or name.startswith("."):
            raise UsageError("a key's name without slashes or leading dots", repr(name))
        return self.directory / f"{name}{suffix}"


def _reserve(path: Path, file: int, count: int, wall_ms: int) -> int:
    fcntl.flock(file, fcntl.LOCK_EX)
    last = _timestamp(path, os.read(file, CLOCK_SIZE_MAX))
    first = max(wall_ms, last + 1)
    # The number only grows: written over the old one, it never leaves the file empty in between.
    os.pwrite(file, f"{first + count - 1}\n".encode(), 0)
    os.fsync(file)
    return first


def _timestamp(path: Path, text: bytes) -> int:
    """Read the last timestamp given out, in ms; -1 where there is none."""
    if not text:
        return -1
    last = int(text) if text.strip().isdigit() else TIMESTAMP_END
    if last >= TIMESTAMP_END:
        remedy = "write the timestamp of the key's newest record into it, in ms"
        raise UsageError(f"a time in {path}", repr(text.decode("ascii", "replace")), remedy)
    return last


def _write_new(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 that must not be there yet: aside and synced first, for none may read half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as aside:
        aside.write(data)
        aside.flush()
        os.fsync(aside.fileno())
        os.link(aside.name, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
