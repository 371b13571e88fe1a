"""One process a data directory: a lock that the kernel lets go of when its holder is gone, however it ended."""

import fcntl
import os
from pathlib import Path

from p2pchain.store.faults import StoreLocked, StoreNotWritable


class DirectoryLock:
    """Held from its making to `release`."""

    def __init__(self, directory: Path) -> None:
        """Take the lock, and write the process's number into it.

        Raises:
            StoreLocked: another process holds it.
            StoreNotWritable: the directory cannot be made or written.
        """
        path = directory / "lock"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreNotWritable(
                f"a directory that can be written: {directory} ({error.strerror})"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._file, 20).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            remedy = "stop that process, or choose another directory with --data"
            raise StoreLocked(
                f"{directory} for this node alone", f"it in use by process {holder}", remedy
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have the directory."""
        os.close(self._file)
